//! The transport problem: minimise `sum_ij P_ij c_ij` over plans `P >= 0`, and what is asked of their marginals.

pub(in crate::transport) mod certify;
pub(in crate::transport) mod cost;
pub(in crate::transport) mod limits;
pub(in crate::transport) mod marginal;
pub(in crate::transport) mod masses;
pub(in crate::transport) mod plan;
pub(in crate::transport) mod power;
pub(in crate::transport) mod root;
pub(in crate::transport) mod rounding;
mod sample;
pub(in crate::transport) mod solution;
pub(in crate::transport) mod units;
pub(in crate::transport) mod weights;

use crate::error::{Error, Result, shown};
use crate::measure::{Empirical, MASS_TOLERANCE, Numbers, check_masses};
use crate::numeric::Sum;
use crate::transport::problem::cost::{Cost, Ground, IntoCost};
use crate::transport::problem::marginal::{Marginal, Side};
use crate::transport::problem::plan::Plan;
use crate::transport::problem::root::Root;
use std::sync::Arc;

/// The totals of two laws are one within [`MASS_TOLERANCE`] each, so they agree within a little more than twice that.
pub(in crate::transport) const LAWS_AGREE: f64 = 2.5 * MASS_TOLERANCE;

/// Two vectors of masses, the costs between them, and how the masses are [kept](Kept). Valid once built.
///
/// | how the masses are kept | built by | solved by |
/// |---|---|---|
/// | exactly: `P 1 = a`, `Pᵀ 1 = b` | [`between`](Self::between), [`with_cost`](Self::with_cost) | [`Exact`](crate::transport::Exact), [`Sinkhorn`](crate::transport::Sinkhorn), [`LowRank`](crate::transport::LowRank) |
/// | deviations are paid for: `D_a(P 1) + D_b(Pᵀ 1)` is added to the cost | [`unbalanced`](Self::unbalanced), [`relaxed`](Self::relaxed) | [`Sinkhorn`](crate::transport::Sinkhorn); without regularisation [`Exact`](crate::transport::Exact) for TV, [`Unbalanced`](crate::transport::Unbalanced) for KL and L2 |
/// | a part of them is moved: `P 1 <= a`, `Pᵀ 1 <= b`, `sum P_ij = s` | [`partial`](Self::partial), [`in_part`](Self::in_part) | [`Exact`](crate::transport::Exact) |
///
/// ```
/// use fenchel::transport::{Exact, Problem};
/// use ndarray::array;
/// // a transport table: supplies 20, 30, 25; demands 10, 35, 30
/// let costs = array![[8.0, 6.0, 10.0], [9.0, 12.0, 13.0], [14.0, 9.0, 16.0]];
/// let problem = Problem::with_cost(costs, Some(vec![20.0, 30.0, 25.0]), Some(vec![10.0, 35.0, 30.0]))?;
/// assert_eq!(Exact::new().solve(&problem)?.cost(), 735.0);
/// // the cheapest half of it
/// assert_eq!(Exact::new().solve(&problem.in_part(37.5)?)?.cost(), 277.5);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Problem {
    a: Vec<f64>,
    b: Vec<f64>,
    cost: Arc<Cost>,
    root: Root,
    kept: Kept,
}

/// How the masses of a [`Problem`] are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kept {
    /// The plan has them for its marginals.
    Exactly,
    /// Deviations are paid for, as the [`Marginal`] of rows and that of columns say.
    Penalised(Marginal, Marginal),
    /// No more than they are is moved, and this mass in all.
    Part(f64),
}

impl Problem {
    /// Transport between two laws under a ground cost.
    ///
    /// # Errors
    /// Clouds of different dimensions, or so far apart that a cost overflows.
    pub fn between(x: &Empirical, y: &Empirical, ground: Ground) -> Result<Self> {
        x.same_dimension(y, "x", "y")?;
        let cost = Cost::between(x.points(), y.points(), ground)?;
        let (a, b) = (x.weights().to_vec(), y.weights().to_vec());
        Self::balanced(a, b, LAWS_AGREE, cost, ground.root())
    }

