//! What it costs to move a unit of mass: a matrix, or two point clouds whose costs are computed when they are read.

use crate::error::{Error, Result};
use crate::linalg::check_finite;
use crate::measure::{Real, spread};
use crate::numeric::{exponent, shift_to_one, times_power};
use ndarray::{Array2, ArrayBase, ArrayView2, Axis, Data, Ix2};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The cost between two points of a common space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Ground {
    /// `sum_k (x_k - y_k)²`; its transport cost is the square of the distance W2.
    SqEuclidean,
    /// `sqrt(sum_k (x_k - y_k)²)`; its transport cost is the distance W1.
    Euclidean,
    /// `sum_k |x_k - y_k|`.
    Cityblock,
    /// `max_k |x_k - y_k|`.
    Chebyshev,
}

impl Ground {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SqEuclidean, Self::Euclidean, Self::Cityblock, Self::Chebyshev];

    /// The name that [`FromStr`] reads.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SqEuclidean => "sqeuclidean",
            Self::Euclidean => "euclidean",
            Self::Cityblock => "cityblock",
            Self::Chebyshev => "chebyshev",
        }
    }

    /// The cost between two points, with the bits that [`Cost`] gives it.
    #[inline(always)]
    pub(in crate::transport) fn between(self, x: &[f64], y: &[f64]) -> f64 {
        let gaps = x.iter().zip(y).map(|(x, y)| (x - y).abs());
        match self {
            Self::SqEuclidean => gaps.fold(0.0, |c, gap| c + gap * gap),
            Self::Euclidean => gaps.fold(0.0, |c, gap| c + gap * gap).sqrt(),
            Self::Cityblock => gaps.fold(0.0, |c, gap| c + gap),
            Self::Chebyshev => gaps.fold(0.0, f64::max),
        }
    }

    /// The root that turns a transport cost into a distance between laws: 2 for [`Ground::SqEuclidean`], else 1.
    #[must_use]
    pub fn root(self) -> f64 {
        if self == Self::SqEuclidean { 2.0 } else { 1.0 }
    }

    /// The exponent of the cost of points in units of `2^k`.
    fn unit(self, k: i32) -> i32 {
        if self == Self::SqEuclidean { 2 * k } else { k }
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Ground {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|g| g.name() == name)
            .ok_or_else(|| Error::unknown_name("ground cost", name, Self::ALL.map(Self::name).join(", ")))
    }
}

/// The costs `c_ij` of a transport problem, n×m. Solvers read them a piece of a row at a time and see nothing else.
///
/// An entry of `+inf` forbids the arc. There is no NaN and no `-inf` in it.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Kind", into = "Kind"))]
pub struct Cost(Kind);

#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
enum Kind {
    Matrix(#[cfg_attr(feature = "serde", serde(with = "crate::serial"))] Array2<f64>),
    /// `x` is n×d, `y` is d×m: a row of costs reads each coordinate of all `y` in one run.
    Points {
        #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
        x: Array2<f64>,
        #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
        y: Array2<f64>,
        ground: Ground,
        unit: Unit,
    },
}

/// The unit of length that points are kept in, and how far they spread in it, as powers of two.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Unit {
    /// Zero unless squares of the spread would be out of range in the unit of the data.
    kept: i32,
    /// In the unit kept.
    spread: i32,
}

/// Squares of spreads in this range of exponents neither overflow nor underflow.
const SPREADS: i32 = 300;
/// Largest costs of a matrix in this range of exponents are of ordinary size.
const SIZES: i32 = 60;
/// Spreads of this exponent have squares with room for sums, and leave the most for what is small beside them.
const FINEST: i32 = 400;
/// Costs below this exponent may have lost digits.
const TINY: i32 = -900;

/// The costs as they are kept: a matrix, or the clouds `x` (n×d) and `y` (d×m).
pub(in crate::transport) enum View<'a> {
    Matrix(&'a Array2<f64>),
    Points { x: ArrayView2<'a, f64>, y: ArrayView2<'a, f64>, ground: Ground },
}

/// What [`Problem`](crate::transport::Problem) takes for its costs: a [`Cost`], or a matrix of `f64` or `f32`.
pub trait IntoCost {
    /// The costs.
    ///
    /// # Errors
    /// As [`Cost::matrix`].
    fn into_cost(self) -> Result<Cost>;
}

impl IntoCost for Cost {
    fn into_cost(self) -> Result<Cost> {
        Ok(self)
    }
}

