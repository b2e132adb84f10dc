//! Exact transport by the network simplex over all arcs: for small problems, and for costs of any kind and size.
//!
//! The optimal plan is a vertex: a spanning tree with at most n + m - 1 arcs. Starting from a greedy plan the method
//! looks for an arc of negative reduced cost `c_ij - u_i - v_j`, a block of rows at a time, and exchanges it for an arc
//! of the tree ([`tree`](super::tree)). Forbidden arcs are avoided in a phase of their own; a tree in which enormous
//! costs hide small ones is built again.

use super::certify::{c_transform, dual_value, is_proven};
use super::cost::Cost;
use super::masses::Masses;
use super::simplex::{Effort, SLACK};
use super::tree::{Flow, Tree};
use crate::certificate::Status;
use crate::error::{Error, Result};

/// Solves over all arcs. The potentials returned are feasible.
///
/// # Errors
/// [`Error::Infeasible`] if the forbidden arcs leave no plan of finite cost.
pub(super) fn solve(cost: &Cost, a: &[f64], b: &[f64], masses: &Masses, effort: &mut Effort) -> Result<Dense> {
    let (n, m) = cost.shape();
    let cost = &*cost.tabulated_if_slow();
    let mut flow = greedy(cost, masses);
    let forbidden = |flow: &[Flow]| flow.iter().any(|f| cost.at(f.i as usize, f.j as usize).is_infinite());

    // First, if need be, move as little as possible over forbidden arcs; then as cheaply as possible.
    let mut run = Run { cost, a, b, unit: masses.unit, effort };
    let mut stopped = None;
    if forbidden(&flow) {
        let mut tree = Tree::of_forest(n, m, &flow, &all(n), |i, j| Prices::Forbidden.of(cost.at(i, j)));
        stopped = run.optimise(&mut tree, Prices::Forbidden);
        flow = tree.arcs();
        if stopped.is_none() && forbidden(&flow) {
            return Err(Error::Infeasible {
                what: "the transport problem",
                why: "forbidden arcs (infinite costs) leave no way to move all the mass".to_owned(),
            });
        }
    }
    let (mut u, mut v) = (vec![0.0; n], vec![0.0; m]);
    let mut best = f64::NEG_INFINITY;
    // A tree that holds arcs of enormous cost and no flow has potentials too coarse to see the others. It is then
    // built again from the arcs that carry flow.
    for _ in 0..ROUNDS {
        let mut candidate = (vec![0.0; n], vec![0.0; m]);
        if stopped.is_none() {
            let mut tree = Tree::of_forest(n, m, &flow, &all(n), |i, j| cost.at(i, j));
            stopped = run.optimise(&mut tree, Prices::Asked);
            flow = tree.arcs();
            candidate = tree.duals();
        }
        let moved = cost_of(cost, &flow, masses.unit);
        c_transform(cost, &mut candidate.0, &mut candidate.1);
        let mut dual = dual_value(a, b, &candidate.0, &candidate.1);
        if stopped.is_none() && !is_proven(moved.0, dual, moved.1) {
            let mut careful = shortest_paths(cost, &flow);
            c_transform(cost, &mut careful.0, &mut careful.1);
            let value = dual_value(a, b, &careful.0, &careful.1);
            if value > dual {
                (candidate, dual) = (careful, value);
            }
        }
        if dual > best {
            ((u, v), best) = (candidate, dual);
        }
        if stopped.is_some() || is_proven(moved.0, best, moved.1) {
            break;
        }
    }
    Ok(Dense { flow, u, v, stopped })
}

/// Where the solver has come to.
pub(super) struct Dense {
    pub flow: Vec<Flow>,
    pub u: Vec<f64>,
    pub v: Vec<f64>,
    pub stopped: Option<Status>,
}

/// Every source as a possible root.
fn all(n: usize) -> Vec<(u32, f64)> {
    (0..n as u32).map(|i| (i, 0.0)).collect()
}

/// How often a tree is rebuilt before the solver admits that floating point does not resolve the problem.
const ROUNDS: usize = 6;

/// `sum P_ij c_ij` and `sum P_ij |c_ij|`.
fn cost_of(cost: &Cost, flow: &[Flow], unit: f64) -> (f64, f64) {
    let (mut value, mut moved) = (crate::numeric::Sum::new(), crate::numeric::Sum::new());
    for f in flow {
        let term = f.mass as f64 * unit * cost.at(f.i as usize, f.j as usize);
        value.add(term);
        moved.add(term.abs());
    }
    (value.value(), moved.value())
}

/// A feasible flow: each source in turn fills the open sinks in the order of `c_ij - min_i c_ij`. Its arcs form a forest,
/// because each one exhausts a source or a sink. O(n m).
fn greedy(cost: &Cost, masses: &Masses) -> Vec<Flow> {
    let (n, m) = cost.shape();
    let mut row = vec![0.0; m];
    let mut lowest = vec![f64::INFINITY; m];
    for i in 0..n {
        cost.fill(i, 0, &mut row);
        for (lowest, c) in lowest.iter_mut().zip(&row) {
            *lowest = lowest.min(*c);
        }
    }
    lowest.iter_mut().filter(|c| c.is_infinite()).for_each(|c| *c = 0.0);
    let mut left = masses.b.clone();
    let mut open: Vec<usize> = (0..m).filter(|&j| left[j] > 0).collect();
    let mut flow = Vec::with_capacity(n + m);
    for i in 0..n {
        let mut supply = masses.a[i];
        if supply == 0 {
            continue;
        }
        cost.fill(i, 0, &mut row);
        while supply > 0 {
            let (mut best, mut least) = (0, f64::INFINITY);
            for (place, &j) in open.iter().enumerate() {
                let c = row[j] - lowest[j];
                if c < least {
                    (best, least) = (place, c);
                }
            }
            let j = open[best];
            let amount = supply.min(left[j]);
            supply -= amount;
            left[j] -= amount;
            flow.push(Flow { i: i as u32, j: j as u32, mass: amount });
            if left[j] == 0 {
                open.swap_remove(best);
            }
        }
    }
    flow
}

