//! Quantile functions of weighted points.

use crate::error::{Error, Result};
use crate::numeric::Sum;
use crate::transport::line::points::check_points;
use crate::transport::line::sort;
use crate::transport::problem;

/// The quantile function `F⁻¹(u) = min { t : F(t) >= u }` of weighted points: the inverse of a staircase, a staircase itself.
///
/// In one dimension `W_p^p = ∫ |F_p⁻¹(u) - F_q⁻¹(u)|^p du`, and the monotone map of p to q is `F_q⁻¹ ∘ F_p`.
///
/// ```
/// use fenchel::transport::line::Quantile;
/// let law = Quantile::of(&[3.0, 1.0], Some(&[0.25, 0.75]))?;
/// assert_eq!((law.at(0.5), law.at(0.75), law.at(0.76)), (1.0, 1.0, 3.0));
/// assert_eq!((law.cdf(0.0), law.cdf(1.0), law.cdf(9.0)), (0.0, 0.75, 1.0));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Quantile {
    points: Vec<f64>,
    /// Mass at or below each point, as a share of the total.
    levels: Vec<f64>,
}

impl Quantile {
    /// The law of these points. Weights that are not given are uniform, and their total is taken as one. Equal points
    /// are merged, and points without mass are dropped. O(n log n).
    ///
    /// # Errors
    /// No points; entries that are not finite; negative weights; a total of zero or out of `[1e-250, 1e250]`.
    pub fn of(x: &[f64], a: Option<&[f64]>) -> Result<Self> {
        check_points(x, "x")?;
        let a = problem::masses(a, x.len(), x.len() as f64, "x", "points")?;
        let total = problem::total(&a);
        if !(1e-250..=1e250).contains(&total) {
            return Err(Error::out_of_domain("total of the weights of x", total, "between 1e-250 and 1e250"));
        }
        let (mut points, mut levels): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut below = Sum::new();
        for (t, i) in sort::order(x) {
            if a[i] <= 0.0 {
                continue;
            }
            below.add(a[i]);
            if points.last().is_none_or(|&last| last < t) {
                points.push(t);
                levels.push(0.0);
            }
            *levels.last_mut().expect("a level for each point") = (below.value() / total).min(1.0);
        }
        *levels.last_mut().expect("a point with mass") = 1.0;
        Ok(Self { points, levels })
    }

    /// The points that carry mass, ascending.
    #[must_use]
    pub fn points(&self) -> &[f64] {
        &self.points
    }

    /// The distribution function at [`Quantile::points`]; the last is one.
    #[must_use]
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// The quantile of level `u`; levels below zero and above one (and NaN) are taken as the nearest end. O(log n).
    #[must_use]
    pub fn at(&self, u: f64) -> f64 {
        self.points[self.levels.partition_point(|&level| level < u).min(self.points.len() - 1)]
    }

    /// The distribution function: the mass at or below `t`. O(log n).
    #[must_use]
    pub fn cdf(&self, t: f64) -> f64 {
        let at_or_below = self.points.partition_point(|&point| point <= t);
        if at_or_below == 0 { 0.0 } else { self.levels[at_or_below - 1] }
    }
}
