#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use anchor_lang::prelude::*;

use super::{Source, *};
use crate::error::AureliusError;

/// An account revealed in slot 101 after a commit to slot 99, `len` bytes long.
fn account(len: usize) -> Vec<u8> {
    let mut data = vec![0; 480];
    data[..8].copy_from_slice(&ACCOUNT_DISCRIMINATOR);
    data[offset::AUTHORITY..offset::AUTHORITY + 32].copy_from_slice(&[1; 32]);
    data[offset::QUEUE..offset::QUEUE + 32].copy_from_slice(&[2; 32]);
    data[offset::SEED_SLOT..offset::SEED_SLOT + 8].copy_from_slice(&99u64.to_le_bytes());
    data[offset::REVEAL_SLOT..offset::REVEAL_SLOT + 8].copy_from_slice(&101u64.to_le_bytes());
    data[offset::VALUE..offset::VALUE + 32].copy_from_slice(&[3; 32]);
    data.truncate(len);
    data
}

fn code(result: Result<impl core::fmt::Debug>) -> AureliusError {
    let Err(Error::AnchorError(error)) = result else {
        panic!("not refused by this program: {result:?}")
    };
    AureliusError::from_code(error.error_code_number).unwrap()
}

#[test]
fn any_account_that_holds_the_fields_is_read() {
    for len in [ACCOUNT_LEN_MIN, 408, 480] {
        assert_eq!(Randomness::parse(&account(len)).unwrap().value, [3; 32]);
    }
    for len in [0, 7, 8, ACCOUNT_LEN_MIN - 1] {
        assert_eq!(
            code(Randomness::parse(&account(len))),
            AureliusError::RandomnessMalformed
        );
    }
    let mut other = account(480);
    other[0] ^= 1;
    assert_eq!(
        code(Randomness::parse(&other)),
        AureliusError::RandomnessMalformed
    );
}

#[test]
fn an_account_is_believed_for_its_owner_authority_and_queue() {
    let read = |owner: u8, authority: u8, queue: u8| {
        let (key, owner) = (Pubkey::new_unique(), Pubkey::new_from_array([owner; 32]));
        let (mut lamports, mut data) = (1, account(480));
        let info = AccountInfo::new(&key, false, false, &mut lamports, &mut data, &owner, false);
        let source = Source {
            program: Pubkey::new_from_array([7; 32]),
            queue: Pubkey::new_from_array([queue; 32]),
            authority: Pubkey::new_from_array([authority; 32]),
            vault: Pubkey::default(),
        };
        Randomness::read(&info, &source)
    };
    assert!(read(7, 1, 2).is_ok());
    assert_eq!(code(read(8, 1, 2)), AureliusError::RandomnessOwnerWrong);
    assert_eq!(code(read(7, 9, 2)), AureliusError::RandomnessAuthorityWrong);
    assert_eq!(code(read(7, 1, 9)), AureliusError::RandomnessQueueWrong);
}

#[test]
fn a_reveal_counts_only_in_its_slot_and_for_its_commit() {
    let randomness = Randomness::parse(&account(480)).unwrap();
    assert!(randomness.check_revealed(99, 101, &[3; 32]).is_ok());
    assert_eq!(
        code(randomness.check_revealed(98, 101, &[3; 32])),
        AureliusError::RandomnessSeedSlotChanged
    );
    for now in [100, 102] {
        assert_eq!(
            code(randomness.check_revealed(99, now, &[3; 32])),
            AureliusError::RandomnessNotRevealedNow
        );
    }
    assert_eq!(
        code(randomness.check_revealed(99, 101, &[4; 32])),
        AureliusError::RandomnessValueMismatch
    );
}

#[test]
fn a_commit_is_to_the_slot_before_and_to_a_value_that_nobody_knows() {
    let mut randomness = Randomness::parse(&account(480)).unwrap();
    assert_eq!(
        code(randomness.check_unused()),
        AureliusError::RandomnessAlreadyUsed
    );
    assert_eq!(
        code(randomness.check_committed(100)),
        AureliusError::RandomnessAlreadyUsed
    );
    randomness.value = [0; 32];
    randomness.reveal_slot = 0;
    assert!(randomness.check_unused().is_ok());
    assert!(randomness.check_committed(100).is_ok());
    for now in [99, 109] {
        assert_eq!(
            code(randomness.check_committed(now)),
            AureliusError::RandomnessSeedSlotStale
        );
    }
}

#[test]
fn switchboard_never_sees_the_vault_nor_anybody_else_the_matchs_signature() {
    let keys: Vec<Pubkey> = (1..=8).map(|key| Pubkey::new_from_array([key; 32])).collect();
    let owner = Pubkey::default();
    let (mut lamports, mut data) = ([0u64; 8], [[0u8; 0]; 8]);
    let infos: Vec<AccountInfo> = keys
        .iter()
        .zip(lamports.iter_mut().zip(data.iter_mut()))
        .map(|(key, (lamports, data))| AccountInfo::new(key, false, true, lamports, data, &owner, false))
        .collect();
    let slot_hashes = SLOT_HASHES_SYSVAR;
    let (mut lamports, mut data) = (0u64, [0u8; 0]);
    let sysvar = AccountInfo::new(
        &slot_hashes,
        false,
        false,
        &mut lamports,
        &mut data,
        &owner,
        false,
    );
    let source = Source {
        program: keys[0],
        queue: keys[1],
        authority: keys[2],
        vault: keys[3],
    };
    let commit = |program: usize, queue: usize, oracle: usize, slot_hashes| {
        CommitAccounts {
            program: &infos[program],
            randomness: &infos[4],
            queue: &infos[queue],
            oracle: &infos[oracle],
            slot_hashes,
            authority: &infos[2],
        }
        .invoke(&source, &[])
    };
    assert_eq!(
        code(commit(0, 1, 3, &sysvar)),
        AureliusError::RandomnessAccountForbidden
    );
    assert_eq!(
        code(commit(5, 1, 6, &sysvar)),
        AureliusError::RandomnessProgramWrong
    );
    assert_eq!(
        code(commit(0, 5, 6, &sysvar)),
        AureliusError::RandomnessQueueWrong
    );
    assert_eq!(code(commit(0, 1, 6, &infos[7])), AureliusError::SlotHashesWrong);
}
