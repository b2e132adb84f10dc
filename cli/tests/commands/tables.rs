//! Tables with columns of words and missing cells.
#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use crate::common::{Place, keys, named};
use serde_json::Value;

/// People by age, income and city; `k` moves the law.
fn people(rows: usize, k: usize) -> String {
    let row = |i: usize| {
        let age = 20 + (i * (7 + k)) % 50;
        let income = 1000.0 + 30.0 * age as f64 + ((i * 13 + k) % 97) as f64;
        let city = ["Oslo", "Riga", "Bonn", "Lund"][(i * i + age) % (3 + k.min(1))];
        format!("{age},{income:?},{city}\n")
    };
    format!("age,income,city\n{}", (0..rows).map(row).collect::<String>())
}

fn column<'a>(json: &'a Value, name: &str) -> &'a Value {
    let columns = json["columns"].as_array().expect("columns");
    columns.iter().find(|column| column["name"] == name).unwrap_or_else(|| panic!("no `{name}` in {json}"))
}

fn score<'a>(json: &'a Value, column_name: &str, name: &str) -> &'a Value {
    let scores = column(json, column_name)["scores"].as_array().expect("scores");
    scores.iter().find(|score| score["name"] == name).unwrap_or_else(|| panic!("no `{name}` in {json}"))
}

