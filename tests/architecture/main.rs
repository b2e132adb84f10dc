//! The dependency rule, read from the sources: who may use whom.
//!
//! Between the modules of the library the rule is the table [`RULE`], which `DESIGN.md` and the front page of the documentation
//! repeat. No two files should use each other; those that do are listed in [`CIRCLES`], and the list may only become shorter.

mod house;

use house::{House, Name};
use std::collections::BTreeSet;
use std::path::Path;

/// Each module of the library and what it uses, besides `error`, `certificate` and `status`, which everyone may.
const RULE: [(&str, &[&str]); 16] = [
    ("mutation", &[]),
    ("status", &[]),
    ("error", &[]),
    ("certificate", &[]),
    ("numeric", &[]),
    ("linalg", &[]),
    ("measure", &["numeric", "linalg"]),
    ("divergence", &["measure", "numeric", "linalg"]),
    ("transport", &["measure", "numeric", "linalg"]),
    ("score", &["divergence", "transport", "measure", "numeric", "linalg"]),
    ("nn", &["linalg"]),
    ("gan", &["nn", "divergence", "measure", "numeric", "linalg"]),
    ("io", &[]),
    ("plot", &[]),
    ("record", &[]),
    (
        "lecture",
        &["numeric", "linalg", "measure", "divergence", "transport", "score", "nn", "gan", "io", "plot", "record"],
    ),
];

/// Pairs of files that use each other, still to be opened.
const CIRCLES: [(&str, &str); 11] = [
    ("divergence/between/mod.rs", "divergence/between/cloud.rs"),
    ("divergence/between/mod.rs", "divergence/between/counts.rs"),
    ("divergence/generator/cell.rs", "divergence/generator/named.rs"),
    ("lecture/few_samples.rs", "lecture/saturation.rs"),
    ("lecture/fgan.rs", "lecture/intervals.rs"),
    ("lecture/fgan.rs", "lecture/measuring.rs"),
    ("lecture/game.rs", "lecture/theorem.rs"),
    ("transport/certify.rs", "transport/solution.rs"),
    ("transport/generate.rs", "transport/start.rs"),
    ("transport/line/power.rs", "transport/solution.rs"),
    ("transport/rows.rs", "transport/sweep.rs"),
];

/// Modules that open files.
const OPENS_FILES: [&str; 3] = ["io", "record", "lecture"];

/// Modules that everyone may use.
const COMMON: [&str; 3] = ["error", "certificate", "status"];

fn top(name: &Name) -> &str {
    name.first().map_or("lib", String::as_str)
}

/// Uses between modules that the rule does not allow.
fn forbidden(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for (from, to) in house.arrows() {
        let (own, used) = (top(from), top(&to));
        if own == "lib" || own == used || used == "lib" || COMMON.contains(&used) {
            continue;
        }
        let place = &house.0[from].place;
        match RULE.iter().find(|(name, _)| *name == own) {
            None => found.push(format!("{place}: module `{own}` has no line in the rule")),
            Some((_, allowed)) if !allowed.contains(&used) => {
                found.push(format!("{place}: `{own}` must not use `{used}`"))
            }
            Some(_) => {}
        }
    }
    found.extend(house.0.values().filter(|f| OPENS_FILES.iter().all(|m| !f.place.starts_with(m))).flat_map(|file| {
        let banned = ["std::fs", "std::process", "std::env", "println!", "eprintln!"];
        let used = banned.into_iter().filter(|word| file.std.contains(*word));
        used.map(|word| format!("{}: the core must not use `{word}`", file.place))
    }));
    found.sort();
    found.dedup();
    found
}

/// Arrows of the rule that nobody uses.
fn unused(house: &House) -> Vec<String> {
    let used: BTreeSet<(String, String)> =
        house.arrows().iter().map(|(from, to)| (top(from).to_owned(), top(to).to_owned())).collect();
    let allowed = RULE.iter().flat_map(|(own, allowed)| allowed.iter().map(move |used| (*own, *used)));
    allowed
        .filter(|(own, other)| !used.contains(&((*own).to_owned(), (*other).to_owned())))
        .map(|(own, other)| format!("`{own}` may use `{other}` and does not"))
        .collect()
}

