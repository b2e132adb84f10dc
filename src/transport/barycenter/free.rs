//! Barycenters whose points move.
//!
//! Source: Cuturi and Doucet 2014 (arXiv:1310.4375).

use crate::certificate::{Report, Status, Unchecked};
use crate::error::Result;
use crate::measure::{Empirical, spread, unit};
use crate::numeric::{Sum, times_power};
use crate::transport::exact::Exact;
use crate::transport::problem::certify::{ULPS, size};
use crate::transport::problem::cost::Ground;
use crate::transport::problem::limits::{Limits, Watch, limit_setters, stopping_setters};
use crate::transport::problem::solution::Solution;
use crate::transport::problem::weights::check_weights;
use crate::transport::problem::{Problem, total};
use ndarray::{Array2, Zip};
use rayon::prelude::*;

/// A barycenter whose points have moved to where they are best, and its certificate.
#[derive(Debug, Clone)]
pub struct FreeBarycenter {
    /// The barycenter: the weights of the start at other points.
    pub law: Empirical,
    /// `primal` is `sum_k w_k W2²` to the laws, each by a proven optimal plan. `dual` is a lower bound for *every* law on the space,
    /// `sum_{k<l} w_k w_l W2²(nu_k, nu_l)`. `residual` is the last relative decrease, `trace` the objective by iteration.
    pub report: Report,
}

impl FreeBarycenter {
    /// The weighted mean of the squared distances W2 from the barycenter to the laws.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.report.primal
    }
}

/// The solver for barycenters of clouds on a chosen number of points, which move.
///
/// ```text
/// min over mu of  sum_k w_k W2²(mu, nu_k),     w_k >= 0, sum w_k = 1.
/// ```
///
/// In each iteration a point goes to the weighted mean of where the optimal plans send it. The objective falls and ends in a fixed
/// point, which need not be the best one; the bracket bounds how far it is from the best. For two laws, or on the line, the
/// lower bound is the optimum itself.
#[derive(Debug, Clone, Copy)]
pub struct FreeSupport<'a> {
    tolerance: f64,
    iteration_limit: usize,
    limits: Limits<'a>,
}

