#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use bytemuck::Zeroable;

use super::*;

const STAKE: u64 = 1_000;

fn open_match() -> (Match, Vec<PlayerSlot>) {
    let mut header = Match::zeroed();
    header.version = crate::state::ACCOUNT_VERSION;
    header.players_max = 4;
    header.warriors_max = 8;
    header.warriors_per_player_max = 5;
    header.stake_per_warrior = STAKE;
    header.rules_hash = [7; 32];
    header.lock_deadline = 100;
    (header, vec![PlayerSlot::default(); 4])
}

fn args(warriors: u8) -> EnterArgs {
    EnterArgs {
        warriors,
        session_key: Pubkey::new_from_array([1; 32]),
        expect_stake: STAKE,
        expect_rules_hash: [7; 32],
        expect_terms: [0; 32],
        expect_late: false,
    }
}

fn late(warriors: u8) -> EnterArgs {
    EnterArgs {
        expect_late: true,
        ..args(warriors)
    }
}

fn enter(header: &mut Match, slots: &mut [PlayerSlot], player: u8, warriors: u8) -> Plan {
    let args = match header.status().unwrap() {
        MatchStatus::Live => late(warriors),
        _ => args(warriors),
    };
    let plan = plan(header, slots, &args, 10).unwrap();
    apply(
        header,
        slots,
        &plan,
        Pubkey::new_from_array([player; 32]),
        warriors,
    )
    .unwrap();
    plan
}

fn refused(header: &Match, slots: &[PlayerSlot], args: &EnterArgs, now: u64) -> AureliusError {
    code_of(plan(header, slots, args, now).unwrap_err())
}

fn code_of(error: Error) -> AureliusError {
    let Error::AnchorError(error) = error else {
        panic!("not an error of this program: {error:?}")
    };
    AureliusError::from_code(error.error_code_number).unwrap()
}

#[test]
fn the_first_free_slot_is_taken_and_holes_are_filled() {
    let (mut header, mut slots) = open_match();
    for player in 0..3 {
        assert_eq!(enter(&mut header, &mut slots, player, 2).slot_index, player);
    }
    slots[1] = PlayerSlot::default();
    header.warriors_total -= 2;
    assert_eq!(enter(&mut header, &mut slots, 9, 1).slot_index, 1);
    assert_eq!(header.slots_used, 3);
}

#[test]
fn the_books_grow_by_what_is_paid() {
    let (mut header, mut slots) = open_match();
    let plan = enter(&mut header, &mut slots, 0, 3);
    assert_eq!(plan.amount, 3 * STAKE);
    assert_eq!((header.deposited, header.owed), (3 * STAKE, 3 * STAKE));
    assert_eq!(
        (header.players_count, header.warriors_total, header.entries_open),
        (1, 3, 1)
    );
}

#[test]
fn every_refusal_has_its_name() {
    let (header, slots) = open_match();
    for warriors in [0, 6, 255] {
        assert_eq!(
            refused(&header, &slots, &args(warriors), 10),
            AureliusError::WarriorsInvalid
        );
    }
    let wrong_stake = EnterArgs {
        expect_stake: STAKE + 1,
        ..args(1)
    };
    assert_eq!(
        refused(&header, &slots, &wrong_stake, 10),
        AureliusError::StakeMismatch
    );
    let wrong_rules = EnterArgs {
        expect_rules_hash: [8; 32],
        ..args(1)
    };
    assert_eq!(
        refused(&header, &slots, &wrong_rules, 10),
        AureliusError::RulesHashMismatch
    );
    let wrong_terms = EnterArgs {
        expect_terms: [8; 32],
        ..args(1)
    };
    assert_eq!(
        refused(&header, &slots, &wrong_terms, 10),
        AureliusError::TermsMismatch
    );
    assert_eq!(
        refused(&header, &slots, &late(1), 10),
        AureliusError::LateMismatch
    );
    let no_key = EnterArgs {
        session_key: Pubkey::default(),
        ..args(1)
    };
    assert_eq!(
        refused(&header, &slots, &no_key, 10),
        AureliusError::SessionKeyInvalid
    );
}

#[test]
fn a_full_match_takes_nobody() {
    let (mut header, mut slots) = open_match();
    for player in 0..4 {
        enter(&mut header, &mut slots, player, 1);
    }
    assert_eq!(refused(&header, &slots, &args(1), 10), AureliusError::MatchFull);
    let (mut header, mut slots) = open_match();
    enter(&mut header, &mut slots, 0, 5);
    assert_eq!(
        refused(&header, &slots, &args(4), 10),
        AureliusError::WarriorsFull
    );
    assert!(plan(&header, &slots, &args(3), 10).is_ok());
}

#[test]
fn entries_end_at_the_deadline_and_at_the_scheduled_slot() {
    let (mut header, slots) = open_match();
    assert!(plan(&header, &slots, &args(1), 100).is_ok());
    assert_eq!(
        refused(&header, &slots, &args(1), 101),
        AureliusError::LockDeadlinePassed
    );
    header.scheduled_slot = 50;
    assert!(plan(&header, &slots, &args(1), 49).is_ok());
    assert_eq!(
        refused(&header, &slots, &args(1), 50),
        AureliusError::ScheduledSlotPassed
    );
}

fn live_siege() -> (Match, Vec<PlayerSlot>) {
    let (mut header, mut slots) = open_match();
    enter(&mut header, &mut slots, 0, 2);
    enter(&mut header, &mut slots, 1, 2);
    header.set_status(MatchStatus::Live);
    header.late_entry_ticks = 3_600;
    header.checkpoint_ticks = 60;
    header.late_entry_deadline = 200;
    header.progress_deadline = 300;
    (header, slots)
}

#[test]
fn late_entries_follow_all_others() {
    let (mut header, mut slots) = live_siege();
    // A hole at the end of the roster, as after the start.
    header.slots_used = 3;
    let plan = enter(&mut header, &mut slots, 5, 3);
    assert_eq!((plan.slot_index, plan.first_warrior), (3, Some(4)));
    assert!(slots[3].has(PlayerSlot::ENTERED | PlayerSlot::LATE));
    assert_eq!(slots[3].first_warrior, 4);
    assert_eq!(refused(&header, &slots, &late(1), 10), AureliusError::MatchFull);
}

#[test]
fn late_entries_end_with_the_cut_off() {
    let (mut header, slots) = live_siege();
    assert!(plan(&header, &slots, &late(1), 200).is_ok());
    assert_eq!(
        refused(&header, &slots, &late(1), 201),
        AureliusError::LateEntryClosed
    );
    // The last segment that may admit begins at tick 3600, in checkpoint 60.
    header.checkpoints_posted = 60;
    assert!(plan(&header, &slots, &late(1), 200).is_ok());
    header.checkpoints_posted = 61;
    assert_eq!(
        refused(&header, &slots, &late(1), 200),
        AureliusError::LateEntryClosed
    );
}

#[test]
fn blitz_knows_no_late_entry() {
    let (mut header, slots) = live_siege();
    header.late_entry_ticks = 0;
    assert_eq!(
        refused(&header, &slots, &late(1), 10),
        AureliusError::LateEntryClosed
    );
}

#[test]
fn no_other_status_takes_entries() {
    let (mut header, slots) = open_match();
    for status in [
        MatchStatus::Locked,
        MatchStatus::Proposed,
        MatchStatus::Settled,
        MatchStatus::Cancelled,
        MatchStatus::Voided,
    ] {
        header.set_status(status);
        assert_eq!(
            refused(&header, &slots, &args(1), 10),
            AureliusError::MatchNotOpen
        );
    }
}
