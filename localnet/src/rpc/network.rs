//! Methods about the network, which is one validator that votes for everything it does.

use serde_json::{json, Value};
use solana_rpc_client_api::config::{RpcContextConfig, RpcGetVoteAccountsConfig};

use super::blocks::height_at;
use super::error::{RpcError, RpcResult};
use super::params::{level, parse_address, read_at, slot_at, Params};
use crate::encode::{FEATURE_SET, SOLANA_CORE};
use crate::ledger::{History, Ledger, EPOCH_SLOTS};

const PRIORITIZATION_FEE_SLOTS: u64 = 150;
const PRIORITIZATION_FEE_ACCOUNTS_MAX: usize = 128;
const SLOT_LEADERS_MAX: u64 = 5_000;
const PERFORMANCE_SAMPLES_MAX: usize = 720;
const SAMPLE_SECS: i64 = 60;

pub(super) fn slot(ledger: &Ledger, mut params: Params) -> RpcResult {
    let config: RpcContextConfig = params.config()?;
    params.finish()?;
    read_at(ledger, config.min_context_slot, |state| {
        Ok(json!(slot_at(state.tip, level(config.commitment))))
    })
}

pub(super) fn epoch_info(ledger: &Ledger, mut params: Params) -> RpcResult {
    let config: RpcContextConfig = params.config()?;
    params.finish()?;
    read_at(ledger, config.min_context_slot, |state| {
        let slot = slot_at(state.tip, level(config.commitment));
        Ok(json!({
            "absoluteSlot": slot,
            "blockHeight": height_at(state, level(config.commitment)),
            "epoch": slot / EPOCH_SLOTS,
            "slotIndex": slot % EPOCH_SLOTS,
            "slotsInEpoch": EPOCH_SLOTS,
            "transactionCount": state.history.transaction_count(),
        }))
    })
}

pub(super) fn epoch_schedule(_: &Ledger, params: Params) -> RpcResult {
    params.finish()?;
    Ok(json!({
        "slotsPerEpoch": EPOCH_SLOTS,
        "leaderScheduleSlotOffset": EPOCH_SLOTS,
        "warmup": false,
        "firstNormalEpoch": 0,
        "firstNormalSlot": 0,
    }))
}

pub(super) fn genesis_hash(ledger: &Ledger, params: Params) -> RpcResult {
    params.finish()?;
    Ok(json!(ledger.identity.genesis_hash.to_string()))
}

pub(super) fn health(_: &Ledger, params: Params) -> RpcResult {
    params.finish()?;
    Ok(json!("ok"))
}

pub(super) fn identity(ledger: &Ledger, params: Params) -> RpcResult {
    params.finish()?;
    Ok(json!({ "identity": ledger.identity.node.to_string() }))
}

pub(super) fn version(_: &Ledger, params: Params) -> RpcResult {
    params.finish()?;
    Ok(json!({ "solana-core": SOLANA_CORE, "feature-set": FEATURE_SET }))
}

pub(super) fn slot_leader(ledger: &Ledger, mut params: Params) -> RpcResult {
    let config: RpcContextConfig = params.config()?;
    params.finish()?;
    read_at(ledger, config.min_context_slot, |_| Ok(()))?;
    Ok(json!(ledger.identity.node.to_string()))
}

pub(super) fn slot_leaders(ledger: &Ledger, mut params: Params) -> RpcResult {
    let _start: u64 = params.required("startSlot")?;
    let limit: u64 = params.required("limit")?;
    params.finish()?;
    if limit > SLOT_LEADERS_MAX {
        return Err(RpcError::invalid_params(format!(
            "Invalid limit; max {SLOT_LEADERS_MAX}"
        )));
    }
    let node = ledger.identity.node.to_string();
    Ok((0..limit).map(|_| node.clone()).collect())
}

