//! Folders whose files are one sample.
#![allow(clippy::float_cmp)] // numbers as they were written

use fenchel::io::{Format, Reading, frames, to_npy};
use ndarray::{Array2, Axis, array, concatenate};
use std::fs;

fn all(blocks: fenchel::io::Blocks) -> fenchel::Result<Array2<f64>> {
    let blocks = blocks.collect::<fenchel::Result<Vec<_>>>()?;
    let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
    Ok(concatenate(Axis(0), &views).unwrap())
}

#[test]
fn blocks_are_the_rows_of_the_table() {
    let dir = tempfile::tempdir().unwrap();
    for (name, rows) in [("2.npy", array![[5.0, 6.0]]), ("1.npy", array![[1.0, 2.0], [3.0, 4.0], [7.0, 8.0]])] {
        fs::write(dir.path().join(name), to_npy(rows.view())).unwrap();
    }
    let expected = array![[1.0, 2.0], [3.0, 4.0], [7.0, 8.0], [5.0, 6.0]];
    assert_eq!(Reading::new().table(dir.path()).unwrap().values, expected);
    for rows in [1, 2, 10] {
        let blocks = Reading::new().blocks(dir.path(), rows).unwrap();
        assert_eq!((blocks.rows(), blocks.width()), (Some(4), 2));
        assert_eq!(all(blocks).unwrap(), expected);
    }
}

#[test]
fn a_file_that_is_changed_while_it_is_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.csv", "b.csv", "c.csv"] {
        fs::write(dir.path().join(name), "x\n1\n2\n3\n").unwrap();
    }
    for (name, content) in [("a.csv", "x\n1\n2\n3\n4\n"), ("b.csv", "x\n1\n"), ("c.csv", "x\n1\n2\n3\n4\n5\n")] {
        let mut blocks = Reading::new().blocks(dir.path(), 2).unwrap();
        blocks.next().unwrap().unwrap();
        fs::write(dir.path().join(name), content).unwrap();
        let error = all(blocks).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("changed"), "{error}");
    }
    let mut blocks = Reading::new().blocks(dir.path(), 2).unwrap();
    blocks.next().unwrap().unwrap();
    fs::remove_file(dir.path().join("b.csv")).unwrap();
    assert!(all(blocks).unwrap_err().to_string().contains("b.csv"));
}

#[test]
fn cells_keep_their_files_and_lines() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.csv"), "city,x\nOslo,1\nRiga,2\n").unwrap();
    fs::write(dir.path().join("b.csv"), "city,x\nBonn,3\nOslo,\n").unwrap();
    let cells = Reading::new().sheet(dir.path()).unwrap().cells().unwrap();
    assert_eq!(cells.dim(), (4, 2));
    let missing = cells.is_missing(3, 1).to_string();
    assert!(missing.contains("b.csv") && missing.contains('3'), "{missing}");
    let frame = &frames(&[cells], &[]).unwrap()[0];
    assert_eq!(frame.columns()[0].levels(), ["Bonn", "Oslo", "Riga"]);
    let blocks = Reading::new().cell_blocks(dir.path(), 2).unwrap().collect::<fenchel::Result<Vec<_>>>().unwrap();
    assert_eq!(blocks.iter().map(|block| block.dim().0).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(blocks[1].is_missing(1, 1).to_string(), missing);
}

#[test]
fn the_format_that_is_said_chooses_files() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.csv"), "1,2\n").unwrap();
    fs::write(dir.path().join("b.npy"), to_npy(array![[3.0, 4.0]].view())).unwrap();
    fs::write(dir.path().join("part"), "5,6\n").unwrap();
    let error = Reading::new().table(dir.path()).unwrap_err().to_string();
    assert!(error.contains("a.csv") && error.contains("b.npy"), "{error}");
    let table = Reading::new().format(Format::Text).table(dir.path()).unwrap();
    assert_eq!(table.values, array![[1.0, 2.0], [5.0, 6.0]]);
}
