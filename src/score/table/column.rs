//! One column of two tables: how far apart, in what unit, with which probability.

use super::super::running::{ColumnSketches, Running, jsd_of_bins, kolmogorov, kolmogorov_moments, rates, spread};
use super::super::{Permutations, Z, normal_estimate};
use super::exact;
use super::levels::{Counts, counts};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::{Column, ColumnKind};
use crate::numeric::{stream, wilson};
use ndarray::ArrayView2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Hypergeometric};
use std::collections::BTreeMap;

/// Rows that either column must have.
const FEWEST: usize = 2;
/// Random tables that a column costs, in cells; at least as many tables as follow.
const CELLS: usize = 3_000_000;
const TABLES: usize = 199;
/// Different numbers up to which random tables are drawn.
const MOST_VALUES: usize = 1000;
/// The 0.9-quantile of Kolmogorov's law.
const KOLMOGOROV_900: f64 = 1.223_847_870_217_082_5;
/// Rows that are drawn one by one; and the mode of the law from which on it is drawn in bounded time (Kachitvichyanukul
/// and Schmeiser 1985, doi:10.1080/00949658508810839).
const ONE_BY_ONE: u64 = 64;
const LEAST_MODE: f64 = 10.0;
/// The seeds of random tables come after those of other relabellings.
const TASK: u64 = 3 << 20;

/// What one column of two tables has in common, and what not.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnScores {
    /// The name of the column.
    pub name: String,
    /// What its cells are.
    pub kind: ColumnKind,
    /// `ks`, `w1`, `w1_relative` and `jsd` of numbers, `tv` and `jsd` of categories: each with its estimate or the
    /// reason why there is none.
    pub scores: Vec<(&'static str, Result<Estimate>)>,
    /// The [p-value](Self::p_value) corrected for all columns by Holm's method.
    pub p_adjusted: Option<f64>,
    /// The share of missing cells in the generated column less that in the real one.
    pub missing: Estimate,
    /// The shares of missing cells, real and generated.
    pub missing_shares: (f64, f64),
    /// Categories of generated rows that no real row has, and how many rows have them, the most common first.
    pub unseen: Vec<(String, usize)>,
    /// Categories of real rows that no generated row has, and how many rows have them, the most common first.
    pub lost: Vec<(String, usize)>,
}

impl ColumnScores {
    /// The score of this name, where there is one.
    #[must_use]
    pub fn score(&self, name: &str) -> Option<&Estimate> {
        self.scores.iter().find(|(known, _)| *known == name).and_then(|(_, found)| found.as_ref().ok())
    }

    /// The p-value of the column: that of `ks` for numbers, that of the likelihood ratio for categories, which is shown
    /// with `jsd` and sees rare categories better than `tv`; of two categories that of `tv`.
    #[must_use]
    pub fn p_value(&self) -> Option<f64> {
        let of = |name: &str| self.score(name).and_then(|score| score.p_value);
        match self.kind {
            ColumnKind::Number => of("ks"),
            ColumnKind::Category => of("jsd").or(of("tv")),
        }
    }

    /// The score that says how far the columns are apart: `ks` or `tv`.
    #[must_use]
    pub fn first(&self) -> Option<&Estimate> {
        self.scores.first().and_then(|(_, found)| found.as_ref().ok())
    }

    /// The shares of missing cells from other counts than those of the columns that were compared, from which rows may
    /// have been dropped: missing cells and all cells, of the real column and of the generated one.
    pub fn count_missing(&mut self, real: (usize, usize), generated: (usize, usize)) {
        let share = |(missing, all): (usize, usize)| missing as f64 / all as f64;
        self.missing_shares = (share(real), share(generated));
        self.missing = missing(self.missing_shares, (real.1, generated.1, 1));
    }

    pub(super) fn of(name: &str, real: &Column, generated: &Column, test: Permutations) -> Self {
        let cells = |column: &Column| (column.missing(), column.len());
        match (real.values(), generated.values()) {
            (Some(x), Some(y)) => {
                Self::of_scores(name, of_numbers(&present(x), &present(y), test), (cells(real), cells(generated)))
            }
            _ => Self::of_counts(name, (&counts(real), &counts(generated)), (cells(real), cells(generated)), test),
        }
    }

