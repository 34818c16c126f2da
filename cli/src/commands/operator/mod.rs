//! `aurelius operator`: an operator's registration, its bond, its matches, and what its crank keeps.

mod bans;
mod bond;
mod crank_key;
mod cranks;
mod drain;
mod export;
mod kept;
mod memory;
mod register;
mod sign;
mod status;
mod tables;

use anyhow::Result;
use clap::{Args, Subcommand};

use self::sign::OperatorSign;
use super::escrow::Answer;
use crate::context::Context;
use crate::failure::{Outcome, Stopped};
use crate::terminal::Console;

const AFTER_HELP: &str = "\
An operator registers itself for a token, is switched on by the config's authority (`aurelius governance activate-operator`),
and deposits a bond that answers for its matches. A withdrawal is requested, answers for no new match from then on, and is
paid after the delay in the config.

The operator's key owns the bond. Let another one create and run the matches, keep the operator's offline, and replace the
crank's key when it may have leaked: it moves no bond, but its holder can lie with it and lose the bond of what it opens.

To retire a crank, drain it: it opens nothing new, finishes and pays what exists, and ends. Then request the bond.

Examples:
  aurelius operator register --mint MINT --keypair operator.json
  aurelius operator deposit 1000
  aurelius operator status
  aurelius operator request-withdrawal 250.50      and, after the delay, aurelius operator withdraw
  aurelius operator set-crank-key WALLET --keypair operator.json
  aurelius operator drain --data-dir .aurelius/crank --wait      and --undo to take it back
  aurelius operator export --data-dir .aurelius/crank --format csv --table payouts
  aurelius operator unban WALLET --data-dir .aurelius/crank";

/// Flags of `aurelius operator`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct OperatorArgs {
    #[command(subcommand)]
    command: OperatorCommand,
}

#[derive(Debug, Subcommand)]
enum OperatorCommand {
    /// Show the operator account: its bond, every match of it on the chain with deadline and money in flight, and its cranks
    Status(status::StatusArgs),
    /// Register as operator for a token; inactive until the config's authority activates it
    Register(OperatorSign),
    /// Add to a bond, out of the signer's token account
    Deposit(bond::DepositArgs),
    /// Announce a withdrawal of free bond; replaces an earlier one, 0 takes it back
    RequestWithdrawal(bond::RequestArgs),
    /// Take out what was announced, once the delay has passed
    Withdraw(OperatorSign),
    /// Name the key that creates and runs the matches, and hand the matches that are not over to it
    SetCrankKey(crank_key::CrankKeyArgs),
    /// Let a crank finish: it makes nothing new, and ends when everything is paid
    Drain(drain::DrainArgs),
    /// Write all matches that a crank keeps, with payouts and intents, as JSON or CSV
    Export(export::ExportArgs),
    /// List the wallets that may not play
    Bans(bans::BansArgs),
    /// Let a banned wallet play again, and forget its flags
    Unban(bans::UnbanArgs),
}

pub(super) async fn run(arguments: OperatorArgs, context: Context) -> Result<Outcome> {
    let json = arguments.command.json();
    let drains = matches!(arguments.command, OperatorCommand::Drain(_));
    match context
        .shutdown
        .unless(answer(arguments.command, &context.console))
        .await
    {
        Some(answer) => {
            if let Some(answer) = answer? {
                answer.print(&context.console, json)?;
            }
        }
        None => {
            let what = match drains {
                true => "stopped waiting; the crank goes on draining",
                false => "stopped; `aurelius operator status` tells whether a change landed",
            };
            return Err(Stopped::new(&context.shutdown, what).into());
        }
    }
    Ok(Outcome::Success)
}

/// What the command has to say; none when it has printed all there is.
async fn answer(command: OperatorCommand, console: &Console) -> Result<Option<Answer>> {
    let answer = match command {
        OperatorCommand::Export(arguments) => {
            return export::export(&arguments, console).await.map(|()| None);
        }
        OperatorCommand::Status(arguments) => status::status(&arguments).await,
        OperatorCommand::Register(arguments) => register::register(&arguments).await,
        OperatorCommand::Deposit(arguments) => bond::deposit(&arguments).await,
        OperatorCommand::RequestWithdrawal(arguments) => bond::request(&arguments).await,
        OperatorCommand::Withdraw(arguments) => bond::withdraw(&arguments).await,
        OperatorCommand::SetCrankKey(arguments) => crank_key::set(&arguments).await,
        OperatorCommand::Drain(arguments) => drain::drain(&arguments).await,
        OperatorCommand::Bans(arguments) => bans::list(&arguments).await,
        OperatorCommand::Unban(arguments) => bans::unban(&arguments).await,
    };
    answer.map(Some)
}

impl OperatorCommand {
    fn json(&self) -> bool {
        match self {
            Self::Status(arguments) => arguments.read.json,
            Self::Register(arguments) | Self::Withdraw(arguments) => arguments.sign.read.json,
            Self::Deposit(arguments) => arguments.sign.read.json,
            Self::RequestWithdrawal(arguments) => arguments.sign.read.json,
            Self::SetCrankKey(arguments) => arguments.sign.read.json,
            Self::Export(_) => false,
            Self::Drain(arguments) => arguments.json,
            Self::Bans(arguments) => arguments.json,
            Self::Unban(arguments) => arguments.json,
        }
    }
}
