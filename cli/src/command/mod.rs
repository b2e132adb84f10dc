//! The commands, a file or a folder each.

pub mod barycenter;
mod bracket;
pub mod divergence;
pub mod estimate;
pub mod figure;
pub mod gromov;
pub mod reproduce;
pub mod score;
pub mod train;
pub mod transport;

use crate::output::{Answer, Output};
use anyhow::Result;
use clap::Subcommand;

#[derive(Subcommand)]
pub enum Command {
    Reproduce(reproduce::Reproduce),
    Divergence(divergence::Divergence),
    Estimate(estimate::Estimate),
    Transport(transport::Transport),
    Barycenter(barycenter::Barycenter),
    Gromov(gromov::Gromov),
    Score(score::Score),
    Train(train::Train),
    Figure(figure::Figure),
}

impl Command {
    /// Runs the command.
    pub fn run(&self, given: Option<u64>, output: &Output) -> Result<Answer> {
        let seed = given.unwrap_or_default();
        match self {
            Self::Reproduce(command) => command.run(seed, output),
            Self::Divergence(command) => command.run(output),
            Self::Estimate(command) => command.run(seed, output),
            Self::Transport(command) => command.run(seed, output),
            Self::Barycenter(command) => command.run(seed, output),
            Self::Gromov(command) => command.run(seed, output),
            Self::Score(command) => command.run(seed, output),
            Self::Train(command) => command.run(given, output),
            Self::Figure(command) => command.run(),
        }
    }
}