    /// Transport under given costs (n×m, `+inf` forbids an arc). Masses that are not given are uniform, with the
    /// total of those that are, or one. Totals need not be one but must agree within 1e-9 (relative).
    ///
    /// # Errors
    /// A cost that is NaN or `-inf`; masses that are negative, not finite, not as many as the rows (columns); totals
    /// that differ, are zero or outside `[1e-250, 1e250]`.
    pub fn with_cost(costs: impl IntoCost, a: Option<Vec<f64>>, b: Option<Vec<f64>>) -> Result<Self> {
        let cost = costs.into_cost()?;
        let (n, m) = cost.shape();
        let total = a.as_ref().or(b.as_ref()).map_or(1.0, |w| total(w));
        let a = masses(a.as_deref(), n, total, "x", "rows of costs")?;
        let b = masses(b.as_deref(), m, total, "y", "columns of costs")?;
        Self::balanced(a, b, MASS_TOLERANCE, cost, 1.0)
    }

    fn balanced(a: Vec<f64>, mut b: Vec<f64>, tolerance: f64, cost: Cost, root: f64) -> Result<Self> {
        balance(&a, &mut b, tolerance)?;
        Ok(Self { a, b, cost: Arc::new(cost), root: root.into(), kept: Kept::Exactly })
    }

    /// Unbalanced transport: masses whose totals may differ, and the price of a deviation on the side of the rows and on that
    /// of the columns.
    ///
    /// ```
    /// use fenchel::transport::{Marginal, Problem, Unbalanced};
    /// use ndarray::array;
    /// // one pile of 2 and one hole of 1 at the same place
    /// let problem = Problem::unbalanced(array![[0.0]], [2.0], [1.0], Marginal::Kl(1.0), Marginal::Kl(1.0))?;
    /// let mass = Unbalanced::new().solve(&problem)?.plan.arcs()[0].2;
    /// assert!((mass - 2f64.sqrt()).abs() < 1e-9); // the geometric mean
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// A cost that is NaN or `-inf`; masses that are negative, not finite, not as many as the rows (columns), or with a total
    /// outside `[1e-250, 1e250]`; a strength that is not positive and finite; a penalty that overflows; costs so far below
    /// zero that to create mass on both sides, at the prices of [`Marginal::Tv`], would pay without bound.
    pub fn unbalanced(
        costs: impl IntoCost,
        a: impl Numbers,
        b: impl Numbers,
        rows: Marginal,
        columns: Marginal,
    ) -> Result<Self> {
        if (rows, columns) == (Marginal::Exact, Marginal::Exact) {
            return Self::with_cost(costs, Some(a.numbers()), Some(b.numbers()));
        }
        let cost = costs.into_cost()?;
        let (n, m) = cost.shape();
        let a = masses(Some(&a.numbers()), n, 0.0, "x", "rows of costs")?;
        let b = masses(Some(&b.numbers()), m, 0.0, "y", "columns of costs")?;
        Self::penalised(Self { a, b, cost: Arc::new(cost), root: 1.0.into(), kept: Kept::Exactly }, rows, columns)
    }

    /// Partial transport: moves the mass `moved` from masses `a` to masses `b`, whose totals may differ, at the least cost.
    ///
    /// # Errors
    /// A cost that is NaN or `-inf`; masses that are negative, not finite or not as many as the rows (columns); `moved`
    /// negative, or more than either total.
    pub fn partial(costs: impl IntoCost, a: impl Numbers, b: impl Numbers, moved: f64) -> Result<Self> {
        let cost = costs.into_cost()?;
        let (n, m) = cost.shape();
        let a = masses(Some(&a.numbers()), n, 0.0, "x", "rows of costs")?;
        let b = masses(Some(&b.numbers()), m, 0.0, "y", "columns of costs")?;
        Self { a, b, cost: Arc::new(cost), root: 1.0.into(), kept: Kept::Exactly }.moving(moved)
    }

