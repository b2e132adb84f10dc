//! Nearest neighbours of the rows of one matrix among the rows of another: exact, in any dimension.
//!
//! In few dimensions a k-d tree finds them in O(log n) a query; in many a tree visits nearly every point, and blocks
//! of matrix products ([`scan`](super::scan)) are faster. Which of the two is used is decided here and nowhere else. Both
//! give the squared distances of the differences of the coordinates, to the bit, so ties and zeros are exact; of rows at one distance the
//! one with the least number comes first. Queries run on all threads, each on its own, so the bits do not depend on their number.

use super::distance::{TIE, for_blocks};
use super::scan::{Row, Screen};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Columns up to which the tree wins over blocks.
pub(crate) const TREE_COLUMNS: usize = 8;
/// Rows from which building a tree pays.
const TREE_ROWS: usize = 256;
/// Points in a leaf.
const LEAF: usize = 12;
/// Queries a task.
const CHUNK: usize = 256;

/// Points that can be asked for neighbours.
pub(crate) struct Points<'a> {
    points: ArrayView2<'a, f64>,
    tree: Option<MedianTree>,
}

impl<'a> Points<'a> {
    pub(crate) fn new(points: ArrayView2<'a, f64>) -> Self {
        let small = points.ncols() <= TREE_COLUMNS && points.nrows() >= TREE_ROWS;
        Self { points, tree: small.then(|| MedianTree::new(points)) }
    }

    /// What `task` finds around each query, in their order; it is given the number of the query.
    pub(crate) fn around<T: Send>(
        &self,
        queries: ArrayView2<'_, f64>,
        task: impl Fn(usize, &Around<'_>) -> T + Sync,
    ) -> Vec<T> {
        match &self.tree {
            Some(tree) => for_queries(queries, |i, query| task(i, &Around::Tree { tree, query })),
            None => {
                let scan = Screen::new(queries, self.points);
                let block = |first: usize| {
                    let block = scan.block(first);
                    let see = |i: usize| {
                        let (exact, doubles) = (|j| block.exact(i, j), || block.doubles(i));
                        task(first + i, &Around::Scan(block.row(i, &exact, &doubles)))
                    };
                    (0..block.rows()).map(see).collect::<Vec<T>>()
                };
                for_blocks(queries.nrows(), block).into_iter().flatten().collect()
            }
        }
    }

    /// Squared distances of every query to its `k` nearest points, ascending. With `own`, the queries are the points
    /// and row `i` does not count itself; copies of it count. The caller sees to it that there are `k`.
    pub(crate) fn nearest(&self, queries: ArrayView2<'_, f64>, k: usize, own: bool) -> Array2<f64> {
        let rows = self.around(queries, |i, around| around.nearest(k, own.then_some(i)));
        Array2::from_shape_fn((queries.nrows(), k), |(i, j)| rows[i][j].0)
    }

    /// The numbers of points in closed balls around every query, one for each squared radius in its row of `radii`;
    /// `own` as in [`nearest`](Self::nearest).
    pub(crate) fn within(&self, queries: ArrayView2<'_, f64>, radii: ArrayView2<'_, f64>, own: bool) -> Array2<usize> {
        let rows = self.around(queries, |i, around| {
            radii.row(i).iter().map(|&radius| around.count_within(radius)).collect::<Vec<usize>>()
        });
        let itself = usize::from(own);
        Array2::from_shape_fn(radii.dim(), |(i, j)| rows[i][j] - itself)
    }
}

/// The points as they are seen from one query.
pub(crate) enum Around<'p> {
    Tree { tree: &'p MedianTree, query: &'p [f64] },
    Scan(Row<'p>),
}

impl Around<'_> {
    /// The `k` nearest points but `skip`, as squared distance and row, ascending by both. There must be so many.
    pub(crate) fn nearest(&self, k: usize, skip: Option<usize>) -> Vec<(f64, usize)> {
        self.collect(Best::new(k, true), skip)
    }

    /// As [`nearest`](Self::nearest), but of the points at the distance of the last any may be among them. Where most points are equal this is
    /// found at once.
    pub(crate) fn some_nearest(&self, k: usize, skip: Option<usize>) -> Vec<(f64, usize)> {
        self.collect(Best::new(k, false), skip)
    }

    fn collect(&self, mut best: Best, skip: Option<usize>) -> Vec<(f64, usize)> {
        let k = best.ascending.len();
        match self {
            Self::Tree { tree, query } => {
                tree.nearest(0, query, skip, &mut best);
                best.ascending
            }
            Self::Scan(row) => {
                let mut nearest = row.near(k, skip).unwrap_or_else(|| near_by_doubles(row, best, skip));
                nearest.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                nearest.truncate(k);
                nearest
            }
        }
    }

