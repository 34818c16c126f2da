//! Reading and writing the store, and the replay file.

use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use client::view::{fetch, MatchView};
use protocol::directory::MatchDetail;
use protocol::Signature;
use store::{EntryRow, MatchHistory, MatchPhase, MatchRecord, MatchStatus, StoreError};

use super::super::flow::players::Entries;
use super::super::tools::{JobError, Tools, TRANSACTIONS_OF_AN_ENTRY};
use crate::publish::{KnownEntry, LandedMap, MintInfo, Missing};
use crate::record::{self, ReplayFileError, ReplayOrder};

/// What the store knew of a match.
pub(crate) struct Loaded {
    pub(super) landed: LandedMap,
    pub(super) entries: Entries,
    /// Ticks that were made, as far as that was written down.
    pub(super) ticks: u32,
    pub(super) recorded: bool,
    pub(super) mint: MintInfo,
    /// The match account, with the slot of the reading; none if the chain did not answer, and then the feed
    /// tells.
    pub(super) account: Option<(u64, Option<MatchView>)>,
}

/// A step of somebody else, and its transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(super) missing: Missing,
    pub(super) signature: Signature,
}

/// Reads what an earlier process knew.
pub(super) async fn load(tools: &Tools, record: &MatchRecord) -> Result<Loaded, String> {
    let store = &tools.carrier.store;
    let landed = tools.carrier.landed(&record.match_key).await;
    let landed = landed.map_err(|failure| failure.reason)?;
    let history = store.history.match_history(&record.match_key).await;
    let history = history.map_err(|error| error.to_string())?;
    let mint = mint_info(tools, Pubkey::new_from_array(record.mint)).await;
    let mint = mint.map_err(|error| error.to_string())?;
    let history = history.as_ref();
    Ok(Loaded {
        landed,
        entries: history.map_or_else(Entries::new, |history| entries_of(&history.entries)),
        ticks: history.map_or(0, |history| history.row.ticks),
        recorded: history.is_some_and(is_complete),
        mint,
        account: tools.carrier.account(&record.match_key, 0).await,
    })
}

/// Decimals from the chain, the name from the config.
async fn mint_info(tools: &Tools, mint: Pubkey) -> Result<MintInfo, client::Error> {
    let view = fetch::mint(&tools.carrier.reader.rpc, mint).await?;
    let named = tools.config.mints.iter().find(|known| known.mint == mint);
    let symbol = named.map_or_else(
        || mint.to_string().chars().take(4).collect(),
        |known| known.symbol.clone(),
    );
    Ok(MintInfo {
        decimals: view.map_or(0, |view| view.decimals),
        symbol,
    })
}

/// Entries as the store has them.
fn entries_of(rows: &[EntryRow]) -> Entries {
    rows.iter()
        .map(|row| {
            let known = KnownEntry {
                player: row.player.into(),
                session_key: row.session_key.into(),
                entered_in: row.signature.map(Signature),
            };
            (row.slot, known)
        })
        .collect()
}

/// Whether nothing of a settled match has to be written any more.
fn is_complete(history: &MatchHistory) -> bool {
    history.row.status == MatchStatus::Settled
        && !history.placements.is_empty()
        && history
            .placements
            .iter()
            .all(|placement| placement.payout == 0 || placement.claim_signature.is_some())
}

/// Writes to the store what is published and was not `before`; what was written.
///
/// # Errors
/// Why it was not; nothing, where history is another crank's to write.
pub(super) async fn save(
    tools: &Tools,
    before: Option<Arc<MatchDetail>>,
    detail: Arc<MatchDetail>,
    phase: MatchPhase,
) -> Result<Arc<MatchDetail>, Option<String>> {
    match record::save(&tools.carrier.store, before.as_deref(), &detail, phase).await {
        Ok(()) => Ok(detail),
        Err(error @ StoreError::Fenced { .. }) => {
            tracing::debug!(%error, "history is another crank's to write");
            Err(None)
        }
        Err(error) => Err(Some(error.to_string())),
    }
}

/// Looks for the transactions of steps that somebody else took.
pub(super) async fn search(tools: &Tools, view: &MatchView, missing: Vec<Missing>) -> Vec<Found> {
    let rpc = &tools.carrier.reader.rpc;
    let mut found = Vec::new();
    for missing in missing {
        let (address, slot) = match missing {
            Missing::Status(slot) => (view.address, Some(slot)),
            Missing::Payment(entry) => (entry, None),
        };
        let answer = rpc.signatures_of(&address, TRANSACTIONS_OF_AN_ENTRY).await;
        let Ok(all) = answer.map_err(|error| tracing::debug!(%error, "a transaction was not found")) else {
            continue;
        };
        let mut all = all.iter().filter(|one| !one.failed);
        // Of a status the slot is known; the last thing that happens to an open entry is its payment.
        let one = all.find(|one| slot.is_none_or(|slot| one.slot == slot));
        found.extend(one.map(|one| Found {
            missing,
            signature: Signature(one.signature.into()),
        }));
    }
    found
}

/// Writes the outcome and the replay file.
pub(super) async fn record(tools: &Tools, order: ReplayOrder) -> Result<(), JobError> {
    let outcome = record::outcome(&order.view, &order.end).ok_or(JobError::FinalState)?;
    // The file first: a result in the history means that its replay can be had.
    let key = order.detail.summary.match_key;
    let path = tokio::task::spawn_blocking(move || record::write_replay(&order)).await??;
    let history = &tools.carrier.store.history;
    if tools.cluster.is_some() {
        // Relays on other machines have no other way to it.
        let bytes = tokio::fs::read(&path)
            .await
            .map_err(|source| ReplayFileError::Io { path, source })?;
        history.record_replay(&key.0, &bytes).await?;
    }
    history.record_result(&outcome).await?;
    Ok(())
}
