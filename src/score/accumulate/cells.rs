//! Masses in the cells of a grid, for a bracket of W₂ of samples of any size.

use super::accumulator::Accumulator;
use super::additive::Additive;
use super::format::{Arrays, foreign};
use super::merged::Merged;
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::score::normal_estimate;
use crate::transport;
use ndarray::{Array2, ArrayView1, ArrayView2};
use std::collections::BTreeMap;

/// The mass, the mean and the spread of the rows in each cell of a grid that is not empty.
///
/// Moving the rows of a cell to their mean costs exactly their spread. So W₂ of a sample and of its means of cells is at most `r`, the root of all spreads together, and
/// `|W₂(P, Q) - W₂(cells)| ≤ r_P + r_Q`. Cells of half the edge have at most half the bound `edge √columns / 2`. O(columns) a row and `columns + 2` numbers a cell.
///
/// ```
/// use fenchel::score::accumulate::{Accumulator, CellMasses};
/// use ndarray::array;
/// let kind = CellMasses::new(2, 0.5, 1000)?;
/// let (mut x, mut y) = (Accumulator::new(kind.clone()), Accumulator::new(kind));
/// x.push(array![[0.1, 0.1], [0.2, 0.1], [1.0, 1.0]])?;
/// y.push(array![[3.1, 4.1], [3.2, 4.1], [4.0, 5.0]])?;
/// let w2 = x.w2(&y)?; // a shift by (3, 4)
/// assert!(w2.bracket.0 <= 5.0 && 5.0 <= w2.bracket.1 && w2.bracket.1 - w2.bracket.0 < 0.2);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CellMasses {
    columns: usize,
    edge: f64,
    most: usize,
    cells: BTreeMap<Vec<i64>, CellOfRows>,
}

/// The rows of a cell.
#[derive(Debug, Clone, PartialEq)]
struct CellOfRows {
    weight: f64,
    mean: Vec<f64>,
    /// Weighted squared distances from the mean.
    spread: f64,
}

impl CellOfRows {
    fn join(&mut self, weight: f64, mean: ArrayView1<'_, f64>, spread: f64) {
        let (n, m) = (self.weight, weight);
        let share = m / (n + m);
        let mut square = 0.0;
        for (own, other) in self.mean.iter_mut().zip(mean) {
            let apart = other - *own;
            *own += apart * share;
            square += apart * apart;
        }
        self.spread += spread + square * (n * share);
        self.weight += weight;
    }
}

impl CellMasses {
    /// Cells of this edge for rows of so many columns, and at most so many that are not empty.
    ///
    /// # Errors
    /// No columns; an edge that is not positive; no cells or more than ten million.
    ///
    /// ```
    /// use fenchel::score::accumulate::CellMasses;
    /// assert!(CellMasses::new(2, 0.0, 1000).is_err());
    /// ```
    pub fn new(columns: usize, edge: f64, most: usize) -> Result<Self> {
        const CELLS: usize = 10_000_000;
        if columns == 0 {
            return Err(Error::too_few("rows", 0, 1, "columns"));
        }
        if !(edge.is_finite() && edge > 0.0) {
            return Err(Error::out_of_domain("edge of cells", edge, "a positive number, in the unit of the columns"));
        }
        match most {
            0 => Err(Error::too_few("grid", 0, 1, "cells")),
            1..=CELLS => Ok(Self { columns, edge, most, cells: BTreeMap::new() }),
            _ => Err(Error::too_many("grid", CELLS as u64, "cells")),
        }
    }

    fn add(&mut self, key: Vec<i64>, weight: f64, mean: ArrayView1<'_, f64>, spread: f64) -> Result<()> {
        if let Some(cell) = self.cells.get_mut(&key) {
            cell.join(weight, mean, spread);
            return Ok(());
        }
        if self.cells.len() == self.most {
            return Err(Error::too_many("grid", self.most as u64, "cells with rows; take a larger edge"));
        }
        self.cells.insert(key, CellOfRows { weight, mean: mean.to_vec(), spread });
        Ok(())
    }
}

impl Additive for CellMasses {
    const NAME: &'static str = "cells";
    const NUMBER: u32 = 6;

    fn columns(&self) -> usize {
        self.columns
    }

