//! Tables that are written read back the same, and a file that cannot be read is refused with its place.
#![allow(clippy::float_cmp)] // reading back exactly is the claim

use fenchel::error::Index;
use fenchel::{Error, io};
use ndarray::{Array2, Array3, ArrayView2, ShapeBuilder, array};
use ndarray_npy::{NpzWriter, WriteNpyExt};
use proptest::prelude::*;
use std::io::{Cursor, Write};
use std::path::PathBuf;

/// A file of this name and content, in a folder that lives as long as the first return value.
fn file(name: &str, content: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    (dir, path)
}

fn read(name: &str, content: impl AsRef<[u8]>) -> fenchel::Result<io::Table> {
    let (_dir, path) = file(name, content);
    io::read_table(path)
}

/// The message, from the file's name on.
fn complaint(name: &str, content: impl AsRef<[u8]>) -> String {
    let message = read(name, content).expect_err("must be refused").to_string();
    message[message.find(name).expect("names the file")..].to_owned()
}

fn npy<A: ndarray_npy::WritableElement, D: ndarray::Dimension>(array: &ndarray::Array<A, D>) -> Vec<u8> {
    let mut bytes = Vec::new();
    array.write_npy(&mut bytes).unwrap();
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn text_in_every_shape() {
    let expected = array![[1.0, -2.5], [3e-3, 4.0]];
    for content in [
        "1,-2.5\n3e-3,4\n",
        "1;-2.5\n3e-3;4",
        "1\t-2.5\r\n3e-3\t4\r\n",
        "1 -2.5\n3e-3 4\n",
        "  1   -2.5  \n\n\t3e-3 \t 4\n",
        "# a comment\n1, -2.5\n\n3e-3, 4\n",
        "\u{feff}1,-2.5\n3e-3,4\n",
        "\"1\",\"-2.5\"\n3e-3,4\n",
    ] {
        for name in ["a.csv", "a.tsv", "a.TXT"] {
            let table = read(name, content).unwrap_or_else(|e| panic!("{content:?}: {e}"));
            assert_eq!(table.values, expected, "{content:?}");
            assert_eq!(table.columns, None);
        }
    }
    let headed = read("a.csv", "first,\"second, quoted\"\n1,-2.5\n3e-3,4\n").unwrap();
    assert_eq!(headed.columns.unwrap(), ["first", "second, quoted"]);
    assert_eq!(headed.values, expected);
    assert_eq!(read("a.txt", "mass\n1\n2\n").unwrap().values, array![[1.0], [2.0]]);
    assert_eq!(read("a.csv.gz", gzip(b"1,2\n3,4\n")).unwrap().values, array![[1.0, 2.0], [3.0, 4.0]]);
}

#[test]
fn text_that_is_wrong_says_where() {
    assert_eq!(complaint("a.csv", "x,y\n1,2\n3,four\n"), "a.csv, line 3, column 2: found `four`, expected a number");
    assert_eq!(
        complaint("a.csv", "1,2\n\n# note\n3,four\n"),
        "a.csv, line 4, column 2: found `four`, expected a number"
    );
    assert_eq!(complaint("a.csv", "1,2\r\n3,four\r\n"), "a.csv, line 2, column 2: found `four`, expected a number");
    assert_eq!(complaint("a.csv", "1,two\n3,4\n"), "a.csv, line 1, column 2: found `two`, expected a number");
    assert_eq!(complaint("a.txt", "1 2\n\n3 four\n"), "a.txt, line 3, column 2: found `four`, expected a number");
    assert_eq!(complaint("a.csv", "1,2\n3,\n"), "a.csv, line 2, column 2: found ``, expected a number");
    assert_eq!(complaint("a.csv", "1,2\nNaN,4\n"), "a.csv, line 2, column 1: found `NaN`, expected a finite number");
    assert_eq!(complaint("a.csv", "1,2\n3,-inf\n"), "a.csv, line 2, column 2: found `-inf`, expected a finite number");
    assert_eq!(complaint("a.csv", "1,1e999\n"), "a.csv, line 1, column 2: found `1e999`, expected a finite number");
    assert_eq!(
        complaint("a.csv", "1;2\n3;4,5\n"),
        "a.csv, line 2, column 2: found `4,5`, expected a number, with a decimal point"
    );
    assert_eq!(
        complaint("a.csv", "x,y\n1,2\n3\n"),
        "a.csv, line 3: 1 field, but line 1 has 2; every row must have the same number"
    );
    assert_eq!(
        complaint("a.txt", "1 2\n3 4 5\n"),
        "a.txt, line 2: 3 fields, but line 1 has 2; every row must have the same number"
    );
    assert!(complaint("a.csv", "").contains("the file is empty"));
    assert!(complaint("a.csv", "\n \n# nothing\n").contains("no rows"));
    assert!(complaint("a.csv", "x,y\n").contains("a header and no rows"));
    assert!(complaint("a.csv", b"1,2\n3,\xff\n").starts_with("a.csv, line 2: byte 0xff is not UTF-8"));
    let expected = if cfg!(feature = "parquet") { "a.parquet" } else { "save the table as .csv or .npy" };
    assert!(complaint("a.parquet", "PAR1").contains(expected));
}

/// The whole table of decisions about first rows, as `tests/commands` sees them through the program.
#[test]
fn first_rows_are_decided_and_noted() {
    for (content, header, noted) in [
        ("a,b\n1,2\n", true, false),
        ("inf,nan\n1,2\n", false, false),
        (",b\n1,2\n", true, true),
        ("a1,b2\n1,2\n", true, true),
        ("0,1\n1,0\n", true, true),
        ("0,2\n1,0\n", false, false),
        ("1,2\n1,0\n", false, false),
        ("1,2\n0.5,0.25\n", true, true),
        ("1,2\n0.5,2\n", false, false),
        ("0,10,20\n0.5,2.5,0.25\n", true, true),
        ("0,10,20\n5,2,4\n", false, false),
        ("1,1,1\n0.5,2.5,0.25\n", false, false),
        (",0,1\n0,0.5,0.25\n1,0.5,0.25\n", true, true),
        ("0\n1\n", false, false),
        ("0\n0.5\n", false, true),
        ("3,4\n0.5,0.25\n1.5,2.5\n", false, true),
        ("3,4\n0.5,2\n1.5,2.5\n", false, false),
    ] {
        let reading = io::Reading::new().infinite();
        match reading.format(io::Format::Text).table_from(content.as_bytes(), "t") {
            Ok(table) => {
                assert_eq!((table.columns.is_some(), !table.notes.is_empty()), (header, noted), "{content:?}");
            }
            // NaN is a number that is refused, so it makes no header
            Err(refused) => assert!(refused.to_string().contains("`nan`") && !header, "{content:?}: {refused}"),
        }
        let told =
            |header| io::Reading::new().format(io::Format::Text).header(header).table_from(content.as_bytes(), "t");
        let named = told(true).unwrap();
        // of the header nothing is left to decide
        let noted = named.notes.iter().filter(|note| matches!(note, io::Note::Header(_))).count();
        assert_eq!((named.columns.is_some(), noted), (true, 0), "{content:?}");
        // a header of words is no row of numbers
        let words = content.lines().next().unwrap().split(',').any(|name| name.parse::<f64>().is_err());
        assert_eq!(told(false).is_ok(), !words && !content.contains("nan"), "{content:?}");
    }
}

fn text(reading: &io::Reading, content: &str) -> fenchel::Result<io::Table> {
    reading.clone().format(io::Format::Text).table_from(content.as_bytes(), "t")
}

/// What pandas writes, with and without an index, and what begins like it and is none.
#[test]
fn counts_of_columns_and_rows_are_labels() {
    let reading = io::Reading::new();
    for (content, values, names) in [
        ("0,1,2\n5,6,7\n8,9,4\n", array![[5.0, 6.0, 7.0], [8.0, 9.0, 4.0]], Some(vec!["0", "1", "2"])),
        // a header does not come twice
        ("0,1\n1,1\n0, 1\n", array![[0.0, 1.0], [1.0, 1.0], [0.0, 1.0]], None),
        (",0,1\n0,5,6\n1,8,9\n", array![[5.0, 6.0], [8.0, 9.0]], Some(vec!["0", "1"])),
        (",x,y\n0,5,6\n1,8,9\n", array![[5.0, 6.0], [8.0, 9.0]], Some(vec!["x", "y"])),
        ("Unnamed: 0,x\n1,6\n2,9\n", array![[6.0], [9.0]], Some(vec!["x"])),
        // the rows are not counted, or the column has a name
        (",x\n0,6\n2,9\n", array![[0.0, 6.0], [2.0, 9.0]], Some(vec!["", "x"])),
        ("t,x\n0,6\n1,9\n", array![[0.0, 6.0], [1.0, 9.0]], Some(vec!["t", "x"])),
        ("0,6\n1,9\n", array![[0.0, 6.0], [1.0, 9.0]], None),
    ] {
        let table = text(&reading, content).unwrap();
        assert_eq!(table.values, values, "{content:?}");
        assert_eq!(table.columns, names.map(|names| names.into_iter().map(str::to_owned).collect()), "{content:?}");
    }
    // a column that counts many rows is kept without a header, and said
    let many: String = (0..12).map(|k| format!("{k},0.5\n")).collect();
    let table = text(&reading, &many).unwrap();
    assert!(table.values.ncols() == 2 && matches!(&table.notes[..], [io::Note::Column(_)]), "{table:?}");
    // laws and distances may begin so
    let distances = "0,1,2\n1,0,1\n2,1,0\n";
    assert_eq!(text(&reading.clone().unlabelled(), distances).unwrap().values.nrows(), 3);
    assert_eq!(text(&reading.header(false), distances).unwrap().values.nrows(), 3);
}

#[test]
fn columns_are_chosen_by_name_or_number() {
    let content = "id,x,y,z\na,1,2,3\nb,4,5,6\n";
    let kept = |reading: io::Reading| text(&reading, content).map(|table| (table.values, table.columns.unwrap()));
    let all = io::Reading::new;
    assert_eq!(
        kept(all().columns(["z", "x"])).unwrap(),
        (array![[3.0, 1.0], [6.0, 4.0]], vec!["z".into(), "x".into()])
    );
    assert_eq!(kept(all().columns(["3-4"])).unwrap().0, array![[2.0, 3.0], [5.0, 6.0]]);
    assert_eq!(kept(all().drop(["id", "3"])).unwrap().0, array![[1.0, 3.0], [4.0, 6.0]]);
    assert!(kept(all()).unwrap_err().to_string().contains("line 2, column 1: found `a`"));
    assert!(kept(all().columns(["id"])).unwrap_err().to_string().contains("found `a`"));
    for wrong in ["w", "0", "5", "4-2", "2-9", ""] {
        let message = kept(all().columns([wrong])).unwrap_err().to_string();
        assert!(
            message.contains("column") && message.contains("id, x, y, z") && message.contains("1 to 4"),
            "{message}"
        );
    }
    assert!(kept(all().drop(["1-4"])).unwrap_err().to_string().contains("would be left"));
    // names come before numbers
    let numbered = text(&all().columns(["1"]), "0,1,2\n5,6,7\n").unwrap();
    assert_eq!(numbered.values, array![[6.0]]);
    // an index is left out unless it is asked for, and other columns are counted as they stand in the file
    let indexed = ",x,y\n0,5,6\n1,8,9\n";
    assert_eq!(text(&all().columns(["1", "2"]), indexed).unwrap().values, array![[0.0, 5.0], [1.0, 8.0]]);
    assert_eq!(text(&all().drop(["2"]), indexed).unwrap().values, array![[6.0], [9.0]]);
    // a binary file has numbers only
    let bytes = npy(&array![[1.0, 2.0, 3.0]]);
    let table = all().columns(["3", "1"]).format(io::Format::Npy).table_from(&bytes[..], "-").unwrap();
    assert_eq!(table.values, array![[3.0, 1.0]]);
}

#[test]
fn limits_are_checked_before_the_memory_is_taken() {
    let too_many = |result: fenchel::Result<io::Table>, expected: &str| match result {
        Err(Error::TooMany { unit, .. }) => assert_eq!(unit, expected),
        other => panic!("{other:?}"),
    };
    let reading = io::Reading::new().max_unpacked(1000);
    let text = "1\n".repeat(200);
    too_many(reading.clone().format(io::Format::Text).table_from(text.as_bytes(), "-"), "numbers");
    too_many(
        reading.clone().format(io::Format::Text).table_from("1\n".repeat(501).as_bytes(), "-"),
        "bytes once unpacked",
    );
    assert!(reading.clone().format(io::Format::Text).table_from("1\n".repeat(125).as_bytes(), "-").is_ok());
    let (_dir, path) = file("a.csv.gz", gzip("1\n".repeat(501).as_bytes()));
    too_many(reading.table(path), "bytes once unpacked");
    // an ordinary file is as large as it is
    let (_dir, path) = file("a.csv", "1\n".repeat(501));
    assert_eq!(reading.table(path).unwrap().values.nrows(), 501);
    let (_dir, path) = file("a.npz", io::to_npz(&[("x", Array2::zeros((200, 1)).view())]));
    too_many(reading.table(path), "bytes once unpacked");
    // one byte a number in the file, eight in memory
    let (_dir, path) = file("a.idx.gz", gzip(&idx(0x08, &[200, 1], &[7; 200])));
    too_many(reading.table(&path), "numbers");
    assert_eq!(io::read_table(path).unwrap().values.nrows(), 200);
    // rows without end are rows, whatever is in them
    let rows = promising("(100000001, 1)", &[0; 16]);
    assert!(complaint("a.npy", rows).contains("truncated"));
}

#[test]
fn infinity_is_a_number_where_it_is_asked_for() {
    let text = "inf,1\n2,Infinity\n";
    let read = |reading: io::Reading| reading.format(io::Format::Text).table_from(text.as_bytes(), "-");
    assert!(read(io::Reading::new()).is_err());
    let table = read(io::Reading::new().infinite()).unwrap();
    assert_eq!(table.values, array![[f64::INFINITY, 1.0], [2.0, f64::INFINITY]]);
    let minus = io::Reading::new().infinite().format(io::Format::Text).table_from("-inf,1\n".as_bytes(), "-");
    assert!(minus.unwrap_err().to_string().contains("`-inf`"));
    let bytes = npy(&table.values);
    assert_eq!(io::Reading::new().infinite().format(io::Format::Npy).table_from(&bytes[..], "-").unwrap(), table);
}

#[test]
fn a_file_that_cannot_be_opened() {
    let dir = tempfile::tempdir().unwrap();
    let error = io::read_table(dir.path().join("none.csv")).unwrap_err();
    assert!(matches!(&error, Error::Io { action: "read", path, .. } if path.ends_with("none.csv")), "{error}");
    assert!(io::read_table(dir.path()).unwrap_err().to_string().contains("a folder without files"));
}

#[test]
fn npy_of_every_number() {
    let expected = array![[1.0, 2.0], [3.0, 4.0]];
    let reads = |bytes: Vec<u8>| assert_eq!(read("a.npy", bytes).unwrap().values, expected);
    reads(npy(&expected));
    reads(npy(&expected.mapv(|x| x as f32)));
    reads(npy(&expected.mapv(|x| x as u8)));
    reads(npy(&expected.mapv(|x| x as i8)));
    reads(npy(&expected.mapv(|x| x as u16)));
    reads(npy(&expected.mapv(|x| x as i16)));
    reads(npy(&expected.mapv(|x| x as u32)));
    reads(npy(&expected.mapv(|x| x as i32)));
    reads(npy(&expected.mapv(|x| x as u64)));
    reads(npy(&expected.mapv(|x| x as i64)));
    // Fortran order is a matter of the file, not of the reader
    let mut fortran = Array2::zeros((2, 2).f());
    fortran.assign(&expected);
    reads(npy(&fortran));
    assert_eq!(read("a.npy", npy(&array![true, false])).unwrap().values, array![[1.0], [0.0]]);
    let cube = Array3::from_shape_fn((2, 2, 3), |(i, j, k)| (6 * i + 3 * j + k) as f64);
    let flat = read("a.npy", npy(&cube)).unwrap().values;
    assert_eq!(flat, Array2::from_shape_fn((2, 6), |(i, j)| (6 * i + j) as f64));
}

#[test]
fn npy_of_half_precision() {
    // 1, -2, the largest, the least, a third, the least normal
    let bits: [u16; 6] = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x3555, 0x0400];
    let values = [1.0, -2.0, 65504.0, 2f64.powi(-24), 0.333_251_953_125, 2f64.powi(-14)];
    for (order, data) in [
        ('<', bits.iter().flat_map(|b| b.to_le_bytes()).collect::<Vec<u8>>()),
        ('>', bits.iter().flat_map(|b| b.to_be_bytes()).collect()),
    ] {
        let header = format!("{{'descr': '{order}f2', 'fortran_order': False, 'shape': (2, 3), }}\n");
        let start = [&b"\x93NUMPY\x01\x00"[..], &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
        let found = read("a.npy", [&start[..], &data].concat()).unwrap().values;
        assert_eq!(found.iter().copied().collect::<Vec<f64>>(), values, "{order}");
        assert!(complaint("a.npy", [&start[..], &data[..11]].concat()).contains("truncated"));
    }
    let header = "{'descr': '<f2', 'fortran_order': False, 'shape': (1,), }\n";
    let start = [&b"\x93NUMPY\x01\x00"[..], &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
    let infinite = read("a.npy", [&start[..], &0x7c00u16.to_le_bytes()].concat());
    assert!(matches!(infinite, Err(Error::NotFinite { .. })));
}

#[test]
fn npy_that_is_wrong() {
    let whole = npy(&array![[1.0, 2.0], [3.0, 4.0]]);
    assert!(complaint("a.npy", &whole[..whole.len() - 3]).contains("truncated"));
    assert!(complaint("a.npy", [&whole[..], &[0, 0]].concat()).contains("2 bytes follow"));
    assert!(complaint("a.npy", "not an array").contains("not a whole npy array"));
    assert!(complaint("a.npy", &whole[..20]).contains("not a whole npy array"));
    assert!(complaint("a.npy", npy(&Array2::<f64>::zeros((0, 3)))).contains("[0, 3] holds no numbers"));
    let mut object = whole.clone();
    let at = object.windows(3).position(|w| w == b"<f8").unwrap();
    object[at..at + 3].copy_from_slice(b"|O ");
    let message = complaint("a.npy", &object);
    assert!(message.contains("Python objects") && message.contains("expected floats"), "{message}");
    let nan = read("a.npy", npy(&array![[1.0, 2.0], [f64::NAN, 4.0]])).unwrap_err();
    assert!(matches!(nan, Error::NotFinite { at: Index::Cell(1, 0), .. }), "{nan}");
}

/// An `.npy` file of f64 whose header promises this shape.
fn promising(shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
    [&b"\x93NUMPY\x01\x00"[..], &(header.len() as u16).to_le_bytes(), header.as_bytes(), data].concat()
}

/// A ZIP archive of one stored entry as its format says, written by hand.
fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let numbers = [crc.sum(), content.len() as u32, content.len() as u32].map(u32::to_le_bytes).concat();
    let lengths = [name.len() as u16, 0].map(u16::to_le_bytes).concat();
    let local = [&b"PK\x03\x04"[..], &[0; 10], &numbers[..], &lengths[..], name.as_bytes(), content].concat();
    let central = [&b"PK\x01\x02"[..], &[0; 12], &numbers[..], &lengths[..], &[0; 14], name.as_bytes()].concat();
    let place = [central.len() as u32, local.len() as u32].map(u32::to_le_bytes).concat();
    [&local[..], &central[..], b"PK\x05\x06", &[0, 0, 0, 0, 1, 0, 1, 0], &place[..], &[0, 0]].concat()
}

/// A header may promise more than any memory holds; the file must have the promised size before memory is taken.
#[test]
fn promises_are_not_taken_on_trust() {
    assert_eq!(read("a.npy", promising("(1, 2)", &[0; 16])).unwrap().values, array![[0.0, 0.0]]);
    assert_eq!(read("a.npz", zip("x.npy", &promising("(2,)", &[0; 16]))).unwrap().values, array![[0.0], [0.0]]);
    for shape in ["(1000000000000000, 1)", "(18446744073709551615, 18446744073709551615)", "(17,)"] {
        let array = promising(shape, &[0; 16]);
        assert!(complaint("a.npy", &array).contains("truncated: fewer numbers"), "{shape}");
        assert!(complaint("a.npz", zip("x.npy", &array)).starts_with("a.npz:x: truncated"), "{shape}");
    }
    assert!(complaint("a.npy", promising("(0, 18446744073709551615)", &[])).contains("holds no numbers"));
    // versions 2 and 3 count the bytes of the header in four
    for version in [2, 3] {
        let endless = [&b"\x93NUMPY"[..], &[version, 0, 255, 255, 255, 255], b"{}"].concat();
        assert!(complaint("a.npy", &endless).contains("not a whole npy array"), "{version}");
        assert!(complaint("a.npz", zip("x.npy", &endless)).contains("not a whole npy array"), "{version}");
    }
}

#[test]
fn npz_that_is_wrong() {
    let whole = zip("x.npy", &promising("(2,)", &[0; 16]));
    for cut in [1, 22, 40, whole.len() - 4] {
        assert!(complaint("a.npz", &whole[..whole.len() - cut]).contains("not a whole npz archive"), "{cut}");
    }
    let mut damaged = whole.clone();
    let last = 30 + "x.npy".len() + promising("(2,)", &[0; 16]).len() - 1;
    damaged[last] ^= 1;
    assert!(complaint("a.npz", &damaged).contains("checksum"));
    let mut strange = whole.clone();
    let central = whole.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    (strange[8], strange[central + 10]) = (14, 14);
    assert!(complaint("a.npz", &strange).contains("not a whole npz archive"));
    // a directory, a count, an entry and a size that are wrong: refused, or of no consequence
    for (at, value) in [(whole.len() - 6, 0xff), (whole.len() - 12, 2), (central + 42, 1), (central + 22, 1)] {
        let mut lost = whole.clone();
        lost[at] = value;
        match read("a.npz", &lost) {
            Ok(table) => assert_eq!(table.values, array![[0.0], [0.0]], "{at}"),
            Err(refused) => assert!(refused.to_string().contains("npz archive"), "{at}: {refused}"),
        }
    }
}

#[test]
fn npz_by_key() {
    let mut archive = NpzWriter::new_compressed(Cursor::new(Vec::new()));
    archive.add_array("x", &array![[1.0, 2.0]]).unwrap();
    archive.add_array("y", &array![3i32, 4]).unwrap();
    let (_dir, path) = file("a.npz", archive.finish().unwrap().into_inner());
    let with = |key: &str| io::read_table(format!("{}:{key}", path.display()));
    assert_eq!(with("x").unwrap().values, array![[1.0, 2.0]]);
    assert_eq!(with("y").unwrap().values, array![[3.0], [4.0]]);
    let unknown = with("z").unwrap_err().to_string();
    assert!(unknown.contains("no array `z`") && unknown.contains("x, y"), "{unknown}");
    let unnamed = io::read_table(&path).unwrap_err().to_string();
    assert!(unnamed.contains("x, y") && unnamed.contains("a.npz:x"), "{unnamed}");
    // a single array needs no key
    assert_eq!(read("b.npz", io::to_npz(&[("only", array![[5.0]].view())])).unwrap().values, array![[5.0]]);
    assert!(complaint("c.npz", "PK but not an archive").contains("not a whole npz archive"));
}

/// An IDX file as its format says, written by hand.
fn idx(kind: u8, sizes: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, kind, sizes.len() as u8];
    sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
    bytes.extend(data);
    bytes
}

