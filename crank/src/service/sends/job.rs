//! Finding out, and closing the books of what was sent.

use anchor_lang::prelude::Pubkey;
use client::rpc::Gone;
use client::view::{MatchStatus, MatchView};
use protocol::MatchKey;
use store::MatchPhase;

use super::super::tools::Tools;
use crate::chain::carrier::Failure;
use crate::publish::LandedMap;
use crate::{journal, record};

/// Finds out what became of what an earlier process sent; what landed of it.
pub(super) async fn resolve(tools: &Tools, key: MatchKey) -> Result<LandedMap, Failure> {
    tools.carrier.resolve(&key.0).await?;
    tools.carrier.landed(&key.0).await
}

/// Whether the chain says anew, as of a slot after the deadline, that no progress was made.
pub(super) async fn is_silent(tools: &Tools, view: &MatchView) -> Result<bool, String> {
    let header = &view.header;
    let deadline = match view.status {
        MatchStatus::Locked => header.entropy_deadline,
        _ => header.progress_deadline,
    };
    let anew = tools
        .carrier
        .account(&view.address.to_bytes(), deadline.saturating_add(1))
        .await;
    match anew {
        Some((_, Some(anew))) => Ok(anew.status == view.status
            && anew.header.entropy_deadline == header.entropy_deadline
            && anew.header.progress_deadline == header.progress_deadline),
        Some((_, None)) => Ok(false),
        None => Err("no endpoint that has seen the deadline pass could be asked for the match".to_owned()),
    }
}

/// Closes the books of a match that is gone, as was seen in `seen_slot`.
pub(super) async fn finish(
    tools: &Tools,
    key: MatchKey,
    phase: MatchPhase,
    seen_slot: u64,
) -> Result<(), String> {
    confirm_gone(tools, key, seen_slot).await?;
    forget_log(tools, key, phase).await;
    let written = async {
        tools.carrier.write_off(&key.0).await?;
        tools.carrier.store.matches.set_phase(&key.0, phase).await
    };
    written.await.map_err(|error| error.to_string())
}

/// Whether there is no such match, asked of every endpoint: one answer gives nothing up.
async fn confirm_gone(tools: &Tools, key: MatchKey, seen_slot: u64) -> Result<(), String> {
    let address = Pubkey::new_from_array(key.0);
    let gone = tools.carrier.reader.rpc.confirm_gone(&address, seen_slot).await;
    match gone.map_err(|error| error.to_string())? {
        Gone::Confirmed { .. } => Ok(()),
        // An account without lamports is gone, though an endpoint shows it still.
        Gone::Present { account, .. } if account.lamports == 0 => Ok(()),
        Gone::Present { slot, .. } => Err(format!(
            "an endpoint has the match as of slot {slot}, though another one has not: nothing is given up"
        )),
        Gone::Unsure { endpoints, asked } => Err(format!(
            "{endpoints} of {asked} endpoints say that the match is gone, which is too few to give it up"
        )),
    }
}

/// A closed match needs no input log any more: its replay holds every input.
async fn forget_log(tools: &Tools, key: MatchKey, phase: MatchPhase) {
    let replay = tools.replays.join(record::replay_name(&key));
    if phase == MatchPhase::Closed && replay.exists() {
        let log = journal::path(&tools.logs, &key);
        if let Err(error) = tokio::fs::remove_file(&log).await {
            tracing::debug!(log = %log.display(), %error, "an input log stays behind");
        }
    }
}
