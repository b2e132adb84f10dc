//! What a critic proves about two laws from points that it has not seen.
//!
//! For any function `v` of a point, with means over points that had no part in choosing it,
//!
//! | form | `D >=` | for | source |
//! |---|---|---|---|
//! | [`Form::Head`] | `E_P g(v) - E_Q f*(g(v))` | any f; `g` is the [head](Generator::activation) of f-GAN, and for `kl` it is the bound of Nguyen, Wainwright and Jordan | arXiv:0809.0853, 1606.00709 |
//! | [`Form::LogRatio`] | the same at `T = f'(e^v)` | any f; for `jsd` it is `(V + ln 4)/2` of the classifier with logit `v` | arXiv:1406.2661 |
//! | [`Form::DonskerVaradhan`] | `E_P v - ln E_Q e^v` | `kl` | doi:10.1002/cpa.3160280102 |
//!
//! The means have standard errors, so a one-sided statement follows, by the normal approximation or, where the critic is
//! confined to a known range, by the empirical Bernstein bound, which holds for all laws and sample sizes.
//!
//! Rows that are all alike have no variance to speak of, and say nothing of the rows that are too rare to have been seen: of
//! the other law's, above all, where the laws hardly overlap. So the normal approximation counts half a row of the other law in
//! either sample.

use super::critic::Critic;
use crate::divergence::generator::Generator;
use crate::numeric::Sum;
use crate::numeric::special::normal_quantile;
use ndarray::{Array1, ArrayView2};

/// How the output `v` of a critic becomes a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `T = g(v)`, the output activation of an f-GAN.
    Head,
    /// `T = f'(e^v)`: the output is taken for the logarithm of the density ratio, as the logit of a classifier is.
    LogRatio,
    /// `E_P v - ln E_Q e^v`, a bound of the Kullback-Leibler divergence whatever the generator.
    DonskerVaradhan,
}

/// What a critic proves on two samples that it was not fitted to.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "stored::HeldOut", into = "stored::HeldOut"))]
pub struct HeldOut {
    /// An unbiased estimate of a lower bound of the divergence (for Donsker-Varadhan up to `O(1/m²)`), in nats.
    pub value: f64,
    /// Its standard error.
    pub std_error: f64,
    on_x: Mean,
    on_y: Mean,
    offset: f64,
    logarithm: bool,
}

/// A mean over a sample of a quantity that is confined to a range.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Mean {
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    value: f64,
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    variance: f64,
    count: f64,
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    ends: (f64, f64),
    /// The mean of the same quantity over the other sample.
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    elsewhere: f64,
}

/// Rows of the other law that are allowed for in a sample though none was seen. With none, bounds at 90 % from 60 rows of laws
/// that overlap in 2 % of their mass were too high in six of ten samples.
const UNSEEN: f64 = 0.5;

impl Mean {
    fn of(values: &Array1<f64>, elsewhere: &Array1<f64>, ends: (f64, f64)) -> Self {
        let mean = |values: &Array1<f64>| Sum::of(values.iter().copied()) / values.len() as f64;
        let (count, value, elsewhere) = (values.len() as f64, mean(values), mean(elsewhere));
        let squares = Sum::of(values.iter().map(|x| (x - value).powi(2)));
        Self { value, variance: squares / (count - 1.0).max(1.0), count, ends, elsewhere }
    }

    /// The same with half a row more that has the value `end`; as it is where that is no number.
    fn with_unseen(self, end: f64) -> Self {
        if !end.is_finite() {
            return self;
        }
        let count = self.count + UNSEEN;
        let squares = (self.count - 1.0) * self.variance + self.count * UNSEEN / count * (end - self.value).powi(2);
        let value = self.value + UNSEEN / count * (end - self.value);
        Self { value, variance: squares / (count - 1.0), count, ..self }
    }

    fn squared_error(&self) -> f64 {
        self.variance / self.count
    }

    /// How far the mean is from its expectation on one side, but for a probability of at most `risk`
    /// (arXiv:0907.3740, theorem 4).
    fn deviation(&self, risk: f64) -> f64 {
        let surprise = (2.0 / risk).ln();
        let range = self.ends.1 - self.ends.0;
        (2.0 * self.squared_error() * surprise).sqrt() + 7.0 * range * surprise / (3.0 * (self.count - 1.0))
    }
}

