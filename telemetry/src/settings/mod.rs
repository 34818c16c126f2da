//! The configuration file, and the reference of all settings.
//!
//! A setting is a long flag of a command. Its value comes from the flag, else from the flag's environment
//! variable, else from the file named by `--config`, else from the default. The file is TOML; its keys are
//! the flags without the dashes: at the top for every command that has the flag, in a table such as `[crank]`
//! for that command alone.
//!
//! Invariants: every key of the file is checked, also those of commands that do not run; nothing a file holds
//! for a setting that may be secret is ever printed. What may be set is read off the definition of the
//! command line, so that a new flag is a new key and a new row of the reference without another line of code.
//! Absent: interpolation, includes, more than one file.

mod file;
mod flag;
mod origin;
mod reference;

pub use origin::Refused;
pub use reference::reference;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Command, FromArgMatches};

/// Where the configuration file is, the same for every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Configuration")]
pub struct SettingsArgs {
    /// Configuration file (TOML): keys are these flags without the dashes, in tables such as [crank] for one command
    #[arg(long, env = "AURELIUS_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

/// Parses `arguments` with what the configuration file adds to `command`.
pub fn parse<T: FromArgMatches>(command: Command, arguments: &[OsString]) -> Result<T, Refused> {
    let command = with_file(command, arguments)?;
    let mut matches = command
        .clone()
        .try_get_matches_from(arguments)
        .map_err(|error| origin::explain(error, &command, arguments))?;
    T::from_arg_matches_mut(&mut matches).map_err(|error| Refused::Usage(error.with_cmd(&command)))
}

/// The command with the file's values as defaults.
fn with_file(command: Command, arguments: &[OsString]) -> Result<Command, Refused> {
    // A first look, only for the file and the command; what is wrong with the rest is said by the real one.
    let Ok(look) = command
        .clone()
        .ignore_errors(true)
        .try_get_matches_from(arguments)
    else {
        return Ok(command);
    };
    let Some(path) = look.get_one::<PathBuf>("config").cloned() else {
        return Ok(command);
    };
    let mut names = Vec::new();
    let mut inner = &look;
    while let Some((name, deeper)) = inner.subcommand() {
        names.push(name.to_owned());
        inner = deeper;
    }
    let file = file::File::read(&path, &command).map_err(Refused::Config)?;
    file.apply(command, &names).map_err(Refused::Config)
}
