//! The operator's bond: whether it was forfeit for a reason that the ledger shows, and how it was divided.

use arena::{Rules, SegmentInputs};
use client::aurelius::state::{divide, Division};
use client::Pubkey;

use super::place::checkpoint_place;
use super::report::{Report, BOND};
use super::simulation::WrongSegment;
use crate::record::{FraudRecord, MatchRecord, OmissionRecord, PlayerRecord, Standing, VoidRecord};
use crate::verdict::Place;

/// Checks how a match was voided. Nothing is reported of a match that was not.
pub(super) fn check(record: &MatchRecord, rules: &Rules, wrong: Option<&WrongSegment>, report: &mut Report) {
    let Some(void) = &record.void else { return };
    let posted = record.checkpoints.len();
    if void.checkpoints_posted as usize != posted {
        fail(
            report,
            "checkpoints posted when the match was voided",
            posted,
            void.checkpoints_posted,
        );
    }
    if void.slash == 0 {
        check_spared(void, report);
        return;
    }
    check_division(record, void, report);
    let why = match (&void.fraud, &void.omission) {
        (Some(fraud), _) => check_proof(void, fraud, rules, wrong, report),
        (None, Some(omission)) => check_omission(record, void, omission, rules, report),
        (None, None) => check_silence(void, report),
    };
    let detail = format!(
        "slashed {}: {why}; {} burned, {} for {}, {} for each warrior",
        void.slash,
        void.slash_burn,
        void.award,
        Pubkey::new_from_array(void.challenger),
        void.compensation_per_warrior
    );
    report.pass_unless_failed(BOND, detail);
}

/// How the forfeited bond must have been divided; none when nothing was forfeit, or the terms are not known.
pub(super) fn division(record: &MatchRecord) -> Option<Division> {
    record.void.as_ref().filter(|void| void.slash > 0)?;
    let pledge = record.terms.pledge?;
    Some(divide(
        pledge.reserved,
        pledge.burn_bps,
        pledge.reporter_bps,
        u8::try_from(admitted(record)).ok()?,
    ))
}

/// Warriors in play: those of the start, and the late ones that posted checkpoints admitted. The first byte of a
/// segment's inputs says how many.
fn admitted(record: &MatchRecord) -> usize {
    let at_start = record.start.as_ref().map_or(0, |start| start.owners.len());
    let late = record
        .checkpoints
        .iter()
        .flat_map(|checkpoint| &checkpoint.segments)
        .filter_map(|segment| segment.inputs.first());
    at_start + late.map(|admit| usize::from(*admit)).sum::<usize>()
}

/// Whether a player shares a forfeited bond: late entries that were never admitted do not.
pub(super) fn shares(record: &MatchRecord, player: &PlayerRecord) -> bool {
    match player.late.and_then(|late| late.first_warrior) {
        Some(first) => usize::from(first) < admitted(record),
        None => player.late.is_none(),
    }
}

/// A match that was voided without a slash never began.
fn check_spared(void: &VoidRecord, report: &mut Report) {
    if void.standing != Standing::Locked {
        fail(
            report,
            "what the operator lost when the match was voided after its start",
            "its bond",
            "nothing",
        );
    }
    if void.award != 0
        || void.compensation_per_warrior != 0
        || void.fraud.is_some()
        || void.omission.is_some()
    {
        fail(
            report,
            "a share of a bond that was not forfeit",
            "none",
            format!("{} and {} a warrior", void.award, void.compensation_per_warrior),
        );
    }
    report.pass_unless_failed(BOND, "not forfeit: the match was voided before its start");
}

fn check_division(record: &MatchRecord, void: &VoidRecord, report: &mut Report) {
    let (Some(pledge), Some(division)) = (record.terms.pledge, division(record)) else {
        return report.skip(BOND, "what was pledged is not on record");
    };
    for (what, expected, found) in [
        ("what was slashed of the bond", pledge.reserved, void.slash),
        ("what was burned of the bond", division.burnt, void.slash_burn),
        ("the challenger's award", division.award, void.award),
        (
            "the compensation of a warrior",
            division.per_warrior,
            void.compensation_per_warrior,
        ),
        (
            "the first slot in which shares are paid",
            void.slot.saturating_add(pledge.withdraw_slots),
            void.payable_slot,
        ),
    ] {
        if expected != found {
            fail(report, what, expected, found);
        }
    }
}

