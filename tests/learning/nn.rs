//! Differentiation against finite differences and exact values; layers; optimisers.
#![allow(clippy::float_cmp)]

use crate::common::oracles::oracle;
use fenchel::nn::{Activation, Initial, Mlp, Optimizer, Rule, RunningNorm, Tape, Var, Window};
use fenchel::numeric::stream;
use ndarray::{Array2, array};
use rand::RngExt;

type Inputs = Vec<Array2<f64>>;

/// Gradients of `f` by every entry of every input, by central differences with Richardson's correction (error O(h⁴)).
fn differences(f: &dyn Fn(&Inputs) -> f64, at: &Inputs) -> Inputs {
    let slope = |i: usize, cell: [usize; 2], h: f64| {
        let moved = |by: f64| {
            let mut inputs = at.clone();
            inputs[i][cell] += by;
            f(&inputs)
        };
        (moved(h) - moved(-h)) / (2.0 * h)
    };
    let by_entry = |i: usize| {
        Array2::from_shape_fn(at[i].dim(), |(r, c)| {
            let h = 1e-3;
            (4.0 * slope(i, [r, c], h / 2.0) - slope(i, [r, c], h)) / 3.0
        })
    };
    (0..at.len()).map(by_entry).collect()
}

fn assert_close(found: &Array2<f64>, expected: &Array2<f64>, what: &str) {
    assert_eq!(found.dim(), expected.dim(), "{what}");
    for (&a, &b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-8 * (1.0 + b.abs()), "{what}: {a} against {b} by differences");
    }
}

/// Holds the first and second order gradients of `f` against differences. The output is contracted with fixed uneven
/// weights, and so is the gradient, so that no entry can hide behind another.
pub(crate) fn check(name: &str, at: Inputs, f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>) {
    fn uneven<'t>(x: Var<'t, f64>, tape: &'t Tape<f64>) -> Var<'t, f64> {
        let weights = Array2::from_shape_fn(x.shape(), |(i, j)| 0.7 + 0.3 * (1.3 * i as f64 + 2.1 * j as f64).sin());
        (x * tape.leaf(weights)).sum()
    }
    let first = |inputs: &Inputs| -> Inputs {
        let tape = Tape::new();
        let vars: Vec<_> = inputs.iter().map(|x| tape.leaf(x.view())).collect();
        uneven(f(&vars), &tape).gradients(&vars).iter().map(|g| g.value().as_ref().clone()).collect()
    };
    let value = |inputs: &Inputs| {
        let tape = Tape::new();
        let vars: Vec<_> = inputs.iter().map(|x| tape.leaf(x.view())).collect();
        uneven(f(&vars), &tape).scalar()
    };
    for (found, expected) in first(&at).iter().zip(&differences(&value, &at)) {
        assert_close(found, expected, &format!("{name}, first order"));
    }

    let contracted_gradient = |inputs: &Inputs| {
        let tape = Tape::new();
        let vars: Vec<_> = inputs.iter().map(|x| tape.leaf(x.view())).collect();
        let gradients = uneven(f(&vars), &tape).gradients(&vars);
        let total = gradients.into_iter().map(|g| uneven(g, &tape)).reduce(|a, b| a + b).unwrap();
        (total.scalar(), total.gradients(&vars).iter().map(|g| g.value().as_ref().clone()).collect::<Vec<_>>())
    };
    let (_, second) = contracted_gradient(&at);
    for (found, expected) in second.iter().zip(&differences(&|x| contracted_gradient(x).0, &at)) {
        assert_close(found, expected, &format!("{name}, second order"));
    }
}

/// Entries in ±(0.3, 1.3), away from the kink of the rectifiers.
pub(crate) fn mixed(rows: usize, columns: usize, k: u64) -> Array2<f64> {
    let mut rng = stream(5, k);
    Array2::from_shape_simple_fn((rows, columns), || {
        let size = 0.3 + rng.random::<f64>();
        if rng.random::<bool>() { size } else { -size }
    })
}

