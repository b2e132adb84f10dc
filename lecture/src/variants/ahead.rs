//! H14 and H10: a generator that looks ahead, and the reconstruction loss of generators with known faults.

use super::shared::CHAPTER;
use crate::claim::Draft;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::gan::{Config, Gan, Inversion, Learning, ModeScores, Rows, Toy, Training, Unrolled, UnrolledConfig};
use fenchel::nn::{Activation, Layers, Mlp, Rule};
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::{Array2, Axis as Along, concatenate};
use std::ops::ControlFlow;

const FIGURE: &str = "h14-steps-ahead";
const STEPS: u64 = 200;
/// Steps of the generator to one of the discriminator: so many that it can run to wherever the discriminator is highest.
const TO_ONE: usize = 10;
const SAMPLES: usize = 2500;

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    steps_ahead(seed, claims, figures)?;
    reconstruction(seed, claims)
}

fn steps_ahead(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let law = Toy::ring8();
    let of = |ahead: usize| -> Result<(Array2<f64>, ModeScores)> {
        let config = UnrolledConfig {
            ahead,
            generator_steps: TO_ONE,
            generator: Layers::leaky(&[32, 32]),
            discriminator: Layers::leaky(&[32, 32]),
            learning: Learning::new(Rule::adam(1e-3, 0.5, 0.999)),
            steps: STEPS,
            seed,
            ..UnrolledConfig::default()
        };
        let mut run = Training::<Unrolled>::new(config, law)?;
        run.train(STEPS, |_| ControlFlow::Continue(()));
        let samples = run.generate(SAMPLES, &mut stream(seed, 170));
        let scores = ModeScores::new(samples.view(), &law)?;
        Ok((samples, scores))
    };
    let (plain, unrolled) = (of(0)?, of(5)?);
    let about = |id: &str, statement: String| -> Draft {
        Claim::about(id, CHAPTER, statement, "arXiv:1611.02163; anchor of the benchmarks, not in S2").figure(FIGURE)
    };
    claims.push(
        about("H14", format!("A generator that takes {TO_ONE} steps to one of the discriminator runs to where that is highest, and loses modes; one that sees the discriminator five steps ahead does not: reverse KL of the shares of the ring’s modes after {STEPS} rounds, that of the plain game less that of the unrolled one"))
            .at_least(plain.1.reverse_kl() - unrolled.1.reverse_kl(), 0.5),
    );
    let centres = law.centres();
    let column = |points: &Array2<f64>, k: usize| points.column(k).iter().take(500).copied().collect::<Vec<f64>>();
    let panels = [("no step ahead", &plain.0), ("five steps ahead", &unrolled.0)].map(|(title, samples)| {
        Panel::new(Axis::new("x").range(-1.7, 1.7), Axis::new("y").range(-1.7, 1.7))
            .equal()
            .title(title)
            .size(230.0, 230.0)
            .add(Series::points("generated", &column(samples, 0), &column(samples, 1)))
            .add(Series::points("centre of a mode", &column(&centres, 0), &column(&centres, 1)))
    });
    figures.push(Illustration {
        id: FIGURE,
        figure: Figure::new("Looking ahead of the discriminator", panels),
        caption: format!("500 samples of each generator after {STEPS} rounds of the same game, in which it takes {TO_ONE} steps to one of the discriminator. Those outside the frame are not shown."),
    });
    Ok(())
}

/// A generator that knows some rows only, each on a step of a staircase over a code on the line.
fn of_rows(rows: &Array2<f64>) -> Mlp<f32> {
    let n = rows.nrows();
    let mut stairs = Mlp::<f32>::new(&[1, n - 1, 2], Activation::Sigmoid, Activation::Linear, &mut stream(0, 0));
    for k in 0..n - 1 {
        // steps of equal probability under the normal law
        let cut = fenchel::numeric::special::normal_quantile((k as f64 + 1.0) / n as f64);
        stairs.layers[0].weight[[0, k]] = 1e5;
        stairs.layers[0].bias[[0, k]] = (-1e5 * cut) as f32;
        for axis in 0..2 {
            stairs.layers[1].weight[[k, axis]] = (rows[[k + 1, axis]] - rows[[k, axis]]) as f32;
        }
    }
    (0..2).for_each(|axis| stairs.layers[1].bias[[0, axis]] = rows[[0, axis]] as f32);
    stairs
}

