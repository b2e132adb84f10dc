//! H9: BEGAN's balance and measure, on formulas and over a run.

use super::shared::CHAPTER;
use crate::claim::Draft;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::gan::{Began, BeganConfig, BeganRecord, Toy, Training};
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::transport::w1;
use rayon::prelude::*;

const FIGURE: &str = "h9-balance";
const STEPS: u64 = 3000;
/// Steps from one look to the next, over which the measure is averaged.
const EVERY: u64 = 50;
/// Looks until the balance has left zero.
const WARM_UP: usize = 6;
/// Samples between which the distance is computed.
const SAMPLES: usize = 256;
/// Runs, each from a seed of its own: one alone says little.
const SEEDS: u64 = 5;

fn about(id: &str, statement: &str, row: &str) -> Draft {
    Claim::about(id, CHAPTER, statement, format!("S2 L1232-1235; arXiv:1703.10717{row}"))
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let record = BeganRecord { real: 1.0, fake: 0.3, balance: 0.0 };
    claims.push(
        about(
            "H9",
            "BEGAN’s measure of convergence M = L(x) + |γL(x) − L(G(z))| for L(x) = 1, L(G(z)) = .3, γ = ½",
            "; O191",
        )
        .relative(record.measure(0.5), 1.2, 1e-14),
    );
    let config = BeganConfig { diversity: 0.5, balance_rate: 0.001, ..BeganConfig::default() };
    claims.push(
        about("H9.2", "BEGAN’s balance after a step, k + λ(γL(x) − L(G(z))) from k = 0 with λ = .001, for L(x) = 1, L(G(z)) = .3, γ = ½", "; O192")
            .relative(config.balanced(0.0, 1.0, 0.3), 2e-4, 1e-12),
    );
    let runs = (0..SEEDS).into_par_iter().map(|k| run(SEEDS * seed + k)).collect::<Result<Vec<_>>>()?;
    let mean = |of: &dyn Fn(&Looks) -> f64| runs.iter().map(of).sum::<f64>() / runs.len() as f64;
    claims.push(
        about("H9.3", &format!("BEGAN’s measure of convergence falls over a run on the grid of 25: mean of the last 50 of 3000 steps, by that of the first 50 after 300, over {SEEDS} seeds"), "")
            .figure(FIGURE)
            .at_most(mean(&|run| run.measures[run.measures.len() - 1] / run.measures[WARM_UP]), 0.9),
    );
    claims.push(
        about("H9.4", &format!("BEGAN’s measure of convergence follows the distance loosely: its rank correlation with exact W1 of 256 generated samples, every 50 steps from 300 on, mean over {SEEDS} seeds"), "")
            .corrects("it can also fall while the distance grows: over ten seeds the correlation is from −.07 to .96")
            .figure(FIGURE)
            .at_least(mean(&|run| rank_correlation(&run.measures[WARM_UP..], &run.distances[WARM_UP..])), 0.2),
    );
    let Looks { measures, distances } = &runs[0];
    let steps: Vec<f64> = (0..measures.len()).map(|k| (EVERY as usize * k) as f64).collect();
    figures.push(Illustration {
        id: FIGURE,
        figure: Figure::new(
            "BEGAN’s measure and the true distance",
            [("M", measures), ("W1", distances)].map(|(name, values)| {
                Panel::new(Axis::new("step"), Axis::new(name).include(0.0))
                    .size(260.0, 180.0)
                    .add(Series::line(name, &steps, values))
            }),
        ),
        caption: "The grid of 25, means of 50 steps beside the exact distance of 256 samples; the first of the runs."
            .to_owned(),
    });
    Ok(())
}

/// The measure, a mean of the steps from one look to the next, and the distance at each look.
struct Looks {
    measures: Vec<f64>,
    distances: Vec<f64>,
}

fn run(seed: u64) -> Result<Looks> {
    let config = BeganConfig { seed, ..BeganConfig::default() };
    let diversity = config.diversity;
    let mut run = Training::<Began>::new(config, Toy::grid25())?;
    let real = Empirical::new(Toy::grid25().sample(SAMPLES, &mut stream(seed, 160)))?;
    let (mut measures, mut distances) = (Vec::new(), Vec::new());
    for look in 0..STEPS / EVERY {
        let made = Empirical::new(run.generate(SAMPLES, &mut stream(seed, 161 + look)))?;
        distances.push(w1(&real, &made)?.distance());
        let records = (0..EVERY).filter_map(|_| run.step());
        measures.push(records.map(|record| record.measure(diversity)).sum::<f64>() / EVERY as f64);
    }
    Ok(Looks { measures, distances })
}

/// Spearman's correlation of values without ties.
fn rank_correlation(x: &[f64], y: &[f64]) -> f64 {
    let ranks = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
        let mut ranks = vec![0.0; values.len()];
        order.into_iter().enumerate().for_each(|(rank, i)| ranks[i] = rank as f64);
        ranks
    };
    let n = x.len() as f64;
    let squares: f64 = ranks(x).iter().zip(ranks(y)).map(|(a, b)| (a - b) * (a - b)).sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}
