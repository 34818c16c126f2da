//! A match of another process on the bus of this one.
//!
//! One task a match hears what the crank says and publishes it here; others bring inputs and signatures to
//! the crank. Frames come over the network only while somebody here follows the match. Changes come with the
//! frames; while nobody follows, the list says when the state is to be read. A match that stands still is
//! shown with its last frames all the same, so that everybody can see whether it has ended.
//!
//! Invariants: what followers get is in order, see [`track`]; the match is on the bus of this process as long
//! as the task runs, and no longer.

mod changes;
mod forward;
mod offer;
mod track;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cluster::{Backoff, ClusterError, Message, Messages};
use protocol::{MatchKey, Tick};
use tokio::sync::watch;
use tokio::time::{sleep_until, Instant};

use self::changes::events_between;
use self::offer::Offering;
use self::track::{Step, Track};
use crate::bridge::answers::Answers;
use crate::bridge::game::{Game, Snapshot};
use crate::bridge::tally::Tally;
use crate::bridge::wire::{Control, Down, DownBody, Listing};
use crate::bus::Bus;
use crate::input::InputQueue;
use crate::publisher::MatchPublisher;

/// Frames go on for so long after the last follower has left.
const LINGER: Duration = Duration::from_secs(5);
/// How often it is looked whether anybody follows.
const FOLLOWERS_EVERY: Duration = Duration::from_secs(1);
/// After what is missing in the state has had time to get there: it is written every 50 ms.
const READ_AGAIN: Duration = Duration::from_millis(60);
/// Between readings that bring nothing.
const READ_AGAIN_MAX: Duration = Duration::from_secs(1);

/// A match whose tick has not changed for so long stands still. The list says it every second.
const STILL_AFTER: Duration = Duration::from_secs(2);

type Reading = Pin<Box<dyn Future<Output = Result<Option<Snapshot>, ClusterError>> + Send>>;

/// What a mirror needs.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) bus: Bus,
    pub(super) game: Game,
    pub(super) answers: Answers,
    /// The name under which answers come here.
    pub(super) relay: Arc<str>,
    /// What the list says of the match.
    pub(super) listing: watch::Receiver<Listing>,
    /// Whether the match is on the bus.
    pub(super) opened: watch::Sender<bool>,
    pub(super) tally: Tally,
}

/// See the module.
struct Mirror {
    key: MatchKey,
    game: Game,
    listing: watch::Receiver<Listing>,
    publisher: MatchPublisher,
    track: Track,
    offering: Offering,
    /// What the crank says, while somebody follows.
    messages: Option<Messages>,
    /// Whether anything comes since it was asked for.
    hears: bool,
    /// Where the match stands by the list, and since when.
    listed_tick: Tick,
    listed_since: Instant,
    /// Whether the match stands still, and its last frames are here although nobody follows.
    is_still: bool,
    /// Since when nobody does.
    lonely_since: Option<Instant>,
    followers_at: Instant,
    reading: Option<Reading>,
    read_at: Instant,
    read_backoff: Backoff,
    tally: Tally,
}

/// Takes the match off the bus when the task ends, however it does.
struct Shown {
    bus: Bus,
    key: MatchKey,
}

#[allow(
    clippy::large_enum_variant,
    reason = "one at a time, on its way from `select` to `apply`"
)]
enum Action {
    Listed,
    FollowerCame,
    Heard(Message),
    Read,
    State(Result<Option<Snapshot>, ClusterError>),
    CountFollowers,
    StandsStill,
}

