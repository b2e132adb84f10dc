//! Looking for arcs of negative reduced cost without looking at all of them.

pub(in crate::transport) mod kdtree;
pub(in crate::transport) mod near;
pub(in crate::transport) mod scan;

use crate::transport::exact::basis::arcs::{Arc, Arcs};
use crate::transport::exact::basis::tree::Tree;

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
    pub(in crate::transport) fn violated(&mut self, tree: &Tree, slack: f64, rows: Option<&[u32]>) -> Vec<Arc> {
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
