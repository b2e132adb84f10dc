//! Choose a divergence.
//!
//! A divergence says how far a law `Q` is from a law `P`. Two questions decide which call to make: what should the number mean, and
//! how are the laws known?
//!
//! # What should the number mean?
//!
//! | you want | take | its range |
//! |---|---|---|
//! | nats lost by coding `P` with a code for `Q`; maximum likelihood | [`kl`](crate::divergence::kl) | `[0, inf]` |
//! | the same with the roles exchanged: `Q` may miss parts of `P`, but not add any | [`reverse_kl`](crate::divergence::reverse_kl) | `[0, inf]` |
//! | a symmetric number that is always finite; the value of the original GAN | [`jsd`](crate::divergence::jsd) | `[0, ln 2]` |
//! | the best accuracy of a classifier: `(1 + TV)/2` | [`total_variation`](crate::divergence::total_variation) | `[0, 1]` |
//! | a root that is a metric; over independent coordinates `1 - H²` multiplies | [`hellinger2`](crate::divergence::hellinger2) | `[0, 1]` |
//! | relative weights of importance sampling: their variance | [`pearson`](crate::divergence::pearson) | `[0, inf]` |
//! | an order of your choice | [`renyi`](crate::divergence::renyi), [`tsallis`](crate::divergence::tsallis) | `[0, inf]` |
//!
//! None of them sees a distance between places. Where the supports of the laws do not meet, `jsd` is `ln 2` and `kl` is infinite
//! however far apart they are. If near should count as better than far, use a distance of [transport](super::transport).
//!
//! # The laws are known on bins
//!
//! The value comes with a dual value. By the Fenchel-Young inequality the dual value is a lower bound, so a gap of zero
//! proves the number.
//!
//! ```
//! use fenchel::divergence::{jsd, kl};
//! use fenchel::measure::Pmf;
//!
//! let p = Pmf::new([0.5, 0.5, 0.0])?;
//! let q = Pmf::new([0.25, 0.25, 0.5])?;
//! let d = kl(&p, &q)?;
//! assert!((d.value - 2f64.ln()).abs() < 1e-15 && d.gap() < 1e-15);
//! // Q has mass where P has none: the other direction is infinite, JSD is not
//! assert!(kl(&q, &p)?.value.is_infinite());
//! assert!(jsd(&p, &q)?.value < 2f64.ln());
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! A divergence that is chosen when the program runs is a [`Kind`](crate::divergence::Kind):
//!
//! ```
//! use fenchel::divergence::Kind;
//! use fenchel::measure::Pmf;
//!
//! let (p, q) = (Pmf::new([0.5, 0.5])?, Pmf::new([0.25, 0.75])?);
//! for name in ["kl", "jsd", "renyi:2", "tsallis:0.5"] {
//!     let kind: Kind = name.parse()?;
//!     assert!(kind.evaluate(&p, &q)?.value > 0.0);
//! }
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # The laws have densities on the line
//!
//! [`divergence::density`](crate::divergence::density) integrates, and returns a bound of the error of the integration.
//!
//! ```
//! use fenchel::divergence::density;
//! use fenchel::measure::density::Law;
//!
//! let (p, q) = (Law::normal(0.0, 1.0)?, Law::normal(1.0, 1.0)?);
//! let d = density::kl(&p, &q)?;
//! assert!((d.value - 0.5).abs() <= d.error.max(1e-12));
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # The laws are known through samples
//!
//! Every [`Estimator`](crate::divergence::estimate::Estimator) returns a value, a standard error and an interval. How often the intervals
//! hold the truth was counted.
//!
//! | the samples are | take |
//! |---|---|
//! | close to Gaussian | [`GaussianPlugIn`](crate::divergence::estimate::GaussianPlugIn): the least error there is, and a wrong answer elsewhere |
//! | draws of any density, in few or in ten dimensions | [`Knn`](crate::divergence::estimate::Knn) |
//! | discrete, or on the line | [`HistogramPlugIn`](crate::divergence::estimate::HistogramPlugIn) |
//! | draws of a smooth density without heavy tails | [`Kde`](crate::divergence::estimate::Kde) |
//! | of many dimensions, and a proven lower bound is enough | [`Variational`](crate::divergence::estimate::Variational) |
//!
//! ```
//! use fenchel::divergence::estimate::{Estimator, Knn, Variational};
//! use fenchel::measure::{Empirical, Gaussian};
//! use fenchel::numeric::stream;
//!
//! let (p, q) = (Gaussian::univariate(0.0, 1.0)?, Gaussian::univariate(1.0, 1.0)?); // KL = 1/2
//! let x = Empirical::new(p.sample(1000, &mut stream(0, 0))?)?;
//! let y = Empirical::new(q.sample(1000, &mut stream(0, 1))?)?;
//! let near = Knn::new().estimate(&x, &y, "kl".parse()?)?;
//! let (low, high) = near.interval.unwrap();
//! assert!(low < 0.5 && 0.5 < high);
//! let proven = Variational::classifier().estimate(&x, &y, "kl".parse()?)?;
//! assert!(proven.interval.unwrap().0 < 0.5); // a lower bound; nothing is claimed from above
//! # Ok::<(), fenchel::Error>(())
//! ```
