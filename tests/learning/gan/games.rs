//! Games in the same house: their runs go on to the bit, their labels and states do what their papers say, and a network that the
//! library has not plays too.

use fenchel::Error;
use fenchel::certificate::Status;
use fenchel::gan::{
    AcGan, AcGanConfig, AcGanRecord, Began, BeganConfig, Checkpoint, Config, Game, LabelledRows, Learning, Plain,
    Player, Rows, Scaled, Streams, Toy, Trained, Training, Turn,
};
use fenchel::nn::{Layers, Network, OnTape, Rule, Tape, Var};
use fenchel::numeric::stream;
use ndarray::{Array2, array};
use rand::RngExt;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;
use std::ops::ControlFlow;

/// Stops a run ten times at random rounds, writes it, reads it, and compares it with one that never stopped.
pub fn goes_on_to_the_bit<G, D>(config: &G::Config, data: D, rounds: u64, seed: u64)
where
    G: Game + Serialize + DeserializeOwned + PartialEq + Debug,
    G::Record: PartialEq + Debug + Clone,
    D: Into<G::Data> + Clone,
{
    let mut records = Vec::new();
    let mut whole = Training::<G>::new(config.clone(), data.clone()).unwrap();
    let status = whole.train(rounds, |record| {
        records.push(record.clone());
        ControlFlow::Continue(())
    });
    assert_eq!(status, Status::IterationLimit);

    let mut rng = stream(seed, 0);
    let mut ends: Vec<u64> = (0..10).map(|_| rng.random_range(0..rounds)).collect();
    ends.sort_unstable();
    ends.push(rounds);
    let mut seen = Vec::new();
    let mut run = Training::<G>::new(config.clone(), data.clone()).unwrap();
    for end in ends {
        run.train(end, |record| {
            seen.push(record.clone());
            ControlFlow::Continue(())
        });
        let written = serde_json::to_string(&run.checkpoint()).unwrap();
        let read: Checkpoint<G> = serde_json::from_str(&written).unwrap();
        assert_eq!(read.steps(), end);
        run = Training::resume(read, data.clone()).unwrap();
    }
    assert_eq!(seen, records);
    assert_eq!(run.checkpoint(), whole.checkpoint());
}

fn labels(seed: u64) -> AcGanConfig {
    AcGanConfig { hidden: Layers::leaky(&[16]), batch: 16, seed, ..AcGanConfig::default() }
}

fn balanced(seed: u64) -> BeganConfig {
    BeganConfig { generator: Layers::leaky(&[16]), batch: 16, seed, ..BeganConfig::default() }
}

#[test]
fn runs_of_three_games_go_on_to_the_bit() {
    for seed in 0..3 {
        let plain = Config {
            generator_hidden: Layers::leaky(&[16]),
            discriminator_hidden: Layers::leaky(&[16]),
            batch: 16,
            instance_noise: 0.1,
            packed: 2,
            clipping: Some(1.0),
            generator_steps: 2,
            steps: 120,
            seed,
            ..Config::ring8()
        };
        goes_on_to_the_bit::<Plain, _>(&plain, Toy::ring8(), 120, seed);
        goes_on_to_the_bit::<AcGan, _>(&labels(seed), Toy::ring8(), 120, seed);
        goes_on_to_the_bit::<Began, _>(&balanced(seed), Toy::grid25(), 120, seed);
    }
}

#[test]
fn samples_of_a_class_land_in_it() {
    let law = Toy::ring8();
    let mut run = Training::<AcGan>::new(AcGanConfig::default(), law).unwrap();
    let mut last = None;
    let status = run.train(2000, |record: &AcGanRecord| {
        last = Some(*record);
        ControlFlow::Continue(())
    });
    assert_eq!(status, Status::IterationLimit);
    let classes: Vec<usize> = (0..2000).map(|i| i % 8).collect();
    let samples = run.generate(&classes, &mut stream(9, 9));
    let centres = law.centres();
    let nearest = |x: ndarray::ArrayView1<'_, f64>| {
        let squared = |k: usize| (&x - &centres.row(k)).mapv(|d| d * d).sum();
        (0..8).min_by(|&i, &j| f64::total_cmp(&squared(i), &squared(j))).unwrap()
    };
    let hits = samples.rows().into_iter().zip(&classes).filter(|(x, class)| nearest(x.view()) == **class).count();
    assert!(hits > 1800, "{hits} of 2000 samples are nearest to the mode that was asked for");
    // the cross entropy of both kinds of samples began at 2 ln 8 = 4.2
    assert!(last.unwrap().classes < 0.5, "{last:?}");
}

