//! What an export is made of: a match as a crank keeps it, and the tables of it.

use clap::ValueEnum;
use store::{Intent, Key, MatchHistory, MatchRecord};

/// A table of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Table {
    /// One line a match: stake, pot, fee, burn, status
    Matches,
    /// One line a player of a finished match: paid, payout, signature of the claim
    Payouts,
    /// One line a transaction that the crank wanted: kind, state, signature
    Intents,
}

/// All that is kept of one match.
pub(super) struct Kept {
    /// Address of the match.
    pub key: Key,
    /// The operator's own record.
    pub record: Option<MatchRecord>,
    /// What the public may read; none before the match was seen on chain.
    pub history: Option<MatchHistory>,
    /// Transactions that the crank wanted for it.
    pub intents: Vec<Intent>,
}
