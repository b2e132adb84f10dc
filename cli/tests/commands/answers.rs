//! The answers of the commands, for programs and for people.
#![allow(clippy::float_cmp)] // numbers are to read back to the same f64

use crate::common::{Place, keys, named};
use serde_json::Value;

const P: (&str, &str) = ("p.csv", "0.5,0.25,0.25\n");
const Q: (&str, &str) = ("q.txt", "mass\n0.25\n0.25\n0.5\n");
/// Two clouds of which the second is the first, moved by (3, 4): W2 is 5, W1 is 5.
const X: (&str, &str) = ("x.csv", "a,b\n0,0\n1,0\n0,2\n");
const Y: (&str, &str) = ("y.tsv", "3\t4\n4\t4\n3\t6\n");

fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        Some(other) => panic!("`{other}` is no number"),
        None => value.as_f64().expect("a number"),
    }
}

#[test]
fn divergences_with_their_duals() {
    let place = Place::new(&[P, Q]);
    let json = place.json("divergence p.csv q.txt --kind kl,tv,hellinger2,renyi:2");
    assert_eq!(keys(&json), ["results", "warnings"]);
    assert_eq!(json["results"].as_array().unwrap().len(), 4);
    let kl = named(&json, "kl");
    assert_eq!(keys(kl), ["dual", "gap", "name", "unit", "value"]);
    // (1/2) ln 2 + (1/4) ln (1/2) = ln 2 / 4
    assert!((number(&kl["value"]) - 2f64.ln() / 4.0).abs() < 1e-16);
    assert!((number(&kl["dual"]) - number(&kl["value"])).abs() == number(&kl["gap"]));
    assert!(number(&kl["gap"]) < 1e-15);
    assert_eq!(kl["unit"], "nats");
    assert_eq!((number(&named(&json, "tv")["value"]), named(&json, "tv")["unit"].as_str()), (0.25, Some("1")));
    // ln (sum p^2/q) = ln (1 + 1/4 + 1/8)
    assert!((number(&named(&json, "renyi:2")["value"]) - 1.375f64.ln()).abs() < 1e-15);
}

#[test]
fn every_divergence_has_a_name_and_none_is_nan() {
    let place = Place::new(&[P, Q, ("one.csv", "1,0,0")]);
    let all = place.json("divergence p.csv q.txt");
    let names = "kl reverse_kl jeffreys jsd js_weighted pearson neyman hellinger2 tv le_cam alpha renyi tsallis \
                 k_divergence arithmetic_geometric hockey_stick gan bhattacharyya";
    for name in names.split_whitespace() {
        let is = |row: &&Value| row["name"].as_str().unwrap().split(':').next() == Some(name);
        assert!(all["results"].as_array().unwrap().iter().any(|row| is(&row)), "{name}");
    }
    for row in place.json("divergence p.csv one.csv --kind all")["results"].as_array().unwrap() {
        for key in ["value", "dual", "gap"] {
            assert!(!number(&row[key]).is_nan());
        }
    }
    let kl = place.json("divergence p.csv one.csv --kind kl");
    assert_eq!((&named(&kl, "kl")["value"], &named(&kl, "kl")["gap"]), (&Value::from("inf"), &Value::from(0.0)));
    for row in place.json("divergence p.csv p.csv")["results"].as_array().unwrap() {
        if row["name"] != "gan" {
            assert_eq!(number(&row["value"]), 0.0, "{row}");
        }
    }
}

#[test]
fn bits_are_for_information_only() {
    let place = Place::new(&[P, Q]);
    let json = place.json("divergence p.csv q.txt --kind kl,pearson --bits");
    assert_eq!((number(&named(&json, "kl")["value"]), named(&json, "kl")["unit"].as_str()), (0.25, Some("bits")));
    let nats = place.json("divergence p.csv q.txt --kind pearson");
    assert_eq!(named(&json, "pearson"), named(&nats, "pearson"));
}

/// Two tables of laws, the second without the last of the first.
const LAWS: (&str, &str) = ("laws.csv", "a,b\n0.5,0.5\n0.25,0.75\n1,0\n");
const FEWER: (&str, &str) = ("fewer.tsv", "0.5\t0.5\n0.25\t0.75\n");

