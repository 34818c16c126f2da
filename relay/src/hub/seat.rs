//! One follower's place in a match.
//!
//! A seat is delivered to by its row, or attended by the socket's own task. The row writes and never waits;
//! what it cannot write, and what is no plain write, it leaves to the socket: it stops delivering and calls.
//! The socket catches up, waiting as long as it may, and hands the seat back once nothing is left.
//!
//! Invariant: every item is considered once, in order, by whoever holds the seat's lock.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use parking_lot::{Mutex, MutexGuard};
use protocol::Tick;
use tokio::sync::Notify;

use super::ring::{Item, Items, Position, Ring};
use crate::prepared::{Encoding, PreparedFrame};
use crate::wire::{Offered, Wire};

/// Items that are written with one call when they wait together.
pub(super) const COALESCE_MAX: usize = 32;

/// See the module.
#[derive(Debug)]
pub(super) struct Seat {
    wire: Arc<Wire>,
    encoding: Encoding,
    place: Mutex<Place>,
    /// Calls the socket's task.
    bell: Notify,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    next: Position,
    /// The last tick that was sent; none until the first keyframe, or after a skip.
    last_tick: Option<Tick>,
    /// The socket's task sees to it.
    is_attended: bool,
}

/// What the socket has to do.
#[derive(Debug)]
pub(crate) enum Duty {
    /// Write this.
    Send(Portion),
    /// Events were lost: send the detail again.
    Resync,
    /// The socket fell off the ring; it continues with the next keyframe.
    Skipped,
}

/// What of some items goes to one socket.
#[derive(Debug, Default)]
pub(crate) struct Portion {
    /// Nothing, if it has those ticks or cannot use them.
    pub(crate) bytes: Bytes,
    /// How many state messages that is.
    pub(crate) frames: u64,
}

impl Seat {
    /// Attended, and called.
    pub(super) fn new(wire: Arc<Wire>, encoding: Encoding, next: Position) -> Self {
        let bell = Notify::new();
        bell.notify_one();
        Self {
            wire,
            encoding,
            place: Mutex::new(Place {
                next,
                last_tick: None,
                is_attended: true,
            }),
            bell,
        }
    }

    /// The follower has everything up to this tick.
    pub(super) fn begin_after(&self, tick: Option<Tick>) {
        self.lock().last_tick = tick;
    }

    /// For the row: writes what the follower lacks of these items, if that needs no waiting. How many state
    /// messages.
    pub(super) fn deliver(&self, items: &Items) -> u64 {
        let mut place = self.lock();
        if place.is_attended {
            return 0;
        }
        debug_assert!(place.next >= items.start, "the row left something out");
        let mut after = *place;
        let (portion, whole) = after.take(items.from(place.next), self.encoding);
        let offered = if portion.bytes.is_empty() {
            Offered::Written
        } else {
            self.wire.offer(&portion.bytes)
        };
        if offered != Offered::Refused {
            *place = after;
        }
        if offered != Offered::Written || !whole {
            place.is_attended = true;
            drop(place);
            self.bell.notify_one();
        }
        match offered {
            Offered::Refused => 0,
            Offered::Written | Offered::Begun => portion.frames,
        }
    }

    /// For the row, when it fell off the ring: the socket sees to it.
    pub(super) fn give_up(&self) {
        self.lock().is_attended = true;
        self.bell.notify_one();
    }

    /// For the socket: until it is called; cancel safe.
    pub(super) async fn called(&self) {
        self.bell.notified().await;
    }

    /// For the socket: calls it again, after others had their turn.
    pub(super) fn call(&self) {
        self.bell.notify_one();
    }

    /// For the socket, when nothing is left on the wire: what to do next. None if there is nothing; from then
    /// on the row delivers.
    pub(super) fn attend(&self, ring: &Ring) -> Option<Duty> {
        let mut place = self.lock();
        place.is_attended = true;
        let Ok(items) = ring.since(place.next, COALESCE_MAX) else {
            // What waits is old, and the next keyframe makes up for it.
            (place.next, _) = ring.end();
            place.last_tick = None;
            return Some(Duty::Skipped);
        };
        match items.items.first() {
            None => {
                place.is_attended = false;
                None
            }
            Some(Item::Resync) => {
                place.next.0 += 1;
                Some(Duty::Resync)
            }
            Some(_) => Some(Duty::Send(place.take(&items.items, self.encoding).0)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Place> {
        self.place.lock()
    }
}

impl Place {
    /// Takes items up to one that is no plain write, and whether that was all of them.
    fn take(&mut self, items: &[Item], encoding: Encoding) -> (Portion, bool) {
        let mut portion = Portion::default();
        for item in items {
            let bytes = match item {
                Item::Frame(frame) if self.wants(frame) => {
                    self.last_tick = Some(frame.last);
                    portion.frames += 1;
                    frame.framed(encoding)
                }
                Item::Frame(_) => {
                    self.next.0 += 1;
                    continue;
                }
                Item::Event(event) => event.framed(encoding),
                Item::Resync => return (portion, false),
            };
            self.next.0 += 1;
            portion.add(bytes);
        }
        (portion, true)
    }

    /// Whether it is news, and something to start with or the continuation of what was sent.
    fn wants(&self, frame: &PreparedFrame) -> bool {
        let Some(last) = self.last_tick else {
            return frame.stands_alone;
        };
        let continues = last.0.checked_add(1) == Some(frame.first.0);
        frame.last > last && (continues || frame.stands_alone)
    }
}

impl Portion {
    /// The usual single item is shared, not copied.
    fn add(&mut self, bytes: &Bytes) {
        if self.bytes.is_empty() {
            self.bytes = bytes.clone();
            return;
        }
        let mut joined = std::mem::take(&mut self.bytes)
            .try_into_mut()
            .unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        joined.extend_from_slice(bytes);
        self.bytes = joined.freeze();
    }
}
