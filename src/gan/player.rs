//! A player: a network, and how it learns.

use super::schedule::Schedule;
use crate::error::{Error, Result};
use crate::nn::{Blame, Network, OnTape, Optimizer, Rule, Tape, Var, follow};
use ndarray::Array2;
use std::sync::Arc;

/// Steps beyond all training, and far from overflow of a counter.
pub(super) const MOST_STEPS: u64 = 1 << 53;

/// The gradients of a loss by a player's parameters, all finite, and what its network has seen on the way.
#[derive(Debug, Clone)]
pub struct Gradients {
    by_parameter: Vec<Arc<Array2<f32>>>,
    seen: Vec<Arc<Array2<f32>>>,
}

/// How a player learns.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Learning {
    /// The optimiser, at its initial rate.
    pub rule: Rule,
    /// How the rate changes over the run.
    pub rate: Schedule,
    /// The largest Euclidean length of a gradient, all parameters taken together; longer ones are shortened to it. None: any
    /// length.
    pub clipping: Option<f64>,
    /// Memory of the running average of the weights; it is shorter during the first steps. None: no average is kept.
    pub averaging: Option<f64>,
}

impl Learning {
    /// By this rule at its rate, without clipping or averaging.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        Self { rule, rate: Schedule::Constant, clipping: None, averaging: None }
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// A rate, a schedule or a length that is not positive and finite; a memory outside [0, 1).
    pub fn validate(&self) -> Result<()> {
        self.rule.validate()?;
        self.rate.validate()?;
        match (self.clipping, self.averaging) {
            (Some(value), _) if !(value > 0.0 && value.is_finite()) => {
                Err(Error::out_of_domain("largest length of a gradient", value, "a positive finite number"))
            }
            (_, Some(value)) if !(0.0..1.0).contains(&value) => {
                Err(Error::out_of_domain("memory of the running average", value, "a number in [0, 1)"))
            }
            _ => Ok(()),
        }
    }
}

/// A network with its optimiser, and the average of its weights if one is kept.
///
/// ```
/// use fenchel::gan::{Learning, Player};
/// use fenchel::nn::{Activation, Mlp, Rule, Tape};
/// let network = Mlp::new(&[1, 1], Activation::Linear, Activation::Linear, &mut fenchel::numeric::stream(0, 0));
/// let mut player = Player::new(network, Learning::new(Rule::gradient_descent(0.1)));
/// for _ in 0..100 {
///     let tape = Tape::new();
///     let bound = player.bind(&tape);
///     let x = tape.leaf(ndarray::array![[1.0_f32], [-1.0]]);
///     let loss = (bound.forward(x) - x.scale(2.0)).square().mean();
///     player.descend(&bound, loss, 0.0).expect("the loss is finite");
/// }
/// assert!((player.network().layers[0].weight[[0, 0]] - 2.0).abs() < 1e-3);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Player<N> {
    learning: Learning,
    network: N,
    optimizer: Optimizer<f32>,
    average: Option<N>,
}

impl<N: Network<f32>> Player<N> {
    /// No step taken yet.
    #[must_use]
    pub fn new(network: N, learning: Learning) -> Self {
        let optimizer = Optimizer::new(learning.rule);
        Self { average: learning.averaging.map(|_| network.clone()), optimizer, network, learning }
    }

    /// The network with its last weights.
    #[must_use]
    pub fn network(&self) -> &N {
        &self.network
    }

    /// The network with its averaged weights if an average is kept, and with its last ones if not.
    #[must_use]
    pub fn best(&self) -> &N {
        self.average.as_ref().unwrap_or(&self.network)
    }

    /// How it learns.
    #[must_use]
    pub fn learning(&self) -> &Learning {
        &self.learning
    }

