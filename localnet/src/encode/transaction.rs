//! Whole transactions, by encoding, version and level of detail.

use base64::prelude::{Engine, BASE64_STANDARD};
use serde_json::{json, Map, Value};
use solana_message_4::VersionedMessage;
use solana_rpc_client_api::config::UiTransactionEncoding;

use super::instruction::{instruction, InstructionForm};
use super::outcome;
use crate::chain::is_writable;
use crate::ledger::TransactionRecord;
use crate::rpc::error::RpcError;

/// The fields `transaction`, `meta` and, when a maximum version was named, `version`.
///
/// Error: a versioned transaction that the requester did not say it understands.
pub(crate) fn with_meta(
    record: &TransactionRecord,
    encoding: UiTransactionEncoding,
    version_max: Option<u8>,
) -> Result<Map<String, Value>, RpcError> {
    let shown = match encoding {
        UiTransactionEncoding::Binary => json!(bs58::encode(wire_bytes(record)?).into_string()),
        UiTransactionEncoding::Base58 => {
            json!([bs58::encode(wire_bytes(record)?).into_string(), "base58"])
        }
        UiTransactionEncoding::Base64 => {
            json!([BASE64_STANDARD.encode(wire_bytes(record)?), "base64"])
        }
        UiTransactionEncoding::Json => in_full(record, InstructionForm::Compiled),
        UiTransactionEncoding::JsonParsed => in_full(record, InstructionForm::Resolved),
    };
    let form = match encoding {
        UiTransactionEncoding::JsonParsed => InstructionForm::Resolved,
        _ => InstructionForm::Compiled,
    };
    versioned(record, shown, outcome::meta(&record.outcome, form), version_max)
}

/// As [`with_meta`], with only signatures, keys and balances.
pub(crate) fn accounts_with_meta(
    record: &TransactionRecord,
    version_max: Option<u8>,
) -> Result<Map<String, Value>, RpcError> {
    let shown = json!({ "signatures": signatures(record), "accountKeys": parsed_keys(record) });
    let meta = Value::Object(outcome::brief_meta(&record.outcome));
    versioned(record, shown, meta, version_max)
}

fn versioned(
    record: &TransactionRecord,
    transaction: Value,
    meta: Value,
    version_max: Option<u8>,
) -> Result<Map<String, Value>, RpcError> {
    let version = match &record.transaction.message {
        VersionedMessage::Legacy(_) => None,
        VersionedMessage::V0(_) => Some(0),
        VersionedMessage::V1(_) => Some(1),
    };
    if let Some(version) = version {
        if version_max.is_none_or(|max| max < version) {
            return Err(RpcError::unsupported_transaction_version(version));
        }
    }
    let mut shown = Map::new();
    shown.insert("transaction".to_owned(), transaction);
    shown.insert("meta".to_owned(), meta);
    if version_max.is_some() {
        let version = version.map_or(json!("legacy"), |version| json!(version));
        shown.insert("version".to_owned(), version);
    }
    Ok(shown)
}

fn in_full(record: &TransactionRecord, form: InstructionForm) -> Value {
    let message = &record.transaction.message;
    let keys = &record.outcome.keys;
    let instructions: Vec<Value> = message
        .instructions()
        .iter()
        .map(|compiled| instruction(compiled, keys, 1, form))
        .collect();
    let mut shown = Map::new();
    match form {
        InstructionForm::Compiled => {
            let header = message.header();
            shown.insert(
                "header".to_owned(),
                json!({
                    "numRequiredSignatures": header.num_required_signatures,
                    "numReadonlySignedAccounts": header.num_readonly_signed_accounts,
                    "numReadonlyUnsignedAccounts": header.num_readonly_unsigned_accounts,
                }),
            );
            let names = message.static_account_keys().iter().map(ToString::to_string);
            shown.insert("accountKeys".to_owned(), names.collect());
        }
        InstructionForm::Resolved => {
            shown.insert("accountKeys".to_owned(), parsed_keys(record));
        }
    }
    shown.insert(
        "recentBlockhash".to_owned(),
        json!(message.recent_blockhash().to_string()),
    );
    shown.insert("instructions".to_owned(), Value::Array(instructions));
    if let Some(lookups) = message.address_table_lookups() {
        let lookups: Vec<Value> = lookups
            .iter()
            .map(|lookup| {
                json!({
                    "accountKey": lookup.account_key.to_string(),
                    "writableIndexes": lookup.writable_indexes,
                    "readonlyIndexes": lookup.readonly_indexes,
                })
            })
            .collect();
        shown.insert("addressTableLookups".to_owned(), Value::Array(lookups));
    }
    json!({ "signatures": signatures(record), "message": shown })
}

fn parsed_keys(record: &TransactionRecord) -> Value {
    let message = &record.transaction.message;
    let static_count = message.static_account_keys().len();
    let keys = record.outcome.keys.iter().enumerate();
    keys.map(|(index, key)| {
        json!({
            "pubkey": key.to_string(),
            "signer": message.is_signer(index),
            "writable": is_writable(message, &record.outcome.loaded, index),
            "source": if index < static_count { "transaction" } else { "lookupTable" },
        })
    })
    .collect()
}

fn signatures(record: &TransactionRecord) -> Vec<String> {
    let signatures = record.transaction.signatures.iter();
    signatures.map(ToString::to_string).collect()
}

fn wire_bytes(record: &TransactionRecord) -> Result<Vec<u8>, RpcError> {
    wincode::serialize(&record.transaction)
        .map_err(|error| RpcError::internal(format!("cannot serialize the transaction: {error}")))
}
