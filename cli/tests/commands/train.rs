//! Training runs: the files they keep, and that an interruption changes no number.

use crate::common::{Place, keys};
use serde_json::Value;
use std::fs;

/// A table of 60 samples on two lines.
fn table() -> String {
    (0..60).map(|i| format!("{},{},{}\n", i % 7, 2 * (i % 7), if i % 2 == 0 { 1.5 } else { -1.5 })).collect()
}

fn steps_of(metrics: &str) -> Vec<u64> {
    metrics.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["step"].as_u64().unwrap()).collect()
}

#[test]
fn a_run_keeps_everything() {
    let place = Place::new(&[]);
    let json = place.json("train ring8 --preset plain --steps 60 --score-every 50 --seed 4 --out run");
    assert_eq!(keys(&json), ["run", "scores", "status", "steps", "warnings"]);
    assert_eq!((json["run"].as_str(), json["steps"].as_u64()), (Some("run"), Some(60)));
    assert_eq!(json["status"], "completed");
    let names: Vec<&str> = json["scores"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    for name in ["modes", "modes_1pct", "high_quality", "reverse_kl", "forward_kl", "mode_jsd", "frechet", "energy"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    let metrics = fs::read_to_string(place.path("run/metrics.jsonl")).unwrap();
    assert_eq!(steps_of(&metrics), [50, 50], "the losses, then the scores");
    let config: Value = serde_json::from_slice(&fs::read(place.path("run/config.json")).unwrap()).unwrap();
    assert_eq!((config["data"].as_str(), config["gan"]["seed"].as_u64()), (Some("ring8"), Some(4)));
    for name in [
        "checkpoint.json",
        "samples.npy",
        "samples.svg",
        "scores.json",
        "index.html",
        "generator.safetensors",
        "discriminator.safetensors",
    ] {
        assert!(place.path("run").join(name).is_file(), "{name}");
    }
}

#[test]
fn a_run_that_goes_on_is_the_run_that_never_stopped() {
    let place = Place::new(&[]);
    place.json("train ring8 --preset plain --steps 50 --score-every 15 --out whole");
    place.json("train ring8 --preset plain --steps 25 --score-every 15 --out parts");
    place.json("train --resume parts --steps 50");
    for name in ["checkpoint.json", "samples.npy", "metrics.jsonl", "scores.json", "config.json", "config.toml"] {
        let [whole, parts] = ["whole", "parts"].map(|run| fs::read(place.path(run).join(name)).unwrap());
        assert!(whole == parts, "{name} differs");
    }
    place.refused("train --resume parts --steps 10", &["50 steps are done", "back"]);
    place.refused("train ring8 --resume parts", &["--resume"]);
}

#[test]
fn a_run_whose_rates_fall_ends_where_it_was_planned_to() {
    let place = Place::new(&[]);
    place.json("train ring8 --steps 12 --batch 8 --generator 8,8 --discriminator 8 --latent 3 --rate 0.001 --out run");
    let config: Value = serde_json::from_slice(&fs::read(place.path("run/config.json")).unwrap()).unwrap();
    let gan = &config["gan"];
    assert_eq!((gan["steps"].as_u64(), gan["rate"].as_str()), (Some(12), Some("cosine")));
    assert_eq!((gan["batch"].as_u64(), gan["latent"].as_u64()), (Some(8), Some(3)));
    assert_eq!(gan["generator_hidden"], "8 lrelu:0.2, 8 lrelu:0.2");
    place.refused("train --resume run --steps 20", &["12 steps", "--steps 20"]);
    place.json("train --resume run");

    // where nothing changes over a run it may go on
    place.json("train ring8 --preset plain --steps 5 --out plain");
    assert_eq!(place.json("train --resume plain --steps 8")["steps"], 8);
}

#[test]
fn convolutions_are_trained_on_digits() {
    let place = Place::new(&[]);
    let trained = place.json("train digits --preset dcgan --steps 3 --batch 8 --out run");
    assert_eq!(trained["steps"], 3);
    assert_eq!(place.json("train --resume run --steps 4")["steps"], 4);
    place.refused("train ring8 --preset dcgan", &["conv 32 4/2", "HxWxC"]);
    place.refused("train digits --generator conv", &["`conv`"]);
    place.refused("train digits --batches both", &["mixed", "separate"]);
}

#[test]
fn presets_are_listed_and_found() {
    let place = Place::new(&[]);
    let listed = place.json("train --list-presets");
    let names: Vec<&str> = listed["presets"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ring8", "grid25", "plain", "digits", "slides", "dcgan"]);
    assert!(place.run("train --list-presets").stdout.contains("baseline"));
    place.refused("train ring8 --preset ring9", &["`ring9`", "ring8"]);
    place.refused("train ring8 --list-presets", &["--list-presets"]);
    place.refused("train ring8 --batch 0", &["batch"]);
    place.refused("train ring8 --generator 8,0", &["generator_hidden"]);
    place.refused("train ring8 --critic-steps 0", &["discriminator_steps"]);
}

/// Ctrl-C, `kill`, and a terminal that closes.
#[cfg(unix)]
#[test]
fn a_request_to_stop_leaves_a_run_that_can_go_on() {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    for signal in ["INT", "TERM", "HUP"] {
        let place = Place::new(&[]);
        let mut command =
            place.command("train ring8 --preset plain --steps 100000000 --score-every 25 --out run --json");
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let metrics = place.path("run/metrics.jsonl");
        while fs::read_to_string(&metrics).map_or(0, |text| text.lines().count()) < 1 {
            std::thread::sleep(Duration::from_millis(20));
        }
        if signal == "HUP" && is_ignored(child.id(), 1) {
            eprintln!("skipped: these tests were started to outlive their terminal, and so is the program");
            Command::new("kill").args(["-KILL", &child.id().to_string()]).status().unwrap();
            child.wait_with_output().unwrap();
            continue;
        }
        // it is at work on the run, so nobody else may be
        let busy = place.run("train --resume run --steps 200000000");
        assert_eq!(busy.code, 2, "{}", busy.stderr);
        assert!(busy.stderr.contains("run: another process") && busy.stderr.contains("wait"), "{}", busy.stderr);

        let kill = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{signal}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("interrupted") && message.contains("fenchel train --resume run"), "{message}");
        let json: Value = serde_json::from_slice(&output.stdout).expect("one object all the same");
        assert_eq!(json["status"], "interrupted");

        let steps = json["steps"].as_u64().unwrap() + 5;
        place.json(&format!("train --resume run --steps {steps}"));
        place.json(&format!("train ring8 --preset plain --steps {steps} --score-every 25 --out whole"));
        for name in ["checkpoint.json", "samples.npy", "metrics.jsonl", "scores.json"] {
            let [whole, run] = ["whole", "run"].map(|run| fs::read(place.path(run).join(name)).unwrap());
            assert!(whole == run, "{signal}: {name} differs");
        }
    }
}

/// Whether a process ignores a signal, as far as the system tells.
#[cfg(unix)]
fn is_ignored(process: u32, signal: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() >> (signal - 1) & 1 == 1)
}

/// `nohup` says that the program is to outlive its terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_run_that_is_to_outlive_its_terminal_does() {
    use std::process::Command;

    let place = Place::new(&[]);
    let run =
        "trap '' HUP && exec \"$0\" train ring8 --preset plain --steps 100000000 --score-every 25 --out run --quiet";
    let mut command = Command::new("sh");
    command.args(["-c", run, env!("CARGO_BIN_EXE_fenchel")]).current_dir(place.folder());
    let mut child = command.spawn().unwrap();
    let lines = || fs::read_to_string(place.path("run/metrics.jsonl")).map_or(0, |text| text.lines().count());
    let grow = |from: usize| {
        while lines() <= from {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    grow(0);
    assert!(Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap().success());
    grow(lines() + 2);
    child.kill().unwrap();
    child.wait().unwrap();
    // and after kill -9 it goes on to the same bits
    let checkpoint = |run: &str| fs::read(place.path(run).join("checkpoint.json")).unwrap();
    let done: Value = serde_json::from_slice(&checkpoint("run")).unwrap();
    let steps = done["steps"].as_u64().unwrap() + 30;
    place.json(&format!("train --resume run --steps {steps}"));
    place.json(&format!("train ring8 --preset plain --steps {steps} --score-every 25 --out whole"));
    assert!(checkpoint("run") == checkpoint("whole"));
}

#[test]
fn a_crash_costs_no_more_than_the_steps_since_the_checkpoint() {
    let place = Place::new(&[]);
    place.json("train ring8 --preset plain --steps 60 --score-every 20 --out run");
    place.json("train ring8 --preset plain --steps 40 --score-every 20 --out crashed");
    // metrics of step 50 were written, the checkpoint was not, the last line is cut
    let run = fs::read_to_string(place.path("run/metrics.jsonl")).unwrap();
    fs::write(place.path("crashed/metrics.jsonl"), &run[..run.len() - 9]).unwrap();
    place.json("train --resume crashed --steps 60");
    for name in ["checkpoint.json", "metrics.jsonl"] {
        let [run, crashed] = ["run", "crashed"].map(|run| fs::read(place.path(run).join(name)).unwrap());
        assert!(run == crashed, "{name} differs");
    }
    // without any checkpoint the run begins again
    fs::remove_file(place.path("crashed/checkpoint.json")).unwrap();
    place.json("train --resume crashed");
    assert!(
        fs::read(place.path("crashed/checkpoint.json")).unwrap()
            == fs::read(place.path("run/checkpoint.json")).unwrap()
    );
    // a checkpoint that is damaged is refused, not believed
    let whole = fs::read_to_string(place.path("run/checkpoint.json")).unwrap();
    fs::write(place.path("crashed/checkpoint.json"), &whole[..whole.len() / 2]).unwrap();
    place.refused("train --resume crashed", &["checkpoint.json"]);
}

#[test]
fn a_run_goes_on_with_what_it_was_started_with() {
    let place = Place::new(&[("data.csv", &table())]);
    place.json("train data.csv --preset plain --steps 4 --score-every 2 --out run");
    place.json("train data.csv --preset plain --steps 4 --score-every 2 --out other --seed 1");
    let refused = |words: &[&str]| place.refused("train --resume run --steps 6", words);

    // other data, gone data, data that moved
    fs::write(place.path("data.csv"), table().replace("1.5", "1.25")).unwrap();
    refused(&["data.csv is not the data that the run in run was started with", "put those back, or start a new run"]);
    fs::write(place.path("data.csv"), table() + "1,2,3\n").unwrap();
    refused(&["is not the data"]);
    fs::remove_file(place.path("data.csv")).unwrap();
    refused(&["data.csv", "moved", "config.json"]);
    fs::write(place.path("moved.csv"), table()).unwrap();
    let config = fs::read_to_string(place.path("run/config.json")).unwrap();
    let change = |from: &str, to: &str| {
        assert!(config.contains(from), "{config}");
        fs::write(place.path("run/config.json"), config.replacen(from, to, 1)).unwrap();
    };
    change("data.csv", "moved.csv");
    place.json("train --resume run --steps 4");
    fs::rename(place.path("moved.csv"), place.path("data.csv")).unwrap();

    // another configuration
    change("\"score_every\": 2", "\"score_every\": 3");
    refused(&["config.json is not as the run was started with", "undo", "start a new run"]);
    change("\"batch\": 30", "\"batch\": 1000000000000000000");
    refused(&["config.json is not as the run was started with"]);
    change("\"batch\": 30", "\"batch\": -1");
    refused(&["config.json is not as the run was started with"]);
    change("\"game\": \"plain\"", "\"game\": \"began\"");
    refused(&["config.json is not as the run was started with"]);
    change("\"steps\": 4", "\"steps\": \"many\"");
    refused(&["config.json", "line"]);
    change("\"format\": 2", "\"format\": 1");
    refused(&["another version of fenchel", "format is 1", "start a new run"]);
    change("{", "");
    refused(&["config.json", "line"]);

    // the state of another run, of other sizes, of a run with more columns
    fs::write(place.path("run/config.json"), &config).unwrap();
    let checkpoint = fs::read_to_string(place.path("run/checkpoint.json")).unwrap();
    fs::copy(place.path("other/checkpoint.json"), place.path("run/checkpoint.json")).unwrap();
    refused(&["checkpoint.json", "of another run", "without it the run begins again"]);
    let mut state: Value = serde_json::from_str(&checkpoint).unwrap();
    state["game"]["generator"]["network"]["layers"].as_array_mut().unwrap().remove(1);
    fs::write(place.path("run/checkpoint.json"), state.to_string()).unwrap();
    refused(&["checkpoint.json", "not of the size of the weights"]);
    fs::write(place.path("run/checkpoint.json"), &checkpoint[..checkpoint.len() / 2]).unwrap();
    refused(&["checkpoint.json", "without it the run begins again"]);

    // all put back, it goes on
    fs::write(place.path("run/checkpoint.json"), checkpoint).unwrap();
    place.json("train --resume run --steps 6");
}

#[test]
fn tables_and_objectives() {
    let place = Place::new(&[("data.csv", &table())]);
    let json = place.json("train data.csv --steps 5 --objective wgan --seed 1");
    assert_eq!(json["run"], "runs/data");
    assert_eq!(json["scores"][0]["dimension"], 3);
    let config: Value = serde_json::from_slice(&fs::read(place.path("runs/data/config.json")).unwrap()).unwrap();
    assert_eq!(config["gan"]["objective"], "wgan");
    assert!(config["gan"]["penalty"].as_str().unwrap().starts_with("gp"), "a critic needs a limit");
    // another run gets a folder of its own, and goes on from anywhere: the data's place is kept whole
    let second = place.json("train data.csv --preset plain --steps 5 --objective hinge --limit spectral");
    assert_eq!(second["run"], "runs/data-2");
    let away = place.path("runs/data-2");
    let ran = place.command("train --steps 6 --json --resume").arg(&away).current_dir("/").output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn people_see_the_scores_and_the_folder() {
    let place = Place::new(&[]);
    let ran = place.run("train digits --steps 3 --quiet");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for word in ["3 steps", "digits", "relativistic", "energy", "runs/digits"] {
        assert!(ran.stdout.contains(word), "{word}: {}", ran.stdout);
    }
    assert!(fs::read_to_string(place.path("runs/digits/samples.svg")).unwrap().starts_with("<svg"));
}

/// What the folder says to people starts the same run again, or another where it was changed.
#[test]
fn a_run_starts_from_the_settings_of_another() {
    let place = Place::new(&[("data.csv", &table())]);
    place.json(
        "train data.csv --steps 12 --score-every 5 --seed 7 --objective minimax --limit clip:0.2 --penalty r2:0.5 --generator 8,4 \
         --packed 2 --real-label 0.9 --instance-noise 0.1 --clip-gradients 3 --generator-steps 2 --generator-rate 0.002 --out first",
    );
    place.json("train --config first/config.toml --out again");
    for name in ["checkpoint.json", "samples.npy", "metrics.jsonl", "scores.json", "config.json", "config.toml"] {
        let [first, again] = ["first", "again"].map(|run| fs::read(place.path(run).join(name)).unwrap());
        assert!(first == again, "{name} differs");
    }
    let text = fs::read_to_string(place.path("first/config.toml")).unwrap();
    for line in
        ["objective = \"minimax\"", "limit = \"clip:0.2\"", "packed = 2", "seed = 7", "rate = 0.002", "steps = 12"]
    {
        assert!(text.contains(line), "{line}: {text}");
    }

    // what is changed is heeded, by an editor or by an option
    let edited = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}: {text}");
        fs::write(place.path("edited.toml"), text.replacen(from, to, 1)).unwrap();
    };
    edited("generator_hidden = \"8 lrelu:0.2, 4 lrelu:0.2\"", "generator_hidden = \"6 tanh\"");
    place.json("train --config edited.toml --batch 20 --seed 8 --out edited");
    let config: Value = serde_json::from_slice(&fs::read(place.path("edited/config.json")).unwrap()).unwrap();
    let gan = &config["gan"];
    assert_eq!((gan["generator_hidden"].as_str(), gan["batch"].as_u64()), (Some("6 tanh"), Some(20)));
    assert_eq!((gan["seed"].as_u64(), gan["packed"].as_u64()), (Some(8), Some(2)));

    // a run that has begun goes on as it was started
    fs::write(place.path("first/config.toml"), text.replacen("packed = 2", "packed = 1", 1)).unwrap();
    place.refused("train --resume first", &["config.toml was changed", "--config"]);
    fs::write(place.path("first/config.toml"), text.replacen("steps = 12", "steps = 13", 1)).unwrap();
    place.refused("train --resume first", &["says 13 steps", "--steps N decides"]);
    fs::write(place.path("first/config.toml"), &text).unwrap();
    place.refused("train --resume first --seed 3", &["--seed"]);
    place.json("train --resume first");
}

/// Slips are found by name and place.
#[test]
fn slips_in_the_settings_of_a_file_are_named() {
    let place = Place::new(&[("data.csv", &table())]);
    place.json("train data.csv --steps 2 --objective minimax --packed 2 --out first");
    let text = fs::read_to_string(place.path("first/config.toml")).unwrap();
    let edited = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}: {text}");
        fs::write(place.path("edited.toml"), text.replacen(from, to, 1)).unwrap();
    };
    let refused = |words: &[&str]| place.refused("train --config edited.toml --out never", words);
    edited("objective =", "objectiv =");
    refused(&["edited.toml", "objectiv", "did you mean `objective`?"]);
    edited("score_every =", "score_evry =");
    refused(&["edited.toml", "did you mean `score_every`?"]);
    edited("[run]", "[runs]");
    refused(&["did you mean `run`?"]);
    edited("\"minimax\"", "\"minmax\"");
    refused(&["edited.toml", "minmax", "nonsaturating"]);
    edited("batch = 30\n", "");
    refused(&["edited.toml", "batch"]);
    edited("batch = 30", "batch = 29");
    refused(&["packed", "29"]);
    edited("batch = 30", "batch = many");
    refused(&["edited.toml"]);
    place.refused("train --config gone.toml", &["gone.toml"]);
    place.refused("train ring8 --preset plain --config edited.toml", &["--config"]);
    // the numbers of such files end before those of a seed do
    place.refused(
        "train ring8 --steps 2 --seed 18446744073709551615 --out never",
        &["config.toml", "9223372036854775807"],
    );
    assert!(!place.path("never").exists());
}

