//! Codes to names, with and without the logs that tell whose code it is.

use anchor_lang::prelude::Pubkey;
use aurelius::error::AureliusError;
use serde_json::json;
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;

use super::*;
use crate::rpc::{Backoff, RpcConfig, RpcPool, SendOptions};
use scripted_node::{Answer, ScriptedNode};

fn custom(index: u8, code: u32) -> TransactionError {
    TransactionError::InstructionError(index, InstructionError::Custom(code))
}

fn check(error: TransactionError, programs: &[Pubkey], logs: &[&str], expected: &str) {
    let logs: Vec<String> = logs.iter().map(|line| (*line).to_owned()).collect();
    let failure = TransactionFailure::decode(error, programs, &logs);
    assert!(
        failure.to_string().contains(expected),
        "{failure}, expected {expected}"
    );
}

#[test]
fn every_error_of_the_program_is_named() {
    for error in AureliusError::ALL {
        let failure =
            TransactionFailure::decode(custom(1, error.code()), &[Pubkey::default(), aurelius::ID], &[]);
        assert_eq!(failure.aurelius(), Some(*error));
        let text = failure.to_string();
        assert!(
            text.contains(&error.name()) && text.contains(&error.to_string()),
            "{text}"
        );
        assert!(!failure.is_transient());
    }
}

#[test]
fn a_code_belongs_to_the_innermost_program_that_failed() {
    let escrow = [aurelius::ID];
    let token = format!(
        "Program {} failed: custom program error: 0x1",
        anchor_spl::token::ID
    );
    let system = format!(
        "Program {} failed: custom program error: 0x1",
        solana_system_interface::program::ID
    );
    let ours = format!("Program {} failed: custom program error: 0x1", aurelius::ID);
    check(
        custom(0, 1),
        &escrow,
        &["Program log: x", &token, &ours],
        "token account holds too little",
    );
    check(custom(0, 1), &escrow, &[&system, &ours], "not enough SOL");
    check(
        custom(0, 0),
        &[solana_system_interface::program::ID],
        &[],
        "already exists",
    );
    check(custom(0, 17), &[anchor_spl::token::ID], &[], "frozen");
    check(
        custom(0, 4),
        &[anchor_spl::token::ID],
        &[],
        "Owner does not match",
    );
    check(custom(0, 6201), &[], &[], "MatchNotOpen");
    check(custom(0, 2006), &escrow, &[], "ConstraintSeeds");
    check(custom(0, 3012), &escrow, &[], "AccountNotInitialized");
    check(custom(0, 6999), &escrow, &[], "0x1b57");
    // Somebody else's program with a number of ours.
    check(
        custom(0, 6201),
        &[Pubkey::new_unique()],
        &[],
        "custom program error 0x1839",
    );
}

#[test]
fn errors_of_the_runtime_say_what_to_do() {
    check(TransactionError::AccountNotFound, &[], &[], "fund it");
    check(TransactionError::InsufficientFundsForFee, &[], &[], "fund it");
    check(
        TransactionError::BlockhashNotFound,
        &[],
        &[],
        "build the transaction anew",
    );
    let exceeded = TransactionError::InstructionError(2, InstructionError::ComputationalBudgetExceeded);
    check(
        exceeded,
        &[],
        &[],
        "instruction 2 failed: the compute limit was too low",
    );
}

#[test]
fn transience_is_told_apart() {
    let decode = |error| TransactionFailure::decode(error, &[], &[]);
    assert!(decode(TransactionError::BlockhashNotFound).is_transient());
    assert!(decode(TransactionError::AccountInUse).is_transient());
    assert!(!decode(TransactionError::InsufficientFundsForFee).is_transient());
    assert!(!decode(TransactionError::AlreadyProcessed).is_transient());
    assert!(decode(TransactionError::AlreadyProcessed).is_already_processed());
    let signature = solana_signature::Signature::default();
    assert!(Error::Expired { signature }.is_transient());
    assert!(!Error::Answer(String::new()).is_transient());
}

#[tokio::test]
async fn preflight_failures_are_decoded_with_their_logs() {
    let token = format!(
        "Program {} failed: custom program error: 0x1",
        anchor_spl::token::ID
    );
    let node = ScriptedNode::start(move |_, _, _| Answer::Error {
        code: -32002,
        message: "Transaction simulation failed",
        data: json!({
            "err": { "InstructionError": [0, { "Custom": 1 }] }, "logs": [token], "accounts": null,
            "unitsConsumed": 5, "returnData": null, "innerInstructions": null, "replacementBlockhash": null
        }),
    })
    .await;
    let mut config = RpcConfig::new(&node.url);
    config.backoff = Backoff {
        attempts_max: 1,
        ..Backoff::REQUEST
    };
    let pool = RpcPool::new(config).unwrap();
    let transaction = solana_transaction::versioned::VersionedTransaction {
        signatures: vec![solana_signature::Signature::default()],
        message: solana_message::VersionedMessage::default(),
    };
    let error = pool.send(&transaction, SendOptions::Preflight).await.unwrap_err();
    let failure = error.transaction().unwrap();
    assert_eq!(failure.program, Some(anchor_spl::token::ID));
    assert_eq!(failure.logs.len(), 1);
    assert!(!error.is_transient());
    assert!(
        error.to_string().contains("deposit the missing tokens"),
        "{error}"
    );
}
