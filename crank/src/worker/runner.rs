//! The matches of one tick thread.

use std::sync::Arc;

use protocol::MatchKey;
use tokio::sync::mpsc;

use super::seat::{Seat, SeatState};
use super::{Adoption, Notice, TickMeter, BURST_TICKS_MAX};
use crate::clock::{Clock, MonotonicUs};
use crate::live::LateEntry;

/// Runs whatever is due. Knows time only as what it is told.
pub(super) struct Runner {
    seats: Vec<Seat>,
    notices: mpsc::Sender<Notice>,
    meter: Arc<TickMeter>,
}

impl Runner {
    pub(super) fn new(notices: mpsc::Sender<Notice>, meter: Arc<TickMeter>) -> Self {
        Self {
            seats: Vec::new(),
            notices,
            meter,
        }
    }

    #[cfg(test)]
    pub(super) fn meter(&self) -> &TickMeter {
        &self.meter
    }

    pub(super) fn adopt(&mut self, adoption: Adoption) {
        let mut seat = Seat::new(adoption);
        seat.begin();
        self.seats.push(seat);
    }

    pub(super) fn announce(&mut self, key: MatchKey, entry: LateEntry) {
        if let Some(seat) = self.seats.iter_mut().find(|seat| seat.key() == key) {
            seat.announce(entry);
        }
    }

    pub(super) fn release(&mut self, key: MatchKey) {
        self.seats.retain(|seat| seat.key() != key);
    }

    /// Makes every tick whose deadline has come, in bursts; returns when to come again.
    pub(super) fn run_due(&mut self, mut now: MonotonicUs, clock: &dyn Clock) -> Option<MonotonicUs> {
        for seat in &mut self.seats {
            for _ in 0..BURST_TICKS_MAX {
                let Some(deadline) = seat.deadline().filter(|deadline| *deadline <= now) else {
                    break;
                };
                self.meter.record(now.since(deadline));
                seat.tick();
                let done = clock.monotonic();
                self.meter.took(done.since(now));
                now = done;
            }
            seat.deliver(now, &self.notices);
        }
        self.seats.retain(|seat| seat.state() != SeatState::Done);
        self.seats.iter().filter_map(Seat::wake).min()
    }
}
