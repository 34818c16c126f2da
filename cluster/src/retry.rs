//! When to try again what Redis did not do.

use std::time::Duration;

use rand::Rng;

/// Pauses that grow with every failure, each somewhat random so that not everybody comes back at once.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    first: Duration,
    last: Duration,
    failures: u32,
}

impl Backoff {
    /// No failure yet.
    pub const fn new(first: Duration, last: Duration) -> Self {
        Self {
            first,
            last,
            failures: 0,
        }
    }

    /// It worked.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// It failed. How long to wait now.
    pub fn pause(&mut self) -> Duration {
        let doubled = self.first.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        doubled
            .min(self.last)
            .mul_f64(rand::thread_rng().gen_range(0.75..1.25))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(50), ms(1_000));
        for expected in [50, 100, 200, 400, 800, 1_000, 1_000] {
            let pause = backoff.pause();
            assert!(
                pause >= ms(expected * 3 / 4) && pause <= ms(expected * 5 / 4),
                "{pause:?}"
            );
        }
        for _ in 0..100 {
            assert!(backoff.pause() <= ms(1_250));
        }
        backoff.reset();
        assert!(backoff.pause() < ms(70));
    }
}
