//! `--key value` pairs, arrays from files, and the clock.

use fenchel::Result;
use ndarray::Array2;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write;
use std::time::Instant;

/// The words after the job's name.
pub struct Options(HashMap<String, String>);

impl Options {
    /// Reads `--key value --key value ...`.
    pub fn parse(words: impl Iterator<Item = String>) -> Self {
        let words: Vec<String> = words.collect();
        Self(words.chunks(2).map(|pair| (pair[0].trim_start_matches('-').to_owned(), pair[1].clone())).collect())
    }

    /// The word after `--key`.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The number after `--key`, or `default`.
    pub fn number(&self, key: &str, default: f64) -> f64 {
        self.text(key).map_or(default, |word| word.parse().expect("a number"))
    }

    /// The table in the file after `--key`.
    pub fn table(&self, key: &str) -> Result<Array2<f64>> {
        Ok(fenchel::io::read_table(self.text(key).expect("a file"))?.values)
    }

    /// The vector in the file after `--key`, where it is given.
    pub fn vector(&self, key: &str) -> Result<Option<Vec<f64>>> {
        self.text(key).map(fenchel::io::read_vector).transpose()
    }

    /// Runs the job once unless `--cold 1`, then `--repeat` times: its last answer and the best time in seconds.
    pub fn time<T>(&self, mut job: impl FnMut() -> Result<T>) -> Result<(T, f64)> {
        if self.number("cold", 0.0) < 0.5 {
            std::hint::black_box(job()?);
        }
        let mut best = f64::INFINITY;
        let mut answer = None;
        for _ in 0..self.number("repeat", 1.0) as usize {
            let start = Instant::now();
            answer = Some(std::hint::black_box(job()?));
            best = best.min(start.elapsed().as_secs_f64());
        }
        Ok((answer.expect("at least one repeat"), best))
    }
}

/// Prints the answer as one line.
pub fn print(answer: &Value) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{answer}").expect("stdout is open");
}

/// The line of a job whose answer is one number.
pub fn number(seconds: f64, value: f64) -> Value {
    json!({ "seconds": seconds, "value": value })
}
