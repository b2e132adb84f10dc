//! Which score catches which failure of a generator?
//!
//! Generators that fail in one known way each are made of real pictures: copies of the training set, a class left out, blur, noise,
//! one class only, a shift of brightness. An honest one draws fresh pictures. Every score looks at each of them on principal components
//! of the training set. What is printed and drawn is how far the score is from that of equal laws, in spreads of its baseline, in the
//! direction in which it gets worse: 2 or less is nothing seen. A score without a baseline of its own shows standard errors.
//!
//! `cargo run --release --example which_score_sees_what [digits|mnist|fashion] [FIGURE.png]`
//!
//! The digits ship with the library; `scripts/fetch-data` brings the others.
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::certificate::Estimate;
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::score::{Better, Metric, Scorecard};
use fenchel::{io, linalg};
use ndarray::{Array1, Array2, ArrayView2, Axis as Along, s};
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};
use std::path::Path;

type Failure = Box<dyn std::error::Error>;

/// Principal components that the scores see.
const COMPONENTS: usize = 32;
const SCORES: [Metric; 15] = [
    Metric::Frechet,
    Metric::Kid,
    Metric::MmdAgg,
    Metric::Energy,
    Metric::SlicedW2,
    Metric::C2st,
    Metric::Precision,
    Metric::Density,
    Metric::Recall,
    Metric::Coverage,
    Metric::Vendi,
    Metric::Authenticity,
    Metric::Dcr,
    Metric::Ct,
    Metric::Fld,
];
/// Distances beyond this are drawn alike.
const DARKEST: f64 = 20.0;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "digits".to_owned());
    let figure = arguments.next().map_or_else(|| std::env::temp_dir().join("which_score_sees_what.png"), Into::into);
    let data = Data::load(&name)?;
    let generators = data.generators();
    let card = Scorecard::new().metrics(&SCORES);

    let features = Features::of(data.train.images.view())?;
    let (real, train) = (features.see(&data.real.images)?, features.see(&data.train.images)?);
    let mut seen: Vec<(Metric, Vec<f64>)> = Vec::new();
    for (failure, images) in &generators {
        println!("scoring {failure} ...");
        for score in card.score(&real, &features.see(images)?, Some(&train))? {
            let metric: Metric = score.name.parse()?;
            let worse = distance(metric, &score);
            match seen.iter_mut().find(|(known, _)| *known == metric) {
                Some((_, row)) => row.push(worse),
                None => seen.push((metric, vec![worse])),
            }
        }
    }

    println!("\n{:<20}{}", "", generators.iter().map(|(name, _)| format!("{name:>11}")).collect::<String>());
    for (metric, row) in &seen {
        println!(
            "{:<20}{}",
            metric.name(),
            row.iter().map(|x| format!("{:>11.1}", x.clamp(-999.0, 999.0))).collect::<String>()
        );
    }
    let drawn = draw(&name, &generators, &seen);
    let is_svg = figure.extension().is_some_and(|ending| ending == "svg");
    std::fs::write(&figure, if is_svg { drawn.svg().as_bytes().to_vec() } else { drawn.png(2.0)? })?;
    println!("drawn to {}", figure.display());
    Ok(())
}

/// How much worse than that of equal laws a score is, in spreads of its baseline or, without one, in standard errors.
fn distance(metric: Metric, score: &Estimate) -> f64 {
    let (Some(baseline), Some(unit)) = (score.baseline, score.baseline_spread.or(score.std_error)) else { return 0.0 };
    let worse = match metric.better() {
        Better::Lower => score.value - baseline,
        Better::Higher => baseline - score.value,
    };
    if worse == 0.0 { 0.0 } else { worse / unit.max(1e-12 * baseline.abs()) }
}

/// Pictures, a row each, with their classes.
#[derive(Clone)]
struct Labelled {
    images: Array2<f64>,
    classes: Vec<usize>,
}

impl Labelled {
    fn select(&self, rows: &[usize]) -> Self {
        Self { images: self.images.select(Along(0), rows), classes: rows.iter().map(|&i| self.classes[i]).collect() }
    }

    fn of_classes(&self, wanted: impl Fn(usize) -> bool) -> Array2<f64> {
        let rows: Vec<usize> = (0..self.classes.len()).filter(|&i| wanted(self.classes[i])).collect();
        self.select(&rows).images
    }
}

/// Three parts of the data that share no picture. The real sample and every generated one have the same number of rows.
struct Data {
    train: Labelled,
    real: Labelled,
    /// What generators are made of.
    fresh: Labelled,
    side: usize,
    white: f64,
}

