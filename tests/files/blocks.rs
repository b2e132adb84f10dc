//! Files read in blocks: the same numbers, names, notes and errors as those read whole, and never more than a block at a time.
#![allow(clippy::float_cmp)]

use fenchel::io::{Blocks, Format, Reading};
use fenchel::{Error, io};
use ndarray::{Array2, Axis, ShapeBuilder, array, concatenate};
use ndarray_npy::WriteNpyExt;
use proptest::prelude::*;
use std::io::Write;
use std::path::PathBuf;

fn file(name: &str, content: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    (dir, path)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// All blocks under one another, after a check of their sizes.
fn joined(blocks: Blocks, rows: usize) -> fenchel::Result<Array2<f64>> {
    let promised = blocks.rows();
    let width = blocks.width();
    let blocks = blocks.collect::<fenchel::Result<Vec<Array2<f64>>>>()?;
    // the first block of a text may have one row more, where a header was looked for and none was there
    assert!(blocks.iter().all(|block| block.ncols() == width && (1..=rows + 1).contains(&block.nrows())));
    assert!(blocks.iter().skip(1).all(|block| block.nrows() <= rows));
    let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
    let all = concatenate(Axis(0), &views).unwrap();
    assert!(promised.is_none_or(|promised| promised == all.nrows() as u64));
    Ok(all)
}

/// That blocks of every size have what the whole file has, or the same error.
fn agree(reading: &Reading, name: &str, content: &[u8], sizes: &[usize]) {
    let (_dir, path) = file(name, content);
    let whole = reading.table(&path);
    for &rows in sizes {
        let blocks = reading.blocks(&path, rows);
        match &whole {
            Ok(table) => {
                let blocks = blocks.unwrap();
                assert_eq!(blocks.columns(), table.columns.as_deref(), "{rows}");
                assert_eq!(joined(blocks, rows).unwrap(), table.values, "{rows}");
            }
            Err(error) => {
                let found = blocks.and_then(|blocks| joined(blocks, rows)).unwrap_err();
                assert_eq!(found.to_string(), error.to_string(), "{rows}");
            }
        }
    }
}

const SIZES: [usize; 6] = [1, 2, 3, 4, 7, 1000];

#[test]
fn text_in_blocks_is_the_text() {
    let reading = Reading::new();
    for content in [
        "1,2\n3,4\n5,6\n7,8\n9,10\n",
        "x,y\n1,2\n3,4\n5,6\n7,8\n9,10",
        "1;2\r\n3;4\r\n5;6\r\n",
        "# note, with a comma\n\n1 2\n3 4\n# \"one quote\n\n5 6\n\n",
        "\u{feff}a\tb\n1\t2\n3\t4\n5\t6\n",
        "\"a, with\na break\",b\n1,2\n3,4\n5,6\n",
        "mass\n1\n2\n3\n4\n",
        "\"1\",\"2\"\n3,4\n5,6\n7,8\n",
    ] {
        agree(&reading, "a.csv", content.as_bytes(), &SIZES);
        agree(&reading, "a.csv.gz", &gzip(content.as_bytes()), &SIZES);
    }
    // chosen columns; others need not be numbers, and may hold a break
    let content = "id,x,y\n\"a\nb\",1,2\nc,3,4\n\"d\ne\",5,6\nf,7,8\n";
    agree(&Reading::new().drop(["id"]), "a.csv", content.as_bytes(), &SIZES);
    agree(&Reading::new().columns(["y", "x"]), "a.csv", content.as_bytes(), &SIZES);
    agree(&Reading::new().columns(["3"]), "a.csv", content.as_bytes(), &SIZES);
    agree(&Reading::new().header(false), "a.csv", b"1,2\n3,4\n5,6\n", &SIZES);
    agree(&Reading::new().header(true), "a.csv", b"1,2\n3,4\n5,6\n", &SIZES);
    agree(&Reading::new().infinite(), "a.csv", b"1,2\n3,inf\n5,6\n", &SIZES);
    agree(&Reading::new().format(Format::Text), "points", b"1,2\n3,4\n5,6\n", &SIZES);
}

#[test]
fn what_labels_are_is_decided_in_the_first_block() {
    // an index, and columns that are counted
    let mut indexed = ",a,b\n".to_owned();
    let mut counted = "0,1\n".to_owned();
    for row in 0..40 {
        indexed.push_str(&format!("{row},{},{}\n", row * row % 7, row % 5));
        counted.push_str(&format!("{}.5,{}.25\n", row, row % 3));
    }
    for content in [indexed, counted] {
        agree(&Reading::new(), "a.csv", content.as_bytes(), &[10, 11, 40, 41, 100]);
        agree(&Reading::new().unlabelled(), "a.csv", content.as_bytes(), &[10, 11, 40]);
        let (_dir, path) = file("a.csv", content);
        let notes = |notes: &[io::Note]| notes.iter().map(ToString::to_string).collect::<Vec<_>>();
        let whole = Reading::new().table(&path).unwrap();
        assert_eq!(notes(Reading::new().blocks(&path, 10).unwrap().notes()), notes(&whole.notes));
        assert!(!whole.notes.is_empty());
    }
}

#[test]
fn text_that_is_wrong_says_where_as_ever() {
    let reading = Reading::new();
    for content in [
        "",
        "# nothing\n\n",
        "x,y\n",
        "x,y\n1,2\n3,four\n5,6\n",
        "1,2\n\n# note\n3,4\n5,four\n",
        "1,2\r\n3,4\r\n5,NaN\r\n",
        "1 2\n\n3 4\n5 four\n",
    ] {
        agree(&reading, "a.csv", content.as_bytes(), &SIZES);
    }
    let (_dir, path) = file("a.csv", "x,y\n1,2\n3,4\n5,6,7\n");
    let mut blocks = Reading::new().blocks(&path, 1).unwrap();
    assert_eq!(blocks.next().unwrap().unwrap(), array![[1.0, 2.0]]);
    assert_eq!(blocks.next().unwrap().unwrap(), array![[3.0, 4.0]]);
    let error = blocks.next().unwrap().unwrap_err().to_string();
    assert!(
        error.ends_with("a.csv, line 4: 3 fields, but earlier rows have 2; every row must have the same number"),
        "{error}"
    );
    assert!(blocks.next().is_none());
    let (_dir, path) = file("a.csv", b"1,2\n3,4\n5,\xff\n");
    let error = Reading::new().blocks(&path, 1).and_then(|blocks| joined(blocks, 1)).unwrap_err().to_string();
    assert!(error.contains("line 3") && error.contains("UTF-8"), "{error}");
    // a quote that is never closed does not take the memory
    let (_dir, path) = file("a.csv", format!("1,2\n3,4\n\"{}", "5,6\n".repeat(1000)));
    let mut blocks = Reading::new().max_unpacked(1000).blocks(&path, 1).unwrap();
    assert!(blocks.any(|block| matches!(block, Err(Error::TooMany { .. }))));
    assert!(matches!(Reading::new().blocks(&path, 0), Err(Error::TooFew { .. })));
    assert!(matches!(Reading::new().blocks("no such file.csv", 1), Err(Error::Io { .. })));
}

macro_rules! npy_of {
    ($($element:ty),*) => {$({
        let array = Array2::from_shape_fn((11, 3), |(i, j)| (i * 3 + j) as $element);
        let mut bytes = Vec::new();
        array.write_npy(&mut bytes).unwrap();
        agree(&Reading::new(), "a.npy", &bytes, &SIZES);
        agree(&Reading::new(), "a.npy.gz", &gzip(&bytes), &SIZES);
        agree(&Reading::new().columns(["3", "1"]), "a.npy", &bytes, &SIZES);
    })*};
}

#[test]
fn npy_in_blocks_is_the_array() {
    npy_of!(f64, f32, u8, i64, i32, u32, u64, i16, u16, i8);
    let mut bytes = Vec::new();
    array![[true, false], [false, true], [true, true]].write_npy(&mut bytes).unwrap();
    agree(&Reading::new(), "a.npy", &bytes, &SIZES);
    // half precision: 0, 1, -2, 65504 and 2^-24
    let mut bytes = Vec::new();
    array![[0u16, 0x3c00], [0xc000, 0x7bff], [1, 0x8001]].write_npy(&mut bytes).unwrap();
    let at = bytes.windows(3).position(|word| word == b"<u2").unwrap();
    bytes[at + 1] = b'f';
    agree(&Reading::new(), "a.npy", &bytes, &SIZES);
    let (_dir, path) = file("a.npy", &bytes);
    let all = joined(Reading::new().blocks(&path, 2).unwrap(), 2).unwrap();
    assert_eq!(all, array![[0.0, 1.0], [-2.0, 65504.0], [2f64.powi(-24), -(2f64.powi(-24))]]);
    // one axis, three axes, and one number
    for bytes in [
        io_bytes(&ndarray::Array1::from_iter((0..9).map(f64::from)).into_dyn()),
        io_bytes(&ndarray::ArrayD::<f64>::ones(vec![4, 2, 3])),
    ] {
        agree(&Reading::new(), "a.npy", &bytes, &SIZES);
    }
    agree(&Reading::new(), "a.npy", &io_bytes(&ndarray::arr0(2.5).into_dyn()), &[1, 2]);
}

fn io_bytes(array: &ndarray::ArrayD<f64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    array.write_npy(&mut bytes).unwrap();
    bytes
}

#[test]
fn npy_that_is_wrong_is_refused() {
    let good = io::to_npy(Array2::from_shape_fn((5, 2), |(i, j)| (i + j) as f64).view());
    let refused = |bytes: &[u8], rows: usize| {
        let (_dir, path) = file("a.npy", bytes);
        Reading::new().blocks(&path, rows).and_then(|blocks| joined(blocks, rows)).unwrap_err().to_string()
    };
    for rows in [1, 2, 5, 9] {
        assert!(refused(&good[..good.len() - 1], rows).contains("truncated"));
        assert!(refused(&[&good[..], b"x"].concat(), rows).contains("bytes follow"));
        assert!(refused(&good[..20], rows).contains("within its header"));
        assert!(refused(&good[..7], rows).contains("within its header"));
        assert!(refused(b"not an array at all, and long enough", rows).contains("npy"));
    }
    let nan = io::to_npy(array![[0.0, 1.0], [2.0, 3.0], [4.0, f64::NAN]].view());
    for rows in [1, 2, 3] {
        assert!(refused(&nan, rows).contains("row 2, column 1"), "{}", refused(&nan, rows));
    }
    let mut turned = Vec::new();
    Array2::<f64>::zeros((3, 2).f()).write_npy(&mut turned).unwrap();
    assert!(refused(&turned, 2).contains("Fortran"));
    // a header that promises itself to be endless
    let endless = [b"\x93NUMPY\x02\x00".as_slice(), &u32::MAX.to_le_bytes(), b"{}"].concat();
    assert!(refused(&endless, 1).contains("4294967295 bytes"));
    let empty = io_bytes(&ndarray::ArrayD::<f64>::zeros(vec![0, 3]));
    assert!(refused(&empty, 1).contains("no numbers"));
    let (_dir, path) = file("a.npz", io::to_npz(&[("a", array![[1.0]].view())]));
    assert!(Reading::new().blocks(&path, 1).unwrap_err().to_string().contains("in blocks"));
}

#[test]
fn a_file_that_shrinks_while_it_is_read_is_an_error() {
    let (_dir, path) = file("a.npy", io::to_npy(Array2::zeros((100_000, 2)).view()));
    let mut blocks = Reading::new().blocks(&path, 1000).unwrap();
    assert!(blocks.next().unwrap().is_ok());
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(400_000).unwrap();
    let error = blocks.find_map(Result::err).expect("an error").to_string();
    assert!(error.contains("truncated"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_table_comes_back_from_blocks(values in proptest::collection::vec(-1e9..1e9f64, 2..120), width in 1..4usize, rows in 1..30usize, named: bool) {
        let table = Array2::from_shape_vec((values.len() / width, width), values[..values.len() / width * width].to_vec()).unwrap();
        prop_assume!(table.nrows() > 0);
        let names = ["a", "b", "c"];
        let text = io::to_csv(&names[..width], table.view());
        let text = if named { text } else { text[text.iter().position(|b| *b == b'\n').unwrap() + 1..].to_vec() };
        for (name, bytes) in [("a.csv", text), ("a.npy", io::to_npy(table.view()))] {
            let (_dir, path) = file(name, bytes);
            prop_assert_eq!(joined(Reading::new().blocks(&path, rows).unwrap(), rows).unwrap(), table.clone());
        }
    }
}
