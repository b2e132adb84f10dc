//! Features of the library from the command line: forbidden arcs, unequal masses, circles, powers, angles, barycenters,
//! spaces.
#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use crate::common::{Place, keys};
use serde_json::Value;

const X: (&str, &str) = ("x.csv", "a,b\n0,0\n1,0\n0,2\n");
const Y: (&str, &str) = ("y.csv", "a,b\n3,4\n4,4\n3,6\n");

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn row(place: &Place, arguments: &str) -> Value {
    let json = place.json(arguments);
    assert_eq!(json["warnings"], Value::Array(Vec::new()));
    let row = json["results"][0].clone();
    let (primal, dual) = (number(&row["primal"]), number(&row["dual"]));
    assert!(dual <= primal + 1e-9 * primal.abs(), "{row}");
    assert!((number(&row["gap"]) - (primal - dual).abs()).abs() <= 1e-12 * (1.0 + primal.abs()), "{row}");
    assert_eq!(row["status"], "converged", "{row}");
    row
}

fn near(found: &Value, expected: f64) {
    let found = number(found);
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-3), "{found} is not {expected}");
}

#[test]
fn inf_forbids() {
    let place =
        Place::new(&[("c.csv", "inf,1\n2,inf\n"), ("none.csv", "inf,1\ninf,1\n"), ("neg.csv", "-inf,1\n2,3\n")]);
    near(&row(&place, "transport --cost-matrix c.csv")["value"], 1.5);
    place.refused("transport --cost-matrix none.csv", &["infeasible"]);
    place.refused("transport --cost-matrix neg.csv", &["`-inf`"]);
    place.refused("transport c.csv c.csv", &["c.csv, line 1, column 1", "`inf`"]);
    // in binary files, too
    let costs = ndarray::array![[f64::INFINITY, 1.0], [2.0, f64::INFINITY]];
    std::fs::write(place.path("c.npy"), fenchel::io::to_npy(costs.view())).unwrap();
    near(&row(&place, "transport --cost-matrix c.npy")["value"], 1.5);
}

#[test]
fn totals_that_differ() {
    let place = Place::new(&[
        ("x.csv", "0\n10\n"),
        ("y.csv", "1\n12\n"),
        ("costs.csv", "1,12\n9,2\n"),
        ("three.csv", "2\n1\n"),
        ("two.csv", "1\n1\n"),
        ("one.csv", "2\n"),
        ("hole.csv", "1\n"),
        ("zero.csv", "0\n"),
    ]);
    for what in ["x.csv y.csv", "--cost-matrix costs.csv"] {
        let arguments = format!("transport {what} --weights-x three.csv --weights-y two.csv");
        place.refused(
            &arguments,
            &["three.csv sums to 3", "two.csv to 2", "--normalize", "--partial MASS", "--unbalanced LAMBDA"],
        );
        let metric = if what.starts_with("--") { "" } else { "--cost euclidean" };
        let moved = row(&place, &format!("{arguments} {metric} --partial 1.5"));
        // one from 0 to 1, and half from 10 to 12
        near(&moved["value"], 1.0 + 0.5 * 2.0);
        near(&moved["moved"], 1.5);
        near(&moved["price"], 2.0);
        let paid = row(&place, &format!("{arguments} {metric} --unbalanced 1"));
        assert!(number(&paid["moved"]) > 0.5 && number(&paid["moved"]) < 2.0, "{paid}");
    }
    // a pile of 2 and a hole of 1 at the same place: the geometric mean is moved
    let paid = row(&place, "transport zero.csv zero.csv --weights-x one.csv --weights-y hole.csv --unbalanced 1");
    near(&paid["value"], 3.0 - 2.0 * 2f64.sqrt());
    let soft = row(&place, "transport x.csv y.csv --weights-x three.csv --unbalanced 5 --epsilon 0.5");
    assert!(number(&soft["epsilon"]) == 0.5);
    place.refused("transport x.csv y.csv --partial 1.5", &["between 0 and 1"]);
    place.refused("transport x.csv y.csv --unbalanced 0", &["strength", "positive"]);
    place.refused("transport x.csv y.csv --partial 1 --unbalanced 1", &["cannot be used with"]);
    place.refused("transport x.csv y.csv --partial 1 --method exact", &["--partial", "--method"]);
    // a price for each unit: the pile of 2 keeps 1, whatever the method
    let pile = "transport zero.csv zero.csv --weights-x one.csv --weights-y hole.csv --unbalanced";
    near(&row(&place, &format!("{pile} 1.5 --penalty tv"))["value"], 1.5);
    near(&row(&place, &format!("{pile} 1 --penalty L2"))["value"], 0.25);
    let soft = row(&place, &format!("{pile} 1.5 --penalty tv --epsilon 0.01"));
    assert!(number(&soft["dual"]) <= 1.5 + 1e-9 && number(&soft["primal"]) >= 1.5 - 1e-9, "{soft}");
    place.refused("transport x.csv y.csv --penalty tv", &["--unbalanced"]);
    near(&row(&place, "transport x.csv y.csv --partial 0.5 --time-limit 60")["moved"], 0.5);
    // the plan and the figure of a part
    place.json("transport x.csv y.csv --partial 0.5 --plan part.csv --figure part.svg");
    assert_eq!(std::fs::read_to_string(place.path("part.csv")).unwrap().lines().count(), 2);
}

