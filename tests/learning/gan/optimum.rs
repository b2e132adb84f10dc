//! Fits and games whose optimum is known.

use super::Normal;
use crate::common::oracles::oracle;
use fenchel::gan::{Fit, GameValue, Limit, Objective, Rows, Scored, Source};
use fenchel::nn::{Activation, Layers, Tape, Var};
use fenchel::numeric::stream;
use ndarray::array;
use rand_chacha::ChaCha8Rng;

/// `V` of a discriminator between N(0, 1) and N(1, 1) by the trapezoidal rule, exact to rounding for smooth integrands.
fn value_by_quadrature(outputs: impl Fn(f64) -> f64) -> f64 {
    let h = 0.01;
    let density = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
    let softplus = fenchel::numeric::softplus;
    (-900..=1000)
        .map(|i| h * f64::from(i))
        .map(|x| -h * (density(x) * softplus(-outputs(x)) + density(x - 1.0) * softplus(outputs(x))))
        .sum()
}

#[test]
fn a_trained_discriminator_reaches_the_optimum_between_two_normals() {
    let (p, q) = (Normal { mean: 0.0, deviation: 1.0 }, Normal { mean: 1.0, deviation: 1.0 });
    assert!((value_by_quadrature(|x| 0.5 - x) - oracle("O085").value()).abs() < 1e-10);
    for hidden in [&[][..], &[32, 32]] {
        let d = Fit { hidden: Layers::new(hidden, Activation::Tanh), ..Fit::default() }.run(&p, &q).unwrap();
        let logit = |x: f64| d.outputs(array![[x]].view())[0];
        let value = value_by_quadrature(logit);
        assert!(value <= oracle("O085").value() + 1e-12, "no discriminator exceeds V(D*)");
        assert!(value > oracle("O085").value() - 1e-3, "V = {value}");
        let at_zero = fenchel::numeric::sigmoid(logit(0.0));
        assert!((at_zero - oracle("O093").value()).abs() < 0.02, "D(0) = {at_zero}");
        // on fresh samples V is within its standard error of the integral, and so proves its bound
        let mut rng = stream(9, 9);
        let sample = |law: &Normal, rng: &mut ChaCha8Rng| d.outputs(law.draw(20_000, rng).mapv(f64::from).view());
        let (real, fake) = (sample(&p, &mut rng), sample(&q, &mut rng));
        let column = |x: &ndarray::Array1<f64>| x.clone().insert_axis(ndarray::Axis(1));
        let game = GameValue::of(column(&real).view(), column(&fake).view());
        assert!((game.value - value).abs() < 4.0 * game.std_error, "{game:?} against {value}");
        assert!(game.jsd_lower_bound() - 2.0 * game.std_error < oracle("O084").value());
        // Bayes: (1 + TV)/2 = Φ(1/2)
        assert!((game.accuracy - 0.691_462_461_274_013).abs() < 0.01);
    }
}

/// Kantorovich duality: under the penalty the critic's value approaches W1 = 3 of two laws three apart.
#[test]
fn a_linear_clipped_critic_scales_the_distance_by_its_bound() {
    let point = |x: f64| Rows::new(array![[x]].view()).unwrap();
    let fit = Fit {
        objective: Objective::Wasserstein,
        limit: Limit::Clip(0.01),
        hidden: Layers(Vec::new()),
        steps: 100,
        ..Fit::default()
    };
    let critic = fit.run(&point(0.0), &point(3.0)).unwrap();
    let y = critic.outputs(array![[0.0], [3.0]].view());
    assert!((y[0] - y[1] - oracle("O181").value()).abs() < 1e-8);
}

// ---- the Dirac game ----

/// The Jacobian of one step of the game `D(x) = psi x`, `G = theta`, data at 0, at the fixed point, column by column from
/// steps that start next to it. The game is written on the tape with the library's losses.
fn dirac_step(theta: f64, psi: f64, h: f64, alternating: bool, gamma: f64) -> (f64, f64) {
    let gradients = |theta: f64, psi: f64| {
        let tape = Tape::<f64>::new();
        let (g, d) = (tape.leaf(array![[theta]]), tape.leaf(array![[psi]]));
        let x = tape.leaf(array![[0.0]]);
        let outputs: (Var<'_, f64>, Var<'_, f64>) = (x * d, g * d);
        let slopes = Scored { points: x, outputs: outputs.0 }.squared_slopes().mean().scale(0.5 * gamma);
        let for_d = Objective::Minimax.discriminator_loss(outputs.0, outputs.1) + slopes;
        let for_g = Objective::Minimax.generator_loss(outputs.1, || outputs.0);
        (for_g.gradients(&[g])[0].scalar(), for_d.gradients(&[d])[0].scalar())
    };
    let (by_theta, by_psi) = gradients(theta, psi);
    if alternating {
        let psi = psi - h * by_psi;
        (theta - h * gradients(theta, psi).0, psi)
    } else {
        (theta - h * by_theta, psi - h * by_psi)
    }
}

/// Trace and determinant of the Jacobian at the fixed point.
fn dirac_jacobian(h: f64, alternating: bool, gamma: f64) -> (f64, f64) {
    let e = 1e-6;
    let (a, c) = dirac_step(e, 0.0, h, alternating, gamma);
    let (b, d) = dirac_step(0.0, e, h, alternating, gamma);
    ((a + d) / e, (a * d - b * c) / (e * e))
}

#[test]
fn the_dirac_game_turns_as_the_theory_says() {
    // complex eigenvalues: |λ|² is the determinant
    let (trace, det) = dirac_jacobian(0.1, false, 0.0);
    assert!(trace * trace < 4.0 * det);
    assert!((det.sqrt() - oracle("O176").value()).abs() < 1e-9, "simultaneous steps spiral out: {}", det.sqrt());
    for h in [0.1, 1.0, 3.0] {
        let (_, det) = dirac_jacobian(h, true, 0.0);
        assert!((det.sqrt() - oracle("O197").value()).abs() < 1e-9, "alternating steps circle: {}", det.sqrt());
    }
    // with R1 the step is 1 + hλ, λ = -γ/2 ± √(γ²/4 - 1/4): at γ = 1 a double root
    let h = 0.1;
    let (trace, det) = dirac_jacobian(h, false, 1.0);
    assert!(((trace / 2.0 - 1.0) / h - oracle("O177").value()).abs() < 1e-8);
    assert!((trace * trace - 4.0 * det).abs() < 1e-8, "the roots coincide");
}