#[test]
fn idx_of_every_type() {
    let expected = array![[1.0, 2.0, 3.0, 4.0]];
    let numbers = [1u8, 2, 3, 4];
    let wide = |encode: fn(u8) -> Vec<u8>| numbers.iter().flat_map(|&x| encode(x)).collect::<Vec<u8>>();
    for (kind, data) in [
        (0x08, numbers.to_vec()),
        (0x09, numbers.to_vec()),
        (0x0b, wide(|x| i16::from(x).to_be_bytes().to_vec())),
        (0x0c, wide(|x| i32::from(x).to_be_bytes().to_vec())),
        (0x0d, wide(|x| f32::from(x).to_be_bytes().to_vec())),
        (0x0e, wide(|x| f64::from(x).to_be_bytes().to_vec())),
    ] {
        for name in ["a.idx", "train-images-idx3-ubyte", "train-images.idx3-ubyte"] {
            assert_eq!(read(name, idx(kind, &[1, 2, 2], &data)).unwrap().values, expected, "type {kind:#x}");
        }
        let packed = gzip(&idx(kind, &[1, 2, 2], &data));
        assert_eq!(read("t10k-images-idx3-ubyte.gz", packed).unwrap().values, expected);
    }
    // labels: one axis, one a row; signed bytes are signed
    assert_eq!(read("l-idx1-ubyte", idx(0x08, &[3], &[7, 8, 255])).unwrap().values, array![[7.0], [8.0], [255.0]]);
    assert_eq!(read("l.idx", idx(0x09, &[1], &[255])).unwrap().values, array![[-1.0]]);
}

