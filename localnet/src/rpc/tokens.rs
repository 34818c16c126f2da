//! Methods about SPL Token accounts and mints, for the classic program and Token-2022.

use serde_json::Value;
use solana_account_4::{AccountSharedData, ReadableAccount};
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Address;
use solana_rpc_client_api::config::{RpcAccountInfoConfig, RpcTokenAccountsFilter, UiAccountEncoding};
use solana_rpc_client_api::response::RpcTokenAccountBalance;

use super::accounts::keyed;
use super::error::{RpcError, RpcResult};
use super::params::{parse_address, read_at, Params};
use crate::encode::{to_value, token_amount, with_context};
use crate::ledger::{Ledger, LedgerState};
use crate::token::{self, TokenAccount};

const LARGEST_ACCOUNTS_MAX: usize = 20;

pub(super) fn account_balance(ledger: &Ledger, mut params: Params) -> RpcResult {
    let address = params.address("pubkey")?;
    let _: Option<CommitmentConfig> = params.optional("config")?;
    params.finish()?;
    ledger.read(|state| {
        let account = found(state, &address)?;
        let held = token::token_account(account).ok_or_else(not_a_token_account)?;
        let mint = mint(state, &held.mint)?;
        let amount = token_amount(held.amount, mint.decimals);
        Ok(with_context(state.tip.slot, to_value(amount)))
    })
}

pub(super) fn supply(ledger: &Ledger, mut params: Params) -> RpcResult {
    let address = params.address("mint")?;
    let _: Option<CommitmentConfig> = params.optional("config")?;
    params.finish()?;
    ledger.read(|state| {
        found(state, &address)?;
        let mint = mint(state, &address)?;
        let amount = token_amount(mint.supply, mint.decimals);
        Ok(with_context(state.tip.slot, to_value(amount)))
    })
}

pub(super) fn largest_accounts(ledger: &Ledger, mut params: Params) -> RpcResult {
    let address = params.address("mint")?;
    let _: Option<CommitmentConfig> = params.optional("config")?;
    params.finish()?;
    let (slot, decimals, owned) = read_at(ledger, None, |state| {
        let program = *found(state, &address)?.owner();
        let decimals = mint(state, &address)?.decimals;
        let owned = state.accounts.owned_by(&program);
        Ok((state.tip.slot, decimals, owned))
    })?;
    let mut holders: Vec<(Address, u64)> = owned
        .iter()
        .filter_map(|(holder, account)| Some((*holder, token::token_account(account)?)))
        .filter(|(_, held)| held.mint == address)
        .map(|(holder, held)| (holder, held.amount))
        .collect();
    holders.sort_unstable_by_key(|(holder, amount)| (std::cmp::Reverse(*amount), *holder));
    holders.truncate(LARGEST_ACCOUNTS_MAX);
    let shown: Vec<RpcTokenAccountBalance> = holders
        .into_iter()
        .map(|(holder, amount)| RpcTokenAccountBalance {
            address: holder.to_string(),
            amount: token_amount(amount, decimals),
        })
        .collect();
    Ok(with_context(slot, to_value(shown)))
}

pub(super) fn accounts_by_owner(ledger: &Ledger, params: Params) -> RpcResult {
    accounts_where(ledger, params, "owner", |held, owner| held.owner == *owner)
}

pub(super) fn accounts_by_delegate(ledger: &Ledger, params: Params) -> RpcResult {
    accounts_where(ledger, params, "delegate", |held, delegate| {
        held.delegate == Some(*delegate)
    })
}

fn accounts_where(
    ledger: &Ledger,
    mut params: Params,
    role: &str,
    is_match: fn(&TokenAccount, &Address) -> bool,
) -> RpcResult {
    let wanted = params.address(role)?;
    let filter: RpcTokenAccountsFilter = params.required("filter")?;
    let config: RpcAccountInfoConfig = params.config()?;
    params.finish()?;
    let encoding = config.encoding.unwrap_or(UiAccountEncoding::Binary);
    let (slot, program, mint_wanted, mut owned) = read_at(ledger, config.min_context_slot, |state| {
        let (program, mint_wanted) = resolve(state, &filter)?;
        Ok((
            state.tip.slot,
            program,
            mint_wanted,
            state.accounts.owned_by(&program),
        ))
    })?;
    debug_assert!(token::is_token_program(&program));
    owned.retain(|(_, account)| {
        token::token_account(account)
            .is_some_and(|held| is_match(&held, &wanted) && mint_wanted.is_none_or(|mint| held.mint == mint))
    });
    let shown: Value = keyed(ledger, owned, encoding, config.data_slice)?;
    Ok(with_context(slot, shown))
}

/// The token program to search, and the mint to keep.
fn resolve(
    state: &LedgerState,
    filter: &RpcTokenAccountsFilter,
) -> Result<(Address, Option<Address>), RpcError> {
    match filter {
        RpcTokenAccountsFilter::ProgramId(program) => {
            let program = parse_address(program)?;
            if !token::is_token_program(&program) {
                return Err(RpcError::invalid_params(
                    "Invalid param: unrecognized Token program id",
                ));
            }
            Ok((program, None))
        }
        RpcTokenAccountsFilter::Mint(address) => {
            let address = parse_address(address)?;
            let not_found = || RpcError::invalid_params("Invalid param: could not find mint");
            let account = state.accounts.get(&address).ok_or_else(not_found)?;
            if token::mint(account).is_none() {
                return Err(RpcError::invalid_params("Invalid param: not a Token mint"));
            }
            Ok((*account.owner(), Some(address)))
        }
    }
}

fn found<'a>(state: &'a LedgerState, address: &Address) -> Result<&'a AccountSharedData, RpcError> {
    let missing = || RpcError::invalid_params("Invalid param: could not find account");
    state.accounts.get(address).ok_or_else(missing)
}

fn mint(state: &LedgerState, address: &Address) -> Result<token::Mint, RpcError> {
    let wrong = || RpcError::invalid_params("Invalid param: not a Token mint");
    let account = state.accounts.get(address);
    account.and_then(token::mint).ok_or_else(wrong)
}

fn not_a_token_account() -> RpcError {
    RpcError::invalid_params("Invalid param: not a Token account")
}
