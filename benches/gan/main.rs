//! What the presets of the trainer reach in every seed, and the objectives beside each other: writes `benches/gan.md` and `benches/gan.png`.
//!
//! `cargo bench --bench gan [-- [SEEDS] [WORD]...]`: so many seeds from 0 on (otherwise 10), of rows whose name has a word (`pictures` for
//! those on digits and MNIST); with either nothing is written. All of it takes about a quarter of an hour on two cores. The protocol is PacGAN's (arXiv:1712.04086): 2500
//! samples, a mode is found if a sample lies within three standard deviations of its centre.
#![allow(clippy::print_stdout)] // a bench answers on stdout

mod pictures;
mod rows;

use fenchel::gan::{Gan, ModeScores};
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::transport::w1;
use rayon::prelude::*;
use rows::Row;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::time::Instant;

/// Samples whose modes are counted.
const SAMPLES: usize = 2500;
/// Samples between which the distance is computed.
const MOVED: usize = 1000;
const SEEDS: u64 = 10;
/// Seeds of networks on pictures, which take longer.
const PICTURE_SEEDS: u64 = 3;
/// Share of a perfect sampler within three standard deviations.
const PERFECT: f64 = 0.988_891_003_461_757_7;

const HEADING: &str = "\
# Training on the ring and the grid

Written by `cargo bench --bench gan`. Every row is one configuration from the seeds 0, 1, ...; the averaged generator is scored in PacGAN's
protocol (arXiv:1712.04086) by 2500 samples. *Modes*: with a sample within three standard deviations of the centre; *1 %*: with one sample in a
hundred there. *Within 3 sigma*: share of all samples; a perfect sampler has .9889. *Reverse KL* is that of the histogram of modes; by chance a perfect
sampler has .0014 on the ring and .0048 on the grid. *W1* is exact, between 1000 generated and 1000 fresh real samples; *floor* is the same between two
fresh real samples. *Seconds* are those of a processor, the longest of all seeds. `±` is the standard error over the seeds.
";

const PRESETS: &str = "
## The presets, as `fenchel train ring8` and `fenchel train grid25` play them

| data | steps | seeds with all modes | with all by 1 % | within 3 sigma: least, median | reverse KL: median, largest | W1: median, floor | seconds |
|---|---|---|---|---|---|---|---|
";

const OBJECTIVES: &str = "
## Objectives beside each other

The same networks (two hidden layers of 64), batch (128), steps (10,000) and average of weights for all; rates and penalties are what each paper adds. *Published* are the
rows of the PacGAN paper: modes, per cent within 3 sigma, reverse KL. Its networks are far larger (four layers of 400 with batch normalisation against three of 200
maxout units) and take 400,000 steps of 100 rows, so its samples are tighter. What can be compared is the order: the plain game loses modes in both, two samples
judged together find most of them again. `benches/gan.png` shows every seed.

| data | objective | modes | by 1 % | within 3 sigma | reverse KL | JSD | W1 | seconds | published |
|---|---|---|---|---|---|---|---|---|---|
";

/// What a seed came to.
struct Outcome {
    scores: ModeScores,
    w1: f64,
    floor: f64,
    seconds: f64,
}

/// Seconds that this thread has had a processor, where the system tells, and otherwise that have passed.
fn worked(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64(), |ns| 1e-9 * ns)
}

fn run(row: &Row, seed: u64) -> fenchel::Result<Outcome> {
    let config = fenchel::gan::Config { seed, ..row.config.clone() };
    let start = Instant::now();
    let before = worked(start);
    let steps = config.steps;
    let mut gan = Gan::new(config, row.law)?;
    gan.train(steps, |_| ControlFlow::Continue(()));
    let seconds = worked(start) - before;
    let samples = gan.generate(SAMPLES, &mut stream(seed, 100));
    let fresh = |k| Empirical::new(row.law.sample(MOVED, &mut stream(seed, k)));
    let (real, other) = (fresh(101)?, fresh(102)?);
    let generated = Empirical::new(samples.slice(ndarray::s![..MOVED, ..]).to_owned())?;
    let floor = w1(&real, &other)?.distance();
    Ok(Outcome {
        scores: ModeScores::new(samples.view(), &row.law)?,
        w1: w1(&real, &generated)?.distance(),
        floor,
        seconds,
    })
}

fn outcomes(row: &Row, seeds: u64) -> fenchel::Result<Vec<Outcome>> {
    let found: Vec<Outcome> = (0..seeds).into_par_iter().map(|seed| run(row, seed)).collect::<fenchel::Result<_>>()?;
    for (seed, outcome) in found.iter().enumerate() {
        let s = &outcome.scores;
        println!(
            "{} {} seed {seed}: {} modes, {} by 1 %, {:.3} within 3 sigma, reverse KL {:.4}, W1 {:.4}, {:.0} s",
            row.law,
            row.name,
            s.modes(),
            s.modes_1pct(),
            s.high_quality_share(),
            s.reverse_kl(),
            outcome.w1,
            outcome.seconds
        );
    }
    Ok(found)
}

