//! Methods that bring work to the virtual machine: send, simulate, airdrop, fee.
//!
//! A transaction executes when it is sent: by the time the signature is answered, it has landed or
//! it never will. Signatures are verified here, before the owner thread is asked.

use base64::prelude::{Engine, BASE64_STANDARD};
use serde_json::{json, Value};
use solana_account_4::AccountSharedData;
use solana_keypair::Address;
use solana_message_4::VersionedMessage;
use solana_rpc_client_api::config::{
    RpcContextConfig, RpcRequestAirdropConfig, RpcSendTransactionConfig,
    RpcSimulateTransactionAccountsConfig, RpcSimulateTransactionConfig, UiAccountEncoding,
    UiTransactionEncoding,
};
use solana_signature::Signature;
use solana_transaction_4::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;

use super::error::{RpcError, RpcResult};
use super::node::Node;
use super::params::{level, parse_address, read_at, slot_at, Params};
use crate::chain::{AirdropRequest, SendRequest, SimulateRequest, Simulation};
use crate::encode::account::ShownAccount;
use crate::encode::outcome::{self, SimulationExtras};
use crate::encode::{to_value, with_context};
use crate::ledger::{first_signature, Outcome};

/// Bytes of a transaction on the wire: an IPv6 packet of 1,280 less headers.
const TRANSACTION_BYTES_MAX: usize = 1_232;
/// Lengths of that many bytes as text, worst case.
const BASE58_LEN_MAX: usize = 1_683;
const BASE64_LEN_MAX: usize = 1_644;

pub(super) async fn send_transaction(node: &Node, mut params: Params) -> RpcResult {
    let text: String = params.required("transaction")?;
    let config: RpcSendTransactionConfig = params.config()?;
    params.finish()?;
    check_min_slot(node, config.min_context_slot)?;
    let transaction = decode_transaction(&text, config.encoding)?;
    let signature = first_signature(&transaction);
    if !has_valid_signatures(&transaction) {
        // Without preflight the real node forwards it, and the leader drops it in silence.
        return match config.skip_preflight {
            true => Ok(json!(signature.to_string())),
            false => Err(preflight_failure(&signature_failure())),
        };
    }
    let request = SendRequest {
        transaction,
        preflight: !config.skip_preflight,
    };
    match node.chain.send(request).await? {
        Err(outcome) if !config.skip_preflight => Err(preflight_failure(&outcome)),
        _ => Ok(json!(signature.to_string())),
    }
}

fn preflight_failure(outcome: &Outcome) -> RpcError {
    let reason = outcome
        .error
        .as_ref()
        .map_or_else(|| "unknown error".to_owned(), ToString::to_string);
    RpcError::preflight_failure(reason, Value::Object(outcome::preflight(outcome)))
}

pub(super) async fn simulate_transaction(node: &Node, mut params: Params) -> RpcResult {
    let text: String = params.required("transaction")?;
    let config: RpcSimulateTransactionConfig = params.config()?;
    params.finish()?;
    check_min_slot(node, config.min_context_slot)?;
    let transaction = decode_transaction(&text, config.encoding)?;
    if config.sig_verify {
        if config.replace_recent_blockhash {
            return Err(RpcError::invalid_params(
                "sigVerify may not be used with replaceRecentBlockhash",
            ));
        }
        if !has_valid_signatures(&transaction) {
            let slot = node.ledger.read(|state| state.tip.slot);
            let shown = outcome::preflight(&signature_failure());
            return Ok(with_context(slot, Value::Object(shown)));
        }
    }
    let wanted = match &config.accounts {
        None => None,
        Some(accounts) => Some(wanted_accounts(accounts, &transaction)?),
    };
    let request = SimulateRequest {
        transaction,
        replace_blockhash: config.replace_recent_blockhash,
        accounts: wanted
            .as_ref()
            .map(|(addresses, _)| addresses.clone())
            .unwrap_or_default(),
    };
    let simulation = node.chain.simulate(request).await?;
    let accounts = match &wanted {
        None => Value::Null,
        Some((addresses, encoding)) => show_accounts(node, addresses, *encoding, &simulation.accounts)?,
    };
    let extras = SimulationExtras {
        accounts,
        inner_instructions: config.inner_instructions,
        replacement: replacement(&simulation),
    };
    let shown = outcome::simulation(&simulation.outcome, extras);
    Ok(with_context(simulation.slot, shown))
}

