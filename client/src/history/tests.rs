//! Histories of scripted nodes: pages, nesting, noise and damage.

use anchor_lang::event::EVENT_IX_TAG_LE;
use anchor_lang::Event as _;
use aurelius::event::{CheckpointPosted, Claimed};
use serde_json::{json, Value};
use solana_hash::Hash;
use solana_instruction::{AccountMeta, Instruction};
use solana_message::Message;
use solana_transaction::versioned::VersionedTransaction;

use anchor_lang::prelude::Pubkey;
use solana_signature::Signature;

use super::*;
use crate::call::Call;
use crate::event::Event;
use crate::instruction::{self, MatchRef};
use crate::rpc::{Backoff, RpcConfig, RpcPool};
use scripted_node::{Answer, Ledger, ScriptedNode};

const PAYER: Pubkey = Pubkey::new_from_array([0xfe; 32]);

fn of() -> MatchRef {
    MatchRef {
        key: Pubkey::new_from_array([1; 32]),
        mint: Pubkey::new_from_array([2; 32]),
        token_program: anchor_spl::token::ID,
        operator: Pubkey::new_from_array([3; 32]),
    }
}

/// An inner instruction of the `index`-th instruction at a stack height.
struct Inner(u8, u32, Instruction);

/// A transaction as `getTransaction` gives it. Inner instructions' accounts are appended to the message so that they
/// have indexes.
fn encoded(top: &[Instruction], inner: &[Inner], slot: u64, err: Value) -> Value {
    let mut all = top.to_vec();
    all.extend(inner.iter().map(|Inner(_, _, instruction)| instruction.clone()));
    let mut message = Message::new_with_blockhash(&all, Some(&PAYER), &Hash::default());
    let compiled_inner = message.instructions.split_off(top.len());
    let mut groups: Vec<Value> = Vec::new();
    for (Inner(index, height, _), compiled) in inner.iter().zip(compiled_inner) {
        groups.push(json!({ "index": index, "instructions": [{
            "programIdIndex": compiled.program_id_index, "accounts": compiled.accounts,
            "data": bs58::encode(&compiled.data).into_string(), "stackHeight": height
        }]}));
    }
    let signatures = vec![Signature::default(); usize::from(message.header.num_required_signatures)];
    let transaction = VersionedTransaction {
        signatures,
        message: solana_message::VersionedMessage::Legacy(message),
    };
    let bytes = bincode::serialize(&transaction).unwrap();
    let text = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
    let status = if err.is_null() {
        json!({ "Ok": null })
    } else {
        json!({ "Err": err })
    };
    json!({
        "slot": slot, "blockTime": null, "version": "legacy", "transaction": [text, "base64"],
        "meta": { "err": err, "status": status, "fee": 5000, "preBalances": [], "postBalances": [],
                  "innerInstructions": groups, "logMessages": [], "loadedAddresses": { "writable": [], "readonly": [] } }
    })
}

fn event(data: Vec<u8>) -> Instruction {
    let data = [EVENT_IX_TAG_LE, &data].concat();
    let accounts = vec![AccountMeta::new_readonly(
        crate::address::event_authority(),
        false,
    )];
    Instruction {
        program_id: aurelius::ID,
        accounts,
        data,
    }
}

fn posted(index: u32) -> Instruction {
    event(
        CheckpointPosted {
            match_key: of().key,
            index,
            digest: [7; 32],
            beacon: [8; 32],
        }
        .data(),
    )
}

fn checkpoint(index: u32) -> Instruction {
    instruction::post_checkpoint(
        PAYER,
        of().key,
        index,
        aurelius::Continues::from_leaf(&[0; 32], 0),
        [3; 32],
        [2; 8],
        vec![[4; 32]],
        vec![vec![0]],
    )
}

fn parse_items(transaction: Value) -> Result<Vec<HistoryItem>, UnreadableTransaction> {
    items_of(Signature::default(), &transaction, &of().key)
}

