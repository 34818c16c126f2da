//! Hundreds of clients: players who enter matches with real stakes and send signed moves, and watchers who
//! count ticks.
//!
//! Owns: who enters what ([`doorman`]), what a client does when its connection ends (it goes to the next
//! relay and says one message), and the notes of what everybody saw. Honest clients all; slow and malformed
//! ones are in [`rude`].

mod doorman;
mod follower;
mod link;
mod player;
mod rude;
mod seen;
mod watcher;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use client::view::{MatchStatus, MatchView};
use protocol::MatchKey;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use rude::Rude;
pub use seen::{quantiles, Ack, Arrival, Notes, Seen, Sight};

use crate::installation::{Installation, Relays};
use crate::town::Town;

/// How large a crowd is, and what it does.
#[derive(Clone, Debug)]
pub struct CrowdConfig {
    /// Clients that only watch.
    pub watchers: usize,
    /// Matches that are entered; what opens beyond them stays empty.
    pub matches: usize,
    /// Players of each.
    pub players: usize,
    /// Warriors of each player.
    pub warriors: u8,
    /// From one move of a player to the next.
    pub move_every: Duration,
    /// Whether players go for each other, which ends matches early, or wander.
    pub hunt: bool,
}

impl Default for CrowdConfig {
    fn default() -> Self {
        Self {
            watchers: 0,
            matches: 1,
            players: 3,
            warriors: 2,
            move_every: Duration::from_millis(300),
            hunt: false,
        }
    }
}

/// What all clients share.
pub(crate) struct Shared {
    pub(crate) config: CrowdConfig,
    pub(crate) relays: Relays,
    pub(crate) town: Arc<Town>,
    pub(crate) notes: Notes,
    /// The chain's matches as the doorman last read them.
    pub(crate) matches: watch::Sender<Vec<MatchView>>,
    /// How many matches may still be entered beyond the configured ones.
    pub(crate) wanted: AtomicUsize,
    pub(crate) done: AtomicBool,
    epoch: Instant,
}

impl Shared {
    pub(crate) fn now_ms(&self) -> u32 {
        self.epoch.elapsed().as_millis() as u32
    }

    /// The matches that run, as the chain has them.
    pub(crate) fn live(&self) -> Vec<MatchKey> {
        self.with_status(|status| status == MatchStatus::Live)
    }

    pub(crate) fn with_status(&self, fits: impl Fn(MatchStatus) -> bool) -> Vec<MatchKey> {
        let matches = self.matches.borrow();
        let fitting = matches.iter().filter(|view| fits(view.status));
        fitting.map(|view| MatchKey(view.address.to_bytes())).collect()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.done.load(Ordering::Relaxed)
    }
}

/// A crowd. Dropping it sends everybody home.
pub struct Crowd {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

impl Crowd {
    /// Lets the crowd in.
    pub fn gather(installation: &Installation, config: CrowdConfig) -> Crowd {
        let shared = Arc::new(Shared {
            wanted: AtomicUsize::new(config.matches),
            relays: installation.relays(),
            town: installation.town.clone(),
            notes: Notes::default(),
            matches: watch::Sender::default(),
            done: AtomicBool::new(false),
            epoch: Instant::now(),
            config,
        });
        let mut tasks = vec![tokio::spawn(doorman::admit(shared.clone()))];
        tasks.extend(
            (0..shared.config.watchers).map(|number| tokio::spawn(watcher::watch(shared.clone(), number))),
        );
        Crowd { shared, tasks }
    }

    /// Lets this many more matches be entered.
    pub fn want(&self, more: usize) {
        self.shared.wanted.fetch_add(more, Ordering::Relaxed);
    }

    /// Lets at least this many more matches be entered.
    pub fn want_at_least(&self, count: usize) {
        self.shared.wanted.fetch_max(count, Ordering::Relaxed);
    }

    /// What everybody saw so far. Never hold it across an await.
    pub fn seen(&self) -> parking_lot::MutexGuard<'_, Seen> {
        self.shared.notes.lock()
    }

    /// The crowd's clock, milliseconds.
    pub fn now_ms(&self) -> u32 {
        self.shared.now_ms()
    }

    /// Matches that run, as the chain has them.
    pub fn live(&self) -> Vec<MatchKey> {
        self.shared.live()
    }

    /// Matches that run and show ticks to clients.
    pub fn ticking(&self) -> Vec<MatchKey> {
        let seen = self.seen();
        let live = self.live().into_iter();
        live.filter(|key| seen.tick_of(key) > 0).collect()
    }

    /// Matches that somebody of the crowd has entered, as the chain last had them.
    pub fn entered(&self) -> Vec<MatchView> {
        let matches = self.shared.matches.borrow();
        matches
            .iter()
            .filter(|view| view.header.slots_used > 0)
            .cloned()
            .collect()
    }

    /// Waits until the condition holds.
    ///
    /// # Panics
    /// When it does not within `patience`; the message says how the matches stand.
    pub async fn until(&self, what: &str, patience: Duration, mut condition: impl FnMut(&Crowd) -> bool) {
        let begun = Instant::now();
        while !condition(self) {
            assert!(
                begun.elapsed() < patience,
                "waited {patience:?} for {what}; {}",
                self.describe()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// How the matches stand, and what clients met with.
    pub fn describe(&self) -> String {
        let matches: Vec<String> = self
            .shared
            .matches
            .borrow()
            .iter()
            .map(|view| {
                let key = MatchKey(view.address.to_bytes());
                format!(
                    "{} {:?} players {} checkpoints {} tick {}",
                    view.header.match_id,
                    view.status,
                    view.players().count(),
                    view.header.checkpoints_posted,
                    self.seen().tick_of(&key)
                )
            })
            .collect();
        let seen = self.seen();
        format!(
            "matches: [{}]; {} acks, rejects {:?}, closes {:?}, {} moves ({} by token, {} tokens refused)",
            matches.join("; "),
            seen.acks.len(),
            seen.rejects,
            seen.closes,
            seen.moves,
            seen.resumed,
            seen.tokens_refused
        )
    }

    /// Rude clients, until the answer is dropped.
    pub fn rude(&self, seed: u64) -> Rude {
        Rude::begin(self.shared.clone(), seed)
    }

    /// No new matches are entered; those that run go on.
    pub fn close_the_door(&self) {
        self.shared.done.store(true, Ordering::Relaxed);
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.shared.done.store(true, Ordering::Relaxed);
        for task in &self.tasks {
            task.abort();
        }
    }
}
