//! Methods about accounts of any kind.
//!
//! State is the newest there is at every commitment: one fork cannot be rolled back, so a reader at
//! `finalized` sees what is not final *yet* rather than what was true 13 seconds ago.

use serde_json::{json, Value};
use solana_account_4::ReadableAccount;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Address;
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcContextConfig, RpcProgramAccountsConfig, RpcSupplyConfig, UiAccountEncoding,
};
use solana_rpc_client_api::response::RpcKeyedAccount;

use super::error::{RpcError, RpcResult};
use super::filters::Filters;
use super::params::{parse_address, read_at, Params};
use crate::addresses::RENT;
use crate::encode::account::ShownAccount;
use crate::encode::{to_value, with_context};
use crate::ledger::{Ledger, LedgerState};

const MULTIPLE_ACCOUNTS_MAX: usize = 100;
/// Bytes that rent counts for every account on top of its data.
const ACCOUNT_STORAGE_OVERHEAD: u64 = 128;

pub(super) fn account_info(ledger: &Ledger, mut params: Params) -> RpcResult {
    let address = params.address("pubkey")?;
    let config: RpcAccountInfoConfig = params.config()?;
    params.finish()?;
    let encoding = config.encoding.unwrap_or(UiAccountEncoding::Binary);
    let (slot, found) = read_at(ledger, config.min_context_slot, |state| {
        Ok((state.tip.slot, find(state, address, encoding)))
    })?;
    let shown = found
        .map(|account| account.encode(encoding, config.data_slice))
        .transpose()?;
    Ok(with_context(slot, to_value(shown)))
}

pub(super) fn multiple_accounts(ledger: &Ledger, mut params: Params) -> RpcResult {
    let addresses: Vec<String> = params.required("pubkeys")?;
    let config: RpcAccountInfoConfig = params.config()?;
    params.finish()?;
    if addresses.len() > MULTIPLE_ACCOUNTS_MAX {
        return Err(RpcError::invalid_params(format!(
            "Too many inputs provided; max {MULTIPLE_ACCOUNTS_MAX}"
        )));
    }
    let addresses: Vec<Address> = addresses
        .iter()
        .map(|text| parse_address(text))
        .collect::<Result<_, _>>()?;
    let encoding = config.encoding.unwrap_or(UiAccountEncoding::Base64);
    let (slot, found) = read_at(ledger, config.min_context_slot, |state| {
        let found: Vec<_> = addresses
            .iter()
            .map(|address| find(state, *address, encoding))
            .collect();
        Ok((state.tip.slot, found))
    })?;
    let shown: Vec<_> = found
        .iter()
        .map(|account| {
            account
                .as_ref()
                .map(|account| account.encode(encoding, config.data_slice))
                .transpose()
        })
        .collect::<Result<_, _>>()?;
    Ok(with_context(slot, to_value(shown)))
}

pub(super) fn program_accounts(ledger: &Ledger, mut params: Params) -> RpcResult {
    let program = params.address("programId")?;
    let config: RpcProgramAccountsConfig = params.config()?;
    params.finish()?;
    let filters = Filters::new(config.filters.unwrap_or_default())?;
    let account_config = config.account_config;
    let encoding = account_config.encoding.unwrap_or(UiAccountEncoding::Binary);
    // Under the lock only references are counted up; filtering and encoding happen after it.
    let (slot, mut owned) = read_at(ledger, account_config.min_context_slot, |state| {
        Ok((state.tip.slot, state.accounts.owned_by(&program)))
    })?;
    owned.retain(|(_, account)| filters.allow(account));
    let shown = keyed(ledger, owned, encoding, account_config.data_slice)?;
    match config.with_context {
        Some(true) => Ok(with_context(slot, shown)),
        _ => Ok(shown),
    }
}

/// Accounts with their addresses, encoded.
pub(super) fn keyed(
    ledger: &Ledger,
    accounts: Vec<(Address, solana_account_4::AccountSharedData)>,
    encoding: UiAccountEncoding,
    slice: Option<solana_rpc_client_api::config::UiDataSliceConfig>,
) -> RpcResult {
    let shown: Vec<ShownAccount> = ledger.read(|state| {
        accounts
            .into_iter()
            .map(|(address, account)| ShownAccount::new(state, address, account, encoding))
            .collect()
    });
    let keyed: Vec<RpcKeyedAccount> = shown
        .iter()
        .map(|shown| {
            Ok(RpcKeyedAccount {
                pubkey: shown.address.to_string(),
                account: shown.encode(encoding, slice)?,
            })
        })
        .collect::<Result<_, RpcError>>()?;
    Ok(to_value(keyed))
}

pub(super) fn balance(ledger: &Ledger, mut params: Params) -> RpcResult {
    let address = params.address("pubkey")?;
    let config: RpcContextConfig = params.config()?;
    params.finish()?;
    read_at(ledger, config.min_context_slot, |state| {
        let lamports = state.accounts.get(&address).map_or(0, ReadableAccount::lamports);
        Ok(with_context(state.tip.slot, json!(lamports)))
    })
}

/// Rent as the Rent sysvar states it: lamports per byte u64, years (f64) they must last.
pub(super) fn minimum_balance(ledger: &Ledger, mut params: Params) -> RpcResult {
    let data_len: u64 = params.required("dataLength")?;
    let _: Option<CommitmentConfig> = params.optional("config")?;
    params.finish()?;
    let missing = || RpcError::internal("the Rent sysvar is missing or too short");
    let (lamports_per_byte, years) = ledger
        .read(|state| {
            let data = state.accounts.get(&RENT)?.data();
            let lamports = u64::from_le_bytes(data.get(0..8)?.try_into().ok()?);
            let years = f64::from_le_bytes(data.get(8..16)?.try_into().ok()?);
            Some((lamports, years))
        })
        .ok_or_else(missing)?;
    let bytes = data_len.saturating_add(ACCOUNT_STORAGE_OVERHEAD);
    let minimum = bytes.saturating_mul(lamports_per_byte) as f64 * years;
    Ok(json!(minimum as u64))
}

pub(super) fn supply(ledger: &Ledger, mut params: Params) -> RpcResult {
    let _: RpcSupplyConfig = params.config()?;
    params.finish()?;
    let (slot, total) = ledger.read(|state| (state.tip.slot, state.accounts.lamports_total()));
    let supply = json!({
        "total": total,
        "circulating": total,
        "nonCirculating": 0,
        "nonCirculatingAccounts": Vec::<Value>::new(),
    });
    Ok(with_context(slot, supply))
}

fn find(state: &LedgerState, address: Address, encoding: UiAccountEncoding) -> Option<ShownAccount> {
    let account = state.accounts.get(&address)?.clone();
    Some(ShownAccount::new(state, address, account, encoding))
}
