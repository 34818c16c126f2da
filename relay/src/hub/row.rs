//! Seats that one task delivers to, one after the other, whenever something new is in the ring.
//!
//! One wake-up for a row instead of one for each socket. A match has a row for each worker thread of the
//! runtime, so that all of them share the work.
//!
//! Invariants: nothing here waits for a socket; a seat that is not attended lacks nothing from before
//! `walked`.

use std::sync::Arc;

use metrics::Counter;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use super::ring::{Overrun, Position, Ring};
use super::seat::{Seat, COALESCE_MAX};

/// Other tasks of the thread get their turn, and newcomers and leavers theirs, after so many seats.
const SEATS_AT_A_TIME: usize = 64;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Row {
    seats: Mutex<Seats>,
    news: Notify,
}

/// Seats keep their numbers while they are taken, so that a row can be walked in parts.
#[derive(Debug, Default)]
struct Seats {
    seats: Vec<Option<Arc<Seat>>>,
    free: Vec<usize>,
}

impl Row {
    /// Takes a seat; its number.
    pub(super) fn enter(&self, seat: Arc<Seat>) -> usize {
        let mut seats = self.lock();
        let number = match seats.free.pop() {
            Some(number) => number,
            None => {
                seats.seats.push(None);
                seats.seats.len() - 1
            }
        };
        if let Some(place) = seats.seats.get_mut(number) {
            *place = Some(seat);
        }
        number
    }

    /// After this nothing is delivered any more.
    pub(super) fn leave(&self, number: usize) {
        let mut seats = self.lock();
        if seats.seats.get_mut(number).and_then(Option::take).is_some() {
            seats.free.push(number);
        }
    }

    /// How many seats are taken.
    pub(super) fn len(&self) -> usize {
        let seats = self.lock();
        seats.seats.len() - seats.free.len()
    }

    /// Something new is in the ring.
    pub(super) fn notify(&self) {
        if self.len() > 0 {
            self.news.notify_one();
        }
    }

    /// Delivers what goes into a new ring, until it is aborted.
    pub(super) async fn run(self: Arc<Self>, ring: Arc<Ring>, frames_sent: Counter) {
        let mut walked = Position(0);
        loop {
            match ring.since(walked, COALESCE_MAX) {
                Ok(items) if items.items.is_empty() => self.news.notified().await,
                Ok(items) => {
                    let frames = self.walk(|seat| seat.deliver(&items)).await;
                    frames_sent.increment(frames);
                    walked = items.end();
                }
                Err(Overrun) => {
                    // Only when this task got no time for as long as the ring is: each socket finds out what
                    // it missed.
                    (walked, _) = ring.end();
                    self.walk(|seat| {
                        seat.give_up();
                        0
                    })
                    .await;
                }
            }
        }
    }

    /// Visits all seats; the sum of what they say.
    async fn walk(&self, mut visit: impl FnMut(&Seat) -> u64) -> u64 {
        let mut sum = 0;
        for start in (0..).step_by(SEATS_AT_A_TIME) {
            {
                let seats = self.lock();
                let Some(rest) = seats.seats.get(start..) else {
                    break;
                };
                let part = rest.iter().take(SEATS_AT_A_TIME).flatten();
                sum += part.map(|seat| visit(seat)).sum::<u64>();
                if rest.len() <= SEATS_AT_A_TIME {
                    break;
                }
            }
            tokio::task::yield_now().await;
        }
        sum
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock()
    }
}
