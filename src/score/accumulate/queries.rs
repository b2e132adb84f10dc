//! Precision, recall, density and coverage of some rows that every machine knows.

use super::accumulator::Accumulator;
use super::additive::{Additive, unweighted};
use super::format::{Arrays, foreign};
use super::merged::Merged;
use crate::error::{Error, Result};
use crate::linalg;
use crate::score::normal_estimate;
use ndarray::{Array2, ArrayView1, ArrayView2};

/// For some real and some generated rows, the *queries*: their nearest rows in a sample, and which rows of the sample lie in their balls.
///
/// The ball of a query reaches to its `k`-th nearest query of the same sample, and is open. The state counts rows of the sample that lie in some ball, and in how many.
/// It keeps the `k + 1` least distances of every query. All of this has the same bits in any order. O(queries columns) a row, `k + 1` numbers a query.
///
/// ```
/// use fenchel::score::accumulate::{Accumulator, QueryDistances};
/// use ndarray::array;
/// let queries = array![[0.0], [1.0], [2.0]];
/// let kind = QueryDistances::new(queries.view(), queries.view(), 1)?;
/// let (mut x, mut y) = (Accumulator::new(kind.clone()), Accumulator::new(kind));
/// x.push(array![[0.0], [1.0], [2.0]])?;
/// y.push(array![[0.5], [9.0]])?;
/// let [precision, recall, density, coverage] = x.neighbours(&y)?.map(|found| found.estimate.value);
/// assert_eq!((precision, recall), (0.5, 1.0)); // 9 is in no ball
/// assert_eq!((density, coverage), (1.0, 2.0 / 3.0)); // 0.5 lies in two balls
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct QueryDistances {
    k: usize,
    /// The real queries, then the generated ones.
    queries: Array2<f64>,
    real: usize,
    /// The squared radius of every ball.
    radii: Vec<f64>,
    /// The `k + 1` least squared distances of every query, ascending.
    least: Vec<f64>,
    /// Rows in some real ball, real balls that rows are in, and the same of generated balls.
    inside: [u64; 4],
}

/// No row yet: distances are finite.
const NONE: f64 = f64::MAX;

impl QueryDistances {
    /// With these queries, drawn from the real and from the generated sample.
    ///
    /// # Errors
    /// Different columns; entries that are not finite or beyond 1e150; `k` is 0, or no less than the queries of a sample; more than 2²⁶ numbers.
    ///
    /// ```
    /// use fenchel::score::accumulate::QueryDistances;
    /// use ndarray::array;
    /// assert!(QueryDistances::new(array![[0.0]].view(), array![[0.0]].view(), 1).is_err()); // no second query
    /// ```
    pub fn new(real: ArrayView2<'_, f64>, generated: ArrayView2<'_, f64>, k: usize) -> Result<Self> {
        const MOST: usize = 1 << 26;
        if real.ncols() != generated.ncols() {
            let (left, right) = (("real queries", real.ncols()), ("generated queries", generated.ncols()));
            return Err(Error::size_mismatch(left, right, "columns"));
        }
        if real.ncols() == 0 {
            return Err(Error::too_few("queries", 0, 1, "columns"));
        }
        if k == 0 {
            return Err(Error::too_few("a ball", 0, 1, "neighbours"));
        }
        for (what, rows) in [("real queries", real), ("generated queries", generated)] {
            linalg::check_finite(rows, what)?;
            if rows.nrows() <= k {
                return Err(Error::too_few(what, rows.nrows(), k.saturating_add(1), "rows"));
            }
            check_size(rows)?;
        }
        let all = real.nrows() + generated.nrows();
        if all.checked_mul(k + 1).is_none_or(|size| size > MOST) || all.saturating_mul(real.ncols()) > MOST {
            return Err(Error::too_many("queries", MOST as u64, "numbers"));
        }
        let queries = ndarray::concatenate![ndarray::Axis(0), real, generated].as_standard_layout().into_owned();
        let radii = [radii(real, k), radii(generated, k)].concat();
        Ok(Self { k, real: real.nrows(), queries, radii, least: vec![NONE; all * (k + 1)], inside: [0; 4] })
    }

    /// Keeps a squared distance of a query if it is among the least.
    fn meet(&mut self, query: usize, square: f64) {
        let each = self.k + 1;
        let least = &mut self.least[query * each..(query + 1) * each];
        if square < least[each - 1] {
            let at = least.partition_point(|kept| *kept <= square);
            least[at..].rotate_right(1);
            least[at] = square;
        }
    }

    /// The least distance of a query, or the one of a later place.
    fn nearest(&self, query: usize, place: usize) -> f64 {
        self.least[query * (self.k + 1) + place]
    }
}

/// Squares of differences must not overflow.
fn check_size(rows: ArrayView2<'_, f64>) -> Result<()> {
    const LARGEST: f64 = 1e150;
    match rows.iter().find(|x| x.abs() > LARGEST) {
        Some(x) => Err(Error::out_of_domain("coordinate", *x, "below 1e150; rescale the columns")),
        None => Ok(()),
    }
}

fn square(x: ArrayView1<'_, f64>, y: ArrayView1<'_, f64>) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// The squared distance of each row to its `k`-th nearest other one.
fn radii(rows: ArrayView2<'_, f64>, k: usize) -> Vec<f64> {
    let one = |i: usize| {
        let mut others: Vec<f64> =
            (0..rows.nrows()).filter(|j| *j != i).map(|j| square(rows.row(i), rows.row(j))).collect();
        *others.select_nth_unstable_by(k - 1, f64::total_cmp).1
    };
    (0..rows.nrows()).map(one).collect()
}

