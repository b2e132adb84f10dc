//! Scores against a training sample, scores that test, and files of moments.
#![allow(clippy::float_cmp)]

use crate::common::{Place, named};
use fenchel::measure::Gaussian;
use fenchel::numeric::stream;
use ndarray::{Array2, array};

/// Normal rows of a stream of their own.
fn rows(shift: f64, task: u64) -> String {
    let law = Gaussian::univariate(shift, 1.0).unwrap();
    let numbers = law.sample(120, &mut stream(1, task)).unwrap();
    let pairs: Vec<f64> = numbers.iter().copied().collect();
    pairs.chunks(2).map(|pair| format!("{:?},{:?}\n", pair[0], pair[1])).collect()
}

#[test]
fn a_copy_of_the_training_sample_is_told() {
    let train = rows(0.0, 0);
    let place = Place::new(&[("train.csv", &train), ("real.csv", &rows(0.0, 1)), ("fresh.csv", &rows(0.0, 2))]);
    std::fs::write(place.path("copy.csv"), &train).unwrap();
    let ask = |generated: &str| {
        place.json(&format!(
            "score real.csv {generated} --train train.csv --metrics copies,dcr,C_T,fld --permutations 99"
        ))
    };
    let (copied, fresh) = (ask("copy.csv"), ask("fresh.csv"));
    let number = |json, name, key: &str| named(json, name)[key].as_f64().unwrap();
    assert_eq!((number(&copied, "copies", "value"), number(&fresh, "copies", "value")), (1.0, 0.0));
    for name in ["copies", "dcr", "ct"] {
        assert!(number(&copied, name, "p_value") <= 0.01, "{copied}");
        assert!(number(&fresh, name, "p_value") > 0.01, "{fresh}");
    }
    assert!(number(&copied, "fld", "value") > number(&fresh, "fld", "value") + 30.0, "{copied} {fresh}");
    place.refused("score real.csv fresh.csv --metrics ct", &["training sample"]);
    // they are part of all scores where there is a training sample, and said on the page
    let ran = place.run("score real.csv copy.csv --train train.csv --permutations 99 --out page");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let page = std::fs::read_to_string(place.path("page/index.html")).unwrap();
    for name in ["Memorisation", "authenticity", "copies", "dcr", "ct", "fld"] {
        assert!(page.contains(&format!(">{name}<")), "{name}");
    }
    assert!(page.contains("too close to training samples: dcr"));
}

#[test]
fn tests_of_equality() {
    let place = Place::new(&[("x.csv", &rows(0.0, 0)), ("y.csv", &rows(0.0, 1)), ("z.csv", &rows(1.5, 3))]);
    let ask = |file: &str| {
        place.json(&format!(
            "score x.csv {file} --metrics mmdagg,c2st,c2st_auc,c2st_logistic,c2st_logistic_auc --permutations 199"
        ))
    };
    let (same, apart) = (ask("y.csv"), ask("z.csv"));
    for name in ["mmd_agg", "c2st", "c2st_auc", "c2st_logistic", "c2st_logistic_auc"] {
        let p = |json| named(json, name)["p_value"].as_f64().unwrap();
        assert!(p(&apart) <= 0.01 && p(&same) > 0.02, "{name}: {same} {apart}");
    }
}

#[test]
fn moments_stand_for_samples() {
    let place = Place::new(&[("x.csv", "0,0\n2,0\n0,4\n2,4\n")]);
    let write = |name: &str, mu: Array2<f64>, sigma: Array2<f64>| {
        let bytes = fenchel::io::to_npz(&[("mu", mu.view()), ("sigma", sigma.view())]);
        std::fs::write(place.path(name), bytes).unwrap();
    };
    write("real.npz", array![[0.0, 0.0]], array![[1.0, 0.0], [0.0, 4.0]]);
    write("fake.npz", array![[3.0, 0.0]], array![[4.0, 0.0], [0.0, 1.0]]);
    let json = place.json("score real.npz fake.npz --metrics frechet");
    let found = named(&json, "frechet");
    // 3² + (1 - 2)² + (2 - 1)²
    assert!((found["value"].as_f64().unwrap() - 11.0).abs() < 1e-12, "{json}");
    assert!(found["interval"].is_null() && found["p_value"].is_null() && found["n"] == 0);
    assert!(json["warnings"][0].as_str().unwrap().contains("of how many rows"), "{json}");
    // one of the two may be samples: mean (1, 2), variances 4/3 and 16/3
    let json = place.json("score x.csv fake.npz --metrics fid --compat pytorch-fid");
    let (a, b) = ((4f64 / 3.0).sqrt(), (16f64 / 3.0).sqrt());
    let expected = 4.0 + 4.0 + (a - 2.0).powi(2) + (b - 1.0).powi(2);
    assert!((named(&json, "frechet")["value"].as_f64().unwrap() - expected).abs() < 1e-9, "{json}");
    assert_eq!((named(&json, "frechet")["n"].as_u64(), named(&json, "frechet")["m"].as_u64()), (Some(4), Some(0)));
    place.refused("score real.npz fake.npz --metrics energy", &["real.npz", "no samples", "frechet"]);
    place.refused("score real.npz fake.npz --scale", &["--scale", "real.npz"]);
    write("wide.npz", array![[0.0, 0.0, 0.0]], Array2::eye(3));
    place.refused("score real.npz wide.npz --metrics frechet", &["real.npz", "wide.npz", "3"]);
    write("broken.npz", array![[0.0, 0.0]], array![[1.0, 2.0], [2.0, 1.0]]);
    place.refused("score real.npz broken.npz --metrics frechet", &["broken.npz", "eigenvalue"]);
}

#[test]
fn kid_over_subsets_by_the_streams_of_other_programs() {
    let place = Place::new(&[("x.csv", &rows(0.0, 0)), ("y.csv", &rows(0.5, 1))]);
    let says = |options: &str| {
        let json = place.json(&format!("score x.csv y.csv --metrics kid --permutations 0 {options}"));
        named(&json, "kid")["parameters"].as_str().unwrap().to_owned()
    };
    assert!(says("").contains("all pairs"));
    assert!(says("--kid-subsets 7x20 --seed 5").contains("mean of 7 subsets of 20 rows"));
    assert!(says("--compat torch-fidelity").contains("subsets of 60 rows"));
    place.refused("score x.csv y.csv --kid-subsets 0x9", &["COUNTxROWS"]);
    place.refused("score x.csv y.csv --metrics kid --compat clean-fid --seed 4294967296", &["seed", "4294967295"]);
}
