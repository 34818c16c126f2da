//! Slots, blockhashes, sysvars, commitment.

use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;
use localnet::LocalnetConfig;
use serde_json::json;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client_api::request::{RpcError, RpcResponseErrorData};
use solana_signer::Signer;

use super::support::{Bed, SOL};

const CLOCK: Pubkey = Pubkey::from_str_const("SysvarC1ock11111111111111111111111111111111");
const SLOT_HASHES: Pubkey = Pubkey::from_str_const("SysvarS1otHashes111111111111111111111111111");

#[test]
fn slots_advance_with_the_clock_of_the_wall() {
    let bed = Bed::with(LocalnetConfig {
        slot_ms: 50,
        ..LocalnetConfig::default()
    });
    let (start, first) = (Instant::now(), bed.slot());
    std::thread::sleep(Duration::from_millis(1_500));
    let (last, elapsed) = (bed.slot(), start.elapsed());
    // Deadlines are absolute: late slots are made up for, so only what is late right now is missing.
    let expected = elapsed.as_millis() as u64 / 50;
    assert!(
        (expected - 10..=expected + 2).contains(&(last - first)),
        "{} slots in {elapsed:?}",
        last - first
    );
}

#[test]
fn clock_and_slot_hashes_follow_every_slot() {
    let bed = Bed::frozen();
    for warped in [1, 1, 3, 600] {
        let slot = bed.warp(warped);
        let clock = bed.rpc.get_account(&CLOCK).unwrap().data;
        assert_eq!(clock[0..8], slot.to_le_bytes());
        // The newest hash is the parent's, and all are consecutive.
        let hashes = bed.rpc.get_account(&SLOT_HASHES).unwrap().data;
        let word = |at: usize| u64::from_le_bytes(hashes[at..at + 8].try_into().unwrap());
        let count = word(0);
        assert!((320..=512).contains(&count));
        for index in 0..count {
            assert_eq!(word(8 + 40 * index as usize), slot - 1 - index);
        }
    }
    let before = bed.rpc.get_block_time(bed.slot() - 1).unwrap();
    let slot = bed.warp(10);
    let after = bed.rpc.get_block_time(slot - 1).unwrap();
    // Ten slots of an hour, which this chain has.
    assert!(
        (35_990..=36_010).contains(&(after - before)),
        "{}",
        after - before
    );
}

#[test]
fn a_transaction_lands_up_to_its_last_valid_height_and_not_after() {
    let bed = Bed::frozen();
    let friend = Pubkey::new_unique();
    let confirmed = CommitmentConfig::confirmed();
    let (blockhash, last_valid) = bed.rpc.get_latest_blockhash_with_commitment(confirmed).unwrap();
    let in_time = bed.sign_at(&[bed.pay(&friend, SOL)], &[], blockhash);
    let too_late = bed.sign_at(&[bed.pay(&friend, 2 * SOL)], &[], blockhash);

    bed.warp(last_valid - bed.rpc.get_block_height().unwrap());
    assert_eq!(bed.rpc.get_block_height().unwrap(), last_valid);
    assert!(bed.rpc.is_blockhash_valid(&blockhash, confirmed).unwrap());
    bed.rpc.send_transaction(&in_time).unwrap();

    bed.warp(1);
    assert!(!bed.rpc.is_blockhash_valid(&blockhash, confirmed).unwrap());
    let error = bed.rpc.send_transaction(&too_late).unwrap_err();
    let solana_rpc_client_api::client_error::ErrorKind::RpcError(RpcError::RpcResponseError {
        code,
        message,
        data: RpcResponseErrorData::SendTransactionPreflightFailure(result),
    }) = error.kind()
    else {
        panic!("{error:?}");
    };
    assert_eq!(*code, -32002);
    assert_eq!(message, "Transaction simulation failed: Blockhash not found");
    let err = result
        .err
        .clone()
        .map(solana_transaction_error::TransactionError::from);
    assert_eq!(
        err,
        Some(solana_transaction_error::TransactionError::BlockhashNotFound)
    );
    assert_eq!(bed.rpc.get_balance(&friend).unwrap(), SOL);
}

