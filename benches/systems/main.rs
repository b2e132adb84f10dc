//! The systems that the lectures name, trained from ten seeds and scored: writes `benches/systems.md`.
//!
//! `cargo bench --bench systems [-- [SEEDS] [WORD]...]`: so many seeds from 0 on (otherwise 10), of rows whose name has a word; with a
//! word nothing is written. A row is one training or a pair of them; a file holds the rows of a group of systems.
#![allow(clippy::print_stdout)] // a bench answers on stdout

mod others;
mod pictures;

use rayon::prelude::*;
use std::fmt::Write;
use std::time::Instant;

const SEEDS: u64 = 10;

const HEADING: &str = "\
# The systems that the lectures name

Written by `cargo bench --bench systems`. Every row is trained anew from each seed, on data that are split anew. *Mean* has the half-width of
its 95 % interval over the seeds (Student); a difference is taken seed by seed. *Seconds* are those of a processor, the longest of all seeds.

| system | number | seeds | mean | least | most | seconds |
|---|---|---|---|---|---|---|
";

/// Numbers of one seed, by name.
pub type Numbers = Vec<(&'static str, f64)>;

/// A row of the bench: a training, or several of one seed whose numbers are compared.
pub struct Row {
    /// The system and its data.
    pub name: &'static str,
    /// Trains and scores.
    pub run: fn(seed: u64) -> fenchel::Result<Numbers>,
}

/// Quantiles of Student's law for a two-sided interval of 95 %, by degrees of freedom from 1 on; beyond them, that of 10 is safe.
const STUDENT: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/// Mean and half-width of its interval; none of a single value.
fn mean(values: &[f64]) -> (f64, Option<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let freedom = values.len() - 1;
    let quantile = (freedom > 0).then(|| STUDENT[freedom.min(STUDENT.len()) - 1]);
    (mean, quantile.map(|t| t * (variance / n).sqrt()))
}

/// Seconds that this thread has had a processor, where the system tells, and otherwise that have passed.
pub fn worked(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64(), |ns| 1e-9 * ns)
}

/// The lines of a row.
fn lines(row: &Row, seeds: u64) -> fenchel::Result<String> {
    let of_seed = |seed| {
        let start = Instant::now();
        let before = worked(start);
        let numbers = (row.run)(seed)?;
        Ok((numbers, worked(start) - before))
    };
    let found: Vec<(Numbers, f64)> = (0..seeds).into_par_iter().map(of_seed).collect::<fenchel::Result<_>>()?;
    let seconds = found.iter().map(|(_, seconds)| *seconds).fold(0.0, f64::max);
    let mut text = String::new();
    for (k, (name, _)) in found[0].0.iter().enumerate() {
        let values: Vec<f64> = found.iter().map(|(numbers, _)| numbers[k].1).collect();
        let (mean, half) = mean(&values);
        let width = half.map_or_else(String::new, |half| format!(" ± {half:.3}"));
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // writing to memory cannot fail
        let _ = writeln!(
            text,
            "| {} | {name} | {seeds} | {mean:.3}{width} | {least:.3} | {most:.3} | {seconds:.0} |",
            row.name
        );
    }
    print!("{text}");
    Ok(text)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let seeds = words.first().and_then(|word| word.parse().ok()).unwrap_or(SEEDS).max(1);
    let words: Vec<&String> = words.iter().filter(|word| word.parse::<u64>().is_err()).collect();
    let rows = [pictures::rows(), others::rows()].into_iter().flatten();
    let wanted = rows.filter(|row| words.iter().all(|word| row.name.contains(word.as_str())));
    let table = wanted.map(|row| lines(&row, seeds)).collect::<fenchel::Result<String>>()?;
    if words.is_empty() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/systems.md"), HEADING.to_owned() + &table)?;
    }
    Ok(())
}
