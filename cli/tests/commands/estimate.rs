//! `fenchel estimate`: the table, the JSON, the verdicts and the figure.

use crate::common::{Place, keys};
use fenchel::measure::Gaussian;
use fenchel::numeric::stream;
use ndarray::Array2;
use serde_json::Value;
use std::collections::BTreeSet;

/// 400 draws of `N(shift, 1)`.
fn draws(shift: f64, k: u64) -> Array2<f64> {
    Gaussian::univariate(shift, 1.0).unwrap().sample(400, &mut stream(0, k)).unwrap()
}

fn csv(rows: &Array2<f64>) -> String {
    rows.iter().map(|x| format!("{x:?}\n")).collect()
}

/// `p` and `same` are of one law, `q` is of another.
fn place() -> Place {
    let [p, same, q] = [draws(0.0, 1), draws(0.0, 2), draws(1.0, 3)].map(|rows| csv(&rows));
    Place::new(&[("p.csv", &p), ("same.csv", &same), ("q.csv", &q)])
}

fn rows(json: &Value) -> &Vec<Value> {
    json["results"].as_array().unwrap()
}

fn row<'a>(json: &'a Value, name: &str, estimator: &str) -> &'a Value {
    let found = rows(json).iter().find(|row| row["name"] == name && row["estimator"] == estimator);
    found.unwrap_or_else(|| panic!("no {name} by {estimator} in {json}"))
}

fn lower(row: &Value) -> f64 {
    row["interval"][0].as_f64().unwrap()
}

#[test]
fn all_estimators_come_close_to_a_known_divergence() {
    let json = place().json("estimate p.csv q.csv");
    assert_eq!(keys(&json), ["results", "skipped", "verdicts", "warnings"]);
    assert_eq!(json["skipped"].as_array().unwrap().len(), 0, "{json}");
    for one in rows(&json) {
        assert_eq!(
            keys(one),
            [
                "dimension",
                "estimator",
                "interval",
                "level",
                "lower_bound",
                "m",
                "n",
                "name",
                "parameters",
                "std_error",
                "unit",
                "value",
                "warnings"
            ]
        );
        assert_eq!((&one["n"], &one["m"], &one["dimension"]), (&400.into(), &400.into(), &1.into()));
        let exact = if one["name"] == "kl" { 0.5 } else { 0.111_421_482 };
        let value = one["value"].as_f64().unwrap();
        if one["lower_bound"] == true {
            assert!(lower(one) < exact && value < 1.5 * exact, "{one}");
            // fgan pays e^v where it errs, and 200 rows to learn from are few
            assert!(one["estimator"] == "fgan" || value > 0.3 * exact, "{one}");
        } else {
            assert!((value - exact).abs() < 0.5 * exact, "{one}");
        }
    }
    for estimator in ["histogram", "kde", "knn", "gaussian", "dv", "fgan", "classifier", "network"] {
        row(&json, "kl", estimator);
    }
    assert_eq!(row(&json, "kl", "classifier")["interval"][1], "inf");
    assert_eq!(row(&json, "jsd", "classifier")["interval"][1].as_f64(), Some(2f64.ln()));
    let said = json["verdicts"].as_array().unwrap();
    for kind in ["kl", "jsd"] {
        let differs = format!("{kind}: the laws differ, {kind} is at least");
        assert!(said.iter().any(|line| line.as_str().unwrap().starts_with(&differs)), "{said:?}");
    }
}

