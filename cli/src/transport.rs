//! `fenchel transport`: two point clouds, or two vectors of masses and a matrix of costs.

mod figure;

use crate::figure::{bytes, extension};
use crate::output::{Answer, Output, significant};
use crate::{interrupt, places};
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use fenchel::certificate::{Report, Status};
use fenchel::measure::{Empirical, MASS_TOLERANCE, Pmf};
use fenchel::numeric::Sum;
use fenchel::plot::Figure;
use fenchel::record::json::Number;
use fenchel::record::{ensure_writable, write_atomic};
use fenchel::transport::{Exact, Ground, Problem, Progress, Sinkhorn, Sliced, Solution, wasserstein};
use fenchel::{Error, io};
use ndarray::Array2;
use serde::Serialize;
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Optimal transport between two point clouds, or under a given cost, with a proof of optimality
///
/// `value` is the transport cost as asked (for sqeuclidean that is W2 squared), `distance` its root where that is a
/// distance. `primal` is the cost of a plan that moves the masses, `dual` the value of feasible prices: the optimum lies
/// between the two, however early a solver stopped.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Transport {
    /// File with the first cloud, one point a row
    #[arg(required_unless_present = "cost_matrix", requires = "y")]
    x: Option<String>,
    /// File with the second cloud
    y: Option<String>,
    /// Cost of moving a unit of mass from x to y
    #[arg(long, value_name = "NAME", default_value = "sqeuclidean",
          value_parser = ["sqeuclidean", "euclidean", "cityblock", "chebyshev"])]
    cost: String,
    /// A matrix of costs in place of clouds: entry (i, j) is the cost from i to j
    #[arg(long, value_name = "FILE", conflicts_with_all = ["x", "y", "cost"])]
    cost_matrix: Option<String>,
    /// `auto` sorts in one dimension, is exact up to 20,000 points in all, and entropic above
    #[arg(long, value_enum, default_value_t = Method::Auto)]
    method: Method,
    /// Regularisation of sinkhorn, in units of the cost [default: 0.01 of the mean cost]
    #[arg(long, value_name = "E")]
    epsilon: Option<f64>,
    /// Random directions of sliced [default: 500]
    #[arg(long, value_name = "N")]
    projections: Option<usize>,
    /// Stop after so many seconds, with the bracket reached by then
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
    /// Masses of the points of x (rows), one number each [default: equal]
    #[arg(long, value_name = "FILE")]
    weights_x: Option<String>,
    /// Masses of the points of y (columns)
    #[arg(long, value_name = "FILE")]
    weights_y: Option<String>,
    /// Divide the masses of each side by their total
    #[arg(long)]
    normalize: bool,
    /// Write the plan: .csv (row, column, mass; counted from 0), .npy (matrix) or .npz (potentials u, v; of sparse plans arcs: row, column, mass; the matrix plan unless it is sparse with over 4 million entries)
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Draw the plan, .svg or .png: moves between clouds of two columns (the width is the mass), a matrix with its marginals for one column
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
    /// Draw how the bracket of the optimum closed and the marginal error fell, .svg or .png
    #[arg(long, value_name = "FILE")]
    convergence: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel transport x.csv y.csv                                  W2, exact where that is quick
  fenchel transport x.npy y.npy --cost euclidean                 W1
  fenchel transport x.npy y.npy --method sinkhorn --epsilon 0.05
  fenchel transport x.npy y.npy --method sliced --seed 1         an estimate, for many points
  fenchel transport x.csv y.csv --weights-x a.csv --weights-y b.csv --plan plan.csv
  fenchel transport x.csv y.csv --figure plan.svg                axes named as in the header
  fenchel transport big.npy other.npy --time-limit 30            the bracket after 30 s
  fenchel transport x.npy y.npy --method sinkhorn --convergence bracket.svg
  fenchel transport --cost-matrix costs.csv --weights-x supply.txt --weights-y demand.txt

How to read the answer: any plan costs at least the optimum and any feasible prices are worth at most that, so the optimum \
lies in [dual, primal], and `gap` is the length of the bracket. `status` is `converged` when the bracket is as short as was \
asked for. With --time-limit or after Ctrl-C the bracket is longer, and the exit status is 1. `sliced` estimates another \
quantity, the mean over directions, and has a standard error and a 95 % interval in place of a bracket.

