//! Smoothed labels (row C6): targets `a` for real and `b` for generated samples in place of 1 and 0.

use super::shared::{CHAPTER, least, pair};
use crate::shared::linspace;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::{FDivergence, f_divergence};
use fenchel::gan::Objective;
use fenchel::measure::Pmf;
use fenchel::nn::Tape;
use fenchel::numeric::{Ascent, sigmoid};
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::Array2;

const SOURCE: &str = "S0 L51-59";
const FIGURE: &str = "c6-smoothed-labels";

/// Parts into which the mass of each law is cut.
const PARTS: usize = 20;

/// The best `D` at a point that has so many of the parts of the real law, and all the others of the generated one, by descent
/// on the loss of the trainer; and that loss.
fn best_at(labels: (f64, f64), real: usize) -> (f64, f64) {
    // a second point has the rest of both
    let rows = |here: usize| {
        Array2::from_shape_fn((PARTS, 2), |(row, point)| f64::from(u8::from((row < here) == (point == 0))))
    };
    let objective = |at: &[f64]| {
        let tape = Tape::new();
        let leaf = tape.leaf(Array2::from_shape_fn((2, 1), |(i, _)| at[i]));
        let outputs = |here: usize| tape.leaf(rows(here)).matmul(leaf);
        let loss = Objective::NonSaturating.smoothed_loss(labels, outputs(real), outputs(PARTS - real));
        (-loss.scalar(), loss.gradients(&[leaf])[0].value().iter().map(|slope| -slope).collect())
    };
    let found = Ascent::TO_ROUNDING.maximise(objective, vec![0.0; 2]);
    (sigmoid(found.at[0]), -found.value)
}

pub(super) fn claims(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let about = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("{SOURCE}; {row}"))
            .corrects("the heading has no formula")
            .figure(FIGURE)
    };
    let (d, loss) = best_at((0.9, 0.0), PARTS / 2);
    claims.push(
        about("C6", "One-sided smoothing, real samples labelled a = .9: the best discriminator at q = p is a/2 = .45, by descent on the trainer’s loss", "O144")
            .absolute(d, 0.45, 1e-9),
    );
    claims.push(
        about("C6.2", "With the labels .9 and 0 the value of the game at q = p is 2 (.45 ln .45 + .55 ln .55): minus the trainer’s least loss", "O145")
            .relative(-loss, -1.376_277_627_427_176_9, 1e-14),
    );
    let (p, q) = pair()?;
    let labels = (0.9, 0.1);
    let (logits, loss) = least(&move |real, fake| Objective::NonSaturating.smoothed_loss(labels, real, fake));
    let formula: Vec<f64> = p.masses().iter().zip(q.masses()).map(|(p, q)| (0.9 * p + 0.1 * q) / (p + q)).collect();
    claims.push(
        about("C6.3", "Labels a = .9 and b = .1: D* = (a p + b q)/(p + q) for p = (.1, .4, .5), q = (.8, .15, .05), by descent on the trainer’s loss", "O148")
            .vector(&logits.map(sigmoid), &formula, 1e-8),
    );
    let smoothed = FDivergence::LabelSmoothed { real: 0.9, fake: 0.1 };
    claims.push(
        about("C6.4", "The game with the labels .9 and .1 is an f-divergence still: for p = (.1, .4, .5), q = (.8, .15, .05) minus the trainer’s least loss is the divergence `LabelSmoothed` of the library", "O148")
            .relative(-loss, f_divergence(&smoothed, &p, &q)?.value, 1e-13),
    );
    let apart = [Pmf::new([1.0, 0.0])?, Pmf::new([0.0, 1.0])?];
    let one_sided = FDivergence::LabelSmoothed { real: 0.9, fake: 0.0 };
    claims.push(
        about("C6.5", "Disjoint laws with the labels .9 and 0: the value of the game is .9 ln .9 + .1 ln .1, for a discriminator that is finite on real samples", "O146")
            .relative(f_divergence(&one_sided, &apart[0], &apart[1])?.value, -0.325_082_973_391_448_26, 1e-14),
    );
    let rewarded = [((0.9, 0.1), 0.18), ((0.9, 0.0), 0.09), ((1.0, 0.0), 0.1)]
        .map(|(labels, d)| (best_at(labels, PARTS / 10).0, d));
    claims.push(
        about("C6.6", "At a point with nine times as much generated mass as real, D* is .1 with hard labels, .09 with (.9, 0) and .18 with (.9, .1): smoothing the label of generated samples rewards the modes that it has already", "O148")
            .vector(&rewarded.map(|(found, _)| found), &rewarded.map(|(_, expected)| expected), 1e-8),
    );
    let share = linspace(0.02, 0.98, 49);
    let mut panel =
        Panel::new(Axis::new("share of real samples at a point, p/(p + q)"), Axis::new("best D").range(0.0, 1.0));
    for (name, a, b) in [("labels 1, 0", 1.0, 0.0), ("labels .9, 0", 0.9, 0.0), ("labels .9, .1", 0.9, 0.1)] {
        panel =
            panel.add(Series::line(name, &share, &share.iter().map(|p| a * p + b * (1.0 - p)).collect::<Vec<f64>>()));
    }
    let counts = [1, 4, 8, 12, 16, 19];
    let at = counts.map(|real| real as f64 / PARTS as f64);
    let found = counts.map(|real| best_at(labels, real).0);
    figures.push(Illustration {
        id: FIGURE,
        figure: Figure::new("The best discriminator with smoothed labels", [panel.add(Series::points("(.9, .1), by descent", &at, &found))]),
        caption: "Smoothing the label of real samples lowers D everywhere. Smoothing that of generated samples lifts D where there \
                  are only these, so that the generator is paid for staying there."
            .to_owned(),
    });
    Ok(())
}