#[test]
fn nothing_is_claimed_of_two_samples_of_one_law() {
    let place = place();
    let bounds = "--estimator classifier,dv,fgan --kind kl";
    let json = place.json(&format!("estimate p.csv same.csv {bounds}"));
    let said: Vec<&str> = json["verdicts"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    assert_eq!(said, ["kl: no bound excludes that the laws are equal (confidence 90 %)"]);
    assert!(rows(&json).iter().all(|row| lower(row).abs() == 0.0));
    // three bounds share the risk of one
    assert!(rows(&json).iter().all(|row| (row["level"].as_f64().unwrap() - (1.0 - 0.1 / 3.0)).abs() < 1e-15));
    let text = place.run(&format!("estimate p.csv same.csv {bounds}"));
    assert!(text.stdout.contains(said[0]), "{}", text.stdout);
    // without a bound there is no verdict about equality
    let json = place.json("estimate p.csv same.csv --estimator gaussian --kind kl");
    assert_eq!(json["verdicts"].as_array().unwrap().len(), 0);
}

#[test]
fn a_bound_that_is_to_hold_for_all_laws_is_lower() {
    let place = place();
    let of = |options: &str| {
        let json = place.json(&format!("estimate p.csv q.csv --estimator classifier --kind jsd {options}"));
        (rows(&json)[0]["value"].as_f64().unwrap(), lower(&rows(&json)[0]))
    };
    let (normal, sure, strict) = (of(""), of("--guaranteed"), of("--level 0.99"));
    assert!((normal.0 - strict.0).abs() == 0.0);
    assert!(sure.1 < normal.1 && strict.1 < normal.1 && normal.1 > 0.0);
}

#[test]
fn the_table_names_what_each_row_says() {
    let ran = place().run("estimate p.csv q.csv --kind kl --estimator gaussian,nwj");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "400 and 400 samples in 1 dimension");
    assert!(lines[2].starts_with("divergence  estimator") && lines[2].contains("90 % interval"));
    assert!(lines[3].starts_with("kl          gaussian") && lines[3].ends_with("about"), "{}", ran.stdout);
    assert!(lines[4].starts_with("kl          fgan") && lines[4].ends_with("at least"), "{}", ran.stdout);
    assert!(lines[4].contains(", inf)"));
}

#[test]
fn every_divergence_has_a_row() {
    let place = place();
    let [near, far] = [draws(0.0, 4), draws(30.0, 5)].map(|rows| csv(&rows.slice(ndarray::s![..80, ..]).to_owned()));
    std::fs::write(place.path("near.csv"), near).unwrap();
    std::fs::write(place.path("far.csv"), far).unwrap();
    for pair in ["near.csv q.csv", "near.csv far.csv"] {
        let json = place.json(&format!("estimate {pair} --kind all"));
        let names: BTreeSet<&str> = rows(&json).iter().map(|row| row["name"].as_str().unwrap()).collect();
        assert!(names.len() >= 17 && names.contains("renyi:2") && names.contains("js_weighted:0.5"), "{names:?}");
        for one in json["skipped"].as_array().unwrap() {
            // of laws that far apart some cannot be told in f64, and say so
            let (name, why) = (one["name"].as_str().unwrap(), one["why"].as_str().unwrap());
            assert!(pair.contains("far") && why.contains(name), "{one}");
        }
    }
}

#[test]
fn an_estimator_is_asked_once_and_only_what_it_knows() {
    let place = place();
    std::fs::write(place.path("plane.csv"), (0..40).map(|i| format!("{},{}\n", i % 7, i % 5)).collect::<String>())
        .unwrap();
    let json = place.json("estimate p.csv q.csv --estimator gaussian,gaussian,dv,dv --kind kl,kl");
    assert_eq!(rows(&json).len(), 2);
    assert_eq!(row(&json, "kl", "dv")["level"], Value::from(0.9));
    // there is no closed form of jsd in the plane, and nobody asked for it
    let json = place.json("estimate plane.csv plane.csv --estimator gaussian");
    assert!(rows(&json).len() == 1 && rows(&json)[0]["name"] == "kl", "{json}");
    place.refused("estimate plane.csv plane.csv --estimator gaussian --kind jsd", &["`jsd`"]);
}

/// All that a level was given with is told.
#[test]
fn a_confidence_is_not_rounded_up() {
    let ran = place().run("estimate p.csv same.csv --estimator gaussian,classifier --kind kl --level 0.9999");
    assert!(ran.stdout.contains("99.99 % interval") && ran.stdout.contains("(confidence 99.99 %)"), "{}", ran.stdout);
}

