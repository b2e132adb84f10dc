//! D7.9 to D7.11: what each divergence prefers where the generator is too weak to fit the data.
//!
//! The data have two modes and the generator `x = a z + b` has one. The heads of f-GAN are trained, each against its own
//! divergence, and each generator is compared with the Gaussian of least divergence, which is found without a game.

use super::shared::CHAPTER;
use crate::claim::larger;
use crate::optimise::minimise_without_gradient;
use crate::shared::linspace;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::{FDivergence, density};
use fenchel::gan::{Config, Gan, Head, Objective, Penalty, Rows};
use fenchel::measure::density::{Density, Law, Mixture};
use fenchel::nn::{Activation, Layers, Rule};
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::Array2;
use rayon::prelude::*;
use std::ops::ControlFlow;

const FIGURE: &str = "d7-preferences";
const STEPS: u64 = 3000;
/// Quantiles of the data, which are the real samples.
const POINTS: usize = 4000;
/// Weight, mean and deviation of the modes.
const MODES: [(f64, f64, f64); 2] = [(0.25, -1.0, 0.4), (0.75, 1.5, 0.6)];

/// From the one that covers most to the one that seeks most.
const HEADS: [(&str, FDivergence); 6] = [
    ("Pearson χ²", FDivergence::Pearson),
    ("KL", FDivergence::Kl),
    ("Jensen-Shannon", FDivergence::Jsd),
    ("squared Hellinger", FDivergence::Hellinger2),
    ("reverse KL", FDivergence::ReverseKl),
    ("Neyman χ²", FDivergence::Neyman),
];

/// A divergence with the Gaussian that its game ends with and the Gaussian of least divergence: mean, deviation, divergence.
struct Preference {
    name: &'static str,
    trained: [f64; 3],
    least: [f64; 3],
}

fn preference(name: &'static str, f: FDivergence, data: &Mixture, rows: &Array2<f64>, seed: u64) -> Result<Preference> {
    let divergence = |mean: f64, deviation: f64| -> Result<f64> {
        Ok(density::f_divergence(&f, data, &Law::normal(mean, deviation)?)?.value)
    };
    // the divergence may have a minimum at each mode, and one between them
    let starts = [[-1.0, -0.9], [0.6, 0.2], [1.5, -0.5]];
    let ends = starts
        .iter()
        .map(|start| minimise_without_gradient(|at| divergence(at[0], at[1].exp()).unwrap_or(f64::NAN), start, 0.2));
    // around some of them it is infinite, and there is no search
    let least = ends.flatten().min_by(|a, b| a.value.total_cmp(&b.value));
    let least = least.map_or([f64::NAN; 3], |end| [end.at[0], end.at[1].exp(), end.value]);
    let config = Config {
        objective: Objective::FGan(Head::of(f)?),
        penalty: Penalty::R1R2(0.01),
        latent: 1,
        generator_hidden: Layers::leaky(&[]),
        discriminator_hidden: Layers::new(&[32, 32], Activation::Tanh),
        discriminator_steps: 2,
        generator_rule: Rule::adam(0.003, 0.0, 0.9),
        discriminator_rule: Rule::adam(0.009, 0.0, 0.9),
        averaging: None,
        steps: STEPS,
        seed,
        ..Config::ring8()
    };
    let mut gan = Gan::new(config, Rows::new(rows.view())?)?;
    gan.train(STEPS, |_| ControlFlow::Continue(()));
    let map = &gan.generator().layers[0];
    let (mean, deviation) = (f64::from(map.bias[[0, 0]]), f64::from(map.weight[[0, 0]].abs()));
    Ok(Preference { name, trained: [mean, deviation, divergence(mean, deviation)?], least })
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let data = Mixture::new(MODES.iter().map(|&(w, m, s)| Ok((w, Law::normal(m, s)?))).collect::<Result<_>>()?)?;
    let rows = Array2::from_shape_fn((POINTS, 1), |(k, _)| data.quantile((k as f64 + 0.5) / POINTS as f64));
    let found = HEADS
        .into_par_iter()
        .map(|(name, f)| preference(name, f, &data, &rows, seed))
        .collect::<Result<Vec<Preference>>>()?;
    let about = |id: &str, statement: String| {
        Claim::about(id, CHAPTER, statement, "S3 L376-396; arXiv:1606.00709, section 4").figure(FIGURE)
    };
    let names = HEADS.map(|(name, _)| name).join(", ");
    let excess = found.iter().map(|p| ((p.trained[2] - p.least[2]) / p.least[2]).abs()).fold(0.0, larger);
    claims.push(
        about("D7.9", format!("A trained head leads a generator to its own divergence. Data ¼ N(−1, .4²) + ¾ N(1½, .6²), generator x = az + b, {STEPS} steps: by what share the divergence in the end differs from that of the best Gaussian, found without a game; the largest of {names}"))
            .at_most(excess, 0.02),
    );
    let mean = MODES.iter().map(|(w, m, _)| w * m).sum::<f64>();
    let deviation = (MODES.iter().map(|(w, m, s)| w * (m * m + s * s)).sum::<f64>() - mean * mean).sqrt();
    claims.push(
        about(
            "D7.10",
            "The generator trained with the head of KL covers: it has the mean and the deviation of the data"
                .to_owned(),
        )
        .vector(&found[1].trained[..2], &[mean, deviation], 0.06),
    );
    claims.push(
        about(
            "D7.11",
            format!(
                "From the divergence that covers most to the one that seeks most the trained deviation falls: {names}"
            ),
        )
        .property(
            "falls",
            found.iter().map(|p| format!("{:.3}", p.trained[1])).collect::<Vec<_>>().join(", "),
            found.windows(2).all(|pair| pair[1].trained[1] < pair[0].trained[1]),
        ),
    );
    figures.push(panels(&found, &data)?);
    Ok(())
}

fn panels(found: &[Preference], data: &Mixture) -> Result<Illustration> {
    let x = linspace(-3.5, 4.5, 321);
    let zeros = vec![0.0; x.len()];
    let pdf = |law: &dyn Density| x.iter().map(|&x| law.pdf(x)).collect::<Vec<f64>>();
    let panels = found.iter().map(|p| {
        let [mean, deviation, _] = p.trained;
        let [best_mean, best_deviation, _] = p.least;
        Ok(Panel::new(Axis::new("x"), Axis::new("density").range(0.0, 0.75))
            .title(p.name)
            .add(Series::band("data", &x, &zeros, &pdf(data)))
            .add(Series::line("trained", &x, &pdf(&Law::normal(mean, deviation)?)).style(2))
            .add(Series::line("least divergence", &x, &pdf(&Law::normal(best_mean, best_deviation)?)).style(3)))
    });
    Ok(Illustration {
        id: FIGURE,
        figure: Figure::grid(
            "What each divergence prefers where one Gaussian must stand for two",
            3,
            panels.collect::<Result<Vec<_>>>()?,
        ),
        caption: format!(
            "Six games with the same data and the same networks; {STEPS} steps each. The heads are ordered from covering to seeking: \
             the first put a wide Gaussian over both modes, the last leaves the smaller mode out."
        ),
    })
}
