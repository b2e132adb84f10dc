//! The classifier two-sample test: can a classifier tell generated from real?
//!
//! Lopez-Paz and Oquab, arXiv 1610.06545, cross-fitted: the pooled rows are divided in five folds, and the rows of each
//! are classified by a model of the other four. Rows that are equal stay in one fold, unless they are more than the
//! folds. This classifier is the vote of the nearest neighbours, as many as the root of the number of training points;
//! [`logistic`](super::logistic) has another. The accuracy on points that a classifier has not seen is `(1 + TV)/2` at
//! best, so `2 accuracy - 1` is a lower bound of the total variation distance, up to the standard error. The area under
//! the curve (AUC) is the probability that of a real and a generated row the generated one looks more like one; it sees
//! differences of which no threshold makes a good classifier.
//!
//! The p-values come from relabelled samples, all models learnt anew: exact, whatever the dependence between folds that
//! share their training rows.

use super::Pair;
use super::definition::{Comparison, Definition};
use super::folds::Folds;
use super::forecast::Step;
use super::permutations::{Permutations, pool};
use super::separation::{Predictions, Separation, both};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::measure::copies::equal_rows;
use crate::measure::neighbours::{Around, Points};
use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;

pub(super) const C2ST: Definition = Definition::new(
    "c2st",
    "accuracy of a nearest-neighbour classifier, real against generated (1/2 is best)",
    VOTES,
    |card| Ok(found(card)?.accuracy("c2st")),
)
.aliases(&["classifier", "two_sample"])
.rows(LEAST);
pub(super) const C2ST_AUC: Definition =
    Definition::new("c2st_auc", "area under the curve of that classifier (1/2 is best)", VOTES, |card| {
        Ok(found(card)?.area("c2st_auc"))
    })
    .aliases(&["auc"])
    .rows(LEAST);

/// Who votes, and the votes under all labels.
const VOTES: Step = Step::new("votes of neighbours", |task| {
    let rows = task.rows();
    let votes = rows * rows.sqrt();
    task.neighbours(rows, rows) + votes * (FOUND + COUNTED * task.test().count as f64)
});

/// Nanoseconds of a voter that is found, and of one that is counted.
const FOUND: f64 = 120.0;
const COUNTED: f64 = 1.5;

/// Chances that differ by less are the same up to rounding.
const ROUNDING: f64 = 1e-9;
/// Rows of either sample that are needed.
pub(super) const LEAST: usize = 4;

/// The separation by neighbours, kept by its type.
struct ByNeighbours(Separation);

fn found<'c>(card: &'c mut Comparison<'_>) -> Result<&'c Separation> {
    Ok(&card.shared(|card| Ok(ByNeighbours(separation(card.pair(), card.test())?)))?.0)
}

/// The accuracy of a cross-fitted nearest-neighbour classifier: one half for equal laws, 1 for laws that it tells
/// apart.
///
/// It is the mean of two shares, of real and of generated rows that are called what they are. A row is called generated
/// if it has more votes for it than the median of as many rows drawn from all that may vote, so that sizes may differ.
/// Where more points are at one distance than votes are left, the votes are drawn from them, and what counts is the
/// expected accuracy over all such draws. It is exact and does not depend on which of them comes first. The standard
/// error is binomial over the rows, which is too large rather than too small where votes were drawn. The interval is
/// Wilson's, which has a length at 0 and 1 too; the p-value is that of the [module](self). O((n+m)² d), in few
/// dimensions about O((n+m)^3/2), and O((n+m)^3/2) a relabelling.
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
/// let pair = Pair::new(&x, &y)?;
/// assert_eq!(classifier::c2st(&pair, Permutations::new(99, 0))?.value, 1.0);
/// assert_eq!(classifier::c2st_auc(&pair, Permutations::new(99, 0))?.value, 1.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn c2st(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    Ok(separation(pair, test)?.accuracy("c2st"))
}

/// The area under the curve of the classifier of [`c2st`], by the share of votes: one half for equal laws, 1 for laws
/// that it tells apart.
///
/// Rows are compared within a fold, where one model judged both; equal shares count half, and drawn votes by their
/// expectation. The standard error is that of placements (DeLong et al., doi:10.2307/2531595).
///
/// # Errors
/// As [`c2st`].
pub fn c2st_auc(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    Ok(separation(pair, test)?.area("c2st_auc"))
}

