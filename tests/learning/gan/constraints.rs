//! Constraints: penalties and norms of networks that are known.

use super::Normal;
use crate::common::oracles::oracle;
use fenchel::gan::{Constraint, Fit, Objective, Scored, SpectralNorm};
use fenchel::nn::{Activation, Mlp, Tape};
use fenchel::numeric::stream;
use ndarray::{Array2, array};

/// The penalties of a critic whose slope is known: `w·x` has gradient `w` everywhere.
#[test]
fn penalties_of_a_linear_critic() {
    let mut network = Mlp::<f64>::new(&[2, 1], Activation::Linear, Activation::Linear, &mut stream(0, 0));
    network.layers[0].weight = array![[3.0], [4.0]];
    let tape = Tape::new();
    let bound = network.bind(&tape);
    let real = Scored::new(&bound, tape.leaf(array![[0.0, 1.0], [2.0, 3.0]]));
    let fake = Scored::new(&bound, tape.leaf(array![[5.0, -1.0], [0.5, 0.0]]));
    let mut rng = stream(0, 1);
    let mut penalty = |constraint: Constraint| constraint.penalty(&bound, real, fake, &mut rng);
    assert_eq!(penalty(Constraint::R1(0.2)).unwrap().scalar(), 0.5 * 0.2 * 25.0);
    assert_eq!(penalty(Constraint::R1R2(0.2)).unwrap().scalar(), 0.2 * 25.0);
    assert_eq!(penalty(Constraint::GradientPenalty(10.0)).unwrap().scalar(), 10.0 * 16.0);
    assert!(penalty(Constraint::Clip(0.1)).is_none());
    // λ (‖w‖ - 1)² has gradient 2 λ (‖w‖ - 1) w/‖w‖ = 80 (0.6, 0.8)
    let by_weight = penalty(Constraint::GradientPenalty(10.0)).unwrap().gradients(bound.parameters());
    assert!((by_weight[0].value()[[0, 0]] - 48.0).abs() < 1e-12);
    assert!((by_weight[0].value()[[1, 0]] - 64.0).abs() < 1e-12);
    assert_eq!(by_weight[1].scalar(), 0.0);
}

#[test]
fn spectral_norm_of_a_known_matrix() {
    let mut network = Mlp::<f64>::new(&[2, 2], Activation::Linear, Activation::Linear, &mut stream(0, 0));
    network.layers[0].weight = array![[3.0, 0.0], [4.0, 5.0]];
    let mut norm = SpectralNorm::new(&network, 20, &mut stream(0, 1));
    oracle("O209").check_all(&norm.values(&network));
    let tape = Tape::new();
    let bound = norm.normalise(&network, network.bind(&tape));
    let weight = bound.forward(tape.leaf(Array2::eye(2)));
    let largest = fenchel::linalg::singular_values(weight.value().view()).unwrap()[0];
    assert!((largest - 1.0).abs() < 1e-12);
    // a weight divided by its norm does not change when it is scaled: the gradient has no component along it
    let by_weight = weight.square().sum().gradients(bound.parameters())[0].value();
    let along: f64 = by_weight.iter().zip(&network.layers[0].weight).map(|(g, w)| g * w).sum();
    assert!(along.abs() < 1e-10 && by_weight.iter().any(|g| g.abs() > 0.01), "{along}");
}

#[test]
fn constrained_discriminators_keep_their_promise() {
    let far = |mean: f64| Normal { mean, deviation: 0.3 };
    let fit = |constraint| Fit {
        objective: Objective::Wasserstein,
        constraint,
        activation: Activation::LeakyRelu(0.2),
        steps: 200,
        ..Fit::default()
    };
    let spectral = fit(Constraint::Spectral).run(&far(0.0), &far(3.0)).unwrap();
    let x = Array2::from_shape_fn((400, 1), |(i, _)| -4.0 + 0.03 * i as f64);
    let y = spectral.outputs(x.view());
    let steepest = y.windows(2).into_iter().map(|w| (w[1] - w[0]).abs() / 0.03).fold(0.0, f64::max);
    assert!((0.2..=1.001).contains(&steepest), "Lipschitz constant {steepest}");

    let clipped = fit(Constraint::Clip(0.01)).run(&far(0.0), &far(3.0)).unwrap();
    assert!(clipped.network().parameters().all(|w| w.iter().all(|w| w.abs() <= 0.01)));

    let penalised = fit(Constraint::GradientPenalty(10.0)).run(&far(0.0), &far(3.0)).unwrap();
    let y = penalised.outputs(array![[0.5], [2.5]].view());
    let slope = (y[0] - y[1]) / 2.0;
    assert!((slope - 1.0).abs() < 0.15, "slope {slope} between the laws; the Kantorovich potential has slope 1");
}
