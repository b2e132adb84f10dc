//! `fenchel transport` for people: figures, exported plans, time limits, and refused input.

#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use crate::common::Place;
use serde_json::Value;

const X: (&str, &str) = ("x.csv", "width,height\n0,0\n1,0\n0,2\n");
const Y: (&str, &str) = ("y.csv", "width,height\n3,4\n4,4\n3,6\n");

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn text(place: &Place, name: &str) -> String {
    std::fs::read_to_string(place.path(name)).unwrap()
}

/// Points of an irregular cloud in the plane.
fn cloud(n: u32, shift: f64) -> String {
    (0..n)
        .map(|i| format!("{:?},{:?}\n", f64::from(i * i % 101) / 50.0 + shift, f64::from(i * 37 % 89) / 40.0))
        .collect()
}

#[test]
fn the_figure_of_clouds_is_named_as_their_columns() {
    let place = Place::new(&[X, Y, ("z.csv", "3,4\n4,4\n3,6\n"), ("w.csv", "w,h\n3,4\n4,4\n3,6\n")]);
    place.json("transport x.csv y.csv --figure plan.svg");
    let svg = text(&place, "plan.svg");
    for word in ["width", "height", "from x", "to y", "mass"] {
        assert!(svg.contains(word), "{word} is not in the figure");
    }
    // a file without a header leaves the name to the other; two names are both told; no name is a number
    place.json("transport x.csv z.csv --figure one.svg");
    assert!(text(&place, "one.svg").contains("height"));
    place.json("transport x.csv w.csv --figure both.svg");
    assert!(text(&place, "both.svg").contains("width (x), w (y)"));
    place.json("transport z.csv z.csv --figure none.svg");
    assert!(text(&place, "none.svg").contains("column 2"));
}

