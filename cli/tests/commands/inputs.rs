//! Where input comes from, and how much of it there may be.
#![allow(clippy::float_cmp)] // the same input gives the same bits, whichever way it comes

use crate::common::{Place, Ran};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

const X: (&str, &str) = ("x.csv", "0,0\n1,0\n0,2\n");
const Y: (&str, &str) = ("y.csv", "3,4\n4,4\n3,6\n");

fn value(ran: &Ran) -> f64 {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    json["results"][0]["value"].as_f64().unwrap()
}

fn outcome(output: std::process::Output) -> Ran {
    Ran {
        code: output.status.code().expect("not killed"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs with these bytes on standard input. A program that stops reading closes the pipe, which is its right.
fn fed(place: &Place, arguments: &str, bytes: &[u8]) -> Ran {
    let mut command = place.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes).is_ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    outcome(output)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new("gzip").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output.stdout
}

#[test]
fn standard_input_in_every_format() {
    let place = Place::new(&[X, Y]);
    let expected = value(&place.run("transport x.csv y.csv --json"));
    let table = ndarray::array![[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]];
    let npy = fenchel::io::to_npy(table.view());
    let npz = fenchel::io::to_npz(&[("a", table.view()), ("b", ndarray::array![[7.0, 7.0]].view())]);
    let mut idx = vec![0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2];
    idx.extend([0, 0, 1, 0, 0, 2]);
    for (arguments, bytes) in [
        ("- y.csv --format csv", X.1.as_bytes()),
        ("- y.csv --format TSV", b"0\t0\n1\t0\n0\t2\n"),
        ("/dev/stdin y.csv --format txt", b"0 0\n1 0\n0 2\n"),
        ("- y.csv --format npy", &npy),
        ("/dev/stdin:a y.csv --format npz", &npz),
        ("- y.csv --format idx", &idx),
        ("- y.csv --format csv", &gzip(X.1.as_bytes())),
    ] {
        assert_eq!(value(&fed(&place, &format!("transport {arguments} --json"), bytes)), expected, "{arguments}");
    }
    // the format is for names that do not tell it, and must be told for them
    assert_eq!(value(&fed(&place, "transport - y.csv --format csv --json", X.1.as_bytes())), expected);
    let untold = fed(&place, "transport - y.csv", X.1.as_bytes());
    assert!(untold.code == 2 && untold.stderr.contains("--format"), "{}", untold.stderr);
    place.refused("transport x.csv y.csv --format hdf5", &["`hdf5`", "csv, tsv"]);
    let twice = fed(&place, "transport - - --format csv", X.1.as_bytes());
    assert!(twice.code == 2 && twice.stderr.contains("named twice"), "{}", twice.stderr);
    let empty = fed(&place, "transport - y.csv --format csv", b"");
    assert!(empty.code == 2 && empty.stderr.contains("empty"), "{}", empty.stderr);
    // a stream has a limit, too
    let much = fed(&place, "transport - y.csv --format csv --max-unpacked 5", X.1.as_bytes());
    assert!(much.code == 2 && much.stderr.contains("--max-unpacked"), "{}", much.stderr);
}

#[cfg(unix)]
#[test]
fn pipes_with_a_name() {
    let place = Place::new(&[X, Y]);
    let expected = value(&place.run("transport x.csv y.csv --json"));
    let made = Command::new("mkfifo").arg(place.path("pipe")).status().unwrap();
    assert!(made.success());
    let path = place.path("pipe");
    let writer = std::thread::spawn(move || std::fs::write(path, X.1).unwrap());
    assert_eq!(value(&place.run("transport pipe y.csv --format csv --json")), expected);
    writer.join().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf_8() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new(&[X, Y]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.csv");
    std::fs::copy(place.path("x.csv"), place.folder().join(name)).unwrap();
    let expected = value(&place.run("transport x.csv y.csv --json"));
    let ran = |first: &str, last: &str| {
        let mut command = place.command(first);
        outcome(command.arg(name).args(last.split_whitespace()).output().unwrap())
    };
    assert_eq!(value(&ran("transport", "y.csv --json")), expected);
    for (first, last) in [("barycenter", "y.csv"), ("score y.csv", "--metrics w2"), ("gromov", "y.csv")] {
        let found = ran(first, last);
        assert_eq!(found.code, 0, "{first}: {}", found.stderr);
    }
    std::fs::write(place.folder().join(name), "1,x\n").unwrap();
    let refused = ran("transport", "y.csv");
    assert!(refused.code == 2 && refused.stderr.contains("caf\u{fffd}.csv, line 1"), "{}", refused.stderr);
}

/// A matrix in the archive that SciPy's `save_npz` makes, by hand.
fn sparse(format: &str, arrays: &[(&str, Vec<f64>)]) -> Vec<u8> {
    let mut text = b"\x93NUMPY\x01\x00v\x00".to_vec();
    text.extend(format!("{:<117}\n", "{'descr': '|S3', 'fortran_order': False, 'shape': (), }").bytes());
    text.extend(format.bytes());
    let columns: Vec<(&str, ndarray::Array2<f64>)> = arrays
        .iter()
        .map(|(name, values)| (*name, ndarray::Array2::from_shape_vec((values.len(), 1), values.clone()).unwrap()))
        .collect();
    let views: Vec<_> = columns.iter().map(|(name, array)| (*name, array.view())).collect();
    with_entry(&fenchel::io::to_npz(&views), "format.npy", &text)
}

/// The archive with one more entry, stored as it is, before its own.
fn with_entry(archive: &[u8], name: &str, data: &[u8]) -> Vec<u8> {
    let end = archive.len() - 22;
    let number = |at: usize, width: usize| (0..width).rev().fold(0usize, |n, k| n << 8 | usize::from(archive[at + k]));
    let (count, size, start) = (number(end + 10, 2), number(end + 12, 4), number(end + 16, 4));
    let crc = !data.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (0u32.wrapping_sub(crc & 1))))
    });
    let common = [
        &[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
        &crc.to_le_bytes(),
        &(data.len() as u32).to_le_bytes(),
        &(data.len() as u32).to_le_bytes(),
        &(name.len() as u16).to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    let local = [b"PK\x03\x04", &common[..], name.as_bytes(), data].concat();
    let central =
        [b"PK\x01\x02\x14\x00", &common[..], &[0; 10], &(start as u32).to_le_bytes(), name.as_bytes()].concat();
    [
        &archive[..start],
        &local,
        &archive[start..start + size],
        &central,
        b"PK\x05\x06\0\0\0\0",
        &((count + 1) as u16).to_le_bytes(),
        &((count + 1) as u16).to_le_bytes(),
        &((size + central.len()) as u32).to_le_bytes(),
        &((start + local.len()) as u32).to_le_bytes(),
        &[0, 0],
    ]
    .concat()
}

#[test]
fn sparse_matrices_of_scipy() {
    // [[0, 0], [1, 0], [0, 2]], the cloud of x.csv
    let place = Place::new(&[X, Y]);
    let expected = value(&place.run("transport x.csv y.csv --json"));
    let shape = ("shape", vec![3.0, 2.0]);
    let csr = [("data", vec![1.0, 2.0]), ("indices", vec![0.0, 1.0]), ("indptr", vec![0.0, 0.0, 1.0, 2.0])];
    let csc = [("data", vec![1.0, 2.0]), ("indices", vec![1.0, 2.0]), ("indptr", vec![0.0, 1.0, 2.0])];
    // entries at the same place are added
    let coo = [("data", vec![1.0, 1.5, 0.5]), ("row", vec![1.0, 2.0, 2.0]), ("col", vec![0.0, 1.0, 1.0])];
    for (format, arrays) in [("csr", csr.clone()), ("csc", csc), ("coo", coo)] {
        let arrays: Vec<_> = arrays.into_iter().chain([shape.clone()]).collect();
        std::fs::write(place.path("s.npz"), sparse(format, &arrays)).unwrap();
        assert_eq!(value(&place.run("transport s.npz y.csv --json")), expected, "{format}");
    }
    let with = |format: &str, arrays: &[(&'static str, Vec<f64>)], shape: Vec<f64>| {
        let arrays: Vec<_> = arrays.iter().cloned().chain([("shape", shape)]).collect();
        std::fs::write(place.path("s.npz"), sparse(format, &arrays)).unwrap();
    };
    with("bsr", &csr, vec![3.0, 2.0]);
    place.refused("transport s.npz y.csv", &["s.npz", "sparse matrix of SciPy", "`bsr`", "csr, csc or coo"]);
    with("csr", &csr, vec![2.0, 2.0]);
    place.refused("transport s.npz y.csv", &["`indptr`"]);
    with("csc", &[csr[0].clone(), ("indices", vec![1.0, 9.0]), ("indptr", vec![0.0, 1.0, 2.0])], vec![3.0, 2.0]);
    place.refused("transport s.npz y.csv", &["(9, 1)", "3 x 2"]);
    // small in the file, not in memory
    with("coo", &[("data", vec![1.0]), ("row", vec![0.0]), ("col", vec![0.0])], vec![1e6, 1e6]);
    place.refused("transport s.npz y.csv", &["s.npz", "numbers", "--max-unpacked"]);
}

#[test]
fn unpacking_has_a_limit_that_is_said() {
    let place = Place::new(&[Y]);
    // ten million bytes in ten thousand, and as many numbers of eight bytes
    std::fs::write(place.path("bomb.csv.gz"), gzip(&b"0,0\n".repeat(2_500_000))).unwrap();
    let zeros = ndarray::Array2::<f64>::zeros((300_000, 2));
    std::fs::write(place.path("bomb.npz"), fenchel::io::to_npz(&[("a", zeros.view())])).unwrap();
    let mut idx = vec![0, 0, 8, 2, 0, 9, 0x27, 0xc0, 0, 0, 0, 2];
    idx.extend(vec![0; 1_200_000]);
    std::fs::write(place.path("bomb-ubyte.gz"), gzip(&idx)).unwrap();
    for (name, size) in [("bomb.csv.gz", "4M"), ("bomb.npz", "4M"), ("bomb-ubyte.gz", "4M"), ("bomb.csv.gz", "12M")] {
        place.refused(&format!("transport {name} y.csv --max-unpacked {size}"), &[name, "the limit", "--max-unpacked"]);
    }
    place.refused("transport y.csv y.csv --max-unpacked much", &["--max-unpacked", "4G"]);
    place.refused("transport y.csv y.csv --max-unpacked 0", &["--max-unpacked"]);
    // what fits is read
    std::fs::write(place.path("y.csv.gz"), gzip(Y.1.as_bytes())).unwrap();
    assert_eq!(value(&place.run("transport y.csv.gz y.csv --max-unpacked 1K --json")), 0.0);
}

#[test]
fn limits_are_checked_before_the_work() {
    let place = Place::new(&[X, Y]);
    let ran = place.run("transport x.csv y.csv --threads 60000 --json");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("using {}", 4 * cores)), "{}", ran.stderr);
    assert!(ran.object()["warnings"][0].as_str().unwrap().contains("--threads 60000"));
    assert_eq!(place.run(&format!("transport x.csv y.csv --threads {}", 4 * cores)).stderr, "");
    place.refused("score x.csv y.csv --permutations 1000001", &["--permutations", "1000000"]);
    place.refused("transport x.csv y.csv --method sliced --projections 1000001", &["--projections", "1000000"]);
    let many: String = (0..11_000).map(|k| format!("{k}.5,1\n")).collect();
    std::fs::write(place.path("many.csv"), many).unwrap();
    for command in ["transport many.csv many.csv --unbalanced 1", "gromov many.csv x.csv"] {
        place.refused(command, &["11000 x 11000", "100000000 entries", "limit"]);
    }
    let help = place.run("--help").stdout;
    for word in ["--max-unpacked", "100,000,000 rows", "four a core", "projections: 1,000,000", "80 characters"] {
        assert!(help.contains(word), "{word}");
    }
}

