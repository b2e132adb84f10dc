//! Points in the order of a kd-tree, and the search for the lowest `c(x, y_j) - v_j`.
//!
//! The points are sorted once by median splits of the widest dimension, so every cell of every level is a contiguous
//! range: cell `p` of the `2^l` cells of level `l` is `boundary(n, l, p)..boundary(n, l, p + 1)`. The tree itself is
//! implicit (node `k` has the children `2k` and `2k + 1`); a node keeps the box of its points and the largest potential
//! in it. A ground cost never decreases when a coordinate of `x - y` grows, so the cost from `x` to the nearest point
//! of the box, minus that potential, is a lower bound for the whole cell, and most cells are never opened.

use crate::transport::exact::find::{Found, MOST, insert};
use crate::transport::problem::cost::Ground;
use rayon::prelude::*;

/// Points in a leaf: one vector register of eight doubles.
const LEAF: usize = 8;
/// Queries that a thread answers at a time. The split is fixed, so answers do not depend on the number of threads.
const CHUNK: usize = 256;

/// Where cell `place` of the `2^depth` cells of `count` points begins.
pub(in crate::transport) fn boundary(count: usize, depth: u32, place: usize) -> usize {
    (count * place) >> depth
}

/// The order that makes every cell of every level a range. O(n log² n).
pub(in crate::transport) fn kd_order<const D: usize>(points: &[[f64; D]]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..points.len() as u32).collect();
    split(points, &mut order, points.len(), 0, 0);
    order
}

fn split<const D: usize>(points: &[[f64; D]], order: &mut [u32], count: usize, depth: u32, place: usize) {
    if order.len() < 2 {
        return;
    }
    let (mut low, mut high) = ([f64::INFINITY; D], [f64::NEG_INFINITY; D]);
    for &i in order.iter() {
        grow(&mut low, &mut high, &points[i as usize], &points[i as usize]);
    }
    let widest = (0..D).max_by(|&k, &l| (high[k] - low[k]).total_cmp(&(high[l] - low[l]))).unwrap_or(0);
    let middle = boundary(count, depth + 1, 2 * place + 1) - boundary(count, depth, place);
    if middle > 0 && middle < order.len() {
        let key = |i: &u32| points[*i as usize][widest];
        order.select_nth_unstable_by(middle, |i, j| key(i).total_cmp(&key(j)).then(i.cmp(j)));
    }
    let (left, right) = order.split_at_mut(middle);
    let (left_place, right_place) = (2 * place, 2 * place + 1);
    if left.len() > 4096 {
        rayon::join(
            || split(points, left, count, depth + 1, left_place),
            || split(points, right, count, depth + 1, right_place),
        );
    } else {
        split(points, left, count, depth + 1, left_place);
        split(points, right, count, depth + 1, right_place);
    }
}

fn grow<const D: usize>(low: &mut [f64; D], high: &mut [f64; D], least: &[f64; D], most: &[f64; D]) {
    for k in 0..D {
        low[k] = low[k].min(least[k]);
        high[k] = high[k].max(most[k]);
    }
}

/// A tree on points in kd order, each with a potential.
pub(in crate::transport) struct KdTree<const D: usize> {
    ground: Ground,
    count: usize,
    depth: u32,
    nodes: Vec<Node<D>>,
    leaves: Vec<Leaf<D>>,
}

#[derive(Clone, Copy)]
struct Node<const D: usize> {
    low: [f64; D],
    high: [f64; D],
    top: f64,
}

/// Coordinate by coordinate; slots without a point have the potential `-inf`.
#[derive(Clone, Copy)]
struct Leaf<const D: usize> {
    at: [[f64; LEAF]; D],
    potential: [f64; LEAF],
}

impl<const D: usize> KdTree<D> {
    /// The tree of points that are in kd order, with potentials zero.
    pub(in crate::transport) fn new(ground: Ground, points: &[[f64; D]]) -> Self {
        let count = points.len();
        let mut depth = 0;
        while count.div_ceil(1 << depth) > LEAF {
            depth += 1;
        }
        let cells = 1usize << depth;
        let nowhere = Node { low: [f64::INFINITY; D], high: [f64::NEG_INFINITY; D], top: f64::NEG_INFINITY };
        let mut nodes = vec![nowhere; 2 * cells];
        let mut leaves = vec![Leaf { at: [[0.0; LEAF]; D], potential: [f64::NEG_INFINITY; LEAF] }; cells];
        for (place, leaf) in leaves.iter_mut().enumerate() {
            let node = &mut nodes[cells + place];
            let cell = &points[boundary(count, depth, place)..boundary(count, depth, place + 1)];
            for (slot, point) in cell.iter().enumerate() {
                grow(&mut node.low, &mut node.high, point, point);
                (0..D).for_each(|k| leaf.at[k][slot] = point[k]);
            }
        }
        for k in (1..cells).rev() {
            let (left, right) = (nodes[2 * k], nodes[2 * k + 1]);
            let node = &mut nodes[k];
            grow(&mut node.low, &mut node.high, &left.low, &left.high);
            grow(&mut node.low, &mut node.high, &right.low, &right.high);
        }
        let mut tree = Self { ground, count, depth, nodes, leaves };
        tree.set_potentials(&vec![0.0; count]);
        tree
    }

