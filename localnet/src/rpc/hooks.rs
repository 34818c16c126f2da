//! What a local chain can do and a real one cannot, in a namespace of its own.
//!
//! | method | parameters | answer |
//! |---|---|---|
//! | `localnet_warpSlots` | slots u64, 1..=100,000 | the open slot |
//! | `localnet_setAccount` | address, `{lamports, owner, data: [text, "base64"], executable?}` | the slot |
//!
//! Warping completes that many slots at once: blockhashes expire and the clock moves as if their
//! time had passed. Setting an account with 0 lamports deletes it.

use base64::prelude::{Engine, BASE64_STANDARD};
use serde::Deserialize;
use serde_json::json;
use solana_account_4::{Account, AccountSharedData};

use super::error::{RpcError, RpcResult};
use super::params::{parse_address, Params};
use super::Node;
use crate::chain::ACCOUNT_BYTES_MAX;

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
