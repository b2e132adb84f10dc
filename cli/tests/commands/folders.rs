//! Folders of files as one sample.
#![allow(clippy::float_cmp)] // the same rows give the same bits, whichever way they come

use crate::common::Place;
use serde_json::Value;
use std::fmt::Write;

const ASKED: &str = "--metrics frechet,sliced_w2 --no-baseline --permutations 0 --seed 3";

/// Rows of two columns, numbered from one number to another.
fn rows(range: std::ops::Range<u32>, shift: f64) -> String {
    range.fold(String::new(), |mut text, i| {
        let angle = f64::from(i) * 0.7;
        writeln!(text, "{},{}", angle.sin() + shift, (1.3 * angle).cos() * 2.0 + 0.01 * f64::from(i)).unwrap();
        text
    })
}

fn npy(text: &str) -> Vec<u8> {
    let numbers: Vec<f64> = text.split([',', '\n']).filter_map(|word| word.parse().ok()).collect();
    fenchel::io::to_npy(ndarray::Array2::from_shape_vec((numbers.len() / 2, 2), numbers).unwrap().view())
}

/// Two samples as files, and as folders of three parts each.
fn place() -> Place {
    let place = Place::new(&[]);
    for (name, shift) in [("real", 0.0), ("fake", 0.25)] {
        std::fs::write(place.path(&format!("{name}.csv")), format!("x,y\n{}", rows(0..90, shift))).unwrap();
        for folder in ["csv", "npy"] {
            std::fs::create_dir(place.path(&format!("{name}_{folder}"))).unwrap();
        }
        for (part, range) in [("a", 0..40), ("b", 40..41), ("c", 41..90)] {
            let text = rows(range, shift);
            std::fs::write(place.path(&format!("{name}_csv/{part}.csv")), format!("x,y\n{text}")).unwrap();
            std::fs::write(place.path(&format!("{name}_npy/{part}.npy")), npy(&text)).unwrap();
        }
        std::fs::write(place.path(&format!("{name}_csv/_SUCCESS")), "").unwrap();
        std::fs::write(place.path(&format!("{name}_csv/.a.csv.crc")), "crc").unwrap();
    }
    place
}

fn values(answer: &Value) -> Vec<f64> {
    answer["results"].as_array().unwrap().iter().map(|row| row["value"].as_f64().unwrap()).collect()
}

#[test]
fn a_folder_of_parts_is_the_file_of_all_rows() {
    let place = place();
    for command in [
        format!("score REAL FAKE {ASKED}"),
        "estimate REAL FAKE --kind kl --estimator gaussian,knn --seed 3".to_owned(),
    ] {
        let of = |real: &str, fake: &str| values(&place.json(&command.replace("REAL", real).replace("FAKE", fake)));
        let whole = of("real.csv", "fake.csv");
        assert!(!whole.is_empty());
        for folder in ["csv", "npy"] {
            assert_eq!(of(&format!("real_{folder}"), &format!("fake_{folder}")), whole, "{command} of {folder}");
        }
    }
}

#[test]
fn a_folder_is_streamed_by_its_whole_size() {
    let place = place();
    let asked = "--metrics frechet,sliced_w2 --seed 3";
    let whole = place.json(&format!("score real.csv fake.csv {asked} --memory 100"));
    let memory = values(&place.json(&format!("score real.csv fake.csv {ASKED}")));
    for folder in ["csv", "npy"] {
        // less than the folders hold, and more than any file of them
        let size = if folder == "csv" { 4000 } else { 2000 };
        let ran = place.run(&format!("score real_{folder} fake_{folder} {asked} --memory {size}"));
        assert!(ran.stdout.contains("90 real and 90 generated samples in 2 dimensions, read once"), "{}", ran.stdout);
        let streamed = place.json(&format!("score real_{folder} fake_{folder} {asked} --memory {size}"));
        for (one, other) in values(&streamed).iter().zip(values(&whole)) {
            assert!((one - other).abs() <= 1e-9 * other.abs(), "{one} is not {other}");
        }
        let (one, other) = (values(&streamed)[0], memory[0]);
        assert!((one - other).abs() <= 1e-9 * other.abs(), "{one} is not {other}");
    }
}

#[test]
fn what_is_not_one_sample_is_refused_with_its_names() {
    let place = place();
    let write = |name: &str, text: &str| std::fs::write(place.path(name), text).unwrap();
    for memory in ["", " --memory 1"] {
        let refused = |words: &[&str]| place.refused(&format!("score real_csv fake.csv {ASKED}{memory}"), words);
        write("real_csv/d.csv", "x,z\n1,2\n");
        refused(&["real_csv/a.csv", "real_csv/d.csv", "x,z"]);
        write("real_csv/d.csv", "x,y,z\n1,2,3\n");
        refused(&["real_csv/a.csv", "real_csv/d.csv", "3"]);
        write("real_csv/d.csv", "");
        refused(&["real_csv/d.csv", "empty"]);
        write("real_csv/d.csv", "x,y\n1,2\n1,many\n");
        refused(&["real_csv/d.csv", "many"]);
        std::fs::remove_file(place.path("real_csv/d.csv")).unwrap();
        std::fs::write(place.path("real_csv/d.npy"), npy("1,2\n")).unwrap();
        refused(&["real_csv/d.npy", "real_csv/a.csv"]);
        assert_eq!(place.run(&format!("score real_csv fake.csv {ASKED}{memory} --format csv")).code, 0);
        std::fs::remove_file(place.path("real_csv/d.npy")).unwrap();
        write("real_csv/notes", "what this is");
        refused(&["real_csv/notes", "no known format"]);
        std::fs::remove_file(place.path("real_csv/notes")).unwrap();
        std::fs::create_dir(place.path("real_csv/deeper")).unwrap();
        refused(&["real_csv/deeper", "no ordinary file"]);
        std::fs::remove_dir(place.path("real_csv/deeper")).unwrap();
    }
    std::fs::create_dir(place.path("none")).unwrap();
    std::fs::write(place.path("none/_SUCCESS"), "").unwrap();
    place.refused(&format!("score none fake.csv {ASKED}"), &["none", "without files"]);
}
