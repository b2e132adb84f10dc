//! Two normal laws to be moved: what the best discriminator, the divergences and the earth mover make of them.

use super::shared::CHAPTER;
use crate::play::{Explorable, shortened};
use fenchel::Result;
use fenchel::divergence::{FDivergence, density};
use fenchel::measure::density::{Density, Law};
use fenchel::numeric::quadrature::Quadrature;
use fenchel::record::json::Number;
use rayon::prelude::*;
use serde::Serialize;

/// The standard deviations that a law can have.
const DEVIATIONS: [f64; 7] = [0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8];
/// Steps of a mean, and how far apart the means can be in steps.
const STEP: f64 = 0.1;
const FARTHEST: usize = 80;

#[derive(Serialize)]
struct Data {
    deviations: [f64; 7],
    step: f64,
    farthest: usize,
    /// For each pair of deviations (p before q), a row of numbers, one a distance of the means.
    pairs: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    jsd: Vec<Number>,
    tv: Vec<Number>,
    w1: Vec<Number>,
    /// Of the first law from the second; the other direction is that of the pair turned round.
    kl: Vec<Number>,
    value: Vec<Number>,
}

/// `W1 = ∫ |F_p - F_q|`, in two parts where the distribution functions cross.
fn earth_mover(p: &Law, q: &Law, (m, s, t): (f64, f64, f64)) -> Result<f64> {
    let reach = 10.0 * s.max(t);
    let mut points = vec![-reach, 0.0, m, m + reach];
    if (s - t).abs() > 0.0 {
        // where x/s = (x - m)/t
        points.push((m * s / (s - t)).clamp(-reach, m + reach));
    }
    points.sort_by(f64::total_cmp);
    Ok(Quadrature::new().absolute(1e-10).integrate(|x| (p.cdf(x) - q.cdf(x)).abs(), &points)?.value)
}

fn row(s: f64, t: f64) -> Result<Row> {
    let at = |k: usize| -> Result<[f64; 5]> {
        let m = STEP * k as f64;
        let (p, q) = (Law::normal(0.0, s)?, Law::normal(m, t)?);
        Ok([
            density::jsd(&p, &q)?.value,
            density::f_divergence(&FDivergence::TotalVariation, &p, &q)?.value,
            earth_mover(&p, &q, (m, s, t))?,
            density::kl(&p, &q)?.value,
            density::value_at_optimum(&p, &q)?.value,
        ])
    };
    let found = (0..=FARTHEST).map(at).collect::<Result<Vec<_>>>()?;
    let of = |k: usize| shortened(&found.iter().map(|values| values[k]).collect::<Vec<_>>());
    Ok(Row { jsd: of(0), tv: of(1), w1: of(2), kl: of(3), value: of(4) })
}

/// Two densities to be dragged.
pub(crate) fn densities() -> Result<Explorable> {
    let n = DEVIATIONS.len();
    let pairs =
        (0..n * n).into_par_iter().map(|k| row(DEVIATIONS[k / n], DEVIATIONS[k % n])).collect::<Result<Vec<Row>>>()?;
    let data = Data { deviations: DEVIATIONS, step: STEP, farthest: FARTHEST, pairs };
    Ok(Explorable::new(
        (CHAPTER, "densities"),
        "Drag the two laws",
        "Drag a peak sideways to move its law, up or down to make it narrow or wide; or use the sliders. Look at D*: it is ½ where the \
         curves cross. Then look for laws whose JSD is the same and whose W1 is not. The numbers are those of the library, computed for \
         every place of the handles when this report was made, by quadrature; nothing is interpolated. The curves are drawn from the \
         formulas of the densities.",
        &data,
    ))
}
