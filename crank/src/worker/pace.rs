//! When ticks are due: sixty a second, as long as the chain keeps up.
//!
//! The rolls of a checkpoint hang on the hash of a slot. When that slot is late the next tick waits for it, and
//! all later deadlines move by the wait: whoever made the lost ticks up would only wait again. Before it comes
//! to a wait, ticks are stretched: by a twentieth at most, as long as beacons come with less than
//! [`MARGIN_US`] to spare. So a chain that is a little slower than the match has pinned slows the game evenly
//! instead of stopping it at every checkpoint.

use arena::TICKS_PER_SECOND;

use crate::clock::MonotonicUs;

/// How long before its first tick a checkpoint's beacon should be there.
const MARGIN_US: i64 = 400_000;
/// How much longer one tick may be made: a twentieth of it.
const STRETCH_US: i64 = 1_000_000 / TICKS_PER_SECOND as i64 / 20;
/// Waits longer than this are told to players.
const TELL_US: i64 = 500_000;

/// The deadlines of one match.
#[derive(Debug)]
pub(super) struct Pace {
    /// When tick 0 was or is, moved by every wait and every stretch.
    start: MonotonicUs,
    /// What ticks are still to be stretched by, together.
    stretch_us: i64,
    /// That the match waits was told.
    told: bool,
}

impl Pace {
    pub(super) fn new(start: MonotonicUs) -> Self {
        Self {
            start,
            stretch_us: 0,
            told: false,
        }
    }

    /// `start + tick / 60 s`, in whole microseconds.
    pub(super) fn deadline(&self, tick: u32) -> MonotonicUs {
        self.start
            .plus(i64::from(tick) * 1_000_000 / i64::from(TICKS_PER_SECOND))
    }

    /// A beacon came at `now`, for a checkpoint whose first tick is `first`.
    pub(super) fn reveal(&mut self, now: MonotonicUs, first: u32) {
        let margin_us = self.deadline(first).since(now);
        self.stretch_us = (MARGIN_US - margin_us).clamp(0, MARGIN_US);
    }

    /// A tick was made.
    pub(super) fn ticked(&mut self) {
        let by = self.stretch_us.min(STRETCH_US);
        self.stretch_us -= by;
        self.start = self.start.plus(by);
    }

    /// The tick `next` cannot be made at `now`. Whether that has to be told, once a wait.
    pub(super) fn hold(&mut self, now: MonotonicUs, next: u32) -> bool {
        let tell = !self.told && now.since(self.deadline(next)) > TELL_US;
        self.told |= tell;
        tell
    }

    /// The tick `next` can be made at `now` after all: what was waited is not made up. Whether a wait that was
    /// told is over.
    pub(super) fn resume(&mut self, now: MonotonicUs, next: u32) -> bool {
        self.start = self.start.plus(now.since(self.deadline(next)).max(0));
        std::mem::take(&mut self.told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A match of `checkpoints` of 120 ticks, whose beacons come at `slot_us * 5` microseconds each, `lead_us`
    /// before the first tick at first. The longest wait and the end, microseconds.
    fn play(checkpoints: u32, spacing_us: i64, lead_us: i64) -> (i64, i64) {
        let mut pace = Pace::new(MonotonicUs(0));
        let (mut now, mut longest) = (MonotonicUs(0), 0);
        let (mut known, mut tick) = (0, 0);
        let arrival = |index: u32| MonotonicUs(i64::from(index) * spacing_us - lead_us);
        while tick < checkpoints * 120 {
            let next = tick + 1;
            let due = pace.deadline(next);
            // Beacons that come before the next tick is due.
            while known < checkpoints && arrival(known) <= due {
                pace.reveal(arrival(known), known * 120 + 1);
                known += 1;
            }
            let due = pace.deadline(next);
            if tick / 120 >= known {
                now = arrival(known);
                longest = longest.max(now.since(due));
                pace.hold(now, next);
                pace.resume(now, next);
                continue;
            }
            now = MonotonicUs(now.0.max(due.0));
            tick = next;
            pace.ticked();
        }
        (longest, now.0)
    }

    #[test]
    fn a_chain_in_time_leaves_sixty_ticks_a_second() {
        let (longest, end) = play(45, 1_900_000, 1_000_000);
        assert_eq!((longest, end), (0, 90_000_000));
    }

    #[test]
    fn a_chain_that_is_slower_by_a_twentieth_stretches_ticks_and_stops_none_for_long() {
        let (longest, end) = play(45, 2_100_000, 1_000_000);
        assert!(longest <= 100_000, "{longest}");
        assert!((93_000_000..95_000_000).contains(&end), "{end}");
        let (longest, _) = play(150, 2_100_000, 0);
        assert!(longest <= 500_000, "{longest}");
    }

    #[test]
    fn a_chain_that_stands_still_is_told_of_once_and_nothing_is_made_up() {
        let mut pace = Pace::new(MonotonicUs(0));
        let due = pace.deadline(121);
        assert!(!pace.hold(due.plus(400_000), 121));
        assert!(pace.hold(due.plus(600_000), 121));
        assert!(!pace.hold(due.plus(60_000_000), 121));
        assert!(pace.resume(due.plus(60_000_000), 121));
        assert_eq!(pace.deadline(121), due.plus(60_000_000));
        assert!(!pace.resume(due.plus(60_000_000), 121), "a wait ends once");
    }
}