    /// Of a column of numbers with these scores, and so many missing cells of all, real and generated.
    pub(super) fn of_scores(
        name: &str,
        scores: Vec<(&'static str, Result<Estimate>)>,
        (real, generated): ((usize, usize), (usize, usize)),
    ) -> Self {
        let mut found = Self {
            name: name.to_owned(),
            kind: ColumnKind::Number,
            scores,
            p_adjusted: None,
            missing: missing((0.0, 0.0), (real.1, generated.1, 1)),
            missing_shares: (0.0, 0.0),
            unseen: Vec::new(),
            lost: Vec::new(),
        };
        found.count_missing(real, generated);
        found
    }

    /// Of a column of categories, from the rows that have each.
    pub(super) fn of_counts(
        name: &str,
        (real, generated): (&Counts<'_>, &Counts<'_>),
        cells: ((usize, usize), (usize, usize)),
        test: Permutations,
    ) -> Self {
        let scores = of_categories(real, generated, test);
        let (unseen, lost) = (only(generated, real), only(real, generated));
        Self { kind: ColumnKind::Category, unseen, lost, ..Self::of_scores(name, scores, cells) }
    }
}

fn present(values: &[f64]) -> Vec<f64> {
    let mut found: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    found.sort_unstable_by(f64::total_cmp);
    found
}

/// The difference of two shares, with Newcombe's interval (1998, method 10,
/// doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I).
fn missing((p, q): (f64, f64), sizes: (usize, usize, usize)) -> Estimate {
    let (n, m) = (sizes.0 as f64, sizes.1 as f64);
    let ((p_low, p_high), (q_low, q_high)) = (wilson(p, n, Z), wilson(q, m, Z));
    let (value, std_error) = (q - p, (p * (1.0 - p) / n + q * (1.0 - q) / m).sqrt());
    let how = "share of missing cells, generated less real; Newcombe's interval".to_owned();
    let found = normal_estimate("missing", value, Some(std_error), (-1.0, 1.0), sizes, how);
    let interval = (value - (q - q_low).hypot(p_high - p), value + (q_high - q).hypot(p - p_low));
    Estimate { interval: Some(interval), ..found }
}

/// Levels of one column that the other has not, with their rows.
fn only(column: &Counts<'_>, other: &Counts<'_>) -> Vec<(String, usize)> {
    let gone = column.iter().filter(|(level, _)| !other.contains_key(*level));
    let mut gone: Vec<(String, usize)> = gone.map(|(level, count)| ((*level).to_owned(), *count as usize)).collect();
    gone.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    gone
}

pub(super) fn too_few(n: usize, m: usize) -> Option<Error> {
    let (which, rows) = if n < FEWEST { ("real", n) } else { ("generated", m) };
    (rows < FEWEST).then(|| Error::too_few(format!("the {which} column"), rows, FEWEST, "cells that are not missing"))
}

fn of_numbers(x: &[f64], y: &[f64], test: Permutations) -> Vec<(&'static str, Result<Estimate>)> {
    let names = ["ks", "w1", "w1_relative", "jsd"];
    if let Some(error) = too_few(x.len(), y.len()) {
        return names.map(|name| (name, Err(error.clone()))).into();
    }
    let w1 = sketched(x, y, |real, generated| real.w1(generated), "all rows");
    let relative = w1.clone().and_then(|w1| relative(w1, deviation(x)));
    let jsd = sketched(x, y, |real, generated| real.jsd(generated), "quantile bins of all rows");
    vec![("ks", Ok(ks(x, y, test))), ("w1", w1), ("w1_relative", relative), ("jsd", jsd)]
}

/// A score of two columns by sketches that forget nothing.
fn sketched(
    x: &[f64],
    y: &[f64],
    score: impl Fn(&ColumnSketches, &ColumnSketches) -> Result<Vec<Estimate>>,
    how: &str,
) -> Result<Estimate> {
    let whole = |values: &[f64]| -> Result<ColumnSketches> {
        let mut sketch = ColumnSketches::new(1, x.len().max(y.len()) + 1)?;
        let rows = ArrayView2::from_shape((values.len(), 1), values).expect("one column");
        sketch.push(rows)?;
        Ok(sketch)
    };
    let found = score(&whole(x)?, &whole(y)?)?.swap_remove(0);
    Ok(Estimate { parameters: format!("{how}; {}", said(&found)), ..found })
}

/// How the interval was obtained.
fn said(found: &Estimate) -> &'static str {
    if found.name == "w1" {
        "interval by the potentials, less the bias of equal laws"
    } else {
        "delta method, less the bias of equal laws"
    }
}

