//! Scalar kernels that do not cancel, overflow or return NaN, sums in a fixed order, and quadrature.

mod ascent;
mod bisection;
pub(crate) mod branchless;
mod exp;
pub(crate) mod gamma;
mod kernel;
mod kronrod;
mod memory;
mod proportion;
pub mod quadrature;
mod random;
mod random_state;
mod scale;
pub mod special;
mod stable;
mod sum;

pub use ascent::{Ascent, Optimum};
pub use bisection::first_float;
pub(crate) use exp::{exp, exp_clamped, exp_clamped_f32};
pub use gamma::gamma_regularised;
pub(crate) use kernel::kl_cell_beyond;
pub use kernel::{
    contrast, expm1_over, kl_cell, ln_1m_exp, ln_2_sigmoid, ln_gap_excess, ln_ratio, ln1p_over, minus_lambert, phi,
    psi_jsd, scaled_expm1, wright_omega,
};
pub(crate) use memory::is_there_memory;
pub(crate) use proportion::wilson;
pub use random::stream;
pub(crate) use random_state::RandomState;
pub use scale::{exponent, times_power};
pub(crate) use scale::{largest_exponent, shift_to_one};
pub use stable::{ln_sigmoid, logaddexp, logsumexp, sigmoid, softplus, softplus_inv, x_ln_x_over_y};
pub use sum::{Sum, variance};
