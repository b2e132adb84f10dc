//! Systems that are neither of labels nor of pictures: autoencoders, translations, likelihood, a generator that looks ahead.

use super::{Numbers, Row};
use fenchel::Result;
use fenchel::gan::{
    Aae, AaeConfig, Began, BeganConfig, Cycle, CycleConfig, Generative, Known, Likelihood, LikelihoodConfig,
    MixtureFit, ModeScores, Moved, Phrases, Rows, Scaled, SeqGan, SeqGanConfig, Source, Toy, Training, Unpaired,
    Unrolled, UnrolledConfig, Vae, VaeConfig, VaeGan, VaeGanConfig, WordGradient,
};
use fenchel::measure::Empirical;
use fenchel::nn::Layers;
use fenchel::numeric::stream;
use fenchel::transport::w1;
use ndarray::{Array2, ArrayView1, Axis, array};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::ops::ControlFlow;

const GO_ON: ControlFlow<()> = ControlFlow::Continue(());
/// Random streams beside those of the games.
const MADE: u64 = 90;
const SPLIT: u64 = 91;
/// Samples whose modes are counted.
const COUNTED: usize = 2500;
/// Samples between which a distance is computed.
const COMPARED: usize = 500;

pub fn rows() -> Vec<Row> {
    vec![
        Row { name: "VAE, digits", run: bounds },
        Row {
            name: "VAE, ring",
            run: |seed| {
                on_ring::<Vae>(VaeConfig { seed, deviation: 0.05, ..VaeConfig::default() }, |config| config.steps)
            },
        },
        Row {
            name: "adversarial autoencoder, ring",
            run: |seed| {
                on_ring::<Aae>(AaeConfig { seed, deviation: 0.05, ..AaeConfig::default() }, |config| config.steps)
            },
        },
        Row {
            name: "VAE/GAN, ring",
            run: |seed| on_ring::<VaeGan>(VaeGanConfig { seed, ..VaeGanConfig::default() }, |config| config.steps),
        },
        Row {
            name: "BEGAN, ring",
            run: |seed| on_ring::<Began>(BeganConfig { seed, ..BeganConfig::default() }, |config| config.steps),
        },
        Row { name: "unrolled, 0 steps, ring", run: |seed| unrolled(0, seed) },
        Row { name: "unrolled, 5 steps, ring", run: |seed| unrolled(5, seed) },
        Row { name: "CycleGAN, clouds", run: |seed| cycle(CycleConfig::default(), seed) },
        Row {
            name: "CycleGAN without the way back, clouds",
            run: |seed| cycle(CycleConfig { cycle: 0.0, ..CycleConfig::default() }, seed),
        },
        Row {
            name: "CycleGAN from a start anywhere, clouds",
            run: |seed| cycle(CycleConfig { residual: 0.0, ..CycleConfig::default() }, seed),
        },
        Row {
            name: "CycleGAN without either, clouds",
            run: |seed| cycle(CycleConfig { residual: 0.0, cycle: 0.0, ..CycleConfig::default() }, seed),
        },
        Row {
            name: "translation, symbols, Gumbel-softmax",
            run: |seed| words("permutation", WordGradient::Gumbel(1.0), seed),
        },
        Row {
            name: "translation, symbols, REINFORCE",
            run: |seed| words("permutation", WordGradient::Reinforce, seed),
        },
        Row {
            name: "translation, sentences, Gumbel-softmax",
            run: |seed| words("sentences", WordGradient::Gumbel(1.0), seed),
        },
        Row {
            name: "translation, sentences, REINFORCE",
            run: |seed| words("sentences", WordGradient::Reinforce, seed),
        },
        Row { name: "8 Gaussians by EM, ring", run: |seed| mixture(MixtureFit::Em, 8, seed) },
        Row { name: "16 Gaussians by EM, ring", run: |seed| mixture(MixtureFit::Em, 16, seed) },
        Row { name: "16 Gaussians by gradients, ring", run: |seed| mixture(MixtureFit::Gradient, 16, seed) },
        Row { name: "16 Gaussians by reverse KL, ring", run: |seed| mixture(MixtureFit::Reverse, 16, seed) },
    ]
}

/// The scores of PacGAN's protocol.
fn counted(samples: &Array2<f64>) -> Result<Numbers> {
    let scores = ModeScores::new(samples.view(), &Toy::ring8())?;
    Ok(vec![
        ("modes", scores.modes() as f64),
        ("within 3 sigma", scores.high_quality_share()),
        ("reverse KL", scores.reverse_kl()),
    ])
}

/// A game of the ring, for as many steps as its rates are laid out for.
fn on_ring<G: Generative<Data = Scaled>>(config: G::Config, steps: fn(&G::Config) -> u64) -> Result<Numbers> {
    let steps = steps(&config);
    let mut run = Training::<G>::new(config, Toy::ring8())?;
    run.train(steps, |_| GO_ON);
    let seed = run.game().seed();
    counted(&run.game().samples(run.data(), COUNTED, &mut stream(seed, MADE)))
}

fn unrolled(ahead: usize, seed: u64) -> Result<Numbers> {
    on_ring::<Unrolled>(UnrolledConfig { ahead, seed, ..UnrolledConfig::default() }, |config| config.steps)
}

