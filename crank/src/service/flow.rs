//! One match as the service keeps it: what the chain, the tick thread and the store said, and what is under way.
//!
//! Owns facts and nothing that acts. Invariant: a view is replaced only by one of the same slot or a later one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use bus::{Export, MatchPublisher, SharedLease};
use client::view::{MatchStatus, MatchView};
use protocol::directory::MatchDetail;
use protocol::MatchKey;
use store::{IntentKind, MatchPhase, MatchRecord, Store};
use tokio::sync::watch;

use super::roster::Entries;
use crate::chain::plan::{self, Facts, FinalState, OnChain, Policy, Step, UploadState};
use crate::chain::send::{Failure, Landed};
use crate::cosign::Cosigned;
use crate::ingress::{Gate, GatePhase};
use crate::journal::Durability;
use crate::live::Checkpoint;
use crate::publish::LandedMap;
use crate::worker::MatchEnd;

/// Wait after the first failure of a step; doubled with each further one.
const HOLD_MS: i64 = 500;
/// Longest wait of a step with a deadline.
const HOLD_MAX_MS: i64 = 5_000;
/// First and longest wait after a payment that the chain refused: the recipient's account is closed or frozen, and only
/// its owner can change that.
const REFUSED_HOLD_MS: i64 = 60_000;
const REFUSED_HOLD_MAX_MS: i64 = 3_600_000;

/// How long an entry that was closed is not looked at again: a minute.
const CLOSED_SLOTS: u64 = 150;

/// How far the arena of a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not live yet, or nothing to run.
    Idle,
    /// On a tick thread.
    Running,
    /// It stands still.
    Over,
    /// It cannot be run here.
    Lost,
}

/// Jobs of a match that are under way; at most one of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UnderWay {
    pub(super) loading: bool,
    pub(super) settling: bool,
    pub(super) sending: bool,
    pub(super) roster: bool,
    pub(super) adopting: bool,
    pub(super) saving: bool,
    pub(super) recording: bool,
    pub(super) searching: bool,
}

/// What somebody else did, by status or player slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Missed {
    Status(u8),
    Payment(u8),
}

/// Which taking-up of a match a job belongs to: what it reports after the match was lost counts no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) key: MatchKey,
    generation: u64,
}

/// How this crank owns a match among several cranks.
pub(super) struct Tenure {
    pub(super) lease: SharedLease,
    /// Nobody but this crank owned the match before.
    pub(super) alone: bool,
    /// Writes only as long as nobody else owns the match.
    pub(super) store: Store,
}

/// The match on the bus.
pub(super) struct Link {
    /// To relays elsewhere; ends before the match leaves the bus.
    pub(super) export: Option<Export>,
    pub(super) publisher: MatchPublisher,
    pub(super) gate: watch::Sender<Gate>,
}

#[derive(Clone, Copy, Debug)]
struct Hold {
    until_ms: i64,
    failures: u32,
    /// The chain refuses it as things stand.
    refused: bool,
}

pub(super) struct Flow {
    generation: u64,
    /// Among several cranks.
    pub(super) tenure: Option<Tenure>,
    pub(super) record: Arc<MatchRecord>,
    pub(super) view: Option<Arc<MatchView>>,
    /// Slot of the last reading; `None` before the first.
    read_slot: Option<u64>,
    /// Since which slot there is no account.
    pub(super) missing_since: Option<u64>,
    /// The store was read.
    pub(super) loaded: bool,
    /// What an earlier process sent is settled: something else may be sent.
    pub(super) settled: bool,
    /// Of the players as far as they are known; before the first reading what an earlier process wrote down.
    pub(super) entries: Entries,
    /// The status in which the entries were read last.
    pub(super) roster_status: Option<MatchStatus>,
    /// They are not read again before.
    pub(super) roster_hold_until_ms: i64,
    /// Ticks that an earlier process made, at least.
    pub(super) ticks: u32,
    pub(super) landed: LandedMap,
    holds: BTreeMap<IntentKind, Hold>,
    /// A refused batch is tried again one by one.
    pub(super) singly: bool,
    pub(super) link: Option<Link>,
    pub(super) stage: Stage,
    pub(super) checkpoints: BTreeMap<u32, Checkpoint>,
    pub(super) end: Option<Arc<MatchEnd>>,
    pub(super) uploaded: bool,
    pub(super) upload: UploadState,
    /// The result was offered to the players; once, unless a stop came in between.
    pub(super) offered: bool,
    /// What they all signed.
    pub(super) cosigned: Option<Arc<Cosigned>>,
    pub(super) sync: Option<Arc<dyn Durability>>,
    pub(super) enough_since_ms: Option<i64>,
    pub(super) over_since_ms: Option<i64>,
    pub(super) under_way: UnderWay,
    /// The published detail changed since it was saved.
    pub(super) unsaved: bool,
    /// The detail as it was saved last.
    pub(super) saved: Option<Arc<MatchDetail>>,
    /// Since when the view has its status.
    pub(super) status_since_ms: i64,
    /// Steps of others whose transactions were looked for.
    pub(super) searched: BTreeSet<Missed>,
    /// The outcome is in the history, and the replay file is written.
    pub(super) recorded: bool,
}

