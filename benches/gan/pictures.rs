//! Networks beside each other on pictures: the perceptrons of the slides, the preset, and convolutions.

use crate::{mean_and_error, worked};
use fenchel::gan::{Config, Gan, Rows, Schedule};
use fenchel::measure::{Empirical, Gaussian};
use fenchel::nn::Activation;
use fenchel::numeric::stream;
use fenchel::score::neighbours::Neighbours;
use fenchel::score::{Pair, Permutations, frechet::frechet};
use fenchel::{Result, linalg};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rand::seq::SliceRandom;
use rayon::prelude::*;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

/// Principal components of the held-out pictures that scores see.
const COMPONENTS: usize = 64;
/// Most pictures of either kind that are compared.
const COMPARED: usize = 5000;
/// Neighbours of precision and recall.
const NEIGHBOURS: usize = 5;

pub const HEADING: &str = "
## Pictures

Scores on the 64 principal components of held-out pictures, between these and as many generated ones: the Fréchet distance, and precision and recall with five
neighbours. *Slides*: 100-128-pixels against pixels-128-1, non-saturating, Adam 2e-4, batch 100. *Preset*: what `fenchel train digits` plays. *DCGAN*: convolutions with batch
normalisation on both sides, for 28 x 28 those of `benches/peers/train`. *Real half*: pictures of the training set in place of generated ones. *Gaussian fit*: mean and covariance of
the training set, and no shapes. Scores are the means over the seeds.

| pictures | generator | steps | seeds | Fréchet | precision | recall | seconds |
|---|---|---|---|---|---|---|---|
";

/// Pictures in [-1, 1], a row each.
struct Pictures {
    name: &'static str,
    train: Array2<f64>,
    held_out: Array2<f64>,
    players: Vec<(&'static str, Config)>,
}

/// What the scores see.
struct Components {
    mean: Array1<f64>,
    axes: Array2<f64>,
}

impl Components {
    fn of(rows: ArrayView2<'_, f64>) -> Result<Self> {
        let fit = Gaussian::fit(&Empirical::new(rows.to_owned())?)?;
        let vectors = linalg::eigh(fit.cov())?.vectors;
        let from = vectors.ncols().saturating_sub(COMPONENTS);
        Ok(Self { mean: fit.mean().to_owned(), axes: vectors.slice(s![.., from..]).to_owned() })
    }

    fn on(&self, rows: ArrayView2<'_, f64>) -> Result<Empirical> {
        Empirical::new((&rows - &self.mean).dot(&self.axes))
    }
}

fn digits() -> Pictures {
    let images = fenchel::io::digits().images.mapv(|grey| grey / 8.0 - 1.0);
    let mut order: Vec<usize> = (0..images.nrows()).collect();
    order.shuffle(&mut stream(0, 0));
    let (train, held_out) = order.split_at(images.nrows() / 2);
    let players = vec![
        ("slides", Config { steps: 40_000, ..Config::slides() }),
        ("preset", Config::digits()),
        ("DCGAN", Config { steps: 3000, rate: Schedule::Cosine, ..Config::dcgan() }),
    ];
    let [train, held_out] = [train, held_out].map(|rows| images.select(Axis(0), rows));
    Pictures { name: "digits 8 x 8", train, held_out, players }
}

/// MNIST where `scripts/fetch-data mnist` has put it.
fn mnist() -> Result<Option<Pictures>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fetched/mnist");
    if !folder.exists() {
        println!("MNIST is left out: scripts/fetch-data mnist brings it");
        return Ok(None);
    }
    let read = |file: &str| -> Result<Array2<f64>> {
        Ok(fenchel::io::read_table(folder.join(file))?.values.mapv(|grey| grey / 127.5 - 1.0))
    };
    let large = Config { latent: 64, output: Activation::Tanh, ..Config::digits() };
    let players = vec![
        ("slides", Config::slides()),
        ("preset", large),
        (
            "DCGAN",
            Config {
                latent: 100,
                generator_hidden: "7x7x128 batch relu, up 64 4/2 batch relu, up 1 4/2 tanh".parse()?,
                discriminator_hidden: "conv 64 4/2 lrelu, conv 128 4/2 batch lrelu".parse()?,
                steps: 2000,
                ..Config::dcgan()
            },
        ),
    ];
    let [train, held_out] = [read("train-images-idx3-ubyte")?, read("t10k-images-idx3-ubyte")?];
    Ok(Some(Pictures { name: "MNIST 28 x 28", train, held_out, players }))
}

/// So many rows, at random: those of MNIST come in an order, by writers, and every twelfth row has another mean than all.
fn drawn(rows: &Array2<f64>, n: usize, task: u64) -> Array2<f64> {
    let mut order: Vec<usize> = (0..rows.nrows()).collect();
    order.shuffle(&mut stream(0, task));
    rows.select(Axis(0), &order[..n])
}

/// Fréchet distance, precision and recall.
fn scores(axes: &Components, real: &Empirical, generated: ArrayView2<'_, f64>) -> Result<[f64; 3]> {
    let generated = axes.on(generated)?;
    let pair = Pair::new(real, &generated)?;
    let found = Neighbours::new(&pair, NEIGHBOURS, Permutations::none())?;
    Ok([frechet(&pair, Permutations::none())?.value, found.precision().value, found.recall().value])
}

/// The rows of the table, `seeds` of each generator.
pub fn table(seeds: u64) -> Result<String> {
    let mut text = String::new();
    for pictures in [Some(digits()), mnist()?].into_iter().flatten() {
        let Pictures { name, train, held_out, players } = pictures;
        let axes = Components::of(held_out.view())?;
        let n = held_out.nrows().min(train.nrows()).min(COMPARED);
        let real = axes.on(drawn(&held_out, n, 2).view())?;
        let mut add = |what: &str, steps: &str, seconds: &str, found: &[[f64; 3]]| {
            let [frechet, precision, recall] =
                [0, 1, 2].map(|k| mean_and_error(&found.iter().map(|scores| scores[k]).collect::<Vec<_>>(), 3));
            let line = format!(
                "| {name} | {what} | {steps} | {} | {frechet} | {precision} | {recall} | {seconds} |",
                found.len()
            );
            println!("{line}");
            writeln!(text, "{line}").expect("writing into a text");
        };
        add("real half", "", "", &[scores(&axes, &real, drawn(&train, n, 3).view())?]);
        let fit = Gaussian::fit(&Empirical::new(train.clone())?)?;
        add("Gaussian fit", "", "", &[scores(&axes, &real, fit.sample(n, &mut stream(0, 1))?.view())?]);
        for (what, config) in players {
            let run = |seed| -> Result<(f64, [f64; 3])> {
                let start = Instant::now();
                let before = worked(start);
                let mut gan = Gan::new(Config { seed, ..config.clone() }, Rows::new(train.view())?)?;
                gan.train(config.steps, |_| ControlFlow::Continue(()));
                let seconds = worked(start) - before;
                Ok((seconds, scores(&axes, &real, gan.generate(n, &mut stream(seed, 100)).view())?))
            };
            let (seconds, found): (Vec<f64>, Vec<[f64; 3]>) =
                (0..seeds).into_par_iter().map(run).collect::<Result<Vec<_>>>()?.into_iter().unzip();
            let longest = seconds.into_iter().fold(0.0, f64::max);
            add(what, &config.steps.to_string(), &format!("{longest:.0}"), &found);
        }
    }
    Ok(text)
}