fn reconstruction(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let law = Toy::Ring { modes: 8, radius: 1.0, sigma: 0.1 };
    let mut rng = stream(seed, 171);
    let (x, modes) = law.sample_with_modes(600, &mut rng);
    let of = |wanted: &dyn Fn(usize) -> bool, rows: std::ops::Range<usize>| {
        let chosen: Vec<usize> = rows.filter(|&i| wanted(modes[i])).collect();
        x.select(Along(0), &chosen)
    };
    let (kept, all) = (|mode: usize| mode < 4, |_: usize| true);
    // one generator has lost four modes, the other knows forty rows of all modes
    let config = Config { steps: 1500, seed, ..Config::plain() };
    let mut collapsed = Gan::new(config, Rows::new(of(&kept, 0..300).view())?)?;
    collapsed.train(1500, |_| ControlFlow::Continue(()));
    let known = of(&all, 0..40);
    let memory = of_rows(&known);
    let search = Inversion { restarts: 40, steps: 10, rule: Rule::adam(0.1, 0.9, 0.99) };
    let stairs = Inversion { restarts: 400, steps: 0, ..search.clone() };
    let lost = of(&|mode| mode >= 4, 300..600);
    let present = of(&kept, 300..600);
    let mut missed = |search: &Inversion, generator: &Mlp<f32>, x: &Array2<f64>| -> Result<f64> {
        Ok(search.run(generator, x.view(), &mut rng)?.mean().unwrap_or(f64::NAN))
    };
    let of_collapsed =
        [missed(&search, collapsed.generator(), &present)?, missed(&search, collapsed.generator(), &lost)?];
    let fresh = concatenate![Along(0), present, lost];
    let of_memory = [missed(&stairs, &memory, &known)?, missed(&stairs, &memory, &fresh)?];
    let nearest = |x: ndarray::ArrayView1<'_, f64>| {
        known.rows().into_iter().map(|y| (&x - &y).mapv(|d| d * d).sum()).fold(f64::INFINITY, crate::claim::smaller)
    };
    let to_nearest = fresh.rows().into_iter().map(nearest).sum::<f64>() / fresh.nrows() as f64;
    let about = |id: &str, statement: &str| -> Draft {
        Claim::about(id, CHAPTER, statement, "S2 L1242-1244; arXiv:1704.03971").corrects(
            "the minimum over z is not convex, so it is searched from several starts; the slide names no source",
        )
    };
    claims.push(
        about("H10", "The reconstruction loss, the mean of min_z ‖G(z) − x‖² by restarts, sees collapse: a generator that was trained on four modes of eight, on fresh samples of the lost modes by that on fresh samples of the others")
            .at_least(of_collapsed[1] / of_collapsed[0], 10.0),
    );
    claims.push(
        about("H10.2", "The reconstruction loss sees memorising where it is not collapse: a generator of forty rows has none on these, and on fresh samples the mean square of the distance to the nearest row; of its rows, and of fresh ones less that mean")
            .vector(&[of_memory[0], of_memory[1] - to_nearest], &[0.0, 0.0], 1e-5),
    );
    claims.push(
        about("H10.3", "The reconstruction loss tells the two apart on dropped modes: the generator of four modes by that of forty rows, on fresh samples of the modes that the first has lost")
            .at_least(of_collapsed[1] / missed(&stairs, &memory, &lost)?, 10.0),
    );
    Ok(())
}
