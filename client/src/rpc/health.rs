//! What is known of one endpoint: whether to ask it now.
//!
//! Owns the circuit breaker, the rest that a rate limit asks for, latency and lag, as a pure function of what happened and
//! when. Absent on purpose: clocks, sockets, and the choice among endpoints.

use std::time::{Duration, Instant};

use super::backoff::Backoff;

/// Failures in a row that open the circuit.
const FAILURES_MAX: u32 = 3;

/// How long the circuit stays open: from two seconds to a minute, each time longer.
const OPEN: Backoff = Backoff {
    first: Duration::from_secs(2),
    max: Duration::from_secs(60),
    attempts_max: u32::MAX,
};

/// An endpoint that does not want us at all (no such key, nothing there) is asked again this seldom.
const UNFIT: Backoff = Backoff {
    first: Duration::from_secs(60),
    max: Duration::from_secs(60),
    attempts_max: u32::MAX,
};

/// The rest after a rate limit that names no time.
const REST: Backoff = Backoff {
    first: Duration::from_secs(1),
    max: Duration::from_secs(30),
    attempts_max: u32::MAX,
};

/// After an open circuit one request tries the endpoint; the others stay away for so long.
const PROBE: Duration = Duration::from_secs(5);

/// Weight of the newest latency in the moving average.
const LATENCY_WEIGHT: f64 = 0.2;

/// Latencies below this are as good as each other.
const LATENCY_FLOOR_MS: u128 = 16;

/// Whether an endpoint may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// Yes; how gladly: less is better.
    Ready {
        /// Its slot is far behind the best.
        behind: bool,
        /// Latencies within a factor of two are the same class.
        latency_class: u32,
    },
    /// Its circuit is open.
    Open,
    /// It asked to be left alone until then.
    Resting(Instant),
}

/// The state of one endpoint.
#[derive(Debug, Default)]
pub(super) struct Health {
    failures: u32,
    openings: u32,
    open_until: Option<Instant>,
    limits: u32,
    rest_until: Option<Instant>,
    latency: Option<Duration>,
    lag_slots: u64,
}

impl Health {
    pub(super) fn standing(&self, now: Instant, lag_slots_max: u64) -> Standing {
        if let Some(until) = self.rest_until.filter(|until| now < *until) {
            return Standing::Resting(until);
        }
        if self.open_until.is_some_and(|until| now < until) {
            return Standing::Open;
        }
        let latency_ms = self.latency.map_or(0, |latency| latency.as_millis());
        Standing::Ready {
            behind: self.lag_slots > lag_slots_max,
            latency_class: (latency_ms / LATENCY_FLOOR_MS).max(1).ilog2(),
        }
    }

    /// A request goes there. The first one after an open circuit keeps the others away until it is answered.
    pub(super) fn begin(&mut self, now: Instant) {
        if self.open_until.is_some_and(|until| now >= until) {
            self.open_until = Some(now + PROBE);
        }
    }

    /// It answered, and be it with a refusal of the request.
    pub(super) fn answered(&mut self, took: Duration) {
        self.failures = 0;
        self.openings = 0;
        self.open_until = None;
        self.limits = 0;
        self.latency = Some(match self.latency {
            Some(before) => before.mul_f64(1.0 - LATENCY_WEIGHT) + took.mul_f64(LATENCY_WEIGHT),
            None => took,
        });
    }

    /// It broke: no connection, no answer in time, a server error.
    pub(super) fn broke(&mut self, now: Instant, retry_after: Option<Duration>) {
        self.failures = self.failures.saturating_add(1);
        if let Some(rest) = retry_after {
            self.rest_until = Some(now + rest);
        }
        if self.failures >= FAILURES_MAX {
            self.open_until = Some(now + OPEN.wait(self.openings));
            self.openings = self.openings.saturating_add(1);
        }
    }

    /// It does not serve us.
    pub(super) fn refused_us(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        self.open_until = Some(now + UNFIT.wait(0));
    }

    /// It asked for a pause.
    pub(super) fn limited(&mut self, now: Instant, retry_after: Option<Duration>) {
        let rest = retry_after.unwrap_or_else(|| REST.wait(self.limits));
        self.limits = self.limits.saturating_add(1);
        let until = now + rest;
        self.rest_until = Some(self.rest_until.map_or(until, |earlier| earlier.max(until)));
    }

