//! All metrics by name, with the names that StatsD gets and what they mean.
//!
//! The seed's names (`game.tick.duration`, `players.connected`, `rpc.latency`, …) are those of StatsD;
//! Prometheus has names in its own style. `docs/CONFIGURATION.md` shows this table. Invariant: what the code
//! counts is here, and what is here is counted; a test compares with the sources.

use std::fmt::Write as _;

/// How a metric moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only up.
    Counter,
    /// Up and down.
    Gauge,
    /// Times, in seconds.
    Histogram,
}

/// A metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name in Prometheus, without labels.
    pub name: &'static str,
    pub kind: Kind,
    /// Names of its labels.
    pub labels: &'static [&'static str],
    /// Its name in StatsD, without the prefix `aurelius.` and the label's value.
    pub statsd: &'static str,
    /// A sentence without a full stop.
    pub meaning: &'static str,
}

const fn counter(name: &'static str, statsd: &'static str, meaning: &'static str) -> Metric {
    Metric {
        name,
        kind: Kind::Counter,
        labels: &[],
        statsd,
        meaning,
    }
}

const fn gauge(name: &'static str, statsd: &'static str, meaning: &'static str) -> Metric {
    Metric {
        kind: Kind::Gauge,
        ..counter(name, statsd, meaning)
    }
}

const fn histogram(name: &'static str, statsd: &'static str, meaning: &'static str) -> Metric {
    Metric {
        kind: Kind::Histogram,
        ..counter(name, statsd, meaning)
    }
}

impl Metric {
    const fn by(self, labels: &'static [&'static str]) -> Metric {
        Metric { labels, ..self }
    }
}

