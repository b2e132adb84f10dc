//! Sorting numbers.
//!
//! Long slices are first dealt into buckets of equal width, over the range where a few dozen of the numbers say that most of
//! them lie. Numbers outside the range go to the first and the last bucket, so data of any shape is sorted right. The
//! buckets are then so small that a sorting network does for most of them, for eight side by side in vector registers; a
//! comparison sort does the others, and bounds the time for the worst data.
//!
//! Source of the network: Batcher 1968 (doi:10.1145/1468075.1468121).

use multiversion::multiversion;

/// Buffers that sorting many slices needs only once.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    dealt: Vec<f64>,
    ends: Vec<u32>,
}

impl Sorter {
    /// Sorts finite numbers, ascending.
    pub(super) fn sort(&mut self, values: &mut [f64]) {
        if values.len() < SHORT || u32::try_from(values.len()).is_err() {
            return values.sort_unstable_by(f64::total_cmp);
        }
        self.dealt.resize(values.len(), 0.0);
        deal(values, &mut self.dealt, &mut self.ends, 8, |_, t| t);
        sort_buckets(&mut self.dealt, &self.ends);
        values.copy_from_slice(&self.dealt);
    }
}

/// Buckets that go through the network side by side.
const LANES: usize = 8;
/// Numbers of a bucket that the network takes.
const WIRES: usize = 32;
/// Comparators of the network.
const COMPARATORS: usize = 191;

/// Batcher's odd-even merge sort: which wires meet, in order.
const NETWORK: [(u8, u8); COMPARATORS] = {
    let mut network = [(0, 0); COMPARATORS];
    let mut count = 0;
    let mut run = 1;
    while run < WIRES {
        let mut stride = run;
        while stride > 0 {
            let mut first = stride % run;
            while first + stride < WIRES {
                let mut wire = first;
                while wire < first + stride && wire + stride < WIRES {
                    if wire / (2 * run) == (wire + stride) / (2 * run) {
                        network[count] = (wire as u8, (wire + stride) as u8);
                        count += 1;
                    }
                    wire += 1;
                }
                first += 2 * stride;
            }
            stride /= 2;
        }
        run *= 2;
    }
    assert!(count == COMPARATORS);
    network
};

/// Sorts each bucket, where the k-th ends at `ends[k]`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn sort_buckets(values: &mut [f64], ends: &[u32]) {
    let mut start = 0;
    for ends in ends.chunks(LANES) {
        let mut wires = [[f64::INFINITY; LANES]; WIRES];
        let mut begin = start;
        for (lane, &end) in ends.iter().enumerate() {
            let bucket = &mut values[begin..end as usize];
            begin = end as usize;
            if bucket.len() > WIRES {
                bucket.sort_unstable_by(f64::total_cmp);
            } else {
                bucket.iter().zip(&mut wires).for_each(|(t, wire)| wire[lane] = *t);
            }
        }
        for &(low, high) in &NETWORK {
            let (a, b) = (wires[low as usize], wires[high as usize]);
            for lane in 0..LANES {
                let (a, b) = (a[lane], b[lane]);
                wires[low as usize][lane] = if a < b { a } else { b };
                wires[high as usize][lane] = if a < b { b } else { a };
            }
        }
        for (lane, &end) in ends.iter().enumerate() {
            let bucket = &mut values[start..end as usize];
            start = end as usize;
            if bucket.len() <= WIRES {
                bucket.iter_mut().zip(&wires).for_each(|(t, wire)| *t = wire[lane]);
            }
        }
    }
}

/// Finite numbers and where they stood, ascending; ties in the order given.
pub(super) fn order(values: &[f64]) -> Vec<(f64, usize)> {
    let mut items: Vec<(u64, usize)> = values.iter().enumerate().map(|(i, &t)| (key(t), i)).collect();
    if values.len() < SHORT || u32::try_from(values.len()).is_err() {
        items.sort_unstable();
    } else {
        let mut ends = Vec::new();
        deal(values, &mut items, &mut ends, 32, |i, t| (key(t), i));
        let mut start = 0;
        for &end in &ends {
            items[start..end as usize].sort_unstable();
            start = end as usize;
        }
    }
    items.into_iter().map(|(key, i)| (value_of(key), i)).collect()
}

/// Below this, dealing into buckets costs more than it saves.
const SHORT: usize = 4096;
/// Numbers looked at to find the range.
const SAMPLE: usize = 64;

/// Puts `item(i, values[i])` into buckets in ascending order of the values, about `crowd` to a bucket and in the order given;
/// the k-th bucket ends at `ends[k]`.
fn deal<T: Copy>(values: &[f64], items: &mut [T], ends: &mut Vec<u32>, crowd: usize, item: impl Fn(usize, f64) -> T) {
    let buckets = (values.len() / crowd).next_power_of_two();
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
        items[*place as usize] = item(i, t);
        *place += 1;
    }
    ends.pop();
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
    use std::cmp::Ordering;

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
            // two zeros may stand in either order
            assert!(sorted.iter().zip(&expected).all(|(t, e)| t.partial_cmp(&e.0).is_some_and(Ordering::is_eq)));
        }
    }
}
