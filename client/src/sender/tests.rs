//! Building within the packet, and the fate of transactions as a scripted node tells it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use serde_json::{json, Value};
use solana_instruction::AccountMeta;

use super::*;
use crate::rpc::{Backoff, RpcConfig};
use scripted_node::{Answer, ScriptedNode};

const LAST_VALID: u64 = 150;

fn config() -> SenderConfig {
    SenderConfig {
        poll_interval: Duration::from_millis(5),
        rebroadcast_interval: Duration::from_millis(20),
        silence_max: Duration::from_millis(150),
        ..SenderConfig::default()
    }
}

fn sender(node: &ScriptedNode, config: SenderConfig) -> Sender {
    let mut rpc = RpcConfig::new(&node.url);
    rpc.backoff = Backoff {
        first: Duration::from_millis(1),
        max: Duration::from_millis(1),
        attempts_max: 2,
    };
    Sender::new(RpcPool::new(rpc).unwrap(), config)
}

fn instruction(data_len: usize) -> Instruction {
    let accounts = vec![AccountMeta::new(Pubkey::new_unique(), false)];
    Instruction {
        program_id: aurelius::ID,
        accounts,
        data: vec![1; data_len],
    }
}

/// A node that simulates well, and answers statuses and heights as `status` says.
async fn node<F>(status: F) -> ScriptedNode
where
    F: Fn(&str, &Value, usize) -> Answer + Send + Sync + 'static,
{
    ScriptedNode::start(move |method, params, before| match method {
        "simulateTransaction" => simulation(json!(null), json!(40_000)),
        "getLatestBlockhash" => {
            let blockhash = bs58::encode([before as u8 + 1; 32]).into_string();
            with_context(json!({ "blockhash": blockhash, "lastValidBlockHeight": LAST_VALID }))
        }
        "sendTransaction" => Answer::Result(json!(signature_of(params))),
        _ => status(method, params, before),
    })
    .await
}

fn with_context(value: Value) -> Answer {
    Answer::Result(json!({ "context": { "slot": 1000 }, "value": value }))
}

fn simulation(err: Value, units: Value) -> Answer {
    with_context(json!({
        "err": err, "logs": [], "accounts": null, "unitsConsumed": units, "returnData": null,
        "innerInstructions": null, "replacementBlockhash": null
    }))
}

fn signature_of(params: &Value) -> String {
    let bytes =
        base64::Engine::decode(&base64::prelude::BASE64_STANDARD, params[0].as_str().unwrap()).unwrap();
    Prepared::from_bytes(&bytes, 0).unwrap().signature.to_string()
}

fn tip(block_height: u64) -> Answer {
    Answer::Result(json!({
        "absoluteSlot": 1000, "blockHeight": block_height, "epoch": 0, "slotIndex": 0, "slotsInEpoch": 432000,
        "transactionCount": 0
    }))
}

fn status(confirmation: &str, err: Value) -> Answer {
    let state = if err.is_null() {
        json!({ "Ok": null })
    } else {
        json!({ "Err": err })
    };
    with_context(json!([{
        "slot": 900, "confirmations": 1, "err": err, "status": state, "confirmationStatus": confirmation
    }]))
}

#[tokio::test]
async fn the_compute_limit_comes_from_the_simulation() {
    let node = node(|_, _, _| Answer::HangUp).await;
    let payer = Keypair::new();
    let config = SenderConfig {
        priority_fee: PriorityFee::Fixed(77),
        ..config()
    };
    let prepared = sender(&node, config)
        .prepare(&[instruction(8)], &payer, &[])
        .await
        .unwrap();
    assert_eq!(node.methods(), ["simulateTransaction", "getLatestBlockhash"]);
    assert_eq!(prepared.last_valid_block_height, LAST_VALID);
    assert_eq!(prepared.signature, prepared.transaction.signatures[0]);
    assert_eq!(
        prepared.signature,
        payer.sign_message(&prepared.transaction.message.serialize())
    );
    let instructions = prepared.transaction.message.instructions();
    assert_eq!(
        instructions[0].data,
        [[2].as_slice(), &44_000u32.to_le_bytes()].concat()
    );
    assert_eq!(
        instructions[1].data,
        [[3].as_slice(), &77u64.to_le_bytes()].concat()
    );
    assert_eq!(prepared.programs()[2], aurelius::ID);

    let bytes = prepared.to_bytes().unwrap();
    let restored = Prepared::from_bytes(&bytes, LAST_VALID).unwrap();
    assert_eq!(restored.transaction, prepared.transaction);
    assert_eq!(restored.signature, prepared.signature);
    for cut in [0, 1, 64, bytes.len() - 1] {
        assert!(
            Prepared::from_bytes(&bytes[..cut], LAST_VALID).is_err(),
            "{cut} bytes"
        );
    }
}

