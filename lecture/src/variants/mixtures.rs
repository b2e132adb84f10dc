//! A8.6 to A8.9: maximum likelihood with the trainer: a mixture of Gaussians, in the tables of the games.

use super::shared::CHAPTER;
use crate::claim::Draft;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::gan::{Generative, Known, Likelihood, LikelihoodConfig, MixtureFit, ModeScores, Toy, Training};
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::Array2;
use std::ops::ControlFlow;

const FIGURE: &str = "a8-mixtures";
const STEPS: u64 = 800;
const SAMPLES: usize = 2500;

struct Fitted {
    name: &'static str,
    components: usize,
    samples: Array2<f64>,
    scores: ModeScores,
    surprise: f64,
}

fn fitted(name: &'static str, fit: MixtureFit, components: usize, seed: u64) -> Result<Fitted> {
    let law = Toy::ring8();
    let config = LikelihoodConfig { fit, components, steps: STEPS, seed, ..LikelihoodConfig::default() };
    let mut run = Training::<Likelihood>::new(config, Known::from(law))?;
    let mut last = Vec::new();
    run.train(STEPS, |record| {
        last.push(record.surprise);
        ControlFlow::Continue(())
    });
    let samples = run.game().samples(run.data(), SAMPLES, &mut stream(seed, 130));
    let scores = ModeScores::new(samples.view(), &law)?;
    let tail = &last[last.len() - last.len() / 10..];
    Ok(Fitted { name, components, samples, scores, surprise: tail.iter().sum::<f64>() / tail.len() as f64 })
}

fn about(id: &str, statement: String) -> Draft {
    Claim::about(id, CHAPTER, statement, "S1 L5-27; S2 L86-152; arXiv:0712.4273").figure(FIGURE)
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let kinds = [
        ("likelihood, EM", MixtureFit::Em),
        ("likelihood, gradient", MixtureFit::Gradient),
        ("reverse KL", MixtureFit::Reverse),
    ];
    let all = [1, 4, 32].into_iter().flat_map(|k| kinds.map(|(name, fit)| (name, fit, k)));
    let runs: Vec<Fitted> = all.map(|(name, fit, k)| fitted(name, fit, k, seed)).collect::<Result<_>>()?;
    let of = |name: &str, k: usize| runs.iter().find(|run| run.name == name && run.components == k);
    let modes = |name: &str, k: usize| of(name, k).map_or(f64::NAN, |run| run.scores.modes() as f64);
    let table = |k: usize| {
        let rows = runs.iter().filter(|run| run.components == k);
        let row = |run: &Fitted| {
            let s = &run.scores;
            format!(
                "{}: {} modes, {:.1} %, reverse KL {:.3}",
                run.name,
                s.modes(),
                100.0 * s.high_quality_share(),
                s.reverse_kl()
            )
        };
        rows.map(row).collect::<Vec<_>>().join("; ")
    };
    let spread = |name: &str, k: usize| of(name, k).map_or(f64::NAN, |run| run.samples.std(0.0));
    claims.push(
        about("A8.6", "One Gaussian fitted to the ring of eight: by maximum likelihood it covers the ring, its deviation 1/√2 that of the data; by the least reverse divergence it seeks one mode, its deviation .01. Deviations by EM, by gradients, and reverse within the mode".to_owned())
            .vector(
                &[spread("likelihood, EM", 1), spread("likelihood, gradient", 1), of("reverse KL", 1).map_or(f64::NAN, |run| run.samples.std_axis(ndarray::Axis(0), 0.0).mean().unwrap_or(f64::NAN))],
                &[0.5_f64.sqrt(), 0.5_f64.sqrt(), 0.01],
                0.005,
            ),
    );
    claims.push(
        about("A8.7", "Four Gaussians fitted to the ring of eight: those of maximum likelihood leave no mode without samples near it, those of the reverse divergence take four modes at most and lie on them".to_owned())
            .property(
                "reverse: at most 4 modes, 95 % within 3σ; likelihood: every mode nearest to some samples",
                table(4),
                modes("reverse KL", 4) <= 4.0
                    && of("reverse KL", 4).is_some_and(|run| run.scores.high_quality_share() > 0.95)
                    && ["likelihood, EM", "likelihood, gradient"].iter().all(|name| of(name, 4).is_some_and(|run| run.scores.nearest.iter().all(|&n| n > 0))),
            ),
    );
    let em = of("likelihood, EM", 32);
    let surprise = em.map_or(f64::NAN, |run| run.surprise);
    claims.push(
        about("A8.8", "Thirty-two Gaussians by EM on batches come to the likelihood of the ring itself, whose entropy is ln 8 + ln 2πeσ²; −E ln q of the last tenth of the run, less the entropy".to_owned())
            .at_most(surprise - (8f64.ln() + (std::f64::consts::TAU * std::f64::consts::E * 1e-4).ln()), 0.3),
    );
    claims.push(
        about(
            "A8.9",
            "Scored as the games are, thirty-two Gaussians by maximum likelihood find all modes of the ring".to_owned(),
        )
        .property(
            "8 modes by EM, .95 within 3σ",
            table(32),
            modes("likelihood, EM", 32) > 7.5 && em.is_some_and(|run| run.scores.high_quality_share() > 0.95),
        ),
    );
    figures.push(picture(&runs));
    Ok(())
}

fn picture(runs: &[Fitted]) -> Illustration {
    let centres = Toy::ring8().centres();
    let column = |points: &Array2<f64>, k: usize| {
        points.column(k).iter().take(400).map(|x| x.clamp(-1.9, 1.9)).collect::<Vec<f64>>()
    };
    let panels = runs.iter().map(|run| {
        let gaussians =
            if run.components == 1 { "Gaussian".to_owned() } else { format!("{} Gaussians", run.components) };
        let axis = |label: &str| Axis::new(label).range(-2.0, 2.0);
        Panel::new(axis("x"), axis("y"))
            .equal()
            .title(format!("{}, {gaussians}", run.name))
            .size(190.0, 190.0)
            .add(Series::points("generated", &column(&run.samples, 0), &column(&run.samples, 1)))
            .add(Series::points("centre of a mode", &column(&centres, 0), &column(&centres, 1)))
    });
    Illustration {
        id: FIGURE,
        figure: Figure::grid("Covering and seeking: mixtures fitted to the ring of eight", 3, panels),
        caption: format!(
            "400 samples of each mixture after {STEPS} steps. Maximum likelihood puts mass wherever the data are, between them too if it must; the reverse divergence leaves modes out rather than put mass where none is."
        ),
    }
}
