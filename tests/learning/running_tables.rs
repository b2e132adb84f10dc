//! Tables read in blocks: their scores are those of the whole, whatever the blocks and their order.

use super::tables::{frame, near, numbers, test, words};
use fenchel::measure::{Column, ColumnKind, Frame};
use fenchel::score::Permutations;
use fenchel::score::table::{ColumnScores, Encoding, RunningTable, columns};
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

/// Numbers and categories with holes, in an order that has nothing to do with them.
fn holed(n: usize, law: usize, values: usize) -> Frame {
    let cell = |i: usize, k: usize| (i * i * 7 + i * (k + 3) * 31 + law) % 1013;
    let number = |i: usize, k: usize, hole: usize| {
        (!cell(i, k).is_multiple_of(hole)).then(|| (cell(i, k) % values) as f64 / 8.0 + 3.0 * law as f64)
    };
    let word = |i: usize, k: usize| {
        let level = cell(i, k) % (9 + law);
        (level != 4).then(|| format!("level {level}"))
    };
    frame(vec![
        ("x", Column::numbers((0..n).map(|i| number(i, 0, 5))).unwrap()),
        ("c", Column::categories((0..n).map(|i| word(i, 1)))),
        ("y", Column::numbers((0..n).map(|i| number(i, 2, 1000))).unwrap()),
        ("full", Column::categories((0..n).map(|i| Some(["a", "b"][cell(i, 3) % 2])))),
    ])
}

/// Some rows of a table.
fn rows_of(frame: &Frame, rows: std::ops::Range<usize>) -> Frame {
    let columns = frame.names().iter().zip(frame.columns()).map(|(name, column)| {
        let part = match column.values() {
            Some(values) => Column::numbers(values[rows.clone()].iter().map(|x| (!x.is_nan()).then_some(*x))).unwrap(),
            None => Column::categories(rows.clone().map(|row| column.category(row))),
        };
        (name.clone(), part)
    });
    Frame::new(columns.collect()).unwrap()
}

/// A table in blocks that begin at the cuts, each in a state of its own, merged in either order.
fn in_blocks(of: &Frame, cuts: &[usize], backwards: bool) -> RunningTable {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (of.rows() + 1)).chain([0, of.rows()]).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut parts: Vec<RunningTable> = ends
        .windows(2)
        .map(|two| {
            let mut state = RunningTable::like(of).unwrap().starting_at(two[0] as u64);
            state.push(&rows_of(of, two[0]..two[1])).unwrap();
            state
        })
        .collect();
    if backwards {
        parts.reverse();
    }
    let mut whole = RunningTable::like(of).unwrap();
    parts.iter().for_each(|part| whole.merge(part).unwrap());
    whole
}