#[test]
fn idx_that_is_wrong() {
    assert!(complaint("a.idx", "1,2\n").contains("not an IDX file"));
    assert!(complaint("a.idx", idx(0x0a, &[1], &[1])).contains("element type 0x0a"));
    assert!(complaint("a.idx", idx(0x08, &[2, 2], &[1, 2, 3])).contains("promises 16 bytes, there are 15"));
    assert!(complaint("a.idx", idx(0x08, &[1], &[1, 2])).contains("1 bytes follow"));
    assert!(complaint("a.idx", &idx(0x08, &[2, 2], &[])[..6]).contains("truncated"));
    assert!(complaint("a.idx", idx(0x08, &[u32::MAX; 4], &[])).contains("more than memory"));
    // 2^64 - 1 bytes of data, and the header besides
    assert!(complaint("a.idx", idx(0x08, &[u32::MAX, 641, 6_700_417], &[])).contains("truncated"));
    assert!(complaint("a.idx", idx(0x08, &[0, u32::MAX, u32::MAX, u32::MAX], &[])).starts_with("a.idx"));
    let cut = gzip(&idx(0x08, &[2], &[1, 2]));
    assert!(complaint("a.idx.gz", &cut[..cut.len() - 9]).contains("gzip"));
}

#[test]
fn vectors_are_one_row_or_one_column() {
    for content in ["0.25,0.75\n", "0.25\n0.75\n", "0.25 0.75", "mass\n0.25\n0.75\n"] {
        let (_dir, path) = file("p.csv", content);
        assert_eq!(io::read_vector(path).unwrap(), [0.25, 0.75], "{content:?}");
    }
    let (_dir, path) = file("p.csv", "1,2\n3,4\n");
    assert!(io::read_vector(path).unwrap_err().to_string().contains("2 rows and 2 columns"));
}