    pub(super) fn set_lag(&mut self, slots: u64) {
        self.lag_slots = slots;
    }

    pub(super) fn lag_slots(&self) -> u64 {
        self.lag_slots
    }

    /// Moving average of its answers.
    pub(super) fn latency(&self) -> Option<Duration> {
        self.latency
    }
}

/// How far each endpoint is behind, from slots they named at about the same time. The best is the highest slot, among three
/// and more the second highest: one that runs ahead of everybody is wrong by itself.
pub(super) fn lags(slots: &[u64]) -> Vec<u64> {
    let mut sorted = slots.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let best = sorted.get(usize::from(sorted.len() > 2)).copied().unwrap_or(0);
    slots.iter().map(|slot| best.saturating_sub(*slot)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAG_MAX: u64 = 25;

    fn is_ready(health: &Health, at: Instant) -> bool {
        matches!(
            health.standing(at, LAG_MAX),
            Standing::Ready { behind: false, .. }
        )
    }

    #[test]
    fn three_failures_open_the_circuit_and_one_probe_closes_it() {
        let now = Instant::now();
        let mut health = Health::default();
        health.broke(now, None);
        health.broke(now, None);
        assert!(is_ready(&health, now));
        health.broke(now, None);
        assert_eq!(health.standing(now, LAG_MAX), Standing::Open);
        // Jittered: from a half to the whole.
        assert_eq!(
            health.standing(now + Duration::from_millis(900), LAG_MAX),
            Standing::Open
        );
        let later = now + Duration::from_secs(2);
        assert!(is_ready(&health, later));
        health.begin(later);
        assert_eq!(
            health.standing(later, LAG_MAX),
            Standing::Open,
            "a second one went along"
        );
        // The probe fails: longer than before.
        health.broke(later, None);
        assert_eq!(
            health.standing(later + Duration::from_millis(1_900), LAG_MAX),
            Standing::Open
        );
        let last = later + Duration::from_secs(4);
        health.begin(last);
        health.answered(Duration::from_millis(5));
        assert!(is_ready(&health, last));
        health.broke(last, None);
        assert!(is_ready(&health, last), "failures are counted in a row");
    }

    #[test]
    fn a_rate_limit_is_a_rest_as_long_as_it_says() {
        let now = Instant::now();
        let mut health = Health::default();
        let three = Duration::from_secs(3);
        health.limited(now, Some(three));
        assert_eq!(health.standing(now, LAG_MAX), Standing::Resting(now + three));
        // An answer to an earlier request does not end it, and a shorter one does not shorten it.
        health.answered(Duration::from_millis(5));
        health.limited(now, Some(Duration::from_secs(1)));
        assert_eq!(health.standing(now, LAG_MAX), Standing::Resting(now + three));
        assert!(is_ready(&health, now + three));
        // Without a time: growing.
        let mut health = Health::default();
        for _ in 0..8 {
            health.limited(now, None);
        }
        assert!(
            matches!(health.standing(now, LAG_MAX), Standing::Resting(until) if until >= now + Duration::from_secs(15))
        );
    }

    #[test]
    fn latency_is_averaged_and_classed() {
        let now = Instant::now();
        let mut health = Health::default();
        let class = |health: &Health| match health.standing(now, LAG_MAX) {
            Standing::Ready { latency_class, .. } => latency_class,
            other => panic!("{other:?}"),
        };
        health.answered(Duration::from_millis(30));
        assert_eq!(class(&health), 0);
        for _ in 0..50 {
            health.answered(Duration::from_millis(200));
        }
        assert_eq!(class(&health), 3);
        let latency = health.latency().unwrap();
        assert!(
            latency > Duration::from_millis(195) && latency <= Duration::from_millis(200),
            "{latency:?}"
        );
    }

    #[test]
    fn who_is_behind() {
        assert_eq!(lags(&[]), [] as [u64; 0]);
        assert_eq!(lags(&[100]), [0]);
        assert_eq!(lags(&[100, 60]), [0, 40]);
        // One from the future does not make everybody late.
        assert_eq!(lags(&[9_000, 100, 98]), [0, 0, 2]);
        let mut health = Health::default();
        health.set_lag(LAG_MAX + 1);
        assert!(matches!(
            health.standing(Instant::now(), LAG_MAX),
            Standing::Ready { behind: true, .. }
        ));
    }
}
