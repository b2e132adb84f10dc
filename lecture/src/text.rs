//! The text of the chapters: Markdown with TeX, one file a chapter, told on the page beside what was computed.

/// The text of a chapter; empty where there is none, and the page then shows introduction, figures and claims.
pub(crate) fn of(chapter: &str) -> &'static str {
    match chapter {
        "likelihood" => include_str!("text/likelihood.md"),
        "game" => include_str!("text/game.md"),
        "losses" => include_str!("text/losses.md"),
        "fgan" => include_str!("text/fgan.md"),
        "saturation" => include_str!("text/saturation.md"),
        "wasserstein" => include_str!("text/wasserstein.md"),
        "training" => include_str!("text/training.md"),
        "variants" => include_str!("text/variants.md"),
        "digits" => include_str!("text/digits.md"),
        _ => "",
    }
}
