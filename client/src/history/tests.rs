//! Histories of scripted nodes: pages, nesting, noise and damage.

use anchor_lang::event::EVENT_IX_TAG_LE;
use anchor_lang::Event as _;
use aurelius::event::{CheckpointPosted, Claimed};
use serde_json::{json, Value};
use solana_hash::Hash;
use solana_instruction::{AccountMeta, Instruction};
use solana_message::Message;
use solana_transaction::versioned::VersionedTransaction;

use super::*;
use crate::instruction::{self, MatchRef};
use crate::rpc::{Backoff, RpcConfig};
use crate::scripted_node::{Answer, ScriptedNode};

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
        }
        .data(),
    )
}

fn checkpoint(index: u32) -> Instruction {
    instruction::post_checkpoint(PAYER, of().key, index, [3; 32], vec![[4; 32]], vec![vec![0]])
}

fn parse_items(transaction: Value) -> Result<Vec<HistoryItem>, UnreadableTransaction> {
    let transaction: EncodedConfirmedTransactionWithStatusMeta = serde_json::from_value(transaction).unwrap();
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
    let slots: Vec<u64> = items.iter().map(|item| item.slot).collect();
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
