//! One degenerate problem for one solver, and the verdict on its answer, for the tests and the soak.

#![allow(dead_code)] // each user takes a part of this

mod balanced;
mod barycenter;
mod gaussian;
mod gromov;
mod line;
mod relaxed;
mod shared;

use super::check::Fault;
use super::degenerate::Kind;
use balanced::{debiased, exact, low_rank, sinkhorn};
use barycenter::{fixed_barycenter, free_barycenter};
use fenchel::transport::Marginal;
use gaussian::{gaussian_barycenter, gaussian_distance};
use gromov::gromov;
use line::{on_the_circle, on_the_line, sliced};
use relaxed::{in_part, unbalanced};
pub use shared::Outcome;

/// One solver, the kinds of input that it takes, and the trial of one seed.
#[derive(Clone, Copy)]
pub struct Solver {
    pub name: &'static str,
    pub kinds: &'static [Kind],
    pub trial: fn(Kind, u64) -> std::result::Result<Outcome, Fault>,
}

pub const SOLVERS: [Solver; 20] = [
    Solver { name: "exact", kinds: &Kind::ALL, trial: exact },
    Solver { name: "line", kinds: &Kind::CLOUDS, trial: on_the_line },
    Solver { name: "circle", kinds: &Kind::CLOUDS, trial: on_the_circle },
    Solver { name: "sinkhorn", kinds: &Kind::ALL, trial: sinkhorn },
    Solver { name: "debiased", kinds: &Kind::CLOUDS, trial: debiased },
    Solver {
        name: "unbalanced KL",
        kinds: &Kind::ALL,
        trial: |kind, seed| unbalanced(kind, seed, Marginal::Kl, false),
    },
    Solver {
        name: "unbalanced L2",
        kinds: &Kind::ALL,
        trial: |kind, seed| unbalanced(kind, seed, Marginal::L2, false),
    },
    Solver {
        name: "unbalanced KL, entropic",
        kinds: &Kind::ALL,
        trial: |kind, seed| unbalanced(kind, seed, Marginal::Kl, true),
    },
    Solver {
        name: "unbalanced L2, entropic",
        kinds: &Kind::ALL,
        trial: |kind, seed| unbalanced(kind, seed, Marginal::L2, true),
    },
    Solver {
        name: "unbalanced TV",
        kinds: &Kind::ALL,
        trial: |kind, seed| unbalanced(kind, seed, Marginal::Tv, false),
    },
    Solver {
        name: "unbalanced TV, entropic",
        kinds: &Kind::ALL,
        trial: |kind, seed| unbalanced(kind, seed, Marginal::Tv, true),
    },
    Solver { name: "partial", kinds: &Kind::ALL, trial: in_part },
    Solver { name: "low rank", kinds: &Kind::CLOUDS, trial: low_rank },
    Solver { name: "barycenter, fixed", kinds: &Kind::CLOUDS, trial: |kind, seed| fixed_barycenter(kind, seed, false) },
    Solver {
        name: "barycenter, debiased",
        kinds: &Kind::CLOUDS,
        trial: |kind, seed| fixed_barycenter(kind, seed, true),
    },
    Solver { name: "barycenter, free", kinds: &Kind::CLOUDS, trial: free_barycenter },
    Solver { name: "gromov", kinds: &Kind::CLOUDS, trial: gromov },
    Solver { name: "sliced, max-sliced", kinds: &Kind::CLOUDS, trial: sliced },
    Solver { name: "gaussian", kinds: &Kind::CLOUDS, trial: gaussian_distance },
    Solver { name: "gaussian barycenter", kinds: &Kind::CLOUDS, trial: gaussian_barycenter },
];