/// That scores of states are those of whole tables: bit by bit what is counted, up to rounding what is not.
fn same_columns(found: &[ColumnScores], expected: &[ColumnScores]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let what = &found.name;
        assert_eq!((what, found.kind, &found.missing), (&expected.name, expected.kind, &expected.missing));
        assert_eq!((&found.unseen, &found.lost), (&expected.unseen, &expected.lost), "{what}");
        if found.kind == ColumnKind::Category {
            assert_eq!(found.scores, expected.scores, "{what}");
            continue;
        }
        for ((name, found), (_, expected)) in found.scores.iter().zip(&expected.scores) {
            match (found, expected) {
                (Ok(found), Ok(expected)) => {
                    near(found.value, expected.value);
                    assert_eq!((found.n, found.m), (expected.n, expected.m), "{what} {name}");
                }
                (found, expected) => assert_eq!(found.is_err(), expected.is_err(), "{what} {name}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// So few rows are all kept, so nothing but rounding may differ.
    #[test]
    fn a_table_in_blocks_has_the_columns_of_the_whole(
        n in 2..300usize, m in 2..200usize, law in 0..3usize, values in 1..400usize,
        cuts in proptest::collection::vec(0..1000usize, 0..5), backwards: bool,
    ) {
        let (real, made) = (holed(n, 0, values), holed(m, law, values));
        let whole = |frame: &Frame| in_blocks(frame, &[], false);
        let (x, y) = (in_blocks(&real, &cuts, backwards), in_blocks(&made, &cuts, !backwards));
        let test = Permutations::new(49, 3);
        same_columns(&x.columns(&y, test).unwrap(), &columns(&real, &made, test).unwrap());
        same_columns(&x.columns(&y, test).unwrap(), &whole(&real).columns(&whole(&made), test).unwrap());
        prop_assert_eq!(x.rows(), n as u64);

        // missing made a category, and rows made points
        let (mut states, mut frames) = ([x, y], [real, made]);
        let places = RunningTable::mark_missing(&mut states);
        Frame::mark_missing(&mut frames);
        prop_assert_eq!(states[0].names(), frames[0].names());
        same_columns(&states[0].columns(&states[1], test).unwrap(), &columns(&frames[0], &frames[1], test).unwrap());
        let (of_states, of_frames) = (states[0].encoding(&states[1]).unwrap(), Encoding::of(&frames[0], &[&frames[1]]));
        prop_assert_eq!(of_states.to_string(), of_frames.to_string());
        let mut part = holed(n, 0, values);
        part.mark_missing_at(&places);
        let (found, expected) = (of_states.apply(&part).unwrap(), of_frames.apply(&frames[0]).unwrap());
        for (found, expected) in found.points().iter().zip(expected.points()) {
            prop_assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }
}

#[test]
fn what_the_sketches_of_a_long_table_forget_is_in_their_intervals() {
    let (real, made) = (holed(40_000, 0, 1000), holed(30_000, 1, 1000));
    let (x, y) = (in_blocks(&real, &[9_000, 9_001, 30_000], true), in_blocks(&made, &[20_000], false));
    let whole = columns(&real, &made, Permutations::none()).unwrap();
    for (found, expected) in x.columns(&y, Permutations::none()).unwrap().iter().zip(&whole) {
        assert_eq!(found.missing, expected.missing);
        for name in ["ks", "w1", "w1_relative", "jsd"] {
            let (Some(found), Some(expected)) = (found.score(name), expected.score(name)) else { continue };
            let (low, high) = found.interval.unwrap();
            assert!(low <= expected.value && expected.value <= high, "{name}: {} in [{low}, {high}]", expected.value);
            assert!((found.value - expected.value).abs() < 0.02 * expected.value.max(0.1), "{name}: {}", found.value);
        }
    }
}

#[test]
fn states_of_tables_are_written_and_only_what_belongs_together_is_merged() {
    let table = holed(50, 0, 30);
    let state = in_blocks(&table, &[20], false);
    let text = serde_json::to_string(&state).unwrap();
    let mut read: RunningTable = serde_json::from_str(&text).unwrap();
    assert_eq!(read, state);
    for (from, to) in [("\"version\":1", "\"version\":2"), ("\"missing\":", "\"missing\":1"), ("[[0,50]]", "[[0,51]]")]
    {
        let broken = text.replacen(from, to, 1);
        assert!(broken != text && serde_json::from_str::<RunningTable>(&broken).is_err(), "{from}");
    }
    // the same rows again, other names, other kinds: refused, and nothing has changed
    let renamed =
        frame(vec![("x", numbers(&[1.0])), ("c", words(&["a"])), ("z", numbers(&[1.0])), ("full", words(&["a"]))]);
    let turned =
        frame(vec![("x", words(&["a"])), ("c", words(&["a"])), ("y", numbers(&[1.0])), ("full", words(&["a"]))]);
    let error = read.merge(&state).unwrap_err().to_string();
    assert!(error.contains("seen before"), "{error}");
    for (other, word) in [(&renamed, "names"), (&turned, "kinds")] {
        let error = read.push(other).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    assert!(read.push(&frame(vec![("x", numbers(&[1.0]))])).is_err());
    assert_eq!(read, state);
    let empty = RunningTable::like(&table).unwrap();
    assert!(empty.columns(&state, Permutations::none()).is_err());
    // merged into nothing, and nothing into it
    let mut none = empty.clone();
    none.merge(&state).unwrap();
    assert_eq!(none.columns(&state, test()).unwrap(), state.columns(&state, test()).unwrap());
    none.merge(&empty).unwrap();
    assert_eq!(none.rows(), 50);
}

#[test]
fn a_column_far_from_zero_keeps_its_deviation_in_a_running_table() {
    let column = |offset: f64| {
        frame(vec![("t", numbers(&(0..500).map(|i| offset + f64::from(i * 37 % 101) / 16.0).collect::<Vec<_>>()))])
    };
    let relative = |offset: f64| {
        let (x, y) = (in_blocks(&column(offset), &[100, 250], true), in_blocks(&column(offset + 1.0), &[7], false));
        x.columns(&y, test()).unwrap()[0].score("w1_relative").unwrap().value
    };
    assert!((relative(2f64.powi(40)) / relative(0.0) - 1.0).abs() < 1e-9);
    // squares that overflow have a reason
    let (huge, state) = (column(0.0), |scale: f64| {
        let values: Vec<f64> = column(0.0).columns()[0].values().unwrap().iter().map(|t| t * scale).collect();
        in_blocks(&frame(vec![("t", numbers(&values))]), &[], false)
    });
    assert_eq!(huge.rows(), 500);
    let found = state(1e200).columns(&state(1e200), test()).unwrap();
    assert!(found[0].score("ks").is_some() && found[0].score("w1_relative").is_none());
    assert!(state(1e200).encoding(&state(1e200)).unwrap_err().to_string().contains("overflow"));
    assert!(state(1e-200).encoding(&state(1e-200)).unwrap_err().to_string().contains("underflow"));
}
