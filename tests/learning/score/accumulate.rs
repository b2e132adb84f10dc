//! States that go through bytes: against closed forms, against loops, against themselves in other orders, and against foreign bytes.

use super::*;
use crate::common::double_double::Dd;
use fenchel::score::accumulate::{
    Accumulator, Additive, BlockMeans, CellMasses, Extents, HistogramCounts, Lines, MomentSums, QueryDistances,
    Statistic, WaveSums,
};
use fenchel::score::running::{Moments, RandomFeatures, Running};
use fenchel::transport::{self, line};
use ndarray::Axis;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

fn of<K: Additive>(kind: &K, rows: &Array2<f64>) -> Accumulator<K> {
    let mut state = Accumulator::new(kind.clone());
    state.push(rows.view()).unwrap();
    state
}

/// The rows in parts of this size, each through bytes, merged in the order given.
fn in_parts<K: Additive>(kind: &K, rows: &Array2<f64>, size: usize, backwards: bool) -> Accumulator<K> {
    let mut parts: Vec<Accumulator<K>> = Vec::new();
    for (number, rows) in rows.axis_chunks_iter(Axis(0), size).enumerate() {
        let mut part = Accumulator::new(kind.clone()).part(number as u64);
        part.push(rows).unwrap();
        parts.push(Accumulator::from_bytes(&part.to_bytes()).unwrap());
    }
    if backwards {
        parts.reverse();
    }
    let mut whole = parts.remove(0);
    parts.iter().for_each(|part| whole.merge(part).unwrap());
    whole
}

/// One state of each kind, with rows, as bytes.
fn all_bytes() -> Vec<(&'static str, Vec<u8>)> {
    let rows = normal(30, 2, 1, 0);
    let ranges = [(-9.0, 9.0), (-9.0, 9.0)];
    let queries = rows.slice(s![..5, ..]);
    vec![
        ("moments", of(&MomentSums::new(2).unwrap(), &rows).to_bytes()),
        ("extents", of(&Extents::new(Lines::directions(2, 3, 0).unwrap()), &rows).to_bytes()),
        ("histograms", of(&HistogramCounts::new(Lines::columns(2).unwrap(), &ranges, 6).unwrap(), &rows).to_bytes()),
        ("features", of(&WaveSums::new(2, 1.0, 2, 0).unwrap(), &rows).to_bytes()),
        ("blocks", of(&BlockMeans::new(1, 4, Statistic::Energy).unwrap(), &rows).to_bytes()),
        ("cells", of(&CellMasses::new(2, 2.0, 100).unwrap(), &rows).to_bytes()),
        ("queries", of(&QueryDistances::new(queries, queries, 2).unwrap(), &rows).to_bytes()),
    ]
}

/// Reads bytes as every kind; what matters is that nothing panics.
fn read(bytes: &[u8]) -> bool {
    [
        Accumulator::<MomentSums>::from_bytes(bytes).is_ok(),
        Accumulator::<Extents>::from_bytes(bytes).is_ok(),
        Accumulator::<HistogramCounts>::from_bytes(bytes).is_ok(),
        Accumulator::<WaveSums>::from_bytes(bytes).is_ok(),
        Accumulator::<BlockMeans>::from_bytes(bytes).is_ok(),
        Accumulator::<CellMasses>::from_bytes(bytes).is_ok(),
        Accumulator::<QueryDistances>::from_bytes(bytes).is_ok(),
    ]
    .contains(&true)
}

/// The bytes with the hash that they would have if they had been written so.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = bytes.len() as u64;
    bytes[40..48].copy_from_slice(&length.to_le_bytes());
    let mut hasher = SipHasher13::new_with_keys(0x6665_6e63_6865_6c00, 0);
    hasher.write(&bytes[..48]);
    hasher.write(&bytes[56..]);
    let check = hasher.finish().to_le_bytes();
    bytes[48..56].copy_from_slice(&check);
    bytes
}