fn sorted(found: &[Outcome], of: impl Fn(&Outcome) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = found.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(values: &[f64]) -> f64 {
    values[values.len() / 2]
}

/// Mean and standard error.
fn mean(found: &[Outcome], digits: usize, of: impl Fn(&Outcome) -> f64) -> String {
    mean_and_error(&sorted(found, of), digits)
}

/// The mean, with its standard error where there are several values.
fn mean_and_error(values: &[f64], digits: usize) -> String {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let error = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
    if values.len() < 2 { format!("{mean:.digits$}") } else { format!("{mean:.digits$} ± {error:.digits$}") }
}

fn preset_line(row: &Row, found: &[Outcome]) -> String {
    let all = row.law.centres().nrows();
    let with = |enough: &dyn Fn(&ModeScores) -> bool| found.iter().filter(|outcome| enough(&outcome.scores)).count();
    let quality = sorted(found, |o| o.scores.high_quality_share());
    let divergence = sorted(found, |o| o.scores.reverse_kl());
    format!(
        "| {} | {} | {} of {n} | {} of {n} | {:.3}, {:.3} | {:.4}, {:.4} | {:.4}, {:.4} | {:.0} |",
        row.law,
        row.config.steps,
        with(&|s| s.modes() == all),
        with(&|s| s.modes_1pct() == all),
        quality[0],
        median(&quality),
        median(&divergence),
        divergence[divergence.len() - 1],
        median(&sorted(found, |o| o.w1)),
        median(&sorted(found, |o| o.floor)),
        sorted(found, |o| o.seconds)[found.len() - 1],
        n = found.len(),
    )
}

fn objective_line(row: &Row, found: &[Outcome]) -> String {
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {:.0} | {} |",
        row.law,
        row.name,
        mean(found, 1, |o| o.scores.modes() as f64),
        mean(found, 1, |o| o.scores.modes_1pct() as f64),
        mean(found, 3, |o| o.scores.high_quality_share()),
        mean(found, 3, |o| o.scores.reverse_kl()),
        mean(found, 3, |o| o.scores.jsd()),
        mean(found, 3, |o| o.w1),
        sorted(found, |o| o.seconds)[found.len() - 1],
        row.published,
    )
}

/// Every seed of every objective: the modes that it found and the share of samples within three standard deviations.
fn figure(found: &[(Row, Vec<Outcome>)]) -> Figure {
    let laws = [fenchel::gan::Toy::ring8(), fenchel::gan::Toy::grid25()];
    let panels = laws.iter().flat_map(|law| {
        let rows: Vec<&(Row, Vec<Outcome>)> = found.iter().filter(|(row, _)| row.law == *law).collect();
        let names = || Axis::categories("", rows.iter().map(|(row, _)| row.name)).reversed();
        let all = law.centres().nrows();
        let points = |of: &dyn Fn(&Outcome) -> f64| {
            let at =
                rows.iter().enumerate().flat_map(|(k, (_, outcomes))| outcomes.iter().map(move |o| (k as f64, of(o))));
            let (at, values): (Vec<f64>, Vec<f64>) = at.unzip();
            Series::points("a seed", &values, &at)
        };
        [
            Panel::new(Axis::new("modes").range(0.0, 1.04 * all as f64), names())
                .title(format!("{law}: modes of {all}"))
                .add(points(&|o| o.scores.modes() as f64))
                .size(260.0, 300.0),
            Panel::new(Axis::new("share of samples within 3σ of a mode").range(0.0, 1.04), names())
                .title(format!("{law}: samples on a mode"))
                .add(points(&|o| o.scores.high_quality_share()))
                .guide_x(PERFECT, "perfect")
                .size(260.0, 300.0),
        ]
    });
    Figure::grid("What each objective finds in 10,000 steps, seed by seed", 2, panels)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let seeds = words.first().and_then(|word| word.parse().ok()).unwrap_or(SEEDS);
    let words: Vec<&String> = words.iter().filter(|word| word.parse::<u64>().is_err()).collect();
    let wanted = |row: &Row| words.iter().all(|word| format!("{} {}", row.law, row.name).contains(word.as_str()));
    let played = |rows: Vec<Row>| -> fenchel::Result<Vec<(Row, Vec<Outcome>)>> {
        rows.into_iter().filter(wanted).map(|row| outcomes(&row, seeds).map(|found| (row, found))).collect()
    };
    let (presets, objectives) = (played(rows::presets())?, played(rows::objectives())?);
    let mut text = HEADING.to_owned() + PRESETS;
    for (row, found) in &presets {
        writeln!(text, "{}", preset_line(row, found))?;
    }
    text += OBJECTIVES;
    for (row, found) in &objectives {
        writeln!(text, "{}", objective_line(row, found))?;
    }
    if words.iter().all(|word| "pictures".contains(word.as_str())) {
        text += pictures::HEADING;
        text += &pictures::table(seeds.min(PICTURE_SEEDS))?;
    }
    if words.is_empty() && seeds == SEEDS {
        let place = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/gan");
        std::fs::write(format!("{place}.md"), &text)?;
        std::fs::write(format!("{place}.png"), figure(&objectives).png(2.0)?)?;
    }
    println!("\n{text}");
    Ok(())
}
