//! Waiting between tries of something that fails.

/// First and longest wait.
const FIRST_MS: i64 = 250;
const LONGEST_MS: i64 = 5_000;

/// When something that failed is tried again. Times are milliseconds of the clock that never jumps.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pause {
    until_ms: Option<i64>,
    failures: u32,
}

impl Pause {
    /// It failed. Whether for the first time in a row: then it is said.
    pub(crate) fn fail(&mut self, now_ms: i64) -> bool {
        let wait_ms = FIRST_MS
            .saturating_mul(1 << self.failures.min(16))
            .min(LONGEST_MS);
        self.until_ms = Some(now_ms.saturating_add(wait_ms));
        self.failures = self.failures.saturating_add(1);
        self.failures == 1
    }

    /// It went well.
    pub(crate) fn end(&mut self) {
        *self = Pause::default();
    }

    /// Whether it may be tried.
    pub(crate) fn is_over(&self, now_ms: i64) -> bool {
        self.until_ms.is_none_or(|until| now_ms >= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_longest_and_only_the_first_failure_is_said() {
        let mut pause = Pause::default();
        assert!(pause.is_over(0));
        let mut now_ms = 0;
        let mut said = 0;
        for wait_ms in [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000] {
            said += u32::from(pause.fail(now_ms));
            assert!(!pause.is_over(now_ms + wait_ms - 1));
            now_ms += wait_ms;
            assert!(pause.is_over(now_ms), "after {wait_ms} ms");
        }
        assert_eq!(said, 1);
        pause.end();
        assert!(pause.fail(now_ms), "after a success the next failure is news");
    }
}