fn positive(rows: usize, columns: usize, k: u64) -> Array2<f64> {
    mixed(rows, columns, k).mapv(f64::abs)
}

#[test]
fn gradients_of_entrywise_functions() {
    let x = || vec![mixed(3, 4, 1)];
    check("neg", x(), |v| -v[0]);
    check("scale", x(), |v| v[0].scale(-2.5) * v[0]);
    check("shift", x(), |v| v[0].shift(0.3).square());
    check("square", x(), |v| v[0].square() * v[0]);
    check("relu", x(), |v| v[0].relu() * v[0].square());
    check("leaky relu", x(), |v| v[0].leaky_relu(0.2) * v[0]);
    check("abs", x(), |v| v[0].abs() * v[0]);
    check("tanh", x(), |v| v[0].tanh());
    check("sigmoid", x(), |v| v[0].sigmoid());
    check("softplus", x(), |v| v[0].softplus());
    check("exp", x(), |v| v[0].exp());
    check("integer power", x(), |v| v[0].pow(3.0));
    let x = || vec![positive(3, 4, 2)];
    check("ln", x(), |v| v[0].ln());
    check("sqrt", x(), |v| v[0].sqrt());
    check("power", x(), |v| v[0].pow(-1.7));
}

#[test]
fn gradients_of_entrywise_arithmetic_of_every_shape() {
    let shapes = [(3, 4), (1, 4), (3, 1), (1, 1)];
    for (rows, columns) in shapes {
        let pair = || vec![mixed(3, 4, 3), mixed(rows, columns, 4)];
        check("add", pair(), |v| (v[0] + v[1]) * v[0]);
        check("sub", pair(), |v| (v[0] - v[1]) * v[1]);
        check("sub from", pair(), |v| (v[1] - v[0]).square());
        check("mul", pair(), |v| v[0] * v[1]);
        check("div", pair(), |v| v[0] / v[1]);
        check("div into", pair(), |v| v[1] / v[0]);
    }
    check("row by column", vec![mixed(1, 4, 5), mixed(3, 1, 6)], |v| v[0] * v[1]);
}

#[test]
fn gradients_of_products() {
    let (a, b) = (|| mixed(3, 4, 7), || mixed(4, 2, 8));
    let turned = |x: Array2<f64>| x.t().to_owned();
    check("A B", vec![a(), b()], |v| v[0].matmul(v[1]));
    check("A Bᵀ", vec![a(), turned(b())], |v| v[0].matmul_t(v[1]));
    check("Aᵀ B", vec![turned(a()), b()], |v| v[0].t_matmul(v[1]));
    check("A Aᵀ", vec![a()], |v| v[0].matmul_t(v[0]));
    check("Aᵀ A A", vec![mixed(3, 3, 9)], |v| v[0].t_matmul(v[0]).matmul(v[0]));
    check("dense", vec![a(), b(), mixed(1, 2, 10)], |v| v[0].dense(v[1], v[2]).tanh());
    check("dense, linear", vec![a(), b(), mixed(1, 2, 10)], |v| v[0].dense(v[1], v[2]));
    let (scale, shift) = (|| mixed(1, 4, 22), || mixed(1, 4, 23));
    check("scaled", vec![a(), scale(), shift()], |v| v[0].scaled(v[1], v[2]));
    check("scaled by itself", vec![a()], |v| v[0].scaled(v[0].sum_columns(), v[0].square().sum_columns()));
    check("inner products of columns", vec![a(), mixed(3, 4, 24)], |v| v[0].dot_columns(v[1]) * v[0]);
    check("squares of columns", vec![a()], |v| v[0].dot_columns(v[0]) * v[0]);
}

