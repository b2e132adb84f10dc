//! Max-sliced transport: the direction along which two laws differ most.
//!
//! Source: Deshpande et al. 2019 (arXiv:1904.05877); Paty and Cuturi 2019 (arXiv:1901.08949) for the bound.

use crate::certificate::{Certificate, bracket};
use crate::error::{Error, Result};
use crate::linalg::{eigh, eigvalsh, gram};
use crate::measure::Empirical;
use crate::measure::moments;
use crate::numeric::{Sum, times_power};
use crate::transport::line::SortedLaw;
use crate::transport::line::projection::direction;
use crate::transport::problem::masses::{Masses, WholeMass};
use crate::transport::problem::power::{Power, check_power, power};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use rayon::prelude::*;

/// The search for the best direction: the maximum over `|θ| = 1` of `W_p(θ·x, θ·y)`.
///
/// The objective is neither convex nor concave in `θ` and is climbed from several starts. The result is the value at a
/// direction, a lower bound of the maximum. With it comes an upper bound for all directions, from one plan: for any
/// plan `P`, with `M = sum P_ij (x_i - y_j)(x_i - y_j)ᵀ`,
///
/// ```text
/// W_p(θ·x, θ·y) <= (sum P_ij |θ·(x_i - y_j)|^p)^(1/p) <= λ_max(M)^½           for p <= 2
///                                                     <= (sum P_ij |x_i - y_j|^p)^(1/p)
/// ```
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::transport::MaxSliced;
/// use ndarray::array;
/// let x = Empirical::new(array![[0.0, 0.0], [1.0, 2.0]])?;
/// let y = Empirical::new(array![[3.0, 4.0], [4.0, 6.0]])?;
/// // a translation by t is seen whole along t
/// let found = MaxSliced::new(4).solve(&x, &y, 2.0)?;
/// assert!((found.distance - 5.0).abs() < 1e-12 && (found.upper - 5.0).abs() < 1e-12);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxSliced {
    starts: usize,
    seed: u64,
}

/// The best direction found.
#[derive(Debug, Clone)]
pub struct Slice {
    /// A unit vector; its largest entry is positive.
    pub direction: Array1<f64>,
    /// `W_p` of the projections on this direction, a lower bound of the maximum over all directions.
    pub distance: f64,
    /// An upper bound of that maximum, proven by a plan. The two bounds meet for translations; in general a gap
    /// remains, also after a successful search.
    pub upper: f64,
    /// Steps of the climb that found it.
    pub iterations: usize,
}

impl Certificate for Slice {
    fn value(&self) -> f64 {
        self.distance
    }

    fn bracket(&self) -> (f64, f64) {
        (self.distance, self.upper)
    }
}

impl Slice {
    /// The two bounds through the check of all brackets. Where they contradict each other, or the upper one is no number, the plan
    /// has proven nothing, and the distance along the direction stands.
    fn of(direction: Array1<f64>, distance: f64, upper: f64, iterations: usize) -> Self {
        let proven = bracket(upper, distance, ROUNDING * distance);
        let upper = proven.map_or(f64::INFINITY, |(upper, _)| upper.max(distance));
        Self { direction, distance, upper, iterations }
    }
}

/// The rounding error allowed between the two bounds, relative to them.
const ROUNDING: f64 = 1e-11;

/// Steps of one climb at most.
const STEPS: usize = 200;

impl MaxSliced {
    /// Climbs from so many random directions (seed 0), and from three directions of the moments: the shift of the
    /// means, and the extreme eigenvectors of the difference of the covariances.
    #[must_use]
    pub fn new(starts: usize) -> Self {
        Self { starts, seed: 0 }
    }

    /// Draws the random starts from this seed.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The direction found for the distance of order `p >= 1`. The same seed gives the same bits for any number of threads.
    /// O(starts · steps · (n d + n log n) + n d² + d³) for n points in all, with at most 200 steps a start.
    ///
    /// The answer is right for points of any scale, because they are taken in a unit of their own.
    ///
    /// # Errors
    /// Laws of different dimensions; `p < 1` or not finite; a power so large that costs overflow.
    pub fn solve(&self, x: &Empirical, y: &Empirical, p: f64) -> Result<Slice> {
        x.same_dimension(y, "x", "y")?;
        check_power(p)?;
        let ([x, y], unit) = Empirical::in_own_unit(x, y);
        let (a, b) = (x.weights(), y.weights());
        let masses = Masses::<i64>::of(a, b);
        let slice = if masses.are_coarse(a, b) {
            self.best(&x, &y, &Masses::<i128>::of(a, b), p)?
        } else {
            self.best(&x, &y, &masses, p)?
        };
        let back = |length: f64| times_power(length, unit);
        Ok(Slice { distance: back(slice.distance), upper: back(slice.upper), ..slice })
    }

