//! Divergences, optimal transport and small adversarial training, with a certificate for every number.
//!
//! # The mathematics on one page
//!
//! Every quantity here is one side of a dual pair, and is returned with the other.
//!
//! **Divergences.** For a convex `f` with `f(1) = 0` and its conjugate `f*(t) = sup_u (u t - f(u))`
//!
//! ```text
//! D_f(P||Q) = E_Q[ f(p/q) ] = sup_T { E_P[T] - E_Q[f*(T)] },   attained at  T* = f'(p/q).
//! ```
//!
//! KL, Jensen-Shannon, Hellinger, total variation and the rest are choices of `f`: [`divergence::FDivergence`].
//!
//! **The game.** A discriminator `D` that tells real from generated samples earns `V(D, G) = E_p ln D + E_q ln(1 - D)`. The best one is
//! `D* = p/(p + q)`, and `V(D*, G) = -ln 4 + 2 JSD(p, q)`; any other proves the bound `2 JSD >= V(D, G) + ln 4`: [`gan::GameValue`].
//! Where supports do not meet, JSD is `ln 2` however far apart they are.
//!
//! **Transport.** For masses `a`, `b` and costs `c`
//!
//! ```text
//! min { sum P_ij c_ij : P >= 0, P 1 = a, Pᵀ 1 = b }  =  max { a·u + b·v : u_i + v_j <= c_ij },
//! ```
//!
//! and for `c = |x - y|` the right side is the supremum over 1-Lipschitz functions (Kantorovich, Rubinstein): [`transport::Exact`].
//! Subtracting `eps` times the entropy of `P` makes it smooth: [`transport::Sinkhorn`].
//!
//! **Scores.** What is known through samples only comes as a [`certificate::Estimate`], with a standard error, an interval, and what real data
//! scores against itself: [`score::Scorecard`].
//!
//! # The modules
//!
//! | module | what it holds | builds on |
//! |---|---|---|
//! | [`certificate`], [`error`] | what every result carries; what can go wrong | |
//! | [`numeric`] | stable scalar functions, sums, quadrature, random streams | |
//! | [`linalg`] | products and decompositions | |
//! | [`measure`] | laws that are valid once built | `numeric`, `linalg` |
//! | [`divergence`] | the f-divergence table, laws on bins, densities, closed forms, bounds | `measure` |
//! | [`transport`] | exact, entropic, sliced, on the line, between Gaussians | `measure` |
//! | [`score`] | generated samples against real ones | `divergence`, `transport` |
//! | [`nn`] | a tape whose gradients can be differentiated again | `linalg` |
//! | [`gan`] | objectives, constraints, the alternating loop, toy laws | `nn`, `divergence` |
#![cfg_attr(feature = "io", doc = "| [`io`] | CSV, NPY, NPZ, IDX; the embedded digits | |")]
#![cfg_attr(feature = "plot", doc = "| [`plot`] | figures as SVG and PNG | |")]
#![cfg_attr(feature = "record", doc = "| [`record`] | whole-or-nothing writes, run folders, the report page | |")]
#![cfg_attr(
    all(feature = "io", feature = "plot"),
    doc = "| [`lecture`] | the claims of GAN theory, as numbers that are checked | everything |"
)]
//!
//! Natural logarithms throughout; `f64` (the trainer is generic, `f32` to train and `f64` to check its gradients). The same seed
//! gives the same bits on any number of threads.

#[doc(hidden)]
#[macro_use]
pub mod mutation;

pub mod certificate;
pub mod divergence;
pub mod error;
pub mod gan;
#[cfg(feature = "io")]
pub mod io;
#[cfg(all(feature = "io", feature = "plot"))]
pub mod lecture;
pub mod linalg;
pub mod measure;
pub mod nn;
pub mod numeric;
#[cfg(feature = "plot")]
pub mod plot;
#[cfg(feature = "record")]
pub mod record;
pub mod score;
mod status;
pub mod transport;

pub use error::{Error, Result};

/// The examples of the README, so that they are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
