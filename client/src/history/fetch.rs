//! Fetching one listed transaction.
//!
//! Invariant: what anybody can put into a ledger stops nobody who reads it. A transaction that no endpoint gives in a form
//! that can be read is passed over, with the reason.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use serde_json::Value;

use super::flatten::items_in;
use super::item::{HistoryError, HistoryItem, PassedOver};
use super::record::{read, LedgerTransaction};
use super::unreadable::UnreadableTransaction;
use crate::error::Error;
use crate::rpc::fault::Fault;
use crate::rpc::handle::RpcPool;
use crate::rpc::transactions::Form;
use crate::rpc::types::SignatureAt;

/// A node may list a signature a moment before it serves the transaction.
const MISSING_ATTEMPTS: u32 = 5;
const MISSING_WAIT: Duration = Duration::from_millis(400);

/// The node refuses a format that is newer than what was asked for.
const UNSUPPORTED_TRANSACTION_VERSION: i64 = -32015;

/// What a listed transaction did in a match.
pub(super) enum Fetched {
    /// These, or nothing.
    Items(Vec<HistoryItem>),
    /// It could not be read.
    PassedOver(PassedOver),
}

/// Fetches a transaction, and reads what it did in a match.
pub(super) async fn fetch(
    rpc: &RpcPool,
    listed: SignatureAt,
    match_key: &Pubkey,
) -> Result<Fetched, HistoryError> {
    let passed_over = |reason: String| {
        tracing::warn!(signature = %listed.signature, reason, "a transaction is passed over");
        Fetched::PassedOver(PassedOver {
            signature: listed.signature,
            slot: listed.slot,
            reason,
        })
    };
    Ok(match transaction(rpc, listed).await? {
        Ok(None) => Fetched::Items(Vec::new()),
        Ok(Some(transaction)) => match items_in(listed.signature, transaction, match_key) {
            Ok(items) => Fetched::Items(items),
            Err(unreadable) => passed_over(unreadable.to_string()),
        },
        Err(reason) => passed_over(reason),
    })
}

/// Its record, in the first form in which it can be read; else why it cannot.
async fn transaction(
    rpc: &RpcPool,
    listed: SignatureAt,
) -> Result<Result<Option<LedgerTransaction>, String>, HistoryError> {
    let mut reason = String::new();
    for form in [Form::Bytes, Form::BytesOfAnyVersion, Form::TakenApart] {
        match in_form(rpc, listed, form).await {
            Ok(Ok(read)) => return Ok(Ok(read)),
            Ok(Err(version)) => reason = version.to_string(),
            Err(HistoryError::Rpc(Error::Rpc(failed))) => match &failed.fault {
                Fault::Refused { code, .. } if *code == UNSUPPORTED_TRANSACTION_VERSION => {
                    reason = failed.to_string();
                }
                Fault::Unusable(_) | Fault::TooLong(_) => reason = failed.to_string(),
                // Some providers know the numbers of today's formats only.
                Fault::Refused { .. } if form != Form::Bytes => {}
                _ => return Err(HistoryError::Rpc(Error::Rpc(failed))),
            },
            Err(other) => return Err(other),
        }
    }
    Ok(Err(reason))
}

/// As the endpoints give it in one form. What is wrong with their record is their failure; a format that this client does
/// not know is not.
async fn in_form(
    rpc: &RpcPool,
    listed: SignatureAt,
    form: Form,
) -> Result<Result<Option<LedgerTransaction>, UnreadableTransaction>, HistoryError> {
    let decode = |record: &Value| match read(record) {
        Ok(transaction) => Ok(Ok(transaction)),
        Err(version @ UnreadableTransaction::Version(_)) => Ok(Err(version)),
        Err(unreadable) => Err(unreadable.to_string()),
    };
    for attempt in 0..MISSING_ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(MISSING_WAIT).await;
        }
        if let Some(found) = rpc.transaction(&listed.signature, form, decode).await? {
            return Ok(found);
        }
    }
    Err(HistoryError::Missing(listed.signature))
}
