//! Methods about transactions that landed.

use serde_json::{json, Map, Value};
use solana_rpc_client_api::config::{
    RpcContextConfig, RpcSignatureStatusConfig, RpcSignaturesForAddressConfig, RpcTransactionConfig,
    UiTransactionEncoding,
};

use super::blocks::encoding_config;
use super::error::{RpcError, RpcResult};
use super::params::{history_level, parse_signature, read_at, slot_at, Params};
use crate::encode::{outcome, transaction as encode, with_context};
use crate::ledger::{Ledger, Page, Tip, TransactionRecord};

const STATUSES_MAX: usize = 256;
const SIGNATURES_MAX: usize = 1_000;
/// Without `searchTransactionHistory` only this recent transactions are reported.
const STATUS_CACHE_SLOTS: u64 = 300;

pub(super) fn transaction(ledger: &Ledger, mut params: Params) -> RpcResult {
    let signature = parse_signature(&params.required::<String>("signature")?)?;
    let config: RpcTransactionConfig = encoding_config(&mut params)?;
    params.finish()?;
    let level = history_level(config.commitment)?;
    let found = ledger.read(|state| {
        let newest = slot_at(state.tip, level);
        let record = state.history.transaction(&signature)?;
        (record.slot <= newest).then(|| record.clone())
    });
    let Some(record) = found else {
        return Ok(Value::Null);
    };
    let encoding = config.encoding.unwrap_or(UiTransactionEncoding::Json);
    let mut shown: Map<String, Value> =
        encode::with_meta(&record, encoding, config.max_supported_transaction_version)?;
    shown.insert("slot".to_owned(), json!(record.slot));
    shown.insert("blockTime".to_owned(), json!(record.block_time));
    shown.insert("transactionIndex".to_owned(), json!(record.index));
    Ok(Value::Object(shown))
}

pub(super) fn signature_statuses(ledger: &Ledger, mut params: Params) -> RpcResult {
    let signatures: Vec<String> = params.required("signatures")?;
    let config: Option<RpcSignatureStatusConfig> = params.optional("config")?;
    params.finish()?;
    if signatures.len() > STATUSES_MAX {
        return Err(RpcError::invalid_params(format!(
            "Too many inputs provided; max {STATUSES_MAX}"
        )));
    }
    let signatures = signatures
        .iter()
        .map(|text| parse_signature(text))
        .collect::<Result<Vec<_>, _>>()?;
    let search_history = config.is_some_and(|config| config.search_transaction_history);
    let (tip, found) = ledger.read(|state| {
        let found: Vec<_> = signatures
            .iter()
            .map(|signature| state.history.transaction(signature).cloned())
            .collect();
        (state.tip, found)
    });
    let oldest = match search_history {
        true => 0,
        false => tip.slot.saturating_sub(STATUS_CACHE_SLOTS),
    };
    let shown: Vec<Option<Value>> = found
        .iter()
        .map(|record| record.as_ref().filter(|record| record.slot >= oldest))
        .map(|record| record.map(|record| status(record, tip)))
        .collect();
    Ok(with_context(tip.slot, json!(shown)))
}

fn status(record: &TransactionRecord, tip: Tip) -> Value {
    let is_final = record.slot <= tip.root();
    let confirmations = (!is_final).then(|| tip.slot - record.slot);
    let error = record.outcome.error.as_ref();
    json!({
        "slot": record.slot,
        "confirmations": confirmations,
        "status": outcome::status(error),
        "err": outcome::error(error),
        "confirmationStatus": confirmation_status(record.slot, tip),
    })
}

fn confirmation_status(slot: u64, tip: Tip) -> &'static str {
    match slot <= tip.root() {
        true => "finalized",
        false => "confirmed",
    }
}

pub(super) fn signatures_for_address(ledger: &Ledger, mut params: Params) -> RpcResult {
    let address = params.address("address")?;
    let config: RpcSignaturesForAddressConfig = params.config()?;
    params.finish()?;
    let limit = config.limit.unwrap_or(SIGNATURES_MAX);
    if limit == 0 || limit > SIGNATURES_MAX {
        return Err(RpcError::invalid_params(format!(
            "Invalid limit; max {SIGNATURES_MAX}"
        )));
    }
    let level = history_level(config.commitment)?;
    let parse = |text: Option<String>| text.map(|text| parse_signature(&text)).transpose();
    let (before, until) = (parse(config.before)?, parse(config.until)?);
    let (tip, records) = read_at(ledger, config.min_context_slot, |state| {
        let page = Page {
            before,
            until,
            slot_max: slot_at(state.tip, level),
            limit,
        };
        Ok((state.tip, state.history.of_address(&address, &page)))
    })?;
    Ok(records
        .iter()
        .map(|record| {
            json!({
                "signature": record.signature().to_string(),
                "slot": record.slot,
                "transactionIndex": record.index,
                "err": outcome::error(record.outcome.error.as_ref()),
                "memo": record.memo(),
                "blockTime": record.block_time,
                "confirmationStatus": confirmation_status(record.slot, tip),
            })
        })
        .collect())
}

pub(super) fn transaction_count(ledger: &Ledger, mut params: Params) -> RpcResult {
    let config: RpcContextConfig = params.config()?;
    params.finish()?;
    read_at(ledger, config.min_context_slot, |state| {
        Ok(json!(state.history.transaction_count()))
    })
}
