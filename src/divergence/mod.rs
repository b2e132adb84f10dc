//! Divergences between laws, each value with its dual.
//!
//! | you have | ask |
//! |---|---|
//! | two laws on the same finitely many bins | [`f_divergence`], [`kl`], [`jsd`], [`total_variation`], ...; [`renyi`], [`tsallis`], [`bhattacharyya`], [`generalised_jsd`], [`cressie_read`] for relatives that are no f-divergence, or of more than two laws |
//! | many such laws | [`pairwise`], [`along_axis`] |
//! | two laws with names (normal, Poisson, ...) | [`Between`]: the best route there is, and which one it was |
//! | two densities on the line | [`density`], by quadrature |
//! | parameters, and want a formula | [`closed`], [`gaussian`] |
//! | two samples | [`estimate`] |
//! | one divergence, and want to know what it says about another | [`bounds`] |
//! | a convex function of your own | [`Generator`]; those with names are [`FDivergence`] |
//! | the name of a divergence as text | [`Kind`] |
//!
//! The Jensen-Shannon divergence of two samples in one line, and that of two known laws in another:
//!
//! ```
//! use fenchel::divergence::estimate::{Estimator, Knn};
//! use fenchel::divergence::jsd;
//! use fenchel::measure::{Empirical, Gaussian, Pmf};
//! use fenchel::numeric::stream;
//! # let law = |mean| Gaussian::univariate(mean, 1.0);
//! # let (x, y) = (law(0.0)?.sample(500, &mut stream(0, 0))?, law(1.0)?.sample(500, &mut stream(0, 1))?);
//!
//! // x and y are arrays of n and m rows
//! let of_samples = Knn::new().estimate(&Empirical::new(x)?, &Empirical::new(y)?, "jsd".parse()?)?;
//! let of_laws = jsd(&Pmf::new([0.5, 0.5])?, &Pmf::new([0.9, 0.1])?)?;
//!
//! let (low, high) = of_samples.interval.unwrap(); // the truth is 0.1114
//! assert!(low < 0.1114 && 0.1114 < high);
//! assert!(of_laws.gap() < 1e-15);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! The folders go from the function to the samples. `generator` holds the functions `f`, `masses` sums over bins,
//! `laws` integrates or applies closed forms, and `estimate` works from samples.

pub mod bounds;
pub mod estimate;
mod generator;
mod kind;
mod laws;
mod masses;

pub(crate) use generator::signal::Signal;
pub use generator::{ConjugateDomain, FDivergence, Generator};
pub use kind::Kind;
pub use laws::between::{Between, LawDivergence, Route};
pub use laws::named::NamedLaw;
pub use laws::{closed, density, gaussian};
pub use masses::discrete::{
    OptimalDiscriminator, f_divergence, f_divergence_masses, hellinger2, jeffreys, jsd, kl, le_cam, neyman,
    optimal_discriminator, pearson, reverse_kl, total_variation, value_at_optimum,
};
pub use masses::pairwise::{CertifiedArray, along_axis, pairwise};
pub use masses::related::{bhattacharyya, cressie_read, generalised_jsd, renyi, tsallis};
