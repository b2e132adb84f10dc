//! `fenchel transport`: two point clouds, or two vectors of masses and a matrix of costs.

mod figure;
mod line;
mod load;
mod write;

use crate::figure::{bytes, extension};
use crate::input::{self, File, is_one};
use crate::output::{Answer, Output};
use crate::places;
use crate::solving::{self, MAX_REPETITIONS, check_entries, seconds};
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use fenchel::certificate::Status;
use fenchel::measure::Empirical;
use fenchel::plot::Figure;
use fenchel::record::json::Number;
use fenchel::record::{ensure_writable, write_atomic};
use fenchel::transport::{
    Cost, Exact, Ground, Marginal, Problem, Progress, Sinkhorn, Sliced, Solution, Unbalanced, partial,
    sinkhorn_divergence, wasserstein,
};
pub use load::Between;
use load::{Clouds, Side, balanced, masses, sum};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use write::{Only, Row, Unbiased, row, text};
pub use write::{named_lines, plan_file};

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
    x: Option<File>,
    /// File with the second cloud
    y: Option<File>,
    /// Cost of moving a unit of mass from x to y: sqeuclidean, euclidean, cityblock, chebyshev, cosine, correlation or haversine (latitude and longitude in degrees, kilometres on a globe of radius 6371.0088)
    #[arg(long, value_name = "NAME", default_value = "sqeuclidean")]
    cost: String,
    /// The distance W_P, for the P-th power of the distance between points: on the line and on a circle any P from 1 (to inf, on the line); in the plane and beyond 1 or 2, by --method sliced any
    #[arg(long, value_name = "P", conflicts_with_all = ["cost", "cost_matrix"], value_parser = power)]
    p: Option<f64>,
    /// Points on a circle of this circumference: 24 for hours, 360 for degrees
    #[arg(long, value_name = "PERIOD", conflicts_with = "cost_matrix")]
    circle: Option<f64>,
    /// A matrix of costs in place of clouds: entry (i, j) is the cost from i to j, `inf` forbids it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["x", "y", "cost"])]
    cost_matrix: Option<File>,
    /// `auto` sorts in one dimension, is exact up to 20,000 points in all, and entropic above
    #[arg(long, value_enum, default_value_t = Method::Auto, ignore_case = true)]
    method: Method,
    /// Regularisation of sinkhorn and of --unbalanced, in units of the cost [default: 0.01 of the mean cost; none]
    #[arg(long, value_name = "E")]
    epsilon: Option<f64>,
    /// The Sinkhorn divergence besides: entropic transport without its bias
    #[arg(long)]
    debiased: bool,
    /// Random directions of sliced [default: 500]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=MAX_REPETITIONS))]
    projections: Option<u64>,
    /// Stop after so many seconds, with the bracket reached by then
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
    /// Masses of the points of x (rows), one number each [default: equal]
    #[arg(long, value_name = "FILE")]
    weights_x: Option<File>,
    /// Masses of the points of y (columns)
    #[arg(long, value_name = "FILE")]
    weights_y: Option<File>,
    /// Divide the masses of each side by their total
    #[arg(long)]
    normalize: bool,
    /// Move this much mass, from and to where it is cheapest; the totals may differ
    #[arg(long, value_name = "MASS", conflicts_with_all = ["unbalanced", "circle", "p"])]
    partial: Option<f64>,
    /// Masses need not be kept: LAMBDA times the Kullback-Leibler divergence is paid for what the plan does not keep, on each side
    #[arg(long, value_name = "LAMBDA", conflicts_with_all = ["circle", "p"])]
    unbalanced: Option<f64>,
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
  fenchel transport x.npy y.npy --method sinkhorn --epsilon 0.05 --debiased
  fenchel transport x.npy y.npy --method sliced --seed 1         an estimate, for many points
  fenchel transport x.csv y.csv --weights-x a.csv --weights-y b.csv --plan plan.csv
  fenchel transport x.csv y.csv --figure plan.svg                axes named as in the header
  fenchel transport big.npy other.npy --time-limit 30            the bracket after 30 s
  fenchel transport x.npy y.npy --method sinkhorn --convergence bracket.svg
  fenchel transport ages.csv others.csv --p inf                  how far the farthest must go
  fenchel transport hours.csv others.csv --circle 24 --p 1       around the clock
  fenchel transport cities.csv shops.csv --cost haversine        mean kilometres
  fenchel transport x.csv y.csv --partial 0.9                    all but the dearest tenth
  fenchel transport --cost-matrix costs.csv --weights-x supply.txt --weights-y demand.txt
  fenchel transport --cost-matrix costs.csv --weights-x supply.txt --unbalanced 5
  cat x.csv | fenchel transport - y.csv --format csv

