//! The answer of `transport`: the row of its JSON, the lines of its table, and the files of plan and figures.

use super::args::Transport;
use super::figure;
use super::load::Clouds;
use crate::figure::{bytes, extension};
use crate::input::is_one;
use crate::output::{Output, significant};
use fenchel::certificate::{Report, Status};
use fenchel::plot::Figure;
use fenchel::record::json::Number;
use fenchel::record::write_atomic;
use fenchel::transport::{Debiased, Plan, Progress, Regularised, Solution};
use fenchel::{Error, io};
use ndarray::Array2;
use serde::Serialize;
use std::path::Path;

/// All that is printed with `--json`.
#[derive(Serialize)]
pub struct Json {
    pub results: Vec<Row>,
}

/// A solution, and the progress reports on the way to it.
pub struct Solved {
    pub solution: Solution,
    pub watched: Vec<Progress>,
}

impl From<Solution> for Solved {
    fn from(solution: Solution) -> Self {
        Self { solution, watched: Vec::new() }
    }
}

#[derive(Serialize)]
pub struct Row {
    pub method: String,
    pub cost: String,
    pub value: Number,
    pub distance: Option<Number>,
    pub primal: Option<Number>,
    pub dual: Option<Number>,
    pub gap: Option<Number>,
    pub marginal_error: Option<Number>,
    pub status: Status,
    pub iterations: usize,
    pub seconds: Number,
    #[serde(flatten)]
    pub only: Only,
    /// Why a file that was asked for could not be written.
    #[serde(skip)]
    pub unwritten: Option<Error>,
}

/// Fields that only some methods have.
#[derive(Serialize, Default)]
pub struct Only {
    /// Of sinkhorn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<Number>,
    /// Of sinkhorn: the values of the entropic problem itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regularised: Option<Entropic>,
    /// With --debiased: the Sinkhorn divergence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debiased: Option<Unbiased>,
    /// Of sliced: the error of `value` by the choice of directions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub std_error: Option<Number>,
    /// Of sliced: the 90 % interval of `value` over the choice of directions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<[Number; 2]>,
    /// With --p.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<Number>,
    /// With --partial and --unbalanced: the mass of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Number>,
    /// With --partial: the cost of the last unit of mass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Number>,
}

/// The entropic problem: the cost of its plan, and the bracket of its optimum.
#[derive(Serialize)]
pub struct Entropic {
    linear: Number,
    primal: Number,
    dual: Number,
}

impl Entropic {
    fn of(regularised: &Regularised, total: f64) -> Self {
        let [linear, primal, dual] =
            [regularised.linear, regularised.primal, regularised.dual].map(|x| Number(total * x));
        Self { linear, primal, dual }
    }
}

/// A Sinkhorn divergence and its bracket.
#[derive(Serialize)]
pub struct Unbiased {
    value: Number,
    primal: Number,
    dual: Number,
    pub status: Status,
}

impl Unbiased {
    pub fn of(debiased: &Debiased, total: f64) -> Self {
        let [value, primal, dual] =
            [debiased.value, debiased.report.primal, debiased.report.dual].map(|x| Number(total * x));
        Self { value, primal, dual, status: debiased.report.status }
    }
}

/// The row of a solution between laws that were scaled from this total; `metric` where a root of the cost is a distance.
pub fn row(solution: &Solution, cost: String, metric: bool, total: f64) -> Row {
    let Report { method, status, iterations, primal, dual, residual, seconds, .. } = &solution.report;
    let regularised = solution.regularised.as_ref();
    Row {
        method: method.clone().into_owned(),
        cost,
        value: Number(total * solution.cost()),
        // a root of mass times cost is a distance only between laws
        distance: (metric && is_one(total)).then(|| Number(solution.distance())),
        primal: Some(Number(total * primal)),
        dual: Some(Number(total * dual)),
        gap: Some(Number(total * solution.report.gap())),
        marginal_error: Some(Number(total * residual)),
        status: *status,
        iterations: *iterations,
        seconds: Number(*seconds),
        only: Only {
            epsilon: regularised.map(|regularised| Number(regularised.epsilon)),
            regularised: regularised.map(|regularised| Entropic::of(regularised, total)),
            ..Only::default()
        },
        unwritten: None,
    }
}

