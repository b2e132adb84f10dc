//! How sure a bound is to be, and the report of one.

use super::held_out::HeldOut;
use crate::certificate::Estimate;
use crate::divergence::estimate::door::Finding;
use crate::divergence::estimate::reduce::{Core, Reduced};
use crate::divergence::generator::FDivergence;
use crate::divergence::kind::Kind;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::numeric::stream;
use ndarray::{Array2, Axis};
use rand::seq::SliceRandom;

/// Rows of a sample that it takes to fit a critic and to tell the error of what it proves.
pub(crate) const ROWS: usize = 8;
/// Rows of either sample that a critic is fitted to; more would cost time and are worth more where it is evaluated.
const FIT_ROWS: usize = 5000;

/// How sure a bound is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Confidence {
    pub level: f64,
    /// Whether for all laws and sample sizes.
    pub guaranteed: bool,
}

impl Confidence {
    /// The estimate of a kind by what `prove` proves about the generator behind it, and says of how it did.
    pub fn estimate(
        self,
        kind: Kind,
        (x, y): (&Empirical, &Empirical),
        prove: impl FnOnce(FDivergence) -> Result<(HeldOut, String)>,
    ) -> Result<Estimate> {
        let Some((f, carry)) = generator(&kind) else {
            return Err(Error::unsupported(
                format!("a lower bound of `{kind}`"),
                "it is no increasing function of an f-divergence",
            ));
        };
        let (proof, how) = prove(f)?;
        let lower = if self.guaranteed { proof.guaranteed(self.level) } else { proof.lower(self.level) };
        let carried = |x: f64| carry.as_ref().map_or(x, |reduced| reduced.value(x));
        let slope = carry.as_ref().map_or(1.0, |reduced| reduced.slope(proof.value));
        let interval =
            if self.guaranteed { "empirical Bernstein" } else { "delta method with half a row of the other law" };
        let parameters = format!("lower bound; {how}; one-sided interval, {interval}");
        let finding = Finding::new(carried(proof.value), slope * proof.std_error, parameters);
        finding.from(carried(lower)).report((&kind, "held-out rows"), self.level, (x, y))
    }
}

/// Whether a lower bound of this kind can be had.
pub(crate) fn is_bounded_below(kind: &Kind) -> bool {
    generator(kind).is_some()
}

/// The generator whose bound is taken, and how it is carried over to the kind, where that is a function of it.
fn generator(kind: &Kind) -> Option<(FDivergence, Option<Reduced>)> {
    if let Kind::F(f) = kind {
        return Some((*f, None));
    }
    let reduced = Reduced::new(kind)?;
    match reduced.core {
        Core::Alpha(a) => Some((FDivergence::Alpha(a), Some(reduced))),
        _ => None,
    }
}

/// Two random halves of the rows, each in random order; of a large sample the first has [`FIT_ROWS`] and the second the rest.
pub(crate) fn halves(sample: &Empirical, seed: u64, task: u64) -> (Array2<f64>, Array2<f64>) {
    let mut order: Vec<usize> = (0..sample.len()).collect();
    order.shuffle(&mut stream(seed, task));
    let (a, b) = order.split_at((sample.len() / 2).min(FIT_ROWS));
    (sample.points().select(Axis(0), a), sample.points().select(Axis(0), b))
}
