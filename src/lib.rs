//! Divergences, optimal transport and small adversarial training, with a certificate for every number.

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
pub mod transport;

pub use error::{Error, Result};
