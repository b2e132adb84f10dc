//! How near a generator can come to given samples: `min_z |G(z) - x|²` (Xiang and Li, arXiv:1704.03971).
//!
//! A sample of a mode that the generator has lost stays far from all that it makes, and so does a held-out sample from a generator that
//! knows its training samples only. The minimum is not convex. It is searched from several codes drawn from the prior, and the best
//! point met on the way counts, so what is returned is above the true minimum if anything.

use crate::error::{Error, Result};
use crate::nn::{Mlp, Optimizer, Rule, Tape};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// How codes are searched.
///
/// ```
/// use fenchel::gan::Inversion;
/// use fenchel::nn::{Activation, Mlp};
/// use ndarray::array;
/// // G(z) = 2z on the line
/// let mut double = Mlp::<f32>::new(&[1, 1], Activation::Linear, Activation::Linear, &mut fenchel::numeric::stream(0, 0));
/// double.layers[0].weight[[0, 0]] = 2.0;
/// let missed = Inversion::default().run(&double, array![[1.0], [-3.0]].view(), &mut fenchel::numeric::stream(1, 0))?;
/// assert!(missed.iter().all(|&square| square < 1e-4));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Inversion {
    /// Codes that each search starts from.
    pub restarts: usize,
    /// Steps of each search.
    pub steps: usize,
    /// What moves a code.
    pub rule: Rule,
}

impl Default for Inversion {
    /// Eight starts, 100 steps of Adam at 0.05.
    fn default() -> Self {
        Self { restarts: 8, steps: 100, rule: Rule::adam(0.05, 0.9, 0.99) }
    }
}

impl Inversion {
    /// The least square found for each row of `x`, which is in the units of the generator's outputs.
    ///
    /// # Errors
    /// No restarts; a rule that is not valid; columns that are not the generator's.
    pub fn run(&self, generator: &Mlp<f32>, x: ArrayView2<'_, f64>, rng: &mut impl Rng) -> Result<Array1<f64>> {
        self.rule.validate()?;
        if self.restarts == 0 {
            return Err(Error::out_of_domain("restarts", 0.0, "at least 1"));
        }
        if x.ncols() != generator.outputs() {
            return Err(Error::size_mismatch(
                ("the samples", x.ncols()),
                ("the generator", generator.outputs()),
                "columns",
            ));
        }
        let wanted = x.mapv(|x| x as f32);
        let mut least = Array1::from_elem(x.nrows(), f64::INFINITY);
        let mut tape = Tape::new();
        for _ in 0..self.restarts {
            let mut z = Array2::from_shape_simple_fn((x.nrows(), generator.inputs()), || StandardNormal.sample(rng));
            let mut optimizer = Optimizer::new(self.rule);
            for step in 0..=self.steps {
                tape.clear();
                let code = tape.leaf(z.view());
                let squares = (generator.bind(&tape).forward(code) - tape.leaf(wanted.view())).square().sum_rows();
                let found = squares.value();
                least.zip_mut_with(&found.index_axis(Axis(1), 0), |least, &found| {
                    *least = mutate!(least.min(f64::from(found)), Inversion, |_| f64::from(found))
                });
                if step < self.steps {
                    // rows do not share codes, so the gradient of the sum is that of each
                    let slope = squares.sum().gradients(&[code])[0].value();
                    optimizer.step([&mut z], &[slope]);
                }
            }
        }
        Ok(least)
    }
}
