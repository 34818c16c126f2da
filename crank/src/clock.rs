//! Time, as a seam: everything that asks what time it is asks a [`Clock`].

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Microseconds of a clock that never jumps. Its zero means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonotonicUs(pub i64);

impl MonotonicUs {
    /// This moment plus `us` microseconds (minus, if negative).
    pub fn plus(self, us: i64) -> MonotonicUs {
        MonotonicUs(self.0.saturating_add(us))
    }

    /// Microseconds from `earlier` to this moment; negative if it is later.
    pub fn since(self, earlier: MonotonicUs) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// What the crank knows about time.
pub trait Clock: Send + Sync + 'static {
    /// Microseconds since the Unix epoch. May jump when the machine's clock is set.
    fn unix_us(&self) -> i64;

    /// A clock that never jumps, for deadlines.
    fn monotonic(&self) -> MonotonicUs;

    /// Milliseconds since the Unix epoch.
    fn unix_ms(&self) -> i64 {
        self.unix_us().div_euclid(1_000)
    }

    /// Milliseconds of the clock that never jumps: for waits, retries and spans. Their zero means nothing.
    fn monotonic_ms(&self) -> i64 {
        self.monotonic().0.div_euclid(1_000)
    }

    /// When something happened that is dated in Unix milliseconds, on the clock that never jumps; now, if
    /// that lies in the future.
    fn monotonic_ms_of(&self, unix_ms: i64) -> i64 {
        let age_ms = self.unix_ms().saturating_sub(unix_ms);
        self.monotonic_ms().saturating_sub(age_ms.max(0))
    }
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn unix_us(&self) -> i64 {
        // Before 1970 and after the year 290,000 the saturated ends are as good as anything.
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(_) => 0,
        }
    }

    fn monotonic(&self) -> MonotonicUs {
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        let elapsed = ORIGIN.get_or_init(Instant::now).elapsed();
        MonotonicUs(i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX))
    }
}
