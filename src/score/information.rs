//! Kullback-Leibler divergence of the generated from the real law, by nearest neighbours.
//!
//! Unlike a distance it does not see how far apart points are, only how likely: a generator that leaves out a part of
//! the real law has a large `KL(real || generated)`. The estimate and its error are those of
//! [`Knn`]; in many dimensions trust the comparison with the baseline rather than the value.

use super::definition::Definition;
use super::forecast::Step;
use super::neighbours::check_neighbours;
use super::null::{Null, by_number};
use super::{Better, LEVEL, Pair, Permutations};
use crate::certificate::Estimate;
use crate::divergence::estimate::{Estimator, FEW, Knn};
use crate::divergence::{FDivergence, Kind};
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::measure::neighbours::TREE_COLUMNS;

pub(super) const KL_KNN: Definition =
    Definition::new("kl_knn", "KL(real || generated) in nats, by nearest neighbours", NEIGHBOURS, |card| {
        kl_knn(card.pair(), card.k(), card.again())
    })
    .neighbours(|_| 5);

/// The estimate, and those of relabelled samples.
const NEIGHBOURS: Step = Step::new("nearest neighbours, for densities", |task| {
    let one = work(task.rows(), task.d);
    (1.0 + task.again(one)) * one
});

/// The nanoseconds of an estimate: by trees, in which a search meets the more points the more columns there are, or by products.
fn work(rows: f64, d: f64) -> f64 {
    if d <= TREE_COLUMNS as f64 { 700.0 * 1.6f64.powf(d) * rows } else { rows * (5000.0 + 0.05 * rows * d) }
}

/// Columns up to which the coverage of the interval was counted.
const COUNTED: usize = 10;
/// Values that differ by less are the same up to rounding.
const ROUNDING: f64 = 1e-12;

/// `KL(real || generated)` in nats: extrapolated from `k`, `2k` and `4k` neighbours where both samples have more than
/// `4k + 1` rows, else by the plain `k`-th. Never below 0.
///
/// It asks for laws with a density. Columns that are constant, or copies of another column, in both samples say nothing and are left out, with a
/// warning. Its interval was counted to hold the truth from 50 rows of either sample on, in up to 10 columns
/// (`benches/coverage.md`); elsewhere there is none.
///
/// # Errors
/// A `k` that is 0, or not below the number of rows. [`Error::Unsupported`] for laws without a density, which repeated rows and
/// discrete columns show, and for a value that is below 0 by more than chance; both say what was seen and what can be asked instead.
///
/// ```
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
/// use fenchel::score::{Pair, Permutations};
/// let law = Gaussian::univariate(0.0, 1.0)?;
/// let x = Empirical::new(law.sample(500, &mut stream(0, 0))?)?;
/// let y = Empirical::new(law.sample(500, &mut stream(0, 1))? + 1.0)?;
/// let kl = fenchel::score::information::kl_knn(&Pair::new(&x, &y)?, 5, Permutations::none())?; // 1/2 for the laws
/// assert!((kl.value - 0.5).abs() < 3.0 * kl.std_error.unwrap());
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn kl_knn(pair: &Pair<'_>, k: usize, test: Permutations) -> Result<Estimate> {
    check_neighbours(k, pair.rows())?;
    test.validate()?;
    pair.in_own_unit(0, |real, generated, _| {
        let knn = Knn::new().extrapolated(k).for_rows(pair.rows()).level(LEVEL);
        let mut found = knn.estimate(real, generated, Kind::F(FDivergence::Kl)).map_err(with_advice)?;
        if pair.rows() < FEW || real.dimension() > COUNTED {
            found.interval = None;
            found.warnings.push(format!(
                "there is no interval: it was counted to hold the truth from {FEW} rows on, in up to {COUNTED} columns"
            ));
        }
        let (n, m, d) = pair.sizes();
        let work = work((n + m) as f64, d as f64);
        let score = by_number((real.points(), generated.points()), |x, y| {
            Ok(knn.estimate(&Empirical::new(x)?, &Empirical::new(y)?, Kind::F(FDivergence::Kl))?.value)
        });
        let null = Null::of((n, m), test, work, score);
        let found = Estimate { name: "kl_knn".to_owned(), ..found };
        Ok(match null {
            Ok(null) => null.beside(found, Better::Lower, ROUNDING),
            // rows that are in both samples may come to lie in one of them
            Err(why) => {
                Estimate { warnings: [found.warnings, vec![format!("there is no baseline: {why}")]].concat(), ..found }
            }
        })
    })
}

