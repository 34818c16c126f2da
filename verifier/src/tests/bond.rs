//! Voided matches: why the bond was forfeit, how it was divided, and what became of it. And how results become final.

use client::address;
use client::aurelius::state::divide;

use super::checkpoints::without_cross_checks;
use super::*;
use crate::proof;
use crate::record::{FinalityRecord, FraudRecord, Payment, VoidRecord};
use crate::resimulation::Outcome;
use crate::support::STAKE;

const SLASH: u64 = 40 * STAKE;
const CHALLENGER: [u8; 32] = [0xcc; 32];
const WARRIORS: u8 = 6;

/// A Blitz that ends with its `checkpoints`-th checkpoint, without a result.
fn broken_off(checkpoints: usize) -> MatchRecord {
    let mut record = blitz();
    without_cross_checks(&mut record);
    record.evidence = Evidence::Ledger;
    record.checkpoints.truncate(checkpoints);
    record.result = None;
    record.finality = None;
    record.standing = Standing::Voided;
    record
        .payments
        .retain(|payment| matches!(payment.cause, Cause::Entered(_)));
    record
}

fn void(record: &MatchRecord, reporter_bps: u16, fraud: Option<FraudRecord>) -> VoidRecord {
    let division = divide(SLASH, 5_000, reporter_bps, WARRIORS);
    VoidRecord {
        standing: Standing::Live,
        slot: 101,
        deadline: Some(100),
        checkpoints_posted: record.checkpoints.len() as u32,
        slash: SLASH,
        slash_burn: division.burnt,
        award: division.award,
        compensation_per_warrior: division.per_warrior,
        payable_slot: 108,
        challenger: CHALLENGER,
        fraud,
        omission: None,
    }
}

/// The operator lied in segment 1 of checkpoint 2, it was proven, and everybody was paid.
fn lied() -> MatchRecord {
    let mut record = broken_off(3);
    record.checkpoints[2].segments[1].leaf[0] ^= 1;
    let proof = proof::find(&record).unwrap();
    assert_eq!((proof.args.index, proof.args.segment), (2, 1));
    let Outcome::Differs { computed } = proof.outcome else {
        panic!("{proof:?}")
    };
    let fraud = FraudRecord {
        index: 2,
        segment: 1,
        claimed: proof.claimed,
        computed,
    };
    record.void = Some(void(&record, 1_000, Some(fraud)));
    pay_out(&mut record);
    record
}

/// The operator posted nothing after its second checkpoint.
fn silent() -> MatchRecord {
    let mut record = broken_off(2);
    record.void = Some(void(&record, 1_000, None));
    pay_out(&mut record);
    record
}

fn pay_out(record: &mut MatchRecord) {
    let void = record.void.clone().unwrap();
    let vault = record.match_ref.vault();
    let to_wallet = |wallet| record.match_ref.token_account(&Pubkey::new_from_array(wallet));
    let pay = |cause, stated, compensation, source, destination: Pubkey| Payment {
        cause,
        slot: 108,
        stated,
        compensation,
        recipient: Some(destination.to_bytes()),
        movements: vec![TokenMovement::Transfer {
            source,
            destination,
            amount: stated,
        }],
        transaction: "paid".to_owned(),
    };
    let bond_vault = address::bond_vault(&record.match_ref.operator);
    let mut payments = vec![
        pay(
            Cause::SlashCollected,
            SLASH - void.slash_burn,
            0,
            bond_vault,
            vault,
        ),
        pay(
            Cause::AwardPaid(CHALLENGER),
            void.award,
            0,
            vault,
            to_wallet(CHALLENGER),
        ),
    ];
    for player in &record.players {
        let compensation = void.compensation_per_warrior * u64::from(player.warriors);
        payments.push(pay(
            Cause::Refunded(player.wallet),
            player.paid + compensation,
            compensation,
            vault,
            to_wallet(player.wallet),
        ));
    }
    payments.push(Payment {
        cause: Cause::Closed,
        slot: 108,
        stated: 0,
        compensation: 0,
        recipient: None,
        movements: Vec::new(),
        transaction: "closed".to_owned(),
    });
    record.payments.extend(payments);
}

#[track_caller]
fn result_of(record: &MatchRecord, name: &str) -> CheckResult {
    let verdict = judge(record);
    verdict
        .check(name)
        .unwrap_or_else(|| panic!("no check {name}: {verdict}"))
        .result
        .clone()
}