impl IntoCost for &Cost {
    fn into_cost(self) -> Result<Cost> {
        Ok(self.clone())
    }
}

impl<T: Real, S: Data<Elem = T>> IntoCost for ArrayBase<S, Ix2> {
    fn into_cost(self) -> Result<Cost> {
        Cost::matrix(self)
    }
}

impl Cost {
    /// These costs. O(n m) memory; an owned matrix of doubles is kept as it is.
    ///
    /// # Errors
    /// An empty matrix; an entry that is NaN or `-inf`.
    pub fn matrix<T: Real, S: Data<Elem = T>>(costs: ArrayBase<S, Ix2>) -> Result<Self> {
        let costs = T::table(costs);
        for (unit, found) in [("rows", costs.nrows()), ("columns", costs.ncols())] {
            if found == 0 {
                return Err(Error::too_few("cost matrix", found, 1, unit));
            }
        }
        let costs = if costs.is_standard_layout() { costs } else { costs.as_standard_layout().into_owned() };
        let is_cost = |c: f64| c > f64::NEG_INFINITY;
        if !all(entries(&costs), is_cost)
            && let Some(((i, j), &value)) = costs.indexed_iter().find(|(_, c)| !is_cost(**c))
        {
            return Err(Error::out_of_domain(
                format!("cost[{i}, {j}]"),
                value,
                "a number, or +inf for a forbidden arc",
            ));
        }
        Ok(Self(Kind::Matrix(costs)))
    }

