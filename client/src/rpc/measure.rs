//! Numbers about endpoints, named by host.

use std::time::Duration;

use super::fault::Blame;

/// One attempt: how it ended, how long it took, and whether the endpoint takes requests now.
pub(super) fn attempt(host: &str, blame: Option<Blame>, took: Duration, is_ready: bool) {
    let outcome = match blame {
        None => "ok",
        Some(Blame::Request) => "refused",
        Some(Blame::Lacking) => "lacking",
        Some(Blame::Unfit) => "unfit",
        Some(Blame::Behind) => "behind",
        Some(Blame::Limit) => "limited",
        Some(Blame::Broken) => "broken",
    };
    let host = host.to_owned();
    metrics::counter!("aurelius_rpc_requests_total", "host" => host.clone(), "outcome" => outcome)
        .increment(1);
    metrics::histogram!("aurelius_rpc_request_seconds", "host" => host.clone()).record(took.as_secs_f64());
    metrics::gauge!("aurelius_rpc_endpoint_ready", "host" => host).set(f64::from(u8::from(is_ready)));
}

/// How far an endpoint is behind the best, in slots.
pub(super) fn lag(host: &str, slots: u64) {
    metrics::gauge!("aurelius_rpc_endpoint_lag_slots", "host" => host.to_owned()).set(slots as f64);
}
