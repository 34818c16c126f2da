//! The fan-out of one match: one task that reads the bus, and rings that all followers of this relay read.
//!
//! The tick worker wakes one task for each relay, not one for each socket. A follower's place in the ring is its
//! queue: bounded, and costing nothing per follower.
//!
//! Invariant: what a newcomer gets to catch up and what the ring brings afterwards join without a gap or an overlap.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bus::{Bus, Frame, FrameKind, RecvError, Subscription};
use protocol::control::{Rate, ServerMessage};
use protocol::directory::MatchDetail;
use protocol::wire::BUNDLE_TICKS;
use protocol::{MatchKey, Tick};
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

use crate::observe::Metrics;
use crate::prepared::{PreparedFrame, PreparedMessage};

/// A bundle goes out incomplete when no tick comes for this long: the match ended or stumbled.
const BUNDLE_PATIENCE: Duration = Duration::from_millis(100);

/// What followers hear.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    /// State.
    Frame(Arc<PreparedFrame>),
    /// Something happened to the match.
    Event(Arc<PreparedMessage>),
    /// Events were lost: the detail is to be read again.
    Resync,
}

/// All matches that somebody follows.
#[derive(Debug)]
pub(crate) struct Hubs {
    bus: Bus,
    ring: usize,
    hubs: Mutex<HashMap<MatchKey, Weak<Hub>>>,
    gauge: metrics::Gauge,
}

/// One match that somebody follows; it ends when the last follower drops it.
#[derive(Debug)]
pub(crate) struct Hub {
    outlets: Arc<Outlets>,
    task: AbortHandle,
    gauge: metrics::Gauge,
}

#[derive(Debug)]
struct Outlets {
    every: broadcast::Sender<Item>,
    bundled: broadcast::Sender<Item>,
    /// The last tick that went into each ring. Held while sending, so that joining sees both or neither.
    up_to: Mutex<UpTo>,
    /// The bus gave the match up.
    closed: AtomicBool,
}

#[derive(Debug, Default, Clone, Copy)]
struct UpTo {
    every: Option<Tick>,
    bundled: Option<Tick>,
}

/// The start of following a match.
#[derive(Debug)]
pub(crate) struct Joined {
    /// Keeps the fan-out alive.
    pub(crate) hub: Arc<Hub>,
    /// As of now.
    pub(crate) detail: Arc<MatchDetail>,
    /// Everything up to now that the follower needs; none when there is nothing, or nothing new.
    pub(crate) catch_up: Option<PreparedFrame>,
    /// The last tick the follower has after `catch_up`.
    pub(crate) last_tick: Option<Tick>,
    /// Everything after it.
    pub(crate) items: broadcast::Receiver<Item>,
}

impl Hubs {
    pub(crate) fn new(bus: Bus, ring: usize, metrics: &Metrics) -> Self {
        Self {
            bus,
            ring,
            hubs: Mutex::default(),
            gauge: metrics.hubs.clone(),
        }
    }

    /// Follows a match; `last_tick` is the last that the follower already has. None if the match is not open.
    pub(crate) fn join(&self, key: &MatchKey, rate: Rate, last_tick: Option<Tick>) -> Option<Joined> {
        let hub = self.hub(key)?;
        let (up_to, items) = hub.outlets.subscribe(rate);
        let now = self.bus.subscribe(key)?;
        // What the ring will bring is not brought twice.
        let known: Vec<Frame> = now
            .history
            .into_iter()
            .take_while(|frame| up_to.is_some_and(|up_to| frame.tick <= up_to))
            .collect();
        let frames = missing(&known, last_tick);
        let nothing_new = last_tick.filter(|last| known.last().is_some_and(|frame| frame.tick == *last));
        Some(Joined {
            last_tick: frames.last().map(|frame| frame.tick).or(nothing_new),
            catch_up: PreparedFrame::bundle(frames),
            hub,
            detail: now.detail,
            items,
        })
    }

