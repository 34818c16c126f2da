//! The matches of one tick thread.

use std::sync::Arc;

use arena::Digest;
use protocol::MatchKey;
use tokio::sync::mpsc;

use super::exchange::{Adoption, Notice};
use super::meter::TickMeter;
use super::running::{Progress, Running};
use crate::clock::{Clock, MonotonicUs};
use crate::guard;
use crate::live::LateEntry;

/// Ticks one match may make in a row before the other matches of its thread get their turn.
pub const BURST_TICKS_MAX: u32 = 16;

/// Runs whatever is due. Knows time only as what it is told.
pub(super) struct Runner {
    matches: Vec<Running>,
    notices: mpsc::Sender<Notice>,
    meter: Arc<TickMeter>,
}

impl Runner {
    pub(super) fn new(notices: mpsc::Sender<Notice>, meter: Arc<TickMeter>) -> Self {
        Self {
            matches: Vec::new(),
            notices,
            meter,
        }
    }

    #[cfg(test)]
    pub(super) fn meter(&self) -> &TickMeter {
        &self.meter
    }

    pub(super) fn adopt(&mut self, adoption: Adoption) {
        let mut one = Running::new(adoption);
        if let Err(reason) = guard::called("tick", || one.begin()) {
            one.crash(reason);
        }
        self.matches.push(one);
    }

    pub(super) fn announce(&mut self, key: MatchKey, entry: LateEntry) {
        if let Some(one) = self.matches.iter_mut().find(|one| one.key() == key) {
            one.announce(entry);
        }
    }

    pub(super) fn reveal(&mut self, key: MatchKey, checkpoint: u32, beacon: Digest, now: MonotonicUs) {
        if let Some(one) = self.matches.iter_mut().find(|one| one.key() == key) {
            one.reveal(checkpoint, beacon, now);
        }
    }

    pub(super) fn release(&mut self, key: MatchKey) {
        self.matches.retain(|one| one.key() != key);
    }

    /// Makes every tick whose deadline has come, in bursts; returns when to come again.
    pub(super) fn run_due(&mut self, mut now: MonotonicUs, clock: &dyn Clock) -> Option<MonotonicUs> {
        for one in &mut self.matches {
            for _ in 0..BURST_TICKS_MAX {
                let Some(deadline) = one.deadline().filter(|deadline| *deadline <= now) else {
                    break;
                };
                self.meter.record(now.since(deadline));
                // Whatever a defect leaves half done is thrown away: the log gives the match back.
                if let Err(reason) = guard::called("tick", || one.tick()) {
                    one.crash(reason);
                }
                let done = clock.monotonic();
                self.meter.took(done.since(now));
                now = done;
            }
            one.hold(now);
            one.deliver(now, &self.notices);
        }
        self.matches.retain(|one| one.state() != Progress::Done);
        self.matches.iter().filter_map(Running::wake).min()
    }
}
