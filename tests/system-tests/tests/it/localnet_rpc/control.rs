//! What a chain does with its slots on command: skip, halt, roll back, change their length; and what it refuses.

use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;
use localnet::LocalnetConfig;
use serde_json::{json, Value};
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client_api::client_error::ErrorKind;
use solana_rpc_client_api::request::RpcError;
use solana_signer::Signer;

use super::support::{Bed, FEE, SOL};

const SLOT_HASHES: Pubkey = Pubkey::from_str_const("SysvarS1otHashes111111111111111111111111111");

fn code(result: Result<Value, solana_rpc_client_api::client_error::Error>) -> i64 {
    match result.unwrap_err().kind() {
        ErrorKind::RpcError(RpcError::RpcResponseError { code, .. }) => *code,
        other => panic!("not an answer of the node: {other:?}"),
    }
}

fn control(bed: &Bed, method: &'static str, params: Value) -> u64 {
    bed.call(method, params).unwrap().as_u64().unwrap()
}

#[test]
fn report_76_a_commitment_that_is_none_is_refused() {
    let bed = Bed::frozen();
    let key = bed.payer.pubkey().to_string();
    for wrong in [
        json!("bogus"),
        json!(5),
        json!({}),
        json!("Confirmed"),
        json!(["confirmed"]),
    ] {
        let config = json!({ "commitment": wrong });
        for (method, params) in [
            ("getSlot", json!([config])),
            ("getBlockHeight", json!([config])),
            ("getEpochInfo", json!([config])),
            ("getLatestBlockhash", json!([config])),
            ("getBalance", json!([key, config])),
            ("getAccountInfo", json!([key, config])),
            ("getMultipleAccounts", json!([[key], config])),
            ("getProgramAccounts", json!([key, config])),
            ("getSignaturesForAddress", json!([key, config])),
            (
                "getTransaction",
                json!([bed.signatures_of(&bed.payer.pubkey())[0].to_string(), config]),
            ),
        ] {
            assert_eq!(code(bed.call(method, params)), -32602, "{method} {config}");
        }
    }
    let config = json!({ "commitment": "confirmed" });
    assert!(bed.call("getSlot", json!([config])).unwrap().is_u64());
    assert!(bed
        .call("getSlot", json!([{ "commitment": null }]))
        .unwrap()
        .is_u64());
}

#[test]
fn skipped_slots_have_no_block() {
    let bed = Bed::frozen();
    let (slot, height) = (bed.slot(), bed.rpc.get_block_height().unwrap());
    let (_, last_valid) = bed
        .rpc
        .get_latest_blockhash_with_commitment(CommitmentConfig::confirmed())
        .unwrap();
    let open = control(&bed, "localnet_skipSlots", json!([3]));
    assert_eq!(open, slot + 4);
    assert_eq!(bed.rpc.get_block_height().unwrap(), height + 1);
    // Blockhashes are counted in blocks.
    let (_, later) = bed
        .rpc
        .get_latest_blockhash_with_commitment(CommitmentConfig::confirmed())
        .unwrap();
    assert_eq!(later, last_valid + 1);
    assert_eq!(bed.rpc.get_epoch_info().unwrap().absolute_slot, open);
    let blocks = bed.call(
        "getBlocks",
        json!([slot - 1, open, { "commitment": "confirmed" }]),
    );
    assert_eq!(blocks.unwrap(), json!([slot - 1, slot]));
    let config = json!({ "transactionDetails": "none", "commitment": "confirmed" });
    assert_eq!(code(bed.call("getBlock", json!([slot + 1, config]))), -32007);
    assert_eq!(code(bed.call("getBlockTime", json!([slot + 2]))), -32007);
    // The next block is the last one's child, and the newest hash is that of the last block.
    bed.warp(1);
    let block = bed.call("getBlock", json!([open, config])).unwrap();
    assert_eq!(
        (&block["parentSlot"], &block["blockHeight"]),
        (&json!(slot), &json!(height + 1))
    );
    let hashes = bed.rpc.get_account(&SLOT_HASHES).unwrap().data;
    let word = |at: usize| u64::from_le_bytes(hashes[at..at + 8].try_into().unwrap());
    assert_eq!((word(8), word(48)), (open, slot));
}

