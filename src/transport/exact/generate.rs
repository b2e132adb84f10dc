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
use crate::transport::exact::basis::arcs::{Arc, Arcs};
use crate::transport::exact::basis::simplex::{self, Effort};
use crate::transport::exact::basis::start;
use crate::transport::exact::basis::tree::{Flow, Tree};
use crate::transport::problem::certify::{cost_of, dual_value};
use crate::transport::problem::masses::Masses;

/// Where the lowest of the costs seen from one side are found.
pub(in crate::transport) trait Finder: Sync + Sized {
    /// Queries, and points to find.
    fn shape(&self) -> (usize, usize);

    /// The cost between a query and a point.
    fn cost(&self, query: usize, index: usize) -> f64;

    /// Sets the potentials `v` of the points; `-inf` takes a point out.
    fn set_potentials(&mut self, potentials: &[f64]);

    /// For each query its `k` (at most [`MOST`]) lowest values `c - v`, lowest first, handed to
    /// `visit(query, found, output)`. With `below`, only values below the query's own bound; a bound of `-inf` leaves the
    /// query out. The outputs are in order.
    fn lowest<T: Send + Default>(
        &self,
        k: usize,
        below: Option<&[f64]>,
        visit: impl Fn(usize, &[Found], &mut T) + Sync,
    ) -> Vec<T>;

    /// The same costs between some of the queries and some of the points, with potentials zero.
    fn part(&self, queries: &[u32], points: &[u32]) -> Self;
}

/// Most answers to a query.
pub(in crate::transport) const MOST: usize = 24;
/// Arcs a row, and arcs a column, of lowest reduced cost that make up the candidates.
const ROW: usize = 12;
const COLUMN: usize = 6;
/// Violated arcs a row that are added at a time.
const VIOLATED: usize = 4;

/// One answer: `value = c - v` at the point `index`.
#[derive(Debug, Clone, Copy)]
pub(in crate::transport) struct Found {
    pub value: f64,
    pub index: u32,
}

/// Puts an answer that is lower than the last of `best` in its place; the last one falls out.
#[inline(always)]
pub(in crate::transport) fn insert(best: &mut [Found], new: Found) {
    let mut place = best.len() - 1;
    while place > 0 && best[place - 1].value > new.value {
        best[place] = best[place - 1];
        place -= 1;
    }
    best[place] = new;
}

/// The costs of a problem, searched from both sides.
pub(in crate::transport) struct Search<F> {
    /// For a row the columns.
    pub rows: F,
    /// For a column the rows.
    pub columns: F,
}

impl<F: Finder> Search<F> {
    pub(in crate::transport) fn shape(&self) -> (usize, usize) {
        self.rows.shape()
    }

    pub(in crate::transport) fn cost(&self, i: usize, j: usize) -> f64 {
        self.rows.cost(i, j)
    }

    fn arc(&self, i: usize, j: usize) -> Arc {
        Arc { i: i as u32, j: j as u32, cost: self.cost(i, j) }
    }

    /// The arcs of lowest reduced cost of every row and of every column.
    pub(in crate::transport) fn candidates(&mut self, u: &[f64], v: &[f64]) -> Arcs {
        self.rows.set_potentials(v);
        self.columns.set_potentials(u);
        let of_rows = self.rows.lowest(ROW, None, |i, found, out: &mut Vec<Arc>| {
            out.extend(found.iter().map(|f| self.arc(i, f.index as usize)));
        });
        let of_columns = self.columns.lowest(COLUMN, None, |j, found, out: &mut Vec<Arc>| {
            out.extend(found.iter().map(|f| self.arc(f.index as usize, j)));
        });
        Arcs::new(self.shape(), of_rows.iter().chain(&of_columns).flatten().copied())
    }

    /// Of every row, or of these, some of the arcs with `c_ij - v_j < u_i` by more than `slack` times the scale of the two
    /// potentials ([`Tree::scales`]).
    fn violated(&mut self, tree: &Tree, slack: f64, rows: Option<&[u32]>) -> Vec<Arc> {
        let ((u, v), (scale_u, scale_v)) = (tree.duals(), tree.scales());
        self.rows.set_potentials(&v);
        let bound = |i: usize| u[i] - slack * scale_u[i];
        let below: Vec<f64> = rows.map_or_else(
            || (0..u.len()).map(bound).collect(),
            |rows| {
                let mut below = vec![f64::NEG_INFINITY; u.len()];
                rows.iter().for_each(|&i| below[i as usize] = bound(i as usize));
                below
            },
        );
        let found = self.rows.lowest(VIOLATED, Some(&below), |i, found, out: &mut Vec<Arc>| {
            let beyond = |f: &&Found| f.value < below[i] - slack * scale_v[f.index as usize];
            out.extend(found.iter().filter(beyond).map(|f| self.arc(i, f.index as usize)));
        });
        found.concat()
    }

    /// Arcs of low reduced cost between some rows and some columns, at least one for each of the rows.
    pub(in crate::transport) fn between(&self, rows: &[u32], columns: &[u32], v: &[f64]) -> Vec<Arc> {
        let mut part = self.rows.part(rows, columns);
        part.set_potentials(&columns.iter().map(|&j| v[j as usize]).collect::<Vec<_>>());
        let found = part.lowest(MOST, None, |place, found, out: &mut Vec<Arc>| {
            let (i, column) = (rows[place] as usize, |f: &Found| columns[f.index as usize] as usize);
            out.extend(found.iter().map(|f| self.arc(i, column(f))));
        });
        found.concat()
    }

    /// The c-transform `u_i = min_j c_ij - v_j`: feasible potentials, if those of `v` are finite.
    pub(in crate::transport) fn transform(&mut self, v: &[f64]) -> Vec<f64> {
        minima(&mut self.rows, v)
    }

    /// Feasible potentials by both c-transforms: `u_i = min_j c_ij - v_j`, then `v_j = min_i c_ij - u_i`.
    pub(in crate::transport) fn feasible(&mut self, v: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let u = self.transform(v);
        let v = minima(&mut self.columns, &u);
        (u, v)
    }
}

fn minima<F: Finder>(finder: &mut F, potentials: &[f64]) -> Vec<f64> {
    finder.set_potentials(potentials);
    finder.lowest(1, None, |_: usize, found: &[Found], out: &mut Vec<f64>| out.push(found[0].value)).concat()
}

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
fn basis<F: Finder>(search: &Search<F>, masses: &Masses, arcs: &Arcs, u: &[f64], v: &[f64]) -> Tree {
    let (flow, roots) = start::forest(search, masses, arcs, u, v);
    let (n, m) = search.shape();
    Tree::of_forest(n, m, &flow, &roots, |i, j| search.cost(i, j))
}

/// Solves roughly: on the given arcs, and with more of them only while many are missing, as they are where the
/// potentials of far parts did not fit each other. If `stopped` already, no pivots are made.
pub(in crate::transport) fn roughly<F: Finder>(
    search: &mut Search<F>,
    masses: &Masses,
    arcs: Arcs,
    (u, v): (Vec<f64>, Vec<f64>),
    effort: &mut Effort,
    stopped: Option<Status>,
) -> State {
    let shape = search.shape();
    let mut tree = basis(search, masses, &arcs, &u, &v);
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
    arcs: Arcs,
    (u, v): (Vec<f64>, Vec<f64>),
    effort: &mut Effort,
    stopped: Option<Status>,
) -> State {
    let shape = search.shape();
    let mut tree = basis(search, masses, &arcs, &u, &v);
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
