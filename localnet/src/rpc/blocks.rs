//! Methods about blocks and blockhashes.

use serde_json::{json, Map, Value};
use solana_commitment_config::CommitmentLevel;
use solana_rpc_client_api::config::{
    EncodingConfig, RpcBlockConfig, RpcBlocksConfigWrapper, RpcContextConfig, RpcEncodingConfigWrapper,
    TransactionDetails, UiTransactionEncoding,
};

use super::error::{RpcError, RpcResult};
use super::params::{block_at, history_level, level, parse_hash, read_at, slot_at, Params};
use crate::encode::{transaction, with_context};
use crate::ledger::{Block, Ledger, LedgerState, BLOCKHASH_AGE_MAX};

const BLOCKS_RANGE_MAX: u64 = 500_000;

pub(super) fn block(ledger: &Ledger, mut params: Params) -> RpcResult {
    let slot: u64 = params.required("slot")?;
    let config: RpcBlockConfig = encoding_config(&mut params)?;
    params.finish()?;
    let level = history_level(config.commitment)?;
    let block = ledger.read(|state| {
        if slot > block_at(state.tip, level) {
            return Err(RpcError::block_not_available(slot));
        }
        let found = state.history.block(slot).cloned();
        found.ok_or_else(|| no_block(state, slot))
    })?;
    let mut shown = Map::new();
    shown.insert("blockhash".to_owned(), json!(block.blockhash.to_string()));
    shown.insert(
        "previousBlockhash".to_owned(),
        json!(block.previous_blockhash.to_string()),
    );
    shown.insert("parentSlot".to_owned(), json!(block.parent));
    shown.insert("blockTime".to_owned(), json!(block.time));
    shown.insert("blockHeight".to_owned(), json!(block.height));
    show_transactions(&mut shown, &block, &config)?;
    if config.rewards.unwrap_or(true) {
        shown.insert("rewards".to_owned(), json!([]));
    }
    Ok(Value::Object(shown))
}

fn show_transactions(
    shown: &mut Map<String, Value>,
    block: &Block,
    config: &RpcBlockConfig,
) -> Result<(), RpcError> {
    let encoding = config.encoding.unwrap_or(UiTransactionEncoding::Json);
    let version_max = config.max_supported_transaction_version;
    let records = block.transactions.iter();
    match config.transaction_details.unwrap_or_default() {
        TransactionDetails::None => {}
        TransactionDetails::Signatures => {
            let signatures = records.map(|record| record.signature().to_string());
            shown.insert("signatures".to_owned(), signatures.collect());
        }
        TransactionDetails::Full => {
            let full = records
                .map(|record| transaction::with_meta(record, encoding, version_max))
                .map(|shown| shown.map(Value::Object))
                .collect::<Result<Value, _>>()?;
            shown.insert("transactions".to_owned(), full);
        }
        TransactionDetails::Accounts => {
            let brief = records
                .map(|record| transaction::accounts_with_meta(record, version_max))
                .map(|shown| shown.map(Value::Object))
                .collect::<Result<Value, _>>()?;
            shown.insert("transactions".to_owned(), brief);
        }
    }
    Ok(())
}

pub(super) fn block_height(ledger: &Ledger, mut params: Params) -> RpcResult {
    let config: RpcContextConfig = params.config()?;
    params.finish()?;
    read_at(ledger, config.min_context_slot, |state| {
        Ok(json!(height_at(state, level(config.commitment))))
    })
}

pub(super) fn block_time(ledger: &Ledger, mut params: Params) -> RpcResult {
    let slot: u64 = params.required("slot")?;
    params.finish()?;
    ledger.read(|state| match state.history.block(slot) {
        Some(block) => Ok(json!(block.time)),
        None => Err(no_block(state, slot)),
    })
}

/// Why a slot has no block to show.
fn no_block(state: &LedgerState, slot: u64) -> RpcError {
    let first = state.history.first_slot();
    if slot < first {
        RpcError::block_cleaned_up(slot, first)
    } else if slot < state.tip.slot {
        RpcError::slot_skipped(slot)
    } else {
        RpcError::block_not_available(slot)
    }
}

