//! Costs between two clouds of few dimensions, searched by a kd-tree.

use crate::transport::exact::find::kdtree::KdTree;
use crate::transport::exact::find::{Finder, Found, Search};
use crate::transport::problem::cost::Ground;
use std::f64::consts::FRAC_1_SQRT_2;

/// Fractions of the spacing, and what is divided by them, stay within the range of a double.
const LEAST: f64 = 1e-290;

/// Queries, and a tree of the points among which their answers are.
pub(in crate::transport) struct Near<const D: usize> {
    pub ground: Ground,
    pub queries: Vec<[f64; D]>,
    pub points: Vec<[f64; D]>,
    tree: KdTree<D>,
}

impl<const D: usize> Near<D> {
    fn new(ground: Ground, queries: Vec<[f64; D]>, points: Vec<[f64; D]>) -> Self {
        Self { ground, tree: KdTree::new(ground, &points), queries, points }
    }

    /// The costs between two clouds, both in kd order.
    pub(in crate::transport) fn between(ground: Ground, x: Vec<[f64; D]>, y: Vec<[f64; D]>) -> Search<Self> {
        Search { rows: Self::new(ground, x.clone(), y.clone()), columns: Self::new(ground, y, x) }
    }
}

impl<const D: usize> Search<Near<D>> {
    /// By how much the reduced costs of neighbouring arcs differ; zero where that is too little to divide by.
    pub(in crate::transport) fn spacing(&self) -> f64 {
        let distance = f64::hypot(self.rows.tree.spacing(), self.columns.tree.spacing()) * FRAC_1_SQRT_2;
        let spacing = if self.rows.ground == Ground::SqEuclidean { distance * distance } else { distance };
        if spacing > LEAST { spacing } else { 0.0 }
    }
}

impl<const D: usize> Finder for Near<D> {
    fn shape(&self) -> (usize, usize) {
        (self.queries.len(), self.points.len())
    }

    fn cost(&self, query: usize, index: usize) -> f64 {
        self.ground.between(&self.queries[query], &self.points[index])
    }

    fn set_potentials(&mut self, potentials: &[f64]) {
        self.tree.set_potentials(potentials);
    }

    fn lowest<T: Send + Default>(
        &self,
        k: usize,
        below: Option<&[f64]>,
        visit: impl Fn(usize, &[Found], &mut T) + Sync,
    ) -> Vec<T> {
        self.tree.lowest(&self.queries, k, below, visit)
    }

    fn part(&self, queries: &[u32], points: &[u32]) -> Self {
        let pick = |all: &[[f64; D]], some: &[u32]| some.iter().map(|&k| all[k as usize]).collect();
        Self::new(self.ground, pick(&self.queries, queries), pick(&self.points, points))
    }
}
