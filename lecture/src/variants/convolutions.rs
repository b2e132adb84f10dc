//! H1: DCGAN on the digits, beside the same game of dense networks; and what its generators draw before they have learnt anything.

use super::shared::{CHAPTER, GO_ON, MADE, Shown};
use crate::claim::Draft;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::gan::{Config, Gan, Rows};
use fenchel::linalg::eigh;
use fenchel::measure::Empirical;
use fenchel::nn::Layers;
use fenchel::numeric::stream;
use fenchel::plot::{Axis as Scale, Figure, Panel, Series};
use fenchel::score::{Pair, Permutations, frechet::frechet};
use ndarray::{Array2, ArrayView1, Axis, s};
use std::f64::consts::PI;

const FIGURE: &str = "h1-convolutions";
/// Steps of both, and those that dense networks take in about the time of DCGAN.
const STEPS: u64 = 250;
const DENSE_STEPS: u64 = 5 * STEPS;
/// Principal components of the digits that images are compared along.
const COMPONENTS: usize = 16;
/// Images whose waves are looked at.
const LOOKED_AT: usize = 400;

/// Generators from 2×2 to 8×8 pixels.
const UNEVEN: &str = "2x2x64 batch relu, up 32 3/2 batch relu, up 1 3/2 tanh";
const RESIZED: &str = "2x2x64 batch relu, nearest 32 3/2 batch relu, nearest 1 3/2 tanh";

/// Images along the principal components of real ones.
fn along_components(real: &Array2<f64>, images: &Array2<f64>) -> Result<Empirical> {
    let mean = real.sum_axis(Axis(0)) / real.nrows() as f64;
    let centred = real - &mean;
    let vectors = eigh(centred.t().dot(&centred).view())?.vectors;
    // the largest eigenvalues come last
    let largest = vectors.slice(s![.., vectors.ncols() - COMPONENTS..]);
    Empirical::new((images - &mean).dot(&largest))
}

/// Power of the wave of period 2 both across and down, the checkerboard, over that of its two neighbours.
fn checkerboard(images: &Array2<f64>) -> f64 {
    let power = |down: usize, across: usize| {
        let of_image = |image: ArrayView1<'_, f64>| {
            let wave = |part: fn(f64) -> f64| {
                let at = |pixel: usize| PI / 4.0 * (down * (pixel / 8) + across * (pixel % 8)) as f64;
                image.iter().enumerate().map(|(pixel, ink)| ink * part(at(pixel))).sum::<f64>()
            };
            wave(f64::cos).powi(2) + wave(f64::sin).powi(2)
        };
        images.rows().into_iter().map(of_image).sum::<f64>()
    };
    2.0 * power(4, 4) / (power(3, 4) + power(4, 3))
}

/// Images after so many steps; after none, those of the initial weights.
fn made(config: Config, steps: u64, learnt: &Shown, number: usize) -> Result<Array2<f64>> {
    let seed = config.seed;
    let mut run = Gan::new(config, Rows::new(learnt.images.view())?)?;
    run.train(steps, |_| GO_ON);
    Ok(run.generate(number, &mut stream(seed, MADE)))
}

fn about(id: &str, statement: String) -> Draft {
    Claim::about(id, CHAPTER, statement, "S2 L789-800; arXiv:1511.06434").figure(FIGURE)
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let [learnt, held_out] = Shown::digits().halves(seed);
    let dcgan = Config { steps: STEPS, seed, averaging: Some(0.99), ..Config::dcgan() };
    let dense = Config {
        generator_hidden: Layers::leaky(&[128; 2]),
        discriminator_hidden: Layers::leaky(&[128; 2]),
        ..dcgan.clone()
    };
    let number = held_out.labels.len();
    let (convolved, (dense, longer)) = rayon::join(
        || made(dcgan.clone(), STEPS, &learnt, number),
        || (made(dense.clone(), STEPS, &learnt, number), made(dense.clone(), DENSE_STEPS, &learnt, number)),
    );
    let (convolved, dense, longer) = (convolved?, dense?, longer?);
    let real = along_components(&held_out.images, &held_out.images)?;
    let distance = |images: &Array2<f64>| {
        let images = along_components(&held_out.images, images)?;
        Ok::<f64, fenchel::Error>(frechet(&Pair::new(&real, &images)?, Permutations::none())?.value)
    };
    let [of_convolved, of_dense, of_longer] = [distance(&convolved)?, distance(&dense)?, distance(&longer)?];
    claims.push(
        about("H1", format!("DCGAN on half of the digits beside the same game of dense networks of two layers of 128, {STEPS} steps each: the Fréchet distance to the other half along {COMPONENTS} principal components is lower with convolutions"))
            .corrects("a step of DCGAN takes about five times as long, and in so short a time dense networks come nearer; after five seconds of each, DCGAN is nearer for every one of ten seeds (benches/systems.md)")
            .property(
                "lower with convolutions after as many steps",
                format!("{of_convolved:.2} with convolutions, {of_dense:.2} with dense layers, and {of_longer:.2} with these after {DENSE_STEPS} steps"),
                of_convolved < of_dense && of_longer < of_convolved,
            ),
    );
    let untrained = |layers: &str| {
        made(Config { generator_hidden: layers.parse()?, averaging: None, ..dcgan.clone() }, 0, &learnt, LOOKED_AT)
    };
    let (uneven, resized) = (untrained(UNEVEN)?, untrained(RESIZED)?);
    let waves = [checkerboard(&uneven), checkerboard(&resized)];
    claims.push(
        about("H1.2", format!("Before any training, transposed convolutions of side 3 and stride 2 draw a checkerboard and convolutions after resizing do not: power of its wave over that of the waves next to it, of {LOOKED_AT} images, above 1 and below 1"))
            .property("above 1, and below 1", format!("{:.2} and {:.2}", waves[0], waves[1]), waves[0] > 1.0 && waves[1] < 1.0),
    );
    figures.push(picture([
        (&held_out.images, "real digits"),
        (&convolved, "DCGAN"),
        (&dense, "dense networks"),
        (&uneven, "transposed, untrained"),
        (&resized, "resized, untrained"),
    ]));
    Ok(())
}

/// Images of each generator, seven in a line.
const SHOWN: usize = 42;

fn picture(shown: [(&Array2<f64>, &str); 5]) -> Illustration {
    let tables = shown.iter().map(|(images, title)| {
        let rows: Vec<Vec<f64>> = images.rows().into_iter().take(SHOWN).map(|row| row.to_vec()).collect();
        let pictures: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let most = images.slice(s![..SHOWN, ..]).iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        Panel::pictures(&pictures, 8, 7, -most, most).title(*title)
    });
    let waves: Vec<f64> = shown.iter().map(|(images, _)| checkerboard(images)).collect();
    let bars = Panel::new(
        Scale::new("power of the checkerboard / next to it").include(0.0),
        Scale::categories("", shown.iter().map(|(_, name)| *name)).reversed(),
    )
    .add(Series::bars("wave of period 2", &waves).horizontal())
    .guide_x(1.0, "no peak");
    Illustration {
        id: FIGURE,
        figure: Figure::grid("Convolutions on the digits", 3, tables.chain([bars])),
        caption: "Real digits, what DCGAN and dense networks draw after as many steps, and what two generators draw before they have learnt \
                  anything: with transposed convolutions whose side the stride does not divide, a checkerboard; after resizing, none. The bars are the power of the wave of period 2 in both directions over that of its neighbours."
            .to_owned(),
    }
}
