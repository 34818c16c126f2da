//! When SlotHashes is read.

use std::collections::BTreeMap;

use protocol::MatchKey;

use super::super::flow::Flow;
use super::super::job::Job;
use super::super::station::Station;
use super::job::{self, Report};

/// Entries read beyond those that must be there: slots that pass meanwhile.
const SPARE: u64 = 8;

/// Whether a reading is under way.
#[derive(Debug, Default)]
pub(crate) struct Beacons {
    pub(super) reading: bool,
}

/// Reads as soon as the scheduled slot of a match that runs has passed.
pub(crate) fn need(
    beacons: &mut Beacons,
    flows: &BTreeMap<MatchKey, Flow>,
    station: &Station,
) -> Option<Job<Report>> {
    if beacons.reading {
        return None;
    }
    let wanted = flows.values().filter_map(Flow::beacon_wanted);
    let oldest = wanted
        .filter(|(_, slot)| *slot < station.slot)
        .map(|(_, slot)| slot)
        .min()?;
    beacons.reading = true;
    let count = usize::try_from(station.slot - oldest + SPARE).unwrap_or(usize::MAX);
    let rpc = station.tools.carrier.reader.rpc.clone();
    let work = async move { Report(job::read(&rpc, count).await) };
    Some(Job::new("beacons", work, |_| Report(None)))
}