#[test]
fn around_a_circle() {
    let place = Place::new(&[("x.csv", "hour\n23\n"), ("y.csv", "hour\n1\n"), ("plane.csv", "1,2\n")]);
    near(&row(&place, "transport x.csv y.csv --circle 24 --p 1")["value"], 2.0);
    let squared = row(&place, "transport x.csv y.csv --circle 24");
    near(&squared["value"], 4.0);
    near(&squared["distance"], 2.0);
    near(&row(&place, "transport x.csv y.csv --circle 24 --p 7")["value"], 2.0);
    place.refused("transport plane.csv plane.csv --circle 24", &["one column"]);
    place.refused("transport x.csv y.csv --circle 0", &["circumference", "positive"]);
    place.refused("transport x.csv y.csv --circle 24 --p inf", &["--p inf"]);
    place.refused("transport x.csv y.csv --circle 24 --cost cosine", &["--circle", "circle"]);
}

#[test]
fn every_power_on_the_line() {
    let place = Place::new(&[
        ("x.csv", "0\n1\n"),
        ("y.csv", "0.5\n4\n"),
        ("a.csv", "0.7\n0.3\n"),
        ("b.csv", "0.9\n0.1\n"),
        ("five.csv", "0\n5\n"),
        ("plane.csv", "0,0\n1,1\n"),
    ]);
    for p in [1.0, 1.5, 2.0, 3.0, 10.0, 60.0f64] {
        let found = row(&place, &format!("transport x.csv y.csv --p {p}"));
        near(&found["value"], ((0.5f64.powf(p) + 3f64.powf(p)) / 2.0).powf(1.0 / p));
        assert_eq!((&found["value"], number(&found["p"])), (&found["distance"], p));
    }
    let farthest = row(&place, "transport x.csv y.csv --p inf --plan far.csv");
    assert_eq!((number(&farthest["value"]), number(&farthest["dual"])), (3.0, 3.0));
    assert_eq!(farthest["p"], "inf");
    let weighted = row(&place, "transport x.csv five.csv --weights-x a.csv --weights-y b.csv --p INF");
    assert_eq!(number(&weighted["value"]), 4.0);
    near(&row(&place, "transport plane.csv plane.csv --p 1")["value"], 0.0);
    near(&row(&place, "transport plane.csv plane.csv --p 2")["value"], 0.0);
    place.refused("transport plane.csv plane.csv --p 3", &["--p 3", "one column", "--method sliced"]);
    assert_eq!(place.run("transport plane.csv plane.csv --p 3 --method sliced").code, 0);
    place.refused("transport x.csv y.csv --p 0.5", &["--p", "1 or more, or inf"]);
    place.refused("transport x.csv y.csv --p 2 --cost euclidean", &["--p", "--cost"]);
}

