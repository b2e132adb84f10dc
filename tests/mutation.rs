//! Claims that can fail: with each fault switched on, some claim does not hold.
//!
//! Each fault runs against one chapter only, the cheapest that notices it; `benches/mutation.md` has all of them.

use fenchel::lecture::{Options, Part, reproduce};
use fenchel::mutation::{Fault, with};
use std::ops::ControlFlow;

/// The chapters in the order of their cost.
const CHEAPEST_FIRST: [Part; 5] = [Part::Likelihood, Part::Wasserstein, Part::Saturation, Part::Game, Part::Fgan];

/// The chapter that is to notice the fault.
fn noticed_by(fault: Fault) -> Part {
    let table = include_str!("../benches/mutation.md");
    let row = table.lines().find(|line| line.starts_with(&format!("| {} |", fault.description())));
    let row = row.unwrap_or_else(|| panic!("benches/mutation.md has no row for {fault:?}: write it again"));
    let ids = row.split('|').nth(3).unwrap_or_default().split(';').next().unwrap_or_default();
    let broken: Vec<char> = ids.split_whitespace().filter_map(|id| id.chars().next()).collect();
    let part = CHEAPEST_FIRST.into_iter().find(|part| part.letter().is_some_and(|letter| broken.contains(&letter)));
    part.unwrap_or_else(|| panic!("{fault:?} breaks no claim"))
}

fn broken(part: Part) -> Vec<String> {
    let options = Options { parts: vec![part], ..Options::default() };
    let result = reproduce(&options, &mut |_| ControlFlow::Continue(())).expect("the chapter is reproduced");
    result.failed().iter().map(|claim| claim.id().to_owned()).collect()
}

#[test]
fn every_fault_breaks_a_claim() {
    let unseen: Vec<Fault> =
        Fault::ALL.iter().copied().filter(|&fault| with(fault, || broken(noticed_by(fault))).is_empty()).collect();
    assert!(unseen.is_empty(), "nothing notices {unseen:?}");
    // and all is well again once they are off
    assert!(broken(Part::Likelihood).is_empty());
}
