//! H7: StackGAN, small images first, beside one generator that makes the whole image at once.

use super::shared::{CHAPTER, GO_ON, MADE, Shown, mean_of_few};
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::gan::{Stacked, StackedConfig, Training};
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::score::{Pair, Permutations, frechet::frechet};
use ndarray::Array2;
use rayon::prelude::*;

const FIGURE: &str = "h7-stages";
const STEPS: u64 = 500;
const SEEDS: u64 = 3;

/// Images of the classes of the half that no game has seen, and their distance from it.
struct Made {
    images: Array2<f64>,
    distance: f64,
    as_asked: f64,
}

fn made(first: f64, seed: u64) -> Result<Made> {
    let [learnt, held_out] = Shown::digits().halves(seed);
    let config = StackedConfig { first, steps: STEPS, seed, ..StackedConfig::default() };
    let mut run = Training::<Stacked>::new(config, learnt.source()?)?;
    run.train(STEPS, |_| GO_ON);
    let images = run.generate(&held_out.labels, &mut stream(seed, MADE));
    let (real, generated) = (Empirical::new(held_out.images.clone())?, Empirical::new(images.clone())?);
    let distance = frechet(&Pair::new(&real, &generated)?, Permutations::none())?.value;
    Ok(Made { as_asked: held_out.as_asked(&images, &held_out.labels)?.value, images, distance })
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let first = StackedConfig::default().first;
    let pairs = (0..SEEDS).into_par_iter().map(|k| Ok((made(0.0, seed + k)?, made(first, seed + k)?)));
    let pairs = pairs.collect::<Result<Vec<(Made, Made)>>>()?;
    let differences: Vec<f64> = pairs.iter().map(|(one, two)| two.distance - one.distance).collect();
    let (difference, half) = mean_of_few(&differences);
    let mean = |of: &dyn Fn(&(Made, Made)) -> f64| pairs.iter().map(of).sum::<f64>() / SEEDS as f64;
    let [one, two] = [mean(&|pair| pair.0.distance), mean(&|pair| pair.1.distance)];
    claims.push(
        Claim::about("H7", CHAPTER, format!("StackGAN on half of the digits, 4×4 and then 8×8, beside one stage of as many steps ({STEPS}), both told the class: at this size the small images are a detour, and one stage comes nearer to the other half, by Fréchet’s distance over {SEEDS} seeds in pairs"), "S2 L1192-1208; arXiv:1612.03242")
            .figure(FIGURE)
            .property(
                "the interval of the difference is above 0",
                format!("{one:.2} in one stage, {two:.2} in two; difference {difference:.2} ± {half:.2}"),
                difference - half > 0.0,
            ),
    );
    claims.push(
        Claim::about("H7.2", CHAPTER, "StackGAN in two stages: share of the images that show the digit that was asked for, by the nearest image of the half that was not learnt from", "S2 L1192-1208; arXiv:1612.03242")
            .figure(FIGURE)
            .at_least(mean(&|pair| pair.1.as_asked), 0.85),
    );
    figures.push(picture(&pairs));
    Ok(())
}

fn picture(pairs: &[(Made, Made)]) -> Illustration {
    let table = |made: &Made, title: &str| {
        let rows: Vec<Vec<f64>> = made
            .images
            .rows()
            .into_iter()
            .take(60)
            .map(|row| row.iter().map(|x| x.clamp(-1.0, 1.0)).collect())
            .collect();
        let pictures: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        Panel::pictures(&pictures, 8, 10, -1.0, 1.0).title(title)
    };
    let seeds: Vec<f64> = (0..pairs.len()).map(|k| k as f64).collect();
    let distances = |of: &dyn Fn(&(Made, Made)) -> f64| pairs.iter().map(of).collect::<Vec<f64>>();
    Illustration {
        id: FIGURE,
        figure: Figure::new(
            "One stage and two, after as many steps",
            [
                table(&pairs[0].0, "one stage"),
                table(&pairs[0].1, "two stages"),
                Panel::new(Axis::new("seed, from that of the report on"), Axis::new("Fréchet distance").include(0.0))
                    .add(Series::line("one stage", &seeds, &distances(&|pair| pair.0.distance)).markers())
                    .add(Series::line("two stages", &seeds, &distances(&|pair| pair.1.distance)).markers()),
            ],
        ),
        caption: "Digits of the same classes from the same noise’s law. The second stage begins with the images of the first, enlarged, and \
                  learns what is missing."
            .to_owned(),
    }
}
