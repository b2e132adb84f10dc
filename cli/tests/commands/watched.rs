//! What is seen of a run while it trains, the games that it can play, and what is refused.

use crate::common::Place;
use serde_json::Value;
use std::fs;

/// The lines of a run's metrics that have a list of this name.
fn lines(place: &Place, run: &str, list: &str) -> Vec<Value> {
    let text = fs::read_to_string(place.path(run).join("metrics.jsonl")).unwrap();
    let all = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|line| line.get(list).is_some()).collect()
}

fn value(line: &Value, name: &str) -> f64 {
    let rows = line["watched"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}: {line}"));
    row["value"].as_f64().unwrap_or(f64::INFINITY)
}

fn floor(line: &Value, name: &str) -> f64 {
    let rows = line["watched"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap()["floor"].as_f64().unwrap()
}

#[test]
fn distances_are_watched_beside_those_of_real_samples() {
    let place = Place::new(&[]);
    place.json("train ring8 --preset plain --steps 1200 --watch-every 300 --score-every 600 --out run");
    let seen = lines(&place, "run", "watched");
    assert_eq!(seen.iter().map(|line| line["step"].as_u64().unwrap()).collect::<Vec<_>>(), [300, 600, 900, 1200]);
    for line in &seen {
        assert!(value(line, "w1") <= value(line, "w2") + 1e-12, "{line}");
        assert!(floor(line, "w2") > 0.0 && floor(line, "w2") < 0.6, "{line}");
        assert!((0.0..=8.0).contains(&value(line, "modes")), "{line}");
        let ln_4 = 4f64.ln();
        assert!(value(line, "optimal_value_at_least") <= 0.0 && value(line, "value_fresh") <= 0.0);
        assert!(value(line, "gap_at_least") <= value(line, "gap_at_most") + 1e-12, "{line}");
        // the bounds leave room for the error of the value
        let room = value(line, "gap_at_most") + value(line, "value_fresh");
        assert!(room > 0.0 && room < 0.2, "{line}");
        let proven = 0.5 * (value(line, "value_fresh") - room + ln_4);
        assert!((value(line, "jsd_at_least") - proven.max(0.0)).abs() < 1e-12);
    }
    let far = place.json("train ring8 --preset plain --steps 20 --watch-every 10 --out early");
    assert_eq!(far["status"], "completed");
    let early = value(&lines(&place, "early", "watched")[0], "w2");
    assert!(value(&seen[3], "w2") < early, "training brings samples nearer: {early}");
    // what is watched shifts no number of the game
    place.json("train ring8 --preset plain --steps 1200 --watch-every 0 --score-every 600 --out blind");
    assert!(lines(&place, "blind", "watched").is_empty());
    let state = |run: &str| fs::read(place.path(run).join("checkpoint.json")).unwrap();
    assert!(state("run") == state("blind"));
    assert!(!place.path("blind/samples").exists());
}

#[test]
fn pictures_and_tables_are_watched_as_suits_them() {
    let rows: String = (0..60).map(|i| format!("{},{},{}\n", i % 7, (i * i) % 11, i % 2)).collect();
    let place = Place::new(&[("data.csv", &rows)]);
    place.json("train digits --steps 20 --watch-every 10 --out digits");
    let seen = lines(&place, "digits", "watched");
    for name in ["frechet", "precision", "recall"] {
        assert!(floor(&seen[0], name) > 0.0, "{name}");
    }
    assert!(value(&seen[0], "frechet") > floor(&seen[0], "frechet"));
    assert!(place.path("digits/samples/20.png").is_file());
    place.json("train data.csv --steps 20 --watch-every 10 --out table");
    let seen = lines(&place, "table", "watched");
    assert!(value(&seen[1], "w1") > 0.0 && floor(&seen[1], "w1") > 0.0);
    let svg = fs::read_to_string(place.path("table/samples/20.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.matches("h0").count() > 20);
}

#[test]
fn a_run_stops_where_it_is_asked_to_and_can_go_on() {
    let place = Place::new(&[]);
    let json = place.json("train ring8 --preset plain --steps 300 --watch-every 20 --stop-below W2=100 --out run");
    assert_eq!((json["status"].as_str(), json["steps"].as_u64()), (Some("reached"), Some(20)));
    assert!(fs::read_to_string(place.path("run/config.toml")).unwrap().contains("stop_below = \"w2=100\""));
    // it stops again unless that is lifted
    assert_eq!(place.json("train --resume run")["steps"], 40);
    let ran = place.run("train --resume run --stop-below none");
    assert!(ran.stdout.contains("completed after 300 steps"), "{}{}", ran.stdout, ran.stderr);
    place.json("train ring8 --preset plain --steps 300 --watch-every 20 --out whole");
    let state = |run: &str| fs::read(place.path(run).join("checkpoint.json")).unwrap();
    assert!(state("run") == state("whole"));
    let kept = |name: &str| fs::read(place.path("run").join(name)).unwrap();
    let before = ["config.json", "config.toml"].map(kept);
    place.refused("train --resume run --stop-below w3=1", &["w3", "w1", "did you mean"]);
    assert!(before == ["config.json", "config.toml"].map(kept), "a slip changes nothing");
    place.refused("train ring8 --stop-below w3=1 --out never", &["w3", "w1", "did you mean"]);
    place.refused("train ring8 --stop-below w2 --out never", &["NAME=VALUE"]);
    place.refused("train ring8 --stop-below w2=1 --watch-every 0 --out never", &["--watch-every 0"]);
    assert!(!place.path("never").exists());
}

#[test]
fn every_game_of_the_list_can_be_played_and_goes_on() {
    let place = Place::new(&[]);
    let listed = place.json("train --list");
    let games = listed["games"].as_array().unwrap();
    assert!(games.len() >= 10);
    for game in games {
        let name = game["name"].as_str().unwrap();
        assert!(game["source"].as_str().unwrap().starts_with("arXiv:"), "{game}");
        let data = game["data"].as_str().unwrap();
        place.json(&format!("train {data} --game {name} --batch 16 --steps 8 --score-every 4 --out {name}"));
        place.json(&format!("train --resume {name}"));
    }
    // data that a game cannot use
    place.refused(
        "train ring8 --game seqgan --out never",
        &["ring8", "no sentences", "fenchel train permutation --game seqgan"],
    );
    place.refused("train digits --game reverse_kl --out never", &["density", "ring8", "fit = \"em\""]);
    // names as people write them
    for name in ["wgan-gp", "WGAN_GP", "Wgan-Gp"] {
        for option in ["--game", "--preset"] {
            let out = format!("{option}{name}").replace('-', "");
            place.json(&format!("train ring8 {option} {name} --batch 16 --steps 2 --out {out}"));
            let text = fs::read_to_string(place.path(&out).join("config.toml")).unwrap();
            assert!(text.contains("game = \"wgan_gp\"") && text.contains("penalty = \"gp:10\""), "{text}");
        }
    }
    place.json("train ring8 --preset plain --objective WGAN-GP --batch 16 --steps 2 --out objective");
    place.refused("train ring8 --game wgan_pg --out never", &["wgan_pg", "did you mean `wgan_gp`?"]);
    place.refused("train ring8 --preset lsgn --out never", &["lsgn", "grid25", "did you mean `lsgan`?"]);
    place.refused("train ring8 --game began --packed 2 --out never", &["--packed", "latent", "batch"]);
    place.refused("train swissroll --game acgan --set hiden=8 --out never", &["hiden", "did you mean `hidden`?"]);
    let rows: String = (0..60).map(|i| format!("{},{}\n", i % 7, (i * i) % 11)).collect();
    fs::write(place.path("data.csv"), rows).unwrap();
    place.refused("train data.csv --game acgan --set batch=10 --out never", &["classes", "digits"]);
    place.refused("train data.csv --game semi --set batch=10 --out never", &["classes", "digits"]);
    place.refused("train digits --game semi --set labels_per_class=200 --out never", &["different rows", "200"]);
    place.refused("train ring8 --game stackgan --out never", &["2 columns", "even side", "digits"]);
    place.refused("train digits --game colour --out never", &["64 columns", "three planes", "painted"]);
    place.json("train ring8 --game began --set learning.rule.adam.rate=0.01 --steps 7 --batch 16 --out set");
    let text = fs::read_to_string(place.path("set/config.toml")).unwrap();
    assert!(text.contains("rate = 0.01") && text.contains("steps = 7"), "{text}");
    place.json("train --config set/config.toml --out again");
    let state = |run: &str| fs::read(place.path(run).join("checkpoint.json")).unwrap();
    assert!(state("set") == state("again"));
}

#[test]
fn what_cannot_be_trained_on_is_refused_with_a_word() {
    let place = Place::new(&[("one.csv", "1,2\n"), ("nan.csv", "1,2\n3,nan\n"), ("inf.csv", "1,2\n3,inf\n")]);
    let rows: String = (0..60).map(|i| format!("{},{}\n", i % 7, (i * i) % 11)).collect();
    fs::write(place.path("data.csv"), rows).unwrap();
    let refused = |arguments: &str, words: &[&str]| place.refused(&format!("train {arguments} --out never"), words);
    refused("one.csv", &["one", "20"]);
    refused("nan.csv", &["nan.csv"]);
    refused("inf.csv", &["inf.csv"]);
    refused("data.csv --batch 31", &["batch", "31", "30 rows"]);
    refused("ring8 --generator 8,0,8", &["layer 2", "generator_hidden"]);
    refused("ring8 --rate nan", &["rate"]);
    refused("ring8 --rate=-1", &["rate"]);
    refused("ring9", &["ring9", "ring8"]);
    refused("ring8 --set seed=7", &["--set seed=7", "--seed N"]);
    refused("ring8 --set steps=7", &["--set steps=7", "--steps N"]);
    refused("ring8 --objective hinje", &["hinge"]);
    assert!(!place.path("never").exists());
    place.json("train data.csv --steps 2 --out there");
    let state = fs::read(place.path("there/checkpoint.json")).unwrap();
    place.refused("train data.csv --steps 2 --out there", &["--resume there"]);
    assert!(fs::read(place.path("there/checkpoint.json")).unwrap() == state);
}

/// A loss that is no number any more stops the run, and the error says whose it was and what to try.
#[test]
fn a_run_that_diverges_is_diagnosed_and_kept() {
    let place = Place::new(&[]);
    let run =
        "train ring8 --preset plain --objective wgan --penalty none --rate 1e8 --steps 2000 --watch-every 50 --out run";
    let ran = place.run(run);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    for word in
        ["diverged", "finite", "layer", "run holds the state of step", "--penalty", "--rate", "--clip-gradients 1"]
    {
        assert!(ran.stderr.contains(word) || ran.stdout.contains(word), "{word}: {}{}", ran.stdout, ran.stderr);
    }
    assert!(place.path("run/checkpoint.json").is_file());
    let page = fs::read_to_string(place.path("run/index.html")).unwrap();
    assert!(page.contains("Diverged after") && !page.contains("Running:"));
}

/// Samples that are no numbers have no scores, which costs neither the run nor its page.
#[test]
fn a_run_whose_samples_cannot_be_scored_says_so_and_is_kept() {
    let place = Place::new(&[]);
    let ran = place.run(
        "train ring8 --preset plain --objective lsgan --penalty none --generator-rate 1e20 --discriminator-rate 1e-3 --steps 1 \
         --score-every 1 --watch-every 1 --out run --json",
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("there are no scores: generated samples"), "{}", ran.stderr);
    let answer: Value = serde_json::from_str(&ran.stdout).expect("one object all the same");
    assert_eq!((answer["steps"].as_u64(), answer["scores"].as_array().map(Vec::len)), (Some(1), Some(0)));
    for list in ["watched", "scores"] {
        let line = &lines(&place, "run", list)[0];
        assert!(line["reason"].as_str().unwrap().contains("finite"), "{line}");
    }
    assert!(fs::read_to_string(place.path("run/index.html")).unwrap().contains("Completed after"));
}

/// A preset may have a larger batch than a small file has rows.
#[test]
fn settings_for_other_data_suit_a_small_file_and_names_are_found_in_any_case() {
    let rows: String = (0..60).map(|i| format!("{},{}\n", i % 7, (i * i) % 11)).collect();
    let place = Place::new(&[("data.csv", &rows), ("Ring8", "no data")]);
    for options in ["--preset ring8", "--game began", "--game pacgan"] {
        let out = options.replace(['-', ' '], "");
        place.json(&format!("train data.csv {options} --steps 2 --out {out}"));
        assert!(fs::read_to_string(place.path(&out).join("config.toml")).unwrap().contains("batch = 30"), "{options}");
    }
    place.json("train RING8 --steps 2 --out ring");
    assert!(fs::read_to_string(place.path("ring/config.toml")).unwrap().contains("data = \"ring8\""));
    // a file comes first
    assert_ne!(place.run("train Ring8 --steps 2 --out never").code, 0);
}

/// Data with more columns than rows, and files in the folder of a run that are not its own.
#[test]
fn wide_tables_are_watched_and_the_files_of_others_stay() {
    let row = |i: usize| (0..50).map(|j| ((i * (j + 3) * 37) % 101).to_string()).collect::<Vec<_>>().join(",");
    let rows: String = (0..40).map(|i| row(i) + "\n").collect();
    let place = Place::new(&[("wide.csv", &rows)]);
    place.json("train wide.csv --preset plain --steps 4 --watch-every 2 --tensorboard --out run");
    let seen = lines(&place, "run", "watched");
    assert!(value(&seen[0], "frechet") > 0.0 && floor(&seen[0], "frechet") > 0.0, "{seen:?}");
    for name in ["samples/notes.txt", "samples/4.txt", "tensorboard/notes/one.txt"] {
        let path = place.path("run").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "mine").unwrap();
    }
    fs::create_dir(place.path("run/samples/more")).unwrap();
    fs::write(place.path("run/samples/4.svg.bak"), "mine").unwrap();
    place.json("train --resume run --steps 8");
    for name in ["samples/notes.txt", "samples/4.txt", "samples/4.svg.bak", "tensorboard/notes/one.txt"] {
        assert_eq!(fs::read_to_string(place.path("run").join(name)).unwrap(), "mine", "{name}");
    }
    // what is not looked at needs no axes, and is the same run
    place.json("train wide.csv --preset plain --steps 8 --watch-every 0 --out blind");
    let state = |run: &str| fs::read(place.path(run).join("checkpoint.json")).unwrap();
    assert!(state("run") == state("blind"));
}

/// Eight bytes of the header's length, the header, and the numbers.
#[test]
fn weights_are_written_for_other_programs() {
    let place = Place::new(&[]);
    place.json("train ring8 --preset plain --generator 5,4 --steps 3 --out run");
    let file = fs::read(place.path("run/generator.safetensors")).unwrap();
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&file[8..8 + length]).unwrap();
    assert_eq!(header["layers.0.weight"]["shape"], serde_json::json!([2, 5]));
    assert_eq!(header["layers.2.bias"]["shape"], serde_json::json!([1, 2]));
    let checkpoint: Value = serde_json::from_slice(&fs::read(place.path("run/checkpoint.json")).unwrap()).unwrap();
    let place_of = |name: &str| {
        let ends = header[name]["data_offsets"].as_array().unwrap();
        8 + length + ends[0].as_u64().unwrap() as usize
    };
    let at = place_of("layers.1.weight");
    let first = f32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let kept = &checkpoint["game"]["generator"]["average"]["layers"][1]["weight"]["data"][0];
    assert_eq!((kept.as_f64().unwrap() as f32).to_bits(), first.to_bits());
}