    /// The costs between the rows of `x` (n×d) and of `y` (m×d), computed when read. O((n + m) d) memory.
    ///
    /// # Errors
    /// Clouds without points, with coordinates that are not finite, of different dimensions, or so far apart that a cost is
    /// not a finite number.
    pub fn between(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>, ground: Ground) -> Result<Self> {
        for (what, points) in [("x", x), ("y", y)] {
            if points.nrows() == 0 {
                return Err(Error::too_few(what, 0, 1, "points"));
            }
            check_finite(points, what)?;
        }
        if x.ncols() != y.ncols() {
            return Err(Error::size_mismatch(("x", x.ncols()), ("y", y.ncols()), "columns"));
        }
        let corner = |pick: fn(f64, f64) -> f64, start| {
            Array2::from_shape_fn((1, x.ncols()), |(_, k)| {
                x.column(k).iter().chain(y.column(k)).copied().fold(start, pick)
            })
        };
        let low = corner(f64::min, f64::INFINITY);
        let high = corner(f64::max, f64::NEG_INFINITY);
        let spread = spread(low.view(), high.view());
        let kept = if spread.abs() > SPREADS { -shift_to_one(spread, x.iter().chain(y).copied()) } else { 0 };
        let unit = Unit { kept, spread: spread - kept };
        let y = y.t();
        let of = |x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>| {
            let in_unit = |points: ArrayView2<'_, f64>| match kept {
                0 => points.as_standard_layout().into_owned(),
                _ => scaled(&points.as_standard_layout().into_owned(), -kept),
            };
            Self(Kind::Points { x: in_unit(x), y: in_unit(y), ground, unit })
        };
        let farthest = of(low.view(), high.t()).at(0, 0);
        if !farthest.is_finite() {
            return Err(Error::out_of_domain(
                format!("largest {ground} cost between the clouds"),
                farthest,
                "a finite number; rescale the coordinates",
            ));
        }
        Ok(of(x, y))
    }

    /// The same costs in a unit of their own, and the exponent of the unit, unless it is the present one. Then points spread
    /// over about one; of a matrix the largest entry is of ordinary size, or as small as leaves the digits of the smallest.
    pub(in crate::transport) fn in_own_unit(&self) -> Option<(Self, i32)> {
        match &self.0 {
            Kind::Points { x, y, ground, unit } => {
                let shift = shift_to_one(unit.spread, x.iter().chain(y).copied());
                let unit = unit.kept - shift;
                (unit != 0).then(|| (self.moved_by(shift), ground.unit(unit)))
            }
            Kind::Matrix(c) => {
                let size = exponent(self.largest());
                let shift = if size.abs() > SIZES { shift_to_one(size, c.iter().copied()) } else { 0 };
                (shift != 0).then(|| (Self(Kind::Matrix(scaled(c, shift))), -shift))
            }
        }
    }

    /// The same points in a unit in which their squares are as large as they can be, and the exponent of that unit: for distances
    /// that are tiny beside the spread.
    pub(in crate::transport) fn in_finest_unit(&self) -> Option<(Self, i32)> {
        let Kind::Points { ground, unit, .. } = &self.0 else { return None };
        let shift = FINEST - unit.spread;
        Some((self.moved_by(shift), ground.unit(unit.kept - shift)))
    }

    /// Points times a power of two, which are then in the unit of their costs.
    fn moved_by(&self, shift: i32) -> Self {
        let Kind::Points { x, y, ground, unit } = &self.0 else { return self.clone() };
        let unit = Unit { kept: 0, spread: unit.spread + shift };
        Self(Kind::Points { x: scaled(x, shift), y: scaled(y, shift), ground: *ground, unit })
    }

    /// Rows and columns.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        match &self.0 {
            Kind::Matrix(c) => c.dim(),
            Kind::Points { x, y, .. } => (x.nrows(), y.ncols()),
        }
    }

    /// All entries row by row, where they are kept.
    pub(in crate::transport) fn table(&self) -> Option<&[f64]> {
        match &self.0 {
            Kind::Matrix(c) => c.as_slice(),
            Kind::Points { .. } => None,
        }
    }

    /// Entry `(i, j)`, with the same bits as [`Cost::fill`] gives it.
    ///
    /// # Panics
    /// If it is outside the matrix.
    #[must_use]
    pub fn at(&self, i: usize, j: usize) -> f64 {
        let mut entry = [0.0];
        self.fill(i, j, &mut entry);
        entry[0]
    }

    /// Writes the entries `(i, first), (i, first + 1), ...` to `out`.
    ///
    /// # Panics
    /// If they are not all inside the matrix.
    pub fn fill(&self, i: usize, first: usize, out: &mut [f64]) {
        match &self.0 {
            Kind::Matrix(c) => out.copy_from_slice(&row(c, i)[first..first + out.len()]),
            Kind::Points { x, y, ground, unit } => {
                to_points(out, row(x, i), y, first, *ground);
                if unit.kept != 0 {
                    out.iter_mut().for_each(|c| *c = times_power(*c, ground.unit(unit.kept)));
                }
            }
        }
    }

    /// All entries. O(n m) memory.
    #[must_use]
    pub fn to_dense(&self) -> Array2<f64> {
        let (n, m) = self.shape();
        let mut dense = Array2::zeros((n, m));
        for (i, mut out) in dense.rows_mut().into_iter().enumerate() {
            self.fill(i, 0, out.as_slice_mut().expect("rows of a new array are contiguous"));
        }
        dense
    }

    /// The costs between these rows and these columns.
    pub(in crate::transport) fn part(&self, rows: &[usize], columns: &[usize]) -> Self {
        let of = |a: &Array2<f64>, axis, places: &[usize]| a.select(axis, places).as_standard_layout().into_owned();
        Self(match &self.0 {
            Kind::Matrix(c) => Kind::Matrix(of(&of(c, Axis(0), rows), Axis(1), columns)),
            Kind::Points { x, y, ground, unit } => {
                Kind::Points { x: of(x, Axis(0), rows), y: of(y, Axis(1), columns), ground: *ground, unit: *unit }
            }
        })
    }

    /// The same costs with `(j, i)` for `(i, j)`.
    pub(in crate::transport) fn transposed(&self) -> Self {
        let turned = |a: &Array2<f64>| a.t().as_standard_layout().into_owned();
        Self(match &self.0 {
            Kind::Matrix(c) => Kind::Matrix(turned(c)),
            Kind::Points { x, y, ground, unit } => {
                Kind::Points { x: turned(y), y: turned(x), ground: *ground, unit: *unit }
            }
        })
    }

    /// What the costs are made of. Points of extreme scale are to be [in their own unit](Self::in_own_unit).
    pub(in crate::transport) fn view(&self) -> View<'_> {
        match &self.0 {
            Kind::Matrix(c) => View::Matrix(c),
            Kind::Points { x, y, ground, unit } => {
                debug_assert_eq!(unit.kept, 0, "points are in another unit than costs");
                View::Points { x: x.view(), y: y.view(), ground: *ground }
            }
        }
    }

    /// The clouds `x` (n×d) and `y` (d×m), where the costs are those between points.
    pub(in crate::transport) fn points(&self) -> Option<(ArrayView2<'_, f64>, ArrayView2<'_, f64>, Ground)> {
        match self.view() {
            View::Matrix(_) => None,
            View::Points { x, y, ground } => Some((x, y, ground)),
        }
    }

    /// Whether no cost is negative. O(n m) for a matrix.
    pub(in crate::transport) fn is_nonnegative(&self) -> bool {
        match &self.0 {
            Kind::Matrix(c) => all(entries(c), |c| c >= 0.0),
            Kind::Points { .. } => true,
        }
    }

    /// Whether the cost between two points that differ is so small that it may have lost its digits.
    pub(in crate::transport) fn underflows(&self, i: usize, j: usize) -> bool {
        match &self.0 {
            Kind::Points { x, y, .. } => {
                let cost = self.at(i, j);
                (cost == 0.0 || exponent(cost) < TINY) && x.row(i) != y.column(j)
            }
            Kind::Matrix(_) => false,
        }
    }

    /// No cost that is not infinite is larger than this in absolute value. O(n m) for a matrix.
    pub(in crate::transport) fn largest(&self) -> f64 {
        match &self.0 {
            Kind::Matrix(c) => largest(entries(c)),
            Kind::Points { x, ground, unit, .. } => {
                let apart = vec![times_power(1.0, unit.spread + 1); x.ncols()];
                times_power(ground.between(&apart, &vec![0.0; x.ncols()]), ground.unit(unit.kept))
            }
        }
    }

    /// The lowest cost, or zero where there is none below it.
    pub(in crate::transport) fn lowest(&self) -> f64 {
        match &self.0 {
            Kind::Matrix(c) => c.iter().copied().fold(0.0, f64::min),
            Kind::Points { .. } => 0.0,
        }
    }

    /// Whether some arc is forbidden. O(n m) for a matrix.
    pub(in crate::transport) fn forbids(&self) -> bool {
        matches!(&self.0, Kind::Matrix(c) if !all(entries(c), f64::is_finite))
    }

    /// Whether no arc is forbidden and single precision can hold the costs, neither overflowing nor underflowing.
    pub(in crate::transport) fn suits_single_precision(&self) -> bool {
        let largest = |a: &Array2<f64>| a.iter().fold(0.0f64, |most, c| most.max(c.abs()));
        match &self.0 {
            Kind::Matrix(c) => (1e-20..1e30).contains(&largest(c)),
            Kind::Points { x, y, .. } => (1e-10..1e14).contains(&largest(x).max(largest(y))),
        }
    }

    /// The same costs as a table. O(n m) memory.
    pub(in crate::transport) fn tabulated(&self) -> Self {
        Self(Kind::Matrix(self.to_dense()))
    }

    /// For reading many times: a table, if computing an entry takes longer than reading it and the table is not large.
    pub(in crate::transport) fn tabulated_if_slow(&self) -> Cow<'_, Self> {
        let (n, m) = self.shape();
        match &self.0 {
            Kind::Points { x, .. } if (x.ncols() > COMPUTED || m < NARROW) && n * m <= TABLE => {
                Cow::Owned(self.tabulated())
            }
            _ => Cow::Borrowed(self),
        }
    }
}