#[test]
fn a_state_comes_back_from_its_bytes_and_from_no_others() {
    for (kind, bytes) in all_bytes() {
        assert!(read(&bytes), "{kind}");
        assert_eq!(bytes.len() % 8, 0, "{kind}");
        for end in 0..bytes.len() {
            assert!(!read(&bytes[..end]), "{kind} cut off after {end} bytes");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(!read(&changed), "{kind} with byte {at} changed");
        }
        assert!(!read(&[&bytes[..], &[0; 8]].concat()), "{kind} with more after it");
    }
    assert!(!read(b"") && !read(&[0; 64]) && !read(&[255; 4096]));
}

#[test]
fn bytes_that_somebody_made_up_do_no_harm() {
    for (_, bytes) in all_bytes() {
        for end in (64..bytes.len()).step_by(3) {
            read(&sealed(bytes[..end].to_vec()));
        }
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                read(&sealed(changed));
            }
        }
        // sizes that would fill the memory, or overflow
        for at in (64..bytes.len() - 8).step_by(8) {
            for value in [u64::MAX, 1 << 32, 1 << 20, u64::MAX / 8] {
                let mut changed = bytes.clone();
                changed[at..at + 8].copy_from_slice(&value.to_le_bytes());
                read(&sealed(changed));
            }
        }
    }
}

#[test]
fn the_format_says_what_it_is() {
    let mut state = Accumulator::new(MomentSums::new(2).unwrap()).part(3);
    state.push(array![[1.0f32, 2.0], [3.0, 6.0]]).unwrap();
    let bytes = state.to_bytes();
    assert_eq!(&bytes[..8], b"fenchel\0");
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    assert_eq!((bytes[8], bytes[12], number(24), number(40)), (1, 1, 2, bytes.len() as u64));
    assert_eq!(state.size(), bytes.len());
    assert_eq!(&bytes[64..70], b"parts\0");
    assert_eq!((number(96), number(104)), (3, 4));
    // the version comes before everything else that may be wrong
    let mut newer = bytes.clone();
    newer[8] = 2;
    let error = Accumulator::<MomentSums>::from_bytes(&newer).unwrap_err().to_string();
    assert!(error.contains("format version 2") && error.contains("reads version 1"), "{error}");
    let error = Accumulator::<CellMasses>::from_bytes(&bytes).unwrap_err().to_string();
    assert!(error.contains("kind 1"), "{error}");
}

#[test]
fn bad_input_leaves_the_state_as_it_was() {
    let kind = MomentSums::new(2).unwrap();
    let mut state = of(&kind, &normal(10, 2, 0, 0));
    let before = state.to_bytes();
    let weights = |w: [f64; 2]| move |s: &mut Accumulator<MomentSums>| s.push_weighted(Array2::<f64>::zeros((2, 2)), w);
    let none = QueryDistances::new(array![[0.0], [1.0]].view(), array![[0.0], [1.0]].view(), 1).unwrap();
    assert!(state.push(array![[1.0, f64::NAN]]).unwrap_err().to_string().contains("NaN"));
    assert!(state.push(array![[1.0, f64::INFINITY]]).is_err());
    assert!(state.push(array![[1.0]]).is_err());
    assert!(weights([1.0, -1.0])(&mut state).is_err());
    assert!(weights([1.0, f64::NAN])(&mut state).is_err());
    assert!(state.push_weighted(Array2::<f64>::zeros((3, 2)), [1.0, 1.0]).is_err());
    assert!(state.merge(&of(&MomentSums::new(3).unwrap(), &normal(5, 3, 0, 1))).is_err());
    assert!(state.merge(&of(&kind, &normal(5, 2, 0, 1))).unwrap_err().to_string().contains("part 0"));
    assert_eq!(state.to_bytes(), before);
    // an empty block, and an empty part, change nothing but the parts
    state.push(Array2::<f64>::zeros((0, 2))).unwrap();
    assert_eq!(state.to_bytes(), before);
    state.merge(&Accumulator::new(kind).part(1)).unwrap();
    assert_eq!(state.rows(), 10);
    assert!(Accumulator::new(none).push_weighted(array![[0.0]], [1.0]).unwrap_err().to_string().contains("weights"));
    let bins = HistogramCounts::new(Lines::columns(1).unwrap(), &[(0.0, 1.0)], 4).unwrap();
    let mut state = of(&bins, &array![[0.5]]);
    let before = state.to_bytes();
    assert!(state.push(array![[0.1], [2.0]]).unwrap_err().to_string().contains("first pass"));
    assert!(state.push_weighted(array![[0.1]], [0.5]).unwrap_err().to_string().contains("whole number"));
    assert_eq!(state.to_bytes(), before);
    let others = HistogramCounts::new(Lines::columns(1).unwrap(), &[(0.0, 2.0)], 4).unwrap();
    let error = state.merge(&Accumulator::new(others).part(1)).unwrap_err().to_string();
    assert!(error.contains("`high` differ (1 and 2)"), "{error}");
    let mut cells = Accumulator::new(CellMasses::new(1, 1.0, 2).unwrap());
    assert!(cells.push(array![[0.0], [1.0], [2.0]]).unwrap_err().to_string().contains("cells"));
    assert_eq!(cells.rows(), 0);
}

