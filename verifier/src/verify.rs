//! The checks, in the order of the match.
//!
//! Each room under this module makes checks of one kind and writes them into a [`Report`]; simulation runs once and the
//! others read what it found.

mod bond;
mod end;
pub(crate) mod entries;
mod finality;
mod inputs;
mod money;
mod payment;
mod place;
mod progress;
mod randomness;
mod report;
mod simulation;

use arena::{HostSha256, Rules};

pub use self::progress::Progress;

use self::place::checkpoint_place;
use self::report::{Recomputed, Report};
use crate::record::MatchRecord;
use crate::verdict::{Place, Verdict};

/// Recomputes the match and compares everything with the record.
pub fn verify(record: &MatchRecord, mut progress: impl FnMut(Progress)) -> Verdict {
    let mut report = Report::default();
    contradictions(record, &mut report);
    let recomputed = match rules(record, &mut report) {
        Some(rules) => with_rules(record, &rules, &mut report, &mut progress),
        None => {
            report.skip_rest("the rules table cannot be used");
            Recomputed::default()
        }
    };
    report.into_verdict(record, recomputed)
}

fn with_rules(
    record: &MatchRecord,
    rules: &Rules,
    report: &mut Report,
    progress: &mut dyn FnMut(Progress),
) -> Recomputed {
    entries::check(record, rules, report);
    let mut simulated = simulation::Simulated::default();
    match &record.start {
        Some(start) => {
            let owners = entries::owners(record, start);
            if let Some(genesis) = randomness::check(record, rules, start, report) {
                randomness::check_drip(record, rules, report);
                randomness::check_look_ahead(record, rules, start, report);
                simulated = simulation::check(record, rules, start, &owners, genesis, report, progress);
            } else {
                report.skip("checkpoints", "there is no genesis state to begin with");
            }
            inputs::check(record, rules, start, &owners, report, progress);
        }
        None => report.skip("checkpoints", "the match was not started"),
    }
    bond::check(record, rules, simulated.wrong.as_ref(), report);
    finality::check(record, simulated.end.as_ref(), report);
    Recomputed {
        payouts: money::check(record, rules, simulated.end.as_ref(), report),
        wrong_segment: simulated.wrong.is_some(),
    }
}

fn contradictions(record: &MatchRecord, report: &mut Report) {
    if record.signed_inputs.is_none() || record.evidence == crate::record::Evidence::Replay {
        return;
    }
    for contradiction in &record.contradictions {
        let place = match (contradiction.checkpoint, Rules::from_bytes(&record.terms.rules)) {
            (Some(checkpoint), Ok(rules)) => checkpoint_place(&rules, checkpoint),
            _ => Place::Setup,
        };
        let what = format!("ledger and replay file disagree on {}", contradiction.what);
        report.fail(
            "replay file",
            place,
            what,
            &contradiction.ledger,
            &contradiction.replay,
        );
    }
    report.pass_unless_failed("replay file", "it says what the ledger says");
}

fn rules(record: &MatchRecord, report: &mut Report) -> Option<Rules> {
    let rules = match Rules::from_bytes(&record.terms.rules) {
        Ok(rules) => rules,
        Err(error) => {
            let found = error.to_string();
            report.fail(
                "rules",
                Place::Setup,
                "the rules table is not valid",
                "a table that the rules accept",
                &found,
            );
            return None;
        }
    };
    let hash = rules.hash::<HostSha256>();
    match record.terms.rules_hash {
        Some(pinned) => report.equal(
            "rules",
            Place::Setup,
            "the hash of the rules table",
            &hash,
            &pinned,
        ),
        None => report.skip(
            "rules",
            "the table is valid; no ledger says which hash was pinned",
        ),
    }
    let known = [("Blitz", Rules::BLITZ), ("Siege", Rules::SIEGE)];
    let name = known
        .iter()
        .find(|(_, table)| *table == rules)
        .map_or("a table of its own", |(name, _)| name);
    report.pass_unless_failed("rules", format!("{name}, hash {}", hex::encode(hash)));
    Some(rules)
}
