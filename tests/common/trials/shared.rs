//! What the trials of all solvers share.

use super::super::check::Fault;
use super::super::degenerate::{Clouds, Kind};
use fenchel::Error;
use fenchel::certificate::{Report, Status};
use fenchel::measure::Empirical;
use fenchel::transport::Ground;
use ndarray::{Array1, Array2};

/// How a trial ended, if nothing was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every claim holds.
    Held,
    /// The input was refused with an error.
    Refused,
    /// The status says that a bound could not be proven.
    GaveUp,
}

/// Only extremes may be refused; plain problems must be solved.
pub fn refused(kind: Kind, error: &Error) -> std::result::Result<Outcome, Fault> {
    let extreme = matches!(kind, Kind::Scaled | Kind::Outliers);
    if extreme { Ok(Outcome::Refused) } else { Err(Fault::Wrong(format!("refused: {error}"))) }
}

pub fn held(r: &Report) -> Outcome {
    if r.status == Status::Diverged { Outcome::GaveUp } else { Outcome::Held }
}

/// Whether a linear program can tell the truth about such a problem, and this is one of the problems for which it is asked.
pub fn program(kind: Kind, seed: u64) -> bool {
    !matches!(kind, Kind::Uneven | Kind::Outliers | Kind::Signs | Kind::Enormous) && seed % 8 == 7
}

pub fn laws(c: &Clouds) -> (Empirical, Empirical) {
    let law = |points: &Array2<f64>, w: &[f64]| Empirical::weighted(points.clone(), w.to_vec()).expect("a law");
    (law(&c.x, &c.a), law(&c.y, &c.b))
}

pub const GROUNDS: [Ground; 4] = [Ground::SqEuclidean, Ground::Euclidean, Ground::Cityblock, Ground::Chebyshev];

pub fn farthest(c: &Clouds) -> f64 {
    c.x.iter().chain(&c.y).fold(0.0, |most, t| most.max(t.abs()))
}

/// The variance of a law, over all coordinates.
pub fn spread(points: &Array2<f64>, w: &[f64]) -> f64 {
    let weights = Array1::from(w.to_vec());
    let mean = weights.dot(points);
    points.rows().into_iter().zip(w).map(|(p, w)| w * (&p - &mean).mapv(|t| t * t).sum()).sum()
}

/// The solver with its limit.
macro_rules! limited {
    ($solver:expr, $seed:expr) => {
        match Limit::of($seed) {
            Limit::None => $solver,
            Limit::Iterations(k) => $solver.iteration_limit(k),
            Limit::Time(t) => $solver.time_limit(t),
        }
    };
}
pub(super) use limited;
