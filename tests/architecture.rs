//! The dependency rule, read from the sources: who may use whom.
//!
//! ```text
//! numeric, linalg <- measure <- divergence, transport <- score <- gan -> nn -> numeric, linalg
//! lecture uses everything; io, plot and record are leaves that only lecture uses
//! ```

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module of the library and what it may use besides `error` and `certificate`.
const RULE: [(&str, &[&str]); 15] = [
    ("error", &[]),
    ("certificate", &[]),
    ("mutation", &[]),
    ("numeric", &[]),
    ("linalg", &["numeric"]),
    ("measure", &["numeric", "linalg"]),
    ("divergence", &["measure", "numeric", "linalg"]),
    ("transport", &["measure", "numeric", "linalg"]),
    ("score", &["divergence", "transport", "measure", "numeric", "linalg"]),
    ("nn", &["numeric", "linalg"]),
    ("gan", &["nn", "score", "divergence", "measure", "numeric", "linalg"]),
    ("io", &["numeric"]),
    ("plot", &["numeric"]),
    ("record", &["numeric"]),
    (
        "lecture",
        &["numeric", "linalg", "measure", "divergence", "transport", "score", "nn", "gan", "io", "plot", "record"],
    ),
];

/// Modules that open files, or call what does.
const OPENS_FILES: [&str; 3] = ["io", "record", "lecture"];

/// What is wrong in one source file, whose path within `src` is given; empty if nothing is.
fn violations(path: &str, source: &str) -> Vec<String> {
    let modules = module_path(path);
    let Some(own) = modules.first() else {
        return Vec::new(); // lib.rs declares them all
    };
    let Some((_, allowed)) = RULE.iter().find(|(name, _)| name == own) else {
        return vec![format!("{path}: module `{own}` has no line in the rule")];
    };
    let code = without_test_modules(&without_comments_and_strings(source));
    let mut found = Vec::new();
    for used in used_modules(&code, modules.len()) {
        let used = if used == "Error" || used == "Result" { "error" } else { used.as_str() };
        if used != own && used != "error" && used != "certificate" && !allowed.contains(&used) {
            found.push(format!("{path}: `{own}` must not use `{used}`"));
        }
    }
    if !OPENS_FILES.contains(&own.as_str()) {
        for forbidden in ["std::fs", "std::process", "std::env", "println!", "eprintln!"] {
            if code.contains(forbidden) {
                found.push(format!("{path}: the core must not use `{forbidden}`"));
            }
        }
    }
    found
}

/// `score/frechet.rs` is `[score, frechet]`, `score/mod.rs` is `[score]`, `lib.rs` is `[]`.
fn module_path(path: &str) -> Vec<String> {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let mut parts: Vec<String> = stem.split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    parts
}

/// The source with comments, doc comments and the content of string and character literals blanked.
fn without_comments_and_strings(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(hashes) =
            raw_string(rest).filter(|_| !out.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        {
            let close = format!("\"{}", "#".repeat(hashes));
            let open = hashes + 2;
            rest[open..].find(&close).map_or(rest.len(), |end| open + end + close.len())
        } else if c == '"' {
            quoted(rest, '"')
        } else if c == '\'' && is_char_literal(rest) {
            quoted(rest, '\'')
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        out.push(' ');
        rest = &rest[skipped..];
    }
    out
}

/// The number of `#` if a raw string literal begins here.
fn raw_string(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('r')?;
    let hashes = inner.len() - inner.trim_start_matches('#').len();
    inner[hashes..].starts_with('"').then_some(hashes)
}

fn is_char_literal(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => true,
        (Some(_), Some('\'')) => true,
        _ => false, // a lifetime
    }
}

/// The length of a literal, both quotes included.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return i + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The code without the items under `#[cfg(test)]`.
fn without_test_modules(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..start]);
        let item = &rest[start..];
        let end = item.find(['{', ';']).map_or(item.len(), |open| {
            if item[open..].starts_with(';') { open + 1 } else { open + group(&item[open..]).len() + 2 }
        });
        rest = &item[end..];
    }
    out + rest
}

