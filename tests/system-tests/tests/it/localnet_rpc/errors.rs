//! What is refused, and in which words.

use anchor_client::RpcSendTransactionConfig;
use anchor_lang::prelude::Pubkey;
use serde_json::{json, Value};
use solana_instruction::error::InstructionError;
use solana_keypair::{Keypair, Signature};
use solana_rpc_client_api::client_error::{Error as ClientError, ErrorKind};
use solana_rpc_client_api::config::RpcSimulateTransactionConfig;
use solana_rpc_client_api::request::{RpcError, RpcResponseErrorData};
use solana_rpc_client_api::response::RpcSimulateTransactionResult;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;
use solana_transaction_error::TransactionError;

use super::support::{Bed, FEE, SOL};

const SKIP_PREFLIGHT: RpcSendTransactionConfig = RpcSendTransactionConfig {
    skip_preflight: true,
    preflight_commitment: None,
    encoding: None,
    max_retries: None,
    min_context_slot: None,
};

/// Code and message of an error that the node answered.
fn answered(error: &ClientError) -> (i64, &str) {
    match error.kind() {
        ErrorKind::RpcError(RpcError::RpcResponseError { code, message, .. }) => (*code, message),
        other => panic!("not an answer of the node: {other:?}"),
    }
}

fn preflight(error: &ClientError) -> &RpcSimulateTransactionResult {
    match error.kind() {
        ErrorKind::RpcError(RpcError::RpcResponseError {
            code: -32002,
            data: RpcResponseErrorData::SendTransactionPreflightFailure(result),
            ..
        }) => result,
        other => panic!("not a preflight failure: {other:?}"),
    }
}

#[test]
fn a_failed_preflight_carries_error_logs_and_units_and_costs_nothing() {
    let bed = Bed::frozen();
    let before = bed.rpc.get_balance(&bed.payer.pubkey()).unwrap();
    let transaction = bed.sign(&[bed.pay(&Pubkey::new_unique(), 99 * SOL)], &[]);
    let error = bed.rpc.send_transaction(&transaction).unwrap_err();
    assert_eq!(
        answered(&error).1,
        "Transaction simulation failed: Error processing Instruction 0: custom program error: 0x1"
    );
    let result = preflight(&error);
    assert_eq!(
        error.get_transaction_error(),
        Some(TransactionError::InstructionError(0, InstructionError::Custom(1)))
    );
    assert_eq!(result.units_consumed, Some(150));
    let logs = result.logs.as_ref().unwrap();
    assert!(logs[1].starts_with("Transfer: insufficient lamports"), "{logs:?}");
    assert_eq!(bed.rpc.get_balance(&bed.payer.pubkey()).unwrap(), before);
}

#[test]
fn without_preflight_a_failure_lands_and_pays_its_fee() {
    let bed = Bed::frozen();
    let before = bed.rpc.get_balance(&bed.payer.pubkey()).unwrap();
    let transaction = bed.sign(&[bed.pay(&Pubkey::new_unique(), 99 * SOL)], &[]);
    let signature = bed
        .rpc
        .send_transaction_with_config(&transaction, SKIP_PREFLIGHT)
        .unwrap();
    let status = bed.rpc.get_signature_status(&signature).unwrap();
    assert_eq!(
        status,
        Some(Err(TransactionError::InstructionError(
            0,
            InstructionError::Custom(1)
        )))
    );
    assert_eq!(bed.rpc.get_balance(&bed.payer.pubkey()).unwrap(), before - FEE);
}

#[test]
fn a_transaction_runs_once() {
    let bed = Bed::frozen();
    let friend = Pubkey::new_unique();
    let transaction = bed.sign(&[bed.pay(&friend, SOL)], &[]);
    bed.rpc.send_transaction(&transaction).unwrap();
    let error = bed.rpc.send_transaction(&transaction).unwrap_err();
    assert_eq!(
        error.get_transaction_error(),
        Some(TransactionError::AlreadyProcessed)
    );
    // Without preflight a repetition is answered with the signature, and does nothing.
    let again = bed
        .rpc
        .send_transaction_with_config(&transaction, SKIP_PREFLIGHT)
        .unwrap();
    assert_eq!(again, transaction.signatures[0]);
    assert_eq!(bed.rpc.get_balance(&friend).unwrap(), SOL);
}

