//! Optimal transport: exact, entropic, sliced and in one dimension.
//!
//! Given masses `a` on points `x_i`, masses `b` on points `y_j` and costs `c_ij`, transport is the pair of problems
//!
//! ```text
//! min { sum_ij P_ij c_ij : P >= 0, rows sum to a, columns sum to b }
//!   = max { sum_i a_i u_i + sum_j b_j v_j : u_i + v_j <= c_ij }
//! ```
//!
//! A [`Problem`] says what is moved, at which costs, and how the masses are [kept](Kept): exactly, at a price, or in part. A
//! solver is built with its parameters and limits, and `solve` returns a [`Solution`]: a plan of the first problem, potentials
//! of the second, and a [`Report`](crate::certificate::Report) whose `primal` and `dual` bracket the optimum. Who has
//! used one solver can write the call of the next:
//!
//! ```
//! use fenchel::measure::{Empirical, Pmf};
//! use fenchel::transport::*;
//! use ndarray::array;
//!
//! let x = Empirical::new(array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])?;
//! let y = Empirical::new(array![[1.0, 1.0], [2.0, 0.5], [0.5, 2.0]])?;
//!
//! // what is moved
//! let problem = Problem::between(&x, &y, Ground::SqEuclidean)?;
//! let by_matrix = Problem::with_cost(array![[0.0, 1.0], [2.0, 0.5]], None, None)?;
//! let priced = Problem::unbalanced(array![[0.0, 1.0]], [2.0], [0.5, 1.0], Marginal::Kl(1.0), Marginal::Kl(1.0))?;
//! let in_part = Problem::partial(array![[0.0, 1.0]], [2.0], [0.5, 1.0], 1.2)?;
//!
//! // the two laws whole
//! let exact = Exact::new().solve(&problem)?;
//! let entropic = Sinkhorn::new(0.05).solve(&problem)?;
//! let low_rank = LowRank::new(2).solve(&problem)?;
//!
//! // deviations paid for, by KL, L2 or total variation; or a part of the masses
//! let scaled = Unbalanced::new().solve(&priced)?;
//! let entropic_scaled = Sinkhorn::new(0.05).solve(&priced)?;
//! let total_variation = Exact::new().solve(&problem.relaxed(Marginal::Tv(1.0), Marginal::Tv(1.0))?)?;
//! let part = Exact::new().solve(&in_part)?;
//!
//! // the line, the circle, and projections on lines
//! let sorted = line::wasserstein(&[0.0, 1.0], None, &[2.0, 4.0], None, 2.0)?;
//! let around = circle::wasserstein(&[0.1, 0.9], None, &[0.2, 0.3], None, 1.0, 2.0)?;
//! let sliced = Sliced::new(100).solve(&x, &y, 2.0)?;
//! let farthest = MaxSliced::new(4).solve(&x, &y, 2.0)?;
//!
//! // without the bias of the regularisation
//! let divergence = sinkhorn_divergence(&x, &y, Ground::SqEuclidean, &Sinkhorn::new(0.05))?;
//!
//! // several laws, and clouds of different spaces
//! let cost = Cost::between(x.points(), x.points(), Ground::SqEuclidean)?;
//! let laws = [Pmf::new([0.5, 0.5, 0.0])?, Pmf::new([0.0, 0.5, 0.5])?];
//! let mean_masses = FixedSupport::new(0.1).solve(&cost, &laws, &[0.5, 0.5])?;
//! let mean_points = FreeSupport::new().solve(&[x.clone(), y.clone()], &[0.5, 0.5], &x)?;
//! let gromov = Gromov::new().solve(&Space::of(&x, Ground::Euclidean)?, &Space::of(&y, Ground::Euclidean)?)?;
//!
//! // all of them have a number and where it lies
//! use fenchel::certificate::Certificate;
//! for result in [&exact as &dyn Certificate, &entropic, &low_rank, &scaled, &part, &sliced, &farthest, &divergence, &gromov] {
//!     let (low, high) = result.bracket();
//!     assert!(low <= result.value() && result.value() <= high);
//! }
//! # let _ = (by_matrix, entropic_scaled, total_variation, sorted, around, mean_masses, mean_points);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! | you have | use |
//! |---|---|
//! | two laws, and want a distance | [`w1`], [`w2`], [`wasserstein`]: sorts on the line, else exact |
//! | a cost matrix, limits, progress | [`Problem`] and [`Exact`] |
//! | numbers on the line, any power | [`mod@line`] |
//! | large clouds, and an approximation is enough | [`Sinkhorn`] (entropic; biased), [`sinkhorn_divergence`] (without the bias) |
//! | a loss to descend | [`sinkhorn_divergence_gradient`], [`entropic_gradient`]: by points and by weights |
//! | more points than n m operations allow | [`LowRank`]: a plan through a few hubs, O((n + m) r) |
//! | numbers on a circle | [`mod@circle`] |
//! | directions, profiles, places on the globe | [`angular`] |
//! | many points in many dimensions | [`Sliced`], an estimate with its standard error; [`MaxSliced`], the direction that tells most |
//! | Gaussian laws | [`gaussian`] |
//! | outliers, or masses whose totals differ | [`Problem::unbalanced`] (deviations are paid for), [`Problem::partial`] (a given part is moved) |
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
pub(crate) use entropic::debiased::debiased_with_influences;
pub use entropic::debiased::{Debiased, sinkhorn_divergence};
pub use entropic::gradient::{Gradient, entropic_gradient, sinkhorn_divergence_gradient};
pub use exact::Exact;
pub use gromov::{Gromov, Matching, Space};
pub use line::circle;
pub use line::max_sliced::{MaxSliced, Slice};
pub use line::sliced::Sliced;
pub use low_rank::LowRank;
pub use problem::cost::{Cost, Ground, IntoCost};
pub use problem::limits::Progress;
pub use problem::marginal::Marginal;
pub use problem::plan::Plan;
pub use problem::solution::{Regularised, Solution};
pub use problem::{Kept, Problem};
pub use unbalanced::Unbalanced;

use crate::certificate::certificate_by_report;
use crate::error::Result;
use crate::measure::Empirical;

certificate_by_report!(gaussian::Barycenter, FixedBarycenter, FreeBarycenter, Matching);

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