/// The entries of a matrix in standard layout.
fn entries(a: &Array2<f64>) -> &[f64] {
    a.as_slice().expect("costs are kept in standard layout")
}

/// Whether all values satisfy a condition; nothing branches on a single one, so that many are compared at once.
fn all(values: &[f64], holds: impl Fn(f64) -> bool) -> bool {
    values.chunks(256).all(|chunk| chunk.iter().fold(true, |all, c| all & holds(*c)))
}

/// The largest absolute value that is finite.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn largest(values: &[f64]) -> f64 {
    let mut lanes = [0.0f64; 16];
    let raise = |most: &mut f64, c: f64| {
        let size = c.abs();
        *most = if size > *most && size < f64::INFINITY { size } else { *most };
    };
    let chunks = values.chunks_exact(lanes.len());
    let rest = chunks.remainder();
    chunks.for_each(|chunk| lanes.iter_mut().zip(chunk).for_each(|(most, c)| raise(most, *c)));
    lanes.iter_mut().zip(rest).for_each(|(most, c)| raise(most, *c));
    lanes.into_iter().fold(0.0, f64::max)
}

/// The costs from `x` to the points `y` from the `first` on. Products are not fused with sums, so the bits are the same on every
/// machine.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn to_points(out: &mut [f64], x: &[f64], y: &Array2<f64>, first: usize, ground: Ground) {
    let columns = first..first + out.len();
    out.fill(0.0);
    for (k, &x) in x.iter().enumerate() {
        let pairs = out.iter_mut().zip(&row(y, k)[columns.clone()]);
        match ground {
            Ground::SqEuclidean | Ground::Euclidean => pairs.for_each(|(c, y)| *c += (x - y) * (x - y)),
            Ground::Cityblock => pairs.for_each(|(c, y)| *c += (x - y).abs()),
            Ground::Chebyshev => pairs.for_each(|(c, y)| *c = c.max((x - y).abs())),
        }
    }
    if ground == Ground::Euclidean {
        out.iter_mut().for_each(|c| *c = c.sqrt());
    }
}