#[test]
fn the_balance_follows_its_law_and_is_kept() {
    let config = BeganConfig { balance_rate: 0.05, ..balanced(1) };
    let (diversity, rate) = (config.diversity, config.balance_rate);
    let mut run = Training::<Began>::new(config, Toy::ring8()).unwrap();
    let mut balance = 0.0_f64;
    let mut records = Vec::new();
    run.train(400, |record| {
        balance = (balance + rate * (diversity * record.real - record.fake)).clamp(0.0, 1.0);
        assert_eq!(record.balance, balance);
        records.push(*record);
        ControlFlow::Continue(())
    });
    assert!(records.iter().any(|record| record.balance > 0.0), "the balance never left zero");
    let mean = |part: &[fenchel::gan::BeganRecord]| part.iter().map(|r| r.measure(diversity)).sum::<f64>() / 50.0;
    let (first, last) = (mean(&records[..50]), mean(&records[350..]));
    assert!(last < 0.7 * first, "the measure of convergence went from {first} to {last}");
    let written = serde_json::to_value(run.checkpoint()).unwrap();
    assert_eq!(written["game"]["balance"], serde_json::json!(balance));
    assert!(run.generate(20, &mut stream(0, 0)).iter().all(|x| x.is_finite()));
}

#[test]
fn what_does_not_fit_a_game_is_refused() {
    let refused = |config| Training::<AcGan>::new(config, Toy::ring8()).unwrap_err();
    assert!(matches!(refused(AcGanConfig { batch: 0, ..labels(0) }), Error::OutOfDomain { .. }));
    assert!(matches!(refused(AcGanConfig { latent: 0, ..labels(0) }), Error::OutOfDomain { .. }));
    assert!(matches!(refused(AcGanConfig { hidden: Layers::leaky(&[0]), ..labels(0) }), Error::OutOfDomain { .. }));
    let learning = Learning { clipping: Some(0.0), ..Learning::new(Rule::gradient_descent(0.1)) };
    assert!(matches!(refused(AcGanConfig { learning, ..labels(0) }), Error::OutOfDomain { .. }));
    let refused = |config| Training::<Began>::new(config, Toy::ring8()).unwrap_err();
    assert!(matches!(refused(BeganConfig { diversity: -1.0, ..balanced(0) }), Error::OutOfDomain { .. }));
    assert!(matches!(refused(BeganConfig { balance_rate: f64::NAN, ..balanced(0) }), Error::OutOfDomain { .. }));

    assert!(matches!(LabelledRows::new(array![[0.0]].view(), vec![0, 1]), Err(Error::SizeMismatch { .. })));
    // eight modes where two classes are, and a balance that no training leaves
    let checkpoint = Training::<AcGan>::new(labels(0), Toy::ring8()).unwrap().checkpoint();
    let two = LabelledRows::new(array![[0.0, 0.0], [1.0, 1.0]].view(), vec![0, 1]).unwrap();
    assert!(matches!(Training::resume(checkpoint, two), Err(Error::Infeasible { .. })));
    let run = Training::<Began>::new(balanced(0), Toy::ring8()).unwrap();
    let mut written = serde_json::to_value(run.checkpoint()).unwrap();
    written["game"]["balance"] = serde_json::json!(2.0);
    let read: Checkpoint<Began> = serde_json::from_value(written).unwrap();
    assert!(matches!(Training::resume(read, Toy::ring8()), Err(Error::Infeasible { .. })));
}

// ---- a network of a reader's own ----

/// `x + x W`, with a `W` whose columns are kept at length 1 at most.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
struct Residual {
    weight: Array2<f32>,
    settled: u64,
}

struct OnOwnTape<'t>([Var<'t, f32>; 1]);

impl<'t> OnTape<'t, f32> for OnOwnTape<'t> {
    fn forward(&self, x: Var<'t, f32>) -> Var<'t, f32> {
        x + x.matmul(self.0[0])
    }

    fn parameters(&self) -> &[Var<'t, f32>] {
        &self.0
    }
}

impl Network<f32> for Residual {
    type Bound<'t> = OnOwnTape<'t>;

    fn bind<'t>(&self, tape: &'t Tape<f32>) -> OnOwnTape<'t> {
        OnOwnTape([tape.leaf(self.weight.view())])
    }

    fn parameters(&self) -> Vec<&Array2<f32>> {
        vec![&self.weight]
    }

    fn parameters_mut(&mut self) -> Vec<&mut Array2<f32>> {
        vec![&mut self.weight]
    }

    fn settle(&mut self) {
        self.settled += 1;
        for mut column in self.weight.columns_mut() {
            let length = column.dot(&column).sqrt();
            column.mapv_inplace(|w| if length > 1.0 { w / length } else { w });
        }
    }
}

