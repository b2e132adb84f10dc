//! Exact transport between clouds of few dimensions, from coarse to fine.
//!
//! Both clouds are put in kd order; a coarse cloud has one point a cell, the centroid with the mass of the cell. The
//! coarsest problem is solved over all its arcs. From each level to the next, of twice as many cells, the potentials are
//! extended by a soft minimum over the arcs of the coarse level; candidates, sweeps and a simplex on few arcs follow
//! ([`generate`](crate::transport::generate)), and only on the finest level, the clouds themselves, is optimality proven. O(n) memory; about
//! 1.5 pivots a point in all.
//!
//! Sources: Mérigot 2011 (doi:10.1111/j.1467-8659.2011.02032.x), Schmitzer 2016 (doi:10.1007/s10851-016-0653-9), Gerber
//! and Maggioni 2017 (JMLR 18(72)).

use crate::numeric::exp_clamped_f32;
use crate::transport::exact::basis::arcs::{Arc, Arcs};
use crate::transport::exact::basis::simplex::Effort;
use crate::transport::exact::find::Search;
use crate::transport::exact::find::kdtree::{boundary, kd_order};
use crate::transport::exact::find::near::Near;
use crate::transport::exact::generate::{State, roughly, to_optimum};
use crate::transport::exact::monotone;
use crate::transport::exact::start::Start;
use crate::transport::problem::cost::Ground;
use crate::transport::problem::masses::{Masses, relative};
use rayon::prelude::*;

/// The coarsest clouds have `2^COARSEST` points.
const COARSEST: u32 = 6;
/// The entropic sweeps, in units of the spacing: twice each.
const COARSE_SWEEPS: [f64; 6] = [1.0, 1.0, 0.5, 0.5, 0.25, 0.25];
const FINE_SWEEPS: [f64; 12] = [1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.06, 0.06, 0.03, 0.03];
/// Softness of the extension of potentials, in the same unit.
const SOFTNESS: f64 = 0.25;

/// A cloud and its masses, in kd order.
pub(in crate::transport) struct Cloud<const D: usize> {
    pub points: Vec<[f64; D]>,
    pub masses: Vec<i64>,
    /// The place that each point had before.
    pub order: Vec<u32>,
}

impl<const D: usize> Cloud<D> {
    pub(in crate::transport) fn new(points: &[[f64; D]], masses: &[i64]) -> Self {
        let order = kd_order(points);
        let points = order.iter().map(|&i| points[i as usize]).collect();
        let masses = order.iter().map(|&i| masses[i as usize]).collect();
        Self { points, masses, order }
    }

    fn whole(&self) -> (Vec<[f64; D]>, Vec<i64>) {
        (self.points.clone(), self.masses.clone())
    }

    /// One point a cell of this depth; the cloud itself where its cells would hold fewer than two points.
    fn coarse(&self, depth: u32) -> (Vec<[f64; D]>, Vec<i64>) {
        let count = self.points.len();
        if 2usize << depth > count {
            return self.whole();
        }
        let cell = |place: usize| {
            let cell = boundary(count, depth, place)..boundary(count, depth, place + 1);
            let mass: i64 = self.masses[cell.clone()].iter().sum();
            let mut centroid = [0.0; D];
            for (point, &w) in self.points[cell.clone()].iter().zip(&self.masses[cell]) {
                let share = w as f64 / mass as f64;
                (0..D).for_each(|k| centroid[k] += share * point[k]);
            }
            (centroid, mass)
        };
        (0..1 << depth).map(cell).unzip()
    }
}

/// A problem between two clouds whose masses are all positive.
pub(in crate::transport) struct TwoClouds<'c, const D: usize> {
    pub ground: Ground,
    pub x: &'c Cloud<D>,
    pub y: &'c Cloud<D>,
    /// What one of the masses stands for.
    pub unit: f64,
}

