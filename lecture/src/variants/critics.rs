//! H3, H13 and H14.2: least squares, critics with a limit, and packs on the ring.

use super::shared::CHAPTER;
use crate::Claim;
use crate::claim::larger;
use fenchel::Result;
use fenchel::divergence::total_variation;
use fenchel::gan::{Config, Fit, Gan, Limit, ModeScores, Objective, Penalty, Rows, Toy};
use fenchel::measure::{Empirical, Pmf};
use fenchel::numeric::stream;
use fenchel::transport::w1;
use std::ops::ControlFlow;

const STEPS: u64 = 2000;

fn scores(config: Config, seed: u64) -> Result<ModeScores> {
    let mut gan = Gan::new(Config { steps: STEPS, seed, ..config }, Toy::ring8())?;
    gan.train(STEPS, |_| ControlFlow::Continue(()));
    ModeScores::new(gan.generate(2500, &mut stream(seed, 180)).view(), &Toy::ring8())
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let lsgan = scores(Config { objective: "lsgan".parse()?, ..Config::plain() }, seed)?;
    claims.push(
        Claim::about("H3", CHAPTER, format!("LSGAN with the codes 0 and 1 on the ring of eight finds the modes as the other games do: modes with one in a hundred samples within 3σ after {STEPS} steps"), "S2 L1046-1064; arXiv:1611.04076")
            .at_least(lsgan.modes_1pct() as f64, 6.0),
    );
    critic(seed, claims)?;
    packs(claims)
}

/// H14.2: what two samples together show that one does not.
fn packs(claims: &mut Vec<Claim>) -> Result<()> {
    let ring = [0.125; 8];
    // two modes lost, and all modes there with masses half and one and a half times what they should be
    let lost = [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0].map(|x: f64| x / 6.0);
    let uneven = [0.5, 0.5, 0.5, 0.5, 1.5, 1.5, 1.5, 1.5].map(|x: f64| x / 8.0);
    let pairs = |law: [f64; 8]| Pmf::new((0..64).map(|k| law[k / 8] * law[k % 8]).collect::<Vec<f64>>());
    let apart = |law: [f64; 8]| -> Result<[f64; 2]> {
        let one = total_variation(&Pmf::new(ring)?, &Pmf::new(law)?)?.value;
        Ok([one, total_variation(&pairs(ring)?, &pairs(law)?)?.value])
    };
    claims.push(
        Claim::about("H14.2", CHAPTER, "A discriminator that judges two samples together sees lost modes better than uneven ones: total variation of one sample and of pairs, for a law that has lost two modes of eight, and for one with masses half and one and a half times those of the ring", "arXiv:1712.04086; anchor of the benchmarks, not in S2")
            .vector(&[apart(lost)?, apart(uneven)?].concat(), &[0.25, 0.4375, 0.25, 0.3125], 1e-14),
    );
    Ok(())
}

/// H13: what a critic proves and how steep it is, by whichever means it is held.
fn critic(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    const ROWS: usize = 400;
    let law = Toy::ring8();
    let x = law.sample(ROWS, &mut stream(seed, 181));
    let y = law.sample(ROWS, &mut stream(seed, 182)).mapv(|x| 0.6 * x + 0.4);
    let exact = w1(&Empirical::new(x.view())?, &Empirical::new(y.view())?)?.distance();
    let held = [(Limit::Spectral, Penalty::None), (Limit::None, Penalty::Gradient(10.0))];
    let mut shares = Vec::new();
    let mut steepest = Vec::new();
    for (limit, penalty) in held {
        let fit = Fit { objective: Objective::Wasserstein, penalty, limit, steps: 600, seed, ..Fit::default() };
        let critic = fit.run(&Rows::new(x.view())?, &Rows::new(y.view())?)?;
        let mean = |rows: &ndarray::Array2<f64>| critic.outputs(rows.view()).mean().unwrap_or(f64::NAN);
        shares.push((mean(&x) - mean(&y)) / exact);
        // slopes along short steps from samples
        let h = 1e-2;
        let slopes = [&x, &y].into_iter().flat_map(|rows| {
            let at = critic.outputs(rows.view());
            let along = |axis: usize| {
                let mut moved = rows.clone();
                moved.column_mut(axis).mapv_inplace(|x| x + h);
                (&critic.outputs(moved.view()) - &at) / h
            };
            let (across, up) = (along(0), along(1));
            across.iter().zip(&up).map(|(a, b)| a.hypot(*b)).collect::<Vec<f64>>()
        });
        steepest.push(slopes.fold(0.0, larger));
    }
    let source = "S2 slides on WGAN; arXiv:1704.00028, 1802.05957";
    claims.push(
        Claim::about("H13", CHAPTER, "A critic with spectral normalisation is nowhere steeper than 1: largest slope by finite differences at 800 samples of two laws in the plane", source)
            .at_most(steepest[0], 1.0 + 1e-2),
    );
    claims.push(
        Claim::about("H13.2", CHAPTER, "A critic with spectral normalisation proves a part of W1 and never more: E_p f − E_q f by exact W1 of the same samples", source)
            .property("0.3 to 1", format!("{:.4}", shares[0]), shares[0] > 0.3 && shares[0] <= 1.0 + 1e-4),
    );
    claims.push(
        Claim::about("H13.3", CHAPTER, "A critic with a gradient penalty comes near W1: E_p f − E_q f by exact W1 of the same samples. Its slope is held about 1 and not below, so this is no proof", source)
            .absolute(shares[1], 1.0, 0.2),
    );
    Ok(())
}
