//! The output: tables for people, JSON for programs, progress on the terminal.

use crate::failure::{UNFINISHED, say};
use crate::warning::Warned;
use console::{Alignment, measure_text_width, pad_str};
use fenchel::certificate::Estimate;
use fenchel::record::json::{self, Number};
pub use fenchel::text::{percent, significant};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde::Serialize;
use std::fmt;
use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

/// The result of a command.
pub struct Answer {
    /// For people.
    pub text: String,
    /// For programs: one object.
    pub json: String,
    /// Why the work is incomplete, and which results were kept.
    pub unfinished: Option<String>,
}

impl Answer {
    /// A complete answer.
    pub fn new(text: String, json: &impl Serialize) -> Self {
        Self { text, json: json::line(&Warned::new(json)), unfinished: None }
    }

    /// The answer, printed even where its file could not be written; the failure is reported at the end.
    pub fn despite<E: fmt::Display>(mut self, written: Result<(), E>, kept: &str) -> Self {
        if let Err(error) = written {
            let why = format!("{kept}: {error:#}");
            self.unfinished = Some(self.unfinished.map_or_else(|| why.clone(), |first| format!("{first}; {why}")));
        }
        self
    }
}

/// How to print.
pub struct Output {
    json: bool,
    quiet: bool,
    colour: bool,
    /// Columns that a table may take, where there is a limit.
    width: Option<usize>,
}

impl Output {
    pub fn new(json: bool, quiet: bool) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let terminal = std::io::stdout().is_terminal();
        let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let seen = || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
        let width = told.or_else(|| if terminal { seen() } else { None });
        Self { json, quiet, colour: !plain && !json && terminal, width }
    }

    /// Prints the answer. A reader that closed the pipe has all it wanted.
    pub fn finish(&self, answer: &Answer) -> ExitCode {
        let text = if self.json { &answer.json } else { &answer.text };
        let mut stdout = std::io::stdout().lock();
        let printed = writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush());
        let lost = printed.err().filter(|error| error.kind() != ErrorKind::BrokenPipe);
        let lost = lost.map(|error| format!("the answer could not be printed: {error}"));
        let unfinished: Vec<&String> = answer.unfinished.iter().chain(&lost).collect();
        for why in &unfinished {
            say(&format!("error: {why}"));
        }
        if unfinished.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(UNFINISHED) }
    }

    /// A progress bar on stderr; `length` 0 for work of unknown length. Hidden where there is no terminal.
    pub fn progress(&self, length: u64) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        let (bar, style) = if length == 0 {
            (ProgressBar::no_length(), "{spinner} {elapsed} {msg}")
        } else {
            (ProgressBar::new(length), "{bar:30} {pos}/{len} {elapsed}, {eta} left {msg}")
        };
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        bar.set_style(ProgressStyle::with_template(style).expect("a constant template"));
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// A progress bar of a run of so many steps that goes on after `done`, with its speed.
    pub fn steps(&self, length: u64, done: u64) -> ProgressBar {
        let bar = self.progress(length.max(1));
        let speed = |state: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = write!(out, "{:.0} steps/s", state.per_sec());
        };
        let style = ProgressStyle::with_template("{bar:20} {pos}/{len}, {speed}, {eta} left  {msg}");
        bar.set_style(style.expect("a constant template").with_key("speed", speed));
        bar.set_position(done);
        bar.reset_eta();
        bar
    }

    /// Announces work that takes more than a few seconds of one core, and what makes it shorter.
    pub fn announce(&self, what: &str, seconds: f64, shorter: &str) {
        if seconds > LONG && !self.quiet && !self.json {
            say(&format!("{what}: about {} of one core's work; {shorter}", duration(seconds)));
        }
    }

    /// `text` in bold on a terminal.
    pub fn strong(&self, text: &str) -> String {
        self.paint("1", text)
    }

    /// `text` in red on a terminal; it needs a sign beside the colour.
    fn alarm(&self, text: &str) -> String {
        self.paint("1;31", text)
    }

    /// A verdict in words and a sign; its colour is for convenience only.
    pub fn mark(&self, holds: bool) -> String {
        if holds { self.paint("32", "✓ holds") } else { self.paint("1;31", "✗ FAILS") }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Seconds of work that are announced.
const LONG: f64 = 10.0;

/// A time as people say it.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.0} h", s / 3600.0),
    }
}

/// Aligned columns: the first to the left, numbers to the right. If the terminal is too narrow, columns that the table can do without
/// go first, from the right; then each row is a block of lines.
pub struct Table {
    right: Vec<bool>,
    /// How many of the last columns the table can do without.
    spare: usize,
    rows: Vec<Vec<String>>,
    /// Rows that something is wrong with.
    doubtful: Vec<usize>,
}

