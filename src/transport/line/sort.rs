//! Sorting numbers.
//!
//! Slices are sorted into buckets of equal width, over the range that holds most of a sample of a few dozen numbers. Long
//! slices go first into wide buckets and then each of these into narrow ones, so that the memory that is written to stays
//! in the cache. Numbers outside the range go to the first and the last bucket, so data of any shape is sorted correctly.
//! Most buckets are then small enough for a sorting network, which sorts eight of them side by side in vector registers. A
//! comparison sort does the others, and bounds the time for the worst data.
//!
//! Other ways were measured on one of two shared cores, in nanoseconds a number of a normal law, the least of many runs. *Keys* are
//! the integers with the order of `total_cmp`, sorted by `sort_unstable`, and back.
//!
//! | numbers | this file | `sort_unstable_by(f64::total_cmp)` | keys | radsort 0.1 | rdst 0.20 |
//! |---|---|---|---|---|---|
//! | 1,000 | as keys | 9.6 | 6.6 | 10.5 | 13.1 |
//! | 10,000 | 6.8 | 12.4 | 8.6 | 11.7 | 12.9 |
//! | 100,000 | 13.2 | 34.9 | 17.0 | 15.6 | 17.0 |
//! | 1,000,000 | 15.7 | 28.5 | 15.8 | 13.2 | 14.0 |
//! | 10,000,000 | 27.6 | 51.3 | 36.6 | 30.3 | 30.7 |
//!
//! With the original index of each number they are 10.4, 19.5, 15.1, 12.0, 14.4 for 10,000 numbers; 28.7, 47.7, 46.1, 34.2, 24.1 for
//! 100,000; 33.0, 38.6, 30.9, 21.7, 16.7 for 1,000,000; and 68.9, 69.1, 72.7, 51.5, 49.3 for 10,000,000. Two sorts at once, one on
//! each core, come in about the same order. No crate is ahead at all sizes. The only one that is often ahead where an index is
//! kept, rdst, brings crates of its own for partitions and random numbers.
//!
//! Source of the network: Batcher 1968 (doi:10.1145/1468075.1468121).

use multiversion::multiversion;

/// Finite numbers, ascending.
pub(in crate::transport) fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = vec![0.0; values.len()];
    sort_into(values, &mut sorted);
    sorted
}

/// Writes finite numbers, ascending, into as many others.
pub(in crate::transport) fn sort_into(values: &[f64], sorted: &mut [f64]) {
    if is_short(values) {
        let mut keys: Vec<u64> = values.iter().map(|t| key(*t)).collect();
        keys.sort_unstable();
        return sorted.iter_mut().zip(keys).for_each(|(t, key)| *t = number(key));
    }
    deal(values, sorted, 8, |t| *t, sort_buckets);
}

/// Buckets that go through the network side by side.
const LANES: usize = 8;
/// Numbers of a bucket that the largest network takes.
const WIRES: usize = 32;

