//! A game of a reader's own: two discriminators, one that is hard on what is missing and one on what is false (D2GAN, Nguyen et al.,
//! arXiv:1709.03831). What is written here is the game; the loop, the run folder and the resume to the bit come with the house.
//!
//! `cargo run --release --example own_game`
#![allow(clippy::print_stdout)]

use fenchel::gan::{Checkpoint, Game, Learning, ModeScores, Player, Scaled, Streams, Toy, Trained, Training, Turn};
use fenchel::nn::{Activation::Linear, Layers, Mlp, Rule};
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::{Run, write_atomic};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// `D₁ = e^s` and `D₂ = e^t` maximise `α E ln D₁(x) - E D₁(G(z)) - E D₂(x) + β E ln D₂(G(z))`, which the generator minimises.
#[derive(Clone, Serialize, Deserialize)]
struct Dual {
    seed: u64,
    generator: Player<Mlp<f32>>,
    discriminators: [Player<Mlp<f32>>; 2],
}

const ALPHA: f64 = 0.2;
const BETA: f64 = 0.2;
const BATCH: usize = 128;

impl Game for Dual {
    type Config = u64; // the seed
    type Data = Scaled;
    type Record = f64;

    fn new(seed: u64, data: &Scaled) -> fenchel::Result<Self> {
        let player = |k, inputs, outputs| {
            let network = Mlp::stacked(inputs, &Layers::leaky(&[64, 64]), (outputs, Linear), &mut stream(seed, k))?;
            let learning = Learning { averaging: Some(0.99), ..Learning::new(Rule::adam(5e-4, 0.5, 0.9)) };
            fenchel::Result::Ok(Player::new(network, learning))
        };
        let discriminators = [player(1, data.dimension(), 1)?, player(16, data.dimension(), 1)?];
        Ok(Self { seed, generator: player(0, 2, data.dimension())?, discriminators })
    }

    fn config(&self) -> &u64 {
        &self.seed
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.generator, &self.discriminators[0], &self.discriminators[1]]
    }

    fn round(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<f64> {
        for k in 0..2 {
            let (tape, streams) = turn.fresh();
            let d = self.discriminators[k].bind(tape);
            let real = d.forward(tape.leaf(data.draw(BATCH, streams.get(Streams::DATA))));
            let z = noise(BATCH, streams.get(Streams::NOISE));
            let fake = d.forward(tape.leaf(self.generator.network().apply(z.view())));
            let gain = if k == 0 {
                real.mean().scale(ALPHA) - fake.exp().mean()
            } else {
                fake.mean().scale(BETA) - real.exp().mean()
            };
            self.discriminators[k].descend(&d, -gain, 0.0)?;
        }
        let (tape, streams) = turn.fresh();
        let (generator, [first, second]) =
            (self.generator.bind(tape), self.discriminators.each_ref().map(|d| d.bind(tape)));
        let x = generator.forward(tape.leaf(noise(BATCH, streams.get(Streams::NOISE))));
        let loss = second.forward(x).mean().scale(BETA) - first.forward(x).exp().mean();
        let value = loss.scalar();
        self.generator.descend(&generator, loss, 0.0)?;
        Some(value)
    }
}

fn noise(n: usize, rng: &mut impl rand::Rng) -> Array2<f32> {
    Array2::from_shape_simple_fn((n, 2), || rng.sample(StandardNormal))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let law = Toy::ring8();
    let folder = std::env::temp_dir().join(format!("fenchel-own-game-{}", std::process::id()));
    let mut whole = Training::<Dual>::new(1, law)?;
    whole.train(3000, |_| ControlFlow::Continue(()));

    // the same run, stopped after 1000 rounds and continued from its folder
    let mut first = Training::<Dual>::new(1, law)?;
    first.train(1000, |_| ControlFlow::Continue(()));
    Run::create(&folder, "own_game", first.config())?.save_json("checkpoint.json", &first.checkpoint())?;
    drop(first);
    let read: Checkpoint<Dual> = serde_json::from_slice(&Run::open(&folder)?.load("checkpoint.json")?)?;
    let mut second = Training::resume(read, law)?;
    second.train(3000, |_| ControlFlow::Continue(()));
    let states = [&whole, &second].map(|run| serde_json::to_string(&run.checkpoint()));
    let [one, other] = states;
    println!("the same bits   {}", one? == other?);
    std::fs::remove_dir_all(&folder)?;

    let z = noise(2500, &mut stream(1, 100));
    let samples = whole.game().generator.best().apply(z.view()).mapv(f64::from);
    let scores = ModeScores::new(samples.view(), &law)?;
    println!("rounds          {}", whole.steps());
    println!("modes of 8      {}", scores.modes());
    println!("within 3 sigma  {:.3}", scores.high_quality_share());
    // the figure of the gallery, where a path is given for it
    if let Some(path) = std::env::args().nth(1) {
        let centres = law.centres();
        let few = |x: &Array2<f64>, k| x.column(k).iter().take(400).copied().collect::<Vec<f64>>();
        let panel = Panel::new(Axis::hidden().range(-1.4, 1.4), Axis::hidden().range(-1.4, 1.4))
            .add(Series::points("samples", &few(&samples, 0), &few(&samples, 1)))
            .add(Series::points("modes", &few(&centres, 0), &few(&centres, 1)))
            .size(260.0, 260.0);
        write_atomic(path, Figure::new("The generator of two discriminators", [panel]).svg().as_bytes())?;
    }
    Ok(())
}