/// A score that cannot be computed does not take the others with it.
#[test]
fn scores_that_do_not_apply_are_left_out_with_their_reason() {
    let coins = |zeros: usize| (0..40).map(|i| if i < zeros { "0\n" } else { "1\n" }).collect::<String>();
    let place = Place::new(&[("fair.csv", &coins(20)), ("biased.csv", &coins(4))]);
    let json = place.json("score fair.csv biased.csv --permutations 99");
    let rows = json["results"].as_array().unwrap();
    let left_out: Vec<&Value> = rows.iter().filter(|row| row["reason"].is_string()).collect();
    // no density, and zeros have no direction
    assert!(left_out.len() == 2 && left_out[0]["name"] == "kl_knn" && left_out[0]["value"].is_null(), "{left_out:?}");
    assert!(left_out[1]["name"] == "vendi" && left_out[1]["reason"].as_str().unwrap().contains("no direction"));
    assert!(rows.iter().any(|row| row["name"] == "frechet" && row["value"].is_number()));
    let why = left_out[0]["reason"].as_str().unwrap();
    for word in ["fair.csv", "40 of the 40 rows", "fenchel estimate --estimator histogram"] {
        assert!(why.contains(word), "{word} is not in {why}");
    }
    // the command that it names works, and a classifier sees the difference
    assert_eq!(place.run("estimate fair.csv biased.csv --estimator histogram").code, 0);
    let c2st = json["results"].as_array().unwrap().iter().find(|row| row["name"] == "c2st").unwrap();
    assert!(c2st["value"].as_f64().unwrap() > 0.55 && c2st["p_value"].as_f64().unwrap() < 0.1, "{c2st}");
    // asked for by name it is missing; alone it is the error
    let ran = place.run("score fair.csv biased.csv --metrics kl_knn,energy");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("energy") && ran.stdout.contains("kl_knn: left out"), "{}", ran.stdout);
    place.refused("score fair.csv biased.csv --metrics kl_knn", &["40 of the 40 rows", "histogram"]);
}

