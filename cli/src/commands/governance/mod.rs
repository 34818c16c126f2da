//! `aurelius governance`: the escrow's config, its lists, and who may operate.

mod authority;
mod init;
mod lists;
mod operators;
mod show;
mod terms;
mod update;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::escrow::{Answer, ReadArgs, SignArgs};
use crate::context::Context;
use crate::failure::{Outcome, Stopped};

const AFTER_HELP: &str = "\
The config says who governs the escrow, who receives fees, where randomness comes from, how long the steps of a match may
take, what operators must put up, and which tokens and rules tables matches may use. Matches that exist keep what they were
created with. A pause stops new matches and entries, never an exit.

Examples:
  aurelius governance show --rpc-url http://127.0.0.1:8899
  aurelius governance init --keypair upgrade-authority.json --treasury WALLET
  aurelius governance allow-mint MINT
  aurelius governance allow-rules blitz
  aurelius governance activate-operator WALLET --mint MINT
  aurelius governance update --challenge-slots 9000";

/// Flags of `aurelius governance`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct GovernanceArgs {
    #[command(subcommand)]
    command: GovernanceCommand,
}

#[derive(Debug, Subcommand)]
enum GovernanceCommand {
    /// Show the config, and whether it belongs to this chain
    Show(ReadArgs),
    /// Create the config; the program's upgrade authority signs
    Init(init::InitArgs),
    /// Change treasury, randomness source, windows, bond terms or genesis hash for matches created from now on
    Update(update::UpdateArgs),
    /// Propose who governs the config next; nothing changes until that wallet accepts
    ProposeAuthority(authority::ProposeArgs),
    /// Take the config over; the proposed wallet signs
    AcceptAuthority(SignArgs),
    /// Stop new matches and entries; every exit stays open
    Pause(SignArgs),
    /// Allow new matches and entries again
    Unpause(SignArgs),
    /// Let matches be played for a token
    AllowMint(lists::MintChange),
    /// Take a token off the list; matches that exist go on
    DisallowMint(lists::MintChange),
    /// Let matches use a rules table
    AllowRules(lists::RulesChange),
    /// Take a rules table off the list; matches that exist go on
    DisallowRules(lists::RulesChange),
    /// Let a registered operator create matches
    ActivateOperator(operators::OperatorChange),
    /// Stop an operator from creating matches; its matches that exist go on
    DeactivateOperator(operators::OperatorChange),
}

pub(super) async fn run(arguments: GovernanceArgs, context: Context) -> Result<Outcome> {
    let json = arguments.command.json();
    match context.shutdown.unless(answer(arguments.command)).await {
        Some(answer) => answer?.print(&context.console, json)?,
        None => {
            let what = "stopped; `aurelius governance show` tells whether the change landed";
            return Err(Stopped::new(&context.shutdown, what).into());
        }
    }
    Ok(Outcome::Success)
}

async fn answer(command: GovernanceCommand) -> Result<Answer> {
    use lists::Change::{Allow, Disallow};
    match command {
        GovernanceCommand::Show(arguments) => show::show(&arguments).await,
        GovernanceCommand::Init(arguments) => init::init(&arguments).await,
        GovernanceCommand::Update(arguments) => update::update(&arguments).await,
        GovernanceCommand::ProposeAuthority(arguments) => authority::propose(&arguments).await,
        GovernanceCommand::AcceptAuthority(sign) => authority::accept(&sign).await,
        GovernanceCommand::Pause(sign) => authority::set_paused(&sign, true).await,
        GovernanceCommand::Unpause(sign) => authority::set_paused(&sign, false).await,
        GovernanceCommand::AllowMint(arguments) => lists::change_mint(&arguments, Allow).await,
        GovernanceCommand::DisallowMint(arguments) => lists::change_mint(&arguments, Disallow).await,
        GovernanceCommand::AllowRules(arguments) => lists::change_rules(&arguments, Allow).await,
        GovernanceCommand::DisallowRules(arguments) => lists::change_rules(&arguments, Disallow).await,
        GovernanceCommand::ActivateOperator(arguments) => operators::set_active(&arguments, true).await,
        GovernanceCommand::DeactivateOperator(arguments) => operators::set_active(&arguments, false).await,
    }
}

impl GovernanceCommand {
    fn json(&self) -> bool {
        match self {
            Self::Show(read) => read.json,
            Self::Init(arguments) => arguments.sign.read.json,
            Self::Update(arguments) => arguments.sign.read.json,
            Self::ProposeAuthority(arguments) => arguments.sign.read.json,
            Self::AcceptAuthority(sign) | Self::Pause(sign) | Self::Unpause(sign) => sign.read.json,
            Self::AllowMint(arguments) | Self::DisallowMint(arguments) => arguments.sign.read.json,
            Self::AllowRules(arguments) | Self::DisallowRules(arguments) => arguments.sign.read.json,
            Self::ActivateOperator(arguments) | Self::DeactivateOperator(arguments) => {
                arguments.sign.read.json
            }
        }
    }
}