#[test]
fn costs_by_angle() {
    let place = Place::new(&[
        ("x.csv", "1,0\n0,5\n"),
        ("y.csv", "3,3\n0,0.1\n"),
        ("profiles.csv", "1,2,3\n3,1,2\n"),
        ("scaled.csv", "10,20,30\n-30,-10,-20\n"),
        ("paris.csv", "lat,lon\n48.8566,2.3522\n"),
        ("london.csv", "lat,lon\n51.5074,-0.1278\n"),
        ("zero.csv", "0,0\n1,1\n"),
        ("flat.csv", "0.1,0.1,0.1\n1,2,3\n"),
    ]);
    let cosine = row(&place, "transport x.csv y.csv --cost cosine");
    near(&cosine["value"], 0.5 * (1.0 - 0.5f64.sqrt()));
    assert_eq!((&cosine["distance"], &cosine["cost"]), (&Value::Null, &Value::from("cosine")));
    near(&row(&place, "transport profiles.csv scaled.csv --cost correlation")["value"], 0.5 * 2.0);
    let km = row(&place, "transport paris.csv london.csv --cost haversine");
    assert!((number(&km["value"]) - 343.556).abs() < 0.01 && km["value"] == km["distance"], "{km}");
    row(&place, "transport x.csv y.csv --cost cosine --method sinkhorn --debiased");
    place.refused("transport zero.csv y.csv --cost cosine", &["zero.csv: length of row 0", "no direction"]);
    place.refused("transport flat.csv scaled.csv --cost correlation", &["flat.csv: spread of row 0", "all the same"]);
    place.refused("transport scaled.csv scaled.csv --cost haversine", &["scaled.csv", "columns"]);
    place.refused("transport x.csv y.csv --cost cosine --method sliced", &["sliced", "cosine"]);
    let help = place.run("transport --help").stdout;
    assert!(help.contains("degrees") && help.contains("6371.0088"));
}

#[test]
fn what_sinkhorn_solves() {
    let place = Place::new(&[X, Y]);
    let found = row(&place, "transport x.csv y.csv --method sinkhorn --epsilon 0.5 --debiased");
    let entropic = &found["regularised"];
    assert_eq!(keys(entropic), ["dual", "linear", "primal"]);
    let (low, high) = (number(&entropic["dual"]), number(&entropic["primal"]));
    // the entropic problem costs more than transport, by the divergence of its plan
    assert!(low <= high + 1e-9 && low >= number(&found["dual"]) && number(&entropic["linear"]) <= high + 1e-9);
    let debiased = &found["debiased"];
    assert_eq!(keys(debiased), ["dual", "primal", "status", "value"]);
    // of a translation by t the divergence is |t|² for every regularisation
    near(&debiased["value"], 25.0);
    assert!(number(&debiased["dual"]) <= 25.0 + 1e-9 && 25.0 - 1e-9 <= number(&debiased["primal"]));
    let text = place.run("transport x.csv y.csv --method sinkhorn --epsilon 0.5 --debiased").stdout;
    assert!(text.contains("regularised") && text.contains("debiased"), "{text}");
    place.refused("transport x.csv y.csv --debiased", &["--debiased", "--method sinkhorn"]);
    place.refused("transport --cost-matrix x.csv --debiased --method sinkhorn", &["--debiased", "two clouds"]);
}

