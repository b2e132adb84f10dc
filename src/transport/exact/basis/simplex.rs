//! The network simplex method, on a list of arcs or on what else prices them.
//!
//! Arcs are priced a block at a time by potentials in floating point; the most violated of a block enters the basis, unless
//! the tree refuses it because its reduced cost is not proven to be negative ([`Tree::pivot`]). So the pivots end. Between
//! two of them refusals end, too: after one the potentials are computed anew from the tree, and after one with such
//! potentials the margin doubles below which an arc is not proposed. It is in proportion to the largest potential on the path
//! from the root, so it exceeds what rounding can do after a few doublings.
//!
//! Source of the method: Bonneel, van de Panne, Paris, Heidrich 2011 (doi:10.1145/2070781.2024192), Kovács 2015
//! (doi:10.1080/10556788.2014.895828).

use crate::certificate::Status;
use crate::transport::exact::basis::arcs::Arc;
use crate::transport::exact::basis::tree::Tree;
use crate::transport::problem::limits::Watch;

/// Reduced costs are known to a few units in the last place of the potentials.
pub(in crate::transport) const SLACK: f64 = 4.0 * f64::EPSILON;

/// Pivots made so far, and when to stop.
pub(in crate::transport) struct Effort<'a> {
    pub watch: Watch<'a>,
    pub pivot_limit: Option<usize>,
    pub pivots: usize,
    /// No cost is negative, so a plan that costs nothing is optimal.
    pub nonnegative: bool,
}

impl Effort<'_> {
    /// The reason not to make another pivot, if there is one.
    pub(in crate::transport) fn exhausted(&self) -> Option<Status> {
        self.pivot_limit.is_some_and(|limit| self.pivots >= limit).then_some(Status::IterationLimit)
    }
}

/// Pivots until `entering(tree, slack)` finds no arc that improves, or until no flow has a cost if a `free` plan is known to be
/// optimal; the reason if it stops before.
pub(in crate::transport) fn optimise(
    tree: &mut Tree,
    entering: &mut dyn FnMut(&Tree, f64) -> Option<Arc>,
    effort: &mut Effort,
    free: bool,
    bracket: &mut dyn FnMut(&Tree) -> (f64, f64),
) -> Option<Status> {
    let mut slack = SLACK;
    // whether the potentials are those of a tree that was not changed since they were computed
    let mut fresh = true;
    loop {
        if let Some(arc) = entering(tree, slack) {
            if let Some(status) = effort.exhausted() {
                return Some(status);
            }
            if tree.pivot(arc.i as usize, arc.j as usize, arc.cost) {
                effort.pivots += 1;
                fresh = false;
            } else if fresh {
                slack *= 2.0;
                continue;
            } else {
                tree.refresh();
                fresh = true;
                continue;
            }
        } else if fresh {
            return None;
        } else {
            // what the shifts of potentials have accumulated may hide an arc
            tree.refresh();
            fresh = true;
        }
        if effort.pivots.is_multiple_of(64) {
            if free && tree.is_free() {
                return None;
            }
            if let Some(status) = effort.watch.check(effort.pivots, || bracket(tree)) {
                return Some(status);
            }
        }
    }
}

/// As [`optimise`], over a list of arcs, priced a block at a time.
pub(in crate::transport) fn optimise_on(
    arcs: &[Arc],
    tree: &mut Tree,
    effort: &mut Effort,
    free: bool,
    bracket: &mut dyn FnMut(&Tree) -> (f64, f64),
) -> Option<Status> {
    let block = ((arcs.len() as f64).sqrt() as usize).max(32);
    let mut at = 0;
    optimise(tree, &mut |tree, slack| price(arcs, tree, slack, &mut at, block), effort, free, bracket)
}