#[test]
fn margins_are_bounded() {
    assert_eq!(with_margin(0, 10), COMPUTE_MARGIN_UNITS_MIN);
    assert_eq!(with_margin(10_000, 10), 12_000);
    assert_eq!(with_margin(100_000, 10), 110_000);
    assert_eq!(with_margin(1_399_999, 10), COMPUTE_UNITS_MAX);
    assert_eq!(with_margin(u64::MAX, u32::MAX), COMPUTE_UNITS_MAX);
}

#[tokio::test]
async fn a_failing_simulation_costs_nothing_and_is_named() {
    let node = ScriptedNode::start(|_, _, _| {
        simulation(json!({ "InstructionError": [1, { "Custom": 6201 }] }), json!(100))
    })
    .await;
    let error = sender(&node, config())
        .prepare(&[instruction(8)], &Keypair::new(), &[])
        .await
        .unwrap_err();
    assert_eq!(
        error.aurelius(),
        Some(aurelius::error::AureliusError::MatchNotOpen)
    );
    assert_eq!(node.methods(), ["simulateTransaction"]);
}

#[test]
fn transactions_fit_the_packet_to_the_byte() {
    let payer = Keypair::new();
    let budget = Budget {
        compute_limit: 1,
        price_micro_lamports: 1,
    };
    let size =
        |format, data_len| transaction_size(&[instruction(data_len)], format, &payer.pubkey()).unwrap();
    for format in [Format::Legacy, Format::V0] {
        let room = 1000 + TRANSACTION_BYTES_MAX - size(format, 1000);
        let fits = sign(
            &[instruction(room)],
            budget,
            format,
            &payer,
            &[],
            Default::default(),
        )
        .unwrap();
        assert_eq!(bincode::serialize(&fits).unwrap().len(), TRANSACTION_BYTES_MAX);
        let error = sign(
            &[instruction(room + 1)],
            budget,
            format,
            &payer,
            &[],
            Default::default(),
        )
        .unwrap_err();
        assert!(matches!(error, BuildError::TooLarge { bytes: 1233 }), "{error}");
        assert_eq!(size(format, room + 1), 1233);
    }
    assert_eq!(size(Format::V0, 100), size(Format::Legacy, 100) + 2);
    assert!(matches!(
        sign(&[], budget, Format::Legacy, &payer, &[], Default::default()),
        Err(BuildError::Empty)
    ));
}

#[test]
fn missing_and_repeated_signers_are_told() {
    let (payer, other) = (Keypair::new(), Keypair::new());
    let mut instruction = instruction(1);
    instruction
        .accounts
        .push(AccountMeta::new_readonly(other.pubkey(), true));
    let budget = Budget {
        compute_limit: 1,
        price_micro_lamports: 0,
    };
    let sign = |signers: &[&Keypair]| {
        sign(
            &[instruction.clone()],
            budget,
            Format::Legacy,
            &payer,
            signers,
            Default::default(),
        )
    };
    assert!(matches!(sign(&[]), Err(BuildError::Sign(_))));
    assert!(sign(&[&other]).is_ok());
    // Naming the payer again does no harm.
    assert!(sign(&[&payer, &other]).is_ok());
}

async fn outcome_of(node: &ScriptedNode) -> Outcome {
    let sender = sender(node, config());
    let prepared = sender
        .prepare(&[instruction(8)], &Keypair::new(), &[])
        .await
        .unwrap();
    sender.submit(&prepared).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), sender.track(&prepared))
        .await
        .unwrap()
}

#[tokio::test]
async fn landing_counts_at_the_commitment_only() {
    let polls = Arc::new(AtomicU64::new(0));
    let node = node(move |method, _, _| match method {
        "getEpochInfo" => tip(10),
        _ if polls.fetch_add(1, Ordering::Relaxed) < 3 => status("processed", Value::Null),
        _ => status("confirmed", Value::Null),
    })
    .await;
    assert!(matches!(outcome_of(&node).await, Outcome::Landed { slot: 900 }));
    assert!(node.params("getSignatureStatuses").len() >= 4);
}