#[test]
fn a_lie_is_a_failure_and_its_punishment_is_checked_beside_it() {
    let verdict = judge(&lied());
    assert!(!verdict.ok, "{verdict}");
    assert_eq!(verdict.first_difference.as_ref().unwrap().place, at(2, 1, 300));
    for check in &verdict.checks {
        let expected = match check.name {
            "checkpoints" => CheckResult::Failed,
            "signatures" | "payouts" | "final state" => CheckResult::Skipped,
            _ => CheckResult::Passed,
        };
        assert_eq!(check.result, expected, "{verdict}");
    }
    assert_eq!(verdict.slashed, Some(SLASH));
    let text = verdict.to_string();
    assert!(
        text.contains("the operator lied, and its bond was slashed"),
        "{text}"
    );
    assert!(text.ends_with("verify: FAILED"), "{text}");
}

#[test]
fn silence_is_checked_against_the_deadline() {
    let verdict = assert_ok(&silent());
    assert_eq!(verdict.slashed, Some(SLASH));
    assert!(verdict.to_string().contains("fell silent"), "{verdict}");
    let end = Place::Settlement;
    check(
        silent(),
        |r| {
            let v = r.void.as_mut().unwrap();
            (v.slot, v.payable_slot) = (100, 107);
        },
        "bond",
        end,
        "called silent",
    );
    check(
        silent(),
        |r| r.void.as_mut().unwrap().standing = Standing::Proposed,
        "bond",
        end,
        "called silent",
    );
    let mut unknown = silent();
    unknown.void.as_mut().unwrap().deadline = None;
    let verdict = judge(&unknown);
    assert_eq!(verdict.check("bond").unwrap().result, CheckResult::Skipped);
    assert_eq!(verdict.slashed, None);
}

#[test]
fn a_slash_needs_a_segment_that_is_wrong() {
    // The same proof against an honest trace.
    let mut framed = lied();
    framed.checkpoints[2].segments[1].leaf[0] ^= 1;
    let verdict = judge(&framed);
    assert_eq!(result_of(&framed, "bond"), CheckResult::Failed, "{verdict}");
    assert_eq!(verdict.slashed, None);
    let fraud = |change: fn(&mut FraudRecord)| {
        let mut record = lied();
        change(record.void.as_mut().unwrap().fraud.as_mut().unwrap());
        result_of(&record, "bond")
    };
    assert_eq!(fraud(|_| {}), CheckResult::Passed);
    assert_eq!(fraud(|f| f.computed[0] ^= 1), CheckResult::Failed);
    assert_eq!(fraud(|f| f.claimed[0] ^= 1), CheckResult::Failed);
    // Before the lie everything is right; after it nothing can be told.
    assert_eq!(fraud(|f| f.segment = 0), CheckResult::Failed);
    assert_eq!(fraud(|f| f.index = 1), CheckResult::Failed);
    let mut later = lied();
    later.checkpoints[1].segments[0].leaf[0] ^= 1;
    assert_eq!(result_of(&later, "bond"), CheckResult::Passed);
}

#[test]
fn a_proof_of_refused_inputs_names_no_leaf() {
    let mut record = broken_off(3);
    record.checkpoints[2].segments[0].inputs = vec![0, 1];
    let claimed = record.checkpoints[2].segments[0].leaf;
    let fraud = |computed| FraudRecord {
        index: 2,
        segment: 0,
        claimed,
        computed,
    };
    record.void = Some(void(&record, 1_000, Some(fraud([0; 32]))));
    assert_eq!(result_of(&record, "bond"), CheckResult::Passed);
    record.void = Some(void(&record, 1_000, Some(fraud([1; 32]))));
    assert_eq!(result_of(&record, "bond"), CheckResult::Failed);
}

#[test]
fn the_division_of_a_bond_is_exact() {
    let end = Place::Settlement;
    let of_void = |change: fn(&mut VoidRecord)| move |r: &mut MatchRecord| change(r.void.as_mut().unwrap());
    check(
        silent(),
        of_void(|v| v.award += 1),
        "bond",
        end,
        "the challenger's award",
    );
    check(
        silent(),
        of_void(|v| v.compensation_per_warrior -= 1),
        "bond",
        end,
        "compensation",
    );
    check(silent(), of_void(|v| v.slash -= 1), "bond", end, "slashed");
    check(silent(), of_void(|v| v.slash_burn -= 1), "bond", end, "burned");
    check(
        silent(),
        of_void(|v| v.checkpoints_posted += 1),
        "bond",
        end,
        "checkpoints posted",
    );
    check(
        silent(),
        of_void(|v| v.payable_slot -= 1),
        "bond",
        end,
        "the first slot in which shares are paid",
    );
    // A share that the terms do not know.
    check(
        silent(),
        |r| r.void = Some(void(r, 500, None)),
        "bond",
        end,
        "what was burned",
    );
    // An operator that is to blame does not get away.
    let spared = |r: &mut MatchRecord| {
        let v = r.void.as_mut().unwrap();
        (v.slash, v.award, v.compensation_per_warrior) = (0, 0, 0);
        r.payments
            .retain(|payment| matches!(payment.cause, Cause::Entered(_)));
    };
    check(silent(), spared, "bond", end, "what the operator lost");
}

