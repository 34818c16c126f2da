//! What is known of one endpoint: whether to ask it now.
//!
//! Owns the circuit breakers, one for each class of methods, the rest that a rate limit asks for, latency and lag, as a
//! pure function of what happened and when. Absent on purpose: clocks, sockets, and the choice among endpoints.

use std::time::{Duration, Instant};

use super::method::Class;
use crate::backoff::Backoff;

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
    /// By [`Class::index`].
    classes: [ClassHealth; Class::COUNT],
    limits: u32,
    rest_until: Option<Instant>,
    latency: Option<Duration>,
    lag_slots: u64,
}

/// How well an endpoint answers the methods of one class.
#[derive(Debug, Default)]
struct ClassHealth {
    failures: u32,
    openings: u32,
    open_until: Option<Instant>,
    latency: Option<Duration>,
}

impl Health {
    pub(super) fn standing(&self, class: Class, now: Instant, lag_slots_max: u64) -> Standing {
        if let Some(until) = self.rest_until.filter(|until| now < *until) {
            return Standing::Resting(until);
        }
        let of = self.of(class);
        if of.open_until.is_some_and(|until| now < until) {
            return Standing::Open;
        }
        let latency_ms = of.latency.map_or(0, |latency| latency.as_millis());
        Standing::Ready {
            behind: self.lag_slots > lag_slots_max,
            latency_class: (latency_ms / LATENCY_FLOOR_MS).max(1).ilog2(),
        }
    }

    /// Whether requests of every class may go there.
    pub(super) fn is_ready(&self, now: Instant, lag_slots_max: u64) -> bool {
        Class::ALL
            .iter()
            .all(|class| matches!(self.standing(*class, now, lag_slots_max), Standing::Ready { .. }))
    }

    fn of(&self, class: Class) -> &ClassHealth {
        // The array has a place for each class.
        &self.classes[class.index()]
    }

    fn of_mut(&mut self, class: Class) -> &mut ClassHealth {
        &mut self.classes[class.index()]
    }

    /// A request goes there. The first one after an open circuit keeps the others away until it is answered.
    pub(super) fn begin(&mut self, class: Class, now: Instant) {
        let of = self.of_mut(class);
        if of.open_until.is_some_and(|until| now >= until) {
            of.open_until = Some(now + PROBE);
        }
    }

    /// It answered, and be it with a refusal of the request.
    pub(super) fn answered(&mut self, class: Class, took: Duration) {
        self.limits = 0;
        self.latency = Some(averaged(self.latency, took));
        let of = self.of_mut(class);
        *of = ClassHealth {
            latency: Some(averaged(of.latency, took)),
            ..ClassHealth::default()
        };
    }

    /// It broke: no answer in time, one that cannot be used, a server error. Gives whether this opened the circuit.
    pub(super) fn broke(&mut self, class: Class, now: Instant, retry_after: Option<Duration>) -> bool {
        if let Some(rest) = retry_after {
            self.rest_until = Some(now + rest);
        }
        let of = self.of_mut(class);
        of.failures = of.failures.saturating_add(1);
        if of.failures < FAILURES_MAX {
            return false;
        }
        of.open_until = Some(now + OPEN.wait(of.openings));
        of.openings = of.openings.saturating_add(1);
        of.openings == 1
    }

    /// Nothing came through to it: that says something about every class.
    pub(super) fn was_unreachable(&mut self, now: Instant) -> bool {
        // Every class is told, also after the first that opened.
        let opened = Class::ALL.map(|class| self.broke(class, now, None));
        opened.contains(&true)
    }

