//! One player: the discriminator, its step, and fitting it between two laws that stand still.

use super::constraint::{Constraint, Scored, SpectralNorm};
use super::schedule::Schedule;
use super::source::Source;
use super::value::{GameValue, Objective};
use crate::error::{Error, Result};
use crate::nn::{Activation, Bound, Mlp, Optimizer, Rule, Tape};
use crate::numeric::stream;
use ndarray::{Array1, Array2, ArrayView2};
use rand::Rng;
use std::sync::Arc;

/// A discriminator with its optimiser and its constraint.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Discriminator {
    pub(super) network: Mlp<f32>,
    pub(super) optimizer: Optimizer<f32>,
    pub(super) spectral: Option<SpectralNorm<f32>>,
    constraint: Constraint,
}

/// The losses of a step of the discriminator, computed before its weights moved.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DiscriminatorStep {
    /// Its loss without the penalty.
    pub loss: f64,
    /// The penalty; 0 where there is none.
    pub penalty: f64,
    /// `V` on the batch.
    pub value: GameValue,
}

impl Discriminator {
    /// A new network with one output. `sizes` are the columns of a sample and the hidden sizes.
    pub(super) fn new(
        sizes: &[usize],
        hidden: Activation,
        constraint: Constraint,
        rule: Rule,
        rng: &mut impl Rng,
    ) -> Self {
        let sizes: Vec<usize> = sizes.iter().copied().chain([1]).collect();
        let mut network = Mlp::new(&sizes, hidden, Activation::Linear, rng);
        let spectral = (constraint == Constraint::Spectral).then(|| SpectralNorm::new(&network, 20, rng));
        clip(&mut network, constraint);
        Self { network, optimizer: Optimizer::new(rule), spectral, constraint }
    }

    /// Whether the parts fit each other and the configured constraint.
    pub(super) fn is_consistent(&self, constraint: Constraint) -> bool {
        let norm_fits = match &self.spectral {
            Some(spectral) => constraint == Constraint::Spectral && spectral.fits(&self.network),
            None => constraint != Constraint::Spectral,
        };
        self.constraint == constraint && norm_fits
    }

    /// The trained weights; under spectral normalisation, the weights before the normalisation.
    #[must_use]
    pub fn network(&self) -> &Mlp<f32> {
        &self.network
    }

    /// The output for each row of `x`, its logit where the objective has one.
    ///
    /// # Panics
    /// If `x` has not as many columns as the discriminator was made for.
    #[must_use]
    pub fn outputs(&self, x: ArrayView2<'_, f64>) -> Array1<f64> {
        let mut network = self.network.clone();
        if let Some(spectral) = &self.spectral {
            for (layer, sigma) in network.layers.iter_mut().zip(spectral.values(&self.network)) {
                if sigma > 0.0 {
                    layer.weight /= sigma as f32;
                }
            }
        }
        let outputs = network.apply(x.mapv(|x| x as f32).view());
        outputs.column(0).mapv(f64::from)
    }

    /// The constrained network on a tape, for the other player; the power iteration of this use is not kept.
    pub(super) fn bind<'t>(&self, tape: &'t Tape<f32>) -> Bound<'t, f32> {
        let bound = self.network.bind(tape);
        match &self.spectral {
            Some(spectral) => spectral.clone().normalise(&self.network, bound),
            None => bound,
        }
    }

    /// One step on a batch, with the penalty at `strength` times its own. None, without a change of the weights, if the loss or its gradient is not finite.
    pub(super) fn step(
        &mut self,
        tape: &mut Tape<f32>,
        objective: Objective,
        strength: f64,
        (real, fake): (&Array2<f32>, &Array2<f32>),
        rng: &mut impl Rng,
    ) -> Option<DiscriminatorStep> {
        tape.clear();
        let bound = self.network.bind(tape);
        let bound = match &mut self.spectral {
            Some(spectral) => spectral.normalise(&self.network, bound),
            None => bound,
        };
        let real = Scored::new(&bound, tape.leaf(real.view()));
        let fake = Scored::new(&bound, tape.leaf(fake.view()));
        let loss = objective.discriminator_loss(real.outputs, fake.outputs);
        let penalty = self.constraint.scaled(strength).penalty(&bound, real, fake, rng);
        let total = penalty.map_or(loss, |penalty| loss + penalty);
        let gradients = bound.gradients(total);
        if !total.scalar().is_finite() || !all_finite(&gradients) {
            return None;
        }
        self.optimizer.step(self.network.parameters_mut(), &gradients);
        clip(&mut self.network, self.constraint);

        let neutral = objective.neutral_output() as f32;
        let logits = |s: Scored<'_, f32>| s.outputs.value().mapv(|v| v - neutral);
        Some(DiscriminatorStep {
            loss: loss.scalar(),
            penalty: penalty.map_or(0.0, |penalty| penalty.scalar()),
            value: GameValue::of(logits(real).view(), logits(fake).view()),
        })
    }
}

fn clip(network: &mut Mlp<f32>, constraint: Constraint) {
    if let Constraint::Clip(bound) = constraint {
        let bound = bound as f32;
        for parameter in network.parameters_mut() {
            parameter.mapv_inplace(|w| w.clamp(-bound, bound));
        }
    }
}

/// Whether every gradient is finite and has a finite square, as the optimisers require.
pub(super) fn all_finite(gradients: &[Arc<Array2<f32>>]) -> bool {
    gradients.iter().all(|g| g.iter().all(|&g| (g * g).is_finite()))
}

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
    /// The constraint on the discriminator.
    pub constraint: Constraint,
    /// Hidden sizes; none makes the logit linear in the sample.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
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
            constraint: Constraint::None,
            hidden: vec![32, 32],
            activation: Activation::Tanh,
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
        self.constraint.validate()?;
        self.rule.validate()?;
        let sizes: Vec<usize> = [real.dimension()].iter().chain(&self.hidden).copied().collect();
        for size in sizes.iter().chain([&self.batch]) {
            positive("batch or layer size", *size as f64)?;
        }
        if real.dimension() != fake.dimension() {
            return Err(Error::size_mismatch(
                ("real samples", real.dimension()),
                ("generated samples", fake.dimension()),
                "columns",
            ));
        }
        let [mut initial, mut real_rng, mut fake_rng, mut between] = [0, 1, 2, 3].map(|k| stream(self.seed, k));
        let mut fitted = Discriminator::new(&sizes, self.activation, self.constraint, self.rule, &mut initial);
        let mut tape = Tape::new();
        for step in 0..self.steps {
            let left = Schedule::Linear.factor(step as f64 / self.steps as f64);
            fitted.optimizer.set_rate(self.rule.rate() * left);
            let (x, y) = (real.draw(self.batch, &mut real_rng), fake.draw(self.batch, &mut fake_rng));
            let moved = fitted.step(&mut tape, self.objective, 1.0, (&x, &y), &mut between);
            if moved.is_none() {
                return Err(Error::infeasible(
                    "fitting a discriminator",
                    format!("the loss left the finite numbers at step {step}; take a smaller rate or a constraint"),
                ));
            }
        }
        Ok(fitted)
    }
}

pub(super) fn positive(what: &str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::out_of_domain(what, value, "a positive finite number"))
}
