//! H5: AC-GAN, a generator that is told what to make, and the "game character with a given pose" of the slides.

use super::shared::{CHAPTER, GO_ON, MADE, Shown, agreement};
use crate::claim::Draft;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::gan::{AcGan, AcGanConfig, LabelledRows, Toy, Training};
use fenchel::numeric::stream;
use fenchel::plot::{Figure, Panel};
use ndarray::{Array2, Axis, concatenate};

const FIGURE: &str = "h5-conditional";
/// By how many pixels a row of a leaning digit is moved against the next.
const LEAN: f64 = 0.6;
const RING_STEPS: u64 = 1000;
const DIGIT_STEPS: u64 = 600;
const LEANING_STEPS: u64 = 800;
/// Images of a class that are drawn.
const DRAWN: usize = 10;

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let (ring, (digits, leaning)) = rayon::join(|| ring(seed), || rayon::join(|| digits(seed), || leaning(seed)));
    claims.push(ring?);
    let ((about_digits, digits), (about_leaning, leaning)) = (digits?, leaning?);
    claims.push(about_digits);
    claims.extend(about_leaning);
    figures.push(picture(&digits, &leaning));
    Ok(())
}

fn about(id: &str, statement: String) -> Draft {
    Claim::about(id, CHAPTER, statement, "S2 L1117-1136; arXiv:1610.09585")
}

/// Trains, and makes `each` images of each of `classes` classes, one class after another.
fn trained(
    config: AcGanConfig,
    data: LabelledRows,
    (classes, each): (usize, usize),
) -> Result<(Array2<f64>, Vec<usize>)> {
    let (steps, seed) = (config.steps, config.seed);
    let mut run = Training::<AcGan>::new(config, data)?;
    run.train(steps, |_| GO_ON);
    let asked: Vec<usize> = (0..classes * each).map(|k| k / each).collect();
    Ok((run.generate(&asked, &mut stream(seed, MADE)), asked))
}

fn ring(seed: u64) -> Result<Claim> {
    let law = Toy::ring8();
    let mut run = Training::<AcGan>::new(AcGanConfig { steps: RING_STEPS, seed, ..AcGanConfig::default() }, law)?;
    run.train(RING_STEPS, |_| GO_ON);
    let asked: Vec<usize> = (0..2000).map(|k| k % 8).collect();
    let made = run.generate(&asked, &mut stream(seed, MADE));
    let modes = Shown { images: law.centres(), labels: (0..8).collect() };
    Ok(about("H5", format!("AC-GAN on the ring of eight, a class for each mode, {RING_STEPS} steps: share of 2000 samples that are nearest to the mode that was asked for"))
        .at_least(modes.as_asked(&made, &asked)?.value, 0.9))
}

fn digits(seed: u64) -> Result<(Claim, Array2<f64>)> {
    let [learnt, held_out] = Shown::digits().halves(seed);
    let config = AcGanConfig { steps: DIGIT_STEPS, seed, ..AcGanConfig::pictures() };
    let (made, asked) = trained(config, learnt.source()?, (10, 100))?;
    let share = held_out.as_asked(&made, &asked)?;
    let claim = about("H5.2", format!("AC-GAN on half of the 8×8 digits, {DIGIT_STEPS} steps: share of 1000 images that show the digit that was asked for, by the nearest image of the other half"))
        .figure(FIGURE)
        .at_least(share.value, 0.85);
    Ok((claim, made))
}

fn leaning(seed: u64) -> Result<(Vec<Claim>, Array2<f64>)> {
    let digits = fenchel::io::digits();
    let images = concatenate![Axis(0), digits.leaning(-LEAN), digits.leaning(LEAN)].mapv(|ink| ink / 8.0 - 1.0);
    let labels =
        [0, 1].into_iter().flat_map(|lean| digits.labels.iter().map(move |&digit| 2 * usize::from(digit) + lean));
    let [learnt, held_out] = Shown { images, labels: labels.collect() }.halves(seed);
    let config = AcGanConfig { steps: LEANING_STEPS, seed, ..AcGanConfig::pictures() };
    let (made, asked) = trained(config, learnt.source()?.with_factors(&[10, 2])?, (20, 50))?;
    let names = held_out.names(&made)?;
    let part = |of: &dyn Fn(usize) -> usize| {
        let [found, asked] = [&names, &asked].map(|classes| classes.iter().map(|&class| of(class)).collect::<Vec<_>>());
        agreement(&found, &asked)
    };
    let system = "A conditional generator with two factors, which digit and to which side it leans";
    let claims = vec![
        about("H5.3", format!("{system}, {LEANING_STEPS} steps: share of 1000 images that show the digit that was asked for, by the nearest leaning digit that was not learnt from"))
            .corrects("the slide has the name of a game character and a pose; here both are factors of a class with a softmax each")
            .figure(FIGURE)
            .at_least(part(&|class| class / 2), 0.85),
        about("H5.4", format!("{system}: share of 1000 images that lean to the side that was asked for, by the nearest leaning digit that was not learnt from"))
            .figure(FIGURE)
            .at_least(part(&|class| class % 2), 0.85),
    ];
    Ok((claims, made))
}

/// The first images of each class, a class a row.
fn table(made: &Array2<f64>, classes: &[usize], each: usize, title: &str) -> Panel {
    let rows: Vec<Vec<f64>> = classes
        .iter()
        .flat_map(|class| (0..DRAWN).map(move |k| class * each + k))
        .map(|row| made.row(row).iter().map(|x| x.clamp(-1.0, 1.0)).collect())
        .collect();
    let pictures: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    Panel::pictures(&pictures, 8, DRAWN, -1.0, 1.0).title(title)
}

fn picture(digits: &Array2<f64>, leaning: &Array2<f64>) -> Illustration {
    let every: Vec<usize> = (0..10).collect();
    let [left, right] = [0, 1].map(|lean| every.iter().map(|digit| 2 * digit + lean).collect::<Vec<_>>());
    Illustration {
        id: FIGURE,
        figure: Figure::grid(
            "Images of a class that was asked for",
            3,
            [
                table(digits, &every, 100, "a digit"),
                table(leaning, &left, 50, "a digit, leaning to the left"),
                table(leaning, &right, 50, "a digit, leaning to the right"),
            ],
        ),
        caption: "A row of each table is a class, from 0 to 9, with ten draws of the noise. The two on the right are of one generator, \
                  which is told the digit and its slant: the lecture’s character and pose."
            .to_owned(),
    }
}
