//! Exact transport by the network simplex over all arcs: for small problems, and for costs of any kind and size.
//!
//! The optimal plan is a vertex: a spanning tree with at most n + m - 1 arcs. Starting from a greedy plan the method
//! looks for an arc of negative reduced cost `c_ij - u_i - v_j`, a block of rows at a time, and exchanges it for an arc
//! of the tree ([`tree`](crate::transport::tree)). Forbidden arcs are avoided in a phase of their own; a tree in which enormous
//! costs hide small ones is built again.

use crate::certificate::Status;
use crate::error::{Error, Result};
use crate::transport::exact::basis::arcs::Arc;
use crate::transport::exact::basis::simplex::{self, Effort};
use crate::transport::exact::basis::tree::Tree;
use crate::transport::problem::certify::{c_transform, cost_of, dual_value, excess};
use crate::transport::problem::cost::Cost;
use crate::transport::problem::masses::Flow;
use crate::transport::problem::masses::Masses;
use crate::transport::problem::solution::{GAP, is_proven};

/// Solves over all arcs, from the plan and the feasible potentials that another method has come to, if there are any.
///
/// # Errors
/// [`Error::Infeasible`] if the forbidden arcs leave no plan of finite cost.
pub(in crate::transport) fn solve(
    cost: &Cost,
    masses: &Masses,
    start: Option<KnownFlow>,
    effort: &mut Effort,
) -> Result<KnownFlow> {
    let cost = &*cost.tabulated_if_slow();
    let (a, b) = (&masses.real_a()[..], &masses.real_b()[..]);
    let mut run = Run { cost, a, b, unit: masses.unit, effort };
    let mut best = match start {
        Some(known) => run.bracketed(known),
        None => run.first(masses)?,
    };
    // A tree that holds arcs of enormous cost and no flow has potentials too coarse to see the others. It is then
    // built again from the arcs that carry flow.
    for _ in 0..ROUNDS {
        let before = (best.primal, best.lower);
        if best.is_final() {
            break;
        }
        best.improve(run.shortest_paths(&best));
        if best.is_final() {
            break;
        }
        best.improve(run.simplex(&best.known.flow));
        if best.primal >= before.0 && best.lower <= before.1 {
            break;
        }
    }
    Ok(best.known)
}

/// Where a solver has come to; the potentials are feasible.
pub(in crate::transport) struct KnownFlow {
    pub flow: Vec<Flow>,
    pub duals: (Vec<f64>, Vec<f64>),
    pub stopped: Option<Status>,
}

/// The same with its bracket.
struct Bracketed {
    known: KnownFlow,
    primal: f64,
    moved: f64,
    /// What the potentials prove, rounding taken off.
    lower: f64,
}

impl Bracketed {
    fn is_final(&self) -> bool {
        self.known.stopped.is_some() || is_proven(self.primal, self.lower, self.moved)
    }

    /// Keeps the better plan and the better potentials.
    fn improve(&mut self, other: Self) {
        if other.primal <= self.primal {
            (self.known.flow, self.primal, self.moved) = (other.known.flow, other.primal, other.moved);
        }
        if other.lower > self.lower {
            (self.known.duals, self.lower) = (other.known.duals, other.lower);
        }
        self.known.stopped = other.known.stopped;
    }
}

/// Every source as a possible root.
fn all(n: usize) -> Vec<(u32, f64)> {
    (0..n as u32).map(|i| (i, 0.0)).collect()
}

/// How often a tree is rebuilt before the solver admits that floating point does not resolve the problem.
const ROUNDS: usize = 6;
/// The part of the mass that may be left on forbidden arcs because the masses of blocks balance to rounding only.
const ROUNDED: f64 = 4e-13;

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

