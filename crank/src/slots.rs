//! From time to the chain's slots and back, by their length as it is.
//!
//! Slots get shorter over the years, and local chains have any length. Spans are chosen in time and turned
//! into slots with the length that was measured, rounded to a step: measurements tremble, and a calendar of
//! multiples of a span must not.

use std::time::Duration;

use client::aurelius::beacon::{SLOT_US_MAX, SLOT_US_MIN};

use crate::clock::MonotonicUs;

/// What lengths are rounded to.
const STEP_US: i64 = 50_000;
/// How far a measurement must be from the length in use before another one is taken: more than half a step.
const TREMOR_US: i64 = 35_000;
/// What one measurement spans at least: long enough that a node's own delays do not matter.
const WINDOW_US: i64 = 5_000_000;
/// What it spans at most: after a gap the chain may have stood still.
const WINDOW_MAX_US: i64 = 30_000_000;
/// No chain is faster or slower.
const SHORTEST_US: i64 = 20_000;
const LONGEST_US: i64 = 2_000_000;

/// What the mean for a match's schedule spans at least, and after how long it begins anew.
const MEAN_MIN_US: i64 = 2_000_000;
const MEAN_MAX_US: i64 = 30_000_000;

/// The length of slots, measured by watching them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SlotLength {
    /// In use.
    known_us: Option<i64>,
    /// Where the measurement under way began.
    since: Option<(u64, MonotonicUs)>,
    /// The mean, not rounded.
    mean: Mean,
}

/// The mean length of slots over some seconds, not rounded.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    /// Where it began.
    since: Option<(u64, MonotonicUs)>,
    us: Option<i64>,
}

impl Mean {
    fn observe(&mut self, slot: u64, now: MonotonicUs) {
        let Some((first, begun)) = self.since else {
            self.since = Some((slot, now));
            return;
        };
        let elapsed_us = now.since(begun);
        if slot > first && (MEAN_MIN_US..=MEAN_MAX_US).contains(&elapsed_us) {
            let us = elapsed_us / i64::try_from(slot - first).unwrap_or(i64::MAX);
            self.us = Some(us)
                .filter(|us| (SHORTEST_US..=LONGEST_US).contains(us))
                .or(self.us);
        }
        if elapsed_us > MEAN_MAX_US {
            self.since = Some((slot, now));
        }
    }
}

impl SlotLength {
    /// Notes that `slot` was the newest at `now`.
    pub(crate) fn observe(&mut self, slot: u64, now: MonotonicUs) {
        self.mean.observe(slot, now);
        let Some((first, begun)) = self.since else {
            self.since = Some((slot, now));
            return;
        };
        let elapsed_us = now.since(begun);
        if slot < first {
            // The first was told of by somebody who was wrong.
            self.since = Some((slot, now));
            return;
        }
        if slot <= first || elapsed_us < WINDOW_US {
            return;
        }
        self.since = Some((slot, now));
        let slots = i64::try_from(slot - first).unwrap_or(i64::MAX);
        let measured_us = elapsed_us / slots;
        if elapsed_us > WINDOW_MAX_US || !(SHORTEST_US..=LONGEST_US).contains(&measured_us) {
            return;
        }
        let differs = |known: i64| (measured_us - known).abs() > TREMOR_US;
        if self.known_us.is_none_or(differs) {
            let steps = (measured_us + STEP_US / 2) / STEP_US;
            self.known_us = Some(steps.max(1) * STEP_US);
        }
    }

    /// The length that a new match pins for its beacons, in microseconds: a twentieth more than was measured, so
    /// that beacons come early rather than late. None before it was measured.
    pub(crate) fn pinned_us(&self) -> Option<u32> {
        let us = u32::try_from(self.mean.us? * 21 / 20).ok()?;
        Some(us.clamp(SLOT_US_MIN, SLOT_US_MAX))
    }

    /// One slot; none before it was measured.
    pub(crate) fn length(&self) -> Option<Duration> {
        self.known_us.map(|us| Duration::from_micros(us.unsigned_abs()))
    }
}

/// How much newer than the newest slot seen something may be: slots are heard of in steps.
const AHEAD_SLOTS_MAX: u64 = 150;
/// After so long without a slot as new as the newest, that one was wrong: a chain that makes no slots repeats
/// its last.
const REPEATED_US: i64 = 10_000_000;

/// The newest slot, as far as it is borne out: the chain repeats itself or goes on, and one who told of a
/// later time falls silent or is mended.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Newest {
    seen: Option<(u64, MonotonicUs)>,
}

impl Newest {
    /// Notes that somebody told of `slot` at `now`.
    pub(crate) fn observe(&mut self, slot: u64, now: MonotonicUs) {
        let is_borne_out = self
            .seen
            .is_some_and(|(newest, at)| slot < newest && now.since(at) <= REPEATED_US);
        if !is_borne_out {
            self.seen = Some((slot, now));
        }
    }