    /// How many points there are in the closed ball of this squared radius.
    pub(crate) fn count_within(&self, radius: f64) -> usize {
        match self {
            Self::Tree { tree, query } => tree.count_within(0, query, radius),
            Self::Scan(row) => {
                let mut count = 0;
                let told = row.within(radius, |j, surely| count += usize::from(surely || row.exact(j) <= radius));
                if !told {
                    let (inside, edge) = (radius * (1.0 - TIE), radius * (1.0 + TIE));
                    let counts = |j: usize, d: f64| d < inside || (d <= edge && row.exact(j) <= radius);
                    count = row.doubles().iter().enumerate().filter(|(j, d)| counts(*j, **d)).count();
                }
                count
            }
        }
    }

    /// Calls `found` with row and squared distance of every point in the closed ball of this squared radius, in no order.
    pub(crate) fn for_each_within(&self, radius: f64, mut found: impl FnMut(usize, f64)) {
        match self {
            Self::Tree { tree, query } => tree.for_each_within(0, query, radius, &mut found),
            Self::Scan(row) => {
                let mut look = |j: usize| {
                    let distance = row.exact(j);
                    if distance <= radius {
                        found(j, distance);
                    }
                };
                if !row.within(radius, |j, _| look(j)) {
                    let edge = radius * (1.0 + TIE);
                    row.doubles().iter().enumerate().filter(|(_, d)| **d <= edge).for_each(|(j, _)| look(j));
                }
            }
        }
    }
}

/// Rows and squared distances of those that may be among the nearest, where single precision does not tell.
fn near_by_doubles(row: &Row<'_>, mut best: Best, skip: Option<usize>) -> Vec<(f64, usize)> {
    let distances = row.doubles();
    // later rows come after earlier ones at the same distance
    let mut worst = f64::INFINITY;
    for (j, &distance) in distances.iter().enumerate() {
        if distance < worst && Some(j) != skip {
            best.offer(distance, j);
            worst = best.worst().0;
        }
    }
    // whoever is among the nearest up to rounding is compared by exact distance
    let reach = worst * (1.0 + TIE);
    let near = distances.iter().enumerate().filter(|(j, d)| **d <= reach && Some(*j) != skip);
    near.map(|(j, _)| (row.exact(j), j)).collect()
}

fn for_queries<T: Send>(queries: ArrayView2<'_, f64>, task: impl Fn(usize, &[f64]) -> T + Sync) -> Vec<T> {
    let queries = queries.as_standard_layout();
    let Some(flat) = queries.as_slice() else { unreachable!("standard layout is one slice") };
    let d = queries.ncols();
    flat.par_chunks(CHUNK * d)
        .enumerate()
        .flat_map_iter(|(chunk, rows)| {
            let task = &task;
            rows.chunks_exact(d).enumerate().map(move |(i, row)| task(chunk * CHUNK + i, row))
        })
        .collect()
}

/// The least `k` of the distances offered, those at one distance by row.
struct Best {
    ascending: Vec<(f64, usize)>,
    /// Whether the row decides between points at one distance.
    by_row: bool,
}

impl Best {
    fn new(k: usize, by_row: bool) -> Self {
        Self { ascending: vec![(f64::INFINITY, usize::MAX); k], by_row }
    }

    fn worst(&self) -> (f64, usize) {
        self.ascending[self.ascending.len() - 1]
    }

    /// Whether a point that is no nearer and has no smaller row number may still be among them.
    fn admits(&self, distance: f64, row: usize) -> bool {
        let worst = self.worst();
        distance < worst.0 || (self.by_row && distance <= worst.0 && row < worst.1)
    }

    fn offer(&mut self, distance: f64, row: usize) {
        if !self.admits(distance, row) {
            return;
        }
        let by_row = self.by_row;
        let before = |other: &(f64, usize)| other.0 < distance || (other.0 <= distance && (!by_row || other.1 < row));
        let mut place = self.ascending.len() - 1;
        while place > 0 && !before(&self.ascending[place - 1]) {
            self.ascending[place] = self.ascending[place - 1];
            place -= 1;
        }
        self.ascending[place] = (distance, row);
    }
}

