//! How long a slot takes, measured: spans are chosen in time, and the chain counts in slots.
//!
//! The network's slots fall from 400 to 200 ms; a number of slots that meant a minute means half of one then. Invariants:
//! only the monotonic clock and the chain's own block times are read; a chain that stands still, or an endpoint that jumps,
//! does not count as a slot time.

use std::time::{Duration, Instant};

use super::handle::RpcPool;
use crate::error::Error;

/// What the network aims at today; believed until something is measured.
const NOMINAL: Duration = Duration::from_millis(400);

/// Anything beyond is no slot time: a halt, or an endpoint that jumped.
const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(2);

/// Weight of the newest reading for each slot that it spans, and the most that one reading weighs.
const WEIGHT_PER_SLOT: f64 = 0.005;
const WEIGHT_MAX: f64 = 0.2;

/// Slots between the two block times that [`RpcPool::slot_time`] compares: block times are whole seconds.
const SPAN_SLOTS: u64 = 300;

/// Blocks tried on each side, as slots are skipped.
const TRIES: u64 = 4;

/// A moving average of the time between slots.
#[derive(Debug, Clone, Copy)]
pub struct SlotTime {
    average: Duration,
    last: Option<(u64, Instant)>,
}

impl Default for SlotTime {
    fn default() -> Self {
        Self::starting_at(NOMINAL)
    }
}

impl SlotTime {
    /// Begins with what was measured before, for instance by [`RpcPool::slot_time`].
    pub fn starting_at(average: Duration) -> Self {
        Self {
            average: average.clamp(SHORTEST, LONGEST),
            last: None,
        }
    }

    /// Takes in that `slot` was the newest at `at`. Slots that are not newer change nothing.
    pub fn observe(&mut self, slot: u64, at: Instant) {
        let Some((last_slot, last_at)) = self.last else {
            self.last = Some((slot, at));
            return;
        };
        if slot <= last_slot {
            return;
        }
        self.last = Some((slot, at));
        let slots = (slot - last_slot) as f64; // a rate: precision does not matter
        let per_slot = at.saturating_duration_since(last_at).div_f64(slots);
        if (SHORTEST..=LONGEST).contains(&per_slot) {
            let weight = (slots * WEIGHT_PER_SLOT).min(WEIGHT_MAX);
            self.average = self.average.mul_f64(1.0 - weight) + per_slot.mul_f64(weight);
        }
    }

    /// One slot.
    pub fn per_slot(&self) -> Duration {
        self.average
    }

    /// So many slots, as time.
    pub fn of_slots(&self, slots: u64) -> Duration {
        let slots = u32::try_from(slots).unwrap_or(u32::MAX);
        self.average.saturating_mul(slots)
    }

    /// A span of time in slots, rounded up: never a deadline earlier than meant.
    pub fn slots_in(&self, span: Duration) -> u64 {
        let slots = span.as_nanos().div_ceil(self.average.as_nanos().max(1));
        u64::try_from(slots).unwrap_or(u64::MAX)
    }
}

impl RpcPool {
    /// The slot time of the last few hundred slots, by the chain's own block times. `None` where they do not tell: a chain
    /// that has just begun, or an endpoint without old blocks.
    ///
    /// # Errors
    /// When the current slot cannot be read.
    pub async fn slot_time(&self) -> Result<Option<Duration>, Error> {
        let tip = self.slot().await?;
        let Some(late) = self.block_near(tip.saturating_sub(TRIES)).await else {
            return Ok(None);
        };
        let Some(early) = self.block_near(tip.saturating_sub(SPAN_SLOTS + 2 * TRIES)).await else {
            return Ok(None);
        };
        Ok(between(early, late))
    }

    /// A block at `slot` or a little before, with its time.
    async fn block_near(&self, slot: u64) -> Option<(u64, i64)> {
        for back in 0..TRIES {
            let slot = slot.checked_sub(back)?;
            // A skipped slot is an error with some nodes, and no answer with others.
            if let Ok(Some(seconds)) = self.block_time(slot).await {
                return Some((slot, seconds));
            }
        }
        None
    }
}

/// The slot time between two blocks, if it is one.
fn between(early: (u64, i64), late: (u64, i64)) -> Option<Duration> {
    let slots = u32::try_from(late.0.checked_sub(early.0)?).ok()?;
    let seconds = u64::try_from(late.1.checked_sub(early.1)?).ok()?;
    let per_slot = Duration::from_secs(seconds).checked_div(slots)?;
    (SHORTEST..=LONGEST).contains(&per_slot).then_some(per_slot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_04_the_average_follows_the_chain_and_ignores_halts() {
        let mut time = SlotTime::default();
        let mut now = Instant::now();
        assert_eq!(time.slots_in(Duration::from_secs(60)), 150);
        for slot in 1..2_000 {
            now += Duration::from_millis(200);
            time.observe(slot, now);
        }
        let per_slot = time.per_slot();
        assert!(per_slot.abs_diff(Duration::from_millis(200)) < Duration::from_millis(2));
        // A halt of ten minutes, a slot told twice and a jump of an endpoint.
        now += Duration::from_secs(600);
        time.observe(2_000, now);
        time.observe(2_000, now + Duration::from_secs(1));
        time.observe(9_000, now + Duration::from_secs(2));
        assert_eq!(time.per_slot(), per_slot);
        let minute = time.slots_in(Duration::from_secs(60));
        assert!((298..=303).contains(&minute), "{minute}");
        assert!(time.of_slots(minute) >= Duration::from_secs(60));
    }

    #[test]
    fn block_times_tell_and_nonsense_does_not() {
        let told = |early, late| between(early, late);
        assert_eq!(told((100, 1_000), (400, 1_060)), Some(Duration::from_millis(200)));
        assert_eq!(told((100, 1_000), (100, 1_060)), None);
        assert_eq!(told((400, 1_000), (100, 1_060)), None);
        assert_eq!(told((100, 1_000), (400, 900)), None);
        assert_eq!(told((100, 1_000), (400, 1_000)), None);
        assert_eq!(told((100, 0), (400, 1_700_000_000)), None);
    }
}
