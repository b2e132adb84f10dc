//! The command line of fenchel: reads files, calls the library, prints.
//!
//! Each command has a file of its own, whose `run` returns an [`Answer`](output::Answer); only `main` prints it, so stdout
//! holds a table for people or, with `--json`, exactly one object.

mod divergence;
mod estimate;
mod failure;
mod figure;
mod input;
mod interrupt;
mod output;
mod places;
mod reproduce;
mod score;
mod train;
mod transport;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use output::Output;
use std::process::ExitCode;

/// Divergences, optimal transport and small adversarial training, with a certificate for every number.
///
/// Every value comes with what proves it: a dual value and the gap, a standard error and an interval, or the reason why a
/// solver stopped.
#[derive(Parser)]
#[command(name = "fenchel", version, after_help = AFTER_HELP, max_term_width = 110, subcommand_required = true)]
struct Cli {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel reproduce                          reproduce the lecture claims, write report/index.html
  fenchel divergence p.csv q.csv             how far apart are two discrete laws?
  fenchel estimate real.npy fake.npy         how far apart are two laws, judged by samples?
  fenchel transport x.npy y.npy              what does it cost to move one cloud onto the other?
  fenchel score real.npy generated.npy       how good are generated samples?
  fenchel train ring8 --steps 3000           train a small generator and score it

Files: .csv .tsv .txt (with or without a header), .npy, file.npz:key, IDX (.idx, *-ubyte), each also \
with .gz. Rows are samples, columns are dimensions.

Exit status: 0 done; 1 could not finish; 2 bad arguments or bad input.
`fenchel COMMAND --help` has worked examples of each command.";

/// Options of every command.
#[derive(Args)]
struct Shared {
    /// Print exactly one JSON object on stdout
    #[arg(long, global = true, help_heading = "Options of every command")]
    json: bool,
    /// No progress and no warnings on stderr
    #[arg(long, short, global = true, help_heading = "Options of every command")]
    quiet: bool,
    /// Threads to use; the numbers are the same for any [default: all cores]
    #[arg(long, global = true, value_name = "N", help_heading = "Options of every command",
          value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Seed of everything random
    #[arg(long, global = true, value_name = "N", default_value_t = 0, help_heading = "Options of every command")]
    seed: u64,
}

#[derive(Subcommand)]
enum Command {
    Reproduce(reproduce::Reproduce),
    Divergence(divergence::Divergence),
    Estimate(estimate::Estimate),
    Transport(transport::Transport),
    Score(score::Score),
    Train(train::Train),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.shared.json, cli.shared.quiet);
    match run(&cli, &output) {
        Ok(answer) => output.finish(&answer),
        Err(error) => failure::report(&error),
    }
}

fn run(cli: &Cli, output: &Output) -> Result<output::Answer> {
    if let Some(threads) = cli.shared.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.into())
            .build_global()
            .context("the threads could not be started")?;
    }
    let seed = cli.shared.seed;
    match &cli.command {
        Command::Reproduce(command) => command.run(seed, output),
        Command::Divergence(command) => command.run(output),
        Command::Estimate(command) => command.run(seed, output),
        Command::Transport(command) => command.run(seed, output),
        Command::Score(command) => command.run(seed, output),
        Command::Train(command) => command.run(seed, output),
    }
}