    /// The same in the unit of the points.
    fn best<M: WholeMass>(&self, x: &Empirical, y: &Empirical, masses: &Masses<M>, p: f64) -> Result<Slice> {
        let mut pair = Pair { x, y, masses, power: Power::plain(p) };
        let mut best = self.climb(&pair)?;
        if best.cost == 0.0 || pair.power.underflows(pair.power.root(best.cost)) {
            // in the unit of the lengths that a plan moves mass over
            pair.power = Power::about(pair.longest(best.direction.view()), p);
            best = self.climb(&pair)?;
        }
        if !best.cost.is_finite() {
            let expected = "a finite number; take a smaller power".to_owned();
            let what = "max-sliced transport cost".to_owned();
            return Err(Error::out_of_domain(what, best.cost, expected));
        }
        let largest = best.direction.iter().fold(0.0f64, |most, &t| if t.abs() > most.abs() { t } else { most });
        let sign = 1f64.copysign(largest);
        let distance = pair.power.root(best.cost);
        let upper = pair.upper(best.direction.view())?;
        Ok(Slice::of(&best.direction * sign, distance, upper, best.steps))
    }

    fn climb<M: WholeMass>(&self, pair: &Pair<'_, M>) -> Result<Climb> {
        let mut starts = pair.suggested()?;
        starts.extend((0..self.starts as u64).map(|k| direction(self.seed, k, pair.x.dimension())));
        let climbs: Vec<Climb> = starts.into_par_iter().map(|start| pair.climb(start)).collect();
        let mut climbs = climbs.into_iter();
        let first = climbs.next().expect("an eigenvector is among the starts");
        Ok(climbs.fold(first, |best, climb| if climb.cost > best.cost { climb } else { best }))
    }
}

struct Climb {
    direction: Array1<f64>,
    cost: f64,
    steps: usize,
}

/// The two laws under one power.
struct Pair<'a, M> {
    x: &'a Empirical,
    y: &'a Empirical,
    masses: &'a Masses<M>,
    power: Power,
}

