//! The `aurelius` command: every part of the system from one terminal.
//!
//! Owns: flags and environment, the terminal, the bots, and the demonstration that wires all parts into one
//! process. Invariants: results go to standard output and logs to standard error; every error is one line
//! that says what to do; the exit status is 0 for success, 1 for a failure or a bad verdict, 2 for wrong
//! usage or configuration, 3 for a bad verdict that the program has acted on. Absent: rules, wire format,
//! chain access and verification; they live in `arena`, `protocol`, `client`, `verifier`.

pub mod chain;
pub mod commands;
pub mod config;
pub mod context;
pub mod demo;
pub mod errors;
pub mod failure;
pub mod fleet;
pub mod metrics_file;
pub mod name;
pub mod offer;
pub mod operation;
pub mod page;
pub mod process;
pub mod programs;
pub mod progress;
pub mod quantity;
pub mod redis_hosts;
pub mod rescue;
pub mod serving;
pub mod shutdown;
pub mod span;
pub mod terminal;
pub mod token_list;
pub mod watching;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use telemetry::logging::{LogArgs, Sink};
use telemetry::metrics::MetricsArgs;
use telemetry::settings::{Refused, SettingsArgs};

use crate::commands::Command;
use crate::context::Context;
use crate::errors::Errors;
use crate::failure::{exit_code_of, EXIT_FAILED, EXIT_USAGE};
use crate::shutdown::Shutdown;
use crate::terminal::{Console, Style};

const AFTER_HELP: &str = "\
Start here:
  aurelius demo                 a local chain, an arena, bots that play for tokens, and a page to watch them
  aurelius demo --matches 1 --headless
                                one match, verified; ends by itself

A flag's environment variable is shown in brackets in the help of each command. A file (--config) may hold any flag:
docs/CONFIGURATION.md lists them all. The flag counts more than the variable, the variable more than the file.
Exit status: 0 success, 1 failure or a bad verdict, 2 wrong usage or configuration, 130 stopped by Ctrl-C before the work
was done.";

/// The version, and the commit that it was built from.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("AURELIUS_COMMIT"), ")");

/// Real-time arena matches for money that nobody has to trust: every tick can be recomputed from the chain.
#[derive(Debug, Parser)]
#[command(name = "aurelius", version = VERSION, after_help = AFTER_HELP, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    #[command(flatten)]
    pub settings: SettingsArgs,
    #[command(flatten)]
    pub log: LogArgs,
    #[command(flatten)]
    pub metrics: MetricsArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// Parses the arguments, runs the command, prints its error, and answers the exit status.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    process::keep_loopback_direct();
    process::raise_file_limit();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let errors = Errors::asked_for(&arguments);
    let cli: Cli = match telemetry::settings::parse(Cli::command(), &arguments) {
        Ok(cli) => cli,
        Err(Refused::Usage(refused)) => {
            // Help and version are also reported this way; both go to standard output with status 0.
            if !refused.use_stderr() {
                let _ = refused.print();
                return ExitCode::SUCCESS;
            }
            errors.refuse(&refused);
            return ExitCode::from(EXIT_USAGE);
        }
        Err(Refused::Config(error)) => {
            errors.tell(&error.into(), EXIT_USAGE);
            return ExitCode::from(EXIT_USAGE);
        }
    };
    let errors_are_usage = cli.command.errors_are_usage();
    match run(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let code = match exit_code_of(&error) {
                EXIT_FAILED if errors_are_usage => EXIT_USAGE,
                code => code,
            };
            errors.tell(&error, code);
            ExitCode::from(code)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<u8> {
    let console = Console::new();
    let sink = Sink {
        writer: console.log_writer(),
        in_colour: console.style() == Style::COLOURED,
    };
    cli.log.start(cli.command.default_log_level(), sink)?;
    cli.metrics.apply();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| anyhow::anyhow!("cannot start the runtime: {error}"))?;
    let outcome = runtime.block_on(async {
        let context = Context {
            shutdown: Shutdown::on_signals()?,
            console: console.clone(),
            definition: Cli::command,
        };
        cli.command.run(context).await
    });
    console.clear_live();
    // Tasks that are still draining get a moment, not forever.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    outcome.map(failure::Outcome::code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_is_documented() {
        fn visit(command: &clap::Command) {
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some()
                        || argument.get_id() == "help"
                        || argument.get_id() == "version",
                    "{} of {} has no help",
                    argument.get_id(),
                    command.get_name()
                );
            }
            assert!(command.get_about().is_some(), "{}", command.get_name());
            command.get_subcommands().for_each(visit);
        }
        visit(&Cli::command());
    }

    #[test]
    fn every_command_shows_an_example() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string);
            assert!(
                help.is_some_and(|text| text.contains("aurelius ")),
                "{} has no example",
                command.get_name()
            );
        }
    }
}
