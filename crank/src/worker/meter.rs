//! What tick threads measure: how many ticks, and how late they began.

use std::sync::atomic::{AtomicU64, Ordering};

use bus::InputOutcome;
use protocol::codes::RejectReason;

/// Width of a bucket, microseconds.
const BUCKET_US: i64 = 50;
/// Buckets up to 20 ms; the last takes everything later.
const BUCKETS: usize = 401;
/// A tick that begins later than this counts as an overrun: more than half a tick.
const OVERRUN_US: i64 = 8_333;

/// Counts of all tick threads. Reading takes no lock.
#[derive(Debug)]
pub struct TickMeter {
    overruns: AtomicU64,
    buckets: [AtomicU64; BUCKETS],
}

impl Default for TickMeter {
    fn default() -> Self {
        Self {
            overruns: AtomicU64::new(0),
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

/// How late ticks began, over all ticks since some earlier reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lateness {
    counts: Vec<u64>,
    /// Ticks that began more than half a tick late.
    pub overruns: u64,
}

impl TickMeter {
    /// Notes a tick that began `late_us` after its deadline.
    pub fn record(&self, late_us: i64) {
        let bucket = usize::try_from(late_us.max(0) / BUCKET_US)
            .unwrap_or(BUCKETS)
            .min(BUCKETS - 1);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        if late_us > OVERRUN_US {
            self.overruns.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// All that was counted so far.
    pub fn reading(&self) -> Lateness {
        Lateness {
            counts: self
                .buckets
                .iter()
                .map(|bucket| bucket.load(Ordering::Relaxed))
                .collect(),
            overruns: self.overruns.load(Ordering::Relaxed),
        }
    }
}

impl Lateness {
    /// What was counted since `earlier`.
    pub fn since(&self, earlier: &Lateness) -> Lateness {
        Lateness {
            counts: self
                .counts
                .iter()
                .zip(&earlier.counts)
                .map(|(now, then)| now.saturating_sub(*then))
                .collect(),
            overruns: self.overruns.saturating_sub(earlier.overruns),
        }
    }

    /// Ticks made.
    pub fn ticks(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Microseconds within which `permille` of 1,000 ticks began, to the next 50; `None` without ticks. 20,050 stands for
    /// anything later than 20 ms.
    pub fn quantile_us(&self, permille: u64) -> Option<i64> {
        let ticks = self.ticks();
        let rank = (ticks * permille.min(1_000)).div_ceil(1_000).max(1);
        let mut seen = 0;
        let bucket = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        })?;
        i64::try_from(bucket + 1).ok().map(|buckets| buckets * BUCKET_US)
    }
}

/// Counts one answered input.
pub(crate) fn count_input(outcome: &InputOutcome) {
    match outcome {
        Ok(_) => metrics::counter!("aurelius_inputs_accepted_total").increment(1),
        Err(rejected) => {
            metrics::counter!("aurelius_inputs_rejected_total", "reason" => reason_name(rejected.reason))
                .increment(1);
        }
    }
}

/// The reason as a metric's label.
fn reason_name(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::UnknownMatch => "unknown_match",
        RejectReason::NotStarted => "not_started",
        RejectReason::Ended => "ended",
        RejectReason::NotAuthenticated => "not_authenticated",
        RejectReason::UnknownPlayer => "unknown_player",
        RejectReason::NotYourWarrior => "not_your_warrior",
        RejectReason::WarriorAbsent => "warrior_absent",
        RejectReason::BadHeading => "bad_heading",
        RejectReason::WrongSequence => "wrong_sequence",
        RejectReason::WrongPrevious => "wrong_previous",
        RejectReason::BadSignature => "bad_signature",
        RejectReason::TickInFuture => "tick_in_future",
        RejectReason::TickTooOld => "tick_too_old",
        RejectReason::TooManyChanges => "too_many_changes",
        RejectReason::RateLimited => "rate_limited",
        RejectReason::Busy => "busy",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_upper_ends_of_buckets() {
        let meter = TickMeter::default();
        let before = meter.reading();
        assert_eq!(before.quantile_us(990), None);
        for late in 0..100 {
            meter.record(late * 10);
        }
        meter.record(-5);
        meter.record(1_000_000);
        let reading = meter.reading().since(&before);
        assert_eq!((reading.ticks(), reading.overruns), (102, 1));
        assert_eq!(reading.quantile_us(0), Some(50));
        assert_eq!(reading.quantile_us(500), Some(500));
        assert_eq!(reading.quantile_us(990), Some(1_000));
        assert_eq!(reading.quantile_us(1_000), Some(20_050));
        assert_eq!(meter.reading().since(&meter.reading()).ticks(), 0);
    }
}
