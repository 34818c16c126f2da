//! `aurelius verify`: recompute a match and compare.

use std::path::PathBuf;

use clap::Args;

use crate::config::{self, ClusterArgs};
use crate::Pubkey;

const AFTER_HELP: &str = "\
Reads only the chain: the transactions of the match say what the operator committed, what it was given as inputs, the
seed, and who was paid. Everything is computed again and compared; the first difference is shown.

Examples:
  aurelius verify --rpc-url http://127.0.0.1:8899 MATCH
  AURELIUS_RPC_URL=https://api.devnet.solana.com aurelius verify MATCH --json
  aurelius verify MATCH --replay match.replay       with the file from the relay's /api/matches/MATCH/replay

Exit status: 0 everything agrees, 1 something does not, 2 it could not be checked.";

/// Flags of `aurelius verify`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct VerifyArgs {
    /// Address of the match account
    #[arg(value_name = "MATCH", value_parser = config::parse_address)]
    pub match_key: Pubkey,
    /// A replay file, for inputs' signatures, and for what the cluster's history no longer has
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// Print the report as one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub cluster: ClusterArgs,
}
