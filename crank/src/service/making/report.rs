//! A match was made, or was not.

use super::super::flow::Flow;
use super::super::station::Station;
use super::super::tools::JobError;
use super::job::Made;
use super::state::Making;

/// The match, or why there is none.
pub(crate) struct Report(pub(super) Result<Box<Made>, JobError>);

/// Takes a report; the new match, if there is one.
pub(crate) fn report(making: &mut Making, station: &Station, Report(made): Report) -> Option<Flow> {
    making.end();
    match made {
        Ok(made) => {
            let Made { record, lease } = *made;
            let mut flow = station.flow(record, None);
            tracing::info!(match_key = %flow.key(), match_id = flow.record.match_id, "a match is to be created");
            making.made += 1;
            let Some(lease) = lease else {
                return Some(flow);
            };
            if let Some(leases) = &station.leases {
                leases.hold(lease.clone());
            }
            flow.tenure = Some(station.tenure(lease, true));
            Some(flow)
        }
        Err(JobError::NotOurTurn) => {
            tracing::debug!("another crank makes the next match");
            None
        }
        Err(error) => {
            tracing::error!(%error, "no match could be made; trying again in a while");
            making.hold(station.now_ms());
            None
        }
    }
}