/// Every metric of every part, one line each.
#[rustfmt::skip]
pub const CATALOGUE: &[Metric] = &[
    // The crank's arena.
    counter("aurelius_ticks_total", "game.tick.count", "Ticks made"),
    counter("aurelius_tick_overruns_total", "game.tick.overrun", "Ticks that began more than half a tick late"),
    gauge("aurelius_tick_late_p99_us", "game.tick.late", "How late 99 % of the ticks of the last 5 s began at most, microseconds"),
    gauge("aurelius_tick_duration_p99_us", "game.tick.duration", "How long 99 % of the ticks of the last 5 s took at most, microseconds"),
    gauge("aurelius_live_matches", "game.matches.active", "Matches on this crank's tick threads"),
    gauge("aurelius_unfinished_matches", "game.matches.unfinished", "Matches of this crank that are not paid out"),
    counter("aurelius_inputs_accepted_total", "inputs.accepted", "Inputs that a crank put into a match"),
    counter("aurelius_inputs_rejected_total", "inputs.rejected", "Inputs that a crank rejected").by(&["reason"]),
    counter("aurelius_panics_total", "panics", "Steps lost to a defect, and tried again").by(&["part"]),
    gauge("aurelius_condition_failing", "condition.failing", "1 while `disk` or `descriptors` keep matches from being begun").by(&["what"]),
    // The crank's work on the chain.
    gauge("aurelius_intents", "intents", "Intents in the store").by(&["state"]),
    counter("aurelius_intent_failures_total", "intents.failures", "Steps on chain that failed and are tried again").by(&["kind"]),
    counter("aurelius_cosigned_results_total", "results.cosigned", "Results that were offered to their players").by(&["outcome"]),
    gauge("aurelius_money_in_flight", "money.in_flight", "What the vaults of this crank's matches owe, in the mint's smallest unit").by(&["mint"]),
    counter("aurelius_rpc_errors_total", "rpc.errors", "Readings of the chain that failed").by(&["request"]),
    gauge("aurelius_deadline_seconds", "deadline", "Until the first live match forfeits its bond for silence; +Inf without any"),
    gauge("aurelius_matches_near_deadline", "deadline.near", "Live matches without progress for half of their time"),
    counter("aurelius_recipient_accounts_made_total", "recipients.made", "Token accounts made for recipients who had closed theirs"),
    counter("aurelius_payments_held_total", "payments.held", "Payments to token accounts that take none, made to holdings of their owners instead"),
    counter("aurelius_gateway_errors_total", "oracle.errors", "Questions to the randomness oracle that failed"),
    gauge("aurelius_queue_length", "queue.length", "What waits for the crank's loop").by(&["queue"]),
    // The way to the chain.
    counter("aurelius_rpc_requests_total", "rpc.requests", "Requests to an endpoint").by(&["host", "outcome"]),
    histogram("aurelius_rpc_request_seconds", "rpc.latency", "How long requests to an endpoint took").by(&["host"]),
    gauge("aurelius_rpc_endpoint_ready", "rpc.endpoint.ready", "1 while an endpoint is used, 0 while it is passed over").by(&["host"]),
    gauge("aurelius_rpc_endpoint_lag_slots", "rpc.endpoint.lag", "How far an endpoint is behind the best, in slots").by(&["host"]),
    gauge("aurelius_geyser_up", "geyser.up", "1 while accounts come by gRPC, 0 while the RPC endpoints serve instead").by(&["host"]),
    counter("aurelius_geyser_accounts_total", "geyser.accounts", "Accounts that came by gRPC").by(&["kind"]),
    counter("aurelius_geyser_disconnects_total", "geyser.disconnects", "Streams that ended").by(&["host", "reason"]),
    counter("aurelius_geyser_replays_total", "geyser.replays", "Streams that went on where an earlier one ended").by(&["host"]),
    // Many cranks: leases and the shared log.
    gauge("aurelius_leases_held", "leases.held", "Matches that this crank owns"),
    counter("aurelius_lease_errors_total", "leases.errors", "Rounds in which leases could not be kept"),
    counter("aurelius_takeovers_total", "leases.takeovers", "Matches taken over from another crank"),
    counter("aurelius_fenced_total", "leases.fenced", "Matches lost to another crank"),
    counter("aurelius_shared_log_errors_total", "shared_log.errors", "Input logs that could not be replicated; tried again"),
    counter("aurelius_checkpoints_unreplicated_total", "shared_log.unreplicated", "Checkpoints sent although the shared log does not have all of their inputs"),
    // Redis.
    counter("redis_errors_total", "redis.errors", "Calls to Redis that ended with an error"),
    counter("redis_dropped_total", "redis.dropped", "Messages that were dropped instead of published, because Redis was away or too slow"),
    counter("redis_disconnects_total", "redis.disconnects", "Connections to Redis nodes that were lost or given up"),
    counter("redis_gaps_total", "redis.gaps", "Times a channel was followed anew, so that messages may have been missed"),
    counter("aurelius_bus_frames_published_total", "bus.frames", "Frames published to relays"),
    counter("aurelius_bus_state_writes_total", "bus.writes", "Times the state of a match was written to Redis"),
    counter("aurelius_bus_gaps_total", "bus.gaps", "Times a relay missed frames of a match and waited for a keyframe"),
    counter("aurelius_bus_inputs_forwarded_total", "bus.inputs.forwarded", "Inputs that a relay sent towards a crank"),
    counter("aurelius_bus_inputs_taken_total", "bus.inputs", "Inputs of relays taken to a match"),
    counter("aurelius_bus_unreadable_total", "bus.unreadable", "Messages of other processes that could not be read"),
    // The relay.
    gauge("relay_connections", "relay.connections", "Open connections of any kind"),
    gauge("relay_sockets", "players.connected", "Open WebSockets, of players and of watchers"),
    gauge("relay_hubs", "relay.hubs", "Matches that somebody follows"),
    counter("relay_frames_sent_total", "frames.sent", "State messages written to sockets"),
    counter("relay_skips_total", "frames.skips", "Times a slow follower was skipped to a keyframe"),
    counter("relay_inputs_accepted_total", "relay.inputs.accepted", "Inputs that were acked"),
    counter("relay_inputs_rejected_total", "relay.inputs.rejected", "Inputs that were rejected").by(&["reason"]),
    counter("relay_cosignatures_total", "relay.cosignatures", "Signatures of players under a result that were handed to the crank"),
    counter("relay_cosignatures_rejected_total", "relay.cosignatures.rejected", "Signatures under a result that were not taken").by(&["reason"]),
    counter("relay_sockets_closed_total", "relay.sockets.closed", "WebSockets closed by the relay").by(&["code"]),
    counter("relay_connections_refused_total", "relay.connections.refused", "Connections and requests above a limit"),
    counter("relay_flags_total", "anticheat.flags", "Anti-cheat flags").by(&["kind"]),
    counter("relay_bans_total", "anticheat.bans", "Wallets banned"),
    // The watchtower.
    counter("aurelius_watchtower_listings_total", "watchtower.listings", "Times all matches were listed"),
    counter("aurelius_watchtower_checkpoints_total", "watchtower.checkpoints", "Checkpoints recomputed"),
    counter("aurelius_watchtower_faults_total", "watchtower.faults", "Operators seen lying or falling silent").by(&["kind"]),
    counter("aurelius_watchtower_withdrawn_total", "watchtower.withdrawn", "What looked like a fault and was none"),
    counter("aurelius_watchtower_proven_total", "watchtower.proven", "Faults that the program punished").by(&["by"]),
    counter("aurelius_watchtower_too_late_total", "watchtower.too_late", "Faults that were proven too late"),
    counter("aurelius_watchtower_awards_total", "watchtower.awards", "Challenger's shares collected"),
    counter("aurelius_watchtower_refunds_total", "watchtower.refunds", "Refunds pushed to players"),
    counter("aurelius_watchtower_unwatched_total", "watchtower.unwatched", "Matches that could not be watched"),
    counter("aurelius_watchtower_errors_total", "watchtower.errors", "Troubles with the chain or a proof"),
    gauge("aurelius_watchtower_unpunished_faults", "watchtower.unpunished", "Faults that nobody has punished yet"),
    gauge("aurelius_watchtower_matches", "watchtower.matches", "Matches watched"),
    gauge("aurelius_watchtower_unwatched_matches", "watchtower.matches.unwatched", "Matches on the chain that are not watched"),
    gauge("aurelius_watchtower_behind_checkpoints", "watchtower.behind", "Posted checkpoints that are not recomputed yet"),
    gauge("aurelius_watchtower_cases", "watchtower.cases", "Proofs under way"),
    gauge("aurelius_watchtower_overdue", "watchtower.overdue", "Steps that anybody may take for money that waits, and nobody has taken"),
    counter("aurelius_watchtower_errands_total", "watchtower.errands", "Steps taken that were overdue").by(&["step"]),
];

