//! Transport on the line and on a circle for any power of the distance.

use super::args::Transport;
use super::load::{Between, Clouds};
use super::write::{Row, Solved, row};
use crate::input::is_one;
use anyhow::{Result, bail};
use fenchel::certificate::{Certified, Status};
use fenchel::numeric::Sum;
use fenchel::record::json::Number;
use fenchel::transport::{Plan, circle, line};

/// What the cost is called.
pub fn label(p: f64) -> String {
    if (p - 1.0).abs() < f64::EPSILON {
        "euclidean".to_owned()
    } else if (p - 2.0).abs() < f64::EPSILON {
        "sqeuclidean".to_owned()
    } else {
        format!("euclidean^{p}")
    }
}

/// The same row with all values as distances `W_p`.
pub fn as_distances(row: &mut Row, p: f64, total: f64) {
    let root = |x: Option<Number>| x.map(|x| Number(x.0.max(0.0).powf(p.recip())));
    (row.primal, row.dual) = (root(row.primal), root(row.dual));
    row.value = row.primal.unwrap_or(row.value);
    row.gap = row.primal.zip(row.dual).map(|(primal, dual)| Number((primal.0 - dual.0).abs()));
    row.distance = is_one(total).then_some(row.value);
    row.only.p = Some(Number(p));
}

/// Distances with a larger gap are not called proven.
const PROVEN: f64 = 1e-9;

impl Transport {
    /// One column: transport by sorting, with --p or --circle.
    pub(super) fn on_the_line(&self, clouds: &Clouds<'_>, between: Between, total: f64) -> Result<Row> {
        if clouds.dimension() != 1 {
            bail!("--circle is for one column of places on it; these clouds have {}", clouds.dimension());
        }
        if self.convergence.is_some() || self.limit.is_given() {
            bail!("one sort finds the answer: leave --convergence and --time-limit out");
        }
        let (Between::Ground(ground), p) = (between, self.p) else {
            bail!("--circle measures along the circle; choose --p 1 or --p 2 in place of --cost {}", self.cost);
        };
        let power = p.unwrap_or(ground.root());
        let [law_x, law_y] = clouds.laws(clouds.points.clone())?;
        let (x, y) = (clouds.line(0), clouds.line(1));
        let (a, b) = (Some(law_x.weights()), Some(law_y.weights()));
        let solution = match self.circle {
            Some(period) => circle::wasserstein(&x, a, &y, b, period, power)?,
            // the plan that is monotone is best for every power
            None => line::wasserstein(&x, a, &y, b, if power.is_finite() { power } else { 1.0 })?,
        };
        let moves = |i: usize, j: usize| match self.circle {
            Some(period) => ((x[i] - y[j]) / period - ((x[i] - y[j]) / period).round()).abs() * period,
            None => (x[i] - y[j]).abs(),
        };
        let found = if power.is_finite() {
            let dual = solution.distance_bracket().0;
            Certified::new(mean_power(&solution.plan, moves, power), dual)
        } else {
            line::infinity(&x, a, &y, b)?
        };
        let solved = Solved::from(solution);
        let unwritten = self.write(&solved, Some(clouds), total).err();
        let mut row = Row { unwritten, ..row(&solved.solution, label(power), true, total) };
        if p.is_none() {
            return Ok(row);
        }
        let scale = if power.is_finite() { total.powf(power.recip()) } else { 1.0 };
        let [value, dual, gap] = [found.value, found.dual, found.gap()].map(|x| Number(scale * x));
        (row.value, row.primal, row.dual, row.gap) = (value, Some(value), Some(dual), Some(gap));
        row.distance = is_one(total).then_some(value);
        row.only.p = Some(Number(power));
        row.status = if gap.0 <= PROVEN * value.0 { Status::Converged } else { Status::Stalled };
        Ok(row)
    }
}

/// `(sum of mass · distance^p)^(1/p)` over the plan, in units of its farthest move, so that no power overflows or vanishes.
fn mean_power(plan: &Plan, moves: impl Fn(usize, usize) -> f64, p: f64) -> f64 {
    let mut farthest = 0.0f64;
    plan.for_each(|i, j, _| farthest = farthest.max(moves(i, j)));
    if farthest == 0.0 {
        return 0.0;
    }
    let mut sum = Sum::new();
    plan.for_each(|i, j, mass| sum.add(mass * (moves(i, j) / farthest).powf(p)));
    farthest * sum.value().powf(p.recip())
}