#[test]
fn metrics_and_kernels_by_name() {
    let rows = |shift: f64| -> String {
        (0..30)
            .map(|i| format!("{:?},{:?}\n", (f64::from(i) * 0.7).sin() + shift, (f64::from(i) * 1.3).cos()))
            .collect()
    };
    let place = Place::new(&[("x.csv", &rows(0.0)), ("y.csv", &rows(0.3))]);
    let names = |metrics: &str| -> Vec<String> {
        let mut command = place.command("score x.csv y.csv --permutations 0 --json --metrics");
        let ran = outcome(command.arg(metrics).output().unwrap());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let json: Value = serde_json::from_str(&ran.stdout).unwrap();
        json["results"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("FID, MMD2 kid"), ["frechet", "mmd", "kid"]);
    assert_eq!(names("prdc"), ["precision", "recall", "density", "coverage"]);
    let mmd = |options: &str| {
        value(&place.run(&format!("score x.csv y.csv --metrics mmd --permutations 0 --json {options}")))
    };
    let kid = value(&place.run("score x.csv y.csv --metrics kid --permutations 0 --json"));
    assert_eq!(mmd("--kernel polynomial:3:1"), kid);
    assert_eq!(mmd(""), mmd("--kernel Gaussian"));
    let single = ["0.5", "1", "2"].map(|width| mmd(&format!("--bandwidth {width}")));
    assert!((mmd("--bandwidth 0.5,1,2") - single.iter().sum::<f64>() / 3.0).abs() < 1e-14);
    assert_ne!(mmd("--kernel laplace --bandwidth 1"), single[1]);
    place.refused("score x.csv y.csv --kernel cauchy", &["`cauchy`", "gaussian, laplace, polynomial"]);
    place.refused("score x.csv y.csv --bandwidth 0", &["--bandwidth", "positive"]);
    place.refused("score x.csv y.csv --kernel polynomial --bandwidth 1", &["--bandwidth is for"]);
}