Masses are kept as given: totals that differ by more than 1e-9 (relative) are an error unless --normalize \
is given.";

/// The way to solve.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    Auto,
    Exact,
    Sinkhorn,
    Sliced,
}

/// Points in all up to which `auto` is exact.
const QUICK: usize = 20_000;

/// Random directions of sliced, unless their number is given.
const PROJECTIONS: usize = 500;

/// The regularisation of sinkhorn in units of the mean cost, unless one is given.
const RELATIVE_EPSILON: f64 = 0.01;

fn seconds(text: &str) -> std::result::Result<Duration, String> {
    let parsed = text.parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
    parsed.ok_or_else(|| "expected a number of seconds, zero or more".to_owned())
}

#[derive(Serialize)]
struct Json {
    results: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    method: String,
    cost: String,
    value: Number,
    distance: Option<Number>,
    primal: Option<Number>,
    dual: Option<Number>,
    gap: Option<Number>,
    marginal_error: Option<Number>,
    status: Status,
    iterations: usize,
    seconds: Number,
    /// Of sinkhorn.
    #[serde(skip_serializing_if = "Option::is_none")]
    epsilon: Option<Number>,
    /// Of sliced: the error of `value` by the choice of directions.
    #[serde(skip_serializing_if = "Option::is_none")]
    std_error: Option<Number>,
    /// Of sliced: the 95 % interval of `value` over the choice of directions.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<[Number; 2]>,
    /// Why a file that was asked for could not be written.
    #[serde(skip)]
    unwritten: Option<Error>,
}

/// Clouds with their laws, and the total mass that the laws are scaled from.
struct Clouds {
    x: Empirical,
    y: Empirical,
    total: f64,
    /// The names in the headers of the files.
    columns: [Option<Vec<String>>; 2],
}

/// A solution, and what was seen on the way to it.
struct Solved {
    solution: Solution,
    watched: Vec<Progress>,
}

impl From<Solution> for Solved {
    fn from(solution: Solution) -> Self {
        Self { solution, watched: Vec::new() }
    }
}

impl Transport {
    pub fn run(&self, seed: u64, output: &Output) -> Result<Answer> {
        self.check_options()?;
        let inputs = [&self.x, &self.y, &self.cost_matrix, &self.weights_x, &self.weights_y];
        let outputs = [("--plan", &self.plan), ("--figure", &self.figure), ("--convergence", &self.convergence)];
        places::distinct(inputs.into_iter().flatten(), &outputs.map(|(option, path)| (option, path.as_ref())))?;
        self.check_outputs()?;
        let mut row = match (&self.cost_matrix, &self.x, &self.y) {
            (Some(costs), ..) => self.under_matrix(costs, output)?,
            (None, Some(x), Some(y)) => self.between(x, y, seed, output)?,
            _ => bail!("two clouds are needed, X and Y, or --cost-matrix"),
        };
        let unfinished = (row.status != Status::Converged)
            .then(|| format!("stopped early ({}); the optimum lies between dual and primal of the result", row.status));
        let (text, written) = (text(&row, output), row.unwritten.take().map_or(Ok(()), Err));
        let answer = Answer { unfinished, ..Answer::new(text, &Json { results: vec![row] }) };
        Ok(answer.despite(written, "the problem was solved, the result could not be written"))
    }

    /// No option is passed over in silence.
    fn check_options(&self) -> Result<()> {
        if self.epsilon.is_some() && matches!(self.method, Method::Exact | Method::Sliced) {
            bail!("--epsilon is the regularisation of sinkhorn; choose --method sinkhorn or leave it out");
        }
        if self.projections.is_some() && self.method != Method::Sliced {
            bail!("--projections are the directions of sliced transport; choose --method sliced or leave it out");
        }
        if self.time_limit.is_some() && self.method == Method::Sliced {
            bail!("--time-limit is for exact and sinkhorn; sliced transport takes fewer --projections instead");
        }
        Ok(())
    }

