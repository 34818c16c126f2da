//! The subcommands, one file each: its flags, and what it does.

mod bots;
mod completions;
mod crank;
mod demo;
mod escrow;
mod governance;
mod localnet;
mod operator;
mod relay;
mod rescue;
mod verify;
mod watch;
mod watchtower;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Outcome;

/// What `aurelius` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play matches for money on a local chain and prove them: everything in one process
    Demo(demo::DemoArgs),
    /// Run a local chain: Solana's JSON-RPC and PubSub with the program, tokens and a randomness oracle
    Localnet(localnet::LocalnetArgs),
    /// Run the operator's service: open matches, simulate them at 60 Hz, commit them on the chain, pay out
    Crank(Box<crank::CrankArgs>),
    /// Run the players' service: the page, history, and (with a crank in the same process) live matches
    Relay(Box<relay::RelayArgs>),
    /// Govern the escrow: its config, the lists of tokens and rules, who may operate, the pause
    Governance(Box<governance::GovernanceArgs>),
    /// Be an operator: registration, bond, matches in flight, records, bans
    Operator(Box<operator::OperatorArgs>),
    /// Let bots play: real key pairs, real entries, real WebSocket sessions
    Bots(Box<bots::BotsArgs>),
    /// Recompute a match from the chain and compare everything that was committed and paid
    Verify(Box<verify::VerifyArgs>),
    /// Watch all matches while they are played, and have the program punish an operator that lies or falls silent
    Watchtower(Box<watchtower::WatchtowerArgs>),
    /// Follow a match in the terminal
    Watch(watch::WatchArgs),
    /// Get a wallet's money out of matches whose operator does not pay: leave, cancel, void, refund, claim
    Rescue(Box<rescue::RescueArgs>),
    /// Print what a shell needs to complete commands and flags
    Completions(completions::CompletionsArgs),
}

impl Command {
    /// The log level when the user names none: services report what they do, the rest only trouble.
    pub(crate) fn default_log_level(&self) -> &'static str {
        match self {
            Command::Localnet(_) | Command::Crank(_) | Command::Relay(_) | Command::Watchtower(_) => "info",
            Command::Verify(arguments) if arguments.follow => "info",
            Command::Demo(_) => "error",
            Command::Governance(_) | Command::Operator(_) => "warn",
            Command::Bots(_) | Command::Verify(_) | Command::Watch(_) => "warn",
            Command::Rescue(_) | Command::Completions(_) => "warn",
        }
    }

    /// Whether any error means "could not be done" (2), because 1 is a verdict.
    pub(crate) fn errors_are_usage(&self) -> bool {
        matches!(self, Command::Verify(_) | Command::Watchtower(_))
    }

    pub(crate) async fn run(self, context: Context) -> anyhow::Result<Outcome> {
        match self {
            Command::Demo(arguments) => demo::run(arguments, context).await,
            Command::Localnet(arguments) => localnet::run(arguments, context).await,
            Command::Crank(arguments) => crank::run(*arguments, context).await,
            Command::Relay(arguments) => relay::run(*arguments, context).await,
            Command::Governance(arguments) => governance::run(*arguments, context).await,
            Command::Operator(arguments) => operator::run(*arguments, context).await,
            Command::Bots(arguments) => bots::run(*arguments, context).await,
            Command::Verify(arguments) => verify::run(*arguments, context).await,
            Command::Watchtower(arguments) => watchtower::run(*arguments, context).await,
            Command::Watch(arguments) => watch::run(arguments, context).await,
            Command::Rescue(arguments) => rescue::run(*arguments, context).await,
            Command::Completions(arguments) => completions::run(&arguments, &context),
        }
    }
}
