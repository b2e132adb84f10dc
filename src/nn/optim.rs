//! Optimisers: from gradients to new parameters.

use super::{Element, kernel};
use crate::error::{Error, Result};
use ndarray::{Array2, CowArray, Ix2};
use std::borrow::Borrow;

/// How a gradient `g` changes a parameter `w`. All steps descend.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Rule {
    /// `w ← w - rate·g`.
    GradientDescent {
        /// Step length.
        rate: f64,
    },
    /// `m ← memory·m + g`, `w ← w - rate·m` (Polyak, 1964, doi:10.1016/0041-5553(64)90137-5).
    Momentum {
        /// Step length.
        rate: f64,
        /// Memory of past gradients; below zero it damps games that turn (arXiv:1807.04740).
        memory: f64,
    },
    /// `v ← decay·v + (1 - decay)·g²`, `w ← w - rate·g/(√v + epsilon)` (Tieleman and Hinton, 2012).
    RmsProp {
        /// Step length.
        rate: f64,
        /// Memory of the mean square.
        decay: f64,
        /// Keeps the division finite.
        epsilon: f64,
    },
    /// Adam with exact bias correction (Kingma and Ba, arXiv:1412.6980, Algorithm 1):
    /// `m ← β₁m + (1 - β₁)g`, `v ← β₂v + (1 - β₂)g²`, `w ← w - rate·m̂/(√v̂ + epsilon)` with `m̂ = m/(1 - β₁ᵗ)`,
    /// `v̂ = v/(1 - β₂ᵗ)`.
    Adam {
        /// Step length.
        rate: f64,
        /// Memory of the mean; adversarial training takes 0.5 or 0, where 0.9 oscillates.
        beta1: f64,
        /// Memory of the mean square.
        beta2: f64,
        /// Keeps the division finite.
        epsilon: f64,
    },
    /// Adam with weights that decay apart from the gradient (Loshchilov and Hutter, arXiv:1711.05101):
    /// `w ← w - rate·(m̂/(√v̂ + epsilon) + decay·w)`.
    AdamW {
        /// Step length.
        rate: f64,
        /// Memory of the mean.
        beta1: f64,
        /// Memory of the mean square.
        beta2: f64,
        /// Keeps the division finite.
        epsilon: f64,
        /// Share of a weight, times the rate, that a step takes away.
        decay: f64,
    },
}

impl Rule {
    /// Adam with the given rate and memories, and epsilon 1e-8.
    #[must_use]
    pub fn adam(rate: f64, beta1: f64, beta2: f64) -> Self {
        Self::Adam { rate, beta1, beta2, epsilon: 1e-8 }
    }

    /// RMSProp with the given rate, decay 0.99 and epsilon 1e-8.
    #[must_use]
    pub fn rms_prop(rate: f64) -> Self {
        Self::RmsProp { rate, decay: 0.99, epsilon: 1e-8 }
    }

    /// Gradient descent with a memory of past gradients.
    #[must_use]
    pub fn momentum(rate: f64, memory: f64) -> Self {
        Self::Momentum { rate, memory }
    }

    /// Adam with the given rate, memories and decay of the weights, and epsilon 1e-8.
    #[must_use]
    pub fn adam_w(rate: f64, beta1: f64, beta2: f64, decay: f64) -> Self {
        Self::AdamW { rate, beta1, beta2, epsilon: 1e-8, decay }
    }

