//! Fetching the evidence of a match.

use client::history::{self, History, HistoryError, HistoryOptions, PassedOver};
use client::rpc::RpcPool;
use client::view::fetch;
use client::Pubkey;
use protocol::replay::Replay;

use crate::from_history::RecordError;
use crate::record::MatchRecord;

/// Evidence that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The ledger.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The trace account.
    #[error(transparent)]
    Rpc(#[from] client::Error),
    /// What the ledger holds.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Too much of the history could not be read: nothing can be said of the match.
    #[error(
        "{count} transactions of this match could not be read, the first of them {} ({}), and without them there is no \
         match to see: {source}; try another endpoint", .first.signature, .first.reason
    )]
    Unseen {
        /// How many.
        count: usize,
        /// The oldest.
        first: PassedOver,
        /// What is missing. Its text is part of this error's.
        source: RecordError,
    },
    /// The address of something else that a match's transactions name.
    #[error("{address} is not a match account; the transactions that name it are about match {named}")]
    NotAMatch {
        /// What was asked for.
        address: Pubkey,
        /// A match it has to do with.
        named: Pubkey,
    },
}

/// Reads the history of `match_key` and its trace account, where that still exists, and holds `replay` against them if
/// there is one. Works for matches whose accounts are closed.
pub async fn from_chain(
    rpc: &RpcPool,
    match_key: Pubkey,
    replay: Option<&Replay>,
    progress: impl FnMut(history::Progress),
) -> Result<MatchRecord, ReadError> {
    let History { items, passed_over } =
        history::of_match(rpc, match_key, HistoryOptions::default(), progress).await?;
    let mut record = match (MatchRecord::from_history(&items), passed_over.first()) {
        (Err(source), Some(first)) => {
            return Err(ReadError::Unseen {
                count: passed_over.len(),
                first: first.clone(),
                source,
            })
        }
        (record, _) => record?,
    };
    record.unread = passed_over;
    if record.match_ref.key != match_key {
        return Err(ReadError::NotAMatch {
            address: match_key,
            named: record.match_ref.key,
        });
    }
    // Read after the history: the trace may have grown since, and digests of checkpoints that are not in the history
    // would look like a lie.
    if let Some(trace) = fetch::trace(rpc, &match_key).await? {
        let mut digests = trace.digests;
        if is_growing(&record) {
            digests.truncate(record.checkpoints.len());
        }
        record.trace = Some(digests);
    }
    if let Some(replay) = replay {
        record.attach_replay(replay);
    }
    Ok(record)
}

fn is_growing(record: &MatchRecord) -> bool {
    matches!(record.standing, crate::record::Standing::Live)
}