#[test]
fn merged_moments_are_those_of_all_rows_within_the_bound() {
    for (offset, size) in [(0.0, 1.0), (1e6, 1.0), (-3.0, 1e-5)] {
        let rows = normal(1003, 3, 5, 0) * size + offset;
        let kind = MomentSums::new(3).unwrap();
        let law = in_parts(&kind, &rows, 97, false).finish().unwrap();
        // 32 digits
        let n = Dd::from(1003.0);
        let sum = |j: usize| rows.column(j).iter().fold(Dd::ZERO, |sum, x| sum + Dd::from(*x));
        let means: Vec<Dd> = (0..3).map(|j| sum(j) / n).collect();
        let zero = of(&kind, &(&rows * 0.0 + offset));
        let far = in_parts(&kind, &rows, 97, true).frechet(&in_parts(&kind, &rows, 97, false)).unwrap();
        assert!(far.estimate.value <= far.rounding, "{far:?}");
        assert!(zero.frechet(&zero).unwrap().bracket.0 == 0.0);
        for i in 0..3 {
            assert!((law.mean()[i] - means[i].to_f64()).abs() <= 4e-16 * offset.abs() + 1e-13 * size);
            for j in 0..3 {
                let products = (0..1003).fold(Dd::ZERO, |sum, k| {
                    sum + (Dd::from(rows[[k, i]]) - means[i]) * (Dd::from(rows[[k, j]]) - means[j])
                });
                let truth = (products / Dd::from(1002.0)).to_f64();
                assert!((law.cov()[[i, j]] - truth).abs() < 1e-13 * size * size, "{offset} {size}");
            }
        }
    }
}

#[test]
fn the_rounding_bound_holds_and_says_something() {
    let (x, y) = (normal(4000, 4, 6, 0), normal(4000, 4, 6, 1) * 1.5 + 0.25);
    let kind = MomentSums::new(4).unwrap();
    let once = of(&kind, &x).frechet(&of(&kind, &y)).unwrap();
    for (size, backwards) in [(1, true), (13, false), (999, true)] {
        let found = in_parts(&kind, &x, size, backwards).frechet(&in_parts(&kind, &y, size, !backwards)).unwrap();
        let apart = (found.estimate.value - once.estimate.value).abs();
        assert!(apart <= found.rounding + once.rounding, "{apart} {found:?}");
        assert!(found.rounding < 1e-8, "{found:?}");
    }
    let (mut p, mut q) = (Moments::new(4).unwrap(), Moments::new(4).unwrap());
    p.push(x.view()).unwrap();
    q.push(y.view()).unwrap();
    let other = p.frechet(&q).unwrap();
    close(once.estimate.value, other.value, 1e-10);
    close(once.estimate.std_error.unwrap(), other.std_error.unwrap(), 1e-8);
}

