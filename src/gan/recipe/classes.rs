//! Classes as networks see them: for each factor of a class a vector with a single 1.

use crate::error::{Error, Result};
use crate::gan::data::{Labelled, Scaled};
use crate::nn::Var;
use ndarray::Array2;
use rand::{Rng, RngExt};

/// How many values each factor of a class has.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub(super) struct Classes(Vec<usize>);

impl Classes {
    /// Those of the data.
    pub fn of(data: &Scaled<dyn Labelled>) -> Result<Self> {
        let classes = data.classes();
        if classes == 0 {
            return Err(Error::out_of_domain("classes of the data", 0.0, "at least 1"));
        }
        let factors = data.factors();
        if factors.iter().try_fold(1_usize, |product, &n| product.checked_mul(n)) != Some(classes) {
            let why = format!("factors of {factors:?} values do not make {classes} classes");
            return Err(Error::infeasible("the classes", why));
        }
        Ok(Self(factors))
    }

    /// All combinations.
    pub fn count(&self) -> usize {
        self.0.iter().product()
    }

    /// Columns of a class.
    pub fn columns(&self) -> usize {
        self.0.iter().sum()
    }

    /// Classes at random, each as often as the others.
    pub fn draw(&self, n: usize, rng: &mut impl Rng) -> Vec<usize> {
        (0..n).map(|_| rng.random_range(0..self.count())).collect()
    }

    /// The classes, one a row. Panics where there is no such class.
    pub fn one_hot(&self, classes: &[usize]) -> Array2<f32> {
        let mut rows = Array2::zeros((classes.len(), self.columns()));
        for (mut row, &class) in rows.rows_mut().into_iter().zip(classes) {
            assert!(class < self.count(), "there is no class {class}: the data have {}", self.count());
            for (start, value) in self.starts().zip(self.values(class)) {
                row[start + value] = 1.0;
            }
        }
        rows
    }

    /// `-Σ E ln P(v | x)` over the factors, where `P` is the softmax of the columns of a factor and `v` its value.
    pub fn cross_entropy<'t>(&self, scores: Var<'t, f32>, classes: &[usize]) -> Var<'t, f32> {
        let factor = |(start, &n): (usize, &usize)| scores.columns(start..start + n).log_softmax();
        let ln_p = self.starts().zip(&self.0).map(factor).reduce(Var::beside).expect("at least one factor");
        -(ln_p * scores.tape().leaf(self.one_hot(classes))).sum_rows().mean()
    }

    /// The first column of each factor.
    fn starts(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().scan(0, |next, n| {
            *next += n;
            Some(*next - n)
        })
    }

    /// The value of each factor: the digits of a class, of which the last factor's changes fastest.
    fn values(&self, class: usize) -> impl Iterator<Item = usize> + '_ {
        let mut below = self.count();
        self.0.iter().map(move |n| {
            below /= n;
            class / below % n
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Tape;
    use ndarray::array;

    #[test]
    fn a_class_is_its_factors_the_last_of_which_changes_fastest() {
        let classes = Classes(vec![3, 2]);
        assert_eq!((classes.count(), classes.columns()), (6, 5));
        assert_eq!(
            classes.one_hot(&[0, 1, 4]),
            array![[1.0, 0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0, 0.0]]
        );
    }

    #[test]
    fn the_cross_entropy_is_that_of_each_factor() {
        let tape = Tape::new();
        let (a, b) = ([0.3_f64, -1.0, 2.0], [0.5_f64, 0.1]);
        let scores = tape.leaf(array![[0.3_f32, -1.0, 2.0, 0.5, 0.1]]);
        let minus_ln_p = |x: &[f64], k: usize| x.iter().map(|x| x.exp()).sum::<f64>().ln() - x[k];
        let found = Classes(vec![3, 2]).cross_entropy(scores, &[5]).scalar();
        assert!((found - minus_ln_p(&a, 2) - minus_ln_p(&b, 1)).abs() < 1e-6, "{found}");
    }
}
