//! The last items of a match, by position: the queue of every follower at once.
//!
//! A follower's queue is the number of the item that it gets next: bounded, and costing nothing per follower.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use protocol::Tick;

use crate::prepared::{PreparedFrame, PreparedMessage};

/// What followers hear.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// A frame of the arena's state.
    Frame(Arc<PreparedFrame>),
    /// Something happened to the match.
    Event(Arc<PreparedMessage>),
    /// Events were lost: the detail is to be read again.
    Resync,
}

/// The place of an item among all that ever went into a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position(pub(super) u64);

/// Consecutive items.
#[derive(Debug)]
pub(super) struct Items {
    /// Of the first.
    pub(super) start: Position,
    pub(super) items: Vec<Item>,
}

/// Those items are not kept any more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overrun;

/// See the module.
#[derive(Debug)]
pub(super) struct Ring {
    kept: Mutex<Kept>,
    capacity: usize,
}

#[derive(Debug)]
struct Kept {
    items: VecDeque<Item>,
    /// Of the item that comes next.
    end: Position,
    /// The last tick that went in.
    up_to: Option<Tick>,
}

impl Ring {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            kept: Mutex::new(Kept {
                items: VecDeque::new(),
                end: Position(0),
                up_to: None,
            }),
            capacity: capacity.max(1),
        }
    }

    pub(super) fn push(&self, item: Item) {
        let mut kept = self.lock();
        if kept.items.len() == self.capacity {
            kept.items.pop_front();
        }
        if let Item::Frame(frame) = &item {
            kept.up_to = Some(frame.last);
        }
        kept.items.push_back(item);
        kept.end.0 += 1;
    }

    /// Ticks that newcomers get as history do not go in, but count as if they had.
    pub(super) fn begin_after(&self, tick: Option<Tick>) {
        self.lock().up_to = tick;
    }

    /// The position of the item that comes next, and the last tick before it.
    pub(super) fn end(&self) -> (Position, Option<Tick>) {
        let kept = self.lock();
        (kept.end, kept.up_to)
    }

    /// At most `max` items from a position on.
    pub(super) fn since(&self, start: Position, max: usize) -> Result<Items, Overrun> {
        let kept = self.lock();
        let waiting = kept.end.0.saturating_sub(start.0) as usize;
        let skipped = kept.items.len().checked_sub(waiting).ok_or(Overrun)?;
        Ok(Items {
            start,
            items: kept.items.iter().skip(skipped).take(max).cloned().collect(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock()
    }
}

impl Items {
    /// After the last.
    pub(super) fn end(&self) -> Position {
        Position(self.start.0 + self.items.len() as u64)
    }

    /// Those from a position on that is not before the first.
    pub(super) fn from(&self, position: Position) -> &[Item] {
        let skipped = position.0.saturating_sub(self.start.0) as usize;
        self.items.get(skipped..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_off_is_known_to_be_lost() {
        let ring = Ring::new(3);
        let lengths = |start: u64| {
            ring.since(Position(start), 2)
                .map(|items| (items.items.len(), items.end().0))
        };
        assert_eq!(lengths(0), Ok((0, 0)));
        (0..5).for_each(|_| ring.push(Item::Resync));
        assert_eq!(ring.end(), (Position(5), None));
        assert_eq!(lengths(1), Err(Overrun));
        assert_eq!(lengths(2), Ok((2, 4)));
        assert_eq!(lengths(4), Ok((1, 5)));
        assert_eq!(lengths(5), Ok((0, 5)));
        let items = ring.since(Position(2), 3).unwrap();
        assert_eq!(items.from(Position(4)).len(), 1);
        assert_eq!(items.from(Position(6)).len(), 0);
    }
}
