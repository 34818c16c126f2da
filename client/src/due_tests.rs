//! Every status on both sides of its deadline, and every payment a match that is over can owe.

use anchor_lang::Discriminator;
use aurelius::state::{Match, PlayerSlot};
use solana_account::Account;

use super::*;

const DEADLINE: u64 = 1_000;
/// Shares of a forfeited bond are paid from here on.
const PAYABLE: u64 = 2_000;

fn wallet(number: u8) -> Pubkey {
    Pubkey::new_from_array([number; 32])
}

/// A match of two players with two warriors and one, who paid 20 and 10; each deadline is another slot.
fn a_match(status: MatchStatus, change: impl Fn(&mut Match, &mut [PlayerSlot; 2])) -> MatchView {
    let mut header: Match = bytemuck::Zeroable::zeroed();
    header.version = aurelius::state::ACCOUNT_VERSION;
    header.players_max = 2;
    header.players_count = 2;
    header.slots_used = 2;
    header.status = status as u8;
    header.warriors_admitted = 3;
    header.rules_len = arena::RULES_LEN as u16;
    header.rules[..arena::RULES_LEN].copy_from_slice(arena::Rules::BLITZ.as_bytes());
    header.lock_deadline = DEADLINE;
    header.entropy_deadline = DEADLINE + 1;
    header.progress_deadline = DEADLINE + 2;
    header.challenge_deadline = DEADLINE + 3;
    let slot = |number: u8, warriors: u8, first_warrior| PlayerSlot {
        player: wallet(number),
        paid: 10 * u64::from(warriors),
        payout: 0,
        warriors,
        first_warrior,
        flags: PlayerSlot::ENTERED,
        padding: [0; 5],
    };
    let mut slots = [slot(1, 2, 0), slot(2, 1, 2)];
    change(&mut header, &mut slots);
    let mut data = Match::DISCRIMINATOR.to_vec();
    data.extend_from_slice(bytemuck::bytes_of(&header));
    data.extend_from_slice(bytemuck::cast_slice(&slots));
    let account = Account {
        lamports: 1,
        data,
        owner: aurelius::ID,
        executable: false,
        rent_epoch: 0,
    };
    MatchView::decode(wallet(9), &account).unwrap()
}

/// The bond of this match is forfeit: 100 for each warrior, 50 for the reporter.
fn forfeit(header: &mut Match, slots: &mut [PlayerSlot; 2], collected: bool) {
    header.slash = 700;
    header.compensation_per_warrior = 100;
    header.award = 50;
    header.challenger = wallet(7);
    header.slash_collected = u8::from(collected);
    header.slash_payable_slot = PAYABLE;
    slots[0].flags |= PlayerSlot::REFUNDED;
}

#[test]
fn every_deadline_opens_its_step_in_the_slot_after_it_and_no_earlier() {
    for (status, last, step, before) in [
        (MatchStatus::Open, DEADLINE, Step::Cancel, vec![]),
        (MatchStatus::Locked, DEADLINE + 1, Step::Void, vec![Step::Start]),
        (MatchStatus::Live, DEADLINE + 2, Step::Void, vec![]),
        (MatchStatus::Proposed, DEADLINE + 3, Step::Finalize, vec![]),
    ] {
        let view = a_match(status, |_, _| {});
        assert_eq!(deadline(&view), Some(Deadline { slot: last, step }));
        assert_eq!(steps(&view, last), before, "{status:?} in time");
        assert_eq!(steps(&view, last + 1), [step], "{status:?} too late");
        assert_eq!(amount(&view, &step, last + 1), 30, "all stakes hang on it");
    }
}

#[test]
fn a_lobby_without_players_has_nothing_due() {
    let nobody = |_: &mut Match, slots: &mut [PlayerSlot; 2]| *slots = [PlayerSlot::default(); 2];
    let view = a_match(MatchStatus::Open, nobody);
    assert_eq!(steps(&view, u64::MAX), []);
}

#[test]
fn a_settled_match_owes_what_was_not_claimed() {
    let view = a_match(MatchStatus::Settled, |_, slots| {
        slots[0].payout = 25;
        slots[1].payout = 5;
        slots[1].flags |= PlayerSlot::CLAIMED;
    });
    assert_eq!(deadline(&view), None);
    let claim = Step::Claim(wallet(1));
    assert_eq!(steps(&view, 0), [claim]);
    assert_eq!(
        (amount(&view, &claim, 0), claim.recipient()),
        (25, Some(wallet(1)))
    );
    // Who won nothing is owed nothing.
    let lost = a_match(MatchStatus::Settled, |_, slots| slots[0].payout = 0);
    assert_eq!(steps(&lost, 0), []);
}

#[test]
fn a_cancelled_match_owes_the_stakes_that_are_not_back() {
    let view = a_match(MatchStatus::Cancelled, |_, slots| {
        slots[0].flags |= PlayerSlot::REFUNDED
    });
    assert_eq!(steps(&view, 0), [Step::Refund(wallet(2))]);
    assert_eq!(amount(&view, &Step::Refund(wallet(2)), 0), 10);
    let done = a_match(MatchStatus::Cancelled, |_, slots| {
        slots
            .iter_mut()
            .for_each(|slot| slot.flags |= PlayerSlot::REFUNDED);
    });
    assert_eq!(steps(&done, u64::MAX), []);
}

#[test]
fn stakes_never_wait_for_the_bond_and_shares_wait_until_it_is_payable() {
    let missing = a_match(MatchStatus::Voided, |header, slots| forfeit(header, slots, false));
    let stake = Step::Refund(wallet(2));
    assert_eq!(steps(&missing, u64::MAX), [Step::CollectSlash, stake]);
    assert_eq!(amount(&missing, &Step::CollectSlash, 0), 700);
    assert_eq!(amount(&missing, &stake, 0), 10);

    let collected = a_match(MatchStatus::Voided, |header, slots| forfeit(header, slots, true));
    assert_eq!(steps(&collected, PAYABLE - 1), [stake]);
    let award = Step::Award(wallet(7));
    let all = [award, Step::Refund(wallet(1)), stake];
    assert_eq!(steps(&collected, PAYABLE), all);
    let amounts = all.map(|step| amount(&collected, &step, PAYABLE));
    assert_eq!(amounts, [50, 200, 110]);

    let paid = a_match(MatchStatus::Voided, |header, slots| {
        forfeit(header, slots, true);
        header.award_paid = 1;
        let both = PlayerSlot::REFUNDED | PlayerSlot::COMPENSATED;
        slots.iter_mut().for_each(|slot| slot.flags |= both);
    });
    assert_eq!(steps(&paid, u64::MAX), []);
}