pub fn text(row: &Row, output: &Output) -> String {
    let number = |x: Option<Number>, digits| x.map(|x| significant(x.0, digits));
    let bracket = |[low, high]: [Number; 2]| format!("[{}, {}]", significant(low.0, 6), significant(high.0, 6));
    let only = &row.only;
    let entropic = only.regularised.as_ref();
    let debiased = only.debiased.as_ref();
    let lines = [
        ("method", Some(row.method.clone())),
        ("cost", Some(row.cost.clone())),
        ("value", number(Some(row.value), 10)),
        ("std. error", number(only.std_error, 2)),
        ("90 % interval", only.interval.map(bracket)),
        ("distance", number(row.distance, 10)),
        ("primal (upper bound)", number(row.primal, 12)),
        ("dual (lower bound)", number(row.dual, 12)),
        ("gap", number(row.gap, 2)),
        ("mass moved", number(only.moved, 10)),
        ("price of the last", number(only.price, 10)),
        ("marginal error", number(row.marginal_error, 2)),
        ("epsilon", number(only.epsilon, 4)),
        ("regularised", entropic.map(|values| bracket([values.dual, values.primal]))),
        ("cost of its plan", entropic.and_then(|values| number(Some(values.linear), 10))),
        ("debiased", debiased.and_then(|values| number(Some(values.value), 10))),
        ("its bracket", debiased.map(|values| bracket([values.dual, values.primal]))),
        ("status", Some(row.status.to_string())),
        ("iterations", Some(row.iterations.to_string())),
        ("seconds", Some(format!("{:.3}", row.seconds.0))),
    ];
    let lines: Vec<(&str, String)> = lines.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    named_lines(&lines, output)
}

/// A name and a value a line.
pub fn named_lines(lines: &[(&str, String)], output: &Output) -> String {
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    lines.iter().map(|(name, value)| format!("{}  {value}\n", output.strong(&format!("{name:width$}")))).collect()
}

/// The most entries for which an archive holds the matrix of a sparse plan beside its arcs.
const DENSE: usize = 4_000_000;

/// The plan in the format of the name; an archive also holds the potentials.
pub fn plan_file(plan: &Plan, potentials: Option<&(Vec<f64>, Vec<f64>)>, path: &Path, total: f64) -> Vec<u8> {
    let dense = || plan.to_dense() * total;
    let column = |values: &[f64]| Array2::from_shape_vec((values.len(), 1), values.to_vec()).expect("a column");
    match extension(path).as_str() {
        "npy" => io::to_npy(dense().view()),
        "npz" => {
            let (n, m) = plan.shape();
            let sparse = plan.is_sparse();
            let arcs = if sparse { plan.arcs() } else { Vec::new() };
            let entries = arcs.iter().flat_map(|&(i, j, mass)| [i as f64, j as f64, total * mass]).collect();
            let arcs = Array2::from_shape_vec((arcs.len(), 3), entries).expect("three entries an arc");
            let matrix = if sparse && n * m > DENSE { Array2::zeros((0, 0)) } else { dense() };
            let columns = potentials.map(|(u, v)| [column(u), column(v)]);
            let mut arrays = Vec::new();
            if let Some([u, v]) = &columns {
                arrays.extend([("u", u.view()), ("v", v.view())]);
            }
            arrays.extend(
                [("arcs", arcs.view()), ("plan", matrix.view())].into_iter().filter(|(_, array)| !array.is_empty()),
            );
            io::to_npz(&arrays)
        }
        _ => {
            let arcs = plan.arcs();
            let records =
                arcs.iter().map(|&(i, j, mass)| vec![i.to_string(), j.to_string(), format!("{:?}", total * mass)]);
            io::records_to_csv(&["row", "column", "mass"], records)
        }
    }
}

impl Transport {
    /// The files that were asked for.
    pub(super) fn write(&self, solved: &Solved, clouds: Option<&Clouds<'_>>, total: f64) -> fenchel::Result<()> {
        let Solved { solution, watched } = solved;
        let draw = |path: &Path, figure: Figure| write_atomic(path, &bytes(&figure, path)?);
        if let Some(path) = &self.plan {
            write_atomic(path, &plan_file(&solution.plan, Some(&solution.potentials), path, total))?;
        }
        if let (Some(path), Some(clouds)) = (&self.figure, clouds) {
            let [x, y] = clouds.laws(clouds.points.clone())?;
            let [x, y] = [(&x, &clouds.columns[0]), (&y, &clouds.columns[1])]
                .map(|(law, columns)| figure::Cloud { law, columns: columns.as_deref() });
            draw(path, figure::plan(&solution.plan, &x, &y, total))?;
        }
        if let Some(path) = &self.convergence {
            draw(path, figure::convergence(solution, watched, total))?;
        }
        Ok(())
    }
}
