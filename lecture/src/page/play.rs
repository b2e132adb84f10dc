//! Things to play with: numbers of the library for every place of their handles, and the script that shows them.

/// The script that shows them; [`CHART`](super::CHART) goes before it.
pub(super) const SCRIPT: &str = concat!(
    include_str!("plays/stage.js"),
    include_str!("plays/densities.js"),
    include_str!("plays/saturation.js"),
    include_str!("plays/generators.js"),
    include_str!("plays/sinkhorn.js"),
    include_str!("plays/ring.js"),
    include_str!("plays/begin.js"),
);

/// A thing to play with. Without a script it is not shown, and the figures of the text stand alone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlayItem {
    /// Unique on the page, and the name of what the script draws: `densities`, `saturation`, `generators`, `sinkhorn` or `ring`.
    pub id: String,
    /// The heading.
    pub title: String,
    /// What to try, and where the numbers come from.
    pub caption: String,
    /// The numbers, as JSON.
    pub data: String,
    /// The line that computes them, and the file that shows this line, from the folder of the page.
    pub code: Option<(String, String)>,
}

impl PlayItem {
    /// The numbers so that no text among them ends the element that they stand in.
    pub(super) fn embedded(&self) -> String {
        self.data.replace('<', "\\u003c")
    }
}