#[test]
fn digits_are_the_ones_of_the_archive() {
    let io::Digits { images, labels } = io::digits();
    assert_eq!(images.dim(), (1797, 64));
    let mut counts = [0; 10];
    labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    assert!(images.iter().all(|&x| (0.0..=16.0).contains(&x) && x.fract() == 0.0));
    // the total and the first rows of the first image, computed outside this library
    assert_eq!(images.sum(), 561_718.0);
    assert_eq!(images.row(0).to_vec()[..10], [0.0, 0.0, 5.0, 13.0, 9.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn records_are_quoted_where_they_must_be() {
    let bytes = io::records_to_csv(&["id", "what"], [vec!["A1".to_owned(), "min, \"not\" max".to_owned()]]);
    assert_eq!(String::from_utf8(bytes).unwrap(), "id,what\nA1,\"min, \"\"not\"\" max\"\n");
}

proptest! {
    /// Every finite f64 comes back bit for bit through each format.
    #[test]
    fn round_trips(rows in 1usize..5, columns in 1usize..5, seed in prop::collection::vec(any::<f64>(), 16)) {
        let values = Array2::from_shape_fn((rows, columns), |(i, j)| {
            let x = seed[4 * i.min(3) + j.min(3)];
            if x.is_finite() { x } else { f64::MIN_POSITIVE / 8.0 }
        });
        let same = |back: ArrayView2<'_, f64>| {
            back.dim() == values.dim() && back.iter().zip(&values).all(|(a, b)| a.to_bits() == b.to_bits())
        };
        let names = ["a", "b", "c", "d"];
        prop_assert!(same(read("a.csv", io::to_csv(&names[..columns], values.view())).unwrap().values.view()));
        prop_assert!(same(read("a.npy", io::to_npy(values.view())).unwrap().values.view()));
        let archive = io::to_npz(&[("other", array![[0.0]].view()), ("it", values.view())]);
        let (_dir, path) = file("a.npz", archive);
        let back = io::read_table(format!("{}:it", path.display())).unwrap();
        prop_assert!(same(back.values.view()));
    }
}
