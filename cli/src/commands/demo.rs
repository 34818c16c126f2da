//! `aurelius demo`: flags of the demonstration.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use crank::CheatKind;

use crate::config;
use crate::context::Context;
use crate::demo::Options;
use crate::failure::Outcome;
use crate::quantity::Quantity;

const AFTER_HELP: &str = "\
What it does, all in one process:
  1. starts a local Solana chain with the Aurelius program, a token and a randomness oracle
  2. sets the escrow up: config, allowed token and rules, an operator
  3. starts the operator's crank, the players' relay and the web page
  4. lets bots play: each has a wallet, pays its stake into the escrow with a signed transaction, and sends signed moves
  5. runs a watchtower that steps every checkpoint again from the chain and would prove a wrong one
  6. after each match prints who won what, recomputes the match from the chain alone, and checks every balance

Examples:
  aurelius demo                             keep playing; open the printed address in a browser
  aurelius demo --matches 1 --headless      one match, then end; status 0 only if everything agrees
  aurelius demo --quick --matches 2         shortened matches of 16 seconds
  aurelius demo --mode siege --bots 24      the long game with late entries and three paid places
  aurelius demo --quick --matches 1 --cheat hp  the crank lies; see it caught, and the money come back
  aurelius demo --port 0 --rpc-port 0       on free ports";

/// Flags of `aurelius demo`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct DemoArgs {
    /// End after this many matches [default: keep playing; 1 with --headless]
    #[arg(long, env = "AURELIUS_MATCHES", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub matches: Option<u32>,
    /// Nobody watches: end by itself after the matches
    #[arg(long)]
    pub headless: bool,
    /// How many bots play
    #[arg(long, env = "AURELIUS_BOTS", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u8).range(2..=100))]
    pub bots: u8,
    /// Player slots that the bots leave free for people who play on the page [default: 4; 0 with --headless]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(..=20))]
    pub guests: Option<u8>,
    /// Which game
    #[arg(long, value_name = "MODE", default_value = "blitz")]
    pub mode: GameMode,
    /// What each bot pays to enter one warrior, in tokens
    #[arg(long, value_name = "TOKENS", default_value = "10")]
    pub stake: Quantity,
    /// Make the crank lie in every match, to see it caught: the watchtower proves it, the program forfeits the
    /// operator's bond and gives the stakes back. KIND is one of hp, position, damage, kill, power-up, zone, ranking,
    /// early-end, skipped-input, invented-input, drip-key, swapped-leaves, silence
    #[arg(long, value_name = "KIND")]
    pub cheat: Option<CheatKind>,
    /// Run no watchtower: a lie is left to whoever finds it, for instance on the page (Verify, then Prove)
    #[arg(long)]
    pub unwatched: bool,
    /// Play a shortened game of 16 seconds, with its own rules table and hash
    #[arg(long)]
    pub quick: bool,
    /// Port of the page and the players' WebSocket, 0 for a free one [default: 8080, or a free one when it is taken]
    #[arg(long, env = "PORT", value_name = "PORT", value_parser = config::parse_port)]
    pub port: Option<u16>,
    /// Port of the chain's JSON-RPC, 0 for a free one; PubSub is on the next [default: 8899, or a free one when it is taken]
    #[arg(long, env = "AURELIUS_RPC_PORT", value_name = "PORT", value_parser = config::parse_port)]
    pub rpc_port: Option<u16>,
    /// Address the page is served on; 0.0.0.0 for every interface
    #[arg(long, env = "HOST", value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = config::parse_host)]
    pub host: IpAddr,
    /// Where to keep keys, the operator's database and replays [default: a temporary directory, removed at the end]
    #[arg(long, env = "AURELIUS_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Directory of the built web page [default: web/dist under the current directory or beside the sources]
    #[arg(long, env = "AURELIUS_WEB_DIR", value_name = "DIR")]
    pub web_dir: Option<PathBuf>,
}

/// The two games.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GameMode {
    /// 90 seconds, up to 20 warriors, winner takes all
    Blitz,
    /// 300 seconds, up to 100 warriors, late entry, three paid places
    Siege,
}

impl From<GameMode> for protocol::directory::Mode {
    fn from(mode: GameMode) -> Self {
        match mode {
            GameMode::Blitz => Self::Blitz,
            GameMode::Siege => Self::Siege,
        }
    }
}

pub(super) async fn run(arguments: DemoArgs, context: Context) -> Result<Outcome> {
    let options = Options {
        matches: arguments.matches.or(arguments.headless.then_some(1)),
        headless: arguments.headless,
        bots: arguments.bots,
        guests: arguments.guests.unwrap_or(if arguments.headless { 0 } else { 4 }),
        mode: arguments.mode.into(),
        stake: arguments.stake,
        unwatched: arguments.unwatched,
        quick: arguments.quick,
        cheat: arguments.cheat,
        port: arguments.port,
        rpc_port: arguments.rpc_port,
        host: arguments.host,
        data_dir: arguments.data_dir,
        web_dir: arguments.web_dir,
    };
    crate::demo::run(options, context).await
}