    /// Sets the potentials; `-inf` takes a point out. O(n).
    pub(in crate::transport) fn set_potentials(&mut self, potentials: &[f64]) {
        let cells = self.leaves.len();
        for (place, leaf) in self.leaves.iter_mut().enumerate() {
            let first = boundary(self.count, self.depth, place);
            let given = &potentials[first..boundary(self.count, self.depth, place + 1)];
            leaf.potential[..given.len()].copy_from_slice(given);
            self.nodes[cells + place].top = given.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        }
        for k in (1..cells).rev() {
            self.nodes[k].top = self.nodes[2 * k].top.max(self.nodes[2 * k + 1].top);
        }
    }

    /// The typical distance of neighbours: the median over the leaves of their diagonal, divided among their points.
    /// Positive unless all points of every leaf coincide; it neither overflows nor underflows where its square would.
    pub(in crate::transport) fn spacing(&self) -> f64 {
        let share = (self.count as f64 / self.leaves.len() as f64).max(1.0).powf(1.0 / D as f64) * (D as f64).sqrt();
        let diagonal = |node: &Node<D>| (0..D).map(|k| node.high[k] - node.low[k]).fold(0.0, f64::hypot);
        let mut sizes: Vec<f64> = self.nodes[self.leaves.len()..].iter().map(diagonal).filter(|&s| s > 0.0).collect();
        if sizes.is_empty() {
            return 0.0;
        }
        let middle = sizes.len() / 2;
        *sizes.select_nth_unstable_by(middle, f64::total_cmp).1 / share
    }