/// The standard deviation of a column; NaN or 0 of one that is constant.
fn deviation(x: &[f64]) -> f64 {
    // in a unit of its own: squares may overflow
    let largest = x.iter().fold(0.0, |most: f64, value| most.max((value / 2.0 - x[0] / 2.0).abs()));
    let scaled: Vec<f64> = x.iter().map(|value| (value / 2.0 - x[0] / 2.0) / largest).collect();
    2.0 * largest * spread(&scaled, &vec![1.0 / x.len() as f64; x.len()]).sqrt()
}

/// The distance as a multiple of the standard deviation of the real column, which is taken as known.
pub(super) fn relative(w1: Estimate, unit: f64) -> Result<Estimate> {
    if unit <= 0.0 || !unit.is_finite() {
        return Err(Error::unsupported("w1_relative", "the real column is constant, and has no spread"));
    }
    Ok(Estimate {
        name: "w1_relative".to_owned(),
        value: w1.value / unit,
        std_error: w1.std_error.map(|error| error / unit),
        interval: w1.interval.map(|(low, high)| (low / unit, high / unit)),
        baseline: w1.baseline.map(|baseline| baseline / unit),
        parameters: format!("w1 over {unit:?}, the standard deviation of the real column"),
        ..w1
    })
}

/// Rows of each sample that are equal, one entry a different number, ascending.
fn ties(x: &[f64], y: &[f64]) -> Vec<(u64, u64)> {
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while i < x.len() || j < y.len() {
        let least = match (x.get(i), y.get(j)) {
            (Some(a), Some(b)) => a.min(*b),
            (a, b) => *a.or(b).unwrap_or(&0.0),
        };
        let run = |values: &[f64], from: usize| values[from..].iter().take_while(|value| **value <= least).count();
        let (a, b) = (run(x, i), run(y, j));
        (i, j) = (i + a, j + b);
        found.push((a as u64, b as u64));
    }
    found
}

/// The largest difference of the distribution functions times `n m`, and the two functions there.
fn farthest(cells: &[(u64, u64)], (n, m): (u64, u64)) -> (u64, (f64, f64)) {
    let (mut i, mut j, mut most, mut at) = (0, 0, 0, (0.0, 0.0));
    for (a, b) in cells {
        (i, j) = (i + a, j + b);
        let steps = (i * m).abs_diff(j * n);
        if steps > most {
            (most, at) = (steps, (i as f64 / n as f64, j as f64 / m as f64));
        }
    }
    (most, at)
}

fn ks(x: &[f64], y: &[f64], test: Permutations) -> Estimate {
    let (n, m) = (x.len() as u64, y.len() as u64);
    let sizes = (x.len(), y.len(), 1);
    let cells = ties(x, y);
    let (steps, at) = farthest(&cells, (n, m));
    let product = n as f64 * m as f64;
    let value = steps as f64 / product;
    let std_error = (at.0 * (1.0 - at.0) / n as f64 + at.1 * (1.0 - at.1) / m as f64).sqrt();
    let root = rates(sizes).sqrt();
    let drawn = (cells.len() <= MOST_VALUES && test.count > 0)
        .then(|| Drawn::new(&cells, test, |cells| farthest(cells, (n, m)).0 as f64 / product));
    let is_exact = product <= exact::LARGEST && test.count > 0;
    let (p_value, law) = if is_exact {
        let groups: Vec<usize> = cells.iter().map(|(a, b)| (a + b) as usize).collect();
        (exact::exceeded((x.len(), y.len()), &groups, steps), "p-value over all relabellings".to_owned())
    } else if let Some(drawn) = &drawn {
        (drawn.p_value(value), format!("p-value over {} relabellings", drawn.values.len()))
    } else {
        (kolmogorov(value / root), "p-value by Kolmogorov's limit".to_owned())
    };
    let (mean, deviation) = kolmogorov_moments();
    let (baseline, spread) = drawn.map_or((mean * root, deviation * root), |drawn| drawn.moments());
    let reach = KOLMOGOROV_900 * root;
    let how = format!("interval by the band of Kolmogorov's limit; {law}");
    Estimate {
        interval: Some(((value - reach).max(0.0), (value + reach).min(1.0))),
        p_value: Some(p_value),
        baseline: Some(baseline),
        baseline_spread: Some(spread),
        ..normal_estimate("ks", value, Some(std_error), (0.0, 1.0), sizes, how)
    }
}