/// Points in boxes, each split in two at the median of its longest side; node `i` has the children `2i+1` and `2i+2`.
pub(crate) struct MedianTree {
    columns: usize,
    /// The points, row by row, each node's in one piece.
    points: Vec<f64>,
    /// The row number each had.
    rows: Vec<usize>,
    nodes: Vec<Node>,
    /// Of each node the least and the greatest corner.
    boxes: Vec<f64>,
}

#[derive(Clone, Copy, Default)]
struct Node {
    first: usize,
    last: usize,
    /// The least number that a row of it had.
    least: usize,
}

impl Node {
    fn is_leaf(self) -> bool {
        self.last - self.first <= LEAF
    }
}

impl MedianTree {
    fn new(points: ArrayView2<'_, f64>) -> Self {
        let (n, columns) = points.dim();
        let mut rows: Vec<usize> = (0..n).collect();
        let (mut nodes, mut boxes) = (Vec::new(), Vec::new());
        build(points, &mut rows, Node { first: 0, last: n, least: 0 }, 0, &mut nodes, &mut boxes);
        let points = rows.iter().flat_map(|&i| points.row(i).into_iter().copied()).collect();
        Self { columns, points, rows, nodes, boxes }
    }

    fn corners(&self, node: usize) -> (&[f64], &[f64]) {
        self.boxes[2 * self.columns * node..2 * self.columns * (node + 1)].split_at(self.columns)
    }

    /// The squared distance to the nearest point of a box.
    fn gap(&self, node: usize, query: &[f64]) -> f64 {
        let (low, high) = self.corners(node);
        let sides = query.iter().zip(low.iter().zip(high));
        sides
            .map(|(&x, (&l, &h))| {
                if x < l {
                    (l - x) * (l - x)
                } else if x > h {
                    (x - h) * (x - h)
                } else {
                    0.0
                }
            })
            .sum()
    }

    /// The squared distance to its farthest corner.
    fn span(&self, node: usize, query: &[f64]) -> f64 {
        let (low, high) = self.corners(node);
        let sides = query.iter().zip(low.iter().zip(high));
        sides.map(|(&x, (&l, &h))| ((x - l) * (x - l)).max((x - h) * (x - h))).sum()
    }

    fn leaf_distances<'t>(&'t self, node: Node, query: &'t [f64]) -> impl Iterator<Item = (usize, f64)> + 't {
        let points = &self.points[node.first * self.columns..node.last * self.columns];
        let distance = move |point: &[f64]| point.iter().zip(query).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        (node.first..).zip(points.chunks_exact(self.columns).map(distance))
    }

    fn nearest(&self, at: usize, query: &[f64], skip: Option<usize>, best: &mut Best) {
        let node = self.nodes[at];
        if node.is_leaf() {
            for (place, distance) in self.leaf_distances(node, query) {
                if best.admits(distance, self.rows[place]) && Some(self.rows[place]) != skip {
                    best.offer(distance, self.rows[place]);
                }
            }
            return;
        }
        let children = [2 * at + 1, 2 * at + 2].map(|child| (self.gap(child, query), child));
        let [near, far] = if children[0].0 <= children[1].0 { children } else { [children[1], children[0]] };
        for (gap, child) in [near, far] {
            if best.admits(gap, self.nodes[child].least) {
                self.nearest(child, query, skip, best);
            }
        }
    }

    fn count_within(&self, at: usize, query: &[f64], radius: f64) -> usize {
        let node = self.nodes[at];
        if node.is_leaf() {
            return self.leaf_distances(node, query).filter(|(_, d)| *d <= radius).count();
        }
        if self.span(at, query) <= radius {
            return node.last - node.first;
        }
        let inside =
            |child: usize| if self.gap(child, query) <= radius { self.count_within(child, query, radius) } else { 0 };
        inside(2 * at + 1) + inside(2 * at + 2)
    }

    fn for_each_within(&self, at: usize, query: &[f64], radius: f64, found: &mut impl FnMut(usize, f64)) {
        let node = self.nodes[at];
        if node.is_leaf() {
            let inside = self.leaf_distances(node, query).filter(|(_, d)| *d <= radius);
            inside.for_each(|(place, distance)| found(self.rows[place], distance));
            return;
        }
        for child in [2 * at + 1, 2 * at + 2] {
            if self.gap(child, query) <= radius {
                self.for_each_within(child, query, radius, found);
            }
        }
    }
}

