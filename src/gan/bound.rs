//! The lower bound of a divergence that a trained network proves.

use super::data::Rows;
use super::discriminator::Discriminator;
use super::fit::Fit;
use super::objective::Objective;
use crate::certificate::Estimate;
use crate::divergence::estimate::{
    Confidence, Criterion, Critic, Estimator, Form, HeldOut, LEVEL, ROWS, check, halves, is_bounded_below,
};
use crate::divergence::{FDivergence, Kind};
use crate::error::Result;
use crate::measure::Empirical;
use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate};

/// A lower bound of a divergence by a discriminator, trained on one half of the samples and evaluated on the other.
///
/// The network is trained as a classifier, and its logit is read as `ln p/q` ([`Form::LogRatio`]): for `jsd` the bound
/// is `(V + ln 4)/2`. It finds differences that a critic linear in features
/// ([`Variational`](crate::divergence::estimate::Variational)) cannot find. It takes longer and needs more samples.
///
/// Cost: that of the steps of its training, O(weights x batch) each whatever the number of rows, and one evaluation a row.
///
/// ```
/// use fenchel::divergence::estimate::Estimator;
/// use fenchel::gan::{Fit, NetworkBound};
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
///
/// let (p, q) = (Gaussian::univariate(0.0, 1.0)?, Gaussian::univariate(2.0, 1.0)?);
/// let x = Empirical::new(p.sample(1000, &mut stream(0, 0))?)?;
/// let y = Empirical::new(q.sample(1000, &mut stream(0, 1))?)?;
/// let fit = Fit { hidden: "16 tanh".parse()?, steps: 200, batch: 64, ..Fit::default() };
/// let jsd = NetworkBound::new(fit).estimate(&x, &y, "jsd".parse()?)?; // 0.337
/// assert!((0.25..0.337).contains(&jsd.interval.unwrap().0));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct NetworkBound {
    fit: Fit,
    level: f64,
    guaranteed: bool,
}

impl Default for NetworkBound {
    /// Two hidden layers of 32, 500 steps on 128 rows of each sample.
    fn default() -> Self {
        Self::new(Fit { batch: 128, steps: 500, ..Fit::default() })
    }
}

impl NetworkBound {
    /// A bound by a network of these sizes, trained in this way. Its objective is always that of a classifier; its seed
    /// also splits the samples.
    #[must_use]
    pub fn new(fit: Fit) -> Self {
        Self { fit: Fit { objective: Objective::Minimax, ..fit }, level: LEVEL, guaranteed: false }
    }

    /// The seed of the split, the weights and the batches.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.fit.seed = seed;
        self
    }

    /// Nominal coverage of the interval, 0.9 at first.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// Whether the interval is to hold for all laws and sample sizes, which makes it longer.
    #[must_use]
    pub fn guaranteed(mut self, guaranteed: bool) -> Self {
        self.guaranteed = guaranteed;
        self
    }
}

impl Estimator for NetworkBound {
    fn name(&self) -> &'static str {
        "network"
    }

    fn supports(&self, kind: &Kind, _dimension: usize) -> bool {
        is_bounded_below(kind)
    }

    fn estimate(&self, x: &Empirical, y: &Empirical, kind: Kind) -> Result<Estimate> {
        check(self, x, y, &kind, ROWS, self.level)?;
        let seed = self.fit.seed;
        Confidence { level: self.level, guaranteed: self.guaranteed }.estimate(kind, (x, y), |f| {
            let ((fit_x, test_x), (fit_y, test_y)) = (halves(x, seed, 0), halves(y, seed, 3));
            let mut critic = NetworkCritic::train(&self.fit, fit_x.view(), fit_y.view())?;
            let game = Criterion::Head(&FDivergence::Gan);
            let (on_x, on_y) = (critic.outputs(fit_x.view()), critic.outputs(fit_y.view()));
            critic.range = game.range(&on_x, &on_y);
            if self.guaranteed {
                critic.range = game.worthiest_range(&on_x, &on_y, critic.range, |on_x, on_y, range| {
                    HeldOut::of_outputs(&f, Form::LogRatio, on_x, on_y, range).guaranteed(self.level)
                });
            }
            let proof = HeldOut::new(&f, Form::LogRatio, &critic, test_x.view(), test_y.view());
            let how = format!(
                "network with hidden layers `{}`, {} steps on batches of {}; fitted on {} + {} rows, evaluated on {} + {}; seed {seed}",
                self.fit.hidden,
                self.fit.steps,
                self.fit.batch,
                fit_x.nrows(),
                fit_y.nrows(),
                test_x.nrows(),
                test_y.nrows()
            );
            Ok((proof, how))
        })
    }
}

/// A discriminator on standardised columns, its logits confined to a range.
struct NetworkCritic {
    discriminator: Discriminator,
    mean: Array1<f64>,
    scale: Array1<f64>,
    range: (f64, f64),
}

impl NetworkCritic {
    fn train(fit: &Fit, x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Result<Self> {
        // shapes agree, so concatenation cannot fail
        let pooled = concatenate(Axis(0), &[x, y]).unwrap_or_default();
        let mean = pooled.mean_axis(Axis(0)).unwrap_or_default();
        // a column that never changes carries no information
        let scale = pooled.std_axis(Axis(0), 0.0).mapv(|s| if s > 0.0 { s } else { f64::INFINITY });
        let standardised = |points: ArrayView2<'_, f64>| (&points - &mean) / &scale;
        let (real, fake) = (Rows::new(standardised(x).view())?, Rows::new(standardised(y).view())?);
        let discriminator = fit.run(&real, &fake)?;
        Ok(Self { discriminator, mean, scale, range: (f64::NEG_INFINITY, f64::INFINITY) })
    }
}

impl Critic for NetworkCritic {
    fn outputs(&self, points: ArrayView2<'_, f64>) -> Array1<f64> {
        let (low, high) = self.range;
        let z: Array2<f64> = (&points - &self.mean) / &self.scale;
        // f32 inside: far points would overflow to NaN
        self.discriminator.outputs(z.mapv(|z| z.clamp(-1e6, 1e6)).view()).mapv_into(|v| v.clamp(low, high))
    }

    fn range(&self) -> (f64, f64) {
        self.range
    }
}