#[test]
fn weights_of_moments_are_those_of_a_law() {
    let rows = array![[0.0, 1.0], [2.0, -1.0], [5.0, 3.0]];
    let weights = [1.0, 2.0, 0.5];
    let mut state = Accumulator::new(MomentSums::new(2).unwrap());
    state.push_weighted(rows.view(), weights).unwrap();
    let mut second = Accumulator::new(MomentSums::new(2).unwrap()).part(1);
    second.push_weighted(array![[1.0, 1.0]], [0.25]).unwrap();
    state.merge(&second).unwrap();
    let all = ndarray::concatenate![Axis(0), rows, array![[1.0, 1.0]]];
    let weights = array![1.0, 2.0, 0.5, 0.25];
    let mean = weights.dot(&all) / 3.75;
    let free = 3.75 - (1.0 + 4.0 + 0.25 + 0.0625) / 3.75;
    let centred = &all - &mean;
    let cov = (&centred * &weights.view().insert_axis(Axis(1))).t().dot(&centred) / free;
    let law = state.finish().unwrap();
    for i in 0..2 {
        close(law.mean()[i], mean[i], 1e-14);
        (0..2).for_each(|j| close(law.cov()[[i, j]], cov[[i, j]], 1e-14));
    }
}

/// Extents, then counts.
fn counted(lines: &Lines, x: &Array2<f64>, y: &Array2<f64>, bins: usize) -> HistogramCounts {
    let extents = Extents::new(lines.clone());
    let (p, q) = (in_parts(&extents, x, 40, false).finish().unwrap(), of(&extents, y).finish().unwrap());
    let ranges: Vec<(f64, f64)> = p.iter().zip(&q).map(|(p, q)| (p.0.min(q.0), p.1.max(q.1))).collect();
    HistogramCounts::new(lines.clone(), &ranges, bins).unwrap()
}

#[test]
fn histograms_are_exact_in_any_order_and_bracket_the_distances() {
    let (x, y) = (normal(500, 3, 7, 0), normal(300, 3, 7, 1) * 0.5 + 1.0);
    for bins in [1, 7, 1000] {
        let lines = Lines::columns(3).unwrap();
        let kind = counted(&lines, &x, &y, bins);
        let (p, q) = (of(&kind, &x), of(&kind, &y));
        let other = in_parts(&kind, &x, 50, true);
        assert_eq!(p.finish(), other.finish());
        assert_eq!(in_parts(&kind, &x, 50, false).to_bytes(), other.to_bytes());
        for (j, found) in p.w1(&q).unwrap().iter().enumerate() {
            let column = |rows: &Array2<f64>| rows.column(j).to_vec();
            let truth = line::distance(&column(&x), None, &column(&y), None, 1.0).unwrap().value;
            assert!(found.bracket.0 <= truth && truth <= found.bracket.1, "{bins} {truth} {found:?}");
            assert_eq!(found.estimate.n, 500);
        }
        let directions = Lines::directions(3, 20, 4).unwrap();
        let kind = counted(&directions, &x, &y, bins);
        let found = of(&kind, &x).sliced_w2(&of(&kind, &y)).unwrap();
        let truth = transport::Sliced::new(20).seed(4).solve(&law(x.clone()), &law(y.clone()), 2.0).unwrap().value;
        assert!(found.bracket.0 <= truth && truth <= found.bracket.1, "{bins} {truth} {found:?}");
    }
    // a loop that counts, and weights that are counts
    let lines = Lines::columns(1).unwrap();
    let kind = HistogramCounts::new(lines, &[(0.0, 10.0)], 5).unwrap();
    let mut state = Accumulator::new(kind);
    state.push_weighted(array![[0.0], [1.9], [2.0], [9.9], [10.0]], [1.0, 2.0, 0.0, 3.0, 1.0]).unwrap();
    assert_eq!(state.finish(), [[3, 0, 0, 0, 4]]);
}