#[test]
fn arrays_threads_and_seeds() {
    let place = place();
    std::fs::write(place.path("q.npy"), fenchel::io::to_npy(draws(1.0, 3).view())).unwrap();
    std::fs::write(place.path("q.npz"), fenchel::io::to_npz(&[("x", draws(1.0, 3).view())])).unwrap();
    let ran = |arguments: &str| place.run(&format!("estimate p.csv {arguments} --kind jsd --json")).stdout;
    let first = ran("q.csv");
    assert_eq!(first, ran("q.npy"));
    assert_eq!(first, ran("q.npz:x --threads 1"));
    assert_ne!(first, ran("q.csv --seed 7"));
}

#[test]
fn a_figure_is_drawn() {
    let place = place();
    let ran = place.run("estimate p.csv q.csv --estimator gaussian,classifier --figure e.svg");
    assert!(ran.stdout.contains("drawn to e.svg"), "{}{}", ran.stdout, ran.stderr);
    let svg = std::fs::read_to_string(place.path("e.svg")).unwrap();
    for word in ["kl (nats)", "jsd (nats)", "classifier", "lower bound", "p.csv against q.csv"] {
        assert!(svg.contains(word), "{word}");
    }
    assert!(!svg.contains("proves nothing"), "the laws are far apart");
    std::fs::copy(place.path("p.csv"), place.path("again.csv")).unwrap();
    assert_eq!(place.run("estimate p.csv again.csv --estimator classifier --figure same.svg").code, 0);
    assert!(std::fs::read_to_string(place.path("same.svg")).unwrap().contains("bound that proves nothing"));
    assert_eq!(place.run("estimate p.csv q.csv --estimator classifier --figure e.png").code, 0);
    assert!(std::fs::read(place.path("e.png")).unwrap().starts_with(b"\x89PNG"));
}

/// What `all` asked in vain is told, and what could answer does.
#[test]
fn an_estimator_that_cannot_answer_is_told_and_left_out() {
    let place = Place::new(&[("a.csv", "0\n1\n2\n4\n7\n"), ("b.csv", "1\n2\n2\n5\n8\n")]);
    let json = place.json("estimate a.csv b.csv --kind kl");
    assert!(rows(&json).iter().any(|row| row["estimator"] == "gaussian"));
    let skipped = json["skipped"].as_array().unwrap();
    let dv = skipped.iter().find(|row| row["estimator"] == "dv").unwrap();
    assert!(dv["why"].as_str().unwrap().starts_with("x = a.csv, y = b.csv: x has 5 rows, at least 8"), "{dv}");
    let text = place.run("estimate a.csv b.csv --kind kl").stdout;
    assert!(text.contains("kl by dv: not available"), "{text}");
}

#[test]
fn amounts_of_information_in_bits() {
    let place = place();
    let of = |options: &str| place.json(&format!("estimate p.csv q.csv --estimator gaussian,classifier {options}"));
    let (nats, bits) = (of("--kind jsd,tv"), of("--kind jsd,tv --bits"));
    for (a, b) in rows(&nats).iter().zip(rows(&bits)) {
        let (scale, units) = if a["name"] == "jsd" { (2f64.ln(), ["nats", "bits"]) } else { (1.0, ["1", "1"]) };
        assert_eq!([a["unit"].as_str(), b["unit"].as_str()], units.map(Some));
        for number in ["value", "std_error"] {
            let (a, b) = (a[number].as_f64().unwrap(), b[number].as_f64().unwrap());
            assert!((a - scale * b).abs() < 1e-15, "{a} {b}");
        }
        assert!((lower(a) - scale * lower(b)).abs() < 1e-15);
    }
    assert_eq!(row(&bits, "jsd", "classifier")["interval"][1].as_f64(), Some(1.0));
    let text = place.run("estimate p.csv q.csv --estimator gaussian --kind kl --bits").stdout;
    assert!(text.contains("in bits"), "{text}");
}

