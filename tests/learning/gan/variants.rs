//! The systems of the literature that are no plain game: each goes on to the bit, refuses what it cannot play, and has its parts compared
//! with slow or closed forms.

use super::games::goes_on_to_the_bit;
use fenchel::Error;
use fenchel::gan::{
    Aae, AaeConfig, Cycle, CycleConfig, Generative, Inversion, Learning, Likelihood, LikelihoodConfig, MixtureFit,
    Moved, Objective, Phrases, Posterior, Rows, SeqGan, SeqGanConfig, Toy, Training, Unpaired, Unrolled,
    UnrolledConfig, Vae, VaeConfig, VaeGan, VaeGanConfig, WordGradient, ln_normal,
};
use fenchel::measure::density::{Density, Law, Mixture};
use fenchel::nn::{Activation, GaussianMixture, Layers, Mlp, Network, OnTape, Rule, Tape};
use fenchel::numeric::stream;
use ndarray::{Array2, Axis, array};
use std::ops::ControlFlow;

fn small() -> Layers {
    Layers::leaky(&[12])
}

#[test]
fn autoencoders_go_on_to_the_bit() {
    let vae = VaeConfig { hidden: small(), batch: 16, ..VaeConfig::default() };
    goes_on_to_the_bit::<Vae, _>(&vae, Toy::ring8(), 120, 1);
    let aae = AaeConfig { hidden: small(), discriminator: small(), batch: 16, ..AaeConfig::default() };
    goes_on_to_the_bit::<Aae, _>(&aae, Toy::grid25(), 120, 2);
    let vae_gan = VaeGanConfig { hidden: small(), features: 5, batch: 16, ..VaeGanConfig::default() };
    goes_on_to_the_bit::<VaeGan, _>(&vae_gan, Toy::ring8(), 120, 3);
}

#[test]
fn the_other_games_go_on_to_the_bit() {
    let unrolled =
        UnrolledConfig { generator: small(), discriminator: small(), batch: 16, ..UnrolledConfig::default() };
    goes_on_to_the_bit::<Unrolled, _>(&unrolled, Toy::ring8(), 60, 1);
    for gradient in [WordGradient::Reinforce, WordGradient::Gumbel(1.0)] {
        let seq = SeqGanConfig { hidden: small(), gradient, batch: 8, ..SeqGanConfig::default() };
        goes_on_to_the_bit::<SeqGan, _>(&seq, Phrases::permutation(), 60, 2);
    }
    for fit in [MixtureFit::Em, MixtureFit::Gradient, MixtureFit::Reverse] {
        let likelihood = LikelihoodConfig { fit, components: 4, batch: 30, ..LikelihoodConfig::default() };
        goes_on_to_the_bit::<Likelihood, _>(&likelihood, Toy::ring8(), 60, 3);
    }
    let config =
        CycleConfig { generator: small(), discriminator: small(), batch: 16, steps: 100, ..CycleConfig::default() };
    let mut whole = Training::<Cycle>::new(config, Unpaired::new(Toy::ring8(), Toy::grid25())).unwrap();
    whole.train(30, |_| ControlFlow::Continue(()));
    let written = serde_json::to_string(&whole.checkpoint()).unwrap();
    let laws = Unpaired::new(Toy::ring8(), Toy::grid25());
    let mut again = Training::<Cycle>::resume(serde_json::from_str(&written).unwrap(), laws).unwrap();
    for run in [&mut whole, &mut again] {
        run.train(60, |_| ControlFlow::Continue(()));
    }
    assert_eq!(whole.checkpoint(), again.checkpoint());
}

#[test]
fn translations_start_near_the_identity_if_told_to() {
    let a = Toy::ring8().sample(50, &mut stream(1, 0));
    let farthest = |residual: f64| {
        let config = CycleConfig { residual, ..CycleConfig::default() };
        let run = Training::<Cycle>::new(config, Unpaired::new(Toy::ring8(), Toy::ring8())).unwrap();
        let moved = [run.there(a.view()), run.back(a.view())];
        moved.iter().flat_map(|moved| (moved - &a).into_iter()).fold(0.0, |most: f64, x| most.max(x.abs()))
    };
    assert!(farthest(1e-5) < 1e-3 && farthest(0.0) > 0.1, "{} and {}", farthest(1e-5), farthest(0.0));
}