/// A game of one player, which learns to triple its data but may only double them.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
struct Triple(Player<Residual>);

impl Game for Triple {
    type Config = Learning;
    type Data = Scaled;
    type Record = f64;

    fn new(learning: Learning, data: &Scaled) -> fenchel::Result<Self> {
        let n = data.dimension();
        Ok(Self(Player::new(Residual { weight: Array2::zeros((n, n)), settled: 0 }, learning)))
    }

    fn config(&self) -> &Learning {
        self.0.learning()
    }

    fn seed(&self) -> u64 {
        0
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.0]
    }

    fn round(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<f64> {
        let (tape, streams) = turn.fresh();
        let bound = self.0.bind(tape);
        let x = tape.leaf(data.draw(8, streams.get(Streams::DATA)));
        let loss = (bound.forward(x) - x.scale(3.0)).square().mean();
        let value = loss.scalar();
        self.0.descend(&bound, loss, 0.0)?;
        Some(value)
    }
}

#[test]
fn a_network_of_ones_own_keeps_what_it_should() {
    let rows = Rows::new(array![[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]].view()).unwrap();
    let learning = Learning { averaging: Some(0.5), ..Learning::new(Rule::gradient_descent(0.1)) };
    goes_on_to_the_bit::<Triple, _>(&learning, rows.clone(), 60, 1);
    let mut run = Training::<Triple>::new(learning, rows).unwrap();
    run.train(60, |_| ControlFlow::Continue(()));
    let Triple(player) = run.game();
    // after each step, and the average too
    assert_eq!((player.network().settled, player.best().settled), (60, 60));
    for network in [player.network(), player.best()] {
        for (i, w) in network.weight.indexed_iter() {
            let expected = if i.0 == i.1 { 1.0 } else { 0.0 };
            assert!((w - expected).abs() < 0.05, "{:?}", network.weight);
        }
    }
    // without a tape
    let made = player.network().apply(array![[1.0, 0.0]].view());
    assert!((made[[0, 0]] - 2.0).abs() < 0.05);
}

/// A gradient is shortened to the given length, all parameters together, and left alone below it.
#[test]
fn long_gradients_are_shortened() {
    let moved = |clipping: Option<f64>| {
        let learning = Learning { clipping, ..Learning::new(Rule::gradient_descent(1.0)) };
        let mut player = Player::new(Residual { weight: Array2::zeros((2, 1)), settled: 0 }, learning);
        let tape = Tape::new();
        let bound = player.bind(&tape);
        // the gradient of 0.3 w₁ + 0.4 w₂ has length 1/2
        let loss = (bound.0[0] * tape.leaf(array![[0.3_f32], [0.4]])).sum();
        player.descend(&bound, loss, 0.0).unwrap();
        player.network().weight.clone()
    };
    for (clipping, expected) in [(None, [-0.3, -0.4]), (Some(0.6), [-0.3, -0.4]), (Some(0.1), [-0.06, -0.08])] {
        let weight = moved(clipping);
        assert!((weight[[0, 0]] - expected[0]).abs() < 1e-7 && (weight[[1, 0]] - expected[1]).abs() < 1e-7, "{weight}");
    }
}

#[test]
fn games_ask_for_memory_first_and_labels_have_no_gaps() {
    let huge = 10_usize.pow(18);
    let of_labels = AcGanConfig { batch: huge, ..labels(0) };
    assert!(matches!(Training::<AcGan>::new(of_labels, Toy::ring8()), Err(Error::Unsupported { .. })));
    let of_labels = AcGanConfig { latent: usize::MAX, ..labels(0) };
    assert!(matches!(Training::<AcGan>::new(of_labels, Toy::ring8()), Err(Error::Unsupported { .. })));
    let autoencoder = BeganConfig { autoencoder: Layers::leaky(&[huge, huge]), ..balanced(0) };
    assert!(matches!(Training::<Began>::new(autoencoder, Toy::ring8()), Err(Error::Unsupported { .. })));

    let rows = array![[0.0], [1.0]];
    let missing = LabelledRows::new(rows.view(), vec![1, 1]).unwrap_err().to_string();
    assert!(missing.contains("no row has class 0"), "{missing}");
    assert!(matches!(LabelledRows::new(rows.view(), vec![0, usize::MAX]), Err(Error::OutOfDomain { .. })));
}
