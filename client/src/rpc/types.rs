//! What the chain answers, typed.

use serde_json::Value;
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_hash::Hash;
use solana_signature::Signature;

/// The chain's tip as one consistent reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Slot at the pool's commitment.
    pub slot: u64,
    /// Block height of that slot; blockhash validity is counted in these.
    pub block_height: u64,
}

/// A blockhash and the last block height at which a transaction with it can land.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentBlockhash {
    /// The hash.
    pub blockhash: Hash,
    /// Last block height at which it is accepted.
    pub last_valid_block_height: u64,
}

/// A transaction that names an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureAt {
    /// Its signature.
    pub signature: Signature,
    /// Slot of its block.
    pub slot: u64,
    /// It is in the ledger and did nothing but pay its fee.
    pub failed: bool,
}

/// What a node knows of a signature.
#[derive(Debug, Clone, PartialEq)]
pub struct SignatureStatus {
    /// Slot of its block.
    pub slot: u64,
    /// How far the block has come.
    pub reached: CommitmentLevel,
    /// Why it failed, as the node words it; `None`: it succeeded. Kinds of errors that this client does not know are kept.
    pub failure: Option<Value>,
}

impl SignatureStatus {
    /// Whether the block has come as far as `commitment`.
    pub fn satisfies(&self, commitment: CommitmentConfig) -> bool {
        let rank = |level: CommitmentLevel| match level {
            CommitmentLevel::Processed => 0,
            CommitmentLevel::Confirmed => 1,
            CommitmentLevel::Finalized => 2,
        };
        rank(self.reached) >= rank(commitment.commitment)
    }
}

/// What simulating a transaction says.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// Why it failed, as the node words it.
    pub failure: Option<Value>,
    /// Its log lines, where the node gives them.
    pub logs: Vec<String>,
    /// Compute units used, where the node says so.
    pub units_consumed: Option<u64>,
}

/// Whether the node simulates a transaction before it forwards it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SendOptions {
    /// The node simulates first and answers with the program's error: for first sends.
    #[default]
    Preflight,
    /// Forwarded unseen: for re-broadcasts of what has passed once.
    SkipPreflight,
}