#[test]
fn all_pairs_of_two_tables() {
    let place = Place::new(&[LAWS, FEWER, ("p.csv", "0.25,0.75"), ("q.csv", "0.5,0.5")]);
    let json = place.json("divergence laws.csv fewer.tsv --pairwise --kind jsd,kl");
    let (jsd, kl) = (named(&json, "jsd"), named(&json, "kl"));
    assert_eq!(keys(jsd), ["dual", "gap", "name", "unit", "value"]);
    assert_eq!((jsd["value"].as_array().unwrap().len(), jsd["value"][0].as_array().unwrap().len()), (3, 2));
    // row 1 of the first against row 0 of the second, as by themselves
    let alone = place.json("divergence p.csv q.csv --kind jsd,kl");
    assert_eq!(jsd["value"][1][0], named(&alone, "jsd")["value"]);
    assert_eq!(kl["dual"][1][0], named(&alone, "kl")["dual"]);
    assert_eq!((number(&jsd["value"][0][0]), number(&kl["value"][1][1])), (0.0, 0.0));
    assert_eq!(number(&kl["value"][2][0]), 2f64.ln());
    assert!(number(&jsd["gap"]) < 1e-15);
    let against_one = place.json("divergence laws.csv laws.csv --pairwise --kind kl --bits");
    assert_eq!(against_one["results"][0]["value"][0][2], Value::from("inf"));
    assert_eq!(
        (number(&against_one["results"][0]["value"][2][0]), &against_one["results"][0]["unit"]),
        (1.0, &"bits".into())
    );
    // jsd unless told otherwise, and a table for people
    assert_eq!(place.json("divergence laws.csv laws.csv --pairwise")["results"].as_array().unwrap().len(), 1);
    let text = place.run("divergence laws.csv laws.csv --pairwise").stdout;
    assert!(text.starts_with("jsd: 3 x 3, from 0 to 0.") && text.lines().count() == 5, "{text}");
}

#[test]
fn the_matrix_of_all_pairs_goes_into_a_file() {
    let place = Place::new(&[LAWS, ("counts.csv", "2,2\n1,3\n7,0\n")]);
    let json = place.json("divergence laws.csv counts.csv --pairwise --kind tv --normalize --out tv.csv");
    assert_eq!(
        std::fs::read_to_string(place.path("tv.csv")).unwrap(),
        "row 0,row 1,row 2\n0.0,0.25,0.5\n0.25,0.0,0.75\n0.5,0.75,0.0\n"
    );
    assert_eq!(json["results"][0]["value"][1][2], Value::from(0.75));
    place.json("divergence laws.csv laws.csv --pairwise --out jsd.npy --threads 1");
    let once = std::fs::read(place.path("jsd.npy")).unwrap();
    assert!(once.starts_with(b"\x93NUMPY"));
    place.json("divergence laws.csv laws.csv --pairwise --out jsd.npy --threads 2");
    assert_eq!(std::fs::read(place.path("jsd.npy")).unwrap(), once);
}

#[test]
fn counts_are_normalised_on_request() {
    let place = Place::new(&[P, Q, ("p10.csv", "10,5,5"), ("q4.csv", "1;1;2")]);
    assert_eq!(place.json("divergence p10.csv q4.csv --normalize"), place.json("divergence p.csv q.txt"));
}

#[test]
fn numbers_read_back() {
    let place = Place::new(&[("p.csv", "0.1,0.2,0.7"), ("q.csv", "0.3,0.3,0.4")]);
    let ran = place.run("divergence p.csv q.csv --kind kl --json");
    // the shortest decimal that reads back to this f64, so printing a number that was read gives the same text
    let text = ran.stdout.split("\"value\":").nth(1).unwrap().split(',').next().unwrap();
    let value: f64 = text.parse().unwrap();
    assert_eq!(format!("{value:?}"), text);
    let exact = 0.1f64 * (0.1f64 / 0.3).ln() + 0.2 * (0.2f64 / 0.3).ln() + 0.7 * (0.7f64 / 0.4).ln();
    assert!((value - exact).abs() < 1e-15);
}