#[test]
fn the_figure_on_the_line_is_a_matrix_with_its_marginals() {
    let many: String = (0..500).map(|k| format!("{}\n", f64::from(k * k % 997) / 100.0)).collect();
    let place = Place::new(&[("p.csv", "age\n1\n2\n3\n"), ("q.csv", "age\n2\n2.5\n7\n"), ("many.csv", &many)]);
    for method in ["auto", "exact", "sinkhorn"] {
        place.json(&format!("transport p.csv q.csv --cost euclidean --method {method} --figure {method}.svg"));
        let svg = text(&place, &format!("{method}.svg"));
        for word in ["from x: age", "to y: age", "mass of x", "mass of y", "2.5"] {
            assert!(svg.contains(word), "{method}: {word} is not in the figure");
        }
    }
    place.json("transport many.csv q.csv --figure many.png");
    assert!(std::fs::read(place.path("many.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn the_figure_of_convergence() {
    let place = Place::new(&[("x.csv", &cloud(80, 0.0)), ("y.csv", &cloud(70, 1.5))]);
    for method in ["exact", "sinkhorn"] {
        place.json(&format!("transport x.csv y.csv --method {method} --convergence {method}.svg"));
        let svg = text(&place, &format!("{method}.svg"));
        for word in ["iteration", "primal", "dual", "converged"] {
            assert!(svg.contains(word), "{method}: {word} is not in the figure");
        }
    }
    assert!(text(&place, "sinkhorn.svg").contains("marginal error"));
    place.json("transport --cost-matrix x.csv --convergence matrix.svg");
    assert!(text(&place, "matrix.svg").starts_with("<svg"));
}

#[test]
fn plans_read_back() {
    let place = Place::new(&[X, Y]);
    let json = place.json("transport x.csv y.csv --cost euclidean --plan plan.npz");
    let value = number(&json["results"][0]["value"]);
    let arcs = fenchel::io::read_table(format!("{}:arcs", place.path("plan.npz").display())).unwrap().values;
    let plan = fenchel::io::read_table(format!("{}:plan", place.path("plan.npz").display())).unwrap().values;
    let [u, v] =
        ["u", "v"].map(|key| fenchel::io::read_vector(format!("{}:{key}", place.path("plan.npz").display())).unwrap());
    let (x, y) = ([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0f64]], [[3.0, 4.0], [4.0, 4.0], [3.0, 6.0f64]]);
    let cost = |i: usize, j: usize| (x[i][0] - y[j][0]).hypot(x[i][1] - y[j][1]);
    let (mut primal, mut mass) = (0.0, 0.0);
    for arc in arcs.rows() {
        let (i, j) = (arc[0] as usize, arc[1] as usize);
        assert_eq!(arc[2], plan[[i, j]]);
        (primal, mass) = (primal + arc[2] * cost(i, j), mass + arc[2]);
    }
    assert!((primal - value).abs() < 1e-12 && (mass - 1.0).abs() < 1e-12);
    let dual = (u.iter().sum::<f64>() + v.iter().sum::<f64>()) / 3.0;
    assert!((dual - value).abs() < 1e-12);
    for (i, u) in u.iter().enumerate() {
        for (j, v) in v.iter().enumerate() {
            assert!(u + v <= cost(i, j) + 1e-12);
        }
    }
    // the table of an entropic plan has no list of arcs, since all carry mass
    place.json("transport x.csv y.csv --method sinkhorn --plan soft.npz");
    assert!(fenchel::io::read_table(format!("{}:arcs", place.path("soft.npz").display())).is_err());
    place.json("transport x.csv y.csv --method sinkhorn --plan soft.csv");
    assert_eq!(text(&place, "soft.csv").lines().next(), Some("row,column,mass"));
}

#[test]
fn a_time_limit_leaves_a_bracket() {
    let place = Place::new(&[("x.csv", &cloud(400, 0.0)), ("y.csv", &cloud(380, 1.0))]);
    let optimum = number(&place.json("transport x.csv y.csv --method exact")["results"][0]["value"]);
    for method in ["exact", "sinkhorn"] {
        let ran =
            place.run(&format!("transport x.csv y.csv --method {method} --time-limit 0 --json --plan {method}.csv"));
        let row = ran.object()["results"][0].clone();
        assert_eq!((ran.code, row["status"].as_str()), (1, Some("time_limit")), "{}", ran.stderr);
        assert!(ran.stderr.contains("stopped early (time limit)") && ran.stderr.contains("between dual and primal"));
        assert!(number(&row["dual"]) <= optimum * (1.0 + 1e-9), "{row}");
        assert!(optimum * (1.0 - 1e-9) <= number(&row["primal"]), "{row}");
        assert!((number(&row["gap"]) - (number(&row["primal"]) - number(&row["dual"]))).abs() < 1e-12);
        // the plan reached by then is written all the same
        assert!(text(&place, &format!("{method}.csv")).lines().count() > 1);
    }
    place.refused("transport x.csv y.csv --time-limit soon", &["--time-limit", "soon", "number of seconds"]);
    place.refused("transport x.csv y.csv --time-limit=-1", &["--time-limit", "number of seconds"]);
}

#[test]
fn sliced_has_an_interval() {
    let place = Place::new(&[X, Y]);
    let row = place.json("transport x.csv y.csv --method sliced --seed 2")["results"][0].clone();
    let (low, high) = (number(&row["interval"][0]), number(&row["interval"][1]));
    assert!(low < number(&row["value"]) && number(&row["value"]) < high && number(&row["std_error"]) > 0.0, "{row}");
    // of a translation by t, the sliced cost is |t|²/d
    assert!(low <= 12.5 && 12.5 <= high, "{row}");
    let again = place.json("transport x.csv y.csv --method sliced --seed 2 --threads 1")["results"][0].clone();
    assert_eq!(row["value"], again["value"]);
    assert!(place.run("transport x.csv y.csv --method sliced").stdout.contains("90 % interval"));
}

#[test]
fn what_is_refused() {
    let place =
        Place::new(&[X, Y, ("space.csv", "1,2,3\n4,5,6\n"), ("file", "mine"), ("words.csv", "a,b\n1,2\n3,x\n")]);
    place.refused("transport space.csv space.csv --figure f.svg", &["--figure", "one or two columns", "3"]);
    place.refused("transport --cost-matrix space.csv --figure f.svg", &["--figure", "two clouds"]);
    place.refused("transport x.csv y.csv --convergence c.gif", &["--convergence", "c.gif", ".svg or .png"]);
    place.refused("transport x.csv y.csv --convergence file/c.svg", &["file/c.svg"]);
    place.refused("transport x.csv y.csv --method sliced --convergence c.svg", &["--convergence", "sliced"]);
    place.refused("transport x.csv words.csv", &["words.csv", "line 3", "column 2", "`x`"]);
    place.refused("transport x.csv y.csv --cost-matrix space.csv", &["--cost-matrix", "cannot be used with"]);
    place.refused("transport x.csv y.csv --method sliced --projections 1", &["projections", "2"]);
    place.refused("transport x.csv y.csv --epsilon much", &["--epsilon", "much"]);
}

#[test]
fn help_teaches_how_to_read_the_answer() {
    let help = Place::new(&[]).run("transport --help").stdout;
    for word in ["--time-limit", "--convergence", "How to read the answer", "[dual, primal]", "90 % interval", "header"]
    {
        assert!(help.contains(word), "{word}");
    }
}