/// Solves it; indices and potentials are those of the clouds' order.
pub(in crate::transport) fn solve<const D: usize>(problem: &TwoClouds<'_, D>, effort: &mut Effort) -> State {
    let &TwoClouds { ground, x, y, unit } = problem;
    if let Some(k) = monotone::coordinate([&x.points, &y.points]) {
        return along(k, problem, effort);
    }
    let (most, least) = (x.points.len().max(y.points.len()), x.points.len().min(y.points.len()));
    let mut coarse: Option<(State, Search<Near<D>>)> = None;
    let mut depth = COARSEST;
    loop {
        let stopped = coarse.as_ref().and_then(|(state, _)| state.stopped);
        // a solver that was stopped goes straight to the clouds themselves
        let finest = stopped.is_some() || 2usize << depth > most;
        let ((x, a), (y, b)) = if finest { (x.whole(), y.whole()) } else { (x.coarse(depth), y.coarse(depth)) };
        let (mut near, masses) = (Near::between(ground, x, y), Masses { a, b, unit });
        let (arcs, duals) = match &coarse {
            None => all_arcs(&near),
            Some((state, coarse_near)) => {
                let softness = SOFTNESS * near.spacing();
                let (mut u, mut v) = extend(state, coarse_near, &near, softness);
                let arcs = near.candidates(&u, &v);
                if stopped.is_none() && softness > 0.0 {
                    let sweeps: &[f64] = if finest { &FINE_SWEEPS } else { &COARSE_SWEEPS };
                    let schedule: Vec<f64> = sweeps.iter().map(|s| s * near.spacing()).collect();
                    arcs.balance(&relative(&masses.a), &relative(&masses.b), &mut u, &mut v, &schedule);
                }
                (arcs, (u, v))
            }
        };
        let start = Start { arcs, plan: Vec::new(), duals };
        let stopped = stopped.or_else(|| effort.watch.check(effort.pivots, || (f64::INFINITY, 0.0)));
        if finest {
            return to_optimum(&mut near, &masses, start, effort, stopped);
        }
        coarse = Some((roughly(&mut near, &masses, start, effort, stopped), near));
        // where one cloud is whole its potentials are nearly there, and those of the other follow from them
        depth += if 2usize << depth > least { 2 } else { 1 };
    }
}

/// Solves from the monotone plan in one coordinate, beside which all others are small.
fn along<const D: usize>(k: usize, problem: &TwoClouds<'_, D>, effort: &mut Effort) -> State {
    let &TwoClouds { ground, x, y, unit } = problem;
    let in_it = |cloud: &Cloud<D>| cloud.points.iter().map(|point| point[k]).collect::<Vec<f64>>();
    let (plan, duals) = monotone::plan(ground, (&in_it(x), &x.masses), (&in_it(y), &y.masses));
    let masses = Masses { a: x.masses.clone(), b: y.masses.clone(), unit };
    let mut near = Near::between(ground, x.points.clone(), y.points.clone());
    let arcs = near.candidates(&duals.0, &duals.1);
    let stopped = effort.watch.check(effort.pivots, || (f64::INFINITY, 0.0));
    to_optimum(&mut near, &masses, Start { arcs, plan, duals }, effort, stopped)
}

fn all_arcs<const D: usize>(near: &Search<Near<D>>) -> (Arcs, (Vec<f64>, Vec<f64>)) {
    let (n, m) = near.shape();
    let arc = |k: usize| Arc { i: (k / m) as u32, j: (k % m) as u32, cost: near.cost(k / m, k % m) };
    (Arcs::new((n, m), (0..n * m).map(arc)), (vec![0.0; n], vec![0.0; m]))
}

/// Potentials on a finer level: at each point the soft minimum over the arcs of the coarse cell that it is in,
/// `-eps ln sum_j exp((v_j - c(x, y_j))/eps)`, or the minimum where `eps` is zero.
fn extend<const D: usize>(
    state: &State,
    coarse: &Search<Near<D>>,
    fine: &Search<Near<D>>,
    eps: f64,
) -> (Vec<f64>, Vec<f64>) {
    let one_side = |points: &[[f64; D]], arcs: &Arcs, coarse_points: &[[f64; D]], potentials: &[f64]| {
        let cells = arcs.shape().0;
        let soft_minimum = |(i, x): (usize, &[f64; D])| {
            let cell = ((i + 1) * cells - 1) / points.len();
            let value =
                |arc: &Arc| fine.rows.ground.between(x, &coarse_points[arc.j as usize]) - potentials[arc.j as usize];
            let least = arcs.row(cell).iter().map(value).fold(f64::INFINITY, f64::min);
            if eps <= 0.0 {
                return least;
            }
            let total: f32 =
                arcs.row(cell).iter().map(|arc| exp_clamped_f32::<false>(((least - value(arc)) / eps) as f32)).sum();
            least - eps * f64::from(total).ln()
        };
        points.par_iter().enumerate().with_min_len(256).map(soft_minimum).collect::<Vec<f64>>()
    };
    let u = one_side(&fine.rows.queries, &state.arcs, &coarse.rows.points, &state.v);
    let v = one_side(&fine.rows.points, &state.arcs.transposed(), &coarse.rows.queries, &state.u);
    (u, v)
}
