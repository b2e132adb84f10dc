//! Bad input is refused with status 2, and the message says what is wrong, where, and what would be right.

use crate::common::Place;

const P: (&str, &str) = ("p.csv", "0.5,0.25,0.25\n");
const Q: (&str, &str) = ("q.csv", "0.25,0.25,0.5\n");
const X: (&str, &str) = ("x.csv", "a,b\n0,0\n1,0\n0,1\n");

#[test]
fn a_missing_file() {
    let place = Place::new(&[P, X]);
    place.refused("divergence p.csv none.csv", &["none.csv", "no such file"]);
    place.refused("transport none.npy x.csv", &["none.npy", "no such file"]);
    place.refused("transport x.csv x.csv --weights-y none.txt", &["none.txt"]);
    place.refused("score x.csv none.csv", &["none.csv"]);
    place.refused("estimate none.csv x.csv", &["none.csv", "no such file"]);
    place.refused("estimate x.csv none.npy", &["none.npy"]);
    place.refused("score x.csv x.csv --train none.csv", &["none.csv"]);
    place.refused("train none.csv", &["none.csv"]);
    place.refused("train --resume none", &["none", "no run in it"]);
    assert!(!place.path("runs").exists());
}

#[test]
fn an_empty_file() {
    let place = Place::new(&[P, X, ("e.csv", ""), ("h.csv", "mass\n"), ("e.npy", "")]);
    place.refused("divergence p.csv e.csv", &["e.csv", "empty"]);
    place.refused("divergence h.csv p.csv", &["h.csv", "no rows"]);
    place.refused("transport x.csv e.npy", &["e.npy", "empty"]);
    place.refused("score e.csv x.csv", &["e.csv", "empty"]);
    place.refused("estimate x.csv e.csv", &["e.csv", "empty"]);
}

#[test]
fn a_word_among_the_numbers() {
    let place = Place::new(&[P, X, ("w.csv", "0.5\n0.25\nquarter\n"), ("w.tsv", "a\tb\n1\t2\n3\tfour\n")]);
    place.refused("divergence p.csv w.csv", &["w.csv", "line 3", "column 1", "`quarter`", "expected a number"]);
    place.refused("transport x.csv w.tsv", &["w.tsv", "line 3", "column 2", "`four`"]);
    place.refused("score x.csv w.tsv", &["w.tsv", "line 3", "column 2", "`four`"]);
    place.refused("estimate w.tsv x.csv", &["w.tsv", "line 3", "column 2", "`four`"]);
}

#[test]
fn ragged_rows() {
    let place = Place::new(&[X, ("r.csv", "1,2\n3\n")]);
    place.refused("transport x.csv r.csv", &["r.csv", "line 2", "1 field", "2"]);
    place.refused("score r.csv x.csv", &["r.csv", "line 2"]);
    place.refused("estimate r.csv x.csv", &["r.csv", "line 2"]);
}

#[test]
fn what_is_not_a_number() {
    let place = Place::new(&[P, X, ("n.csv", "0.5,NaN,0.5\n"), ("i.csv", "1,2\n3,inf\n4,5\n")]);
    place.refused("divergence n.csv p.csv", &["n.csv", "line 1", "column 2", "`NaN`"]);
    place.refused("transport x.csv i.csv", &["i.csv", "line 2", "column 2", "`inf`"]);
    place.refused("score x.csv i.csv", &["i.csv", "line 2", "column 2"]);
    place.refused("estimate i.csv x.csv", &["i.csv", "line 2", "column 2", "`inf`"]);
}

#[test]
fn masses_that_are_none() {
    let place =
        Place::new(&[P, X, ("neg.csv", "1.5,-0.25,-0.25\n"), ("half.csv", "0.1\n0.2\n0.2\n"), ("zero.csv", "0,0,0")]);
    place.refused("divergence neg.csv p.csv", &["neg.csv", "-0.25", "index 1"]);
    place.refused("divergence neg.csv p.csv --normalize", &["neg.csv", "negative"]);
    place.refused("divergence p.csv half.csv", &["half.csv", "sums to 0.5", "expected 1", "--normalize"]);
    place.refused("divergence zero.csv p.csv --normalize", &["zero.csv", "sums to 0"]);
    assert!(!place.run("divergence zero.csv p.csv --normalize").stderr.contains("help:"));
    place.refused("transport --cost-matrix x.csv --weights-x neg.csv", &["neg.csv", "negative", "counted from 0"]);
    place.refused("transport x.csv x.csv --weights-x neg.csv", &["neg.csv", "negative"]);
    place.refused("transport x.csv x.csv --weights-x p.csv --weights-y half.csv", &["half.csv", "0.5", "--normalize"]);
}

