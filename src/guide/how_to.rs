//! Short recipes: how to do what one often wants.
//!
//! | you want | recipe |
//! |---|---|
//! | a divergence, a cost or a game of your own | [1](#1-a-divergence-of-your-own), [2](#2-a-cost-of-your-own), [3](#3-a-game-of-your-own) |
//! | to know whether an answer is good enough | [4](#4-read-the-bracket-of-a-report), [5](#5-stop-in-time) |
//! | many, or large | [6](#6-all-pairs-of-many-laws), [7](#7-score-files-larger-than-memory) |
//! | to compare generators | [8](#8-compare-generators) |
//! | the same numbers again | [9](#9-make-a-run-reproducible), [10](#10-go-on-with-a-training-that-was-stopped), [11](#11-store-a-result) |
//! | to publish | [12](#12-make-a-figure-for-a-paper), [13](#13-make-a-table-for-latex) |
//!
//! # 1. A divergence of your own
//!
//! Write `f`, its derivative and its limits. The conjugate, the value and its proof follow.
//!
//! ```
//! use fenchel::divergence::{ConjugateDomain, Generator, f_divergence};
//! use fenchel::measure::Pmf;
//!
//! struct Quadratic; // f(u) = (u - 1)²/2
//! impl Generator for Quadratic {
//!     fn f(&self, u: f64) -> f64 { (u - 1.0).powi(2) / 2.0 }
//!     fn df(&self, u: f64) -> f64 { u - 1.0 }
//!     fn at_zero(&self) -> f64 { 0.5 }
//!     fn slope_at_infinity(&self) -> f64 { f64::INFINITY }
//!     fn conjugate_domain(&self) -> ConjugateDomain { ConjugateDomain { supremum: f64::INFINITY, attained: false } }
//! }
//! let (p, q) = (Pmf::new([0.5, 0.5])?, Pmf::new([0.25, 0.75])?);
//! let d = f_divergence(&Quadratic, &p, &q)?;
//! assert!((d.value - 1.0 / 6.0).abs() < 1e-12 && d.gap() < 1e-9);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # 2. A cost of your own
//!
//! Give the costs as a matrix. An infinite cost forbids an arc.
//!
//! ```
//! use fenchel::ndarray::array;
//! use fenchel::transport::{Exact, Problem};
//!
//! let never = f64::INFINITY;
//! let hours = array![[1.0, never, 3.0], [2.0, 1.0, never]];
//! let problem = Problem::with_cost(hours, Some(vec![0.5, 0.5]), Some(vec![0.4, 0.3, 0.3]))?;
//! let solution = Exact::new().solve(&problem)?;
//! assert!(solution.plan.arcs().iter().all(|arc| (arc.0, arc.1) != (0, 1)));
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # 3. A game of your own
//!
//! A game is one type that implements [`Game`](crate::gan::Game): who plays, and what happens in a round. The loop, the stop where a number is not finite, and the
//! checkpoint come with the house. [`gallery::own_game`](super::gallery::own_game) is a whole one of a hundred lines.
//!
//! # 4. Read the bracket of a report
//!
//! The optimum lies between `dual` and `primal`. If their difference is small enough for you, the answer is good enough, whatever the status.
//!
//! ```
//! use fenchel::ndarray::array;
//! use fenchel::transport::{Problem, Sinkhorn};
//!
//! let problem = Problem::with_cost(array![[0.0, 1.0], [1.0, 0.2]], None, None)?;
//! let report = Sinkhorn::new(0.05).solve(&problem)?.report;
//! println!("the optimum is between {:.4} and {:.4} ({})", report.dual, report.primal, report.status);
//! assert!(report.dual <= 0.1 && 0.1 <= report.primal);
//! report.require_converged()?;                           // who wants an error asks for it
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # 5. Stop in time
//!
//! Solvers take limits. What they hold then is a bracket still.
//!
//! ```
//! use fenchel::ndarray::Array2;
//! use fenchel::transport::{Exact, Problem};
//!
//! let costs = Array2::from_shape_fn((60, 60), |(i, j)| ((i * 7 + j * 13) % 17) as f64);
//! let stopped = Exact::new().iteration_limit(5).solve(&Problem::with_cost(costs, None, None)?)?;
//! assert!(stopped.report.dual <= stopped.report.primal);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # 6. All pairs of many laws
//!
//! ```
//! use fenchel::divergence::pairwise;
//! use fenchel::ndarray::array;
//!
//! let laws = array![[0.5, 0.5], [0.9, 0.1], [0.1, 0.9]];
//! let d = pairwise(laws.view(), laws.view(), "jsd".parse()?)?;
//! assert_eq!(d.value.dim(), (3, 3));
//! assert!((d.value[[1, 2]] - d.value[[2, 1]]).abs() < 1e-15);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # 7. Score files larger than memory
//!
//! The program streams what does not fit: `fenchel score real.npy fake.npy --memory 100M`. In a program, push blocks of rows into a running state.
//! States of parts merge.
//!
//! ```
//! use fenchel::ndarray::array;
//! use fenchel::score::running::{Moments, Running};
//!
//! let mut monday = Moments::new(1)?;
//! monday.push(array![[0.0], [1.0]].view())?;
//! let mut tuesday = Moments::new(1)?.starting_at(2);     // rows are counted, so that none counts twice
//! tuesday.push(array![[2.0], [5.0]].view())?;
//! monday.merge(&tuesday)?;
//! assert_eq!((monday.rows(), monday.finish()?.mean()[0]), (4, 2.0));
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # 8. Compare generators
//!
//! Score each against the same real rows, with as many samples. A difference that is smaller than the errors is none. On the command line
//! `fenchel score real.csv first.csv second.csv` makes one table with ranks.
//!
//! ```
//! use fenchel::prelude::*;
//! use fenchel::score::Metric;
//!
//! let draw = |mean: f64, k| Gaussian::univariate(mean, 1.0).and_then(|law| Empirical::new(law.sample(300, &mut stream(0, k))?));
//! let (real, first, second) = (draw(0.0, 0)?, draw(0.1, 1)?, draw(1.0, 2)?);
//! let card = Scorecard::new().metrics(&[Metric::Energy]);
//! let [one, two] = [card.score(&real, &first, None)?.remove(0), card.score(&real, &second, None)?.remove(0)];
//! let error = one.std_error.unwrap().hypot(two.std_error.unwrap());
//! assert!(two.value - one.value > 3.0 * error);          // the first is better, and not by chance
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # 9. Make a run reproducible
//!
//! All random numbers come from a seed and the number of a stream. Another stream shifts nobody's numbers, and neither does another number of threads.
//!
//! ```
//! use fenchel::prelude::*;
//!
//! let law = Gaussian::univariate(0.0, 1.0)?;
//! assert_eq!(law.sample(3, &mut stream(7, 0))?, law.sample(3, &mut stream(7, 0))?);
//! assert_ne!(law.sample(3, &mut stream(7, 0))?, law.sample(3, &mut stream(7, 1))?);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # 10. Go on with a training that was stopped
//!
//! On the command line `fenchel train --resume runs/ring` continues, also after a kill. In a program, keep the checkpoint.
//!
//! ```
//! use fenchel::gan::{Config, Gan, Toy, Training};
//! use fenchel::numeric::stream;
//! use std::ops::ControlFlow::Continue;
//!
//! let small = Config { generator_hidden: "8".parse()?, discriminator_hidden: "8".parse()?, ..Config::plain() };
//! let mut whole = Gan::new(small.clone(), Toy::ring8())?;
//! whole.train(20, |_| Continue(()));
//! let mut half = Gan::new(small, Toy::ring8())?;
//! half.train(10, |_| Continue(()));
//! let mut rest = Training::resume(half.checkpoint(), Toy::ring8())?;
//! rest.train(20, |_| Continue(()));
//! assert_eq!(whole.generate(5, &mut stream(0, 0)), rest.generate(5, &mut stream(0, 0)));   // the same bits
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # 11. Store a result
//!
//! With the feature `serde` results can be written and read back. What is read is checked: a file cannot bring in a crossed bracket.
//!
//! ```
//! use fenchel::prelude::*;
//!
//! let law = Pmf::new([0.25, 0.75])?;
//! let text = serde_json::to_string(&law).unwrap();
//! let again: Pmf = serde_json::from_str(&text).unwrap();
//! assert_eq!(again.masses(), law.masses());
//! assert!(serde_json::from_str::<Pmf>(&text.replace("0.75", "0.85")).is_err());
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # 12. Make a figure for a paper
//!
//! ```text
//! fenchel figure lines --data losses.csv --width 320 --height 200 --out losses.pdf    # letters are outlines: no fonts are needed
//! fenchel figure lines --data losses.csv --width 240 --font-size 8 --colours grey --out losses.pdf   # a column of a journal
//! fenchel figure lines --data losses.csv --out losses.tex                             # pgfplots, in the fonts of your paper
//! ```
//!
//! Series differ by colour, dash and marker, so they can be told apart in grey.
//!
//! # 13. Make a table for LaTeX
//!
//! `fenchel score real.csv first.csv second.csv --out scores` writes the scores as a page and as tables (CSV, Markdown and LaTeX). `fenchel reproduce` does so with each
//! table of the lectures, in `report/tables`.
