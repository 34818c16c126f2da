//! The list of open matches as followers of it hear of it: all of it once, and then what changes.
//!
//! Invariants: whoever applies the changes of one edition to the list of the one before has the list of this
//! edition; who missed one gets all of it. Ticks are no change: whoever wants them counts them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use bytes::Bytes;
use parking_lot::Mutex;
use protocol::control::{ServerMessage, DIRECTORY_LENGTH_MAX};
use protocol::directory::MatchSummary;
use protocol::{MatchKey, Tick};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::prepared::{Encoding, PreparedMessage};

/// Followers hear of changes at most this often.
const INTERVAL: Duration = Duration::from_millis(500);

/// The list and its followers.
#[derive(Debug)]
pub(crate) struct Directory {
    bus: Bus,
    editions: watch::Sender<Arc<Edition>>,
    /// Held while an edition is made, so that each follows the one before.
    making: Mutex<()>,
}

/// The list at one moment.
#[derive(Debug)]
struct Edition {
    number: u64,
    rows: Vec<MatchSummary>,
    /// From the edition before to this one.
    changes: PreparedMessage,
    whole: PreparedMessage,
}

/// One follower, who has the list of an edition.
#[derive(Debug)]
pub(crate) struct Reader {
    editions: watch::Receiver<Arc<Edition>>,
    number: u64,
}

impl Directory {
    pub(crate) fn new(bus: Bus) -> Self {
        let edition = Edition::first(listed(&bus));
        Self {
            bus,
            editions: watch::Sender::new(Arc::new(edition)),
            making: Mutex::new(()),
        }
    }

    /// Follows the list from now on; first comes all of it.
    pub(crate) fn follow(&self, encoding: Encoding) -> (Reader, Bytes) {
        let rows = self.refresh();
        let mut editions = self.editions.subscribe();
        let number = editions.borrow_and_update().number;
        // With the ticks of this moment, which the edition's own need not have.
        let whole = ServerMessage::Directory { matches: rows };
        (Reader { editions, number }, encoding.framed(&whole))
    }

    /// Tells followers when the list changes; for a task.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut timer = tokio::time::interval(INTERVAL);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            timer.tick().await;
            if self.editions.receiver_count() > 0 {
                self.refresh();
            }
        }
    }

    /// Makes a new edition if anything but ticks is different; the rows of now.
    fn refresh(&self) -> Vec<MatchSummary> {
        let _one_at_a_time = self.making.lock();
        let rows = listed(&self.bus);
        let last = self.editions.borrow().clone();
        if let Some(next) = last.next(&rows) {
            self.editions.send_replace(Arc::new(next));
        }
        rows
    }
}

impl Reader {
    /// What to send next; cancel safe. Never, once the relay ends.
    pub(crate) async fn next(&mut self, encoding: Encoding) -> Bytes {
        if self.editions.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        let edition = self.editions.borrow_and_update().clone();
        let is_next = edition.number == self.number + 1;
        self.number = edition.number;
        let message = if is_next { &edition.changes } else { &edition.whole };
        message.framed(encoding).clone()
    }
}

impl Edition {
    fn first(rows: Vec<MatchSummary>) -> Self {
        Self::new(0, rows, Vec::new(), Vec::new())
    }

    fn new(number: u64, rows: Vec<MatchSummary>, changed: Vec<MatchSummary>, gone: Vec<MatchKey>) -> Self {
        let whole = ServerMessage::Directory {
            matches: rows.clone(),
        };
        Self {
            number,
            rows,
            changes: PreparedMessage::new(ServerMessage::DirectoryChanges { changed, gone }),
            whole: PreparedMessage::new(whole),
        }
    }

    /// The edition with these rows, unless it would be this one.
    fn next(&self, rows: &[MatchSummary]) -> Option<Self> {
        let known: HashMap<MatchKey, &MatchSummary> =
            self.rows.iter().map(|row| (row.match_key, row)).collect();
        let is_new = |row: &&MatchSummary| known.get(&row.match_key).is_none_or(|known| !is_same(known, row));
        let changed: Vec<MatchSummary> = rows.iter().filter(is_new).cloned().collect();
        let stays = |row: &&MatchSummary| rows.iter().any(|new| new.match_key == row.match_key);
        let gone: Vec<MatchKey> = self
            .rows
            .iter()
            .filter(|row| !stays(row))
            .map(|row| row.match_key)
            .collect();
        let is_other = !changed.is_empty() || !gone.is_empty();
        is_other.then(|| Self::new(self.number + 1, rows.to_vec(), changed, gone))
    }
}

fn is_same(one: &MatchSummary, other: &MatchSummary) -> bool {
    let without_tick = |row: &MatchSummary| MatchSummary {
        tick: Tick(0),
        ..row.clone()
    };
    without_tick(one) == without_tick(other)
}

fn listed(bus: &Bus) -> Vec<MatchSummary> {
    let mut matches = bus.summaries();
    matches.truncate(DIRECTORY_LENGTH_MAX);
    matches
}
