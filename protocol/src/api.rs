//! Answers of the relay's HTTP interface, as JSON. Match details are [`crate::directory::MatchDetail`].

use serde::{Deserialize, Serialize};

use crate::directory::{Amount, MatchStatus, MatchSummary, Mode};
use crate::key::{MatchKey, PublicKey, WalletKey};

/// `GET /api/matches`: newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchList {
    /// One page.
    pub matches: Vec<MatchSummary>,
    /// Give it as `before` for the next page; none on the last.
    pub next: Option<MatchKey>,
}

/// What a player did in matches of one mint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayerStats {
    /// The token.
    pub mint: PublicKey,
    /// Finished matches.
    pub matches: u64,
    /// First places.
    pub wins: u64,
    /// Warriors of others that were eliminated, in these matches.
    pub eliminations: u64,
    /// Own warriors that died.
    pub warriors_lost: u64,
    /// Damage dealt, hundredths of a hit point.
    pub damage_centi: u64,
    /// Paid in.
    pub staked: Amount,
    /// Paid out.
    pub won: Amount,
}

/// One match of a player.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayerMatch {
    /// Address of the match.
    #[serde(rename = "match")]
    pub match_key: MatchKey,
    /// Blitz or Siege.
    #[serde(with = "crate::word")]
    pub mode: Mode,
    /// As on chain.
    #[serde(with = "crate::word")]
    pub status: MatchStatus,
    /// The token.
    pub mint: PublicKey,
    /// Paid in.
    pub paid: Amount,
    /// Final place, once there is a result; 0 for an entry that was never admitted.
    pub place: Option<u8>,
    /// Paid out, once there is a result.
    pub payout: Option<Amount>,
    /// Milliseconds since 1970.
    pub created_at_ms: u64,
}

/// `GET /api/players/{wallet}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayerPage {
    /// The player's wallet.
    pub wallet: WalletKey,
    /// One element for each token played for.
    pub stats: Vec<PlayerStats>,
    /// One page of matches, newest first.
    pub recent: Vec<PlayerMatch>,
    /// Give it as `before` for the next page; none on the last.
    pub next: Option<MatchKey>,
}

/// One line of the leaderboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaderboardLine {
    /// The player's wallet.
    pub wallet: WalletKey,
    /// In one token.
    pub stats: PlayerStats,
}

/// `GET /api/leaderboard`: by amount won, then wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaderboard {
    /// One page, best first.
    pub players: Vec<LeaderboardLine>,
    /// Give it as `offset` for the next page; none on the last.
    pub next: Option<u32>,
}

/// One match of which there is a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayLine {
    /// Which; the file is at `/api/matches/{match}/replay`.
    #[serde(rename = "match")]
    pub match_key: MatchKey,
    /// The operator's number of it.
    pub match_id: u64,
    /// Blitz or Siege.
    #[serde(with = "crate::word")]
    pub mode: Mode,
    /// Milliseconds since 1970.
    pub ended_at_ms: Option<u64>,
}

/// `GET /api/replays`: newest match first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayList {
    /// One page.
    pub replays: Vec<ReplayLine>,
    /// Give it as `before` for the next page; none on the last.
    pub next: Option<MatchKey>,
}

/// `GET /api/chain`: the chain that the matches are on, as whoever reads it for themselves needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainInfo {
    /// `mainnet`, `devnet`, `testnet` or `localnet`.
    pub chain: String,
    /// Address of a JSON-RPC endpoint.
    pub rpc: String,
    /// Address of its WebSocket; none where it is not known.
    pub pubsub: Option<String>,
    /// The program that holds the escrow.
    pub program: PublicKey,
    /// Hash of the genesis block, base58 as Solana writes it.
    pub genesis_hash: PublicKey,
    /// Where a person looks at a transaction, with `{signature}` in it; none on a local chain.
    pub explorer: Option<String>,
}

/// Every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// What was wrong and what would be right, for people.
    pub error: String,
}
