//! How critics are kept from steep slopes: clipping, gradient penalty, spectral norm (rows F7 to F9).

use super::shared::CHAPTER;
use crate::Claim;
use crate::claim::larger;
use fenchel::Result;
use fenchel::gan::{Objective, Penalty, Scored};
use fenchel::nn::{Activation, Clipped, Dense, Mlp, Network, Optimizer, Rule, Spectral, Tape};
use fenchel::numeric::stream;
use ndarray::{Array2, array};
use rand::RngExt;
use rand_distr::StandardNormal;

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    clipping(seed, claims);
    gradient_penalty(claims);
    spectral_norm(seed, claims)
}

/// F7: a critic with clipped weights sees a constant times the distance.
fn clipping(seed: u64, claims: &mut Vec<Claim>) {
    const BOUND: f64 = 0.01;
    let mut rng = stream(seed, 90);
    let mut critic = Clipped::new(Mlp::<f64>::new(&[1, 1], Activation::Linear, Activation::Linear, &mut rng), BOUND);
    let mut optimizer = Optimizer::new(Rule::rms_prop(5e-4));
    let mut value = 0.0;
    for _ in 0..200 {
        let tape = Tape::new();
        let bound = critic.bind(&tape);
        let at = |x: f64| bound.forward(tape.constant(x));
        let loss = Objective::Wasserstein.discriminator_loss(at(0.0), at(3.0));
        value = -loss.scalar();
        let gradients = bound.gradients(loss);
        optimizer.step(critic.parameters_mut(), &gradients);
        critic.settle();
    }
    claims.push(
        Claim::about("F7", CHAPTER, "WGAN clips the weights of its critic, |w| ≤ c = .01: a linear critic between points at 0 and 3, trained by RMSProp, ends at c W1 = .03, so that its loss is the distance but for a constant of the network", "S1 L129, S4 L53; O181")
            .corrects("only the heading is there")
            .absolute(value, 0.03, 1e-12),
    );
}

/// F8: the penalty and its gradients by the weights, which need derivatives of derivatives.
fn gradient_penalty(claims: &mut Vec<Claim>) {
    let layer = |weight: Array2<f64>, bias: Array2<f64>, activation| Dense::new(weight, bias, activation);
    let critic = Mlp {
        layers: vec![
            layer(array![[1.0, -1.0], [2.0, 0.5]], array![[0.1, -0.2]], Activation::Tanh),
            layer(array![[0.7], [-1.3]], array![[0.0]], Activation::Linear),
        ],
    };
    let tape = Tape::new();
    let bound = critic.bind(&tape);
    let on = |x| bound.forward(x);
    let x = Scored::new(on, tape.leaf(array![[0.3, -0.4]]));
    let slope = x.outputs.sum().gradients(&[x.points])[0].value();
    let term = |penalty: Penalty| penalty.term(on, x, x, &mut stream(0, 0)).expect("a penalty has a term");
    let penalty = term(Penalty::Gradient(1.0));
    let gradients = bound.gradients(penalty);
    let about = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("S1 L183-186, S4 L55; {row}"))
            .corrects("“σ_x f” for the gradient; the expectation, x̂ and the order of the norm are missing; the penalty favours slopes of 1 and does not bound them")
    };
    let entries = |m: &Array2<f64>| m.iter().copied().collect::<Vec<f64>>();
    claims.push(
        about("F8", "WGAN-GP: the gradient by x of the critic D(x) = w·tanh(W x + b), W = (1, 2; −1, .5), b = (.1, −.2), w = (.7, −1.3), at x = (.3, −.4)", "O203")
            .vector(&entries(&slope), &[1.424_108_617_234_020_5, 0.785_313_567_025_050_7], 1e-13),
    );
    claims.push(about("F8.2", "The penalty (‖∇D‖ − 1)² of that critic at x = (.3, −.4)", "O204").relative(
        penalty.scalar(),
        0.392_232_843_848_248_8,
        1e-13,
    ));
    // weights are kept as inputs by outputs
    let by_weights = gradients[0].t().to_owned();
    claims.push(
        about("F8.3", "The gradient of the penalty (‖∇D‖ − 1)² by the weights W, by rows: it needs the second derivatives of the network", "O205").vector(
            &entries(&by_weights),
            &[0.971_897_751_100_790_9, -0.057_647_190_373_540_86, -0.667_371_784_711_098_7, -0.816_045_211_215_824],
            1e-10,
        ),
    );
    claims.push(
        about("F8.4", "The gradient of the penalty (‖∇D‖ − 1)² by w and by b; the second is not zero although b is no part of ∇D for a linear critic", "O206, O207").vector(
            &[entries(&gradients[2]), entries(&gradients[1])].concat(),
            &[1.973_578_021_828_914_5, -0.504_254_600_616_778_1, 1.049_802_489_853_061_8, 0.792_363_603_397_249_5],
            1e-10,
        ),
    );
    claims.push(about("F8.5", "R1, ½ ‖∇D‖², of that critic at a real sample x = (.3, −.4)", "O208").relative(
        term(Penalty::R1(1.0)).scalar(),
        1.322_401_376_116_901_3,
        1e-13,
    ));
}

