//! Views read over RPC.
//!
//! `None` means that the account does not exist (not created yet, or closed); an account that exists and is not what
//! was asked for is an error.

use anchor_lang::prelude::Pubkey;
use anchor_lang::Discriminator;
use aurelius::state::{Entry, Match, MatchStatus};
use solana_account::Account;
use solana_rpc_client_api::filter::{Memcmp, RpcFilterType};

use super::checked::ViewError;
use super::config::{ConfigView, OperatorView};
use super::entry::EntryView;
use super::match_view::MatchView;
use super::token::{MintView, TokenAccountView};
use super::trace::{TraceView, UploadView};
use crate::address;
use crate::error::Error;
use crate::rpc::handle::RpcPool;

/// The program's configuration.
pub async fn config(rpc: &RpcPool) -> Result<Option<ConfigView>, Error> {
    one(rpc, address::config(), ConfigView::decode).await
}

/// An operator account.
pub async fn operator(rpc: &RpcPool, address: Pubkey) -> Result<Option<OperatorView>, Error> {
    one(rpc, address, OperatorView::decode).await
}

/// A match.
pub async fn match_account(rpc: &RpcPool, address: Pubkey) -> Result<Option<MatchView>, Error> {
    one(rpc, address, MatchView::decode).await
}

/// The trace of a match.
pub async fn trace(rpc: &RpcPool, match_key: &Pubkey) -> Result<Option<TraceView>, Error> {
    one(rpc, address::trace(match_key), TraceView::decode).await
}

/// A player's entry.
pub async fn entry(rpc: &RpcPool, match_key: &Pubkey, player: &Pubkey) -> Result<Option<EntryView>, Error> {
    one(rpc, address::entry(match_key, player), EntryView::decode).await
}

/// An upload buffer.
pub async fn upload(rpc: &RpcPool, owner: &Pubkey, upload_id: u64) -> Result<Option<UploadView>, Error> {
    one(rpc, address::upload(owner, upload_id), UploadView::decode).await
}

/// A token account.
pub async fn token_account(rpc: &RpcPool, address: Pubkey) -> Result<Option<TokenAccountView>, Error> {
    one(rpc, address, TokenAccountView::decode).await
}

/// A mint.
pub async fn mint(rpc: &RpcPool, address: Pubkey) -> Result<Option<MintView>, Error> {
    one(rpc, address, MintView::decode).await
}

/// The open entries of all players of `view`, in slot order. Closed entries are left out.
pub async fn entries_of(rpc: &RpcPool, view: &MatchView) -> Result<Vec<EntryView>, Error> {
    let addresses: Vec<Pubkey> = view
        .players()
        .map(|player| address::entry(&view.address, &player.wallet))
        .collect();
    let accounts = rpc.accounts(&addresses).await?;
    let entries = addresses
        .into_iter()
        .zip(accounts)
        .filter_map(|(address, account)| Some((address, account?)));
    Ok(entries
        .map(|(address, account)| EntryView::decode(address, &account))
        .collect::<Result<_, _>>()?)
}

/// All matches, of one operator account or of everybody, with one status or any. For a crank that starts and for
/// lists; to follow matches use a program subscription with [`match_filters`].
pub async fn matches(
    rpc: &RpcPool,
    operator: Option<&Pubkey>,
    status: Option<MatchStatus>,
) -> Result<Vec<MatchView>, Error> {
    let accounts = rpc
        .program_accounts(&aurelius::ID, match_filters(operator, status))
        .await?;
    Ok(accounts
        .iter()
        .map(|(address, account)| MatchView::decode(*address, account))
        .collect::<Result<_, _>>()?)
}

/// All open entries of a match, by a scan of the program's accounts: [`entries_of`] is cheaper where the match exists.
pub async fn entries(rpc: &RpcPool, match_key: &Pubkey) -> Result<Vec<EntryView>, Error> {
    let accounts = rpc
        .program_accounts(&aurelius::ID, entry_filters(match_key))
        .await?;
    Ok(accounts
        .iter()
        .map(|(address, account)| EntryView::decode(*address, account))
        .collect::<Result<_, _>>()?)
}

/// All open entries of a player, in whichever matches, by a scan of the program's accounts.
pub async fn entries_of_player(rpc: &RpcPool, player: &Pubkey) -> Result<Vec<EntryView>, Error> {
    // Borsh: the match's address comes after the bytes that `entry_filters` names, the player's after it.
    let player_at = aurelius::state::DISCRIMINATOR_LEN + 7 + 32;
    let filters = vec![
        bytes_at(0, Entry::DISCRIMINATOR),
        bytes_at(player_at, player.as_ref()),
    ];
    let accounts = rpc.program_accounts(&aurelius::ID, filters).await?;
    Ok(accounts
        .iter()
        .map(|(address, account)| EntryView::decode(*address, account))
        .collect::<Result<_, _>>()?)
}

/// Filters that select match accounts.
pub fn match_filters(operator: Option<&Pubkey>, status: Option<MatchStatus>) -> Vec<RpcFilterType> {
    let start = aurelius::state::DISCRIMINATOR_LEN;
    let mut filters = vec![bytes_at(0, Match::DISCRIMINATOR)];
    if let Some(operator) = operator {
        filters.push(bytes_at(
            start + std::mem::offset_of!(Match, operator),
            operator.as_ref(),
        ));
    }
    if let Some(status) = status {
        filters.push(bytes_at(
            start + std::mem::offset_of!(Match, status),
            &[status as u8],
        ));
    }
    filters
}

/// Filters that select the entries of a match.
pub fn entry_filters(match_key: &Pubkey) -> Vec<RpcFilterType> {
    // Borsh: version, bump, slot index, warriors and three flags of a byte each come first.
    let match_key_at = aurelius::state::DISCRIMINATOR_LEN + 7;
    vec![
        bytes_at(0, Entry::DISCRIMINATOR),
        bytes_at(match_key_at, match_key.as_ref()),
    ]
}

fn bytes_at(offset: usize, bytes: &[u8]) -> RpcFilterType {
    RpcFilterType::Memcmp(Memcmp::new_base58_encoded(offset, bytes))
}

async fn one<T>(
    rpc: &RpcPool,
    address: Pubkey,
    decode: impl Fn(Pubkey, &Account) -> Result<T, ViewError>,
) -> Result<Option<T>, Error> {
    let account = rpc.account(&address).await?;
    Ok(account.map(|account| decode(address, &account)).transpose()?)
}