/// Most passes of shortest paths, and most entries that they read.
const PASSES: usize = 1000;
const READ: usize = 1 << 34;

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
    /// The optimum of the first tree: mass moves as little as possible over forbidden arcs, then as cheaply as possible.
    fn first(&mut self, masses: &Masses) -> Result<Bracketed> {
        let (n, m) = self.cost.shape();
        let mut flow = greedy(self.cost, masses);
        let cost = self.cost;
        let is_forbidden = |f: &Flow| cost.at(f.i as usize, f.j as usize).is_infinite();
        if flow.iter().any(is_forbidden) {
            let mut tree = Tree::of_forest(n, m, &flow, &all(n), |i, j| Prices::Forbidden.of(cost.at(i, j)));
            let stopped = self.optimise(&mut tree, Prices::Forbidden);
            flow = tree.arcs();
            if stopped.is_some() {
                let mut duals = (vec![0.0; n], vec![0.0; m]);
                c_transform(cost, &mut duals.0, &mut duals.1);
                return Ok(self.bracketed(KnownFlow { flow, duals, stopped }));
            }
            let mass = |masses: &mut dyn Iterator<Item = i64>| masses.map(|mass| mass as f64).sum::<f64>();
            let left = mass(&mut flow.iter().filter(|f| is_forbidden(f)).map(|f| f.mass));
            if left > ROUNDED * mass(&mut masses.a.iter().copied()) {
                return Err(Error::infeasible(
                    "the transport problem",
                    "forbidden arcs (infinite costs) leave no way to move all the mass",
                ));
            }
            flow.retain(|f| !is_forbidden(f));
        }
        Ok(self.simplex(&flow))
    }

    /// The optimum of a tree on this flow, as far as the tree can tell.
    fn simplex(&mut self, flow: &[Flow]) -> Bracketed {
        let (n, m) = self.cost.shape();
        // What an enormous cost ties to its part had better not be its root: all others would carry its rounding.
        let mut dearest = vec![0.0f64; n];
        for f in flow {
            let dear = &mut dearest[f.i as usize];
            *dear = dear.max(self.cost.at(f.i as usize, f.j as usize).abs());
        }
        let mut roots = all(n);
        roots.sort_by(|(i, _), (k, _)| dearest[*i as usize].total_cmp(&dearest[*k as usize]));
        let mut tree = Tree::of_forest(n, m, flow, &roots, |i, j| self.cost.at(i, j));
        let stopped = self.optimise(&mut tree, Prices::Asked);
        let mut duals = tree.duals();
        c_transform(self.cost, &mut duals.0, &mut duals.1);
        self.bracketed(KnownFlow { flow: tree.arcs(), duals, stopped })
    }

    fn bracketed(&self, known: KnownFlow) -> Bracketed {
        let (primal, moved) = cost_of(&known.flow, self.unit, |i, j| self.cost.at(i, j));
        let (u, v) = (&known.duals.0, &known.duals.1);
        let excess = excess(self.cost, (self.a, self.b), (u, v), 0.1 * GAP * moved);
        let lower = dual_value(self.a, self.b, u, v) - excess;
        Bracketed { known, primal, moved, lower }
    }

    /// Pivots until no arc improves; the reason if it stops before.
    fn optimise(&mut self, tree: &mut Tree, prices: Prices) -> Option<Status> {
        let (cost, a, b, unit) = (self.cost, self.a, self.b, self.unit);
        let (n, m) = cost.shape();
        let block = (((n * m) as f64).sqrt() as usize).max(32);
        let mut row = vec![0.0; m];
        let mut at = (0, 0);
        let mut entering = |tree: &Tree, slack: f64| {
            let mut read = 0;
            while read < n * m {
                let (arc, more) = price(cost, prices, tree, slack, at, block, &mut row);
                let position = (at.0 * m + at.1 + more) % (n * m);
                at = (position / m, position % m);
                read += more;
                if arc.is_some() {
                    return arc;
                }
            }
            None
        };
        let free = prices == Prices::Forbidden || self.effort.nonnegative;
        let mut bracket = |tree: &Tree| {
            let (mut u, mut v) = tree.duals();
            c_transform(cost, &mut u, &mut v);
            (cost_of(&tree.arcs(), unit, |i, j| cost.at(i, j)).0, dual_value(a, b, &u, &v))
        };
        simplex::optimise(tree, &mut entering, self.effort, free, &mut bracket)
    }

    /// Potentials of smallest magnitude for an optimal flow, by shortest paths in its residual graph (Bellman-Ford from
    /// zero everywhere). Where the potentials of the tree carry the rounding of costs far larger than those in use, these
    /// do not. O(n m) a pass.
    fn shortest_paths(&mut self, best: &Bracketed) -> Bracketed {
        let (cost, flow) = (self.cost, &best.known.flow);
        let (n, m) = cost.shape();
        // distances to the sources (-u) and to the sinks (v)
        let (mut to_source, mut to_sink) = (vec![0.0f64; n], vec![0.0f64; m]);
        let mut row = vec![0.0; m];
        let mut stopped = None;
        for _ in 0..=n.min(PASSES).min(READ / (n * m)) {
            stopped = self.effort.watch.check(self.effort.pivots, || (best.primal, best.lower));
            if stopped.is_some() {
                break;
            }
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
        let (mut u, mut v) = (to_source.iter().map(|d| -d).collect::<Vec<_>>(), to_sink);
        c_transform(cost, &mut u, &mut v);
        self.bracketed(KnownFlow { flow: flow.clone(), duals: (u, v), stopped })
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
) -> (Option<Arc>, usize) {
    let (n, m) = cost.shape();
    let ((u, minus_v), (scale_u, scale_v)) = (tree.potentials(), tree.scales());
    let mut best = (0.0, None);
    let mut read = 0;
    while read < block.min(n * m) {
        let width = (m - j).min(block - read);
        let costs = &mut row[..width];
        cost.fill(i, j, costs);
        if prices == Prices::Forbidden {
            costs.iter_mut().for_each(|c| *c = prices.of(*c));
        }
        let u_i = u[i] - slack * scale_u[i].max(u[i].abs());
        let excess = |c: f64, (minus_v, scale): (&f64, &f64)| (c - u_i) + (minus_v + slack * scale.max(minus_v.abs()));
        let sinks = || minus_v[j..j + width].iter().zip(&scale_v[j..j + width]);
        let mut least = 0.0f64;
        for (c, sink) in costs.iter().zip(sinks()) {
            least = least.min(excess(*c, sink));
        }
        if least < best.0 {
            let place = costs.iter().zip(sinks()).position(|(c, sink)| excess(*c, sink) <= least);
            best = (least, place.map(|k| Arc { i: i as u32, j: (j + k) as u32, cost: costs[k] }));
        }
        read += width;
        (i, j) = if j + width == m { ((i + 1) % n, 0) } else { (i, j + width) };
    }
    (best.1, read)
}
