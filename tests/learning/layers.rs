//! Layers beside the dense one, and the networks and games that are made of them.
#![allow(clippy::float_cmp)]

use crate::nn::{check, mixed};
use fenchel::gan::{Checkpoint, Config, Gan, Plain, Rows, Schedule};
use fenchel::nn::{Activation, Layers, Mlp, Network, OnTape, Tape};
use fenchel::numeric::stream;
use ndarray::{Array2, array};

#[test]
fn gradients_of_composed_functions() {
    let x = || vec![mixed(3, 4, 31)];
    check("elu", x(), |v| v[0].elu() * v[0]);
    check("gelu", x(), |v| v[0].gelu());
    check("maxout", vec![mixed(3, 6, 32)], |v| v[0].maxout(3).square() * v[0].maxout(3));
    check("embedding", x(), |v| v[0].embedding(&[2, 0, 2]).square() * v[0].embedding(&[1, 1, 0]));
    check("rows", vec![mixed(5, 2, 33)], |v| v[0].rows(1..4).square() * v[0].rows(2..5));
    check("above", vec![mixed(2, 3, 34), mixed(1, 3, 35)], |v| v[0].above(v[1]).square() * v[1].above(v[0]));
    for name in ["relu", "lrelu:0.3", "tanh", "elu", "gelu", "sigmoid", "softplus", "linear"] {
        let activation: Activation = name.parse().unwrap();
        check(name, vec![mixed(3, 2, 36), mixed(2, 4, 37), mixed(1, 4, 38)], |v| v[0].layer(v[1], v[2], activation));
    }

    let tape = Tape::<f64>::new();
    let y = tape.leaf(array![[1.0, -2.0, 0.0], [-1.0, 3.0, 0.5]]);
    assert_eq!(*y.maxout(3).value(), array![[1.0], [3.0]]);
    assert_eq!(*y.embedding(&[1, 1, 0]).value(), array![[-1.0, 3.0, 0.5], [-1.0, 3.0, 0.5], [1.0, -2.0, 0.0]]);
    assert!((y.elu().value()[[0, 1]] - (-2f64).exp_m1()).abs() < 1e-15 && y.elu().value()[[1, 1]] == 3.0);
    // x Φ(x) at 1: 0.841345
    assert!((tape.constant(1.0).gelu().scalar() - 0.841_345).abs() < 5e-4);
}

fn network(inputs: usize, text: &str, outputs: usize) -> Mlp<f64> {
    Mlp::stacked(inputs, &text.parse().unwrap(), (outputs, Activation::Linear), &mut stream(7, 0)).unwrap()
}

/// A transposed convolution and one after repeated pixels, by the sums that define them.
#[test]
fn images_grow_as_defined() {
    let x = mixed(2, 2 * 2 * 3, 41);
    let up = network(12, "2x2x3 linear, up 2 4/2 linear", 32);
    let kernel = &up.layers[1].weight; // 3 × (4·4·2)
    let (before, found) = (network_until(&up, 1, &x), up.apply(x.view()));
    let mut sums = Array2::<f64>::zeros((2, 32));
    for (n, i, j, c) in indices([2, 2, 2, 3]) {
        for (a, b, o) in (0..4).flat_map(|a| (0..4).flat_map(move |b| (0..2).map(move |o| (a, b, o)))) {
            let (Some(y), Some(z)) = ((2 * i + a).checked_sub(1), (2 * j + b).checked_sub(1)) else { continue };
            if y < 4 && z < 4 {
                sums[[n, (y * 4 + z) * 2 + o]] += before[[n, (i * 2 + j) * 3 + c]] * kernel[[c, (a * 4 + b) * 2 + o]];
            }
        }
    }
    assert!(found.iter().zip(&sums).all(|(a, b)| (a - b).abs() < 1e-12), "{found} {sums}");

    let near = network(12, "2x2x3 linear, nearest 2 3/2 linear", 32);
    let kernel = &near.layers[1].weight; // (3·3·3) × 2
    let (before, found) = (network_until(&near, 1, &x), near.apply(x.view()));
    let mut sums = Array2::<f64>::zeros((2, 32));
    for (n, y, z, o) in indices([2, 4, 4, 2]) {
        for (a, b, c) in (0..3).flat_map(|a| (0..3).flat_map(move |b| (0..3).map(move |c| (a, b, c)))) {
            let (Some(i), Some(j)) = ((y + a).checked_sub(1), (z + b).checked_sub(1)) else { continue };
            if i < 4 && j < 4 {
                let pixel = before[[n, (i / 2 * 2 + j / 2) * 3 + c]];
                sums[[n, (y * 4 + z) * 2 + o]] += pixel * kernel[[(a * 3 + b) * 3 + c, o]];
            }
        }
    }
    assert!(found.iter().zip(&sums).all(|(a, b)| (a - b).abs() < 1e-12), "{found} {sums}");
}

