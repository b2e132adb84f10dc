//! Optimal transport: exact, entropic, sliced and in one dimension.
//!
//! Given masses `a` on points `x_i`, masses `b` on points `y_j` and costs `c_ij`, transport is the pair of problems
//!
//! ```text
//! min { sum_ij P_ij c_ij : P >= 0, rows sum to a, columns sum to b }
//!   = max { sum_i a_i u_i + sum_j b_j v_j : u_i + v_j <= c_ij }
//! ```
//!
//! Every solver returns a [`Solution`]: a plan of the first problem, potentials of the second, and a
//! [`Report`](crate::certificate::Report) whose `primal` and `dual` bracket the optimum.
//!
//! | you have | use |
//! |---|---|
//! | two laws, and want a distance | [`w1`], [`w2`], [`wasserstein`]: sorts on the line, else exact |
//! | a cost matrix, limits, progress | [`Problem`] and [`Exact`] |
//! | numbers on the line, any power | [`mod@line`] |
//! | a tolerance for bias | [`Sinkhorn`] (entropic), [`sinkhorn_divergence`] (without the bias) |
//! | a loss to descend | [`sinkhorn_divergence_gradient`], [`entropic_gradient`]: by points and by weights |
//! | more points than n m operations allow | [`LowRank`]: a plan through a few hubs, O((n + m) r) |
//! | numbers on a circle | [`mod@circle`] |
//! | directions, profiles, places on the globe | [`angular`] |
//! | many points in many dimensions | [`Sliced`], an estimate with its standard error; [`MaxSliced`], the direction that tells most |
//! | Gaussian laws | [`gaussian`] |
//! | masses that need not be kept | [`Unbalanced`] (deviations are paid for), [`fn@partial`] (a given part is moved) |
//! | several laws, and want their mean | [`FixedSupport`], [`FreeSupport`] |
//! | clouds in different spaces | [`Gromov`] |

pub mod angular;
mod barycenter;
mod entropic;
mod exact;
pub mod gaussian;
mod gromov;
pub mod line;
mod low_rank;
mod problem;
mod unbalanced;

pub use barycenter::fixed::{FixedBarycenter, FixedSupport};
pub use barycenter::free::{FreeBarycenter, FreeSupport};
pub use entropic::Sinkhorn;
pub use entropic::debiased::{Debiased, sinkhorn_divergence};
pub use entropic::gradient::{Gradient, entropic_gradient, sinkhorn_divergence_gradient};
pub use exact::Exact;
pub use gromov::{Gromov, Matching, Space};
pub use line::circle;
pub use line::max_sliced::{MaxSliced, Slice};
pub use line::sliced::Sliced;
pub use low_rank::{Factored, LowRank};
pub use problem::Problem;
pub use problem::cost::{Cost, Ground};
pub use problem::limits::Progress;
pub use problem::plan::Plan;
pub use problem::solution::{Regularised, Solution};
pub use unbalanced::Unbalanced;
pub use unbalanced::marginal::Marginal;
pub use unbalanced::partial::{Partial, partial};

use crate::error::Result;
use crate::measure::Empirical;

/// Optimal transport between two laws: by sorting on the line, by the network simplex otherwise. The report's
/// `method` names the route.
///
/// # Errors
/// Laws of different dimensions, or so far apart that a cost overflows.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::transport::{Ground, wasserstein};
/// use ndarray::array;
/// let x = Empirical::new(array![[0.0, 0.0], [1.0, 0.0]])?;
/// let y = Empirical::new(array![[0.0, 2.0], [1.0, 2.0]])?;
/// let solution = wasserstein(&x, &y, Ground::SqEuclidean)?;
/// assert_eq!((solution.cost(), solution.distance()), (4.0, 2.0));
/// assert_eq!(solution.report.gap(), 0.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn wasserstein(x: &Empirical, y: &Empirical, ground: Ground) -> Result<Solution> {
    x.same_dimension(y, "x", "y")?;
    if x.dimension() == 1 {
        let points = |x: &Empirical| x.points().iter().copied().collect::<Vec<_>>();
        line::between_laws(&points(x), x.weights(), &points(y), y.weights(), ground.root())
    } else {
        Exact::new().solve(&Problem::between(x, y, ground)?)
    }
}

/// The distance W1 under the Euclidean ground distance, as [`Solution::distance`] of the solution.
///
/// # Errors
/// As [`wasserstein`].
pub fn w1(x: &Empirical, y: &Empirical) -> Result<Solution> {
    wasserstein(x, y, Ground::Euclidean)
}

/// The distance W2, as [`Solution::distance`] of the solution; its cost is the square.
///
/// # Errors
/// As [`wasserstein`].
pub fn w2(x: &Empirical, y: &Empirical) -> Result<Solution> {
    wasserstein(x, y, Ground::SqEuclidean)
}
