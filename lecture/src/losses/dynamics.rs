//! The steps of the game (rows B18 and B19): Dirac-GAN, and a generator against a discriminator that is held still.
//!
//! In Dirac-GAN (Mescheder et al. 2018, arXiv:1801.04406) the data are a point at 0, the generator is a point at `θ`, and the
//! discriminator is `s(x) = ψ x`. The only equilibrium is `θ = ψ = 0`. There the two slopes are `-ψ/2` and `θ/2`, so that
//! steps of length `h` take (θ, ψ), but for higher orders, to its product with
//!
//! ```text
//! [[1, h/2], [-h/2, 1]]  at the same time,  [[1, h/2], [-h/2, 1 - h²/4]]  in turn,  [[1, h/2], [-h/2, 1 - hγ]]  with R1.
//! ```

use super::shared::CHAPTER;
use crate::claim::Draft;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::kl;
use fenchel::gan::{Objective, Penalty, Scored};
use fenchel::measure::Pmf;
use fenchel::nn::Tape;
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::Array2;

/// Length of the steps.
const H: f64 = 0.1;

/// Where the two players stand: the generator's point, and the slope of the discriminator.
#[derive(Clone, Copy)]
struct Players {
    theta: f64,
    psi: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    SameTime,
    /// The generator first; which of the two is first does not change the eigenvalues.
    InTurn,
}

impl Players {
    /// The slopes of the losses of the trainer, each by its own player: with R1 of strength `gamma` for the discriminator.
    fn slopes(self, objective: Objective, gamma: f64) -> (f64, f64) {
        let tape = Tape::<f64>::new();
        let (theta, psi) = (tape.constant(self.theta), tape.constant(self.psi));
        let discriminator = |x| x * psi;
        let real = Scored::new(discriminator, tape.constant(0.0));
        let fake = Scored::new(discriminator, theta);
        let of_generator = objective.generator_loss(fake.outputs, || real.outputs);
        let mut of_discriminator = objective.discriminator_loss(real.outputs, fake.outputs);
        if gamma > 0.0 {
            let term = Penalty::R1(gamma).term(discriminator, real, fake, &mut stream(0, 0));
            of_discriminator = term.map_or(of_discriminator, |term| of_discriminator + term);
        }
        (of_generator.gradients(&[theta])[0].scalar(), of_discriminator.gradients(&[psi])[0].scalar())
    }

    fn moved(self, order: Order, objective: Objective, gamma: f64) -> Self {
        let (by_theta, by_psi) = self.slopes(objective, gamma);
        let theta = self.theta - H * by_theta;
        let by_psi = if order == Order::InTurn { Self { theta, ..self }.slopes(objective, gamma).1 } else { by_psi };
        Self { theta, psi: self.psi - H * by_psi }
    }

    fn distance(self) -> f64 {
        self.theta.hypot(self.psi)
    }
}

/// Half the trace and the determinant of one step near the equilibrium.
fn linearised(order: Order, gamma: f64) -> (f64, f64) {
    const NEAR: f64 = 1e-4;
    // central differences: the step is smooth
    let column = |theta: f64, psi: f64| {
        let at = |sign: f64| {
            Players { theta: sign * NEAR * theta, psi: sign * NEAR * psi }.moved(order, Objective::Minimax, gamma)
        };
        let (plus, minus) = (at(1.0), at(-1.0));
        [(plus.theta - minus.theta) / (2.0 * NEAR), (plus.psi - minus.psi) / (2.0 * NEAR)]
    };
    let ([a, c], [b, d]) = (column(1.0, 0.0), column(0.0, 1.0));
    (0.5 * (a + d), a * d - b * c)
}

/// The largest modulus of an eigenvalue of one step near the equilibrium.
fn growth(order: Order, gamma: f64) -> f64 {
    let (half_trace, determinant) = linearised(order, gamma);
    let discriminant = half_trace * half_trace - determinant;
    if discriminant < 0.0 { determinant.sqrt() } else { half_trace.abs() + discriminant.sqrt() }
}

pub(super) fn claims(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    dirac(claims);
    runs(claims, figures);
    held_still(claims)
}

const FIGURE: &str = "b18-dirac-gan";

fn about_steps(id: &str, statement: &str, row: &str) -> Draft {
    Claim::about(id, CHAPTER, statement, format!("S3 L324-334{row}")).figure(FIGURE)
}

/// B18: steps at the same time, in turn, and with a penalty.
fn dirac(claims: &mut Vec<Claim>) {
    claims.push(
        about_steps("B18", "Dirac-GAN, data at 0, generator at θ, discriminator ψx, steps of h = .1 of both players at the same time: each multiplies the distance from the equilibrium by √(1 + h²/4) > 1, from the trainer’s losses", "; O176")
            .relative(growth(Order::SameTime, 0.0), 1.001_249_219_725_039_3, 1e-7),
    );
    claims.push(
        about_steps("B18.2", "The steps of Dirac-GAN in turn, as in Algorithm 1 with k = 1, neither approach the equilibrium nor leave it: both eigenvalues have modulus 1, and turn by the angle of cosine 1 − h²/8", "; O197")
            .vector(
                &[growth(Order::InTurn, 0.0), linearised(Order::InTurn, 0.0).0],
                &[1.0, 1.0 - H * H / 8.0],
                1e-7,
            ),
    );
    claims.push(
        about_steps("B18.3", "The critical strength of R1 for steps at the same time in Dirac-GAN is γ = h/4: modulus 1 there; √(1 − h²/8) at γ = 3h/8 and √(1 + h²/8) at γ = h/8", "")
            .vector(
                &[growth(Order::SameTime, H / 4.0), growth(Order::SameTime, 0.375 * H), growth(Order::SameTime, H / 8.0)],
                &[1.0, (1.0 - H * H / 8.0).sqrt(), (1.0 + H * H / 8.0).sqrt()],
                1e-7,
            ),
    );
    claims.push(
        about_steps("B18.4", "R1 of strength γ = 1 in Dirac-GAN is where rotation ends, and no strength contracts faster: modulus 1 − h/2 there; at γ = .8 and 1.25, √(1 − .08 + h²/4) and 1 − h/4", "")
            .vector(
                &[growth(Order::SameTime, 1.0), growth(Order::SameTime, 0.8), growth(Order::SameTime, 1.25)],
                &[1.0 - H / 2.0, (1.0 - 0.8 * H + H * H / 4.0).sqrt(), 1.0 - H / 4.0],
                // the root of a discriminant of zero
                1e-5,
            ),
    );
}

