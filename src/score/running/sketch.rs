//! The quantiles of a stream in bounded memory, with a bound of the rank error that always holds.
//!
//! Level `h` holds values of weight `2^h`. A level that is full is sorted, every other value goes up with twice the weight, and the rest is
//! forgotten (Munro and Paterson, doi:10.1016/0304-3975(80)90061-4; Manku, Rajagopalan and Lindsay, doi:10.1145/276305.276342). Where the first,
//! third, ... of the sorted values are kept, the number of values below any point comes out too high by `2^h` at most, and never too low; where the
//! second, fourth, ... are kept, too low. The two take turns, and what each has done is counted. So the bound is a fact about this run, not a
//! probability, and holds at all points together and after any merge.
//!
//! t-digest states no error, DDSketch one of the values and not of the ranks, and KLL sketches one that holds with a probability over their coins.

use super::law::SketchedLaw;
use super::stored::checked_when_read;

/// Values of one column.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(remote = "Self"))]
pub(in crate::score) struct Sketch {
    capacity: usize,
    count: u64,
    levels: Vec<Level>,
    /// How far ranks may be too high, and too low.
    high: u64,
    low: u64,
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    range: (f64, f64),
}

#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Level {
    values: Vec<f64>,
    /// Whether the next time the second, fourth, ... are kept.
    second: bool,
}

checked_when_read!(Sketch);

impl Sketch {
    /// At most `capacity` values a level.
    pub(in crate::score) fn new(capacity: usize) -> Self {
        let range = (f64::INFINITY, f64::NEG_INFINITY);
        Self { capacity, count: 0, levels: vec![Level::default()], high: 0, low: 0, range }
    }

    #[cfg(feature = "serde")]
    fn check(&self) -> Result<(), String> {
        let weight = self.levels.iter().enumerate().try_fold(0u64, |sum, (h, level)| {
            let each = 1u64.checked_shl(h as u32)?;
            sum.checked_add(each.checked_mul(level.values.len() as u64)?)
        });
        let within = |x: &f64| self.range.0 <= *x && *x <= self.range.1;
        let values = self.levels.iter().all(|level| level.values.iter().all(within));
        super::stored::sound(!self.levels.is_empty() && weight == Some(self.count), "the weights of a sketch")?;
        // of 2³¹ rows no sketch errs by more
        super::stored::sound(values && self.high.max(self.low) < 1 << 40, "the values of a sketch")
    }

    pub(in crate::score) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(in crate::score) fn count(&self) -> u64 {
        self.count
    }

    pub(in crate::score) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes values that are finite.
    pub(in crate::score) fn extend(&mut self, values: impl IntoIterator<Item = f64>) {
        for value in values {
            self.range = (self.range.0.min(value), self.range.1.max(value));
            self.count += 1;
            self.levels[0].values.push(value);
            if self.levels[0].values.len() >= self.capacity {
                self.compact_full();
            }
        }
    }

    /// Takes what another sketch of the same capacity holds.
    pub(in crate::score) fn merge(&mut self, other: &Self) {
        if self.levels.len() < other.levels.len() {
            self.levels.resize_with(other.levels.len(), Level::default);
        }
        for (level, other) in self.levels.iter_mut().zip(&other.levels) {
            level.values.extend(&other.values);
            level.second ^= other.second;
        }
        self.count += other.count;
        self.high += other.high;
        self.low += other.low;
        self.range = (self.range.0.min(other.range.0), self.range.1.max(other.range.1));
        self.compact_full();
    }

    fn compact_full(&mut self) {
        let mut h = 0;
        while h < self.levels.len() {
            if self.levels[h].values.len() >= self.capacity {
                if h + 1 == self.levels.len() {
                    self.levels.push(Level::default());
                }
                self.compact(h);
            }
            h += 1;
        }
    }

    fn compact(&mut self, h: usize) {
        let level = &mut self.levels[h];
        level.values.sort_unstable_by(f64::total_cmp);
        // of an odd number the largest stays
        let pairs = level.values.len() / 2;
        let rest = level.values.split_off(2 * pairs);
        let full = std::mem::replace(&mut level.values, rest);
        let lossless = full.chunks_exact(2).all(|pair| pair[0].total_cmp(&pair[1]).is_eq());
        let second = level.second;
        if !lossless {
            *(if second { &mut self.low } else { &mut self.high }) += 1 << h;
            level.second = !second;
        }
        self.levels[h + 1].values.extend(full.chunks_exact(2).map(|pair| pair[usize::from(second)]));
    }

    /// The law of all values of these sketches; at least one of them has a value.
    pub(in crate::score) fn law_of(sketches: &[&Self]) -> SketchedLaw {
        if let [Self { levels, range, .. }] = sketches
            && let [all] = &levels[..]
        {
            return SketchedLaw::of_rows(&all.values, *range);
        }
        let mut weighted = Vec::new();
        for (h, level) in sketches.iter().flat_map(|sketch| sketch.levels.iter().enumerate()) {
            weighted.extend(level.values.iter().map(|value| (*value, 1u64 << h)));
        }
        let sum = |of: fn(&Self) -> u64| sketches.iter().map(|sketch| of(sketch)).sum();
        let low = sketches.iter().fold(f64::INFINITY, |low, sketch| low.min(sketch.range.0));
        let high = sketches.iter().fold(f64::NEG_INFINITY, |high, sketch| high.max(sketch.range.1));
        SketchedLaw::new(weighted, (sum(|sketch| sketch.high), sum(|sketch| sketch.low)), (low, high))
    }
}

#[cfg(test)]
mod tests {
    use super::Sketch;
    use crate::numeric::stream;
    use rand::RngExt;

    #[test]
    fn the_bound_of_ranks_holds_at_every_value_and_is_no_looser_than_it_says() {
        for (order, capacity) in [("random", 16), ("ascending", 16), ("descending", 64), ("random", 7)] {
            let mut rng = stream(3, capacity as u64);
            let n = 20_000u64;
            let mut values: Vec<f64> = (0..n).map(|_| rng.random::<f64>()).collect();
            match order {
                "ascending" => values.sort_by(f64::total_cmp),
                "descending" => values.sort_by(|a, b| b.total_cmp(a)),
                _ => {}
            }
            let mut sketch = Sketch::new(capacity);
            sketch.extend(values.iter().copied());
            let kept: usize = sketch.levels.iter().map(|level| level.values.len()).sum();
            let levels = 2 + (n as f64 / capacity as f64).log2().ceil() as usize;
            assert!(kept <= capacity * levels, "{kept} values kept");
            // turns: half of the compactions of a level err each way, and an odd one is left over
            let bound = levels as f64 * n as f64 / (capacity as f64 - 1.0) / 2.0 + n as f64 / capacity as f64 * 2.0;
            assert!(
                (sketch.high.max(sketch.low) as f64) <= bound,
                "{order} {capacity}: {} {} {bound}",
                sketch.high,
                sketch.low
            );
            values.sort_by(f64::total_cmp);
            let law = Sketch::law_of(&[&sketch]);
            for (k, t) in values.iter().enumerate() {
                let (low, _, high) = law.cdf(*t);
                let truth = (k + 1) as f64 / n as f64;
                assert!(
                    low <= truth + 1e-12 && truth <= high + 1e-12,
                    "{order} {capacity}: {truth} not in [{low}, {high}]"
                );
            }
        }
    }

    #[test]
    fn equal_values_cost_nothing() {
        let mut sketch = Sketch::new(8);
        sketch.extend(std::iter::repeat_n(2.5, 1000));
        assert_eq!((sketch.high, sketch.low, sketch.count), (0, 0, 1000));
    }
}
