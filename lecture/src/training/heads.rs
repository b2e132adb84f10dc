//! D7.2 to D7.8: one trainer, eight heads, the ring of eight Gaussians.
//!
//! Nothing but the divergence changes: networks, optimiser, penalty, steps, seed and data are the same.

use super::shared::CHAPTER;
use crate::claim::{Draft, larger};
use crate::play::{Explorable, shortened};
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::certificate::Status;
use fenchel::divergence::FDivergence;
use fenchel::gan::{Config, Gan, Head, ModeScores, Objective, Penalty, Schedule, Toy};
use fenchel::nn::{Layers, Tape};
use fenchel::numeric::{Sum, stream};
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::json::Number;
use ndarray::{Array2, Axis as Along};
use rayon::prelude::*;
use serde::Serialize;
use std::ops::ControlFlow;

const STEPS: u64 = 10_000;
/// Samples that are scored, as in PacGAN's protocol.
const SAMPLES: usize = 2500;
/// Samples of each head that are drawn.
const SHOWN: usize = 500;

const HEADS: [(&str, FDivergence); 8] = [
    ("KL", FDivergence::Kl),
    ("reverse KL", FDivergence::ReverseKl),
    ("Pearson χ²", FDivergence::Pearson),
    ("squared Hellinger", FDivergence::Hellinger2),
    ("Jensen-Shannon", FDivergence::Jsd),
    ("GAN", FDivergence::Gan),
    ("Neyman χ²", FDivergence::Neyman),
    ("total variation", FDivergence::TotalVariation),
];
/// Steps from one look at a run to the next.
const EVERY: u64 = 250;
/// Samples of each look that are kept.
const KEPT: usize = 300;

/// The head whose run is shown: that of the GAN.
const RUN: usize = 5;

/// The result of one head.
struct Outcome {
    name: &'static str,
    status: Status,
    samples: Array2<f64>,
    scores: ModeScores,
    course: Vec<Look>,
}

/// What a generator makes after some steps.
#[derive(Serialize)]
struct Look {
    step: u64,
    modes: usize,
    share: f64,
    /// The coordinates of some samples in hundredths, x and y in turn.
    points: Vec<i32>,
}

impl Look {
    fn new(step: u64, samples: &Array2<f64>, law: &Toy) -> Result<Self> {
        let scores = ModeScores::new(samples.view(), law)?;
        let shown = samples.iter().take(2 * KEPT).map(|x| (100.0 * x).round().clamp(-999.0, 999.0) as i32);
        Ok(Self { step, modes: scores.modes(), share: scores.high_quality_share(), points: shown.collect() })
    }
}

#[derive(Serialize)]
struct Data<'a> {
    head: &'a str,
    samples: usize,
    /// The centres of the modes, x and y in turn.
    centres: Vec<Number>,
    looks: &'a [Look],
}

fn train(name: &'static str, head: Head, seed: u64) -> Result<Outcome> {
    let law = Toy::ring8();
    let config = Config {
        objective: Objective::FGan(head),
        penalty: Penalty::R1R2(0.3),
        strength: Schedule::Geometric(0.01),
        generator_hidden: Layers::leaky(&[32, 32]),
        discriminator_hidden: Layers::leaky(&[32, 32]),
        batch: 64,
        steps: STEPS,
        averaging: Some(0.998),
        seed,
        ..Config::ring8()
    };
    let mut gan = Gan::new(config, law)?;
    let generate = |gan: &Gan| gan.generate(SAMPLES, &mut stream(seed, 9));
    let mut course = vec![Look::new(0, &generate(&gan), &law)?];
    let mut status = Status::IterationLimit;
    while gan.steps() < STEPS && status == Status::IterationLimit {
        status = gan.train(gan.steps() + EVERY, |_| ControlFlow::Continue(()));
        course.push(Look::new(gan.steps(), &generate(&gan), &law)?);
    }
    let samples = generate(&gan);
    let scores = ModeScores::new(samples.view(), &law)?;
    Ok(Outcome { name, status, samples, scores, course })
}

/// The run of one head on a slider.
fn course(run: &Outcome) -> Explorable {
    let centres: Vec<f64> = Toy::ring8().centres().iter().copied().collect();
    let data = Data { head: run.name, samples: SAMPLES, centres: shortened(&centres), looks: &run.course };
    Explorable::new(
        (CHAPTER, "ring"),
        "Watch a run",
        format!(
            "The generator of the head “{}” every {EVERY} steps: {KEPT} of its samples, the modes that it finds and the share of {SAMPLES} samples \
             within 3σ of one. It finds the modes early and becomes tight late. The run is the one that the claims are about.",
            run.name
        ),
        &data,
    )
}

/// The claims and the figures of the row, and one of its runs.
pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<Explorable> {
    let runs: Vec<Outcome> =
        HEADS.into_par_iter().map(|(name, f)| train(name, Head::of(f)?, seed)).collect::<Result<Vec<Outcome>>>()?;
    modes_found(&runs, claims);
    claims.push(slopes());
    let perfect = ModeScores::new(Toy::ring8().sample(SAMPLES, &mut stream(seed, 10)).view(), &Toy::ring8())?;
    claims.push(
        about("D7.8", format!("The scorer knows a perfect generator: of {SAMPLES} samples of the ring itself the share within 3σ of a mode is 1 − e^−4.5, within four standard errors"))
            .figure("d7-heads")
            // 4 sqrt(s (1 - s)/n)
            .absolute(perfect.high_quality_share(), 0.988_891_003_461_757_7, 8.4e-3),
    );
    figures.push(bars(&runs));
    figures.push(samples(&runs));
    Ok(course(&runs[RUN]))
}

