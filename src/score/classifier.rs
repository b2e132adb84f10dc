//! The classifier two-sample test: can a classifier tell generated from real?
//!
//! Lopez-Paz and Oquab, arXiv 1610.06545. The classifier is the vote of the nearest neighbours, as many as the root
//! of the number of training points. Its accuracy on points it has not seen is `(1 + TV)/2` at best, so
//! `2 accuracy - 1` is a lower bound of the total variation distance, up to the standard error.

use super::neighbours::{Mean, share};
use super::null::Null;
use super::permutations::pool;
use super::{Better, Pair, Permutations};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::measure::Empirical;
use crate::measure::neighbours::{Around, Points};
use crate::numeric::stream;
use ndarray::Axis;
use rand::seq::SliceRandom;

/// Accuracies that differ by less are the same up to rounding.
const ROUNDING: f64 = 1e-9;

/// The accuracy of a nearest-neighbour classifier on held-out points: one half for equal laws, 1 for laws that it
/// tells apart.
///
/// As many rows of either sample as the smaller has are split in two at random: half trains, half is classified. Where more
/// points are at one distance than votes are left, the votes are drawn from them, and what counts is the expected accuracy over all
/// such draws. It is exact and does not depend on the order of the rows. The standard error is binomial over the classified points, which is
/// too large rather than too small where votes were drawn. The interval is Wilson's, which has a length at 0 and 1 too; the p-value
/// comes from relabelling the classified points. O((n+m)² d), in few dimensions about O((n+m)^3/2).
///
/// # Errors
/// Fewer than four rows, more than a million permutations.
///
/// ```
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
/// use fenchel::score::{Pair, Permutations, classifier};
/// let law = Gaussian::univariate(0.0, 1.0)?;
/// let x = Empirical::new(law.sample(100, &mut stream(0, 0))?)?;
/// let y = Empirical::new(law.sample(100, &mut stream(0, 1))? + 9.0)?;
/// assert_eq!(classifier::c2st(&Pair::new(&x, &y)?, Permutations::new(99, 0))?.value, 1.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn c2st(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    pair.in_own_unit(0, |real, generated, _| {
        pair.at_least(4)?;
        test.validate()?;
        let rows = real.len().min(generated.len());
        let (learn, ask) = (rows / 2, rows - rows / 2);
        let split = |sample: &Empirical, task: u64| {
            let mut order: Vec<usize> = (0..sample.len()).collect();
            order.shuffle(&mut stream(test.seed, task));
            let part = |rows: &[usize]| sample.points().select(Axis(0), rows);
            (part(&order[..learn]), part(&order[learn..rows]))
        };
        let ((real_learn, real_ask), (generated_learn, generated_ask)) = (split(real, 5), split(generated, 6));
        let known = pool(real_learn.view(), generated_learn.view());
        let asked = pool(real_ask.view(), generated_ask.view());

        // an odd number of votes is never a draw
        let votes = ((((2 * learn) as f64).sqrt() as usize) / 2 * 2 + 1).min(2 * learn - 1);
        let known = Points::new(known.view());
        let called_generated: Vec<f64> = known.around(asked.view(), |_, around| {
            let chance = chance_of_majority(around, votes, |j| j >= learn);
            mutate!(chance, Classifier, |_| 0.0)
        });

        let right = |is_generated: &[bool]| -> f64 {
            is_generated
                .iter()
                .zip(&called_generated)
                .map(|(is, called)| if *is { *called } else { 1.0 - called })
                .sum()
        };
        let mut labels: Vec<bool> = (0..2 * ask).map(|i| i >= ask).collect();
        let hits = right(&labels);
        let value = hits / (2 * ask) as f64;
        let mut rng = stream(test.seed, 7);
        let relabelled = (0..test.count).map(|_| {
            labels.shuffle(&mut rng);
            right(&labels) / (2 * ask) as f64
        });
        let null = Null::new(relabelled.collect(), test.seed);
        let std_error = (value * (1.0 - value) / (2 * ask) as f64).sqrt();
        let parameters =
            format!("{votes} nearest neighbours, {learn} + {learn} rows learnt, {ask} + {ask} classified; binomial");
        let mean = Mean { sum: hits, count: 2 * ask, std_error: Some(std_error) };
        Ok(null.beside(share("c2st", mean, pair.sizes(), parameters), Better::Lower, ROUNDING))
    })
}

/// The probability that most of the `votes` nearest points are of a class, where those at the distance of the last are drawn at
/// random as far as votes are left for them.
fn chance_of_majority(around: &Around<'_>, votes: usize, of_class: impl Fn(usize) -> bool) -> f64 {
    let edge = around.nearest(votes, None)[votes - 1].0;
    let (mut closer, mut closer_of, mut tied, mut tied_of) = (0, 0, 0, 0);
    around.for_each_within(edge, |j, distance| {
        let of = usize::from(of_class(j));
        if distance < edge {
            (closer, closer_of) = (closer + 1, closer_of + of);
        } else {
            (tied, tied_of) = (tied + 1, tied_of + of);
        }
    });
    at_least(votes / 2 + 1, closer_of, votes - closer, (tied, tied_of))
}

