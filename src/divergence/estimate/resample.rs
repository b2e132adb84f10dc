//! Standard errors: by the delta method, the bootstrap and subsampling.

use crate::numeric::{stream, variance};
use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;

/// The standard error of `mean of x_terms + mean of y_terms` for independent terms: `sqrt(Var/n + Var/m)` with the
/// unbiased variances.
///
/// ```
/// use fenchel::divergence::estimate::delta_error;
/// assert!((delta_error(&[0.0, 2.0], &[5.0, 5.0, 5.0]) - 1.0).abs() < 1e-15);
/// ```
#[must_use]
pub fn delta_error(x_terms: &[f64], y_terms: &[f64]) -> f64 {
    let part = |terms: &[f64]| if terms.len() < 2 { 0.0 } else { variance(terms) / terms.len() as f64 };
    (part(x_terms) + part(y_terms)).sqrt()
}

/// The values of a statistic on `replicates` pairs of resamples, drawn with replacement: row numbers of either sample,
/// as many as it has. Replicate `b` draws from stream `b` of the seed and the values come in that order, so the bits do
/// not depend on the number of threads.
///
/// Valid for smooth functions of averages. Not for statistics of nearest neighbours, which a repeated row has at
/// distance zero: use [`subsample_error`] there.
pub fn bootstrap(
    (n, m): (usize, usize),
    replicates: usize,
    seed: u64,
    statistic: impl Fn(&[usize], &[usize]) -> f64 + Sync,
) -> Vec<f64> {
    let one = |b: usize| {
        let mut rng = stream(seed, b as u64);
        let mut draw = |rows: usize| (0..rows).map(|_| rng.random_range(0..rows)).collect::<Vec<_>>();
        let (x, y) = (draw(n), draw(m));
        statistic(&x, &y)
    };
    (0..replicates).into_par_iter().map(one).collect()
}

/// The standard error of a statistic that converges as `1/sqrt(n)`, from its values on `blocks` disjoint random parts
/// of both samples: `sd / sqrt(blocks)` (Politis, Romano and Wolf, doi:10.1007/978-1-4612-1554-7). A bias that the
/// parts share does not enter. `None` for fewer than two blocks or where a part has no finite value.
pub fn subsample_error(
    (n, m): (usize, usize),
    blocks: usize,
    seed: u64,
    statistic: impl Fn(&[usize], &[usize]) -> f64 + Sync,
) -> Option<f64> {
    if blocks < 2 || n.min(m) < blocks {
        return None;
    }
    let shuffled = |rows: usize, k: u64| {
        let mut order: Vec<usize> = (0..rows).collect();
        order.shuffle(&mut stream(seed, k));
        order
    };
    let (x, y) = (shuffled(n, 0), shuffled(m, 1));
    let part = |rows: &[usize], b: usize| {
        let (first, last) = (b * rows.len() / blocks, (b + 1) * rows.len() / blocks);
        let mut part = rows[first..last].to_vec();
        part.sort_unstable();
        part
    };
    let values: Vec<f64> = (0..blocks).into_par_iter().map(|b| statistic(&part(&x, b), &part(&y, b))).collect();
    values.iter().all(|v| v.is_finite()).then(|| (variance(&values) / blocks as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_difference<'a>(x: &'a [f64], y: &'a [f64]) -> impl Fn(&[usize], &[usize]) -> f64 + 'a {
        let mean = |values: &[f64], rows: &[usize]| rows.iter().map(|&i| values[i]).sum::<f64>() / rows.len() as f64;
        move |i, j| mean(x, i) - mean(y, j)
    }

    #[test]
    fn three_errors_of_a_difference_of_means_agree() {
        let mut rng = stream(3, 0);
        let x: Vec<f64> = (0..4000).map(|_| rng.random::<f64>()).collect();
        let y: Vec<f64> = (0..2000).map(|_| 3.0 * rng.random::<f64>()).collect();
        let delta = delta_error(&x, &y);
        let exact = (1.0f64 / 12.0 / 4000.0 + 9.0 / 12.0 / 2000.0).sqrt();
        assert!((delta / exact - 1.0).abs() < 0.05, "{delta} {exact}");
        let values = bootstrap((4000, 2000), 400, 1, mean_difference(&x, &y));
        let boot = variance(&values).sqrt();
        assert!((boot / delta - 1.0).abs() < 0.12, "{boot} {delta}");
        let blocks = subsample_error((4000, 2000), 200, 1, mean_difference(&x, &y)).unwrap();
        assert!((blocks / delta - 1.0).abs() < 0.2, "{blocks} {delta}");
        assert!(subsample_error((4000, 1), 20, 1, |_, _| 0.0).is_none());
        assert!(subsample_error((40, 40), 20, 1, |_, _| f64::INFINITY).is_none());
    }

    #[test]
    fn a_seed_gives_the_same_replicates_on_any_number_of_threads() {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let sum = |x: &[usize], y: &[usize]| x.iter().map(|&i| i as f64).sum::<f64>() / (1.0 + y[0] as f64);
            pool.install(|| (bootstrap((50, 70), 30, 9, sum), subsample_error((50, 70), 7, 9, sum)))
        };
        assert_eq!(run(1), run(2));
        assert_ne!(
            bootstrap((50, 50), 1, 9, |x, _| x[0] as f64 + 0.01 * x[1] as f64),
            bootstrap((50, 50), 1, 10, |x, _| x[0] as f64 + 0.01 * x[1] as f64)
        );
    }
}
