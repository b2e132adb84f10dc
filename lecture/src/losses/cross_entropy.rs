//! Cross entropy and its two losses of the generator (rows C1 to C5, C10 and B21).
//!
//! With the logit `s`, `D = σ(s)`: `-ln D = sp(-s)` and `-ln(1 - D) = sp(s)` with `sp(s) = ln(1 + e^s)`. The generator
//! minimises `E ln(1 - D)`, whose slope is `-D`, or `-E ln D`, whose slope is `-(1 - D)`.

use super::shared::{CHAPTER, at_output, at_table, pair};
use crate::claim::{Draft, difference, larger};
use crate::shared::linspace;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::{density, kl, optimal_discriminator};
use fenchel::gan::{Config, Gan, Objective, Rows};
use fenchel::io::digits;
use fenchel::measure::Pmf;
use fenchel::measure::density::{Density, Law};
use fenchel::nn::{Activation, Mlp, Optimizer, Rule, Tape, Var};
use fenchel::numeric::quadrature::Quadrature;
use fenchel::numeric::{sigmoid, stream};
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::{Array2, Zip};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::f64::consts::LN_2;

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    at_equality(claims);
    by_hand(seed, claims);
    alone(seed, claims)?;
    from_logits(claims);
    slopes(claims, figures);
    frozen(claims, figures)
}

fn generator(of: Objective) -> impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64> {
    move |fake| of.generator_loss(fake, || unreachable!("compares with no real sample"))
}

/// The cross entropy of a label and a logit, by the loss of the library for a real sample; the generated one costs nothing.
fn cross_entropy(label: f64, logit: f64) -> f64 {
    let tape = Tape::<f64>::new();
    let nothing = tape.constant(-1e4);
    Objective::NonSaturating.smoothed_loss((label, 0.0), tape.constant(logit), nothing).scalar()
}

/// Samples of each law in the steps of the slides' GAN.
const BATCH: usize = 32;

/// A claim about the GAN of the slides.
fn about_the_slides(id: &str, statement: &str, row: &str) -> Draft {
    Claim::about(id, CHAPTER, statement, format!("S2 L290-325{row}")).corrects(
        "the target of BCELoss is 1 or 0 and not a tensor; gradients are never set to zero; G(z) is not detached in the step of D; z and x are drawn once",
    )
}

/// C1: the losses at the equilibrium.
fn at_equality(claims: &mut Vec<Claim>) {
    let tape = Tape::<f64>::new();
    let unsure = tape.leaf(Array2::zeros((BATCH, 1)));
    let of_d = Objective::NonSaturating.discriminator_loss(unsure, unsure).scalar();
    let (of_g, _) = at_output(&generator(Objective::NonSaturating), 0.0);
    claims.push(
        about_the_slides(
            "C1",
            "With D = ½ everywhere, as at q = p, the two cross entropies of the discriminator are ln 4",
            "; O200",
        )
        .relative(of_d, 2.0 * LN_2, 1e-14),
    );
    claims.push(
        about_the_slides("C1.2", "With D = ½ everywhere the loss −E ln D of the generator is ln 2", "; O201")
            .relative(of_g, LN_2, 1e-14),
    );
}

