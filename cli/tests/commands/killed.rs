//! Runs that are killed at moments of chance, and go on to the bits of a run that nobody killed.

use crate::common::Place;
use crate::common::files::{Files, files, hidden};
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Kills of each run.
const KILLS: u32 = 10;

/// Numbers of a fixed sequence that look like chance (the generator of Lehmer), in [0, 1).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0 * 48271 % 0x7fff_ffff;
        self.0 as f64 / f64::from(0x7fff_ffff)
    }
}

/// What stays of a run: a lock and its maker are in the mark.
fn found(place: &Place, run: &str) -> Files {
    files(&place.path(run))
}

fn differing<'f>(whole: &'f Files, found: &'f Files) -> Vec<&'f String> {
    let names = whole.keys().chain(found.keys().filter(|name| !whole.contains_key(*name)));
    names.filter(|name| whole.get(*name) != found.get(*name)).collect()
}

/// Kills a run ten times at moments spread over the time that it takes as a whole, and then lets it end.
fn goes_on(arguments: &str, seed: u64) {
    let place = Place::new(&[]);
    let begun = Instant::now();
    place.json(&format!("{arguments} --out whole"));
    let time = begun.elapsed();
    let whole = found(&place, "whole");
    assert!(whole.keys().any(|name| name.starts_with("samples/")), "{:?}", whole.keys());
    let mut chance = Chance(seed);
    let mut kills = 0;
    while kills < KILLS {
        let next = if place.path("run").exists() {
            "train --resume run --json".to_owned()
        } else {
            format!("{arguments} --out run --json")
        };
        let mut child = place.command(&next).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // two runs' time for ten kills: most land in the middle of work
        std::thread::sleep(time.mul_f64(0.4 * chance.next()) + Duration::from_millis(1));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += 1;
        } else {
            // it was done before: from the start again, so that each kill is one
            fs::remove_dir_all(place.path("run")).unwrap();
        }
        child.wait().unwrap();
    }
    if place.path("run").exists() {
        place.json("train --resume run");
    } else {
        place.json(&format!("{arguments} --out run"));
    }
    let run = found(&place, "run");
    assert_eq!(differing(&whole, &run), Vec::<&String>::new(), "{arguments}");
    assert_eq!(hidden(&place.path("run")), [""; 0]);
    assert_eq!(hidden(place.folder()), [""; 0]);
}

#[test]
fn the_plain_game_goes_on_wherever_it_is_killed() {
    goes_on("train ring8 --preset plain --batch 32 --steps 600 --score-every 60 --watch-every 20", 11);
}

#[test]
fn a_game_with_classes_goes_on_wherever_it_is_killed() {
    goes_on("train digits --game acgan --batch 16 --steps 200 --score-every 40 --watch-every 20 --tensorboard", 12);
}

#[test]
fn a_game_with_a_state_of_its_own_goes_on_wherever_it_is_killed() {
    goes_on("train ring8 --game began --batch 32 --steps 400 --score-every 60 --watch-every 20", 13);
}
