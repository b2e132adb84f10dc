//! Scalar kernels that do not cancel, overflow or return NaN, sums in a fixed order, and quadrature.

pub mod quadrature;
mod random;
pub mod special;
mod stable;
mod sum;

pub use random::stream;
pub use stable::{ln_sigmoid, logaddexp, logsumexp, sigmoid, softplus, softplus_inv, x_ln_x_over_y};
pub use sum::Sum;