/// Up to this dimension a cost is computed as fast as it is read, in rows that are not too short.
const COMPUTED: usize = 4;
const NARROW: usize = 128;
/// Largest table of costs, in entries: 128 MB.
const TABLE: usize = 1 << 24;

fn scaled(a: &Array2<f64>, k: i32) -> Array2<f64> {
    a.mapv(|t| times_power(t, k))
}

#[inline(always)]
pub(in crate::transport) fn row(a: &Array2<f64>, i: usize) -> &[f64] {
    let width = a.ncols();
    &a.as_slice().expect("kept in standard layout")[i * width..(i + 1) * width]
}

#[cfg(feature = "serde")]
impl From<Cost> for Kind {
    fn from(Cost(kind): Cost) -> Self {
        kind
    }
}

/// Costs that were written: those of points are in the unit that they were kept in.
#[cfg(feature = "serde")]
impl TryFrom<Kind> for Cost {
    type Error = Error;

    fn try_from(read: Kind) -> Result<Self> {
        let (x, y, ground, unit) = match read {
            Kind::Matrix(costs) => return Self::matrix(costs),
            Kind::Points { x, y, ground, unit } => (x, y, ground, unit),
        };
        // refuses what are no clouds, or clouds too far apart
        Self::between(x.view(), y.t(), ground)?;
        let farthest = 2 * f64::MAX_EXP;
        if !(-farthest..=farthest).contains(&unit.kept) || !(-farthest..=farthest).contains(&unit.spread) {
            return Err(Error::out_of_domain(
                "unit of points",
                f64::from(unit.kept),
                format!("an exponent between {} and {farthest}", -farthest),
            ));
        }
        Ok(Self(Kind::Points { x, y, ground, unit }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;
    use ndarray::array;

    #[test]
    fn entries_by_hand() {
        let (x, y) = (array![[0.0, 0.0], [1.0, -1.0]], array![[3.0, 4.0]]);
        for (ground, expected) in [
            (Ground::SqEuclidean, [25.0, 29.0]),
            (Ground::Euclidean, [5.0, 29f64.sqrt()]),
            (Ground::Cityblock, [7.0, 7.0]),
            (Ground::Chebyshev, [4.0, 5.0]),
        ] {
            let cost = Cost::between(x.view(), y.view(), ground).unwrap();
            assert_eq!(cost.to_dense(), array![[expected[0]], [expected[1]]]);
            assert_eq!(cost.at(1, 0), expected[1]);
            assert_eq!(ground.name().parse::<Ground>().unwrap(), ground);
        }
    }

    #[test]
    fn refuses_what_is_not_a_cost() {
        assert!(Cost::matrix(array![[0.0, f64::INFINITY]]).is_ok());
        assert!(Cost::matrix(array![[0.0, f64::NAN]]).is_err());
        assert!(Cost::matrix(array![[f64::NEG_INFINITY]]).is_err());
        assert!(Cost::matrix(Array2::<f64>::zeros((0, 3))).is_err());
        let far = array![[1e200]];
        assert!(Cost::between(far.view(), array![[0.0]].view(), Ground::SqEuclidean).is_err());
        assert!(Cost::between(far.view(), array![[0.0, 1.0]].view(), Ground::Cityblock).is_err());
        // the last NaN is one that minimum and maximum would pass over
        for bad in
            [array![[f64::NAN]], array![[f64::INFINITY]], Array2::zeros((0, 1)), array![[0.0], [f64::NAN], [1.0]]]
        {
            assert!(Cost::between(bad.view(), array![[0.0]].view(), Ground::Euclidean).is_err());
            assert!(Cost::between(array![[0.0]].view(), bad.view(), Ground::Euclidean).is_err());
        }
        assert!("manhattan".parse::<Ground>().is_err());
    }
}