/// What stands between the brace that `text` begins with and the one that closes it.
fn group(text: &str) -> &str {
    let mut depth = 0;
    for (i, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[1..i];
        }
    }
    &text[1..]
}

/// The first segments after `crate::`, and after as many `super::` as lead out of the file's top-level module.
fn used_modules(code: &str, depth: usize) -> Vec<String> {
    // rustfmt may break a path or a group over lines
    let code: String = code.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ::", "::").replace(":: ", "::");
    let to_root = "super::".repeat(depth);
    let mut used = Vec::new();
    for prefix in ["crate::", to_root.as_str()] {
        for (at, _) in code.match_indices(prefix) {
            let before = &code[..at];
            if before.ends_with(|c: char| c.is_alphanumeric() || "_:$".contains(c)) {
                continue; // part of a longer path or name
            }
            let path = &code[at + prefix.len()..];
            if path.starts_with('{') {
                used.extend(split_top(group(path)).iter().map(|part| first_segment(part)));
            } else {
                used.push(first_segment(path));
            }
        }
    }
    used.retain(|name| !name.is_empty());
    used.sort();
    used.dedup();
    used
}

/// Splits at the commas that are in no inner group.
fn split_top(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (i, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[start..]);
    parts
}

fn first_segment(path: &str) -> String {
    path.trim_start().chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect()
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

#[test]
fn every_module_uses_only_what_it_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    assert!(files.len() > 20, "the sources were found");
    let mut report = String::new();
    for file in files {
        let path = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        for violation in violations(&path, &fs::read_to_string(&file).unwrap()) {
            writeln!(report, "{violation}").unwrap();
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn a_violation_is_found_however_it_is_written() {
    for source in [
        "use crate::transport::Problem;",
        "use crate::{error::Error, transport::{self, Problem}};",
        "use crate::{\n    measure::{Pmf, Empirical},\n    transport,\n};",
        "pub(crate) use crate::transport as t;",
        "fn f() -> f64 { crate::transport::line(1.0) }",
        "fn f() { let x = 'a'; let s = \"\\\"\"; crate :: transport :: line() }",
        "use super::super::transport::Problem;",
        "#[cfg(test)]\nmod tests { fn g() { if true { } } }\nuse crate::transport::Problem;",
        "#[cfg(test)]\nmod tests;\nuse crate::transport::Problem;",
        "/* a /* nested */ comment */ use crate::transport::Problem;",
        "fn f<'a>(x: &'a str) {} use crate::transport::Problem;",
        "const S: &str = r#\"raw \" string\"#; use crate::transport::Problem;",
    ] {
        let found = violations("divergence/discrete.rs", source);
        assert_eq!(found, ["divergence/discrete.rs: `divergence` must not use `transport`"], "{source}");
    }
    assert_eq!(violations("gan/mod.rs", "use super::plot::Figure;").len(), 1);
    assert_eq!(violations("nn/tape.rs", "use crate::{measure::Pmf, io::digits};").len(), 2);
    assert_eq!(violations("record/report.rs", "use crate::lecture::Claim;").len(), 1);
    assert_eq!(violations("score/kernel.rs", "fn f() { println!(\"x\"); std::fs::read(\"y\"); }").len(), 2);
    assert_eq!(violations("newcomer/mod.rs", "").len(), 1);
}

#[test]
fn what_is_allowed_is_not_reported() {
    for source in [
        "use crate::{Error, Result, certificate::Certified, measure::Pmf, numeric};",
        "//! As in [`transport`](crate::transport).\n/// use crate::transport;\nuse crate::numeric::Sum;",
        "#[cfg(test)]\nmod tests { use crate::transport::Problem; mod inner { fn f() {} } }",
        "/* use crate::transport; */ const S: &str = \"crate::transport \\\" println!\";",
        "const C: char = '\"'; // crate::transport\nuse super::generator::Generator;",
        "const R: &str = r\"crate::transport\";",
        "use mycrate::transport::X;",
        "use super::super::measure::Pmf;",
    ] {
        assert_eq!(violations("divergence/discrete.rs", source), Vec::<String>::new(), "{source}");
    }
}