    /// For each query `x` its `k` lowest values `c(x, y_j) - v_j`, lowest first, handed to `visit(query, found, output)`.
    /// With `below`, only values below the query's own bound. One output a chunk of queries, in order.
    pub(in crate::transport) fn lowest<T: Send + Default>(
        &self,
        queries: &[[f64; D]],
        k: usize,
        below: Option<&[f64]>,
        visit: impl Fn(usize, &[Found], &mut T) + Sync,
    ) -> Vec<T> {
        (queries.par_chunks(CHUNK).enumerate())
            .map(|(chunk, queries)| {
                let mut out = T::default();
                let mut found = vec![Found { value: 0.0, index: 0 }; queries.len() * k];
                let first = chunk * CHUNK;
                let below = below.map(|below| &below[first..first + queries.len()]);
                let mut counts = [0; CHUNK];
                search(self, queries, k, below, &mut found, &mut counts);
                for (place, (found, count)) in found.chunks(k).zip(counts).enumerate() {
                    visit(first + place, &found[..count], &mut out);
                }
                out
            })
            .collect()
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn search<const D: usize>(
    tree: &KdTree<D>,
    queries: &[[f64; D]],
    k: usize,
    below: Option<&[f64]>,
    found: &mut [Found],
    counts: &mut [usize; CHUNK],
) {
    const NONE: u32 = u32::MAX;
    let mut best = [Found { value: f64::INFINITY, index: NONE }; MOST];
    let mut known = 0;
    for (place, x) in queries.iter().enumerate() {
        // Neighbouring queries have nearly the same answers: those of the last one bound those of this one.
        let bound = match below {
            Some(below) => below[place],
            None if known == k => {
                let worst =
                    (best[..k].iter()).map(|f| tree.value(x, f.index as usize)).fold(f64::NEG_INFINITY, f64::max);
                worst.next_up()
            }
            None => f64::INFINITY,
        };
        best[..k].fill(Found { value: bound, index: NONE });
        descend(tree, x, &mut best[..k]);
        known = best[..k].iter().take_while(|f| f.index != NONE).count();
        counts[place] = known;
        found[place * k..place * k + k].copy_from_slice(&best[..k]);
    }
}

/// Visits the cells that may hold a value below the worst of `best`, the more promising of two first.
#[inline(always)]
fn descend<const D: usize>(tree: &KdTree<D>, x: &[f64; D], best: &mut [Found]) {
    let cells = tree.leaves.len();
    let last = best.len() - 1;
    let mut waiting = [(0.0f64, 0u32); 64];
    let mut height = 0;
    let mut node = 1;
    loop {
        while node < cells {
            let (left, right) = (tree.least(x, 2 * node), tree.least(x, 2 * node + 1));
            let (near, far, near_node, far_node) = if left <= right {
                (left, right, 2 * node, 2 * node + 1)
            } else {
                (right, left, 2 * node + 1, 2 * node)
            };
            if far < best[last].value {
                waiting[height] = (far, far_node as u32);
                height += 1;
            }
            if near >= best[last].value {
                node = 0;
                break;
            }
            node = near_node;
        }
        if node >= cells {
            let values = tree.leaf_values(x, node - cells);
            let first = boundary(tree.count, tree.depth, node - cells) as u32;
            if values.iter().any(|&value| value < best[last].value) {
                for (slot, &value) in values.iter().enumerate() {
                    if value < best[last].value {
                        insert(best, Found { value, index: first + slot as u32 });
                    }
                }
            }
        }
        loop {
            if height == 0 {
                return;
            }
            height -= 1;
            if waiting[height].0 < best[last].value {
                node = waiting[height].1 as usize;
                break;
            }
        }
    }
}

impl<const D: usize> KdTree<D> {
    /// A lower bound of the values in a node.
    #[inline(always)]
    fn least(&self, x: &[f64; D], node: usize) -> f64 {
        let node = &self.nodes[node];
        let nearest: [f64; D] = std::array::from_fn(|k| x[k].max(node.low[k]).min(node.high[k]));
        self.ground.between(x, &nearest) - node.top
    }

    #[inline(always)]
    fn leaf_values(&self, x: &[f64; D], leaf: usize) -> [f64; LEAF] {
        let leaf = &self.leaves[leaf];
        let mut values = [0.0f64; LEAF];
        for (x, at) in x.iter().zip(&leaf.at) {
            for (value, y) in values.iter_mut().zip(at) {
                let gap = (x - y).abs();
                *value = match self.ground {
                    Ground::SqEuclidean | Ground::Euclidean => *value + gap * gap,
                    Ground::Cityblock => *value + gap,
                    Ground::Chebyshev => value.max(gap),
                };
            }
        }
        if self.ground == Ground::Euclidean {
            values.iter_mut().for_each(|value| *value = value.sqrt());
        }
        for (value, potential) in values.iter_mut().zip(&leaf.potential) {
            *value -= potential;
        }
        values
    }

    #[inline(always)]
    fn value(&self, x: &[f64; D], index: usize) -> f64 {
        // the cell whose range holds the index
        let place = (((index + 1) << self.depth) - 1) / self.count;
        let slot = index - boundary(self.count, self.depth, place);
        let leaf = &self.leaves[place];
        let y: [f64; D] = std::array::from_fn(|k| leaf.at[k][slot]);
        self.ground.between(x, &y) - leaf.potential[slot]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;
    use crate::numeric::stream;
    use rand::RngExt;

    fn points<const D: usize>(n: usize, seed: u64, grid: bool) -> Vec<[f64; D]> {
        let mut rng = stream(seed, 0);
        let mut number = || {
            let t = rng.random::<f64>();
            if grid { (8.0 * t).floor() } else { t }
        };
        (0..n).map(|_| std::array::from_fn(|_| number())).collect()
    }

    fn agrees<const D: usize>(n: usize, k: usize, grid: bool) {
        for ground in Ground::ALL {
            let y = points::<D>(n, 1, grid);
            let y: Vec<_> = kd_order(&y).iter().map(|&i| y[i as usize]).collect();
            let queries = points::<D>(300, 2, grid);
            let potentials: Vec<f64> = points::<1>(n, 3, grid).iter().map(|p| p[0]).collect();
            let mut tree = KdTree::new(ground, &y);
            tree.set_potentials(&potentials);
            let collect = |i: usize, found: &[Found], out: &mut Vec<(usize, Vec<f64>)>| {
                for f in found {
                    let j = f.index as usize;
                    assert_eq!(f.value, ground.between(&queries[i], &y[j]) - potentials[j]);
                }
                out.push((i, found.iter().map(|f| f.value).collect()));
            };
            let bounds = vec![0.4; queries.len()];
            let all = tree.lowest(&queries, k, None, collect).concat();
            let below = tree.lowest(&queries, k, Some(&bounds), collect).concat();
            for (i, x) in queries.iter().enumerate() {
                let mut plain: Vec<f64> = y.iter().zip(&potentials).map(|(y, v)| ground.between(x, y) - v).collect();
                plain.sort_by(f64::total_cmp);
                plain.truncate(k);
                assert_eq!(all[i], (i, plain.clone()));
                plain.retain(|&value| value < 0.4);
                assert_eq!(below[i], (i, plain));
            }
        }
    }

    #[test]
    fn finds_what_a_full_scan_finds() {
        for n in [1, 5, 8, 9, 33, 500] {
            agrees::<2>(n, 4, false);
            agrees::<2>(n, 12, true);
            agrees::<3>(n, 6, false);
            agrees::<6>(n, 1, false);
        }
    }

    #[test]
    fn cells_are_ranges_split_at_the_median() {
        let x = points::<2>(1000, 5, false);
        let order = kd_order(&x);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().enumerate().all(|(i, &k)| i == k as usize));
        // the two halves do not overlap in the dimension that was split
        let side = |range: std::ops::Range<usize>, k: usize, pick: fn(f64, f64) -> f64| {
            order[range].iter().map(|&i| x[i as usize][k]).reduce(pick).unwrap()
        };
        assert!((0..2).any(|k| side(0..500, k, f64::max) <= side(500..1000, k, f64::min)));
        assert_eq!((boundary(1000, 1, 1), boundary(7, 2, 3), boundary(7, 2, 4)), (500, 5, 7));
    }
}
