//! Where the rolls come from: seed, genesis, drip chain, and how long before their commitment they could be known.

use arena::{HostSha256, Rules, StateBuf};
use client::aurelius::beacon::beacon_slot;

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

/// How long the operator could know the rolls of a checkpoint before it was committed to them: from the slot
/// whose hash decides them to the slot in which they were posted. Says so; fails where the program cannot have
/// taken it, because the slot had not passed.
pub(super) fn check_look_ahead(
    record: &MatchRecord,
    rules: &Rules,
    start: &StartRecord,
    report: &mut Report,
) {
    const NAME: &str = "look-ahead";
    let (Some(slot_us), Some(started)) = (record.terms.slot_us, start.slot) else {
        return;
    };
    let mut longest = 0;
    for checkpoint in &record.checkpoints {
        let Some(posted) = checkpoint.slot else { continue };
        let due = beacon_slot(
            started,
            rules.checkpoint_ticks(),
            slot_us.into(),
            checkpoint.index,
        )
        .unwrap_or(u64::MAX);
        if posted <= due {
            let place = checkpoint_place(rules, checkpoint.index);
            let expected = format!("after slot {due}");
            report.fail(
                NAME,
                place,
                "the slot of the posting",
                &expected,
                &posted.to_string(),
            );
            return;
        }
        longest = longest.max(posted - due);
    }
    // The match pins a twentieth more than slots are long, so this says rather too much.
    let ms = longest.saturating_mul(u64::from(slot_us)) / 1_000;
    report.pass_unless_failed(
        NAME,
        format!(
            "rolls could be known {}.{} s before they were committed to, at most ({longest} slots)",
            ms / 1_000,
            ms % 1_000 / 100
        ),
    );
}
