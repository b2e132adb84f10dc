//! The main job, one quick chapter of it.

use crate::common::{Place, keys};
use serde_json::Value;
use std::fs;

#[test]
fn a_chapter_with_its_report() {
    let place = Place::new(&[]);
    let json = place.json("reproduce --chapter likelihood");
    assert_eq!(keys(&json), ["claims", "report", "scores", "warnings"]);
    assert_eq!(json["report"], "report/index.html");
    let claims = json["claims"].as_array().unwrap();
    assert!(claims.len() >= 5);
    for claim in claims {
        for key in "id chapter statement source expected measured error tolerance holds figure".split_whitespace() {
            assert!(claim.get(key).is_some(), "{key} is not in {claim}");
        }
        assert_eq!(claim["holds"], true, "{claim}");
    }
    let page = fs::read_to_string(place.path("report/index.html")).unwrap();
    assert!(page.contains(claims[0]["id"].as_str().unwrap()) && page.contains("<svg"));
    let kept: Value = serde_json::from_slice(&fs::read(place.path("report/claims.json")).unwrap()).unwrap();
    assert_eq!(kept["claims"], json["claims"]);
    assert!(fs::read_to_string(place.path("report/claims.csv")).unwrap().starts_with("id,chapter,statement"));
    for figure in claims.iter().filter_map(|claim| claim["figure"].as_str()) {
        for extension in ["svg", "png"] {
            assert!(place.path(&format!("report/figures/{figure}.{extension}")).is_file(), "{figure}.{extension}");
        }
    }

    // again, for people; the folder is replaced as a whole
    fs::write(place.path("report/stale.txt"), "").unwrap();
    let ran = place.run("reproduce --chapter A --quiet");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("claims hold") && ran.stdout.contains("report/index.html"), "{}", ran.stdout);
    assert!(!place.path("report/stale.txt").exists());
    let left: Vec<_> = fs::read_dir(place.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["report"], "nothing is left over");
}

#[cfg(target_os = "linux")]
#[test]
fn an_interruption_leaves_the_earlier_report() {
    use std::process::{Command, Stdio};

    let place = Place::new(&[]);
    place.json("reproduce --chapter likelihood");
    let before = fs::read(place.path("report/index.html")).unwrap();
    let child = place.command("reproduce").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // SIGINT is signal 2, bit 1 of those that the program attends to
    let attends = || -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() & 2 != 0
    };
    while !attends() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("interrupted") && message.contains("as it was"), "{message}");
    assert!(output.stdout.is_empty());
    assert_eq!(fs::read(place.path("report/index.html")).unwrap(), before);
    let left: Vec<_> = fs::read_dir(place.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["report"], "nothing is left over");
}

#[test]
fn what_is_wrong_is_found_out_before_the_work() {
    let place = Place::new(&[("file", "mine"), ("thesis.tex", "years")]);
    // a regular file where a folder is needed stops even the superuser
    place.refused("reproduce --out file/report", &["file/report"]);
    place.refused("reproduce --out .", &["not a report"]);
    place.refused("reproduce --chapter poetry", &["`poetry`"]);
    assert_eq!(fs::read_to_string(place.path("file")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(place.path("thesis.tex")).unwrap(), "years");
    let help = place.run("reproduce --help").stdout;
    for word in ["Examples:", "fenchel reproduce", "--json", "--seed", "--threads", "--quiet"] {
        assert!(help.contains(word), "{word}");
    }
}
