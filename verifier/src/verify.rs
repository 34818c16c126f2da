//! The checks, in the order of the match.
//!
//! Each room under this module makes checks of one kind and writes them into a [`Report`]; simulation runs once and the
//! others read what it found.

mod bond;
mod entries;
mod finality;
mod inputs;
mod money;
mod randomness;
mod report;
mod simulation;

use arena::{HostSha256, Rules, Sha256, State, StateBuf};

pub(crate) use self::entries::owners;
pub(crate) use self::report::hex;
use self::report::Report;
use crate::record::{MatchRecord, Standing};
use crate::verdict::{Place, Verdict};

/// How far verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Checkpoints recomputed.
    Checkpoints {
        /// So far.
        done: usize,
        /// In all.
        total: usize,
    },
    /// Input signatures checked.
    Signatures {
        /// So far.
        done: usize,
        /// In all.
        total: usize,
    },
}

/// Recomputes the match and compares everything with the record.
pub fn verify(record: &MatchRecord, mut progress: impl FnMut(Progress)) -> Verdict {
    let mut report = Report::default();
    contradictions(record, &mut report);
    let payouts = match rules(record, &mut report) {
        Some(rules) => with_rules(record, &rules, &mut report, &mut progress),
        None => {
            report.skip_rest("the rules table cannot be used");
            Vec::new()
        }
    };
    report.into_verdict(record, payouts)
}

fn with_rules(
    record: &MatchRecord,
    rules: &Rules,
    report: &mut Report,
    progress: &mut dyn FnMut(Progress),
) -> Vec<u64> {
    entries::check(record, rules, report);
    let mut simulated = simulation::Simulated::default();
    match &record.start {
        Some(start) => {
            let owners = entries::owners(record, start);
            if let Some(genesis) = randomness::check(record, rules, start, report) {
                randomness::check_drip(record, rules, report);
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
    money::check(record, rules, simulated.end.as_ref(), report)
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
    report.pass_unless_failed("rules", format!("{name}, hash {}", hex(&hash)));
    Some(rules)
}

/// The match's last state, if its checkpoints lead to one.
struct End {
    state: StateBuf,
    leaf: [u8; 32],
}

impl End {
    fn view(&self) -> State<'_> {
        self.state.view()
    }
}

/// The beginning of a checkpoint.
fn checkpoint_place(rules: &Rules, checkpoint: u32) -> Place {
    Place::Checkpoint {
        checkpoint,
        segment: 0,
        tick: checkpoint.saturating_mul(rules.checkpoint_ticks()),
    }
}

/// SHA-256 of one byte string.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    HostSha256::sha256(&[bytes])
}

/// Whether stakes go back.
fn is_refunding(standing: Standing) -> bool {
    matches!(standing, Standing::Cancelled | Standing::Voided)
}
