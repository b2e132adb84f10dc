//! The data of a training run: place, halves, units, classes and scores.

use crate::input;
use crate::names;
use anyhow::{Result, bail};
use fenchel::certificate::Estimate;
use fenchel::gan::{
    Config, Faces, Known, Labelled, LabelledRows, ModeScores, Moved, Painted, Phrases, Rows, Scaled, Toy, Unpaired,
};
use fenchel::measure::Empirical;
use fenchel::nn::Activation;
use fenchel::numeric::stream;
use fenchel::score::{Metric, Scorecard};
use fenchel::{Error, error::Index, io};
use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate, s};
use rand::seq::SliceRandom;
use std::ffi::OsString;
use std::path::Path;
use toml::{Table, Value};

/// Samples that scores compare, of each kind.
pub const SCORED: usize = 1000;
/// Samples whose modes are counted (the protocol of PacGAN, arXiv:1712.04086).
pub const COUNTED: usize = 2500;
/// The largest number of the data; beyond it the powers in the scores overflow.
const LARGEST: f64 = 1e20;
/// The data that have names.
const NAMES: [&str; 11] = [
    "ring8",
    "grid25",
    "swissroll",
    "digits",
    "leaning",
    "painted",
    "faces",
    "fashion",
    "mnist",
    "permutation",
    "sentences",
];
/// The pictures that ship with the library, those that are made of them, and those that are drawn.
const PICTURES: [&str; 4] = ["digits", "leaning", "painted", "faces"];
/// By how many pixels a row of a leaning digit is moved against the next, to either side.
const LEAN: f64 = 0.6;
/// How many faces are drawn.
const DRAWN: usize = 2000;
/// The sentences that ship with the library.
const SENTENCES: [&str; 2] = ["permutation", "sentences"];
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
const PAINT: u64 = 103;

/// The rows that are trained on, and the rows that the scores compare with.
pub struct Data {
    pub name: String,
    kind: Kind,
    /// Real samples that the discriminator never sees, in the data's own units.
    held_out: Empirical,
    /// The training rows as the networks see them; taken by `source`.
    rows: Option<Array2<f64>>,
    /// The classes of the training rows, where they have some.
    labels: Option<Vec<usize>>,
    /// The pairs of sentences to train on, where the rows are some.
    phrases: Option<Phrases>,
    /// How many values each factor of a class has, where classes are combinations of factors.
    factors: Option<Vec<usize>>,
    /// Check sum of all numbers, held-out rows included.
    pub checksum: String,
    /// `x = shift + scale * row`, column by column.
    shift: Array1<f64>,
    scale: Array1<f64>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Toy(Toy),
    /// Pictures in grey, of so many pixels a side.
    Pictures(usize),
    Table,
}

