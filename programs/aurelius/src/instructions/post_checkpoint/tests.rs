#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use bytemuck::Zeroable;

use super::*;

const KEY: [u8; 32] = [9; 32];
const BEACON: [u8; 32] = [8; 32];

/// A live Siege of 10 warriors: two entries of 3 at the start, late ones of 2 and 2.
fn live() -> (Match, Vec<PlayerSlot>) {
    let mut header = Match::zeroed();
    header.version = crate::state::ACCOUNT_VERSION;
    header.set_status(MatchStatus::Live);
    header.players_max = 4;
    header.capacity = 10;
    header.warriors_at_start = 6;
    header.warriors_admitted = 6;
    header.warriors_total = 10;
    header.segments_per_checkpoint = 1;
    header.slots_per_segment = 20;
    header.checkpoint_ticks = 60;
    header.late_entry_ticks = 120;
    header.checkpoints_max = 5;
    header.drip_last = arena::drip_parent::<SyscallSha256>(&KEY);
    header.last_leaf = [1; 32];
    header.windows.checkpoint_slots = 10;
    header.windows.result_slots = 20;
    let slot = |first_warrior, warriors| PlayerSlot {
        first_warrior,
        warriors,
        flags: PlayerSlot::ENTERED,
        ..PlayerSlot::default()
    };
    (header, vec![slot(0, 3), slot(3, 3), slot(6, 2), slot(8, 2)])
}

fn try_plan(header: &Match, slots: &[PlayerSlot], index: u32, inputs: Vec<u8>) -> Result<Plan> {
    plan(
        header,
        slots,
        &Posted {
            index,
            continues: Continues::from_leaf(&header.last_leaf, header.warriors_admitted),
            drip_key: &KEY,
            beacon: &BEACON,
            leaves: &[[2; 32]],
            inputs: &[inputs],
        },
    )
}

fn refused(result: Result<Plan>) -> AureliusError {
    let Err(Error::AnchorError(error)) = result else {
        panic!("not refused by this program: {result:?}")
    };
    AureliusError::from_code(error.error_code_number).unwrap()
}

#[test]
fn the_digest_is_that_of_the_rules_crate() {
    let (header, slots) = live();
    let plan = try_plan(&header, &slots, 0, vec![0]).unwrap();
    let expected = arena::checkpoint_digest::<arena::HostSha256>(
        0,
        &[1; 32],
        &arena::mixed_key::<arena::HostSha256>(&KEY, &BEACON),
        &[(<arena::HostSha256 as arena::Sha256>::sha256(&[&[0]]), [2; 32])],
    );
    assert_eq!(plan.digest, expected);
    assert_eq!(plan.last_leaf, [2; 32]);
}

#[test]
fn only_the_next_checkpoint_is_taken() {
    let (mut header, _) = live();
    let refused = |header: &Match, index| {
        let Err(Error::AnchorError(error)) = check_order(header, index) else {
            panic!("checkpoint {index} was not refused")
        };
        AureliusError::from_code(error.error_code_number).unwrap()
    };
    assert!(check_order(&header, 0).is_ok());
    assert_eq!(refused(&header, 1), AureliusError::CheckpointOutOfOrder);
    header.checkpoints_posted = 5;
    assert_eq!(refused(&header, 5), AureliusError::CheckpointBeyondEnd);
}

#[test]
fn the_drip_key_must_open_the_one_before() {
    let (mut header, slots) = live();
    header.drip_last[0] ^= 1;
    assert_eq!(
        refused(try_plan(&header, &slots, 0, vec![0])),
        AureliusError::DripKeyWrong
    );
}

#[test]
fn a_frozen_state_is_the_end() {
    let (mut header, slots) = live();
    header.last_leaf = [2; 32];
    assert_eq!(
        refused(try_plan(&header, &slots, 0, vec![0])),
        AureliusError::MatchAlreadyEnded
    );
}

#[test]
fn counts_must_be_those_of_the_rules() {
    let (header, slots) = live();
    for (leaves, inputs, error) in [
        (2, 1, AureliusError::LeafCountWrong),
        (0, 1, AureliusError::LeafCountWrong),
        (1, 0, AureliusError::InputsCountWrong),
        (1, 2, AureliusError::InputsCountWrong),
    ] {
        let posted = plan(
            &header,
            &slots,
            &Posted {
                index: 0,
                continues: Continues::from_leaf(&header.last_leaf, header.warriors_admitted),
                drip_key: &KEY,
                beacon: &BEACON,
                leaves: &vec![[2; 32]; leaves],
                inputs: &vec![vec![0]; inputs],
            },
        );
        assert_eq!(refused(posted), error);
    }
}

#[test]
fn impossible_lengths_are_refused() {
    let (header, slots) = live();
    // 20 slots of 2 bytes of masks: 41 bytes without a heading, 141 with every heading possible.
    for len in [0, 2, 41, 142] {
        assert_eq!(
            refused(try_plan(&header, &slots, 0, vec![0; len])),
            AureliusError::InputsLengthWrong,
            "{len}"
        );
    }
    for len in [1, 42, 141] {
        assert!(try_plan(&header, &slots, 0, vec![0; len]).is_ok(), "{len}");
    }
}

#[test]
fn late_warriors_are_admitted_by_whole_paid_entries() {
    let (mut header, slots) = live();
    assert_eq!(
        try_plan(&header, &slots, 0, vec![4]).unwrap().warriors_admitted,
        10
    );
    assert_eq!(
        refused(try_plan(&header, &slots, 0, vec![1])),
        AureliusError::AdmitSplitsEntry
    );
    assert_eq!(
        refused(try_plan(&header, &slots, 0, vec![5])),
        AureliusError::AdmitTooMany
    );
    let plan = try_plan(&header, &slots, 0, vec![2]).unwrap();
    apply(&mut header, &plan, &KEY, 100).unwrap();
    assert_eq!(header.warriors_admitted, 8);
}

#[test]
fn nobody_is_admitted_after_the_cut_off() {
    let (mut header, slots) = live();
    header.checkpoints_posted = 2;
    assert!(try_plan(&header, &slots, 2, vec![2]).is_ok());
    header.checkpoints_posted = 3;
    assert_eq!(
        refused(try_plan(&header, &slots, 3, vec![2])),
        AureliusError::AdmitTooLate
    );
}

#[test]
fn each_checkpoint_moves_the_deadline_and_the_last_gives_time_for_the_result() {
    let (mut header, slots) = live();
    let plan = try_plan(&header, &slots, 0, vec![0]).unwrap();
    apply(&mut header, &plan, &KEY, 100).unwrap();
    assert_eq!((header.checkpoints_posted, header.progress_deadline), (1, 110));
    assert_eq!(header.drip_last, KEY);
    header.checkpoints_posted = 4;
    apply(&mut header, &plan, &KEY, 100).unwrap();
    assert_eq!(header.progress_deadline, 120);
}
