//! What is kept of a match: its history in the store, and its replay file.
//!
//! Invariant: recording is idempotent and follows the published detail, so it can be done as often as
//! somebody thinks that something changed, and again after a crash.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arena::{places, player_score, State};
use client::view::MatchView;
use protocol::directory::{Amount, MatchDetail, MatchStatus};
use protocol::log::LogRecord;
use protocol::replay::{Replay, ReplayCheckpoint, ReplayError, ReplayInput, ReplayPlayer, ReplaySegment};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Signature, Tick, WalletKey};
use store::{
    CheckpointRow, EliminationRow, EntryRow, MatchPhase, MatchRow, MatchSteps, MatchTerms, PlacementRow,
    ResultRecord, Store, StoreError,
};

use crate::journal::JournalError;
use crate::live::Checkpoint;
use crate::publish::{owed_to, KnownEntry};
use crate::whole_file;
use crate::worker::MatchEnd;

/// A replay file that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReplayFileError {
    /// The log it is made from.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Its format.
    #[error(transparent)]
    Format(#[from] ReplayError),
    /// A player whose session key is not known: nobody could check their inputs.
    #[error("the session key of the player in slot {0} is not known")]
    UnknownPlayer(u8),
    /// The file.
    #[error("cannot write the replay file {}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// The name of a match's replay file.
pub fn replay_name(key: &MatchKey) -> String {
    format!("{key}.replay")
}

/// Writes what is published and was not `before`: heading, entries, checkpoints, and how far the operator is.
///
/// # Errors
/// [`StoreError`]; what was written stays written.
pub async fn save(
    store: &Store,
    before: Option<&MatchDetail>,
    detail: &MatchDetail,
    phase: MatchPhase,
) -> Result<(), StoreError> {
    let key = &detail.summary.match_key.0;
    store.history.upsert_match(&heading(detail)).await?;
    let known = before.map_or(&[][..], |before| &before.players);
    for player in detail.players.iter().filter(|player| !known.contains(player)) {
        let entry = EntryRow {
            slot: player.slot.0,
            player: player.wallet.0,
            session_key: player.session.0,
            warriors: player.warriors,
            paid: player.paid.0,
            late: player.late,
            signature: player.entered_in.map(|signature| signature.0),
        };
        store.history.record_entry(key, &entry).await?;
        if let Some(signature) = player.claimed_in {
            store
                .history
                .record_claim(key, player.slot.0, &signature.0)
                .await?;
        }
    }
    let gone = known
        .iter()
        .filter(|player| detail.player_in(player.slot).is_none());
    for player in gone {
        store.history.remove_entry(key, player.slot.0).await?;
    }
    let known = before.map_or(&[][..], |before| &before.checkpoints);
    for checkpoint in detail
        .checkpoints
        .iter()
        .filter(|checkpoint| !known.contains(checkpoint))
    {
        let row = CheckpointRow {
            index: checkpoint.index,
            tick: checkpoint.tick.0,
            digest: checkpoint.digest.0,
            signature: checkpoint.posted_in.map(|signature| signature.0),
            posted_at_ms: None,
            leaf: Some(checkpoint.leaf.0),
            slot: checkpoint.slot,
        };
        store.history.record_checkpoint(key, &row).await?;
    }
    store.matches.set_phase(key, phase).await
}

fn heading(detail: &MatchDetail) -> MatchRow {
    let summary = &detail.summary;
    let result = detail.result.as_ref();
    let time = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    let over = summary.status.is_over() || summary.status == MatchStatus::Proposed;
    let ticks_ms = u64::from(summary.tick.0) * 1_000 / u64::from(arena::TICKS_PER_SECOND);
    let winner = detail.players.iter().find(|player| player.place == Some(1));
    MatchRow {
        match_key: summary.match_key.0,
        match_id: summary.match_id,
        mode: summary.mode,
        status: summary.status,
        mint: summary.mint.0,
        stake_per_warrior: summary.stake_per_warrior.0,
        rules_hash: detail.rules_hash.0,
        players: summary.players,
        warriors: summary.warriors,
        pot: result.map_or(summary.pot.0, |result| result.pot.0),
        fee: result.map_or(0, |result| result.fee.0),
        burn: result.map_or(0, |result| result.burn.0),
        seed: detail.seed.map(|seed| seed.0),
        genesis_leaf: detail.genesis_leaf.map(|leaf| leaf.0),
        winner: winner.map(|player| player.wallet.0),
        ticks: summary.tick.0,
        created_at_ms: time(summary.created_at_ms),
        started_at_ms: summary.starts_at_ms.map(time),
        ended_at_ms: summary
            .starts_at_ms
            .filter(|_| over)
            .map(|start| time(start + ticks_ms)),
        replay_file: (summary.status == MatchStatus::Settled).then(|| replay_name(&summary.match_key)),
        final_leaf: result.map(|result| result.leaf.0),
        terms: Some(terms(detail)),
        steps: steps(detail),
    }
}

/// What was agreed when the match was opened.
fn terms(detail: &MatchDetail) -> MatchTerms {
    let summary = &detail.summary;
    MatchTerms {
        decimals: summary.decimals,
        symbol: summary.symbol.clone(),
        players_max: summary.players_max,
        warriors_max: summary.warriors_max,
        length_ticks: summary.length_ticks,
        operator: detail.operator.0,
        rules: detail.rules.clone(),
        drip_root: detail.drip_root.0,
    }
}

/// The transactions of its steps, as far as they are known here.
fn steps(detail: &MatchDetail) -> MatchSteps {
    let bytes = |signature: Option<Signature>| signature.map(|signature| signature.0);
    let result = detail.result.as_ref();
    MatchSteps {
        created: bytes(detail.created_in),
        locked: bytes(detail.locked_in),
        started: bytes(detail.started_in),
        proposed: bytes(result.and_then(|result| result.proposed_in)),
        finalized: bytes(result.and_then(|result| result.finalized_in)),
    }
}

/// The outcome as the store keeps it; `None` if the state is none of this match.
pub fn outcome(view: &MatchView, end: &MatchEnd) -> Option<ResultRecord> {
    let state = State::from_bytes(&end.state).ok()?;
    let places = places(&state);
    let placements = view.players().map(|player| {
        let score = player_score(&state, player.index).unwrap_or_default();
        let own = state
            .warriors()
            .iter()
            .filter(|warrior| warrior.owner() == player.index);
        PlacementRow {
            slot: player.index,
            player: player.wallet.to_bytes(),
            place: places.get(usize::from(player.index)).copied().unwrap_or(0),
            paid: player.paid,
            payout: owed_to(&player),
            refunded: player.refunded,
            warriors: player.warriors,
            warriors_alive: own
                .filter(|warrior| warrior.alive())
                .count()
                .min(usize::from(u8::MAX)) as u8,
            hp_centi: score.hp_centi,
            eliminations: score.kills,
            damage_centi: score.damage_centi.into(),
            claim_signature: None,
        }
    });
    let eliminations = end.eliminations.iter().map(|death| EliminationRow {
        tick: death.tick,
        victim_warrior: death.victim.0,
        victim_slot: death.victim.1,
        attacker: death.attacker,
    });
    Some(ResultRecord {
        match_key: view.address.to_bytes(),
        mint: view.header.mint.to_bytes(),
        placements: placements.collect(),
        eliminations: eliminations.collect(),
    })
}

/// What a replay file is made of.
#[derive(Clone, Debug)]
pub struct ReplayOrder {
    /// As the chain has it: settled.
    pub view: Arc<MatchView>,
    /// As published.
    pub detail: Arc<MatchDetail>,
    /// Its players, all of them, by slot.
    pub entries: BTreeMap<u8, KnownEntry>,
    /// All of them, in order.
    pub checkpoints: Vec<Checkpoint>,
    /// The last state.
    pub end: Arc<MatchEnd>,
    /// Folder of input logs.
    pub logs: PathBuf,
    /// Folder of replay files.
    pub replays: PathBuf,
}

/// Writes the replay file. Blocks.
///
/// # Errors
/// [`ReplayFileError`].
pub fn write_replay(order: &ReplayOrder) -> Result<PathBuf, ReplayFileError> {
    let key = order.detail.summary.match_key;
    let records = crate::journal::read(&order.logs, &key)?.unwrap_or_default();
    let bytes = replay(order, &records)?.write()?;
    let path = order.replays.join(replay_name(&key));
    whole_file::write(&path, &bytes).map_err(|source| ReplayFileError::Io {
        path: path.clone(),
        source,
    })?;
    Ok(path)
}

fn replay(order: &ReplayOrder, records: &[LogRecord]) -> Result<Replay, ReplayFileError> {
    let (view, detail) = (&order.view, &order.detail);
    let header = &view.header;
    let posted = |index: u32| {
        let found = detail
            .checkpoints
            .iter()
            .find(|checkpoint| checkpoint.index == index);
        found.and_then(|checkpoint| checkpoint.posted_in)
    };
    let posted_ticks = u32::try_from(order.checkpoints.len())
        .unwrap_or(u32::MAX)
        .saturating_mul(view.rules.checkpoint_ticks());
    Ok(Replay {
        program: PublicKey(client::PROGRAM_ID.to_bytes()),
        match_key: detail.summary.match_key,
        match_id: header.match_id,
        operator: detail.operator,
        mode: detail.summary.mode,
        rules: detail.rules.clone(),
        capacity: header.capacity,
        warriors_at_start: header.warriors_at_start,
        owners: view.owners().into_iter().map(PlayerSlot).collect(),
        players: replay_players(view, &order.entries)?,
        randomness: Hash(header.randomness_value),
        seed: Hash(header.seed),
        drip_root: Hash(header.drip_root),
        genesis_leaf: Hash(header.genesis_leaf),
        checkpoints: order
            .checkpoints
            .iter()
            .map(|checkpoint| ReplayCheckpoint {
                drip_key: Hash(checkpoint.drip_key),
                beacon: Hash(checkpoint.beacon),
                digest: Hash(checkpoint.digest),
                posted_in: posted(checkpoint.index),
                segments: checkpoint
                    .inputs
                    .iter()
                    .zip(&checkpoint.leaves)
                    .map(|(inputs, leaf)| ReplaySegment {
                        inputs: inputs.clone(),
                        leaf: Hash(*leaf),
                    })
                    .collect(),
            })
            .collect(),
        inputs: records
            .iter()
            .filter_map(|record| replay_input(record, posted_ticks))
            .collect(),
        final_state: order.end.state.clone(),
    })
}

/// An input of the log, with the number of ticks made *before* it took effect, as replay files count. Inputs
/// for ticks after the last checkpoint had no effect and are left out, as they are on chain.
fn replay_input(record: &LogRecord, posted_ticks: u32) -> Option<ReplayInput> {
    match record {
        LogRecord::Input { tick, signed } if tick.0 <= posted_ticks => Some(ReplayInput {
            tick: Tick(tick.0.saturating_sub(1)),
            signed: *signed,
        }),
        _ => None,
    }
}

/// All players, or none: a file without one of them would not agree with the ledger.
fn replay_players(
    view: &MatchView,
    entries: &BTreeMap<u8, KnownEntry>,
) -> Result<Vec<ReplayPlayer>, ReplayFileError> {
    view.players()
        .map(|player| {
            let known = entries
                .get(&player.index)
                .filter(|known| known.player == player.wallet)
                .ok_or(ReplayFileError::UnknownPlayer(player.index))?;
            Ok(ReplayPlayer {
                slot: PlayerSlot(player.index),
                wallet: WalletKey(player.wallet.to_bytes()),
                session: SessionKey(known.session_key.to_bytes()),
                warriors: player.warriors,
                late: player.late,
                paid: Amount(player.paid),
                payout: Amount(owed_to(&player)),
            })
        })
        .collect()
}