    /// It; 0 before the first.
    pub(crate) fn slot(&self) -> u64 {
        self.seen.map_or(0, |(slot, _)| slot)
    }
}

/// Whether something of `slot` can be, while `newest` is the newest slot known: what cannot is no reason to
/// wait.
pub(crate) fn can_be(slot: u64, newest: u64) -> bool {
    slot <= newest.saturating_add(AHEAD_SLOTS_MAX)
}

/// A span in slots of `length`, rounded up.
pub(crate) fn slots_of(span: Duration, length: Duration) -> u64 {
    let slots = span.as_micros().div_ceil(length.as_micros().max(1));
    u64::try_from(slots).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Watches slots of `us` for so many seconds, with a node that is late by up to `late_us`.
    fn watch(length: &mut SlotLength, from: (u64, i64), us: i64, seconds: i64, late_us: i64) -> (u64, i64) {
        let count = seconds * 1_000_000 / us;
        for number in 0..count {
            let late = if number % 3 == 0 { late_us } else { 0 };
            let at = from.1 + number * us + late;
            length.observe(from.0 + number.unsigned_abs(), MonotonicUs(at));
        }
        (from.0 + count.unsigned_abs(), from.1 + count * us)
    }

    #[test]
    fn report_04_spans_are_time_whatever_the_length_of_slots() {
        let minute = Duration::from_secs(60);
        for (us, slots) in [
            (400_000, 150),
            (200_000, 300),
            (50_000, 1_200),
            (412_000, 150),
            (388_000, 150),
        ] {
            let mut length = SlotLength::default();
            assert_eq!(length.length(), None);
            watch(&mut length, (1_000, 0), us, 60, 150_000);
            let measured = length.length().unwrap();
            assert_eq!(slots_of(minute, measured), slots, "slots of {us} us");
        }
    }

    #[test]
    fn a_match_pins_a_twentieth_more_than_slots_are_long() {
        for (us, pinned) in [
            (400_000, 420_000),
            (100_000, 105_000),
            (50_000, 100_000),
            (900_000, 600_000),
        ] {
            let mut length = SlotLength::default();
            assert_eq!(length.pinned_us(), None);
            watch(&mut length, (1_000, 0), us, 40, 20_000);
            let found = length.pinned_us().unwrap();
            assert!(
                found.abs_diff(pinned) <= pinned / 50,
                "{found} for slots of {us} us"
            );
        }
    }

    #[test]
    fn a_slot_out_of_the_future_is_forgotten_unless_the_chain_gets_there() {
        let at = |seconds: i64| MonotonicUs(seconds * 1_000_000);
        let mut newest = Newest::default();
        assert_eq!(newest.slot(), 0);
        newest.observe(1_000, at(0));
        newest.observe(11_000, at(1));
        newest.observe(1_003, at(2));
        assert_eq!(newest.slot(), 11_000, "it may be that the others lag");
        newest.observe(1_030, at(12));
        assert_eq!(newest.slot(), 1_030, "nobody repeats it");
        // A chain that jumped goes on from there.
        for second in 13..40i64 {
            newest.observe(11_000 + second.unsigned_abs(), at(second));
            newest.observe(1_030, at(second));
        }
        assert_eq!(newest.slot(), 11_039);
        // A chain that stands still repeats its last slot.
        for second in 40..80i64 {
            newest.observe(11_039, at(second));
            newest.observe(11_030, at(second));
        }
        assert_eq!(newest.slot(), 11_039);
        assert!(can_be(11_050, 11_039) && !can_be(21_000, 11_039));
    }

    #[test]
    fn a_slot_out_of_the_future_does_not_end_the_measuring() {
        let mut length = SlotLength::default();
        let at = watch(&mut length, (0, 0), 400_000, 20, 0);
        length.observe(1_000_000, MonotonicUs(at.1));
        watch(&mut length, at, 200_000, 30, 0);
        assert_eq!(length.length(), Some(Duration::from_millis(200)));
    }

    #[test]
    fn report_04_slots_that_become_shorter_are_noticed_and_halts_are_not() {
        let mut length = SlotLength::default();
        let at = watch(&mut length, (0, 0), 400_000, 60, 0);
        assert_eq!(length.length(), Some(Duration::from_millis(400)));
        // The chain halts for five minutes.
        let at = watch(&mut length, (at.0, at.1 + 300_000_000), 400_000, 20, 0);
        assert_eq!(length.length(), Some(Duration::from_millis(400)));
        watch(&mut length, at, 200_000, 20, 0);
        assert_eq!(length.length(), Some(Duration::from_millis(200)));
    }
}
