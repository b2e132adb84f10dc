//! What the presets of the trainer reach, in every seed: writes `benches/gan.md`.
//!
//! `cargo bench --bench gan [-- [SEEDS] [WORD]...]`: so many seeds from 0 on (otherwise 10), of rows whose name has a word. Ten seeds of all
//! rows take about a quarter of an hour on two cores. The protocol is PacGAN's (arXiv:1712.04086): 2500 samples, a mode is found if a
//! sample lies within three standard deviations of its centre; beside it, how many modes have 1 % of the samples, and the reverse
//! KL of the histogram of modes.
#![allow(clippy::print_stdout)] // a bench answers on stdout

use fenchel::gan::{Config, Gan, ModeScores, Toy};
use fenchel::numeric::stream;
use rayon::prelude::*;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::time::Instant;

const SAMPLES: usize = 2500;
const SEEDS: u64 = 10;

const HEADING: &str = "\
# Presets of the trainer

Written by `cargo bench --bench gan`. Every row is the preset as it is, from the seeds 0, 1, ...; 2500 samples of the averaged generator are scored.
*Modes*: with a sample within three standard deviations; *1 %*: with one sample in a hundred. *Within 3 sigma*: of all samples; a perfect
sampler has .9889. *Reverse KL*: of the histogram of modes; by chance a perfect sampler has .0014 on the ring and .0048 on the grid.
The last column is the processor time of a seed, the longest of all.

| data | preset | steps | seeds with all modes | with all by 1 % | within 3 sigma: least, median | reverse KL: median, largest | seconds |
|---|---|---|---|---|---|---|---|
";

/// What a seed came to.
struct Outcome {
    scores: ModeScores,
    seconds: f64,
}

/// Seconds that this thread has had a processor, where the system tells, and otherwise that have passed.
fn worked(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64(), |ns| 1e-9 * ns)
}

fn run(law: Toy, config: Config) -> fenchel::Result<Outcome> {
    let start = Instant::now();
    let before = worked(start);
    let (seed, steps) = (config.seed, config.steps);
    let mut gan = Gan::new(config, law)?;
    gan.train(steps, |_| ControlFlow::Continue(()));
    let seconds = worked(start) - before;
    let samples = gan.generate(SAMPLES, &mut stream(seed, 100));
    Ok(Outcome { scores: ModeScores::new(samples.view(), &law)?, seconds })
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let seeds = words.first().and_then(|word| word.parse().ok()).unwrap_or(SEEDS);
    let rows = [
        (Toy::ring8(), "ring8", Config::ring8()),
        (Toy::grid25(), "grid25", Config::grid25()),
        (Toy::ring8(), "plain", Config::plain()),
        (Toy::grid25(), "plain", Config::plain()),
    ];
    let mut table = HEADING.to_owned();
    for (law, preset, config) in rows {
        let name = format!("{law} {preset}");
        if words.iter().any(|word| word.parse::<u64>().is_err() && !name.contains(word.as_str())) {
            continue;
        }
        let found: Vec<Outcome> = (0..seeds)
            .into_par_iter()
            .map(|seed| run(law, Config { seed, ..config.clone() }))
            .collect::<fenchel::Result<_>>()?;
        for (seed, outcome) in found.iter().enumerate() {
            let s = &outcome.scores;
            println!(
                "{name} seed {seed}: {} modes, {} by 1 %, {:.3} within 3 sigma, reverse KL {:.4}, {:.0} s",
                s.modes(),
                s.modes_1pct(),
                s.high_quality_share(),
                s.reverse_kl(),
                outcome.seconds
            );
        }
        let all = law.centres().nrows();
        let with =
            |enough: &dyn Fn(&ModeScores) -> bool| found.iter().filter(|outcome| enough(&outcome.scores)).count();
        let quality = sorted(found.iter().map(|outcome| outcome.scores.high_quality_share()));
        let divergence = sorted(found.iter().map(|outcome| outcome.scores.reverse_kl()));
        let seconds = sorted(found.iter().map(|outcome| outcome.seconds));
        writeln!(
            table,
            "| {law} | {preset} | {} | {} of {seeds} | {} of {seeds} | {:.3}, {:.3} | {:.4}, {:.4} | {:.0} |",
            config.steps,
            with(&|s| s.modes() == all),
            with(&|s| s.modes_1pct() == all),
            quality[0],
            quality[quality.len() / 2],
            divergence[divergence.len() / 2],
            divergence[divergence.len() - 1],
            seconds[seconds.len() - 1],
        )?;
    }
    if words.iter().all(|word| word.parse::<u64>().is_ok()) {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/gan.md"), &table)?;
    }
    println!("\n{table}");
    Ok(())
}