    /// Plain gradient descent.
    #[must_use]
    pub fn gradient_descent(rate: f64) -> Self {
        Self::GradientDescent { rate }
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// A rate or epsilon that is not positive and finite, in f32 too, which networks may be trained in; a memory outside
    /// [0, 1), or (-1, 1) for momentum; a negative decay.
    pub fn validate(self) -> Result<()> {
        let wrong = |what: &str, value: f64, expected: &str| Err(Error::out_of_domain(what, value, expected));
        let (rate, memories, epsilon) = match self {
            Self::GradientDescent { rate } => (rate, [0.0; 2], 1.0),
            Self::Momentum { memory, .. } if !(memory > -1.0 && memory < 1.0) => {
                return wrong("memory of the optimiser", memory, "a number in (-1, 1)");
            }
            Self::Momentum { rate, .. } => (rate, [0.0; 2], 1.0),
            Self::AdamW { decay, .. } if !(decay >= 0.0 && decay.is_finite()) => {
                return wrong("decay of the weights", decay, "a finite number that is not negative");
            }
            Self::AdamW { rate, beta1, beta2, epsilon, .. } => (rate, [beta1, beta2], epsilon),
            Self::RmsProp { rate, decay, epsilon } => (rate, [decay, 0.0], epsilon),
            Self::Adam { rate, beta1, beta2, epsilon } => (rate, [beta1, beta2], epsilon),
        };
        for (what, value) in [("rate of the optimiser", rate), ("epsilon of the optimiser", epsilon)] {
            let narrow = value as f32;
            if !(narrow > 0.0 && narrow.is_finite()) {
                return wrong(what, value, "a number that is positive and finite in f32");
            }
        }
        match memories.into_iter().find(|memory| !(0.0..1.0).contains(memory)) {
            Some(memory) => wrong("memory of the optimiser", memory, "a number in [0, 1)"),
            None => Ok(()),
        }
    }

    /// The same rule with another step length.
    #[must_use]
    pub fn with_rate(mut self, new: f64) -> Self {
        match &mut self {
            Self::GradientDescent { rate }
            | Self::Momentum { rate, .. }
            | Self::RmsProp { rate, .. }
            | Self::Adam { rate, .. }
            | Self::AdamW { rate, .. } => *rate = new,
        }
        self
    }

    /// The step length.
    #[must_use]
    pub fn rate(self) -> f64 {
        match self {
            Self::GradientDescent { rate }
            | Self::Momentum { rate, .. }
            | Self::RmsProp { rate, .. }
            | Self::Adam { rate, .. }
            | Self::AdamW { rate, .. } => rate,
        }
    }
}

/// A [`Rule`] with its memory of past gradients.
///
/// ```
/// use fenchel::nn::{Optimizer, Rule};
/// use ndarray::array;
/// let mut w = array![[1.0_f64]];
/// let mut adam = Optimizer::new(Rule::adam(0.1, 0.9, 0.999));
/// adam.step([&mut w], &[array![[5.0]]]);
/// assert!((w[[0, 0]] - 0.9).abs() < 1e-9); // the first step of Adam has the length of the rate
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Optimizer<T> {
    rule: Rule,
    steps: u64,
    mean: Vec<Array2<T>>,
    square: Vec<Array2<T>>,
}

impl<T: Element> Optimizer<T> {
    /// No step taken yet.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        Self { rule, steps: 0, mean: Vec::new(), square: Vec::new() }
    }

    /// Steps taken.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Changes the step length for the steps to come; the memory stays.
    pub fn set_rate(&mut self, new: f64) {
        self.rule = self.rule.with_rate(new);
    }