#[test]
fn forged_and_unfunded_transactions_do_not_run() {
    let bed = Bed::frozen();
    let friend = Pubkey::new_unique();
    let mut forged = bed.sign(&[bed.pay(&friend, SOL)], &[]);
    forged.signatures[0] = Signature::from([7; 64]);
    let error = bed.rpc.send_transaction(&forged).unwrap_err();
    assert_eq!(
        error.get_transaction_error(),
        Some(TransactionError::SignatureFailure)
    );
    bed.rpc
        .send_transaction_with_config(&forged, SKIP_PREFLIGHT)
        .unwrap();
    assert_eq!(bed.rpc.get_balance(&friend).unwrap(), 0);
    let simulated = bed
        .rpc
        .simulate_transaction_with_config(
            &forged,
            RpcSimulateTransactionConfig {
                sig_verify: true,
                ..RpcSimulateTransactionConfig::default()
            },
        )
        .unwrap();
    assert_eq!(
        simulated.value.err.map(TransactionError::from),
        Some(TransactionError::SignatureFailure)
    );

    let poor = Keypair::new();
    let blockhash = bed.rpc.get_latest_blockhash().unwrap();
    let unfunded = anchor_client::Transaction::new_signed_with_payer(
        &[transfer(&poor.pubkey(), &friend, 1)],
        Some(&poor.pubkey()),
        &[&poor],
        blockhash,
    );
    let error = bed.rpc.send_transaction(&unfunded).unwrap_err();
    assert_eq!(
        error.get_transaction_error(),
        Some(TransactionError::AccountNotFound)
    );
    assert_eq!(preflight(&error).fee, None);
}

#[test]
fn wrong_calls_get_the_codes_of_the_real_node() {
    let bed = Bed::frozen();
    let here = bed.payer.pubkey().to_string();
    let signature = bed.run(&[bed.pay(&Pubkey::new_unique(), SOL)], &[]).to_string();
    let slot = bed.slot();
    let many = vec![here.clone(); 101];
    let cases: Vec<(&'static str, Value, i64, &str)> = vec![
        ("getFoo", json!([]), -32601, "Method not found"),
        ("getBalance", json!([]), -32602, "at least 1 argument"),
        ("getBalance", json!(["zz"]), -32602, "Invalid param: "),
        ("getBalance", json!([5]), -32602, "invalid type: integer"),
        ("getBalance", json!([here, {}, 3]), -32602, "at most 2 parameters"),
        (
            "getBalance",
            json!([here, {"minContextSlot": slot + 1}]),
            -32016,
            "Minimum context slot",
        ),
        (
            "getAccountInfo",
            json!([here, {"encoding": "morse"}]),
            -32602,
            "unknown variant `morse`",
        ),
        (
            "getMultipleAccounts",
            json!([many]),
            -32602,
            "Too many inputs provided; max 100",
        ),
        (
            "getBlock",
            json!([slot, {"commitment": "confirmed"}]),
            -32004,
            "Block not available for slot",
        ),
        (
            "getBlock",
            json!([1, {"commitment": "processed"}]),
            -32602,
            "commitment below `confirmed`",
        ),
        (
            "getTransaction",
            json!([signature, {"commitment": "processed"}]),
            -32602,
            "commitment below",
        ),
        (
            "getSignaturesForAddress",
            json!([here, {"limit": 0}]),
            -32602,
            "Invalid limit; max 1000",
        ),
        ("getTokenSupply", json!([here]), -32602, "not a Token mint"),
        ("getHighestSnapshotSlot", json!([]), -32008, "No snapshot"),
        (
            "sendTransaction",
            json!(["***", {"encoding": "base64"}]),
            -32602,
            "invalid base64",
        ),
        (
            "sendTransaction",
            json!(["AAAA", {"encoding": "base64"}]),
            -32602,
            "failed to deserialize",
        ),
        (
            "requestAirdrop",
            json!([here, u64::MAX]),
            -32603,
            "faucet cannot pay",
        ),
        ("localnet_warpSlots", json!([0]), -32602, "must be 1 to 100000"),
        (
            "localnet_setAccount",
            json!([here, {"lamports": 1}]),
            -32602,
            "missing field",
        ),
    ];
    for (method, params, code, words) in cases {
        let error = bed.call(method, params.clone()).unwrap_err();
        let (found, message) = answered(&error);
        assert_eq!(found, code, "{method} {params}: {message}");
        assert!(message.contains(words), "{method} {params}: {message}");
    }
    // After all that the chain goes on.
    bed.run(&[bed.pay(&Pubkey::new_unique(), SOL)], &[]);
}

#[test]
fn a_block_that_was_forgotten_is_said_to_be() {
    let mut config = localnet::LocalnetConfig {
        slot_ms: 3_600_000,
        ..localnet::LocalnetConfig::default()
    };
    config.limits.blocks_max = 300;
    let bed = Bed::with(config);
    let first = bed.rpc.get_first_available_block().unwrap();
    assert_eq!(first, bed.slot() - 300);
    let error = bed.rpc.get_block(first - 1).unwrap_err();
    assert_eq!(answered(&error).0, -32001);
    assert!(bed.rpc.get_block(first).is_ok());
}