/// The height of the newest block at a level; of the open slot, the one that its block will have.
pub(super) fn height_at(state: &LedgerState, level: CommitmentLevel) -> u64 {
    let slot = slot_at(state.tip, level);
    if slot >= state.tip.slot {
        return state.tip.height;
    }
    let newest = state.history.headers_up_to(slot).next();
    newest.map_or(0, |block| block.height)
}

pub(super) fn blocks(ledger: &Ledger, mut params: Params) -> RpcResult {
    let start: u64 = params.required("startSlot")?;
    let wrapper: Option<RpcBlocksConfigWrapper> = params.optional("endSlot")?;
    let second: Option<RpcContextConfig> = params.optional("config")?;
    params.finish()?;
    let (end, config) = wrapper.map_or((None, None), |wrapper| wrapper.unzip());
    let level = history_level(second.or(config).unwrap_or_default().commitment)?;
    ledger.read(|state| {
        let newest = block_at(state.tip, level);
        let end = end.unwrap_or(newest).min(newest);
        if end.saturating_sub(start) > BLOCKS_RANGE_MAX {
            return Err(RpcError::invalid_params(format!(
                "Slot range too large; max {BLOCKS_RANGE_MAX}"
            )));
        }
        Ok(state.history.slots(start, end).collect())
    })
}

pub(super) fn blocks_with_limit(ledger: &Ledger, mut params: Params) -> RpcResult {
    let start: u64 = params.required("startSlot")?;
    let limit: u64 = params.required("limit")?;
    let config: RpcContextConfig = params.config()?;
    params.finish()?;
    if limit > BLOCKS_RANGE_MAX {
        return Err(RpcError::invalid_params(format!(
            "Limit too large; max {BLOCKS_RANGE_MAX}"
        )));
    }
    let level = history_level(config.commitment)?;
    ledger.read(|state| {
        let newest = block_at(state.tip, level);
        let slots = state.history.slots(start, newest);
        Ok(slots.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
    })
}

pub(super) fn first_available_block(ledger: &Ledger, params: Params) -> RpcResult {
    params.finish()?;
    Ok(json!(ledger.read(|state| state.history.first_slot())))
}

pub(super) fn minimum_ledger_slot(ledger: &Ledger, params: Params) -> RpcResult {
    first_available_block(ledger, params)
}

pub(super) fn latest_blockhash(ledger: &Ledger, mut params: Params) -> RpcResult {
    let config: RpcContextConfig = params.config()?;
    params.finish()?;
    read_at(ledger, config.min_context_slot, |state| {
        let level = level(config.commitment);
        let newest = block_at(state.tip, level);
        let missing = || RpcError::internal("the newest block is missing");
        let block = state.history.headers_up_to(newest).next().ok_or_else(missing)?;
        let shown = json!({
            "blockhash": block.blockhash.to_string(),
            "lastValidBlockHeight": block.height + BLOCKHASH_AGE_MAX,
        });
        Ok(with_context(slot_at(state.tip, level), shown))
    })
}

pub(super) fn is_blockhash_valid(ledger: &Ledger, mut params: Params) -> RpcResult {
    let hash = parse_hash(&params.required::<String>("blockhash")?)?;
    let config: RpcContextConfig = params.config()?;
    params.finish()?;
    read_at(ledger, config.min_context_slot, |state| {
        let newest = block_at(state.tip, level(config.commitment));
        let mut recent = recent_blocks(state, newest);
        let is_valid = recent.any(|block| block.blockhash == hash);
        Ok(with_context(state.tip.slot, json!(is_valid)))
    })
}

/// The blocks whose hash can be used in the block after `newest`.
fn recent_blocks(state: &LedgerState, newest: u64) -> impl Iterator<Item = &Block> {
    let newest_first = state.history.headers_up_to(newest);
    newest_first.take(BLOCKHASH_AGE_MAX as usize)
}

/// A configuration object, or just an encoding as older clients send it.
pub(super) fn encoding_config<T>(params: &mut Params) -> Result<T, RpcError>
where
    T: EncodingConfig + Default + Copy + serde::de::DeserializeOwned,
{
    let wrapper: Option<RpcEncodingConfigWrapper<T>> = params.optional("config")?;
    Ok(wrapper.map_or_else(T::default, |wrapper| wrapper.convert_to_current()))
}