fn of_categories(
    real: &Counts<'_>,
    generated: &Counts<'_>,
    test: Permutations,
) -> Vec<(&'static str, Result<Estimate>)> {
    let mut levels: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    real.iter().for_each(|(level, rows)| levels.entry(level).or_default().0 += rows);
    generated.iter().for_each(|(level, rows)| levels.entry(level).or_default().1 += rows);
    // by their counts, so that names make no difference
    let mut cells: Vec<(u64, u64)> = levels.into_values().collect();
    cells.sort_unstable();
    let (n, m) = cells.iter().fold((0, 0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1));
    let sizes = (n as usize, m as usize, 1);
    if let Some(error) = too_few(sizes.0, sizes.1) {
        return ["tv", "jsd"].map(|name| (name, Err(error.clone()))).into();
    }
    let share = |of: fn(&(u64, u64)) -> u64, total: u64| -> Vec<f64> {
        cells.iter().map(|cell| of(cell) as f64 / total as f64).collect()
    };
    let (p, q) = (share(|cell| cell.0, n), share(|cell| cell.1, m));
    // of two categories the exact p-value of `tv` is enough
    let ratio = (cells.len() > 2 && test.count > 0).then(|| Drawn::new(&cells, test, likelihood_ratio));
    let jsd = jsd_of_bins((&p, (0.0, 0.0)), (&q, (0.0, 0.0)), sizes, "").map(|found| {
        let law = match &ratio {
            Some(drawn) => format!("; p-value of the likelihood ratio over {} relabellings", drawn.values.len()),
            None => String::new(),
        };
        Estimate {
            p_value: ratio.map(|drawn| drawn.p_value(likelihood_ratio(&cells))),
            parameters: format!("{} categories; delta method, less the bias of equal laws{law}", cells.len()),
            ..found
        }
    });
    vec![("tv", Ok(tv(&cells, (&p, &q), sizes, test))), ("jsd", jsd)]
}

/// The logarithm of the likelihood ratio of one law against two, up to what is the same for all relabellings.
fn likelihood_ratio(cells: &[(u64, u64)]) -> f64 {
    let term = |count: u64| if count > 1 { count as f64 * (count as f64).ln() } else { 0.0 };
    cells.iter().map(|(a, b)| term(*a) + term(*b) - term(a + b)).sum()
}

/// Half the sum of the differences times `n m`.
fn half_sum(cells: &[(u64, u64)], (n, m): (u64, u64)) -> f64 {
    cells.iter().map(|(a, b)| (u128::from(*a) * u128::from(m)).abs_diff(u128::from(*b) * u128::from(n))).sum::<u128>()
        as f64
        / 2.0
}

fn tv(cells: &[(u64, u64)], (p, q): (&[f64], &[f64]), sizes: (usize, usize, usize), test: Permutations) -> Estimate {
    let (n, m) = (sizes.0 as u64, sizes.1 as u64);
    let product = n as f64 * m as f64;
    let value = half_sum(cells, (n, m)) / product;
    let signs: Vec<f64> = p.iter().zip(q).map(|(p, q)| if p > q { 0.5 } else { -0.5 }).collect();
    let std_error = (spread(&signs, p) / n as f64 + spread(&signs, q) / m as f64).sqrt();
    if test.count == 0 {
        return normal_estimate("tv", value, Some(std_error), (0.0, 1.0), sizes, "no relabellings".to_owned());
    }
    let drawn = Drawn::new(cells, test, |cells| half_sum(cells, (n, m)) / product);
    let noise = drawn.quantile(0.95);
    // of two categories it is the difference of one distribution function
    let is_exact = cells.len() <= 2 && product <= exact::LARGEST;
    let (p_value, law) = if is_exact {
        let groups: Vec<usize> = cells.iter().map(|(a, b)| (a + b) as usize).collect();
        (
            exact::exceeded((sizes.0, sizes.1), &groups, farthest(cells, (n, m)).0),
            "p-value over all relabellings".to_owned(),
        )
    } else {
        (drawn.p_value(value), format!("p-value over {} relabellings", drawn.values.len()))
    };
    // the mean of samples is never below the distance of the laws, and above it by no more than their noise
    let interval = ((value - noise).max(0.0), (value + Z * std_error).max(noise).min(1.0));
    let how = format!("{} categories; interval by the noise of relabelled samples; {law}", cells.len());
    let (baseline, baseline_spread) = drawn.moments();
    Estimate {
        interval: Some(interval),
        p_value: Some(p_value),
        baseline: Some(baseline),
        baseline_spread: Some(baseline_spread),
        ..normal_estimate("tv", value, Some(std_error), (0.0, 1.0), sizes, how)
    }
}

