//! A token bucket: so many a second on average, so many at once.

use std::time::{Duration, Instant};

/// Refills continuously up to its size.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    per_second: f64,
    burst: f64,
    filled: f64,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst);
        Self {
            per_second: f64::from(per_second),
            burst,
            filled: burst,
            at: now,
        }
    }

    /// Takes `amount` if it is there.
    pub(crate) fn take(&mut self, amount: f64, now: Instant) -> bool {
        self.refill(now);
        let enough = self.filled >= amount;
        if enough {
            self.filled -= amount;
        }
        enough
    }

    /// Takes `amount` whether it is there or not; what is missing is owed, and refilled first.
    pub(crate) fn spend(&mut self, amount: f64, now: Instant) {
        self.refill(now);
        self.filled -= amount;
    }

    /// How long until nothing is owed any more.
    pub(crate) fn debt(&mut self, now: Instant) -> Duration {
        self.refill(now);
        Duration::from_secs_f64((-self.filled / self.per_second).max(0.0))
    }

    /// Whether nothing was taken for so long that it is as good as new.
    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.filled >= self.burst
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.filled = (self.filled + elapsed * self.per_second).min(self.burst);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_at_once_and_the_rate_after_it() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 5, start);
        assert_eq!((0..20).filter(|_| bucket.take(1.0, start)).count(), 5);
        let later = start + Duration::from_millis(310);
        assert_eq!((0..20).filter(|_| bucket.take(1.0, later)).count(), 3);
        assert!(!bucket.is_full(later));
        assert!(bucket.is_full(later + Duration::from_secs(1)));
        assert!(
            !bucket.take(6.0, later + Duration::from_secs(100)),
            "never more than a burst"
        );
    }

    #[test]
    fn what_is_spent_beyond_the_burst_is_waited_for() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 5, start);
        bucket.spend(5.0, start);
        assert_eq!(bucket.debt(start), Duration::ZERO);
        bucket.spend(20.0, start);
        assert_eq!(bucket.debt(start), Duration::from_secs(2));
        assert_eq!(
            bucket.debt(start + Duration::from_secs(1)),
            Duration::from_secs(1)
        );
        assert_eq!(bucket.debt(start + Duration::from_secs(3)), Duration::ZERO);
        assert!(
            bucket.take(5.0, start + Duration::from_secs(3)),
            "an absence is no debt"
        );
    }
}