    /// Before the work: formats that exist, places that can be written.
    fn check_outputs(&self) -> Result<()> {
        let formats: [(&Option<PathBuf>, &str, &[&str]); 3] = [
            (&self.plan, "--plan", &["csv", "npy", "npz"]),
            (&self.figure, "--figure", &["svg", "png"]),
            (&self.convergence, "--convergence", &["svg", "png"]),
        ];
        for (path, option, known) in formats {
            let Some(path) = path else { continue };
            if !known.contains(&extension(path).as_str()) {
                bail!("{option} {}: expected a name ending in .{}", path.display(), known.join(" or ."));
            }
            if self.method == Method::Sliced {
                bail!("{option} needs a plan and its bracket, and sliced transport has none; choose exact or sinkhorn");
            }
            ensure_writable(path)?;
        }
        if self.figure.is_some() && self.cost_matrix.is_some() {
            bail!("--figure draws points, and a cost matrix has none; give two clouds");
        }
        Ok(())
    }

    fn under_matrix(&self, file: &str, output: &Output) -> Result<Row> {
        let costs = io::read_table(file)?.values;
        let weights = |given: &Option<String>, unit: &'static str, size: usize| -> Result<Option<Vec<f64>>> {
            let Some(weights) = given else { return Ok(None) };
            let masses = io::read_vector(weights)?;
            if masses.len() != size {
                let (left, right, right_size) = (file.to_owned(), weights.clone(), masses.len());
                return Err(Error::SizeMismatch { left, left_size: size, right, right_size, unit }.into());
            }
            // checks the masses, too
            let law = Pmf::normalised_named(masses.clone(), weights)?;
            Ok(Some(if self.normalize { law.masses().to_vec() } else { masses }))
        };
        let (rows, columns) = costs.dim();
        let on_x = weights(&self.weights_x, "rows", rows)?;
        let on_y = weights(&self.weights_y, "columns", columns)?;
        let problem = Problem::with_cost(costs, on_x, on_y)?;
        let method = match self.method {
            Method::Auto => self.automatic(problem.shape()),
            Method::Sliced => bail!("sliced transport needs points; with a cost matrix choose exact or sinkhorn"),
            given => given,
        };
        let solved = self.solve(&problem, method, output)?;
        let unwritten = self.write(&solved, None, 1.0).err();
        Ok(Row { unwritten, ..row(&solved.solution, file.to_owned(), None, 1.0) })
    }

    fn between(&self, x: &str, y: &str, seed: u64, output: &Output) -> Result<Row> {
        let ground: Ground = self.cost.parse()?;
        let clouds = self.clouds(x, y)?;
        if self.figure.is_some() && clouds.x.dimension() > 2 {
            bail!("--figure draws clouds of one or two columns; these have {}", clouds.x.dimension());
        }
        let method = match self.method {
            Method::Auto => self.automatic((clouds.x.len(), clouds.y.len())),
            given => given,
        };
        if method == Method::Sliced {
            return self.sliced(&clouds, ground, seed);
        }
        let solved = if self.method == Method::Auto && clouds.x.dimension() == 1 && self.epsilon.is_none() {
            if self.time_limit.is_some() {
                bail!("--time-limit has nothing to stop: on the line one sort finds the answer; leave it out");
            }
            wasserstein(&clouds.x, &clouds.y, ground)?.into()
        } else {
            self.solve(&Problem::between(&clouds.x, &clouds.y, ground)?, method, output)?
        };
        let unwritten = self.write(&solved, Some(&clouds), clouds.total).err();
        Ok(Row { unwritten, ..row(&solved.solution, self.cost.clone(), Some(ground), clouds.total) })
    }

    fn automatic(&self, (n, m): (usize, usize)) -> Method {
        if self.epsilon.is_some() || n + m > QUICK { Method::Sinkhorn } else { Method::Exact }
    }

    /// The two laws. Totals of given masses need not be one, but must agree.
    fn clouds(&self, x: &str, y: &str) -> Result<Clouds> {
        let (table_x, table_y) = (io::read_table(x)?, io::read_table(y)?);
        let (points_x, points_y) = (table_x.values, table_y.values);
        let masses = [(&self.weights_x, x, points_x.nrows()), (&self.weights_y, y, points_y.nrows())];
        let mut weights = [None, None];
        let mut totals = [None, None];
        for (side, (file, cloud, rows)) in masses.into_iter().enumerate() {
            let Some(file) = file else { continue };
            let given = io::read_vector(file)?;
            if given.len() != rows {
                return Err(Error::SizeMismatch {
                    left: cloud.to_owned(),
                    left_size: rows,
                    right: file.clone(),
                    right_size: given.len(),
                    unit: "rows",
                }
                .into());
            }
            let total = Sum::of(given.iter().copied());
            // checks the masses, too
            let law = Pmf::normalised_named(given.clone(), file)?;
            weights[side] = Some(if is_one(total) && !self.normalize { given } else { law.masses().to_vec() });
            totals[side] = (!self.normalize).then_some(total);
        }
        if let (Some(a), Some(b), Some(file)) = (totals[0], totals[1], &self.weights_y)
            && (a - b).abs() > MASS_TOLERANCE * a.abs().max(b.abs())
        {
            return Err(Error::NotNormalised { what: file.clone(), total: b, expected: a }.into());
        }
        let total = totals[0].or(totals[1]).unwrap_or(1.0);
        let total = if is_one(total) { 1.0 } else { total };
        let law = |points, weights: Option<Vec<f64>>, what: &str| match weights {
            Some(weights) => Empirical::weighted(points, weights, what),
            None => Empirical::named(points, what),
        };
        let [a, b] = weights;
        let (x_law, y_law) = (law(points_x, a, x)?, law(points_y, b, y)?);
        x_law.same_dimension(&y_law, x, y)?;
        Ok(Clouds { x: x_law, y: y_law, total, columns: [table_x.columns, table_y.columns] })
    }

    fn solve(&self, problem: &Problem, method: Method, output: &Output) -> Result<Solved> {
        interrupt::listen()?;
        let bar = output.progress(0);
        let watched = RefCell::new(Vec::new());
        let observe = |progress: &Progress| {
            watched.borrow_mut().push(*progress);
            let (primal, dual) = (significant(progress.primal, 6), significant(progress.dual, 6));
            bar.set_message(format!("step {}, optimum in [{dual}, {primal}]", progress.iterations));
            if interrupt::asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let limit = self.time_limit.unwrap_or(Duration::MAX);
        let solution = if method == Method::Sinkhorn {
            let sinkhorn = match self.epsilon {
                Some(eps) => Sinkhorn::new(eps),
                None => Sinkhorn::new(RELATIVE_EPSILON).relative_to_mean_cost(),
            };
            sinkhorn.time_limit(limit).on_progress(&observe).solve(problem)?
        } else {
            Exact::new().time_limit(limit).on_progress(&observe).solve(problem)?
        };
        bar.finish_and_clear();
        Ok(Solved { solution, watched: watched.take() })
    }

    /// The mean over random directions; its error is that of the choice of directions.
    fn sliced(&self, clouds: &Clouds, ground: Ground, seed: u64) -> Result<Row> {
        if !matches!(ground, Ground::SqEuclidean | Ground::Euclidean) {
            bail!("sliced transport projects on lines, which {ground} does not allow; choose sqeuclidean or euclidean");
        }
        let start = Instant::now();
        let p = ground.root();
        let projections = self.projections.unwrap_or(PROJECTIONS);
        let estimate = Sliced::new(projections).seed(seed).solve(&clouds.x, &clouds.y, p)?;
        let distance = estimate.value;
        // the error of a power, by its slope
        let slope = p * distance.powf(p - 1.0);
        Ok(Row {
            method: "sliced".to_owned(),
            cost: self.cost.clone(),
            value: Number(clouds.total * distance.powf(p)),
            distance: is_one(clouds.total).then_some(Number(distance)),
            primal: None,
            dual: None,
            gap: None,
            marginal_error: None,
            status: Status::Converged,
            iterations: projections,
            seconds: Number(start.elapsed().as_secs_f64()),
            epsilon: None,
            std_error: estimate.std_error.map(|error| Number(clouds.total * slope * error)),
            interval: estimate.interval.map(|(low, high)| [low, high].map(|end| Number(clouds.total * end.powf(p)))),
            unwritten: None,
        })
    }

    fn write(&self, solved: &Solved, clouds: Option<&Clouds>, total: f64) -> fenchel::Result<()> {
        let Solved { solution, watched } = solved;
        let draw = |path: &Path, figure: Figure| write_atomic(path, &bytes(&figure, path)?);
        if let Some(path) = &self.plan {
            write_atomic(path, &plan_file(solution, path, total))?;
        }
        if let (Some(path), Some(Clouds { x, y, columns, .. })) = (&self.figure, clouds) {
            let [x, y] = [(x, &columns[0]), (y, &columns[1])]
                .map(|(law, columns)| figure::Cloud { law, columns: columns.as_deref() });
            draw(path, figure::plan(&solution.plan, &x, &y, total))?;
        }
        if let Some(path) = &self.convergence {
            draw(path, figure::convergence(solution, watched, total))?;
        }
        Ok(())
    }
}