#[tokio::test]
async fn failing_on_chain_is_decoded() {
    let node = node(|method, _, _| match method {
        "getEpochInfo" => tip(10),
        _ => status(
            "finalized",
            json!({ "InstructionError": [1, { "Custom": 6411 }] }),
        ),
    })
    .await;
    let Outcome::Failed { slot: 900, error } = outcome_of(&node).await else {
        panic!("not failed")
    };
    assert_eq!(
        error.aurelius(),
        Some(aurelius::error::AureliusError::AlreadyClaimed)
    );
}

#[tokio::test]
async fn expiry_needs_a_passed_height_and_an_empty_history() {
    // At the last valid height it may still land.
    let height = Arc::new(AtomicU64::new(LAST_VALID - 3));
    let node = node(move |method, _, _| match method {
        "getEpochInfo" => tip(height.fetch_add(1, Ordering::Relaxed)),
        _ => with_context(json!([null])),
    })
    .await;
    assert!(matches!(outcome_of(&node).await, Outcome::Expired));
    let polls = node.params("getSignatureStatuses");
    assert!(polls.len() >= 5, "{}", polls.len());
    assert_eq!(polls.last().unwrap()[1]["searchTransactionHistory"], true);
    assert!(polls[..polls.len() - 1]
        .iter()
        .all(|params| params[1]["searchTransactionHistory"] != true));
}

#[tokio::test]
async fn what_only_the_ledger_remembers_has_landed() {
    let node = node(|method, params, _| match method {
        "getEpochInfo" => tip(LAST_VALID + 10_000),
        _ if params[1]["searchTransactionHistory"] == true => status("finalized", Value::Null),
        _ => with_context(json!([null])),
    })
    .await;
    assert!(matches!(outcome_of(&node).await, Outcome::Landed { slot: 900 }));
}

#[tokio::test]
async fn an_unreadable_history_is_unknown_not_expired() {
    let node = node(|method, params, _| match method {
        "getEpochInfo" => tip(LAST_VALID + 1),
        _ if params[1]["searchTransactionHistory"] == true => Answer::Error {
            code: -32011,
            message: "Transaction history is not available from this node",
            data: Value::Null,
        },
        _ => with_context(json!([null])),
    })
    .await;
    assert!(matches!(outcome_of(&node).await, Outcome::Unknown { .. }));
}

/// Two nodes of one chain at this height, of which the first says that every transaction has failed.
async fn beside_a_liar(height: u64, truth: Answer) -> Outcome {
    let answers = |statuses: Answer| {
        node(move |method, _, _| match method {
            "getEpochInfo" => tip(height),
            "getSlot" => Answer::result(1_000),
            _ => statuses.clone(),
        })
    };
    let failed = status(
        "finalized",
        json!({ "InstructionError": [1, { "Custom": 6411 }] }),
    );
    let (liar, honest) = (answers(failed).await, answers(truth).await);
    let rpc = RpcPool::new(RpcConfig::new(&liar.url).and(&honest.url)).unwrap();
    let sender = Sender::new(rpc, config());
    let payer = Keypair::new();
    let prepared = sender.prepare(&[instruction(8)], &payer, &[]).await.unwrap();
    sender.submit(&prepared).await.unwrap();
    let tracked = tokio::time::timeout(Duration::from_secs(20), sender.track(&prepared));
    tracked.await.unwrap()
}

#[tokio::test]
async fn one_endpoints_word_makes_no_transaction_fail() {
    let landed = status("confirmed", Value::Null);
    assert!(matches!(
        beside_a_liar(LAST_VALID - 10, landed).await,
        Outcome::Landed { slot: 900 }
    ));
    // Nobody else has it: as long as it may land nothing is sent in its place.
    let nobody = || with_context(json!([null]));
    let early = tokio::time::timeout(Duration::from_millis(300), beside_a_liar(LAST_VALID, nobody()));
    assert!(early.await.is_err());
    assert!(matches!(
        beside_a_liar(LAST_VALID + 1, nobody()).await,
        Outcome::Expired
    ));
    // What two tell of is so.
    let failed = status(
        "confirmed",
        json!({ "InstructionError": [1, { "Custom": 6411 }] }),
    );
    assert!(matches!(
        beside_a_liar(LAST_VALID - 10, failed).await,
        Outcome::Failed { slot: 900, .. }
    ));
}