#[test]
fn neighbours_and_bins_are_chosen() {
    let place = place();
    let how = |options: &str| {
        let json = place.json(&format!("estimate p.csv q.csv --kind jsd {options}"));
        rows(&json)[0]["parameters"].as_str().unwrap().to_owned()
    };
    assert!(how("--estimator knn --k 3").contains("k = 3, 6, 12"));
    assert!(how("--estimator histogram --bins 7").contains("7 bins (quantiles of both samples)"));
    assert!(how("--estimator histogram --bins equal:9").contains("9 bins (equal widths)"));
    assert!(how("--estimator histogram --bins fd").contains("Freedman-Diaconis"));
    place.refused("estimate p.csv q.csv --estimator knn --bins 7", &["--bins", "histogram"]);
    place.refused("estimate p.csv q.csv --estimator histogram --k 7", &["--k", "knn"]);
    place.refused("estimate p.csv q.csv --estimator knn --k 500", &["k (nearest neighbours)", "99"]);
    for bad in ["--bins equal", "--bins 0", "--k 0", "--time-limit -1"] {
        assert_eq!(place.run(&format!("estimate p.csv q.csv {bad}")).code, 2, "{bad}");
    }
}

/// A missing result is reported, the others are kept, and the exit status says that something is missing.
#[test]
fn the_time_has_a_limit() {
    let place = place();
    let ran = place.run("estimate p.csv q.csv --kind jsd --estimator gaussian --time-limit 600");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let ran = place.run("estimate p.csv q.csv --kind jsd --time-limit 0 --json");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("the time limit was reached, "), "{}", ran.stderr);
    let json = ran.object();
    assert!(rows(&json).is_empty() && json["skipped"].as_array().unwrap().len() > 5, "{json}");
}

/// On stderr for people, in the object for programs.
#[test]
fn warnings_are_told() {
    let place = Place::new(&[
        ("a.csv", "0.1,5\n1.2,5\n2.5,5\n4.1,5\n7.3,5\n"),
        ("b.csv", "1.7,5\n2.2,5\n2.9,5\n5.4,5\n8.8,5\n"),
    ]);
    let asked = "estimate a.csv b.csv --kind kl --estimator gaussian,histogram";
    let json = place.json(asked);
    let said: Vec<&str> = json["warnings"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
    assert!(said.iter().any(|w| w.starts_with("histogram, gaussian: column 2 is constant")), "{said:?}");
    assert!(said.iter().any(|w| w.contains("5 rows are few")), "{said:?}");
    let ran = place.run(asked);
    assert!(said.iter().all(|w| ran.stderr.contains(&format!("warning: {w}\n"))), "{}", ran.stderr);
}

/// Kernel densities in many columns are not asked by `all`, discrete data not by what takes densities.
#[test]
fn what_does_not_apply_is_left_out_and_told() {
    let wide = |k: u64| {
        let law = Gaussian::new(ndarray::Array1::zeros(16), Array2::eye(16)).unwrap();
        let rows = law.sample(60, &mut stream(9, k)).unwrap();
        rows.rows()
            .into_iter()
            .map(|row| format!("{}\n", row.iter().map(f64::to_string).collect::<Vec<_>>().join(",")))
            .collect::<String>()
    };
    let zeros = "0\n1\n".repeat(30);
    let place =
        Place::new(&[("a.csv", &wide(0)), ("b.csv", &wide(1)), ("coin.csv", &zeros), ("far.csv", &"14\n".repeat(50))]);
    let skipped = |json: &Value, estimator: &str| {
        let all = json["skipped"].as_array().unwrap();
        let one = all.iter().find(|row| row["estimator"] == estimator);
        one.unwrap_or_else(|| panic!("{estimator} in {json}"))["why"].as_str().unwrap().to_owned()
    };
    let json = place.json("estimate a.csv b.csv --kind jsd");
    assert!(skipped(&json, "kde").contains("16 columns") && skipped(&json, "kde").contains("--estimator kde"));
    let asked = place.json("estimate a.csv b.csv --kind jsd --estimator kde");
    assert!(asked["warnings"][0].as_str().unwrap().contains("16 columns"), "{asked}");
    let json = place.json("estimate coin.csv far.csv --kind kl");
    for estimator in ["knn", "kde"] {
        assert!(skipped(&json, estimator).contains("`histogram`"), "{json}");
    }
    assert_eq!(row(&json, "kl", "histogram")["value"], "inf");
    place.refused("estimate coin.csv far.csv --kind kl --estimator knn", &["60 of the 60 rows", "`histogram`"]);
}
