//! Divergences between laws, each value with its dual.
//!
//! | file | question it answers |
//! |---|---|
//! | [`Generator`], [`FDivergence`] | which convex `f`, with its conjugate and the head of a critic |
//! | [`f_divergence`], [`kl`], [`jsd`], ... | how far apart are two known laws on finitely many bins |
//! | [`density`] | the same for laws on the line that have a density, by quadrature |
//! | [`closed`], [`gaussian`] | the same for named laws, in closed form |
//! | [`Between`] | the same for named laws by the best route there is, and which one it was |
//! | [`renyi`], [`tsallis`], [`bhattacharyya`], [`generalised_jsd`], [`cressie_read`] | the same by relatives that are no f-divergence, or of more than two laws |
//! | [`estimate`] | how far apart are two laws that are known through samples |
//! | [`bounds`] | what does one divergence say about another |
//! | [`pairwise`], [`along_axis`] | the same for many laws at once |
//! | [`Kind`] | a divergence by its name on the command line |

pub mod bounds;
pub mod estimate;
mod generator;
mod kind;
mod laws;
mod masses;

pub use generator::{ConjugateDomain, FDivergence, Generator};
pub use kind::Kind;
pub use laws::between::{Between, Found, Route};
pub use laws::named::NamedLaw;
pub use laws::{closed, density, gaussian};
pub use masses::discrete::{
    OptimalDiscriminator, f_divergence, f_divergence_masses, hellinger2, jeffreys, jsd, kl, le_cam, neyman,
    optimal_discriminator, pearson, reverse_kl, total_variation, value_at_optimum,
};
pub use masses::pairwise::{CertifiedArray, along_axis, pairwise, pairwise_named};
pub use masses::related::{bhattacharyya, cressie_read, generalised_jsd, renyi, tsallis};