#[test]
fn transport_of_a_translation() {
    let place = Place::new(&[X, Y]);
    let json = place.json("transport x.csv y.tsv");
    let row = &json["results"][0];
    for key in "method cost value distance primal dual gap marginal_error status iterations seconds".split_whitespace()
    {
        assert!(row.get(key).is_some(), "{key} is not in {row}");
    }
    assert!((number(&row["value"]) - 25.0).abs() < 1e-12 && (number(&row["distance"]) - 5.0).abs() < 1e-12);
    assert!(number(&row["gap"]) < 1e-9 && number(&row["marginal_error"]) < 1e-12);
    assert_eq!((row["cost"].as_str(), row["status"].as_str()), (Some("sqeuclidean"), Some("converged")));
    let w1 = place.json("transport x.csv y.tsv --cost euclidean --method exact");
    assert!((number(&w1["results"][0]["value"]) - 5.0).abs() < 1e-12);
    let sinkhorn = place.json("transport x.csv y.tsv --method sinkhorn --epsilon 0.1");
    let row = &sinkhorn["results"][0];
    assert!(number(&row["dual"]) <= 25.0 + 1e-9 && 25.0 - 1e-9 <= number(&row["primal"]), "{row}");
    assert_eq!(number(&row["epsilon"]), 0.1);
    // of a translation by t, the sliced distance is |t|/sqrt(d)
    let sliced = place.json("transport x.csv y.tsv --method sliced --projections 4000 --seed 3");
    let row = &sliced["results"][0];
    assert!((number(&row["value"]) - 12.5).abs() < 4.0 * number(&row["std_error"]), "{row}");
    assert!(row["primal"].is_null());
}

#[test]
fn transport_with_masses_and_a_matrix() {
    let place = Place::new(&[
        ("costs.csv", "8,6,10\n9,12,13\n14,9,16\n"),
        ("supply.txt", "20\n30\n25\n"),
        ("demand.txt", "10 35 30"),
        ("share.txt", "20 70 60"),
        ("line.csv", "0\n1\n2\n"),
    ]);
    let json = place.json("transport --cost-matrix costs.csv --weights-x supply.txt --weights-y demand.txt");
    let row = &json["results"][0];
    assert_eq!(number(&row["value"]), 735.0);
    assert!(row["distance"].is_null());
    let shares =
        place.json("transport --cost-matrix costs.csv --weights-x supply.txt --weights-y share.txt --normalize");
    assert!((number(&shares["results"][0]["value"]) - 735.0 / 75.0).abs() < 1e-12);
    // totals of clouds need not be one either: moving 30 and 25 by one each
    let line = place.json("transport line.csv line.csv --cost euclidean --weights-x supply.txt --weights-y demand.txt");
    assert!((number(&line["results"][0]["value"]) - 15.0).abs() < 1e-12, "{line}");
}

#[test]
fn plans_and_figures_are_written() {
    let place = Place::new(&[X, Y]);
    for name in ["plan.csv", "plan.npy", "plan.npz"] {
        place.json(&format!("transport x.csv y.tsv --plan {name}"));
    }
    let csv = std::fs::read_to_string(place.path("plan.csv")).unwrap();
    let mut rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.remove(0), "row,column,mass");
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.split(',').next() == row.split(',').nth(1)), "a translation: {csv}");
    // a written plan can be read again: the plan of masses 1/3 sums to one, so as one line it is a law
    let json = place.json("transport --cost-matrix plan.npz:plan");
    assert_eq!(json["results"][0]["status"], "converged");
    place.json("transport x.csv y.tsv --figure plan.svg");
    place.json("transport x.csv y.tsv --figure plan.png");
    assert!(std::fs::read_to_string(place.path("plan.svg")).unwrap().starts_with("<svg"));
    assert!(std::fs::read(place.path("plan.png")).unwrap().starts_with(b"\x89PNG"));
    let left: Vec<_> = std::fs::read_dir(place.folder()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{left:?}");
}

/// Two samples of 40 points on a line, the second shifted by `shift`.
fn samples(shift: f64) -> String {
    (0..40)
        .map(|i| format!("{:?},{:?}\n", f64::from(i * 7 % 40) / 40.0 + shift, f64::from(i * 11 % 40) / 40.0))
        .collect()
}

