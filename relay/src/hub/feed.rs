//! Reads one match from the bus into the rings of its hub.

use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, Frame, FrameKind, RecvError, Subscription};
use protocol::control::ServerMessage;
use protocol::wire::BUNDLE_TICKS;
use protocol::MatchKey;

use super::outlet::{missing, Outlets};
use super::ring::Item;
use crate::prepared::{PreparedFrame, PreparedMessage};

/// A bundle goes out incomplete when no tick comes for this long: the match ended or stumbled.
const BUNDLE_PATIENCE: Duration = Duration::from_millis(100);

/// The task of one hub.
pub(super) struct Feed {
    bus: Bus,
    key: MatchKey,
    outlets: Arc<Outlets>,
    /// Ticks of the bundle that is being filled.
    pending: Vec<Frame>,
}

impl Feed {
    /// Takes up where the bus stands: newcomers get all of that as history.
    pub(super) fn begin(bus: Bus, key: MatchKey, outlets: Arc<Outlets>, subscription: &Subscription) -> Self {
        let last = subscription.history.last().map(|frame| frame.tick);
        let boundary = last.map(|last| last.0 - last.0 % BUNDLE_TICKS as u32);
        let (bundled, pending): (Vec<Frame>, Vec<Frame>) = subscription
            .history
            .iter()
            .cloned()
            .partition(|frame| Some(frame.tick.0) < boundary);
        outlets.every.ring.begin_after(last);
        outlets
            .bundled
            .ring
            .begin_after(bundled.last().map(|frame| frame.tick));
        let mut feed = Self {
            bus,
            key,
            outlets,
            pending,
        };
        if feed.is_full() {
            feed.flush();
        }
        feed
    }

    pub(super) async fn run(mut self, mut subscription: Subscription) {
        loop {
            tokio::select! {
                frame = subscription.frames.recv() => match frame {
                    Ok(frame) => self.forward(frame),
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(match_key = %self.key, missed, "the relay fell behind the bus");
                        let Some(fresh) = self.bus.subscribe(&self.key) else { break };
                        let (_, last) = self.outlets.every.ring.end();
                        missing(&fresh.history, last).iter().for_each(|frame| self.forward(frame.clone()));
                        subscription = fresh;
                        self.outlets.push_to_all(&Item::Resync);
                    }
                    Err(RecvError::Closed) => break,
                },
                event = subscription.events.recv() => match event {
                    Ok(event) => {
                        let message = ServerMessage::Event { match_key: self.key, event };
                        self.outlets.push_to_all(&Item::Event(Arc::new(PreparedMessage::new(message))));
                    }
                    Err(RecvError::Lagged(_)) => self.outlets.push_to_all(&Item::Resync),
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
        let single = PreparedFrame::single(frame);
        self.outlets.every.push(Item::Frame(Arc::new(single)));
        if self.is_full() {
            self.flush();
        }
    }

    fn is_full(&self) -> bool {
        let closes = |frame: &Frame| frame.tick.0 % BUNDLE_TICKS as u32 == BUNDLE_TICKS as u32 - 1;
        self.pending.len() >= BUNDLE_TICKS || self.pending.last().is_some_and(closes)
    }

    fn flush(&mut self) {
        if let Some(bundle) = PreparedFrame::bundle(&self.pending) {
            self.outlets.bundled.push(Item::Frame(Arc::new(bundle)));
        }
        self.pending.clear();
    }
}
