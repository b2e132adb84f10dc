//! Completions and man pages name every command and every option.

use crate::common::Place;
use crate::common::files::files;

const COMMANDS: [&str; 9] =
    ["reproduce", "divergence", "estimate", "transport", "barycenter", "gromov", "score", "train", "figure"];

#[test]
fn every_shell_is_told_of_every_command() {
    let place = Place::new(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = place.run(&format!("--completions {shell}"));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{shell}");
        for command in COMMANDS {
            assert!(ran.stdout.contains(command), "{shell} is not told of {command}");
        }
        assert!(ran.stdout.contains("permutations"), "{shell} is not told of options");
    }
    place.refused("--completions tcsh", &["tcsh", "bash"]);
    place.refused("--completions bash score a b", &["--completions"]);
    place.refused("--quiet", &["a command is missing", "divergence"]);
}

#[test]
fn every_command_has_a_man_page_with_its_options() {
    let place = Place::new(&[]);
    let ran = place.run("--man-pages man");
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    let pages = files(&place.path("man"));
    assert_eq!(pages.len(), 1 + COMMANDS.len());
    for command in COMMANDS {
        let page = std::fs::read_to_string(place.path(&format!("man/fenchel-{command}.1"))).unwrap();
        assert!(page.contains("Examples:") && page.contains("json") && page.contains("SYNOPSIS"), "{command}");
    }
}
