//! Runs the binary as a user does, in a folder of its own.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub mod calls;
pub mod files;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with files, in which the program runs.
pub struct Place {
    dir: tempfile::TempDir,
}

/// The output of a run on its three channels.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        for (name, content) in files {
            std::fs::write(place.path(name), content).unwrap();
        }
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// The program with these arguments (split at blanks), not yet started.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fenchel"));
        command.args(arguments.split_whitespace()).current_dir(self.dir.path());
        command
    }

    pub fn run(&self, arguments: &str) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Runs with `--json` and expects success: one object on stdout, and on stderr nothing but warnings.
    pub fn json(&self, arguments: &str) -> Value {
        let ran = self.run(&format!("{arguments} --json"));
        assert_eq!(ran.code, 0, "{arguments}: {}", ran.stderr);
        let other = ran.stderr.lines().find(|line| !line.starts_with("warning: "));
        assert_eq!(other, None, "{arguments}");
        ran.object()
    }

    /// Runs and expects that the input is refused: status 2, nothing on stdout, every one of `words` in the message.
    pub fn refused(&self, arguments: &str, words: &[&str]) {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 2, "{arguments}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments}");
        assert!(ran.stderr.starts_with("error: "), "{arguments}: {}", ran.stderr);
        for word in words {
            assert!(ran.stderr.contains(word), "{arguments}: `{word}` is not in: {}", ran.stderr);
        }
    }
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("not killed"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Stdout as one JSON object.
    pub fn object(&self) -> Value {
        let value: Value = serde_json::from_str(&self.stdout).expect("exactly one JSON value");
        assert!(value.is_object());
        // what is no number is written as null
        for row in ["results", "scores"].iter().filter_map(|list| value[list].as_array()).flatten() {
            // a row has a value, or the reason why not
            assert!(row.get("value").is_some_and(is_whole) != row.get("reason").is_some(), "{row}");
            assert!(row["interval"].is_null() || is_whole(&row["interval"]), "{row}");
        }
        value
    }
}

/// Whether there is no null, however deep in arrays.
fn is_whole(value: &Value) -> bool {
    value.as_array().map_or(!value.is_null(), |parts| parts.iter().all(is_whole))
}

/// The row of `results` called `name`.
pub fn named<'a>(json: &'a Value, name: &str) -> &'a Value {
    let rows = json["results"].as_array().expect("results");
    rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no `{name}` in {json}"))
}

/// The keys of an object, sorted.
pub fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
