//! When the next slot begins, and what time it is on chain.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A process stopped for longer than this many slots (a suspended laptop) does not race through
/// them when it returns: the missed slots are left out.
const CATCH_UP_SLOTS_MAX: u32 = 32;

/// Whether slots pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    Running,
    /// Until then, or for ever.
    Halted(Option<Instant>),
}

/// Absolute deadlines: a late slot does not delay the ones after it.
pub(super) struct Pace {
    slot: Duration,
    next: Instant,
}

impl Pace {
    pub(super) fn new(slot: Duration, now: Instant) -> Self {
        Self {
            slot,
            next: now + slot,
        }
    }

    /// Another length of slots, from `now` on.
    pub(super) fn set_slot(&mut self, slot: Duration, now: Instant) {
        *self = Self::new(slot, now);
    }

    /// How long until the next slot begins; zero when it is due.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        self.next.saturating_duration_since(now)
    }

    /// Moves to the slot after the one that is due.
    pub(super) fn advance(&mut self, now: Instant) {
        self.next += self.slot;
        if now.saturating_duration_since(self.next) > self.slot * CATCH_UP_SLOTS_MAX {
            self.next = now + self.slot;
        }
    }
}

/// Wall time plus what was skipped by warping; never runs backwards.
pub(super) struct ChainTime {
    offset_ms: i64,
    last_ms: i64,
}

impl ChainTime {
    /// A clock that is `offset_ms` away from the wall.
    pub(super) fn new(offset_ms: i64) -> Self {
        let mut time = Self {
            offset_ms,
            last_ms: i64::MIN,
        };
        time.seconds();
        time
    }

    /// Puts the clock forward.
    pub(super) fn skip(&mut self, skipped_ms: i64) {
        self.offset_ms = self.offset_ms.saturating_add(skipped_ms);
    }

    /// Seconds since the epoch.
    pub(super) fn seconds(&mut self) -> i64 {
        let now_ms = wall_ms().saturating_add(self.offset_ms);
        self.last_ms = self.last_ms.max(now_ms);
        self.last_ms.div_euclid(1_000)
    }
}

/// The wall clock in milliseconds since the epoch; zero on a machine set before 1970.
fn wall_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_absolute_and_a_long_stop_is_left_out() {
        let start = Instant::now();
        let slot = Duration::from_millis(400);
        let mut pace = Pace::new(slot, start);
        assert_eq!(pace.wait(start), slot);
        // 100 ms late: the next slot is still due at twice the length.
        pace.advance(start + Duration::from_millis(500));
        assert_eq!(
            pace.wait(start + Duration::from_millis(500)),
            Duration::from_millis(300)
        );
        // An hour late: start again from now.
        let late = start + Duration::from_secs(3_600);
        pace.advance(late);
        assert_eq!(pace.wait(late), slot);
    }

    #[test]
    fn skipped_time_is_added_and_time_never_runs_back() {
        let mut time = ChainTime::new(0);
        let before = time.seconds();
        time.skip(60_000);
        assert!(time.seconds() >= before + 60);
        let high = time.seconds();
        time.skip(-600_000);
        assert!(time.seconds() >= high);
    }
}
