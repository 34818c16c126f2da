//! Honest matches pass; whatever part is falsified, the verdict names it and where it begins.

mod bond;
mod checkpoints;
mod replay;
mod settlement;
mod setup;
mod signatures;

use arena::Rules;
use client::history::TokenMovement;
use client::Pubkey;
use protocol::directory::{Amount, Mode};
use protocol::replay::{Replay, ReplayCheckpoint, ReplayPlayer, ReplaySegment};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Signature, Tick, WalletKey};

use crate::record::{Cause, Evidence, MatchRecord, Standing};
use crate::support::{entrant, honest, late_entrant, session, short_blitz, short_siege};
use crate::verdict::{CheckResult, Place};
use crate::{verify, Verdict};

fn blitz() -> MatchRecord {
    honest(short_blitz(), &[entrant(0, 2), entrant(1, 1), entrant(3, 3)], 7)
}

/// With a late entry that is admitted in segment 2, and one that never is.
fn siege() -> MatchRecord {
    honest(
        short_siege(),
        &[
            entrant(0, 2),
            entrant(1, 1),
            entrant(2, 3),
            late_entrant(3, 2, Some(2)),
            late_entrant(4, 1, None),
        ],
        9,
    )
}

fn judge(record: &MatchRecord) -> Verdict {
    verify(record, |_| {})
}

#[track_caller]
fn assert_ok(record: &MatchRecord) -> Verdict {
    let verdict = judge(record);
    assert!(verdict.ok, "{verdict}");
    assert!(verdict.first_difference.is_none());
    verdict
}

/// Falsifies `record`, and expects the named check to fail with the first difference at `place`, about `what`.
#[track_caller]
fn check(
    mut record: MatchRecord,
    falsify: impl FnOnce(&mut MatchRecord),
    name: &str,
    place: Place,
    what: &str,
) {
    falsify(&mut record);
    let verdict = judge(&record);
    assert!(!verdict.ok, "not noticed: {verdict}");
    let failed = verdict
        .check(name)
        .unwrap_or_else(|| panic!("no check {name}: {verdict}"));
    assert_eq!(failed.result, CheckResult::Failed, "{verdict}");
    let difference = verdict.first_difference.as_ref().unwrap();
    assert_eq!(difference.place, place, "{verdict}");
    assert!(difference.what.contains(what), "{verdict}");
    assert_ne!(difference.expected, difference.found, "{verdict}");
    assert!(verdict.to_string().ends_with("verify: FAILED"), "{verdict}");
}

fn at(checkpoint: u32, segment: u32, tick: u32) -> Place {
    Place::Checkpoint {
        checkpoint,
        segment,
        tick,
    }
}

#[test]
fn honest_matches_pass_every_check() {
    for record in [blitz(), siege()] {
        let verdict = assert_ok(&record);
        assert!(
            verdict
                .checks
                .iter()
                .all(|check| check.result == CheckResult::Passed),
            "{verdict}"
        );
        assert_eq!(verdict.payouts, record.result.unwrap().payouts);
        assert!(verdict.to_string().ends_with("verify: ok"));
    }
}

#[test]
fn a_siege_pays_back_whom_it_never_admitted() {
    let record = siege();
    let verdict = assert_ok(&record);
    assert_eq!(verdict.payouts[4], record.players[4].paid);
    assert_eq!(
        record.result.unwrap().books.unwrap().refunded,
        record.players[4].paid
    );
}

#[test]
fn progress_reaches_the_end() {
    let record = blitz();
    let mut last_checkpoint = None;
    let mut last_signature = None;
    verify(&record, |progress| match progress {
        crate::Progress::Checkpoints { done, total } => last_checkpoint = Some((done, total)),
        crate::Progress::Signatures { done, total } => last_signature = Some((done, total)),
    });
    let (checkpoints, inputs) = (record.checkpoints.len(), record.signed_inputs.unwrap().len());
    assert_eq!(last_checkpoint, Some((checkpoints, checkpoints)));
    assert_eq!(last_signature, Some((inputs, inputs)));
}

#[test]
fn what_cannot_be_checked_is_skipped_not_passed() {
    let mut record = blitz();
    record.signed_inputs = None;
    record.evidence = Evidence::Ledger;
    let verdict = assert_ok(&record);
    assert_eq!(verdict.check("signatures").unwrap().result, CheckResult::Skipped);

    let mut open = blitz();
    open.start = None;
    open.checkpoints.clear();
    open.result = None;
    open.standing = Standing::Open;
    open.finality = None;
    open.payments
        .retain(|payment| matches!(payment.cause, Cause::Entered(_)));
    let verdict = assert_ok(&open);
    assert_eq!(verdict.check("checkpoints").unwrap().result, CheckResult::Skipped);
    assert_eq!(verdict.check("payouts").unwrap().result, CheckResult::Skipped);
    assert!(verdict.to_string().contains("not over"));

    // Half way, and live.
    let mut live = blitz();
    live.checkpoints.truncate(2);
    live.trace.as_mut().unwrap()[2..].fill([0; 32]);
    live.signed_inputs
        .as_mut()
        .unwrap()
        .retain(|input| input.tick.0 < 240);
    live.result = None;
    live.standing = Standing::Live;
    live.finality = None;
    live.payments
        .retain(|payment| matches!(payment.cause, Cause::Entered(_)));
    assert_ok(&live);
}

/// The budget is 20 ms in a release build; this bound leaves room for a debug build on a busy machine.
#[test]
fn a_full_blitz_is_verified_quickly() {
    let entrants: Vec<_> = (0..20).map(|index| entrant(index, 1)).collect();
    let mut record = honest(Rules::BLITZ, &entrants, 3);
    record.signed_inputs = None;
    let started = std::time::Instant::now();
    assert_ok(&record);
    let elapsed = started.elapsed();
    assert!(elapsed < std::time::Duration::from_millis(100), "{elapsed:?}");
}
