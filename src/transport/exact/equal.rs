//! Equal points are solved as one.
//!
//! Points of a cloud that coincide, and rows or columns of a matrix that agree, have the same costs. So the problem in which
//! each group of them is one point with their common mass has the same optimum: its potentials are those of all members, and
//! its plan is split among the members in order (the north-west corner rule). With `k` groups fewer than points the plan
//! grows by at most `k` arcs, so it stays a forest. Counts, integer grids, images and repeated rows shrink to what differs.

use crate::transport::exact::dense::KnownFlow;
use crate::transport::problem::cost::{Cost, View};
use crate::transport::problem::masses::Flow;
use crate::transport::problem::masses::Masses;

/// Groups are solved as one where at least one point in so many disappears.
const WORTH: usize = 16;
/// Entries of a row, or a column, of a matrix by which it is told from most others.
const SAMPLED: usize = 16;

/// A problem without equal points, and where they were.
pub(in crate::transport) struct Distinct {
    pub cost: Cost,
    pub masses: Masses,
    rows: Side,
    columns: Side,
}

impl Distinct {
    /// The problem with each group of equal points as one; `None` where too few are equal.
    pub(in crate::transport) fn of(cost: &Cost, masses: &Masses) -> Option<Self> {
        let (n, m) = cost.shape();
        let (rows, columns) = match cost.view() {
            View::Points { x, y, .. } => {
                let of_points = |points: ndarray::ArrayView2<'_, f64>| {
                    let at = |i: usize, k: usize| points[[i, k]];
                    let every: Vec<usize> = (0..points.ncols()).collect();
                    Side::new(points.nrows(), points.ncols(), &every, at)
                };
                (of_points(x), of_points(y.t()))
            }
            View::Matrix(c) => {
                let rows = Side::new(n, m, &evenly(m), |i, j| c[[i, j]]);
                let height = rows.first.len();
                let at = |j: usize, i: usize| c[[rows.first[i], j]];
                let columns = Side::new(m, height, &evenly(height), at);
                (rows, columns)
            }
        };
        let vanished = n + m - rows.first.len() - columns.first.len();
        if vanished * WORTH < n + m {
            return None;
        }
        let masses = Masses { a: rows.totals(&masses.a), b: columns.totals(&masses.b), unit: masses.unit };
        Some(Self { cost: cost.part(&rows.first, &columns.first), masses, rows, columns })
    }

    /// What is known of the whole problem, whose masses these are.
    pub(in crate::transport) fn split(&self, known: &KnownFlow, whole: &Masses) -> KnownFlow {
        let turned =
            |flow: &[Flow]| flow.iter().map(|&Flow { i, j, mass }| Flow { i: j, j: i, mass }).collect::<Vec<_>>();
        let by_row = self.rows.split(&known.flow, &whole.a);
        let mut flow = turned(&self.columns.split(&turned(&by_row), &whole.b));
        flow.sort_unstable();
        let duals = (self.rows.spread(&known.duals.0), self.columns.spread(&known.duals.1));
        KnownFlow { flow, duals, stopped: known.stopped }
    }
}

/// So many places of `0..count`, evenly spread.
fn evenly(count: usize) -> Vec<usize> {
    let most = SAMPLED.min(count);
    (0..most).map(|k| k * count / most).collect()
}

/// The groups of equal points of one side.
struct Side {
    /// The first point of every group, in order.
    first: Vec<usize>,
    /// The group of every point.
    group: Vec<u32>,
}

impl Side {
    /// Groups `count` points of `width` entries; the `sampled` ones tell most of those that differ apart.
    fn new(count: usize, width: usize, sampled: &[usize], at: impl Fn(usize, usize) -> f64) -> Self {
        // adding zero makes one of the two zeros
        let bits = |i: usize, k: usize| (at(i, k) + 0.0).to_bits();
        let key = |i: usize| sampled.iter().fold(0, |key, &k| mixed(key, bits(i, k)));
        let mut order: Vec<(u64, u64, usize)> = (0..count).map(|i| (key(i), 0, i)).collect();
        order.sort_unstable();
        let mut leader: Vec<usize> = (0..count).collect();
        for run in order.chunk_by_mut(|x, y| x.0 == y.0).filter(|run| run.len() > 1) {
            run.iter_mut().for_each(|(_, whole, i)| *whole = (0..width).fold(0, |key, k| mixed(key, bits(*i, k))));
            run.sort_unstable();
            let mut previous = run[0].2;
            for &(_, _, i) in &run[1..] {
                if (0..width).all(|k| bits(i, k) == bits(previous, k)) {
                    leader[i] = leader[previous];
                }
                previous = i;
            }
        }
        let mut first = Vec::new();
        let mut group = vec![0u32; count];
        for i in 0..count {
            if leader[i] == i {
                group[i] = first.len() as u32;
                first.push(i);
            } else {
                group[i] = group[leader[i]];
            }
        }
        Self { first, group }
    }

    fn totals(&self, masses: &[i64]) -> Vec<i64> {
        let mut totals = vec![0; self.first.len()];
        self.group.iter().zip(masses).for_each(|(&group, mass)| totals[group as usize] += mass);
        totals
    }

    fn spread(&self, potentials: &[f64]) -> Vec<f64> {
        self.group.iter().map(|&group| potentials[group as usize]).collect()
    }

    /// The flow of every group, as far as its source goes, from its members in their order.
    fn split(&self, flow: &[Flow], masses: &[i64]) -> Vec<Flow> {
        let mut members = vec![Vec::new(); self.first.len()];
        for (i, (&group, &mass)) in self.group.iter().zip(masses).enumerate().rev() {
            if mass > 0 {
                members[group as usize].push((i as u32, mass));
            }
        }
        let mut out = Vec::with_capacity(flow.len() + self.group.len() - self.first.len());
        for &Flow { i, j, mut mass } in flow {
            let open = &mut members[i as usize];
            while mass > 0 {
                let Some((member, left)) = open.last_mut() else { unreachable!("a group has the mass that leaves it") };
                let part = mass.min(*left);
                out.push(Flow { i: *member, j, mass: part });
                mass -= part;
                *left -= part;
                if *left == 0 {
                    open.pop();
                }
            }
        }
        out
    }
}

/// One more word in a hash.
fn mixed(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash.rotate_left(32) ^ word ^ 0x9E37_79B9_7F4A_7C15) * 0xF39C_C060_5CED_C835;
    (product ^ (product >> 64)) as u64
}
