//! The lecture claims: every one holds, none is missing, and their statements are readable.

use crate::oracles::oracle;
use fenchel_lecture::{Claim, Options, Part, Quantity, Reproduction, reproduce};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::LazyLock;

fn run(options: &Options) -> Reproduction {
    reproduce(options, &mut |_| ControlFlow::Continue(())).expect("the chapters are built from valid constants")
}

/// All chapters, once for all tests; the study of the digits has a test of its own.
static CHAPTERS: LazyLock<Reproduction> = LazyLock::new(|| {
    let parts = Part::ALL.into_iter().filter(|&part| part != Part::Digits).collect();
    run(&Options { parts, ..Options::default() })
});

fn assert_all_hold(of: &Reproduction) {
    let failed: Vec<String> = of
        .failed()
        .iter()
        .map(|c| format!("{}: expected {}, measured {}, error {:e}", c.id(), c.expected(), c.measured(), c.error()))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_claim_holds() {
    assert_all_hold(&CHAPTERS);
}

#[test]
fn likelihood_and_divergence_find_the_reference_optimum() {
    for id in ["A1", "A1.2"] {
        let claim = CHAPTERS.claims().find(|c| c.id() == id).expect("the chapter has this claim");
        let Quantity::Number(theta) = claim.measured() else { panic!("{id} measures {}", claim.measured()) };
        oracle("O039").check(*theta);
    }
}

#[test]
fn every_row_of_the_inventory_is_there_once() {
    let ids: Vec<&str> = CHAPTERS.claims().map(Claim::id).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len(), "an id is used twice");
    let rows = |letter: char, last: usize| (1..=last).map(move |k| format!("{letter}{k}"));
    let rest = ["B18", "B19", "B20", "B21", "B22", "E7", "E8", "G1", "G2"].map(str::to_owned);
    for row in rows('A', 8)
        .chain(rows('B', 17))
        .chain(rows('C', 10))
        .chain(rows('D', 9))
        .chain(rows('E', 6))
        .chain(rows('F', 10))
        .chain(rows('H', 15))
        .chain(rest)
    {
        assert!(unique.contains(row.as_str()), "{row} is missing");
    }
    for id in ids {
        let row = id.split('.').next().unwrap_or_default();
        assert!(unique.contains(row), "{id} has no {row}");
    }
}

#[test]
fn claims_say_where_they_come_from_and_point_to_figures_that_exist() {
    for chapter in &CHAPTERS.chapters {
        let figures: BTreeSet<&str> = chapter.figures.iter().map(|f| f.id).collect();
        assert_eq!(figures.len(), chapter.figures.len());
        let mut shown = BTreeSet::new();
        for claim in &chapter.claims {
            assert_eq!(claim.chapter(), chapter.name);
            assert!(claim.source().contains('S'), "{}", claim.id());
            assert!(claim.statement().len() > 15, "{}", claim.id());
            assert!(claim.error().is_finite() && claim.tolerance().is_finite());
            if let Some(figure) = claim.figure() {
                assert!(figures.contains(figure), "{} points to {figure}", claim.id());
                shown.insert(figure);
            }
        }
        for figure in &chapter.figures {
            assert!(shown.contains(figure.id), "no claim points to {}", figure.id);
            assert!(figure.caption.ends_with('.'), "{}", figure.id);
            // letters of 12 pixels have 8.5 in the 886 pixels that a page of 1280 has for it
            let width = figure.figure.size().0;
            assert!(width <= 1250.0, "{} is {width} pixels wide", figure.id);
        }
    }
}

#[test]
fn each_statement_stands_by_itself() {
    // words that refer to the sentence before; formulas may begin with a small letter
    let leaning = "… ... and or but so while where which whose because that this these it its they then";
    let mut seen = BTreeSet::new();
    for claim in CHAPTERS.claims() {
        let statement = claim.statement();
        let first = statement.split_whitespace().next().unwrap_or_default();
        let leans = statement.starts_with('…') || leaning.split(' ').any(|word| word == first.to_lowercase());
        assert!(!leans, "{}: {statement}", claim.id());
        assert!(seen.insert(statement), "{} repeats a statement: {statement}", claim.id());
    }
}

