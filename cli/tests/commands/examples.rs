//! The examples in the help of every command run, on files like those that they speak of.

use crate::common::Place;
use std::process::Command;

const COMMANDS: [&str; 9] =
    ["reproduce", "divergence", "estimate", "transport", "barycenter", "gromov", "score", "train", "figure"];

/// Lines of the examples, each without the remark after it.
fn examples(help: &str) -> Vec<String> {
    let after = help.split("Examples:\n").nth(1).expect("examples").split("\n\n").next().expect("a paragraph");
    after.lines().map(|line| line.trim().split("  ").next().unwrap_or_default().trim().to_owned()).collect()
}

/// A law of four bins for some names, a cloud of numbers for the others.
fn content(command: &str, name: &str) -> Vec<Vec<f64>> {
    let cloud = |columns: usize| -> Vec<Vec<f64>> {
        let shift = name.bytes().map(f64::from).sum::<f64>() / 500.0;
        (0..40)
            .map(|i| {
                let i = f64::from(i);
                (0..columns).map(|k| (i * (0.7 + k as f64)).sin() + shift * (k as f64 + 1.0) / 9.0).collect()
            })
            .collect()
    };
    match (command, name) {
        ("divergence", "counts.txt") => vec![vec![2.0], vec![1.0], vec![1.0]],
        ("divergence", _) if name.starts_with("counts") => vec![vec![2.0], vec![1.0], vec![1.0]],
        ("divergence", "a.npy" | "b.npy" | "a.csv") => vec![vec![0.5, 0.25, 0.25], vec![0.2, 0.3, 0.5]],
        ("divergence", _) => vec![vec![0.25], vec![0.25], vec![0.5]],
        ("transport", "costs.csv") => vec![vec![1.0, 2.0], vec![3.0, 4.0]],
        ("transport", "supply.txt") => vec![vec![20.0], vec![30.0]],
        ("transport", "demand.txt") => vec![vec![10.0], vec![40.0]],
        ("transport", "ages.csv" | "hours.csv" | "others.csv") => cloud(1),
        ("transport" | "gromov", "a.csv" | "b.csv") => vec![vec![0.025]; 40],
        ("gromov", "c.csv" | "d.csv") => vec![vec![0.0, 1.0, 2.0], vec![1.0, 0.0, 1.5], vec![2.0, 1.5, 0.0]],
        ("gromov", "space.csv") => cloud(3),
        ("barycenter", "a.npy" | "b.npy") => [cloud(2), cloud(2)].concat(),
        ("score" | "figure", "digits.npy" | "drawn.npy") => cloud(784),
        ("figure", "curve.csv") => cloud(4),
        ("barycenter", "bins.csv") => vec![vec![0.5], vec![1.5], vec![2.5]],
        ("barycenter", "p.csv" | "q.csv") => vec![vec![0.25], vec![0.25], vec![0.5]],
        _ => cloud(2),
    }
}

/// Makes every file that the examples read, and every folder, which ends with a slash.
fn fill(place: &Place, command: &str, lines: &[String]) {
    for word in lines.iter().flat_map(|line| line.split(|c: char| c.is_whitespace() || c == ';')) {
        let (file, key) =
            word.split_once(".npz:").map_or((word.to_owned(), None), |(f, k)| (format!("{f}.npz"), Some(k)));
        if let Some(folder) = file.strip_suffix('/').filter(|folder| !folder.contains('/')) {
            std::fs::create_dir_all(place.path(folder)).unwrap();
            let table = ndarray::Array2::from_shape_vec((40, 2), content(command, folder).concat()).unwrap();
            std::fs::write(place.path(folder).join("part.npy"), fenchel::io::to_npy(table.view())).unwrap();
            continue;
        }
        let name = file.as_str();
        let ending = name.rsplit('.').next().unwrap_or_default();
        if !["csv", "txt", "npy", "npz"].contains(&ending) || name.contains(['\'', '=', '/']) {
            continue;
        }
        let rows = content(command, name);
        let table = ndarray::Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap();
        let bytes = match ending {
            "npy" => fenchel::io::to_npy(table.view()),
            "npz" => fenchel::io::to_npz(&[(key.unwrap_or("x"), table.view())]),
            _ => {
                let line = |row: &Vec<f64>| row.iter().map(|x| format!("{x:?}")).collect::<Vec<_>>().join(",") + "\n";
                rows.iter().map(line).collect::<String>().into_bytes()
            }
        };
        std::fs::write(place.path(name), bytes).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn they_run() {
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_fenchel")).parent().unwrap().display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    for command in COMMANDS {
        let place = Place::new(&[]);
        let lines = examples(&place.run(&format!("{command} --help")).stdout);
        assert!(lines.len() >= 3, "{command}: {lines:?}");
        fill(&place, command, &lines);
        for line in &lines {
            assert!(line.contains("fenchel") || line.starts_with("printf"), "{line}");
            // commands after the pipe are not the program's
            let line = line.split(" | jq").next().unwrap_or_default();
            let long = ["reproduce", "train"].contains(&command);
            // long examples are only parsed: their last argument is one that does not exist
            let line = if long { format!("{line} --threads 0") } else { line.to_owned() };
            let mut shell = Command::new("sh");
            let ran = shell.args(["-c", &line]).current_dir(place.folder()).env("PATH", &path).output().unwrap();
            let stderr = String::from_utf8_lossy(&ran.stderr);
            if long {
                assert!(stderr.contains("--threads"), "{line}: {stderr}");
            } else {
                assert!(ran.status.success(), "{line}: {stderr}");
            }
        }
    }
}