/// The metric of this Prometheus name.
pub fn metric(name: &str) -> Option<&'static Metric> {
    CATALOGUE.iter().find(|metric| metric.name == name)
}

/// A metric's name in StatsD without the prefix; that of an unknown metric is its own.
pub fn statsd_name(name: &str) -> String {
    metric(name).map_or(name, |metric| metric.statsd).to_owned()
}

/// The table in Markdown, as `docs/CONFIGURATION.md` has it.
pub fn reference() -> String {
    let mut text = String::from(
        "| Prometheus | kind | labels | StatsD, below `aurelius.` | meaning |\n|---|---|---|---|---|\n",
    );
    for metric in CATALOGUE {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram, seconds",
        };
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let place: String = metric.labels.iter().map(|label| format!(".<{label}>")).collect();
        let _ = writeln!(
            text,
            "| `{}` | {kind} | {} | `{}{place}` | {} |",
            metric.name,
            labels.join(", "),
            metric.statsd,
            metric.meaning
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The sources of every part that counts.
    fn sources() -> Vec<String> {
        fn visit(dir: &Path, texts: &mut Vec<String>) {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                if path.is_dir() {
                    visit(&path, texts);
                } else if name.ends_with(".rs") && name != "catalogue.rs" && !name.contains("tests") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    // What tests beside the code count is no metric of ours.
                    texts.push(text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned());
                }
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut texts = Vec::new();
        for part in [
            "bus",
            "cli",
            "client",
            "cluster",
            "crank",
            "localnet",
            "player",
            "relay",
            "store",
            "watchtower",
        ] {
            visit(&root.join(part).join("src"), &mut texts);
        }
        texts
    }

    /// Names written in the macros that count.
    fn counted(text: &str) -> Vec<(Kind, String)> {
        let kinds = [
            ("counter!(", Kind::Counter),
            ("gauge!(", Kind::Gauge),
            ("histogram!(", Kind::Histogram),
        ];
        let mut names = Vec::new();
        for (macro_name, kind) in kinds {
            for rest in text.split(macro_name).skip(1) {
                if let Some(literal) = rest.trim_start().strip_prefix('"') {
                    names.push((kind, literal.split('"').next().unwrap().to_owned()));
                }
            }
        }
        names
    }

    #[test]
    fn what_is_counted_is_in_the_catalogue_and_the_other_way_round() {
        let sources = sources();
        let mut missing = BTreeSet::new();
        for (kind, name) in sources.iter().flat_map(|text| counted(text)) {
            match metric(&name) {
                Some(metric) => assert_eq!(metric.kind, kind, "{name}"),
                None => drop(missing.insert(name)),
            }
        }
        assert!(
            missing.is_empty(),
            "counted, and not in telemetry/src/metrics/catalogue.rs: {missing:?}"
        );
        for metric in CATALOGUE {
            let literal = format!("\"{}\"", metric.name);
            assert!(
                sources.iter().any(|text| text.contains(&literal)),
                "{} is in the catalogue and nobody counts it",
                metric.name
            );
        }
    }

    #[test]
    fn names_are_unique_in_both_systems() {
        let mut seen = BTreeSet::new();
        for metric in CATALOGUE {
            assert!(seen.insert(metric.name), "{}", metric.name);
            assert!(seen.insert(metric.statsd), "{}", metric.statsd);
            assert!(
                metric.kind != Kind::Counter || metric.name.ends_with("_total"),
                "{}",
                metric.name
            );
            assert!(
                metric.kind != Kind::Histogram || metric.name.ends_with("_seconds"),
                "{}",
                metric.name
            );
        }
    }
}