/// Mirrors a match until it is aborted.
pub(super) async fn run(parts: Parts, key: MatchKey) {
    let snapshot = first_state(&parts, &key).await;
    let (publisher, queue) = open(&parts.bus, &snapshot).await;
    let _shown = Shown {
        bus: parts.bus.clone(),
        key,
    };
    let inputs = forward::inputs(
        parts.game.clone(),
        parts.relay.clone(),
        parts.answers.clone(),
        queue,
        parts.tally.clone(),
    );
    let offering = Offering::new(publisher.clone(), parts.game.clone(), parts.relay);
    let now = Instant::now();
    let mut mirror = Mirror {
        key,
        game: parts.game,
        listing: parts.listing,
        publisher,
        track: Track::default(),
        offering,
        messages: None,
        hears: false,
        listed_tick: snapshot.tick,
        listed_since: now,
        is_still: false,
        lonely_since: None,
        followers_at: now,
        reading: None,
        read_at: now,
        read_backoff: read_backoff(),
        tally: parts.tally,
    };
    mirror.begin(snapshot);
    parts.opened.send_replace(true);
    tokio::select! {
        () = inputs => {}
        () = mirror.run() => {}
    }
}

/// Opens the match, as soon as the bus lets it be opened.
async fn open(bus: &Bus, snapshot: &Snapshot) -> (MatchPublisher, InputQueue) {
    let mut is_said = false;
    loop {
        match bus.open_match(snapshot.detail.clone()) {
            Ok(opened) => return opened,
            // There is no room, or somebody exports and imports on one bus.
            Err(error) if !is_said => tracing::warn!(%error, "a match of another process is not shown"),
            Err(_) => {}
        }
        is_said = true;
        tokio::time::sleep(READ_AGAIN_MAX).await;
    }
}

/// The state of a match that is listed, however long that takes.
async fn first_state(parts: &Parts, key: &MatchKey) -> Snapshot {
    let mut backoff = read_backoff();
    loop {
        match parts.game.read().await {
            Ok(Some(snapshot)) => return snapshot,
            Ok(None) => tracing::debug!(match_key = %key, "a match is listed and has no state yet"),
            Err(error) => tracing::debug!(match_key = %key, %error, "the state of a match was not read"),
        }
        tokio::time::sleep(backoff.pause()).await;
    }
}

fn read_backoff() -> Backoff {
    Backoff::new(READ_AGAIN, READ_AGAIN_MAX)
}

impl Mirror {
    /// Takes the state with which the match was opened. Its frames are for nobody yet.
    fn begin(&mut self, snapshot: Snapshot) {
        self.publisher.set_tick(snapshot.tick);
        self.track.state(snapshot.version, Vec::new());
        self.offering.set(snapshot.version.token, snapshot.offer);
    }

    async fn run(&mut self) {
        loop {
            let action = self.select().await;
            self.apply(action);
        }
    }