#[test]
fn every_share_is_paid_once_and_in_full() {
    let end = Place::Settlement;
    let find = |r: &mut MatchRecord, is: fn(Cause) -> bool| {
        r.payments.iter().position(|payment| is(payment.cause)).unwrap()
    };
    let award: fn(Cause) -> bool = |cause| matches!(cause, Cause::AwardPaid(_));
    let refund: fn(Cause) -> bool = |cause| matches!(cause, Cause::Refunded(_));
    let slash: fn(Cause) -> bool = |cause| cause == Cause::SlashCollected;
    for (is, what) in [
        (award, "got the award"),
        (refund, "was refunded"),
        (slash, "collected"),
    ] {
        check(
            silent(),
            |r| {
                let at = find(r, is);
                r.payments[at].stated += 1;
            },
            "transfers",
            end,
            what,
        );
        let twice = |r: &mut MatchRecord| {
            let at = find(r, is);
            let again = r.payments[at].clone();
            r.payments.insert(at + 1, again);
        };
        check(silent(), twice, "transfers", end, what);
    }
    check(
        silent(),
        |r| {
            let at = find(r, award);
            r.payments[at].cause = Cause::AwardPaid([0xdd; 32]);
        },
        "transfers",
        end,
        "got the award",
    );
    check(
        silent(),
        |r| {
            let at = find(r, award);
            r.payments.remove(at);
        },
        "transfers",
        end,
        "still owed",
    );
    // From somewhere else than the operator's bond.
    let foreign = |r: &mut MatchRecord| {
        let at = find(r, slash);
        let vault = r.match_ref.vault();
        r.payments[at].movements = vec![TokenMovement::Transfer {
            source: Pubkey::new_from_array([0x99; 32]),
            destination: vault,
            amount: SLASH,
        }];
    };
    check(silent(), foreign, "transfers", end, "collected");
}

#[test]
fn stakes_may_go_back_before_the_bond_arrives() {
    let mut record = silent();
    let vault = record.match_ref.vault();
    // The first player's refund comes in two parts, the stake in front of the bond.
    let at = record
        .payments
        .iter()
        .position(|payment| matches!(payment.cause, Cause::Refunded(_)))
        .unwrap();
    let whole = record.payments[at].clone();
    let TokenMovement::Transfer { destination, .. } = whole.movements[0] else {
        panic!()
    };
    let part = |stated, compensation| Payment {
        stated,
        compensation,
        movements: vec![TokenMovement::Transfer {
            source: vault,
            destination,
            amount: stated,
        }],
        ..whole.clone()
    };
    record.payments[at] = part(whole.compensation, whole.compensation);
    let collected = record
        .payments
        .iter()
        .position(|payment| payment.cause == Cause::SlashCollected)
        .unwrap();
    record
        .payments
        .insert(collected, part(whole.stated - whole.compensation, 0));
    assert_ok(&record);
    // Or behind it, while the shares wait.
    record.payments.swap(collected, collected + 1);
    record.payments[collected + 1].slot = 107;
    assert_ok(&record);
    // A share that is paid a slot too early is no due one.
    record.payments[at + 1].slot = 107;
    assert_eq!(result_of(&record, "transfers"), CheckResult::Failed);
    record.payments[at + 1].slot = 108;
    record.payments.swap(collected, collected + 1);
    assert_ok(&record);
    // A compensation out of the stakes of others.
    let early = |r: &mut MatchRecord| {
        let at = collected;
        r.payments[at] = whole.clone();
    };
    check(
        record.clone(),
        early,
        "transfers",
        Place::Settlement,
        "the compensation when",
    );
}

#[test]
fn results_become_final_by_signatures_or_by_time() {
    let end = Place::Settlement;
    let cosigned = |signers: Vec<u8>| {
        let mut record = siege();
        record.finality = Some(FinalityRecord {
            cosigned: true,
            slot: 5,
            challenge_deadline: Some(1_000),
            signers,
        });
        record
    };
    // Player 4 was never admitted and need not sign.
    let verdict = assert_ok(&cosigned(vec![0, 1, 3, 2]));
    assert!(
        verdict.check("finality").unwrap().detail.contains("4 players"),
        "{verdict}"
    );
    check(
        cosigned(vec![0, 1, 2, 4]),
        |_| {},
        "finality",
        end,
        "signature of player 3",
    );
    check(
        blitz(),
        |r| r.finality.as_mut().unwrap().slot = 1_000,
        "finality",
        end,
        "became final",
    );
}
