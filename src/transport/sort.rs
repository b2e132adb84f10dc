//! Sorting numbers.
//!
//! Finite doubles are sorted as the integers that have their order. Long slices are first dealt into buckets of equal width, about
//! [`CROWD`] numbers each, over the range where a few dozen of the numbers say that most of them lie; each bucket then
//! fits the fastest cache. Numbers outside the range go to the first and the last bucket, so data of any shape is sorted right, and
//! the comparison sort of the buckets bounds the time for the worst of them.

/// Buffers that sorting many slices needs only once.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    keys: Vec<u64>,
    ends: Vec<usize>,
}

impl Sorter {
    /// Sorts finite numbers, ascending.
    pub(super) fn sort(&mut self, values: &mut [f64]) {
        self.keys.resize(values.len(), 0);
        arrange(values, &mut self.keys, &mut self.ends, |_, t| key(t));
        for (value, &key) in values.iter_mut().zip(&self.keys) {
            *value = value_of(key);
        }
    }
}

/// Finite numbers and where they stood, ascending; ties in the order given.
pub(super) fn order(values: &[f64]) -> Vec<(f64, usize)> {
    let mut items = vec![(0, 0); values.len()];
    arrange(values, &mut items, &mut Vec::new(), |i, t| (key(t), i));
    items.into_iter().map(|(key, i)| (value_of(key), i)).collect()
}

/// Numbers a bucket holds on average.
const CROWD: usize = 32;
/// Below this, dealing into buckets costs more than it saves.
const SHORT: usize = 4096;
/// Numbers looked at to find the range.
const SAMPLE: usize = 64;

/// Fills `items` with `item(i, values[i])`, ascending; the items must have the order of their values.
fn arrange<T: Copy + Ord>(values: &[f64], items: &mut [T], ends: &mut Vec<usize>, item: impl Fn(usize, f64) -> T) {
    if values.len() < SHORT {
        for (i, (slot, &t)) in items.iter_mut().zip(values).enumerate() {
            *slot = item(i, t);
        }
        return items.sort_unstable();
    }
    let buckets = (values.len() / CROWD).next_power_of_two();
    let (low, scale) = range(values, buckets);
    // monotone in t, and rounding or infinities do not change that: a conversion to an integer saturates (to 32 bits, for which
    // processors have an instruction)
    let bucket = |t: f64| (((t - low) * scale) as u32 as usize).min(buckets - 1);
    ends.clear();
    ends.resize(buckets + 1, 0);
    for &t in values {
        ends[bucket(t) + 1] += 1;
    }
    for k in 0..buckets {
        ends[k + 1] += ends[k];
    }
    for (i, &t) in values.iter().enumerate() {
        let place = &mut ends[bucket(t)];
        items[*place] = item(i, t);
        *place += 1;
    }
    let mut start = 0;
    for &end in &ends[..buckets] {
        items[start..end].sort_unstable();
        start = end;
    }
}

/// Where the buckets begin, and buckets per unit.
fn range(values: &[f64], buckets: usize) -> (f64, f64) {
    let mut sample: Vec<f64> = values.iter().copied().step_by(values.len() / SAMPLE).collect();
    sample.sort_unstable_by(f64::total_cmp);
    let (low, high) = (sample[1], sample[sample.len() - 2]);
    let margin = 0.25 * (high - low);
    (low - margin, buckets as f64 / (high - low + 2.0 * margin))
}

/// The integer with the order of `total_cmp`.
fn key(t: f64) -> u64 {
    let bits = t.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

fn value_of(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream;
    use rand::RngExt;
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn any_numbers_are_sorted_as_by_comparison() {
        let mut rng = stream(1, 0);
        let normal: Vec<f64> = (0..9001).map(|_| StandardNormal.sample(&mut rng)).collect();
        let heavy = normal.iter().map(|t| t.powi(9) * 1e3).collect();
        let extreme = normal.iter().map(|t| if *t > 1.0 { f64::MAX } else { -f64::MAX * (t / 9.0).abs() }).collect();
        let whole = normal.iter().map(|t| t.round()).collect();
        let signs = normal.iter().map(|t| 0.0f64.copysign(*t)).collect();
        let near = normal.iter().map(|t| 1.0 + t * 1e-15).collect();
        let tiny = normal.iter().map(|t| t * 1e-310).collect();
        let outlier = (0..9001).map(|k| if k == 4500 { 1e300 } else { f64::from(k % 97) }).collect();
        let falling = (0..9001).rev().map(f64::from).collect();
        let short = (0..100).map(|_| rng.random::<f64>() - 0.5).collect();
        let all = [
            normal.clone(),
            heavy,
            extreme,
            whole,
            signs,
            near,
            tiny,
            outlier,
            falling,
            short,
            vec![],
            vec![2.5; 5000],
        ];
        let mut sorter = Sorter::default();
        for values in all {
            let mut expected: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
            expected.sort_by(|a, b| a.0.total_cmp(&b.0));
            let bits = |items: &[(f64, usize)]| items.iter().map(|&(t, i)| (t.to_bits(), i)).collect::<Vec<_>>();
            assert_eq!(bits(&order(&values)), bits(&expected));
            let mut sorted = values;
            sorter.sort(&mut sorted);
            assert!(sorted.iter().zip(&expected).all(|(t, e)| t.to_bits() == e.0.to_bits()));
        }
    }
}
