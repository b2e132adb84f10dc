//! The sliced distance W₂ by a quantile sketch along each of many random directions.

use super::Running;
use super::columns::{FEWEST, spread};
use super::law::SketchedLaw;
use super::projection::{Projection, checked_origin};
use super::rows::{RowNumbers, same};
use super::sketch::Sketch;
use super::stored::{Version, checked_when_read};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::numeric::variance;
use crate::score::{Z, normal_estimate};
use crate::transport::line::{self, direction};
use ndarray::{Array2, ArrayView2};
use std::sync::OnceLock;

/// Quantile sketches of the projections on random directions, for the sliced distance W₂.
///
/// The directions are those of [`Sliced`](crate::transport::Sliced) and of [`sliced_w2`](crate::score::transport::sliced_w2) with the same seed. Each has
/// two sketches, of the rows of even and of odd number: the distance of two halves of one sample says what equal laws score. So a direction keeps at most `2 k (2 + log₂(n/2k))`
/// numbers. O(d + log k) a row and direction.
///
/// ```
/// use fenchel::score::running::{Running, Slices};
/// use ndarray::array;
/// let (mut x, mut y) = (Slices::new(2, 50, 1024, 0)?, Slices::new(2, 50, 1024, 0)?);
/// x.push(array![[0.0, 0.0], [1.0, 0.0]].view())?;
/// y.push(array![[0.0, 3.0], [1.0, 3.0]].view())?;
/// let found = x.sliced_w2(&y)?;
/// assert!((found.value - 3.0 / 2f64.sqrt()).abs() < 0.5); // a shift of 3, seen from all sides of the plane
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(remote = "Self"))]
pub struct Slices {
    version: Version,
    rows: RowNumbers,
    seed: u64,
    directions: usize,
    origin: Vec<f64>,
    /// Of the even and the odd rows of each direction.
    sketches: Vec<[Sketch; 2]>,
    #[cfg_attr(feature = "serde", serde(skip))]
    projection: OnceLock<Projection>,
}

checked_when_read!(Slices);

impl PartialEq for Slices {
    /// Directions follow from the seed.
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
            && self.alike(other).is_ok()
            && self.rows == other.rows
            && self.sketches == other.sketches
    }
}

impl Slices {
    /// No rows yet, of so many columns, with `k` values a level of each sketch.
    ///
    /// # Errors
    /// No columns, no directions; `k` below 2.
    ///
    /// ```
    /// use fenchel::score::running::Slices;
    /// assert!(Slices::new(3, 50, 2048, 0).is_ok() && Slices::new(3, 0, 2048, 0).is_err());
    /// ```
    pub fn new(columns: usize, directions: usize, k: usize, seed: u64) -> Result<Self> {
        if directions == 0 {
            return Err(Error::too_few("sliced distance", 0, 1, "directions"));
        }
        if k < FEWEST {
            return Err(Error::too_few("level of a sketch", k, FEWEST, "values"));
        }
        Ok(Self {
            version: Version,
            rows: RowNumbers::new(columns)?,
            seed,
            directions,
            origin: vec![0.0; columns],
            sketches: vec![[Sketch::new(k), Sketch::new(k)]; directions],
            projection: OnceLock::new(),
        })
    }

    /// The same, with rows seen from this point: columns far from zero keep their digits if it lies near the data.
    ///
    /// # Errors
    /// An origin with another number of columns, or not finite.
    ///
    /// ```
    /// use fenchel::score::running::Slices;
    /// assert!(Slices::new(2, 10, 64, 0)?.origin(&[1e12, 0.0]).is_ok());
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn origin(mut self, origin: &[f64]) -> Result<Self> {
        self.origin = checked_origin(origin, self.rows.columns())?;
        self.projection = OnceLock::new();
        Ok(self)
    }

    #[cfg(feature = "serde")]
    fn check(&self) -> std::result::Result<(), String> {
        let shape = self.sketches.len() == self.directions && self.origin.len() == self.rows.columns();
        let capacities = self.sketches.iter().flatten().all(|s| s.capacity() >= FEWEST);
        super::stored::sound(shape && capacities && self.directions > 0, "two sketches a direction")
    }

    fn alike(&self, other: &Self) -> Result<()> {
        self.rows.like(&other.rows)?;
        same("numbers of directions", self.directions, other.directions)?;
        same("values a level", self.sketches[0][0].capacity(), other.sketches[0][0].capacity())?;
        same("seeds", self.seed, other.seed)?;
        same("origins", format!("{:?}", self.origin), format!("{:?}", other.origin))
    }

    fn projection(&self) -> &Projection {
        self.projection.get_or_init(|| {
            let mut directions = Array2::zeros((self.rows.columns(), self.directions));
            for (k, mut column) in directions.columns_mut().into_iter().enumerate() {
                column.assign(&direction(self.seed, k as u64, self.rows.columns()));
            }
            Projection { origin: self.origin.clone(), directions }
        })
    }