impl Data {
    /// The digits have 1797 pictures, so their parts have 599; those of the others have 2000.
    fn load(name: &str) -> Result<Self, Failure> {
        let (all, side, white, part) = match name {
            "digits" => {
                let digits = io::digits();
                let classes = digits.labels.iter().map(|&label| usize::from(label)).collect();
                (Labelled { images: digits.images, classes }, 8, 16.0, 599)
            }
            "mnist" | "fashion" => {
                let read = |what: &str| {
                    let file = format!("data/fetched/{name}/t10k-{what}-ubyte");
                    let file = if Path::new(&file).exists() { file } else { format!("{file}.gz") };
                    io::read_table(&file).map_err(|error| format!("{error}; scripts/fetch-data {name} brings it"))
                };
                let classes = read("labels-idx1")?.values.iter().map(|&label| label as usize).collect();
                (Labelled { images: read("images-idx3")?.values, classes }, 28, 255.0, 2000)
            }
            _ => return Err(format!("unknown data {name}; expected digits, mnist or fashion").into()),
        };
        let mut order: Vec<usize> = (0..all.classes.len()).collect();
        order.shuffle(&mut stream(0, 0));
        let of = |k: usize, parts: usize| all.select(&order[k * part..(k + parts) * part]);
        // fresh pictures are as many as there are, since some failures pick among them
        let rest = (all.classes.len() / part - 2).min(3);
        Ok(Self { train: of(0, 1), real: of(1, 1), fresh: of(2, rest), side, white })
    }

    /// The failures by name, and their pictures.
    fn generators(&self) -> Vec<(&'static str, Array2<f64>)> {
        let n = self.real.classes.len();
        let first = |images: &Array2<f64>| images.slice(s![..n.min(images.nrows()), ..]).to_owned();
        let honest = first(&self.fresh.images);
        let mut rng = stream(0, 1);
        let noise = honest.mapv(|x| {
            let z: f64 = StandardNormal.sample(&mut rng);
            (x + 0.15 * self.white * z).clamp(0.0, self.white)
        });
        vec![
            ("honest", honest.clone()),
            ("copies", first(&self.train.images)),
            ("no class 3", repeated(self.fresh.of_classes(|class| class != 3), n)),
            ("one class", repeated(self.fresh.of_classes(|class| class == 1), n)),
            ("blur", self.blurred(&honest)),
            ("noise", noise),
            ("brighter", honest.mapv(|x| (x + 0.1 * self.white).min(self.white))),
        ]
    }

    /// Every pixel becomes the mean of itself and its neighbours, the four next to it counting half.
    fn blurred(&self, images: &Array2<f64>) -> Array2<f64> {
        let side = self.side as isize;
        let mut blurred = Array2::zeros(images.raw_dim());
        for (image, mut out) in images.rows().into_iter().zip(blurred.rows_mut()) {
            for (at, pixel) in out.iter_mut().enumerate() {
                let (i, j) = (at as isize / side, at as isize % side);
                let neighbours = [(0, 0, 1.0), (0, 1, 0.5), (1, 0, 0.5), (0, -1, 0.5), (-1, 0, 0.5)];
                let inside = neighbours
                    .iter()
                    .filter(|(di, dj, _)| (0..side).contains(&(i + di)) && (0..side).contains(&(j + dj)));
                let (sum, weight) = inside.fold((0.0, 0.0), |(sum, weight), (di, dj, w)| {
                    (sum + w * image[((i + di) * side + j + dj) as usize], weight + w)
                });
                *pixel = sum / weight;
            }
        }
        blurred
    }
}

/// The first `n` rows, from the beginning again where there are fewer.
fn repeated(images: Array2<f64>, n: usize) -> Array2<f64> {
    let rows: Vec<usize> = (0..n).map(|i| i % images.nrows()).collect();
    images.select(Along(0), &rows)
}

/// Principal components of the training set.
struct Features {
    mean: Array1<f64>,
    axes: Array2<f64>,
}

impl Features {
    fn of(images: ArrayView2<'_, f64>) -> Result<Self, Failure> {
        let mean = images.mean_axis(Along(0)).ok_or("no pictures")?;
        let centred = &images - &mean;
        let spectrum = linalg::eigh(linalg::gram(centred.view()).view())?;
        let from = spectrum.vectors.ncols().saturating_sub(COMPONENTS);
        Ok(Self { mean, axes: spectrum.vectors.slice_move(s![.., from..]) })
    }

    fn see(&self, images: &Array2<f64>) -> fenchel::Result<Empirical> {
        Empirical::new((images - &self.mean).dot(&self.axes))
    }
}

fn draw(data: &str, generators: &[(&'static str, Array2<f64>)], seen: &[(Metric, Vec<f64>)]) -> Figure {
    let values: Vec<f64> = seen.iter().flat_map(|(_, row)| row.iter().map(|x| x.clamp(0.0, DARKEST).round())).collect();
    let failures: Vec<&str> = generators.iter().map(|(name, _)| *name).collect();
    let scores: Vec<&str> = seen.iter().map(|(metric, _)| metric.name()).collect();
    let label = format!("spreads of the baseline, {DARKEST} or more drawn alike");
    let cells = Series::cells(label, &values, failures.len()).shades(0.0, DARKEST).printed();
    let panel =
        Panel::new(Axis::categories("generator", failures.clone()), Axis::categories("", scores.clone()).reversed())
            .add(cells)
            .size(78.0 * failures.len() as f64, 26.0 * scores.len() as f64);
    Figure::new(format!("What each score sees of a failing generator ({data})"), [panel])
}