/// F9: weights divided by their largest singular value.
fn spectral_norm(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let about = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("S3 L639-641{row}"))
            .corrects("“keep the gradient norm smaller than 1 everywhere” is the effect, and it is at most 1; what is done is to divide each W by its largest singular value")
    };
    let mut rng = stream(seed, 91);
    let matrix =
        Mlp { layers: vec![Dense::new(array![[3.0, 0.0], [4.0, 5.0]], array![[0.0, 0.0]], Activation::Linear)] };
    claims.push(
        about("F9", "The largest singular value of W = (3, 0; 4, 5) is 3√5, by 30 rounds of power iteration", "; O209")
            .relative(Spectral::new(matrix, 30, &mut rng).values()[0], 6.708_203_932_499_369, 1e-12),
    );
    let linear = Mlp::<f64>::new(&[5, 1], Activation::Linear, Activation::Linear, &mut rng);
    let steepest = steepest(&Spectral::new(linear, 50, &mut rng), 5, &mut rng);
    claims.push(
        about("F9.2", "A linear critic that is divided by its largest singular value has slope 1: length of its gradient at random points", "")
            .absolute(steepest, 1.0, 1e-12),
    );
    let deep = Mlp::<f64>::new(&[2, 32, 32, 1], Activation::LeakyRelu(0.2), Activation::Linear, &mut rng);
    let spectral = Spectral::new(deep, 300, &mut rng);
    let points = Array2::from_shape_simple_fn((2000, 2), || 3.0 * rng.sample::<f64, _>(StandardNormal));
    let values = spectral.apply(points.view());
    let mut slope = 0.0;
    for i in 0..1000 {
        let (x, y) = (points.row(i), points.row(i + 1000));
        let apart = (&x - &y).mapv(|t| t * t).sum().sqrt();
        slope = larger(slope, (values[[i, 0]] - values[[i + 1000, 0]]).abs() / apart);
    }
    claims.push(
        about("F9.3", "With activations of slope at most 1 the whole network is then 1-Lipschitz: steepest of 1000 chords of a random network 2-32-32-1 with leaky rectifiers", "")
            .at_most(slope, 1.0 + 1e-9),
    );
    Ok(())
}

/// The longest gradient of a network at random points.
fn steepest(network: &Spectral<f64>, inputs: usize, rng: &mut impl rand::Rng) -> f64 {
    let tape = Tape::new();
    let x = tape.leaf(Array2::from_shape_simple_fn((10, inputs), || rng.sample::<f64, _>(StandardNormal)));
    let bound = network.bind(&tape);
    Scored::new(|x| bound.forward(x), x).squared_slopes().value().iter().fold(0.0, |most, s| larger(most, s.sqrt()))
}
