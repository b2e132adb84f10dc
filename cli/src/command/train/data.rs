//! The data of a training run: place, halves, units and scores.

use crate::input;
use anyhow::{Result, bail};
use fenchel::certificate::Estimate;
use fenchel::gan::{Config, Gan, ModeScores, Rows, Source, Toy};
use fenchel::measure::Empirical;
use fenchel::nn::Activation;
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::score::{Metric, Scorecard};
use fenchel::{Error, error::Index, io};
use ndarray::{Array1, Array2, ArrayView2, Axis as Along, s};
use rand::seq::SliceRandom;
use std::ffi::OsString;
use std::path::Path;

/// Samples that scores compare, of each kind.
pub const SCORED: usize = 1000;
/// Samples whose modes are counted (the protocol of PacGAN, arXiv:1712.04086).
const COUNTED: usize = 2500;
/// The largest number of the data; beyond it the powers in the scores overflow.
const LARGEST: f64 = 1e20;
/// Where the data that do not ship are looked for: where `scripts/fetch-data` puts them, and where Debian does.
const FETCHED: [(&str, &[&str]); 2] = [
    ("mnist", &["data/fetched/mnist/train-images-idx3-ubyte"]),
    (
        "fashion",
        &[
            "data/fetched/fashion/train-images-idx3-ubyte.gz",
            "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz",
        ],
    ),
];
/// Random streams under the run's seed, apart from those of the game itself.
const SPLIT: u64 = 100;
const HELD_OUT: u64 = 101;
const GENERATED: u64 = 102;

/// The rows that are trained on, and the rows that the scores compare with.
pub struct Data {
    pub name: String,
    kind: Kind,
    /// Real samples that the discriminator never sees, in the data's own units.
    held_out: Empirical,
    /// The training rows as the networks see them; taken by `source`.
    rows: Option<Array2<f64>>,
    /// Check sum of all numbers, held-out rows included.
    pub checksum: String,
    /// `x = shift + scale * row`, column by column.
    shift: Array1<f64>,
    scale: Array1<f64>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Toy(Toy),
    Digits,
    Table,
}

impl Data {
    /// The data of this name, or in the file of this name.
    pub fn load(name: &str, seed: u64) -> Result<Self> {
        if let Ok(toy) = name.parse::<Toy>() {
            let held_out = Empirical::new(toy.sample(SCORED, &mut stream(seed, HELD_OUT)))?;
            let (shift, scale) = (Array1::zeros(2), Array1::ones(2));
            let checksum = checksum(name.as_bytes()); // all else follows from the name
            return Ok(Self {
                name: name.to_owned(),
                kind: Kind::Toy(toy),
                held_out,
                rows: None,
                checksum,
                shift,
                scale,
            });
        }
        if name == "digits" {
            let images = io::digits().images;
            let columns = images.ncols();
            let (shift, scale) = (Array1::from_elem(columns, 8.0), Array1::from_elem(columns, 8.0));
            return Self::split(name, Kind::Digits, images, seed, Some((shift, scale)));
        }
        let fetched = FETCHED.iter().find(|(known, _)| *known == name);
        let file = fetched.map_or(name, |(_, places)| {
            places.iter().copied().find(|place| Path::new(place).exists()).unwrap_or(places[0])
        });
        if !Path::new(file).exists() {
            match name {
                "fashion" | "mnist" => bail!(
                    "{name} does not ship with fenchel, and {file} is missing: scripts/fetch-data {name} brings it; or give the file of images"
                ),
                _ if !name.contains(['.', '/', '-']) => {
                    return Err(Error::unknown_name(
                        "data",
                        name,
                        "ring8, grid25, swissroll, digits, fashion, mnist, or a file",
                    )
                    .into());
                }
                _ => {}
            }
        }
        Self::split(name, Kind::Table, input::table(&OsString::from(file).into())?.values, seed, None)
    }

