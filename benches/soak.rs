//! Every solver on thousands of degenerate problems: does any of its claims turn out false?
//!
//! `cargo bench --bench soak` gives each solver 10,000 problems, spread over its kinds of input. The independent
//! verifier of the tests checks each answer, and the counts are written to `benches/soak.md`. Words after `--` choose
//! solvers by name, and the table then goes to the terminal alone; `--problems N` sets the number of problems. Each
//! failure is printed with its seed, so that it can be run again.

#[path = "../tests/common/mod.rs"]
mod common;

use common::check::Fault;
use common::degenerate::Kind;
use common::trials::{Outcome, SOLVERS, Solver};
use rayon::prelude::*;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// The counts for one solver and one kind of input.
#[derive(Default, Clone, Copy)]
struct Count {
    problems: usize,
    refused: usize,
    gave_up: usize,
    crossed: usize,
    nan: usize,
    inverted: usize,
    wrong: usize,
    panics: usize,
}

impl Count {
    fn faults(self) -> usize {
        self.gave_up + self.crossed + self.nan + self.inverted + self.wrong + self.panics
    }

    fn and(self, other: Self) -> Self {
        Self {
            problems: self.problems + other.problems,
            refused: self.refused + other.refused,
            gave_up: self.gave_up + other.gave_up,
            crossed: self.crossed + other.crossed,
            nan: self.nan + other.nan,
            inverted: self.inverted + other.inverted,
            wrong: self.wrong + other.wrong,
            panics: self.panics + other.panics,
        }
    }

    fn of(ended: &Result<Result<Outcome, Fault>, String>) -> Self {
        let mut count = Self { problems: 1, ..Self::default() };
        match ended {
            Ok(Ok(Outcome::Held)) => {}
            Ok(Ok(Outcome::Refused)) => count.refused = 1,
            Ok(Ok(Outcome::GaveUp)) => count.gave_up = 1,
            Ok(Err(Fault::Crossed(_))) => count.crossed = 1,
            Ok(Err(Fault::Nan(_))) => count.nan = 1,
            Ok(Err(Fault::Inverted(_))) => count.inverted = 1,
            Ok(Err(Fault::Wrong(_))) => count.wrong = 1,
            Err(_) => count.panics = 1,
        }
        count
    }

    fn row(self, solver: &str, kind: &str) -> String {
        let Self { problems, refused, gave_up, crossed, nan, inverted, wrong, panics } = self;
        format!(
            "| {solver} | {kind} | {problems} | {refused} | {gave_up} | {crossed} | {nan} | {inverted} | {wrong} | {panics} |\n"
        )
    }
}

/// The most failures of each solver and kind that are printed.
const NAMED: usize = 5;

fn soak(solver: Solver, kind: Kind, problems: usize) -> Count {
    let ended: Vec<_> = (0..problems as u64)
        .into_par_iter()
        .map(|k| {
            // other seeds than those of the tests, whose generator draws from all numbers
            let seed = k + 1_000_000 * kind as u64;
            let trial = catch_unwind(AssertUnwindSafe(|| (solver.trial)(kind, seed)));
            let message = |why: Box<dyn std::any::Any + Send>| match why.downcast::<String>() {
                Ok(text) => *text,
                Err(why) => why.downcast::<&str>().map_or_else(|_| "a panic".to_owned(), |text| (*text).to_owned()),
            };
            (seed, trial.map_err(message))
        })
        .collect();
    let failed = ended.iter().filter(|(_, ended)| Count::of(ended).faults() > 0);
    for (seed, ended) in failed.take(NAMED) {
        eprintln!("{} on {}, seed {seed}: {ended:?}", solver.name, kind.name());
    }
    ended.iter().map(|(_, ended)| Count::of(ended)).fold(Count::default(), Count::and)
}

fn main() -> std::io::Result<()> {
    let (mut words, mut problems): (Vec<String>, usize) = (Vec::new(), 10_000);
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        if arg == "--problems" {
            let number = args.next().and_then(|number| number.parse().ok());
            problems = number.ok_or_else(|| std::io::Error::other("--problems needs a number"))?;
        } else {
            words.push(arg);
        }
    }
    // panics are counted, and their messages are printed below
    std::panic::set_hook(Box::new(|_| {}));
    let start = Instant::now();
    let header = "| solver | input | problems | refused | gave up | crossed | NaN | inverted | wrong | panics |\n\
                  |---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n";
    let mut table = header.to_owned();
    let mut all = Count::default();
    for solver in SOLVERS.into_iter().filter(|s| words.is_empty() || words.iter().any(|word| s.name.contains(word))) {
        let mut total = Count::default();
        for &kind in solver.kinds {
            let count = soak(solver, kind, problems.div_ceil(solver.kinds.len()));
            table += &count.row(solver.name, kind.name());
            total = total.and(count);
        }
        all = all.and(total);
        eprintln!(
            "{}: {} problems, {} faults, {:.0} s",
            solver.name,
            total.problems,
            total.faults(),
            start.elapsed().as_secs_f64()
        );
    }
    table += &all.row("**all**", "");
    if !words.is_empty() {
        eprintln!("{table}");
        return Ok(());
    }
    let mut text = "# Soak\n\n".to_owned();
    let _ = write!(
        text,
        "Written by `cargo bench --bench soak`: {problems} problems a solver. Half of them are stopped early: after 0, 1, 2, 3 or 7\n\
         iterations, or at once. The verifier of the tests, which shares no code with the solvers, checks each answer. Small\n\
         problems are also solved by trying every basis in 32 digits, or by a linear program.\n\n\
         - refused: an error that says why, for extremes only\n\
         - gave up: the status says that a bound was not proven\n\
         - crossed: potentials prove more than the plan costs; inverted: an interval with its ends exchanged\n\
         - wrong: a number that plan, potentials or the truth contradict\n\n"
    );
    text += &table;
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/soak.md"), text)
}
