//! What a socket follows, and what happens when it falls behind.

use std::sync::Arc;

use protocol::{MatchKey, Tick};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::broadcast::Receiver;

use crate::hub::{Hub, Item, Joined};
use crate::prepared::{PreparedFrame, PreparedMessage};

/// A match that a socket follows.
pub(super) struct Following {
    pub(super) match_key: MatchKey,
    /// Keeps the fan-out alive.
    _hub: Arc<Hub>,
    items: Receiver<Item>,
    /// The last tick that was sent; none until the first keyframe, or after a skip.
    last_tick: Option<Tick>,
}

/// What is to be sent.
#[derive(Debug)]
pub(super) enum Heard {
    Frame(Arc<PreparedFrame>),
    Event(Arc<PreparedMessage>),
    /// Events were lost: send the detail again.
    Resync,
    /// The socket fell off the ring; it continues with the next keyframe.
    Skipped,
    /// Nothing to send: a tick that it has, or one that it cannot use.
    Nothing,
}

impl Following {
    pub(super) fn new(match_key: MatchKey, joined: Joined) -> (Self, Option<PreparedFrame>) {
        let Joined {
            hub,
            catch_up,
            last_tick,
            items,
            ..
        } = joined;
        (
            Self {
                match_key,
                _hub: hub,
                items,
                last_tick,
            },
            catch_up,
        )
    }

    /// The next thing; cancel safe.
    pub(super) async fn next(&mut self) -> Heard {
        match self.items.recv().await {
            Ok(item) => self.judge(item),
            Err(RecvError::Lagged(_)) => self.skip(),
            // The hub is kept alive by us, so that this does not happen while it is followed.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }

    /// The next thing, if it waits already.
    pub(super) fn try_next(&mut self) -> Option<Heard> {
        match self.items.try_recv() {
            Ok(item) => Some(self.judge(item)),
            Err(TryRecvError::Lagged(_)) => Some(self.skip()),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }

    /// Drops what waits: it is old, and the next keyframe makes up for it.
    fn skip(&mut self) -> Heard {
        self.items = self.items.resubscribe();
        self.last_tick = None;
        Heard::Skipped
    }

    fn judge(&mut self, item: Item) -> Heard {
        let frame = match item {
            Item::Frame(frame) => frame,
            Item::Event(event) => return Heard::Event(event),
            Item::Resync => return Heard::Resync,
        };
        let continues = self
            .last_tick
            .is_some_and(|last| last.0.checked_add(1) == Some(frame.first.0));
        let is_old = self.last_tick.is_some_and(|last| frame.last <= last);
        if is_old || !(continues || frame.stands_alone) {
            return Heard::Nothing;
        }
        self.last_tick = Some(frame.last);
        Heard::Frame(frame)
    }
}