    /// The sliced distance W₂: the root mean square of W₂ over the directions; the real sample is `self`.
    ///
    /// The standard error joins that over the directions with that of the potentials, which the mean over directions bounds. The interval is for the laws. It is
    /// longer by the rank errors: along each direction W₂ of the rows differs from that of the sketches by no more than the distances
    /// of each sketch from its rows, and these are bounded for certain. Its lower end is moved by the bias of equal laws, seen in the even and the odd rows.
    /// The baseline is the root of this bias.
    ///
    /// # Errors
    /// Other settings; fewer than two rows.
    ///
    /// ```
    /// # use fenchel::score::running::{Running, Slices};
    /// # use ndarray::Array2;
    /// let mut x = Slices::new(2, 20, 64, 0)?;
    /// x.push(Array2::from_shape_fn((50, 2), |(i, j)| (i * (j + 1) % 7) as f64).view())?;
    /// assert_eq!(x.sliced_w2(&x)?.value, 0.0);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn sliced_w2(&self, generated: &Self) -> Result<Estimate> {
        self.alike(generated)?;
        for (what, state) in [("real", self), ("generated", generated)] {
            if state.sketches[0].iter().any(Sketch::is_empty) {
                return Err(Error::too_few(what, state.rows() as usize, 2, "rows of even and of odd number"));
            }
        }
        let (n, m) = (self.rows() as f64, generated.rows() as f64);
        let mut sums = Sums::default();
        for ([x0, x1], [y0, y1]) in self.sketches.iter().zip(&generated.sketches) {
            let (x, y) = (Sketch::law_of(&[x0, x1]), Sketch::law_of(&[y0, y1]));
            sums.add(&x, &y, (n, m))?;
            for halves in [[x0, x1], [y0, y1]] {
                let [even, odd] = halves.map(|half| Sketch::law_of(&[half]));
                // the bias falls like 1/n: two halves have four times that of one whole sample beside its law
                sums.bias += squared(&even, &odd)?.0 / 4.0 / self.directions as f64;
            }
        }
        Ok(self.estimate(&sums, (n, m)))
    }

    fn estimate(&self, sums: &Sums, (n, m): (f64, f64)) -> Estimate {
        let count = self.directions as f64;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
        let square = mean(&sums.squares);
        let value = square.sqrt();
        // the root mean square is a norm: it moves by no more than that of what moves each direction
        let sketch = mean(&sums.errors.iter().map(|e| e * e).collect::<Vec<f64>>()).sqrt();
        let over_directions = (variance(&sums.squares) / count).sqrt();
        let error = over_directions.hypot(mean(&sums.variances).sqrt());
        let std_error = (value > 0.0).then(|| error / (2.0 * value));
        let how = format!(
            "{} directions, seed {}, quantile sketches, sliced W2 of the rows within {sketch:.3e}; potentials and directions",
            self.directions, self.seed
        );
        let sizes = (n as usize, m as usize, self.rows.columns());
        let found = normal_estimate("sliced_w2", value, std_error, (0.0, f64::INFINITY), sizes, how);
        let reach = Z * error.hypot(sums.bias);
        let (low, high) = ((square - sums.bias - reach).max(0.0).sqrt(), (square + reach).sqrt());
        let interval = Some(((low - sketch).max(0.0), high + sketch));
        Estimate { interval, baseline: Some(sums.bias.sqrt()), ..found }
    }
}

/// What the directions say, one after another.
#[derive(Default)]
struct Sums {
    squares: Vec<f64>,
    /// How far W₂ of the rows may be from that of the sketches.
    errors: Vec<f64>,
    /// The variance of the square over samples.
    variances: Vec<f64>,
    bias: f64,
}

impl Sums {
    fn add(&mut self, x: &SketchedLaw, y: &SketchedLaw, (n, m): (f64, f64)) -> Result<()> {
        let (square, of_x, of_y) = squared(x, y)?;
        self.squares.push(square);
        self.errors.push(x.distance_to_rows(2) + y.distance_to_rows(2));
        self.variances.push(of_x / n + of_y / m);
        Ok(())
    }
}

/// The squared distance of two laws on the line, and the variances of its potentials.
fn squared(x: &SketchedLaw, y: &SketchedLaw) -> Result<(f64, f64, f64)> {
    let (a, b) = (x.masses(), y.masses());
    let solution = line::wasserstein(x.points(), Some(&a), y.points(), Some(&b), 2.0)?;
    let (u, v) = &solution.potentials;
    Ok((solution.cost().max(0.0), spread(u, &a), spread(v, &b)))
}

impl Running for Slices {
    type Finished = Vec<SketchedLaw>;

    fn starting_at(mut self, row: u64) -> Self {
        self.rows = self.rows.starting_at(row);
        self
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>) -> Result<()> {
        let first = self.rows.take(rows)?;
        let mut values = vec![0.0; self.directions];
        for (row, number) in rows.rows().into_iter().zip(first..) {
            self.projection().project(row, &mut values);
            for (value, sketches) in values.iter().zip(&mut self.sketches) {
                sketches[(number % 2) as usize].extend([*value]);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        self.alike(other)?;
        self.rows.join(&other.rows)?;
        for (one, other) in self.sketches.iter_mut().flatten().zip(other.sketches.iter().flatten()) {
            one.merge(other);
        }
        Ok(())
    }

    /// The law of the projections on each direction.
    fn finish(&self) -> Result<Vec<SketchedLaw>> {
        if self.rows() == 0 {
            return Err(Error::too_few("sample", 0, 1, "rows"));
        }
        Ok(self.sketches.iter().map(|[even, odd]| Sketch::law_of(&[even, odd])).collect())
    }

    fn rows(&self) -> u64 {
        self.rows.count()
    }
}