/// C1: gradients of the slides' discriminator and a step of Adam, beside the sums written out.
fn by_hand(seed: u64, claims: &mut Vec<Claim>) {
    let mut rng = stream(seed, 80);
    let network = Mlp::<f64>::new(&[784, 128, 1], Activation::Relu, Activation::Linear, &mut rng);
    let mut pixels = || Array2::from_shape_simple_fn((BATCH, 784), || rng.sample::<f64, _>(StandardNormal).tanh());
    let (real, fake) = (pixels(), pixels());
    let tape = Tape::<f64>::new();
    let bound = network.bind(&tape);
    let loss = Objective::NonSaturating
        .discriminator_loss(bound.forward(tape.leaf(real.view())), bound.forward(tape.leaf(fake.view())));
    let found = bound.gradients(loss);
    let expected = written_out(&network, [(&real, 1.0), (&fake, 0.0)]);
    let apart =
        |a: &Array2<f64>, b: &Array2<f64>| Zip::from(a).and(b).fold(0.0, |most, &a, &b| larger(most, difference(a, b)));
    let worst = found.iter().zip(&expected).map(|(a, b)| apart(a, b)).fold(0.0, larger);
    claims.push(
        about_the_slides("C1.3", "One step of the slides’ discriminator 784-128-1 on 32 real and 32 generated images: largest difference of its gradients from the sums of back-propagation written out", "")
            .absolute(worst, 0.0, 1e-13),
    );
    let mut moved = network.clone();
    Optimizer::new(Rule::adam(2e-4, 0.9, 0.999)).step(moved.parameters_mut(), &found);
    let first_step =
        |w: &Array2<f64>, g: &Array2<f64>| Zip::from(w).and(g).map_collect(|w, g| w - 2e-4 * g / (g.abs() + 1e-8));
    let worst = (moved.parameters().zip(network.parameters().zip(&expected)))
        .map(|(moved, (w, g))| apart(moved, &first_step(w, g)))
        .fold(0.0, larger);
    claims.push(
        about_the_slides("C1.4", "The first step of Adam, rate 2·10⁻⁴, moves each weight of that discriminator by the rate times g/(|g| + ε)", "")
            .absolute(worst, 0.0, 1e-9),
    );
}

/// C1: either step leaves the other player alone.
fn alone(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let config = Config { batch: BATCH, seed, ..Config::plain() };
    let mut gan = Gan::new(config, Rows::new(digits().images.view())?)?;
    let weights = |net: &Mlp<f32>| net.parameters().flat_map(|w| w.iter().map(|w| w.to_bits())).collect::<Vec<u32>>();
    let both = |gan: &Gan| [weights(gan.generator()), weights(gan.discriminator().network())];
    let start = both(&gan);
    let _ = gan.discriminator_step();
    let after_d = both(&gan);
    let _ = gan.generator_step();
    let after_g = both(&gan);
    let moved = |a: &[u32], b: &[u32]| if a == b { "stays" } else { "moves" };
    let seen = |from: &[Vec<u32>; 2], to: &[Vec<u32>; 2]| {
        format!("G {}, D {}", moved(&from[0], &to[0]), moved(&from[1], &to[1]))
    };
    claims.push(
        about_the_slides("C1.5", "The step of the discriminator leaves every bit of the generator as it was, and the step of the generator every bit of the discriminator", "")
            .property(
                "G stays, D moves; then G moves, D stays",
                format!("{}; then {}", seen(&start, &after_d), seen(&after_d, &after_g)),
                start[0] == after_d[0] && start[1] != after_d[1] && after_d[0] != after_g[0] && after_d[1] == after_g[1],
            ),
    );
    Ok(())
}

/// The gradients of the cross entropy by the weights of a network with one hidden layer of rectifiers, in the order of its
/// parameters.
fn written_out(net: &Mlp<f64>, batches: [(&Array2<f64>, f64); 2]) -> [Array2<f64>; 4] {
    let [hidden, last] = [0, 1].map(|k| &net.layers[k]);
    let mut sums = [&hidden.weight, &hidden.bias, &last.weight, &last.bias].map(|w| Array2::zeros(w.dim()));
    for (x, label) in batches {
        let share = 1.0 / x.nrows() as f64;
        for x in x.rows() {
            let before: Vec<f64> = (0..hidden.weight.ncols())
                .map(|j| hidden.bias[[0, j]] + x.iter().zip(hidden.weight.column(j)).map(|(x, w)| x * w).sum::<f64>())
                .collect();
            let logit =
                last.bias[[0, 0]] + before.iter().zip(last.weight.column(0)).map(|(h, w)| h.max(0.0) * w).sum::<f64>();
            // the slope of -y ln D - (1 - y) ln(1 - D) by the logit is D - y
            let slope = share * (1.0 / (1.0 + (-logit).exp()) - label);
            sums[3][[0, 0]] += slope;
            for (j, h) in before.iter().enumerate().filter(|(_, h)| **h > 0.0) {
                sums[2][[j, 0]] += slope * h;
                let back = slope * last.weight[[j, 0]];
                sums[1][[0, j]] += back;
                x.iter().enumerate().for_each(|(k, x)| sums[0][[k, j]] += back * x);
            }
        }
    }
    sums
}