/// The most violated arc of the first block that has one.
fn price(arcs: &[Arc], tree: &Tree, slack: f64, at: &mut usize, block: usize) -> Option<Arc> {
    let ((u, minus_v), (scale_u, scale_v)) = (tree.potentials(), tree.scales());
    let mut read = 0;
    while read < arcs.len() {
        let end = (*at + block).min(arcs.len());
        let mut least = 0.0;
        let mut entering = None;
        for arc in &arcs[*at..end] {
            let (i, j) = (arc.i as usize, arc.j as usize);
            let (u, minus_v) = (u[i], minus_v[j]);
            let reduced = arc.cost - u + minus_v;
            if reduced < least {
                let excess = reduced + slack * (scale_u[i].max(u.abs()) + scale_v[j].max(minus_v.abs()));
                if excess < least {
                    (least, entering) = (excess, Some(*arc));
                }
            }
        }
        read += end - *at;
        *at = if end == arcs.len() { 0 } else { end };
        if entering.is_some() {
            return entering;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream;
    use crate::transport::problem::masses::Flow;
    use rand::RngExt;
    use std::collections::HashSet;

    /// Whole units of `2^-64`: exact for the costs below.
    fn exact(cost: f64) -> i128 {
        let units = cost * 2f64.powi(64);
        assert!(
            units.fract().abs() < 0.5
                && units.abs() < 2f64.powi(110)
                && ((units as i128) as f64).to_bits() == (units + 0.0).to_bits()
        );
        units as i128
    }

    /// The potentials `u` and `-v` of a tree without rounding.
    fn exact_potentials(tree: &Tree, sources: usize) -> Vec<i128> {
        let basis = tree.basis();
        let mut known: Vec<Option<i128>> = vec![None; basis.len()];
        known.push(Some(0));
        while known.iter().any(Option::is_none) {
            for &(node, parent, cost, _) in &basis {
                if let Some(above) = known[parent] {
                    known[node] = Some(if node < sources { above + exact(cost) } else { above - exact(cost) });
                }
            }
        }
        known.into_iter().flatten().collect()
    }

    /// Costs that tie, or that tie but for the rounding of sums: lattices, city-block distances, with and without outliers.
    fn costs(kind: usize, n: usize, m: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut rng = stream(seed, 0);
        let mut point = |_: usize| -> [f64; 2] {
            std::array::from_fn(|_| match kind {
                0 => f64::from(rng.random_range(0..3)),
                1 => f64::from(rng.random_range(0..7)) / 7.0,
                2 => (f64::from(rng.random_range(0..9)) * 0.1).max(0.01),
                _ => f64::from(rng.random_range(0..5)) / 3.0 * if rng.random_bool(0.1) { 1e9 } else { 1.0 },
            })
        };
        let (x, y): (Vec<_>, Vec<_>) = ((0..n).map(&mut point).collect(), (0..m).map(&mut point).collect());
        let whole = |c: f64| (c * 2f64.powi(52)).round() / 2f64.powi(52);
        let between = |x: &[f64; 2], y: &[f64; 2]| match kind {
            1 => whole((x[0] - y[0]).hypot(x[1] - y[1])),
            _ => (x[0] - y[0]).abs() + (x[1] - y[1]).abs(),
        };
        x.iter().map(|x| y.iter().map(|y| between(x, y)).collect()).collect()
    }

    /// Each source fills the open sinks in order.
    fn in_order(n: usize, m: usize) -> Vec<Flow> {
        let (mut flow, mut j, mut left) = (Vec::new(), 0, n as i64);
        for i in 0..n {
            let mut supply = m as i64;
            while supply > 0 {
                let mass = supply.min(left);
                flow.push(Flow { i: i as u32, j: j as u32, mass });
                supply -= mass;
                left -= mass;
                if left == 0 {
                    (j, left) = (j + 1, n as i64);
                }
            }
        }
        flow
    }

    #[test]
    fn every_arc_that_enters_has_a_negative_reduced_cost_and_no_tree_comes_back() {
        let (n, m) = (14, 9);
        for seed in 0..40 {
            let costs = costs(seed as usize % 4, n, m, seed);
            let roots: Vec<_> = (0..n as u32).map(|i| (i, 0.0)).collect();
            let mut tree = Tree::of_forest(n, m, &in_order(n, m), &roots, |i, j| costs[i][j]);
            let mut seen = HashSet::new();
            let mut rng = stream(seed, 1);
            let (mut refused, mut pivots) = (0, 0);
            while refused < 4 * n * m {
                // any arc whatever is proposed; the tree has to tell
                let (i, j) = (rng.random_range(0..n), rng.random_range(0..m));
                let potentials = exact_potentials(&tree, n);
                let reduced = exact(costs[i][j]) - potentials[i] + potentials[n + j];
                let before: i128 = flow_cost(&tree);
                if tree.pivot(i, j, costs[i][j]) {
                    assert!(reduced < 0, "seed {seed}: an arc of reduced cost {reduced} entered");
                    assert!(flow_cost(&tree) <= before);
                    assert!(seen.insert(ends(&tree)), "seed {seed}: a tree came back");
                    (refused, pivots) = (0, pivots + 1);
                } else {
                    assert!(reduced >= 0, "seed {seed}: an arc of reduced cost {reduced} was refused");
                    refused += 1;
                }
                if pivots % 7 == 0 {
                    tree.refresh();
                }
            }
            assert!(pivots > 5);
        }
    }

    fn ends(tree: &Tree) -> Vec<(usize, usize)> {
        tree.basis().into_iter().map(|(node, parent, ..)| (node.min(parent), node.max(parent))).collect()
    }

    fn flow_cost(tree: &Tree) -> i128 {
        tree.basis().iter().map(|&(_, _, cost, mass)| exact(cost) * i128::from(mass)).sum()
    }

    #[test]
    fn refusals_end_however_wrong_the_potentials_are() {
        let (n, m) = (14, 9);
        let costs = costs(2, n, m, 3);
        let roots: Vec<_> = (0..n as u32).map(|i| (i, 0.0)).collect();
        let mut tree = Tree::of_forest(n, m, &in_order(n, m), &roots, |i, j| costs[i][j]);
        let mut asked = 0;
        // proposes an arc of the tree, whose reduced cost is zero, until the margin is a part of the potentials
        let mut entering = |tree: &Tree, slack: f64| {
            asked += 1;
            let (i, j) = (tree.arcs()[0].i, tree.arcs()[0].j);
            (slack < 1e-3).then_some(Arc { i, j, cost: costs[i as usize][j as usize] })
        };
        let mut effort = Effort {
            watch: Watch::start(crate::transport::problem::limits::Limits::default()),
            pivot_limit: None,
            pivots: 0,
            nonnegative: false,
        };
        let stopped = optimise(&mut tree, &mut entering, &mut effort, false, &mut |_| (f64::INFINITY, 0.0));
        assert!(stopped.is_none() && effort.pivots == 0 && asked < 60);
    }
}