    /// Cancel safe: what is under way stays under way.
    async fn select(&mut self) -> Action {
        let reads = self.reading.is_none() && self.track.needs_state();
        let may_be_still = self.messages.is_none() && !self.is_still;
        tokio::select! {
            heard = next_of(&mut self.messages) => Action::Heard(heard),
            state = finished(&mut self.reading) => Action::State(state),
            () = sleep_until(self.read_at), if reads => Action::Read,
            () = self.publisher.follower_came() => Action::FollowerCame,
            changed = self.listing.changed() => match changed {
                Ok(()) => Action::Listed,
                // The import is ending, and this task with it.
                Err(_) => std::future::pending().await,
            },
            () = sleep_until(self.followers_at), if self.messages.is_some() => Action::CountFollowers,
            () = sleep_until(self.listed_since + STILL_AFTER), if may_be_still => Action::StandsStill,
        }
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Listed => {
                let listing = *self.listing.borrow_and_update();
                let is_current = self.track.hear(listing.version);
                if is_current && self.messages.is_none() && listing.tick != self.listed_tick {
                    self.forget_frames();
                    self.publisher.set_tick(listing.tick);
                }
                if listing.tick != self.listed_tick {
                    self.listed_tick = listing.tick;
                    self.listed_since = Instant::now();
                }
            }
            Action::StandsStill => {
                self.is_still = true;
                self.track.suspect(false);
                self.read_now();
            }
            Action::FollowerCame => self.follow(),
            Action::Heard(Message::Data(bytes)) => match Down::decode(&bytes) {
                Some(down) => self.hear(down),
                None => self.tally.unreadable.increment(1),
            },
            Action::Heard(Message::Gap) => {
                // What was published before is in the state, now or in a moment.
                self.track.suspect(std::mem::replace(&mut self.hears, true));
                self.read_now();
            }
            Action::Read => {
                let game = self.game.clone();
                self.reading = Some(Box::pin(async move { game.read().await }));
            }
            Action::State(Ok(Some(snapshot))) => self.take(snapshot),
            Action::State(Ok(None)) => self.read_later(),
            Action::State(Err(error)) => {
                tracing::debug!(match_key = %self.key, %error, "the state of a match was not read");
                self.read_later();
            }
            Action::CountFollowers => self.count_followers(),
        }
        self.tally.gaps.increment(self.track.take_gaps());
    }

    fn follow(&mut self) {
        self.lonely_since = None;
        if self.messages.is_none() {
            self.messages = Some(self.game.follow());
            self.followers_at = Instant::now() + FOLLOWERS_EVERY;
            self.hears = false;
        }
    }

    /// What is being read may be older than what is needed.
    fn read_now(&mut self) {
        self.reading = None;
        self.read_at = Instant::now();
    }

    fn count_followers(&mut self) {
        let now = Instant::now();
        self.followers_at = now + FOLLOWERS_EVERY;
        if self.publisher.followers() > 0 {
            self.lonely_since = None;
            return;
        }
        let since = *self.lonely_since.get_or_insert(now);
        if now.duration_since(since) >= LINGER && self.forget_frames() {
            self.messages = None;
            self.lonely_since = None;
        }
    }

    /// What comes later will not continue what is here, unless somebody follows. Whether nobody does.
    fn forget_frames(&mut self) -> bool {
        let alone = self.publisher.forget_frames();
        if alone {
            self.track.rest();
            self.is_still = false;
            self.listed_since = Instant::now();
        }
        alone
    }

    fn hear(&mut self, down: Down) {
        match down.body {
            DownBody::Frame(frame) => {
                let steps = self.track.frame(down.version, frame);
                self.publish(steps);
            }
            DownBody::Control(control) => {
                if self.track.change(down.version) {
                    self.change(down.version.token, control);
                }
            }
        }
    }

    fn change(&mut self, token: u64, control: Control) {
        match control {
            Control::Event(event) => self.publisher.publish_event(event),
            Control::Detail(detail) => self.publisher.replace_detail(*detail, Vec::new()),
            Control::Offer(offer) => {
                // Also one that reads the same: it is offered anew.
                self.offering.replace(token, offer);
            }
        }
    }

    fn take(&mut self, snapshot: Snapshot) {
        let Snapshot {
            version,
            tick,
            detail,
            offer,
            history,
        } = snapshot;
        let is_shown = self.messages.is_some() || self.is_still;
        let history = if is_shown { history } else { Vec::new() };
        let (replace, steps) = self.track.state(version, history);
        if replace {
            let events = events_between(&self.publisher.detail(), &detail);
            self.publisher.replace_detail(detail, events);
            self.offering.set(version.token, offer);
            if self.messages.is_none() {
                self.publisher.set_tick(tick);
            }
        }
        self.publish(steps);
        if self.track.needs_state() {
            self.read_later();
        } else {
            self.read_backoff.reset();
            self.read_at = Instant::now();
        }
    }

    fn read_later(&mut self) {
        self.read_at = Instant::now() + self.read_backoff.pause();
    }

    fn publish(&self, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Next(frame) => self.publisher.publish_frame(frame),
                Step::Jump(frame) => self.publisher.publish_jump(frame),
            }
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.bus.remove_match(&self.key);
    }
}

/// The next message; never if nothing is followed. Cancel safe.
async fn next_of(messages: &mut Option<Messages>) -> Message {
    match messages {
        Some(messages) => messages.next().await,
        None => std::future::pending().await,
    }
}

/// Until the state was read; never if nothing is under way. Cancel safe.
async fn finished(reading: &mut Option<Reading>) -> Result<Option<Snapshot>, ClusterError> {
    match reading {
        Some(running) => {
            let state = running.await;
            *reading = None;
            state
        }
        None => std::future::pending().await,
    }
}
