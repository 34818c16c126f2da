//! Everything about one open match.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use protocol::directory::{MatchDetail, MatchEvent, MatchStatus, MatchSummary};
use protocol::wire::FrameKind;
use protocol::{MatchKey, Tick};
use tokio::sync::{broadcast, mpsc, Notify};

use crate::frame::Frame;
use crate::input::{InputEnvelope, InputQueue};
use crate::limits::BusLimits;
use crate::settlement::Settlement;

/// One open match. The lock is held for pointer copies only, so that a tick thread never waits noticeably.
#[derive(Debug)]
pub(crate) struct OpenMatch {
    key: MatchKey,
    live: Mutex<Live>,
    pub(crate) inputs: mpsc::Sender<InputEnvelope>,
    pub(crate) settlement: Arc<Settlement>,
    /// Of the last frame.
    tick: AtomicU32,
    history_max: usize,
    /// Somebody began to follow.
    follower_came: Notify,
}

#[derive(Debug)]
struct Live {
    detail: Arc<MatchDetail>,
    /// From the last keyframe but one on: what a newcomer or a returning client needs.
    history: VecDeque<Frame>,
    frames: broadcast::Sender<Frame>,
    events: broadcast::Sender<MatchEvent>,
    /// For those who repeat the match elsewhere: events and other changes of the detail in their order.
    changes: broadcast::Sender<Change>,
}

/// Something that changed what is known of a match, apart from its frames.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// The detail changed as this event says.
    Event(Box<MatchEvent>),
    /// The detail changed where no event fits: all of it.
    Detail(Arc<MatchDetail>),
    /// The match was removed from the bus. The last change.
    Removed,
}

/// A match as somebody needs it who repeats it elsewhere.
#[derive(Debug)]
pub(crate) struct Tap {
    /// With all changes before `changes`.
    pub(crate) detail: Arc<MatchDetail>,
    /// As in [`Subscription`].
    pub(crate) history: Vec<Frame>,
    /// Frames from now on.
    pub(crate) frames: broadcast::Receiver<Frame>,
    /// Changes from now on.
    pub(crate) changes: broadcast::Receiver<Change>,
}

/// A follower's view of a match: what is, and everything that comes after it without a gap.
#[derive(Debug)]
pub struct Subscription {
    /// The detail, with all events before `events`.
    pub detail: Arc<MatchDetail>,
    /// The frames kept, oldest first; the first is a keyframe unless none was published yet. `frames`
    /// continues right after the last.
    pub history: Vec<Frame>,
    /// Frames from now on. `Lagged` says how many were missed.
    pub frames: broadcast::Receiver<Frame>,
    /// Events from now on.
    pub events: broadcast::Receiver<MatchEvent>,
}

impl OpenMatch {
    pub(crate) fn new(detail: MatchDetail, limits: &BusLimits) -> (Self, InputQueue) {
        let (inputs, queue) = mpsc::channel(limits.inputs_per_match.max(1));
        let (frames, _) = broadcast::channel(limits.frames_per_match.max(1));
        let (events, _) = broadcast::channel(limits.events_per_match.max(1));
        let (changes, _) = broadcast::channel(limits.events_per_match.max(1));
        let open = Self {
            key: detail.summary.match_key,
            tick: AtomicU32::new(detail.summary.tick.0),
            live: Mutex::new(Live {
                detail: Arc::new(detail),
                history: VecDeque::new(),
                frames,
                events,
                changes,
            }),
            inputs,
            settlement: Arc::new(Settlement::new()),
            history_max: limits.frames_per_match.max(1),
            follower_came: Notify::new(),
        };
        (open, InputQueue::new(queue))
    }

    pub(crate) fn subscribe(&self) -> Subscription {
        let live = self.lock();
        let subscription = Subscription {
            detail: self.with_tick(live.detail.clone()),
            history: live.history.iter().cloned().collect(),
            frames: live.frames.subscribe(),
            events: live.events.subscribe(),
        };
        drop(live);
        self.follower_came.notify_one();
        subscription
    }

    /// Everything that is needed to repeat the match elsewhere. Counts as a follower of the frames.
    pub(crate) fn tap(&self) -> Tap {
        let live = self.lock();
        Tap {
            detail: self.with_tick(live.detail.clone()),
            history: live.history.iter().cloned().collect(),
            frames: live.frames.subscribe(),
            changes: live.changes.subscribe(),
        }
    }

    /// Tells those who repeat the match that it was removed.
    pub(crate) fn close(&self) {
        // No receivers is not an error: nobody repeats it.
        let _ = self.lock().changes.send(Change::Removed);
    }

    pub(crate) fn detail(&self) -> Arc<MatchDetail> {
        let detail = self.lock().detail.clone();
        self.with_tick(detail)
    }

