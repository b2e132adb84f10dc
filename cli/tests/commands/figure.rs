//! `fenchel figure`: the file that was asked for, with the names of the columns, or a clear refusal.

use crate::common::Place;

const CURVES: &str = "step,loss,W1\n1,2.5,3\n2,1.25,2\n4,0.5,1\n";

#[test]
fn lines_have_the_names_of_their_columns_in_every_format() {
    let place = Place::new(&[("curves.csv", CURVES)]);
    let told = place.json("figure lines --data curves.csv --title Losses --y nats");
    assert_eq!((&told["figure"], &told["rows"], &told["columns"]), (&"lines.svg".into(), &3.into(), &3.into()));
    let svg = std::fs::read_to_string(place.path("lines.svg")).unwrap();
    for word in ["Losses", "step", "nats", "loss", "W1"] {
        assert!(svg.contains(word), "{word}");
    }
    for (name, start) in [("a.png", "\u{89}PNG"), ("a.pdf", "%PDF"), ("a.tex", "% needs")] {
        assert_eq!(place.run(&format!("figure lines --data curves.csv --out {name}")).code, 0);
        let file = std::fs::read(place.path(name)).unwrap();
        let start: Vec<u8> = start.chars().map(|c| c as u8).collect();
        assert!(file.starts_with(&start), "{name}");
    }
    let tex = std::fs::read_to_string(place.path("a.tex")).unwrap();
    assert!(tex.contains("(4,0.5)") && tex.contains("\\addlegendentry{W1}") && tex.contains("xlabel={step}"), "{tex}");
}

/// The width of the frame does not change with the letters, and grey has no colour.
#[test]
fn letters_and_colours_are_those_of_the_paper() {
    let place = Place::new(&[("curves.csv", CURVES)]);
    let drawn = |more: &str| {
        assert_eq!(place.run(&format!("figure lines --data curves.csv --width 300 {more}")).code, 0);
        std::fs::read_to_string(place.path("lines.svg")).unwrap()
    };
    let attribute = |svg: &str, name: &str| -> f64 {
        svg.split_once(&format!(" {name}=\"")).unwrap().1.split_once('"').unwrap().0.parse().unwrap()
    };
    let (usual, large) = (drawn(""), drawn("--font-size 19.5"));
    // letters of 13 pixels are 130 units of a sheet that is twice as large in pixels
    assert!(large.contains("font-size=\"130\"") && usual.contains("font-size=\"130\""));
    let units =
        |svg: &str| svg.split_once("viewBox=\"0 0 ").unwrap().1.split_once(' ').unwrap().0.parse::<f64>().unwrap();
    let scale = |svg: &str| attribute(svg, "width") / units(svg);
    assert!((scale(&large) / scale(&usual) - 2.0).abs() < 1e-12);
    assert!(attribute(&large, "width") < 1.5 * attribute(&usual, "width"));

    let grey = drawn("--colours grey");
    assert!(usual.contains("#0072B2") && !grey.contains("#0072B2"));
    let shades = grey.split("\"#").skip(1).map(|colour| &colour[..6]);
    shades.for_each(|shade| assert!(shade[..2] == shade[2..4] && shade[..2] == shade[4..], "{shade}"));
    place.refused("figure lines --data curves.csv --out a.tex --colours grey", &[".tex", ".pdf"]);
    place.refused("figure lines --data curves.csv --font-size 1", &["1", "points from 4 to 72"]);
}

#[test]
fn every_kind_draws_what_it_takes() {
    let place = Place::new(&[
        ("curves.csv", CURVES),
        ("cloud.csv", "1,2\n3,4\n5,7\n"),
        ("band.csv", "x,JSD,low,high\n0,0,0,0.1\n1,0.5,0.4,0.6\n"),
        ("digits.csv", "0,1,1,0\n1,0,0,1\n"),
    ]);
    for arguments in [
        "points --data cloud.csv",
        "bars --data cloud.csv --out bars.tex",
        "histogram --data cloud.csv --log-y",
        "band --data band.csv --out band.tex",
        "cells --data cloud.csv --out cells.png",
        "pictures --data digits.csv --image 2x2 --out digits.png",
    ] {
        let ran = place.run(&format!("figure {arguments}"));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments}");
    }
    let band = std::fs::read_to_string(place.path("band.tex")).unwrap();
    assert!(band.contains("low to high") && band.contains("\\closedcycle"));
}

#[test]
fn what_cannot_be_drawn_is_refused_and_nothing_is_written() {
    let place = Place::new(&[("curves.csv", CURVES), ("one.csv", "1\n2\n")]);
    place.refused("figure line --data curves.csv", &["line", "lines"]);
    place.refused("figure lines --data one.csv", &["1 columns", "x"]);
    place.refused("figure points --data curves.csv", &["3 columns", "--columns"]);
    place.refused("figure band --data curves.csv", &["3 columns", "four"]);
    place.refused("figure pictures --data curves.csv", &["--image"]);
    place.refused("figure pictures --data curves.csv --image 2x2", &["2x2", "3 numbers"]);
    place.refused("figure cells --data curves.csv --out a.tex", &["cells", ".pdf"]);
    place.refused("figure lines --data curves.csv --out a.gif", &["a.gif", ".svg"]);
    place.refused("figure lines --data curves.csv --width 3", &["3", "50"]);
    assert_eq!(crate::common::files::files(place.folder()).len(), 2);
}
