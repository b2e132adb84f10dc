//! Divergences, optimal transport and small adversarial training, with a certificate for every number.
//!
//! ```
//! use fenchel::ndarray::array;
//! use fenchel::prelude::*;
//!
//! let (p, q) = (Pmf::new([0.5, 0.5, 0.0])?, Pmf::new([0.0, 0.5, 0.5])?);
//! let d = jsd(&p, &q)?;                                   // value ½ ln 2, with its dual
//! assert!((d.value - 0.5 * 2f64.ln()).abs() < 1e-15 && d.gap() < 1e-15);
//!
//! let x = Empirical::new(array![[0.0, 0.0], [1.0, 0.0]])?;
//! let y = Empirical::new(array![[0.0, 2.0], [1.0, 2.0]])?;
//! let plan = w2(&x, &y)?;                                 // exact, with plan, potentials and gap
//! assert_eq!((plan.distance(), plan.report.gap()), (2.0, 0.0));
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! Where to go from here: the [tutorial](guide::tutorial), [recipes](guide::how_to), a [gallery](guide) of examples, the guides [choose a
//! divergence](guide::divergence), [choose a transport solver](guide::transport) and [score a generator](guide::score), and [why each number has
//! a second one](guide::explanation).
//!
//! # The mathematics on one page
//!
//! Every quantity here is one side of a dual pair, and is returned with the other.
//!
//! **Divergences.** For a convex `f` with `f(1) = 0` and its conjugate `f*(t) = sup_u (u t - f(u))`
//!
//! ```math
//! \begin{aligned}
//! D_f(P \| Q) &= E_Q[ f(p/q) ] \\
//!             &= \sup_T \{ E_P[T] - E_Q[f^*(T)] \}, \quad \text{attained at } T^* = f'(p/q).
//! \end{aligned}
//! ```
//!
//! KL, Jensen-Shannon, Hellinger, total variation and the rest are choices of `f`: [`divergence::FDivergence`].
//!
//! **The game.** A discriminator `D` that tells real from generated samples earns
//!
//! ```math
//! V(D, G) = E_p[ \ln D ] + E_q[ \ln(1 - D) ].
//! ```
//!
//! The best one is `D* = p/(p + q)`, and `V(D*, G) = -ln 4 + 2 JSD(p, q)`. Any other proves the bound `2 JSD >= V(D, G) + ln 4`:
//! [`gan::GameValue`]. Where supports do not meet, JSD is `ln 2` however far apart they are.
//!
//! **Transport.** For masses `a`, `b` and costs `c`
//!
//! ```math
//! \begin{aligned}
//!   &\min \{ \sum_{ij} P_{ij} c_{ij} : P ≥ 0, \; P 1 = a, \; P^T 1 = b \} \\
//! = \; &\max \{ a·u + b·v : u_i + v_j ≤ c_{ij} \},
//! \end{aligned}
//! ```
//!
//! and for `c = |x - y|` the right side is the supremum over 1-Lipschitz functions (Kantorovich, Rubinstein): [`transport::Exact`].
//! Subtracting `eps` times the entropy of `P` makes it smooth: [`transport::Sinkhorn`].
//!
//! **Scores.** A quantity that is known through samples only comes as a [`certificate::Estimate`], with a standard error, an interval, and
//! the score of real data against itself: [`score::Scorecard`].
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
//! | [`gan`] | a loop for adversarial games, games, objectives, penalties, toy laws | `nn`, `divergence` |
#![cfg_attr(feature = "io", doc = "| [`io`] | CSV, NPY, NPZ, IDX; the embedded digits | |")]
#![cfg_attr(feature = "plot", doc = "| [`plot`] | figures as SVG and PNG | |")]
#![cfg_attr(feature = "record", doc = "| [`record`] | whole-or-nothing writes, run folders | |")]
//! | [`guide`], [`prelude`] | which answer fits a question; the common names | |
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | what it adds |
//! |---|---|
//! | `serde` | solutions, plans, laws, estimates and checkpoints can be written and read back |
//! | `io` | `io`: CSV, NPY, NPZ, IDX; the embedded digits |
//! | `plot` | `plot`: figures as SVG and PNG |
//! | `record` | `record`: whole-or-nothing writes, run folders |
//! | `lapack` | LAPACK (a system OpenBLAS) in place of faer |
//!
//! The types of [`ndarray`] and [`rand`](https://docs.rs/rand) are part of the interface. Both crates are re-exported, so that a program can use the very versions
//! that this library was built with; the random streams are of type [`ChaCha8Rng`].
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
pub mod guide;
#[cfg(feature = "io")]
pub mod io;
pub mod linalg;
pub mod measure;
pub mod nn;
pub mod numeric;
#[cfg(feature = "plot")]
pub mod plot;
#[cfg(feature = "record")]
pub mod record;
pub mod score;
#[cfg(feature = "serde")]
mod serial;
mod status;
#[doc(hidden)]
pub mod text;
pub mod transport;

pub use error::{Error, Result};
pub use rand_chacha::ChaCha8Rng;
pub use {ndarray, rand};

/// The names that most programs use.
///
/// ```
/// use fenchel::prelude::*;
///
/// let law = Gaussian::univariate(0.0, 1.0)?;
/// let x = Empirical::new(law.sample(50, &mut stream(0, 0))?)?;
/// let y = Empirical::new(law.sample(50, &mut stream(0, 1))? + 1.0)?;
/// let problem = Problem::between(&x, &y, Ground::SqEuclidean)?;
/// let (exact, entropic) = (Exact::new().solve(&problem)?, Sinkhorn::new(0.1).solve(&problem)?);
/// assert!(entropic.report.dual <= exact.cost() && exact.cost() <= entropic.cost());
/// let estimate = Knn::new().estimate(&x, &y, "kl".parse()?)?;
/// assert!(estimate.value >= 0.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub mod prelude {
    pub use crate::divergence::estimate::{Estimator, Knn};
    pub use crate::divergence::{Kind, jsd, kl};
    pub use crate::measure::{Empirical, Gaussian, Pmf};
    pub use crate::numeric::stream;
    pub use crate::score::Scorecard;
    pub use crate::transport::{Exact, Ground, Problem, Sinkhorn, w1, w2};
}

/// The examples of the README, so that they are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