/// The probability that `known` and those of a class among `drawn` of the `all` are at least `least` together; `of` of the `all` are
/// of the class: the tail of a hypergeometric law.
fn at_least(least: usize, known: usize, drawn: usize, (all, of): (usize, usize)) -> f64 {
    let (fewest, most) = ((drawn + of).saturating_sub(all), drawn.min(of));
    let needed = least.saturating_sub(known);
    if needed <= fewest {
        return 1.0;
    }
    if needed > most {
        return 0.0;
    }
    let ln_choose = |n: usize, k: usize| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    let whole = ln_choose(all, drawn);
    let of_count = |k: usize| (ln_choose(of, k) + ln_choose(all - of, drawn - k) - whole).exp();
    (needed..=most).map(of_count).sum::<f64>().min(1.0)
}

fn ln_factorial(n: usize) -> f64 {
    libm::lgamma(n as f64 + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Empirical;
    use crate::numeric::stream;
    use ndarray::{Array2, array};
    use rand::RngExt;

    /// All choices of `drawn` of the tied, one by one.
    fn by_choices(least: usize, known: usize, drawn: usize, tied: &[bool]) -> f64 {
        let choices = (0u32..1 << tied.len()).filter(|set| set.count_ones() as usize == drawn);
        let (mut hits, mut all) = (0.0, 0.0);
        for set in choices {
            let of = tied.iter().enumerate().filter(|(i, of)| **of && set >> i & 1 == 1).count();
            hits += f64::from(u8::from(known + of >= least));
            all += 1.0;
        }
        hits / all
    }

    #[test]
    fn ties_are_shared_out_by_exact_expectation() {
        for (least, known, drawn, of, all) in
            [(3, 1, 2, 2, 5), (2, 1, 1, 1, 3), (4, 0, 7, 9, 12), (4, 3, 4, 0, 12), (4, 4, 2, 3, 9), (6, 0, 11, 6, 11)]
        {
            let tied: Vec<bool> = (0..all).map(|i| i < of).collect();
            let (found, slow) = (at_least(least, known, drawn, (all, of)), by_choices(least, known, drawn, &tied));
            assert!((found - slow).abs() < 1e-12, "{found} {slow}");
        }
    }

    /// Whole numbers in one and two columns, against a vote over every choice of the tied.
    #[test]
    fn the_vote_is_that_of_all_choices_and_does_not_see_the_order_of_rows() {
        let mut rng = stream(5, 0);
        for (d, values) in [(1, 2), (1, 5), (2, 3)] {
            let mut draw = |n: usize| Array2::from_shape_simple_fn((n, d), || f64::from(rng.random_range(0..values)));
            let (known, asked) = (draw(14), draw(9));
            let class = |j: usize| !j.is_multiple_of(3);
            let votes = 5;
            let found =
                Points::new(known.view()).around(asked.view(), |_, around| chance_of_majority(around, votes, class));
            for (row, found) in asked.rows().into_iter().zip(found) {
                let mut all: Vec<(f64, bool)> =
                    (0..14).map(|j| ((&row - &known.row(j)).mapv(|t| t * t).sum(), class(j))).collect();
                all.sort_by(|a, b| a.0.total_cmp(&b.0));
                let edge = all[votes - 1].0;
                let closer: Vec<bool> = all.iter().filter(|(d, _)| *d < edge).map(|(_, of)| *of).collect();
                let tied: Vec<bool> =
                    all.iter().filter(|(d, _)| (*d - edge).abs() < 1e-12).map(|(_, of)| *of).collect();
                let of = closer.iter().filter(|of| **of).count();
                let slow = by_choices(votes / 2 + 1, of, votes - closer.len(), &tied);
                assert!((found - slow).abs() < 1e-12, "{found} {slow}");
            }
        }
    }

    #[test]
    fn coins_of_different_bias_are_told_apart() {
        // 20 zeros and 20 ones against 4 zeros and 36 ones: a classifier can reach (1 + 0.4)/2
        let coins = |zeros: usize| Array2::from_shape_fn((40, 1), |(i, _)| f64::from(u8::from(i >= zeros)));
        let (x, y) = (Empirical::new(coins(20)).unwrap(), Empirical::new(coins(4)).unwrap());
        let found = c2st(&Pair::new(&x, &y).unwrap(), Permutations::new(999, 0)).unwrap();
        assert!((0.6..0.75).contains(&found.value) && found.p_value.unwrap() < 0.05, "{found:?}");
        let reversed =
            |sample: &Empirical| Empirical::new(sample.points().slice(ndarray::s![..;-1, ..]).to_owned()).unwrap();
        let swapped = c2st(&Pair::new(&reversed(&x), &reversed(&y)).unwrap(), Permutations::none()).unwrap();
        assert!((0.55..0.75).contains(&swapped.value), "{swapped:?}");
        // many coins: 2000 tosses of 0.5 against 0.9
        let mut rng = stream(1, 0);
        let mut toss =
            |p: f64| Array2::from_shape_simple_fn((2000, 1), || f64::from(u8::from(rng.random::<f64>() < p)));
        let (x, y) = (Empirical::new(toss(0.5)).unwrap(), Empirical::new(toss(0.9)).unwrap());
        let found = c2st(&Pair::new(&x, &y).unwrap(), Permutations::new(199, 0)).unwrap();
        assert!((found.value - 0.7).abs() < 0.03 && found.p_value.unwrap() < 0.01, "{found:?}");
        // one value: nothing to tell, and exactly a half
        let one = Empirical::new(array![[7.0], [7.0], [7.0], [7.0], [7.0], [7.0]]).unwrap();
        let same = c2st(&Pair::new(&one, &one).unwrap(), Permutations::new(19, 0)).unwrap();
        assert!((same.value - 0.5).abs() < 1e-12 && same.p_value.unwrap() > 0.99, "{same:?}");
    }
}
