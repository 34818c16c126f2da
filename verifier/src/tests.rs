//! Honest matches pass; whatever part is falsified, the verdict names it and where it begins.

use arena::Rules;
use client::history::TokenMovement;
use client::Pubkey;
use protocol::directory::{Amount, Mode};
use protocol::replay::{Replay, ReplayCheckpoint, ReplayPlayer, ReplaySegment};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Signature, Tick, WalletKey};

use crate::record::{Cause, Evidence, MatchRecord, Standing};
use crate::synthetic::{honest, late_seat, seat, session, short_blitz, short_siege};
use crate::verdict::{CheckResult, Place};
use crate::{verify, Verdict};

fn blitz() -> MatchRecord {
    honest(short_blitz(), &[seat(0, 2), seat(1, 1), seat(3, 3)], 7)
}

/// With a late entry that is admitted in segment 2, and one that never is.
fn siege() -> MatchRecord {
    honest(
        short_siege(),
        &[
            seat(0, 2),
            seat(1, 1),
            seat(2, 3),
            late_seat(3, 2, Some(2)),
            late_seat(4, 1, None),
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
fn terms_and_entries() {
    let setup = Place::Setup;
    check(
        blitz(),
        |r| r.terms.rules[0] = 9,
        "rules",
        setup,
        "rules table is not valid",
    );
    check(
        blitz(),
        |r| r.terms.rules.truncate(10),
        "rules",
        setup,
        "rules table is not valid",
    );
    check(
        blitz(),
        |r| r.terms.rules_hash = Some([1; 32]),
        "rules",
        setup,
        "hash of the rules table",
    );
    check(
        blitz(),
        |r| r.players[1].paid += 1,
        "entries",
        setup,
        "what player 1 paid",
    );
    check(
        blitz(),
        |r| r.players[2].warriors = 6,
        "entries",
        setup,
        "warriors of player 3",
    );
    check(
        blitz(),
        |r| r.players[1].index = 0,
        "entries",
        setup,
        "two players in slot 0",
    );
    check(
        blitz(),
        |r| r.terms.players_max = Some(2),
        "entries",
        setup,
        "players",
    );
    check(
        blitz(),
        |r| r.terms.warriors_max = Some(5),
        "entries",
        setup,
        "warriors",
    );
    check(
        blitz(),
        |r| r.start.as_mut().unwrap().owners[5] = 1,
        "entries",
        setup,
        "roster at the start",
    );
    check(
        siege(),
        |r| r.players[3].late.as_mut().unwrap().first_warrior = Some(9),
        "entries",
        setup,
        "first warrior of late player 3",
    );
}

#[test]
fn seed_genesis_and_drip() {
    let setup = Place::Setup;
    check(
        blitz(),
        |r| r.start.as_mut().unwrap().value[0] ^= 1,
        "seed",
        setup,
        "seed made of the randomness",
    );
    check(
        blitz(),
        |r| r.start.as_mut().unwrap().seed[0] ^= 1,
        "seed",
        setup,
        "seed made of the randomness",
    );
    check(
        blitz(),
        |r| r.start.as_mut().unwrap().genesis_leaf[0] ^= 1,
        "genesis",
        setup,
        "genesis leaf",
    );
    check(
        blitz(),
        |r| r.start.as_mut().unwrap().capacity = 1,
        "genesis",
        setup,
        "",
    );
    check(
        blitz(),
        |r| r.terms.drip_root[0] ^= 1,
        "drip chain",
        at(0, 0, 0),
        "hash of the drip key",
    );
    check(
        blitz(),
        |r| r.checkpoints[2].drip_key[0] ^= 1,
        "drip chain",
        at(2, 0, 240),
        "hash of the drip key",
    );
}

#[test]
fn checkpoints() {
    // A lie about a leaf begins where it was told, whatever else it breaks.
    check(
        blitz(),
        |r| r.checkpoints[2].segments[1].leaf[0] ^= 1,
        "checkpoints",
        at(2, 0, 240),
        "digest",
    );
    check(
        blitz(),
        |r| {
            // As above, by an operator who keeps his digests in order: only the simulation can tell.
            r.checkpoints[2].segments[1].leaf[0] ^= 1;
            for checkpoint in &mut r.checkpoints {
                checkpoint.digest = None;
            }
            r.trace = None;
        },
        "checkpoints",
        at(2, 1, 300),
        "leaf after the segment",
    );
    check(
        blitz(),
        |r| r.checkpoints[1].digest = Some([1; 32]),
        "digests",
        at(1, 0, 120),
        "digest of what was posted",
    );
    check(
        blitz(),
        |r| r.trace.as_mut().unwrap()[3] = [1; 32],
        "digests",
        at(3, 0, 360),
        "digest in the trace account",
    );
    check(
        blitz(),
        |r| r.checkpoints[3].index = 4,
        "checkpoints",
        at(3, 0, 360),
        "the checkpoint's index",
    );
    check(
        blitz(),
        |r| {
            r.checkpoints[3].segments.pop();
        },
        "checkpoints",
        at(3, 0, 360),
        "",
    );
    check(
        blitz(),
        |r| {
            r.checkpoints.remove(0);
        },
        "checkpoints",
        at(0, 0, 0),
        "index",
    );
}

/// Makes an operator's lie hang together: no digests, no signatures, nothing but the simulation in the way.
fn without_cross_checks(record: &mut MatchRecord) {
    record.trace = None;
    record.signed_inputs = None;
    record
        .checkpoints
        .iter_mut()
        .for_each(|checkpoint| checkpoint.digest = None);
}

#[test]
fn inputs_that_the_rules_refuse() {
    let garbled = |bytes: Vec<u8>| {
        move |r: &mut MatchRecord| {
            without_cross_checks(r);
            r.checkpoints[1].segments[0].inputs = bytes;
        }
    };
    check(blitz(), garbled(vec![]), "inputs", at(1, 0, 120), "packed inputs");
    check(
        blitz(),
        garbled(vec![1]),
        "inputs",
        at(1, 0, 120),
        "packed inputs",
    );
    check(
        blitz(),
        garbled(vec![0, 0xff]),
        "inputs",
        at(1, 0, 120),
        "packed inputs",
    );
    // Inputs that are valid but not those of the leaf.
    check(
        blitz(),
        garbled(vec![0]),
        "checkpoints",
        at(1, 0, 120),
        "leaf after the segment",
    );
}

#[test]
fn late_entries_must_come_before_their_admission() {
    let falsify = |r: &mut MatchRecord| r.players[3].late.as_mut().unwrap().checkpoints_before = Some(3);
    check(
        siege(),
        falsify,
        "inputs",
        at(2, 0, 120),
        "player 3 was admitted before having entered",
    );
    // Admitting after the cut-off.
    let falsify = |r: &mut MatchRecord| {
        without_cross_checks(r);
        r.checkpoints[5].segments[0].inputs[0] = 1;
    };
    check(siege(), falsify, "inputs", at(5, 0, 300), "packed inputs");
    // Half an entry.
    let falsify = |r: &mut MatchRecord| {
        without_cross_checks(r);
        r.checkpoints[2].segments[0].inputs[0] = 1;
    };
    check(siege(), falsify, "inputs", at(2, 0, 120), "packed inputs");
}

#[test]
fn result_and_payouts() {
    let end = Place::Settlement;
    let result = |change: fn(&mut crate::record::ResultRecord)| {
        move |r: &mut MatchRecord| change(r.result.as_mut().unwrap())
    };
    check(
        blitz(),
        result(|r| r.final_leaf = Some([1; 32])),
        "final state",
        end,
        "leaf of the result",
    );
    check(
        blitz(),
        result(|r| r.state.as_mut().unwrap()[70] ^= 1),
        "final state",
        end,
        "submitted state",
    );
    check(
        blitz(),
        result(|r| r.payouts[0] += 1),
        "payouts",
        end,
        "payout of player 0",
    );
    check(
        blitz(),
        result(|r| r.payouts.push(5)),
        "payouts",
        end,
        "payout of player 4",
    );
    check(
        blitz(),
        result(|r| r.books.as_mut().unwrap().pot += 1),
        "payouts",
        end,
        "the pot",
    );
    check(
        blitz(),
        result(|r| r.books.as_mut().unwrap().fee += 1),
        "payouts",
        end,
        "the fee",
    );
    check(
        blitz(),
        result(|r| r.books.as_mut().unwrap().burn -= 1),
        "payouts",
        end,
        "the burn share",
    );
    check(
        siege(),
        result(|r| r.books.as_mut().unwrap().refunded = 0),
        "payouts",
        end,
        "refunds of late entries",
    );
    let early = |r: &mut MatchRecord| {
        without_cross_checks(r);
        r.checkpoints.pop();
    };
    check(blitz(), early, "final state", end, "match that goes on");
    check(
        blitz(),
        |r| {
            r.checkpoints.pop();
        },
        "digests",
        at(4, 0, 480),
        "not posted",
    );
}

fn payment(record: &mut MatchRecord, is: impl Fn(Cause) -> bool) -> &mut crate::record::Payment {
    record
        .payments
        .iter_mut()
        .find(|payment| is(payment.cause))
        .unwrap()
}

#[test]
fn transfers() {
    let end = Place::Settlement;
    let claimed = |cause| matches!(cause, Cause::Claimed(_));
    let stranger = Pubkey::new_from_array([0x99; 32]);
    check(
        blitz(),
        |r| payment(r, claimed).stated += 1,
        "transfers",
        end,
        "amount",
    );
    check(
        blitz(),
        |r| payment(r, claimed).movements.clear(),
        "transfers",
        end,
        "tokens moved",
    );
    let redirect = |r: &mut MatchRecord| {
        let payment = payment(r, claimed);
        if let TokenMovement::Transfer { destination, .. } = &mut payment.movements[0] {
            *destination = stranger;
        }
        payment.recipient = Some(stranger.to_bytes());
    };
    check(blitz(), redirect, "transfers", end, "tokens moved");
    let twice = |r: &mut MatchRecord| {
        let again = payment(r, claimed).clone();
        r.payments.insert(r.payments.len() - 1, again);
    };
    check(blitz(), twice, "transfers", end, "claimed");
    check(
        blitz(),
        |r| payment(r, |c| c == Cause::FeeSwept).stated += 1,
        "transfers",
        end,
        "fee",
    );
    let kept = |r: &mut MatchRecord| {
        let vault = r.match_ref.vault();
        let amount = payment(r, |c| c == Cause::Burned).stated;
        payment(r, |c| c == Cause::Burned).movements = vec![TokenMovement::Transfer {
            source: vault,
            destination: stranger,
            amount,
        }];
    };
    check(blitz(), kept, "transfers", end, "burn");
    let short = |r: &mut MatchRecord| {
        if let TokenMovement::Transfer { amount, .. } =
            &mut payment(r, |c| matches!(c, Cause::Entered(_))).movements[0]
        {
            *amount -= 1;
        }
    };
    check(blitz(), short, "transfers", end, "entered");
    check(
        blitz(),
        |r| r.payments.retain(|p| p.cause != Cause::FeeSwept),
        "transfers",
        end,
        "still owed",
    );
    let leak = |r: &mut MatchRecord| {
        let movement = TokenMovement::Transfer {
            source: r.match_ref.vault(),
            destination: stranger,
            amount: 1,
        };
        payment(r, |c| c == Cause::Closed).cause = Cause::Other;
        r.payments.last_mut().unwrap().movements.push(movement);
    };
    check(blitz(), leak, "transfers", end, "moves no tokens");
    // Refunds of a match that was settled.
    let refund = |r: &mut MatchRecord| {
        if let Cause::Claimed(wallet) = payment(r, claimed).cause {
            payment(r, claimed).cause = Cause::Refunded(wallet);
        }
    };
    check(blitz(), refund, "transfers", end, "was refunded");
}

#[test]
fn signatures() {
    let first_tick = |r: &MatchRecord, index: usize| r.signed_inputs.as_ref().unwrap()[index].tick.0;
    let place = |tick: u32| at(tick / 120, tick % 120 / 60, tick);
    let tick = first_tick(&blitz(), 10);
    let input = |change: fn(&mut protocol::replay::ReplayInput)| {
        move |r: &mut MatchRecord| change(&mut r.signed_inputs.as_mut().unwrap()[10])
    };
    check(
        blitz(),
        input(|i| i.signed.signature = Signature([1; 64])),
        "signatures",
        place(tick),
        "signature of input",
    );
    check(
        blitz(),
        input(|i| i.signed.input.heading = (i.signed.input.heading + 1) % 9),
        "signatures",
        place(tick),
        "",
    );
    check(
        blitz(),
        input(|i| i.signed.input.match_key = MatchKey([5; 32])),
        "signatures",
        place(tick),
        "the match of input",
    );
    check(
        blitz(),
        input(|i| i.signed.input.slot = PlayerSlot(99)),
        "signatures",
        place(tick),
        "owner of the warrior",
    );
    // A tick beyond the end: what was posted for it is left without a signature.
    check(
        blitz(),
        input(|i| i.tick = Tick(5400)),
        "signatures",
        place(tick),
        "without a signed input",
    );
    // Signed again by somebody else.
    let forged = |r: &mut MatchRecord| {
        let input = &mut r.signed_inputs.as_mut().unwrap()[10].signed;
        *input = input.input.sign(&session(77));
    };
    check(blitz(), forged, "signatures", place(tick), "signature of input");
}

#[test]
fn accepted_inputs_are_all_posted_and_nothing_else_is() {
    // Left out of the posted inputs by an operator who then simulated honestly: only the ack's signature tells.
    let mut record = blitz();
    let inputs = record.signed_inputs.as_mut().unwrap();
    let last = inputs.last().unwrap().clone();
    let mut extra = last.signed.input;
    extra.sequence += 1;
    extra.previous = last.signed.input.hash();
    extra.warrior = last.signed.input.warrior;
    // One slot on, where nothing was posted for this warrior.
    let free = (1..60).map(|add| last.tick.0 + add).find(|tick| {
        tick % 60 != 0
            && !inputs
                .iter()
                .any(|i| i.tick.0 == *tick && i.signed.input.warrior == extra.warrior)
    });
    let tick = free.unwrap().min(599);
    inputs.push(protocol::replay::ReplayInput {
        tick: Tick(tick),
        signed: extra.sign(&session(extra.slot.0)),
    });
    check(
        record,
        |_| {},
        "signatures",
        at(tick / 120, tick % 120 / 60, tick),
        "missing from what was posted",
    );

    // Posted without a signature: the last input of a player disappears from the file.
    let mut record = blitz();
    let gone = record.signed_inputs.as_mut().unwrap().pop().unwrap();
    let verdict = judge(&record);
    let difference = verdict.first_difference.unwrap();
    let tick = gone.tick.0;
    assert_eq!(difference.place, at(tick / 120, tick % 120 / 60, tick));
    assert!(difference.what.contains("posted"), "{}", difference.what);
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
    live.payments
        .retain(|payment| matches!(payment.cause, Cause::Entered(_)));
    assert_ok(&live);
}

#[test]
fn voided_matches_pay_every_stake_back() {
    let mut record = blitz();
    record.checkpoints.truncate(1);
    record.trace = None;
    record.signed_inputs = None;
    record.result = None;
    record.standing = Standing::Voided;
    let vault = record.match_ref.vault();
    let stakes: Vec<_> = record
        .payments
        .iter()
        .filter(|payment| matches!(payment.cause, Cause::Entered(_)))
        .cloned()
        .collect();
    let refunds = stakes.iter().map(|stake| {
        let Cause::Entered(wallet) = stake.cause else {
            unreachable!()
        };
        let destination = record.match_ref.token_account(&Pubkey::new_from_array(wallet));
        crate::record::Payment {
            cause: Cause::Refunded(wallet),
            recipient: Some(destination.to_bytes()),
            movements: vec![TokenMovement::Transfer {
                source: vault,
                destination,
                amount: stake.stated,
            }],
            ..stake.clone()
        }
    });
    record.payments = stakes.iter().cloned().chain(refunds).collect();
    assert_ok(&record);
    let less = |r: &mut MatchRecord| payment(r, |c| matches!(c, Cause::Refunded(_))).stated -= 1;
    check(record, less, "transfers", Place::Settlement, "was refunded");
}

fn replay_of(record: &MatchRecord) -> Replay {
    let start = record.start.as_ref().unwrap();
    let result = record.result.as_ref().unwrap();
    let late = record.players.iter().filter(|player| player.late.is_some());
    let owners = start
        .owners
        .iter()
        .copied()
        .chain(late.flat_map(|p| vec![p.index; usize::from(p.warriors)]));
    Replay {
        program: PublicKey([1; 32]),
        match_key: MatchKey(record.match_ref.key.to_bytes()),
        match_id: 1,
        operator: PublicKey([2; 32]),
        mode: Mode::Siege,
        rules: record.terms.rules.clone(),
        capacity: start.capacity,
        warriors_at_start: start.owners.len() as u8,
        owners: owners.map(PlayerSlot).collect(),
        players: record
            .players
            .iter()
            .map(|player| ReplayPlayer {
                slot: PlayerSlot(player.index),
                wallet: WalletKey(player.wallet),
                session: SessionKey(player.session_key),
                warriors: player.warriors,
                late: player.late.is_some(),
                paid: Amount(player.paid),
                payout: Amount(result.payouts[usize::from(player.index)]),
            })
            .collect(),
        randomness: Hash(start.value),
        seed: Hash(start.seed),
        drip_root: Hash(record.terms.drip_root),
        genesis_leaf: Hash(start.genesis_leaf),
        checkpoints: record
            .checkpoints
            .iter()
            .map(|checkpoint| ReplayCheckpoint {
                drip_key: Hash(checkpoint.drip_key),
                digest: Hash(checkpoint.digest.unwrap()),
                posted_in: None,
                segments: checkpoint
                    .segments
                    .iter()
                    .map(|segment| ReplaySegment {
                        inputs: segment.inputs.clone(),
                        leaf: Hash(segment.leaf),
                    })
                    .collect(),
            })
            .collect(),
        inputs: record.signed_inputs.clone().unwrap(),
        final_state: result.state.clone().unwrap(),
    }
}

#[test]
fn a_replay_alone_is_verified_and_says_what_it_does_not_prove() {
    for record in [blitz(), siege()] {
        let replay = Replay::read(&replay_of(&record).write().unwrap()).unwrap();
        let verdict = assert_ok(&MatchRecord::from_replay(&replay));
        assert_eq!(verdict.evidence, Evidence::Replay);
        assert_eq!(verdict.check("transfers").unwrap().result, CheckResult::Skipped);
        assert!(verdict.to_string().contains("nothing here says"));
        let mut liar = replay;
        liar.players[0].payout.0 += 1;
        assert!(!judge(&MatchRecord::from_replay(&liar)).ok);
    }
}

#[test]
fn a_replay_that_contradicts_the_ledger_is_told() {
    let record = siege();
    let replay = replay_of(&record);
    let attach = |change: fn(&mut Replay)| {
        let mut ledger = MatchRecord {
            signed_inputs: None,
            evidence: Evidence::Ledger,
            ..record.clone()
        };
        let mut replay = replay.clone();
        change(&mut replay);
        ledger.attach_replay(&replay);
        ledger
    };
    assert_ok(&attach(|_| {}));
    check(
        attach(|r| r.seed.0[0] ^= 1),
        |_| {},
        "replay file",
        Place::Setup,
        "the seed",
    );
    check(
        attach(|r| r.players[0].session.0[0] ^= 1),
        |_| {},
        "replay file",
        Place::Setup,
        "the session key of player 0",
    );
    check(
        attach(|r| r.checkpoints[4].segments[0].leaf.0[0] ^= 1),
        |_| {},
        "replay file",
        at(4, 0, 240),
        "the leaf of segment 0",
    );
    check(
        attach(|r| {
            r.checkpoints.pop();
        }),
        |_| {},
        "replay file",
        Place::Setup,
        "number of checkpoints",
    );
}

/// The budget is 20 ms in a release build; this bound only catches a verifier that has become quadratic.
#[test]
fn a_full_blitz_is_verified_quickly() {
    let seats: Vec<_> = (0..20).map(|index| seat(index, 1)).collect();
    let mut record = honest(Rules::BLITZ, &seats, 3);
    record.signed_inputs = None;
    let started = std::time::Instant::now();
    assert_ok(&record);
    let elapsed = started.elapsed();
    assert!(elapsed < std::time::Duration::from_millis(500), "{elapsed:?}");
}
