//! The options of `fenchel transport`, and which of them can be combined.

use crate::figure::check_name;
use crate::input::File;
use crate::solving::{Limit, MAX_REPETITIONS};
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use fenchel::record::ensure_writable;
use fenchel::transport::Marginal;
use std::path::PathBuf;

/// Optimal transport between two point clouds, or under a given cost, with a proof of optimality
///
/// `value` is the transport cost as asked (for sqeuclidean that is W2 squared). `distance` is its root, where that is a
/// distance. `primal` is the cost of a plan that moves the masses, `dual` the value of feasible prices. The optimum
/// lies between the two, however early a solver stopped.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Transport {
    /// File with the first cloud, one point a row
    #[arg(required_unless_present = "cost_matrix", requires = "y")]
    pub(super) x: Option<File>,
    /// File with the second cloud
    pub(super) y: Option<File>,
    /// Cost of moving a unit of mass from x to y: sqeuclidean, euclidean, cityblock, chebyshev, cosine, correlation or haversine (latitude and longitude in degrees, kilometres on a globe of radius 6371.0088)
    #[arg(long, value_name = "NAME", default_value = "sqeuclidean")]
    pub(super) cost: String,
    /// The distance W_P, for the P-th power of the distance between points. P is any finite number from 1 on a circle
    /// and with --method sliced, and from 1 to inf on the line; otherwise it is 1 or 2
    #[arg(long, value_name = "P", conflicts_with_all = ["cost", "cost_matrix"], value_parser = power)]
    pub(super) p: Option<f64>,
    /// Points on a circle of this circumference: 24 for hours, 360 for degrees
    #[arg(long, value_name = "PERIOD", conflicts_with = "cost_matrix")]
    pub(super) circle: Option<f64>,
    /// A matrix of costs in place of clouds: entry (i, j) is the cost from i to j, `inf` forbids it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["x", "y", "cost"])]
    pub(super) cost_matrix: Option<File>,
    /// `auto` sorts in one dimension, is exact up to 20,000 points in all, and entropic above
    #[arg(long, value_enum, default_value_t = Method::Auto, ignore_case = true)]
    pub(super) method: Method,
    /// Regularisation of sinkhorn and of --unbalanced, in units of the cost [default: 0.01 of the mean cost; none with
    /// --unbalanced]
    #[arg(long, value_name = "E")]
    pub(super) epsilon: Option<f64>,
    /// Also compute the Sinkhorn divergence: entropic transport without its bias
    #[arg(long)]
    pub(super) debiased: bool,
    /// Random directions of sliced [default: 500]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=MAX_REPETITIONS))]
    pub(super) projections: Option<u64>,
    #[command(flatten)]
    pub(super) limit: Limit,
    /// Masses of the points of x (rows), one number each [default: equal]
    #[arg(long, value_name = "FILE")]
    pub(super) weights_x: Option<File>,
    /// Masses of the points of y (columns)
    #[arg(long, value_name = "FILE")]
    pub(super) weights_y: Option<File>,
    /// Divide the masses of each side by their total
    #[arg(long)]
    pub(super) normalize: bool,
    /// Move this much mass at the least cost; the totals may differ
    #[arg(long, value_name = "MASS", conflicts_with_all = ["unbalanced", "circle", "p"])]
    pub(super) partial: Option<f64>,
    /// Masses need not be kept: pay LAMBDA times the --penalty for what the plan does not keep, on each side
    #[arg(long, value_name = "LAMBDA", conflicts_with_all = ["circle", "p"])]
    pub(super) unbalanced: Option<f64>,
    /// What --unbalanced charges for: the Kullback-Leibler divergence, half the squared difference, or the difference (total variation)
    #[arg(long, value_enum, default_value_t = Penalty::Kl, ignore_case = true, requires = "unbalanced")]
    pub(super) penalty: Penalty,
    /// Write the plan: .csv (row, column, mass; counted from 0), .npy (matrix) or .npz (potentials u, v; for sparse
    /// plans arcs: row, column, mass; the matrix plan, unless the plan is sparse and the matrix has over 4 million
    /// entries)
    #[arg(long, value_name = "FILE")]
    pub(super) plan: Option<PathBuf>,
    /// Draw the plan, .svg, .png or .pdf: moves between clouds of two columns (the width is the mass), a matrix with its marginals for one column
    #[arg(long, value_name = "FILE")]
    pub(super) figure: Option<PathBuf>,
    /// Draw how the bracket of the optimum closed and the marginal error fell, .svg, .png or .pdf
    #[arg(long, value_name = "FILE")]
    pub(super) convergence: Option<PathBuf>,
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
  fenchel transport x.csv y.csv --unbalanced 2 --penalty tv      a price of 2 for each unit
  cat x.csv | fenchel transport - y.csv --format csv

How to read the answer: any plan costs at least the optimum, and any feasible prices are worth at most the optimum. So the optimum \
lies in [dual, primal], and `gap` is the length of the bracket. `status` is `converged` when the bracket is as short as was \
asked for. With --time-limit or after Ctrl-C the bracket is longer, and the exit status is 1. `sliced` estimates another \
quantity, the mean over directions, and has a standard error and a 90 % interval in place of a bracket. `regularised` is the \
bracket of the entropic problem of sinkhorn, beside that of transport itself. With --p all values are distances. With --partial \
`price` is what the last unit costs; with --unbalanced the value includes what is paid for mass not kept.

Masses are kept as given: totals that differ by more than 1e-9 (relative) are an error unless --normalize, --partial or \
--unbalanced is given.";

/// The way to solve.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Method {
    Auto,
    Exact,
    Sinkhorn,
    Sliced,
}

/// What is charged for masses that are not kept.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Penalty {
    Kl,
    L2,
    Tv,
}

impl Penalty {
    pub(super) fn times(self, lambda: f64) -> Marginal {
        match self {
            Self::Kl => Marginal::Kl(lambda),
            Self::L2 => Marginal::L2(lambda),
            Self::Tv => Marginal::Tv(lambda),
        }
    }
}

fn power(text: &str) -> std::result::Result<f64, String> {
    match text.to_ascii_lowercase().parse::<f64>() {
        Ok(p) if p >= 1.0 => Ok(p),
        _ => Err("expected a power of 1 or more, or inf".to_owned()),
    }
}

impl Transport {
    /// Checks that no option would be ignored.
    pub(super) fn check_options(&self) -> Result<()> {
        let unbalanced = self.unbalanced.is_some();
        if self.epsilon.is_some() && matches!(self.method, Method::Exact | Method::Sliced) {
            bail!("--epsilon is the regularisation of sinkhorn; choose --method sinkhorn or leave it out");
        }
        if self.projections.is_some() && self.method != Method::Sliced {
            bail!("--projections are the directions of sliced transport; choose --method sliced or leave it out");
        }
        if self.limit.is_given() && self.method == Method::Sliced {
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
            if self.limit.is_given() && option == "--circle" {
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

    /// Checked before the work: known formats, and places that can be written.
    pub(super) fn check_outputs(&self) -> Result<()> {
        let formats: [(&Option<PathBuf>, &str, &[&str]); 3] = [
            (&self.plan, "--plan", &["csv", "npy", "npz"]),
            (&self.figure, "--figure", &["svg", "png"]),
            (&self.convergence, "--convergence", &["svg", "png"]),
        ];
        for (path, option, known) in formats {
            let Some(path) = path else { continue };
            check_name(option, path, known)?;
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
}