impl Data {
    /// The data of this name, or in the file of this name.
    pub fn load(name: &str, seed: u64) -> Result<Self> {
        let name = meant(name);
        if let Ok(toy) = name.parse::<Toy>() {
            let held_out = Empirical::new(toy.sample(SCORED, &mut stream(seed, HELD_OUT)))?;
            let (shift, scale) = (Array1::zeros(2), Array1::ones(2));
            let checksum = checksum(name.as_bytes()); // all else follows from the name
            return Ok(Self {
                name: name.to_owned(),
                kind: Kind::Toy(toy),
                held_out,
                rows: None,
                labels: None,
                phrases: None,
                factors: None,
                checksum,
                shift,
                scale,
            });
        }
        if PICTURES.contains(&name) {
            return Self::pictures(name, seed);
        }
        if SENTENCES.contains(&name) {
            let phrases = Phrases::named(name)?;
            let [one, other] = phrases.rows();
            let table = concatenate![Axis(1), one, other].mapv(f64::from);
            let units = (Array1::zeros(table.ncols()), Array1::ones(table.ncols()));
            let (train, _) = halves(phrases.count(), seed);
            let data = Self::split(name, Kind::Table, (table, None), seed, Some(units))?;
            return Ok(Self { phrases: Some(phrases.select(&train)), ..data });
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
                    return Err(Error::unknown_name("data", name, format!("{}, or a file", NAMES.join(", "))).into());
                }
                _ => {}
            }
        }
        let table = input::table(&OsString::from(file).into())?.values;
        let Some(side) = side_of_pictures(file, table.ncols()) else {
            return Self::split(name, Kind::Table, (table, None), seed, None);
        };
        // all pixels have one unit, and lie between -1 and 1
        let half = table.iter().copied().fold(0.0, f64::max) / 2.0;
        let half = Array1::from_elem(table.ncols(), if half > 0.0 { half } else { 1.0 });
        Self::split(name, Kind::Pictures(side), (table, None), seed, Some((half.clone(), half)))
    }

    /// Pictures that need no file.
    fn pictures(name: &str, seed: u64) -> Result<Self> {
        let digits = io::digits();
        let shown: Vec<usize> = digits.labels.iter().copied().map(usize::from).collect();
        // from -1 to 1
        let split = |images: Array2<f64>, labels: Vec<usize>, half: f64| {
            let (shift, scale) = (Array1::from_elem(images.ncols(), half), Array1::from_elem(images.ncols(), half));
            Self::split(name, Kind::Pictures(8), (images, Some(labels)), seed, Some((shift, scale)))
        };
        match name {
            "leaning" => {
                let both = concatenate![Axis(0), digits.leaning(-LEAN), digits.leaning(LEAN)];
                let labels = [0, 1].into_iter().flat_map(|lean| shown.iter().map(move |digit| 2 * digit + lean));
                Ok(Self { factors: Some(vec![10, 2]), ..split(both, labels.collect(), 8.0)? })
            }
            "painted" => {
                let rows = Painted::new((digits.images / 16.0).view(), &shown)?.all(&mut stream(seed, PAINT));
                let units = (Array1::zeros(rows.ncols()), Array1::ones(rows.ncols()));
                Self::split(name, Kind::Table, (rows, Some(shown)), seed, Some(units))
            }
            "faces" => {
                let (images, classes) = Faces.draw_labelled(DRAWN, &mut stream(seed, PAINT));
                let images = images.mapv(|x| 1.0 + f64::from(x));
                Ok(Self { factors: Some(Faces.factors()), ..split(images, classes, 1.0)? })
            }
            _ => split(digits.images, shown, 8.0),
        }
    }

    /// Splits the rows: half to train on, half held out. Unknown `units` are computed from the first half.
    fn split(
        name: &str,
        kind: Kind,
        (table, labels): (Array2<f64>, Option<Vec<usize>>),
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
        let (train, held_out) = halves(found, seed);
        let labels = labels.map(|labels| train.iter().map(|&i| labels[i]).collect());
        let train = table.select(Axis(0), &train);
        let held_out = Empirical::new(table.select(Axis(0), &held_out)).map_err(|error| error.context(name))?;
        let (shift, scale) = units.unwrap_or_else(|| {
            let mean = train.sum_axis(Axis(0)) / train.nrows() as f64;
            // a constant column stays as it is
            (mean, train.std_axis(Axis(0), 0.0).mapv(|s| if s > 0.0 { s } else { 1.0 }))
        });
        let rows = (&train - &shift) / &scale;
        let name =
            Path::new(name).file_stem().map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned());
        Ok(Self {
            name,
            kind,
            held_out,
            rows: Some(rows),
            labels,
            phrases: None,
            factors: None,
            checksum,
            shift,
            scale,
        })
    }

    /// The configuration that suits the data.
    pub fn preset(&self) -> Config {
        let config = match self.kind {
            Kind::Toy(Toy::Grid { .. }) => Config::grid25(),
            Kind::Toy(_) => Config::ring8(),
            Kind::Pictures(8) => Config::digits(),
            Kind::Pictures(_) | Kind::Table => Config { output: Activation::Linear, ..Config::digits() },
        };
        Config { batch: self.rows().map_or(config.batch, |rows| config.batch.min(rows)), ..config }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Real samples that no player has seen, in an order of chance, in the data's own units.
    pub fn held_out(&self) -> &Empirical {
        &self.held_out
    }

    /// What one unit of the networks is in the data's own, column by column.
    pub fn scale(&self) -> &Array1<f64> {
        &self.scale
    }

    /// What the networks' zero is in the data's own units.
    pub fn shift(&self) -> &Array1<f64> {
        &self.shift
    }

    /// How many rows there are to train on; a law has no end of them.
    fn rows(&self) -> Option<usize> {
        self.rows.as_ref().map(Array2::nrows)
    }

    /// Lowers the batch of settings to the rows to train on, in whole packs.
    pub fn lower_batch(&self, settings: &mut Table) {
        let number = |key: &str| settings.get(key).and_then(Value::as_integer).and_then(|n| usize::try_from(n).ok());
        let (Some(rows), Some(batch)) = (self.rows(), number("batch")) else { return };
        let packed = number("packed").unwrap_or(1).max(1);
        let most = i64::try_from(rows / packed * packed).unwrap_or(i64::MAX);
        if batch > rows {
            settings.insert("batch".to_owned(), Value::Integer(most));
        }
    }

    /// Refuses a batch that is larger than the rows to train on.
    pub fn holds_batch(&self, batch: usize) -> fenchel::Result<()> {
        match self.rows() {
            Some(rows) if batch > rows => {
                let what = format!("batch for {} (half of its rows are held out)", self.name);
                Err(Error::out_of_domain(what, batch as f64, format!("at most the {rows} rows to train on")))
            }
            _ => Ok(()),
        }
    }

    /// The name under which a later session finds the same data.
    pub fn place(&self, name: &str) -> Result<String> {
        let name = meant(name);
        let by_name = matches!(self.kind, Kind::Toy(_))
            || PICTURES.contains(&name)
            || SENTENCES.contains(&name)
            || FETCHED.iter().any(|(known, _)| *known == name);
        if !by_name {
            let (file, key) = name
                .split_once(".npz:")
                .map_or((name.to_owned(), String::new()), |(file, key)| (format!("{file}.npz"), format!(":{key}")));
            return Ok(format!("{}{key}", std::path::absolute(file)?.display()));
        }
        Ok(name.to_owned())
    }

    /// The rows to train on, once.
    pub fn source(&mut self) -> fenchel::Result<Scaled> {
        Ok(match (self.kind, self.rows.take()) {
            (Kind::Toy(toy), _) => toy.into(),
            (_, rows) => Rows::new(rows.unwrap_or_default().view())?.into(),
        })
    }

    /// The rows to train on with their classes, once.
    pub fn labelled(&mut self) -> fenchel::Result<Scaled<dyn Labelled>> {
        match (self.kind, self.labels.take()) {
            (Kind::Toy(toy), _) => Ok(toy.into()),
            (_, Some(labels)) => {
                let rows = LabelledRows::new(self.rows.take().unwrap_or_default().view(), labels)?;
                Ok(match &self.factors {
                    Some(factors) => rows.with_factors(factors)?.into(),
                    None => rows.into(),
                })
            }
            (_, None) => Err(Error::unsupported(
                format!("a game with classes on {}", self.name),
                "its samples have none; those of ring8, grid25, digits, leaning, painted and faces have",
            )),
        }
    }

    /// The rows to train on with their law, if it is known, once.
    pub fn known(&mut self) -> fenchel::Result<Known> {
        match self.kind {
            Kind::Toy(toy) => Ok(toy.into()),
            _ => Ok(self.source()?.into()),
        }
    }

    /// One half of the rows to train on, and the mirror image of the other: `-x` with the columns in reverse order, which turns a picture
    /// upside down and black into white. Once.
    pub fn unpaired(&mut self) -> fenchel::Result<Unpaired> {
        let mirror = |n: usize| Array2::from_shape_fn((n, n), |(i, j)| if i + j + 1 == n { -1.0 } else { 0.0 });
        let mirrored = |n: usize| (mirror(n), vec![0.0; n]);
        match (self.kind, self.rows.take()) {
            (Kind::Toy(toy), _) => {
                let (map, shift) = mirrored(2);
                Ok(Unpaired::new(toy, Moved::new(toy, map.view(), &shift)?))
            }
            (_, rows) => {
                let rows = rows.unwrap_or_default();
                let (one, other) = rows.view().split_at(Axis(0), rows.nrows() / 2);
                let (map, shift) = mirrored(rows.ncols());
                Ok(Unpaired::new(Rows::new(one)?, Moved::new(Rows::new(other)?, map.view(), &shift)?))
            }
        }
    }

    /// The pairs of sentences to train on, once.
    pub fn phrases(&mut self) -> fenchel::Result<Phrases> {
        self.phrases.take().ok_or_else(|| {
            let why = "its samples are no sentences with translations; those of permutation and sentences are: \
                       fenchel train permutation --game seqgan";
            Error::unsupported(format!("a game of translation on {}", self.name), why)
        })
    }

    /// What a generator made, in the data's own units.
    pub fn in_own_units(&self, samples: Array2<f64>) -> Array2<f64> {
        samples * &self.scale + &self.shift
    }

    /// Scores of [`COUNTED`] generated samples against the held-out half.
    pub fn score(&self, generated: &Array2<f64>, permutations: usize, seed: u64) -> Result<Vec<Estimate>> {
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
        let card = Scorecard::new().metrics(&metrics).permutations(permutations).seed(seed);
        scores.extend(card.score(&real, &generated, None)?);
        Ok(scores)
    }
}