    /// The same masses and costs where deviations are paid for; semi-relaxed transport keeps one side [`Marginal::Exact`]. The
    /// value is a cost with penalties, so [`Solution::distance`](crate::transport::Solution::distance) is the same number.
    ///
    /// # Errors
    /// As [`unbalanced`](Self::unbalanced).
    pub fn relaxed(&self, rows: Marginal, columns: Marginal) -> Result<Self> {
        if (rows, columns) == (Marginal::Exact, Marginal::Exact) {
            return Ok(Self { kept: Kept::Exactly, ..self.clone() });
        }
        Self { root: 1.0.into(), ..self.clone() }.penalised(rows, columns)
    }

    /// The same masses and costs where this mass is moved and no more.
    ///
    /// # Errors
    /// As [`partial`](Self::partial).
    pub fn in_part(&self, moved: f64) -> Result<Self> {
        Self { root: 1.0.into(), ..self.clone() }.moving(moved)
    }

    fn penalised(self, rows: Marginal, columns: Marginal) -> Result<Self> {
        for (masses, marginal, what) in [(&self.a, rows, "x"), (&self.b, columns, "y")] {
            marginal.validate()?;
            let value = total(masses);
            if !(1e-250..=1e250).contains(&value) {
                return Err(Error::out_of_domain(
                    format!("total of the weights of {what}"),
                    value,
                    "between 1e-250 and 1e250",
                ));
            }
            let value = Side { masses, marginal }.size();
            if !value.is_finite() {
                let what = format!("penalty of moving none of the weights of {what}");
                return Err(Error::out_of_domain(what, value, "a finite number; rescale the masses"));
            }
        }
        let free = rows.price() + columns.price();
        let lowest = self.cost.lowest();
        if lowest < -free {
            return Err(Error::out_of_domain(
                "lowest cost",
                lowest,
                format!("at least {}: below it more and more mass would be created on both sides", shown(-free)),
            ));
        }
        Ok(Self { kept: Kept::Penalised(rows, columns), ..self })
    }

    fn moving(self, moved: f64) -> Result<Self> {
        let least = total(&self.a).min(total(&self.b));
        // the totals of laws are one to within rounding
        if !(moved >= 0.0 && moved <= least * (1.0 + 1e-12)) {
            let expected = format!("between 0 and {}, the smaller total", shown(least));
            return Err(Error::out_of_domain("mass to move", moved, expected));
        }
        Ok(Self { kept: Kept::Part(moved), ..self })
    }

    /// How the masses are kept.
    #[must_use]
    pub fn kept(&self) -> Kept {
        self.kept
    }

    /// What deviations cost, of rows and of columns.
    pub(in crate::transport) fn sides(&self) -> [Side<'_>; 2] {
        let [rows, columns] = match self.kept {
            Kept::Penalised(rows, columns) => [rows, columns],
            Kept::Exactly | Kept::Part(_) => [Marginal::Exact; 2],
        };
        [Side { masses: &self.a, marginal: rows }, Side { masses: &self.b, marginal: columns }]
    }

    /// [`Error::Unsupported`], for a solver of problems that are kept otherwise.
    pub(in crate::transport) fn not_for(&self, solver: &str, advice: &str) -> Error {
        let kept = match self.kept {
            Kept::Exactly => "masses that are kept exactly",
            Kept::Penalised(..) => "masses whose deviations are paid for in this way",
            Kept::Part(_) => "masses that are moved in part",
        };
        Error::unsupported(format!("{solver} with {kept}"), advice)
    }

    /// Masses of the rows.
    #[must_use]
    pub fn a(&self) -> &[f64] {
        &self.a
    }

    /// Masses of the columns.
    #[must_use]
    pub fn b(&self) -> &[f64] {
        &self.b
    }

    /// The costs.
    #[must_use]
    pub fn cost(&self) -> &Cost {
        &self.cost
    }

