//! What matchmaking must know of other cranks, and what this one must give up.

use std::collections::BTreeMap;
use std::path::Path;

use protocol::MatchKey;

use super::super::flow::Flow;
use super::super::station::Station;
use crate::matchmaking::Known;
use crate::sharing::leases::Leases;
use crate::sharing::{maker, LeaseEvent};

/// The name of the file in the data folder that says: make no new matches, and end when everything is paid.
const DRAIN_ORDER: &str = "drain";

/// The next change of what this crank owns; never, where it owns everything.
pub(crate) async fn next_lease_event(leases: &mut Option<Leases>) -> Option<LeaseEvent> {
    match leases {
        Some(leases) => leases.next().await,
        None => std::future::pending().await,
    }
}

/// What matchmaking must know: own matches, and those of other cranks. `None` while another crank is to make
/// the next match.
pub(crate) fn known_everywhere(station: &Station, own: Vec<Known>) -> Option<Vec<Known>> {
    let Some(leases) = &station.leases else {
        return Some(own);
    };
    let world = leases.world.borrow();
    // Numbers reach the chain in order.
    if !world.my_turn || world.others.iter().any(maker::is_creating) {
        return None;
    }
    let others = world.others.iter().filter_map(maker::known);
    Some(own.into_iter().chain(others).collect())
}

/// Matches that run on here although nothing of them can become durable: to be given up, so that somebody
/// else, or this crank anew, takes them up.
pub(crate) fn fenced(flows: &BTreeMap<MatchKey, Flow>) -> Vec<MatchKey> {
    flows
        .iter()
        .filter(|(_, flow)| flow.tenure.is_some() && flow.arena.is_running())
        .filter(|(_, flow)| flow.arena.sync().is_some_and(|sync| sync.is_fenced()))
        .map(|(key, _)| *key)
        .collect()
}

/// Makes no new matches from now on.
pub(crate) fn drain(station: &mut Station) {
    station.draining = true;
    if let Some(leases) = &station.leases {
        leases.drain();
    }
}

/// Whether the operator has just ordered to drain.
pub(crate) fn is_ordered_to_drain(station: &Station) -> bool {
    !station.draining
        && station
            .tools
            .config
            .data_dir
            .join(Path::new(DRAIN_ORDER))
            .exists()
}

/// Waits until the input logs of all matches are as durable as they are to be.
pub(crate) async fn make_durable(flows: &BTreeMap<MatchKey, Flow>) {
    for sync in flows.values().filter_map(|flow| flow.arena.sync().cloned()) {
        if let Err(error) = sync.before_checkpoint().await {
            tracing::warn!(%error, "an input log is not durable at the stop");
        }
    }
}