#[test]
fn what_is_confirmed_is_final_32_slots_later() {
    let bed = Bed::frozen();
    let friend = Pubkey::new_unique();
    let signature = bed.run(&[bed.pay(&friend, SOL)], &[]);
    let finalized = CommitmentConfig::finalized();
    let is_final = || {
        let status = bed
            .rpc
            .get_signature_status_with_commitment(&signature, finalized);
        status.unwrap().is_some()
    };
    let shown = |level| {
        let config = json!({"commitment": level, "encoding": "json"});
        let found = bed.call("getTransaction", json!([signature.to_string(), config]));
        !found.unwrap().is_null()
    };
    assert!(!is_final());
    assert!(shown("confirmed") && !shown("finalized"));
    bed.warp(31);
    assert!(!is_final());
    bed.warp(1);
    assert!(is_final());
    assert!(shown("finalized"));
    let root = bed.rpc.get_slot_with_commitment(finalized).unwrap();
    assert_eq!(root, bed.slot() - 32);
}

#[test]
fn statuses_report_confirmations_and_forget_without_history_search() {
    let bed = Bed::frozen();
    let signature = bed.run(&[bed.pay(&Pubkey::new_unique(), SOL)], &[]);
    let recent = || {
        let found = bed.rpc.get_signature_statuses(&[signature]).unwrap().value;
        found.into_iter().next().unwrap()
    };
    assert_eq!(recent().unwrap().confirmations, Some(0));
    bed.warp(5);
    assert_eq!(recent().unwrap().confirmations, Some(5));
    bed.warp(27);
    assert_eq!(recent().unwrap().confirmations, None);
    bed.warp(300);
    assert!(recent().is_none());
    let searched = bed.rpc.get_signature_statuses_with_history(&[signature]);
    assert!(searched.unwrap().value[0].is_some());
}

#[test]
fn cluster_questions_are_answered() {
    let bed = Bed::frozen();
    let info = bed.rpc.get_epoch_info().unwrap();
    assert_eq!(info.absolute_slot, bed.slot());
    assert_eq!(info.slots_in_epoch, 432_000);
    assert_eq!(bed.rpc.get_epoch_schedule().unwrap().slots_per_epoch, 432_000);
    assert_eq!(
        bed.rpc.get_genesis_hash().unwrap().to_string(),
        bed.chain.genesis_hash.to_string()
    );
    let identity = bed.rpc.get_identity().unwrap();
    assert_eq!(bed.rpc.get_slot_leaders(0, 2).unwrap(), [identity, identity]);
    let votes = bed.rpc.get_vote_accounts().unwrap();
    assert_eq!(votes.current[0].node_pubkey, identity.to_string());
    assert_eq!(votes.current[0].last_vote, bed.slot());
    bed.rpc.get_health().unwrap();
    assert!(bed.rpc.get_version().unwrap().solana_core.starts_with("4."));
    assert_eq!(bed.rpc.get_cluster_nodes().unwrap().len(), 1);
    let fees = bed.rpc.get_recent_prioritization_fees(&[]).unwrap();
    assert_eq!(fees.len(), 150);
    assert_eq!(bed.rpc.minimum_ledger_slot().unwrap(), 0);
    let supply = bed.rpc.supply().unwrap().value;
    assert!(supply.total > 500_000_000 * SOL);
    for (len, rent) in [(0, 890_880), (165, 2_039_280), (10 << 20, 72_981_780_480)] {
        let found = bed.rpc.get_minimum_balance_for_rent_exemption(len);
        assert_eq!(found.unwrap(), rent);
    }
    // The oracle of these numbers is solana-test-validator 4.2.2.
    assert!(bed.rpc.get_balance(&bed.payer.pubkey()).unwrap() > 0);
}
