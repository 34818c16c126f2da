//! What watchers and players have in common: choosing a relay, moving to another, noting arrivals.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use protocol::wire::{Ending, Snapshot, StateFrame};
use protocol::MatchKey;
use rand::Rng;

use super::link::Link;
use super::seen::{Arrival, Sight};
use super::Shared;

/// A client that hears nothing of a live match for longer believes its relay dead.
pub(super) const SILENCE: Duration = Duration::from_secs(6);
/// From a lost connection to the next attempt, at most, when the relay named no time.
const RETRY: Duration = Duration::from_millis(200);

/// One client's way through relays.
pub(super) struct Follower {
    pub(super) shared: Arc<Shared>,
    pub(super) client: usize,
    /// Index of the relay that is tried next.
    turn: usize,
    connected: bool,
    /// What the last relay asked to wait.
    pub(super) retry_after: Option<Duration>,
}

impl Follower {
    pub(super) fn new(shared: Arc<Shared>, client: usize) -> Follower {
        Follower {
            shared,
            client,
            turn: client,
            connected: false,
            retry_after: None,
        }
    }

    /// Connects, to another relay than before.
    pub(super) async fn connect(&mut self) -> Link {
        loop {
            let wait = match self.retry_after.take() {
                Some(wait) => wait,
                None if self.connected => RETRY,
                None => Duration::ZERO,
            };
            let jitter = rand::thread_rng().gen_range(0.25..=1.0);
            tokio::time::sleep(wait.mul_f64(jitter)).await;
            let relay = self.next_relay();
            let link = match relay {
                Some(relay) => Link::open(relay, self.client).await,
                None => None,
            };
            let Some(link) = link else {
                self.connected = true;
                continue;
            };
            if self.connected {
                self.shared.notes.lock().moves += 1;
            }
            self.connected = true;
            return link;
        }
    }

    fn next_relay(&mut self) -> Option<SocketAddr> {
        let relays = self.shared.relays.read().ok()?.clone();
        self.turn += 1;
        relays.get(self.turn % relays.len().max(1)).copied()
    }

    pub(super) fn note(&self, match_key: MatchKey, what: impl FnOnce(&mut Sight)) {
        let mut seen = self.shared.notes.lock();
        what(seen.sights.entry((self.client, match_key)).or_default());
    }
}

/// The ticks of one match as one client gets them.
#[derive(Default)]
pub(super) struct Ticks {
    /// The last.
    pub(super) last: Option<u32>,
    /// Ticks between two frames that did not come.
    pub(super) missed: u32,
    /// The arena ended.
    pub(super) ended: bool,
}

impl Ticks {
    /// Looks at a frame; the arrival to note, if it brought a new tick.
    pub(super) fn take(&mut self, at_ms: u32, frame: &StateFrame) -> Option<Arrival> {
        let before = self.last;
        self.walk(frame);
        let tick = self.last?;
        (before.is_none_or(|before| tick > before)).then_some(Arrival { at_ms, tick })
    }

    fn walk(&mut self, frame: &StateFrame) {
        if let StateFrame::Bundle(bundle) = frame {
            bundle.frames.iter().for_each(|frame| self.walk(frame));
            return;
        }
        let tick = frame.tick().0;
        if let Some(last) = self.last.filter(|last| tick > last + 1) {
            self.missed += tick - last - 1;
        }
        if self.last.is_none_or(|last| tick > last) {
            self.last = Some(tick);
        }
        if let StateFrame::Keyframe(keyframe) = frame {
            self.ended |= has_ended(&keyframe.snapshot);
        }
    }
}

/// Whether the arena stands still for good.
pub(super) fn has_ended(snapshot: &Snapshot) -> bool {
    snapshot.ending != Ending::Running
}