#[test]
fn events_and_movements_belong_to_the_call_around_them() {
    let player = Pubkey::new_from_array([9; 32]);
    let (vault, recipient) = (of().vault(), of().token_account(&player));
    let claim = instruction::claim(&of(), PAYER, &player);
    let transfer = anchor_spl::token::spl_token::instruction::transfer_checked(
        &anchor_spl::token::ID,
        &vault,
        &of().mint,
        &recipient,
        &of().key,
        &[],
        55,
        6,
    )
    .unwrap();
    let claimed = event(
        Claimed {
            match_key: of().key,
            player,
            recipient,
            amount: 55,
            refund: false,
        }
        .data(),
    );
    // A token transfer of the transaction's own is no movement of the escrow.
    let own = anchor_spl::token::spl_token::instruction::transfer(
        &anchor_spl::token::ID,
        &recipient,
        &vault,
        &player,
        &[],
        1,
    )
    .unwrap();
    let items = parse_items(encoded(
        &[checkpoint(0), own, claim],
        &[
            Inner(0, 2, posted(0)),
            Inner(2, 2, transfer),
            Inner(2, 2, claimed),
        ],
        77,
        Value::Null,
    ))
    .unwrap();
    assert_eq!(items.len(), 2);
    assert!(matches!(items[0].call, Call::PostCheckpoint { index: 0, .. }));
    assert!(matches!(items[0].events[..], [Event::CheckpointPosted(_)]));
    assert!(items[0].movements.is_empty());
    assert!(matches!(items[1].call, Call::Claim));
    assert_eq!(items[1].slot, 77);
    assert_eq!(
        items[1].movements,
        [TokenMovement::Transfer {
            source: vault,
            destination: recipient,
            amount: 55
        }]
    );
    assert!(matches!(&items[1].events[..], [Event::Claimed(claimed)] if claimed.amount == 55));
}

#[test]
fn calls_through_other_programs_are_found() {
    // A wallet program calls the escrow (height 2), whose event is at height 3; then the wallet goes on at height 2.
    let wallet = Instruction {
        program_id: Pubkey::new_from_array([0x77; 32]),
        accounts: vec![],
        data: vec![1],
    };
    let foreign = Instruction {
        program_id: anchor_spl::token::ID,
        accounts: vec![AccountMeta::new(of().vault(), false); 3],
        data: vec![3, 1, 0, 0, 0, 0, 0, 0, 0],
    };
    let items = parse_items(encoded(
        &[wallet],
        &[
            Inner(0, 2, checkpoint(4)),
            Inner(0, 3, posted(4)),
            Inner(0, 2, foreign),
        ],
        1,
        Value::Null,
    ))
    .unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].events.len(), 1);
    assert!(items[0].movements.is_empty(), "the wallet's own transfer");
}

#[test]
fn other_matches_and_failed_transactions_are_left_out() {
    let elsewhere = instruction::finalize(&MatchRef {
        key: Pubkey::new_from_array([0x55; 32]),
        ..of()
    });
    assert!(
        parse_items(encoded(&[elsewhere], &[Inner(0, 2, posted(0))], 1, Value::Null))
            .unwrap()
            .is_empty()
    );
    let failed = json!({ "InstructionError": [0, { "Custom": 6201 }] });
    assert!(parse_items(encoded(&[checkpoint(0)], &[], 1, failed))
        .unwrap()
        .is_empty());
    // Unreadable data of another match is none of our business; of ours it is an error.
    let mut unknown = instruction::finalize(&MatchRef {
        key: Pubkey::new_from_array([0x55; 32]),
        ..of()
    });
    unknown.data = vec![9; 8];
    assert!(parse_items(encoded(&[unknown.clone()], &[], 1, Value::Null))
        .unwrap()
        .is_empty());
    unknown.accounts[0].pubkey = of().key;
    assert!(matches!(
        parse_items(encoded(&[unknown], &[], 1, Value::Null)),
        Err(UnreadableTransaction::Call(_))
    ));
}

#[test]
fn nothing_that_the_program_carried_out_can_be_hidden() {
    // The program ignores bytes behind the arguments.
    let mut longer = checkpoint(0);
    longer.data.push(7);
    let items = parse_items(encoded(&[longer], &[Inner(0, 2, posted(0))], 1, Value::Null)).unwrap();
    assert!(matches!(items[0].call, Call::PostCheckpoint { index: 0, .. }));
    assert_eq!(items[0].events.len(), 1);
    // Somebody else's step that names the match behind its accounts is none of the match's.
    let mut stranger = instruction::finalize(&MatchRef {
        key: Pubkey::new_from_array([0x55; 32]),
        ..of()
    });
    stranger.accounts.push(AccountMeta::new_readonly(of().key, false));
    let items = parse_items(encoded(
        &[stranger, checkpoint(0)],
        &[Inner(1, 2, posted(0))],
        1,
        Value::Null,
    ))
    .unwrap();
    assert_eq!(items.len(), 1);
    assert!(matches!(items[0].call, Call::PostCheckpoint { .. }));
}

