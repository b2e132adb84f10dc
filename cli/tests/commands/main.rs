//! The commands, run as a user runs them.

mod answers;
mod bad_input;
mod common;
mod estimate;
mod faults;
mod places;
mod reproduce;
mod train;
mod transport;
