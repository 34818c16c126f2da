#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use arena::{HostSha256, Rules, Scratch};
use bytemuck::Zeroable;

use super::*;

const STAKE: u64 = 1_003;

/// A Blitz of two players played to its end without a move, and its final state.
fn finished() -> (Match, Vec<PlayerSlot>, Vec<u8>) {
    let rules = Rules {
        length_ticks: 600,
        ..Rules::BLITZ
    };
    rules.validate().unwrap();
    let owners = [0, 0, 1];
    let seed = [5; 32];
    let mut state = arena::genesis::<HostSha256>(&rules, &owners, owners.len(), &seed).unwrap();
    let mut scratch = Scratch::new();
    while !state.view().ended() {
        let mut view = state.view_mut();
        scratch.rebuild_from(&view);
        arena::step::<HostSha256>(&rules, &mut view, &mut scratch, &[6; 32], &[], &[], &mut ()).unwrap();
    }
    let bytes = state.as_bytes().to_vec();
    let mut header = Match::zeroed();
    header.version = crate::state::ACCOUNT_VERSION;
    header.set_status(MatchStatus::Live);
    header.players_max = 3;
    header.slots_used = 2;
    header.capacity = 3;
    header.warriors_total = 3;
    header.warriors_admitted = 3;
    header.seed = seed;
    header.last_leaf = arena::leaf::<HostSha256>(&bytes);
    header.rules[..arena::RULES_LEN].copy_from_slice(rules.as_bytes());
    header.rules_len = arena::RULES_LEN as u16;
    header.deposited = 3 * STAKE;
    header.owed = 3 * STAKE;
    header.windows.challenge_slots = 30;
    let slot = |first_warrior, warriors: u8| PlayerSlot {
        player: Pubkey::new_from_array([warriors; 32]),
        paid: STAKE * u64::from(warriors),
        first_warrior,
        warriors,
        flags: PlayerSlot::ENTERED,
        ..PlayerSlot::default()
    };
    (header, vec![slot(0, 2), slot(2, 1), PlayerSlot::default()], bytes)
}

fn refused(header: &Match, slots: &[PlayerSlot], state: &[u8]) -> AureliusError {
    let Err(Error::AnchorError(error)) = payouts(header, slots, state) else {
        panic!("not refused by this program")
    };
    AureliusError::from_code(error.error_code_number).unwrap()
}

#[test]
fn the_winner_takes_the_pot_but_fee_and_burn() {
    let (mut header, mut slots, state) = finished();
    let result = payouts(&header, &slots, &state).unwrap();
    assert_eq!(result.pot, 3 * STAKE);
    assert_eq!((result.fee, result.burn), (90, 60));
    assert_eq!(result.by_player.iter().sum::<u64>(), 3 * STAKE - 150);
    apply(&mut header, &mut slots, &result, 500).unwrap();
    assert_eq!(header.status().unwrap(), MatchStatus::Proposed);
    assert_eq!(header.challenge_deadline, 530);
    assert_eq!((header.fee_swept, header.burn_done), (0, 0));
    assert_eq!(slots[0].payout + slots[1].payout, 3 * STAKE - 150);
}

#[test]
fn a_late_entry_that_was_never_admitted_is_paid_back() {
    let (mut header, mut slots, state) = finished();
    slots[2] = PlayerSlot {
        player: Pubkey::new_from_array([9; 32]),
        paid: 7,
        first_warrior: 3,
        warriors: 1,
        flags: PlayerSlot::ENTERED | PlayerSlot::LATE,
        ..PlayerSlot::default()
    };
    header.slots_used = 3;
    header.warriors_total = 4;
    header.deposited += 7;
    let result = payouts(&header, &slots, &state).unwrap();
    assert_eq!((result.refunded, result.by_player[2]), (7, 7));
    apply(&mut header, &mut slots, &result, 500).unwrap();
    assert!(slots[2].has(PlayerSlot::REFUNDED));
    assert!(!slots[0].has(PlayerSlot::REFUNDED));
}

#[test]
fn only_the_committed_state_is_believed() {
    let (mut header, slots, mut state) = finished();
    header.last_leaf[0] ^= 1;
    assert_eq!(
        refused(&header, &slots, &state),
        AureliusError::ResultStateMismatch
    );
    state[0] ^= 1;
    header.last_leaf = arena::leaf::<HostSha256>(&state);
    assert_eq!(
        refused(&header, &slots, &state),
        AureliusError::ResultStateInvalid
    );
}

#[test]
fn a_running_match_has_no_result() {
    let (mut header, slots, _) = finished();
    let rules = header.rules().unwrap();
    let state = arena::genesis::<HostSha256>(&rules, &[0, 0, 1], 3, &header.seed).unwrap();
    header.last_leaf = arena::leaf::<HostSha256>(state.as_bytes());
    assert_eq!(
        refused(&header, &slots, state.as_bytes()),
        AureliusError::ResultNotEnded
    );
}

#[test]
fn a_state_of_other_players_is_refused() {
    let (mut header, mut slots, state) = finished();
    header.seed = [1; 32];
    assert_eq!(
        refused(&header, &slots, &state),
        AureliusError::ResultStateForeign
    );
    header.seed = [5; 32];
    header.warriors_admitted = 2;
    assert_eq!(
        refused(&header, &slots, &state),
        AureliusError::ResultStateForeign
    );
    header.warriors_admitted = 3;
    slots.swap(0, 1);
    assert_eq!(
        refused(&header, &slots, &state),
        AureliusError::ResultStateForeign
    );
}

#[test]
fn books_that_do_not_balance_are_refused() {
    let (mut header, slots, state) = finished();
    header.deposited += 1;
    assert_eq!(refused(&header, &slots, &state), AureliusError::BooksUnbalanced);
}

#[test]
fn a_free_match_needs_no_sweep() {
    let (mut header, mut slots, state) = finished();
    for slot in &mut slots {
        slot.paid = slot.paid.min(1);
    }
    header.deposited = 2;
    let result = payouts(&header, &slots, &state).unwrap();
    assert_eq!((result.fee, result.burn), (0, 0));
    apply(&mut header, &mut slots, &result, 500).unwrap();
    assert_eq!((header.fee_swept, header.burn_done), (1, 1));
}