#[test]
fn what_cannot_be_played_is_refused() {
    let ring = Toy::ring8;
    let domain = |error: Error| assert!(matches!(error, Error::OutOfDomain { .. }), "{error}");
    domain(Training::<Vae>::new(VaeConfig { deviation: 0.0, ..VaeConfig::default() }, ring()).unwrap_err());
    domain(Training::<Aae>::new(AaeConfig { discriminator_steps: 0, ..AaeConfig::default() }, ring()).unwrap_err());
    domain(Training::<VaeGan>::new(VaeGanConfig { features: 0, ..VaeGanConfig::default() }, ring()).unwrap_err());
    domain(Training::<Unrolled>::new(UnrolledConfig { ahead: 1000, ..UnrolledConfig::default() }, ring()).unwrap_err());
    let cycle = CycleConfig { cycle: -1.0, ..CycleConfig::default() };
    domain(Training::<Cycle>::new(cycle, Unpaired::new(ring(), ring())).unwrap_err());
    let wide = Rows::new(Array2::ones((3, 5)).view()).unwrap();
    domain(Training::<Cycle>::new(CycleConfig::default(), Unpaired::new(ring(), wide)).unwrap_err());
    let warm = SeqGanConfig { gradient: WordGradient::Gumbel(0.0), ..SeqGanConfig::default() };
    domain(Training::<SeqGan>::new(warm, Phrases::permutation()).unwrap_err());
    let many = LikelihoodConfig { components: 300, batch: 256, ..LikelihoodConfig::default() };
    domain(Training::<Likelihood>::new(many, ring()).unwrap_err());
    let unknown = LikelihoodConfig { fit: MixtureFit::Reverse, ..LikelihoodConfig::default() };
    let error = Training::<Likelihood>::new(unknown, Toy::swiss_roll()).unwrap_err();
    assert!(error.to_string().contains("density"), "{error}");

    // sentences of another number of words, and players of other sizes
    let error = Phrases::new(&[("a b", "x"), ("a", "y")]).unwrap_err().to_string();
    assert!(error.contains("number 2") && error.contains("words"), "{error}");
    assert!(matches!(Phrases::new::<&str>(&[]), Err(Error::TooFew { .. })));
    assert!(matches!(Phrases::new(&[("", "x")]), Err(Error::SizeMismatch { .. })));
    let checkpoint = Training::<SeqGan>::new(SeqGanConfig::default(), Phrases::permutation()).unwrap().checkpoint();
    assert!(matches!(Training::resume(checkpoint, Phrases::sentences()), Err(Error::Infeasible { .. })));
    let checkpoint = Training::<Vae>::new(VaeConfig::default(), ring()).unwrap().checkpoint();
    assert!(Training::resume(checkpoint, Rows::new(Array2::zeros((3, 5)).view()).unwrap()).is_err());

    let map = array![[1.0, 0.0], [0.0, f64::NAN]];
    assert!(matches!(Moved::new(ring(), map.view(), &[0.0; 2]), Err(Error::NotFinite { .. })));
    assert!(matches!(Moved::new(ring(), Array2::eye(3).view(), &[0.0; 3]), Err(Error::SizeMismatch { .. })));
}

/// The two terms of the bound beside the densities of the library.
#[test]
fn the_terms_of_the_evidence_bound_are_those_of_normal_laws() {
    let tape = Tape::<f64>::new();
    let q = Posterior::of(tape.leaf(array![[0.3, -1.2, 0.4, -0.7], [0.0, 0.0, 0.0, 0.0]]));
    let normal = Law::normal(0.0, 1.0).unwrap();
    let kl = |mean: f64, ln_variance: f64| {
        let law = Law::normal(mean, (0.5 * ln_variance).exp()).unwrap();
        fenchel::divergence::density::kl(&law, &normal).unwrap().value
    };
    let found = q.kl_from_normal().value();
    assert!((found[[0, 0]] - kl(0.3, 0.4) - kl(-1.2, -0.7)).abs() < 1e-12 && found[[1, 0]].abs() < 1e-15);

    let ln_p = ln_normal(tape.leaf(array![[1.0, 2.0]]), tape.leaf(array![[0.5, 2.5]]), 0.7).scalar();
    let law = |mean: f64| Law::normal(mean, 0.7).unwrap();
    assert!((ln_p - law(0.5).ln_pdf(1.0) - law(2.5).ln_pdf(2.0)).abs() < 1e-13);
}

