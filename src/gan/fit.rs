//! Fitting a discriminator between two laws that stand still.

use super::data::Source;
use super::discriminator::{Batches, Discriminator, Task};
use super::limit::Limit;
use super::objective::Objective;
use super::penalty::Penalty;
use super::player::Learning;
use super::schedule::Schedule;
use crate::error::{Error, Result};
use crate::nn::{Activation, Layers, Mlp, Rule, Tape};
use crate::numeric::stream;

/// How to fit a discriminator between two fixed laws.
///
/// This is the inner problem `max_D V` of the game: a binary classification whose solution is `σ⁻¹(D*) = ln p/q`.
///
/// ```
/// use fenchel::gan::{Fit, Rows};
/// use ndarray::Array2;
/// let real = Rows::new(Array2::from_elem((4, 1), -1.0).view())?;
/// let fake = Rows::new(Array2::from_elem((4, 1), 1.0).view())?;
/// let d = Fit { steps: 50, ..Fit::default() }.run(&real, &fake)?;
/// let outputs = d.outputs(ndarray::array![[-1.0], [1.0]].view());
/// assert!(outputs[0] > 0.0 && outputs[1] < 0.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Fit {
    /// The loss that is minimised.
    pub objective: Objective,
    /// The penalty on the slope of the discriminator.
    pub penalty: Penalty,
    /// The limit on its weights.
    pub limit: Limit,
    /// Hidden layers; none makes the logit linear in the sample.
    pub hidden: Layers,
    /// Optimiser. Its rate falls linearly to 0, so that the last steps average out the noise of the batches.
    pub rule: Rule,
    /// Samples of each law a step.
    pub batch: usize,
    /// Steps.
    pub steps: u64,
    /// Seed of the weights and of the samples.
    pub seed: u64,
}

impl Default for Fit {
    /// Two hidden layers of 32 with tanh, 1000 steps of Adam at 0.01 on 256 samples of each law.
    fn default() -> Self {
        Self {
            objective: Objective::NonSaturating,
            penalty: Penalty::None,
            limit: Limit::None,
            hidden: Layers::new(&[32, 32], Activation::Tanh),
            rule: Rule::adam(0.01, 0.9, 0.999),
            batch: 256,
            steps: 1000,
            seed: 0,
        }
    }
}

impl Fit {
    /// Fits a discriminator.
    ///
    /// # Errors
    /// Laws of different dimension; a batch or a size of 0; a rate or a strength that is not positive; a fit whose loss
    /// leaves the finite numbers.
    pub fn run(&self, real: &dyn Source, fake: &dyn Source) -> Result<Discriminator> {
        self.penalty.validate()?;
        self.limit.validate()?;
        self.rule.validate()?;
        self.hidden.validate("hidden")?;
        for (what, size) in [("batch", self.batch), ("columns of the samples", real.dimension())] {
            if size == 0 {
                return Err(Error::out_of_domain(what, 0.0, "at least 1"));
            }
        }
        if real.dimension() != fake.dimension() {
            return Err(Error::size_mismatch(
                ("real samples", real.dimension()),
                ("generated samples", fake.dimension()),
                "columns",
            ));
        }
        let [mut initial, mut real_rng, mut fake_rng, mut between] = [0, 1, 2, 3].map(|k| stream(self.seed, k));
        let network = Mlp::stacked(real.dimension(), &self.hidden, (1, Activation::Linear), &mut initial)?;
        let learning = Learning { rate: Schedule::Linear, ..Learning::new(self.rule) };
        let mut fitted = Discriminator::new(self.limit.on(network, &mut initial), learning);
        let batches = Batches::faster(self.penalty, &self.hidden);
        let task = Task { batches, objective: self.objective, penalty: self.penalty, labels: (1.0, 0.0) };
        let mut tape = Tape::new();
        for step in 0..self.steps {
            let (x, y) = (real.draw(self.batch, &mut real_rng), fake.draw(self.batch, &mut fake_rng));
            tape.clear();
            let samples = (tape.leaf(x), tape.leaf(y));
            let Some((_, gradients)) = fitted.judge(task, samples, &mut between) else {
                return Err(Error::infeasible(
                    "fitting a discriminator",
                    format!(
                        "the loss left the finite numbers at step {step}; take a smaller rate, a penalty or a limit"
                    ),
                ));
            };
            fitted.learn(gradients, step as f64 / self.steps as f64);
        }
        Ok(fitted)
    }
}
