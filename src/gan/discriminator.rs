//! The discriminator of a two-player game: a player that tells real samples from generated ones.

use super::limit::Limited;
use super::objective::Objective;
use super::penalty::{Penalty, Scored};
use super::player::{Gradients, Learning, Player};
use super::value::GameValue;
use crate::error::{Error, Result};
use crate::nn::{Layers, Mlp, Network, Normalisation, Var};
use ndarray::{Array1, ArrayView2};
use rand::Rng;
use std::str::FromStr;

/// A discriminator with its optimiser and the limit on its weights.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Discriminator {
    player: Player<Limited>,
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

/// How real and generated samples come before the discriminator.
///
/// A network that treats samples one by one answers the same to both, up to rounding. One that compares the samples of a batch, as
/// batch normalisation does, does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Batches {
    /// In one batch, which is faster, except where a penalty asks for the slopes of one kind only.
    Mixed,
    /// Each kind in a batch of its own.
    Separate,
}

impl Batches {
    /// The faster of the two, or separate batches where a layer compares the samples of a batch.
    #[must_use]
    pub fn faster(penalty: Penalty, discriminator: &Layers) -> Self {
        if discriminator.0.iter().any(|layer| layer.normalisation == Normalisation::Batch) {
            return Self::Separate;
        }
        match penalty {
            Penalty::R1(_) | Penalty::R2(_) => Self::Separate,
            Penalty::None | Penalty::Gradient(_) | Penalty::OneSided(_) | Penalty::R1R2(_) => Self::Mixed,
        }
    }
}

impl FromStr for Batches {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "mixed" => Ok(Self::Mixed),
            "separate" => Ok(Self::Separate),
            _ => Err(Error::unknown_name("batches", name, "mixed, separate")),
        }
    }
}

/// What a discriminator is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    pub batches: Batches,
    pub objective: Objective,
    pub penalty: Penalty,
    /// With which probabilities a real and a generated sample are real.
    pub labels: (f64, f64),
}

impl Discriminator {
    pub(super) fn new(network: Limited, learning: Learning) -> Self {
        Self { player: Player::new(network, learning) }
    }

    /// The player.
    #[must_use]
    pub fn player(&self) -> &Player<Limited> {
        &self.player
    }

    /// The trained weights; under spectral normalisation, the weights before the normalisation.
    #[must_use]
    pub fn network(&self) -> &Mlp<f32> {
        self.player.network().network()
    }

    /// The output for each row of `x`, its logit where the objective has one.
    ///
    /// # Panics
    /// If `x` has not as many columns as the discriminator was made for.
    #[must_use]
    pub fn outputs(&self, x: ArrayView2<'_, f64>) -> Array1<f64> {
        let outputs = self.player.network().apply(x.mapv(|x| x as f32).view());
        outputs.column(0).mapv(f64::from)
    }

    /// The losses on real and generated samples on a tape, and the gradients of their sum. None if one of them is not finite.
    pub(super) fn judge<'t>(
        &self,
        task: Task,
        (real, fake): (Var<'t, f32>, Var<'t, f32>),
        rng: &mut impl Rng,
    ) -> Option<(DiscriminatorStep, Gradients)> {
        let bound = self.player.bind(real.tape());
        let discriminator = |x| bound.forward(x);
        let (real, fake, joint) = match task.batches {
            Batches::Separate => (Scored::new(discriminator, real), Scored::new(discriminator, fake), None),
            Batches::Mixed => {
                let (above, rows) = (real.shape().0, real.shape().0 + fake.shape().0);
                let all = Scored::new(discriminator, real.above(fake));
                let part = |points, rows| Scored { points, outputs: all.outputs.rows(rows) };
                (part(real, 0..above), part(fake, above..rows), task.penalty.joint_term(all))
            }
        };
        let loss = task.objective.smoothed_loss(task.labels, real.outputs, fake.outputs);
        let penalty = joint.or_else(|| task.penalty.term(discriminator, real, fake, rng));
        let total = penalty.map_or(loss, |penalty| loss + penalty);
        let gradients = self.player.gradients(&bound, total)?;

        let neutral = task.objective.neutral_output() as f32;
        let logits = |s: Scored<'_, f32>| s.outputs.value().mapv(|v| v - neutral);
        let step = DiscriminatorStep {
            loss: loss.scalar(),
            penalty: penalty.map_or(0.0, |penalty| penalty.scalar()),
            value: GameValue::of(logits(real).view(), logits(fake).view()),
        };
        Some((step, gradients))
    }

    /// Moves the weights against the gradients.
    pub(super) fn learn(&mut self, gradients: Gradients, progress: f64) {
        self.player.learn(gradients, progress);
    }
}
