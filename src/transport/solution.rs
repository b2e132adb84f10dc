//! What every transport solver returns.

use super::plan::Plan;
use crate::certificate::{Report, bracket};

/// A plan, potentials and the bracket that they prove.
///
/// The plan is feasible up to [`Report::residual`](crate::certificate::Report::residual) for a solver that keeps the
/// marginals, and the potentials satisfy `u_i + v_j <= c_ij`, so the optimal cost lies in
/// `[report.dual, report.primal]` however early the solver stopped.
#[derive(Debug, Clone)]
pub struct Solution {
    /// Dual potentials `u` (rows) and `v` (columns).
    pub potentials: (Vec<f64>, Vec<f64>),
    /// The plan, whose cost is `report.primal`.
    pub plan: Plan,
    /// Bracket, status and the route taken.
    pub report: Report,
    /// The values of the entropic problem, where that is what was solved.
    pub regularised: Option<Regularised>,
    pub(super) root: f64,
}

impl Solution {
    /// The transport cost as asked: the cost of [`Solution::plan`], of [`Unbalanced`](super::Unbalanced) with the penalties.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.report.primal
    }

    /// The distance between the laws: the root of the cost (W2 for squared Euclidean costs, Wp on the line), and the
    /// cost itself for ground costs that are metrics and for cost matrices.
    #[must_use]
    pub fn distance(&self) -> f64 {
        root_of(self.cost(), self.root)
    }

    /// The bracket of the optimal cost, as distances.
    #[must_use]
    pub fn distance_bracket(&self) -> (f64, f64) {
        (root_of(self.report.dual, self.root), root_of(self.report.primal, self.root))
    }
}

/// The cost or distance of a p-th power; roots exact where they are (1, 2).
pub(super) fn root_of(cost: f64, p: f64) -> f64 {
    if (p - 1.0).abs() < f64::EPSILON {
        cost
    } else if (p - 2.0).abs() < f64::EPSILON {
        cost.max(0.0).sqrt()
    } else {
        cost.max(0.0).powf(p.recip())
    }
}

/// The values of `min_P sum P_ij c_ij + eps KL(P | a bᵀ)`, apart from those of the transport problem itself.
#[derive(Debug, Clone)]
pub struct Regularised {
    /// The regularisation, in units of the cost.
    pub eps: f64,
    /// `sum P_ij c_ij` of the entropic plan (before its marginals are made exact).
    pub linear: f64,
    /// An upper bound of the entropic optimum: the entropic objective at the rounded plan, or by the log-sum inequality a little more.
    pub primal: f64,
    /// The entropic dual at the entropic potentials: a lower bound of the entropic optimum.
    pub dual: f64,
    /// The entropic potentials `f` and `g`.
    pub potentials: (Vec<f64>, Vec<f64>),
    /// What rounding may have done to the difference of the two bounds.
    pub(super) rounding: f64,
}

impl Regularised {
    /// The values, through the same door as those of a report: the two bounds are not crossed, and nothing is NaN.
    pub(super) fn of(
        eps: f64,
        linear: f64,
        (primal, dual): (f64, f64),
        potentials: (Vec<f64>, Vec<f64>),
        rounding: f64,
    ) -> Self {
        let (Ok((primal, dual)) | Err((primal, dual))) = bracket(primal, dual, rounding);
        let linear = if linear.is_nan() { f64::INFINITY } else { linear };
        Self { eps, linear, primal, dual, potentials, rounding }
    }
}
