//! `fenchel transport`: two point clouds, or two vectors of masses and a matrix of costs.

mod args;
mod figure;
mod line;
mod load;
mod write;

use crate::input::{self, File, is_one};
use crate::output::{Answer, Output};
use crate::places;
use crate::solving::{self, check_entries};
use anyhow::{Result, bail};
use args::Method;
pub use args::Transport;
use fenchel::certificate::Status;
use fenchel::measure::Empirical;
use fenchel::record::json::Number;
use fenchel::transport::{
    Cost, Exact, Ground, Kept, Marginal, Problem, Sinkhorn, Sliced, Unbalanced, sinkhorn_divergence, wasserstein,
};
use load::{Between, Clouds, Side, balanced, masses, sum};
use std::time::Instant;
use write::{Json, Only, Row, Solved, Unbiased, row, text};
pub use write::{named_lines, plan_file};

/// The most points in all for which `auto` is exact.
const QUICK: usize = 20_000;

/// The default number of random directions of sliced.
const PROJECTIONS: u64 = 500;

/// The default regularisation of sinkhorn, in units of the mean cost.
const RELATIVE_EPSILON: f64 = 0.01;

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
        let unfinished = early.and_then(solving::unfinished);
        let (text, written) = (text(&row, output), row.unwritten.take().map_or(Ok(()), Err));
        let answer = Answer { unfinished, ..Answer::new(text, &Json { results: vec![row] }) };
        Ok(answer.despite(written, "the problem was solved, the result could not be written"))
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
                    if self.limit.is_given() {
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
        sinkhorn.time_limit(self.limit.time())
    }

    fn solve(&self, problem: &Problem, method: Method, output: &Output) -> Result<Solved> {
        let limit = self.limit.time();
        let (solution, watched) = solving::watched("optimum", output, |observe| match problem.kept() {
            _ if method == Method::Sinkhorn => self.sinkhorn().on_progress(observe).solve(problem),
            Kept::Penalised(Marginal::Kl(_) | Marginal::L2(_), _) => {
                Unbalanced::new().time_limit(limit).on_progress(observe).solve(problem)
            }
            _ => Exact::new().time_limit(limit).on_progress(observe).solve(problem),
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
        let (problem, method) = match (self.partial, self.unbalanced) {
            (Some(moved), _) => (Problem::partial(cost, a, b, moved)?, Method::Exact),
            (None, lambda) => {
                let kept = self.penalty.times(lambda.unwrap_or_default());
                let method = if self.epsilon.is_some() { Method::Sinkhorn } else { Method::Auto };
                (Problem::unbalanced(cost, a, b, kept, kept)?, method)
            }
        };
        let solved = self.solve(&problem, method, output)?;
        let unwritten = self.write(&solved, clouds, 1.0).err();
        let moved = sum(&solved.solution.plan.marginals().0);
        let row = row(&solved.solution, label, false, 1.0);
        let price = solved.solution.price.map(Number);
        Ok(Row { only: Only { moved: Some(Number(moved)), price, ..row.only }, unwritten, ..row })
    }

    /// The mean over random directions, with its error over the choice of directions.
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
}
