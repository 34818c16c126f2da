//! All matches of other processes on the bus of this one.
//!
//! One task reads the list of matches a few times a second and keeps a mirror for each; another hands out
//! answers. Invariant: a match that is off the list, or not renewed there, is kept for some seconds of a
//! Redis that answers, so that neither a Redis that is away nor a change of owner takes it from its
//! followers.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use cluster::{Cluster, Message, Messages};
use protocol::MatchKey;
use rand::Rng;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, Instant};

use crate::bridge::answers::Answers;
use crate::bridge::game::{GameList, Listed};
use crate::bridge::mirror::{self, Parts};
use crate::bridge::tally::Tally;
use crate::bridge::wire::{self, Answer, Listing};
use crate::bus::Bus;

/// How often the list is read.
const LIST_EVERY: Duration = Duration::from_millis(250);
/// How long a match that is not listed any more is kept.
const GRACE: Duration = Duration::from_secs(5);
/// How often it is looked for inputs whose time is over.
const EXPIRE_EVERY: Duration = Duration::from_millis(250);

/// The matches of other processes on the bus of this one. Dropping it takes them off.
#[derive(Debug)]
pub struct Import {
    progress: watch::Receiver<Progress>,
    tasks: Vec<AbortHandle>,
}

#[derive(Debug, Clone, Copy)]
struct Progress {
    /// When the list was read last; the start before the first time.
    read_at: Instant,
    /// Whether every match that was listed then is on the bus.
    caught_up: bool,
}

impl Import {
    /// Shows the matches of other processes on `bus`, and sends what is submitted there to the cranks that
    /// run them. `bus` must not be one that matches are exported from. Call it in a Tokio runtime.
    pub fn start(cluster: &Cluster, bus: &Bus) -> Self {
        let list = GameList::new(cluster.clone());
        let (sender, progress) = watch::channel(Progress {
            read_at: Instant::now(),
            caught_up: false,
        });
        // A name that no other import has: 128 random bits.
        let relay: Arc<str> = format!("{:032x}", rand::thread_rng().gen::<u128>()).into();
        let answers = Answers::default();
        let tally = Tally::new();
        let heard = list.hear_answers(&relay);
        let importer = Importer {
            list,
            bus: bus.clone(),
            relay,
            answers: answers.clone(),
            mirrors: HashMap::new(),
            tally: tally.clone(),
            progress: sender,
        };
        let tasks = vec![
            tokio::spawn(hand_out(answers, heard, tally)).abort_handle(),
            tokio::spawn(importer.run()).abort_handle(),
        ];
        Self { progress, tasks }
    }

    /// Until every match that was listed at the last reading of the list is on the bus. Cancel safe.
    pub async fn caught_up(&self) {
        let mut progress = self.progress.clone();
        if progress.wait_for(|progress| progress.caught_up).await.is_err() {
            // The task lives as long as `self`.
            std::future::pending::<()>().await;
        }
    }

    /// How long ago the list was read: a quarter of a second, or as long as Redis is away.
    pub fn stale_for(&self) -> Duration {
        self.progress.borrow().read_at.elapsed()
    }
}

impl Drop for Import {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// Hands out answers, and ends the wait for those that do not come.
async fn hand_out(answers: Answers, mut heard: Messages, tally: Tally) {
    loop {
        tokio::select! {
            message = heard.next() => match message {
                Message::Data(bytes) => match wire::decode::<Vec<Answer>>(&bytes) {
                    Some(list) => list.into_iter().for_each(|answer| answers.resolve(answer)),
                    None => tally.unreadable.increment(1),
                },
                // What was lost is not sent again; those who wait hear that the match is busy.
                Message::Gap => {}
            },
            () = sleep(EXPIRE_EVERY) => {}
        }
        answers.expire(Instant::now());
    }
}

struct Importer {
    list: GameList,
    bus: Bus,
    relay: Arc<str>,
    answers: Answers,
    mirrors: HashMap<MatchKey, Mirrored>,
    tally: Tally,
    progress: watch::Sender<Progress>,
}

/// A match that is mirrored, or about to be.
struct Mirrored {
    listing: watch::Sender<Listing>,
    opened: watch::Receiver<bool>,
    /// Since when it is off the list.
    missing_since: Option<Instant>,
    task: AbortHandle,
}

impl Importer {
    async fn run(mut self) {
        loop {
            match self.list.read().await {
                Ok(listed) => self.take(listed),
                Err(error) => tracing::debug!(%error, "the list of matches was not read"),
            }
            // Not all relays at once.
            let pause = LIST_EVERY.mul_f64(rand::thread_rng().gen_range(0.9..1.1));
            sleep(pause).await;
        }
    }

    fn take(&mut self, listed: Listed) {
        let now = Instant::now();
        let valid = |(_, listing): &(MatchKey, Listing)| listing.expires_ms > listed.now_ms;
        let mut present = HashSet::new();
        for (key, listing) in listed.matches.into_iter().filter(valid) {
            present.insert(key);
            match self.mirrors.get_mut(&key) {
                Some(mirrored) => {
                    mirrored.missing_since = None;
                    mirrored.listing.send_if_modified(|known| {
                        let is_new = (known.version, known.tick) != (listing.version, listing.tick);
                        *known = listing;
                        is_new
                    });
                }
                None => {
                    let mirrored = self.mirror(key, listing);
                    self.mirrors.insert(key, mirrored);
                }
            }
        }
        self.mirrors.retain(|key, mirrored| {
            if present.contains(key) {
                // A mirror that ended, whyever, is begun again at the next reading.
                return !mirrored.task.is_finished();
            }
            let since = *mirrored.missing_since.get_or_insert(now);
            now.duration_since(since) < GRACE
        });
        let caught_up = self.mirrors.values().all(|mirrored| *mirrored.opened.borrow());
        self.progress.send_replace(Progress {
            read_at: now,
            caught_up,
        });
    }

    fn mirror(&self, key: MatchKey, listing: Listing) -> Mirrored {
        let (listing, listings) = watch::channel(listing);
        let (opening, opened) = watch::channel(false);
        let parts = Parts {
            bus: self.bus.clone(),
            game: self.list.game(key),
            answers: self.answers.clone(),
            relay: self.relay.clone(),
            listing: listings,
            opened: opening,
            tally: self.tally.clone(),
        };
        Mirrored {
            listing,
            opened,
            missing_since: None,
            task: tokio::spawn(mirror::run(parts, key)).abort_handle(),
        }
    }
}

impl Drop for Mirrored {
    fn drop(&mut self) {
        self.task.abort();
    }
}