impl<M: WholeMass> Pair<'_, M> {
    /// Directions that separate the first two moments, and an axis in case these are equal.
    fn suggested(&self) -> Result<Vec<Array1<f64>>> {
        let ((mean_x, cov_x), (mean_y, cov_y)) = (moments(self.x), moments(self.y));
        let shift = mean_x - mean_y;
        let vectors = eigh((cov_x - cov_y).view())?.vectors;
        let last = vectors.ncols() - 1;
        let all = [shift, vectors.column(0).to_owned(), vectors.column(last).to_owned()];
        Ok(all.into_iter().filter_map(normalised).collect())
    }

    /// Follows the gradient on the sphere along great circles. The angle shrinks until a step increases the value.
    fn climb(&self, start: Array1<f64>) -> Climb {
        let mut at = start;
        let (mut cost, mut gradient) = self.cost_and_gradient(at.view());
        let mut angle = 0.5;
        for steps in 0..STEPS {
            let tangent = &gradient - &(&at * at.dot(&gradient));
            let slope = tangent.dot(&tangent).sqrt();
            let tangent = match normalised(tangent) {
                Some(tangent) if slope > 1e-9 * self.power.p * cost => tangent,
                _ => return Climb { direction: at, cost, steps },
            };
            loop {
                let turned = &at * f64::cos(angle) + &tangent * f64::sin(angle);
                let Some(turned) = normalised(turned) else { return Climb { direction: at, cost, steps } };
                let (reached, there) = self.cost_and_gradient(turned.view());
                if reached > cost + 1e-4 * angle * slope {
                    (at, cost, gradient) = (turned, reached, there);
                    angle = (2.0 * angle).min(1.0);
                    break;
                }
                angle /= 2.0;
                if angle < 1e-10 {
                    return Climb { direction: at, cost, steps };
                }
            }
        }
        Climb { direction: at, cost, steps: STEPS }
    }

    /// Both sides projected on a direction, in ascending order.
    fn projected(&self, direction: ArrayView1<'_, f64>) -> (SortedLaw<M>, SortedLaw<M>) {
        let side = |law: &Empirical, masses: &[M]| SortedLaw::weighted(&law.points().dot(&direction).to_vec(), masses);
        (side(self.x, &self.masses.a), side(self.y, &self.masses.b))
    }

    /// `W_p^p` along a direction, and a gradient: that of the cost of the present monotone plan.
    fn cost_and_gradient(&self, direction: ArrayView1<'_, f64>) -> (f64, Array1<f64>) {
        let (rows, columns) = self.projected(direction);
        // the derivative of the cost by each projection
        let (mut by_x, mut by_y) = (Array1::zeros(self.x.len()), Array1::zeros(self.y.len()));
        let (p, mut cost) = (self.power.p, Sum::new());
        rows.for_each_arc_to(&columns, |r, s, amount| {
            let mass = amount.to_f64() * self.masses.unit;
            let apart = (rows.points[r] - columns.points[s]) / self.power.unit;
            cost.add(mass * power(apart, p));
            let slope = mass * p * apart.signum() * if p <= 1.0 { 1.0 } else { apart.abs().powf(p - 1.0) };
            by_x[rows.order[r]] += slope;
            by_y[columns.order[s]] -= slope;
        });
        let gradient = by_x.dot(&self.x.points()) + by_y.dot(&self.y.points());
        (cost.value(), gradient / self.power.unit)
    }

    /// The largest distance in one coordinate over which the plan moves mass that is monotone along this direction.
    fn longest(&self, direction: ArrayView1<'_, f64>) -> f64 {
        let (rows, columns) = self.projected(direction);
        let mut most = 0.0f64;
        rows.for_each_arc_to(&columns, |r, s, _| {
            let apart = &self.x.point(rows.order[r]) - &self.y.point(columns.order[s]);
            most = apart.iter().fold(most, |most, t| most.max(t.abs()));
        });
        most
    }

    /// An upper bound for every slice, from the plan that is monotone along this direction.
    fn upper(&self, direction: ArrayView1<'_, f64>) -> Result<f64> {
        const BLOCK: usize = 1024;
        let (rows, columns) = self.projected(direction);
        let (d, p) = (self.x.dimension(), self.power.p);
        let (mut moment, mut powers) = (Array2::<f64>::zeros((d, d)), Sum::new());
        let mut block = Array2::<f64>::zeros((BLOCK, d));
        let mut filled = 0;
        rows.for_each_arc_to(&columns, |r, s, amount| {
            let mass = amount.to_f64() * self.masses.unit;
            let apart = (&self.x.point(rows.order[r]) - &self.y.point(columns.order[s])) / self.power.unit;
            if p > 2.0 {
                powers.add(mass * power(apart.dot(&apart).sqrt(), p));
                return;
            }
            block.row_mut(filled).assign(&(apart * mass.sqrt()));
            filled += 1;
            if filled == BLOCK {
                moment += &gram(block.view());
                filled = 0;
            }
        });
        if p > 2.0 {
            return Ok(self.power.root(powers.value()));
        }
        moment += &gram(block.slice_axis(Axis(0), (0..filled).into()));
        let largest = eigvalsh(moment.view())?[d - 1];
        // the eigenvalue is accurate to the rounding error of the matrix
        Ok((largest.max(0.0) * (1.0 + 1e-14 * d as f64)).sqrt() * self.power.unit)
    }
}

/// The vector divided by its length, unless it has none.
fn normalised(mut v: Array1<f64>) -> Option<Array1<f64>> {
    let length = v.dot(&v).sqrt();
    if !(length > 1e-150 && length.is_finite()) {
        return None;
    }
    v /= length;
    Some(v)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;

    #[test]
    fn an_upper_bound_that_contradicts_the_distance_proves_nothing() {
        let upper = |distance, upper| Slice::of(Array1::ones(1), distance, upper, 0).bracket();
        assert_eq!(upper(2.0, 3.0), (2.0, 3.0));
        assert_eq!(upper(2.0, 2.0 - 1e-13), (2.0, 2.0));
        assert_eq!(upper(2.0, 1.9), (2.0, f64::INFINITY));
        assert_eq!(upper(2.0, f64::NAN), (2.0, f64::INFINITY));
        assert_eq!(upper(2.0, f64::INFINITY), (2.0, f64::INFINITY));
    }
}