#[test]
fn damage_is_told() {
    let good = encoded(&[checkpoint(0)], &[Inner(0, 2, posted(0))], 1, Value::Null);
    let mut no_inner = good.clone();
    no_inner["meta"]["innerInstructions"] = Value::Null;
    assert_eq!(
        parse_items(no_inner).unwrap_err(),
        UnreadableTransaction::Unrecorded("inner instructions")
    );
    let mut no_meta = good.clone();
    no_meta["meta"] = Value::Null;
    assert_eq!(
        parse_items(no_meta).unwrap_err(),
        UnreadableTransaction::Unrecorded("outcome")
    );
    let mut wild = good.clone();
    wild["meta"]["innerInstructions"][0]["instructions"][0]["programIdIndex"] = json!(200);
    assert_eq!(
        parse_items(wild).unwrap_err(),
        UnreadableTransaction::AccountIndex(200)
    );
    let mut garbled = good.clone();
    garbled["transaction"][0] = json!("AAAA");
    assert_eq!(parse_items(garbled).unwrap_err(), UnreadableTransaction::Encoding);
    let bad = event(vec![9; 20]);
    assert!(matches!(
        parse_items(encoded(&[checkpoint(0)], &[Inner(0, 2, bad)], 1, Value::Null)),
        Err(UnreadableTransaction::Event(_))
    ));
}

fn signature(number: u32) -> Signature {
    let mut bytes = [1; 64];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    Signature::from(bytes)
}

fn pool(node: &ScriptedNode) -> RpcPool {
    let mut config = RpcConfig::new(&node.url);
    config.backoff = Backoff {
        attempts_max: 1,
        ..Backoff::REQUEST
    };
    RpcPool::new(config).unwrap()
}

/// A node with `count` checkpoints, newest first in pages of 1000, every third transaction failed.
async fn node(count: u32, missing: Option<u32>) -> ScriptedNode {
    ScriptedNode::start(move |method, params, _| match method {
        "getSignaturesForAddress" => {
            let number = |key: &str| {
                let text = params[1][key].as_str()?;
                Some((0..count).rev().find(|n| signature(*n).to_string() == text).unwrap())
            };
            let newest = number("before").unwrap_or(count);
            let oldest = number("until").map_or(0, |until| until + 1);
            let page: Vec<Value> = (oldest..newest)
                .rev()
                .take(1000)
                .map(|n| {
                    let err = if n % 3 == 2 { json!("AccountInUse") } else { Value::Null };
                    json!({ "signature": signature(n).to_string(), "slot": n, "err": err, "memo": null, "blockTime": null, "confirmationStatus": "finalized" })
                })
                .collect();
            Answer::Result(Value::Array(page))
        }
        _ => {
            let number = (0..count).find(|n| signature(*n).to_string() == params[0].as_str().unwrap()).unwrap();
            if Some(number) == missing {
                return Answer::Result(Value::Null);
            }
            Answer::Result(encoded(&[checkpoint(number)], &[Inner(0, 2, posted(number))], number.into(), Value::Null))
        }
    })
    .await
}

#[tokio::test]
async fn all_pages_are_read_in_the_order_of_execution() {
    let node = node(2100, None).await;
    let mut reports = Vec::new();
    let items = of_match(&pool(&node), of().key, HistoryOptions::default(), |progress| {
        reports.push(progress)
    })
    .await
    .unwrap();
    assert!(items.passed_over.is_empty());
    let slots: Vec<u64> = items.items.iter().map(|item| item.slot).collect();
    assert_eq!(slots, (0..2100).filter(|n| n % 3 != 2).collect::<Vec<u64>>());
    assert!(reports.contains(&Progress::Listed(2000)));
    assert_eq!(
        reports.last(),
        Some(&Progress::Read {
            done: 1400,
            total: 1400
        })
    );
}

