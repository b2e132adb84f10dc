//! The input of `transport`: points, their masses, and the costs between them.

use crate::input::{self, File, is_one, say_if_idle};
use crate::names;
use crate::solving::check_entries;
use crate::warning::warn;
use anyhow::{Result, bail};
use fenchel::measure::{Empirical, MASS_TOLERANCE, Pmf};
use fenchel::numeric::Sum;
use fenchel::transport::{Cost, Ground, angular};
use fenchel::{Error, error::shown};
use ndarray::{Array2, ArrayView2};

/// The cost of moving a unit of mass from one point to another.
#[derive(Clone, Copy, PartialEq)]
pub enum Between {
    Ground(Ground),
    Cosine,
    Correlation,
    Haversine,
}

impl Between {
    /// Their names.
    pub const NAMES: [&'static str; 7] =
        ["sqeuclidean", "euclidean", "cityblock", "chebyshev", "cosine", "correlation", "haversine"];

    pub fn parse(name: &str) -> fenchel::Result<Self> {
        Ok(match names::one_of(name, "cost", &Self::NAMES)? {
            "cosine" => Self::Cosine,
            "correlation" => Self::Correlation,
            "haversine" => Self::Haversine,
            ground => Self::Ground(ground.parse()?),
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Ground(ground) => ground.name(),
            Self::Cosine => "cosine",
            Self::Correlation => "correlation",
            Self::Haversine => "haversine",
        }
    }

    /// The root that turns a cost into a distance between laws, where there is one.
    pub fn root(self) -> Option<f64> {
        match self {
            Self::Ground(ground) => Some(ground.root()),
            Self::Haversine => Some(1.0),
            Self::Cosine | Self::Correlation => None,
        }
    }
}

/// One side, with the names that its errors use.
pub struct Side<'a> {
    /// The file that determines the number of masses, and the word for what they belong to.
    pub of: &'a File,
    pub unit: &'static str,
    pub size: usize,
    pub weights: Option<&'a File>,
}

/// The masses of both sides. A side without masses gets equal ones, with the total of the other side or one. With
/// `normalize` their totals are one.
pub fn masses(sides: &[Side<'_>; 2], normalize: bool) -> Result<[Vec<f64>; 2]> {
    let [a, b] = [given(&sides[0])?, given(&sides[1])?];
    if normalize {
        say_what_normalising_changes(sides, &[&a, &b]);
    }
    let law = |masses: &Vec<f64>, side: &Side<'_>| -> Result<Vec<f64>> {
        let law =
            Pmf::normalised(masses.clone()).map_err(|error| error.context(side.weights.map_or("", |file| &**file)))?;
        Ok(if normalize { law.masses().to_vec() } else { masses.clone() })
    };
    // this also checks the masses
    let a = a.map(|masses| law(&masses, &sides[0])).transpose()?;
    let b = b.map(|masses| law(&masses, &sides[1])).transpose()?;
    let total = a.as_ref().or(b.as_ref()).map_or(1.0, |masses| sum(masses));
    let equal = |side: &Side<'_>| vec![total / side.size as f64; side.size];
    Ok([a.unwrap_or_else(|| equal(&sides[0])), b.unwrap_or_else(|| equal(&sides[1]))])
}

fn given(side: &Side<'_>) -> Result<Option<Vec<f64>>> {
    let Some(file) = side.weights else { return Ok(None) };
    let masses = input::vector(file)?;
    if masses.len() != side.size {
        let (left, right, right_size) = (side.of.to_string(), file.to_string(), masses.len());
        return Err(Error::size_mismatch((left, side.size), (right, right_size), side.unit).into());
    }
    Ok(Some(masses))
}

fn say_what_normalising_changes(sides: &[Side<'_>; 2], masses: &[&Option<Vec<f64>>; 2]) {
    let files: Vec<&File> = sides.iter().filter_map(|side| side.weights).collect();
    if files.is_empty() {
        warn("--normalize changed nothing: no masses are given, and equal ones sum to one");
    } else {
        say_if_idle(&files, masses.iter().all(|masses| masses.as_ref().is_none_or(|masses| is_one(sum(masses)))));
    }
}

pub fn sum(masses: &[f64]) -> f64 {
    Sum::of(masses.iter().copied())
}

/// The common total of both sides. If the totals differ, the error names the remedies.
pub fn balanced(masses: &[Vec<f64>; 2], sides: &[Side<'_>; 2]) -> Result<f64> {
    let [a, b] = [sum(&masses[0]), sum(&masses[1])];
    if (a - b).abs() > MASS_TOLERANCE * a.max(b) {
        let name = |side: &Side<'_>| side.weights.map_or_else(|| format!("the masses of {}", side.of), File::to_string);
        bail!(
            "{} sums to {} and {} to {}; to move all of both the totals must agree: --normalize divides each by its \
             total, --partial MASS moves a part, --unbalanced LAMBDA pays for what is not moved",
            name(&sides[0]),
            shown(a),
            name(&sides[1]),
            shown(b)
        );
    }
    Ok(a)
}

/// Two clouds with their masses.
pub struct Clouds<'a> {
    /// The points as they are, from which the costs are computed.
    pub points: [Array2<f64>; 2],
    pub masses: [Vec<f64>; 2],
    /// The names in the headers of the files.
    pub columns: [Option<Vec<String>>; 2],
    names: [String; 2],
    sides: [Side<'a>; 2],
}

impl<'a> Clouds<'a> {
    pub fn read(files: [&'a File; 2], weights: [Option<&'a File>; 2], normalize: bool) -> Result<Self> {
        let (x, y) = (input::table(files[0])?, input::table(files[1])?);
        let side = |k: usize, size: usize| Side { of: files[k], unit: "rows", size, weights: weights[k] };
        let sides = [side(0, x.values.nrows()), side(1, y.values.nrows())];
        let masses = masses(&sides, normalize)?;
        let names = [files[0].to_string(), files[1].to_string()];
        if x.values.ncols() != y.values.ncols() {
            let [left, right] = names;
            let (left_size, right_size) = (x.values.ncols(), y.values.ncols());
            return Err(Error::size_mismatch((left, left_size), (right, right_size), "columns").into());
        }
        Ok(Self { points: [x.values, y.values], masses, columns: [x.columns, y.columns], names, sides })
    }

    /// The common total of the masses.
    pub fn total(&self) -> Result<f64> {
        balanced(&self.masses, &self.sides)
    }

    pub fn dimension(&self) -> usize {
        self.points[0].ncols()
    }

    pub fn sizes(&self) -> (usize, usize) {
        (self.points[0].nrows(), self.points[1].nrows())
    }

    /// The column of points on the line.
    pub fn line(&self, side: usize) -> Vec<f64> {
        self.points[side].iter().copied().collect()
    }

    /// The laws with these points and masses; masses whose total is not one are divided by it.
    pub fn laws(&self, points: [Array2<f64>; 2]) -> fenchel::Result<[Empirical; 2]> {
        let law = |points, k: usize| {
            let masses = &self.masses[k];
            let weights = if is_one(sum(masses)) {
                masses.clone()
            } else {
                Pmf::normalised(masses.clone()).map_err(|error| error.context(&self.names[k]))?.masses().to_vec()
            };
            Empirical::weighted(points, weights).map_err(|error| error.context(&self.names[k]))
        };
        let [x, y] = points;
        Ok([law(x, 0)?, law(y, 1)?])
    }

    /// Points, and a ground cost whose value between them is the cost asked for; `None` where there are no such points.
    pub fn embedded(&self, between: Between) -> Result<Option<([Array2<f64>; 2], Ground)>> {
        let turned = |by: fn(ArrayView2<'_, f64>) -> fenchel::Result<Array2<f64>>| {
            let of = |k: usize| by(self.points[k].view()).map_err(|error| error.context(&self.names[k]));
            fenchel::Result::Ok(Some(([of(0)?, of(1)?], Ground::SqEuclidean)))
        };
        Ok(match between {
            Between::Ground(ground) => Some((self.points.clone(), ground)),
            Between::Cosine => turned(angular::cosine_points)?,
            Between::Correlation => turned(angular::correlation_points)?,
            Between::Haversine => None,
        })
    }

    /// The costs as a matrix that is kept.
    pub fn great_circle(&self) -> Result<Array2<f64>> {
        let (n, m) = self.sizes();
        check_entries("matrix of costs", n, m)?;
        let [x, y] = &self.points;
        let costs = angular::great_circle(x.view(), y.view(), angular::EARTH);
        Ok(costs.map_err(|error| input::about(error, &[("x", &self.names[0]), ("y", &self.names[1])]))?)
    }

    /// The costs, for solvers that take masses and costs separately.
    pub fn cost(&self, between: Between) -> Result<Cost> {
        Ok(match self.embedded(between)? {
            Some(([x, y], ground)) => Cost::between(x.view(), y.view(), ground)?,
            None => Cost::matrix(self.great_circle()?)?,
        })
    }
}