impl Default for FreeSupport<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> FreeSupport<'a> {
    /// The solver with tolerance 1e-9 and at most 100 iterations.
    #[must_use]
    pub fn new() -> Self {
        Self { tolerance: 1e-9, iteration_limit: 100, limits: Limits::default() }
    }

    stopping_setters!(
        "Stops when an iteration lowers the objective by at most this part of it.",
        "Stops after so many iterations, of one exact solve for each law."
    );
    limit_setters!();

    /// The barycenter of `laws`, from the points and with the weights of `start`.
    ///
    /// ```
    /// use fenchel::measure::Empirical;
    /// use fenchel::transport::FreeSupport;
    /// use ndarray::array;
    /// let x = Empirical::new(array![[0.0, 0.0], [0.0, 1.0]])?;
    /// let y = Empirical::new(array![[4.0, 1.0], [4.0, 0.0]])?;
    /// let middle = FreeSupport::new().solve(&[x.clone(), y], &[0.5, 0.5], &x)?;
    /// assert_eq!(middle.law.points(), array![[2.0, 0.0], [2.0, 1.0]]);
    /// assert!(middle.report.gap() < 1e-12);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// No laws, laws of different dimensions, not as many weights, weights that are negative or do not sum to one; errors of
    /// [`Exact`].
    pub fn solve(&self, laws: &[Empirical], weights: &[f64], start: &Empirical) -> Result<FreeBarycenter> {
        let mut watch = Watch::start(self.limits);
        check_weights(laws.len(), weights)?;
        laws.iter().try_for_each(|law| law.same_dimension(start, "a law", "the start"))?;
        let unit = laws.iter().map(|law| spread(law.points(), start.points())).max().unwrap_or(0);
        watch = watch.in_unit(2 * unit);
        let own: Vec<Empirical> = laws.iter().map(|law| law.times_power(-unit)).collect();
        let FreeBarycenter { law, mut report } = self.in_own_unit(&own, weights, &start.times_power(-unit), watch)?;
        let costs = report.trace.iter_mut().map(|(_, cost)| cost).chain([&mut report.primal, &mut report.dual]);
        costs.for_each(|cost| *cost = times_power(*cost, 2 * unit));
        Ok(FreeBarycenter { law: law.times_power(unit), report })
    }

    fn in_own_unit(
        &self,
        laws: &[Empirical],
        weights: &[f64],
        start: &Empirical,
        mut watch: Watch<'_>,
    ) -> Result<FreeBarycenter> {
        // totals that are not quite one must not count
        let (weights, start_total) = (unit(weights), total(start.weights()));
        let (dual, potentials) = between_the_laws(laws, &weights)?;
        let mut law = start.clone();
        let (mut iterations, mut residual) = (0, f64::INFINITY);
        let mut trace: Vec<(usize, f64)> = Vec::new();
        let (primal, status) = loop {
            let solutions: Vec<(f64, Array2<f64>)> = laws
                .par_iter()
                .map(|y| {
                    let solution = w2(&law, y)?;
                    Ok((solution.cost() / start_total, solution.plan.barycentric(y.points())))
                })
                .collect::<Result<_>>()?;
            let primal = Sum::of(weights.iter().zip(&solutions).map(|(w, (cost, _))| w * cost));
            if let Some(&(_, before)) = trace.last() {
                residual = if before > 0.0 { ((before - primal) / before).max(0.0) } else { 0.0 };
            }
            trace.push((iterations, primal));
            if residual <= self.tolerance || primal - dual <= 1e-12 * primal {
                break (primal, Status::Converged);
            }
            if iterations >= self.iteration_limit {
                break (primal, Status::IterationLimit);
            }
            if let Some(status) = watch.check(iterations, || (primal, dual)) {
                break (primal, status);
            }
            let points = mean_of_images(&law, &weights, &solutions);
            law = Empirical::weighted(points, start.weights().to_vec())?;
            iterations += 1;
        };
        let report = Report::of(Unchecked {
            method: "free-support barycenter",
            status,
            iterations,
            primal,
            dual,
            rounding: ULPS * (primal + potentials),
            residual: if residual.is_finite() { residual } else { 0.0 },
            seconds: watch.started().elapsed().as_secs_f64(),
            trace,
        });
        Ok(FreeBarycenter { law, report })
    }
}

fn w2(x: &Empirical, y: &Empirical) -> Result<Solution> {
    Exact::new().solve(&Problem::between(x, y, Ground::SqEuclidean)?)
}

/// `sum_{k<l} w_k w_l W2²(nu_k, nu_l)`, below which no law is, and the size of the potentials that prove it.
fn between_the_laws(laws: &[Empirical], weights: &[f64]) -> Result<(f64, f64)> {
    let mut pairs = Vec::new();
    for l in 0..laws.len() {
        pairs.extend((0..l).filter(|&k| weights[k] * weights[l] > 0.0).map(|k| (k, l)));
    }
    let between: Vec<(f64, f64)> = pairs
        .par_iter()
        .map(|&(k, l)| {
            let (x, y) = (&laws[k], &laws[l]);
            let (found, weight) = (w2(x, y)?, weights[k] * weights[l] / total(x.weights()));
            let (u, v) = &found.potentials;
            Ok((weight * found.report.dual, weight * size((x.weights(), y.weights()), (u, v))))
        })
        .collect::<Result<_>>()?;
    let dual = Sum::of(between.iter().map(|(dual, _)| dual.max(0.0)));
    Ok((dual, between.iter().map(|(_, size)| size).sum()))
}

/// For each point the weighted mean of where the plans send it. A point without weight is sent nowhere and stays.
fn mean_of_images(law: &Empirical, weights: &[f64], solutions: &[(f64, Array2<f64>)]) -> Array2<f64> {
    let mut points = Array2::zeros(law.points().dim());
    for (w, (_, image)) in weights.iter().zip(solutions) {
        points.scaled_add(*w, image);
    }
    Zip::from(points.rows_mut()).and(law.points().rows()).and(law.weights()).for_each(|mut to, from, &weight| {
        if weight == 0.0 {
            to.assign(&from);
        }
    });
    points
}