#[tokio::test]
async fn too_many_none_and_missing_are_told_apart() {
    let options = HistoryOptions {
        transactions_max: 10,
        ..HistoryOptions::default()
    };
    let many = node(11, None).await;
    assert!(matches!(
        of_match(&pool(&many), of().key, options, |_| {}).await,
        Err(HistoryError::TooMany(10))
    ));
    let none = node(0, None).await;
    assert!(matches!(
        of_match(&pool(&none), of().key, options, |_| {}).await,
        Err(HistoryError::Empty(_))
    ));
    let gone = node(4, Some(1)).await;
    match of_match(&pool(&gone), of().key, options, |_| {}).await {
        Err(HistoryError::Missing(missing)) => assert_eq!(missing, signature(1)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_follower_reads_everything_once_in_bounded_portions() {
    let node = node(2100, None).await;
    let rpc = pool(&node);
    let options = NewerOptions {
        transactions_max: 900,
        ..NewerOptions::default()
    };
    let (mut cursor, mut slots, mut portions) = (None, Vec::new(), Vec::new());
    loop {
        let read = newer(&rpc, &of().trace(), &of().key, cursor, options)
            .await
            .unwrap();
        portions.push(read.items.len());
        slots.extend(read.items.iter().map(|item| item.slot));
        cursor = read.cursor;
        if !read.more {
            break;
        }
    }
    assert_eq!(slots, (0..2100).filter(|n| n % 3 != 2).collect::<Vec<u64>>());
    // Failed transactions count as read: they move the cursor.
    assert_eq!(portions, [600, 600, 200]);
    assert_eq!(cursor, Some(signature(2099)));
    let nothing = newer(&rpc, &of().trace(), &of().key, cursor, options)
        .await
        .unwrap();
    assert!(nothing.items.is_empty() && !nothing.more);
    assert_eq!(nothing.cursor, cursor);

    // One listing less for who trusts a short page: the last portion again.
    let lists = |node: &ScriptedNode| {
        let listed = |method: &&String| *method == "getSignaturesForAddress";
        node.methods().iter().filter(listed).count()
    };
    for (last_page, expected) in [(LastPage::Empty, 2), (LastPage::Short, 1)] {
        let before = lists(&node);
        let options = NewerOptions { last_page, ..options };
        let after = Some(signature(1799));
        let read = newer(&rpc, &of().trace(), &of().key, after, options)
            .await
            .unwrap();
        assert_eq!((read.items.len(), read.cursor), (200, cursor));
        assert_eq!(lists(&node) - before, expected);
    }
}

#[tokio::test]
async fn a_flood_beyond_the_bound_and_a_missing_transaction_are_told() {
    let flooded = node(3000, None).await;
    let options = NewerOptions {
        pages_max: 2,
        ..NewerOptions::default()
    };
    assert!(matches!(
        newer(&pool(&flooded), &of().trace(), &of().key, None, options).await,
        Err(HistoryError::TooMany(2000))
    ));
    let gone = node(4, Some(1)).await;
    assert!(matches!(
        newer(&pool(&gone), &of().trace(), &of().key, None, NewerOptions::default()).await,
        Err(HistoryError::Missing(missing)) if missing == signature(1)
    ));
}

/// A ledger of `count` checkpoints, none of which failed.
fn ledger(count: u32) -> Ledger {
    (0..count).fold(Ledger::with_pages_of(3), |ledger, n| {
        let record = encoded(&[checkpoint(n)], &[Inner(0, 2, posted(n))], n.into(), Value::Null);
        ledger.and(signature(n), n.into(), Value::Null, Answer::Result(record))
    })
}

async fn serve(ledger: Ledger) -> ScriptedNode {
    ScriptedNode::start(move |method, params, _| ledger.answer(method, params).unwrap_or(Answer::HangUp))
        .await
}

fn pool_of(nodes: &[&ScriptedNode]) -> RpcPool {
    let mut config = nodes[1..]
        .iter()
        .fold(RpcConfig::new(&nodes[0].url), |config, node| {
            config.and(&node.url)
        });
    config.backoff = Backoff {
        first: std::time::Duration::from_millis(1),
        max: std::time::Duration::from_millis(2),
        attempts_max: 2,
    };
    config.check_interval = std::time::Duration::from_secs(3_600);
    RpcPool::new(config).unwrap()
}

/// Bytes of a transaction of version 1 that names the match and the program, and calls `data` on it.
fn version_1(data: Vec<u8>) -> Vec<u8> {
    let keys = [PAYER, of().key, aurelius::ID];
    let mut bytes = vec![0x81, 1, 0, 1];
    bytes.extend(0u32.to_le_bytes());
    bytes.extend([9; 32]);
    bytes.extend([1, keys.len() as u8]);
    keys.iter().for_each(|key| bytes.extend(key.to_bytes()));
    bytes.extend([2, 1, data.len() as u8, 0, 1]);
    bytes.extend(data);
    bytes.extend([7; 64]);
    bytes
}

/// A successful transaction in any bytes.
fn record_of(bytes: &[u8], version: Value) -> Value {
    let text = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
    json!({ "slot": 1, "blockTime": null, "version": version, "transaction": [text, "base64"],
            "meta": { "err": null, "innerInstructions": [], "loadedAddresses": { "writable": [], "readonly": [] } } })
}

/// Strangers that name the match: how they are listed, what is served of them, and whether they can be read.
fn strangers() -> Vec<(&'static str, Value, Answer, bool)> {
    let unsupported = Answer::error(-32015, "Transaction version (1) is not supported");
    let good = encoded(&[checkpoint(0)], &[], 1, Value::Null);
    let mut without_meta = good.clone();
    without_meta["meta"] = Value::Null;
    let mut other_program = good.clone();
    let bytes = version_1(vec![1]);
    let mut foreign = bytes.clone();
    foreign[42 + 64..42 + 96].fill(5);
    other_program["transaction"][0] = record_of(&foreign, json!(1))["transaction"][0].clone();
    other_program["meta"]["innerInstructions"] = Value::Null;
    vec![
        ("refused for its version", Value::Null, unsupported, false),
        (
            "of version 9",
            Value::Null,
            Answer::Result(record_of(&[0x89, 1, 2], json!(9))),
            false,
        ),
        (
            "of no format",
            Value::Null,
            Answer::Result(record_of(&[0, 1], json!("legacy"))),
            false,
        ),
        ("without meta", Value::Null, Answer::Result(without_meta), false),
        (
            "of version 1, not the program's",
            Value::Null,
            Answer::Result(other_program),
            true,
        ),
        (
            "failed in a new way",
            json!({ "InstructionError": [0, "SomethingNew"] }),
            Answer::HangUp,
            true,
        ),
        (
            "failed in a very new way",
            json!("SomethingNew"),
            Answer::HangUp,
            true,
        ),
    ]
}

#[tokio::test]
async fn report_01_and_06_a_stranger_in_any_place_stops_no_reader() {
    const COUNT: u32 = 5;
    for (name, err, answer, is_readable) in strangers() {
        for place in 0..=COUNT as usize {
            let mut ledger = ledger(COUNT);
            ledger.insert(place, signature(900), err.clone(), answer.clone());
            let node = serve(ledger).await;
            let rpc = pool_of(&[&node]);
            let notes = usize::from(!is_readable);
            let history = of_match(&rpc, of().key, HistoryOptions::default(), |_| {})
                .await
                .unwrap_or_else(|error| panic!("{name}, place {place}: {error}"));
            let slots: Vec<u64> = history.items.iter().map(|item| item.slot).collect();
            assert_eq!(slots, [0, 1, 2, 3, 4], "{name}, place {place}");
            assert_eq!(history.passed_over.len(), notes, "{name}, place {place}");
            // One that follows reads everything once, and comes past the stranger.
            let options = NewerOptions {
                transactions_max: 2,
                ..NewerOptions::default()
            };
            let (mut cursor, mut slots, mut passed_over) = (None, Vec::new(), 0);
            loop {
                let read = newer(&rpc, &of().trace(), &of().key, cursor, options)
                    .await
                    .unwrap_or_else(|error| panic!("{name}, place {place}: {error}"));
                slots.extend(read.items.iter().map(|item| item.slot));
                passed_over += read.passed_over.len();
                cursor = read.cursor;
                if !read.more {
                    break;
                }
            }
            assert_eq!(
                (slots, passed_over),
                (vec![0, 1, 2, 3, 4], notes),
                "{name}, place {place}"
            );
        }
    }
}

#[tokio::test]
async fn report_01_what_version_1_says_is_read_also_as_json() {
    let data = instruction::finalize(&of()).data;
    let bytes = version_1(data.clone());
    let items = parse_items(record_of(&bytes, json!(1))).unwrap();
    assert!(matches!(
        items[..],
        [HistoryItem {
            call: Call::Finalize,
            ..
        }]
    ));
    // A later version is read as the node takes it apart.
    let keys = [PAYER, of().key, aurelius::ID].map(|key| key.to_string());
    let data = bs58::encode(data).into_string();
    let mut taken_apart = record_of(&[], json!(9));
    taken_apart["transaction"] = json!({ "signatures": [], "message": { "accountKeys": keys,
        "instructions": [{ "programIdIndex": 2, "accounts": [1], "data": data, "stackHeight": 1 }] } });
    let raw = record_of(&[0x89, 1, 2], json!(9));
    let answers = move |method: &str, params: &Value| match method {
        "getTransaction" if params[1]["maxSupportedTransactionVersion"] == 0 => {
            Answer::error(-32015, "Transaction version (9) is not supported")
        }
        "getTransaction" if params[1]["encoding"] == "json" => Answer::Result(taken_apart.clone()),
        "getTransaction" => Answer::Result(raw.clone()),
        _ => ledger(1).answer(method, params).unwrap(),
    };
    let node = ScriptedNode::start(move |method, params, _| answers(method, params)).await;
    let history = of_match(&pool_of(&[&node]), of().key, HistoryOptions::default(), |_| {})
        .await
        .unwrap();
    assert!(matches!(
        history.items[..],
        [HistoryItem {
            call: Call::Finalize,
            ..
        }]
    ));
    assert!(history.passed_over.is_empty());
}

#[tokio::test]
async fn report_05_a_list_is_of_one_piece_and_its_end_is_believed_of_two() {
    const COUNT: u32 = 8;
    let slots_of = |history: &History| -> Vec<u64> { history.items.iter().map(|item| item.slot).collect() };
    let all: Vec<u64> = (0..u64::from(COUNT)).collect();
    let read = |rpc: RpcPool| async move {
        of_match(&rpc, of().key, HistoryOptions::default(), |_| {})
            .await
            .unwrap()
    };
    // The first gives one page and fails; the second says at that place that there is no more, or knows nothing of it.
    for blind in [
        Answer::Result(json!([])),
        Answer::error(-32020, "Transaction not found"),
    ] {
        let whole = ledger(COUNT);
        let breaking = ScriptedNode::start(move |method, params, _| match params[1]["before"].is_null() {
            true => whole.answer(method, params).unwrap_or(Answer::HangUp),
            false => Answer::HangUp,
        })
        .await;
        let whole = ledger(COUNT);
        let (first_time, second) = (std::sync::atomic::AtomicBool::new(true), blind.clone());
        let odd = ScriptedNode::start(move |method, params, _| {
            let is_behind = !params[1]["before"].is_null();
            if is_behind && first_time.swap(false, std::sync::atomic::Ordering::SeqCst) {
                return second.clone();
            }
            whole.answer(method, params).unwrap_or(Answer::HangUp)
        })
        .await;
        // Whoever begins the list has to finish it; the one that breaks does not.
        let third = serve(ledger(COUNT)).await;
        let rpc = pool_of(&[&breaking, &odd, &third]);
        assert_eq!(slots_of(&read(rpc).await), all);
    }
    // A list that ends early is gone on with where another knows more.
    let short = ledger(COUNT);
    let older = ledger(COUNT);
    let forgets = ScriptedNode::start(move |method, params, _| {
        let answer = short.answer(method, params).unwrap_or(Answer::HangUp);
        match answer {
            Answer::Result(Value::Array(page)) if method == "getSignaturesForAddress" => {
                let kept = page
                    .into_iter()
                    .filter(|line| line["slot"].as_u64().unwrap() >= 5)
                    .collect();
                Answer::Result(Value::Array(kept))
            }
            answer => answer,
        }
    })
    .await;
    let keeps = serve(older).await;
    assert_eq!(slots_of(&read(pool_of(&[&forgets, &keeps])).await), all);
    let nothing = ledger(0);
    let nothing = serve(nothing).await;
    assert_eq!(slots_of(&read(pool_of(&[&nothing, &keeps])).await), all);
}

#[tokio::test]
async fn one_that_has_forgotten_a_transaction_does_not_speak_for_the_others() {
    let whole = ledger(3);
    let forgetful = ScriptedNode::start(move |method, params, _| match method {
        "getTransaction" => Answer::Result(Value::Null),
        _ => whole.answer(method, params).unwrap(),
    })
    .await;
    let keeps = serve(ledger(3)).await;
    let history = of_match(
        &pool_of(&[&forgetful, &keeps]),
        of().key,
        HistoryOptions::default(),
        |_| {},
    )
    .await
    .unwrap();
    assert_eq!(history.items.len(), 3);
}