fn separation(pair: &Pair<'_>, test: Permutations) -> Result<Separation> {
    pair.at_least(LEAST)?;
    test.validate()?;
    let (real, generated, _) = pair.scaled();
    let folds = Folds::new(real.points(), generated.points(), test.seed);
    let voters = Voters::of(real.points(), generated.points(), &folds);
    let seen = voters.predictions(&folds.labels());
    let relabelled = (0..test.count).into_par_iter().map(|relabelling| {
        let labels = folds.relabelled(test, relabelling);
        both(&labels, &voters.predictions(&labels), &folds)
    });
    let (of, votes) = (folds.count(), voters.votes);
    let how =
        format!("{votes} nearest neighbours, cross-fitted in {of} folds, sizes balanced; binomial and placements");
    Ok(Separation::new(pair, &folds, &seen, None, relabelled.collect(), (test, how)))
}

/// Who votes on every row; it does not depend on the labels.
struct Voters {
    votes: usize,
    /// For every row the place of its electorate: rows that are equal and of one fold share it.
    of_row: Vec<usize>,
    electorates: Vec<Electorate>,
    /// Of every fold: what its electorates decide by. Relabelling within folds does not change it.
    thresholds: Vec<Threshold>,
}

/// The nearest rows, as far as they all vote, and those at the distance of the last, of which some are drawn.
struct Electorate {
    closer: Vec<usize>,
    tied: Vec<usize>,
    /// A row that is no voter's fold: where the numbers of labels of the training rows are counted.
    fold: usize,
}

impl Voters {
    fn of(real: ArrayView2<'_, f64>, generated: ArrayView2<'_, f64>, folds: &Folds) -> Self {
        let pooled = pool(real, generated);
        let rows = pooled.nrows();
        let mut first: Vec<usize> = (0..rows).collect();
        equal_rows(real, generated).iter().for_each(|group| group.iter().for_each(|&row| first[row] = group[0]));
        // an odd number of votes is never a draw at equal sizes
        let train = rows - rows.div_ceil(folds.count());
        let votes = ((train as f64).sqrt() as usize) / 2 * 2 + 1;
        let (mut of_row, mut electorates, mut thresholds) = (vec![0; rows], Vec::new(), Vec::new());
        for fold in 0..folds.count() {
            let (asked, known) = (folds.rows(fold, true), folds.rows(fold, false));
            let votes = votes.min(known.len());
            let generated = known.iter().filter(|&&row| row >= real.nrows()).count();
            thresholds.push(Threshold::new(votes, (known.len(), generated)));
            let mut distinct: Vec<usize> = asked.clone();
            distinct.sort_by_key(|&row| first[row]);
            distinct.dedup_by_key(|row| first[*row]);
            let place = |row: usize| distinct.partition_point(|&other| first[other] < first[row]);
            asked.iter().for_each(|&row| of_row[row] = electorates.len() + place(row));
            let points = pooled.select(Axis(0), &known);
            let queries = pooled.select(Axis(0), &distinct);
            electorates.extend(
                Points::new(points.view())
                    .around(queries.view(), |_, around| Electorate::of(around, votes, &known, fold)),
            );
        }
        Self { votes, of_row, electorates, thresholds }
    }

    /// What the neighbours say of every row.
    fn predictions(&self, is_generated: &[bool]) -> Predictions {
        let of = |one: &Electorate| one.opinion(is_generated, &self.thresholds[one.fold]);
        let opinions: Vec<(f64, f64)> = self.electorates.iter().map(of).collect();
        let of = |part: fn(&(f64, f64)) -> f64| self.of_row.iter().map(|&e| part(&opinions[e])).collect();
        Predictions { called: of(|opinion| opinion.0), score: of(|opinion| opinion.1) }
    }
}

/// How many votes call a row generated: more than the median of as many rows drawn from all that may vote, and of the
/// median itself the share that makes the chance one half. So a row whose voters are no different from others is called
/// either with equal chances, whatever the numbers of rows.
struct Threshold {
    votes: usize,
    median: usize,
    share: f64,
}