#[test]
fn scores_with_their_uncertainty() {
    let place = Place::new(&[("real.csv", &samples(0.0)), ("near.csv", &samples(0.01)), ("far.csv", &samples(5.0))]);
    let json = place.json("score real.csv far.csv --permutations 99 --out scores");
    let names: Vec<&str> =
        json["results"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    for name in ["frechet", "kid", "mmd", "energy", "precision", "recall", "density", "coverage", "vendi"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    let energy = named(&json, "energy");
    let all = "name value std_error interval p_value baseline n m dimension parameters";
    for key in all.split_whitespace() {
        assert!(energy.get(key).is_some(), "{key} is not in {energy}");
    }
    assert_eq!(number(&energy["p_value"]), 0.01, "(1 + 0)/(1 + 99)");
    assert!(energy["interval"].as_array().unwrap().len() == 2);
    assert_eq!(
        (energy["n"].as_u64(), energy["m"].as_u64(), energy["dimension"].as_u64()),
        (Some(40), Some(40), Some(2))
    );
    assert_eq!(number(&named(&json, "precision")["value"]), 0.0);
    let near = place.json("score real.csv near.csv --metrics energy --permutations 99");
    assert!(number(&named(&near, "energy")["value"]) < 1e-3 * number(&energy["value"]));

    // the folder holds the same numbers
    let kept: Value = serde_json::from_slice(&std::fs::read(place.path("scores/scores.json")).unwrap()).unwrap();
    assert_eq!(kept, json);
    assert!(std::fs::read_to_string(place.path("scores/scores.csv")).unwrap().starts_with("name,value,std_error"));
    assert!(std::fs::read_to_string(place.path("scores/index.html")).unwrap().contains("energy"));
}

/// Files that are larger than they may be are read in blocks, and the scores that need no more are those of the whole samples.
#[test]
fn files_beyond_the_memory_that_is_allowed_are_streamed() {
    let place = Place::new(&[("real.csv", &samples(0.0)), ("far.csv", &samples(5.0)), ("wide.csv", "1,2,3\n4,5,6\n")]);
    let whole = place.json("score real.csv far.csv --metrics frechet,sliced_w2 --no-baseline");
    let streamed = place.json("score real.csv far.csv --memory 100");
    let value = |json: &Value, name: &str| number(&named(json, name)["value"]);
    let frechet = value(&whole, "frechet");
    assert!((value(&streamed, "frechet") - frechet).abs() < 1e-9 * frechet);
    // as many rows as a sketch keeps: nothing is forgotten, and only the directions are others
    let sliced = value(&whole, "sliced_w2");
    assert!((value(&streamed, "sliced_w2") - sliced).abs() < 0.2 * sliced);
    assert_eq!((value(&streamed, "ks:1"), value(&streamed, "copies_across")), (1.0, 0.0));
    assert!((value(&streamed, "w1:1") - 5.0).abs() < 1e-9 && value(&streamed, "jsd:2").abs() < 1e-9);
    assert!(streamed["inputs"][1]["rows"] == 40 && streamed["inputs"][1]["columns"] == 2);
    // neither the number of threads nor a smaller limit changes a bit
    let bits = |options: &str| place.run(&format!("score real.csv far.csv --json {options}")).stdout;
    assert_eq!(bits("--memory 100 --threads 1"), bits("--memory 1 --threads 2"));
    for (command, words) in [
        ("score real.csv far.csv far.csv --memory 100", ["several generators", "--memory"]),
        ("score real.csv far.csv --memory 100 --scale", ["--scale", "--memory"]),
        ("score real.csv wide.csv --memory 10", ["2 columns", "has 3"]),
        ("score real.csv far.csv --memory 10 --metrics fid,energy", ["energy need", "--memory"]),
    ] {
        place.refused(command, &words);
    }
    let names = |metrics: &str| {
        let json = place.json(&format!("score real.csv far.csv --memory 10 --metrics {metrics}"));
        json["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("sliced_w2,frechet"), ["frechet", "sliced_w2"]);
    assert_eq!(names("mmd,ks"), ["mmd", "ks:1", "w1:1", "jsd:1", "ks:2", "w1:2", "jsd:2"]);
    // so few rows are all drawn
    let pairs = |memory: &str| {
        let json = place.json(&format!("score real.csv far.csv --metrics associations --permutations 99 {memory}"));
        assert!(json.get("columns").is_none());
        (json["associations"].clone(), named(&json, "associations").clone())
    };
    assert_eq!(pairs("--memory 10"), pairs(""));
}

/// What takes long is said before it is computed, with what makes it shorter; what does not is not.
#[test]
fn scores_that_take_long_are_announced() {
    let rows = |n: usize, shift: usize| -> String {
        (0..n).map(|i| format!("{},{}\n", (i * 37 + shift) % 1009, (i * i + shift) % 997)).collect()
    };
    let place = Place::new(&[
        ("real.csv", &rows(4000, 0)),
        ("fake.csv", &rows(4000, 5)),
        ("few.csv", &rows(40, 0)),
        ("more.csv", &rows(40, 5)),
    ]);
    let said = place.run("score real.csv fake.csv --time-limit 0").stderr;
    for words in
        ["most of all mmd_agg", "of one core's work", "--metrics", "--no-baseline", "--permutations", "--time-limit"]
    {
        assert!(said.contains(words), "{words} is not in {said}");
    }
    for quiet in ["few.csv more.csv", "real.csv fake.csv --metrics frechet", "real.csv fake.csv --quiet"] {
        let said = place.run(&format!("score {quiet} --time-limit 0")).stderr;
        assert!(!said.contains("one core"), "{quiet}: {said}");
    }
}

/// One table with ranks; the differences within their errors are marked, and every row says whose it is.
#[test]
fn several_generators_are_ranked() {
    let place = Place::new(&[("real.csv", &samples(0.0)), ("near.csv", &samples(0.01)), ("far.csv", &samples(5.0))]);
    let command = "score real.csv far.csv near.csv real.csv --metrics energy,recall --permutations 9";
    let json = place.json(&format!("{command} --out scores"));
    let rows = json["results"].as_array().unwrap();
    let whose: Vec<&str> = rows.iter().map(|row| row["generated"].as_str().unwrap()).collect();
    assert_eq!(whose, ["far.csv", "far.csv", "near.csv", "near.csv", "real.csv", "real.csv"]);
    // a reader can make the answer again
    let inputs = json["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), 4);
    assert!(inputs[0]["role"] == "real" && inputs[1]["file"] == "far.csv" && inputs[1]["rows"] == 40);
    assert!(inputs[0]["sha256"].as_str().unwrap().len() == 64 && inputs[0]["sha256"] == inputs[3]["sha256"]);
    assert!(json["seed"] == 0 && json["version"].is_string());
    let shown = place.run(command).stdout;
    let energy: Vec<&str> = shown.lines().filter(|line| line.trim_start().starts_with("energy")).collect();
    assert!(
        energy.len() == 1 && energy[0].contains("(3)") && energy[0].contains("(2=)") && energy[0].contains("(1)"),
        "{shown}"
    );
    for (file, word) in [("scores.md", "**near.csv**"), ("scores.tex", "\\toprule"), ("scores.csv", ",generated")] {
        let text = std::fs::read_to_string(place.path(&format!("scores/{file}"))).unwrap();
        assert!(text.contains(word), "{word} is not in {text}");
    }
}

#[test]
fn columns_in_other_units_count_alike_once_they_are_scaled() {
    let in_metres = |text: &str| {
        let rows = text.lines().map(|line| line.split_once(',').unwrap());
        rows.map(|(a, b)| format!("{a},{}\n", 1000.0 * b.parse::<f64>().unwrap())).collect::<String>()
    };
    let (real, far) = (samples(0.0), samples(0.3));
    let files =
        [("real.csv", &*real), ("far.csv", &far), ("m.csv", &in_metres(&real)), ("far_m.csv", &in_metres(&far))];
    let place = Place::new(&files);
    let value = |command: &str| number(&named(&place.json(command), "energy")["value"]);
    let (plain, metres) = (
        value("score real.csv far.csv --metrics energy --scale"),
        value("score m.csv far_m.csv --metrics energy --scale"),
    );
    assert!((plain - metres).abs() < 1e-12 * plain, "{plain} {metres}");
    assert!(value("score m.csv far_m.csv --metrics energy") < 0.1 * metres);
}

#[test]
fn scores_that_are_done_are_printed_when_time_is_up() {
    let place = Place::new(&[("real.csv", &samples(0.0)), ("far.csv", &samples(5.0))]);
    let ran = place.run("score real.csv far.csv --time-limit 0 --json");
    assert_eq!(ran.code, 1);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(
        json["results"].as_array().unwrap().is_empty() && ran.stderr.contains("stopped before all"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_same_seed_gives_the_same_numbers_for_any_threads() {
    let place = Place::new(&[("real.csv", &samples(0.0)), ("far.csv", &samples(0.3))]);
    let once = place.run("score real.csv far.csv --json --seed 5 --threads 1");
    assert_eq!(once.stdout, place.run("score real.csv far.csv --json --seed 5 --threads 2").stdout);
    assert_ne!(once.stdout, place.run("score real.csv far.csv --json --seed 6").stdout);
}

#[test]
fn tables_for_people() {
    let place = Place::new(&[P, Q, X, Y]);
    let ran = place.run("divergence p.csv q.txt --kind kl,tv --bits");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[0].starts_with("divergence") && lines[1].contains("0.25") && lines[1].ends_with("bits"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains('\x1b'), "no colour where there is no terminal");
    let ran = place.run("transport x.csv y.tsv");
    assert!(ran.stdout.contains("primal (upper bound)") && ran.stdout.contains("converged"), "{}", ran.stdout);
}

/// What could not be printed is not done; a reader that has seen enough is.
#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_printed_is_lost() {
    use std::fs::OpenOptions;
    use std::process::Stdio;
    let place = Place::new(&[P, Q]);
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let lost = place.command("divergence p.csv q.txt --json").stdout(full()).output().unwrap();
    assert_eq!(lost.status.code(), Some(1));
    assert!(String::from_utf8(lost.stderr).unwrap().contains("could not be printed"));
    let silent = place.command("divergence p.csv none.csv").stderr(full()).output().unwrap();
    assert_eq!(silent.status.code(), Some(2));
    let mut child = place.command("divergence p.csv q.txt").stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn names_asked_for_twice_are_answered_once() {
    let place = Place::new(&[P, Q, ("real.csv", &samples(0.0))]);
    let json = place.json("divergence p.csv q.txt --kind kl,tv,kl,all");
    let names: Vec<&str> =
        json["results"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    let once: std::collections::BTreeSet<&str> = names.iter().copied().collect();
    assert!(names.len() == once.len() && names[..2] == ["kl", "tv"], "{names:?}");
    let json = place.json("score real.csv real.csv --metrics energy,energy --permutations 0");
    assert_eq!(json["results"].as_array().unwrap().len(), 1);
}

/// The conventions of another program change the scores that it has, and no others.
#[test]
fn scores_as_another_program_has_them() {
    let place = Place::new(&[("real.csv", &samples(0.1)), ("far.csv", &samples(0.3))]);
    let ask = "score real.csv far.csv --metrics energy,precision,vendi --permutations 0 --vendi-kernel gaussian";
    let ours = place.json(ask);
    let theirs = |name| place.json(&format!("{ask} --compat {name}"));
    let value = |json: &Value, name| number(&named(json, name)["value"]);
    let scipy = theirs("scipy");
    assert_eq!(value(&scipy, "energy"), value(&ours, "energy").sqrt());
    assert_eq!(named(&scipy, "precision"), named(&ours, "precision"));
    let torch = theirs("torch-fidelity");
    assert_eq!(named(&torch, "energy"), named(&ours, "energy"));
    let says = |json: &Value| named(json, "precision")["parameters"].as_str().unwrap().to_owned();
    assert!(says(&ours).starts_with("k = 5, open balls") && says(&torch).starts_with("k = 3, closed balls"));
    // the cosine of all rows; without either, the cosine of as many as the smaller sample has
    let cosine = place.json("score real.csv far.csv --metrics vendi --permutations 0");
    assert!(value(&theirs("vendi-score"), "vendi") != value(&ours, "vendi"));
    assert_eq!(value(&theirs("vendi-score"), "vendi"), value(&cosine, "vendi"));
    let common = place.json("score real.csv far.csv --metrics vendi --permutations 0 --q inf");
    assert!(value(&common, "vendi") < value(&cosine, "vendi"));
    assert_eq!(theirs("prdc"), ours);

    // a cosine needs a direction
    let origin = Place::new(&[("real.csv", &samples(0.1)), ("zero.csv", "1,1\n0,0\n")]);
    origin.refused(
        "score real.csv zero.csv --metrics vendi --compat vendi-score",
        &["generated = zero.csv", "row 1 of generated"],
    );
}

/// With few rows `all` asks only the estimators that can answer.
#[test]
fn all_scores_of_three_rows() {
    let place = Place::new(&[X, ("z.csv", "0,0\n1,1\n2,1\n")]);
    let json = place.json("score x.csv z.csv --metrics all --permutations 0");
    let names: Vec<&str> =
        json["results"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"energy") && !names.contains(&"precision") && !names.contains(&"kl_knn"), "{names:?}");
}

#[test]
fn help_teaches() {
    let place = Place::new(&[]);
    let help = place.run("--help");
    assert_eq!(help.code, 0);
    assert!(help.stdout.contains("Examples:") && help.stdout.contains("Exit status"));
    for command in ["divergence", "estimate", "transport", "barycenter", "gromov", "score", "train"] {
        assert!(help.stdout.contains(command), "{command}");
        let help = place.run(&format!("{command} --help"));
        assert_eq!(help.code, 0);
        for word in ["Examples:", &format!("fenchel {command}"), "--json", "--seed", "--threads", "--quiet"] {
            assert!(help.stdout.contains(word), "{command}: {word}");
        }
    }
    assert!(place.run("--version").stdout.starts_with("fenchel "));
}