    /// It does not serve us.
    pub(super) fn refused_us(&mut self, class: Class, now: Instant) {
        let of = self.of_mut(class);
        of.failures = of.failures.saturating_add(1);
        of.open_until = Some(now + UNFIT.wait(0));
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

fn averaged(before: Option<Duration>, took: Duration) -> Duration {
    before.map_or(took, |before| {
        before.mul_f64(1.0 - LATENCY_WEIGHT) + took.mul_f64(LATENCY_WEIGHT)
    })
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
    const CLASS: Class = Class::Accounts;

    fn is_ready(health: &Health, at: Instant) -> bool {
        matches!(
            health.standing(CLASS, at, LAG_MAX),
            Standing::Ready { behind: false, .. }
        )
    }

    #[test]
    fn three_failures_open_the_circuit_and_one_probe_closes_it() {
        let now = Instant::now();
        let mut health = Health::default();
        health.broke(CLASS, now, None);
        health.broke(CLASS, now, None);
        assert!(is_ready(&health, now));
        health.broke(CLASS, now, None);
        assert_eq!(health.standing(CLASS, now, LAG_MAX), Standing::Open);
        // Jittered: from a half to the whole.
        assert_eq!(
            health.standing(CLASS, now + Duration::from_millis(900), LAG_MAX),
            Standing::Open
        );
        let later = now + Duration::from_secs(2);
        assert!(is_ready(&health, later));
        health.begin(CLASS, later);
        assert_eq!(
            health.standing(CLASS, later, LAG_MAX),
            Standing::Open,
            "a second one went along"
        );
        // The probe fails: longer than before.
        health.broke(CLASS, later, None);
        assert_eq!(
            health.standing(CLASS, later + Duration::from_millis(1_900), LAG_MAX),
            Standing::Open
        );
        let last = later + Duration::from_secs(4);
        health.begin(CLASS, last);
        health.answered(CLASS, Duration::from_millis(5));
        assert!(is_ready(&health, last));
        health.broke(CLASS, last, None);
        assert!(is_ready(&health, last), "failures are counted in a row");
    }

    #[test]
    fn a_rate_limit_is_a_rest_as_long_as_it_says() {
        let now = Instant::now();
        let mut health = Health::default();
        let three = Duration::from_secs(3);
        health.limited(now, Some(three));
        assert_eq!(
            health.standing(CLASS, now, LAG_MAX),
            Standing::Resting(now + three)
        );
        // An answer to an earlier request does not end it, and a shorter one does not shorten it.
        health.answered(CLASS, Duration::from_millis(5));
        health.limited(now, Some(Duration::from_secs(1)));
        assert_eq!(
            health.standing(CLASS, now, LAG_MAX),
            Standing::Resting(now + three)
        );
        assert!(is_ready(&health, now + three));
        // Without a time: growing.
        let mut health = Health::default();
        for _ in 0..8 {
            health.limited(now, None);
        }
        assert!(
            matches!(health.standing(CLASS, now, LAG_MAX), Standing::Resting(until) if until >= now + Duration::from_secs(15))
        );
    }

    #[test]
    fn latency_is_averaged_and_classed() {
        let now = Instant::now();
        let mut health = Health::default();
        let class = |health: &Health| match health.standing(CLASS, now, LAG_MAX) {
            Standing::Ready { latency_class, .. } => latency_class,
            other => panic!("{other:?}"),
        };
        health.answered(CLASS, Duration::from_millis(30));
        assert_eq!(class(&health), 0);
        for _ in 0..50 {
            health.answered(CLASS, Duration::from_millis(200));
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
            health.standing(CLASS, Instant::now(), LAG_MAX),
            Standing::Ready { behind: true, .. }
        ));
    }

    #[test]
    fn report_08_one_class_that_hangs_leaves_the_others_ready() {
        let now = Instant::now();
        let mut health = Health::default();
        for _ in 0..FAILURES_MAX {
            health.answered(Class::Tip, Duration::from_millis(1));
            health.broke(Class::Accounts, now, None);
        }
        let is_ready = |class| matches!(health.standing(class, now, LAG_MAX), Standing::Ready { .. });
        assert!(is_ready(Class::Tip) && !is_ready(Class::Accounts));
        assert!(!health.is_ready(now, LAG_MAX));
    }

    #[test]
    fn an_endpoint_that_cannot_be_reached_is_out_for_everything() {
        let now = Instant::now();
        let mut health = Health::default();
        let opened: Vec<bool> = (0..4).map(|_| health.was_unreachable(now)).collect();
        assert_eq!(opened, [false, false, true, false]);
        for class in Class::ALL {
            assert_eq!(health.standing(class, now, LAG_MAX), Standing::Open);
        }
    }
}