impl Threshold {
    fn new(votes: usize, (trained, generated): (usize, usize)) -> Self {
        let chance = |least: usize| at_least(least, 0, votes, (trained, generated));
        let mut median = votes * generated / trained;
        while chance(median + 1) > 0.5 + ROUNDING {
            median += 1;
        }
        while median > 0 && chance(median) <= 0.5 + ROUNDING {
            median -= 1;
        }
        let above = chance(median + 1);
        Self { votes, median, share: ((0.5 - above) / (chance(median) - above)).clamp(0.0, 1.0) }
    }
}

impl Electorate {
    fn of(around: &Around<'_>, votes: usize, known: &[usize], fold: usize) -> Self {
        let edge = around.nearest(votes, None)[votes - 1].0;
        let (mut closer, mut tied) = (Vec::new(), Vec::new());
        around.for_each_within(
            edge,
            |j, distance| {
                if distance < edge { closer.push(known[j]) } else { tied.push(known[j]) }
            },
        );
        Self { closer, tied, fold }
    }

    /// The chance that the row is called generated, and the expected share of such votes.
    fn opinion(&self, is_generated: &[bool], threshold: &Threshold) -> (f64, f64) {
        let count = |rows: &[usize]| rows.iter().filter(|&&row| is_generated[row]).count();
        let (closer, tied) = (count(&self.closer), count(&self.tied));
        let drawn = threshold.votes - self.closer.len();
        let chance = |least: usize| at_least(least, closer, drawn, (self.tied.len(), tied));
        let above = chance(threshold.median + 1);
        let called = above + threshold.share * (chance(threshold.median) - above);
        let called = mutate!(called, Classifier, |_| 0.0);
        let share = (closer as f64 + drawn as f64 * tied as f64 / self.tied.len() as f64) / threshold.votes as f64;
        (called, share)
    }
}

/// The probability that `known` and those of a class among `drawn` of the `all` are at least `least` together; `of` of
/// the `all` are of the class: the tail of a hypergeometric law.
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

    /// A draw from all that vote is called either with equal chances, at any sizes.
    #[test]
    fn a_threshold_favours_neither_label() {
        for (votes, trained, generated) in [(5, 14, 7), (1, 9, 2), (7, 40, 3), (31, 960, 473), (3, 6, 6), (3, 6, 0)] {
            let threshold = Threshold::new(votes, (trained, generated));
            let chance = |least: usize| at_least(least, 0, votes, (trained, generated));
            let called = chance(threshold.median + 1)
                + threshold.share * (chance(threshold.median) - chance(threshold.median + 1));
            assert!((called - 0.5).abs() < 1e-9, "{votes} of {trained}, {generated} generated: {called}");
        }
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
            let rows: Vec<usize> = (0..14).collect();
            let labels: Vec<bool> = rows.iter().map(|&j| class(j)).collect();
            let found = Points::new(known.view()).around(asked.view(), |_, around| {
                Electorate::of(around, votes, &rows, 0).opinion(&labels, &Threshold::new(votes, (14, 7))).0
            });
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

    /// A generator that repeats itself: what it repeats must not stand apart when labels change places.
    #[test]
    fn copies_within_one_sample_hide_nothing() {
        let mut rng = stream(3, 0);
        let mut draw = |n: usize| Array2::from_shape_simple_fn((n, 2), || rng.random::<f64>());
        let (real, few, fair) = (draw(120), draw(40) * 0.3, draw(40));
        let thrice = |rows: &Array2<f64>| ndarray::concatenate![ndarray::Axis(0), *rows, *rows, *rows];
        let of = |generated: Array2<f64>| {
            let (x, y) = (Empirical::new(real.clone()).unwrap(), Empirical::new(generated).unwrap());
            c2st(&Pair::new(&x, &y).unwrap(), Permutations::new(199, 0)).unwrap()
        };
        let found = of(thrice(&few));
        assert!(found.value > 0.7 && found.p_value.unwrap() < 0.02, "{found:?}");
        for found in [found, of(thrice(&fair))] {
            assert!((found.baseline.unwrap() - 0.5).abs() < 0.05, "{found:?}");
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
