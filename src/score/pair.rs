//! Two samples that were checked once, for every score.

use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::numeric::times_power;
use std::borrow::Cow;
use std::sync::OnceLock;

/// Rows that a statistic with an uncertainty needs.
const ROWS: usize = 2;

/// A real and a generated sample that can be compared: what every score takes.
///
/// Both have the same number of columns, at least two rows, and equal weights; all numbers are finite. That is checked here, once,
/// and no score checks it again. What a score needs beyond it (four rows, more rows than neighbours) it says itself.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::{Pair, Permutations, energy, frechet};
/// use ndarray::array;
/// let real = Empirical::new(array![[0.0], [1.0], [2.0]])?;
/// let generated = Empirical::new(array![[3.0], [4.0], [5.0]])?;
/// let pair = Pair::new(&real, &generated)?;
/// assert!((frechet::frechet(&pair, Permutations::none())?.value - 9.0).abs() < 1e-12);
/// assert!((energy::energy(&pair, Permutations::none())?.value - 38.0 / 9.0).abs() < 1e-12);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Pair<'a> {
    real: &'a Empirical,
    generated: &'a Empirical,
    /// Both in a unit of their own, and its exponent; found when it is first asked for.
    scaled: OnceLock<([Cow<'a, Empirical>; 2], i32)>,
}

impl<'a> Pair<'a> {
    /// Checks the two samples.
    ///
    /// # Errors
    /// Different numbers of columns, fewer than two rows, weighted samples.
    pub fn new(real: &'a Empirical, generated: &'a Empirical) -> Result<Self> {
        real.same_dimension(generated, "real", "generated")?;
        let pair = Self { real, generated, scaled: OnceLock::new() };
        pair.at_least(ROWS)?;
        for (what, sample) in pair.named() {
            if !sample.is_uniform() {
                return Err(Error::unsupported(
                    format!("a score of the weighted sample `{what}`"),
                    "scores are statistics of equally weighted samples; resample by the weights first",
                ));
            }
        }
        Ok(pair)
    }

    /// The real sample.
    #[must_use]
    pub fn real(&self) -> &'a Empirical {
        self.real
    }

    /// The generated sample.
    #[must_use]
    pub fn generated(&self) -> &'a Empirical {
        self.generated
    }

    /// `(n, m, dimension)`: the rows of the real and of the generated sample, and their columns.
    #[must_use]
    pub fn sizes(&self) -> (usize, usize, usize) {
        (self.real.len(), self.generated.len(), self.real.dimension())
    }

    /// The rows of the smaller sample.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.real.len().min(self.generated.len())
    }

    fn named(&self) -> [(&'static str, &'a Empirical); 2] {
        [("real", self.real), ("generated", self.generated)]
    }

    /// That both samples have so many rows.
    pub(super) fn at_least(&self, rows: usize) -> Result<()> {
        match self.named().into_iter().find(|(_, sample)| sample.len() < rows) {
            Some((what, sample)) => Err(Error::too_few(what, sample.len(), rows, "rows")),
            None => Ok(()),
        }
    }

    /// That no coordinate exceeds what the powers of a score can hold.
    pub(super) fn check_size(&self, largest: f64) -> Result<()> {
        self.named().into_iter().try_for_each(|(what, sample)| sample.check_size(what, largest))
    }

    /// Both samples in a unit of their own, in which no power of a coordinate overflows or underflows, and the exponent of the unit.
    pub(super) fn scaled(&self) -> (&Empirical, &Empirical, i32) {
        let ([real, generated], unit) = self.scaled.get_or_init(|| Empirical::in_own_unit(self.real, self.generated));
        (real, generated, *unit)
    }

    /// The sample that was trained on in the unit of [`scaled`](Self::scaled), for a score that compares with it.
    pub(super) fn scaled_train<'t>(&self, train: &'t Empirical) -> Result<Cow<'t, Empirical>> {
        self.real.same_dimension(train, "real", "train")?;
        if !train.is_uniform() {
            return Err(Error::unsupported(
                "a score against the weighted sample `train`",
                "scores are statistics of equally weighted samples; resample by the weights first",
            ));
        }
        let (_, _, unit) = self.scaled();
        if unit == 0 {
            return Ok(Cow::Borrowed(train));
        }
        let scaled = train.times_power(-unit);
        match scaled.points().iter().zip(train.points()).find(|(x, _)| !x.is_finite()) {
            Some((_, &x)) => Err(Error::out_of_domain("train", x, "numbers of the size of the real sample's")),
            None => Ok(Cow::Owned(scaled)),
        }
    }

    /// A score that is homogeneous of this degree, computed of [`scaled`](Self::scaled) samples, so that it has the same digits at every scale.
    pub(super) fn in_own_unit(
        &self,
        degree: i32,
        score: impl FnOnce(&Empirical, &Empirical, i32) -> Result<Estimate>,
    ) -> Result<Estimate> {
        let (real, generated, unit) = self.scaled();
        let estimate = score(real, generated, unit)?;
        let back = |value: f64| times_power(value, degree * unit);
        Ok(Estimate {
            value: self.finite(&estimate.name, back(estimate.value))?,
            std_error: estimate.std_error.map(back),
            interval: estimate.interval.map(|(low, high)| (back(low), back(high))),
            baseline: estimate.baseline.map(back),
            baseline_spread: estimate.baseline_spread.map(back),
            ..estimate
        })
    }

    /// The value of a score, where `f64` can hold it.
    pub(super) fn finite(&self, name: &str, value: f64) -> Result<f64> {
        if value.is_finite() {
            return Ok(value);
        }
        Err(Error::out_of_domain(name, value, "a finite number; rescale the samples"))
    }
}