/// How many of `here` rows are among `wanted` rows that are drawn out of `left`.
fn taken(left: u64, here: u64, wanted: u64, rng: &mut ChaCha8Rng) -> u64 {
    let (others, unwanted) = (left - here, left - wanted);
    // the smaller part of either division: how many rows are in both
    let (few, drawn) = (here.min(others), wanted.min(unwanted));
    let mode = (drawn + 1) as f64 * (few + 1) as f64 / (left + 2) as f64;
    let law = (few.min(drawn) > ONE_BY_ONE && mode >= LEAST_MODE).then(|| Hypergeometric::new(left, few, drawn));
    let both = match law {
        Some(Ok(law)) => law.sample(rng),
        _ => one_by_one(left, few.max(drawn), few.min(drawn), rng),
    };
    match (few == here, drawn == wanted) {
        (true, true) => both,
        (true, false) => here - both,
        (false, true) => wanted - both,
        (false, false) => here + both - unwanted,
    }
}

/// The same for a part so small that each of its rows is drawn.
fn one_by_one(mut left: u64, mut marked: u64, draws: u64, rng: &mut ChaCha8Rng) -> u64 {
    let before = marked;
    for _ in 0..draws {
        marked -= u64::from(rng.random_range(0..left) < marked);
        left -= 1;
    }
    before - marked
}

/// A statistic of random relabellings of counted rows, ascending.
struct Drawn {
    values: Vec<f64>,
}

impl Drawn {
    fn new(cells: &[(u64, u64)], test: Permutations, statistic: impl Fn(&[(u64, u64)]) -> f64) -> Self {
        let count = test.count.min((CELLS / cells.len()).max(TABLES));
        let rows: u64 = cells.iter().map(|(a, b)| a + b).sum();
        let n: u64 = cells.iter().map(|(a, _)| a).sum();
        let mut rng = stream(test.seed, TASK);
        let mut table = cells.to_vec();
        let mut draw = || {
            let (mut left, mut wanted) = (rows, n);
            for (to, (a, b)) in table.iter_mut().zip(cells) {
                let here = a + b;
                let taken = taken(left, here, wanted, &mut rng);
                *to = (taken, here - taken);
                (left, wanted) = (left - here, wanted - taken);
            }
            statistic(&table)
        };
        let mut values: Vec<f64> = (0..count).map(|_| draw()).collect();
        values.sort_unstable_by(f64::total_cmp);
        Self { values }
    }

    /// The share of relabellings, with the one that was seen, that are as large.
    fn p_value(&self, value: f64) -> f64 {
        let below = self.values.partition_point(|drawn| *drawn < value - 1e-12 * value.abs());
        (1 + self.values.len() - below) as f64 / (1 + self.values.len()) as f64
    }

    fn quantile(&self, level: f64) -> f64 {
        self.values[((level * self.values.len() as f64) as usize).min(self.values.len() - 1)]
    }

    fn moments(&self) -> (f64, f64) {
        let count = self.values.len() as f64;
        let mean = self.values.iter().sum::<f64>() / count;
        (mean, (self.values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_drawn_follow_the_hypergeometric_law() {
        let mut rng = stream(3, 0);
        // both ways of drawing, and every way to turn the division round
        for (left, here, wanted) in [
            (40, 12, 9),
            (40, 12, 31),
            (40, 28, 9),
            (40, 28, 31),
            (4000, 900, 1500),
            (4000, 3100, 1500),
            (4000, 3100, 2500),
        ] {
            const DRAWS: usize = 4000;
            let found: Vec<f64> = (0..DRAWS).map(|_| taken(left, here, wanted, &mut rng) as f64).collect();
            let (n, k, w) = (left as f64, here as f64, wanted as f64);
            let (mean, variance) = (w * k / n, w * k / n * (1.0 - k / n) * (n - w) / (n - 1.0));
            let average = found.iter().sum::<f64>() / DRAWS as f64;
            let spread = found.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / DRAWS as f64;
            assert!(
                (average - mean).abs() < 4.5 * (variance / DRAWS as f64).sqrt(),
                "{left} {here} {wanted}: {average}"
            );
            assert!((spread / variance - 1.0).abs() < 0.12, "{left} {here} {wanted}: {spread} {variance}");
            let bounds = ((here + wanted).saturating_sub(left) as f64, here.min(wanted) as f64);
            assert!(found.iter().all(|x| (bounds.0..=bounds.1).contains(x)));
        }
        // what is certain
        assert_eq!((taken(5, 5, 3, &mut rng), taken(5, 0, 3, &mut rng), taken(5, 2, 5, &mut rng)), (3, 0, 2));
    }
}
