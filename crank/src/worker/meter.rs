//! What tick threads measure: how many ticks, how late they began, and how long they took.

use std::sync::atomic::{AtomicU64, Ordering};

use bus::Rejected;
use protocol::codes::RejectReason;

/// Width of a bucket, microseconds.
const BUCKET_US: i64 = 50;
/// Buckets up to 20 ms; the last takes everything later.
const BUCKETS: usize = 401;
/// Width of a bucket of durations, microseconds: the last takes everything from 2 ms on.
const DURATION_BUCKET_US: i64 = 5;
/// A tick that begins later than this counts as an overrun: more than half a tick.
const OVERRUN_US: i64 = 8_333;

/// Counts of all tick threads. Reading takes no lock.
#[derive(Debug)]
pub struct TickMeter {
    overruns: AtomicU64,
    buckets: [AtomicU64; BUCKETS],
    durations: [AtomicU64; BUCKETS],
}

impl Default for TickMeter {
    fn default() -> Self {
        Self {
            overruns: AtomicU64::new(0),
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
            durations: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

/// How late ticks began and how long they took, over all ticks since some earlier reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lateness {
    counts: Vec<u64>,
    durations: Vec<u64>,
    /// Ticks that began more than half a tick late.
    pub overruns: u64,
}

impl TickMeter {
    /// Notes a tick that began `late_us` after its deadline.
    pub fn record(&self, late_us: i64) {
        count(&self.buckets, late_us, BUCKET_US);
        if late_us > OVERRUN_US {
            self.overruns.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes that a tick took `us`: its step, its inputs' log, its frame, and what was delivered right before
    /// it.
    pub fn took(&self, us: i64) {
        count(&self.durations, us, DURATION_BUCKET_US);
    }

    /// All that was counted so far.
    pub fn reading(&self) -> Lateness {
        Lateness {
            counts: self.buckets.iter().map(read).collect(),
            durations: self.durations.iter().map(read).collect(),
            overruns: read(&self.overruns),
        }
    }
}

fn count(buckets: &[AtomicU64; BUCKETS], us: i64, width_us: i64) {
    let bucket = usize::try_from(us.max(0) / width_us)
        .unwrap_or(BUCKETS)
        .min(BUCKETS - 1);
    buckets[bucket].fetch_add(1, Ordering::Relaxed);
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Lateness {
    /// What was counted since `earlier`.
    pub fn since(&self, earlier: &Lateness) -> Lateness {
        Lateness {
            counts: added(&self.counts, &earlier.counts),
            durations: added(&self.durations, &earlier.durations),
            overruns: self.overruns.saturating_sub(earlier.overruns),
        }
    }

    /// Ticks made.
    pub fn ticks(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Microseconds within which `permille` of 1,000 ticks began, to the next 50; `None` without ticks.
    /// 20,050 stands for anything later than 20 ms.
    pub fn quantile_us(&self, permille: u64) -> Option<i64> {
        quantile_us(&self.counts, permille, BUCKET_US)
    }

    /// Microseconds that `permille` of 1,000 ticks took at most, to the next 5; `None` without ticks. 2,005
    /// stands for anything longer than 2 ms.
    pub fn duration_us(&self, permille: u64) -> Option<i64> {
        quantile_us(&self.durations, permille, DURATION_BUCKET_US)
    }
}

fn added(now: &[u64], then: &[u64]) -> Vec<u64> {
    now.iter()
        .zip(then)
        .map(|(now, then)| now.saturating_sub(*then))
        .collect()
}

/// The upper end of the bucket with the value of this rank.
fn quantile_us(counts: &[u64], permille: u64, width_us: i64) -> Option<i64> {
    let all: u64 = counts.iter().sum();
    let rank = (all * permille.min(1_000)).div_ceil(1_000).max(1);
    let mut seen = 0;
    let bucket = counts.iter().position(|count| {
        seen += count;
        seen >= rank
    })?;
    i64::try_from(bucket + 1).ok().map(|buckets| buckets * width_us)
}

/// Counts one answered input.
pub(crate) fn count_input<T>(outcome: &Result<T, Rejected>) {
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
        RejectReason::Muted => "muted",
        RejectReason::Unchanged => "unchanged",
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

    #[test]
    fn durations_have_buckets_of_their_own() {
        let meter = TickMeter::default();
        assert_eq!(meter.reading().duration_us(990), None);
        (0..99).for_each(|_| meter.took(12));
        meter.took(50_000);
        let reading = meter.reading();
        assert_eq!(reading.ticks(), 0, "how long is not how late");
        assert_eq!(reading.duration_us(990), Some(15));
        assert_eq!(reading.duration_us(1_000), Some(2_005));
        assert_eq!(reading.since(&reading).duration_us(990), None);
    }
}