#[test]
fn rates_that_fall_over_the_run_of_a_file_end_with_it() {
    let place = Place::new(&[]);
    place.json("train ring8 --steps 12 --score-every 12 --out ring");
    let ring = fs::read_to_string(place.path("ring/config.toml")).unwrap();
    fs::write(place.path("longer.toml"), ring.replacen("steps = 12", "steps = 40", 1)).unwrap();
    place.refused("train --config longer.toml --out never", &["laid out for 12 steps", "--steps sets both"]);
    place.json("train --config longer.toml --steps 14 --out longer");
    assert!(!place.path("never").exists());
}

#[test]
fn options_of_the_game() {
    let place = Place::new(&[]);
    for (k, options) in [
        "--simultaneous",
        "--objective lsgan:-1,1,0 --generator-steps 2 --critic-steps 3",
        "--packed 4 --penalty gp:1",
        "--real-label 0.9 --fake-label 0.1",
        "--instance-noise 0.5 --noise-schedule cosine",
        "--penalty lp --limit spectral --discriminator-rate 1e-4",
    ]
    .into_iter()
    .enumerate()
    {
        place.json(&format!("train ring8 --preset plain --steps 4 --batch 16 --out run{k} {options}"));
    }
    place.refused("train ring8 --simultaneous --critic-steps 2", &["one step each"]);
    place.refused("train ring8 --packed 3 --batch 16", &["packed", "16"]);
    place.refused("train ring8 --objective hinge --real-label 0.9", &["labels", "nonsaturating"]);
    place.refused("train ring8 --preset plain --real-label 0.4", &["real_label"]);
    place.refused("train ring8 --instance-noise=-1", &["instance_noise"]);
    place.refused("train ring8 --generator 8,tan", &["`tan`", "128 lrelu"]);
}

/// One name for penalties and limits, as they were asked for before there were two.
#[test]
fn a_constraint_is_a_penalty_or_a_limit() {
    let place = Place::new(&[("data.csv", &table())]);
    for (name, penalty, limit) in [
        ("none", "none", "none"),
        ("clip:0.1", "none", "clip:0.1"),
        ("spectral", "none", "spectral"),
        ("r1:2", "r1:2", "none"),
        ("gp", "gp:10", "none"),
    ] {
        place.json(&format!(
            "train data.csv --steps 2 --score-every 2 --objective wgan --constraint {name} --out run-{limit}-{penalty}"
        ));
        let config = fs::read_to_string(place.path(&format!("run-{limit}-{penalty}/config.toml"))).unwrap();
        assert!(config.contains(&format!("penalty = \"{penalty}\"")), "{name}: {config}");
        assert!(config.contains(&format!("limit = \"{limit}\"")), "{name}: {config}");
    }
    place.refused("train data.csv --constraint r3 --out never", &["r3", "r1"]);
    place.refused("train data.csv --constraint gp --limit clip --out never", &["--constraint", "--limit"]);
}
