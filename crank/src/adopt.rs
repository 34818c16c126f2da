//! Bringing a match that is live on chain onto a tick thread: new ones at genesis, old ones from their log.
//!
//! Invariant: a match whose genesis state or posted checkpoints differ from what this crank computes is not
//! run. Going on would commit to a second history of the same match.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use client::view::{MatchStatus, MatchView, TraceView};
use protocol::log::LogRecord;
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, Tick};

use crate::drip::{DripChain, DripKey};
use crate::journal::{Journal, JournalError, JournalSync, Opened, SyncPolicy};
use crate::live::{
    Cheat, Checkpoint, InputWindow, LateEntry, LiveError, LiveMatch, MatchSetup, Past, RestoreError,
    Restored, Sessions,
};

/// What it takes to bring a match back or to begin it.
#[derive(Clone, Debug)]
pub struct AdoptOrder {
    /// As the chain has it: live or later.
    pub view: Arc<MatchView>,
    /// What is posted; none if nothing is.
    pub trace: Option<TraceView>,
    /// Of the operator.
    pub drip_key: DripKey,
    /// When tick 0 is or was, microseconds since 1970.
    pub start_unix_us: i64,
    /// The time now, microseconds since 1970.
    pub now_unix_us: i64,
    /// Folder of input logs.
    pub logs: PathBuf,
    /// When logs are forced to the disk.
    pub sync: SyncPolicy,
    /// For its players' inputs.
    pub window: InputWindow,
    /// What signs our receipts.
    pub receipt_key: PublicKey,
    /// The keys of its players, as far as they are known.
    pub sessions: Sessions,
    /// A lie, for demonstrations.
    pub cheat: Option<Cheat>,
}

/// A match ready for a tick thread.
#[derive(Debug)]
pub struct Adopted {
    /// At its present tick.
    pub live: LiveMatch,
    /// Ready for more.
    pub journal: Journal,
    /// For whoever posts checkpoints.
    pub syncer: JournalSync,
    /// Complete ones, from 0.
    pub checkpoints: Vec<Checkpoint>,
}

/// Why a match cannot be run here.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// Its log.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Somebody else's receipts.
    #[error("the match pins another receipt key than ours: it was created by other software, or with another keypair")]
    OtherReceiptKey,
    /// Its log does not give a match.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// It has no log here, and went on elsewhere.
    #[error("checkpoints are posted for this match, and {} holds no log of it", .0.display())]
    NoLog(PathBuf),
    /// The chain computed another genesis state.
    #[error(
        "the chain started this match with another genesis state: program and crank play by different rules"
    )]
    OtherGenesis,
    /// The match was opened with another drip key.
    #[error(
        "this match was opened with another drip key: give the crank the key file that its operator had then"
    )]
    OtherDripKey,
    /// The chain has another history.
    #[error("checkpoint {0} on chain is not the one this log gives: the log is not complete")]
    OtherCheckpoint(u32),
}

impl AdoptError {
    /// Whether the disk, or what the operating system gives, is in the way, and not what is on it.
    pub fn is_io(&self) -> bool {
        matches!(self, AdoptError::Journal(JournalError::Io { .. }))
    }
}

impl From<LiveError> for AdoptError {
    fn from(error: LiveError) -> Self {
        AdoptError::Restore(RestoreError::Live(error))
    }
}

/// Restores or begins the match. Reads and writes files and may take a second: not for async tasks.
///
/// # Errors
/// [`AdoptError`].
pub fn adopt(order: &AdoptOrder) -> Result<Adopted, AdoptError> {
    let view = &order.view;
    if view.header.receipt_key.to_bytes() != order.receipt_key.0 {
        return Err(AdoptError::OtherReceiptKey);
    }
    let key = MatchKey(view.address.to_bytes());
    let Opened { mut journal, records } = Journal::open(&order.logs, &key, order.sync)?;
    let posted = view.header.checkpoints_posted;
    if records.is_empty() && posted > 0 {
        return Err(AdoptError::NoLog(order.logs.clone()));
    }
    let late = late_entries(view);
    let drip = order.drip_key.chain(&key, &view.rules);
    if drip.root() != view.header.drip_root {
        return Err(AdoptError::OtherDripKey);
    }
    let past = Past {
        late: &late,
        sessions: &order.sessions,
        records: &records,
    };
    let restored = LiveMatch::restore(setup(order, drip), past, target_tick(order))?;
    let Restored { live, checkpoints } = restored;
    if live.genesis_leaf() != view.header.genesis_leaf {
        return Err(AdoptError::OtherGenesis);
    }
    compare(order, &checkpoints)?;
    if records.is_empty() {
        journal.append(&LogRecord::Started {
            starts_at_ms: u64::try_from(order.start_unix_us / 1_000).unwrap_or(0),
            seed: Hash(view.header.seed),
            genesis_leaf: Hash(view.header.genesis_leaf),
        })?;
    }
    let syncer = journal.syncer()?;
    Ok(Adopted {
        live,
        journal,
        syncer,
        checkpoints,
    })
}

/// Whether the folder holds a log of this match.
pub fn has_log(logs: &Path, key: &MatchKey) -> bool {
    crate::journal::read(logs, key).is_ok_and(|records| records.is_some_and(|records| !records.is_empty()))
}

/// Entries made after the start, in slot order.
pub fn late_entries(view: &MatchView) -> Vec<LateEntry> {
    let late = view.players().filter(|player| player.late);
    late.map(|player| LateEntry {
        slot: PlayerSlot(player.index),
        warriors: player.warriors,
    })
    .collect()
}

fn setup(order: &AdoptOrder, drip: DripChain) -> MatchSetup {
    let view = &order.view;
    let genesis = view.players().filter(|player| !player.late);
    MatchSetup {
        match_key: MatchKey(view.address.to_bytes()),
        rules: view.rules,
        capacity: view.header.capacity,
        owners: genesis
            .flat_map(|player| std::iter::repeat_n(player.index, player.warriors.into()))
            .collect(),
        seed: view.header.seed,
        drip,
        window: order.window,
        cheat: order.cheat,
    }
}

/// Ticks that must be made by now: what the clock says, and what the chain has already. A match that has a
/// result is played to its end.
fn target_tick(order: &AdoptOrder) -> Tick {
    let view = &order.view;
    if view.status != MatchStatus::Live {
        return Tick(u32::MAX);
    }
    let since_us = (order.now_unix_us - order.start_unix_us).max(0);
    let by_clock = since_us.saturating_mul(i64::from(arena::TICKS_PER_SECOND)) / 1_000_000;
    let by_chain = view
        .header
        .checkpoints_posted
        .saturating_mul(view.rules.checkpoint_ticks());
    Tick(u32::try_from(by_clock).unwrap_or(u32::MAX).max(by_chain))
}

/// What is posted must be what we would post.
fn compare(order: &AdoptOrder, checkpoints: &[Checkpoint]) -> Result<(), AdoptError> {
    let posted = order.view.header.checkpoints_posted;
    let digests = order.trace.as_ref().map_or(&[][..], |trace| &trace.digests);
    for index in 0..posted {
        let ours = checkpoints
            .get(index as usize)
            .map(|checkpoint| checkpoint.digest);
        if ours.is_none() || ours.as_ref() != digests.get(index as usize) {
            return Err(AdoptError::OtherCheckpoint(index));
        }
    }
    Ok(())
}
