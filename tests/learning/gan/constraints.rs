//! What keeps a discriminator from being too steep: penalties and limits of networks that are known.

use super::Normal;
use crate::common::oracles::oracle;
use fenchel::gan::{Fit, Limit, Objective, Penalty, Scored};
use fenchel::nn::{Activation, Layers, Mlp, Network, Spectral, Tape};
use fenchel::numeric::stream;
use ndarray::{Array2, array};

/// The penalties of a critic whose slope is known: `w·x` has gradient `w` everywhere.
#[test]
fn penalties_of_a_linear_critic() {
    let mut network = Mlp::<f64>::new(&[2, 1], Activation::Linear, Activation::Linear, &mut stream(0, 0));
    network.layers[0].weight = array![[3.0], [4.0]];
    let tape = Tape::new();
    let bound = network.bind(&tape);
    let real = Scored::new(|x| bound.forward(x), tape.leaf(array![[0.0, 1.0], [2.0, 3.0]]));
    let fake = Scored::new(|x| bound.forward(x), tape.leaf(array![[5.0, -1.0], [0.5, 0.0]]));
    let mut rng = stream(0, 1);
    let mut penalty = |penalty: Penalty| penalty.term(|x| bound.forward(x), real, fake, &mut rng);
    assert_eq!(penalty(Penalty::R1(0.2)).unwrap().scalar(), 0.5 * 0.2 * 25.0);
    assert_eq!(penalty(Penalty::R2(0.2)).unwrap().scalar(), 0.5 * 0.2 * 25.0);
    assert_eq!(penalty(Penalty::R1R2(0.2)).unwrap().scalar(), 0.2 * 25.0);
    assert_eq!(penalty(Penalty::Gradient(10.0)).unwrap().scalar(), 10.0 * 16.0);
    assert_eq!(penalty(Penalty::OneSided(10.0)).unwrap().scalar(), 10.0 * 16.0);
    assert!(penalty(Penalty::None).is_none());
    // λ (‖w‖ - 1)² has gradient 2 λ (‖w‖ - 1) w/‖w‖ = 80 (0.6, 0.8)
    let by_weight = penalty(Penalty::Gradient(10.0)).unwrap().gradients(bound.parameters());
    assert!((by_weight[0].value()[[0, 0]] - 48.0).abs() < 1e-12);
    assert!((by_weight[0].value()[[1, 0]] - 64.0).abs() < 1e-12);
    assert_eq!(by_weight[1].scalar(), 0.0);
}

/// A critic that is less steep than 1 is drawn to 1 by the two-sided penalty, and left alone by the one-sided one. R1 and R2 look
/// each at its own samples: the slope of `x²` is `2x`.
#[test]
fn penalties_see_where_they_should() {
    let tape = Tape::<f64>::new();
    let mut rng = stream(0, 1);
    let (x, y) = (tape.leaf(array![[1.0], [2.0]]), tape.leaf(array![[5.0], [7.0]]));
    let pair = [Scored { points: x, outputs: x.scale(0.5) }, Scored { points: y, outputs: y.scale(0.5) }];
    let mut term = |penalty: Penalty| penalty.term(|x| x.scale(0.5), pair[0], pair[1], &mut rng).unwrap().scalar();
    assert_eq!(term(Penalty::Gradient(2.0)), 2.0 * 0.25);
    assert_eq!(term(Penalty::OneSided(2.0)), 0.0);
    let square = [Scored { points: x, outputs: x.square() }, Scored { points: y, outputs: y.square() }];
    let mut term = |penalty: Penalty| penalty.term(|x| x.square(), square[0], square[1], &mut rng).unwrap().scalar();
    assert_eq!(term(Penalty::R1(2.0)), (4.0 + 16.0) / 2.0);
    assert_eq!(term(Penalty::R2(2.0)), (100.0 + 196.0) / 2.0);
    assert_eq!(term(Penalty::R1R2(2.0)), (4.0 + 16.0 + 100.0 + 196.0) / 2.0);
    // between the samples 1..5 and 2..7 the slope is above 1, so both penalties agree
    let two_sided = Penalty::Gradient(2.0).term(|x| x.square(), square[0], square[1], &mut stream(3, 3)).unwrap();
    let one_sided = Penalty::OneSided(2.0).term(|x| x.square(), square[0], square[1], &mut stream(3, 3)).unwrap();
    assert_eq!(two_sided.scalar(), one_sided.scalar());
    assert!(one_sided.scalar() > 2.0);
}

#[test]
fn spectral_norm_of_a_known_matrix() {
    let mut network = Mlp::<f64>::new(&[2, 2], Activation::Linear, Activation::Linear, &mut stream(0, 0));
    network.layers[0].weight = array![[3.0, 0.0], [4.0, 5.0]];
    let spectral = Spectral::new(network, 20, &mut stream(0, 1));
    oracle("O209").check_all(&spectral.values());
    let tape = Tape::new();
    let bound = spectral.bind(&tape);
    let weight = bound.forward(tape.leaf(Array2::eye(2)));
    let largest = fenchel::linalg::singular_values(weight.value().view()).unwrap()[0];
    assert!((largest - 1.0).abs() < 1e-12);
    // a weight divided by its norm does not change when it is scaled: the gradient has no component along it
    let by_weight = weight.square().sum().gradients(bound.parameters())[0].value();
    let along: f64 = by_weight.iter().zip(&spectral.network().layers[0].weight).map(|(g, w)| g * w).sum();
    assert!(along.abs() < 1e-10 && by_weight.iter().any(|g| g.abs() > 0.01), "{along}");
    // without a tape it gives the same bits
    assert_eq!(spectral.apply(Array2::eye(2).view()), *weight.value());
}

#[test]
fn constrained_discriminators_keep_their_promise() {
    let far = |mean: f64| Normal { mean, deviation: 0.3 };
    let fit = |penalty, limit| Fit {
        objective: Objective::Wasserstein,
        penalty,
        limit,
        hidden: Layers::leaky(&[32, 32]),
        steps: 200,
        ..Fit::default()
    };
    let spectral = fit(Penalty::None, Limit::Spectral).run(&far(0.0), &far(3.0)).unwrap();
    let x = Array2::from_shape_fn((400, 1), |(i, _)| -4.0 + 0.03 * i as f64);
    let y = spectral.outputs(x.view());
    let steepest = y.windows(2).into_iter().map(|w| (w[1] - w[0]).abs() / 0.03).fold(0.0, f64::max);
    assert!((0.2..=1.001).contains(&steepest), "Lipschitz constant {steepest}");

    let clipped = fit(Penalty::None, Limit::Clip(0.01)).run(&far(0.0), &far(3.0)).unwrap();
    assert!(clipped.network().parameters().all(|w| w.iter().all(|w| w.abs() <= 0.01)));

    let penalised = fit(Penalty::Gradient(10.0), Limit::None).run(&far(0.0), &far(3.0)).unwrap();
    let y = penalised.outputs(array![[0.5], [2.5]].view());
    let slope = (y[0] - y[1]) / 2.0;
    assert!((slope - 1.0).abs() < 0.15, "slope {slope} between the laws; the Kantorovich potential has slope 1");
}
