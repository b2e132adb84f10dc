//! The dependency rule, read from the sources: who may use whom.
//!
//! Between the modules of the library the rule is the table [`RULE`], which `DESIGN.md` and the front page of the documentation
//! repeat; between the members of the workspace it is what their manifests name. No two files of a member use each other, and the
//! files and folders of a folder are in layers. No function is too long to be read at once, and one word names one type.

mod house;

use house::{House, Name};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Each module of the library and what it uses, besides those of [`COMMON`], which everyone may.
const RULE: [(&str, &[&str]); 17] = [
    ("mutation", &[]),
    ("error", &[]),
    ("certificate", &[]),
    ("status", &[]),
    ("serial", &[]),
    ("text", &[]),
    ("numeric", &[]),
    ("linalg", &[]),
    ("measure", &["numeric", "linalg"]),
    ("divergence", &["measure", "numeric", "linalg"]),
    ("transport", &["measure", "numeric", "linalg"]),
    ("score", &["divergence", "transport", "measure", "numeric", "linalg"]),
    ("nn", &["linalg"]),
    ("gan", &["nn", "divergence", "measure", "numeric"]),
    ("io", &["measure"]),
    ("plot", &[]),
    ("record", &[]),
];

/// The sources of each member, and which of their modules may touch the world: open files, read the environment, print, exit.
const MEMBERS: [(&str, &[&str]); 4] = [
    ("src", &["io", "record"]),
    ("lecture/src", &[]),
    ("cli/src", &["failure", "interrupt", "main", "output", "places", "provenance", "shell"]),
    ("python/src", &[]),
];

/// Modules that everyone may use.
const COMMON: [&str; 5] = ["error", "certificate", "serial", "status", "text"];

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
    found.sort();
    found.dedup();
    found
}

/// What touches the world outside of the modules that may.
fn worldly(house: &House, allowed: &[&str]) -> Vec<String> {
    let others = house.0.iter().filter(|(name, _)| !allowed.contains(&top(name)));
    let found = others.flat_map(|(_, file)| {
        let banned = ["std::fs", "std::process", "std::env", "println!", "eprintln!"];
        let used = banned.into_iter().filter(|word| file.std.contains(*word));
        used.map(|word| format!("{} must not use `{word}`", file.place))
    });
    found.collect()
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

/// Rooms (files and folders of one folder) that use one another in a ring, by the folder. A `mod.rs`, which hands on what its
/// rooms hold, is none of them.
fn rings(house: &House) -> Vec<String> {
    let mut folders: BTreeMap<Name, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (from, to) in house.arrows() {
        let shared = from.iter().zip(&to).take_while(|(x, y)| x == y).count();
        if let (Some(room), Some(used)) = (from.get(shared), to.get(shared)) {
            let rooms = folders.entry(from[..shared].to_vec()).or_default();
            rooms.entry(room.clone()).or_default().insert(used.clone());
        }
    }
    let mut found = Vec::new();
    for (folder, mut rooms) in folders {
        // rooms that use none of those that are left are taken away, until there are no more of them
        loop {
            let left: BTreeSet<String> = rooms.keys().cloned().collect();
            rooms.values_mut().for_each(|used| used.retain(|room| left.contains(room)));
            let before = rooms.len();
            rooms.retain(|_, used| !used.is_empty());
            if rooms.len() == before {
                break;
            }
        }
        if !rooms.is_empty() {
            found.push(format!("{}: {}", folder.join("/"), rooms.into_keys().collect::<Vec<_>>().join(", ")));
        }
    }
    found
}

/// Lines that a function may have: what is read at once.
const LINES: usize = 70;

/// Functions that are longer, with their lines.
fn long(house: &House) -> Vec<String> {
    let functions = house.0.values().flat_map(|file| file.functions.iter().map(move |function| (file, function)));
    let found = functions.filter(|(_, (_, lines))| *lines > LINES);
    found.map(|(file, (name, lines))| format!("{}: `{name}` has {lines} lines", file.place)).collect()
}

/// Names of more than one type that are right in each place: the game and the divergence that it plays, and what is called
/// so in two fields whose items nobody imports together.
const SHARED: [&str; 3] = ["Gan", "Bandwidth", "Form"];

/// Names of types that other files can see which stand for more than one of them, with where they are.
fn ambiguous(house: &House) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in house.0.values() {
        file.types.iter().for_each(|name| places.entry(name).or_default().push(&file.place));
    }
    let found = places.into_iter().filter(|(name, places)| places.len() > 1 && !SHARED.contains(name));
    found.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect()
}