/// What is asked for the history may be another endpoint than the one that was polled.
#[tokio::test]
async fn a_history_that_lags_behind_the_tip_proves_nothing() {
    let looks = Arc::new(AtomicU64::new(0));
    let seen = looks.clone();
    let node = node(move |method, params, _| match method {
        "getEpochInfo" => tip(LAST_VALID + 1),
        _ if params[1]["searchTransactionHistory"] == true => match seen.fetch_add(1, Ordering::Relaxed) {
            0..=2 => Answer::Result(json!({ "context": { "slot": 999 }, "value": [null] })),
            _ => status("finalized", Value::Null),
        },
        _ => with_context(json!([null])),
    })
    .await;
    assert!(matches!(outcome_of(&node).await, Outcome::Landed { slot: 900 }));
    assert_eq!(looks.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn a_node_that_lags_behind_the_tip_proves_nothing() {
    let polls = Arc::new(AtomicU64::new(0));
    let node = node(move |method, _, _| match method {
        "getEpochInfo" => tip(LAST_VALID + 1),
        _ if polls.fetch_add(1, Ordering::Relaxed) < 5 => {
            Answer::Result(json!({ "context": { "slot": 999 }, "value": [null] }))
        }
        _ => status("confirmed", Value::Null),
    })
    .await;
    assert!(matches!(outcome_of(&node).await, Outcome::Landed { .. }));
}

#[tokio::test]
async fn a_silent_chain_is_unknown_in_the_end() {
    let node = node(|_, _, _| Answer::HangUp).await;
    assert!(matches!(outcome_of(&node).await, Outcome::Unknown { .. }));
}

#[tokio::test]
async fn unconfirmed_transactions_are_sent_again_unchanged() {
    let polls = Arc::new(AtomicU64::new(0));
    let node = node(move |method, _, _| match method {
        "getEpochInfo" => tip(10),
        _ if polls.fetch_add(1, Ordering::Relaxed) < 20 => with_context(json!([null])),
        _ => status("confirmed", Value::Null),
    })
    .await;
    assert!(matches!(outcome_of(&node).await, Outcome::Landed { .. }));
    let sent = node.params("sendTransaction");
    assert!(sent.len() >= 3, "{}", sent.len());
    assert!(sent.iter().all(|params| params[0] == sent[0][0]));
}

#[tokio::test]
async fn expired_transactions_are_built_anew_a_bounded_number_of_times() {
    let node = node(|method, _, _| match method {
        "getEpochInfo" => tip(LAST_VALID + 1),
        _ => with_context(json!([null])),
    })
    .await;
    let error = sender(&node, config())
        .send_and_confirm(&[instruction(8)], &Keypair::new(), &[])
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Expired { .. }), "{error}");
    let mut sent: Vec<Value> = node
        .params("sendTransaction")
        .into_iter()
        .map(|params| params[0].clone())
        .collect();
    sent.dedup();
    assert_eq!(sent.len(), 3);
}

#[tokio::test]
async fn many_in_flight_are_polled_together() {
    let node = node(|method, params, _| match method {
        "getEpochInfo" => tip(10),
        _ => {
            let asked = params[0].as_array().unwrap().len();
            let one = json!({ "slot": 1, "confirmations": 1, "err": null, "status": { "Ok": null }, "confirmationStatus": "confirmed" });
            with_context(Value::Array(vec![one; asked]))
        }
    })
    .await;
    let sender = sender(
        &node,
        SenderConfig {
            poll_interval: Duration::from_millis(100),
            ..config()
        },
    );
    let payer = Keypair::new();
    let mut prepared = Vec::new();
    for _ in 0..20 {
        prepared.push(sender.prepare(&[instruction(8)], &payer, &[]).await.unwrap());
    }
    let outcomes = futures_util::future::join_all(prepared.iter().map(|p| sender.track(p))).await;
    assert!(outcomes
        .iter()
        .all(|outcome| matches!(outcome, Outcome::Landed { .. })));
    assert!(
        node.params("getSignatureStatuses").len() <= 2,
        "{:?}",
        node.methods()
    );
}