/// C2 and C10: the losses from logits.
fn from_logits(claims: &mut Vec<Claim>) {
    let mut worst = 0.0;
    for (label, s) in
        [0.0, 0.3, 1.0].into_iter().flat_map(|y| linspace(-15.0, 15.0, 61).into_iter().map(move |s| (y, s)))
    {
        let d = 1.0 / (1.0 + f64::exp(-s));
        let textbook = -label * d.ln() - (1.0 - label) * (1.0 / (1.0 + s.exp())).ln();
        worst = larger(worst, difference(cross_entropy(label, s), textbook));
    }
    let about = |id: &str, statement: &str| Claim::about(id, CHAPTER, statement, "S2 L434-435");
    claims.push(
        about("C2", "Cross entropy −y ln h − (1 − y) ln(1 − h) is sp(s) − y s of the logit s: largest difference of the trainer’s loss from the former over labels 0, .3, 1 and logits −15 … 15")
            .absolute(worst, 0.0, 1e-13),
    );
    let extremes = [(1.0, 800.0), (1.0, -800.0), (0.0, 800.0), (0.0, -800.0)].map(|(y, s)| cross_entropy(y, s));
    claims.push(
        about("C2.2", "At logits ±800 the cross entropy of the trainer is finite: 0 and 800 for the label 1, 800 and 0 for the label 0; ln(1 − h) of a rounded h would be −∞")
            .vector(&extremes, &[0.0, 800.0, 800.0, 0.0], 1e-12),
    );
    let table = [1.5, -0.4, 2.2];
    let d = table.map(|s: f64| 1.0 / (1.0 + (-s).exp()));
    let (p, q) = ([0.1, 0.4, 0.5], [0.8, 0.15, 0.05]);
    let mean = |w: [f64; 3], of: &dyn Fn(f64) -> f64| (0..3).map(|i| w[i] * of(d[i])).sum::<f64>();
    let losses = |loss: Objective| {
        let (of_d, _) = at_table(&move |real, fake| loss.discriminator_loss(real, fake), &table);
        let (of_g, _) = at_table(&move |_, fake| loss.generator_loss(fake, || fake), &table);
        [of_d, of_g]
    };
    claims.push(
        Claim::about("C10", CHAPTER, "D_loss = −E ln D(x) − E ln(1 − D(G(z))) and G_loss = −E ln D(G(z)): the trainer’s losses for D = σ(1.5, −0.4, 2.2) on p = (.1, .4, .5), q = (.8, .15, .05), against the logarithms written out", "S2 L838-842")
            .corrects("as written ln 0 = −∞ where D is sure")
            .vector(
                &losses(Objective::NonSaturating),
                &[-mean(p, &f64::ln) - mean(q, &|d| (1.0 - d).ln()), -mean(q, &f64::ln)],
                1e-13,
            ),
    );
}

