//! Precision, recall, density and coverage as the scorecard knows them: all read from the same balls.

use super::definition::{Comparison, Definition, Sees};
use super::forecast::Step;
use super::neighbours::Neighbours;
use super::{Better, Compat};
use crate::certificate::Estimate;
use crate::error::Result;

pub(super) const PRECISION: Definition =
    Definition::new("precision", "share of generated points among the real ones", BALLS, |card| {
        of_balls(card, Neighbours::precision)
    })
    .sees(Sees::Fidelity, Better::Higher)
    .neighbours(of_program);
pub(super) const RECALL: Definition =
    Definition::new("recall", "share of real points among the generated ones", BALLS, |card| {
        of_balls(card, Neighbours::recall)
    })
    .sees(Sees::Diversity, Better::Higher)
    .neighbours(of_program);
pub(super) const DENSITY: Definition =
    Definition::new("density", "real balls around a generated point, relative to k", BALLS, |card| {
        Ok(found(card)?.density())
    })
    .sees(Sees::Fidelity, Better::Higher)
    .neighbours(|_| USUAL);
pub(super) const COVERAGE: Definition =
    Definition::new("coverage", "share of real points with a generated one in their ball", BALLS, |card| {
        Ok(found(card)?.coverage())
    })
    .sees(Sees::Diversity, Better::Higher)
    .neighbours(|_| USUAL);

/// The balls of all rows, and those that they have in relabelled samples.
const BALLS: Step = Step::new("balls of neighbours", |task| {
    let rows = task.rows();
    let k = task.choices.k.unwrap_or(USUAL) as f64;
    let relabelled = if task.choices.again().count > 0 { RELABELLED * k } else { 0.0 };
    task.neighbours(rows, rows) + rows * (ROW + relabelled)
});

/// Nanoseconds of a row: of its ball without each group of rows, and of its balls in all relabellings, by neighbour.
const ROW: f64 = 3000.0;
const RELABELLED: f64 = 2000.0;

/// The neighbour that a ball reaches to, unless the user says which.
const USUAL: usize = 5;

fn of_program(compat: Option<Compat>) -> usize {
    if compat == Some(Compat::TorchFidelity) { 3 } else { USUAL }
}

/// Precision and recall, of closed balls where torch-fidelity's are asked for.
fn of_balls(card: &mut Comparison<'_>, score: fn(&Neighbours) -> Estimate) -> Result<Estimate> {
    if card.compat() == Some(Compat::TorchFidelity) {
        return Ok(score(&Neighbours::with_closed_balls(card.pair(), card.k(), card.again())?));
    }
    Ok(score(found(card)?))
}

fn found<'c>(card: &'c mut Comparison<'_>) -> Result<&'c Neighbours> {
    card.shared(|card| Neighbours::new(card.pair(), card.k(), card.again()))
}
