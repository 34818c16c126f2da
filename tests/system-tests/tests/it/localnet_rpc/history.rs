//! What is remembered: transactions, signatures by address, blocks, lookup tables, simulation.

use anchor_client::{Transaction, VersionedTransaction};
use anchor_lang::prelude::Pubkey;
use localnet::LocalnetConfig;
use serde_json::{json, Value};
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Signature;
use solana_message::{v0, AddressLookupTableAccount, VersionedMessage};
use solana_rpc_client::rpc_client::GetConfirmedSignaturesForAddress2Config;
use solana_rpc_client_api::config::{
    RpcBlockConfig, RpcSimulateTransactionAccountsConfig, RpcSimulateTransactionConfig, TransactionDetails,
    UiAccountEncoding, UiTransactionEncoding,
};
use solana_rpc_client_api::response::{OptionSerializer, UiInstruction};
use solana_signer::Signer;

use super::support::{Bed, FEE, SOL};

const MEMO: Pubkey = Pubkey::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
const LOOKUP_TABLES: Pubkey = Pubkey::from_str_const("AddressLookupTab1e1111111111111111111111111");

fn memo(text: &str) -> Instruction {
    Instruction {
        program_id: MEMO,
        accounts: Vec::new(),
        data: text.as_bytes().to_vec(),
    }
}

#[test]
fn signatures_of_an_address_come_newest_first_and_in_pages() {
    let bed = Bed::frozen();
    let friend = Pubkey::new_unique();
    let mut sent: Vec<Signature> = (1..=5)
        .map(|n| {
            bed.warp(1);
            bed.run(
                &[bed.pay(&friend, n * SOL / 10), memo(&format!("payment {n}"))],
                &[],
            )
        })
        .collect();
    sent.reverse();
    let page = |before: Option<Signature>, until: Option<Signature>, limit| {
        let config = GetConfirmedSignaturesForAddress2Config {
            before,
            until,
            limit,
            commitment: Some(solana_commitment_config::CommitmentConfig::confirmed()),
        };
        bed.rpc
            .get_signatures_for_address_with_config(&friend, config)
            .unwrap()
    };
    let names = |page: Vec<solana_rpc_client_api::response::RpcConfirmedTransactionStatusWithSignature>| {
        page.into_iter()
            .map(|entry| entry.signature.parse().unwrap())
            .collect::<Vec<Signature>>()
    };
    assert_eq!(names(page(None, None, None)), sent);
    assert_eq!(names(page(None, None, Some(2))), sent[..2]);
    assert_eq!(names(page(Some(sent[1]), None, Some(2))), sent[2..4]);
    assert_eq!(names(page(Some(sent[0]), Some(sent[3]), None)), sent[1..3]);
    assert_eq!(names(page(Some(Signature::default()), None, None)), []);

    let newest = &page(None, None, Some(1))[0];
    assert_eq!(newest.memo.as_deref(), Some("[9] payment 5"));
    assert_eq!(newest.slot, bed.slot());
    assert!(newest.err.is_none() && newest.block_time.is_some());
}

#[test]
fn history_is_bounded_by_configuration() {
    let mut config = LocalnetConfig {
        slot_ms: 3_600_000,
        ..LocalnetConfig::default()
    };
    config.limits.transactions_max = 3;
    let bed = Bed::with(config);
    let sent: Vec<Signature> = (1..=6)
        .map(|n| {
            let signature = bed.run(&[bed.pay(&Pubkey::new_unique(), n * SOL / 10)], &[]);
            bed.warp(1);
            signature
        })
        .collect();
    let known = |signature: &Signature| {
        let params = json!([signature.to_string(), {"commitment": "confirmed"}]);
        !bed.call("getTransaction", params).unwrap().is_null()
    };
    assert_eq!(
        sent.iter().map(known).collect::<Vec<_>>(),
        [false, false, false, true, true, true]
    );
    assert_eq!(bed.signatures_of(&bed.payer.pubkey()).len(), 3);
    // One airdrop and six transfers happened all the same.
    assert_eq!(bed.rpc.get_transaction_count().unwrap(), 7);
}

