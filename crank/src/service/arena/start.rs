//! When a match that is brought back goes on, also where the machine's clock was set meanwhile.
//!
//! Only the store and the wall clock know, across a restart, how long a match has run; the wall clock may
//! have been set in between. What cannot be true is corrected: nobody played longer than the chain has had
//! slots for since the start, and a match that has made ticks does not wait for the clock to come there
//! again. Within a process only the clock that never jumps counts.

use std::time::Duration;

use arena::TICKS_PER_SECOND;

use crate::clock::MonotonicUs;

/// How much longer a match may have run than its slots say: their length is an average.
const TOLERANCE: Duration = Duration::from_secs(15);

/// Longer than any match waits for its place among the ticks of others.
const PHASE_MAX: Duration = Duration::from_millis(100);

/// What both sides know of a match's time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elapsed {
    /// When tick 0 was, by the store.
    pub(super) start_unix_us: i64,
    /// The wall clock.
    pub(super) now_unix_us: i64,
    /// Time since the start by the chain's slots; none where they are not known.
    pub(super) by_slots: Option<Duration>,
}

impl Elapsed {
    /// The time now, Unix microseconds, as far as the wall clock can be right.
    pub(super) fn now_unix_us(self) -> i64 {
        let latest = self.by_slots.map(|span| {
            let span = span.saturating_add(TOLERANCE);
            self.start_unix_us
                .saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX))
        });
        self.now_unix_us.min(latest.unwrap_or(i64::MAX))
    }
}

/// When tick 0 was or is, for a match that has made `tick` ticks: as the clocks say, but never so that it
/// stands still longer than its countdown.
pub(super) fn start(now: MonotonicUs, until_start_us: i64, tick: u32, countdown: Duration) -> MonotonicUs {
    let made_us = i64::from(tick) * 1_000_000 / i64::from(TICKS_PER_SECOND);
    let wait = countdown.max(Duration::from_secs(1)).saturating_add(PHASE_MAX);
    let wait_us = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
    let latest = now.plus(wait_us.saturating_sub(made_us));
    now.plus(until_start_us).min(latest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_US: i64 = 3_600_000_000;
    const SECOND_US: i64 = 1_000_000;

    #[test]
    fn report_18_a_clock_set_forward_over_a_restart_skips_nothing() {
        let elapsed = |now_unix_us| Elapsed {
            start_unix_us: 10 * HOUR_US,
            now_unix_us,
            by_slots: Some(Duration::from_secs(30)),
        };
        let sound = 10 * HOUR_US + 29 * SECOND_US;
        assert_eq!(elapsed(sound).now_unix_us(), sound);
        let set = elapsed(sound + HOUR_US).now_unix_us();
        assert_eq!(
            set,
            10 * HOUR_US + 45 * SECOND_US,
            "what the slots allow, and a little"
        );
        let unknown = Elapsed {
            by_slots: None,
            ..elapsed(sound + HOUR_US)
        };
        assert_eq!(unknown.now_unix_us(), sound + HOUR_US);
    }

    #[test]
    fn report_18_a_clock_set_back_over_a_restart_stops_no_match() {
        let (now, countdown) = (MonotonicUs(5 * HOUR_US), Duration::from_secs(3));
        // 20 s in, as the clock says and the log knows.
        let sound = start(now, -20 * SECOND_US, 1_200, countdown);
        assert_eq!(now.since(sound), 20 * SECOND_US);
        // The clock says that it begins in an hour.
        let back = start(now, HOUR_US, 1_200, countdown);
        assert_eq!(
            now.since(back),
            17 * SECOND_US - 100_000,
            "the next tick is due in three seconds"
        );
        let fresh = start(now, HOUR_US, 0, countdown);
        assert_eq!(
            fresh.since(now),
            3 * SECOND_US + 100_000,
            "a match without a tick waits for its countdown"
        );
    }
}