#[test]
fn gradients_of_sums() {
    let x = || vec![mixed(3, 4, 11)];
    check("sum", x(), |v| v[0].sum().square());
    check("mean", x(), |v| v[0].square().mean().exp());
    check("rows", x(), |v| v[0].sum_rows().square());
    check("columns", x(), |v| v[0].sum_columns().square());
    check("centred", x(), |v| (v[0] - v[0].sum_columns().scale(1.0 / 3.0)).square());
}

#[test]
fn gradients_of_what_moves_entries() {
    let x = || vec![mixed(3, 4, 11), mixed(3, 2, 12)];
    check("reshape", x(), |v| v[0].reshape((2, 6)).square() * v[0].reshape((2, 6)));
    check("columns", x(), |v| v[0].columns(1..3).square() * v[1]);
    check("beside", x(), |v| v[0].beside(v[1]).square() * v[1].beside(v[0]));
    check("log-softmax", x(), |v| v[0].log_softmax() * v[0]);

    let tape = Tape::<f64>::new();
    let y = tape.leaf(array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    assert_eq!(*y.reshape((3, 2)).value(), array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    assert_eq!(*y.columns(1..3).value(), array![[2.0, 3.0], [5.0, 6.0]]);
    assert_eq!(*y.beside(y.columns(0..1)).value(), array![[1.0, 2.0, 3.0, 1.0], [4.0, 5.0, 6.0, 4.0]]);
    // probabilities, without overflow
    let scores = tape.leaf(array![[1000.0, 999.0], [-1000.0, 0.0]]);
    let ln_p = scores.log_softmax().value();
    assert!((ln_p[[0, 0]] + (1.0 + (-1f64).exp()).ln()).abs() < 1e-12 && ln_p[[1, 1]] == 0.0, "{ln_p}");
    assert_eq!(ln_p[[1, 0]], -1000.0);
}

/// Windows with and without padding, strides that leave pixels over, several images and channels.
const WINDOWS: [Window; 4] = [
    Window { height: 3, width: 4, channels: 1, side: 2, stride: 1, padding: 0 },
    Window { height: 4, width: 4, channels: 2, side: 4, stride: 2, padding: 1 },
    Window { height: 5, width: 3, channels: 1, side: 3, stride: 2, padding: 2 },
    Window { height: 2, width: 2, channels: 3, side: 1, stride: 3, padding: 0 },
];

#[test]
fn gradients_of_windows() {
    for window in WINDOWS {
        let (down, across) = window.places();
        let images = mixed(2, window.pixels(), 13);
        check("unfold", vec![images.clone()], |v| v[0].unfold(window).square() * v[0].unfold(window));
        let windows = mixed(2 * down * across, window.columns(), 14);
        check("fold", vec![windows], |v| v[0].fold(window).square() * v[0].fold(window));
    }
}

/// A convolution by windows against the four nested sums that define it, and its transpose by the inner product.
#[test]
fn a_convolution_is_a_product_of_windows() {
    for window in WINDOWS {
        let Window { height, width, channels, side, stride, padding } = window;
        let (down, across) = window.places();
        let (images, kernel) = (mixed(2, window.pixels(), 15), mixed(window.columns(), 2, 16));
        let tape = Tape::<f64>::new();
        let unfolded = tape.leaf(images.view()).unfold(window);
        let found = unfolded.matmul(tape.leaf(kernel.view())).reshape((2, down * across * 2)).value();
        for (n, top, left, out) in (0..2)
            .flat_map(|n| (0..down).flat_map(move |i| (0..across).flat_map(move |j| (0..2).map(move |o| (n, i, j, o)))))
        {
            let mut sum = 0.0;
            for (row, column, channel) in
                (0..side).flat_map(|r| (0..side).flat_map(move |c| (0..channels).map(move |k| (r, c, k))))
            {
                let (y, x) = (top * stride + row, left * stride + column);
                if (padding..height + padding).contains(&y) && (padding..width + padding).contains(&x) {
                    let pixel = ((y - padding) * width + x - padding) * channels + channel;
                    sum += images[[n, pixel]] * kernel[[(row * side + column) * channels + channel, out]];
                }
            }
            let at = (top * across + left) * 2 + out;
            assert!((found[[n, at]] - sum).abs() < 1e-12, "{window:?}: image {n} at {top}, {left}");
        }
        // <unfold x, y> = <x, fold y>
        let y = tape.leaf(mixed(2 * down * across, window.columns(), 17));
        let one = (unfolded * y).sum().scalar();
        let other = (tape.leaf(images.view()) * y.fold(window)).sum().scalar();
        assert!((one - other).abs() < 1e-12 * one.abs().max(1.0), "{one} {other}");
    }
}

#[test]
fn gradients_of_norms() {
    let x = || vec![mixed(4, 3, 18)];
    check("layer norm", x(), |v| v[0].normalised_rows());
    check("batch norm", x(), |v| v[0].normalised_columns());
    check("dropout", x(), |v| v[0].square().dropped(0.5, &mut stream(3, 0)));
    let mut norm = RunningNorm::<f64>::new(3, 0.9);
    norm.follow(mixed(5, 3, 19).view());
    check("running norm", x(), |v| norm.on(v[0].tape(), v[0]).square());

    let tape = Tape::<f64>::new();
    let x = tape.leaf(mixed(50, 4, 20));
    for (y, axis) in [(x.normalised_rows(), 1), (x.normalised_columns(), 0)] {
        let y = y.value();
        for lane in y.lanes(ndarray::Axis(axis)) {
            assert!(lane.mean().unwrap().abs() < 1e-12 && (lane.var(0.0) - 1.0).abs() < 1e-3, "{lane}");
        }
    }
    // constant columns have no variance and stay at zero
    assert!(tape.leaf(Array2::from_elem((3, 2), 7.0)).normalised_columns().value().iter().all(|y| *y == 0.0));
    // a share is dropped and the mean stays
    let ones = tape.leaf(Array2::ones((200, 200)));
    let kept = ones.dropped(0.3, &mut stream(3, 1)).value();
    let zeros = kept.iter().filter(|y| **y == 0.0).count() as f64 / 40_000.0;
    assert!((zeros - 0.3).abs() < 0.01 && (kept.mean().unwrap() - 1.0).abs() < 0.015, "{zeros}");
    assert_eq!(*ones.dropped(0.0, &mut stream(3, 1)).value(), *ones.value());
    // outside of a batch, the same bits on a tape and off it
    let x = mixed(6, 3, 21);
    assert_eq!(*norm.on(&tape, tape.leaf(x.view())).value(), norm.apply(x.view()));
}

#[test]
fn initial_weights_are_found_by_name() {
    let mut network = Mlp::<f64>::new(&[300, 200, 400], Activation::Relu, Activation::Tanh, &mut stream(1, 0));
    for (name, variances) in [
        ("fitting", [2.0 / 300.0, 2.0 / 600.0]),
        ("glorot", [2.0 / 500.0, 2.0 / 600.0]),
        ("he", [2.0 / 300.0, 2.0 / 200.0]),
        ("dcgan", [4e-4, 4e-4]),
    ] {
        network.layers[0].bias.fill(1.0);
        network.redraw(name.parse().unwrap(), &mut stream(1, 1));
        for (layer, variance) in network.layers.iter().zip(variances) {
            // 60,000 numbers or more: a relative error of sqrt(2/n) = 0.6 %
            assert!((layer.weight.var(0.0) / variance - 1.0).abs() < 0.03, "{name}");
            assert!(layer.bias.iter().all(|b| *b == 0.0));
        }
    }
    network.redraw(Initial::Orthogonal, &mut stream(1, 2));
    let (tall, wide) = (&network.layers[0].weight, &network.layers[1].weight);
    for product in [tall.t().dot(tall), wide.dot(&wide.t())] {
        assert!((&product - &Array2::<f64>::eye(200)).iter().all(|x| x.abs() < 1e-10));
    }
    for name in ["fitting", "glorot", "he", "dcgan", "orthogonal"] {
        assert_eq!(name.parse::<Initial>().unwrap().to_string(), name);
    }
    assert!("xavier".parse::<Initial>().unwrap_err().to_string().contains("glorot"));
}

#[test]
fn momentum_and_decay_follow_their_formulas() {
    let gradients = [0.5, -1.0, 2.0, 0.25];
    let mut w = array![[1.0_f64]];
    let mut optimizer = Optimizer::new(Rule::momentum(0.1, 0.9));
    let (mut expected, mut m) = (1.0, 0.0);
    for g in gradients {
        optimizer.step([&mut w], &[array![[g]]]);
        m = 0.9 * m + g;
        expected -= 0.1 * m;
        assert!((w[[0, 0]] - expected).abs() < 1e-15);
    }
    let (mut decayed, mut plain) = (array![[1.0_f64]], array![[1.0_f64]]);
    let mut with = Optimizer::new(Rule::adam_w(0.1, 0.9, 0.999, 0.3));
    let mut without = Optimizer::new(Rule::adam(0.1, 0.9, 0.999));
    for g in gradients {
        let (before, at) = (decayed[[0, 0]], plain[[0, 0]]);
        with.step([&mut decayed], &[array![[g]]]);
        without.step([&mut plain], &[array![[g]]]);
        // the same step as Adam's, and the decay apart from it
        assert!((decayed[[0, 0]] - before - (plain[[0, 0]] - at) + 0.1 * 0.3 * before).abs() < 1e-14);
    }
    assert!(Rule::momentum(0.1, -0.5).validate().is_ok());
    for rule in [Rule::momentum(0.1, 1.0), Rule::momentum(0.1, -1.0), Rule::adam_w(0.1, 0.9, 0.9, -1.0)] {
        assert!(rule.validate().is_err(), "{rule:?}");
    }
}

#[test]
#[should_panic(expected = "has not as many entries")]
fn a_reshape_keeps_every_entry() {
    let tape = Tape::<f64>::new();
    let _ = tape.leaf(array![[1.0, 2.0, 3.0]]).reshape((2, 2));
}

#[test]
fn gradient_of_a_gradient_penalty_by_every_weight() {
    let at = vec![mixed(3, 2, 12), mixed(2, 5, 13), mixed(1, 5, 14), mixed(5, 1, 15), mixed(1, 1, 16)];
    check("penalty", at, |v| {
        let critic = v[0].dense(v[1], v[2]).softplus().dense(v[3], v[4]);
        let slope = critic.sum().gradients(&[v[0]])[0];
        slope.square().sum_rows().sqrt().shift(-1.0).square().mean()
    });
}

#[test]
fn third_order() {
    let tape = Tape::new();
    let x = tape.leaf(array![[0.4]]);
    let mut y = x.tanh();
    for _ in 0..3 {
        y = y.gradients(&[x])[0];
    }
    let t = 0.4_f64.tanh();
    let expected = -2.0 * (1.0 - t * t) * (1.0 - 3.0 * t * t);
    assert!((y.scalar() - expected).abs() < 1e-14);
}

fn flat(x: Var<'_, f64>) -> Vec<f64> {
    x.value().iter().copied().collect()
}

#[test]
fn double_backpropagation_oracles() {
    let tape = Tape::new();
    // samples are rows here, so the layer holds the transpose of the oracle's W1
    let w1 = tape.leaf(array![[1.0, 2.0], [-1.0, 0.5]]);
    let w2 = tape.leaf(array![[0.7, -1.3]]);
    let b1 = tape.leaf(array![[0.1, -0.2]]);
    let x = tape.leaf(array![[0.3, -0.4]]);
    let critic = (x.matmul_t(w1) + b1).tanh().matmul_t(w2);
    let slope = critic.sum().gradients(&[x])[0];
    oracle("O203").check_all(&flat(slope));
    let penalty = slope.square().sum_rows().sqrt().shift(-1.0).square().mean();
    oracle("O204").check_all(&flat(penalty));
    let by = penalty.gradients(&[w1, w2, b1]);
    oracle("O205").check_all(&flat(by[0]));
    oracle("O206").check_all(&flat(by[1]));
    oracle("O207").check_all(&flat(by[2]));
    oracle("O208").check_all(&flat(slope.square().sum().scale(0.5)));
}

#[test]
fn extremes_and_kinks_stay_finite() {
    let tape = Tape::<f64>::new();
    let s = tape.leaf(array![[800.0, -800.0, 0.0, -0.0]]);
    for y in [s.sigmoid(), s.softplus(), s.tanh(), s.relu(), s.leaky_relu(0.2), s.pow(2.0)] {
        let first = y.sum().gradients(&[s])[0];
        let second = first.sum().gradients(&[s])[0];
        let third = second.sum().gradients(&[s])[0];
        for z in [y, first, second, third] {
            assert!(z.value().iter().all(|z| z.is_finite()));
        }
    }
    let origin = tape.leaf(Array2::zeros((1, 3)));
    let norm = origin.square().sum_rows().sqrt();
    let slope = norm.gradients(&[origin])[0];
    assert_eq!(flat(slope), [0.0; 3]);
    assert_eq!(flat(slope.square().sum().gradients(&[origin])[0]), [0.0; 3]);
}

#[test]
fn what_is_not_on_the_path_is_not_computed() {
    let tape = Tape::new();
    let (x, w) = (tape.leaf(mixed(4, 3, 20)), tape.leaf(mixed(3, 2, 21)));
    let y = x.matmul(w).square().sum();
    let before = tape.len();
    let _ = y.gradients(&[x]);
    let by_input = tape.len() - before;
    let before = tape.len();
    let _ = y.gradients(&[x, w]);
    assert_eq!(tape.len() - before, by_input + 1, "one product more for the weights, none without them");
    let stranger = tape.leaf(mixed(2, 5, 22));
    assert_eq!(*y.gradients(&[stranger])[0].value(), Array2::<f64>::zeros((2, 5)));
    assert_eq!(
        *(x.detach() * x).sum().gradients(&[x])[0].value(),
        *x.value(),
        "nothing flows through a detached value"
    );
}

#[test]
fn a_cleared_tape_gives_the_same_bits() {
    let mut tape = Tape::new();
    let run = |tape: &Tape<f64>| {
        let x = tape.leaf(mixed(6, 6, 23));
        let y = x.matmul(x).tanh().mean();
        flat(y.gradients(&[x])[0])
    };
    let fresh = run(&tape);
    for _ in 0..3 {
        tape.clear();
        assert!(tape.is_empty());
        assert_eq!(run(&tape), fresh);
    }
}

#[test]
#[should_panic(expected = "different tapes")]
fn tapes_do_not_mix() {
    let (one, other) = (Tape::<f64>::new(), Tape::new());
    let _ = one.constant(1.0) + other.constant(2.0);
}

#[test]
fn a_network_is_the_same_with_and_without_a_tape() {
    for hidden in [
        Activation::Linear,
        Activation::Relu,
        Activation::LeakyRelu(0.2),
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Softplus,
    ] {
        let net = Mlp::<f32>::new(&[3, 17, 5, 2], hidden, Activation::Tanh, &mut stream(1, 2));
        let x = mixed(7, 3, 24).mapv(|x| x as f32);
        let tape = Tape::new();
        assert_eq!(net.apply(x.view()), *net.bind(&tape).forward(tape.leaf(x.view())).value());
    }
}

#[test]
fn initial_weights_have_the_stated_variance() {
    for (hidden, expected) in [(Activation::LeakyRelu(0.2), 2.0 / (1.04 * 200.0)), (Activation::Tanh, 2.0 / 500.0)] {
        let net = Mlp::<f64>::new(&[200, 300, 1], hidden, Activation::Linear, &mut stream(3, 0));
        let weight = &net.layers[0].weight;
        let variance = weight.mapv(|w| w * w).mean().unwrap();
        // the variance of n squared normals has relative standard deviation sqrt(2/n) = 0.0058
        assert!((variance / expected - 1.0).abs() < 0.03, "{variance} against {expected}");
        assert!(net.layers[0].bias.iter().all(|&b| b == 0.0));
    }
}

#[test]
fn adam_follows_the_paper() {
    let gradients = [0.3, -1.7, 0.02, 0.9, -0.4];
    let (rate, beta1, beta2, epsilon) = (0.01, 0.9, 0.999, 1e-8);
    let mut adam = Optimizer::new(Rule::adam(rate, beta1, beta2));
    let mut w = array![[0.5]];
    let (mut expected, mut m, mut v) = (0.5, 0.0, 0.0);
    for (t, g) in (1..).zip(gradients) {
        adam.step([&mut w], &[array![[g]]]);
        m = beta1 * m + (1.0 - beta1) * g;
        v = beta2 * v + (1.0 - beta2) * g * g;
        let (m_hat, v_hat) = (m / (1.0 - f64::powi(beta1, t)), v / (1.0 - f64::powi(beta2, t)));
        expected -= rate * m_hat / (f64::sqrt(v_hat) + epsilon);
        assert!((w[[0, 0]] - expected).abs() < 1e-15, "step {t}");
    }
}

#[test]
fn rms_prop_and_descent_follow_their_formulas() {
    let mut w = array![[0.5, 1.0]];
    Optimizer::new(Rule::gradient_descent(0.1)).step([&mut w], &[array![[1.0, -2.0]]]);
    assert_eq!(w, array![[0.4, 1.2]]);
    let mut rms = Optimizer::new(Rule::rms_prop(0.1));
    let mut w = array![[0.0]];
    rms.step([&mut w], &[array![[2.0_f64]]]);
    rms.step([&mut w], &[array![[1.0]]]);
    let first: f64 = -0.1 * 2.0 / (0.2 + 1e-8);
    let second = first - 0.1 / (f64::sqrt(0.99 * 0.04 + 0.01) + 1e-8);
    assert!((w[[0, 0]] - second).abs() < 1e-14);
}

#[test]
fn silent_weights_leave_no_subnormal_memory() {
    let mut adam = Optimizer::new(Rule::adam(1e-3, 0.5, 0.9));
    let mut w = array![[1.0_f32]];
    adam.step([&mut w], &[array![[1e-3_f32]]]);
    for _ in 0..2000 {
        adam.step([&mut w], &[array![[0.0_f32]]]);
    }
    let memory = serde_json::to_value(&adam).unwrap();
    assert_eq!(memory["mean"][0]["data"][0], 0.0);
    assert_eq!(memory["square"][0]["data"][0], 0.0);
}

#[test]
fn a_network_learns_exclusive_or() {
    let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let y = array![[0.0], [1.0], [1.0], [0.0]];
    let mut net = Mlp::<f64>::new(&[2, 8, 1], Activation::Tanh, Activation::Linear, &mut stream(0, 0));
    let mut adam = Optimizer::new(Rule::adam(0.02, 0.9, 0.999));
    let mut tape = Tape::new();
    for _ in 0..400 {
        tape.clear();
        let bound = net.bind(&tape);
        let logits = bound.forward(tape.leaf(x.view()));
        let loss = (logits.softplus() - logits * tape.leaf(y.view())).mean();
        let gradients = bound.gradients(loss);
        adam.step(net.parameters_mut(), &gradients);
    }
    for (logit, label) in net.apply(x.view()).iter().zip(&y) {
        assert_eq!(f64::from(u8::from(*logit > 0.0)), *label);
    }
}