impl Table {
    /// The headings; a heading that begins with `>` belongs to a column of numbers.
    pub fn new(headings: &[&str]) -> Self {
        let right = headings.iter().map(|heading| heading.starts_with('>')).collect();
        let headings = headings.iter().map(|heading| heading.trim_start_matches('>').to_owned()).collect();
        Self { right, spare: 0, rows: vec![headings], doubtful: Vec::new() }
    }

    /// The table can do without so many of its last columns.
    pub fn spare(mut self, columns: usize) -> Self {
        self.spare = columns;
        self
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// A row that something is wrong with: it ends with a sign, in red on a terminal.
    pub fn doubtful_row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.doubtful.push(self.rows.len());
        self.row(cells);
    }

    pub fn render(&self, output: &Output) -> String {
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| measure_text_width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.right.len()).map(width).collect();
        let sign = if self.doubtful.is_empty() { 0 } else { 3 };
        let room = output.width.map_or(usize::MAX, |width| width + 2 - sign.min(width));
        let fits = |columns: &usize| widths[..*columns].iter().map(|width| width + 2).sum::<usize>() <= room;
        let all = widths.len();
        let Some(shown) = (all - self.spare..=all).rev().find(fits).or((self.rows.len() == 1).then_some(all)) else {
            return self.blocks(output);
        };
        let mut text = String::new();
        for (i, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for ((cell, &width), &right) in row.iter().zip(&widths[..shown]).zip(&self.right) {
                let gap = " ".repeat(width - measure_text_width(cell));
                line += &if right { format!("{gap}{cell}  ") } else { format!("{cell}{gap}  ") };
            }
            let line = line.trim_end();
            text += &match i {
                0 => output.strong(line),
                _ if self.doubtful.contains(&i) => output.alarm(&format!("{line}  !")),
                _ => line.to_owned(),
            };
            text.push('\n');
        }
        text
    }
}

impl Table {
    /// Each row as lines of heading and cell.
    fn blocks(&self, output: &Output) -> String {
        let (headings, rows) = (&self.rows[0], &self.rows[1..]);
        let width = headings.iter().map(|heading| measure_text_width(heading)).max().unwrap_or(0);
        let block = |(i, row): (usize, &Vec<String>)| -> String {
            let doubtful = self.doubtful.contains(&(i + 1));
            let cells = headings.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
            cells
                .map(|(heading, cell)| {
                    let cell = if doubtful { output.alarm(&format!("{cell} !")) } else { cell.clone() };
                    format!("{}  {cell}\n", output.strong(&pad_str(heading, width, Alignment::Left, None)))
                })
                .collect()
        };
        rows.iter().enumerate().map(block).collect::<Vec<_>>().join("\n")
    }
}

/// As [`significant`], or a dash.
pub fn optional(x: Option<f64>, digits: usize) -> String {
    x.map_or_else(|| "–".to_owned(), |x| significant(x, digits))
}

/// An estimate as the contract of the command line spells it.
#[derive(Serialize)]
pub struct EstimateJson<'a> {
    name: &'a str,
    value: Number,
    std_error: Option<Number>,
    interval: Option<[Number; 2]>,
    p_value: Option<Number>,
    baseline: Option<Number>,
    baseline_spread: Option<Number>,
    n: usize,
    m: usize,
    dimension: usize,
    parameters: &'a str,
}

impl<'a> From<&'a Estimate> for EstimateJson<'a> {
    fn from(estimate: &'a Estimate) -> Self {
        Self {
            name: &estimate.name,
            value: Number(estimate.value),
            std_error: estimate.std_error.map(Number),
            interval: estimate.interval.map(|(low, high)| [Number(low), Number(high)]),
            p_value: estimate.p_value.map(Number),
            baseline: estimate.baseline.map(Number),
            baseline_spread: estimate.baseline_spread.map(Number),
            n: estimate.n,
            m: estimate.m,
            dimension: estimate.dimension,
            parameters: &estimate.parameters,
        }
    }
}

/// Headings and cells of a table of estimates.
pub const ESTIMATE_HEADINGS: [&str; 6] = [">value", ">std. error", ">90 % interval", ">p-value", ">baseline", ">n, m"];

/// The baseline with its spread, where it has one.
fn baseline(estimate: &Estimate) -> String {
    let spread = estimate.baseline_spread.map(|spread| format!(" ± {}", significant(spread, 2)));
    optional(estimate.baseline, 4) + &spread.unwrap_or_default()
}

/// The cells under [`ESTIMATE_HEADINGS`].
pub fn estimate_cells(estimate: &Estimate) -> [String; 6] {
    let interval = estimate
        .interval
        .map_or_else(|| "–".to_owned(), |(low, high)| format!("[{}, {}]", significant(low, 4), significant(high, 4)));
    [
        significant(estimate.value, 5),
        optional(estimate.std_error, 2),
        interval,
        optional(estimate.p_value, 2),
        baseline(estimate),
        format!("{}, {}", estimate.n, estimate.m),
    ]
}
