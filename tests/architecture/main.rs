//! The dependency rule, read from the sources: who may use whom.
//!
//! Between the modules of the library the rule is the table [`RULE`], which `DESIGN.md` and the front page of the documentation repeat. Inside a
//! folder there is no table: its files and folders must have *some* order in which each uses earlier ones only. And no two files
//! use each other.

mod house;

use house::{House, Name};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Each module of the library and what it uses, besides `error` and `certificate`, which everyone may.
const RULE: [(&str, &[&str]); 15] = [
    ("mutation", &[]),
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

/// Modules that open files.
const OPENS_FILES: [&str; 3] = ["io", "record", "lecture"];

/// Modules that everyone may use.
const COMMON: [&str; 2] = ["error", "certificate"];

fn top(name: &Name) -> &str {
    name.first().map_or("lib", String::as_str)
}

/// Uses between modules that the rule does not allow.
fn forbidden(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for (from, to) in house.arrows() {
        let (own, used) = (top(from), top(&to));
        if own == "lib" || own == used || used == "lib" || (COMMON.contains(&used) && !COMMON.contains(&own)) {
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
fn pairs(house: &House) -> Vec<String> {
    let arrows = house.arrows();
    let both = arrows.iter().filter(|(from, to)| *from < to && arrows.contains(&(to, (*from).clone())));
    both.map(|(from, to)| format!("{} and {} use each other", house.0[*from].place, house.0[to].place)).collect()
}

/// In each folder, the parts (files and folders) that no order can bring into layers.
fn rounds(house: &House) -> Vec<String> {
    let mut folders: BTreeMap<&[String], BTreeMap<&str, BTreeSet<String>>> = BTreeMap::new();
    let arrows = house.arrows();
    for (from, to) in &arrows {
        let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        let part = |name: &'_ Name| name.get(shared).cloned().unwrap_or_else(|| "mod".to_owned());
        let own = from.get(shared).map_or("mod", String::as_str);
        if shared > 0 {
            folders.entry(&from[..shared]).or_default().entry(own).or_default().insert(part(to));
        }
    }
    let mut found = Vec::new();
    for (folder, mut parts) in folders {
        // take away what uses nothing that is left, until nothing can be taken away
        loop {
            let names: BTreeSet<String> = parts.keys().map(|&name| name.to_owned()).collect();
            let before = parts.len();
            parts.retain(|_, uses| uses.iter().any(|used| names.contains(used)));
            if parts.len() == before {
                break;
            }
        }
        if !parts.is_empty() {
            let names = parts.keys().copied().collect::<Vec<_>>().join(", ");
            found.push(format!("{}: {names} have no order in which each uses earlier ones only", folder.join("/")));
        }
    }
    found
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
    let found = pairs(&library());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_folder_has_layers() {
    let found = rounds(&library());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}
