//! How entropic transport changes when points or weights do.
//!
//! Source: Feydy, Séjourné, Vialard, Amari, Trouvé, Peyré 2019 (arXiv:1810.08278), section 3.

use crate::error::Result;
use crate::measure::Empirical;
use crate::numeric::times_power;
use crate::transport::entropic::Sinkhorn;
use crate::transport::entropic::debiased::{Debiased, terms};
use crate::transport::entropic::rows::CostRows;
use crate::transport::entropic::rows::lanes::Float;
use crate::transport::entropic::rows::sweep::parts;
use crate::transport::problem::cost::Ground;
use crate::transport::problem::solution::{Regularised, Solution};
use crate::transport::problem::units::times;
use crate::transport::problem::{self, Problem};
use ndarray::Array2;
use rayon::prelude::*;
use std::ops::Range;

/// Derivatives with respect to points and weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// By the points of the first law, n×d.
    pub x: Array2<f64>,
    /// By the points of the second law, m×d.
    pub y: Array2<f64>,
    /// By the weights of the first law; `sum a_i da_i = 0` picks the constant that masses of sum one leave open.
    pub a: Vec<f64>,
    /// By the weights of the second law, likewise.
    pub b: Vec<f64>,
}

/// The entropic problem between two laws and the gradient of its value `sum P_ij c_ij + eps KL(P | a bᵀ)`, with `eps`
/// held where the solver put it. At the optimum only what enters the problem directly counts (the envelope theorem): with the
/// plan `P` and the potentials `f, g`,
///
/// ```text
/// d OT / d x_i = sum_j P_ij d c(x_i, y_j) / d x_i,      d OT / d a_i = f_i   (up to a constant, as masses sum to one)
/// ```
///
/// As accurate as the plan: ask the solver for a small tolerance. O(n m d) beside the solve, O((n + 16 m) d)
/// memory.
///
/// Where a ground cost has no derivative (coordinates that coincide under [`Ground::Cityblock`] or
/// [`Ground::Chebyshev`], points that coincide under [`Ground::Euclidean`]) a subgradient is taken.
///
/// # Errors
/// As [`Problem::between`] and [`Sinkhorn::solve`].
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::transport::{Ground, Sinkhorn, entropic_gradient};
/// use ndarray::array;
/// let (x, y) = (Empirical::new(array![[0.0, 0.0]])?, Empirical::new(array![[3.0, 4.0]])?);
/// let (_, gradient) = entropic_gradient(&x, &y, Ground::SqEuclidean, &Sinkhorn::new(0.1))?;
/// assert_eq!(gradient.x, array![[-6.0, -8.0]]);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn entropic_gradient(
    x: &Empirical,
    y: &Empirical,
    ground: Ground,
    solver: &Sinkhorn<'_>,
) -> Result<(Solution, Gradient)> {
    let problem = Problem::between(x, y, ground)?;
    let solution = solver.solve(&problem)?;
    let entropic = solution.regularised.as_ref().expect("an entropic solution");
    let gradient = of(&problem, entropic);
    Ok((solution, gradient))
}

/// The Sinkhorn divergence and its gradient, that of `OT(x, y)` less those of `OT(x, x)/2` and `OT(y, y)/2`. O((n² + n m + m²) d)
/// beside the solves. On equal laws, where the divergence is least, exactly zero.
///
/// # Errors
/// As [`sinkhorn_divergence`](crate::transport::sinkhorn_divergence).
pub fn sinkhorn_divergence_gradient(
    x: &Empirical,
    y: &Empirical,
    ground: Ground,
    solver: &Sinkhorn<'_>,
) -> Result<(Debiased, Gradient)> {
    let (divergence, terms) = terms(x, y, ground, solver)?;
    let Some([xy, xx, yy]) = terms else {
        let zero = |law: &Empirical| (Array2::zeros(law.points().dim()), vec![0.0; law.len()]);
        let ((x, a), (y, b)) = (zero(x), zero(y));
        return Ok((divergence, Gradient { x, y, a, b }));
    };
    let mut gradient = of(&Problem::between(x, y, ground)?, &xy);
    let halved = |law: &Empirical, entropic: &Regularised| -> Result<(Array2<f64>, Vec<f64>)> {
        let twice = of(&Problem::between(law, law, ground)?, entropic);
        let weights = twice.a.iter().zip(&twice.b).map(|(a, b)| 0.5 * (a + b)).collect();
        Ok((0.5 * (twice.x + twice.y), weights))
    };
    let subtract = |from: &mut Vec<f64>, what: Vec<f64>| from.iter_mut().zip(what).for_each(|(f, w)| *f -= w);
    let (points, weights) = halved(x, &xx)?;
    gradient.x -= &points;
    subtract(&mut gradient.a, weights);
    let (points, weights) = halved(y, &yy)?;
    gradient.y -= &points;
    subtract(&mut gradient.b, weights);
    Ok((divergence, gradient))
}