pub(super) fn vote_accounts(ledger: &Ledger, mut params: Params) -> RpcResult {
    let config: RpcGetVoteAccountsConfig = params.config()?;
    params.finish()?;
    let wanted = config.vote_pubkey.as_deref().map(parse_address).transpose()?;
    let identity = ledger.identity;
    let tip = ledger.read(|state| state.tip);
    let current: Vec<Value> = [identity.vote]
        .into_iter()
        .filter(|vote| wanted.is_none_or(|wanted| wanted == *vote))
        .map(|vote| {
            json!({
                "votePubkey": vote.to_string(),
                "nodePubkey": identity.node.to_string(),
                "activatedStake": 0,
                "commission": 0,
                "inflationRewardsCommissionBps": 0,
                "epochVoteAccount": true,
                "epochCredits": [],
                "lastVote": tip.slot,
                "rootSlot": tip.root(),
            })
        })
        .collect();
    Ok(json!({ "current": current, "delinquent": [] }))
}

/// The one node. It has no gossip, TPU or repair ports: transactions come by RPC.
pub(super) fn cluster_nodes(ledger: &Ledger, params: Params) -> RpcResult {
    params.finish()?;
    Ok(json!([{
        "pubkey": ledger.identity.node.to_string(),
        "gossip": null, "tvu": null, "tpu": null, "tpuQuic": null, "tpuForwards": null,
        "tpuForwardsQuic": null, "tpuVote": null, "serveRepair": null, "rpc": null,
        "pubsub": null,
        "version": SOLANA_CORE,
        "featureSet": FEATURE_SET,
        "shredVersion": null,
    }]))
}

pub(super) fn highest_snapshot_slot(_: &Ledger, params: Params) -> RpcResult {
    params.finish()?;
    Err(RpcError::no_snapshot())
}

/// How many slots and transactions there were, by minutes that end with the last whole second, newest first.
/// The oldest sample of a young chain is shorter.
pub(super) fn recent_performance_samples(ledger: &Ledger, mut params: Params) -> RpcResult {
    let limit: Option<usize> = params.optional("limit")?;
    params.finish()?;
    let limit = limit.unwrap_or(PERFORMANCE_SAMPLES_MAX);
    if limit > PERFORMANCE_SAMPLES_MAX {
        return Err(RpcError::invalid_params(format!(
            "Invalid limit; max {PERFORMANCE_SAMPLES_MAX}"
        )));
    }
    Ok(ledger.read(|state| samples(&state.history, state.tip.slot, limit)))
}

fn samples(history: &History, tip: u64, limit: usize) -> Value {
    let mut samples = Vec::new();
    let mut blocks = history.headers_up_to(tip).peekable();
    let newest = blocks.peek().map_or(0, |block| block.time);
    while blocks.next_if(|block| block.time == newest).is_some() {}
    while let (true, Some(last)) = (samples.len() < limit, blocks.peek().copied()) {
        let from = last.time - SAMPLE_SECS;
        let mut transactions = 0;
        let mut first = last;
        while let Some(block) = blocks.next_if(|block| block.time > from) {
            transactions += block.transactions.len();
            first = block;
        }
        // The second of the oldest block may have begun before it.
        let period = match blocks.peek() {
            Some(_) => SAMPLE_SECS,
            None => last.time - first.time,
        };
        if period > 0 {
            samples.push(json!({
                "slot": last.slot,
                "numSlots": last.slot - first.parent,
                "numTransactions": transactions,
                "numNonVoteTransactions": transactions,
                "samplePeriodSecs": period,
            }));
        }
    }
    Value::Array(samples)
}

/// The price at which a transaction would have landed: always 0, as blocks here are never full.
pub(super) fn recent_prioritization_fees(ledger: &Ledger, mut params: Params) -> RpcResult {
    let accounts: Vec<String> = params.config()?;
    params.finish()?;
    if accounts.len() > PRIORITIZATION_FEE_ACCOUNTS_MAX {
        return Err(RpcError::invalid_params(format!(
            "Too many inputs provided; max {PRIORITIZATION_FEE_ACCOUNTS_MAX}"
        )));
    }
    for account in &accounts {
        parse_address(account)?;
    }
    let slot = ledger.read(|state| state.tip.slot);
    let oldest = slot.saturating_sub(PRIORITIZATION_FEE_SLOTS);
    Ok((oldest..slot)
        .map(|slot| json!({ "slot": slot, "prioritizationFee": 0 }))
        .collect())
}
