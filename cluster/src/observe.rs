//! What is counted about Redis.

use metrics::{counter, describe_counter, Counter};

/// Handles of all metrics, made once.
#[derive(Clone)]
pub(crate) struct Metrics {
    /// Calls that ended with an error.
    pub(crate) errors: Counter,
    /// Messages that were to be published and were dropped.
    pub(crate) dropped: Counter,
    /// Connections that were lost or given up.
    pub(crate) disconnects: Counter,
    /// Times a follower of a channel was told that messages may be missing.
    pub(crate) gaps: Counter,
}

impl Metrics {
    /// Uses the recorder that is installed now, if any.
    pub(crate) fn new() -> Self {
        describe_counter!("redis_errors_total", "Calls to Redis that ended with an error");
        describe_counter!(
            "redis_dropped_total",
            "Messages that were dropped instead of published, because Redis was away or too slow"
        );
        describe_counter!(
            "redis_disconnects_total",
            "Connections to Redis nodes that were lost or given up"
        );
        describe_counter!(
            "redis_gaps_total",
            "Times a channel was followed anew, so that messages may have been missed"
        );
        Self {
            errors: counter!("redis_errors_total"),
            dropped: counter!("redis_dropped_total"),
            disconnects: counter!("redis_disconnects_total"),
            gaps: counter!("redis_gaps_total"),
        }
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}
