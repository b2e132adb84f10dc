//! Score a generator.
//!
//! A generator is judged by samples: some real, some generated. No single score sees every fault, so choose by the fault that you
//! fear, and read each score beside its baseline.
//!
//! # Which score sees what?
//!
//! | fault | scores that see it |
//! |---|---|
//! | wrong means or covariances | `frechet`, `frechet_infinity` |
//! | any difference of the laws | `mmd_agg` to begin with; `energy`, `mmd`, `kid`, `w1`, `w2`, `c2st`, `kl_knn` |
//! | samples where real ones are not (noise, blur) | `precision`, `density` |
//! | parts of the real law that are never generated (lost modes) | `recall`, `coverage`, `vendi` |
//! | copies of the training data | `copies`, `dcr`, `ct`, `fld`, `authenticity`, with the training sample |
//!
//! # The baseline
//!
//! Most scores are above zero between two samples of one and the same law. A [`Scorecard`](crate::score::Scorecard) therefore divides the
//! pooled rows at random into two samples of the same sizes, again and again. The mean score of these is what a perfect generator would get. The share
//! that is as bad as the score that was seen is a p-value: if it is not small, the score has found nothing.
//!
//! ```
//! use fenchel::measure::{Empirical, Gaussian};
//! use fenchel::numeric::stream;
//! use fenchel::score::{Metric, Scorecard};
//!
//! let law = Gaussian::univariate(0.0, 1.0)?;
//! let draw = |k| Empirical::new(law.sample(300, &mut stream(0, k))?);
//! let (real, perfect) = (draw(0)?, draw(1)?);
//! // half of the law is lost
//! let lost = Empirical::new(draw(2)?.points().mapv(f64::abs))?;
//!
//! let card = Scorecard::new().metrics(&[Metric::Energy, Metric::Recall, Metric::Precision]);
//! let good = card.score(&real, &perfect, None)?;
//! let bad = card.score(&real, &lost, None)?;
//! assert!(good[0].p_value.unwrap() > 0.01 && bad[0].p_value.unwrap() < 0.01); // energy: a difference is seen
//! assert!(bad[1].value < bad[1].baseline.unwrap() - 0.2); // recall: and it is of variety
//! assert!(bad[2].value > 0.9); // precision: not of quality
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # Before you score
//!
//! - Keep the real samples apart from those that were trained on. A generator that copies its training data is perfect otherwise.
//! - Distances are taken between rows as they are. Scale the columns if their units differ. For images, score the features of a network of
//!   your choice.
//! - Compare values at equal sample sizes only: most have a bias that falls with the size. The intervals are for the laws, and their bias is removed or
//!   bounded, so they can be compared at any size.
//! - Programs disagree on conventions. [`Compat`](crate::score::Compat) gives the number of another program, and `parameters`
//!   say which convention was used.
//!
//! # One number with an interval
//!
//! ```
//! use fenchel::measure::{Empirical, Gaussian};
//! use fenchel::numeric::stream;
//! use fenchel::score::{Pair, Permutations, frechet};
//!
//! let law = Gaussian::univariate(0.0, 1.0)?;
//! let real = Empirical::new(law.sample(500, &mut stream(0, 0))?)?;
//! let generated = Empirical::new(law.sample(500, &mut stream(0, 1))? + 1.0)?;
//! let score = frechet::frechet(&Pair::new(&real, &generated)?, Permutations::none())?;
//! assert!((score.value - 1.0).abs() < 4.0 * score.std_error.unwrap()); // the squared shift
//! # Ok::<(), fenchel::Error>(())
//! ```