#[test]
fn sizes_that_differ() {
    let place = Place::new(&[P, X, ("two.csv", "0.5,0.5\n"), ("line.csv", "1\n2\n3\n"), ("table.csv", "1,2\n3,4\n")]);
    place.refused("divergence p.csv two.csv", &["p.csv", "3 bins", "two.csv", "2"]);
    place.refused("divergence p.csv table.csv", &["table.csv", "2 rows and 2 columns", "one number a bin"]);
    place.refused("transport x.csv line.csv", &["x.csv", "2 columns", "line.csv", "1"]);
    place.refused("transport x.csv x.csv --weights-x two.csv", &["x.csv", "3 rows", "two.csv", "2"]);
    place.refused("transport --cost-matrix table.csv --weights-x p.csv", &["table.csv", "2 rows", "p.csv", "3"]);
    place.refused("transport --cost-matrix table.csv --weights-y p.csv", &["table.csv", "2 columns", "p.csv", "3"]);
    place.refused("score x.csv line.csv", &["x.csv", "2 columns", "line.csv", "1"]);
    place.refused("estimate x.csv line.csv", &["x.csv", "2 columns", "line.csv", "1"]);
}

#[test]
fn tables_that_are_not_laws() {
    let laws = ("laws.csv", "0.5,0.5\n0.25,0.75\n");
    let place = Place::new(&[
        laws,
        P,
        ("half.csv", "0.5,0.5\n0.5,0.25\n"),
        ("neg.csv", "1.5,-0.5\n"),
        ("zero.csv", "1,1\n0,0\n"),
        ("w.csv", "1,0\n0,one\n"),
    ]);
    place.refused("divergence laws.csv half.csv --pairwise", &["q = half.csv", "row 1 of q", "0.75", "--normalize"]);
    place.refused("divergence neg.csv laws.csv --pairwise", &["p = neg.csv", "row 0 of p", "-0.5"]);
    place.refused("divergence zero.csv laws.csv --pairwise --normalize", &["row 1 of zero.csv", "sums to 0"]);
    place.refused("divergence laws.csv p.csv --pairwise", &["laws.csv", "2 bins", "p.csv", "3"]);
    place.refused("divergence laws.csv w.csv --pairwise", &["w.csv", "line 2", "column 2", "`one`"]);
    place.refused("divergence laws.csv none.csv --pairwise", &["none.csv", "no such file"]);
    place.refused("divergence laws.csv laws.csv --pairwise --out d.txt", &["d.txt", ".csv or .npy"]);
    place.refused("divergence laws.csv laws.csv --pairwise --out laws.csv/d.csv", &["laws.csv/d.csv"]);
    place.refused("divergence laws.csv laws.csv --pairwise --kind kl,tv --out d.csv", &["--kind names 2"]);
    place.refused("divergence p.csv p.csv --out d.csv", &["--pairwise"]);
    assert!(!place.path("d.csv").exists());
}

#[test]
fn too_few_samples() {
    let place = Place::new(&[X, ("one.csv", "0.5,0.5\n")]);
    place.refused("score x.csv one.csv", &["one.csv", "1", "at least 2"]);
    place.refused("score one.csv x.csv", &["one.csv", "1", "at least 2"]);
    place.refused("estimate one.csv x.csv", &["one.csv", "1", "at least 2"]);
    place.refused("estimate x.csv x.csv --estimator dv --kind kl", &["x = x.csv", "x has 3 rows", "at least 8"]);
    place.refused("score x.csv x.csv --metrics precision", &["k"]);
    place.refused("train x.csv", &["x.csv", "3 rows", "at least 20"]);
}

/// A regular file where a folder is needed stops even the superuser.
#[test]
fn a_place_that_cannot_be_written_is_found_out_before_the_work() {
    let place = Place::new(&[X, ("file", "mine")]);
    place.refused("estimate x.csv x.csv --figure file/e.svg", &["file/e.svg"]);
    place.refused("score x.csv x.csv --metrics energy --out file/scores", &["file/scores", "--out"]);
    place.refused("transport x.csv x.csv --plan file/plan.csv", &["file/plan.csv"]);
    place.refused("transport x.csv x.csv --figure file/plan.svg", &["file/plan.svg"]);
    place.refused("train ring8 --steps 1000000 --out file/run", &["file/run"]);
    assert_eq!(std::fs::read_to_string(place.path("file")).unwrap(), "mine");
    // and where the input is bad, no folder is left
    place.refused("transport x.csv none.csv --plan new/folder/plan.csv", &["none.csv"]);
    place.refused("estimate x.csv none.csv --figure new/e.svg", &["none.csv"]);
    assert!(!place.path("new").exists());
    assert!(!place.run("train --resume x.csv").stderr.contains("that can be written"));
}