/// Pairs of files that use each other.
fn circles(house: &House) -> Vec<(&str, &str)> {
    let arrows = house.arrows();
    let both = arrows.iter().filter(|(from, to)| *from < to && arrows.contains(&(to, (*from).clone())));
    both.map(|(from, to)| (house.0[*from].place.as_str(), house.0[to].place.as_str())).collect()
}

fn library() -> House {
    let house = House::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(house.0.len() > 100, "the sources were found");
    house
}

#[test]
fn every_module_uses_only_what_it_may() {
    let found = forbidden(&library());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_rule_allows_nothing_that_nobody_uses() {
    let found = unused(&library());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_two_files_use_each_other() {
    assert_eq!(circles(&library()), CIRCLES);
}

/// One file among those that it may want to use.
fn with(place: &str, source: &str) -> House {
    House::of(&[
        ("lib.rs", "pub use error::{Error, Result};"),
        ("error.rs", "pub enum Error {} pub type Result<T> = std::result::Result<T, Error>;"),
        ("numeric/mod.rs", "mod sum; pub use sum::Sum;"),
        ("numeric/sum.rs", "pub struct Sum;"),
        ("measure/mod.rs", "pub struct Pmf;"),
        ("transport/mod.rs", "mod problem; pub use problem::Problem; pub fn line(x: f64) -> f64 { x }"),
        ("transport/problem.rs", "pub struct Problem;"),
        ("plot/mod.rs", "pub struct Figure;"),
        (place, source),
    ])
}

#[test]
fn a_violation_is_found_however_it_is_written() {
    for source in [
        "use crate::transport::Problem;",
        "use crate::{error::Error, transport::{self, Problem}};",
        "pub(crate) use crate::numeric::Sum; use crate::transport as t;",
        "fn f() -> f64 { crate::transport::line(1.0) }",
        "fn f() { let x = 'a'; crate :: transport :: line(1.0); }",
        "use super::super::transport::Problem;",
        "#[cfg(test)]\nmod tests { fn g() { if true { } } }\nuse crate::transport::Problem;",
        "fn f() { assert!(crate::transport::line(1.0) > 0.0); }",
        "mod inner { use super::super::super::transport::Problem; }",
        "fn f(p: &crate::transport::Problem) {}",
    ] {
        let found = forbidden(&with("divergence/discrete.rs", source));
        assert_eq!(found, ["divergence/discrete.rs: `divergence` must not use `transport`"], "{source}");
    }
    assert_eq!(forbidden(&with("gan/mod.rs", "use super::plot::Figure;")).len(), 1);
    assert_eq!(forbidden(&with("score/kernel.rs", "fn f() { println!(\"x\"); std::fs::read(\"y\"); }")).len(), 2);
    assert_eq!(forbidden(&with("newcomer/mod.rs", "use crate::numeric::Sum;")).len(), 1);
}

#[test]
fn what_is_allowed_is_not_reported() {
    for source in [
        "use crate::{Error, Result, measure::Pmf, numeric};",
        "//! As in [`transport`](crate::transport).\n/// use crate::transport;\nuse crate::numeric::Sum;",
        "#[cfg(test)]\nmod tests { use crate::transport::Problem; mod inner { fn f() {} } }",
        "/* use crate::transport; */ const S: &str = \"crate::transport \\\" println!\";",
        "use mycrate::transport::X;",
        "use super::super::measure::Pmf;",
    ] {
        assert_eq!(forbidden(&with("divergence/discrete.rs", source)), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn a_use_leads_to_the_file_that_defines_the_item() {
    // through the re-export in numeric/mod.rs, which itself is no use
    let house = with("measure/pmf.rs", "use crate::numeric::Sum; use super::Pmf;");
    let arrows: Vec<String> = house.arrows().iter().map(|(a, b)| format!("{} {}", a.join("/"), b.join("/"))).collect();
    assert_eq!(arrows, ["measure/pmf measure", "measure/pmf numeric/sum"]);
    let circle =
        House::of(&[("a/x.rs", "use super::y::Y; pub struct X;"), ("a/y.rs", "use super::x::X; pub struct Y;")]);
    assert_eq!(circles(&circle), [("a/x.rs", "a/y.rs")]);
}