    fn hub(&self, key: &MatchKey) -> Option<Arc<Hub>> {
        let mut hubs = self.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        let live = |hub: &Arc<Hub>| !hub.outlets.closed.load(Ordering::Relaxed);
        if let Some(hub) = hubs.get(key).and_then(Weak::upgrade).filter(live) {
            return Some(hub);
        }
        let subscription = self.bus.subscribe(key)?;
        hubs.retain(|_, hub| hub.strong_count() > 0);
        let (every, _) = broadcast::channel(self.ring);
        let (bundled, _) = broadcast::channel(self.ring.div_ceil(BUNDLE_TICKS).max(2));
        let outlets = Arc::new(Outlets {
            every,
            bundled,
            up_to: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let mut feed = Feed {
            bus: self.bus.clone(),
            key: *key,
            outlets: outlets.clone(),
            pending: Vec::new(),
        };
        feed.begin(&subscription);
        let task = tokio::spawn(feed.run(subscription)).abort_handle();
        let hub = Arc::new(Hub {
            outlets,
            task,
            gauge: self.gauge.clone(),
        });
        self.gauge.increment(1.0);
        hubs.insert(*key, Arc::downgrade(&hub));
        Some(hub)
    }
}

/// The frames a follower lacks: those after `last_tick` if they continue it, or else from the last keyframe on.
fn missing(known: &[Frame], last_tick: Option<Tick>) -> &[Frame] {
    if let Some(last) = last_tick {
        if known.last().is_some_and(|frame| frame.tick == last) {
            return &[];
        }
        let next = known
            .iter()
            .position(|frame| frame.tick.0.checked_sub(1) == Some(last.0));
        if let Some(next) = next {
            return &known[next..];
        }
    }
    match known.iter().rposition(|frame| frame.kind == FrameKind::Key) {
        Some(key) => &known[key..],
        None => &[],
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.task.abort();
        self.gauge.decrement(1.0);
    }
}

impl Outlets {
    fn subscribe(&self, rate: Rate) -> (Option<Tick>, broadcast::Receiver<Item>) {
        let up_to = self.up_to.lock().unwrap_or_else(PoisonError::into_inner);
        match rate {
            Rate::Every => (up_to.every, self.every.subscribe()),
            Rate::Bundled => (up_to.bundled, self.bundled.subscribe()),
        }
    }

    /// Sending to nobody is not an error.
    fn send_to_all(&self, item: &Item) {
        let _ = self.every.send(item.clone());
        let _ = self.bundled.send(item.clone());
    }
}

/// The task of one hub.
struct Feed {
    bus: Bus,
    key: MatchKey,
    outlets: Arc<Outlets>,
    /// Ticks of the bundle that is being filled.
    pending: Vec<Frame>,
}

impl Feed {
    /// Takes up where the bus stands: newcomers get all of that as history.
    fn begin(&mut self, subscription: &Subscription) {
        let last = subscription.history.last().map(|frame| frame.tick);
        let boundary = last.map(|last| last.0 - last.0 % BUNDLE_TICKS as u32);
        let (bundled, pending): (Vec<Frame>, Vec<Frame>) = subscription
            .history
            .iter()
            .cloned()
            .partition(|frame| Some(frame.tick.0) < boundary);
        let mut up_to = self.outlets.up_to.lock().unwrap_or_else(PoisonError::into_inner);
        *up_to = UpTo {
            every: last,
            bundled: bundled.last().map(|frame| frame.tick),
        };
        drop(up_to);
        self.pending = pending;
        if self.is_full() {
            self.flush();
        }
    }

    async fn run(mut self, mut subscription: Subscription) {
        loop {
            tokio::select! {
                frame = subscription.frames.recv() => match frame {
                    Ok(frame) => self.forward(frame),
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(match_key = %self.key, missed, "the relay fell behind the bus");
                        let Some(fresh) = self.bus.subscribe(&self.key) else { break };
                        let last = self.outlets.up_to.lock().unwrap_or_else(PoisonError::into_inner).every;
                        missing(&fresh.history, last).iter().for_each(|frame| self.forward(frame.clone()));
                        subscription = fresh;
                        self.outlets.send_to_all(&Item::Resync);
                    }
                    Err(RecvError::Closed) => break,
                },
                event = subscription.events.recv() => match event {
                    Ok(event) => {
                        let message = ServerMessage::Event { match_key: self.key, event };
                        self.outlets.send_to_all(&Item::Event(Arc::new(PreparedMessage::new(message))));
                    }
                    Err(RecvError::Lagged(_)) => self.outlets.send_to_all(&Item::Resync),
                    Err(RecvError::Closed) => break,
                },
                () = tokio::time::sleep(BUNDLE_PATIENCE), if !self.pending.is_empty() => self.flush(),
            }
        }
        self.flush();
        self.outlets.closed.store(true, Ordering::Relaxed);
    }

    fn forward(&mut self, frame: Frame) {
        let continues = self
            .pending
            .last()
            .is_none_or(|last| last.tick.0.checked_add(1) == Some(frame.tick.0));
        if !continues || frame.kind == FrameKind::Key {
            self.flush();
        }
        self.pending.push(frame.clone());
        {
            let mut up_to = self.outlets.up_to.lock().unwrap_or_else(PoisonError::into_inner);
            up_to.every = Some(frame.tick);
            if self.outlets.every.receiver_count() > 0 {
                let _ = self
                    .outlets
                    .every
                    .send(Item::Frame(Arc::new(PreparedFrame::single(frame))));
            }
        }
        if self.is_full() {
            self.flush();
        }
    }

    fn is_full(&self) -> bool {
        let closes = |frame: &Frame| frame.tick.0 % BUNDLE_TICKS as u32 == BUNDLE_TICKS as u32 - 1;
        self.pending.len() >= BUNDLE_TICKS || self.pending.last().is_some_and(closes)
    }

    fn flush(&mut self) {
        let Some(last) = self.pending.last().map(|frame| frame.tick) else {
            return;
        };
        let mut up_to = self.outlets.up_to.lock().unwrap_or_else(PoisonError::into_inner);
        up_to.bundled = Some(last);
        if self.outlets.bundled.receiver_count() > 0 {
            if let Some(bundle) = PreparedFrame::bundle(&self.pending) {
                let _ = self.outlets.bundled.send(Item::Frame(Arc::new(bundle)));
            }
        }
        self.pending.clear();
    }
}
