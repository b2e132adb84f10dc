//! Choose a transport solver.
//!
//! Transport asks for the cheapest way of moving the mass of one law onto another. All solvers answer with a bracket: the cost of a plan
//! from above, the value of potentials from below. How far to go depends on the size of the problem and on the use of the answer.
//!
//! | you have | take | what it costs |
//! |---|---|---|
//! | two clouds, and want a distance | [`w1`](crate::transport::w1), [`w2`](crate::transport::w2) | exact; a second for 10,000 points in the plane |
//! | a cost matrix, or limits of time and iterations | [`Exact`](crate::transport::Exact) | the same |
//! | numbers on the line | [`line`](mod@crate::transport::line) | one sort |
//! | Gaussian laws | [`gaussian`](crate::transport::gaussian) | a formula |
//! | a smooth loss, or a bracket is enough | [`Sinkhorn`](crate::transport::Sinkhorn), [`sinkhorn_divergence`](crate::transport::sinkhorn_divergence) | n m a sweep; the smaller `eps`, the more sweeps |
//! | many points in many dimensions | [`Sliced`](crate::transport::Sliced) | a sort for each direction; another distance, below W2 |
//! | laws with outliers, or of different mass | [`Problem::unbalanced`](crate::transport::Problem::unbalanced), [`Problem::partial`](crate::transport::Problem::partial) | n m an iteration |
//! | several laws, and want their mean | [`FixedSupport`](crate::transport::FixedSupport), [`FreeSupport`](crate::transport::FreeSupport) | a transport problem for each law and round |
//! | clouds in different spaces | [`Gromov`](crate::transport::Gromov) | not convex: a bracket, not an optimum |
//!
//! # Exact
//!
//! ```
//! use fenchel::measure::Empirical;
//! use fenchel::transport::w2;
//! use ndarray::array;
//!
//! let x = Empirical::new(array![[0.0, 0.0], [1.0, 0.0]])?;
//! let y = Empirical::new(array![[0.0, 2.0], [1.0, 2.0]])?;
//! let solution = w2(&x, &y)?;
//! assert_eq!((solution.distance(), solution.report.gap()), (2.0, 0.0));
//! assert_eq!(solution.plan.arcs(), [(0, 0, 0.5), (1, 1, 0.5)]);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # Entropic
//!
//! The regularisation `eps` is in units of the cost. The bracket is one of the *unregularised* cost, so it shows what `eps` costs. A solver
//! that stops early is no error; whoever wants one asks for it.
//!
//! ```
//! use fenchel::transport::{Exact, Problem, Sinkhorn};
//! use ndarray::array;
//!
//! let costs = array![[0.0, 1.0, 4.0], [1.0, 0.0, 1.0], [4.0, 1.0, 0.0]];
//! let problem = Problem::with_cost(costs, Some(vec![0.5, 0.3, 0.2]), Some(vec![0.2, 0.3, 0.5]))?;
//! let exact = Exact::new().solve(&problem)?.cost();
//! let mut width = f64::INFINITY;
//! for eps in [1.0, 0.1, 0.01] {
//!     let report = Sinkhorn::new(eps).solve(&problem)?.report;
//!     report.require_converged()?;
//!     assert!(report.dual <= exact + 1e-12 && exact <= report.primal + 1e-12);
//!     assert!(report.gap() < width);
//!     width = report.gap();
//! }
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # Masses that need not be kept
//!
//! ```
//! use fenchel::transport::{Exact, Marginal, Problem, Sinkhorn, Unbalanced};
//! use ndarray::array;
//!
//! // one point of the second law is an outlier
//! let costs = array![[0.0, 1.0, 100.0], [1.0, 0.0, 100.0]];
//! let problem = Problem::with_cost(costs, Some(vec![0.5, 0.5]), Some(vec![0.4, 0.4, 0.2]))?;
//! // move the 0.8 that is moved most cheaply
//! assert!(Exact::new().solve(&problem.in_part(0.8)?)?.cost() < 1e-9);
//! // or pay for each deviation from the marginals
//! let paid = problem.relaxed(Marginal::Kl(1.0), Marginal::Kl(1.0))?;
//! assert!(Unbalanced::new().solve(&paid)?.cost() < 1.0);
//! assert!(Sinkhorn::new(0.01).solve(&paid)?.report.dual < 1.0);
//! // or a price for each unit that is created or destroyed
//! let priced = problem.relaxed(Marginal::Tv(1.0), Marginal::Tv(1.0))?;
//! assert!((Exact::new().solve(&priced)?.cost() - 0.4).abs() < 1e-12);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # To stop in time
//!
//! The iterative solvers take limits, and call an observer that may end them. What they hold then is still a bracket.
//!
//! ```
//! use fenchel::certificate::Status;
//! use fenchel::transport::{Problem, Sinkhorn};
//! use ndarray::Array2;
//!
//! let costs = Array2::from_shape_fn((40, 40), |(i, j)| (i as f64 - 0.9 * j as f64).powi(2));
//! let solution = Sinkhorn::new(1e-3).iteration_limit(3).solve(&Problem::with_cost(costs, None, None)?)?;
//! assert_eq!(solution.report.status, Status::IterationLimit);
//! assert!(solution.report.dual <= solution.report.primal);
//! # Ok::<(), fenchel::Error>(())
//! ```
