//! The commands, run as a user runs them.

mod answers;
mod bad_input;
mod common;
mod estimate;
mod faults;
mod places;
mod examples;
mod inputs;
mod reach;
mod reproduce;
mod text_files;
mod train;
mod transport;
