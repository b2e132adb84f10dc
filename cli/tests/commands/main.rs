//! The commands, run as a user runs them.

mod answers;
mod bad_input;
mod browser;
mod common;
mod estimate;
mod examples;
mod faults;
mod figure;
mod folders;
mod inputs;
mod killed;
mod places;
mod reach;
mod reproduce;
mod scores;
mod shell;
mod tables;
mod text_files;
mod train;
mod transport;
mod watched;