/// C3, C4 and B21: the slopes of the two losses of the generator.
fn slopes(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) {
    let slope = |of: Objective, s: f64| at_output(&generator(of), s).1;
    let source = "S2 L711-727";
    let figure = "c3-slopes-of-two-losses";
    claims.push(
        Claim::about("C3", CHAPTER, "The slope of ln(1 − D) by the logit is −D: at s = −10, where D(G(z)) is almost 0, the trainer’s minimax loss has next to none", format!("{source}; O108"))
            .figure(figure)
            .relative(slope(Objective::Minimax, -10.0), -4.539_786_870_243_439_5e-5, 1e-13),
    );
    claims.push(
        Claim::about("C3.2", CHAPTER, "The slope of −ln D by the logit is −(1 − D): at s = −10 the trainer’s non-saturating loss has almost the whole of 1", format!("{source}; O109"))
            .figure(figure)
            .relative(slope(Objective::NonSaturating, -10.0), -0.999_954_602_131_297_6, 1e-14),
    );
    let steepest =
        linspace(-800.0, 800.0, 1601).into_iter().map(|s| slope(Objective::NonSaturating, s).abs()).fold(0.0, larger);
    let wrong = "“the gradient is very large at D = 0”: −1/D is the slope by D, not by what the network computes";
    claims.push(
        Claim::about(
            "C4",
            CHAPTER,
            "The slope of −ln D by the logit never exceeds 1 in size: largest over the logits −800 … 800",
            "S2 L762",
        )
        .corrects(wrong)
        .absolute(steepest, 1.0, 1e-14),
    );
    let d = sigmoid(-10.0);
    claims.push(
        Claim::about(
            "C4.2",
            CHAPTER,
            "The slope of −ln D by D is −1/D, −(1 + e¹⁰) at s = −10: the slope by the logit over dD/ds = D(1 − D)",
            "S2 L762",
        )
        .corrects(wrong)
        .relative(slope(Objective::NonSaturating, -10.0) / (d * (1.0 - d)), -(1.0 + 10f64.exp()), 1e-12),
    );
    claims.push(
        Claim::about("B21", CHAPTER, "max E ln D(G(z)) in place of min E ln(1 − D(G(z))): both push the logit up, and the first pushes (1 − D)/D = e¹⁰ times as much at s = −10", "S1 L116-121")
            .corrects("“ln_y” for the logarithm, and a stray sum sign")
            .figure(figure)
            .relative(slope(Objective::NonSaturating, -10.0) / slope(Objective::Minimax, -10.0), 10f64.exp(), 1e-12),
    );
    let s = linspace(-8.0, 8.0, 161);
    let curve = |of: Objective, part: fn((f64, f64)) -> f64| {
        s.iter().map(|&s| part(at_output(&generator(of), s))).collect::<Vec<f64>>()
    };
    let panel = |title: &str, y: &str, part: fn((f64, f64)) -> f64| {
        Panel::new(Axis::new("logit s of a generated sample"), Axis::new(y))
            .title(title)
            .add(Series::line("ln(1 − D), saturating", &s, &curve(Objective::Minimax, part)))
            .add(Series::line("−ln D, non-saturating", &s, &curve(Objective::NonSaturating, part)))
            .size(285.0, 240.0)
    };
    figures.push(Illustration {
        id: figure,
        figure: Figure::new(
            "Two losses of the generator and their slopes",
            [panel("Losses", "loss (nats)", |at| at.0), panel("Slopes", "d loss / d s", |at| at.1)],
        ),
        caption: "On the left of each panel the discriminator is sure that the sample is generated, as it is early on. There the \
                  saturating loss is flat, and the non-saturating one falls with slope 1."
            .to_owned(),
    });
}

/// `E_q f` for a normal law, by quadrature.
fn expectation(q: &Law, f: impl Fn(f64) -> f64) -> Result<f64> {
    let points: Vec<f64> = q.landmarks().into_iter().chain([-60.0, 60.0]).collect();
    let mut points: Vec<f64> = points.into_iter().filter(|x| x.abs() <= 60.0).collect();
    points.sort_by(f64::total_cmp);
    Ok(Quadrature::new().absolute(1e-16).integrate(|x| q.pdf(x) * f(x), &points)?.value)
}

/// The slopes by θ of both losses of the generator `z + θ` against N(0, 1), with the best discriminator held still: its
/// logit is `θ²/2 - θx`, so that the slopes are `-θ` times those by the logit.
fn slopes_by_place(theta: f64) -> Result<[f64; 2]> {
    let (p, q) = (Law::normal(0.0, 1.0)?, Law::normal(theta, 1.0)?);
    let logit = |x: f64| density::optimal_logit(&p, &q, x);
    Ok([expectation(&q, |x| theta * sigmoid(logit(x)))?, expectation(&q, |x| theta * sigmoid(-logit(x)))?])
}

/// A claim about what the generator descends while D is held still.
fn about_the_pull(id: &str, statement: &str, row: &str) -> Draft {
    Claim::about(id, CHAPTER, statement, format!("S2 L745-760; {row}"))
        .corrects("“heuristically motivated”: the fixed point is the same, the divergence is not (Arjovsky and Bottou, arXiv:1701.04862, theorem 2.5)")
}

