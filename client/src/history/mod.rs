//! The whole life of a match, out of the ledger.
//!
//! Owns reading every transaction that names a match account and turning it into the program's instructions with their
//! arguments, events and token movements, in the order in which they were executed. Works after all of the match's
//! accounts are closed, because addresses of matches are never used twice.
//! Invariants: failed transactions are left out; nothing is left out silently (a transaction that the node no longer
//! has, or an instruction this client does not know, is an error); memory is bounded by
//! [`HistoryOptions::transactions_max`].
//! Absent on purpose: believing it. That is the verifier's trade.

mod flatten;
mod newer;
#[cfg(test)]
mod tests;
mod tokens;

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use futures_util::{stream, StreamExt, TryStreamExt};
use serde_json::json;
use solana_rpc_client::rpc_client::GetConfirmedSignaturesForAddress2Config;
use solana_rpc_client_api::config::RpcTransactionConfig;
use solana_rpc_client_api::request::RpcRequest;
use solana_rpc_client_api::response::RpcConfirmedTransactionStatusWithSignature;
use solana_signature::Signature;
use solana_transaction_status_client_types::{
    EncodedConfirmedTransactionWithStatusMeta, UiTransactionEncoding,
};

pub use flatten::{items_of, UnreadableTransaction};
pub use newer::{newer, LastPage, Newer, NewerOptions};
pub use tokens::TokenMovement;

use crate::call::Call;
use crate::error::Error;
use crate::event::Event;
use crate::rpc::RpcPool;

/// `getSignaturesForAddress` gives at most this many at once.
const PAGE_LEN: usize = 1000;

/// A node may list a signature a moment before it serves the transaction.
const MISSING_ATTEMPTS: u32 = 5;
const MISSING_WAIT: Duration = Duration::from_millis(400);

/// One instruction of the program in the life of a match.
#[derive(Debug, Clone)]
pub struct HistoryItem {
    /// Slot of its block.
    pub slot: u64,
    /// Its transaction.
    pub signature: Signature,
    /// The instruction with its arguments.
    pub call: Call,
    /// Its accounts, in the program's order.
    pub accounts: Vec<Pubkey>,
    /// What the program said about it.
    pub events: Vec<Event>,
    /// Tokens moved by it, in order.
    pub movements: Vec<TokenMovement>,
}

/// How to read.
#[derive(Debug, Clone, Copy)]
pub struct HistoryOptions {
    /// Transactions read at the same time.
    pub concurrency: usize,
    /// More transactions than this are refused: anybody may name a match account, and memory is finite.
    pub transactions_max: usize,
}

impl Default for HistoryOptions {
    fn default() -> Self {
        Self {
            concurrency: 8,
            transactions_max: 50_000,
        }
    }
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Signatures listed so far.
    Listed(usize),
    /// Transactions read.
    Read {
        /// So far.
        done: usize,
        /// In all.
        total: usize,
    },
}

/// A history that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The RPC.
    #[error(transparent)]
    Rpc(#[from] Error),
    /// Nothing names the address.
    #[error("no transaction names {0}; check the address and the cluster, or use an endpoint that keeps old transactions")]
    Empty(Pubkey),
    /// Too many.
    #[error("more than {0} transactions name this match; raise `transactions_max` to read them all")]
    TooMany(usize),
    /// Listed, not served.
    #[error("the endpoint lists transaction {0} but does not have it; use an endpoint that keeps old transactions")]
    Missing(Signature),
    /// Served, not readable.
    #[error("transaction {signature} cannot be read: {source}")]
    Unreadable {
        /// Which.
        signature: Signature,
        /// What is wrong with it.
        source: UnreadableTransaction,
    },
}

/// Every instruction of the program that names `match_key`, oldest first.
pub async fn of_match(
    rpc: &RpcPool,
    match_key: Pubkey,
    options: HistoryOptions,
    mut progress: impl FnMut(Progress),
) -> Result<Vec<HistoryItem>, HistoryError> {
    let signatures = list(rpc, &match_key, options.transactions_max, &mut progress).await?;
    let total = signatures.len();
    let mut items = Vec::new();
    let mut done = 0;
    let mut transactions =
        stream::iter(signatures)
            .map(|signature| async move {
                Ok::<_, HistoryError>((signature, transaction(rpc, &signature).await?))
            })
            .buffered(options.concurrency.max(1));
    while let Some((signature, transaction)) = transactions.try_next().await? {
        let found = items_of(signature, &transaction, &match_key)
            .map_err(|source| HistoryError::Unreadable { signature, source })?;
        items.extend(found);
        done += 1;
        progress(Progress::Read { done, total });
    }
    Ok(items)
}

/// Signatures of all transactions that succeeded and name `address`, oldest first.
async fn list(
    rpc: &RpcPool,
    address: &Pubkey,
    transactions_max: usize,
    progress: &mut impl FnMut(Progress),
) -> Result<Vec<Signature>, HistoryError> {
    let mut signatures = Vec::new();
    let mut before = None;
    let mut listed = 0;
    loop {
        let page = page(rpc, address, before, None).await?;
        let Some(oldest) = page.last() else { break };
        before = Some(parse(&oldest.signature)?);
        listed += page.len();
        if listed > transactions_max {
            return Err(HistoryError::TooMany(transactions_max));
        }
        for status in page.iter().filter(|status| status.err.is_none()) {
            signatures.push(parse(&status.signature)?);
        }
        progress(Progress::Listed(listed));
        // A short page is the last one, but not every provider fills its pages: only an empty one is certain.
    }
    if listed == 0 {
        return Err(HistoryError::Empty(*address));
    }
    signatures.reverse();
    Ok(signatures)
}

/// One page of the signatures that name `address`, newest first: those older than `before` and newer than `until`.
async fn page(
    rpc: &RpcPool,
    address: &Pubkey,
    before: Option<Signature>,
    until: Option<Signature>,
) -> Result<Vec<RpcConfirmedTransactionStatusWithSignature>, HistoryError> {
    let config = GetConfirmedSignaturesForAddress2Config {
        before,
        until,
        limit: Some(PAGE_LEN),
        commitment: Some(rpc.commitment()),
    };
    let listed = rpc
        .raw()
        .get_signatures_for_address_with_config(address, config)
        .await;
    Ok(listed.map_err(Error::from)?)
}

fn parse(text: &str) -> Result<Signature, HistoryError> {
    text.parse()
        .map_err(|_| Error::Answer(format!("`{text}` is not a signature")).into())
}

async fn transaction(
    rpc: &RpcPool,
    signature: &Signature,
) -> Result<EncodedConfirmedTransactionWithStatusMeta, HistoryError> {
    let config = RpcTransactionConfig {
        encoding: Some(UiTransactionEncoding::Base64),
        commitment: Some(rpc.commitment()),
        max_supported_transaction_version: Some(0),
    };
    for attempt in 0..MISSING_ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(MISSING_WAIT).await;
        }
        let answer: Option<EncodedConfirmedTransactionWithStatusMeta> = rpc
            .raw()
            .send(RpcRequest::GetTransaction, json!([signature.to_string(), config]))
            .await
            .map_err(Error::from)?;
        if let Some(transaction) = answer {
            return Ok(transaction);
        }
    }
    Err(HistoryError::Missing(*signature))
}