    /// Rows and columns.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        self.cost.shape()
    }

    pub(in crate::transport) fn shared_cost(&self) -> Arc<Cost> {
        Arc::clone(&self.cost)
    }

    pub(in crate::transport) fn root(&self) -> Root {
        self.root
    }

    /// The problem with these costs in place of its own.
    pub(in crate::transport) fn with_cost_of(&self, cost: Cost) -> Self {
        Self { cost: Arc::new(cost), ..self.clone() }
    }

    /// `sum P_ij |c_ij|`.
    pub(in crate::transport) fn moved(&self, plan: &Plan) -> f64 {
        let mut moved = Sum::new();
        plan.for_each(|i, j, mass| moved.add((mass * self.cost.at(i, j)).abs()));
        moved.value()
    }

    /// The problem with these masses and costs in place of its own.
    pub(in crate::transport) fn with_parts(&self, a: Vec<f64>, b: Vec<f64>, cost: Arc<Cost>) -> Self {
        Self { a, b, cost, root: self.root, kept: self.kept }
    }

    /// The problem with its masses kept in this way.
    pub(in crate::transport) fn keeping(self, kept: Kept) -> Self {
        Self { kept, ..self }
    }
}

/// Checks that two totals agree and brings `b` to that of `a`.
pub(in crate::transport) fn balance(a: &[f64], b: &mut [f64], tolerance: f64) -> Result<()> {
    let (total_a, total_b) = (total(a), total(b));
    for (what, total) in [("total of the weights of x", total_a), ("total of the weights of y", total_b)] {
        if !(1e-250..=1e250).contains(&total) {
            return Err(Error::out_of_domain(what, total, "between 1e-250 and 1e250"));
        }
    }
    let difference = (total_a - total_b).abs() / total_a.max(total_b);
    if difference > tolerance {
        return Err(Error::not_normalised("weights of y", total_b, total_a));
    }
    // Up to rounding the totals agree and the masses stay as given; beyond it the dual value would depend on an
    // arbitrary constant in the potentials.
    if difference > 1e-13 {
        b.iter_mut().for_each(|w| *w *= total_a / total_b);
    }
    Ok(())
}

/// The masses of one side: as given and checked, or uniform with this total.
pub(in crate::transport) fn masses(
    given: Option<&[f64]>,
    size: usize,
    total: f64,
    what: &str,
    along: &'static str,
) -> Result<Vec<f64>> {
    let Some(given) = given else { return Ok(vec![total / size as f64; size]) };
    check_masses(given, &format!("weights of {what}"))?;
    if given.len() != size {
        return Err(Error::size_mismatch((format!("weights of {what}"), given.len()), (what, size), along));
    }
    Ok(given.to_vec())
}

pub(in crate::transport) fn total(masses: &[f64]) -> f64 {
    Sum::of(masses.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn refuses_what_is_not_balanced() {
        let costs = array![[0.0, 1.0], [1.0, 0.0]];
        let with = |a: &[f64], b: &[f64]| Problem::with_cost(costs.clone(), Some(a.to_vec()), Some(b.to_vec()));
        assert!(with(&[3.0, 1.0], &[2.0, 2.0]).is_ok());
        assert!(with(&[3.0, 1.0], &[2.0, 2.0 + 1e-9]).is_ok());
        assert!(matches!(with(&[3.0, 1.0], &[2.0, 2.1]), Err(Error::NotNormalised { .. })));
        assert!(matches!(with(&[3.0, -1.0], &[1.0, 1.0]), Err(Error::Negative { .. })));
        assert!(matches!(with(&[1.0, f64::NAN], &[1.0, 1.0]), Err(Error::NotFinite { .. })));
        assert!(matches!(with(&[0.0, 0.0], &[0.0, 0.0]), Err(Error::OutOfDomain { .. })));
        assert!(matches!(with(&[1.0], &[0.5, 0.5]), Err(Error::SizeMismatch { .. })));
        let one_given = Problem::with_cost(costs, None, Some(vec![3.0, 5.0])).unwrap();
        assert!(one_given.a().iter().all(|w| (w - 4.0).abs() < 1e-15));
    }
}