    /// Ticks are not written into the detail sixty times a second, but when somebody asks.
    fn with_tick(&self, mut detail: Arc<MatchDetail>) -> Arc<MatchDetail> {
        let tick = Tick(self.tick.load(Ordering::Relaxed));
        if detail.summary.tick != tick {
            Arc::make_mut(&mut detail).summary.tick = tick;
        }
        detail
    }

    pub(crate) fn status(&self) -> MatchStatus {
        self.lock().detail.summary.status
    }

    pub(crate) fn summary(&self) -> MatchSummary {
        let mut summary = self.lock().detail.summary.clone();
        summary.tick = Tick(self.tick.load(Ordering::Relaxed));
        summary
    }

    pub(crate) fn latest_keyframe(&self) -> Option<Frame> {
        self.lock()
            .history
            .iter()
            .rev()
            .find(|frame| frame.kind == FrameKind::Key)
            .cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Live> {
        self.live.lock()
    }

    pub(crate) fn key(&self) -> MatchKey {
        self.key
    }

    pub(crate) fn publish_frame(&self, frame: Frame) {
        self.tick.store(frame.tick.0, Ordering::Relaxed);
        self.lock().publish_frame(frame, self.history_max);
    }

    /// Applies the event to the detail and tells all followers. Whether the match is over.
    pub(crate) fn publish_event(&self, event: MatchEvent) -> bool {
        let mut live = self.lock();
        Arc::make_mut(&mut live.detail).apply(&event);
        live.announce(event);
        live.detail.summary.status.is_over()
    }

    /// Changes the detail where no event fits. Whether the match is over.
    pub(crate) fn update_detail(&self, change: impl FnOnce(&mut MatchDetail)) -> bool {
        let mut live = self.lock();
        change(Arc::make_mut(&mut live.detail));
        live.announce_detail();
        live.detail.summary.status.is_over()
    }
}

/// For a mirror, which publishes what another bus tells it.
impl OpenMatch {
    /// Publishes a keyframe that does not continue what was published: what is kept begins with it.
    pub(crate) fn publish_jump(&self, keyframe: Frame) {
        self.set_tick(keyframe.tick);
        let mut live = self.lock();
        live.history.clear();
        live.publish_frame(keyframe, self.history_max);
    }

    /// Where the match stands, as long as no frames say so.
    pub(crate) fn set_tick(&self, tick: Tick) {
        self.tick.store(tick.0, Ordering::Relaxed);
    }

    /// Replaces the detail; `events` are what followers are told of the difference. Whether the match is
    /// over.
    pub(crate) fn replace_detail(&self, detail: MatchDetail, events: Vec<MatchEvent>) -> bool {
        let over = detail.summary.status.is_over();
        let mut live = self.lock();
        live.detail = Arc::new(detail);
        for event in events {
            let _ = live.events.send(event);
        }
        live.announce_detail();
        over
    }

    /// Receivers of frames.
    pub(crate) fn followers(&self) -> usize {
        self.lock().frames.receiver_count()
    }

    /// Until somebody has begun to follow since the last time; cancel safe. For one waiter.
    pub(crate) async fn follower_came(&self) {
        self.follower_came.notified().await;
    }

    /// Forgets the frames kept, because those to come will not continue them, unless somebody follows.
    /// Whether it did.
    pub(crate) fn forget_frames(&self) -> bool {
        let mut live = self.lock();
        let alone = live.frames.receiver_count() == 0;
        if alone {
            live.history.clear();
        }
        alone
    }
}

impl Live {
    fn publish_frame(&mut self, frame: Frame, history_max: usize) {
        if frame.kind == FrameKind::Key {
            // Keep from the last keyframe on: with the new one that makes two.
            let last_key = self.history.iter().rposition(|kept| kept.kind == FrameKind::Key);
            self.history.drain(..last_key.unwrap_or(0));
        }
        if self.history.len() == history_max {
            // Only when keyframes are further apart than the ring is long: what is left would not stand
            // alone.
            self.history.clear();
        }
        if frame.kind == FrameKind::Key || !self.history.is_empty() {
            self.history.push_back(frame.clone());
        }
        // No receivers is not an error: nobody watches.
        let _ = self.frames.send(frame);
    }

    fn announce(&mut self, event: MatchEvent) {
        if self.changes.receiver_count() > 0 {
            let _ = self.changes.send(Change::Event(Box::new(event.clone())));
        }
        let _ = self.events.send(event);
    }

    fn announce_detail(&mut self) {
        if self.changes.receiver_count() > 0 {
            let _ = self.changes.send(Change::Detail(self.detail.clone()));
        }
    }
}
