//! The matches that somebody follows, and the start and end of following one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bus::{Bus, Frame};
use metrics::{Counter, Gauge};
use parking_lot::Mutex;
use protocol::control::Rate;
use protocol::directory::{MatchDetail, MatchStatus};
use protocol::wire::BUNDLE_TICKS;
use protocol::{MatchKey, Tick};
use tokio::task::AbortHandle;

use super::feed::Feed;
use super::outlet::{missing, Outlet, Outlets};
use super::ring::Ring;
use super::row::Row;
use super::seat::{Duty, Seat};
use crate::observe::Metrics;
use crate::prepared::{Encoding, PreparedFrame};
use crate::wire::Wire;

/// How long a newcomer waits for a mirror of a match to show what it needs.
const MIRROR_PATIENCE: Duration = Duration::from_millis(750);

/// How often it looks.
const MIRROR_INTERVAL: Duration = Duration::from_millis(5);

/// All matches that somebody follows.
#[derive(Debug)]
pub(crate) struct Hubs {
    bus: Bus,
    ring: usize,
    hubs: Mutex<HashMap<MatchKey, Weak<Hub>>>,
    gauge: Gauge,
    frames_sent: Counter,
}

/// One match that somebody follows; it ends when the last follower drops it.
#[derive(Debug)]
struct Hub {
    outlets: Arc<Outlets>,
    tasks: Vec<AbortHandle>,
    gauge: Gauge,
}

/// How a socket wants to follow.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) rate: Rate,
    /// The last tick that it already has.
    pub(crate) last_tick: Option<Tick>,
    pub(crate) encoding: Encoding,
    pub(crate) wire: Arc<Wire>,
}

/// The start of following a match.
#[derive(Debug)]
pub(crate) struct Joined {
    pub(crate) following: Following,
    /// As of now.
    pub(crate) detail: Arc<MatchDetail>,
    /// Everything up to now that the follower needs; none when there is nothing, or nothing new. To be
    /// written before the first [`Following::attend`].
    pub(crate) catch_up: Option<PreparedFrame>,
}

/// A match that a socket follows, from `catch_up` on. Dropping it ends that: nothing is written afterwards.
#[derive(Debug)]
pub(crate) struct Following {
    pub(crate) match_key: MatchKey,
    seat: Arc<Seat>,
    ring: Arc<Ring>,
    row: Arc<Row>,
    number: usize,
    /// Keeps the fan-out alive.
    _hub: Arc<Hub>,
}

impl Hubs {
    pub(crate) fn new(bus: Bus, ring: usize, metrics: &Metrics) -> Self {
        Self {
            bus,
            ring,
            hubs: Mutex::default(),
            gauge: metrics.hubs.clone(),
            frames_sent: metrics.frames_sent.clone(),
        }
    }

    /// As [`Self::join`], of a bus that mirrors matches: frames of a match come only once somebody here
    /// follows it, and may come later than to the relay that the follower left. What is missing is waited
    /// for, so that the answer is one message; not for ever, and then it is what there is.
    pub(crate) async fn join_mirror(&self, key: &MatchKey, wish: Wish) -> Option<Joined> {
        let hub = self.hub(key)?;
        let ring = &hub.outlets.outlet(wish.rate).ring;
        let lacks_nothing = || match (ring.end().1, wish.last_tick) {
            (Some(up_to), Some(last)) => up_to >= last,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let is_live = || {
            let detail = self.bus.detail(key);
            detail.is_some_and(|detail| detail.summary.status == MatchStatus::Live)
        };
        let arrived = async {
            while is_live() && !lacks_nothing() {
                tokio::time::sleep(MIRROR_INTERVAL).await;
            }
        };
        let _late = tokio::time::timeout(MIRROR_PATIENCE, arrived).await;
        self.join(key, wish)
    }

    /// Follows a match. None if it is not open.
    pub(crate) fn join(&self, key: &MatchKey, wish: Wish) -> Option<Joined> {
        let hub = self.hub(key)?;
        let outlet = hub.outlets.outlet(wish.rate);
        let (next, up_to) = outlet.ring.end();
        let now = self.bus.subscribe(key)?;
        // What the ring will bring is not brought twice.
        let known: Vec<Frame> = now
            .history
            .into_iter()
            .take_while(|frame| up_to.is_some_and(|up_to| frame.tick <= up_to))
            .collect();
        let frames = missing(&known, wish.last_tick);
        let nothing_new = wish
            .last_tick
            .filter(|last| known.last().is_some_and(|frame| frame.tick == *last));
        let seat = Arc::new(Seat::new(wish.wire, wish.encoding, next));
        seat.begin_after(frames.last().map(|frame| frame.tick).or(nothing_new));
        let row = outlet.rows.iter().min_by_key(|row| row.len())?.clone();
        Some(Joined {
            catch_up: PreparedFrame::bundle(frames),
            detail: now.detail,
            following: Following {
                match_key: *key,
                number: row.enter(seat.clone()),
                ring: outlet.ring.clone(),
                row,
                seat,
                _hub: hub,
            },
        })
    }

    fn hub(&self, key: &MatchKey) -> Option<Arc<Hub>> {
        let mut hubs = self.hubs.lock();
        let live = |hub: &Arc<Hub>| !hub.outlets.closed.load(Ordering::Relaxed);
        if let Some(hub) = hubs.get(key).and_then(Weak::upgrade).filter(live) {
            return Some(hub);
        }
        let subscription = self.bus.subscribe(key)?;
        hubs.retain(|_, hub| hub.strong_count() > 0);
        let outlets = Arc::new(Outlets {
            every: Outlet::new(self.ring),
            bundled: Outlet::new(self.ring.div_ceil(BUNDLE_TICKS).max(2)),
            closed: AtomicBool::new(false),
        });
        let mut tasks = outlets.every.deliver(&self.frames_sent);
        tasks.extend(outlets.bundled.deliver(&self.frames_sent));
        let feed = Feed::begin(self.bus.clone(), *key, outlets.clone(), &subscription);
        tasks.push(tokio::spawn(feed.run(subscription)).abort_handle());
        let hub = Arc::new(Hub {
            outlets,
            tasks,
            gauge: self.gauge.clone(),
        });
        self.gauge.increment(1.0);
        hubs.insert(*key, Arc::downgrade(&hub));
        Some(hub)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
        self.gauge.decrement(1.0);
    }
}

impl Following {
    /// Until [`Self::attend`] has something to say; cancel safe.
    pub(crate) async fn called(&self) {
        self.seat.called().await;
    }

    /// Makes [`Self::called`] return once more.
    pub(crate) fn call(&self) {
        self.seat.call();
    }

    /// What to do next, when nothing is left on the wire. None if there is nothing; from then on frames are
    /// written without the socket's task.
    pub(crate) fn attend(&self) -> Option<Duty> {
        self.seat.attend(&self.ring)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.row.leave(self.number);
    }
}
