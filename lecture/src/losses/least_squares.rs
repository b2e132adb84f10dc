//! Least squares (rows C7 to C9): `½E(r - b)² + ½E(f - a)²` for the discriminator, `½E(f - c)²` for the generator.

use super::shared::{CHAPTER, at_output, at_table, least, pair};
use crate::shared::linspace;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::le_cam;
use fenchel::gan::{Codes, Objective};
use fenchel::plot::{Axis, Figure, Panel, Series};

const PEARSON: Codes = Codes { fake: -1.0, real: 1.0, target: 0.0 };
const FIGURE: &str = "c9-slopes-of-least-squares";

/// The best outputs of the discriminator on the pair, by descent.
fn best(codes: Codes) -> [f64; 3] {
    least(&move |real, fake| Objective::LeastSquares(codes).discriminator_loss(real, fake)).0
}

/// `E(D - c)²` over generated samples of the pair, and over both laws, by the generator's loss of the trainer.
fn distances(codes: Codes, outputs: &[f64]) -> (f64, f64) {
    let loss = Objective::LeastSquares(codes);
    let (of_fake, _) = at_table(&move |_, fake| loss.generator_loss(fake, || fake), outputs);
    let (of_real, _) = at_table(&move |real, _| loss.generator_loss(real, || real), outputs);
    (2.0 * of_fake, 2.0 * (of_fake + of_real))
}

pub(super) fn claims(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    best_and_divergences(claims)?;
    of_the_slides(claims, figures);
    Ok(())
}

/// C7 and C8: the best discriminator, and what the generator then minimises.
fn best_and_divergences(claims: &mut Vec<Claim>) -> Result<()> {
    let (p, q) = pair()?;
    let formula = |codes: Codes| {
        let at = |(p, q): (&f64, &f64)| (codes.real * p + codes.fake * q) / (p + q);
        p.masses().iter().zip(q.masses()).map(at).collect::<Vec<f64>>()
    };
    let [of_zero_one, of_pearson] = [best(Codes::ZERO_ONE), best(PEARSON)];
    claims.push(
        Claim::about("C7", CHAPTER, "LSGAN with codes a (generated), b (real): D* = (b p + a q)/(p + q). For p = (.1, .4, .5), q = (.8, .15, .05) and the codes 0, 1, by descent on the trainer’s loss", "S0 L61-64")
            .corrects("does not say which player minimises")
            .vector(&of_zero_one, &formula(Codes::ZERO_ONE), 1e-9),
    );
    claims.push(
        Claim::about(
            "C7.2",
            CHAPTER,
            "D* = (p − q)/(p + q) with the codes a = −1, b = 1, for p = (.1, .4, .5), q = (.8, .15, .05), by descent",
            "S0 L61-64",
        )
        .corrects("does not say which player minimises")
        .vector(&of_pearson, &formula(PEARSON), 1e-9),
    );
    let wrong = "“a = 0, b = −1, c = 1” is neither of the two: b − c = −2 and b − a = −1, and D* = −p/(p + q); these are the numbers of the Pearson code in another order";
    let about = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("S0 L66-72; {row}")).corrects(wrong)
    };
    let triangular = le_cam(&p, &q)?.value;
    claims.push(
        about("C8", "Codes with b − c = 1 and b − a = 2, as (−1, 1, 0): E_p(D* − c)² + E_q(D* − c)² is Pearson’s χ² of 2q against p + q, Σ (p − q)²/(p + q) = 1.0263 for p = (.1, .4, .5), q = (.8, .15, .05)", "O150")
            .relative(distances(PEARSON, &of_pearson).1, 1.026_262_626_262_626_2, 1e-9),
    );
    claims.push(
        about("C8.2", "Le Cam’s divergence Σ (p − q)²/(p + q) of p = (.1, .4, .5) and q = (.8, .15, .05), which LSGAN with the Pearson code is", "O150")
            .relative(triangular, 1.026_262_626_262_626_2, 1e-14),
    );
    claims.push(
        about("C8.3", "With the codes a = 0, b = c = 1, which are not Pearson’s, the sum over both laws is ½ + Δ/4 with Δ = Σ (p − q)²/(p + q): .7566", "O151")
            .relative(distances(Codes::ZERO_ONE, &of_zero_one).1, 0.756_565_656_565_656_6, 1e-9),
    );
    let of_board = Codes { fake: 0.0, real: -1.0, target: 1.0 };
    claims.push(
        about("C8.4", "The codes of the board, a = 0 and b = −1, give D* = −p/(p + q) for p = (.1, .4, .5), q = (.8, .15, .05), by descent", "O153")
            .vector(&best(of_board), &formula(of_board), 1e-9),
    );
    Ok(())
}

/// C9: the losses of the slides.
fn of_the_slides(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) {
    let about = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("S2 L813-927{row}"))
            .corrects("“least squares loss for the discriminator”: for both players")
    };
    claims.push(
        about(
            "C9",
            "The loss of the slides’ generator at D*, E_q(D* − 1)², for p = (.1, .4, .5), q = (.8, .15, .05)",
            "; O152",
        )
        .relative(distances(Codes::ZERO_ONE, &best(Codes::ZERO_ONE)).0, 0.643_669_013_365_983, 1e-9),
    );
    let half = distances(Codes::ZERO_ONE, &[0.5; 3]).0;
    claims.push(
        about("C9.2", "The loss of the slides’ least-squares generator is ¼ where q = p, D* = ½", "")
            .relative(half, 0.25, 1e-14),
    );
    let slope = |of: Objective, s: f64| at_output(&move |fake| of.generator_loss(fake, || fake), s).1;
    let squares = Objective::LeastSquares(Codes::ZERO_ONE);
    claims.push(
        about("C9.3", "Samples that the discriminator is sure about keep their pull under least squares, 2 (D − 1), and lose it under ln(1 − D), −σ(s): slopes at the outputs −10 and −2", "")
            .figure(FIGURE)
            .vector(
                &[2.0 * slope(squares, -10.0), 2.0 * slope(squares, -2.0), slope(Objective::Minimax, -10.0), slope(Objective::Minimax, -2.0)],
                &[-22.0, -6.0, -4.539_786_870_243_44e-5, -0.119_202_922_022_117_55],
                1e-13,
            ),
    );
    let s = linspace(-6.0, 6.0, 121);
    let curves = [
        ("(D − 1)², least squares", squares, 2.0),
        ("ln(1 − σ), saturating", Objective::Minimax, 1.0),
        ("−ln σ, non-saturating", Objective::NonSaturating, 1.0),
    ];
    let panel = |title: &str, y: &str, part: fn((f64, f64)) -> f64| {
        let empty = Panel::new(Axis::new("output of the discriminator"), Axis::new(y)).title(title).size(285.0, 240.0);
        curves.into_iter().fold(empty, |panel, (name, of, scale)| {
            let at = |&s: &f64| scale * part(at_output(&move |fake| of.generator_loss(fake, || fake), s));
            panel.add(Series::line(name, &s, &s.iter().map(at).collect::<Vec<f64>>()))
        })
    };
    figures.push(Illustration {
        id: FIGURE,
        figure: Figure::new(
            "Least squares beside cross entropy, for the generator",
            [panel("Losses", "loss", |at| at.0), panel("Slopes", "d loss / d output", |at| at.1)],
        ),
        caption: "Cross entropy sees the output as a logit, least squares as it is. The slope of least squares grows with the \
                  distance from the target on either side; samples that pass for real are pulled back, too."
            .to_owned(),
    });
}
