//! Where the rolls come from: seed, genesis, drip chain.

use arena::{HostSha256, Rules, StateBuf};

use super::place::checkpoint_place;
use super::report::Report;
use crate::record::{MatchRecord, StartRecord};
use crate::verdict::Place;

/// Recomputes seed and genesis state; gives the state if there is one.
pub(super) fn check(
    record: &MatchRecord,
    rules: &Rules,
    start: &StartRecord,
    report: &mut Report,
) -> Option<StateBuf> {
    let seed = arena::match_seed::<HostSha256>(&record.match_ref.key.to_bytes(), &start.value);
    report.equal(
        "seed",
        Place::Setup,
        "the seed made of the randomness",
        &seed,
        &start.seed,
    );
    report.pass_unless_failed(
        "seed",
        format!("{} of randomness {}", hex::encode(seed), hex::encode(start.value)),
    );

    let capacity = usize::from(start.capacity);
    let genesis = match arena::genesis::<HostSha256>(rules, &start.owners, capacity, &seed) {
        Ok(genesis) => genesis,
        Err(error) => {
            let found = error.to_string();
            report.fail(
                "genesis",
                Place::Setup,
                "the genesis state",
                "a state that the rules allow",
                &found,
            );
            return None;
        }
    };
    let leaf = arena::leaf::<HostSha256>(genesis.as_bytes());
    report.equal(
        "genesis",
        Place::Setup,
        "the genesis leaf",
        &leaf,
        &start.genesis_leaf,
    );
    report.pass_unless_failed("genesis", format!("leaf {}", hex::encode(leaf)));
    Some(genesis)
}

/// Every revealed key must hash to the one before, the first to the root that was posted before entries opened.
pub(super) fn check_drip(record: &MatchRecord, rules: &Rules, report: &mut Report) {
    let mut parent = record.terms.drip_root;
    for checkpoint in &record.checkpoints {
        let found = arena::drip_parent::<HostSha256>(&checkpoint.drip_key);
        let place = checkpoint_place(rules, checkpoint.index);
        report.equal("drip chain", place, "the hash of the drip key", &parent, &found);
        parent = checkpoint.drip_key;
    }
    report.pass_unless_failed(
        "drip chain",
        format!("{} keys down from the root", record.checkpoints.len()),
    );
}
