//! What a local chain can do and a real one cannot, in a namespace of its own.
//!
//! | method | parameters | answer |
//! |---|---|---|
//! | `localnet_warpSlots` | slots u64, 1..=100,000 | the open slot |
//! | `localnet_skipSlots` | slots u64, 1..=100,000 | the open slot |
//! | `localnet_halt` | milliseconds u64, 1..=3,600,000; absent: until resumed | the slot |
//! | `localnet_resume` | | the slot |
//! | `localnet_rollBack` | blocks u64, 0..=31 | the open slot |
//! | `localnet_setSlotTime` | milliseconds u64, 1..=60,000 | the slot |
//! | `localnet_setAccount` | address, `{lamports, owner, data: [text, "base64"], executable?}` | the slot |
//!
//! Warping completes that many slots at once: blockhashes expire and the clock moves as if their
//! time had passed. Skipping completes the open slot and leaves those after it without a block: the next block's height is
//! one more, its slot more than that. A halted chain opens no slot, takes transactions and executes none. Rolling back undoes
//! the open slot's transactions and the last blocks, whose slots then count as skipped. Setting an account with 0 lamports
//! deletes it.

use std::ops::RangeInclusive;
use std::time::Duration;

use base64::prelude::{Engine, BASE64_STANDARD};
use serde::Deserialize;
use serde_json::json;
use solana_account_4::{Account, AccountSharedData};

use super::error::{RpcError, RpcResult};
use super::node::Node;
use super::params::{parse_address, Params};
use crate::chain::{Control, ACCOUNT_BYTES_MAX};
use crate::ledger::FINALITY_SLOTS;

/// Eleven hours of slots; bounds how long one call keeps the chain busy.
const WARP_SLOTS_MAX: u64 = 100_000;

pub(super) async fn warp_slots(node: &Node, mut params: Params) -> RpcResult {
    let count: u64 = params.required("slots")?;
    params.finish()?;
    if !(1..=WARP_SLOTS_MAX).contains(&count) {
        return Err(RpcError::invalid_params(format!(
            "Invalid params: `slots` is {count}, must be 1 to {WARP_SLOTS_MAX}"
        )));
    }
    Ok(json!(node.chain.warp_slots(count).await?))
}

/// Longest halt that ends by itself, and longest slot.
const HALT_MS_MAX: u64 = 3_600_000;
const SLOT_MS_MAX: u64 = 60_000;
/// Blocks that are not final.
const ROLL_BACK_MAX: u64 = FINALITY_SLOTS - 1;

pub(super) async fn skip_slots(node: &Node, mut params: Params) -> RpcResult {
    let count = params.required("slots")?;
    params.finish()?;
    let count = in_range("slots", count, 1..=WARP_SLOTS_MAX)?;
    control(node, Control::Skip(count)).await
}

pub(super) async fn halt(node: &Node, mut params: Params) -> RpcResult {
    let span: Option<u64> = params.optional("milliseconds")?;
    params.finish()?;
    let span = span
        .map(|ms| in_range("milliseconds", ms, 1..=HALT_MS_MAX))
        .transpose()?;
    control(node, Control::Halt(span.map(Duration::from_millis))).await
}

pub(super) async fn resume(node: &Node, params: Params) -> RpcResult {
    params.finish()?;
    control(node, Control::Resume).await
}

pub(super) async fn roll_back(node: &Node, mut params: Params) -> RpcResult {
    let count = params.required("blocks")?;
    params.finish()?;
    let count = in_range("blocks", count, 0..=ROLL_BACK_MAX)?;
    control(node, Control::RollBack(count)).await
}

pub(super) async fn set_slot_time(node: &Node, mut params: Params) -> RpcResult {
    let ms = params.required("milliseconds")?;
    params.finish()?;
    let ms = in_range("milliseconds", ms, 1..=SLOT_MS_MAX)?;
    control(node, Control::SlotTime(Duration::from_millis(ms))).await
}

async fn control(node: &Node, control: Control) -> RpcResult {
    let slot = node.chain.control(control).await?;
    slot.map(|slot| json!(slot)).map_err(RpcError::invalid_params)
}

fn in_range(name: &str, value: u64, range: RangeInclusive<u64>) -> Result<u64, RpcError> {
    if range.contains(&value) {
        return Ok(value);
    }
    let (first, last) = (range.start(), range.end());
    Err(RpcError::invalid_params(format!(
        "Invalid params: `{name}` is {value}, must be {first} to {last}"
    )))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewAccount {
    lamports: u64,
    owner: String,
    data: (String, DataEncoding),
    #[serde(default)]
    executable: bool,
}

#[derive(Deserialize)]
enum DataEncoding {
    #[serde(rename = "base64")]
    Base64,
}

pub(super) async fn set_account(node: &Node, mut params: Params) -> RpcResult {
    let address = params.address("pubkey")?;
    let new: NewAccount = params.required("account")?;
    params.finish()?;
    let (text, DataEncoding::Base64) = new.data;
    let data = BASE64_STANDARD.decode(text).map_err(|error| {
        RpcError::invalid_params(format!("Invalid params: `data` is not base64: {error}"))
    })?;
    if data.len() > ACCOUNT_BYTES_MAX {
        let found = data.len();
        return Err(RpcError::invalid_params(format!(
            "Invalid params: `data` has {found} bytes, at most {ACCOUNT_BYTES_MAX} are allowed"
        )));
    }
    let account = AccountSharedData::from(Account {
        lamports: new.lamports,
        data,
        owner: parse_address(&new.owner)?,
        executable: new.executable,
        rent_epoch: u64::MAX,
    });
    let slot = node.chain.set_account(address, account).await?;
    slot.map(|slot| json!(slot)).map_err(|reason| {
        RpcError::invalid_params(format!("the virtual machine refuses the account: {reason}"))
    })
}
