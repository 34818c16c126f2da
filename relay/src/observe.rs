//! What the relay counts. Handles are made once, so that a frame costs an atomic addition.

use metrics::{counter, describe_counter, describe_gauge, gauge, Counter, Gauge};
use protocol::codes::{CloseCode, CosignRefusal, RejectReason};

/// Handles of all metrics.
#[derive(Clone)]
pub(crate) struct Metrics {
    /// Connections of any kind.
    pub(crate) connections: Gauge,
    /// Upgraded connections.
    pub(crate) sockets: Gauge,
    /// Matches that somebody follows.
    pub(crate) hubs: Gauge,
    pub(crate) frames_sent: Counter,
    pub(crate) skips: Counter,
    pub(crate) inputs_accepted: Counter,
    pub(crate) cosignatures: Counter,
    pub(crate) connections_refused: Counter,
    pub(crate) bans: Counter,
}

impl Metrics {
    /// Uses the recorder that is installed now, if any.
    pub(crate) fn new() -> Self {
        describe_gauge!("relay_connections", "Open connections of any kind");
        describe_gauge!("relay_sockets", "Open WebSockets");
        describe_gauge!("relay_hubs", "Matches that somebody follows");
        describe_counter!("relay_frames_sent_total", "State messages written to sockets");
        describe_counter!(
            "relay_skips_total",
            "Times a slow follower was skipped to a keyframe"
        );
        describe_counter!("relay_inputs_accepted_total", "Inputs that were acked");
        describe_counter!(
            "relay_inputs_rejected_total",
            "Inputs that were rejected, by reason"
        );
        describe_counter!(
            "relay_cosignatures_total",
            "Signatures of players under a result that were handed to the crank"
        );
        describe_counter!(
            "relay_cosignatures_rejected_total",
            "Signatures under a result that were not taken, by reason"
        );
        describe_counter!(
            "relay_sockets_closed_total",
            "WebSockets closed by the relay, by code"
        );
        describe_counter!(
            "relay_connections_refused_total",
            "Connections and requests above a limit"
        );
        describe_counter!("relay_flags_total", "Anti-cheat flags, by kind");
        describe_counter!("relay_bans_total", "Wallets banned");
        Self {
            connections: gauge!("relay_connections"),
            sockets: gauge!("relay_sockets"),
            hubs: gauge!("relay_hubs"),
            frames_sent: counter!("relay_frames_sent_total"),
            skips: counter!("relay_skips_total"),
            inputs_accepted: counter!("relay_inputs_accepted_total"),
            cosignatures: counter!("relay_cosignatures_total"),
            connections_refused: counter!("relay_connections_refused_total"),
            bans: counter!("relay_bans_total"),
        }
    }

    pub(crate) fn closed(&self, code: CloseCode) {
        counter!("relay_sockets_closed_total", "code" => code.code().to_string()).increment(1);
    }

    pub(crate) fn input_rejected(&self, reason: RejectReason) {
        counter!("relay_inputs_rejected_total", "reason" => format!("{reason:?}")).increment(1);
    }

    pub(crate) fn cosign_refused(&self, reason: CosignRefusal) {
        counter!("relay_cosignatures_rejected_total", "reason" => format!("{reason:?}")).increment(1);
    }

    pub(crate) fn flagged(&self, kind: &'static str) {
        counter!("relay_flags_total", "kind" => kind).increment(1);
    }
}