#[test]
fn features_are_those_of_one_machine() {
    let (x, y) = (normal(200, 2, 8, 0), normal(200, 2, 8, 1) + 0.5);
    let kind = WaveSums::new(2, 1.5, 64, 3).unwrap();
    let (p, q) = (of(&kind, &x), of(&kind, &y));
    assert_eq!(in_parts(&kind, &x, 60, false).to_bytes(), in_parts(&kind, &x, 60, true).to_bytes());
    let (mut one, mut other) =
        (RandomFeatures::new(2, 1.5, 64, 3).unwrap(), RandomFeatures::new(2, 1.5, 64, 3).unwrap());
    one.push(x.view()).unwrap();
    other.push(y.view()).unwrap();
    assert_eq!(p.mmd(&q).unwrap().estimate, one.mmd(&other).unwrap());
    let mut weighted = Accumulator::new(kind.clone());
    weighted.push_weighted(x.slice(s![..2, ..]), [2.0, 1.0]).unwrap();
    let repeated = of(&kind, &x.select(Axis(0), &[0, 0, 1]));
    assert_eq!(weighted.finish().unwrap(), repeated.finish().unwrap());
}

#[test]
fn blocks_are_means_of_naive_statistics() {
    let (x, y) = (normal(64, 2, 9, 0), normal(64, 2, 9, 1) + 1.0);
    let rows = ndarray::concatenate![Axis(1), x, y];
    let slice = |rows: &Array2<f64>, k: usize| rows.slice(s![8 * k..8 * k + 8, ..]).to_owned();
    let unbiased = |k: usize| {
        let (x, y) = (slice(&x, k), slice(&y, k));
        2.0 * mean_over_pairs(&x, &y, false, &distance)
            - mean_over_pairs(&x, &x, true, &distance)
            - mean_over_pairs(&y, &y, true, &distance)
    };
    let cube = |k: usize| naive_mmd(&slice(&x, k), &slice(&y, k), &cubic);
    let cases: [(Statistic, &dyn Fn(usize) -> f64); 2] = [(Statistic::Energy, &unbiased), (Statistic::Kid, &cube)];
    for (statistic, naive) in cases {
        let values: Vec<f64> = (0..8).map(naive).collect();
        let mean = values.iter().sum::<f64>() / 8.0;
        let error = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 7.0 / 8.0).sqrt();
        let kind = BlockMeans::new(2, 8, statistic).unwrap();
        // parts of 13 rows leave incomplete blocks, which the next part completes
        for state in [of(&kind, &rows), in_parts(&kind, &rows, 13, false), in_parts(&kind, &rows, 8, true)] {
            let found = state.finish().unwrap();
            assert_eq!(found.estimate.n, 64);
            if state.rows() == 64 && state.to_bytes() == of(&kind, &rows).to_bytes() {
                close(found.estimate.value, mean, 1e-12);
                close(found.estimate.std_error.unwrap(), error, 1e-10);
            }
        }
        close(of(&kind, &rows).finish().unwrap().estimate.value, mean, 1e-12);
        close(in_parts(&kind, &rows, 8, false).finish().unwrap().estimate.value, mean, 1e-12);
        close(in_parts(&kind, &rows, 8, true).finish().unwrap().estimate.std_error.unwrap(), error, 1e-10);
    }
}