/// C5: what the non-saturating loss descends.
fn frozen(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let figure = "c5-slopes-by-distance";
    let [saturating, not] = slopes_by_place(1.0)?;
    claims.push(
        about_the_pull(
            "C5",
            "Against D* held still at θ = 1, p = N(0, 1), q = N(θ, 1), the slope of −E ln D by θ, by quadrature",
            "O101",
        )
        .figure(figure)
        .relative(not, 0.602_027_132_816_750_1, 1e-10),
    );
    let p = Law::normal(0.0, 1.0)?;
    let target = |theta: f64| {
        let q = Law::normal(theta, 1.0)?;
        Ok::<f64, fenchel::Error>(density::kl(&q, &p)?.value - 2.0 * density::jsd(&p, &q)?.value)
    };
    // differences of fourth order
    const H: f64 = 0.02;
    let at = [-2.0, -1.0, 1.0, 2.0].map(|k| target(1.0 + k * H));
    let [far, near, next, last] = at;
    let slope = (far? - 8.0 * near? + 8.0 * next? - last?) / (12.0 * H);
    claims.push(
        about_the_pull("C5.2", "What −E ln D with D* held still descends is KL(q ‖ p) − 2 JSD(p, q): the derivative of that by θ at θ = 1, by differences, is the same slope", "O102")
            .absolute(slope, not, 1e-7),
    );
    claims.push(
        about_the_pull("C5.3", "The slope of E ln(1 − D) by θ at θ = 1, with D* held still, is that of 2 JSD", "O103")
            .figure(figure)
            .relative(saturating, 0.397_972_867_183_249_87, 1e-10),
    );
    claims.push(
        about_the_pull(
            "C5.4",
            "At θ = 10 the saturating loss has slope 4.5·10⁻⁶ and the other 10 less that",
            "O106, O107",
        )
        .figure(figure)
        .vector(&slopes_by_place(10.0)?, &[4.464_100_214_460_707e-6, 9.999_995_535_899_785], 1e-12),
    );
    at_masses(claims)?;
    let theta = linspace(0.1, 10.0, 100);
    let slopes = theta.iter().map(|&theta| slopes_by_place(theta)).collect::<Result<Vec<_>>>()?;
    let curve = |k: usize| slopes.iter().map(|s| s[k]).collect::<Vec<f64>>();
    figures.push(Illustration {
        id: figure,
        figure: Figure::new(
            "The pull on a generator that is θ away",
            [Panel::new(
                Axis::new("θ, the distance of N(θ, 1) from N(0, 1)"),
                Axis::new("slope of the loss by θ").log(),
            )
            .add(Series::line("E ln(1 − D*), saturating", &theta, &curve(0)))
            .add(Series::line("−E ln D*, non-saturating", &theta, &curve(1)))],
        ),
        caption:
            "The discriminator is the best one for each θ and is held still while the slope is taken. The farther the \
                  generator is from the data, the less the saturating loss pulls, and the more the other does."
                .to_owned(),
    });
    Ok(())
}

/// C5: the value of the loss between masses.
fn at_masses(claims: &mut Vec<Claim>) -> Result<()> {
    let (p, q) = pair()?;
    let m = Pmf::new(p.masses().iter().zip(q.masses()).map(|(p, q)| 0.5 * (p + q)).collect::<Vec<f64>>())?;
    let best = optimal_discriminator(&p, &q)?.logits;
    let (value, _) = at_table(&|_, fake| Objective::NonSaturating.generator_loss(fake, || fake), &best);
    claims.push(
        about_the_pull("C5.5", "E_q[−ln D*] = KL(q ‖ p) − KL(q ‖ m) + ln 2 for p = (.1, .4, .5), q = (.8, .15, .05): the trainer’s loss at D*", "O154")
            .relative(value, 1.810_313_230_526_971_8, 1e-14),
    );
    claims.push(
        about_the_pull(
            "C5.6",
            "KL(q ‖ p) − KL(q ‖ m) + ln 2 of p = (.1, .4, .5) and q = (.8, .15, .05), from the divergences",
            "O154",
        )
        .relative(kl(&q, &p)?.value - kl(&q, &m)?.value + LN_2, 1.810_313_230_526_971_8, 1e-14),
    );
    Ok(())
}
