//! Reading the chain itself: its tip, blockhashes, fees and constants.

use anchor_lang::prelude::Pubkey;
use serde_json::{json, Value};

use super::answers;
use super::handle::RpcPool;
use super::method::Method;
use super::types::{RecentBlockhash, Tip};
use crate::error::Error;

impl RpcPool {
    /// The current slot.
    pub async fn slot(&self) -> Result<u64, Error> {
        self.ask(Method::Slot, self.at_commitment(), answers::whole_number)
            .await
    }

    /// Slot and block height of one and the same block.
    pub async fn tip(&self) -> Result<Tip, Error> {
        self.ask(Method::EpochInfo, self.at_commitment(), answers::tip)
            .await
    }

    /// A blockhash to sign with.
    pub async fn latest_blockhash(&self) -> Result<RecentBlockhash, Error> {
        self.ask(Method::LatestBlockhash, self.at_commitment(), answers::blockhash)
            .await
    }

    /// The genesis hash, by which one chain is told from another.
    pub async fn genesis_hash(&self) -> Result<[u8; 32], Error> {
        self.ask(Method::GenesisHash, json!([]), answers::hash_bytes)
            .await
    }

    /// When the block of `slot` was made, in seconds since the epoch; `None` where the endpoint does not know.
    pub async fn block_time(&self, slot: u64) -> Result<Option<i64>, Error> {
        self.ask(Method::BlockTime, json!([slot]), |answer| Ok(answer.as_i64()))
            .await
    }

    /// Lamports an account of `data_len` bytes must hold.
    pub async fn rent_exempt_minimum(&self, data_len: usize) -> Result<u64, Error> {
        self.ask(Method::MinimumBalance, json!([data_len]), answers::whole_number)
            .await
    }

    /// What transactions that write `accounts` (at most 128) have bid in the last 150 slots, in micro-lamports per compute
    /// unit.
    pub async fn recent_fees(&self, accounts: &[Pubkey]) -> Result<Vec<u64>, Error> {
        let accounts: Vec<String> = accounts.iter().map(Pubkey::to_string).collect();
        self.ask(
            Method::RecentPrioritizationFees,
            json!([accounts]),
            answers::recent_fees,
        )
        .await
    }

    pub(super) fn at_commitment(&self) -> Value {
        json!([{ "commitment": self.commitment.commitment }])
    }
}
