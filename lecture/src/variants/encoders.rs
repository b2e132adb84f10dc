//! G1 and G2: the seminar's board, from the value of the game to the evidence bound of an autoencoder.
//!
//! The linear-Gaussian model `z ~ N(0, 1)`, `x = w z + e`, `e ~ N(0, s²)` has everything in closed form: the law of `x` is
//! N(0, w² + s²), and of `z` given `x` it is N(w x/(w² + s²), s²/(w² + s²)).

use super::shared::{CHAPTER, S, W};
use crate::Claim;
use crate::claim::{Draft, difference, larger, smaller};
use crate::shared::linspace;
use fenchel::Result;
use fenchel::divergence::{density, kl};
use fenchel::gan::GameValue;
use fenchel::measure::Pmf;
use fenchel::measure::density::{Density, Law};
use fenchel::numeric::Sum;
use ndarray::Array2;
use std::f64::consts::LN_2;

/// `E_q ln p(x | z) - KL(q, p(z))` for `q = N(mean, deviation²)`.
fn evidence_bound(x: f64, mean: f64, deviation: f64) -> Result<f64> {
    let decoded = Law::normal(W * mean, S)?;
    // the quadratic's expectation is its value at the mean less half of its curvature times the variance
    let fits = decoded.ln_pdf(x) - 0.5 * (W * deviation / S).powi(2);
    Ok(fits - density::kl(&Law::normal(mean, deviation)?, &Law::normal(0.0, 1.0)?)?.value)
}

pub(super) fn claims(claims: &mut Vec<Claim>) -> Result<()> {
    value_over_noise(claims)?;
    bound_of_the_evidence(claims)?;
    aggregate(claims)
}

fn value_over_noise(claims: &mut Vec<Claim>) -> Result<()> {
    const N: usize = 4000;
    let normal = Law::normal(0.0, 1.0)?;
    let column = |map: &dyn Fn(f64) -> f64| {
        let x = |k: usize| map(normal.quantile((k as f64 + 0.5) / N as f64));
        Array2::from_shape_fn((N, 1), |(k, _)| 0.3 - 0.8 * x(k))
    };
    let value = GameValue::of(column(&|x| x).view(), column(&|z| z + 1.0).view()).value;
    claims.push(
        Claim::about("G1", CHAPTER, "The second expectation of the value of the game is over the noise, E_z ln(1 − D(G(z))), and equals that over the law that G makes of it. D(x) = σ(0.3 − 0.8x), G(z) = z + 1: over 4000 quantiles of the noise, against the integral over N(1, 1)", "S1 L189-195, S4 L55")
            .corrects("the board has the second expectation over the data, and “ln(1 − 1)”")
            // by quadrature to 40 digits, as for B3.3
            .absolute(value, -1.172_588_956_957_151_7, 1e-4),
    );
    Ok(())
}

fn about(id: &str, statement: &str, row: &str) -> Draft {
    Claim::about(id, CHAPTER, statement, format!("S1 L197{row}"))
        .corrects("the board has the inner expectation over p(z | x), and the divergence of the aggregate of q(z | x) from p(z), which is the objective of an adversarial autoencoder")
}

fn bound_of_the_evidence(claims: &mut Vec<Claim>) -> Result<()> {
    let total = W * W + S * S;
    let evidence = Law::normal(0.0, total.sqrt())?;
    let mut off = 0.0;
    let mut least = f64::INFINITY;
    for x in linspace(-4.0, 4.0, 33) {
        let (mean, deviation) = (W * x / total, S / total.sqrt());
        off = larger(off, difference(evidence_bound(x, mean, deviation)?, evidence.ln_pdf(x)));
        for (by, times) in [(0.3, 1.0), (-0.2, 1.4), (0.0, 0.6)] {
            let other = Law::normal(mean + by, deviation * times)?;
            let missing = density::kl(&other, &Law::normal(mean, deviation)?)?.value;
            let bound = evidence_bound(x, mean + by, deviation * times)?;
            off = larger(off, difference(evidence.ln_pdf(x) - bound, missing));
            least = smaller(least, evidence.ln_pdf(x) - bound);
        }
    }
    claims.push(
        about("G2", "ELBO = E_q ln p(x | z) − KL(q(z | x) ‖ p(z)) of the model x = wz + e with normal z and e: for the true q(z | x) it is ln p(x), for others it is less by KL(q(z | x) ‖ p(z | x)); largest difference over 33 x and four q", "; arXiv:1312.6114")
            .at_most(off, 1e-10),
    );
    claims.push(
        about(
            "G2.2",
            "ELBO of the model x = wz + e is below ln p(x) for every q that is not p(z | x): least of ln p(x) − ELBO over 33 x and three such q",
            "",
        )
        .at_least(least, 0.01),
    );
    Ok(())
}

/// What the board's formula lacks: `E KL(q(z | x), p(z)) = KL(aggregate, p(z)) + I(x; z)`.
fn aggregate(claims: &mut Vec<Claim>) -> Result<()> {
    let prior = Pmf::new([0.5, 0.5])?;
    let codes = [Pmf::new([1.0, 0.0])?, Pmf::new([0.0, 1.0])?];
    let mean = Sum::of(codes.iter().map(|code| kl(code, &prior).map_or(f64::NAN, |kl| kl.value))) / 2.0;
    let aggregate = [0, 1].map(|z| codes.iter().map(|code| 0.5 * code.masses()[z]).sum::<f64>());
    let aggregated = kl(&Pmf::new(aggregate)?, &prior)?.value;
    let joint: Vec<f64> = codes.iter().flat_map(|code| code.masses().iter().map(|mass| 0.5 * mass)).collect();
    let information = kl(&Pmf::new(joint)?, &Pmf::new([0.25; 4])?)?.value;
    claims.push(
        about("G2.3", "Two x with codes of their own, p(z) = (½, ½): E KL(q(z | x) ‖ p(z)) = ln 2, KL of the aggregate of the codes = 0, and I(x; z) = ln 2, which the board’s formula leaves out", "; O189")
            .vector(&[mean, aggregated, information], &[LN_2, 0.0, LN_2], 1e-14),
    );
    // noisy codes: E KL, KL of the aggregate and I from the joint law
    let noisy = [[0.9, 0.1], [0.3, 0.7]];
    let each = noisy.map(|code| Pmf::new(code).and_then(|code| kl(&code, &prior)).map_or(f64::NAN, |kl| kl.value));
    let joint = [0.45, 0.05, 0.15, 0.35];
    let middle = [0.6, 0.4];
    let product = Pmf::new([0, 1, 2, 3].map(|k: usize| 0.5 * middle[k % 2]))?;
    let information = kl(&Pmf::new(joint)?, &product)?.value;
    let parts = kl(&Pmf::new(middle)?, &prior)?.value + information;
    claims.push(
        about("G2.4", "For codes (.9, .1) and (.3, .7): E KL(q(z | x) ‖ p(z)) is KL of the aggregate (.6, .4) plus I(x; z), the divergence of the joint law from the product of its margins", "")
            .absolute(0.5 * (each[0] + each[1]), parts, 1e-14),
    );
    Ok(())
}
