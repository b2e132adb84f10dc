//! B20: how well the discriminator is trained, seen from the certificate that it gives.
//!
//! What a discriminator leaves unproven of the divergence is `2 JSD - (V + ln 4)`. It is never negative, but for the error of
//! `V` on fresh samples. On the samples that it has learnt from, `V` proves nothing.

use super::affine::{Play, play};
use super::shared::{CHAPTER, rows};
use crate::claim::{Draft, smaller};
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::density;
use fenchel::gan::{Fit, GameValue, Objective, Penalty, Rows};
use fenchel::measure::density::Law;
use fenchel::numeric::{Sum, stream};
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::{Array2, Axis as Along};

const FIGURE: &str = "b20-discriminator-steps";
/// Rows of each kind that the overfitted discriminator learns from.
const FEW: usize = 40;

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    steps_of_the_discriminator(seed, claims, figures)?;
    few_rows(seed, claims)
}

fn about(id: &str, statement: String) -> Draft {
    Claim::about(id, CHAPTER, statement, "S1 L59-71, S4 L3; arXiv:1406.2661, Algorithm 1")
        .corrects("hardly readable; it seems to say that D should be trained better than G, by k steps to one")
}

/// B20: more steps of D to one of G leave less of the divergence unproven.
fn steps_of_the_discriminator(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    const STEPS: u64 = 800;
    let games = [1, 2, 5].map(|discriminator_steps| Play {
        objective: Objective::NonSaturating,
        penalty: Penalty::None,
        discriminator_steps,
        steps: STEPS,
    });
    let data = Law::normal(3.0, 0.5)?;
    let seen = games.into_iter().map(|game| play(game, data, seed)).collect::<Result<Vec<_>>>()?;
    let mean = |values: &[f64]| Sum::of(values.iter().copied()) / values.len() as f64;
    let gaps: Vec<f64> = seen.iter().map(|seen| mean(&seen.gaps())).collect();
    claims.push(
        about("B20", format!("A generator x = az + b learns N(3, ½²) in {STEPS} steps, against 1, 2 or 5 steps of D to one of its own. The more steps, the less of 2 JSD is left unproven by V + ln 4 on fresh samples, on average over the run"))
            .figure(FIGURE)
            .property(
                "falls from 1 to 2 to 5 steps",
                gaps.iter().map(|gap| format!("{gap:.4}")).collect::<Vec<_>>().join(", "),
                gaps.windows(2).all(|pair| pair[1] < pair[0]),
            ),
    );
    let least = seen.iter().flat_map(|seen| seen.gaps()).fold(f64::INFINITY, smaller);
    claims.push(
        about("B20.2", "V + ln 4 on fresh samples never exceeds 2 JSD by more than the error of 4000 samples of each kind: least of 2 JSD − (V + ln 4) at all steps looked at".to_owned())
            .figure(FIGURE)
            .at_least(least, -0.05),
    );
    let panels = [1, 2, 5].into_iter().zip(&seen).map(|(k, seen)| {
        let twice: Vec<f64> = seen.jsd.iter().map(|jsd| 2.0 * jsd).collect();
        let proven: Vec<f64> = seen.value.iter().map(|value| (value + 4f64.ln()).max(0.0)).collect();
        Panel::new(Axis::new("step of the generator"), Axis::new("nats").range(0.0, 1.45))
            .title(format!("{k} step{} of D to one of G", if k == 1 { "" } else { "s" }))
            .add(Series::band("unproven", &seen.step, &proven, &twice))
            .add(Series::line("2 JSD", &seen.step, &twice))
            .add(Series::line("V + ln 4, at least 0", &seen.step, &proven).style(2))
            .size(220.0, 200.0)
    });
    figures.push(Illustration {
        id: FIGURE,
        figure: Figure::new("How much of the divergence a discriminator proves as it is trained", panels),
        caption: "The same game with more and more steps of the discriminator. What it proves on fresh samples comes nearer to \
                  2 JSD of the generator’s law, which is computed."
            .to_owned(),
    });
    Ok(())
}

/// B20.3: a discriminator that has learnt few rows by heart.
fn few_rows(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let (p, q) = (Law::normal(0.0, 1.0)?, Law::normal(1.0, 1.0)?);
    let sample = |law: &Law, n, k| rows(law, n, &mut stream(seed, k));
    let (real, fake) = (sample(&p, FEW, 86), sample(&q, FEW, 87));
    let fit = Fit { steps: 3000, batch: 64, seed, ..Fit::default() };
    let learnt = fit.run(&Rows::new(real.view())?, &Rows::new(fake.view())?)?;
    let value = |x: &Array2<f64>, y: &Array2<f64>| {
        let column = |rows: &Array2<f64>| learnt.outputs(rows.view()).insert_axis(Along(1));
        GameValue::of(column(x).view(), column(y).view())
    };
    let truth = 2.0 * density::jsd(&p, &q)?.value - 4f64.ln();
    claims.push(
        about("B20.3", format!("A discriminator that has learnt {FEW} samples of N(0, 1) and {FEW} of N(1, 1) by heart proves nothing on them: its V there is above 2 JSD − ln 4, the most that any D can have"))
            .at_least(value(&real, &fake).value, truth + 0.1),
    );
    let fresh = value(&sample(&p, 20_000, 88), &sample(&q, 20_000, 89));
    claims.push(
        about("B20.4", format!("On 20,000 fresh samples of each law V of the discriminator that knows {FEW} of each by heart is below 2 JSD − ln 4, by more than four standard errors"))
            .at_most(fresh.value + 4.0 * fresh.std_error, truth),
    );
    Ok(())
}
