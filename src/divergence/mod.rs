//! Divergences between laws, each value with its dual.
//!
//! | item | question it answers |
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

mod between;
mod block;
pub mod bounds;
pub mod closed;
pub mod density;
mod discrete;
mod entropies;
pub mod estimate;
pub mod gaussian;
mod generator;
mod kind;
mod orders;
mod pairwise;
mod related;

pub use between::{Between, Found, NamedLaw, Route};
pub use discrete::{
    OptimalDiscriminator, f_divergence, f_divergence_masses, hellinger2, jeffreys, jsd, kl, le_cam, neyman,
    optimal_discriminator, pearson, reverse_kl, total_variation, value_at_optimum,
};
pub use generator::{ConjugateDomain, FDivergence, Generator};
pub use kind::Kind;
pub use pairwise::{CertifiedArray, along_axis, pairwise, pairwise_named};
pub use related::{bhattacharyya, cressie_read, generalised_jsd, renyi, tsallis};
