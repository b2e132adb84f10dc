//! The first basis: a greedy flow along arcs of low reduced cost, and arcs without flow that tie its parts together.

use crate::transport::exact::basis::arcs::{Arc, Arcs};
use crate::transport::exact::basis::parts::Sets;
use crate::transport::exact::find::{Finder, Search};
use crate::transport::problem::masses::Flow;
use crate::transport::problem::masses::Masses;

/// After so many searches for arcs between what is left over, the rest is matched in order.
const SEARCHES: usize = 40;

/// What a solve on few arcs begins with.
pub(in crate::transport) struct Start {
    /// The candidates.
    pub arcs: Arcs,
    /// A plan whose arcs come first, if one is known.
    pub plan: Vec<Flow>,
    pub duals: (Vec<f64>, Vec<f64>),
}

/// A feasible flow as a forest, arcs without flow included, and its roots with their potentials.
///
/// Arcs are taken in the order of their reduced cost, each as full as it can be, which exhausts a source or a sink: the
/// arcs with flow form a forest. Then, in the same order, an arc without flow ties the part at its source below the part
/// at its sink, if the former is tied to none yet. All arcs without flow then point to the root, which makes the tree
/// strongly feasible. What remains untied hangs from the root at the potential it came with, less that of the
/// first.
pub(in crate::transport) fn forest<F: Finder>(
    search: &Search<F>,
    masses: &Masses,
    Start { arcs, plan, duals: (u, v) }: &Start,
) -> (Vec<Flow>, Vec<(u32, f64)>) {
    let (n, m) = search.shape();
    let order = by_reduced_cost(&arcs.list, u, v);
    let mut greedy = Greedy { left_a: masses.a.clone(), left_b: masses.b.clone(), flow: Vec::with_capacity(n + m) };
    plan.iter().for_each(|f| greedy.send(f.i, f.j));
    greedy.take(&order, &arcs.list);
    for _ in 0..SEARCHES {
        let (rows, columns) = greedy.open();
        if rows.is_empty() {
            break;
        }
        let found = search.between(&rows, &columns, v);
        greedy.take(&by_reduced_cost(&found, u, v), &found);
    }
    greedy.take_the_rest();
    let mut flow = greedy.flow;
    let roots = tie(&arcs.list, &order, (n, m), &mut flow);
    // a constant common to all potentials would only cost them digits
    let constant = roots.first().map_or(0.0, |&i| u[i as usize]);
    let roots = roots.into_iter().map(|i| (i, u[i as usize] - constant)).collect();
    (flow, roots)
}

/// The flow so far, and the masses that it has not moved yet.
struct Greedy {
    left_a: Vec<i64>,
    left_b: Vec<i64>,
    flow: Vec<Flow>,
}

impl Greedy {
    /// Sends along each arc in turn what is left at its ends.
    fn take(&mut self, order: &[u32], arcs: &[Arc]) {
        order.iter().for_each(|&k| self.send(arcs[k as usize].i, arcs[k as usize].j));
    }

    fn send(&mut self, i: u32, j: u32) {
        let mass = self.left_a[i as usize].min(self.left_b[j as usize]);
        if mass > 0 {
            self.left_a[i as usize] -= mass;
            self.left_b[j as usize] -= mass;
            self.flow.push(Flow { i, j, mass });
        }
    }

    /// Rows and columns with mass that is left.
    fn open(&self) -> (Vec<u32>, Vec<u32>) {
        let open = |left: &[i64]| (0..left.len() as u32).filter(|&i| left[i as usize] > 0).collect();
        (open(&self.left_a), open(&self.left_b))
    }

    /// Sends what is left from the first open row to the first open column, until there is none.
    fn take_the_rest(&mut self) {
        let (rows, columns) = self.open();
        let (mut row, mut column) = (0, 0);
        while row < rows.len() {
            self.send(rows[row], columns[column]);
            row += usize::from(self.left_a[rows[row] as usize] == 0);
            column += usize::from(columns.get(column).is_some_and(|&j| self.left_b[j as usize] == 0));
        }
    }
}

/// Ties parts of the forest together by arcs without flow, best first: the first rows of the parts that remain untied.
fn tie(arcs: &[Arc], order: &[u32], (n, m): (usize, usize), flow: &mut Vec<Flow>) -> Vec<u32> {
    let mut parts = Sets::new(n + m);
    for f in flow.iter() {
        parts.join(f.i, f.j + n as u32);
    }
    let mut groups = Sets::new(n + m);
    // the part at the top of each group
    let mut top: Vec<u32> = (0..(n + m) as u32).collect();
    for &k in order {
        let Arc { i, j, .. } = arcs[k as usize];
        let (below, above) = (parts.of(i), parts.of(j + n as u32));
        let (lower, upper) = (groups.of(below), groups.of(above));
        if lower != upper && top[lower as usize] == below {
            let stays = top[upper as usize];
            groups.join(lower, upper);
            top[groups.of(upper) as usize] = stays;
            flow.push(Flow { i, j, mass: 0 });
        }
    }
    let mut rooted = vec![false; n + m];
    let is_first_of_a_top = |i: &u32| {
        let part = parts.of(*i);
        let is_top = top[groups.of(part) as usize] == part;
        is_top && !std::mem::replace(&mut rooted[part as usize], true)
    };
    (0..n as u32).filter(is_first_of_a_top).collect()
}

/// Places of the arcs in the order of reduced cost, in single precision.
fn by_reduced_cost(arcs: &[Arc], u: &[f64], v: &[f64]) -> Vec<u32> {
    let key = |(place, arc): (usize, &Arc)| {
        let bits = ((arc.cost - u[arc.i as usize] - v[arc.j as usize]) as f32).to_bits();
        let ordered = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
        u64::from(ordered) << 32 | place as u64
    };
    let mut keys: Vec<u64> = arcs.iter().enumerate().map(key).collect();
    keys.sort_unstable();
    keys.iter().map(|&key| key as u32).collect()
}