#[test]
fn a_transaction_is_shown_in_full_in_every_encoding() {
    let bed = Bed::frozen();
    let friend = Pubkey::new_unique();
    let transaction = bed.sign(&[bed.pay(&friend, SOL)], &[]);
    let signature = bed.rpc.send_and_confirm_transaction(&transaction).unwrap();
    for encoding in [UiTransactionEncoding::Base64, UiTransactionEncoding::Base58] {
        let shown = bed.transaction(&signature, encoding);
        let decoded = shown.transaction.transaction.decode().unwrap();
        assert_eq!(decoded, VersionedTransaction::from(transaction.clone()));
    }
    let shown = bed.transaction(&signature, UiTransactionEncoding::Json);
    assert_eq!(shown.slot, bed.slot());
    let meta = shown.transaction.meta.unwrap();
    assert!(meta.err.is_none() && meta.status.is_ok());
    assert_eq!(meta.fee, FEE);
    assert_eq!(meta.pre_balances, [10 * SOL, 0, 1]);
    assert_eq!(meta.post_balances, [9 * SOL - FEE, SOL, 1]);
    assert_eq!(meta.compute_units_consumed, OptionSerializer::Some(150));
    let logs: Vec<String> = Option::from(meta.log_messages).unwrap();
    assert_eq!(logs[0], "Program 11111111111111111111111111111111 invoke [1]");

    let parsed = bed.transaction(&signature, UiTransactionEncoding::JsonParsed);
    let parsed = serde_json::to_value(parsed.transaction.transaction).unwrap();
    let message = &parsed["message"];
    assert_eq!(message["accountKeys"][0]["signer"], true);
    assert_eq!(message["accountKeys"][1]["writable"], true);
    assert_eq!(message["accountKeys"][2]["writable"], false);
    assert_eq!(message["instructions"][0]["accounts"][1], friend.to_string());
}

#[test]
fn inner_instructions_say_what_a_program_called() {
    let bed = Bed::frozen();
    let payer = bed.payer.pubkey();
    let create = anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account(
        &payer,
        &payer,
        &anchor_spl::token::spl_token::native_mint::id(),
        &anchor_spl::token::spl_token::id(),
    );
    let signature = bed.run(&[memo("first"), create], &[]);
    let shown = bed.transaction(&signature, UiTransactionEncoding::Json);
    let inner: Vec<solana_rpc_client_api::response::UiInnerInstructions> =
        Option::from(shown.transaction.meta.unwrap().inner_instructions).unwrap();
    // The memo called nothing; creating the account called the token and the system program.
    assert_eq!(inner.len(), 1);
    assert_eq!(inner[0].index, 1);
    assert!(inner[0].instructions.len() >= 3);
    for instruction in &inner[0].instructions {
        let UiInstruction::Compiled(compiled) = instruction else {
            panic!("{instruction:?}");
        };
        assert_eq!(compiled.stack_height, Some(2));
    }
}

#[test]
fn blocks_hold_their_transactions_at_every_level_of_detail() {
    let bed = Bed::frozen();
    let friend = Pubkey::new_unique();
    let slot = bed.warp(1);
    let first = bed.run(&[bed.pay(&friend, SOL)], &[]);
    let second = bed.run(&[bed.pay(&friend, 2 * SOL)], &[]);
    bed.warp(1);
    let block = |details| {
        let config = RpcBlockConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            transaction_details: Some(details),
            rewards: Some(false),
            commitment: Some(solana_commitment_config::CommitmentConfig::confirmed()),
            max_supported_transaction_version: Some(0),
        };
        bed.rpc.get_block_with_config(slot, config).unwrap()
    };
    let signatures = block(TransactionDetails::Signatures).signatures.unwrap();
    assert_eq!(signatures, [first.to_string(), second.to_string()]);
    assert_eq!(block(TransactionDetails::Full).transactions.unwrap().len(), 2);
    assert_eq!(block(TransactionDetails::Accounts).transactions.unwrap().len(), 2);
    let bare = block(TransactionDetails::None);
    assert!(bare.transactions.is_none() && bare.signatures.is_none());
    assert_eq!(bare.block_height, Some(slot));
    assert_eq!(bare.parent_slot, slot - 1);

    let confirmed = solana_commitment_config::CommitmentConfig::confirmed();
    let blocks = |start, end| {
        let found = bed.rpc.get_blocks_with_commitment(start, end, confirmed);
        found.unwrap()
    };
    assert_eq!(blocks(slot - 1, Some(slot)), [slot - 1, slot]);
    // The open slot has no block yet.
    assert_eq!(blocks(slot, None), [slot]);
    let limited = bed
        .rpc
        .get_blocks_with_limit_and_commitment(slot - 2, 2, confirmed);
    assert_eq!(limited.unwrap(), [slot - 2, slot - 1]);
}

/// A lookup table as the program would write it: kind, deactivation slot, last extension, start
/// index, authority option and key, padding, then the addresses.
fn lookup_table(addresses: &[Pubkey]) -> Vec<u8> {
    let mut data = vec![0; 56];
    data[0] = 1;
    data[4..12].copy_from_slice(&u64::MAX.to_le_bytes());
    data[21] = 1;
    for address in addresses {
        data.extend_from_slice(address.as_ref());
    }
    data
}