/// Potentials of smallest magnitude for an optimal flow, by shortest paths in its residual graph (Bellman-Ford from
/// zero everywhere). Where the potentials of the tree carry the rounding of costs far larger than those in use, these
/// do not. O(n m) a round.
fn shortest_paths(cost: &Cost, flow: &[Flow]) -> (Vec<f64>, Vec<f64>) {
    let (n, m) = cost.shape();
    // distances to the sources (-u) and to the sinks (v)
    let (mut to_source, mut to_sink) = (vec![0.0f64; n], vec![0.0f64; m]);
    let mut row = vec![0.0; m];
    for _ in 0..=n.min(1000) {
        let mut changed = false;
        for (i, from) in to_source.iter().enumerate() {
            cost.fill(i, 0, &mut row);
            for (to, c) in to_sink.iter_mut().zip(&row) {
                *to = to.min(from + c);
            }
        }
        for f in flow {
            let (i, j) = (f.i as usize, f.j as usize);
            let c = cost.at(i, j);
            let shorter = to_sink[j] - c;
            if shorter < to_source[i] - 4.0 * f64::EPSILON * (to_sink[j].abs() + c.abs()) {
                to_source[i] = shorter;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    (to_source.iter().map(|d| -d).collect(), to_sink)
}

/// What the simplex minimises: the costs as asked, or the mass that moves over forbidden arcs.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Prices {
    Asked,
    Forbidden,
}

impl Prices {
    fn of(self, cost: f64) -> f64 {
        match self {
            Self::Asked => cost,
            Self::Forbidden => f64::from(u8::from(cost.is_infinite())),
        }
    }
}

/// One solve under way.
struct Run<'a, 'b> {
    cost: &'a Cost,
    a: &'a [f64],
    b: &'a [f64],
    unit: f64,
    effort: &'a mut Effort<'b>,
}

impl Run<'_, '_> {
    /// Pivots until no arc improves; the reason if it stops before.
    fn optimise(&mut self, tree: &mut Tree, prices: Prices) -> Option<Status> {
        let (n, m) = self.cost.shape();
        let block = (((n * m) as f64).sqrt() as usize).max(32);
        let patience = 20 * (n + m) + 1000;
        let mut row = vec![0.0; m];
        // Should rounding keep the pivots going round, the margin below which an arc does not enter widens.
        let mut slack = SLACK;
        let mut since = 0;
        let (mut i, mut j) = (0, 0);
        let (mut clean, mut fresh) = (0, true);
        loop {
            let (entering, read) = price(self.cost, prices, tree, slack, (i, j), block, &mut row);
            let position = (i * m + j + read) % (n * m);
            (i, j) = (position / m, position % m);
            if let Some((i, j, c)) = entering {
                if let Some(status) = self.effort.exhausted() {
                    return Some(status);
                }
                tree.pivot(i, j, c);
                self.effort.pivots += 1;
                (clean, fresh) = (0, false);
                since += 1;
                if since == patience {
                    since = 0;
                    slack *= 2.0;
                    tree.refresh();
                }
            } else {
                clean += read;
                if clean >= n * m {
                    if fresh {
                        return None;
                    }
                    tree.refresh();
                    (clean, fresh) = (0, true);
                }
            }
            if let Some(status) = self.interrupted(tree) {
                return Some(status);
            }
        }
    }

    fn interrupted(&mut self, tree: &Tree) -> Option<Status> {
        let (a, b, cost, unit) = (self.a, self.b, self.cost, self.unit);
        self.effort.watch.check(self.effort.pivots, || {
            let (mut u, mut v) = tree.duals();
            c_transform(cost, &mut u, &mut v);
            (cost_of(cost, &tree.arcs(), unit).0, dual_value(a, b, &u, &v))
        })
    }
}

/// The arc of most negative reduced cost in one block of the matrix, read row by row from `(i, j)`, and how many
/// entries were read.
fn price(
    cost: &Cost,
    prices: Prices,
    tree: &Tree,
    slack: f64,
    (mut i, mut j): (usize, usize),
    block: usize,
    row: &mut [f64],
) -> (Option<(usize, usize, f64)>, usize) {
    let (n, m) = cost.shape();
    let (u, minus_v) = tree.potentials();
    let mut best = (0.0, None);
    let mut read = 0;
    while read < block.min(n * m) {
        let width = (m - j).min(block - read);
        let costs = &mut row[..width];
        cost.fill(i, j, costs);
        if prices == Prices::Forbidden {
            costs.iter_mut().for_each(|c| *c = prices.of(*c));
        }
        let u_i = u[i] - slack * u[i].abs();
        let excess = |c: f64, minus_v: f64| (c - u_i) + (minus_v + slack * minus_v.abs());
        let sinks = &minus_v[j..j + width];
        let mut least = 0.0f64;
        for (c, v) in costs.iter().zip(sinks) {
            least = least.min(excess(*c, *v));
        }
        if least < best.0 {
            let place = costs.iter().zip(sinks).position(|(c, v)| excess(*c, *v) <= least);
            best = (least, place.map(|k| (i, j + k, costs[k])));
        }
        read += width;
        (i, j) = if j + width == m { ((i + 1) % n, 0) } else { (i, j + width) };
    }
    (best.1, read)
}
