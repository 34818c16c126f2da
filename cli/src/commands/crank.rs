//! `aurelius crank`: the operator's service, and with a port the players' service in the same process.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use reqwest::Url;

use crate::config::{self, ClusterArgs, ListenArgs};
use crate::offer::{BlitzOffer, SiegeOffer};
use crate::span::parse_span;
use crate::Pubkey;

const AFTER_HELP: &str = "\
Opens matches, lets players enter through the chain, simulates them at 60 ticks a second, posts checkpoints while it does,
proposes the result and claims for every winner. Everything it has begun it finishes after a restart: the database and the
input logs in the data directory are its memory, keep them.

Players reach live matches through a relay. Crank and relay meet inside one process in this version, so give --port to
serve players from here. A relay of its own (`aurelius relay`) serves the page and history only.

The operator must be registered for the mint and switched on by the program's authority (`aurelius localnet` does it).

Examples:
  aurelius crank --blitz 10 --port 8080                     with the variables that `aurelius localnet` prints
  aurelius crank --blitz 1 --blitz 25 --siege 50@15m --port 8080 --host 0.0.0.0
  aurelius crank                                            opens nothing new, finishes what exists";

/// Flags of `aurelius crank`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct CrankArgs {
    #[command(flatten)]
    pub cluster: ClusterArgs,
    #[command(flatten)]
    pub operator: OperatorArgs,
    #[command(flatten)]
    pub offers: OfferArgs,
    /// Serve players on this port as well, 0 for a free one [default: no relay in this process]
    #[arg(long, env = "PORT", value_name = "PORT", value_parser = config::parse_port, help_heading = "Serving players")]
    pub port: Option<u16>,
    #[command(flatten)]
    pub listen: ListenArgs,
}

/// Who operates, with what.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Operator")]
pub struct OperatorArgs {
    /// Key pair file of the operator
    #[arg(long, env = "AURELIUS_KEYPAIR", value_name = "FILE")]
    pub keypair: Option<PathBuf>,
    /// Mint of the token that is played for
    #[arg(long, env = "AURELIUS_MINT", value_name = "ADDRESS", value_parser = config::parse_mint)]
    pub mint: Option<Pubkey>,
    /// What people call the token
    #[arg(long, env = "AURELIUS_SYMBOL", value_name = "NAME", default_value = "TOKEN")]
    pub symbol: String,
    /// Gateway of the randomness oracle [default: the address that the oracle wrote on chain]
    #[arg(long, env = "AURELIUS_GATEWAY_URL", value_name = "URL", value_parser = config::parse_gateway_url)]
    pub gateway_url: Option<Url>,
    /// Where the database, the input logs and the replays are kept
    #[arg(long, env = "AURELIUS_DATA_DIR", value_name = "DIR", default_value = ".aurelius/crank")]
    pub data_dir: PathBuf,
    /// Highest bid for inclusion, in micro-lamports a compute unit; the bid follows recent fees up to it [default: none on loopback, 50000 elsewhere]
    #[arg(long, env = "AURELIUS_PRIORITY_FEE_MAX", value_name = "MICROLAMPORTS")]
    pub priority_fee_max: Option<u64>,
    /// Threads that simulate matches
    #[arg(long, env = "AURELIUS_TICK_THREADS", value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub tick_threads: u8,
}

/// What is offered to players.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Matches")]
pub struct OfferArgs {
    /// Keep a Blitz open at this stake per warrior, in tokens; repeat for several
    #[arg(long, env = "AURELIUS_BLITZ", value_name = "STAKE", value_delimiter = ',')]
    pub blitz: Vec<BlitzOffer>,
    /// Hold a Siege at this stake again and again, as in 25@10m; repeat for several
    #[arg(long, env = "AURELIUS_SIEGE", value_name = "STAKE@EVERY", value_delimiter = ',')]
    pub siege: Vec<SiegeOffer>,
    /// How long an open Blitz waits for more players once it has enough
    #[arg(long, env = "AURELIUS_LOCK_GRACE", value_name = "SPAN", default_value = "10s", value_parser = parse_span)]
    pub lock_grace: Duration,
    /// Time to look around between the seed's reveal and the first tick
    #[arg(long, env = "AURELIUS_COUNTDOWN", value_name = "SPAN", default_value = "3s", value_parser = parse_span)]
    pub countdown: Duration,
    /// How long the accounts of a finished match stay on chain, for whoever reads them
    #[arg(long, env = "AURELIUS_CLOSE_DELAY", value_name = "SPAN", default_value = "1d", value_parser = parse_span)]
    pub close_delay: Duration,
    /// Matches at once, from opening to payout; above it nothing new opens
    #[arg(long, env = "AURELIUS_MATCHES_MAX", value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub matches_max: u16,
}
