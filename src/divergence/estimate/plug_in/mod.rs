//! Estimators that put an estimated law, or an estimated density ratio, into the formula of the divergence.
//!
//! One file an estimator: `gaussian`, `histogram` (with its `bins` and the `table` of shares in them), `kde` and `knn`.
//! `blocks` thins out and deals rows where one sample is larger than the other.

mod bins;
mod blocks;
mod gaussian;
mod histogram;
mod kde;
mod knn;
mod table;

pub use bins::Binning;
pub use gaussian::GaussianPlugIn;
pub use histogram::HistogramPlugIn;
pub use kde::{Bandwidth, Kde};
pub use knn::Knn;
pub use table::{BiasCorrection, EmptyBins};