#[test]
fn a_halted_chain_takes_transactions_and_executes_none() {
    let bed = Bed::with(LocalnetConfig {
        slot_ms: 20,
        ..LocalnetConfig::default()
    });
    let friend = Pubkey::new_unique();
    let slot = control(&bed, "localnet_halt", json!([]));
    let transaction = bed.sign(&[bed.pay(&friend, SOL)], &[]);
    let signature = bed.rpc.send_transaction(&transaction).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(bed.slot(), slot);
    assert!(bed.rpc.get_signature_status(&signature).unwrap().is_none());
    assert_eq!(bed.rpc.get_balance(&friend).unwrap(), 0);
    control(&bed, "localnet_resume", json!([]));
    // Its blockhash is as young as it was.
    assert_eq!(bed.rpc.send_transaction(&transaction).unwrap(), signature);
    assert_eq!(bed.rpc.get_balance(&friend).unwrap(), SOL);
    // One that ends by itself.
    let slot = control(&bed, "localnet_halt", json!([300]));
    let begun = Instant::now();
    while bed.slot() == slot {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(
        begun.elapsed() >= Duration::from_millis(250),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn what_is_rolled_back_never_was_and_may_run_again() {
    let bed = Bed::frozen();
    let (friend, other) = (Pubkey::new_unique(), Pubkey::new_unique());
    bed.warp(1);
    let before = bed.rpc.get_balance(&bed.payer.pubkey()).unwrap();
    let height = bed.rpc.get_block_height().unwrap();
    let blockhash = bed.rpc.get_latest_blockhash().unwrap();
    let first = bed.sign_at(&[bed.pay(&friend, SOL)], &[], blockhash);
    let second = bed.sign_at(&[bed.pay(&other, 2 * SOL), bed.pay(&friend, SOL)], &[], blockhash);
    bed.rpc.send_transaction(&first).unwrap();
    bed.warp(2);
    bed.rpc.send_transaction(&second).unwrap();
    assert_eq!(bed.rpc.get_balance(&friend).unwrap(), 2 * SOL);
    let slot = bed.slot();

    let open = control(&bed, "localnet_rollBack", json!([2]));
    assert_eq!(open, slot + 1, "slots go on");
    assert_eq!(bed.rpc.get_block_height().unwrap(), height);
    assert_eq!(bed.rpc.get_balance(&friend).unwrap(), 0);
    assert_eq!(bed.rpc.get_balance(&bed.payer.pubkey()).unwrap(), before);
    assert!(bed.rpc.get_account(&other).is_err());
    assert!(bed.signatures_of(&friend).is_empty());
    for gone in [&first, &second] {
        let status = bed.rpc.get_signature_status(&gone.signatures[0]).unwrap();
        assert!(status.is_none());
    }
    // The same bytes run again, once.
    bed.rpc.send_transaction(&first).unwrap();
    assert_eq!(bed.rpc.get_balance(&friend).unwrap(), SOL);
    assert_eq!(
        bed.rpc.get_balance(&bed.payer.pubkey()).unwrap(),
        before - SOL - FEE
    );
    bed.warp(1);
    assert_eq!(bed.rpc.get_block_height().unwrap(), height + 1);
    assert_eq!(bed.signatures_of(&friend), [first.signatures[0]]);
    // More than is not final is refused.
    assert_eq!(code(bed.call("localnet_rollBack", json!([32]))), -32602);
}

#[test]
fn slots_can_become_shorter() {
    let bed = Bed::frozen();
    control(&bed, "localnet_setSlotTime", json!([20]));
    let (begun, slot) = (Instant::now(), bed.slot());
    while bed.slot() < slot + 20 {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(5));
    }
    for (method, params) in [
        ("localnet_setSlotTime", json!([0])),
        ("localnet_skipSlots", json!([0])),
        ("localnet_halt", json!([0])),
        ("localnet_rollBack", json!([])),
    ] {
        assert_eq!(code(bed.call(method, params)), -32602, "{method}");
    }
}
