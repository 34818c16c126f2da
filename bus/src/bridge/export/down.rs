//! From the crank to the relays: frames and changes as they come, the state a few times a second, the line in
//! the list.
//!
//! One task a match. Messages go out without waiting, and are dropped when Redis is away: relays see the gap
//! and read the state. At most one write of the state, and one of the list, is under way; what comes
//! meanwhile is collected.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cluster::{Backoff, ClusterError};
use protocol::directory::MatchEvent;
use protocol::MatchKey;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{sleep_until, timeout, Instant};

use crate::bridge::export::draft::Draft;
use crate::bridge::export::guard::Guard;
use crate::bridge::game::{Game, Written};
use crate::bridge::tally::Tally;
use crate::bridge::wire::{Control, Down, DownBody, Version};
use crate::bus::Bus;
use crate::frame::Frame;
use crate::open_match::{Change, Tap};
use crate::settlement::Offers;

/// The state is written at most so often …
const STATE_EVERY: Duration = Duration::from_millis(50);
/// … and at least so often, so that it does not expire, and is there again soon after a Redis that lost it.
const STATE_AT_LEAST_EVERY: Duration = Duration::from_secs(1);
/// A line of the list that has nothing new is renewed so often.
const LIST_EVERY: Duration = Duration::from_secs(1);
/// For the last messages of a match.
const FINISH_PATIENCE: Duration = Duration::from_secs(2);

/// Changes of one export are numbered from a multiple of this, so that two exports of one match under one
/// token, which only one process can have, are in order too.
const NUMBERS_PER_EXPORT: u64 = 1 << 24;
static EXPORTS: AtomicU64 = AtomicU64::new(0);

type Request<T> = Option<Pin<Box<dyn Future<Output = Result<T, ClusterError>> + Send>>>;

/// See the module.
pub(super) struct Downlink {
    key: MatchKey,
    game: Game,
    bus: Bus,
    guard: Guard,
    tap: Tap,
    offers: Offers,
    draft: Draft,
    /// The last frame that was repeated.
    last: Option<Frame>,
    /// With the version that is written.
    writing: Request<(Version, Written)>,
    write_after: Instant,
    write_at_latest: Instant,
    write_backoff: Backoff,
    listing: Request<()>,
    listed: Option<(Version, Instant)>,
    tally: Tally,
}

enum Action {
    Frame(Frame),
    Change(Change),
    /// Too much happened at once to be repeated one by one.
    Overrun,
    Offer,
    Write,
    Written(Result<(Version, Written), ClusterError>),
    Listed(Result<(), ClusterError>),
    Removed,
    Stop,
}

impl Downlink {
    /// None if the match is not open.
    pub(super) fn begin(game: Game, bus: &Bus, guard: Guard, tally: Tally) -> Option<Self> {
        let key = guard.lease.match_key();
        let (tap, offers) = (bus.tap(&key)?, bus.follow_settlement(&key)?);
        let number = EXPORTS.fetch_add(1, Ordering::Relaxed) * NUMBERS_PER_EXPORT;
        let offer = offers.borrow().as_deref().cloned();
        let draft = Draft::new(number, (*tap.detail).clone(), offer, &tap.history);
        let now = Instant::now();
        Some(Self {
            key,
            game,
            bus: bus.clone(),
            guard,
            last: tap.history.last().cloned(),
            tap,
            offers,
            draft,
            writing: None,
            write_after: now,
            write_at_latest: now,
            write_backoff: Backoff::new(STATE_EVERY, Duration::from_secs(1)),
            listing: None,
            listed: None,
            tally,
        })
    }

    pub(super) async fn run(mut self) {
        let status = self.guard.status.clone();
        let ended = status.ended();
        tokio::pin!(ended);
        loop {
            let action = tokio::select! {
                biased;
                () = &mut ended => Action::Stop,
                action = self.select() => action,
            };
            let is_left = match action {
                Action::Stop => true,
                // Whoever ends the export before removing the match leaves it to the next owner. So what
                // waits in the stream is left too.
                Action::Removed => status.stopped.send_replace(true),
                action => {
                    self.apply(action);
                    continue;
                }
            };
            let is_ours = !*status.fenced.borrow();
            if is_ours && (self.draft.is_over() || !is_left) {
                self.finish().await;
            }
            return;
        }
    }

