//! Assignment: as many columns as rows, all of the same mass.
//!
//! A plan is then a permutation. Each step brings one more row into it along a shortest augmenting path, and the lengths of
//! the paths are the potentials, so the proof comes with the answer. Before that, every column offers itself to its nearest
//! row, and rows without a column outbid each other twice, which leaves few paths to search. O(n³) at worst, and a step can be
//! neither undone nor repeated, so rounding cannot keep it from ending.
//!
//! Sources: Jonker and Volgenant 1987 (doi:10.1007/BF02278710), Crouse 2016 (doi:10.1109/TAES.2016.140952).

use crate::certificate::Status;
use crate::transport::exact::basis::simplex::Effort;
use crate::transport::exact::dense::KnownFlow;
use crate::transport::problem::certify::c_transform;
use crate::transport::problem::cost::Cost;
use crate::transport::problem::masses::Flow;
use std::borrow::Cow;

const NONE: u32 = u32::MAX;
/// Passes in which rows outbid each other.
const PASSES: usize = 2;

/// Solves over all arcs for `n` rows and `n` columns that have this mass each, at costs that are finite.
pub(in crate::transport) fn solve(cost: &Cost, mass: i64, effort: &mut Effort) -> KnownFlow {
    let n = cost.shape().0;
    let cost = &match cost.table() {
        Some(_) => Cow::Borrowed(cost),
        None => Cow::Owned(cost.tabulated()),
    };
    let Some(table) = cost.table() else { unreachable!("a table") };
    let mut state =
        Assignment { n, table, row_of: vec![NONE; n], column_of: vec![NONE; n], u: vec![0.0; n], v: vec![0.0; n] };
    state.nearest();
    for _ in 0..PASSES {
        state.outbid();
    }
    let stopped = state.augment_all(effort);
    state.complete();
    let Assignment { column_of, mut u, mut v, .. } = state;
    c_transform(cost, &mut u, &mut v);
    let flow = column_of.iter().enumerate().map(|(i, &j)| Flow { i: i as u32, j, mass }).collect();
    KnownFlow { flow, duals: (u, v), stopped }
}

struct Assignment<'a> {
    n: usize,
    table: &'a [f64],
    row_of: Vec<u32>,
    column_of: Vec<u32>,
    u: Vec<f64>,
    v: Vec<f64>,
}

impl Assignment<'_> {
    fn row(&self, i: usize) -> &[f64] {
        &self.table[i * self.n..(i + 1) * self.n]
    }

    fn assign(&mut self, i: usize, j: usize) {
        (self.column_of[i], self.row_of[j]) = (j as u32, i as u32);
    }

    /// The potential of a column is its least cost, and the row where it is takes it, if it is the first to ask.
    fn nearest(&mut self) {
        let mut nearest = vec![0u32; self.n];
        self.v.copy_from_slice(&self.table[..self.n]);
        for i in 1..self.n {
            lower(&mut self.v, &mut nearest, &self.table[i * self.n..(i + 1) * self.n], i as u32);
        }
        for (j, &i) in nearest.iter().enumerate() {
            if self.column_of[i as usize] == NONE {
                self.assign(i as usize, j);
            }
        }
    }

    /// Each row without a column takes the one it likes best, from whoever has it, and lowers its potential until the second
    /// best is as good. The row that loses it waits for the next pass, or has its turn at once where the price rose.
    fn outbid(&mut self) {
        let free: Vec<usize> = (0..self.n).filter(|&i| self.column_of[i] == NONE).collect();
        // more than so many turns are left to the paths
        let mut turns = 4 * self.n;
        for i in free {
            let mut i = i;
            while turns > 0 {
                turns -= 1;
                let (mut best, least, second) = two_least(self.row(i), &self.v);
                let rises = second > least && second.is_finite();
                if rises {
                    self.v[best] -= second - least;
                } else if self.row_of[best] != NONE {
                    // an equal one that is free is as good
                    let (row, v) = (self.row(i), &self.v);
                    let equal = |&j: &usize| self.row_of[j] == NONE && row[j] - v[j] <= least;
                    best = (0..self.n).find(equal).unwrap_or(best);
                }
                let loser = self.row_of[best];
                if loser == NONE || rises {
                    self.assign(i, best);
                }
                if loser == NONE || !rises {
                    break;
                }
                self.column_of[loser as usize] = NONE;
                i = loser as usize;
            }
        }
        for i in 0..self.n {
            let j = self.column_of[i];
            if j != NONE {
                self.u[i] = self.row(i)[j as usize] - self.v[j as usize];
            }
        }
    }

    /// A shortest augmenting path for every row without a column; the reason if it stops before.
    fn augment_all(&mut self, effort: &mut Effort) -> Option<Status> {
        let mut search = Search::new(self.n);
        for i in 0..self.n {
            if self.column_of[i] != NONE {
                continue;
            }
            let stopped =
                effort.exhausted().or_else(|| effort.watch.check(effort.pivots, || (f64::INFINITY, f64::NEG_INFINITY)));
            if stopped.is_some() {
                return stopped;
            }
            self.augment(i, &mut search);
            effort.pivots += 1;
        }
        None
    }

    /// Dijkstra's search from row `start` to the nearest column without a row, and the exchange along the path.
    fn augment(&mut self, start: usize, search: &mut Search) {
        search.clear(&self.v);
        let (mut i, mut length) = (start, 0.0);
        let last = loop {
            let base = length - if i == start { 0.0 } else { self.u[i] };
            length = relax(search, &self.table[i * self.n..(i + 1) * self.n], base, i as u32);
            let Some(j) = search.nearest(length, &self.row_of) else { unreachable!("costs are finite") };
            search.settle(j, length);
            if self.row_of[j] == NONE {
                break j;
            }
            i = self.row_of[j] as usize;
        };
        self.u[start] = length;
        for &(j, distance) in &search.settled {
            let row = self.row_of[j];
            if row != NONE {
                self.u[row as usize] += length - distance;
            }
            self.v[j] -= length - distance;
        }
        let mut j = last;
        loop {
            let i = search.before[j] as usize;
            let next = self.column_of[i];
            self.assign(i, j);
            if i == start {
                break;
            }
            j = next as usize;
        }
    }

    /// What was stopped before it had a column gets any.
    fn complete(&mut self) {
        let mut open = (0..self.n).filter(|&j| self.row_of[j] == NONE).collect::<Vec<_>>().into_iter();
        for i in 0..self.n {
            if self.column_of[i] == NONE {
                let Some(j) = open.next() else { unreachable!("as many columns as rows") };
                self.assign(i, j);
            }
        }
    }
}