fn replacement(simulation: &Simulation) -> Value {
    simulation.replacement.map_or(
        Value::Null,
        |(hash, height)| json!({ "blockhash": hash.to_string(), "lastValidBlockHeight": height }),
    )
}

fn wanted_accounts(
    config: &RpcSimulateTransactionAccountsConfig,
    transaction: &VersionedTransaction,
) -> Result<(Vec<Address>, UiAccountEncoding), RpcError> {
    let encoding = config.encoding.unwrap_or(UiAccountEncoding::Base64);
    if matches!(encoding, UiAccountEncoding::Binary | UiAccountEncoding::Base58) {
        return Err(RpcError::invalid_params("base58 encoding not supported"));
    }
    // Loaded addresses count too; each lookup names them one by one.
    let message = &transaction.message;
    let loaded: usize = message
        .address_table_lookups()
        .unwrap_or_default()
        .iter()
        .map(|lookup| lookup.writable_indexes.len() + lookup.readonly_indexes.len())
        .sum();
    let accounts_max = message.static_account_keys().len() + loaded;
    if config.addresses.len() > accounts_max {
        return Err(RpcError::invalid_params(format!(
            "Too many accounts provided; max {accounts_max}"
        )));
    }
    let addresses = config.addresses.iter().map(|text| parse_address(text));
    Ok((addresses.collect::<Result<_, _>>()?, encoding))
}

fn show_accounts(
    node: &Node,
    addresses: &[Address],
    encoding: UiAccountEncoding,
    accounts: &[Option<AccountSharedData>],
) -> RpcResult {
    let shown: Vec<Option<ShownAccount>> = node.ledger.read(|state| {
        addresses
            .iter()
            .zip(accounts)
            .map(|(address, account)| {
                let account = account.clone()?;
                Some(ShownAccount::new(state, *address, account, encoding))
            })
            .collect()
    });
    let encoded: Vec<_> = shown
        .iter()
        .map(|shown| {
            shown
                .as_ref()
                .map(|shown| shown.encode(encoding, None))
                .transpose()
        })
        .collect::<Result<_, _>>()?;
    Ok(to_value(encoded))
}

pub(super) async fn request_airdrop(node: &Node, mut params: Params) -> RpcResult {
    let to = params.address("pubkey")?;
    let lamports: u64 = params.required("lamports")?;
    let _: RpcRequestAirdropConfig = params.config()?;
    params.finish()?;
    match node.chain.airdrop(AirdropRequest { to, lamports }).await? {
        Ok(signature) => Ok(json!(signature.to_string())),
        Err(outcome) => {
            let reason = outcome
                .error
                .as_ref()
                .map_or_else(|| "unknown error".to_owned(), ToString::to_string);
            Err(RpcError::internal(format!(
                "The faucet cannot pay {lamports} lamports: {reason}"
            )))
        }
    }
}