/// Numbers of the rows to train on and of those that are held out.
fn halves(rows: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(&mut stream(seed, SPLIT));
    let held_out = order.split_off(rows / 2);
    (order, held_out)
}

/// The data of a name in whatever case it is written, unless there is a file of that name.
fn meant(name: &str) -> &str {
    if Path::new(name).exists() { name } else { names::one_of(name, "data", &NAMES).unwrap_or(name) }
}

/// How many pixels a side the pictures in a file have, if it is one of pictures.
fn side_of_pictures(file: &str, columns: usize) -> Option<usize> {
    let side = columns.isqrt();
    (file.contains("idx3-ubyte") && side * side == columns).then_some(side)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_a_file_have_one_unit_between_minus_one_and_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some-idx3-ubyte");
        let mut bytes = vec![0, 0, 8, 3, 0, 0, 0, 24, 0, 0, 0, 2, 0, 0, 0, 2];
        bytes.extend((0..96_u8).map(|k| if k == 0 { 200 } else { k }));
        std::fs::write(&path, bytes).unwrap();
        let mut data = Data::load(path.to_str().unwrap(), 0).unwrap();
        assert!(matches!(data.kind(), Kind::Pictures(2)));
        let half = Array1::from_elem(4, 100.0);
        assert_eq!((data.scale(), data.shift()), (&half, &half));
        assert!(data.rows.take().unwrap().iter().all(|x| (-1.0..=1.0).contains(x)));
    }

    #[test]
    fn a_batch_is_lowered_to_whole_packs_of_the_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, (0..35).map(|i| format!("{i},{}\n", i % 3)).collect::<String>()).unwrap();
        let data = Data::load(path.to_str().unwrap(), 0).unwrap(); // 17 rows to train on
        for (given, packed, expected) in [(64, 1, 17), (64, 2, 16), (16, 2, 16), (8, 1, 8)] {
            let mut settings: Table = format!("batch = {given}\npacked = {packed}").parse().unwrap();
            data.lower_batch(&mut settings);
            assert_eq!(settings["batch"].as_integer(), Some(expected), "{given} {packed}");
        }
    }
}
