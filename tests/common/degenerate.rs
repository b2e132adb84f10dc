//! Degenerate problems: inputs on which floating point, ties and extremes are most likely to trip a solver.
//!
//! One seed, one problem. The tests take a few hundred of each kind, the soak (`benches/soak.rs`) thousands.

#![allow(dead_code)] // each user takes a part of this

use fenchel::numeric::stream;
use ndarray::Array2;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use std::time::Duration;

/// The ways in which a problem can be degenerate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing is: normal points, weights of one size.
    Plain,
    /// Coordinates 0, 1, 2 and integer weights, so that costs and sums of masses coincide.
    Ties,
    /// Points on a line in the plane, at equal distances.
    Collinear,
    /// Every point several times, on both sides.
    Duplicates,
    /// Weights over twenty orders of magnitude.
    Uneven,
    /// Some points ten to a hundred million times as far away as the others.
    Outliers,
    /// Costs of the size 2^900 or 2^-900.
    Scaled,
    /// One point on one side, or on both.
    OnePoint,
    /// Forty points against one to three.
    Lopsided,
    /// Costs of both signs, with very uneven weights.
    Signs,
    /// A third of the arcs forbidden.
    Forbidden,
    /// Some costs of up to 1e27, in places those of a whole row or column, beside masses of down to 1e-9.
    Enormous,
}

impl Kind {
    /// All kinds; the last three have costs that are not those of points.
    pub const ALL: [Self; 12] = [
        Self::Plain,
        Self::Ties,
        Self::Collinear,
        Self::Duplicates,
        Self::Uneven,
        Self::Outliers,
        Self::Scaled,
        Self::OnePoint,
        Self::Lopsided,
        Self::Signs,
        Self::Forbidden,
        Self::Enormous,
    ];
    /// Those that clouds of points may have.
    pub const CLOUDS: [Self; 9] = [
        Self::Plain,
        Self::Ties,
        Self::Collinear,
        Self::Duplicates,
        Self::Uneven,
        Self::Outliers,
        Self::Scaled,
        Self::OnePoint,
        Self::Lopsided,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Ties => "ties",
            Self::Collinear => "collinear",
            Self::Duplicates => "duplicates",
            Self::Uneven => "uneven weights",
            Self::Outliers => "outliers",
            Self::Scaled => "scales 2^±900",
            Self::OnePoint => "one point",
            Self::Lopsided => "n >> m",
            Self::Signs => "both signs",
            Self::Forbidden => "forbidden arcs",
            Self::Enormous => "enormous costs",
        }
    }
}

/// Two weighted clouds with totals of one.
#[derive(Debug, Clone)]
pub struct Clouds {
    pub x: Array2<f64>,
    pub y: Array2<f64>,
    pub a: Vec<f64>,
    pub b: Vec<f64>,
}

/// A table of costs and masses with the same total.
#[derive(Debug, Clone)]
pub struct Table {
    pub costs: Array2<f64>,
    pub a: Vec<f64>,
    pub b: Vec<f64>,
}

/// Where a solver is to stop before its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    None,
    Iterations(usize),
    Time(Duration),
}

impl Limit {
    /// Half of the problems run to their end, the others stop at each of the first iterations or at once.
    pub fn of(seed: u64) -> Self {
        match seed % 12 {
            0 => Self::Iterations(0),
            1 => Self::Iterations(1),
            2 => Self::Iterations(2),
            3 => Self::Iterations(3),
            4 => Self::Iterations(7),
            5 => Self::Time(Duration::ZERO),
            _ => Self::None,
        }
    }
}

/// The number of points on both sides.
fn sizes(kind: Kind, rng: &mut impl Rng) -> (usize, usize) {
    // a good part small enough for the exhaustive solver
    let most = if rng.random::<f64>() < 0.5 { 3 } else { 8 };
    let mut any = || 1 + (rng.random::<f64>() * f64::from(most)) as usize;
    let (n, m) = (any(), any());
    match kind {
        Kind::OnePoint if n > m => (n, 1),
        Kind::OnePoint => (1, m),
        Kind::Lopsided => (40, m.min(3)),
        Kind::Duplicates => (2 * n.min(4), 2 * m.min(4)),
        _ => (n.max(2), m.max(2)),
    }
}

fn power_of_ten(rng: &mut impl Rng, low: f64, high: f64) -> f64 {
    10f64.powf(low + rng.random::<f64>() * (high - low))
}