fn about(id: &str, statement: String) -> Draft {
    let source = "S3 L376-396; arXiv:1606.00709, scored as in arXiv:1712.04086, where training is longer and the networks are others";
    Claim::about(id, CHAPTER, statement, source)
}

/// D7.2 to D7.4: what the runs found.
fn modes_found(runs: &[Outcome], claims: &mut Vec<Claim>) {
    let finite = runs.iter().filter(|run| run.status == Status::IterationLimit).count();
    claims.push(
        about(
            "D7.2",
            format!("The same trainer with each of eight f-GAN heads, on the ring of eight Gaussians, {STEPS} steps: how many end with finite numbers"),
        )
        .figure("d7-samples")
        .exact(finite as f64, HEADS.len() as f64),
    );
    let table: Vec<String> = runs
        .iter()
        .map(|run| {
            format!("{}: {} modes, {:.1} %", run.name, run.scores.modes(), 100.0 * run.scores.high_quality_share())
        })
        .collect();
    let modes = Sum::of(runs.iter().map(|run| run.scores.modes() as f64)) / runs.len() as f64;
    claims.push(
        about("D7.3", format!("The same trainer with each of eight f-GAN heads, modes found and samples within 3σ of one, of {SAMPLES}: they find on average at least seven of the eight modes"))
            .figure("d7-heads")
            .property("at least 7 modes on average", table.join("; "), modes >= 7.0),
    );
    let best = runs.iter().map(|run| run.scores.high_quality_share()).fold(0.0, larger);
    claims.push(
        about("D7.4", format!("Of the eight f-GAN heads on the ring, the best share of samples within 3σ after {STEPS} steps is above .6 and not yet that of a perfect generator, .989: with any head the samples become tight late"))
            .figure("d7-heads")
            .property("0.6 to 0.95", format!("{best:.3}"), (0.6..=0.95).contains(&best)),
    );
}

/// D7.5: the slope that a head passes on.
fn slopes() -> Claim {
    let names = HEADS.map(|(name, _)| name).join(", ");
    let passed_on = HEADS.map(|(_, f)| {
        let tape = Tape::<f64>::new();
        let v = tape.constant(5.0);
        Head::of(f).map_or(f64::NAN, |head| head.conjugate(v).gradients(&[v])[0].scalar())
    });
    about("D7.5", format!("The choice of the head decides how much slope the critic passes on to the generator. The derivative of f*(T(v)) at the output v = 5, that of a sample taken for real, goes from 10⁻⁴ for total variation, whose head saturates, to 74 for Hellinger. {names}"))
        .figure("d7-samples")
        // e^4, 1, 7/2, e^5/2, σ(5)/2, σ(5), e^-2.5, sech²(5)/2
        .vector(
            &passed_on,
            &[
                54.598_150_033_144_24,
                1.0,
                3.5,
                74.206_579_551_288_3,
                0.496_653_574_537_857_6,
                0.993_307_149_075_715_2,
                0.082_084_998_623_898_8,
                9.079_161_547_190_334e-5,
            ],
            1e-11,
        )
}

fn bars(runs: &[Outcome]) -> Illustration {
    let names = || Axis::categories("head of f-GAN", runs.iter().map(|run| run.name)).reversed();
    let of = |value: &dyn Fn(&ModeScores) -> f64| runs.iter().map(|run| value(&run.scores)).collect::<Vec<f64>>();
    let modes = Panel::new(Axis::new("modes of eight").range(0.0, 8.4), names())
        .add(Series::bars("with a sample within 3σ", &of(&|s| s.modes() as f64)).horizontal())
        .add(Series::bars("with 1 % of the samples within 3σ", &of(&|s| s.modes_1pct() as f64)).horizontal());
    let quality = Panel::new(Axis::new("share of samples within 3σ of a mode").range(0.0, 1.05), names())
        .add(Series::bars("share within 3σ", &of(&ModeScores::high_quality_share)).horizontal())
        .guide_x(-(-4.5_f64).exp_m1(), "perfect");
    Illustration {
        id: "d7-heads",
        figure: Figure::new("One trainer, eight divergences: modes and quality on the ring of eight", [modes, quality]),
        caption: format!(
            "{STEPS} steps each, everything equal but the head. Most find all modes, and none has the share of a perfect sampler."
        ),
    }
}

fn samples(runs: &[Outcome]) -> Illustration {
    let centres = Toy::ring8().centres();
    let column = |points: &Array2<f64>, k: usize| points.column(k).iter().copied().take(SHOWN).collect::<Vec<f64>>();
    let panels = runs.iter().map(|run| {
        let mut shown = run.samples.clone();
        // points outside the frame are drawn at its edge
        shown.mapv_inplace(|x| x.clamp(-1.6, 1.6));
        let off = run.samples.axis_iter(Along(0)).take(SHOWN).filter(|x| x.iter().any(|x| x.abs() > 1.6)).count();
        let title = if off > 0 { format!("{} ({off} outside)", run.name) } else { run.name.to_owned() };
        Panel::new(Axis::new("x").range(-1.7, 1.7), Axis::new("y").range(-1.7, 1.7))
            .equal()
            .title(title)
            .size(230.0, 230.0)
            .add(Series::points("generated", &column(&shown, 0), &column(&shown, 1)))
            .add(Series::points("centre of a mode", &column(&centres, 0), &column(&centres, 1)))
    });
    Illustration {
        id: "d7-samples",
        figure: Figure::grid("What each head generates", 4, panels),
        caption: format!(
            "{SHOWN} samples of each generator after {STEPS} steps, and the centres of the eight modes. Samples between the modes \
                          are what the share in the other figure counts against a head."
        ),
    }
}
