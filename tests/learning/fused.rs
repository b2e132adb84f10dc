//! What is done in one pass, against the same in several.
#![allow(clippy::float_cmp)]

use fenchel::gan::{Batches, Config, Gan, Objective, Penalty, Rows, Toy};
use fenchel::nn::{Activation, Layers, Network, Tape};
use fenchel::numeric::stream;
use ndarray::Array2;
use rand::RngExt;

fn uniform(rows: usize, columns: usize, k: u64) -> Array2<f32> {
    let mut rng = stream(8, k);
    Array2::from_shape_simple_fn((rows, columns), || 2.0 * rng.random::<f32>() - 1.0)
}

#[test]
fn a_layer_has_the_bits_of_its_parts_and_of_a_network_without_a_tape() {
    let (x, w, b) = (uniform(70, 9, 0), uniform(9, 33, 1), uniform(1, 33, 2));
    for name in ["linear", "relu", "lrelu:0.2", "lrelu:-0.5", "tanh", "sigmoid", "softplus", "elu", "gelu"] {
        let activation: Activation = name.parse().unwrap();
        let tape = Tape::<f32>::new();
        let [x, w, b] = [&x, &w, &b].map(|a| tape.leaf(a.view()));
        let whole = x.layer(w, b, activation);
        let inner = x.dense(w, b);
        let parts = match activation {
            Activation::Linear => inner,
            Activation::Relu => inner.relu(),
            Activation::LeakyRelu(slope) => inner.leaky_relu(slope),
            Activation::Tanh => inner.tanh(),
            Activation::Sigmoid => inner.sigmoid(),
            Activation::Softplus => inner.softplus(),
            Activation::Elu => inner.elu(),
            Activation::Gelu => inner.gelu(),
        };
        assert_eq!(*whole.value(), *parts.value(), "{name}");
        for (one, other) in
            whole.square().sum().gradients(&[x, w, b]).iter().zip(parts.square().sum().gradients(&[x, w, b]))
        {
            assert_eq!(*one.value(), *other.value(), "{name}");
        }
        let mut network =
            fenchel::nn::Mlp::<f32>::stacked(9, &Layers(vec![]), (33, activation), &mut stream(1, 0)).unwrap();
        network.layers[0].weight = w.value().as_ref().clone();
        network.layers[0].bias = b.value().as_ref().clone();
        assert_eq!(Network::apply(&network, x.value().view()), *whole.value(), "{name}");
    }
}

/// In one batch or in two, a discriminator that judges samples one by one has the same losses and gradients but for rounding.
#[test]
fn mixed_and_separate_batches_play_the_same_game() {
    for penalty in ["none", "gp:0.1", "lp:0.1", "r1:0.1", "r2:0.1", "r1r2:0.1"] {
        let penalty: Penalty = penalty.parse().unwrap();
        for objective in [Objective::NonSaturating, Objective::Relativistic] {
            let played = |batches| {
                let config = Config { objective, penalty, batches, batch: 32, ..Config::plain() };
                Gan::new(config, Toy::ring8()).unwrap().step().unwrap()
            };
            let (mixed, separate) = (played(Batches::Mixed), played(Batches::Separate));
            let close = |one: f64, other: f64, within: f64| {
                assert!((one - other).abs() < within * (1.0 + other.abs()), "{objective} {penalty}: {one} {other}");
            };
            close(mixed.discriminator.loss, separate.discriminator.loss, 1e-5);
            close(mixed.discriminator.penalty, separate.discriminator.penalty, 1e-5);
            // after a step of Adam, which makes steps of equal length from gradients that may be rounding
            close(mixed.generator_loss, separate.generator_loss, 1e-3);
        }
    }
}

/// The same bits on one thread and on two, where products and loops are large enough for both.
#[test]
fn threads_do_not_change_a_run() {
    let dense = Config {
        generator_hidden: Layers::leaky(&[160; 2]),
        discriminator_hidden: Layers::leaky(&[160; 2]),
        batch: 350,
        ..Config::ring8()
    };
    same_on_any_threads(&|| Gan::new(dense.clone(), Toy::ring8()).unwrap());
    let images = fenchel::io::digits().images.mapv(|grey| grey / 8.0 - 1.0);
    let convolutions = Config { batch: 200, ..Config::dcgan() };
    same_on_any_threads(&|| Gan::new(convolutions.clone(), Rows::new(images.view()).unwrap()).unwrap());
}

fn same_on_any_threads(new: &(impl Fn() -> Gan + Sync)) {
    let run = || {
        let mut gan = new();
        (0..3).for_each(|_| assert!(gan.step().is_some()));
        gan.checkpoint()
    };
    let here = run();
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(run) == here, "{threads} threads");
    }
}