#[test]
fn names_in_any_case_by_other_names_and_nearly() {
    let place = Place::new(&[("p.csv", "0.5,0.5"), ("q.csv", "0.25,0.75"), X, Y]);
    let value = |kind: &str| place.json(&format!("divergence p.csv q.csv --kind {kind}"))["results"][0].clone();
    for (alias, name) in [
        ("JSD", "jsd"),
        ("js", "jsd"),
        ("Hellinger", "hellinger2"),
        ("chi2", "pearson"),
        ("total_variation", "tv"),
        ("Total-Variation", "tv"),
        ("reverse-kl", "reverse_kl"),
        ("Renyi:3", "renyi:3"),
    ] {
        assert_eq!(value(alias), value(name), "{alias}");
    }
    let cost = |name: &str| row(&place, &format!("transport x.csv y.csv --cost {name}"))["cost"].clone();
    for (alias, name) in
        [("l1", "cityblock"), ("Manhattan", "cityblock"), ("L2", "euclidean"), ("SqEuclidean", "sqeuclidean")]
    {
        assert_eq!(cost(alias), name, "{alias}");
    }
    assert_eq!(row(&place, "transport x.csv y.csv --method EXACT")["method"], "shortest augmenting paths");
    place.json("score x.csv y.csv --metrics FID,Energy");
    for (arguments, meant) in [
        ("divergence p.csv q.csv --kind jds", "`jsd`"),
        ("divergence p.csv q.csv --kind helinger", "`hellinger2`"),
        ("transport x.csv y.csv --cost euclidian", "`euclidean`"),
        ("score x.csv y.csv --metrics frechett", "`frechet`"),
        ("estimate x.csv y.csv --estimator histogramm", "`histogram`"),
        ("estimate x.csv y.csv --kind kll", "`kl`"),
        ("train ring8 --objective hing", "`hinge`"),
        ("train ring8 --limit spectrl", "`spectral`"),
        ("train ring9", "`ring8`"),
        ("reproduce --chapter gam", "`game`"),
        ("transport x.csv y.csv --format cvs", "`csv`"),
    ] {
        place.refused(arguments, &[&format!("did you mean {meant}?")]);
    }
    assert!(!place.run("divergence p.csv q.csv --kind zebra").stderr.contains("did you mean"));
}

#[test]
fn barycenters() {
    let place = Place::new(&[
        ("a.csv", "x,y\n0,0\n0,1\n"),
        ("b.csv", "x,y\n4,1\n4,0\n"),
        ("bins.csv", "0\n1\n2\n3\n4\n"),
        ("p.csv", "1\n0\n0\n0\n0\n"),
        ("q.csv", "0\n0\n0\n0\n1\n"),
        ("half.csv", "0.5\n0\n0\n0\n0\n"),
        ("short.csv", "1\n0\n"),
    ]);
    let middle = row(&place, "barycenter a.csv b.csv --out m.csv");
    let all = "cost dual gap iterations laws method points primal residual seconds status value weights";
    assert_eq!(keys(&middle).join(" "), all);
    // half of each of the squares of 2
    near(&middle["value"], 4.0);
    assert!(number(&middle["gap"]) < 1e-9, "for two clouds the bracket closes: {middle}");
    assert_eq!(std::fs::read_to_string(place.path("m.csv")).unwrap(), "x,y\n2.0,0.0\n2.0,1.0\n");
    near(&row(&place, "barycenter a.csv b.csv --weights 0.75,0.25")["points"][0][0], 1.0);
    assert_eq!(row(&place, "barycenter a.csv b.csv --points 1 --seed 3")["points"].as_array().unwrap().len(), 1);
    let on = place.json("barycenter p.csv q.csv --support bins.csv --epsilon 0.1 --debiased --out mass.npy");
    let on = &on["results"][0];
    assert!(number(&on["masses"][2]) > 0.99, "{on}");
    assert!(number(&on["dual"]) <= 4.0 && 4.0 <= number(&on["primal"]) + 1e-9, "{on}");
    assert!(std::fs::read(place.path("mass.npy")).unwrap().starts_with(b"\x93NUMPY"));
    assert!(place.run("barycenter a.csv b.csv").stdout.contains("dual (lower bound)"));
    let early = place.run("barycenter p.csv q.csv --support bins.csv --time-limit 0 --json");
    assert_eq!((early.code, early.object()["results"][0]["status"].as_str()), (1, Some("time_limit")));
    place.refused("barycenter a.csv", &["FILES"]);
    place.refused("barycenter a.csv bins.csv", &["a.csv", "2 columns", "bins.csv", "1"]);
    place.refused("barycenter a.csv b.csv --weights 1", &["--weights", "1 numbers for 2 files"]);
    place.refused("barycenter a.csv b.csv --weights 0.5,0.4", &["--weights", "0.9"]);
    place.refused("barycenter a.csv b.csv --points 3", &["--points 3", "2 rows"]);
    place.refused("barycenter p.csv half.csv --support bins.csv", &["half.csv", "0.5", "--normalize"]);
    place.refused("barycenter p.csv short.csv --support bins.csv", &["short.csv", "2 rows", "bins.csv", "5"]);
    place.refused("barycenter a.csv b.csv --out m.txt", &["m.txt", ".csv or .npy"]);
    place.refused("barycenter a.csv b.csv --epsilon 1", &["--support"]);
}

