//! Result, payouts and every token that moved.

use super::checkpoints::without_cross_checks;
use super::*;

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
fn voided_matches_pay_every_stake_back() {
    let mut record = blitz();
    record.checkpoints.truncate(1);
    record.trace = None;
    record.signed_inputs = None;
    record.result = None;
    record.standing = Standing::Voided;
    record.finality = None;
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