/// One search for a path.
struct Search {
    /// Lengths of paths to the columns; infinite for those that are settled.
    length: Vec<f64>,
    /// The row before each column.
    before: Vec<u32>,
    /// `-v`; infinite for the columns that are settled.
    minus_v: Vec<f64>,
    settled: Vec<(usize, f64)>,
}

impl Search {
    fn new(n: usize) -> Self {
        Self { length: vec![0.0; n], before: vec![NONE; n], minus_v: vec![0.0; n], settled: Vec::new() }
    }

    fn clear(&mut self, v: &[f64]) {
        self.length.fill(f64::INFINITY);
        self.minus_v.iter_mut().zip(v).for_each(|(minus_v, v)| *minus_v = -v);
        self.settled.clear();
    }

    /// A column at this length, one without a row if there is one.
    fn nearest(&self, length: f64, row_of: &[u32]) -> Option<usize> {
        let mut taken = None;
        for (j, other) in self.length.iter().enumerate() {
            if *other <= length {
                if row_of[j] == NONE {
                    return Some(j);
                }
                taken = taken.or(Some(j));
            }
        }
        taken
    }

    fn settle(&mut self, j: usize, length: f64) {
        self.length[j] = f64::INFINITY;
        self.minus_v[j] = f64::INFINITY;
        self.settled.push((j, length));
    }
}

/// Lengths of the paths through row `i`, which itself is at `base`; the least of all.
fn relax(search: &mut Search, costs: &[f64], base: f64, i: u32) -> f64 {
    relax_row(&mut search.length, &mut search.before, &search.minus_v, costs, base, i)
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn relax_row(length: &mut [f64], before: &mut [u32], minus_v: &[f64], costs: &[f64], base: f64, i: u32) -> f64 {
    let mut lanes = [f64::INFINITY; 8];
    let (n, whole) = (length.len(), length.len() / 8 * 8);
    let (before, minus_v, costs) = (&mut before[..n], &minus_v[..n], &costs[..n]);
    for first in (0..whole).step_by(8) {
        for (lane, least) in lanes.iter_mut().enumerate() {
            let j = first + lane;
            let through = (costs[j] + minus_v[j]) + base;
            let better = through < length[j];
            length[j] = if better { through } else { length[j] };
            before[j] = if better { i } else { before[j] };
            *least = if length[j] < *least { length[j] } else { *least };
        }
    }
    for j in whole..n {
        let through = (costs[j] + minus_v[j]) + base;
        if through < length[j] {
            (length[j], before[j]) = (through, i);
        }
        lanes[0] = lanes[0].min(length[j]);
    }
    lanes.into_iter().fold(f64::INFINITY, f64::min)
}

/// Lowers `least` to `row` where that is lower, and says so.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn lower(least: &mut [f64], place: &mut [u32], row: &[f64], i: u32) {
    for ((least, place), c) in least.iter_mut().zip(place).zip(row) {
        let better = *c < *least;
        *least = if better { *c } else { *least };
        *place = if better { i } else { *place };
    }
}

/// Where `c - v` is least, that value and the second least.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn two_least(costs: &[f64], v: &[f64]) -> (usize, f64, f64) {
    let (mut least, mut second) = ([f64::INFINITY; 8], [f64::INFINITY; 8]);
    let mut place = [0u32; 8];
    let n = costs.len();
    let v = &v[..n];
    for first in (0..n / 8 * 8).step_by(8) {
        for lane in 0..8 {
            let j = first + lane;
            let value = costs[j] - v[j];
            let better = value < least[lane];
            let loser = if better { least[lane] } else { value };
            second[lane] = if loser < second[lane] { loser } else { second[lane] };
            least[lane] = if better { value } else { least[lane] };
            place[lane] = if better { j as u32 } else { place[lane] };
        }
    }
    let (mut best, mut low, mut next) = (0, f64::INFINITY, f64::INFINITY);
    let mut take = |value: f64, j: usize| {
        if value < low {
            (best, next, low) = (j, low, value);
        } else if value < next {
            next = value;
        }
    };
    for lane in 0..8 {
        take(least[lane], place[lane] as usize);
        take(second[lane], usize::MAX);
    }
    for j in n / 8 * 8..n {
        take(costs[j] - v[j], j);
    }
    (best, low, next)
}
