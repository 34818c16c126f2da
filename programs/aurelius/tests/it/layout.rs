//! The byte layouts of the zero-copy accounts, written out. A failing line here means that deployed
//! accounts would be misread: add a version, do not change the number.

use std::mem::{align_of, offset_of, size_of};

use anchor_lang::AccountSerialize;
use aurelius::state::{BondTerms, Config, Match, Operator, PlayerSlot, Trace, Upload, Windows};

/// Checks offsets of fields of one struct.
macro_rules! check_offsets {
    ($account:ty, size $size:literal, $($field:ident $offset:literal),+ $(,)?) => {
        $(assert_eq!(
            offset_of!($account, $field),
            $offset,
            concat!(stringify!($account), ".", stringify!($field))
        );)+
        assert_eq!(size_of::<$account>(), $size, concat!("size of ", stringify!($account)));
    };
}

#[test]
fn windows() {
    check_offsets!(Windows, size 40,
        lock_slots 0, entropy_slots 8, checkpoint_slots 16, result_slots 24, challenge_slots 32);
}

#[test]
fn bond_terms() {
    check_offsets!(BondTerms, size 16, factor_bps 0, burn_bps 4, reporter_bps 6, withdraw_slots 8);
}

/// The operator is borsh: its fields one after another, each number of another value so that a swap shows.
#[test]
fn operator() {
    let operator = Operator {
        version: 1,
        bump: 2,
        active: true,
        authority: [3; 32].into(),
        crank: [13; 32].into(),
        mint: [4; 32].into(),
        next_match_id: 5,
        matches_created: 6,
        bond: 7,
        reserved_bond: 8,
        slashed: 9,
        withdrawal_amount: 10,
        withdrawal_slot: 11,
        bond_vault: [12; 32].into(),
        reserved: [0; 16],
    };
    let mut bytes = Vec::new();
    operator
        .try_serialize(&mut bytes)
        .expect("an operator is written");
    let mut expected = vec![1, 2, 1];
    expected.extend([3; 32]);
    expected.extend([13; 32]);
    expected.extend([4; 32]);
    for number in 5..=11u64 {
        expected.extend(number.to_le_bytes());
    }
    expected.extend([12; 32]);
    expected.extend([0; 16]);
    assert_eq!(bytes[8..], expected);
    assert_eq!(Operator::SPACE, 8 + expected.len());
}

#[test]
fn config() {
    check_offsets!(Config, size 1488,
        version 0, bump 1, paused 2, mints_count 3, rules_count 4, padding 5,
        authority 8, pending_authority 40, treasury 72,
        randomness_program 104, randomness_queue 136, windows 168,
        mints 208, rules 720, cluster 1232, bond 1264, reserved 1280);
    assert_eq!(Config::SPACE, 8 + 1488);
}

#[test]
fn match_header() {
    check_offsets!(Match, size 1184,
        version 0, bump 1, vault_bump 2, status 3, mode 4, players_max 5, players_count 6,
        slots_used 7, warriors_max 8, warriors_at_start 9, warriors_total 10,
        warriors_admitted 11, capacity 12, entries_open 13, fee_swept 14, burn_done 15,
        warriors_min 16, warriors_per_player_max 17, segments_per_checkpoint 18,
        slots_per_segment 19, late_entry_ticks 20, checkpoint_ticks 24, rules_len 28, padding 30,
        match_id 32, stake_per_warrior 40, deposited 48, owed 56, pot 64, fee 72, burn 80,
        checkpoints_posted 88, checkpoints_max 92, created_slot 96, scheduled_slot 104,
        lock_deadline 112, locked_slot 120, seed_slot 128, entropy_deadline 136,
        started_slot 144, late_entry_deadline 152, progress_deadline 160, proposed_slot 168,
        challenge_deadline 176, windows 184, operator 224, operator_authority 256, mint 288,
        token_program 320, vault 352, trace 384, rent_payer 416, randomness_program 448,
        randomness_queue 480, randomness 512, randomness_rent_payer 544, rules_hash 576,
        drip_root 608, drip_last 640, randomness_value 672, seed 704, genesis_leaf 736,
        last_leaf 768, rules 800, bond_reserved 928, slash 936, award 944,
        compensation_per_warrior 952, challenger 960, cluster 992, burn_bps 1024,
        reporter_bps 1026, cosigned 1028, slash_collected 1029, award_paid 1030, bond_held 1031,
        slash_burn 1032, slash_payable_slot 1040, withdraw_slots 1048, crank 1056, receipt_key 1088,
        terms_hash 1120, slot_us 1152, reserved 1160);
    assert_eq!(Match::HEADER_END, 8 + 1184);
    // The slots follow the header without a gap, at an address that their u64s can have.
    assert_eq!(Match::HEADER_END % align_of::<PlayerSlot>(), 0);
    assert_eq!(Match::space(100), 8 + 1184 + 5600);
}

#[test]
fn player_slot() {
    check_offsets!(PlayerSlot, size 56,
        player 0, paid 32, payout 40, warriors 48, first_warrior 49, flags 50, padding 51);
    assert_eq!(
        [
            PlayerSlot::ENTERED,
            PlayerSlot::CLAIMED,
            PlayerSlot::REFUNDED,
            PlayerSlot::LATE,
            PlayerSlot::COSIGNED,
            PlayerSlot::COMPENSATED
        ],
        [1, 2, 4, 8, 16, 32]
    );
}

#[test]
fn trace() {
    check_offsets!(Trace, size 64,
        version 0, bump 1, padding 2, checkpoints_max 4, match_key 8, reserved 40);
    assert_eq!(Trace::space(300), 8 + 64 + 9600);
}

#[test]
fn upload() {
    check_offsets!(Upload, size 48, version 0, bump 1, padding 2, len 4, upload_id 8, owner 16);
    assert_eq!(Upload::space(1728), 8 + 48 + 1728);
}

#[test]
fn largest_accounts_can_be_created_by_one_instruction() {
    // The runtime lets one instruction grow an account by 10,240 bytes.
    assert!(Match::space(arena::MAX_PLAYERS as u8) <= 10_240);
    assert!(Trace::space(arena::Rules::SIEGE.checkpoint_count()) <= 10_240);
    assert!(Upload::space(aurelius::state::UPLOAD_LEN_MAX) <= 10_240);
    assert!(aurelius::state::UPLOAD_LEN_MAX as usize >= arena::MAX_STATE_LEN);
}
