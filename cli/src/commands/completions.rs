//! `aurelius completions`: what a shell needs to complete commands and flags.

use anyhow::{Context as _, Result};
use clap::Args;
use clap_complete::{generate, Shell};

use crate::context::Context;
use crate::failure::Outcome;

const AFTER_HELP: &str = "\
Prints the script; where it belongs depends on the shell.

Examples:
  aurelius completions bash > /etc/bash_completion.d/aurelius
  aurelius completions zsh > \"${fpath[1]}/_aurelius\"
  aurelius completions fish > ~/.config/fish/completions/aurelius.fish";

/// Flags of `aurelius completions`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

pub(super) fn run(arguments: &CompletionsArgs, context: &Context) -> Result<Outcome> {
    let mut definition = (context.definition)();
    let mut script = Vec::new();
    generate(arguments.shell, &mut definition, "aurelius", &mut script);
    let script = String::from_utf8(script).context("the script is no text")?;
    context.console.say(script.trim_end());
    Ok(Outcome::Success)
}