/// Bounds of the likelihood of digits that were not learnt, in nats an image.
fn bounds(seed: u64) -> Result<Numbers> {
    let images = fenchel::io::digits().images.mapv(|ink| ink / 8.0 - 1.0);
    let mut order: Vec<usize> = (0..images.nrows()).collect();
    order.shuffle(&mut stream(seed, SPLIT));
    let (learnt, fresh) = order.split_at(images.nrows() / 2);
    let [learnt, fresh] = [learnt, fresh].map(|rows| images.select(Axis(0), rows));
    let bound = |hidden: Layers| -> Result<f64> {
        let config = VaeConfig { latent: 16, hidden, deviation: 0.3, seed, ..VaeConfig::default() };
        let mut run = Training::<Vae>::new(config, Rows::new(learnt.view())?)?;
        run.train(3000, |_| GO_ON);
        Ok(run.evidence_bounds(fresh.view(), 20, &mut stream(seed, MADE)).mean().expect("images"))
    };
    let (deep, linear) = (bound(Layers::leaky(&[64, 64]))?, bound(Layers(Vec::new()))?);
    Ok(vec![("ELBO of fresh images", deep), ("that less the linear one's", deep - linear)])
}

/// Three clouds of different masses and shapes: centre, deviations, mass.
const CLOUDS: [([f64; 2], [f64; 2], f64); 3] =
    [([-1.2, -0.4], [0.35, 0.1], 0.5), ([0.9, -0.8], [0.1, 0.3], 0.3), ([0.6, 1.1], [0.15, 0.15], 0.2)];

struct Clouds;

impl Clouds {
    fn labelled(n: usize, rng: &mut ChaCha8Rng) -> (Array2<f64>, Vec<usize>) {
        let labels: Vec<usize> = (0..n)
            .map(|_| rand::RngExt::random::<f64>(rng))
            .map(|u| usize::from(u > 0.5) + usize::from(u > 0.8))
            .collect();
        let mut points = Array2::zeros((n, 2));
        for (mut point, &label) in points.rows_mut().into_iter().zip(&labels) {
            for axis in 0..2 {
                let e: f64 = StandardNormal.sample(rng);
                point[axis] = CLOUDS[label].0[axis] + CLOUDS[label].1[axis] * e;
            }
        }
        (points, labels)
    }
}

impl Source for Clouds {
    fn dimension(&self) -> usize {
        2
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        Self::labelled(n, rng).0.mapv(|x| x as f32)
    }
}

/// From the clouds to the same turned by 50 degrees and shifted.
fn cycle(config: CycleConfig, seed: u64) -> Result<Numbers> {
    let (sin, cos) = 50f64.to_radians().sin_cos();
    let (map, shift) = (array![[cos, sin], [-sin, cos]], [0.5, -0.3]);
    let turned = |a: &Array2<f64>| a.dot(&map) + &array![shift[0], shift[1]];
    let steps = config.steps;
    let config = CycleConfig { seed, ..config };
    let mut run = Training::<Cycle>::new(config, Unpaired::new(Clouds, Moved::new(Clouds, map.view(), &shift)?))?;
    run.train(steps, |_| GO_ON);
    let (a, labels) = Clouds::labelled(COMPARED, &mut stream(seed, MADE));
    let fresh = |k| Empirical::new(turned(&Clouds::labelled(COMPARED, &mut stream(seed, k)).0));
    let (b, other) = (fresh(MADE + 1)?, fresh(MADE + 2)?);
    let there = run.there(a.view());
    let back = run.back(there.view());
    let centres = turned(&Array2::from_shape_fn((3, 2), |(k, axis)| CLOUDS[k].0[axis]));
    let nearest = |x: ArrayView1<'_, f64>| {
        let square = |k: usize| (&x - &centres.row(k)).mapv(|d| d * d).sum();
        (0..3).min_by(|&i, &j| square(i).total_cmp(&square(j))).unwrap_or(0)
    };
    let right = there.rows().into_iter().zip(&labels).filter(|(x, label)| nearest(x.view()) == **label).count();
    let distance = w1(&Empirical::new(there.view())?, &b)?.distance();
    Ok(vec![
        ("mean of |F(G(a)) - a| in deviations", (&back - &a).mapv(f64::abs).mean().expect("images") / a.std(0.0)),
        ("W1(G(A), B) by its floor", distance / w1(&other, &b)?.distance()),
        ("share of a in the right cloud", right as f64 / labels.len() as f64),
    ])
}

/// Accuracy on a quarter of the sentences, from which nothing was learnt.
fn words(language: &str, gradient: WordGradient, seed: u64) -> Result<Numbers> {
    let all = Phrases::named(language)?;
    let mut order: Vec<usize> = (0..all.count()).collect();
    order.shuffle(&mut stream(seed, SPLIT));
    let (learnt, fresh) = order.split_at(all.count() * 3 / 4);
    let config = SeqGanConfig { gradient, seed, ..SeqGanConfig::default() };
    let steps = config.steps;
    let mut run = Training::<SeqGan>::new(config, all.select(learnt))?;
    run.train(steps, |_| GO_ON);
    let fresh = all.select(fresh);
    let [sentences, right] = fresh.rows();
    let found = fresh.read(1, run.translate(sentences).view());
    let right = fresh.read(1, right.mapv(f64::from).view());
    let words = || found.iter().zip(&right).flat_map(|(one, other)| one.split(' ').zip(other.split(' ')));
    let share = |hits: usize, of: usize| hits as f64 / of as f64;
    Ok(vec![
        ("words that are right", share(words().filter(|(one, other)| one == other).count(), words().count())),
        (
            "sentences that are right",
            share(found.iter().zip(&right).filter(|(one, other)| one == other).count(), right.len()),
        ),
    ])
}

fn mixture(fit: MixtureFit, components: usize, seed: u64) -> Result<Numbers> {
    let config = LikelihoodConfig { fit, components, seed, ..LikelihoodConfig::default() };
    let steps = config.steps;
    let mut run = Training::<Likelihood>::new(config, Known::from(Toy::ring8()))?;
    run.train(steps, |_| GO_ON);
    counted(&run.game().samples(run.data(), COUNTED, &mut stream(seed, MADE)))
}