    /// Cancel safe: what is under way stays under way.
    async fn select(&mut self) -> Action {
        let write_at = if self.draft.is_dirty() {
            self.write_after
        } else {
            self.write_at_latest.max(self.write_after)
        };
        tokio::select! {
            frame = self.tap.frames.recv() => match frame {
                Ok(frame) => Action::Frame(frame),
                Err(RecvError::Lagged(_)) => Action::Overrun,
                Err(RecvError::Closed) => Action::Removed,
            },
            change = self.tap.changes.recv() => match change {
                Ok(Change::Removed) | Err(RecvError::Closed) => Action::Removed,
                Ok(change) => Action::Change(change),
                Err(RecvError::Lagged(_)) => Action::Overrun,
            },
            changed = self.offers.changed() => match changed {
                Ok(()) => Action::Offer,
                Err(_) => Action::Removed,
            },
            written = finished(&mut self.writing) => Action::Written(written),
            listed = finished(&mut self.listing) => Action::Listed(listed),
            () = sleep_until(write_at), if self.writing.is_none() => Action::Write,
        }
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Frame(frame) => self.frame(frame),
            Action::Change(Change::Event(event)) => self.event(*event),
            Action::Change(Change::Detail(detail)) => {
                let number = self.draft.replace_detail((*detail).clone());
                self.control(number, Control::Detail(Box::new((*detail).clone())));
            }
            Action::Offer => {
                let offer = self.offers.borrow_and_update().as_deref().cloned();
                let number = self.draft.replace_offer(offer.clone());
                self.control(number, Control::Offer(offer));
            }
            Action::Overrun => self.begin_again(),
            Action::Write => self.write(),
            Action::Written(result) => self.written(result),
            Action::Listed(Ok(())) => {}
            Action::Listed(Err(error)) => {
                tracing::debug!(match_key = %self.key, %error, "the match was not listed");
                self.listed = None;
            }
            // Ends the task before it comes here.
            Action::Change(Change::Removed) | Action::Removed | Action::Stop => {}
        }
    }

    fn frame(&mut self, frame: Frame) {
        self.draft.frame(&frame);
        self.last = Some(frame.clone());
        self.tally.frames.increment(1);
        self.say(self.draft.number(), DownBody::Frame(frame));
    }

    fn event(&mut self, event: MatchEvent) {
        let number = self.draft.event(&event);
        self.control(number, Control::Event(event));
    }

    fn control(&mut self, number: u64, control: Control) {
        self.say(number, DownBody::Control(control));
    }

    fn say(&mut self, number: u64, body: DownBody) {
        let token = self.guard.token();
        let version = Version { token, number };
        let Some(message) = (Down { version, body }).encode() else {
            tracing::error!(match_key = %self.key, "a message cannot be encoded");
            return;
        };
        self.game.publish(message);
    }

    /// This task fell behind the crank: it takes up where the match is now.
    fn begin_again(&mut self) {
        let Some(tap) = self.bus.tap(&self.key) else {
            // Removed; the closed receivers say so.
            return;
        };
        tracing::warn!(match_key = %self.key, "the exporter fell behind the match");
        let number = self.draft.replace_detail((*tap.detail).clone());
        self.control(number, Control::Detail(Box::new((*tap.detail).clone())));
        let last = self.last.as_ref().map(|last| last.tick);
        let history = tap.history.clone();
        self.tap = tap;
        for frame in history.into_iter().filter(|frame| Some(frame.tick) > last) {
            self.frame(frame);
        }
    }

    fn write(&mut self) {
        let now = Instant::now();
        self.write_after = now + STATE_EVERY;
        self.write_at_latest = now + STATE_AT_LEAST_EVERY;
        let write = self.draft.write();
        let version = Version {
            token: self.guard.token(),
            number: write.number,
        };
        let game = self.game.clone();
        self.writing = Some(Box::pin(async move {
            game.write(version.token, write)
                .await
                .map(|written| (version, written))
        }));
    }

    fn written(&mut self, result: Result<(Version, Written), ClusterError>) {
        let now = Instant::now();
        match result {
            Ok((version, Written::Done)) => {
                self.tally.writes.increment(1);
                self.guard.passed();
                self.write_backoff.reset();
                self.list(version, now);
            }
            Ok((_, Written::Incomplete)) => {
                // Redis has nothing to add to: at once, and all of it.
                self.draft.forget_written();
                self.write_after = now;
            }
            Ok((_, Written::Refused(objection))) => {
                // If that is the end, the status says so to all tasks.
                self.guard.objected(&objection, now);
                self.draft.forget_written();
                self.write_after = now + self.write_backoff.pause();
            }
            Err(error) => {
                tracing::debug!(match_key = %self.key, %error, "the state was not written");
                self.draft.forget_written();
                self.write_after = now + self.write_backoff.pause();
            }
        }
    }

    /// Says in the list what is written.
    fn list(&mut self, version: Version, now: Instant) {
        let is_news = self
            .listed
            .is_none_or(|(listed, at)| listed != version || now >= at + LIST_EVERY);
        if !is_news || self.listing.is_some() {
            return;
        }
        self.listed = Some((version, now));
        let (game, tick) = (self.game.clone(), self.draft.tick());
        self.listing = Some(Box::pin(async move { game.list(version, tick).await }));
    }

    /// The match is gone, or over and nobody's any more: says what was not said, and takes it off the list.
    async fn finish(&mut self) {
        let last_words = async {
            while let Ok(change) = self.tap.changes.try_recv() {
                self.apply(Action::Change(change));
            }
            while let Ok(frame) = self.tap.frames.try_recv() {
                self.frame(frame);
            }
            finished_or_idle(&mut self.writing).await;
            finished_or_idle(&mut self.listing).await;
            let token = self.guard.token();
            self.draft.forget_written();
            self.game.write(token, self.draft.write()).await?;
            self.game.unlist(token).await
        };
        match timeout(FINISH_PATIENCE, last_words).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::info!(match_key = %self.key, %error, "the match was not taken off the list; it expires");
            }
            Err(_) => {
                tracing::info!(match_key = %self.key, "the match was not taken off the list in time; it expires")
            }
        }
    }
}

/// Until the request has finished; never if there is none. Cancel safe.
async fn finished<T>(request: &mut Request<T>) -> Result<T, ClusterError> {
    match request {
        Some(running) => {
            let result = running.await;
            *request = None;
            result
        }
        None => std::future::pending().await,
    }
}

/// Until nothing is under way.
async fn finished_or_idle<T>(request: &mut Request<T>) {
    if request.is_some() {
        // What failed is said again below.
        let _ = finished(request).await;
    }
}