/// Looked at where the table is of use: beside `mutation.rs`.
#[cfg(feature = "mutation")]
#[test]
fn every_claim_is_broken_by_a_fault_or_is_an_identity() {
    let table = include_str!("../../benches/mutation.md");
    let broken: BTreeSet<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
        .filter(|(id, count)| id.len() < 8 && count.parse::<usize>().is_ok_and(|count| count > 0))
        .map(|(id, _)| id)
        .collect();
    let expected: BTreeSet<&str> = CHAPTERS.claims().filter(|c| !c.is_identity()).map(Claim::id).collect();
    assert_eq!(
        broken, expected,
        "write benches/mutation.md again: cargo bench -p fenchel-lecture --bench mutation --features mutation"
    );
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let only = |seed| run(&Options { parts: vec![Part::Likelihood], seed });
    let text = |r: &Reproduction| r.claims().map(|c| format!("{c:?}")).collect::<Vec<_>>();
    assert_eq!(text(&only(3)), text(&only(3)));
    assert_all_hold(&only(3));
}

// The chapters whose claims are about random pairs, samples and trained networks. Among the pairs of B7 at these seeds are
// some whose maximum lies too near y = 1 for a search relative to y.
#[test]
fn other_seeds_hold_too_1() {
    assert_all_hold(&run(&Options { parts: vec![Part::Game, Part::Losses, Part::Saturation], seed: 1 }));
}

#[test]
fn other_seeds_hold_too_7() {
    assert_all_hold(&run(&Options { parts: vec![Part::Game, Part::Losses, Part::Saturation], seed: 7 }));
}

#[test]
fn parts_have_names_and_letters() {
    for part in Part::ALL {
        assert_eq!(part.name().parse::<Part>().unwrap(), part);
        if let Some(letter) = part.letter() {
            assert_eq!(letter.to_string().parse::<Part>().unwrap(), part);
            assert_eq!(letter.to_ascii_lowercase().to_string().parse::<Part>().unwrap(), part);
        }
    }
    let error = "chapter-x".parse::<Part>().unwrap_err().to_string();
    assert!(error.contains("chapter-x") && error.contains("likelihood"), "{error}");
}

