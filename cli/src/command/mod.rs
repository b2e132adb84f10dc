//! One file, or one folder, a command.

pub mod barycenter;
pub mod divergence;
pub mod estimate;
pub mod gromov;
pub mod reproduce;
pub mod score;
pub mod train;
pub mod transport;