fn member(sources: &str) -> House {
    let house = House::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(sources));
    assert!(house.0.len() > 10, "the sources were found");
    house
}

fn library() -> House {
    member("src")
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
    for (sources, _) in MEMBERS {
        assert_eq!(circles(&member(sources)), [], "{sources}");
    }
}

#[test]
fn the_rooms_of_a_folder_are_in_layers() {
    for (sources, _) in MEMBERS {
        assert_eq!(rings(&member(sources)), Vec::<String>::new(), "{sources}");
    }
    let ring = House::of(&[
        ("a/x/mod.rs", "mod one; mod two; pub struct X;"),
        ("a/x/one.rs", "use crate::a::y::Y;"),
        ("a/x/two.rs", "pub struct Two;"),
        ("a/y.rs", "use crate::a::x::two::Two; pub struct Y;"),
    ]);
    assert!(circles(&ring).is_empty());
    assert_eq!(rings(&ring), ["a: x, y"]);
}

#[test]
fn every_function_can_be_read_at_once() {
    for (sources, _) in MEMBERS {
        assert_eq!(long(&member(sources)), Vec::<String>::new(), "{sources}");
    }
    let body = |lines: usize| format!("fn f() {{{}}}", "\n".repeat(lines - 1));
    let tested = format!("#[cfg(test)] mod tests {{ {} }}", body(71));
    let within = format!("struct S; impl S {{ {} }}", body(71));
    let house = House::of(&[("a.rs", &body(70)), ("b.rs", &body(71)), ("c.rs", &tested), ("d.rs", &within)]);
    assert_eq!(long(&house), ["b.rs: `f` has 71 lines", "d.rs: `f` has 71 lines"]);
}

#[test]
fn one_word_names_one_type() {
    for (sources, _) in MEMBERS {
        assert_eq!(ambiguous(&member(sources)), Vec::<String>::new(), "{sources}");
    }
    let house = House::of(&[
        ("a.rs", "pub struct X; struct Y;"),
        ("b.rs", "pub(super) enum X {} struct Y;"),
        ("c.rs", "#[cfg(test)] pub struct X;"),
    ]);
    assert_eq!(ambiguous(&house), ["X: a.rs, b.rs"]);
}

#[test]
fn the_world_is_touched_where_it_may_be() {
    for (sources, allowed) in MEMBERS {
        assert_eq!(worldly(&member(sources), allowed), Vec::<String>::new(), "{sources}");
    }
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
    let worldly_file = with("score/kernel.rs", "fn f() { println!(\"x\"); std::fs::read(\"y\"); }");
    assert_eq!(worldly(&worldly_file, &["io"]).len(), 2);
    assert_eq!(worldly(&worldly_file, &["score"]).len(), 0);
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
    // a path may begin with the name of a child
    let circle =
        House::of(&[("a/mod.rs", "mod x; pub struct A; fn f() { x::g() }"), ("a/x.rs", "use super::A; pub fn g() {}")]);
    assert_eq!(circles(&circle), [("a/mod.rs", "a/x.rs")]);
    // that only the parent may use an item makes no circle
    let seen = House::of(&[("a/mod.rs", "mod x; use self::x::X;"), ("a/x.rs", "pub(super) struct X;")]);
    assert!(circles(&seen).is_empty());
}
