//! At most once a second: for what is counted against a wallet, where a flood is one offence and not a
//! thousand.

use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_secs(1);

/// When it was last allowed.
#[derive(Debug, Clone, Default)]
pub(crate) struct OncePerSecond {
    at: Option<Instant>,
}

impl OncePerSecond {
    /// Whether a second has passed since it was last allowed.
    pub(crate) fn allows(&mut self, now: Instant) -> bool {
        let lately = |at: Instant| now.saturating_duration_since(at) < PAUSE;
        if self.at.is_some_and(lately) {
            return false;
        }
        self.at = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_counts_once_a_second() {
        let start = Instant::now();
        let mut once = OncePerSecond::default();
        let allowed = (0..2_500u64).filter(|ms| once.allows(start + Duration::from_millis(*ms)));
        assert_eq!(allowed.collect::<Vec<_>>(), [0, 1_000, 2_000]);
    }
}