impl Flow {
    /// A match of this crank; `tenure` among several cranks.
    pub(super) fn new(record: MatchRecord, tenure: Option<Tenure>) -> Self {
        static GENERATION: AtomicU64 = AtomicU64::new(0);
        Self {
            generation: GENERATION.fetch_add(1, Ordering::Relaxed),
            tenure,
            record: Arc::new(record),
            view: None,
            read_slot: None,
            missing_since: None,
            loaded: false,
            settled: false,
            entries: Entries::new(),
            roster_status: None,
            roster_hold_until_ms: 0,
            ticks: 0,
            landed: LandedMap::new(),
            holds: BTreeMap::new(),
            singly: false,
            link: None,
            stage: Stage::Idle,
            checkpoints: BTreeMap::new(),
            end: None,
            uploaded: false,
            upload: UploadState::default(),
            offered: false,
            cosigned: None,
            sync: None,
            enough_since_ms: None,
            over_since_ms: None,
            under_way: UnderWay::default(),
            unsaved: false,
            saved: None,
            status_since_ms: 0,
            searched: BTreeSet::new(),
            recorded: false,
        }
    }

    /// For jobs about this taking-up of the match.
    pub(super) fn tag(&self) -> Tag {
        Tag {
            key: MatchKey(self.record.match_key),
            generation: self.generation,
        }
    }

    /// Takes a reading of the match account. Returns the view before, if this reading is news.
    pub(super) fn observe(
        &mut self,
        slot: u64,
        view: Option<MatchView>,
        now_ms: i64,
    ) -> Option<Option<Arc<MatchView>>> {
        if self.read_slot.is_some_and(|known| slot < known) {
            return None;
        }
        self.read_slot = Some(slot);
        let before = self.view.clone();
        match view {
            None => {
                self.missing_since.get_or_insert(slot);
                self.view = None;
            }
            Some(view) => {
                self.missing_since = None;
                self.set_phase(phase_of(view.status));
                if before.as_ref().is_none_or(|before| before.status != view.status) {
                    self.status_since_ms = now_ms;
                }
                let enough = view.status == MatchStatus::Open && plan::has_enough(&view);
                self.enough_since_ms = enough.then(|| self.enough_since_ms.unwrap_or(now_ms));
                let over = matches!(
                    view.status,
                    MatchStatus::Settled | MatchStatus::Cancelled | MatchStatus::Voided
                );
                self.over_since_ms = over.then(|| self.over_since_ms.unwrap_or(now_ms));
                self.view = Some(Arc::new(view));
            }
        }
        Some(before)
    }

    pub(super) fn set_phase(&mut self, phase: MatchPhase) {
        if self.record.phase != phase {
            Arc::make_mut(&mut self.record).phase = phase;
            self.unsaved = true;
        }
    }

    /// Notes steps that the chain shows as done.
    pub(super) fn note_landed(&mut self, landed: &[Landed]) {
        for landed in landed {
            self.holds.remove(&landed.kind);
            self.landed.insert(landed.kind, *landed);
        }
    }