    /// Whether another player differs in its weights and its memory only: a new one, made of the configuration of a player that was
    /// read from a file.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let networks = self.average.iter().chain([&self.network]);
        self.learning == other.learning && networks.into_iter().all(|network| network.is_like(&other.network))
    }

    /// Puts the network on a tape for one step.
    pub fn bind<'t>(&self, tape: &'t Tape<f32>) -> N::Bound<'t> {
        self.network.bind(tape)
    }

    /// The gradients of a loss of the network on its tape. None if the loss or a gradient is not finite.
    #[must_use]
    pub fn gradients<'t>(&self, bound: &N::Bound<'t>, loss: Var<'t, f32>) -> Option<Gradients> {
        let by_parameter: Vec<_> = loss.gradients(bound.parameters()).into_iter().map(Var::value).collect();
        let finite = loss.scalar().is_finite();
        if finite && Optimizer::takes(&by_parameter) {
            return Some(Gradients { by_parameter, seen: bound.seen() });
        }
        let first = by_parameter.iter().position(|gradient| !Optimizer::takes(std::slice::from_ref(gradient)));
        loss.tape().note(Blame { owner: place(&self.network), parameter: first.filter(|_| finite) });
        None
    }

    /// Moves the weights against the gradients, at the rate of this `progress` of the run, from 0 to 1.
    pub fn learn(&mut self, mut gradients: Gradients, progress: f64) {
        if let Some(longest) = self.learning.clipping {
            shorten(&mut gradients.by_parameter, longest);
        }
        self.optimizer.set_rate(self.learning.rule.rate() * self.learning.rate.factor(progress));
        self.optimizer.step(self.network.parameters_mut(), &gradients.by_parameter);
        self.network.remember(&gradients.seen);
        self.network.settle();
        if let (Some(memory), Some(average)) = (self.learning.averaging, &mut self.average) {
            // an average of few steps must not be dominated by the initial weights
            let t = self.optimizer.steps() as f64;
            let fresh = (1.0 - memory).max(9.0 / (10.0 + t)) as f32;
            for (slow, fast) in average.parameters_mut().into_iter().zip(self.network.parameters()) {
                follow(slow, fast, fresh);
            }
            average.remember(&gradients.seen);
            average.settle();
        }
    }

    /// One step down a loss of the network on its tape. None, without a change of the weights, if the loss or a gradient is
    /// not finite.
    #[must_use]
    pub fn descend<'t>(&mut self, bound: &N::Bound<'t>, loss: Var<'t, f32>, progress: f64) -> Option<()> {
        let gradients = self.gradients(bound, loss)?;
        self.learn(gradients, progress);
        Some(())
    }
}

/// Where a network lies in memory.
fn place<N: Network<f32>>(network: &N) -> usize {
    network.parameters().first().map_or(0, |first| first.as_ptr() as usize)
}

/// Shortens gradients that are together longer than `longest`.
fn shorten(gradients: &mut [Arc<Array2<f32>>], longest: f64) {
    let squares = gradients.iter().flat_map(|g| g.iter()).map(|&g| f64::from(g) * f64::from(g));
    let length = squares.sum::<f64>().sqrt();
    if length > longest {
        let factor = (longest / length) as f32;
        for gradient in gradients {
            *gradient = Arc::new(gradient.mapv(|g| factor * g));
        }
    }
}

/// A player of any network, as the loop and a checkpoint see it.
pub trait Trained {
    /// Whether all weights are finite.
    fn is_finite(&self) -> bool;

    /// What training changes, in the order of the network: its last weights.
    fn weights(&self) -> Vec<&Array2<f32>>;

    /// The averaged weights if an average is kept, and the last ones if not.
    fn best_weights(&self) -> Vec<&Array2<f32>>;

    /// Checks that network, optimiser and average fit each other, for a player that was read from a file.
    ///
    /// # Errors
    /// Parts that no training leaves.
    fn validate(&self) -> Result<()>;
}

impl<N: Network<f32>> Trained for Player<N> {
    fn is_finite(&self) -> bool {
        let average = self.average.iter().flat_map(N::parameters);
        self.network.parameters().into_iter().chain(average).all(|w| w.iter().all(|w| w.is_finite()))
    }

    fn weights(&self) -> Vec<&Array2<f32>> {
        self.network.parameters()
    }

    fn best_weights(&self) -> Vec<&Array2<f32>> {
        self.best().parameters()
    }

    fn validate(&self) -> Result<()> {
        let contradiction = |why: &str| Err(Error::infeasible("the checkpoint", why));
        self.learning.validate()?;
        if self.average.is_some() != self.learning.averaging.is_some() {
            return contradiction("an average of the weights is kept or it is not");
        }
        if self.average.iter().any(|average| !average.is_like(&self.network)) {
            return contradiction("the average is not of the size of the weights");
        }
        // the rate is set anew at every step
        let (followed, rule) = (self.optimizer.rule(), self.learning.rule);
        if !(0.0..f64::INFINITY).contains(&followed.rate()) || followed.with_rate(rule.rate()) != rule {
            return contradiction("an optimiser does not follow the configured rule");
        }
        if !self.optimizer.fits(self.network.parameters().into_iter()) {
            return contradiction(
                "an optimiser's memory is not of the size of the weights, or holds what no gradients leave",
            );
        }
        if !self.average.iter().chain([&self.network]).all(N::is_settled) {
            return contradiction("a network does not keep what it should of its weights");
        }
        if !self.is_finite() {
            return contradiction("a weight is not finite");
        }
        if self.optimizer.steps() > MOST_STEPS {
            return contradiction("it counts more steps than can be taken");
        }
        Ok(())
    }
}
