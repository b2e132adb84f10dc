//! H2: arithmetic with noise, on images with two factors.

use super::shared::{CHAPTER, GO_ON, MADE, Shown};
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::gan::{Config, Faces, Gan, Penalty};
use fenchel::nn::Layers;
use fenchel::numeric::stream;
use fenchel::plot::{Figure, Panel};
use ndarray::{Array1, Array2, Axis};
use rand_distr::{Distribution, StandardNormal};

const FIGURE: &str = "h2-arithmetic";
const STEPS: u64 = 800;
const LATENT: usize = 8;
/// Draws of the noise among which are those of each class.
const DRAWN: usize = 4000;
/// Sums of each class that are tried at most, and how many of them are drawn.
const TRIED: usize = 100;
const PICTURED: usize = 3;
/// Draws that a mean is taken of, as in the lecture.
const MEAN_OF: usize = 3;
const NAMES: [&str; 4] = ["short, earnest", "short, smiling", "long, earnest", "long, smiling"];

/// The sum for a class: means of noise that makes three other classes, and their sum.
struct Sum {
    class: usize,
    terms: [Array1<f32>; 3],
    total: Array1<f32>,
}

/// Sums `z(hair, other mouth) - z(other hair, other mouth) + z(other hair, mouth)`, each term a mean of noise of that class.
fn sums(noise: &Array2<f32>, names: &[usize]) -> Vec<Sum> {
    let mut found = Vec::new();
    for class in 0..4 {
        let terms = [class ^ 1, class ^ 3, class ^ 2];
        let rows = terms.map(|term| (0..names.len()).filter(|&i| names[i] == term).collect::<Vec<usize>>());
        let tried = rows.iter().map(|rows| rows.len() / MEAN_OF).min().unwrap_or(0).min(TRIED);
        for k in 0..tried {
            let mean = |rows: &Vec<usize>| {
                let chosen = noise.select(Axis(0), &rows[MEAN_OF * k..MEAN_OF * (k + 1)]);
                chosen.sum_axis(Axis(0)) / MEAN_OF as f32
            };
            let [a, b, c] = rows.each_ref().map(mean);
            found.push(Sum { class, total: &a - &b + &c, terms: [a, b, c] });
        }
    }
    found
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let config = Config {
        penalty: Penalty::R1R2(1.0),
        latent: LATENT,
        generator_hidden: Layers::leaky(&[128; 2]),
        discriminator_hidden: Layers::leaky(&[128; 2]),
        batch: 64,
        steps: STEPS,
        seed,
        ..Config::digits()
    };
    let mut run = Gan::new(config, Faces)?;
    run.train(STEPS, |_| GO_ON);
    let made = |noise: &Array2<f32>| run.generator().apply(noise.view()).mapv(f64::from);
    let judge = Shown { images: Faces::templates(), labels: (0..4).collect() };
    let mut rng = stream(seed, MADE);
    let noise = Array2::from_shape_simple_fn((DRAWN, LATENT), || StandardNormal.sample(&mut rng));
    let sums = sums(&noise, &judge.names(&made(&noise))?);
    let mut totals = Array2::zeros((sums.len(), LATENT));
    totals.rows_mut().into_iter().zip(&sums).for_each(|(mut row, sum)| row.assign(&sum.total));
    let asked: Vec<usize> = sums.iter().map(|sum| sum.class).collect();
    let share = judge.as_asked(&made(&totals), &asked)?;
    let (low, high) = share.interval.unwrap_or((f64::NAN, f64::NAN));
    claims.push(
        Claim::about("H2", CHAPTER, format!("Arithmetic with noise, each term the mean of three draws: z(smiling, long hair) − z(earnest, long hair) + z(earnest, short hair) makes a smiling face with short hair, and so for all four classes. A GAN on small faces with two factors, {STEPS} steps; share of {} sums that land in their class, of which chance would give a quarter", sums.len()), "S2 L807; arXiv:1511.06434")
            .figure(FIGURE)
            .property("the interval of 90 % is above 1/2", format!("{:.3}, from {low:.3} to {high:.3}", share.value), low > 0.5),
    );
    figures.push(picture(&sums, &made));
    Ok(())
}

fn picture(sums: &[Sum], made: &dyn Fn(&Array2<f32>) -> Array2<f64>) -> Illustration {
    let panels = (0..4).map(|class| {
        let chosen: Vec<&Sum> = sums.iter().filter(|sum| sum.class == class).take(PICTURED).collect();
        let codes: Vec<&Array1<f32>> = chosen.iter().flat_map(|sum| sum.terms.iter().chain([&sum.total])).collect();
        let mut noise = Array2::zeros((codes.len(), LATENT));
        noise.rows_mut().into_iter().zip(codes).for_each(|(mut row, code)| row.assign(code));
        let rows: Vec<Vec<f64>> = made(&noise).rows().into_iter().map(|row| row.to_vec()).collect();
        let pictures: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let [a, b, c] = [class ^ 1, class ^ 3, class ^ 2].map(|term: usize| NAMES[term]);
        Panel::pictures(&pictures, 8, 4, -1.0, 1.0).title(format!("{a} − {b} + {c}"))
    });
    Illustration {
        id: FIGURE,
        figure: Figure::grid("Arithmetic with noise", 2, panels),
        caption:
            "In each row: the images of three means of noise, and that of the first less the second plus the third."
                .to_owned(),
    }
}
