//! `fenchel gromov`: two clouds in different spaces, matched by the distances inside each.

use crate::command::bracket::Bracket;
use crate::command::transport::plan_file;
use crate::figure::check_name;
use crate::input::{self, File};
use crate::names;
use crate::output::{Answer, Output};
use crate::solving::{self, Limit, check_entries};
use anyhow::Result;
use clap::Args;
use fenchel::measure::{Empirical, Pmf};
use fenchel::record::{ensure_writable, write_atomic};
use fenchel::transport::{Gromov as Solver, Ground, Space};
use serde::Serialize;
use std::path::PathBuf;

/// Gromov-Wasserstein: matches two clouds, of whatever dimensions, by the distances inside each
///
/// The value is `sum (C_ik - D_jl)² P_ij P_kl` over plans P. It is zero where the clouds are the same up to rotation,
/// reflection and numbering. The problem is not convex: `primal` is the value of the plan found, `dual` a lower bound
/// for every plan (Mémoli), and the optimum lies between the two. `converged` says that the descent has ended, not that
/// the plan is best.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Gromov {
    /// File with the first cloud, one point a row
    x: File,
    /// File with the second cloud; it may have other columns
    y: File,
    /// The files hold symmetric matrices of distances in place of points
    #[arg(long)]
    distances: bool,
    /// Distance inside each cloud: euclidean, sqeuclidean, cityblock or chebyshev
    #[arg(long, value_name = "NAME", default_value = "euclidean", conflicts_with = "distances")]
    cost: String,
    /// Masses of the points of x, one number each [default: equal]
    #[arg(long, value_name = "FILE")]
    weights_x: Option<File>,
    /// Masses of the points of y
    #[arg(long, value_name = "FILE")]
    weights_y: Option<File>,
    /// Divide the masses of each side by their total
    #[arg(long)]
    normalize: bool,
    /// Entropic regularisation, in units of the squared distances [default: none]
    #[arg(long, value_name = "E")]
    epsilon: Option<f64>,
    /// Random plans to start from, besides two fixed ones [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=1000))]
    restarts: Option<u64>,
    #[command(flatten)]
    limit: Limit,
    /// Write the plan: .csv (row, column, mass; counted from 0), .npy (matrix) or .npz (arcs and matrix)
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel gromov x.npy y.npy                                   the same but for a rotation?
  fenchel gromov plane.csv space.csv --plan match.csv          which point corresponds to which
  fenchel gromov c.csv d.csv --distances                       from matrices of distances
  fenchel gromov x.csv y.csv --epsilon 0.05 --restarts 2       smooth plans, without exact solves
  fenchel gromov x.csv y.csv --weights-x a.csv --seed 1 --json | jq '.results[0] | {dual, primal}'

Points of one law count by their masses, which must sum to one unless --normalize is given.";

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    bracket: Bracket,
    n: usize,
    m: usize,
}

impl Gromov {
    pub fn run(&self, seed: u64, output: &Output) -> Result<Answer> {
        let ground: Ground = names::parse(&self.cost, str::parse)?;
        if let Some(path) = &self.plan {
            check_name("--plan", path, &["csv", "npy", "npz"])?;
            ensure_writable(path)?;
        }
        let (x, y) = (self.space(&self.x, &self.weights_x, ground)?, self.space(&self.y, &self.weights_y, ground)?);
        check_entries("plan", x.len(), y.len())?;
        let mut solver = Solver::new().seed(seed).time_limit(self.limit.time());
        if let Some(restarts) = self.restarts {
            solver = solver.restarts(restarts as usize);
        }
        if let Some(eps) = self.epsilon {
            solver = solver.epsilon(eps);
        }
        let (found, _) = solving::watched("optimum", output, |observe| solver.on_progress(observe).solve(&x, &y))?;
        let file = |path| write_atomic(path, &plan_file(&found.plan, None, path, 1.0));
        let written = self.plan.as_deref().map_or(Ok(()), file);
        let cost = if self.distances { "distances".to_owned() } else { ground.to_string() };
        let row = Row { bracket: Bracket::new(&found.report, cost), n: x.len(), m: y.len() };
        let own = vec![("points", format!("{}, {}", row.n, row.m))];
        let answer = row.bracket.answer(&row, 4, own, output);
        Ok(answer.despite(written, "the clouds were matched, the plan could not be written"))
    }

    fn space(&self, file: &File, weights: &Option<File>, ground: Ground) -> Result<Space> {
        let table = if self.distances { input::numbers(file)? } else { input::table(file)?.values };
        check_entries(&format!("distances inside {file}"), table.nrows(), table.nrows())?;
        let masses = weights.as_ref().map(|weights| input::pmf(weights, self.normalize)).transpose()?;
        if self.distances {
            let masses = masses.map_or_else(|| Pmf::uniform(table.nrows()), Ok)?;
            let space = Space::new(table, &masses);
            return Ok(space.map_err(|error| error.context(file.to_string()))?);
        }
        let law = match masses {
            Some(masses) => {
                Empirical::weighted(table, masses.masses().to_vec()).map_err(|error| error.context(file.to_string()))?
            }
            None => Empirical::new(table).map_err(|error| error.context(file.to_string()))?,
        };
        Ok(Space::of(&law, ground)?)
    }
}
