//! Column generation: the simplex method on few arcs, and proof that the others are not needed.
//!
//! Of the `n m` arcs only those of low reduced cost `c_ij - u_i - v_j` can carry flow. From potentials that are roughly
//! right: take the lowest few of every row and column, make the potentials fit each other by a few entropic sweeps on
//! these arcs ([`Arcs::balance`]), solve on them by the simplex method, and look for arcs that the optimum of the few
//! violates. When there are none it is the optimum of all.
//!
//! Costs are only ever searched ([`Search`]), never stored: memory is O(n + m) besides what the search holds.
//!
//! Sources: Schmitzer 2016 (doi:10.1007/s10851-016-0653-9) for sparse problems from a coarse solution; Gerber and
//! Maggioni 2017 (JMLR 18(72)) for the multiscale simplex.

use crate::certificate::Status;
use crate::transport::exact::basis::arcs::Arcs;
use crate::transport::exact::basis::simplex::{self, Effort};
use crate::transport::exact::basis::tree::Tree;
use crate::transport::exact::find::{Finder, Search};
use crate::transport::exact::start::{self, Start};
use crate::transport::problem::certify::{cost_of, dual_value};
use crate::transport::problem::masses::Flow;
use crate::transport::problem::masses::Masses;

/// Where a solve on few arcs has come to.
pub(in crate::transport) struct State {
    pub arcs: Arcs,
    pub flow: Vec<Flow>,
    pub u: Vec<f64>,
    pub v: Vec<f64>,
    /// The reason, if it stopped early.
    pub stopped: Option<Status>,
}

/// The first basis.
fn basis<F: Finder>(search: &Search<F>, masses: &Masses, start: &Start) -> Tree {
    let (flow, roots) = start::forest(search, masses, start);
    let (n, m) = search.shape();
    Tree::of_forest(n, m, &flow, &roots, |i, j| search.cost(i, j))
}

/// Solves roughly: on the given arcs, and with more of them only while many are missing, as they are where the
/// potentials of far parts did not fit each other. If `stopped` already, no pivots are made.
pub(in crate::transport) fn roughly<F: Finder>(
    search: &mut Search<F>,
    masses: &Masses,
    start: Start,
    effort: &mut Effort,
    stopped: Option<Status>,
) -> State {
    let shape = search.shape();
    let mut tree = basis(search, masses, &start);
    let Start { arcs, duals: (u, v), .. } = start;
    let mut state = State { arcs, flow: Vec::new(), u, v, stopped };
    for _ in 0..ROUGH_ROUNDS {
        if state.stopped.is_some() {
            break;
        }
        // a plan that costs nothing here says little about the finer ones: the potentials do
        let unknown = &mut |_: &Tree| (f64::INFINITY, 0.0);
        state.stopped = simplex::optimise_on(&state.arcs.list, &mut tree, effort, false, unknown);
        (state.u, state.v) = tree.duals();
        let missing = search.violated(&tree, simplex::SLACK, None);
        if missing.len() <= shape.0 / FEW {
            break;
        }
        state.arcs = Arcs::new(shape, state.arcs.list.iter().copied().chain(missing));
    }
    state
}

const ROUGH_ROUNDS: usize = 30;
/// Fewer than one arc in so many rows is not many.
const FEW: usize = 10;

/// Solves to the optimum over all arcs.
pub(in crate::transport) fn to_optimum<F: Finder>(
    search: &mut Search<F>,
    masses: &Masses,
    start: Start,
    effort: &mut Effort,
    stopped: Option<Status>,
) -> State {
    let shape = search.shape();
    let mut tree = basis(search, masses, &start);
    let Start { arcs, duals: (u, v), .. } = start;
    let mut state = State { arcs, flow: Vec::new(), u, v, stopped };
    let mut slack = simplex::SLACK;
    let mut watched: Option<Vec<u32>> = None;
    while state.stopped.is_none() {
        let (free, stands) = (effort.nonnegative, &mut |tree: &Tree| bracket(search, masses, tree));
        state.stopped = simplex::optimise_on(&state.arcs.list, &mut tree, effort, free, stands);
        (state.u, state.v) = tree.duals();
        if state.stopped.is_some() {
            break;
        }
        if effort.nonnegative && tree.is_free() {
            break;
        }
        // Rows with violated arcs are looked at again until they have none; a look at all rows is the proof.
        let mut missing = search.violated(&tree, slack, watched.as_deref());
        if missing.is_empty() && watched.take().is_some() {
            missing = search.violated(&tree, slack, None);
        }
        if missing.is_empty() {
            break;
        }
        if watched.is_none() {
            let mut rows: Vec<u32> = missing.iter().map(|arc| arc.i).collect();
            rows.dedup();
            watched = Some(rows);
        }
        state.stopped = effort.watch.check(effort.pivots, || bracket(search, masses, &tree));
        let before = state.arcs.list.len();
        state.arcs = Arcs::new(shape, state.arcs.list.iter().copied().chain(missing));
        if state.arcs.list.len() == before {
            // only rounding tells these arcs from optimal ones
            slack *= 4.0;
        }
    }
    state.flow = tree.arcs();
    state
}

/// Primal and dual value of a tree.
fn bracket<F: Finder>(search: &mut Search<F>, masses: &Masses, tree: &Tree) -> (f64, f64) {
    let (u, v) = search.feasible(&tree.duals().1);
    let primal = cost_of(&tree.arcs(), masses.unit, |i, j| search.cost(i, j)).0;
    (primal, dual_value(&masses.real_a(), &masses.real_b(), &u, &v))
}
