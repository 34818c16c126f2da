#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use bytemuck::Zeroable;

use super::*;

/// A live match of two players with one and two warriors at a price of 5.
fn live() -> (Match, Vec<PlayerSlot>) {
    let mut header = Match::zeroed();
    header.version = crate::state::ACCOUNT_VERSION;
    header.set_status(MatchStatus::Live);
    (header.players_max, header.players_count, header.slots_used) = (3, 2, 2);
    (header.warriors_max, header.warriors_total) = (5, 3);
    (header.warriors_at_start, header.warriors_admitted) = (3, 3);
    header.entries_open = 2;
    header.stake_per_warrior = 5;
    (header.deposited, header.owed) = (15, 15);
    (header.checkpoints_max, header.bond_held, header.bond_reserved) = (4, 1, 30);
    let slot = |player: u8, warriors: u8| PlayerSlot {
        player: Pubkey::new_from_array([player; 32]),
        paid: 5 * u64::from(warriors),
        warriors,
        flags: PlayerSlot::ENTERED,
        ..PlayerSlot::default()
    };
    (header, vec![slot(1, 1), slot(2, 2), PlayerSlot::default()])
}

/// The same match, settled: 9 and 3 to the players, a fee of 2 and 1 to burn.
fn settled() -> (Match, Vec<PlayerSlot>) {
    let (mut header, mut slots) = live();
    header.set_status(MatchStatus::Settled);
    (header.fee, header.burn, header.bond_held) = (2, 1, 0);
    (slots[0].payout, slots[1].payout) = (9, 3);
    (header, slots)
}

#[track_caller]
fn broken(header: &Match, slots: &[PlayerSlot], expected: AureliusError) {
    let Err(Error::AnchorError(error)) = header.check(slots) else {
        panic!("not refused")
    };
    assert_eq!(error.error_code_number, expected.code());
}

/// A change that a defect could make.
type Change = fn(&mut Match, &mut [PlayerSlot]);

#[test]
fn counts_that_are_not_those_of_the_slots() {
    let (header, slots) = live();
    header.check(&slots).unwrap();
    let changes: [(&str, Change); 12] = [
        ("players", |header, _| header.players_count += 1),
        ("warriors", |header, _| header.warriors_total += 1),
        ("more warriors than may be sold", |header, _| {
            header.warriors_max = 2
        }),
        ("more in play than sold", |header, _| header.warriors_admitted = 4),
        ("more at the start than in play", |header, _| {
            header.warriors_admitted = 2
        }),
        ("a signature of nobody", |header, _| header.cosigned = 1),
        ("an entry of nobody", |header, _| header.entries_open = 3),
        ("slots that nobody used", |header, _| header.slots_used = 4),
        ("a player behind the used slots", |header, _| {
            header.slots_used = 1
        }),
        ("a free slot that is not empty", |_, slots| slots[2].payout = 1),
        ("a stake that is no multiple of the price", |_, slots| {
            slots[0].paid = 6
        }),
        ("a player without warriors", |_, slots| {
            (slots[0].warriors, slots[0].paid) = (0, 0);
        }),
    ];
    for (name, change) in changes {
        println!("{name}");
        let (mut header, mut slots) = (header, slots.clone());
        change(&mut header, &mut slots);
        broken(&header, &slots, AureliusError::RosterUnbalanced);
    }
}

#[test]
fn a_live_match_owes_its_stakes() {
    let (header, slots) = live();
    let changes: [Change; 4] = [
        |header, _| header.owed -= 1,
        |header, _| header.deposited += 1,
        |header, _| header.bond_held = 0,
        |header, _| header.set_status(MatchStatus::Proposed), // without payouts
    ];
    for change in changes {
        let (mut header, mut slots) = (header, slots.clone());
        change(&mut header, &mut slots);
        broken(&header, &slots, AureliusError::BooksUnbalanced);
    }
}

#[test]
fn a_settled_match_owes_what_was_not_paid() {
    let (mut header, mut slots) = settled();
    header.check(&slots).unwrap();
    let pay = |header: &mut Match, slots: &mut [PlayerSlot], amount: u64| {
        broken(header, slots, AureliusError::BooksUnbalanced);
        header.owed -= amount;
        header.check(slots).unwrap();
    };
    slots[0].flags |= PlayerSlot::CLAIMED;
    pay(&mut header, &mut slots, 9);
    header.fee_swept = 1;
    pay(&mut header, &mut slots, 2);
    header.burn_done = 1;
    pay(&mut header, &mut slots, 1);
    slots[1].flags |= PlayerSlot::CLAIMED;
    pay(&mut header, &mut slots, 3);
    assert_eq!(header.owed, 0);
}

#[test]
fn a_voided_match_owes_stakes_and_what_is_left_of_a_slash() {
    let (mut header, mut slots) = live();
    header
        .void_with_slash(&mut slots, Pubkey::default(), 1_000)
        .unwrap();
    header.check(&slots).unwrap();
    (header.slash_collected, header.bond_held) = (1, 0);
    broken(&header, &slots, AureliusError::BooksUnbalanced);
    header.owed += header.slash;
    header.check(&slots).unwrap();
    slots[1].flags |= PlayerSlot::REFUNDED | PlayerSlot::COMPENSATED;
    header.owed -= slots[1].paid + 2 * header.compensation_per_warrior;
    header.check(&slots).unwrap();
    header.award_paid = 1;
    header.owed -= header.award;
    header.check(&slots).unwrap();
    assert_eq!(header.owed, slots[0].paid + header.compensation_per_warrior);
}
