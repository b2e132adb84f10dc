//! Where results go: nothing that is read, linked to or made by somebody else is replaced.

use crate::common::Place;
use crate::common::files::{files, hidden};
use std::fs;
use std::process::Stdio;

const REAL: (&str, &str) = ("real.csv", "3,1\n1,0\n2,1\n1,2\n");
const MADE: (&str, &str) = ("made.csv", "3,1\n1,0\n2,2\n1,2\n");
const SCORE: &str = "score real.csv made.csv --metrics energy --permutations 0";

#[test]
fn a_folder_belongs_to_the_command_that_made_it() {
    let place = Place::new(&[REAL, MADE]);
    place.json(&format!("{SCORE} --out scores"));
    place.json("train ring8 --steps 1 --out run");
    let before = (files(&place.path("scores")), files(&place.path("run")));
    place.refused(
        "reproduce --chapter likelihood --out scores",
        &["scores", "made by `fenchel score`", "choose another"],
    );
    place.refused("reproduce --chapter likelihood --out run", &["run", "made by `fenchel train`"]);
    place.refused(&format!("{SCORE} --out run"), &["run", "made by `fenchel train`"]);
    place.refused("train ring8 --steps 1 --out scores", &["scores", "not empty"]);
    place.refused("train ring8 --steps 1 --out run", &["run", "not empty"]);
    place.refused("train --resume scores", &["scores", "no run in it"]);
    assert!(before == (files(&place.path("scores")), files(&place.path("run"))));
    place.json(&format!("{SCORE} --out scores")); // its own it replaces
    assert_eq!(hidden(place.folder()), [""; 0]);
}

#[test]
fn the_current_folder_is_not_replaced() {
    let place = Place::new(&[REAL, MADE]);
    fs::create_dir_all(place.path("scores/below")).unwrap();
    let score = |from: &str, out: &str| {
        let up = if from == "scores" { ".." } else { "../.." };
        let arguments = format!("score {up}/real.csv {up}/made.csv --metrics energy --permutations 0 --out {out}");
        let ran = place.command(&arguments).current_dir(place.path(from)).output().unwrap();
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    };
    for (from, out) in [("scores/below", "."), ("scores/below", "./"), ("scores", "../scores")] {
        let (code, message) = score(from, out);
        assert_eq!(code, Some(2), "{out}: {message}");
        let said = message.contains("current folder") || message.contains("not a report");
        assert!(said && message.contains("choose a"), "{out}: {message}");
    }
    assert!(score("scores/below", "..").1.contains("names no folder"));
    assert!(score("scores/below", "../..").1.contains("names no folder"));
    let train =
        place.command("train ring8 --steps 1 --out .").current_dir(place.path("scores/below")).output().unwrap();
    assert!(String::from_utf8(train.stderr).unwrap().contains("current folder"));
    // its own report is safe too while somebody stands in it
    fs::remove_dir(place.path("scores/below")).unwrap();
    place.json(&format!("{SCORE} --out scores"));
    let before = files(&place.path("scores"));
    assert!(score("scores", ".").1.contains("current folder"));
    assert!(before == files(&place.path("scores")));
    assert_eq!(hidden(place.folder()), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_replaced() {
    let place = Place::new(&[REAL, MADE]);
    fs::create_dir(place.path("there")).unwrap();
    std::os::unix::fs::symlink(place.path("there"), place.path("link")).unwrap();
    std::os::unix::fs::symlink(place.path("nowhere"), place.path("dangling")).unwrap();
    for link in ["link", "link/", "dangling"] {
        for command in [SCORE, "reproduce --chapter likelihood", "train ring8 --steps 1"] {
            place.refused(&format!("{command} --out {link}"), &["symbolic link", "give the folder"]);
        }
    }
    assert!(place.path("link").is_symlink() && place.path("dangling").is_symlink());
    assert!(files(&place.path("there")).is_empty() && !place.path("nowhere").exists());
    place.json(&format!("{SCORE} --out link/scores")); // on the way it does no harm
}

#[test]
fn what_is_read_is_not_written() {
    let place = Place::new(&[REAL, MADE, ("costs.csv", "0,1\n1,0\n"), ("half.csv", "0.5\n0.5\n")]);
    let laws = ("laws.csv", "0.5,0.5\n0.25,0.75\n");
    fs::write(place.path(laws.0), laws.1).unwrap();
    let read = "is read too";
    place.refused("transport real.csv made.csv --plan made.csv", &["--plan made.csv", read]);
    place.refused("transport real.csv made.csv --plan ./real.csv", &["--plan ./real.csv", read]);
    place.refused("transport --cost-matrix costs.csv --plan costs.csv", &["--plan costs.csv", read]);
    place.refused("transport --cost-matrix costs.csv --weights-x half.csv --plan half.csv", &["--plan half.csv", read]);
    place.refused("divergence laws.csv laws.csv --pairwise --out laws.csv", &["--out laws.csv", read]);
    fs::write(place.path("real.svg"), "0,1\n1,0\n").unwrap();
    place.refused("estimate real.svg made.csv --figure real.svg", &["--figure real.svg", read]);
    for (name, content) in [REAL, MADE, laws] {
        assert_eq!(fs::read_to_string(place.path(name)).unwrap(), content);
    }
    // two results of one name
    let same = "names the same place";
    place.refused("transport real.csv made.csv --figure a.svg --convergence a.svg", &["a.svg", "--figure", same]);
    place.refused("transport real.csv made.csv --figure a.svg --convergence ./a.svg", &["a.svg", "--figure", same]);
    assert!(!place.path("a.svg").exists());
    // a folder that holds an input
    place.json(&format!("{SCORE} --out scores"));
    fs::write(place.path("scores/kept.csv"), MADE.1).unwrap();
    let holds = "holds a file that is read";
    place.refused("score real.csv scores/kept.csv --metrics energy --out scores", &["--out scores", holds]);
    assert!(place.path("scores/kept.csv").is_file());
    place.json("transport real.csv made.csv --plan plan.csv --figure a.svg --convergence b.svg");
}

#[cfg(unix)]
#[test]
fn a_link_to_what_is_read_is_known() {
    let place = Place::new(&[REAL, MADE]);
    std::os::unix::fs::symlink("real.csv", place.path("link.csv")).unwrap();
    place.refused("transport real.csv made.csv --plan link.csv", &["--plan link.csv", "is read too"]);
    place.refused("transport link.csv made.csv --plan real.csv", &["--plan real.csv", "is read too"]);
}

/// Both write a whole report, and one of the two remains.
#[test]
fn two_writers_of_one_folder() {
    let place = Place::new(&[REAL, MADE]);
    place.json(&format!("{SCORE} --out one"));
    place.json("score made.csv real.csv --metrics energy --permutations 0 --out two");
    let [one, two] = ["one", "two"].map(|name| files(&place.path(name)));
    for _ in 0..10 {
        let commands = [SCORE, "score made.csv real.csv --metrics energy --permutations 0"];
        let writers = commands
            .map(|command| place.command(&format!("{command} --out scores")).stdout(Stdio::null()).spawn().unwrap());
        for mut writer in writers {
            assert!(writer.wait().unwrap().success());
        }
        let found = files(&place.path("scores"));
        assert!(found == one || found == two, "{:?}", found.keys());
        assert_eq!(hidden(place.folder()), [""; 0]);
    }
}
