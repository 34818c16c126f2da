//! What a transaction did: the `meta` of a transaction, and the result of a simulation.

use base64::prelude::{Engine, BASE64_STANDARD};
use serde_json::{json, Map, Value};
use solana_keypair::Address;
use solana_message_4::v0::LoadedAddresses;
use solana_rpc_client_api::response::UiTransactionError;
use solana_transaction_error::TransactionError;

use super::instruction::{inner_instructions, InstructionForm};
use super::{to_value, token_amount};
use crate::ledger::{Outcome, TokenBalance};

/// A transaction's error, or null.
pub(crate) fn error(error: Option<&TransactionError>) -> Value {
    to_value(error.cloned().map(UiTransactionError::from))
}

/// The deprecated result form: `{"Ok": null}` or `{"Err": …}`.
pub(crate) fn status(failure: Option<&TransactionError>) -> Value {
    match failure {
        None => json!({ "Ok": null }),
        Some(_) => json!({ "Err": error(failure) }),
    }
}

/// The full `meta` of `getTransaction` and `getBlock`.
pub(crate) fn meta(outcome: &Outcome, form: InstructionForm) -> Value {
    let mut meta = brief_meta(outcome);
    meta.insert(
        "innerInstructions".to_owned(),
        json!(inner_instructions(&outcome.inner, &outcome.keys, form)),
    );
    meta.insert("logMessages".to_owned(), json!(outcome.logs));
    if form == InstructionForm::Compiled {
        // Resolved keys name their source themselves.
        meta.insert("loadedAddresses".to_owned(), loaded(&outcome.loaded));
    }
    meta.insert("computeUnitsConsumed".to_owned(), json!(outcome.compute_units));
    if let Some(data) = return_data(outcome.return_data.as_ref()) {
        meta.insert("returnData".to_owned(), data);
    }
    Value::Object(meta)
}

/// The `meta` of `getBlock` with `transactionDetails: "accounts"`.
pub(crate) fn brief_meta(outcome: &Outcome) -> Map<String, Value> {
    let fields = [
        ("err", error(outcome.error.as_ref())),
        ("status", status(outcome.error.as_ref())),
        ("fee", json!(outcome.fee)),
        ("preBalances", json!(outcome.pre_balances)),
        ("postBalances", json!(outcome.post_balances)),
        ("preTokenBalances", token_balances(&outcome.pre_tokens)),
        ("postTokenBalances", token_balances(&outcome.post_tokens)),
        ("rewards", json!([])),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// What a simulation result shows in addition to the outcome.
#[derive(Default)]
pub(crate) struct SimulationExtras {
    /// The accounts asked for, or null.
    pub(crate) accounts: Value,
    /// Show inner instructions (always with addresses resolved, as the node does).
    pub(crate) inner_instructions: bool,
    /// Blockhash put in, or null.
    pub(crate) replacement: Value,
}

/// The `value` of `simulateTransaction`.
pub(crate) fn simulation(outcome: &Outcome, extras: SimulationExtras) -> Value {
    let inner = extras
        .inner_instructions
        .then(|| inner_instructions(&outcome.inner, &outcome.keys, InstructionForm::Resolved));
    let fields = [
        ("accounts", extras.accounts),
        ("innerInstructions", json!(inner)),
        ("replacementBlockhash", extras.replacement),
        ("preBalances", json!(outcome.pre_balances)),
        ("postBalances", json!(outcome.post_balances)),
        ("preTokenBalances", token_balances(&outcome.pre_tokens)),
        ("postTokenBalances", token_balances(&outcome.post_tokens)),
        ("loadedAddresses", loaded(&outcome.loaded)),
    ];
    let mut shown = preflight(outcome);
    for (name, value) in fields {
        shown.insert(name.to_owned(), value);
    }
    Value::Object(shown)
}

/// The `data` of a failed preflight: a simulation result with what only a simulation shows left
/// null.
pub(crate) fn preflight(outcome: &Outcome) -> Map<String, Value> {
    let nulls = [
        "accounts",
        "innerInstructions",
        "replacementBlockhash",
        "preBalances",
        "postBalances",
        "preTokenBalances",
        "postTokenBalances",
        "loadedAddresses",
    ];
    let fields = [
        ("err", error(outcome.error.as_ref())),
        ("logs", json!(outcome.logs)),
        ("unitsConsumed", json!(outcome.compute_units)),
        ("loadedAccountsDataSize", json!(outcome.loaded_bytes)),
        ("returnData", json!(return_data(outcome.return_data.as_ref()))),
        ("fee", json!(outcome.is_loaded.then_some(outcome.fee))),
    ];
    fields
        .into_iter()
        .chain(nulls.map(|name| (name, Value::Null)))
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn loaded(loaded: &LoadedAddresses) -> Value {
    let names = |keys: &[Address]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({ "writable": names(&loaded.writable), "readonly": names(&loaded.readonly) })
}

fn return_data(data: Option<&(Address, Vec<u8>)>) -> Option<Value> {
    data.map(|(program, bytes)| {
        json!({
            "programId": program.to_string(),
            "data": [BASE64_STANDARD.encode(bytes), "base64"],
        })
    })
}

fn token_balances(balances: &[TokenBalance]) -> Value {
    balances
        .iter()
        .map(|balance| {
            json!({
                "accountIndex": balance.account_index,
                "mint": balance.mint.to_string(),
                "owner": balance.owner.to_string(),
                "programId": balance.program.to_string(),
                "uiTokenAmount": to_value(token_amount(balance.amount, balance.decimals)),
            })
        })
        .collect()
}
