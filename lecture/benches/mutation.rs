//! Every fault against every claim: which claims notice, and which nothing breaks. Writes `mutation.md` beside this file:
//!
//! ```text
//! cargo bench -p fenchel-lecture --bench mutation --features mutation
//! ```
//!
//! A chapter is left out if its work does not pass the place of the fault. The bench takes some fifteen minutes on two
//! cores. The exit status is 1 if a fault breaks no claim, if a claim that is not marked as an identity is broken by
//! none, or if a marked claim is broken.

use fenchel::mutation::{Fault, reached, with};
use fenchel_lecture::{Claim, Options, Part, reproduce};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Instant;

const PARTS: [Part; 7] =
    [Part::Likelihood, Part::Game, Part::Losses, Part::Fgan, Part::Saturation, Part::Wasserstein, Part::Training];

/// The claims of a chapter, in order; or in words an error of the library, which a fault may cause.
fn claims(part: Part) -> Result<Vec<Claim>, String> {
    let options = Options { parts: vec![part], ..Options::default() };
    match std::panic::catch_unwind(|| reproduce(&options, &mut |_| ControlFlow::Continue(()))) {
        Ok(Ok(result)) => Ok(result.claims().cloned().collect()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("a panic".to_owned()),
    }
}

fn main() -> ExitCode {
    let start = Instant::now();
    let (mut sound, mut reaches) = (BTreeMap::new(), BTreeMap::new());
    for part in PARTS {
        let (found, faults) = reached(|| claims(part).expect("without a fault the chapters are reproduced"));
        sound.insert(part.name(), found);
        reaches.insert(part.name(), faults);
    }
    let mut breakers: BTreeMap<String, Vec<Fault>> = BTreeMap::new();
    let mut rows = String::new();
    let mut unseen = Vec::new();
    for &fault in Fault::ALL {
        let (mut broken, mut stopped) = (Vec::new(), Vec::new());
        for part in PARTS.into_iter().filter(|part| reaches[part.name()].contains(&fault)) {
            match with(fault, || claims(part)) {
                Ok(found) => broken.extend(found.iter().filter(|c| !c.holds()).map(|c| c.id().to_owned())),
                Err(_) => stopped.push(part.name()),
            }
        }
        eprintln!("{:6.0} s  {fault:?}: {} broken, stopped {stopped:?}", start.elapsed().as_secs_f64(), broken.len());
        if broken.is_empty() {
            unseen.push(fault);
        }
        broken.iter().for_each(|id| breakers.entry(id.clone()).or_default().push(fault));
        let stopped =
            if stopped.is_empty() { String::new() } else { format!("; ends with an error: {}", stopped.join(", ")) };
        let _ = writeln!(rows, "| {} | {} | {}{stopped} |", fault.description(), broken.len(), broken.join(" "));
    }

    let all: Vec<&Claim> = PARTS.iter().flat_map(|part| &sound[part.name()]).collect();
    let wrong = |c: &&&Claim| c.is_identity() == breakers.contains_key(c.id());
    let wrongly_marked: Vec<&str> = all.iter().filter(wrong).map(|c| c.id()).collect();
    let identities: Vec<&str> = all.iter().filter(|c| c.is_identity()).map(|c| c.id()).collect();
    let mut text = format!(
        "# Which faults break which claims\n\nWritten by `cargo bench -p fenchel-lecture --bench mutation --features mutation`, seed 0: each of {} faults is switched on and the \
         chapters of the lecture are reproduced, {} claims in all. What the faults are: `src/mutation.rs`.\n\n\
         | fault | broken | claims |\n|---|---:|---|\n{rows}",
        Fault::ALL.len(),
        all.len()
    );
    let _ = write!(
        text,
        "\nIdentities, which no fault breaks and which are marked as such in the report: {}.\n",
        identities.join(" ")
    );
    let _ = write!(text, "\n| claim | broken by |\n|---|---:|\n");
    for claim in all.iter().filter(|c| !c.is_identity()) {
        let _ = writeln!(text, "| {} | {} |", claim.id(), breakers.get(claim.id()).map_or(0, Vec::len));
    }
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/mutation.md"), text).expect("the table is written");
    eprintln!("faults that break no claim: {unseen:?}");
    eprintln!("claims that are wrongly marked, or not marked, as identities: {wrongly_marked:?}");
    if unseen.is_empty() && wrongly_marked.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