/// What can be asked instead, as a command.
fn with_advice(error: Error) -> Error {
    match error {
        Error::Unsupported { what, why } => {
            let instead = if why.contains("`histogram`") { "histogram" } else { "classifier" };
            Error::unsupported(what, format!("{why} (`fenchel estimate --estimator {instead}`)"))
                .context("x is the real sample, y the generated one")
        }
        error => error,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;
    use crate::numeric::stream;
    use ndarray::{Array2, Axis, concatenate, s};
    use rand_distr::{Distribution, StandardNormal};

    fn normal(n: usize, d: usize, task: u64) -> Array2<f64> {
        let mut rng = stream(17, task);
        Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
    }

    fn of(x: &Array2<f64>, y: &Array2<f64>) -> Result<Estimate> {
        let (x, y) = (Empirical::new(x.clone())?, Empirical::new(y.clone())?);
        kl_knn(&Pair::new(&x, &y)?, 5, Permutations::none())
    }

    #[test]
    fn atoms_and_copies_are_refused_with_what_was_seen_and_what_works() {
        let (zeros, ones) = (Array2::zeros((40, 1)), Array2::ones((40, 1)));
        let wide = normal(300, 6, 1).mapv(f64::round);
        let copies = normal(100, 2, 2);
        let coin = {
            let mut x = normal(200, 2, 3);
            x.column_mut(1).mapv_inplace(f64::signum);
            x
        };
        for (x, y, seen, instead) in [
            (&zeros, &ones, "40 of the 40 rows of x equal another row", "histogram"),
            (&copies, &copies, "100 of the 100 rows of x equal another row", "histogram"),
            (&coin, &normal(200, 2, 4), "column 2 of x is discrete", "histogram"),
            (&wide, &wide, "equal another row", "classifier"),
        ] {
            let refused = of(x, y).unwrap_err();
            assert!(matches!(refused.cause(), Error::Unsupported { .. }));
            let message = refused.to_string();
            for part in [seen, &format!("fenchel estimate --estimator {instead}"), "x is the real sample"] {
                assert!(message.contains(part), "{part} is not in {message}");
            }
        }
    }

    #[test]
    fn columns_that_say_nothing_change_nothing() {
        let (x, y) = (normal(400, 1, 5), normal(400, 1, 6) + 1.0);
        let plain = of(&x, &y).unwrap();
        assert!(plain.warnings.is_empty() && (plain.value - 0.5).abs() < 3.0 * plain.std_error.unwrap());
        let beside = |x: &Array2<f64>, other: Array2<f64>| concatenate(Axis(1), &[x.view(), other.view()]).unwrap();
        let constant = of(&beside(&x, Array2::from_elem((400, 1), 7.0)), &beside(&y, Array2::from_elem((400, 1), 7.0)));
        let copied = of(&beside(&x, x.clone()), &beside(&y, y.clone()));
        for (found, word) in [(constant.unwrap(), "constant"), (copied.unwrap(), "a copy of another")] {
            assert_eq!((found.value, found.std_error, found.interval), (plain.value, plain.std_error, plain.interval));
            assert!(found.warnings[0].contains(word) && found.warnings[0].contains("left out"), "{found:?}");
        }
    }

    #[test]
    fn it_is_never_below_zero_nor_is_its_interval_and_where_that_was_not_counted_there_is_none() {
        let mut cut = 0;
        for task in 0..60 {
            let (x, y) = (normal(80, 2, 100 + task), normal(70, 2, 200 + task));
            let found = of(&x, &y).unwrap();
            let (low, high) = found.interval.unwrap();
            assert!(0.0 <= low && low <= found.value && found.value <= high, "{found:?}");
            cut += usize::from(found.value == 0.0);
        }
        assert!((10..50).contains(&cut), "{cut}");
        let few = of(&normal(1000, 1, 7), &normal(10, 1, 8)).unwrap();
        assert!(few.interval.is_none() && few.warnings.iter().any(|w| w.contains("no interval")), "{few:?}");
        let many = of(&normal(300, 12, 9), &(normal(300, 12, 10) + 1.0));
        assert!(many.unwrap().interval.is_none());
        // the first rows are those that are few
        let short = normal(1000, 1, 7).slice(s![..49, ..]).to_owned();
        assert!(of(&short, &normal(1000, 1, 11)).unwrap().interval.is_none());
    }
}