#[test]
fn versioned_transactions_use_lookup_tables() {
    let bed = Bed::frozen();
    let friend = Pubkey::new_unique();
    let table = Pubkey::new_unique();
    let data = lookup_table(&[friend, MEMO]);
    let account = json!({
        "lamports": SOL,
        "owner": LOOKUP_TABLES.to_string(),
        "data": [base64(&data), "base64"],
    });
    bed.call("localnet_setAccount", json!([table.to_string(), account]))
        .unwrap();
    assert_eq!(bed.rpc.get_account(&table).unwrap().data, data);

    let payer = bed.payer.pubkey();
    let mut witnessed = memo("seen");
    witnessed.accounts = vec![AccountMeta::new_readonly(payer, true)];
    let message = v0::Message::try_compile(
        &payer,
        &[bed.pay(&friend, SOL), witnessed],
        &[AddressLookupTableAccount {
            key: table,
            addresses: vec![friend, MEMO],
        }],
        bed.rpc.get_latest_blockhash().unwrap(),
    )
    .unwrap();
    assert_eq!(message.address_table_lookups.len(), 1);
    let transaction = VersionedTransaction::try_new(VersionedMessage::V0(message), &[&bed.payer]).unwrap();
    let signature = bed.rpc.send_and_confirm_transaction(&transaction).unwrap();
    assert_eq!(bed.rpc.get_balance(&friend).unwrap(), SOL);

    let shown = bed.transaction(&signature, UiTransactionEncoding::Json);
    let loaded: solana_rpc_client_api::response::UiLoadedAddresses =
        Option::from(shown.transaction.meta.unwrap().loaded_addresses).unwrap();
    assert_eq!(loaded.writable, [friend.to_string()]);
    // The friend's history knows of it although the message does not name them.
    assert_eq!(bed.signatures_of(&friend), [signature]);
    // A client that does not say it understands version 0 is told to.
    let params = json!([signature.to_string(), {"commitment": "confirmed"}]);
    let error = bed.call("getTransaction", params).unwrap_err();
    assert!(error.to_string().contains("-32015"), "{error}");
}

#[test]
fn simulation_shows_accounts_and_changes_nothing() {
    let bed = Bed::frozen();
    let friend = Pubkey::new_unique();
    let transaction: Transaction = bed.sign_at(
        &[bed.pay(&friend, SOL)],
        &[],
        // Not a blockhash of this chain: it must be replaced.
        anchor_client::Hash::new_from_array([9; 32]),
    );
    let config = RpcSimulateTransactionConfig {
        replace_recent_blockhash: true,
        inner_instructions: true,
        accounts: Some(RpcSimulateTransactionAccountsConfig {
            encoding: Some(UiAccountEncoding::Base64),
            addresses: vec![friend.to_string(), Pubkey::new_unique().to_string()],
        }),
        ..RpcSimulateTransactionConfig::default()
    };
    let result = bed
        .rpc
        .simulate_transaction_with_config(&transaction, config)
        .unwrap()
        .value;
    assert!(result.err.is_none(), "{result:?}");
    assert_eq!(result.fee, Some(FEE));
    assert_eq!(result.units_consumed, Some(150));
    assert_eq!(
        result.replacement_blockhash.unwrap().blockhash,
        bed.rpc.get_latest_blockhash().unwrap().to_string()
    );
    let accounts = result.accounts.unwrap();
    assert_eq!(accounts[0].as_ref().unwrap().lamports, SOL);
    assert!(accounts[1].is_none());
    assert_eq!(bed.rpc.get_balance(&friend).unwrap(), 0);

    let message = transaction.message;
    assert!(
        bed.rpc.get_fee_for_message(&message).is_err(),
        "its blockhash is unknown"
    );
    let known = bed.sign(&[bed.pay(&friend, SOL)], &[]).message;
    assert_eq!(bed.rpc.get_fee_for_message(&known).unwrap(), FEE);
}

#[test]
fn equal_airdrops_of_one_slot_are_two() {
    let bed = Bed::frozen();
    let friend = Pubkey::new_unique();
    let (a, b) = (bed.airdrop(&friend, SOL), bed.airdrop(&friend, SOL));
    assert_ne!(a, b);
    assert_eq!(bed.rpc.get_balance(&friend).unwrap(), 2 * SOL);
}

#[test]
fn an_account_can_be_set_and_deleted() {
    let bed = Bed::frozen();
    let address = Pubkey::new_unique();
    let set = |account: Value| bed.call("localnet_setAccount", json!([address.to_string(), account]));
    let owner = bed.payer.pubkey().to_string();
    set(json!({"lamports": 5, "owner": owner, "data": ["AQID", "base64"]})).unwrap();
    let found = bed.rpc.get_account(&address).unwrap();
    assert_eq!((found.lamports, found.data), (5, vec![1, 2, 3]));
    assert_eq!(
        bed.rpc.get_program_accounts(&bed.payer.pubkey()).unwrap().len(),
        1
    );
    set(json!({"lamports": 0, "owner": owner, "data": ["", "base64"]})).unwrap();
    assert!(bed.rpc.get_account(&address).is_err());
    assert_eq!(
        bed.rpc.get_program_accounts(&bed.payer.pubkey()).unwrap().len(),
        0
    );
}

fn base64(bytes: &[u8]) -> String {
    use base64::prelude::{Engine, BASE64_STANDARD};
    BASE64_STANDARD.encode(bytes)
}