/// Coordinates whose powers overflow, and columns that say nothing, by the names of the files.
#[test]
fn samples_that_a_method_cannot_take() {
    let rows = |column: &dyn Fn(usize) -> String| {
        (0..60).map(|i| format!("{:?},{}\n", (i as f64 * 0.7).sin(), column(i))).collect::<String>()
    };
    let place = Place::new(&[
        ("y.csv", &rows(&|i| format!("{:?}", (i as f64).cos()))),
        ("huge.csv", &rows(&|i| format!("{}e200", i + 1))),
        ("big.csv", &rows(&|i| format!("{}e25", i + 1))),
        ("tenth.csv", &rows(&|_| "0.1".to_owned())),
    ]);
    place.refused("estimate huge.csv y.csv", &["x = huge.csv", "x at row 0, column 1", "1e70"]);
    place.refused("estimate y.csv huge.csv --estimator knn --kind kl", &["y = huge.csv", "y at row 0, column 1"]);
    place.refused(
        "estimate tenth.csv y.csv --estimator gaussian --kind kl",
        &["x = tenth.csv", "covariance of x", "pivot 1"],
    );
    place.refused("estimate y.csv tenth.csv --estimator kde --kind kl", &["column 2 of y", "discrete", "`histogram`"]);
    place.refused("train big.csv --steps 60 --score-every 25", &["big.csv at row 0, column 1", "1e20"]);
    // scores work in units of their own
    assert_eq!(place.run("score y.csv big.csv --metrics energy").code, 0);
    assert!(!place.path("runs").exists());
}

#[test]
fn files_of_somebody_else_are_not_replaced() {
    let place = Place::new(&[X, ("thesis.tex", "years")]);
    place.refused("score x.csv x.csv --out .", &["not a report"]);
    place.refused("train ring8 --out .", &["not empty"]);
    assert_eq!(std::fs::read_to_string(place.path("thesis.tex")).unwrap(), "years");
}

#[test]
fn names_that_are_unknown() {
    let place = Place::new(&[P, Q, X]);
    place.refused("divergence p.csv q.csv --kind kl,jensen", &["`jensen`", "jsd"]);
    place.refused("divergence p.csv q.csv --kind alpha:much", &["alpha:much", "alpha:NUMBER"]);
    place.refused("transport x.csv x.csv --cost mahalanobis", &["mahalanobis", "cityblock"]);
    place.refused("transport x.csv x.csv --method simplex", &["simplex", "exact"]);
    place.refused("transport x.csv x.csv --plan plan.pdf", &["plan.pdf", ".npz"]);
    place.refused("score x.csv x.csv --metrics inception", &["`inception`", "frechet"]);
    place.refused("score x.csv x.csv --compat pytorch", &["`pytorch`", "torch-fidelity"]);
    place.refused("estimate x.csv x.csv --estimator mine", &["`mine`", "classifier"]);
    place.refused("estimate x.csv x.csv --estimator all,mine", &["`mine`", "classifier"]);
    place.refused("score x.csv x.csv --metrics all,inception", &["`inception`", "frechet"]);
    place.refused("estimate x.csv x.csv --kind jensen", &["`jensen`", "jsd"]);
    place.refused("estimate x.csv x.csv --figure e.gif", &["e.gif", ".svg"]);
    place.refused("train ring9", &["`ring9`", "ring8"]);
    place.refused("train ring8 --objective gan2", &["`gan2`", "nonsaturating"]);
    place.refused("train ring8 --limit weight", &["`weight`", "spectral"]);
    place.refused("train ring8 --penalty gradient", &["`gradient`", "r1r2"]);
    place.refused("train ring8 --generator 64,tan", &["`tan`", "128 lrelu"]);
    place.refused("divergences p.csv q.csv", &["divergence"]);
    assert!(!place.path("runs").exists());
}

#[test]
fn arguments_that_do_not_fit() {
    let place = Place::new(&[P, X, ("line.csv", "1\n2\n3\n")]);
    place.refused("transport x.csv", &["Y"]);
    place.refused("transport --cost-matrix x.csv --method sliced", &["sliced", "needs points"]);
    place.refused("transport x.csv x.csv --method sliced --plan p.csv", &["--plan", "sliced"]);
    place.refused("transport x.csv x.csv --method sliced --cost chebyshev", &["sliced", "chebyshev"]);
    place.refused("transport x.csv x.csv --method sinkhorn --epsilon 0", &["eps", "positive"]);
    place.refused("transport x.csv x.csv --method exact --epsilon nan", &["--epsilon", "sinkhorn"]);
    place.refused("transport x.csv x.csv --method sliced --epsilon 1", &["--epsilon", "sinkhorn"]);
    place.refused("transport x.csv x.csv --method sliced --time-limit 1", &["--time-limit"]);
    place.refused("transport x.csv x.csv --projections 10", &["--projections", "sliced"]);
    place.refused("transport line.csv line.csv --time-limit 1", &["--time-limit", "sort"]);
    place.refused("divergence p.csv p.csv --threads 0", &["--threads"]);
    place.refused("estimate x.csv", &["Q"]);
    place.refused("estimate x.csv x.csv --level 1.5", &["level", "1.5"]);
    let place = Place::new(&[("ten.csv", &"1\n2\n3\n4\n5\n".repeat(2))]);
    place.refused("estimate ten.csv ten.csv --estimator dv --kind jsd", &["`jsd`", "dv", "kl, reverse_kl"]);
    place.refused("train", &["DATA"]);
    assert_eq!(place.run("").code, 2);
}
