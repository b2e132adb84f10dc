//! Text files as people and programs write them: every decision is reported, and nothing is lost in silence.

use crate::common::Place;
use serde_json::Value;

/// Rows that the program read, by the number of points of a barycenter, and the warnings.
fn rows(place: &Place, options: &str) -> (usize, Vec<String>, String) {
    let ran = place.run(&format!("barycenter t.csv t.csv --json {options}"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let warnings = json["warnings"].as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_owned()).collect();
    (json["results"][0]["points"].as_array().unwrap().len(), warnings, ran.stderr)
}

#[test]
fn a_first_row_in_doubt_is_said_and_can_be_decided() {
    // text, rows as they are, words of the warning; none for clear cases
    for (text, expected, word) in [
        ("a,b\n1,2\n3,4\n", 2, ""),
        ("1,2\n3,4\n", 2, ""),
        ("0.5,1\n0,2\n", 2, ""),
        ("0\n1\n2\n", 3, ""),
        (",x\n0,1.5\n7,2.5\n", 2, "column 1 has no name"),
        ("x,NA\n1,2\n", 1, "`NA`"),
        ("x1,x2\n1,2\n", 1, "digits"),
        ("mean,50%\n1,2\n", 1, "`50%`"),
        ("0,1,2\n5,6,7\n", 1, "counts the columns"),
        ("0,1\n0.5,0.25\n", 1, "counts the columns"),
        ("0\n0.5\n0.25\n", 3, "counts the columns"),
        ("2020,2021\n0.5,0.75\n1.5,2.5\n", 3, "whole numbers"),
    ] {
        let place = Place::new(&[("t.csv", text)]);
        let (found, warnings, stderr) = rows(&place, "");
        assert_eq!(found, expected, "{text:?}");
        assert_eq!(warnings.is_empty(), word.is_empty(), "{text:?}: {warnings:?}");
        assert_eq!(stderr.is_empty(), word.is_empty(), "{text:?}: {stderr}");
        if !word.is_empty() {
            for part in ["t.csv, line 1", word, "--header yes", "--header no"] {
                assert!(warnings[0].contains(part) && stderr.contains(part), "{text:?}: {part} is not in {stderr}");
            }
            // once, although the file is read twice, and not at all on request
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            assert_eq!(rows(&place, "--quiet").2, "");
            assert_eq!(rows(&place, "--header yes").1.len(), 0);
        }
        assert_eq!(rows(&place, "--header yes").0, text.lines().count() - 1, "{text:?}");
    }
    let place = Place::new(&[("t.csv", "0,1,2\n5,6,7\n"), ("h.csv", "x1,x2\n1,2\n")]);
    assert_eq!(rows(&place, "--header no").1, Vec::<String>::new());
    place.refused("barycenter h.csv h.csv --header no", &["h.csv, line 1, column 1", "`x1`"]);
    place.refused("barycenter h.csv h.csv --header perhaps", &["--header", "yes or no"]);
}

#[test]
fn what_is_nearly_a_number_is_an_error_and_never_a_lost_row() {
    for (field, hint) in [
        ("\"1,234\"", "thousands"),
        ("50%", "per cent"),
        ("$5", "currency"),
        ("True", "1 in its place"),
        ("1_000", "underscores"),
        ("0x10", "decimal digits"),
        ("1.0D0", "with e before the exponent"),
        ("NA", "expected a number"),
        ("2020-01-31", "expected a number"),
    ] {
        let shown = format!("`{}`", field.trim_matches('"'));
        // as the first row, above a header, below a header, and among numbers
        for (text, line, column) in [
            (format!("{field}\n{field}\n1\n"), 1, 1),
            (format!("{field}\t{field}\n1\t2\n"), 1, 1),
            (format!("x,y\n1,{field}\n"), 2, 2),
            (format!("1,2\n3,{field}\n"), 2, 2),
            (format!("1,{field}\n3,4\n"), 1, 2),
        ] {
            let place = Place::new(&[("t.csv", &text)]);
            let at = format!("t.csv, line {line}, column {column}");
            place.refused("barycenter t.csv t.csv", &[&at, &shown, hint]);
        }
    }
}

#[test]
fn a_blank_in_the_one_name_of_a_header_separates_nothing() {
    for text in ["body mass\n1\n2\n", "\"body mass\"\n1\n2\n", "body mass (kg)\r\n1\r\n2\r\n"] {
        let place = Place::new(&[("t.csv", text)]);
        let (found, warnings, _) = rows(&place, "");
        assert_eq!((found, warnings.len()), (2, 0), "{text:?}");
    }
    let place = Place::new(&[("t.csv", "body mass\n1\n2\n")]);
    place.json("barycenter t.csv t.csv --out m.csv");
    assert_eq!(std::fs::read_to_string(place.path("m.csv")).unwrap(), "body mass\n1.0\n2.0\n");
    // two names between blanks stay two, and quotes hold a name together
    let place = Place::new(&[("t.csv", "\"body mass\" height\n1 2\n3 4\n")]);
    place.json("barycenter t.csv t.csv --out m.csv");
    assert!(std::fs::read_to_string(place.path("m.csv")).unwrap().starts_with("body mass,height\n"));
}

#[test]
fn messages_are_short_and_harmless() {
    let long = format!("1,{}\n", "x".repeat(5000));
    let place = Place::new(&[
        ("long.csv", &long),
        ("esc.csv", "1,\u{1b}[2J\u{7}red\n"),
        ("tiny.csv", "1\n-1e-308\n"),
        ("law.csv", "1e-308\n1e-308\n"),
    ]);
    let ran = place.run("barycenter long.csv long.csv");
    assert!(ran.code == 2 && ran.stderr.contains(&"x".repeat(80)) && !ran.stderr.contains(&"x".repeat(81)));
    let ran = place.run("barycenter esc.csv esc.csv");
    assert!(ran.stderr.contains("\\u{1b}[2J\\u{7}red") && !ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    // no name of a file acts on the terminal, either
    let mut command = place.command("barycenter");
    let ran = command.args(["no\u{1b}[31m.csv", "b.csv"]).output().unwrap();
    let stderr = String::from_utf8(ran.stderr).unwrap();
    assert!(stderr.contains("no\\u{1b}[31m.csv") && !stderr.contains('\u{1b}'), "{stderr}");
    // exponents in place of three hundred zeros
    place.refused("divergence tiny.csv tiny.csv", &["-1e-308"]);
    place.refused("divergence law.csv law.csv", &["2e-308"]);
    assert!(!place.run("divergence law.csv law.csv").stderr.contains("0000"));
}

#[test]
fn normalising_that_changes_nothing_is_said() {
    let place = Place::new(&[
        ("p.csv", "0.5,0.25,0.25"),
        ("c.csv", "2,1,1"),
        ("x.csv", "1,2\n3,4\n"),
        ("w.csv", "0.5\n0.5\n"),
        ("v.csv", "3\n1\n"),
    ]);
    let said = |arguments: &str| {
        let ran = place.run(&format!("{arguments} --json"));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let warnings = ran.object()["warnings"].as_array().unwrap().len();
        assert_eq!(warnings, ran.stderr.lines().count(), "{}", ran.stderr);
        ran.stderr
    };
    assert!(said("divergence p.csv p.csv --normalize").contains("--normalize changed nothing: what is in p.csv"));
    assert!(said("divergence p.csv p.csv --pairwise --normalize").contains("--normalize changed nothing"));
    assert_eq!(said("divergence c.csv p.csv --normalize"), "");
    assert_eq!(said("divergence c.csv p.csv --pairwise --normalize"), "");
    assert!(said("transport x.csv x.csv --normalize").contains("no masses are given"));
    assert!(said("transport x.csv x.csv --weights-x w.csv --normalize").contains("w.csv sums to one already"));
    assert_eq!(said("transport x.csv x.csv --weights-x v.csv --normalize"), "");
}

/// Indices, columns by name and number, and what is said of them.
#[test]
fn columns_are_chosen_and_matched_by_name() {
    let place = Place::new(&[
        ("real.csv", ",x,y\n0,1.5,2\n1,2.5,1\n2,0.5,4\n"),
        ("plain.csv", "x,y\n1.5,2\n2.5,1\n0.5,4\n"),
        ("turned.csv", "y,x\n2,1.5\n1,2.5\n4,0.5\n"),
        ("other.csv", "x,z,w\n1.5,2,1\n2.5,1,1\n0.5,4,2\n"),
        ("words.csv", "name,x,y\nann,1.5,2\nbob,2.5,1\ncy,0.5,4\n"),
        ("bare.csv", "1.5,2\n2.5,1\n0.5,4\n"),
        ("twice.csv", "x,x\n1.5,2\n2.5,1\n0.5,4\n"),
    ]);
    // the same rows, in each of these files: the distance is zero
    let distance = |arguments: &str, words: &[&str]| {
        let ran = place.run(&format!("score {arguments} --metrics w2,energy --permutations 0 --json"));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        for word in words.iter().filter(|word| **word != "apart") {
            assert!(ran.stderr.contains(word), "{arguments}: {word} is not in {}", ran.stderr);
        }
        // all rows are copies, which is said too
        assert!(ran.stderr.contains("3 of the 3 generated rows are copies of real ones") != words.contains(&"apart"));
        let said = ran.stderr.lines().filter(|line| !line.contains("copies of real ones")).count();
        assert_eq!(said, words.iter().filter(|word| **word != "apart").count(), "{arguments}: {}", ran.stderr);
        let json = ran.object();
        assert_eq!(json["results"][0]["dimension"], if arguments.ends_with("--columns x") { 1 } else { 2 });
        json["results"][0]["value"].as_f64().unwrap()
    };
    for (arguments, words) in [
        ("plain.csv turned.csv", &["matched by name"][..]),
        ("turned.csv plain.csv", &["matched by name"]),
        ("real.csv turned.csv", &["no name; --header", "taken for an index", "matched by name"]),
        ("plain.csv bare.csv", &[]),
        ("words.csv plain.csv --columns x,y", &[]),
        ("words.csv other.csv --columns x", &[]),
        ("plain.csv other.csv --columns 1,2", &[]),
    ] {
        assert!(distance(arguments, words) < 1e-12, "{arguments}");
    }
    assert!(distance("turned.csv bare.csv", &["apart"]) > 0.5);
    let words = place.run("score words.csv words.csv --drop name --metrics w2 --json").object();
    assert_eq!(words["results"][0]["dimension"], 2);
    place.refused("score plain.csv other.csv", &["only plain.csv has `y`", "only other.csv has `z`, `w`", "--columns"]);
    place.refused("estimate plain.csv other.csv", &["only plain.csv has `y`"]);
    place.refused("score plain.csv twice.csv", &["`y`"]);
    place.refused("score plain.csv bare.csv --columns z", &["`z`", "x, y", "number from 1 to 2"]);
    place.refused("score plain.csv bare.csv --columns x --drop y", &["--columns", "--drop"]);
    place.refused("estimate words.csv words.csv", &["words.csv, line 2, column 1", "`ann`"]);
}

/// A matrix of distances and a law begin with counts, and lose nothing.
#[test]
fn laws_and_matrices_have_no_labels_of_numbers() {
    let place = Place::new(&[("d.csv", "0,1,2\n1,0,1\n2,1,0\n"), ("laws.csv", "0,1\n0.5,0.5\n")]);
    let json = place.json("gromov d.csv d.csv --distances");
    assert_eq!(json["results"][0]["n"], 3);
    let json = place.json("divergence laws.csv laws.csv --pairwise --kind tv");
    assert_eq!(json["results"][0]["value"].as_array().unwrap().len(), 2);
}