impl HeldOut {
    /// What `critic` proves about the laws of the rows of `x` and `y`.
    ///
    /// The samples must have had no part in the making of the critic. O(n + m) evaluations.
    ///
    /// ```
    /// use fenchel::divergence::FDivergence;
    /// use fenchel::divergence::estimate::{Form, HeldOut};
    /// use fenchel::measure::Gaussian;
    /// use fenchel::numeric::stream;
    /// use ndarray::ArrayView2;
    ///
    /// let x = Gaussian::univariate(0.0, 1.0)?.sample(20_000, &mut stream(0, 0))?;
    /// let y = Gaussian::univariate(1.0, 1.0)?.sample(20_000, &mut stream(0, 1))?;
    /// // the logarithm of the density ratio of N(0,1) and N(1,1) proves all there is: KL = 1/2
    /// let critic = |x: ArrayView2<f64>| x.column(0).mapv(|x| 0.5 - x);
    /// let proof = HeldOut::new(&FDivergence::Kl, Form::LogRatio, &critic, x.view(), y.view());
    /// assert!((proof.value - 0.5).abs() < 4.0 * proof.std_error && proof.std_error < 0.02);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn new(
        generator: &dyn Generator,
        form: Form,
        critic: &dyn Critic,
        x: ArrayView2<'_, f64>,
        y: ArrayView2<'_, f64>,
    ) -> Self {
        Self::of_outputs(generator, form, &critic.outputs(x), &critic.outputs(y), critic.range())
    }

    /// The same of the outputs for each row of either sample, any number of them, at hand; the range holds all that the
    /// critic could have put out. O(n + m).
    #[must_use]
    pub fn of_outputs(
        generator: &dyn Generator,
        form: Form,
        on_x: &Array1<f64>,
        on_y: &Array1<f64>,
        (low, high): (f64, f64),
    ) -> Self {
        // both are nondecreasing in v, so the ends of their range are at the ends of its
        let ends = |f: &dyn Fn(f64) -> f64| {
            let bounded = low.is_finite() && high.is_finite();
            if bounded { (f(low), f(high)) } else { (f64::NEG_INFINITY, f64::INFINITY) }
        };
        let means = |t: &dyn Fn(f64) -> f64, conjugate: &dyn Fn(f64) -> f64| {
            let mean = |of: &Array1<f64>, other: &Array1<f64>, f| Mean::of(&of.mapv(f), &other.mapv(f), ends(f));
            (mean(on_x, on_y, t), mean(on_y, on_x, conjugate))
        };
        let (on_x, on_y, offset) = match form {
            Form::Head => {
                let (x, y) = means(&|v| generator.activation(v), &|v| generator.conjugate_of_activation(v));
                (x, y, 0.0)
            }
            Form::LogRatio => {
                let (x, y) = means(&|v| generator.dual_pair(v).0, &|v| generator.dual_pair(v).1);
                (x, y, generator.f(1.0))
            }
            Form::DonskerVaradhan => {
                let top = on_y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let (x, y) = means(&|v| v, &|v| (v - top).exp());
                (x, y, -top)
            }
        };
        Self::of_means(on_x, on_y, offset, form == Form::DonskerVaradhan)
    }

    fn of_means(on_x: Mean, on_y: Mean, offset: f64, logarithm: bool) -> Self {
        let (value, variance) = if logarithm {
            // the logarithm of a mean is too low by half its relative variance; the bound would be too high
            let relative = on_y.squared_error() / on_y.value.powi(2);
            (on_x.value - on_y.value.ln() - 0.5 * relative + offset, on_x.squared_error() + relative)
        } else {
            (on_x.value - on_y.value + offset, on_x.squared_error() + on_y.squared_error())
        };
        // an output far outside of its domain proves nothing
        let value = if value.is_finite() { value } else { f64::NEG_INFINITY };
        let std_error = if variance.is_finite() { variance.sqrt() } else { f64::INFINITY };
        let value = mutate!(value, EstimateOff, |v| v + 0.02);
        let std_error = mutate!(std_error, ErrorTenfold, |s| 10.0 * s);
        let std_error = mutate!(std_error, ErrorTenth, |s| 0.1 * s);
        Self { value, std_error, on_x, on_y, offset, logarithm }
    }

    /// A lower bound of the divergence that is one with probability `level`, by the normal approximation.
    ///
    /// In either sample half a row is counted that was not seen and has what is the mean in the other sample, as if it had been
    /// drawn from the other law. Without it rows that are all alike would have no error at all. So this is never above
    /// `value - z std_error`, and below it by less the more rows there are.
    #[must_use]
    pub fn lower(&self, level: f64) -> f64 {
        let x = self.on_x.with_unseen(self.on_x.elsewhere.min(self.on_x.value));
        let y = self.on_y.with_unseen(self.on_y.elsewhere.max(self.on_y.value));
        let below = |proof: &Self| proof.value - normal_quantile(level) * proof.std_error;
        let lower = below(self).min(below(&Self::of_means(x, y, self.offset, self.logarithm)));
        if lower.is_nan() { f64::NEG_INFINITY } else { lower }
    }

    /// A lower bound of the divergence that is one with probability at least `level`, whatever the laws and however small
    /// the samples: the empirical Bernstein bound of both means, `(1 - level)/2` each.
    ///
    /// Minus infinity where the range of the critic is not known to be bounded.
    #[must_use]
    pub fn guaranteed(&self, level: f64) -> f64 {
        let risk = 0.5 * (1.0 - level);
        let (x, y) = (self.on_x.value - self.on_x.deviation(risk), self.on_y.value + self.on_y.deviation(risk));
        let lower = x - if self.logarithm { y.ln() } else { y } + self.offset;
        if lower.is_nan() { f64::NEG_INFINITY } else { lower }
    }
}

/// What is written and read: value and standard error must be those that the means give.
#[cfg(feature = "serde")]
mod stored {
    use super::Mean;
    use crate::error::{Error, Result};

    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct HeldOut {
        #[serde(with = "crate::serial")]
        value: f64,
        #[serde(with = "crate::serial")]
        std_error: f64,
        on_x: Mean,
        on_y: Mean,
        #[serde(with = "crate::serial")]
        offset: f64,
        logarithm: bool,
    }

    impl From<super::HeldOut> for HeldOut {
        fn from(proof: super::HeldOut) -> Self {
            let super::HeldOut { value, std_error, on_x, on_y, offset, logarithm } = proof;
            Self { value, std_error, on_x, on_y, offset, logarithm }
        }
    }

    impl TryFrom<HeldOut> for super::HeldOut {
        type Error = Error;

        fn try_from(read: HeldOut) -> Result<Self> {
            let proof = Self::of_means(read.on_x, read.on_y, read.offset, read.logarithm);
            for (what, value, proven) in
                [("value", read.value, proof.value), ("standard error", read.std_error, proof.std_error)]
            {
                if value.to_bits() != proven.to_bits() {
                    return Err(Error::out_of_domain(
                        format!("{what} of a bound"),
                        value,
                        format!("{proven}, which follows from its means"),
                    ));
                }
            }
            Ok(proof)
        }
    }
}