fn build(
    points: ArrayView2<'_, f64>,
    rows: &mut [usize],
    node: Node,
    at: usize,
    nodes: &mut Vec<Node>,
    boxes: &mut Vec<f64>,
) {
    let d = points.ncols();
    if nodes.len() <= at {
        nodes.resize(at + 1, Node::default());
        boxes.resize(2 * d * (at + 1), 0.0);
    }
    nodes[at] = Node { least: rows.iter().copied().min().unwrap_or(0), ..node };
    let corners = &mut boxes[2 * d * at..2 * d * (at + 1)];
    let (mut longest, mut side) = (f64::NEG_INFINITY, 0);
    for j in 0..d {
        let (low, high) = rows.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &i| {
            (low.min(points[[i, j]]), high.max(points[[i, j]]))
        });
        (corners[j], corners[d + j]) = (low, high);
        if high - low > longest {
            (longest, side) = (high - low, j);
        }
    }
    if node.is_leaf() {
        return;
    }
    let half = rows.len() / 2;
    rows.select_nth_unstable_by(half, |&a, &b| points[[a, side]].total_cmp(&points[[b, side]]).then(a.cmp(&b)));
    let (left, right) = rows.split_at_mut(half);
    let middle = node.first + half;
    build(points, left, Node { last: middle, ..node }, 2 * at + 1, nodes, boxes);
    build(points, right, Node { first: middle, ..node }, 2 * at + 2, nodes, boxes);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::super::distance::squared_distance;
    use super::*;
    use crate::numeric::stream;
    use rand::RngExt;

    /// Sorts all distances.
    fn by_hand(points: &Array2<f64>, queries: &Array2<f64>, k: usize, own: bool) -> Array2<f64> {
        let mut out = Array2::zeros((queries.nrows(), k));
        for i in 0..queries.nrows() {
            let others = (0..points.nrows()).filter(|&j| !own || j != i);
            let mut all: Vec<f64> = others.map(|j| squared_distance(queries.row(i), points.row(j))).collect();
            all.sort_by(f64::total_cmp);
            (0..k).for_each(|j| out[[i, j]] = all[j]);
        }
        out
    }

    #[test]
    fn tree_and_blocks_find_what_sorting_all_distances_finds() {
        let mut rng = stream(4, 0);
        for (n, d, grid) in [
            (700, 1, false),
            (700, 2, true),
            (900, 3, false),
            (400, 8, true),
            (300, 9, true),
            (700, 12, false),
            (700, 9, true),
            (90, 2, false),
        ] {
            let mut draw = |rows: usize| {
                Array2::from_shape_simple_fn((rows, d), || {
                    let u: f64 = rng.random();
                    if grid { (6.0 * u).floor() } else { 1e3 + u * u * u }
                })
            };
            let (points, queries) = (draw(n), draw(150));
            let index = Points::new(points.view());
            for k in [1, 4, 30] {
                let exact = by_hand(&points, &queries, k, false);
                assert_eq!(index.nearest(queries.view(), k, false), exact);
                let own = by_hand(&points, &points, k, true);
                assert_eq!(index.nearest(points.view(), k, true), own);
                // closed balls hold their edge
                let counts = index.within(queries.view(), exact.view(), false);
                for ((i, j), &count) in counts.indexed_iter() {
                    let inside = |p: &usize| squared_distance(queries.row(i), points.row(*p)) <= exact[[i, j]];
                    assert_eq!(count, (0..n).filter(inside).count());
                    assert!(count > j);
                }
                let counts = index.within(points.view(), own.view(), true);
                assert!(counts.indexed_iter().all(|((_, j), &count)| count > j));
                // rows, with those at one distance in their order, and everyone in the ball
                let seen = index.around(queries.view(), |i, around| {
                    let mut inside = Vec::new();
                    around.for_each_within(exact[[i, k - 1]], |j, distance| inside.push((distance, j)));
                    inside.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                    let distances = |found: Vec<(f64, usize)>| found.into_iter().map(|(d, _)| d).collect::<Vec<f64>>();
                    assert_eq!(distances(around.some_nearest(k, None)), distances(around.nearest(k, None)));
                    (around.nearest(k, None), inside, around.nearest(k, Some(i % n)))
                });
                for (i, (nearest, inside, others)) in seen.into_iter().enumerate() {
                    let mut all: Vec<(f64, usize)> =
                        (0..n).map(|j| (squared_distance(queries.row(i), points.row(j)), j)).collect();
                    all.sort_by(|a, b| a.0.total_cmp(&b.0));
                    let ball = all.iter().take_while(|(d, _)| *d <= exact[[i, k - 1]]).count();
                    assert_eq!((&nearest[..], &inside[..]), (&all[..k], &all[..ball]));
                    all.retain(|(_, j)| *j != i % n);
                    assert_eq!(others, all[..k]);
                }
            }
        }
    }
}
