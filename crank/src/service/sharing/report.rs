//! Matches that become this crank's own, and matches it loses.

use std::time::Duration;

use protocol::MatchKey;

use super::super::flow::Flow;
use super::super::station::Station;
use crate::sharing::Taken;

/// A match that cannot be run here is left to other cranks for this long.
const LEFT_FOR: Duration = Duration::from_secs(10);

/// A match is ours from now on.
pub(crate) fn take_up(station: &Station, taken: Taken) -> Flow {
    let Taken { record, lease, alone } = taken;
    station.flow(record, Some(station.tenure(lease, alone)))
}

/// A match is somebody else's from now on: its ticks stop here, and nothing of it is written any more.
pub(crate) fn let_go(station: &mut Station, key: MatchKey, flow: Option<Flow>) {
    tracing::warn!(match_key = %key, "another crank owns the match now");
    // It may be on no thread.
    let _ = station.workers.release(key);
    station.workers.forget(key);
    if let Some(mut flow) = flow {
        // The export ends first: the match leaves this bus, and not the cluster.
        if let Some(link) = &mut flow.link {
            link.export = None;
        }
        station.bus.remove_match(&key);
    }
}

/// Gives the lease of a match up, if this crank is one of several. `avoid`: because it cannot be run here,
/// and may be by a crank that has its log.
pub(crate) fn give_up(station: &Station, key: MatchKey, avoid: bool) -> bool {
    let Some(leases) = &station.leases else {
        return false;
    };
    leases.release(key, false, avoid.then_some(LEFT_FOR));
    true
}