    fn specification(&self, to: &mut Arrays) {
        to.count("columns", self.columns as u64);
        to.reals("edge", &[self.edge]);
        to.count("most", self.most as u64);
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>, weights: Option<&[f64]>, _: u64) -> Result<()> {
        /// Beyond it neighbouring whole numbers are one `f64`.
        const FARTHEST: f64 = (1u64 << 52) as f64;
        for (i, row) in rows.rows().into_iter().enumerate() {
            let weight = weights.map_or(1.0, |weights| weights[i]);
            if weight == 0.0 {
                continue;
            }
            let places = row.mapv(|x| (x / self.edge).floor());
            if let Some(far) = places.iter().find(|place| place.abs() > FARTHEST) {
                return Err(Error::out_of_domain("number of a cell", *far, "below 2^52: take a larger edge"));
            }
            self.add(places.iter().map(|place| *place as i64).collect(), weight, row, 0.0)?;
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        let mut all = other.cells.iter();
        all.try_for_each(|(key, cell)| {
            self.add(key.clone(), cell.weight, ArrayView1::from(&cell.mean[..]), cell.spread)
        })
    }

    fn write(&self, to: &mut Arrays) {
        to.count("cells", self.cells.len() as u64);
        to.integers("places", &self.cells.keys().flatten().copied().collect::<Vec<i64>>());
        let cells = || self.cells.values();
        to.reals("weights", &cells().map(|cell| cell.weight).collect::<Vec<f64>>());
        to.reals("means", &cells().flat_map(|cell| cell.mean.clone()).collect::<Vec<f64>>());
        to.reals("spreads", &cells().map(|cell| cell.spread).collect::<Vec<f64>>());
    }

    fn read(from: &mut Arrays, rows: u64) -> Result<Self> {
        let (columns, edge) = (from.take_size("columns")?, from.take_reals("edge", 1)?[0]);
        let mut state = Self::new(columns, edge, from.take_size("most")?)?;
        let cells = from.take_size("cells")?;
        let all = cells.checked_mul(columns).ok_or_else(|| foreign("there are too many cells"))?;
        let places = from.take_integers("places", all)?;
        let weights = from.take_reals("weights", cells)?;
        let means = from.take_reals("means", all)?;
        let spreads = from.take_reals("spreads", cells)?;
        let sums = weights.iter().all(|weight| *weight > 0.0) && spreads.iter().all(|spread| *spread >= 0.0);
        if !sums || cells > state.most || cells as u64 > rows {
            return Err(foreign("the cells do not fit"));
        }
        for (k, (place, mean)) in places.chunks_exact(columns).zip(means.chunks_exact(columns)).enumerate() {
            let cell = CellOfRows { weight: weights[k], mean: mean.to_vec(), spread: spreads[k] };
            state.cells.insert(place.to_vec(), cell);
        }
        if state.cells.len() == cells { Ok(state) } else { Err(foreign("a cell stands there twice")) }
    }
}

impl Accumulator<CellMasses> {
    /// The mass of each cell, its mean, and the radius `r` of the sample about these means.
    ///
    /// # Errors
    /// No rows.
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, CellMasses};
    /// let mut state = Accumulator::new(CellMasses::new(1, 1.0, 10)?);
    /// state.push(ndarray::array![[0.25], [0.75], [7.5]])?;
    /// let (law, radius) = state.finish()?;
    /// assert_eq!(law.points(), ndarray::array![[0.5], [7.5]]);
    /// assert!((radius - (0.125f64 / 3.0).sqrt()).abs() < 1e-15);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn finish(&self) -> Result<(Empirical, f64)> {
        let cells = &self.kept.cells;
        let total: f64 = cells.values().map(|cell| cell.weight).sum();
        if cells.is_empty() {
            return Err(Error::too_few("sample", 0, 1, "rows"));
        }
        let means: Vec<f64> = cells.values().flat_map(|cell| cell.mean.clone()).collect();
        let points =
            Array2::from_shape_vec((cells.len(), self.columns()), means).expect("every cell has as many columns");
        let weights: Vec<f64> = cells.values().map(|cell| cell.weight / total).collect();
        let spread: f64 = cells.values().map(|cell| cell.spread).sum();
        Ok((Empirical::weighted(points, weights)?, (spread / total).sqrt()))
    }

    /// W₂ of the means of the cells, solved exactly, with a bracket of W₂ of the rows: the proven bracket of the solver, less and plus both radii.
    ///
    /// # Errors
    /// Other specifications; no rows; as [`transport::w2`].
    pub fn w2(&self, generated: &Self) -> Result<Merged> {
        self.alike(generated)?;
        let ((x, r), (y, s)) = (self.finish()?, generated.finish()?);
        let solution = transport::w2(&x, &y)?;
        let (low, high) = solution.distance_bracket();
        let value = solution.distance();
        // a mean and a sum of squares about it lose a few roundings for each row, at worst all in one direction
        let rows = self.rows().max(generated.rows()) as f64;
        let far = |law: &Empirical| law.points().iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let rounding = 8.0 * f64::EPSILON * rows * (r + s + (self.columns() as f64).sqrt() * (far(&x) + far(&y)));
        let reach = r + s + rounding;
        let bracket = ((low - reach).max(0.0), high + reach);
        let how = format!(
            "{} and {} cells of edge {}, radii {r:.2e} and {s:.2e}; no error of the rows",
            x.len(),
            y.len(),
            self.kept.edge
        );
        let sizes = (self.rows() as usize, generated.rows() as usize, self.columns());
        let estimate: Estimate = normal_estimate("w2", value, None, (0.0, f64::INFINITY), sizes, how);
        Ok(Merged { estimate, bracket, rounding })
    }
}
