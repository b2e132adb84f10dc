//! `fenchel barycenter`: the law that is nearest to several laws on average.

use crate::command::bracket::Bracket;
use crate::figure::{check_name, extension};
use crate::input::{self, File};
use crate::names;
use crate::output::{Answer, Output, significant};
use crate::solving::{self, Limit, check_entries};
use anyhow::{Result, bail};
use clap::Args;
use fenchel::certificate::Report;
use fenchel::measure::{Empirical, Pmf};
use fenchel::numeric::stream;
use fenchel::record::json::Number;
use fenchel::record::{ensure_writable, write_atomic};
use fenchel::transport::{Cost, FixedSupport, FreeSupport, Ground};
use fenchel::{Error, io};
use ndarray::{Array2, Axis};
use rand::seq::index;
use serde::Serialize;
use std::path::PathBuf;

/// The barycenter of several laws: the law nearest to them on average, with a bracket of its cost
///
/// Without --support each file is a cloud, one point a row. The barycenter is then a cloud whose points move until the
/// mean of squared distances W2 is least. With --support each file is a law on the rows of that file, one number a row,
/// and the barycenter has masses on the same rows. `primal` is the cost of the law found; no law costs less than
/// `dual`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Barycenter {
    /// Files with the laws, two or more
    #[arg(required = true, num_args = 2..)]
    files: Vec<File>,
    /// Weight of each law, one number a file, with a total of one [default: equal]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    weights: Vec<f64>,
    /// Points of the barycenter of clouds, drawn from those of the first [default: all of them]
    #[arg(long, value_name = "N", conflicts_with = "support")]
    points: Option<usize>,
    /// File with points, one a row: the files hold masses on them
    #[arg(long, value_name = "FILE")]
    support: Option<File>,
    /// Cost between the rows of --support: sqeuclidean, euclidean, cityblock or chebyshev
    #[arg(long, value_name = "NAME", default_value = "sqeuclidean", requires = "support")]
    cost: String,
    /// Regularisation with --support, in units of the cost [default: 0.002 of the mean cost]
    #[arg(long, value_name = "E", requires = "support")]
    epsilon: Option<f64>,
    /// Remove the blur of the regularisation
    #[arg(long, requires = "support")]
    debiased: bool,
    /// Divide the masses of each law by their total
    #[arg(long, requires = "support")]
    normalize: bool,
    #[command(flatten)]
    limit: Limit,
    /// Write the points of the barycenter, or with --support its masses: .csv or .npy
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel barycenter a.csv b.csv --out middle.csv              halfway between two clouds
  fenchel barycenter a.csv b.csv c.csv --weights 0.5,0.25,0.25
  fenchel barycenter a.npy b.npy --points 50 --seed 1          on 50 points
  fenchel barycenter p.csv q.csv --support bins.csv --debiased  masses on the rows of bins.csv
  fenchel barycenter p.csv q.csv --support bins.csv --json | jq '.results[0].dual'

How to read the answer: the least mean cost lies in [dual, primal]. Of clouds, the fixed point that is found need not be \
the best one; for two clouds the bracket closes if it is.";

/// The default regularisation on given points, in units of the mean cost.
const RELATIVE_EPSILON: f64 = 0.002;

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    bracket: Bracket,
    laws: usize,
    weights: Vec<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epsilon: Option<Number>,
    /// The points of a cloud, each with the same mass.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<Vec<Vec<Number>>>,
    /// The masses on the rows of the support.
    #[serde(skip_serializing_if = "Option::is_none")]
    masses: Option<Vec<Number>>,
}

impl Row {
    fn new(report: &Report, cost: String, weights: &[f64]) -> Self {
        Self {
            bracket: Bracket::with_residual(report, cost),
            laws: weights.len(),
            weights: weights.iter().copied().map(Number).collect(),
            epsilon: None,
            points: None,
            masses: None,
        }
    }

    fn answer(&self, output: &Output) -> Answer {
        let points = self.points.as_ref().map(Vec::len).or(self.masses.as_ref().map(Vec::len));
        let mut own = vec![("laws", self.laws.to_string())];
        own.extend(self.epsilon.map(|eps| ("epsilon", significant(eps.0, 4))));
        own.extend(points.map(|points| ("points", points.to_string())));
        self.bracket.answer(self, 2, own, output)
    }
}