    /// The rule followed.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Whether the memory belongs to parameters of these shapes and holds only values that finite gradients can leave.
    pub fn fits<'w>(&self, parameters: impl Iterator<Item = &'w Array2<T>>) -> bool {
        let shapes: Vec<_> = parameters.map(Array2::dim).collect();
        let matches = |memory: &[Array2<T>]| memory.iter().map(Array2::dim).eq(shapes.iter().copied());
        let is_memory = self.mean.iter().flatten().all(|m| m.is_finite())
            && self.square.iter().flatten().all(|v| *v >= T::zero() && v.is_finite());
        is_memory
            && match self.rule {
                _ if self.steps == 0 => self.mean.is_empty() && self.square.is_empty(),
                Rule::GradientDescent { .. } => true,
                Rule::Momentum { .. } => matches(&self.mean),
                Rule::RmsProp { .. } => matches(&self.square),
                Rule::Adam { .. } | Rule::AdamW { .. } => matches(&self.mean) && matches(&self.square),
            }
    }

    /// Whether all gradients have a finite square, as [`step`](Self::step) needs them.
    #[must_use]
    pub fn takes(gradients: &[impl Borrow<Array2<T>>]) -> bool {
        gradients.iter().all(|g| kernel::all(entries(&g.borrow().as_standard_layout()), |g| (g * g).is_finite()))
    }

    /// Moves each parameter against its gradient. The parameters must come in the same order each time.
    ///
    /// # Panics
    /// If there is not one gradient of the same shape for each parameter.
    pub fn step<'w>(
        &mut self,
        parameters: impl IntoIterator<Item = &'w mut Array2<T>>,
        gradients: &[impl Borrow<Array2<T>>],
    ) {
        self.steps += 1;
        if self.mean.is_empty() {
            let zeros = || gradients.iter().map(|g| Array2::zeros(g.borrow().dim())).collect();
            match self.rule {
                Rule::GradientDescent { .. } => {}
                Rule::Momentum { .. } => self.mean = zeros(),
                Rule::RmsProp { .. } if self.square.is_empty() => self.square = zeros(),
                Rule::RmsProp { .. } => {}
                Rule::Adam { .. } | Rule::AdamW { .. } => (self.mean, self.square) = (zeros(), zeros()),
            }
        }
        let mut count = 0;
        for (i, w) in parameters.into_iter().enumerate() {
            let g = gradients.get(i).expect("a gradient for each parameter").borrow();
            if mutate!(true, OptimizerIdle, |_| false) {
                self.update(i, w, g);
            }
            count += 1;
        }
        assert_eq!(count, gradients.len(), "a parameter for each gradient");
    }

    fn update(&mut self, i: usize, w: &mut Array2<T>, g: &Array2<T>) {
        assert_eq!(w.dim(), g.dim(), "a gradient has the shape of its parameter");
        let (w, g) = (by_rows(w), g.as_standard_layout());
        let g = entries(&g);
        match self.rule {
            Rule::GradientDescent { rate } => {
                let rate = T::of(-rate);
                kernel::change_rows(w, g, |w, g| w + rate * g);
            }
            Rule::Momentum { rate, memory } => {
                let [rate, memory] = [rate, memory].map(T::of);
                kernel::step(w, g, by_rows(&mut self.mean[i]), |w, g, m| {
                    *m = normal_or_zero(memory * *m + g);
                    *w -= rate * *m;
                });
            }
            Rule::RmsProp { rate, decay, epsilon } => {
                let [rate, decay, epsilon] = [rate, decay, epsilon].map(T::of);
                let fresh = T::one() - decay;
                kernel::step(w, g, by_rows(&mut self.square[i]), |w, g, v| {
                    *v = normal_or_zero(decay * *v + fresh * (g * g));
                    *w -= rate * g / (v.sqrt() + epsilon);
                });
            }
            Rule::Adam { rate, beta1, beta2, epsilon } => self.adam(i, w, g, (rate, beta1, beta2, epsilon), 0.0),
            Rule::AdamW { rate, beta1, beta2, epsilon, decay } => {
                self.adam(i, w, g, (rate, beta1, beta2, epsilon), rate * decay);
            }
        }
    }

    /// `lost` is the share of each weight that goes before the step.
    fn adam(&mut self, i: usize, w: &mut [T], g: &[T], (rate, beta1, beta2, epsilon): (f64, f64, f64, f64), lost: f64) {
        let t = self.steps as f64;
        let mean_scale = T::of(rate / -(t * beta1.ln()).exp_m1());
        let square_scale = T::of((1.0 / -(t * beta2.ln()).exp_m1()).sqrt());
        let [fresh1, fresh2, left] = [1.0 - beta1, 1.0 - beta2, 1.0 - lost].map(T::of);
        let [beta1, beta2, epsilon] = [beta1, beta2, epsilon].map(T::of);
        let memory = (by_rows(&mut self.mean[i]), by_rows(&mut self.square[i]));
        kernel::step_with_two(w, g, memory, |w, g, m, v| {
            *m = normal_or_zero(beta1 * *m + fresh1 * g);
            *v = normal_or_zero(beta2 * *v + fresh2 * (g * g));
            *w = normal_or_zero(left * *w) - mean_scale * *m / (square_scale * v.sqrt() + epsilon);
        });
    }
}

/// `slow ← slow + share·(fast - slow)`: a running average.
pub(crate) fn follow<T: Element>(slow: &mut Array2<T>, fast: &Array2<T>, share: T) {
    assert_eq!(slow.dim(), fast.dim(), "an average has the shape of what it follows");
    kernel::change_rows(by_rows(slow), entries(&fast.as_standard_layout()), |slow, fast| {
        normal_or_zero(slow + share * (fast - slow))
    });
}

/// The entries by rows, in which order they are brought if they had another.
fn by_rows<T: Clone>(x: &mut Array2<T>) -> &mut [T] {
    if !x.is_standard_layout() {
        *x = x.as_standard_layout().into_owned();
    }
    x.as_slice_mut().expect("entries by rows")
}

fn entries<'a, T>(x: &'a CowArray<'_, T, Ix2>) -> &'a [T] {
    x.as_slice().expect("entries by rows")
}

/// Replaces a subnormal number by zero. The memory of an inactive unit decays through subnormal numbers, and arithmetic
/// on them is some hundred times slower.
#[inline(always)]
fn normal_or_zero<T: Element>(x: T) -> T {
    if x.abs() < T::min_positive_value() { T::zero() } else { x }
}
