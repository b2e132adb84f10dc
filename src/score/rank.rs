//! Several generators by one score: who is best, and who cannot be told from the best.

use super::{Better, Metric, Z};
use crate::certificate::Estimate;

/// The place of a generator among several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Rank {
    /// One more than the number of generators with a better value.
    pub place: usize,
    /// Whether the difference from the best value is within its error, at 90 %.
    pub like_the_best: bool,
}

/// The ranks of several generators by one score against the same real sample; none for a generator without a score.
///
/// For scores that are best where they agree with the real sample's (`c2st`) lower is better; `vendi` and the others as
/// [`Metric::better`] says. The error of a difference is that of two independent estimates. It is too large rather than too small, because the
/// scores share the real sample. Values of samples of different sizes have different biases and should not be ranked.
///
/// ```
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
/// use fenchel::score::{Metric, Pair, Permutations, energy, ranks};
/// let law = Gaussian::univariate(0.0, 1.0)?;
/// let draw = |k, shift| Empirical::new(law.sample(400, &mut stream(0, k))? + shift);
/// let (real, good, same, bad) = (draw(0, 0.0)?, draw(1, 0.05)?, draw(2, 0.0)?, draw(3, 1.0)?);
/// let score = |generated| energy::energy(&Pair::new(&real, generated)?, Permutations::none());
/// let found = [Some(score(&good)?), Some(score(&same)?), Some(score(&bad)?), None];
/// let ranks = ranks(Metric::Energy, &found.each_ref().map(|e| e.as_ref()));
/// assert!(ranks[0].unwrap().like_the_best && ranks[1].unwrap().like_the_best);
/// assert!(ranks[2].unwrap().place == 3 && !ranks[2].unwrap().like_the_best && ranks[3].is_none());
/// # Ok::<(), fenchel::Error>(())
/// ```
#[must_use]
pub fn ranks(metric: Metric, scores: &[Option<&Estimate>]) -> Vec<Option<Rank>> {
    let known = || scores.iter().copied().flatten();
    let better = |a: f64, b: f64| match metric.better() {
        Better::Lower => a < b,
        Better::Higher => a > b,
    };
    let best = known().reduce(|best, one| if better(one.value, best.value) { one } else { best });
    let rank = |one: &Estimate| {
        let place = 1 + known().filter(|other| better(other.value, one.value)).count();
        let within = best.is_some_and(|best| {
            let errors = one.std_error.zip(best.std_error);
            let reach = errors.map_or(0.0, |(a, b)| Z * a.hypot(b));
            (one.value - best.value).abs() <= reach
        });
        Rank { place, like_the_best: within }
    };
    scores.iter().map(|score| score.map(rank)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::normal_estimate;

    #[test]
    fn places_count_who_is_better_and_errors_decide_who_is_like_the_best() {
        let of = |value: f64, error: Option<f64>| {
            normal_estimate("recall", value, error, (0.0, 1.0), (9, 9, 1), String::new())
        };
        let scores = [of(0.5, Some(0.01)), of(0.52, Some(0.01)), of(0.4, Some(0.01)), of(0.52, None)];
        let found = ranks(Metric::Recall, &scores.each_ref().map(Some));
        let places: Vec<(usize, bool)> = found.iter().flatten().map(|r| (r.place, r.like_the_best)).collect();
        // a difference of 0.02 is within 1.645 √2 0.01 = 0.023; a value equal to the best is like it without an error too
        assert_eq!(places, [(3, true), (1, true), (4, false), (1, true)]);
        let reversed = ranks(Metric::Energy, &scores.each_ref().map(Some));
        assert_eq!(reversed[2].map(|r| r.place), Some(1));
        assert_eq!(ranks(Metric::Energy, &[None, None]), [None, None]);
    }
}
