//! Exponential back-off with jitter.
//!
//! Owns the waiting times between attempts, nothing else: whether an attempt may be repeated is decided by the caller.
//! Jitter is not optional, because a fleet that retries in step keeps a recovering node down.

use std::time::Duration;

use rand::Rng;

/// How long to wait between attempts, and how many attempts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Upper bound of the first wait.
    pub first: Duration,
    /// Upper bound of every wait; doubling stops here.
    pub max: Duration,
    /// Attempts in all, the first one included. At least 1.
    pub attempts_max: u32,
}

impl Backoff {
    /// For requests a caller waits for: five attempts within about four seconds.
    pub const REQUEST: Self = Self {
        first: Duration::from_millis(250),
        max: Duration::from_secs(4),
        attempts_max: 5,
    };

    /// For connections that are re-made for ever: from a quarter of a second up to half a minute.
    pub const RECONNECT: Self = Self {
        first: Duration::from_millis(250),
        max: Duration::from_secs(30),
        attempts_max: u32::MAX,
    };

    /// The wait after failed attempt number `attempt` (0 = the first): uniform between one half and the whole of
    /// `min(max, first · 2^attempt)`. The lower half stays so that a retry never follows at once.
    pub fn wait(&self, attempt: u32) -> Duration {
        let whole = self
            .first
            .saturating_mul(1u32.checked_shl(attempt.min(31)).unwrap_or(u32::MAX))
            .min(self.max);
        whole.mul_f64(rand::thread_rng().gen_range(0.5..=1.0))
    }

    /// Whether attempt number `attempt` (0 = the first) was the last one.
    pub const fn is_last(&self, attempt: u32) -> bool {
        attempt.saturating_add(1) >= self.attempts_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_are_jittered_and_are_capped() {
        let backoff = Backoff {
            first: Duration::from_millis(100),
            max: Duration::from_secs(1),
            attempts_max: 3,
        };
        for (attempt, whole_ms) in [
            (0, 100),
            (1, 200),
            (2, 400),
            (3, 800),
            (4, 1000),
            (40, 1000),
            (u32::MAX, 1000),
        ] {
            let waits: Vec<_> = (0..200).map(|_| backoff.wait(attempt)).collect();
            let whole = Duration::from_millis(whole_ms);
            assert!(
                waits.iter().all(|w| *w >= whole / 2 && *w <= whole),
                "attempt {attempt}: {waits:?}"
            );
            assert!(
                waits.iter().any(|w| *w != waits[0]),
                "no jitter at attempt {attempt}"
            );
        }
        assert!(!backoff.is_last(1));
        assert!(backoff.is_last(2));
        assert!(backoff.is_last(u32::MAX));
    }
}