fn of(problem: &Problem, entropic: &Regularised) -> Gradient {
    let (own, units) = problem.in_own_units();
    let (f, g) = &entropic.potentials;
    let potentials = (times(f, -units.cost), times(g, -units.cost));
    let gradient = in_own_units(&own, times_power(entropic.epsilon, -units.cost), &potentials);
    // a value by a length, and a value by a mass
    let (_, _, ground) = own.cost().points().expect("a problem between points");
    let by_length = units.value() - units.cost / ground.root() as i32;
    Gradient {
        x: gradient.x.mapv(|t| times_power(t, by_length)),
        y: gradient.y.mapv(|t| times_power(t, by_length)),
        a: times(&gradient.a, units.cost),
        b: times(&gradient.b, units.cost),
    }
}

/// The same for a problem in units of its own.
fn in_own_units(problem: &Problem, eps: f64, (f, g): &(Vec<f64>, Vec<f64>)) -> Gradient {
    let (x, y, ground) = problem.cost().points().expect("a problem between points");
    let (a, b) = (problem.a(), problem.b());
    let total = problem::total(a);
    let heights: Vec<f64> = g.iter().zip(b).map(|(g, b)| g + eps * (b / total).ln()).collect();
    let rows = CostRows::<f64>::of(problem.cost());
    let (n, m) = rows.shape();
    let (d, y) = (x.ncols(), y.as_slice().expect("standard layout"));

    let part = |range: Range<usize>| {
        let (mut mass, mut by_x, mut by_y) = (vec![0.0; m], vec![0.0; range.len() * d], vec![0.0; m * d]);
        let first = range.start;
        rows.for_each(range, |i, costs| {
            if a[i] <= 0.0 {
                return;
            }
            let sum = f64::exponentials(costs, &heights, f[i], eps.recip(), &mut mass);
            mass.iter_mut().zip(b).for_each(|(mass, b)| *mass *= if *b > 0.0 { a[i] / sum } else { 0.0 });
            if ground == Ground::Euclidean {
                mass.iter_mut().zip(costs).for_each(|(mass, c)| *mass = if *c > 0.0 { *mass / c } else { 0.0 });
            }
            for (k, x) in x.row(i).iter().enumerate() {
                let (y, by_y) = (&y[k * m..(k + 1) * m], &mut by_y[k * m..(k + 1) * m]);
                let mut sum = 0.0;
                for (j, mass) in mass.iter_mut().enumerate() {
                    let t = x - y[j];
                    let slope = match ground {
                        Ground::SqEuclidean => 2.0 * t * *mass,
                        Ground::Euclidean => t * *mass,
                        Ground::Cityblock => {
                            if t == 0.0 {
                                0.0
                            } else {
                                t.signum() * *mass
                            }
                        }
                        // the first of the coordinates that are farthest apart
                        Ground::Chebyshev if t.abs() >= costs[j] => {
                            t.signum() * if t == 0.0 { 0.0 } else { std::mem::take(mass) }
                        }
                        Ground::Chebyshev => 0.0,
                    };
                    sum += slope;
                    by_y[j] -= slope;
                }
                by_x[(i - first) * d + k] = sum;
            }
        });
        (by_x, by_y)
    };
    let parts: Vec<_> = parts(n).into_par_iter().map(part).collect();
    let by_x = parts.iter().flat_map(|(by_x, _)| by_x.iter().copied()).collect();
    let mut by_y = Array2::zeros((m, d));
    for (_, part) in &parts {
        for (k, column) in part.chunks_exact(m).enumerate() {
            by_y.column_mut(k).iter_mut().zip(column).for_each(|(sum, t)| *sum += t);
        }
    }
    let centred = |w: &[f64], p: &[f64]| -> Vec<f64> {
        let mean = w.iter().zip(p).map(|(w, p)| if *w > 0.0 { w * p } else { 0.0 }).sum::<f64>() / total;
        p.iter().map(|p| p - mean).collect()
    };
    Gradient {
        x: Array2::from_shape_vec((n, d), by_x).expect("n rows of d"),
        y: by_y,
        a: centred(a, f),
        b: centred(b, g),
    }
}