fn network_until(whole: &Mlp<f64>, layers: usize, x: &Array2<f64>) -> Array2<f64> {
    Mlp { layers: whole.layers[..layers].to_vec() }.apply(x.view())
}

fn indices([n, a, b, c]: [usize; 4]) -> impl Iterator<Item = (usize, usize, usize, usize)> {
    (0..n * a * b * c).map(move |k| (k / (a * b * c), k / (b * c) % a, k / c % b, k % c))
}

/// The gradients of a loss that holds a gradient, by every parameter, against differences.
#[test]
fn networks_can_be_differentiated_twice() {
    let texts = [
        "4x4x2 batch tanh, conv 3 4/2 layer tanh",
        "2x2x2 batch tanh, up 2 4/2 batch softplus, conv 1 3/1 tanh",
        "2x2x2 tanh, nearest 2 3/2 batch tanh dropout:0.5, 3 layer gelu",
    ];
    for text in texts {
        let network = network(3, text, 2);
        let x = mixed(4, 3, 42);
        let loss = |network: &Mlp<f64>| {
            let tape = Tape::new();
            let bound = network.bind(&tape);
            let x = tape.leaf(x.view());
            let y = bound.forward(x);
            let weights = tape.leaf(mixed(4, 2, 43));
            let slopes = (y * weights).sum().gradients(&[x])[0];
            let loss = y.square().mean() + slopes.square().mean();
            (loss.scalar(), bound.gradients(loss).iter().map(|g| g.as_ref().clone()).collect::<Vec<_>>())
        };
        let (_, gradients) = loss(&network);
        for (k, gradient) in gradients.iter().enumerate() {
            for cell in [[0, 0], [gradient.nrows() - 1, gradient.ncols() / 2]] {
                let moved = |by: f64| {
                    let mut network = network.clone();
                    Network::parameters_mut(&mut network)[k][cell] += by;
                    loss(&network).0
                };
                let slope = |h: f64| (moved(h) - moved(-h)) / (2.0 * h);
                let expected = (4.0 * slope(5e-4) - slope(1e-3)) / 3.0;
                let found = gradient[cell];
                assert!((found - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{text}, {k}: {found} {expected}");
            }
        }
    }
}

#[test]
fn batches_are_remembered_and_nothing_is_dropped_after_training() {
    let mut net = network(3, "2x2x2 batch linear, 50 dropout:0.5", 1);
    let x = mixed(64, 3, 44);
    let outputs = |net: &Mlp<f64>| {
        let tape = Tape::new();
        let bound = Network::bind(net, &tape);
        let y = OnTape::forward(&bound, tape.leaf(x.view())).value().as_ref().clone();
        (y, OnTape::seen(&bound))
    };
    let (first, seen) = outputs(&net);
    assert_eq!(outputs(&net).0, first, "what is dropped does not change within a step");
    for _ in 0..400 {
        net.remember(&seen);
    }
    assert_ne!(outputs(&net).0, first, "but from step to step");
    assert!(net.is_settled());
    net.layers[1].dropout = None;
    let (trained, used) = (outputs(&net).0, net.apply(x.view()));
    assert!(trained.iter().zip(&used).all(|(a, b)| (a - b).abs() < 1e-9), "the running means are those of the batch");
}

#[test]
fn texts_are_read_as_written_and_shapes_are_checked() {
    let text = "2x2x64 batch relu, up 32 4/2 layer elu, nearest 8 3/2 lrelu:0.2 dropout:0.25, conv 4 3/1 gelu, 10 tanh dropout:0.5";
    let layers: Layers = text.parse().unwrap();
    assert_eq!(layers.to_string(), text);
    assert_eq!(layers.to_string().parse::<Layers>().unwrap(), layers);
    for wrong in [
        "conv",
        "conv 3",
        "conv 3 4",
        "conv 3 4/0",
        "2x2",
        "8 batch batch",
        "8 relu relu",
        "8 dropout:2",
        "8 dropout:x",
        "x",
    ] {
        let error = wrong.parse::<Layers>().and_then(|layers| layers.validate("the layers"));
        assert!(error.is_err(), "{wrong}");
    }
    let stacked = |inputs, text: &str| {
        Mlp::<f32>::stacked(inputs, &text.parse().unwrap(), (1, Activation::Linear), &mut stream(0, 0))
    };
    for (inputs, text, layer) in [
        (50, "conv 4 4/2", "conv 4 4/2"),
        (4, "8, 2x2x1, conv 4 5/5 tanh", "conv 4 5/5"),
        (16, "up 4 2/1 relu", "up 4 2/1"),
    ] {
        let message = stacked(inputs, text).unwrap_err().to_string();
        assert!(message.contains(layer), "{message}");
    }
    let color = stacked(32 * 32 * 3, "conv 8 4/2").unwrap();
    assert_eq!((color.inputs(), color.outputs(), color.layers[0].weight.dim()), (3072, 1, (48, 8)));
}

fn dcgan() -> (Config, Rows) {
    let rows = mixed(40, 64, 45).mapv(f64::tanh);
    (Config { batch: 8, ..Config::dcgan() }, Rows::new(rows.view()).unwrap())
}

#[test]
fn a_game_of_convolutions_resumes_to_the_same_bits() {
    let (config, rows) = dcgan();
    let mut whole = Gan::new(config.clone(), rows.clone()).unwrap();
    (0..4).for_each(|_| assert!(whole.step().is_some()));
    let mut first = Gan::new(config, rows.clone()).unwrap();
    (0..2).for_each(|_| assert!(first.step().is_some()));
    let told = serde_json::to_string(&first.checkpoint()).unwrap();
    let checkpoint: Checkpoint<Plain> = serde_json::from_str(&told).unwrap();
    let mut second = Gan::resume(checkpoint, rows).unwrap();
    (0..2).for_each(|_| assert!(second.step().is_some()));
    assert_eq!(second.checkpoint(), whole.checkpoint());
    let samples = whole.generate(3, &mut stream(1, 0));
    assert!(samples.dim() == (3, 64) && samples.iter().all(|x| x.abs() <= 1.0));
}

#[test]
fn convolutions_need_images_to_judge() {
    let (config, _) = dcgan();
    let error = Gan::new(config.clone(), fenchel::gan::Toy::ring8()).unwrap_err().to_string();
    assert!(error.contains("conv 32 4/2"), "{error}");
    assert!(Config { packed: 2, ..config }.validate().is_err());
}

#[test]
fn rates_warm_up() {
    let schedule: Schedule = "warmup_cosine:0.2".parse().unwrap();
    assert_eq!(schedule.to_string(), "warmup_cosine:0.2");
    assert_eq!([0.0, 0.1, 0.2, 1.0].map(|t| schedule.factor(t)), [0.0, 0.5, 1.0, 0.0]);
    assert!((schedule.factor(0.6) - 0.5).abs() < 1e-15 && schedule.ends_at_zero());
    assert_eq!([0.0, 0.05, 0.5].map(|t| Schedule::Warmup(0.1).factor(t)), [0.0, 0.5, 1.0]);
    assert!("warmup:0".parse::<Schedule>().is_err() && "warmup:1".parse::<Schedule>().is_err());
}