/// Batcher's odd-even merge sort: which wires meet, in order.
const fn network<const COMPARATORS: usize>(wires: usize) -> [(u8, u8); COMPARATORS] {
    let mut network = [(0, 0); COMPARATORS];
    let mut count = 0;
    let mut run = 1;
    while run < wires {
        let mut stride = run;
        while stride > 0 {
            let mut first = stride % run;
            while first + stride < wires {
                let mut wire = first;
                while wire < first + stride && wire + stride < wires {
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
}

const EIGHT: [(u8, u8); 19] = network(8);
const SIXTEEN: [(u8, u8); 63] = network(16);
const THIRTY_TWO: [(u8, u8); 191] = network(WIRES);

/// Sorts each bucket, where the k-th ends at `ends[k]`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn sort_buckets(values: &mut [f64], ends: &[u32]) {
    let mut start = 0;
    for ends in ends.chunks(LANES) {
        let mut wires = [[f64::INFINITY; LANES]; WIRES];
        let (mut begin, mut largest) = (start, 0);
        for (lane, &end) in ends.iter().enumerate() {
            let bucket = &mut values[begin..end as usize];
            begin = end as usize;
            if bucket.len() > WIRES {
                bucket.sort_unstable_by(f64::total_cmp);
            } else {
                largest = largest.max(bucket.len());
                bucket.iter().zip(&mut wires).for_each(|(t, wire)| wire[lane] = *t);
            }
        }
        let network: &[(u8, u8)] = match largest {
            0..=8 => &EIGHT,
            9..=16 => &SIXTEEN,
            _ => &THIRTY_TWO,
        };
        for &(low, high) in network {
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
pub(in crate::transport) fn order(values: &[f64]) -> Vec<(f64, usize)> {
    let items: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    let by_key = |items: &mut [(f64, usize)]| items.sort_unstable_by_key(|&(t, i)| (key(t), i));
    let mut sorted = items.clone();
    if is_short(values) {
        by_key(&mut sorted);
        return sorted;
    }
    let sort_buckets = |items: &mut [(f64, usize)], ends: &[u32]| {
        let mut start = 0;
        for &end in ends {
            by_key(&mut items[start..end as usize]);
            start = end as usize;
        }
    };
    deal(&items, &mut sorted, 16, |item| item.0, sort_buckets);
    sorted
}

/// Whether sorting into buckets would cost more than it saves, or the numbers are more than a `u32` counts.
fn is_short(values: &[f64]) -> bool {
    values.len() < 4096 || u32::try_from(values.len()).is_err()
}

/// So many buckets fill from the cache, although the numbers reach them in no order.
const AT_ONCE: usize = 1 << 13;
/// So many buckets fill well where they are no longer in the cache. More of them would need more pages than the
/// processor can address quickly.
const WIDE: usize = 64;

/// Copies `items` to `dealt`, in buckets in ascending order of their values, about `crowd` to a bucket and in the order given,
/// and calls `finish` on runs of them, where the k-th bucket of the run ends at `ends[k]`.
fn deal<T: Copy>(
    items: &[T],
    dealt: &mut [T],
    crowd: usize,
    value: impl Fn(&T) -> f64 + Copy,
    finish: impl Fn(&mut [T], &[u32]),
) {
    let count = (items.len() / crowd).next_power_of_two();
    let grid = Grid::over(items, value, count);
    let (mut wide, mut narrow) = (Vec::new(), Vec::new());
    if count <= AT_ONCE {
        place(items, dealt, value, grid, (0, count), &mut narrow);
        return finish(dealt, &narrow);
    }
    let bits = (count / WIDE).ilog2();
    place(items, dealt, value, grid, (bits, count >> bits), &mut wide);
    let mut bucket = Vec::new();
    let mut start = 0;
    for end in wide {
        // a wide bucket goes to a place that is in the cache, and back
        let dealt = &mut dealt[start..end as usize];
        bucket.clear();
        bucket.extend_from_slice(dealt);
        place(&bucket, dealt, value, grid, (0, 1 << bits), &mut narrow);
        finish(dealt, &narrow);
        start = end as usize;
    }
}

/// Copies `from` to `to` by bucket, of which there are `buckets`, numbered by the bits from `shift` on; the k-th ends at
/// `ends[k]`.
fn place<T: Copy>(
    from: &[T],
    to: &mut [T],
    value: impl Fn(&T) -> f64,
    grid: Grid,
    (shift, buckets): (u32, usize),
    ends: &mut Vec<u32>,
) {
    ends.clear();
    ends.resize(buckets + 1, 0);
    let numbered = |chunk: &[T]| {
        let (mut values, mut numbers) = ([0.0; CHUNK], [0; CHUNK]);
        values.iter_mut().zip(chunk).for_each(|(v, t)| *v = value(t));
        bucket_numbers(&values, &mut numbers, grid);
        numbers.map(|number| (number >> shift) as usize & (buckets - 1))
    };
    for chunk in from.chunks(CHUNK) {
        for &k in &numbered(chunk)[..chunk.len()] {
            ends[k + 1] += 1;
        }
    }
    for k in 0..buckets {
        ends[k + 1] += ends[k];
    }
    for chunk in from.chunks(CHUNK) {
        for (t, k) in chunk.iter().zip(numbered(chunk)) {
            let place = &mut ends[k];
            to[*place as usize] = *t;
            *place += 1;
        }
    }
    ends.pop();
}

/// Values whose buckets are found side by side.
const CHUNK: usize = 64;

/// The buckets of `values`: monotone in them, and rounding or infinities do not change that.
#[multiversion(targets = "simd")]
fn bucket_numbers(values: &[f64; CHUNK], numbers: &mut [u32; CHUNK], grid: Grid) {
    // the last bits of a number of this size are whole units
    const UNITS: f64 = (1u64 << 52) as f64;
    for (number, t) in numbers.iter_mut().zip(values) {
        let bucket = ((t - grid.low) * grid.scale).max(0.0).min(grid.last);
        *number = (bucket + UNITS).to_bits() as u32;
    }
}

/// Buckets of one width.
#[derive(Debug, Clone, Copy)]
struct Grid {
    low: f64,
    /// Buckets per unit.
    scale: f64,
    /// The number of the last bucket.
    last: f64,
}

/// Items looked at to find the range.
const SAMPLE: usize = 64;

impl Grid {
    fn over<T>(items: &[T], value: impl Fn(&T) -> f64, buckets: usize) -> Self {
        let mut sample: Vec<f64> = items.iter().step_by(items.len() / SAMPLE).map(value).collect();
        sample.sort_unstable_by(f64::total_cmp);
        let (low, high) = (sample[1], sample[sample.len() - 2]);
        let margin = 0.25 * (high - low);
        Self { low: low - margin, scale: buckets as f64 / (high - low + 2.0 * margin), last: buckets as f64 - 1.0 }
    }
}

/// The integer with the order of `total_cmp`.
fn key(t: f64) -> u64 {
    let bits = t.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

/// The number of a key.
fn number(key: u64) -> f64 {
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
        // enough for buckets of one size, and of two
        for n in [9001, 140_001] {
            let normal: Vec<f64> = (0..n).map(|_| StandardNormal.sample(&mut rng)).collect();
            let heavy = normal.iter().map(|t| t.powi(9) * 1e3).collect();
            let extreme =
                normal.iter().map(|t| if *t > 1.0 { f64::MAX } else { -f64::MAX * (t / 9.0).abs() }).collect();
            let whole = normal.iter().map(|t| t.round()).collect();
            let signs = normal.iter().map(|t| 0.0f64.copysign(*t)).collect();
            let near = normal.iter().map(|t| 1.0 + t * 1e-15).collect();
            let tiny = normal.iter().map(|t| t * 1e-310).collect();
            let outlier = (0..n).map(|k| if k == 4500 { 1e300 } else { f64::from(k % 97) }).collect();
            let falling = (0..n).rev().map(f64::from).collect();
            let constant = vec![2.5; n as usize];
            for values in [normal, heavy, extreme, whole, signs, near, tiny, outlier, falling, constant] {
                check(&values);
            }
        }
        check(&(0..100).map(|_| rng.random::<f64>() - 0.5).collect::<Vec<_>>());
        check(&[]);
    }

    fn check(values: &[f64]) {
        let mut expected: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0));
        let bits = |items: &[(f64, usize)]| items.iter().map(|&(t, i)| (t.to_bits(), i)).collect::<Vec<_>>();
        assert_eq!(bits(&order(values)), bits(&expected));
        // two zeros may stand in either order
        let sorted = sorted(values);
        assert_eq!(sorted.len(), expected.len());
        assert!(sorted.iter().zip(&expected).all(|(t, e)| t.partial_cmp(&e.0).is_some_and(Ordering::is_eq)));
    }
}