impl Additive for QueryDistances {
    const NAME: &'static str = "queries";
    const NUMBER: u32 = 7;

    fn columns(&self) -> usize {
        self.queries.ncols()
    }

    fn specification(&self, to: &mut Arrays) {
        to.count("columns", self.columns() as u64);
        to.count("k", self.k as u64);
        to.counts("sizes", &[self.real as u64, (self.queries.nrows() - self.real) as u64]);
        to.reals("queries", self.queries.as_slice().expect("standard layout"));
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>, weights: Option<&[f64]>, _: u64) -> Result<()> {
        unweighted(weights, Self::NAME)?;
        check_size(rows)?;
        let queries = std::mem::take(&mut self.queries);
        for row in rows.rows() {
            let mut balls = [0u64; 2];
            for (i, query) in queries.rows().into_iter().enumerate() {
                let square = square(row, query);
                self.meet(i, square);
                balls[usize::from(i >= self.real)] += u64::from(square < self.radii[i]);
            }
            for (kind, balls) in balls.into_iter().enumerate() {
                self.inside[2 * kind] += u64::from(balls > 0);
                self.inside[2 * kind + 1] += balls;
            }
        }
        self.queries = queries;
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        for query in 0..self.queries.nrows() {
            (0..=self.k).for_each(|place| self.meet(query, other.nearest(query, place)));
        }
        for (count, more) in self.inside.iter_mut().zip(other.inside) {
            *count = count.checked_add(more).ok_or_else(|| Error::too_many("balls", u64::MAX, "rows"))?;
        }
        Ok(())
    }

    fn write(&self, to: &mut Arrays) {
        to.counts("inside", &self.inside);
        to.reals("least", &self.least);
    }

    fn read(from: &mut Arrays, rows: u64) -> Result<Self> {
        let (columns, k) = (from.take_size("columns")?, from.take_size("k")?);
        let sizes = from.take_counts("sizes", 2)?;
        let size = |k: usize| usize::try_from(sizes[k]).map_err(|_| foreign("there are too many queries"));
        let (real, generated) = (size(0)?, size(1)?);
        let all = real.checked_add(generated).ok_or_else(|| foreign("there are too many queries"))?;
        let len = all.checked_mul(columns).ok_or_else(|| foreign("there are too many queries"))?;
        let queries = Array2::from_shape_vec((all, columns), from.take_reals("queries", len)?)
            .map_err(|_| foreign("the queries have no shape"))?;
        let (x, y) = queries.view().split_at(ndarray::Axis(0), real);
        let mut state = Self::new(x, y, k)?;
        state.inside = from.take_counts("inside", 4)?.try_into().expect("four counts");
        state.least = from.take_reals("least", state.least.len())?;
        let ascending = state.least.chunks_exact(k + 1).all(|least| least[0] >= 0.0 && least.is_sorted());
        let possible = [(0, real), (2, generated)].into_iter().all(|(at, balls)| {
            let (some, all) = (state.inside[at], state.inside[at + 1]);
            some <= rows && some <= all && all <= some.saturating_mul(balls as u64)
        });
        if ascending && possible { Ok(state) } else { Err(foreign("distances or counts do not fit")) }
    }
}

impl Accumulator<QueryDistances> {
    /// The squared distances of each query to its `k + 1` nearest rows, ascending; real queries first. Where there are fewer rows the rest is `f64::MAX`.
    #[must_use]
    pub fn finish(&self) -> Vec<Vec<f64>> {
        self.kept.least.chunks_exact(self.kept.k + 1).map(<[f64]>::to_vec).collect()
    }

    /// Precision, recall, density and coverage; the real sample is `self`.
    ///
    /// Precision is the share of generated rows in some ball of a real query, recall that of real rows in some ball of a generated query, density the balls of real queries
    /// that a generated row is in, on average, in units of `k`. Coverage is the share of real queries with a generated row nearer than their `k`-th nearest *real row*:
    /// each query is a row of its sample itself and counts as its nearest. The errors are those of the counted rows, or of the queries for coverage; which queries were drawn is not in the
    /// first three.
    ///
    /// # Errors
    /// Other specifications; no generated rows, or not more than `k` real ones.
    pub fn neighbours(&self, generated: &Self) -> Result<[Merged; 4]> {
        self.alike(generated)?;
        let (x, y, k) = (&self.kept, &generated.kept, self.kept.k);
        if self.rows() <= k as u64 {
            return Err(Error::too_few("real", self.rows() as usize, k + 1, "rows"));
        }
        if generated.rows() == 0 {
            return Err(Error::too_few("generated", 0, 1, "rows"));
        }
        let (n, m) = (self.rows() as f64, generated.rows() as f64);
        let sizes = (self.rows() as usize, generated.rows() as usize, self.columns());
        let found = |name: &str, value: f64, error: Option<f64>, most: f64| {
            let how = format!("{} real and {} generated queries, k = {k}, open balls", x.real, x.radii.len() - x.real);
            let estimate = normal_estimate(name, value, error, (0.0, most), sizes, how);
            Merged { estimate, bracket: (value, value), rounding: 0.0 }
        };
        let share = |name: &str, hits: u64, of: f64| {
            let p = hits as f64 / of;
            found(name, p, Some((p * (1.0 - p) / of).sqrt()), 1.0)
        };
        let covered = (0..x.real).filter(|query| y.nearest(*query, 0) < x.nearest(*query, k)).count() as u64;
        let density = y.inside[1] as f64 / (k as f64 * m);
        Ok([
            share("precision", y.inside[0], m),
            share("recall", x.inside[2], n),
            found("density", density, None, f64::INFINITY),
            share("coverage", covered, x.real as f64),
        ])
    }
}
