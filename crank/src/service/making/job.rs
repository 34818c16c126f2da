//! Writing a new match to the store: number and address.

use client::view::fetch;
use cluster::SharedLease;
use protocol::MatchKey;
use store::{MatchPhase, MatchRecord};

use super::super::tools::{JobError, Tools};
use crate::matchmaking::{self, Known, Wanted};
use crate::sharing::maker::{self, Turn};

/// A match that is to be created.
pub(crate) struct Made {
    pub(super) record: MatchRecord,
    /// Among several cranks.
    pub(super) lease: Option<SharedLease>,
}

/// Writes a new match to the store, in this crank's turn.
pub(super) async fn make(tools: &Tools, wanted: Wanted) -> Result<Made, JobError> {
    let Some(parts) = &tools.cluster else {
        let record = write(tools, wanted).await?;
        return Ok(Made { record, lease: None });
    };
    let operator =
        client::address::operator(&tools.carrier.reader.authority, &wanted.template.mint).to_bytes();
    let turn = Turn::take(parts, operator).await?.ok_or(JobError::NotOurTurn)?;
    let made = make_in_turn(tools, wanted, &turn, &parts.name).await;
    turn.end().await;
    made
}

/// Makes a match if nobody else did since it was wished for.
async fn make_in_turn(tools: &Tools, wanted: Wanted, turn: &Turn, name: &str) -> Result<Made, JobError> {
    let matches = &tools.carrier.store.matches;
    let unfinished = matches.unfinished_keys().await?;
    let known: Vec<Known> = unfinished.iter().filter_map(maker::known).collect();
    let missing = matchmaking::is_missing(&tools.config, &known, &wanted);
    if !missing || unfinished.iter().any(maker::is_creating) {
        return Err(JobError::NotOurTurn);
    }
    let record = write(tools, wanted).await?;
    let lease = turn.lease_on(MatchKey(record.match_key)).await?;
    // Without it, whoever finds the match without an owner takes it up.
    let lease = lease.ok_or(JobError::NotOurTurn)?;
    if !matches
        .raise_fence(&record.match_key, lease.token(), name)
        .await?
    {
        return Err(JobError::NotOurTurn);
    }
    Ok(Made {
        record,
        lease: Some(lease),
    })
}

async fn write(tools: &Tools, wanted: Wanted) -> Result<MatchRecord, JobError> {
    let template = wanted.template;
    let operator = client::address::operator(&tools.carrier.reader.authority, &template.mint);
    let on_chain = fetch::operator(&tools.carrier.reader.rpc, operator).await?;
    let on_chain = on_chain.ok_or(JobError::NoOperator {
        operator,
        mint: template.mint,
    })?;
    if !on_chain.active {
        return Err(JobError::Inactive(operator));
    }
    let store = &tools.carrier.store;
    let last = store.matches.last_match_id(&operator.to_bytes()).await?;
    let after_last = last.map_or(0, |last| last.saturating_add(1));
    let match_id = on_chain.next_match_id.max(after_last);
    let key = client::address::match_account(&operator, match_id);
    let record = MatchRecord {
        match_key: key.to_bytes(),
        operator: operator.to_bytes(),
        match_id,
        mode: template.rules.mode(),
        mint: template.mint.to_bytes(),
        rules: template.rules.as_bytes().to_vec(),
        stake_per_warrior: template.stake_per_warrior,
        players_max: template.players_max,
        warriors_max: template.warriors_max,
        scheduled_slot: wanted.scheduled_slot,
        phase: MatchPhase::Creating,
        created_at_ms: tools.carrier.clock.unix_ms(),
        start_unix_us: None,
    };
    store.matches.insert(&record).await?;
    Ok(record)
}
