//! A match with all its parts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use bus::{Export, MatchPublisher};
use client::view::{MatchStatus, MatchView};
use cluster::SharedLease;
use protocol::directory::MatchEvent;
use protocol::MatchKey;
use store::{IntentKind, MatchPhase, MatchRecord, Store};
use tokio::sync::watch;

use super::account::{Account, News, Seen};
use super::arena::{Arena, Final, Travel};
use super::books::Books;
use super::past::Past;
use super::players::Players;
use super::sends::Sends;
use crate::chain::plan::{self, Facts, Policy, Step, UploadState};
use crate::ingress::{Gate, GatePhase};

/// Which taking-up of a match a job belongs to: what it reports after the match was lost counts no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) key: MatchKey,
    generation: u64,
}

/// How this crank owns a match among several cranks.
pub(crate) struct Tenure {
    pub(crate) lease: SharedLease,
    /// Nobody but this crank owned the match before.
    pub(crate) alone: bool,
    /// Writes only as long as nobody else owns the match.
    pub(crate) store: Store,
}

/// The match on the bus.
pub(crate) struct Link {
    /// To relays elsewhere; ends before the match leaves the bus.
    pub(crate) export: Option<Export>,
    pub(crate) publisher: MatchPublisher,
    pub(crate) gate: watch::Sender<Gate>,
}

/// One match of this crank.
pub(crate) struct Flow {
    generation: u64,
    /// Among several cranks.
    pub(crate) tenure: Option<Tenure>,
    pub(crate) record: Arc<MatchRecord>,
    /// When it was written to the store, in milliseconds of the clock that never jumps.
    made_ms: i64,
    /// Ticks that an earlier process made, at least.
    pub(crate) ticks: u32,
    pub(crate) past: Past,
    pub(crate) account: Account,
    pub(crate) players: Players,
    pub(crate) arena: Arena,
    pub(crate) sends: Sends,
    pub(crate) books: Books,
    pub(crate) link: Option<Link>,
}

/// What the next step of a match depends on, apart from the match itself.
#[derive(Clone, Copy)]
pub(crate) struct Present<'a> {
    /// The newest slot known.
    pub(crate) slot: u64,
    /// Milliseconds of the clock that never jumps.
    pub(crate) now_ms: i64,
    pub(crate) policy: &'a Policy,
    /// No new matches are to be played.
    pub(crate) draining: bool,
    /// Disk and descriptors are there to run what would be started.
    pub(crate) able: bool,
}

impl Flow {
    /// The next checkpoint whose beacon its tick thread does not know, and the slot that decides it.
    pub(crate) fn beacon_wanted(&self) -> Option<(u32, u64)> {
        let view = self.view().filter(|_| self.arena.is_running())?;
        let next = self.arena.beacons;
        let slot = view.header.beacon_slot(next).ok()?;
        (next < view.header.checkpoints_max).then_some((next, slot))
    }

    /// A match of this crank, written to the store at `made_ms`; `tenure` among several cranks.
    pub(crate) fn new(record: MatchRecord, tenure: Option<Tenure>, made_ms: i64) -> Self {
        static GENERATION: AtomicU64 = AtomicU64::new(0);
        Self {
            generation: GENERATION.fetch_add(1, Ordering::Relaxed),
            tenure,
            record: Arc::new(record),
            made_ms,
            ticks: 0,
            past: Past::default(),
            account: Account::default(),
            players: Players::default(),
            arena: Arena::default(),
            sends: Sends::default(),
            books: Books::default(),
            link: None,
        }
    }

    pub(crate) fn key(&self) -> MatchKey {
        MatchKey(self.record.match_key)
    }

    /// For jobs about this taking-up of the match.
    pub(crate) fn tag(&self) -> Tag {
        Tag {
            key: self.key(),
            generation: self.generation,
        }
    }

    /// The match account, if there is one.
    pub(crate) fn view(&self) -> Option<&Arc<MatchView>> {
        self.account.view()
    }

    /// Whether the account has this status.
    pub(crate) fn has_status(&self, status: MatchStatus) -> bool {
        self.view().is_some_and(|view| view.status == status)
    }

    /// Takes a reading of the match account.
    pub(crate) fn observe(&mut self, slot: u64, view: Option<MatchView>, seen: Seen) -> News {
        let status = view.as_ref().map(|view| view.status);
        let news = self.account.observe(slot, view, seen);
        if let (News::Read(_), Some(status)) = (&news, status) {
            self.set_phase(phase_of(status));
        }
        news
    }

    pub(crate) fn set_phase(&mut self, phase: MatchPhase) {
        if self.record.phase != phase {
            Arc::make_mut(&mut self.record).phase = phase;
            self.books.note_change();
        }
    }

    /// Publishes an event, and notes that it must be saved.
    pub(crate) fn publish(&mut self, event: MatchEvent) {
        if let Some(link) = &self.link {
            link.publisher.publish_event(event);
            self.books.note_change();
        }
    }

    /// What the match needs next.
    pub(crate) fn next_step(&self, present: Present<'_>) -> Step {
        if self.past != Past::Resolved || self.sends.is_busy() {
            return Step::Wait;
        }
        let read_slot = self.account.read_slot().unwrap_or(0);
        let seen = Seen {
            now_ms: present.now_ms,
            newest_slot: present.slot,
        };
        let held = |kind: IntentKind| {
            let unable = !present.able && begins(kind);
            unable || self.sends.is_held(kind, read_slot, seen)
        };
        let last = self.arena.last();
        let facts = Facts {
            on_chain: self.account.on_chain(),
            phase: self.record.phase,
            slot: present.slot.max(read_slot),
            now_ms: present.now_ms,
            created_at_ms: self.made_ms,
            enough_since_ms: self.account.enough_since_ms(),
            // What is not on record must stay readable.
            over_since_ms: self.account.over_since_ms().filter(|_| self.is_on_record()),
            checkpoints: &self.arena.checkpoints,
            end: last.map(Final::state),
            cosigned: last.and_then(Final::cosigned).map(|cosigned| &**cosigned),
            upload: last.map_or(&UploadState::Unread, |last| match &last.travel {
                Travel::Uploaded(upload) => upload,
                Travel::InOne => &UploadState::Unread,
            }),
            held: &held,
            hopeless: &|kind| self.sends.is_hopeless(kind),
            draining: present.draining,
        };
        match plan::next_step(&facts, present.policy) {
            Step::Send(kinds) => Step::Send(self.sends.limit(kinds)),
            step => step,
        }
    }

    /// Replaces what the ingress knows.
    pub(crate) fn set_gate(&self, phase: Option<GatePhase>) {
        let Some(link) = &self.link else {
            return;
        };
        let entries = &self.players.entries;
        let slots = entries.keys().last().map_or(0, |last| usize::from(*last) + 1);
        let mut sessions = vec![None; slots];
        for (slot, known) in entries {
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

/// Whether a match costs its players and its operator more if it cannot be run after this step.
fn begins(kind: IntentKind) -> bool {
    matches!(kind, IntentKind::Create | IntentKind::Lock | IntentKind::Start)
}

/// The phase that goes with a status on chain.
pub(crate) fn phase_of(status: MatchStatus) -> MatchPhase {
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