How to read the answer: any plan costs at least the optimum and any feasible prices are worth at most that, so the optimum \
lies in [dual, primal], and `gap` is the length of the bracket. `status` is `converged` when the bracket is as short as was \
asked for. With --time-limit or after Ctrl-C the bracket is longer, and the exit status is 1. `sliced` estimates another \
quantity, the mean over directions, and has a standard error and a 95 % interval in place of a bracket. `regularised` is the \
bracket of the entropic problem of sinkhorn, beside that of transport itself. With --p all values are distances. With --partial \
`price` is what the last unit costs; with --unbalanced the value includes what is paid for mass not kept.

Masses are kept as given: totals that differ by more than 1e-9 (relative) are an error unless --normalize, --partial or \
--unbalanced is given.";

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
const PROJECTIONS: u64 = 500;

/// The regularisation of sinkhorn in units of the mean cost, unless one is given.
const RELATIVE_EPSILON: f64 = 0.01;

fn power(text: &str) -> std::result::Result<f64, String> {
    match text.to_ascii_lowercase().parse::<f64>() {
        Ok(p) if p >= 1.0 => Ok(p),
        _ => Err("expected a power of 1 or more, or inf".to_owned()),
    }
}

#[derive(Serialize)]
struct Json {
    results: Vec<Row>,
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
        let debiased = row.only.debiased.as_ref().map(|debiased| debiased.status);
        let early = [Some(row.status), debiased].into_iter().flatten().find(|status| *status != Status::Converged);
        let unfinished = early
            .map(|status| format!("stopped early ({status}); the optimum lies between dual and primal of the result"));
        let (text, written) = (text(&row, output), row.unwritten.take().map_or(Ok(()), Err));
        let answer = Answer { unfinished, ..Answer::new(text, &Json { results: vec![row] }) };
        Ok(answer.despite(written, "the problem was solved, the result could not be written"))
    }

    /// No option is passed over in silence.
    fn check_options(&self) -> Result<()> {
        let unbalanced = self.unbalanced.is_some();
        if self.epsilon.is_some() && matches!(self.method, Method::Exact | Method::Sliced) {
            bail!("--epsilon is the regularisation of sinkhorn; choose --method sinkhorn or leave it out");
        }
        if self.projections.is_some() && self.method != Method::Sliced {
            bail!("--projections are the directions of sliced transport; choose --method sliced or leave it out");
        }
        if self.time_limit.is_some() && self.method == Method::Sliced {
            bail!("--time-limit is for exact and sinkhorn; sliced transport takes fewer --projections instead");
        }
        if self.debiased && self.method != Method::Sinkhorn {
            bail!("--debiased is the Sinkhorn divergence; choose --method sinkhorn or leave it out");
        }
        let special =
            [("--partial", self.partial.is_some()), ("--unbalanced", unbalanced), ("--circle", self.circle.is_some())];
        for (option, _) in special.into_iter().filter(|(_, given)| *given) {
            if self.method != Method::Auto {
                bail!("{option} has a solver of its own; leave --method out");
            }
            if self.epsilon.is_some() && option != "--unbalanced" {
                bail!("{option} has no regularisation; leave --epsilon out");
            }
            if self.time_limit.is_some() && option != "--unbalanced" {
                bail!("--time-limit does not reach the solver of {option}; leave it out");
            }
        }
        if self.p.is_some() && matches!(self.method, Method::Sinkhorn) {
            bail!("--p is for exact and sliced transport; sinkhorn takes --cost euclidean or sqeuclidean");
        }
        if self.p.is_some_and(f64::is_infinite) && (self.circle.is_some() || self.method == Method::Sliced) {
            bail!("--p inf is for points on the line; on a circle and by sliced transport P is finite");
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

    fn under_matrix(&self, file: &File, output: &Output) -> Result<Row> {
        if self.debiased {
            bail!("--debiased needs the costs inside each cloud, too, and a cost matrix has none; give two clouds");
        }
        let costs = input::costs(file)?;
        let (n, m) = costs.dim();
        let sides = [
            Side { of: file, unit: "rows", size: n, weights: self.weights_x.as_ref() },
            Side { of: file, unit: "columns", size: m, weights: self.weights_y.as_ref() },
        ];
        let given = masses(&sides, self.normalize)?;
        if self.partial.is_some() || self.unbalanced.is_some() {
            return self.relaxed(&given, Cost::matrix(costs)?, file.to_string(), None, output);
        }
        balanced(&given, &sides)?;
        let [a, b] = given;
        let problem = Problem::with_cost(costs, Some(a), Some(b))?;
        let method = match self.method {
            Method::Auto => self.automatic(problem.shape()),
            Method::Sliced => bail!("sliced transport needs points; with a cost matrix choose exact or sinkhorn"),
            given => given,
        };
        let solved = self.solve(&problem, method, output)?;
        let unwritten = self.write(&solved, None, 1.0).err();
        Ok(Row { unwritten, ..row(&solved.solution, file.to_string(), false, 1.0) })
    }

    fn between(&self, x: &File, y: &File, seed: u64, output: &Output) -> Result<Row> {
        let between = Between::parse(&self.cost)?;
        let clouds = Clouds::read([x, y], [self.weights_x.as_ref(), self.weights_y.as_ref()], self.normalize)?;
        if self.figure.is_some() && clouds.dimension() > 2 {
            bail!("--figure draws clouds of one or two columns; these have {}", clouds.dimension());
        }
        if self.partial.is_some() || self.unbalanced.is_some() {
            let cost = clouds.cost(between)?;
            return self.relaxed(&clouds.masses, cost, between.name().to_owned(), Some(&clouds), output);
        }
        let total = clouds.total()?;
        let total = if is_one(total) { 1.0 } else { total };
        if self.circle.is_some() || (self.p.is_some() && clouds.dimension() == 1 && self.method != Method::Sliced) {
            return self.on_the_line(&clouds, between, total);
        }
        let between = match self.p {
            None => between,
            _ if self.method == Method::Sliced => return self.sliced(&clouds, total, Ground::Euclidean, seed),
            Some(p) if (p - 1.0).abs() < f64::EPSILON => Between::Ground(Ground::Euclidean),
            Some(p) if (p - 2.0).abs() < f64::EPSILON => Between::Ground(Ground::SqEuclidean),
            Some(p) => bail!(
                "--p {p} is for one column (the line), and these clouds have {}; there --p is 1 or 2, or any with --method sliced",
                clouds.dimension()
            ),
        };
        let method = match self.method {
            Method::Auto => self.automatic(clouds.sizes()),
            given => given,
        };
        let label = between.name();
        let embedded = clouds.embedded(between)?;
        if let (Method::Sliced, Between::Ground(ground)) = (method, between) {
            return self.sliced(&clouds, total, ground, seed);
        }
        let mut debiased = None;
        let solved = match embedded {
            _ if method == Method::Sliced => {
                bail!(
                    "sliced transport projects on lines, which {label} does not allow; choose sqeuclidean or euclidean"
                )
            }
            None => {
                if self.debiased {
                    bail!("--debiased needs a cost between points of a space; choose another cost than {label}");
                }
                let [a, b] = clouds.laws(clouds.points.clone())?.map(|law| law.weights().to_vec());
                self.solve(&Problem::with_cost(clouds.great_circle()?, Some(a), Some(b))?, method, output)?
            }
            Some((points, ground)) => {
                let [x, y] = clouds.laws(points)?;
                if self.method == Method::Auto && x.dimension() == 1 && self.epsilon.is_none() {
                    if self.time_limit.is_some() {
                        bail!("--time-limit has nothing to stop: on the line one sort finds the answer; leave it out");
                    }
                    wasserstein(&x, &y, ground)?.into()
                } else {
                    debiased = self.debiased.then(|| self.debiased(&x, &y, ground, total, output)).transpose()?;
                    self.solve(&Problem::between(&x, &y, ground)?, method, output)?
                }
            }
        };
        let unwritten = self.write(&solved, Some(&clouds), total).err();
        let metric = between.root().is_some();
        let mut row = Row { unwritten, ..row(&solved.solution, label.to_owned(), metric, total) };
        row.only.debiased = debiased;
        if let Some(p) = self.p {
            line::as_distances(&mut row, p, total);
        }
        Ok(row)
    }

    fn automatic(&self, (n, m): (usize, usize)) -> Method {
        if self.epsilon.is_some() || n + m > QUICK { Method::Sinkhorn } else { Method::Exact }
    }

    fn sinkhorn(&self) -> Sinkhorn<'static> {
        let sinkhorn = match self.epsilon {
            Some(eps) => Sinkhorn::new(eps),
            None => Sinkhorn::new(RELATIVE_EPSILON).relative_to_mean_cost(),
        };
        sinkhorn.time_limit(self.time_limit.unwrap_or(Duration::MAX))
    }

    fn solve(&self, problem: &Problem, method: Method, output: &Output) -> Result<Solved> {
        let limit = self.time_limit.unwrap_or(Duration::MAX);
        let (solution, watched) = solving::watched("optimum", output, |observe| {
            if method == Method::Sinkhorn {
                self.sinkhorn().on_progress(observe).solve(problem)
            } else {
                Exact::new().time_limit(limit).on_progress(observe).solve(problem)
            }
        })?;
        Ok(Solved { solution, watched })
    }

    fn debiased(&self, x: &Empirical, y: &Empirical, ground: Ground, total: f64, output: &Output) -> Result<Unbiased> {
        let (found, _) = solving::watched("entropic value", output, |observe| {
            sinkhorn_divergence(x, y, ground, &self.sinkhorn().on_progress(observe))
        })?;
        Ok(Unbiased::of(&found, total))
    }

    /// Masses that need not all be moved.
    fn relaxed(
        &self,
        masses: &[Vec<f64>; 2],
        cost: Cost,
        label: String,
        clouds: Option<&Clouds<'_>>,
        output: &Output,
    ) -> Result<Row> {
        let [a, b] = masses;
        let (n, m) = cost.shape();
        if self.epsilon.is_none() {
            check_entries("plan", n, m)?;
        }
        let (solved, price) = match (self.partial, self.unbalanced) {
            (Some(moved), _) => {
                let found = partial(a, b, &cost, moved)?;
                (Solved::from(found.solution), Some(found.price))
            }
            (None, lambda) => {
                let mut solver = Unbalanced::new(Marginal::Kl(lambda.unwrap_or_default()))
                    .time_limit(self.time_limit.unwrap_or(Duration::MAX));
                if let Some(eps) = self.epsilon {
                    solver = solver.regularisation(eps);
                }
                let (solution, watched) =
                    solving::watched("optimum", output, |observe| solver.on_progress(observe).solve(a, b, cost))?;
                (Solved { solution, watched }, None)
            }
        };
        let unwritten = self.write(&solved, clouds, 1.0).err();
        let moved = sum(&solved.solution.plan.marginals().0);
        let row = row(&solved.solution, label, false, 1.0);
        Ok(Row { only: Only { moved: Some(Number(moved)), price: price.map(Number), ..row.only }, unwritten, ..row })
    }

    /// The mean over random directions; its error is that of the choice of directions.
    fn sliced(&self, clouds: &Clouds<'_>, total: f64, ground: Ground, seed: u64) -> Result<Row> {
        if !matches!(ground, Ground::SqEuclidean | Ground::Euclidean) {
            bail!("sliced transport projects on lines, which {ground} does not allow; choose sqeuclidean or euclidean");
        }
        let start = Instant::now();
        let p = self.p.unwrap_or(ground.root());
        let projections = self.projections.unwrap_or(PROJECTIONS) as usize;
        let [x, y] = clouds.laws(clouds.points.clone())?;
        let estimate = Sliced::new(projections).seed(seed).solve(&x, &y, p)?;
        let distance = estimate.value;
        // the error of a power, by its slope; with --p the distance itself is the value
        let (power, scale) = if self.p.is_some() { (1.0, total.powf(p.recip())) } else { (p, total) };
        let slope = power * distance.powf(power - 1.0);
        Ok(Row {
            method: "sliced".to_owned(),
            cost: if self.p.is_some() { line::label(p) } else { ground.name().to_owned() },
            value: Number(scale * distance.powf(power)),
            distance: is_one(total).then_some(Number(distance)),
            primal: None,
            dual: None,
            gap: None,
            marginal_error: None,
            status: Status::Converged,
            iterations: projections,
            seconds: Number(start.elapsed().as_secs_f64()),
            only: Only {
                std_error: estimate.std_error.map(|error| Number(scale * slope * error)),
                interval: estimate.interval.map(|(low, high)| [low, high].map(|end| Number(scale * end.powf(power)))),
                p: self.p.map(Number),
                ..Only::default()
            },
            unwritten: None,
        })
    }

    fn write(&self, solved: &Solved, clouds: Option<&Clouds<'_>>, total: f64) -> fenchel::Result<()> {
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
