//! Two buses for one suite: the crank's and the relay's, which are one and the same, or joined by a Redis
//! Cluster.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::{
    Bus, BusLimits, Export, Frame, FrameKind, Import, InputOutcome, InputQueue, MatchPublisher, Subscription,
};
use cluster::{Cluster, ClusterConfig, SharedLease};
use protocol::codes::RejectReason;
use protocol::directory::MatchDetail;
use protocol::input::{Input, SignedInput};
use protocol::{Hash, MatchKey, PlayerSlot, Signature, Tick, WarriorIndex};

#[path = "../../src/bridge/support.rs"]
mod bridge;

/// Long enough for a machine that does much else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The bus of a crank, and that of a relay.
pub(crate) struct Pair {
    pub(crate) crank: Bus,
    pub(crate) relay: Bus,
    joint: Option<Joint>,
}

struct Joint {
    cluster: Cluster,
    _import: Import,
    exports: Mutex<Vec<Export>>,
}

impl Pair {
    /// One bus.
    pub(crate) fn same(limits: BusLimits) -> Self {
        let bus = Bus::new(limits);
        Self {
            crank: bus.clone(),
            relay: bus,
            joint: None,
        }
    }

    /// Two, joined by the Redis Cluster of this process, where `name` is nobody else's.
    pub(crate) async fn joined(name: &str, limits: BusLimits) -> Self {
        let cluster = connect(test_redis::shared(), name).await;
        let relay = Bus::default();
        Self {
            crank: Bus::new(limits),
            joint: Some(Joint {
                _import: Import::start(&cluster, &relay),
                cluster,
                exports: Mutex::default(),
            }),
            relay,
        }
    }

    /// Opens a match on the crank's bus, and waits until the relay's has it.
    pub(crate) async fn open(&self, detail: MatchDetail) -> (MatchPublisher, InputQueue) {
        let key = detail.summary.match_key;
        let opened = self.crank.open_match(detail).unwrap();
        if let Some(joint) = &self.joint {
            let lease = acquire(&joint.cluster, &key, "crank").await;
            let export = Export::start(&joint.cluster, &self.crank, lease);
            joint.exports.lock().unwrap().push(export);
        }
        eventually("the relay has the match", || self.relay.detail(&key).is_some()).await;
        opened
    }
}

/// A handle on a cluster, with keys that begin with `name`.
pub(crate) async fn connect(nodes: Vec<String>, name: &str) -> Cluster {
    let mut config = ClusterConfig::new(nodes);
    config.prefix = name.to_owned();
    // Nobody renews leases here.
    config.lease_life = Duration::from_secs(600);
    Cluster::connect(config).await.unwrap()
}

/// The lease of a match that nobody has.
pub(crate) async fn acquire(cluster: &Cluster, key: &MatchKey, holder: &str) -> SharedLease {
    let lease = cluster.acquire(key, holder, 0).await.unwrap();
    SharedLease::new(lease.expect("nobody has it"), holder)
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    within(what, waiting).await;
}

/// Waits for something.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(done) => done,
        Err(_) => panic!("not within {PATIENCE:?}: {what}"),
    }
}

pub(crate) fn key(number: u8) -> MatchKey {
    MatchKey([number; 32])
}

/// A match that nobody has entered, told from others by its number.
pub(crate) fn detail(number: u8) -> MatchDetail {
    let mut detail = bridge::detail();
    detail.summary.match_key = key(number);
    detail.summary.match_id = number.into();
    detail.summary.created_at_ms = number.into();
    detail
}

/// A keyframe a second. Whose frames they are can be told from `mark`.
pub(crate) fn marked_frame(tick: u32, mark: u8) -> Frame {
    Frame {
        tick: Tick(tick),
        kind: if tick.is_multiple_of(60) {
            FrameKind::Key
        } else {
            FrameKind::Delta
        },
        bytes: [&tick.to_le_bytes()[..], &[mark]].concat().into(),
    }
}

pub(crate) fn frame(tick: u32) -> Frame {
    marked_frame(tick, 0)
}

/// The `sequence`th input of a player of match `number`.
pub(crate) fn signed(number: u8, sequence: u32) -> SignedInput {
    let input = Input {
        match_key: key(number),
        slot: PlayerSlot(0),
        sequence,
        previous: Hash::default(),
        tick: Tick(0),
        warrior: WarriorIndex(0),
        heading: 0,
    };
    SignedInput {
        input,
        signature: Signature([0; 64]),
    }
}

/// What a player is told of an input, whichever way it went.
pub(crate) async fn told(bus: &Bus, signed: SignedInput) -> InputOutcome {
    let refused = |reason| Err(bus::Rejected { reason, chain: None });
    let key = signed.input.match_key;
    let (envelope, answer) = bus::InputEnvelope::new(signed);
    if let Err(error) = bus.submit_input(&key, envelope) {
        return refused(error.into());
    }
    let answered = within("an input is answered", answer).await;
    answered.unwrap_or_else(|_| refused(RejectReason::Busy))
}

/// A follower who checks what arrives.
pub(crate) struct Follower {
    pub(crate) subscription: Subscription,
    /// Ticks so far, in their order.
    pub(crate) ticks: Vec<u32>,
    pub(crate) frames: Vec<Frame>,
    /// Times that a keyframe did not continue what was before.
    pub(crate) jumps: u32,
}

impl Follower {
    pub(crate) fn new(bus: &Bus, key: &MatchKey) -> Self {
        let mut subscription = bus.subscribe(key).unwrap();
        let history = std::mem::take(&mut subscription.history);
        let mut follower = Self {
            subscription,
            ticks: Vec::new(),
            frames: Vec::new(),
            jumps: 0,
        };
        history.into_iter().for_each(|frame| follower.take(frame));
        follower
    }

    /// Follows until a tick has come.
    pub(crate) async fn up_to(&mut self, tick: u32) {
        while self.ticks.last().is_none_or(|last| *last < tick) {
            let what = format!("tick {tick} after {:?}", self.ticks.last());
            let frame = within(&what, self.subscription.frames.recv()).await.unwrap();
            self.take(frame);
        }
    }

    fn take(&mut self, frame: Frame) {
        let is_key = frame.kind == FrameKind::Key;
        match self.ticks.last() {
            None => assert!(
                is_key,
                "the first frame is of tick {}, which is no keyframe",
                frame.tick
            ),
            Some(last) if *last + 1 == frame.tick.0 => {}
            Some(last) => {
                assert!(is_key && frame.tick.0 > *last, "tick {} after {last}", frame.tick);
                self.jumps += 1;
            }
        }
        self.ticks.push(frame.tick.0);
        self.frames.push(frame);
    }
}

/// Publishes a tick every 16 ms, as a crank does, until it is dropped.
pub(crate) struct Ticker {
    now: Arc<AtomicU32>,
    task: tokio::task::JoinHandle<()>,
}

impl Ticker {
    /// From a tick on.
    pub(crate) fn start(publisher: MatchPublisher, first: u32, mark: u8) -> Self {
        let now = Arc::new(AtomicU32::new(first));
        let last = now.clone();
        let task = tokio::spawn(async move {
            let mut due = tokio::time::interval(Duration::from_millis(16));
            for tick in first.. {
                due.tick().await;
                publisher.publish_frame(marked_frame(tick, mark));
                last.store(tick, Ordering::Relaxed);
            }
        });
        Self { now, task }
    }

    /// The last tick that was published, or the first that will be.
    pub(crate) fn now(&self) -> u32 {
        self.now.load(Ordering::Relaxed)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.task.abort();
    }
}
