//! Matches of this operator that are on chain and not in the store: an empty database, or a copy of one that
//! is older than they are.
//!
//! The chain has everything that a record holds; input logs are on disk or in the ledger, and keys are
//! derived. So nothing is lost with the database but the past. Found by their numbers: every operator account
//! counts its matches. Absent: matches from before the newest one that the store knows.

use anchor_lang::prelude::Pubkey;
use client::rpc::RpcPool;
use client::view::{fetch, MatchView};
use protocol::MatchKey;
use solana_account::Account;
use store::{MatchRecord, StoreError};

use super::flow::phase_of;
use super::preflight::StartError;
use super::tools::Tools;

/// Numbers that are looked at, newest first: months of matches, in a hundred requests.
const NUMBERS_MAX: u64 = 10_000;

/// Writes records of matches that the chain has and the store does not. Answers how many.
///
/// # Errors
/// Chain or store did not answer.
pub(crate) async fn reclaim(tools: &Tools) -> Result<usize, StartError> {
    let rpc = &tools.carrier.reader.rpc;
    let mut reclaimed = 0;
    for named in &tools.config.mints {
        let operator = client::address::operator(&tools.carrier.reader.operator, &named.mint);
        let Some(account) = fetch::operator(rpc, operator).await? else {
            continue;
        };
        let matches = &tools.carrier.store.matches;
        let last = matches.last_match_id(&operator.to_bytes()).await?;
        let after_last = last.map_or(0, |last| last.saturating_add(1));
        let first = after_last.max(account.next_match_id.saturating_sub(NUMBERS_MAX));
        for view in on_chain(rpc, operator, first..account.next_match_id).await? {
            if !is_ours(tools, &view) {
                tracing::error!(
                    match_key = %view.address,
                    "the database does not know this match, and it was opened with another drip key: it is left alone"
                );
                continue;
            }
            match matches.insert(&record(tools, &view)).await {
                Ok(()) => reclaimed += 1,
                // Another crank was faster.
                Err(StoreError::Taken { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    if reclaimed > 0 {
        tracing::warn!(
            matches = reclaimed,
            "the database did not know matches that are on chain; they are taken up from there"
        );
    }
    Ok(reclaimed)
}

/// The matches with these numbers whose accounts exist. What cannot be read is left out, and said.
async fn on_chain(
    rpc: &RpcPool,
    operator: Pubkey,
    numbers: std::ops::Range<u64>,
) -> Result<Vec<MatchView>, client::Error> {
    let addresses: Vec<Pubkey> = numbers
        .map(|number| client::address::match_account(&operator, number))
        .collect();
    let accounts = rpc.accounts(&addresses).await?;
    let there = addresses
        .into_iter()
        .zip(accounts)
        .filter_map(|(address, account)| readable(address, &account?));
    Ok(there.collect())
}

fn readable(address: Pubkey, account: &Account) -> Option<MatchView> {
    MatchView::decode(address, account)
        .map_err(|error| tracing::error!(match_key = %address, %error, "a match account cannot be read"))
        .ok()
}

/// Whether its drip chain is one of this crank's.
fn is_ours(tools: &Tools, view: &MatchView) -> bool {
    let key = MatchKey(view.address.to_bytes());
    tools.carrier.reader.drip_key.chain(&key, &view.rules).root() == view.header.drip_root
}

fn record(tools: &Tools, view: &MatchView) -> MatchRecord {
    let header = &view.header;
    MatchRecord {
        match_key: view.address.to_bytes(),
        operator: header.operator.to_bytes(),
        match_id: header.match_id,
        mode: view.mode,
        mint: header.mint.to_bytes(),
        rules: view.rules.as_bytes().to_vec(),
        stake_per_warrior: header.stake_per_warrior,
        players_max: header.players_max,
        warriors_max: header.warriors_max,
        scheduled_slot: header.scheduled_slot,
        phase: phase_of(view.status),
        // When that was the chain says in slots only; it counts for how long a lobby stays open.
        created_at_ms: tools.carrier.clock.unix_ms(),
        start_unix_us: None,
    }
}
