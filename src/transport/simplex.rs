//! The network simplex method, on a list of arcs or on what else prices them.
//!
//! Arcs are priced a block at a time; the most violated of a block enters the basis ([`Tree`]). Masses are integers, so
//! flows are compared exactly and no sequence of pivots cycles.
//!
//! Source of the method: Bonneel, van de Panne, Paris, Heidrich 2011 (doi:10.1145/2070781.2024192), Kovács 2015
//! (doi:10.1080/10556788.2014.895828).

use super::arcs::Arc;
use super::progress::Watch;
use super::tree::Tree;
use crate::certificate::Status;

/// Reduced costs are known to a few units in the last place of the potentials.
pub(super) const SLACK: f64 = 4.0 * f64::EPSILON;

/// Pivots made so far, and when to stop.
pub(super) struct Effort<'a> {
    pub watch: Watch<'a>,
    pub pivot_limit: Option<usize>,
    pub pivots: usize,
    /// No cost is negative, so a plan that costs nothing is optimal.
    pub nonnegative: bool,
}

impl Effort<'_> {
    /// The reason not to make another pivot, if there is one.
    pub(super) fn exhausted(&self) -> Option<Status> {
        self.pivot_limit.is_some_and(|limit| self.pivots >= limit).then_some(Status::IterationLimit)
    }
}

/// Pivots until `entering(tree, slack)` finds no arc that improves, or until no flow has a cost if a `free` plan is known to be
/// optimal; the reason if it stops before.
///
/// Should rounding nevertheless keep the pivots going round, the margin below which an arc does not enter widens.
pub(super) fn optimise(
    tree: &mut Tree,
    entering: &mut dyn FnMut(&Tree, f64) -> Option<Arc>,
    effort: &mut Effort,
    free: bool,
    bracket: &mut dyn FnMut(&Tree) -> (f64, f64),
) -> Option<Status> {
    let patience = 20 * tree.nodes() + 1000;
    let mut slack = SLACK;
    let (mut since, mut fresh) = (0, true);
    loop {
        if let Some(arc) = entering(tree, slack) {
            if let Some(status) = effort.exhausted() {
                return Some(status);
            }
            tree.pivot(arc.i as usize, arc.j as usize, arc.cost);
            effort.pivots += 1;
            fresh = false;
            since += 1;
            if since == patience {
                since = 0;
                slack *= 2.0;
                tree.refresh();
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
pub(super) fn optimise_on(
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
    let (u, minus_v) = tree.potentials();
    let mut read = 0;
    while read < arcs.len() {
        let end = (*at + block).min(arcs.len());
        let mut least = 0.0;
        let mut entering = None;
        for arc in &arcs[*at..end] {
            let (u, minus_v) = (u[arc.i as usize], minus_v[arc.j as usize]);
            let reduced = arc.cost - u + minus_v;
            if reduced < least {
                let excess = reduced + slack * (u.abs() + minus_v.abs());
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