    /// Notes a failure: the steps have to wait before they are tried again.
    pub(super) fn note_failure(&mut self, failure: &Failure, now_ms: i64) {
        if failure.refused && failure.kinds.len() > 1 {
            // One of them may spoil it for the others.
            self.singly = true;
            return;
        }
        for kind in &failure.kinds {
            let failures = self.holds.get(kind).map_or(0, |hold| hold.failures);
            let optional = matches!(
                kind,
                IntentKind::Claim(_)
                    | IntentKind::Refund(_)
                    | IntentKind::Compensate(_)
                    | IntentKind::PayAward
                    | IntentKind::CloseEntry(_)
            );
            let (first, longest) = match failure.refused && optional {
                true => (REFUSED_HOLD_MS, REFUSED_HOLD_MAX_MS),
                false => (HOLD_MS, HOLD_MAX_MS),
            };
            let wait = first.saturating_mul(1 << failures.min(16)).min(longest);
            self.holds.insert(
                *kind,
                Hold {
                    until_ms: now_ms + wait,
                    failures: failures.saturating_add(1),
                    refused: failure.refused,
                },
            );
        }
    }

    /// Whether the chain refuses this step as things stand.
    pub(super) fn is_refused(&self, kind: IntentKind) -> bool {
        self.holds.get(&kind).is_some_and(|hold| hold.refused)
    }

    /// What the match needs next.
    pub(super) fn next_step(&self, slot: u64, now_ms: i64, policy: &Policy, draining: bool) -> Step {
        if !self.loaded || !self.settled || self.under_way.sending {
            return Step::Wait;
        }
        let read_slot = self.read_slot.unwrap_or(0);
        let held = |kind: IntentKind| {
            let waiting = self.holds.get(&kind).is_some_and(|hold| now_ms < hold.until_ms);
            // The account is older than what we know to be done.
            let stale = self
                .landed
                .get(&kind)
                .is_some_and(|landed| landed.slot > read_slot);
            // Entries are closed one after the other, and the match does not say which. If it counts some for long, a node
            // was wrong about a transaction: then the entries themselves are asked.
            let closed = matches!(kind, IntentKind::CloseEntry(_))
                && self
                    .landed
                    .get(&kind)
                    .is_some_and(|landed| read_slot < landed.slot.saturating_add(CLOSED_SLOTS));
            waiting || stale || closed
        };
        let on_chain = match (&self.view, self.read_slot) {
            (Some(view), _) => OnChain::There(view),
            (None, Some(now)) => OnChain::Missing {
                slots: now.saturating_sub(self.missing_since.unwrap_or(now)),
            },
            (None, None) => OnChain::Unread,
        };
        let end = self.end.as_ref().map(|end| FinalState {
            state: &end.state,
            uploaded: self.uploaded,
        });
        let facts = Facts {
            on_chain,
            phase: self.record.phase,
            slot: slot.max(read_slot),
            now_ms,
            created_at_ms: self.record.created_at_ms,
            enough_since_ms: self.enough_since_ms,
            // What is not on record must stay readable.
            over_since_ms: self.over_since_ms.filter(|_| self.is_on_record()),
            checkpoints: &self.checkpoints,
            end,
            cosigned: self.cosigned.as_deref(),
            upload: &self.upload,
            held: &held,
            draining,
        };
        let step = plan::next_step(&facts, policy);
        match step {
            Step::Send(mut kinds) if self.singly => {
                kinds.truncate(1);
                Step::Send(kinds)
            }
            step => step,
        }
    }

    /// Replaces what the ingress knows.
    pub(super) fn set_gate(&self, phase: Option<GatePhase>) {
        let Some(link) = &self.link else {
            return;
        };
        let slots = self
            .entries
            .keys()
            .last()
            .map_or(0, |last| usize::from(*last) + 1);
        let mut sessions = vec![None; slots];
        for (slot, known) in &self.entries {
            if let Some(session) = sessions.get_mut(usize::from(*slot)) {
                *session = Some(protocol::SessionKey(known.session_key.to_bytes()));
            }
        }
        link.gate.send_modify(|gate| {
            gate.sessions = Arc::new(sessions);
            if let Some(phase) = phase {
                gate.phase = phase;
            }
        });
    }
}

/// The phase that goes with a status on chain.
fn phase_of(status: MatchStatus) -> MatchPhase {
    match status {
        MatchStatus::Open => MatchPhase::Open,
        MatchStatus::Locked => MatchPhase::Locked,
        MatchStatus::Live => MatchPhase::Live,
        MatchStatus::Proposed => MatchPhase::Proposed,
        MatchStatus::Settled => MatchPhase::Settled,
        MatchStatus::Cancelled => MatchPhase::Cancelled,
        MatchStatus::Voided => MatchPhase::Voided,
    }
}
