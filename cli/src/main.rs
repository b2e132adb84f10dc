//! The command line of fenchel: reads files, calls the library, prints.
//!
//! Each command has a file or a folder of its own in `command`, whose `run` returns an [`Answer`](output::Answer). Only
//! `main` prints it, so stdout holds a table for people or, with `--json`, exactly one object.

mod command;
mod failure;
mod figure;
mod input;
mod interrupt;
mod names;
mod output;
mod places;
mod provenance;
mod shell;
mod solving;
mod warning;

use anyhow::Context;
use clap::{Args, CommandFactory, Parser};
use command::Command;
use fenchel::io::{Format, Reading};
use input::Wanted;
use output::Output;
use std::process::ExitCode;

/// Divergences, optimal transport and small adversarial training, with a certificate for every number.
///
/// Every value comes with its proof: a dual value and the gap, a standard error and an interval, or the reason why a
/// solver stopped.
#[derive(Parser)]
#[command(name = "fenchel", version, after_help = AFTER_HELP, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    shared: Shared,
    #[command(flatten)]
    asked: shell::Standalone,
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel reproduce                          reproduce the lecture claims, write report/index.html
  fenchel divergence p.csv q.csv             how far apart are two discrete laws?
  fenchel estimate real.npy fake.npy         how far apart are two laws, judged by samples?
  fenchel transport x.npy y.npy              what does it cost to move one cloud onto the other?
  fenchel barycenter a.csv b.csv c.csv       which law is halfway between several laws?
  fenchel gromov x.npy y.npy                 which points of two spaces correspond?
  fenchel score real.npy generated.npy       how good are generated samples?
  fenchel train ring8 --steps 3000           train a small generator and score it
  fenchel figure lines --data losses.csv     draw a figure of your own numbers
  fenchel --completions bash                 complete commands and options in a shell

Files: .csv .tsv .txt (with or without a header), .npy, file.npz:key (also a sparse matrix of SciPy), IDX (.idx, *-ubyte), .parquet, \
each also with .gz; `-` is standard input, with --format. Rows are samples, columns are dimensions. A first row that counts the columns \
(0, 1, 2, ...) is a header and an unnamed first column that counts the rows an index; both are said, and --header, --columns and \
--drop decide otherwise.

Limits are checked before memory is taken. A table: 100,000,000 rows and 500,000,000 numbers. An unpacked .gz, .npz or pipe: \
1 GiB (--max-unpacked). Threads: four a core. Permutations or projections: 1,000,000. A matrix of costs or a plan that is \
kept whole: 100,000,000 entries. Messages quote at most 80 characters of a file, control characters as escapes.

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
    /// Threads to use, at most four a core; the numbers are the same for any [default: all cores]
    #[arg(long, global = true, value_name = "N", help_heading = "Options of every command",
          value_parser = clap::value_parser!(u64).range(1..))]
    threads: Option<u64>,
    /// Seed of everything random [default: 0]
    #[arg(long, global = true, value_name = "N", help_heading = "Options of every command")]
    seed: Option<u64>,
    /// Format of input whose name does not show it, such as `-` (standard input) or a pipe: csv, tsv, txt, npy, npz,
    /// idx or parquet
    #[arg(long, global = true, value_name = "NAME", help_heading = "Options of every command", value_parser = format)]
    format: Option<Format>,
    /// Whether the first row of text is a header of names [default: detected, and said where it is not plain]
    #[arg(long, global = true, value_name = "yes|no", help_heading = "Options of every command", value_parser = yes_or_no)]
    header: Option<bool>,
    /// Columns of samples to use, in this order: names or numbers, counted from 1, or ranges as 2-5, separated by commas [default: all
    /// but an index]
    #[arg(
        long,
        global = true,
        value_name = "LIST",
        value_delimiter = ',',
        conflicts_with = "drop",
        help_heading = "Options of every command"
    )]
    columns: Vec<String>,
    /// Columns of samples to leave out, named as for --columns; they need not hold numbers
    #[arg(long, global = true, value_name = "LIST", value_delimiter = ',', help_heading = "Options of every command")]
    drop: Vec<String>,
    /// Bytes that compressed or piped input may hold once unpacked: digits, with K, M, G or T [default: 1G]
    #[arg(long, global = true, value_name = "SIZE", help_heading = "Options of every command", value_parser = input::bytes)]
    max_unpacked: Option<u64>,
}

fn format(text: &str) -> Result<Format, String> {
    names::parse(text, str::parse).map_err(|error| match names::suggestion(&error) {
        Some(suggestion) => format!("{error}; {suggestion}"),
        None => error.to_string(),
    })
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err("expected yes or no".to_owned()),
    }
}

impl Shared {
    fn wanted(&self) -> Option<Wanted> {
        match (self.columns.is_empty(), self.drop.is_empty()) {
            (false, _) => Some(Wanted::Columns(self.columns.clone())),
            (true, false) => Some(Wanted::Drop(self.drop.clone())),
            (true, true) => None,
        }
    }

    fn reading(&self) -> Reading {
        let mut reading = Reading::new();
        if let Some(format) = self.format {
            reading = reading.format(format);
        }
        if let Some(header) = self.header {
            reading = reading.header(header);
        }
        if let Some(bytes) = self.max_unpacked {
            reading = reading.max_unpacked(bytes);
        }
        reading
    }

    /// The number of threads: as many as asked for, up to a limit, since more would only wait for each other and cost
    /// memory.
    fn threads(&self) -> Option<usize> {
        let asked = self.threads?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let most = THREADS_A_CORE * cores;
        let threads = usize::try_from(asked).unwrap_or(most).min(most);
        if threads as u64 != asked {
            warning::warn(format!("--threads {asked}: using {threads}, four for each of the {cores} cores"));
        }
        Some(threads)
    }
}

/// Threads that may be asked for.
const THREADS_A_CORE: usize = 4;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let Some(command) = &cli.command else {
        return cli.asked.answer(Cli::command());
    };
    cli.asked.check_alone(Cli::command());
    warning::configure(cli.shared.quiet);
    input::configure(cli.shared.reading(), cli.shared.wanted());
    let output = Output::new(cli.shared.json, cli.shared.quiet);
    match run(command, &cli.shared, &output) {
        Ok(answer) => output.finish(&answer),
        Err(error) => failure::report(&error),
    }
}

fn run(command: &Command, shared: &Shared, output: &Output) -> anyhow::Result<output::Answer> {
    if let Some(threads) = shared.threads() {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()
            .context("the threads could not be started")?;
    }
    command.run(shared.seed, output)
}