#[test]
fn columns_of_words_are_categories() {
    let place = Place::new(&[("real.csv", &people(120, 0)), ("fake.csv", &people(90, 1))]);
    let json = place.json("score real.csv fake.csv --metrics frechet,energy,columns,associations --permutations 99");
    assert_eq!((&column(&json, "age")["kind"], &column(&json, "city")["kind"]), (&"number".into(), &"category".into()));
    // three columns of numbers and words are 2 + 4 coordinates
    assert_eq!(named(&json, "energy")["dimension"], 6);
    let encoding = json["encoding"].as_str().unwrap();
    assert!(encoding.contains("6 dimensions") && encoding.contains("distance 1"), "{encoding}");
    // shares of the cities, by hand
    let share = |text: &str, city: &str| {
        let rows: Vec<&str> = text.lines().skip(1).collect();
        rows.iter().filter(|row| row.ends_with(city)).count() as f64 / rows.len() as f64
    };
    let cities = ["Oslo", "Riga", "Bonn", "Lund"];
    let differences = cities.map(|city| (share(&people(120, 0), city) - share(&people(90, 1), city)).abs());
    let tv = score(&json, "city", "tv");
    assert!((tv["value"].as_f64().unwrap() - differences.iter().sum::<f64>() / 2.0).abs() < 1e-12, "{tv}");
    assert_eq!(column(&json, "city")["unseen"][0]["category"], "Lund");
    assert_eq!(column(&json, "city")["lost"], Value::Array(Vec::new()));
    for name in ["ks", "w1", "w1_relative", "jsd"] {
        assert!(score(&json, "income", name)["interval"].is_array(), "{name}");
    }
    let pairs = json["associations"].as_array().unwrap();
    let measures: Vec<&str> = pairs.iter().map(|pair| pair["measure"].as_str().unwrap()).collect();
    assert_eq!(measures, ["pearson", "spearman", "correlation_ratio", "correlation_ratio"]);
    let expected = ["columns", "difference", "measure", "p_value", "real", "std_error", "synthetic"];
    assert_eq!(keys(&pairs[0]), expected);
    assert!(named(&json, "associations")["baseline"].is_number());

    let shown = place.run("score real.csv fake.csv --metrics columns").stdout;
    for words in
        ["2 columns of numbers (age, income), 1 column of categories (city)", "distance 1", "no real row has: Lund"]
    {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
}

#[test]
fn the_names_of_scores_of_columns_answer_with_their_table() {
    let place = Place::new(&[("x.csv", "a,b\n1,2\n2,4\n3,7\n4,1\n5,5\n"), ("y.csv", "a,b\n2,2\n3,4\n4,7\n5,1\n6,5\n")]);
    for name in ["ks", "KS", "tv", "jsd", "columns"] {
        let json = place.json(&format!("score x.csv y.csv --metrics {name}"));
        assert_eq!(json["results"], Value::Array(Vec::new()), "{name}");
        assert!((score(&json, "a", "ks")["value"].as_f64().unwrap() - 0.2).abs() < 1e-15);
        assert_eq!(score(&json, "a", "w1")["value"], 1.0);
        assert_eq!(score(&json, "b", "ks")["value"], 0.0);
        assert!(json.get("associations").is_none());
    }
    let json = place.json("score x.csv y.csv --metrics correlations");
    assert!(json.get("columns").is_none() && json["associations"].as_array().unwrap().len() == 2);
    // plain points have no tables unless they are asked for
    let points = Place::new(&[("x.csv", "1,2\n2,4\n3,7\n4,1\n"), ("y.csv", "2,2\n3,4\n4,7\n5,1\n")]);
    assert!(points.json("score x.csv y.csv --permutations 9").get("columns").is_none());
    assert_eq!(score(&points.json("score x.csv y.csv --metrics ks"), "column 1", "w1")["value"], 1.0);
}

#[test]
fn missing_cells_are_an_error_dropped_or_a_category() {
    let holes = "age,city\n31,Oslo\n,Riga\n40,NA\n51,Oslo\n28,Riga\n33,Oslo\n";
    let whole = "age,city\n30,Oslo\n41,Riga\n39,Riga\n52,Oslo\n29,Riga\n35,Oslo\n";
    let place =
        Place::new(&[("holes.csv", holes), ("whole.csv", whole), ("nan.csv", "age,city\nNaN,Oslo\n1,Riga\n2,null\n")]);
    place.refused(
        "score whole.csv holes.csv",
        &["holes.csv, line 3, column 1", "empty", "--missing drop", "--missing category"],
    );
    place.refused("score whole.csv nan.csv", &["nan.csv, line 2, column 1", "`NaN`", "--missing"]);
    let run = place.run("score holes.csv whole.csv --missing drop --metrics columns,energy --json");
    assert!(run.stderr.contains("holes.csv: 2 of 6 rows"), "{}", run.stderr);
    let json = run.object();
    assert_eq!((&named(&json, "energy")["n"], &named(&json, "energy")["m"]), (&4.into(), &6.into()));
    // what was dropped is still counted
    let missing = &column(&json, "city")["missing"];
    assert!((missing["real"].as_f64().unwrap() - 1.0 / 6.0).abs() < 1e-15 && missing["generated"] == 0.0, "{missing}");
    let json = place.json("score holes.csv whole.csv --missing category --metrics columns,energy");
    assert_eq!(named(&json, "energy")["n"], 6);
    assert_eq!(column(&json, "city")["lost"][0]["category"], "(missing)");
    assert_eq!(column(&json, "age missing")["lost"][0]["category"], "yes");
    place.refused("score holes.csv whole.csv --missing impute", &["--missing", "drop"]);
}

#[test]
fn codes_are_categories_where_that_is_said() {
    let place =
        Place::new(&[("x.csv", "zip,x\n007,1\n7,2\n7,3\n12,4\n"), ("y.csv", "zip,x\n007,1\n12,2\n12,3\n12,4\n")]);
    assert_eq!(column(&place.json("score x.csv y.csv --metrics columns"), "zip")["kind"], "number");
    for name in ["zip", "1"] {
        let json = place.json(&format!("score x.csv y.csv --metrics columns --categories {name}"));
        assert_eq!(
            (score(&json, "zip", "tv")["value"].as_f64(), &column(&json, "x")["kind"]),
            (Some(0.5), &"number".into())
        );
    }
    place.refused("score x.csv y.csv --categories town", &["`town`", "zip, x"]);
    // a word among numbers is no category by accident
    let place = Place::new(&[("x.csv", "a\n1\n2\nthree\n4\n"), ("y.csv", "a\n1\n2\n3\n4\n")]);
    place.refused("score x.csv y.csv", &["x.csv, line 4, column 1", "`three`", "7 of the 8 cells", "--categories"]);
    assert_eq!(score(&place.json("score x.csv y.csv --categories a --metrics tv"), "a", "tv")["value"], 0.25);
    // an infinity is a number, and no category
    let place = Place::new(&[("x.csv", "a\n1\n2\n-inf\n4\n"), ("y.csv", "a\n1\n2\n3\n4\n")]);
    place.refused("score x.csv y.csv", &["x.csv, line 4, column 1", "`-inf`", "a finite number"]);
}

#[test]
fn columns_are_matched_by_name() {
    let place = Place::new(&[
        ("x.csv", "a,c\n1,red\n2,blue\n3,red\n4,blue\n"),
        ("y.csv", "c,a\nred,1\nblue,2\nred,3\nblue,4\n"),
        ("z.csv", "d,a\nred,1\nblue,2\n"),
    ]);
    let json = place.json("score x.csv y.csv --metrics columns");
    assert_eq!(
        (score(&json, "a", "ks")["value"].as_f64(), score(&json, "c", "tv")["value"].as_f64()),
        (Some(0.0), Some(0.0))
    );
    place.refused("score x.csv z.csv", &["only x.csv has `c`", "only z.csv has `d`"]);
    // files that are read block by block are not reordered
    place.refused("score x.csv y.csv --memory 1", &["another order", "--columns"]);
    let json = place.json("score x.csv y.csv --memory 1 --columns a,c");
    assert_eq!(score(&json, "c", "tv")["value"], 0.0);
}

/// Categories and missing cells of files beyond the memory: the columns as in memory, whose counts are exact and whose sketches forget nothing of so few rows.
#[test]
fn tables_beyond_the_memory_that_is_allowed_are_streamed() {
    let holes = |rows: usize, k: usize| {
        let text = people(rows, k);
        let hole = |(i, line): (usize, &str)| match i % 11 {
            3 => format!("{}\n", line.replacen(|c: char| c.is_ascii_digit(), "", 2)),
            7 => format!("{}\n", line.replace("Oslo", "NA")),
            _ => format!("{line}\n"),
        };
        text.lines()
            .enumerate()
            .map(|(i, line)| if i == 0 { format!("{line}\n") } else { hole((i, line)) })
            .collect::<String>()
    };
    let place = Place::new(&[
        ("real.csv", &people(120, 0)),
        ("fake.csv", &people(90, 1)),
        ("holes.csv", &holes(120, 0)),
        ("more.csv", &holes(90, 1)),
    ]);
    for files in ["real.csv fake.csv", "holes.csv more.csv --missing drop", "holes.csv more.csv --missing category"] {
        let streamed = place.run(&format!("score {files} --memory 100 --json"));
        let json = streamed.object();
        let whole = place.run(&format!("score {files} --metrics columns --json"));
        let in_memory = whole.object();
        let names =
            |json: &Value| json["columns"].as_array().unwrap().iter().map(|c| c["name"].clone()).collect::<Vec<_>>();
        assert_eq!(names(&json), names(&in_memory), "{files}");
        for (found, expected) in
            json["columns"].as_array().unwrap().iter().zip(in_memory["columns"].as_array().unwrap())
        {
            for part in ["name", "kind", "missing", "unseen", "lost"] {
                assert_eq!(found[part], expected[part], "{files}: {part}");
            }
            for (found, expected) in
                found["scores"].as_array().unwrap().iter().zip(expected["scores"].as_array().unwrap())
            {
                let of = |score: &Value| score["value"].as_f64().unwrap();
                assert!((of(found) - of(expected)).abs() < 1e-12, "{files}: {found} {expected}");
            }
        }
        let dropped = |stderr: &str| {
            stderr.lines().filter(|line| line.contains("dropped")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(dropped(&streamed.stderr), dropped(&whole.stderr), "{files}");
        // the rows as the same points
        assert_eq!(json["encoding"], place.json(&format!("score {files} --metrics frechet"))["encoding"]);
        let frechet = place.json(&format!("score {files} --metrics frechet"));
        let (a, b) =
            (named(&json, "frechet")["value"].as_f64().unwrap(), named(&frechet, "frechet")["value"].as_f64().unwrap());
        assert!((a - b).abs() < 1e-9 * b, "{files}: {a} {b}");
        assert_eq!(named(&json, "frechet")["n"], named(&frechet, "frechet")["n"]);
        let shown = place.run(&format!("score {files} --memory 100")).stdout;
        assert!(shown.contains("read block by block") && shown.contains("The columns, each by itself"), "{shown}");
    }
    place.refused("score real.csv holes.csv --memory 100", &["holes.csv, line 4", "--missing drop"]);
    // a word among numbers, where the first rows of the file have none
    let late = format!("{}{}", "a,b\n", "1,2\n".repeat(9000)) + "x,2\n";
    let place = Place::new(&[("late.csv", &late), ("short.csv", "a,b\n1,2\n2,3\n")]);
    place.refused(
        "score short.csv late.csv --missing drop --memory 100",
        &["late.csv, line 9002, column 1", "--categories"],
    );
    let json = place.json("score short.csv late.csv --categories a --memory 100");
    assert_eq!(column(&json, "a")["unseen"][0], serde_json::json!({ "category": "x", "rows": 1 }));
}

#[test]
fn the_folder_has_the_tables_and_their_figures() {
    let place = Place::new(&[("real.csv", &people(80, 0)), ("a.csv", &people(60, 1)), ("b.csv", &people(70, 2))]);
    let json =
        place.json("score real.csv a.csv b.csv --metrics energy,columns,associations --permutations 99 --out scores");
    let whose: Vec<&str> =
        json["columns"].as_array().unwrap().iter().map(|c| c["generated"].as_str().unwrap()).collect();
    assert_eq!(whose, ["a.csv", "a.csv", "a.csv", "b.csv", "b.csv", "b.csv"]);
    let read = |name: &str| std::fs::read_to_string(place.path(&format!("scores/{name}"))).unwrap();
    assert_eq!(read("columns.csv").lines().count(), 1 + 2 * (5 + 5 + 3));
    assert_eq!(read("associations.csv").lines().count(), 1 + 2 * 4);
    for (file, words) in [
        ("scores.md", "**a.csv, columns**"),
        ("scores.tex", "tv 0."),
        ("index.html", "The columns of b.csv"),
        ("index.html", "real below the diagonal, generated above"),
        ("index.html", "quantiles 1 to 99 %"),
    ] {
        assert!(read(file).contains(words), "{words} is not in {file}");
    }
    // neither the number of threads nor the order of columns changes a number
    let bits = |options: &str| {
        place.run(&format!("score real.csv a.csv --metrics columns,associations --json {options}")).stdout
    };
    assert_eq!(bits("--threads 1"), bits("--threads 3"));
}
