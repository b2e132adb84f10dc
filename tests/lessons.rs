//! The lessons in Rust compile and run. Their kernel takes long to build, so most machines lack it: the cells of each are put together
//! into a function here, and all of them into a program. Where FENCHEL_CLAIMS names a claims.json, it is held against that.

use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn lessons_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks/rust");
    let (mut program, mut calls) = (String::from("#![allow(dead_code, unused)]\n"), String::new());
    for entry in std::fs::read_dir(&folder).expect("the folder of the lessons") {
        let path = entry.expect("a file").path();
        let Some(name) =
            path.file_stem().and_then(|name| name.to_str()).filter(|_| path.extension().is_some_and(|e| e == "ipynb"))
        else {
            continue;
        };
        let body = cells(&path);
        write!(program, "fn {name}() -> Result<(), Box<dyn std::error::Error>> {{\n{body}\nOk(())\n}}\n").unwrap();
        writeln!(calls, "    {name}().unwrap();").unwrap();
    }
    assert_eq!(calls.lines().count(), 9, "a lesson for each of the nine chapters");
    write!(program, "fn main() {{\n{calls}}}\n").unwrap();

    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lessons.rs");
    std::fs::write(&source, program).expect("the program can be written");
    let compiled = source.with_extension(std::env::consts::EXE_EXTENSION);
    let libraries = libraries();
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", "2021", "-o"]).arg(&compiled).arg(&source);
    for (name, library) in &libraries {
        rustc.arg("--extern").arg(format!("{name}={}", library.display()));
        rustc.arg("-L").arg(format!("dependency={}", library.parent().expect("a folder").display()));
    }
    succeeds(&mut rustc);
    succeeds(&mut Command::new(&compiled));
}

/// The code of a notebook without the lines that are for its kernel.
fn cells(path: &Path) -> String {
    let notebook: Value = serde_json::from_slice(&std::fs::read(path).expect("a notebook")).expect("JSON");
    let code = notebook["cells"].as_array().expect("cells").iter().filter(|cell| cell["cell_type"] == "code");
    let lines = code.flat_map(|cell| {
        // a cell may end in an expression; the next begins a statement
        let lines = cell["source"].as_array().expect("lines").iter().filter_map(Value::as_str);
        lines.filter(|line| !line.starts_with(':')).chain(["\n;\n"])
    });
    lines.collect()
}

/// The libraries that the tests are linked with.
fn libraries() -> Vec<(String, PathBuf)> {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--workspace", "--quiet", "--message-format", "json", "--example", "jsd_saturates"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let text = String::from_utf8(output.stdout).expect("JSON");
    let artifacts = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let found = artifacts.filter_map(|artifact| {
        let name = artifact["target"]["name"].as_str()?.to_owned();
        let file =
            artifact["filenames"].as_array()?.iter().filter_map(Value::as_str).find(|file| file.ends_with(".rlib"))?;
        (name == "fenchel" || name == "serde_json").then(|| (name, PathBuf::from(file)))
    });
    found.collect()
}

fn succeeds(command: &mut Command) {
    let output = command.output().expect("it starts");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}", said.concat());
}
