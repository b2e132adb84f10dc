//! B22: real and generated samples in one batch or in two, before a discriminator with batch normalisation.
//!
//! Batch normalisation takes from each column its mean and its deviation over the batch. With a batch for each kind of
//! sample, two laws that differ by a shift become one law, and no discriminator behind it can tell them apart.

use super::shared::{CHAPTER, rows};
use crate::Claim;
use fenchel::Result;
use fenchel::divergence::density;
use fenchel::gan::{GameValue, Objective};
use fenchel::measure::density::Law;
use fenchel::nn::{Activation, Mlp, Optimizer, Rule, Tape, Var};
use fenchel::numeric::stream;
use ndarray::{Array2, Axis, concatenate};

const ROWS: usize = 128;
const HIDDEN: usize = 16;
const STEPS: usize = 400;
/// Batches that a trained discriminator is judged on.
const JUDGED: usize = 100;
const SHIFT: f64 = 1.5;

/// The logits of real and of generated samples: a dense layer, normalised over the batch, tanh, and a dense layer.
fn logits<'t>(parameters: &[Var<'t, f64>], mixed: bool, (real, fake): (Array2<f64>, Array2<f64>)) -> [Var<'t, f64>; 2] {
    let judge = |rows: Array2<f64>| {
        let [weight, bias, last, last_bias] = parameters else { panic!("two layers") };
        let normalised = weight.tape().leaf(rows).dense(*weight, *bias).normalised_columns();
        normalised.tanh().dense(*last, *last_bias)
    };
    if mixed {
        let all = judge(concatenate![Axis(0), real, fake]).reshape((1, 2 * ROWS));
        [0..ROWS, ROWS..2 * ROWS].map(|kind| all.columns(kind).reshape((ROWS, 1)))
    } else {
        [judge(real), judge(fake)]
    }
}

/// Trains a discriminator on the trainer's loss and judges it on batches that it has not seen: the mean of `V` and the share
/// of samples that it names rightly.
fn judged(mixed: bool, real: &Law, fake: &Law, seed: u64) -> (f64, f64) {
    let mut discriminator = Mlp::new(&[1, HIDDEN, 1], Activation::Tanh, Activation::Linear, &mut stream(seed, 81));
    let mut optimiser = Optimizer::new(Rule::adam(0.01, 0.9, 0.999));
    let mut rng = stream(seed, 82);
    let mut tape = Tape::<f64>::new();
    let (mut value, mut accuracy) = (0.0, 0.0);
    for step in 0..STEPS + JUDGED {
        tape.clear();
        let bound = discriminator.bind(&tape);
        let samples = (rows(real, ROWS, &mut rng), rows(fake, ROWS, &mut rng));
        let [on_real, on_fake] = logits(bound.parameters(), mixed, samples);
        if step < STEPS {
            let loss = Objective::NonSaturating.discriminator_loss(on_real, on_fake);
            optimiser.step(discriminator.parameters_mut(), &bound.gradients(loss));
        } else {
            let game = GameValue::of(on_real.value().view(), on_fake.value().view());
            value += game.value / JUDGED as f64;
            accuracy += game.accuracy / JUDGED as f64;
        }
    }
    (value, accuracy)
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let (p, q) = (Law::normal(0.0, 1.0)?, Law::normal(SHIFT, 1.0)?);
    let about = |id: &str, statement: String| {
        Claim::about(id, CHAPTER, statement, "S1 L123; arXiv:1502.03167")
            .corrects("“don’t mix labels” says neither of what nor why; read as a batch for each kind of sample")
    };
    let (value, accuracy) = judged(false, &p, &q, seed);
    claims.push(
        about("B22", format!("A discriminator with batch normalisation, a batch of {ROWS} for each kind of sample: N(0, 1) and N({SHIFT}, 1) become one law. After {STEPS} steps V on fresh batches is at most −ln 4, which proves nothing"))
            .at_most(value, -(4f64.ln()) + 1e-3),
    );
    claims.push(
        about("B22.2", format!("With a batch for each kind of sample, a discriminator with batch normalisation names half of the samples of N(0, 1) and N({SHIFT}, 1) rightly, of {} of each kind", JUDGED * ROWS))
            // four standard errors of a coin
            .absolute(accuracy, 0.5, 4.0 * 0.5 / ((2 * JUDGED * ROWS) as f64).sqrt()),
    );
    let (value, accuracy) = judged(true, &p, &q, seed);
    let best = 2.0 * density::jsd(&p, &q)?.value - 4f64.ln();
    claims.push(
        about("B22.3", format!("A discriminator with batch normalisation and both kinds of sample in one batch comes to V = 2 JSD − ln 4 of N(0, 1) and N({SHIFT}, 1) within .02"))
            .absolute(value, best, 0.02),
    );
    claims.push(
        about("B22.4", format!("With both kinds in one batch the discriminator names as many samples of N(0, 1) and N({SHIFT}, 1) rightly as D* does, (1 + TV)/2 = Φ(3/4), within .01")).absolute(
            accuracy,
            0.773_372_647_623_132,
            0.01,
        ),
    );
    Ok(())
}