fn is_one(total: f64) -> bool {
    (total - 1.0).abs() <= MASS_TOLERANCE
}

fn row(solution: &Solution, cost: String, ground: Option<Ground>, total: f64) -> Row {
    let Report { method, status, iterations, primal, dual, residual, seconds, .. } = &solution.report;
    let value = total * solution.cost();
    Row {
        method: (*method).to_owned(),
        cost,
        value: Number(value),
        // a root of mass times cost is a distance only between laws
        distance: ground.filter(|_| is_one(total)).map(|_| Number(solution.distance())),
        primal: Some(Number(total * primal)),
        dual: Some(Number(total * dual)),
        gap: Some(Number(total * solution.report.gap())),
        marginal_error: Some(Number(total * residual)),
        status: *status,
        iterations: *iterations,
        seconds: Number(*seconds),
        epsilon: solution.regularised.as_ref().map(|regularised| Number(regularised.eps)),
        std_error: None,
        interval: None,
        unwritten: None,
    }
}

fn text(row: &Row, output: &Output) -> String {
    let number = |x: Option<Number>, digits| x.map(|x| significant(x.0, digits));
    let interval = row.interval.map(|[low, high]| format!("[{}, {}]", significant(low.0, 6), significant(high.0, 6)));
    let lines = [
        ("method", Some(row.method.clone())),
        ("cost", Some(row.cost.clone())),
        ("value", number(Some(row.value), 10)),
        ("std. error", number(row.std_error, 2)),
        ("95 % interval", interval),
        ("distance", number(row.distance, 10)),
        ("primal (upper bound)", number(row.primal, 12)),
        ("dual (lower bound)", number(row.dual, 12)),
        ("gap", number(row.gap, 2)),
        ("marginal error", number(row.marginal_error, 2)),
        ("epsilon", number(row.epsilon, 4)),
        ("status", Some(row.status.to_string())),
        ("iterations", Some(row.iterations.to_string())),
        ("seconds", Some(format!("{:.3}", row.seconds.0))),
    ];
    let lines: Vec<(&str, String)> = lines.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    lines.iter().map(|(name, value)| format!("{}  {value}\n", output.strong(&format!("{name:width$}")))).collect()
}