/// The fee is read off a simulation: what the virtual machine would charge, by construction.
pub(super) async fn fee_for_message(node: &Node, mut params: Params) -> RpcResult {
    let text: String = params.required("message")?;
    let config: RpcContextConfig = params.config()?;
    params.finish()?;
    check_min_slot(node, config.min_context_slot)?;
    let bytes = decode_text(&text, UiTransactionEncoding::Base64)?;
    let message: VersionedMessage = wincode::deserialize(&bytes).map_err(|error| {
        RpcError::invalid_params(format!("failed to deserialize VersionedMessage: {error}"))
    })?;
    let signature_count = usize::from(message.header().num_required_signatures);
    let transaction = VersionedTransaction {
        signatures: vec![Signature::default(); signature_count],
        message,
    };
    check_sanity(&transaction)?;
    let request = SimulateRequest {
        transaction,
        replace_blockhash: false,
        accounts: Vec::new(),
    };
    let simulation = node.chain.simulate(request).await?;
    // No fee means that it did not get so far: the blockhash is unknown.
    let fee = Some(simulation.outcome.fee).filter(|fee| *fee > 0);
    let slot = node
        .ledger
        .read(|state| slot_at(state.tip, level(config.commitment)));
    Ok(with_context(slot, json!(fee)))
}

fn check_min_slot(node: &Node, min: Option<u64>) -> Result<(), RpcError> {
    read_at(&node.ledger, min, |_| Ok(()))
}

/// Sanity has been checked: there is one signature for each signer.
fn has_valid_signatures(transaction: &VersionedTransaction) -> bool {
    transaction.verify_with_results().iter().all(|is_valid| *is_valid)
}

fn signature_failure() -> Outcome {
    Outcome {
        error: Some(TransactionError::SignatureFailure),
        ..Outcome::default()
    }
}

/// A transaction from text. Errors say whether the text, the bytes or the indices are wrong.
fn decode_transaction(
    text: &str,
    encoding: Option<UiTransactionEncoding>,
) -> Result<VersionedTransaction, RpcError> {
    let bytes = decode_text(text, encoding.unwrap_or(UiTransactionEncoding::Base58))?;
    let transaction: VersionedTransaction = wincode::deserialize_exact(&bytes).map_err(|error| {
        RpcError::invalid_params(format!(
            "failed to deserialize solana_transaction::versioned::VersionedTransaction: \
                 {error}"
        ))
    })?;
    if matches!(transaction.message, VersionedMessage::V1(_)) {
        return Err(RpcError::invalid_params(
            "invalid transaction: version 1 is not active on this cluster",
        ));
    }
    check_sanity(&transaction)?;
    Ok(transaction)
}

fn check_sanity(transaction: &VersionedTransaction) -> Result<(), RpcError> {
    transaction.sanitize().map_err(|_| {
        RpcError::invalid_params(
            "invalid transaction: Transaction failed to sanitize accounts offsets correctly",
        )
    })
}

fn decode_text(text: &str, encoding: UiTransactionEncoding) -> Result<Vec<u8>, RpcError> {
    let too_large = |name: &str, len: usize, max: usize| {
        RpcError::invalid_params(format!(
            "{name} solana_transaction::versioned::VersionedTransaction too large: {len} bytes \
             (max: encoded/raw {max}/{TRANSACTION_BYTES_MAX})"
        ))
    };
    let (name, len_max) = match encoding {
        UiTransactionEncoding::Binary | UiTransactionEncoding::Base58 => ("base58", BASE58_LEN_MAX),
        UiTransactionEncoding::Base64 => ("base64", BASE64_LEN_MAX),
        other => {
            return Err(RpcError::invalid_params(format!(
                "unsupported encoding: {other}. Supported encodings: base58, base64"
            )))
        }
    };
    if text.len() > len_max {
        return Err(too_large(&format!("{name} encoded"), text.len(), len_max));
    }
    let invalid = |error: String| RpcError::invalid_params(format!("invalid {name} encoding: {error}"));
    let bytes = match name {
        "base58" => bs58::decode(text)
            .into_vec()
            .map_err(|error| invalid(error.to_string()))?,
        _ => BASE64_STANDARD
            .decode(text)
            .map_err(|error| invalid(error.to_string()))?,
    };
    if bytes.len() > TRANSACTION_BYTES_MAX {
        return Err(too_large("decoded", bytes.len(), len_max));
    }
    Ok(bytes)
}

#[cfg(test)]
#[path = "submit_tests.rs"]
mod tests;