#[test]
fn a_mixture_has_the_density_of_its_components() {
    let mixture = GaussianMixture {
        logits: array![[0.3, -0.4, 1.0]],
        means: array![[-1.0], [0.5], [2.0]],
        ln_deviations: array![[0.1, -0.5, -1.0]],
    };
    let weights = mixture.weights();
    let law = |k: usize| Law::normal(mixture.means[[k, 0]], mixture.ln_deviations[[0, k]].exp()).unwrap();
    let reference = Mixture::new((0..3).map(|k| (weights[k], law(k))).collect()).unwrap();
    for x in [-3.0, -0.2, 0.5, 1.9, 7.0] {
        let found = mixture.apply(array![[x]].view())[[0, 0]];
        assert!((found - reference.ln_pdf(x)).abs() < 1e-12 * found.abs().max(1.0), "{x}: {found}");
    }
    let drawn = mixture.sample(40_000, &mut stream(1, 0));
    let mean: f64 = (0..3).map(|k| weights[k] * mixture.means[[k, 0]]).sum();
    assert!((drawn.mean().unwrap() - mean).abs() < 0.03);
}

/// The mean of `x` over samples of components moves with every parameter as the closed form of the mean does.
#[test]
fn samples_of_a_mixture_carry_gradients() {
    let mixture = GaussianMixture {
        logits: array![[0.3, -0.4]],
        means: array![[-1.0], [2.0]],
        ln_deviations: array![[0.0, -0.5]],
    };
    let tape = Tape::<f64>::new();
    let bound = mixture.bind(&tape);
    let (points, weights) = bound.samples(tape.leaf(array![[1.0], [-1.0], [1.0], [-1.0]]));
    let second_moment = (weights * points.square()).sum();
    let slopes = second_moment.gradients(bound.parameters());
    // E x² = Σ w (m² + σ²), exact with noise of ±1
    let w = mixture.weights();
    let of = [1.0 + 1.0, 4.0 + (-1.0_f64).exp()];
    let expected = w[0] * of[0] + w[1] * of[1];
    assert!((second_moment.scalar() - expected).abs() < 1e-14);
    let [by_logit, by_mean, by_deviation] = [0, 1, 2].map(|k| slopes[k].value());
    assert!((by_logit[[0, 0]] - w[0] * (of[0] - expected)).abs() < 1e-14);
    assert!((by_mean[[1, 0]] - 2.0 * w[1] * 2.0).abs() < 1e-14);
    assert!((by_deviation[[0, 1]] - 2.0 * w[1] * (-1.0_f64).exp()).abs() < 1e-14);
}

/// The first step of expectation and maximisation beside the textbook's.
#[test]
fn the_first_step_of_em_is_the_textbooks() {
    let config = LikelihoodConfig { components: 3, batch: 64, deviation: 0.5, seed: 4, ..LikelihoodConfig::default() };
    let law = Toy::Ring { modes: 3, radius: 1.0, sigma: 0.2 };
    let mut run = Training::<Likelihood>::new(config, law).unwrap();
    let before = run.game().mixture().clone();
    run.step().unwrap();
    let after = run.game().mixture();
    // the batch of the step
    let x = fenchel::gan::Source::draw(&law, 64, &mut stream(4, 2)).mapv(f64::from);
    let mut shares = Array2::<f64>::zeros((64, 3));
    for (mut share, x) in shares.rows_mut().into_iter().zip(x.rows()) {
        for k in 0..3 {
            let m = before.means.row(k).mapv(f64::from);
            share[k] = (-(&x - &m).mapv(|d| d * d).sum() / (2.0 * 0.25)).exp();
        }
        share /= share.sum();
    }
    for k in 0..3 {
        let mass = shares.column(k).sum();
        let mean = (&x * &shares.column(k).insert_axis(Axis(1))).sum_axis(Axis(0)) / mass;
        let squares = (&x - &mean).mapv(|d| d * d).sum_axis(Axis(1));
        let variance = (&squares * &shares.column(k)).sum() / mass / 2.0;
        assert!((f64::from(after.logits[[0, k]]) - (mass / 64.0).ln()).abs() < 1e-5);
        assert!((f64::from(after.ln_deviations[[0, k]]) - 0.5 * variance.ln()).abs() < 1e-4);
        assert!((after.means.row(k).mapv(f64::from) - mean).iter().all(|d| d.abs() < 1e-5));
    }
}

