//! Which estimator of a divergence, for how many samples in how many dimensions?
//!
//! Two Gaussian laws at distance 1 have KL = 1/2 in any dimension. Each estimator sees samples only. The table has its
//! value and its 90 % interval, and `target/estimators.svg` (or the file named as argument) shows both against the
//! number of samples. How to read it:
//!
//! - The Gaussian fit knows the family, and is best where that is right.
//! - The plug-in estimates take noise for a difference or smooth a difference away, more so in many dimensions.
//! - The lower bounds start low and rise as their critics learn. Their intervals stay below the truth as often as they
//!   say.
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::divergence::estimate::{Estimator, GaussianPlugIn, HistogramPlugIn, Kde, Knn, Variational};
use fenchel::measure::{Empirical, Gaussian};
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::write_atomic;
use ndarray::{Array1, Array2};

const TRUTH: f64 = 0.5;

fn main() -> fenchel::Result<()> {
    let estimators: [(&str, Box<dyn Estimator>); 7] = [
        ("Gaussian fit", Box::new(GaussianPlugIn::new())),
        ("histogram", Box::new(HistogramPlugIn::new())),
        ("kernel density", Box::new(Kde::new())),
        ("nearest neighbours", Box::new(Knn::new())),
        ("dv (lower bound)", Box::new(Variational::donsker_varadhan())),
        ("fgan (lower bound)", Box::new(Variational::fgan())),
        ("classifier (lower bound)", Box::new(Variational::classifier())),
    ];
    println!("KL of two Gaussian laws at distance 1: {TRUTH}\n");
    println!("{:<12} {:>3} {:>6} {:>8}   90 % interval", "estimator", "d", "n", "value");
    let mut panels = Vec::new();
    for d in [1, 5, 20] {
        let sizes = [100, 300, 1000, 2000];
        let mut panel = Panel::new(Axis::new("samples of each law, n").log(), Axis::new("KL (nats)").range(-0.1, 1.1))
            .title(if d == 1 { "1 dimension".to_owned() } else { format!("{d} dimensions") })
            .guide_y(TRUTH, "truth");
        for (k, (label, estimator)) in estimators.iter().enumerate() {
            if !estimator.supports(&"kl".parse()?, d) {
                continue;
            }
            let (mut at, mut value, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for n in sizes {
                let (x, y) = samples(d, n)?;
                // a covariance of 20 columns needs more than a few rows; an estimator that cannot answer says why
                let found = match estimator.estimate(&x, &y, "kl".parse()?) {
                    Ok(found) => found,
                    Err(error) => {
                        println!("{:<12} {d:>3} {n:>6}        –   {error}", estimator.name());
                        continue;
                    }
                };
                let (from, to) = found.interval.unwrap_or((found.value, found.value));
                println!("{:<12} {d:>3} {n:>6} {:>8.4}   {from:.4} {to:.4}", estimator.name(), found.value);
                // side by side, not on top of each other
                at.push(n as f64 * 1.06f64.powi(k as i32 - 3));
                value.push(found.value);
                low.push(from);
                // a lower bound has no upper end
                high.push(if to.is_finite() { to } else { found.value });
            }
            panel = panel.add(Series::intervals(*label, &at, &value, &low, &high).style(k));
        }
        panels.push(panel.size(300.0, 260.0));
    }
    let file = std::env::args().nth(1).unwrap_or_else(|| "target/estimators.svg".to_owned());
    let figure = Figure::new("KL of N(0, I) from N(m, I), |m| = 1, from samples: values and 90 % intervals", panels);
    write_atomic(&file, figure.svg().as_bytes())?;
    println!("\ndrawn to {file}");
    Ok(())
}

/// `n` rows of `N(0, I)` and of `N(m, I)`, where `m` has the length 1.
fn samples(d: usize, n: usize) -> fenchel::Result<(Empirical, Empirical)> {
    let law = |mean: f64| Gaussian::new(Array1::from_elem(d, mean), Array2::eye(d));
    let draw = |law: Gaussian, k| Empirical::new(law.sample(n, &mut stream(n as u64, k))?);
    Ok((draw(law(0.0)?, 0)?, draw(law((d as f64).sqrt().recip())?, 1)?))
}
