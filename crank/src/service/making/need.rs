//! When the next match is made.

use std::collections::BTreeMap;

use protocol::MatchKey;

use super::super::flow::Flow;
use super::super::job::Job;
use super::super::sharing;
use super::super::station::Station;
use super::super::tools::JobError;
use super::job;
use super::report::Report;
use super::state::Making;
use crate::matchmaking::{self, Now};

/// Makes the next match that is missing.
pub(crate) fn need(
    making: &mut Making,
    flows: &BTreeMap<MatchKey, Flow>,
    station: &Station,
) -> Option<Job<Report>> {
    let creating = flows
        .values()
        .any(|flow| flow.record.phase == store::MatchPhase::Creating);
    // Before the first slot is known the calendar has no present.
    if station.draining
        || !station.condition.is_able()
        || creating
        || station.slot == 0
        || !making.may_begin(station.now_ms())
    {
        return None;
    }
    let known: Vec<_> = flows.values().filter_map(Flow::known).collect();
    let own = known.len();
    let known = sharing::known_everywhere(station, known)?;
    let config = &station.tools.config;
    let now = Now {
        slot: station.slot,
        slot_length: station.slot_length.length(),
    };
    let wanted = matchmaking::next_match(config, &known, own, making.made, now)?;
    making.begin();
    let tools = station.tools.clone();
    let work = async move { Report(job::make(&tools, wanted).await.map(Box::new)) };
    Some(Job::new("make", work, |reason| {
        Report(Err(JobError::Lost(reason)))
    }))
}