/// The gradient through three steps of the discriminator beside finite differences.
#[test]
fn a_gradient_passes_the_steps_that_are_looked_ahead() {
    let layers = Layers::new(&[3], Activation::Tanh);
    let discriminator = Mlp::<f64>::stacked(1, &layers, (1, Activation::Linear), &mut stream(1, 0)).unwrap();
    let (x, z) = (array![[0.3], [-1.1], [0.8]], array![[0.5], [-0.2], [1.4]]);
    let loss_of = |weight: f64| {
        let tape = Tape::new();
        let weight = tape.constant(weight);
        let mut bound = discriminator.bind(&tape);
        let (x, made) = (tape.leaf(x.view()), tape.leaf(z.view()) * weight);
        for _ in 0..3 {
            let loss = Objective::Minimax.discriminator_loss(bound.forward(x), bound.forward(made));
            let slopes = loss.gradients(bound.parameters());
            let moved = bound.parameters().iter().zip(slopes).map(|(&w, slope)| w - slope.scale(0.4)).collect();
            bound = bound.with(moved);
        }
        let loss = Objective::NonSaturating.generator_loss(bound.forward(made), || bound.forward(x));
        (loss.scalar(), loss.gradients(&[weight])[0].scalar())
    };
    let h = 1e-5;
    let (_, slope) = loss_of(0.7);
    let difference = (loss_of(0.7 + h).0 - loss_of(0.7 - h).0) / (2.0 * h);
    assert!((slope - difference).abs() < 1e-8 * slope.abs().max(1.0), "{slope} {difference}");
}

/// A generator that knows some rows only: a staircase over its code. What it misses is the distance to the nearest row.
#[test]
fn inversion_of_a_generator_of_rows_finds_the_nearest() {
    let rows = [-2.0, -0.5, 1.0, 3.0];
    let cuts = [-0.7, 0.0, 0.7];
    let mut stairs = Mlp::<f32>::new(&[1, 3, 1], Activation::Sigmoid, Activation::Linear, &mut stream(0, 0));
    for (k, cut) in cuts.into_iter().enumerate() {
        stairs.layers[0].weight[[0, k]] = 1e4;
        stairs.layers[0].bias[[0, k]] = -1e4 * cut;
        stairs.layers[1].weight[[k, 0]] = rows[k + 1] - rows[k];
    }
    stairs.layers[1].bias[[0, 0]] = rows[0];
    let x = array![[-2.0], [0.0], [1.4], [10.0]];
    let search = Inversion { restarts: 40, steps: 5, rule: Rule::adam(0.05, 0.9, 0.99) };
    let missed = search.run(&stairs, x.view(), &mut stream(3, 0)).unwrap();
    for (found, expected) in missed.iter().zip([0.0, 0.25, 0.16, 49.0]) {
        assert!((found - expected).abs() < 1e-4, "{missed}");
    }
    assert!(Inversion { restarts: 0, ..search.clone() }.run(&stairs, x.view(), &mut stream(3, 0)).is_err());
    assert!(search.run(&stairs, Array2::zeros((1, 2)).view(), &mut stream(3, 0)).is_err());
}

/// A linear model of one column and one code comes to the likelihood itself: its best bound is the entropy of the data.
#[test]
fn a_linear_vae_reaches_the_evidence() {
    let (s, spread) = (0.7_f64, 1.3_f64);
    let rows = Array2::from_shape_fn((2000, 1), |(k, _)| {
        (spread * spread + s * s).sqrt() * Law::normal(0.0, 1.0).unwrap().quantile((k as f64 + 0.5) / 2000.0)
    });
    let learning = Learning { rate: fenchel::gan::Schedule::Cosine, ..Learning::new(Rule::adam(0.02, 0.9, 0.999)) };
    let hidden = Layers(Vec::new());
    let config = VaeConfig { latent: 1, hidden, deviation: s, learning, steps: 1500, ..VaeConfig::default() };
    let mut run = Training::<Vae>::new(config, Rows::new(rows.view()).unwrap()).unwrap();
    run.train(1500, |_| ControlFlow::Continue(()));
    let evidence = Law::normal(0.0, spread.hypot(s)).unwrap();
    let mean = rows.iter().map(|&x| evidence.ln_pdf(x)).sum::<f64>() / 2000.0;
    let bound = run.evidence_bounds(rows.view(), 50, &mut stream(5, 0)).mean().unwrap();
    assert!(bound < mean + 0.01 && bound > mean - 0.02, "{bound} {mean}");
    let samples = run.game().samples(run.data(), 20_000, &mut stream(6, 0));
    assert!((samples.std(0.0) - spread.hypot(s)).abs() < 0.1, "{}", samples.std(0.0));
}