/// Entries up to which an archive holds the matrix of a sparse plan beside its arcs.
const DENSE: usize = 4_000_000;

fn plan_file(solution: &Solution, path: &Path, total: f64) -> Vec<u8> {
    let dense = || solution.plan.to_dense() * total;
    let column = |values: &[f64]| Array2::from_shape_vec((values.len(), 1), values.to_vec()).expect("a column");
    match extension(path).as_str() {
        "npy" => io::to_npy(dense().view()),
        "npz" => {
            let (n, m) = solution.plan.shape();
            let sparse = solution.plan.is_sparse();
            let arcs = if sparse { solution.plan.arcs() } else { Vec::new() };
            let entries = arcs.iter().flat_map(|&(i, j, mass)| [i as f64, j as f64, total * mass]).collect();
            let arcs = Array2::from_shape_vec((arcs.len(), 3), entries).expect("three entries an arc");
            let plan = if sparse && n * m > DENSE { Array2::zeros((0, 0)) } else { dense() };
            let (u, v) = (column(&solution.potentials.0), column(&solution.potentials.1));
            let mut arrays = vec![("u", u.view()), ("v", v.view())];
            arrays.extend(
                [("arcs", arcs.view()), ("plan", plan.view())].into_iter().filter(|(_, array)| !array.is_empty()),
            );
            io::to_npz(&arrays)
        }
        _ => {
            let arcs = solution.plan.arcs();
            let records =
                arcs.iter().map(|&(i, j, mass)| vec![i.to_string(), j.to_string(), format!("{:?}", total * mass)]);
            io::records_to_csv(&["row", "column", "mass"], records)
        }
    }
}