#[test]
fn spaces_that_correspond() {
    let place = Place::new(&[
        ("x.csv", "0,0\n3,0\n0,4\n"),
        ("turned.csv", "-3,1\n1,1\n1,4\n"),
        ("line.csv", "0\n1\n5\n"),
        ("c.csv", "0,3,4\n3,0,5\n4,5,0\n"),
        ("skew.csv", "0,3\n4,0\n"),
        ("w.csv", "0.5\n0.25\n0.25\n"),
    ]);
    let found = row(&place, "gromov x.csv turned.csv --plan match.csv");
    assert_eq!(keys(&found).join(" "), "cost dual gap iterations m method n primal seconds status value");
    assert_eq!(number(&found["value"]), 0.0);
    let plan = std::fs::read_to_string(place.path("match.csv")).unwrap();
    let mut arcs: Vec<&str> = plan.lines().skip(1).map(|line| &line[..3]).collect();
    arcs.sort_unstable();
    assert_eq!(arcs, ["0,1", "1,2", "2,0"]);
    assert_eq!(number(&row(&place, "gromov c.csv c.csv --distances --plan p.npz")["value"]), 0.0);
    assert_eq!(
        fenchel::io::read_table(format!("{}:plan", place.path("p.npz").display())).unwrap().values.dim(),
        (3, 3)
    );
    let json = place.json("gromov x.csv line.csv --weights-x w.csv --seed 1 --restarts 2");
    assert!(number(&json["results"][0]["dual"]) <= number(&json["results"][0]["primal"]));
    place.refused("gromov skew.csv c.csv --distances", &["skew.csv: distance[0, 1] = 3"]);
    place.refused("gromov x.csv line.csv --cost cosine", &["cosine"]);
    place.refused("gromov x.csv none.csv", &["none.csv", "no such file"]);
    place.refused("gromov x.csv line.csv --plan p.txt", &["p.txt", ".npz"]);
}

/// A terminal that is too narrow for a table gets the same numbers below each other.
#[test]
fn tables_fit_the_terminal() {
    let place = Place::new(&[("p.csv", "0.5,0.5"), ("q.csv", "0.25,0.75")]);
    let at = |columns: &str| {
        let mut command = place.command("divergence p.csv q.csv --kind kl,arithmetic_geometric");
        String::from_utf8(command.env("COLUMNS", columns).output().unwrap().stdout).unwrap()
    };
    let (wide, narrow) = (at("200"), at("40"));
    assert_eq!(wide.lines().count(), 3);
    assert!(narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
    let words = |text: &str| {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words.sort_unstable();
        words.dedup();
        words
    };
    assert_eq!(words(&wide), words(&narrow));
}