#[test]
fn queries_are_those_of_three_loops() {
    let (x, y) = (normal(120, 2, 10, 0), normal(90, 2, 10, 1) + 0.4);
    let (p, q) = (x.slice(s![..40, ..]).to_owned(), y.slice(s![..30, ..]).to_owned());
    let kind = QueryDistances::new(p.view(), q.view(), 3).unwrap();
    let (real, generated) = (in_parts(&kind, &x, 17, false), in_parts(&kind, &y, 11, false));
    assert_eq!(real.to_bytes(), in_parts(&kind, &x, 17, true).to_bytes());
    let [precision, recall, density, coverage] = real.neighbours(&generated).unwrap().map(|found| found.estimate.value);
    // of all rows against the queries: what the loops say of the queries as the reference
    let [a, _, c, _] = naive_neighbours(&p, &y, 3);
    let [_, b, _, _] = naive_neighbours(&x, &q, 3);
    assert!(precision == a && recall == b);
    close(density, c, 1e-14);
    let kth = |i: usize| {
        let mut all: Vec<f64> = x.rows().into_iter().map(|row| distance(row, p.row(i))).collect();
        all.sort_by(f64::total_cmp);
        all[3]
    };
    let hits = (0..40).filter(|&i| y.rows().into_iter().any(|row| distance(row, p.row(i)) < kth(i))).count();
    assert!(coverage == hits as f64 / 40.0);
}

#[test]
fn cells_bracket_the_distance_and_finer_ones_more_narrowly() {
    let (x, y) = (normal(300, 2, 11, 0), normal(200, 2, 11, 1) * 1.5 + 2.0);
    let truth = transport::w2(&law(x.clone()), &law(y.clone())).unwrap().distance();
    let mut last = f64::INFINITY;
    for edge in [2.0, 1.0, 0.5, 0.25, 0.125] {
        let kind = CellMasses::new(2, edge, 1000).unwrap();
        let found = in_parts(&kind, &x, 45, false).w2(&of(&kind, &y)).unwrap();
        let (low, high) = found.bracket;
        assert!(low <= truth && truth <= high, "{edge}: {truth} {found:?}");
        assert!(high - low < last && high - low <= 2.0 * 2f64.sqrt() * edge + 1e-9, "{edge}: {found:?}");
        last = high - low;
    }
    // a shift of one row has a closed form, whatever the cells
    let kind = CellMasses::new(2, 10.0, 10).unwrap();
    let (p, q) = (of(&kind, &array![[1.0, 1.0]]), of(&kind, &array![[4.0, 5.0]]));
    close(p.w2(&q).unwrap().estimate.value, 5.0, 1e-14);
    // order changes the last digits only
    let kind = CellMasses::new(2, 0.5, 1000).unwrap();
    let (a, b) = (in_parts(&kind, &x, 45, false), in_parts(&kind, &x, 45, true));
    close(a.finish().unwrap().1, b.finish().unwrap().1, 1e-13);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn two_halves_are_the_whole(n in 4usize..60, cut in 1usize..59, seed in 0u64..1000) {
        let rows = normal(n, 2, seed, 0);
        let size = cut.min(n - 1);
        let kind = MomentSums::new(2).unwrap();
        let (whole, parts) = (of(&kind, &rows), in_parts(&kind, &rows, size, seed % 2 == 0));
        prop_assert_eq!(whole.rows(), parts.rows());
        let (p, q) = (whole.finish().unwrap(), parts.finish().unwrap());
        for (a, b) in p.cov().iter().zip(q.cov()) {
            prop_assert!((a - b).abs() < 1e-12);
        }
        let bins = HistogramCounts::new(Lines::columns(2).unwrap(), &[(-9.0, 9.0), (-9.0, 9.0)], 16).unwrap();
        prop_assert_eq!(of(&bins, &rows).finish(), in_parts(&bins, &rows, size, seed % 2 == 1).finish());
        let waves = WaveSums::new(2, 1.0, 4, seed).unwrap();
        let (a, b) = (of(&waves, &rows).finish().unwrap(), in_parts(&waves, &rows, size, true).finish().unwrap());
        prop_assert_eq!(a, b);
    }
}

#[test]
fn rows_without_any_weight_are_too_few() {
    let mut state = Accumulator::new(MomentSums::new(2).unwrap());
    state.push_weighted(ndarray::array![[1.0, 2.0], [3.0, 5.0], [4.0, 4.0]], [0.0, 0.0, 0.0]).unwrap();
    let error = state.finish().unwrap_err().to_string();
    assert!(error.contains("rows of positive weight"), "{error}");
}
