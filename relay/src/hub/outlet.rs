//! Where the items of one match come out: a ring and its rows for each rate.

use std::sync::atomic::AtomicBool;
use std::sync::Arc;

use bus::{Frame, FrameKind};
use metrics::Counter;
use protocol::control::Rate;
use protocol::Tick;
use tokio::task::AbortHandle;

use super::ring::{Item, Ring};
use super::row::Row;

/// What comes out of one match, at both rates.
#[derive(Debug)]
pub(super) struct Outlets {
    pub(super) every: Outlet,
    pub(super) bundled: Outlet,
    /// The bus gave the match up.
    pub(super) closed: AtomicBool,
}

/// What comes out at one rate, and those who want it.
#[derive(Debug)]
pub(super) struct Outlet {
    pub(super) ring: Arc<Ring>,
    pub(super) rows: Vec<Arc<Row>>,
}

impl Outlets {
    pub(super) fn outlet(&self, rate: Rate) -> &Outlet {
        match rate {
            Rate::Every => &self.every,
            Rate::Bundled => &self.bundled,
        }
    }

    pub(super) fn push_to_all(&self, item: &Item) {
        self.every.push(item.clone());
        self.bundled.push(item.clone());
    }
}

impl Outlet {
    /// A row for each thread of the runtime.
    pub(super) fn new(ring: usize) -> Self {
        let threads = tokio::runtime::Handle::current().metrics().num_workers();
        Self {
            ring: Arc::new(Ring::new(ring)),
            rows: (0..threads.max(1)).map(|_| Arc::default()).collect(),
        }
    }

    /// Starts the tasks of the rows.
    pub(super) fn deliver(&self, frames_sent: &Counter) -> Vec<AbortHandle> {
        let start = |row: &Arc<Row>| {
            let delivering = row.clone().run(self.ring.clone(), frames_sent.clone());
            tokio::spawn(delivering).abort_handle()
        };
        self.rows.iter().map(start).collect()
    }

    pub(super) fn push(&self, item: Item) {
        self.ring.push(item);
        self.rows.iter().for_each(|row| row.notify());
    }
}

/// The frames a follower lacks: those after `last_tick` if they continue it, or else from the last keyframe
/// on.
pub(super) fn missing(known: &[Frame], last_tick: Option<Tick>) -> &[Frame] {
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
