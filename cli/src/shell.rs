//! What shells and manuals are told of the program: completions and man pages, both made from its options.

use crate::failure;
use anyhow::{Context, Result};
use clap::Command;
use clap::error::ErrorKind;
use clap_complete::Shell;
use clap_mangen::Man;
use fenchel::record::write_atomic;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What can be asked for in place of a command.
#[derive(clap::Args)]
pub struct Standalone {
    /// Print what a shell needs to complete commands and options: bash, elvish, fish, powershell or zsh
    #[arg(long, exclusive = true, value_name = "SHELL", hide_possible_values = true)]
    completions: Option<Shell>,
    /// Write the man pages of the program and of each command into a folder
    #[arg(long, exclusive = true, value_name = "FOLDER")]
    man_pages: Option<PathBuf>,
}

impl Standalone {
    /// Refuses a command beside what stands in place of one.
    pub fn check_alone(&self, mut program: Command) {
        let options = [("--completions", self.completions.is_some()), ("--man-pages", self.man_pages.is_some())];
        if let Some((option, _)) = options.into_iter().find(|(_, given)| *given) {
            let why = format!("{option} stands alone, without a command");
            program.error(ErrorKind::ArgumentConflict, why).exit()
        }
    }

    /// Gives it; an error if nothing was asked for, since a command is missing then.
    pub fn answer(&self, mut program: Command) -> ExitCode {
        let done = match (self.completions, &self.man_pages) {
            (Some(shell), _) => completions(shell, &mut program),
            (None, Some(folder)) => man_pages(&program, folder),
            (None, None) => {
                let names: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
                let why = format!("a command is missing; there are {}", names.join(", "));
                program.error(ErrorKind::MissingSubcommand, why).exit()
            }
        };
        done.map_or_else(|error| failure::report(&error), |()| ExitCode::SUCCESS)
    }
}

fn completions(shell: Shell, program: &mut Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, program, "fenchel", &mut script);
    match io::stdout().write_all(&script) {
        // a reader that has seen enough
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("standard output"),
    }
}

fn man_pages(program: &Command, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let page = |command: Command, name: &str| -> Result<()> {
        let mut page = Vec::new();
        Man::new(command).title(name.to_uppercase()).render(&mut page)?;
        Ok(write_atomic(folder.join(format!("{name}.1")), &page)?)
    };
    page(program.clone(), "fenchel")?;
    // with the options of every command, which the program hands on when it is built
    let mut built = program.clone();
    built.build();
    for command in built.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("fenchel-{}", command.get_name());
        page(command.clone(), &name)?;
    }
    Ok(())
}
