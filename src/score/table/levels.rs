//! The columns of a real table and of generated ones over one list of categories.

use crate::measure::{Column, ColumnKind, Frame};
use std::collections::BTreeMap;

/// Categories of a column that are told apart where all columns are seen together; the others, the rarest, count as
/// one.
pub const MOST_LEVELS: usize = 64;

/// One column over both tables.
#[derive(Debug, Clone)]
pub(super) enum MergedColumn {
    /// NaN where it is missing.
    Numbers(Vec<f64>),
    /// The place of each category, and how many places there are; past them where it is missing.
    Codes(Vec<usize>, usize),
}

/// The categories of a column that are told apart, the most common first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Levels {
    places: BTreeMap<String, usize>,
    /// How many different ones there are in all.
    pub(super) all: usize,
}

impl Levels {
    pub(super) fn of(frames: &[&Frame], column: usize) -> Self {
        let counted: Vec<Counts<'_>> = frames.iter().map(|frame| counts(&frame.columns()[column])).collect();
        Self::of_counts(&counted)
    }

    /// From how many rows of each table have them.
    pub(super) fn of_counts(tables: &[Counts<'_>]) -> Self {
        let mut counts = Counts::new();
        for (level, rows) in tables.iter().flatten() {
            *counts.entry(level).or_default() += rows;
        }
        let mut sorted: Vec<(&str, u64)> = counts.into_iter().collect();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let all = sorted.len();
        let kept = sorted.into_iter().take(MOST_LEVELS).enumerate();
        Self { places: kept.map(|(place, (level, _))| (level.to_owned(), place)).collect(), all }
    }

    /// Places that there are: one a level, and one for the others if there are any.
    pub(super) fn places(&self) -> usize {
        self.places.len() + usize::from(self.all > self.places.len())
    }

    pub(super) fn place(&self, level: &str) -> usize {
        self.places.get(level).copied().unwrap_or(self.places.len())
    }
}

/// How many rows have each category.
pub(super) type Counts<'c> = BTreeMap<&'c str, u64>;

/// The rows of a column of categories.
pub(super) fn counts(column: &Column) -> Counts<'_> {
    let mut counts = Counts::new();
    for level in (0..column.len()).filter_map(|row| column.category(row)) {
        *counts.entry(level).or_default() += 1;
    }
    counts
}

/// The columns of one table under the other. Numbers are centred and scaled by both, so that squares are about one.
pub(super) fn pooled(real: &Frame, generated: &Frame) -> Vec<MergedColumn> {
    (0..real.columns().len())
        .map(|j| {
            let both = [&real.columns()[j], &generated.columns()[j]];
            if both[0].kind() == ColumnKind::Number {
                let values = both.iter().flat_map(|column| column.values().unwrap_or_default()).copied().collect();
                return MergedColumn::Numbers(standard(values));
            }
            let levels = Levels::of(&[real, generated], j);
            let code = |level: Option<&str>| level.map_or(usize::MAX, |level| levels.place(level));
            let codes = both.iter().flat_map(|column| (0..column.len()).map(|row| code(column.category(row))));
            MergedColumn::Codes(codes.collect(), levels.places())
        })
        .collect()
}

/// Numbers about zero of size about one, in halves since their differences may overflow.
fn standard(values: Vec<f64>) -> Vec<f64> {
    let Some(first) = values.iter().copied().find(|value| !value.is_nan()) else { return values };
    let centred: Vec<f64> = values.into_iter().map(|value| value / 2.0 - first / 2.0).collect();
    let present = || centred.iter().copied().filter(|value| !value.is_nan());
    let largest = present().fold(0.0, |most: f64, value| most.max(value.abs()));
    if largest <= 0.0 {
        return centred;
    }
    let scaled: Vec<f64> = centred.iter().map(|value| value / largest).collect();
    let present = || scaled.iter().copied().filter(|value| !value.is_nan());
    let count = present().count() as f64;
    let mean = present().sum::<f64>() / count;
    let spread = (present().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count).sqrt();
    scaled.into_iter().map(|value| (value - mean) / spread).collect()
}
