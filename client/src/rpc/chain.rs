//! Reading the chain itself: its tip, blockhashes, fees and constants.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use serde_json::{json, Value};

use super::answers;
use super::handle::RpcPool;
use super::method::Method;
use super::types::{RecentBlockhash, Tip};
use crate::error::Error;

/// Minutes over which the length of slots is averaged.
const SAMPLES: usize = 5;

impl RpcPool {
    /// The current slot.
    pub async fn slot(&self) -> Result<u64, Error> {
        let decode = |answer: &Value| self.pool.slot_told(answers::whole_number(answer)?);
        self.ask(Method::Slot, self.at_commitment(), decode).await
    }

    /// Whether the chain can be at `slot`, as far as its endpoints showed: for slots that others tell of.
    /// With a single endpoint every slot can be.
    pub fn can_be_at(&self, slot: u64) -> bool {
        self.pool.can_be_at(slot)
    }

    /// Slot and block height of one and the same block.
    pub async fn tip(&self) -> Result<Tip, Error> {
        let decode = |answer: &Value| {
            let tip = answers::tip(answer)?;
            self.pool.slot_told(tip.slot)?;
            self.pool.height_told(tip.block_height)?;
            Ok(tip)
        };
        self.ask(Method::EpochInfo, self.at_commitment(), decode).await
    }

    /// A blockhash to sign with.
    pub async fn latest_blockhash(&self) -> Result<RecentBlockhash, Error> {
        let decode = |answer: &Value| {
            let recent = answers::blockhash(answer)?;
            self.pool.last_height_told(recent.last_valid_block_height)?;
            Ok(recent)
        };
        self.ask(Method::LatestBlockhash, self.at_commitment(), decode)
            .await
    }

    /// The genesis hash, by which one chain is told from another.
    pub async fn genesis_hash(&self) -> Result<[u8; 32], Error> {
        self.ask(Method::GenesisHash, json!([]), answers::hash_bytes)
            .await
    }

    /// How long a slot takes, as the chain was in the last minutes: the mean over up to [`SAMPLES`] samples
    /// of a minute each. `None` where the endpoint has none.
    pub async fn slot_time(&self) -> Result<Option<Duration>, Error> {
        self.ask(
            Method::RecentPerformanceSamples,
            json!([SAMPLES]),
            answers::slot_time,
        )
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
