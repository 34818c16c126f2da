//! The list of open matches as followers of it hear of it: all of it once, and then what changes.
//!
//! Invariants: whoever applies what they are sent to the list that they had has the list of an edition. Ticks are no
//! change: whoever wants them counts them. Beside a battle the list costs at most [`BESIDE_A_BATTLE`] in the mean,
//! however many matches there are and whatever happens in them: it is then as late as that takes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bus::Bus;
use bytes::Bytes;
use parking_lot::Mutex;
use protocol::control::{ServerMessage, DIRECTORY_LENGTH_MAX};
use protocol::directory::MatchSummary;
use protocol::{MatchKey, Tick};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::limits::bucket::Bucket;
use crate::prepared::{Encoding, PreparedMessage};

/// Followers hear of changes at most this often.
const INTERVAL: Duration = Duration::from_millis(500);

/// Bytes a second of the list for a socket that follows a battle, which is worth more to it: about a tenth of the
/// frames of a Blitz, and a row a second.
const BESIDE_A_BATTLE: u32 = 96;

/// How often a socket that waits for its budget looks whether its battle is over.
const DEBT_LOOK: Duration = Duration::from_secs(2);

/// A few rows at once do not wait.
const BURST: u32 = 480;

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
    known: Arc<Edition>,
    /// What the list may cost beside a battle.
    budget: Bucket,
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
        let known = editions.borrow_and_update().clone();
        // With the ticks of this moment, which the edition's own need not have.
        let whole = ServerMessage::Directory { matches: rows };
        let budget = Bucket::new(BESIDE_A_BATTLE, BURST, Instant::now());
        let reader = Reader {
            editions,
            known,
            budget,
        };
        (reader, encoding.framed(&whole))
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
    /// What to send next; cancel safe. Never, once the relay ends. `in_battle` says whether the socket follows a
    /// battle now.
    pub(crate) async fn next(&mut self, encoding: Encoding, in_battle: impl Fn() -> bool) -> Bytes {
        loop {
            let known = self.known.number;
            if self.editions.wait_for(|new| new.number != known).await.is_err() {
                std::future::pending::<()>().await;
            }
            let debt = self.budget.debt(Instant::now());
            if !debt.is_zero() && in_battle() {
                // The battle may end before.
                tokio::time::sleep(debt.min(DEBT_LOOK)).await;
                continue;
            }
            let edition = self.editions.borrow_and_update().clone();
            let message = self.known.update_to(&edition, encoding);
            self.known = edition;
            if in_battle() {
                self.budget.spend(message.len() as f64, Instant::now());
            }
            return message;
        }
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

    /// What brings a follower from this edition to `new`; for most the one before, which is prepared.
    fn update_to(&self, new: &Self, encoding: Encoding) -> Bytes {
        if new.number == self.number + 1 {
            return new.changes.framed(encoding).clone();
        }
        let (changed, gone) = self.changes_to(&new.rows);
        if changed.len() >= new.rows.len() {
            return new.whole.framed(encoding).clone();
        }
        encoding.framed(&ServerMessage::DirectoryChanges { changed, gone })
    }

    /// The edition with these rows, unless it would be this one.
    fn next(&self, rows: &[MatchSummary]) -> Option<Self> {
        let (changed, gone) = self.changes_to(rows);
        let is_other = !changed.is_empty() || !gone.is_empty();
        is_other.then(|| Self::new(self.number + 1, rows.to_vec(), changed, gone))
    }

    /// Rows that are new or different, and those that are gone.
    fn changes_to(&self, rows: &[MatchSummary]) -> (Vec<MatchSummary>, Vec<MatchKey>) {
        let known: HashMap<MatchKey, &MatchSummary> =
            self.rows.iter().map(|row| (row.match_key, row)).collect();
        let is_new = |row: &&MatchSummary| known.get(&row.match_key).is_none_or(|known| !is_same(known, row));
        let changed: Vec<MatchSummary> = rows.iter().filter(is_new).cloned().collect();
        let staying: HashSet<MatchKey> = rows.iter().map(|row| row.match_key).collect();
        let gone = self.rows.iter().map(|row| row.match_key);
        (changed, gone.filter(|key| !staying.contains(key)).collect())
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