    /// Splits the rows: half to train on, half held out. Unknown `units` are computed from the first half.
    fn split(
        name: &str,
        kind: Kind,
        table: Array2<f64>,
        seed: u64,
        units: Option<(Array1<f64>, Array1<f64>)>,
    ) -> Result<Self> {
        let found = table.nrows();
        if found < 20 {
            return Err(Error::too_few(name, found, 20, "rows (samples)").into());
        }
        if let Some(((i, j), &value)) = table.indexed_iter().find(|(_, x)| x.abs() > LARGEST) {
            return Err(Error::out_of_domain(
                format!("{name} at {}", Index::Cell(i, j)),
                value,
                format!("at most {LARGEST:e} in absolute value, so that it can be scored"),
            )
            .into());
        }
        let checksum = of_table(table.view());
        let mut order: Vec<usize> = (0..found).collect();
        order.shuffle(&mut stream(seed, SPLIT));
        let (train, held_out) = order.split_at(found / 2);
        let train = table.select(Along(0), train);
        let held_out = Empirical::new(table.select(Along(0), held_out)).map_err(|error| error.context(name))?;
        let (shift, scale) = units.unwrap_or_else(|| {
            let mean = train.sum_axis(Along(0)) / train.nrows() as f64;
            // a constant column stays as it is
            (mean, train.std_axis(Along(0), 0.0).mapv(|s| if s > 0.0 { s } else { 1.0 }))
        });
        let rows = (&train - &shift) / &scale;
        let name =
            Path::new(name).file_stem().map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned());
        Ok(Self { name, kind, held_out, rows: Some(rows), checksum, shift, scale })
    }

    /// The configuration that suits the data.
    pub fn preset(&self) -> Config {
        match self.kind {
            Kind::Toy(Toy::Grid { .. }) => Config::grid25(),
            Kind::Toy(_) => Config::ring8(),
            Kind::Digits => Config::digits(),
            Kind::Table => Config { output: Activation::Linear, ..Config::digits() },
        }
    }

    /// The name under which a later session finds the same data.
    pub fn place(&self, name: &str) -> Result<String> {
        if self.kind == Kind::Table && !FETCHED.iter().any(|(known, _)| *known == name) {
            let (file, key) = name
                .split_once(".npz:")
                .map_or((name.to_owned(), String::new()), |(file, key)| (format!("{file}.npz"), format!(":{key}")));
            return Ok(format!("{}{key}", std::path::absolute(file)?.display()));
        }
        Ok(name.to_owned())
    }

    /// The rows to train on, once.
    pub fn source(&mut self) -> fenchel::Result<Box<dyn Source>> {
        Ok(match (self.kind, self.rows.take()) {
            (Kind::Toy(toy), _) => Box::new(toy),
            (_, rows) => Box::new(Rows::new(rows.unwrap_or_default().view())?),
        })
    }

    /// Samples in the data's own units. The same noise every time: scores of two steps differ by the generator alone.
    pub fn generate(&self, gan: &Gan, n: usize) -> Array2<f64> {
        gan.generate(n, &mut stream(gan.config().seed, GENERATED)) * &self.scale + &self.shift
    }

    /// Scores against the held-out half.
    pub fn score(&self, gan: &Gan, permutations: usize) -> Result<Vec<Estimate>> {
        let generated = self.generate(gan, COUNTED);
        let mut scores = Vec::new();
        if let Kind::Toy(toy) = self.kind
            && toy.sigma().is_some()
        {
            scores = ModeScores::new(generated.view(), &toy)?.estimates();
        }
        let real = self.held_out.points();
        let real = Empirical::new(real.slice(s![..real.nrows().min(SCORED), ..]).to_owned())?;
        let generated = Empirical::new(generated.slice(s![..SCORED, ..]).to_owned())?;
        let metrics =
            [Metric::Frechet, Metric::Energy, Metric::Precision, Metric::Recall, Metric::Density, Metric::Coverage];
        let card = Scorecard::new().metrics(&metrics).permutations(permutations).seed(gan.config().seed);
        scores.extend(card.score(&real, &generated, None)?);
        Ok(scores)
    }

    /// A picture, where the samples have one.
    pub fn figure(&self, samples: &Array2<f64>) -> Option<Figure> {
        if self.kind == Kind::Digits {
            let rows: Vec<Vec<f64>> = samples.rows().into_iter().take(100).map(|row| row.to_vec()).collect();
            let pictures: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            return Some(Figure::new("Generated digits", [Panel::pictures(&pictures, 8, 20, 0.0, 16.0)]));
        }
        if samples.ncols() != 2 {
            return None;
        }
        let points = |label: &str, cloud: ArrayView2<'_, f64>| {
            Series::points(label, &cloud.column(0).to_vec(), &cloud.column(1).to_vec())
        };
        let panel = Panel::new(Axis::new("column 1"), Axis::new("column 2"))
            .add(points("real", self.held_out.points()))
            .add(points("generated", samples.view()))
            .equal();
        Some(Figure::new("Real and generated samples", [panel]))
    }
}

/// Identifies a table by its numbers, whatever file it is in.
fn of_table(table: ArrayView2<'_, f64>) -> String {
    let mut sum = crc32fast::Hasher::new();
    let shape = [table.nrows(), table.ncols()].map(|size| size as u64);
    for bits in shape.into_iter().chain(table.iter().map(|x| x.to_bits())) {
        sum.update(&bits.to_le_bytes());
    }
    in_words(sum.finalize())
}

/// The check sum of gzip and PNG. It detects mistakes, not forgeries.
pub fn checksum(bytes: &[u8]) -> String {
    in_words(crc32fast::hash(bytes))
}

fn in_words(sum: u32) -> String {
    format!("crc32:{sum:08x}")
}
