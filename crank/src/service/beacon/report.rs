//! Hashes were read, and what that changes.

use std::collections::BTreeMap;

use protocol::MatchKey;

use super::super::flow::Flow;
use super::super::station::Station;
use super::job::Report;
use super::need::Beacons;

/// Tells every match that runs the beacons that are known now.
pub(crate) fn report(
    beacons: &mut Beacons,
    flows: &mut BTreeMap<MatchKey, Flow>,
    station: &mut Station,
    Report(hashes): Report,
) {
    beacons.reading = false;
    let Some(hashes) = hashes else {
        return;
    };
    for (key, flow) in flows {
        while let Some((checkpoint, slot)) = flow.beacon_wanted() {
            let Some(hash) = hashes.of(slot) else {
                break;
            };
            if let Err(error) = station.workers.reveal(*key, checkpoint, hash) {
                tracing::warn!(match_key = %key, %error, "a beacon could not be told; trying again");
                break;
            }
            flow.arena.beacons = checkpoint + 1;
        }
    }
}
