//! What the crank tells a monitor.
//!
//! | metric | meaning |
//! |---|---|
//! | `aurelius_ticks_total` | ticks made |
//! | `aurelius_tick_overruns_total` | ticks that began more than half a tick late |
//! | `aurelius_tick_late_p99_us` | how late 99 % of the ticks of the last seconds began at most |
//! | `aurelius_tick_duration_p99_us` | how long 99 % of them took at most |
//! | `aurelius_live_matches`, `aurelius_unfinished_matches` | on tick threads; not paid out |
//! | `aurelius_money_in_flight{mint}` | what vaults owe, in the mint's smallest unit |
//! | `aurelius_intents{state}` | intents in the store |
//! | `aurelius_intent_failures_total{kind}` | steps that failed |
//! | `aurelius_queue_length{queue}` | what waits for this loop: notices of tick threads, jobs under way |
//! | `aurelius_inputs_accepted_total`, `aurelius_inputs_rejected_total{reason}` | players' inputs |
//! | `aurelius_deadline_seconds` | until the first live match forfeits its bond for silence; `+Inf` without any |
//! | `aurelius_matches_near_deadline` | live matches without progress for half of their time: an alert |
//! | `aurelius_condition_failing{what}` | 1 while `disk` or `descriptors` keep matches from being begun |
//! | `aurelius_recipient_accounts_made_total` | token accounts made for recipients who had closed theirs |
//! | `aurelius_panics_total{part}` | steps lost to a defect, and tried again |
//! | `aurelius_rpc_errors_total{request}`, `aurelius_gateway_errors_total` | the outside world |

use std::collections::{BTreeMap, BTreeSet};

use protocol::MatchKey;

use super::deadline;
use super::flow::Flow;
use super::station::Station;
use crate::worker::Lateness;

/// What the last measuring saw.
#[derive(Default)]
pub(crate) struct Monitor {
    last: Option<Lateness>,
    /// Matches near their deadline, which was said.
    near: BTreeSet<MatchKey>,
}

impl Monitor {
    /// What keeps the crank from its work, for people. Says once of each match that it is near its deadline.
    pub(crate) fn troubles(&mut self, flows: &BTreeMap<MatchKey, Flow>, station: &Station) -> Vec<String> {
        let mut troubles: Vec<String> = station.condition.troubles.all().cloned().collect();
        let mut near = BTreeSet::new();
        let mut left_slots_min = None;
        for (key, flow) in flows {
            let Some(deadline) = deadline::of(flow, station) else {
                continue;
            };
            left_slots_min = Some(left_slots_min.unwrap_or(u64::MAX).min(deadline.left_slots));
            if deadline.is_near() {
                let trouble = deadline::trouble(flow, deadline, station.span_of(deadline.left_slots));
                if !self.near.contains(key) {
                    tracing::error!(match_key = %key, "{trouble}; its bond is forfeit then");
                }
                near.insert(*key);
                troubles.push(trouble);
            }
        }
        self.near = near;
        let left_s = left_slots_min.map_or(f64::INFINITY, |slots| station.span_of(slots).as_secs_f64());
        metrics::gauge!("aurelius_deadline_seconds").set(left_s);
        metrics::gauge!("aurelius_matches_near_deadline").set(self.near.len() as f64);
        troubles
    }

    /// Sets every gauge, and brings the counters of the tick threads up to date. `queues`: what waits for the
    /// loop.
    pub(crate) fn measure(
        &mut self,
        flows: &BTreeMap<MatchKey, Flow>,
        station: &Station,
        queues: &[(&'static str, usize)],
    ) {
        self.measure_ticks(station);
        for (queue, length) in queues {
            metrics::gauge!("aurelius_queue_length", "queue" => *queue).set(*length as f64);
        }
        metrics::gauge!("aurelius_live_matches").set(station.workers.matches() as f64);
        let unfinished = flows.values().filter(|flow| !flow.is_paid_out()).count();
        metrics::gauge!("aurelius_unfinished_matches").set(unfinished as f64);
        measure_money(flows, station);
        measure_intents(station);
    }

    fn measure_ticks(&mut self, station: &Station) {
        let reading = station.workers.meter().reading();
        metrics::counter!("aurelius_ticks_total").absolute(reading.ticks());
        metrics::counter!("aurelius_tick_overruns_total").absolute(reading.overruns);
        let recent = match &self.last {
            Some(before) => reading.since(before),
            None => reading.clone(),
        };
        if let Some(late) = recent.quantile_us(990) {
            metrics::gauge!("aurelius_tick_late_p99_us").set(late as f64);
        }
        if let Some(took) = recent.duration_us(990) {
            metrics::gauge!("aurelius_tick_duration_p99_us").set(took as f64);
        }
        self.last = Some(reading);
    }
}

/// A mint whose matches are all gone owes nothing, and says so.
fn measure_money(flows: &BTreeMap<MatchKey, Flow>, station: &Station) {
    let mut money: BTreeMap<[u8; 32], u64> = station.mints.keys().map(|mint| (mint.to_bytes(), 0)).collect();
    for flow in flows.values() {
        let owed = money.entry(flow.record.mint).or_default();
        *owed = owed.saturating_add(flow.owed());
    }
    for (mint, owed) in money {
        let mint = protocol::PublicKey(mint).to_string();
        metrics::gauge!("aurelius_money_in_flight", "mint" => mint).set(owed as f64);
    }
}

fn measure_intents(station: &Station) {
    let store = station.tools.carrier.store.clone();
    tokio::spawn(async move {
        let Ok(counts) = store.intents.counts().await else {
            return;
        };
        let states = [
            ("queued", counts.queued),
            ("sent", counts.sent),
            ("unknown", counts.unknown),
            ("landed", counts.landed),
            ("failed", counts.failed),
        ];
        for (state, count) in states {
            metrics::gauge!("aurelius_intents", "state" => state).set(count as f64);
        }
    });
}
