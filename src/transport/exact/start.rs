//! The first basis: a greedy flow along arcs of low reduced cost, and arcs without flow that tie its parts together.

use crate::transport::exact::basis::arcs::{Arc, Arcs};
use crate::transport::exact::find::{Finder, Search};
use crate::transport::problem::masses::Flow;
use crate::transport::problem::masses::Masses;

/// After so many searches for arcs between what is left over, the rest is matched in order.
const SEARCHES: usize = 40;

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
    arcs: &Arcs,
    u: &[f64],
    v: &[f64],
) -> (Vec<Flow>, Vec<(u32, f64)>) {
    let (n, m) = search.shape();
    let (mut left_a, mut left_b) = (masses.a.clone(), masses.b.clone());
    let mut flow = Vec::with_capacity(n + m);
    let order = by_reduced_cost(&arcs.list, u, v);
    let mut take = |order: &[u32], arcs: &[Arc], left_a: &mut [i64], left_b: &mut [i64]| {
        for &k in order {
            let Arc { i, j, .. } = arcs[k as usize];
            let mass = left_a[i as usize].min(left_b[j as usize]);
            if mass > 0 {
                left_a[i as usize] -= mass;
                left_b[j as usize] -= mass;
                flow.push(Flow { i, j, mass });
            }
        }
    };
    take(&order, &arcs.list, &mut left_a, &mut left_b);
    for _ in 0..SEARCHES {
        let (rows, columns) = (open(&left_a), open(&left_b));
        if rows.is_empty() {
            break;
        }
        let found = search.between(&rows, &columns, v);
        take(&by_reduced_cost(&found, u, v), &found, &mut left_a, &mut left_b);
    }
    let (rows, columns) = (open(&left_a), open(&left_b));
    let (mut row, mut column) = (0, 0);
    while row < rows.len() {
        take(&[0], &[Arc { i: rows[row], j: columns[column], cost: 0.0 }], &mut left_a, &mut left_b);
        row += usize::from(left_a[rows[row] as usize] == 0);
        column += usize::from(columns.get(column).is_some_and(|&j| left_b[j as usize] == 0));
    }

    // parts of the forest, and groups of parts tied together
    let mut parts = Sets::new(n + m);
    flow.iter().for_each(|f| parts.join(f.i, f.j + n as u32));
    let mut groups = Sets::new(n + m);
    // the part at the top of each group
    let mut top: Vec<u32> = (0..(n + m) as u32).collect();
    for &k in &order {
        let Arc { i, j, .. } = arcs.list[k as usize];
        let (below, above) = (parts.of(i), parts.of(j + n as u32));
        let (lower, upper) = (groups.of(below), groups.of(above));
        if lower != upper && top[lower as usize] == below {
            let stays = top[upper as usize];
            groups.join(lower, upper);
            top[groups.of(upper) as usize] = stays;
            flow.push(Flow { i, j, mass: 0 });
        }
    }
    let is_top = |i: u32, parts: &mut Sets, groups: &mut Sets| {
        let part = parts.of(i);
        top[groups.of(part) as usize] == part
    };
    let mut rooted = vec![false; n + m];
    let mut roots = Vec::new();
    for i in 0..n as u32 {
        let part = parts.of(i) as usize;
        if !rooted[part] && is_top(i, &mut parts, &mut groups) {
            rooted[part] = true;
            roots.push((i, u[i as usize]));
        }
    }
    // a constant common to all potentials would only cost them digits
    let constant = roots.first().map_or(0.0, |root: &(u32, f64)| root.1);
    roots.iter_mut().for_each(|(_, potential)| *potential -= constant);
    (flow, roots)
}

fn open(left: &[i64]) -> Vec<u32> {
    (0..left.len() as u32).filter(|&i| left[i as usize] > 0).collect()
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

/// Disjoint sets.
struct Sets(Vec<u32>);

impl Sets {
    fn new(size: usize) -> Self {
        Self((0..size as u32).collect())
    }

    fn of(&mut self, mut x: u32) -> u32 {
        while self.0[x as usize] != x {
            let above = self.0[self.0[x as usize] as usize];
            self.0[x as usize] = above;
            x = above;
        }
        x
    }

    fn join(&mut self, x: u32, y: u32) {
        let (x, y) = (self.of(x), self.of(y));
        self.0[x.max(y) as usize] = x.min(y);
    }
}