/// B18: whole runs.
fn runs(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) {
    const STEPS: usize = 1000;
    const SHOWN: usize = 400;
    /// A little over `2π/(h/2)` steps, since far out the slopes are smaller; more laps would lie on the first.
    const LAP: usize = 132;
    let runs = [
        ("at the same time", Order::SameTime, 0.0),
        ("in turn", Order::InTurn, 0.0),
        ("at the same time, R1 of γ = .3", Order::SameTime, 0.3),
    ];
    let paths = runs.map(|(_, order, gamma)| {
        let mut at = Players { theta: 1.0, psi: 0.0 };
        (0..=STEPS)
            .map(|_| {
                let here = at;
                at = at.moved(order, Objective::Minimax, gamma);
                here
            })
            .collect::<Vec<Players>>()
    });
    let ends = paths.each_ref().map(|path| path[STEPS + 1 - 200..].iter().map(|at| at.distance()).fold(0.0, f64::max));
    claims.push(
        about_steps("B18.5", "Dirac-GAN from θ = 1 under the minimax loss, 1000 steps of h = .1: farthest of the last 200 from the equilibrium. At the same time it is farther than at the start, in turn within a tenth of it, with R1 of γ = .3 it has arrived", "")
            .property(
                "> 1.2; .9 to 1.1; < 10⁻³",
                format!("{:.3}; {:.3}; {:.1e}", ends[0], ends[1], ends[2]),
                ends[0] > 1.2 && (0.9..1.1).contains(&ends[1]) && ends[2] < 1e-3,
            ),
    );
    let mut panel =
        Panel::new(Axis::new("θ, the generator"), Axis::new("ψ, the discriminator")).equal().size(330.0, 330.0);
    for ((name, order, _), path) in runs.iter().zip(&paths) {
        let part = &path[..if *order == Order::InTurn { LAP } else { SHOWN }];
        let of = |value: fn(&Players) -> f64| part.iter().map(value).collect::<Vec<f64>>();
        panel = panel.add(Series::line(*name, &of(|at| at.theta), &of(|at| at.psi)));
    }
    figures.push(Illustration {
        id: FIGURE,
        figure: Figure::new("Dirac-GAN: the steps of the two players", [panel]),
        caption: "Data at 0, the generator at θ, the discriminator ψx; 400 steps of .1 from θ = 1, ψ = 0. Steps at the same time spiral \
                  outwards, steps in turn stay on a circle (one lap is shown), and a gradient penalty on real samples leads to the \
                  equilibrium."
            .to_owned(),
    });
}

/// B19: what a generator does against a discriminator that does not answer.
fn held_still(claims: &mut Vec<Claim>) -> Result<()> {
    const POINTS: usize = 101;
    const STEPS: usize = 200;
    let wrong = "“G*(x) = f(x − …)”: the delta is the density of what is generated, not the map";
    let about = |id: &str, statement: &str, source: &str| Claim::about(id, CHAPTER, statement, source).corrects(wrong);
    let mut x: Vec<f64> = (0..POINTS).map(|k| -3.0 + 6.0 * k as f64 / (POINTS - 1) as f64).collect();
    for _ in 0..STEPS {
        let tape = Tape::<f64>::new();
        let leaf = tape.leaf(Array2::from_shape_fn((POINTS, 1), |(i, _)| x[i]));
        let logits = -leaf.shift(-1.0).square();
        let loss = Objective::NonSaturating.generator_loss(logits, || logits);
        // every point moves by its own slope
        let slopes = loss.gradients(&[leaf])[0].scale(POINTS as f64).value();
        x.iter_mut().zip(slopes.iter()).for_each(|(x, slope)| *x -= 0.2 * slope);
    }
    let mean = x.iter().sum::<f64>() / POINTS as f64;
    let deviation = (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / POINTS as f64).sqrt();
    claims.push(
        about("B19", "Against a D that is held still the best generated law sits on argmax D alone: 101 points between −3 and 3, moved down the trainer’s loss for the logit −(x − 1)², have mean 1 and deviation 0 in the end", "S1 L77-79")
            .vector(&[mean, deviation], &[1.0, 0.0], 1e-9),
    );
    let drawn = [7, 7, 9, 9, 9, 1, 1, 1];
    let mut masses = [0.0; 10];
    drawn.iter().for_each(|&digit| masses[digit] += 1.0 / drawn.len() as f64);
    let divergence = kl(&Pmf::new(masses)?, &Pmf::new([0.1; 10])?)?.value;
    claims.push(
        about("B19.2", "A generator that draws 7 7 9 9 9 1 1 1 covers 3 of 10 digits: KL of their shares from the uniform law, ln 10 less their entropy", "S4 L75; O038")
            .relative(divergence, 1.220_389_562_955_278_3, 1e-14),
    );
    Ok(())
}