fn masses(kind: Kind, n: usize, rng: &mut impl Rng) -> Vec<f64> {
    let uniform = rng.random::<f64>() < 0.3;
    let mut masses: Vec<f64> = match kind {
        Kind::Uneven | Kind::Signs => (0..n).map(|_| power_of_ten(rng, -20.0, 0.0)).collect(),
        _ if uniform => vec![1.0; n],
        Kind::Enormous => (0..n).map(|_| power_of_ten(rng, -9.0, 0.0)).collect(),
        Kind::Ties | Kind::Duplicates | Kind::Collinear => {
            (0..n).map(|_| f64::from(1 + rng.random::<u8>() % 3)).collect()
        }
        _ => (0..n).map(|_| 0.05 + rng.random::<f64>()).collect(),
    };
    // now and then one that is the whole, or nothing
    if matches!(kind, Kind::Uneven | Kind::Signs) {
        masses[0] = 1.0;
    } else if n > 1 && rng.random::<f64>() < 0.1 {
        masses[n - 1] = 0.0;
    }
    let total: f64 = masses.iter().sum();
    masses.iter_mut().for_each(|w| *w /= total);
    masses
}

/// Clouds in `d` dimensions; `reach` is the largest exponent of two of their size.
pub fn clouds(kind: Kind, d: usize, reach: i32, seed: u64) -> Clouds {
    let mut rng = stream(seed, 17);
    let (n, m) = sizes(kind, &mut rng);
    let scale = if rng.random::<bool>() { 2f64.powi(reach) } else { 2f64.powi(-reach) };
    let mut cloud = |n: usize| -> Array2<f64> {
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut points = Array2::from_shape_simple_fn((n, d), &mut normal);
        match kind {
            Kind::Ties => points.mapv_inplace(|t| (1.0 + t).round().clamp(0.0, 2.0)),
            Kind::Collinear => {
                for mut row in points.rows_mut() {
                    let step = (3.0 * row[0]).round();
                    row.iter_mut().enumerate().for_each(|(k, t)| *t = step * (0.1 + 0.2 * k as f64));
                }
            }
            Kind::Duplicates => {
                for i in n / 2..n {
                    let twin = points.row(i - n / 2).to_owned();
                    points.row_mut(i).assign(&twin);
                }
            }
            Kind::Outliers => {
                for mut row in points.rows_mut() {
                    if rng.random::<f64>() < 0.3 {
                        let far = power_of_ten(&mut rng, 1.0, 8.0);
                        row.mapv_inplace(|t| t * far);
                    } else if rng.random::<f64>() < 0.2 {
                        row.fill(28.0 + 13.0 * rng.random::<f64>());
                    }
                }
            }
            Kind::Scaled => points.mapv_inplace(|t| t * scale),
            _ => {}
        }
        points
    };
    let (x, mut y) = (cloud(n), cloud(m));
    if kind == Kind::Duplicates && n == m {
        y.assign(&x);
    }
    let (a, b) = (masses(kind, n, &mut rng), masses(kind, m, &mut rng));
    Clouds { x, y, a, b }
}

/// A table of costs: squared distances of clouds, or what no cloud has.
pub fn table(kind: Kind, seed: u64) -> Table {
    let mut rng = stream(seed, 18);
    let clouds = clouds(kind, 2, 450, seed);
    let total = if kind == Kind::Plain { 1.0 } else { [1.0, 7.5, 1e-3][(rng.random::<u8>() % 3) as usize] };
    let (mut a, mut b) = (clouds.a, clouds.b);
    a.iter_mut().chain(&mut b).for_each(|w| *w *= total);
    let (n, m) = (a.len(), b.len());
    let normal = |rng: &mut _| -> f64 { StandardNormal.sample(rng) };
    let costs = match kind {
        Kind::Signs => Array2::from_shape_simple_fn((n, m), || normal(&mut rng)),
        Kind::Forbidden => {
            let mut costs = Array2::from_shape_simple_fn((n, m), || rng.random::<f64>());
            let tight = rng.random::<f64>() < 0.2;
            for ((i, j), c) in costs.indexed_iter_mut() {
                // mostly a way is left: along the first row and column
                if rng.random::<f64>() < 0.4 && (tight || (i > 0 && j > 0)) {
                    *c = f64::INFINITY;
                }
            }
            costs
        }
        Kind::Enormous => {
            let mut costs = Array2::from_shape_simple_fn((n, m), || f64::from(rng.random::<u8>() % 4));
            let (row, column) = (rng.random::<f64>() < 0.3, rng.random::<f64>() < 0.3);
            for ((i, j), c) in costs.indexed_iter_mut() {
                if (row && i == 0) || (column && j == 0) || rng.random::<f64>() < 0.25 {
                    *c = 10f64.powi([6, 14, 26, 27][(rng.random::<u8>() % 4) as usize]);
                }
            }
            costs
        }
        _ => {
            Array2::from_shape_fn((n, m), |(i, j)| (0..2).map(|k| (clouds.x[[i, k]] - clouds.y[[j, k]]).powi(2)).sum())
        }
    };
    Table { costs, a, b }
}