#[test]
fn an_interrupt_keeps_what_is_finished() {
    let mut calls = 0;
    let options = Options { parts: vec![Part::Likelihood, Part::Game], ..Options::default() };
    let stopped = reproduce(&options, &mut |progress| {
        calls += 1;
        assert!((0.0..=1.0).contains(&progress.fraction));
        if progress.part == Part::Game { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!(stopped.status, fenchel::certificate::Status::Interrupted);
    assert_eq!(stopped.chapters.iter().map(|c| c.name).collect::<Vec<_>>(), ["likelihood"]);
    assert!(calls >= 2);
}

mod written {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_report_is_complete_and_replaces_its_predecessor() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("report");
        CHAPTERS.write(&target).unwrap();
        CHAPTERS.write(&target).unwrap();
        let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["report"], "nothing but the report is left behind");

        let html = std::fs::read_to_string(target.join("index.html")).unwrap();
        assert!(html.starts_with("<!DOCTYPE html>"));
        for claim in CHAPTERS.claims() {
            assert!(html.contains(&format!("id=\"claim-{}\"", claim.id())), "{}", claim.id());
        }
        // the script of the charts knows the word
        let text = html.split("<script>").next().unwrap();
        assert!(!text.contains("NaN") && !text.contains("merror"));
        for banned in ["<script src", "src=\"http"] {
            assert!(!html.contains(banned), "{banned}");
        }
        for link in html.split("href=\"http").skip(1) {
            assert!(link.starts_with("s://arxiv.org/abs/") || link.starts_with("s://doi.org/"), "{}", &link[..60]);
        }
        for figure in CHAPTERS.chapters.iter().flat_map(|c| &c.figures) {
            let file = |kind: &str| std::fs::read(target.join(format!("figures/{}.{kind}", figure.id))).unwrap();
            assert!(file("svg").starts_with(b"<svg") && file("png").starts_with(b"\x89PNG"));
            assert!(file("pdf").starts_with(b"%PDF") && file("csv").starts_with(b"panel,series,"));
            assert!(html.contains(&format!("id=\"figure-{}\"", figure.id)));
        }
        assert!(html.len() < 5_000_000, "{}", html.len());
        for table in ["fgan-1", "game-claims"] {
            for kind in ["csv", "md", "tex"] {
                assert!(target.join(format!("tables/{table}.{kind}")).is_file(), "{table}.{kind}");
            }
        }
        let csv = std::fs::read_to_string(target.join("claims.csv")).unwrap();
        let mut rows = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(rows.records().map(Result::unwrap).count(), CHAPTERS.claims().count());
        assert!(!csv.contains("NaN"));
    }

    /// Two reports of one seed differ in nothing but the page and the file that tell how they were made.
    #[test]
    fn what_is_told_of_a_run_is_in_no_other_file() {
        let dir = tempfile::tempdir().unwrap();
        let of = |about: &str| {
            let mut made = run(&Options { parts: vec![Part::Likelihood], ..Options::default() });
            made.about = vec![("made".to_owned(), about.to_owned())];
            let target = dir.path().join(about);
            made.write(&target).unwrap();
            target
        };
        let (one, two) = (of("today"), of("tomorrow"));
        let read = |folder: &std::path::Path, name: &str| std::fs::read(folder.join(name)).unwrap();
        for name in
            ["claims.json", "claims.csv", "tables/likelihood-claims.tex", "figures/a7-die.svg", "figures/a7-die.pdf"]
        {
            assert!(read(&one, name) == read(&two, name), "{name}");
        }
        for name in ["index.html", "provenance.json"] {
            assert!(String::from_utf8(read(&one, name)).unwrap().contains("today"), "{name}");
        }
    }

    #[test]
    fn every_claim_leads_to_its_line_and_the_text_to_its_claims() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("report");
        CHAPTERS.write(&target).unwrap();
        let html = std::fs::read_to_string(target.join("index.html")).unwrap();
        for claim in CHAPTERS.claims() {
            let code = claim.code();
            let listing = std::fs::read_to_string(target.join(format!("code/{}.html", code.file))).unwrap();
            assert!(listing.contains(&format!("id=\"L{}\"", code.line)), "{code}");
            assert!(html.contains(&format!("href=\"code/{}.html#L{}\"", code.file, code.line)), "{code}");
            // what a source had wrong stands with its claim or with the first of those that share it
            if let Some(correction) = claim.correction() {
                let words = correction.split(|c: char| !c.is_alphabetic()).max_by_key(|word| word.len()).unwrap();
                assert!(html.contains(words), "{}: {correction}", claim.id());
            }
        }
        assert!(html.matches("<aside class=\"note\">").count() > 30, "margin notes");
        assert!(html.matches("<math").count() > 100, "formulas");
        assert!(!html.contains("&amp;nbsp;"));
        assert_eq!(
            CHAPTERS.plays.iter().map(|play| play.id).collect::<Vec<_>>(),
            ["densities", "generators", "saturation", "sinkhorn", "ring"]
        );
    }

    #[test]
    fn json_reads_back_to_the_same_numbers() {
        let text = CHAPTERS.json();
        assert!(!text.contains("NaN") && !text.contains("Infinity"));
        let parsed: Value = serde_json::from_str(&text).unwrap();
        let claims = parsed["claims"].as_array().unwrap();
        assert_eq!(claims.len(), CHAPTERS.claims().count());
        for (json, claim) in claims.iter().zip(CHAPTERS.claims()) {
            assert_eq!(json["id"], claim.id());
            assert_eq!(json["holds"], claim.holds());
            assert_eq!(json["identity"], claim.is_identity());
            assert_eq!(json["error"].as_f64().map(f64::to_bits), Some(claim.error().to_bits()));
            for key in ["chapter", "statement", "source", "expected", "measured", "tolerance", "comparison"] {
                assert!(!json[key].is_null(), "{} has no {key}", claim.id());
            }
            assert!(json.get("correction").is_some() && json.get("figure").is_some());
        }
        let infinite = claims.iter().find(|c| c["id"] == "A7.3").unwrap();
        assert_eq!((&infinite["expected"], &infinite["measured"]), (&Value::from("inf"), &Value::from("inf")));
    }
}