/// The proof that the program accepted must be one.
fn check_proof(
    void: &VoidRecord,
    fraud: &FraudRecord,
    rules: &Rules,
    wrong: Option<&WrongSegment>,
    report: &mut Report,
) -> String {
    let proven = (fraud.index, u32::from(fraud.segment));
    let place = checkpoint_place(rules, fraud.index);
    if !matches!(void.standing, Standing::Live | Standing::Proposed) {
        fail(
            report,
            "the match that a proof was accepted for",
            "one under way",
            format!("{:?}", void.standing),
        );
    }
    match wrong {
        Some(wrong) if (wrong.checkpoint, wrong.segment) == proven => {
            report.equal(
                BOND,
                place,
                "the leaf that was proven wrong",
                &wrong.claimed,
                &fraud.claimed,
            );
            let computed = wrong.computed.unwrap_or_default();
            report.equal(
                BOND,
                place,
                "the leaf that the program computed",
                &computed,
                &fraud.computed,
            );
        }
        // What follows a wrong segment is the operator's word alone.
        Some(wrong) if (wrong.checkpoint, wrong.segment) < proven => {}
        Some(_) | None => report.fail(
            BOND,
            place,
            format!("the proof against segment {}", fraud.segment),
            "a segment that is wrong",
            "one that is right",
        ),
    }
    format!(
        "segment {} of checkpoint {} was proven wrong",
        fraud.segment, fraud.index
    )
}

/// What was posted must be what the program found. That the receipt is the operator's, only the program has seen.
fn check_omission(
    record: &MatchRecord,
    void: &VoidRecord,
    omission: &OmissionRecord,
    rules: &Rules,
    report: &mut Report,
) -> String {
    if !matches!(void.standing, Standing::Live | Standing::Proposed) {
        let found = format!("{:?}", void.standing);
        fail(
            report,
            "the match that a receipt was shown for",
            "one under way",
            found,
        );
    }
    let slot = omission.tick.saturating_sub(1) % u32::from(rules.segment_ticks.max(1))
        / u32::from(rules.slot_ticks.max(1));
    let capacity = record
        .start
        .as_ref()
        .map_or(0, |start| usize::from(start.capacity));
    let segment = record
        .checkpoints
        .get(omission.index as usize)
        .and_then(|checkpoint| checkpoint.segments.get(usize::from(omission.segment)));
    let posted = segment.map(|segment| {
        let inputs = SegmentInputs::parse(rules, capacity, &segment.inputs);
        let mut changes = inputs.iter().flat_map(SegmentInputs::changes);
        let found = changes
            .find(|posted| u32::from(posted.slot) == slot && posted.change.warrior == omission.warrior);
        found.map(|posted| posted.change.heading)
    });
    let said =
        |heading: Option<u8>| heading.map_or("nothing".to_owned(), |heading| format!("heading {heading}"));
    match posted {
        Some(posted) if posted == omission.posted && posted != Some(omission.heading) => {}
        posted => report.fail(
            BOND,
            checkpoint_place(rules, omission.index),
            format!(
                "what was posted for warrior {} instead of what was promised",
                omission.warrior
            ),
            &said(posted.flatten()),
            &said(omission.posted),
        ),
    }
    format!(
        "an input promised for tick {} was left out of checkpoint {}",
        omission.tick, omission.index
    )
}

/// Silence must have lasted beyond the deadline.
fn check_silence(void: &VoidRecord, report: &mut Report) -> String {
    if void.standing != Standing::Live {
        fail(
            report,
            "the match whose operator was called silent",
            "one that is live",
            format!("{:?}", void.standing),
        );
    }
    match void.deadline {
        Some(deadline) if void.slot <= deadline => {
            fail(
                report,
                "the slot in which the operator was called silent",
                format!("after {deadline}"),
                void.slot,
            );
            String::new()
        }
        Some(deadline) => format!("nothing was posted until slot {deadline}"),
        None => {
            report.skip(BOND, "the operator's deadline is not on record");
            String::new()
        }
    }
}

fn fail(report: &mut Report, what: &str, expected: impl ToString, found: impl ToString) {
    report.fail(
        BOND,
        Place::Settlement,
        what,
        &expected.to_string(),
        &found.to_string(),
    );
}