impl Barycenter {
    pub fn run(&self, seed: u64, output: &Output) -> Result<Answer> {
        if let Some(path) = &self.out {
            check_name("--out", path, &["csv", "npy"])?;
            ensure_writable(path)?;
        }
        let weights = self.weights()?;
        let (row, found, columns) = match &self.support {
            Some(support) => self.on(support, &weights, output)?,
            None => self.free(&weights, seed, output)?,
        };
        let mut answer = row.answer(output);
        let written = self.out.as_ref().map_or(Ok(()), |path| {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            let bytes =
                if extension(path) == "npy" { io::to_npy(found.view()) } else { io::to_csv(&columns, found.view()) };
            write_atomic(path, &bytes)
        });
        if let (Some(path), Ok(())) = (&self.out, &written) {
            answer.text += &format!("written to {}\n", path.display());
        }
        Ok(answer.despite(written, "the barycenter was found, it could not be written"))
    }

    fn weights(&self) -> Result<Vec<f64>> {
        let laws = self.files.len();
        if self.weights.is_empty() {
            return Ok(vec![1.0 / laws as f64; laws]);
        }
        if self.weights.len() != laws {
            bail!("--weights has {} numbers for {laws} files; give one a file", self.weights.len());
        }
        Ok(Pmf::new(self.weights.clone()).map_err(|error| error.context("--weights"))?.masses().to_vec())
    }

    /// A cloud whose points move.
    fn free(&self, weights: &[f64], seed: u64, output: &Output) -> Result<(Row, Array2<f64>, Vec<String>)> {
        let tables = self.files.iter().map(input::table).collect::<Result<Vec<_>>>()?;
        let columns = tables[0].columns.clone();
        let named = tables.into_iter().zip(&self.files);
        let laws: Vec<Empirical> = named
            .map(|(table, file)| Empirical::new(table.values).map_err(|error| error.context(file.to_string())))
            .collect::<fenchel::Result<_>>()?;
        for (law, file) in laws.iter().zip(&self.files) {
            laws[0].same_dimension(law, &self.files[0], file)?;
        }
        let first = laws[0].points();
        let start = match self.points {
            Some(0) => bail!("--points 0: a barycenter has at least one point"),
            Some(n) if n > first.nrows() => {
                bail!("--points {n}: the first file has {} rows to draw them from", first.nrows())
            }
            Some(n) => {
                let mut chosen = index::sample(&mut stream(seed, 0), first.nrows(), n).into_vec();
                chosen.sort_unstable();
                Empirical::new(first.select(Axis(0), &chosen))?
            }
            None => laws[0].clone(),
        };
        let limit = self.limit.time();
        let (found, _) = solving::watched("optimum", output, |observe| {
            FreeSupport::new().time_limit(limit).on_progress(observe).solve(&laws, weights, &start)
        })?;
        let points = found.law.points().to_owned();
        let rows = points.rows().into_iter().map(|row| row.iter().copied().map(Number).collect()).collect();
        let row = Row { points: Some(rows), ..Row::new(&found.report, "sqeuclidean".to_owned(), weights) };
        let columns = columns.unwrap_or_else(|| (1..=points.ncols()).map(|k| format!("column {k}")).collect());
        Ok((row, points, columns))
    }

    /// Masses on given points.
    fn on(&self, support: &File, weights: &[f64], output: &Output) -> Result<(Row, Array2<f64>, Vec<String>)> {
        let ground: Ground = names::parse(&self.cost, str::parse)?;
        let points = input::table(support)?.values;
        let n = points.nrows();
        let laws: Vec<Pmf> = self.files.iter().map(|file| input::pmf(file, self.normalize)).collect::<Result<_>>()?;
        if let Some((law, file)) = laws.iter().zip(&self.files).find(|(law, _)| law.len() != n) {
            let (left, right) = (file.to_string(), support.to_string());
            return Err(Error::size_mismatch((left, law.len()), (right, n), "rows").into());
        }
        check_entries("matrix of costs", n, n)?;
        let cost = Cost::between(points.view(), points.view(), ground)?;
        let eps = match self.epsilon {
            Some(eps) => eps,
            // if all points coincide the mean is zero, and any regularisation will do
            None => match cost.to_dense().mean() {
                Some(mean) if mean > 0.0 => RELATIVE_EPSILON * mean,
                _ => 1.0,
            },
        };
        let limit = self.limit.time();
        let (found, _) = solving::watched("optimum", output, |observe| {
            let solver = FixedSupport::new(eps).time_limit(limit).on_progress(observe);
            if self.debiased { solver.debiased() } else { solver }.solve(&cost, &laws, weights)
        })?;
        let masses = found.masses.masses();
        let row = Row {
            epsilon: Some(Number(eps)),
            masses: Some(masses.iter().copied().map(Number).collect()),
            ..Row::new(&found.report, ground.to_string(), weights)
        };
        let column = Array2::from_shape_vec((n, 1), masses.to_vec()).expect("a column");
        Ok((row, column, vec!["mass".to_owned()]))
    }
}
