//! JSON-RPC methods: their parameters, their answers, their errors.
//!
//! Methods come in three kinds. *Quick* reads look something up in the ledger and answer at once.
//! *Heavy* reads scan or encode a lot: they run on blocking threads, a few at a time, so that a
//! quick read never waits for one. *Chain* methods ask the thread that owns the virtual machine.
//! Absent: stake, inflation, snapshots, gossip and block production beyond the one validator.

mod accounts;
mod blocks;
mod cluster;
mod error;
mod filters;
mod hooks;
mod jsonrpc;
mod params;
mod submit;
mod tokens;
mod transactions;

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Semaphore;

use crate::chain::ChainHandle;
use crate::config::Limits;
use crate::ledger::Ledger;

pub(crate) use error::{RpcError, RpcResult};
pub(crate) use filters::Filters;
pub(crate) use jsonrpc::{answer, answer_text, Request};
pub(crate) use params::{level, parse_address, parse_signature, slot_at, Params};

/// Heavy reads at a time.
const HEAVY_READS_MAX: usize = 2;

/// What methods work on.
pub(crate) struct Node {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) chain: ChainHandle,
    pub(crate) limits: Limits,
    heavy: Semaphore,
}

/// A method that only reads the ledger.
type Read = fn(&Ledger, Params) -> RpcResult;

enum Method {
    Quick(Read),
    Heavy(Read),
    Chain(ChainMethod),
    Unknown,
}

#[derive(Clone, Copy)]
enum ChainMethod {
    FeeForMessage,
    RequestAirdrop,
    SendTransaction,
    SetAccount,
    SimulateTransaction,
    WarpSlots,
}

impl Node {
    pub(crate) fn new(ledger: Arc<Ledger>, chain: ChainHandle, limits: Limits) -> Self {
        Self {
            ledger,
            chain,
            limits,
            heavy: Semaphore::new(HEAVY_READS_MAX),
        }
    }

    /// Calls a method.
    pub(crate) async fn call(&self, name: &str, params: Option<Value>) -> RpcResult {
        let params = Params::new(params)?;
        match method(name) {
            Method::Quick(read) => read(&self.ledger, params),
            Method::Heavy(read) => self.read_heavy(read, params).await,
            Method::Chain(method) => match method {
                ChainMethod::FeeForMessage => submit::fee_for_message(self, params).await,
                ChainMethod::RequestAirdrop => submit::request_airdrop(self, params).await,
                ChainMethod::SendTransaction => submit::send_transaction(self, params).await,
                ChainMethod::SimulateTransaction => submit::simulate_transaction(self, params).await,
                ChainMethod::SetAccount => hooks::set_account(self, params).await,
                ChainMethod::WarpSlots => hooks::warp_slots(self, params).await,
            },
            Method::Unknown => Err(RpcError::method_not_found(name)),
        }
    }

    async fn read_heavy(&self, read: Read, params: Params) -> RpcResult {
        let stopped = |_| RpcError::internal("the local chain is stopping");
        let _permit = self.heavy.acquire().await.map_err(|_| stopped(()))?;
        let ledger = self.ledger.clone();
        tokio::task::spawn_blocking(move || read(&ledger, params))
            .await
            .map_err(|_| stopped(()))?
    }
}

fn method(name: &str) -> Method {
    use Method::{Chain, Heavy, Quick, Unknown};
    match name {
        "getAccountInfo" => Quick(accounts::account_info),
        "getBalance" => Quick(accounts::balance),
        "getMinimumBalanceForRentExemption" => Quick(accounts::minimum_balance),
        "getMultipleAccounts" => Heavy(accounts::multiple_accounts),
        "getProgramAccounts" => Heavy(accounts::program_accounts),
        "getSupply" => Quick(accounts::supply),

        "getTokenAccountBalance" => Quick(tokens::account_balance),
        "getTokenAccountsByDelegate" => Heavy(tokens::accounts_by_delegate),
        "getTokenAccountsByOwner" => Heavy(tokens::accounts_by_owner),
        "getTokenLargestAccounts" => Heavy(tokens::largest_accounts),
        "getTokenSupply" => Quick(tokens::supply),

        "getBlock" => Heavy(blocks::block),
        "getBlockHeight" => Quick(blocks::block_height),
        "getBlockTime" => Quick(blocks::block_time),
        "getBlocks" => Heavy(blocks::blocks),
        "getBlocksWithLimit" => Heavy(blocks::blocks_with_limit),
        "getFirstAvailableBlock" => Quick(blocks::first_available_block),
        "getLatestBlockhash" => Quick(blocks::latest_blockhash),
        "isBlockhashValid" => Quick(blocks::is_blockhash_valid),
        "minimumLedgerSlot" => Quick(blocks::minimum_ledger_slot),

        "getSignatureStatuses" => Quick(transactions::signature_statuses),
        "getSignaturesForAddress" => Heavy(transactions::signatures_for_address),
        "getTransaction" => Quick(transactions::transaction),
        "getTransactionCount" => Quick(transactions::transaction_count),

        "getClusterNodes" => Quick(cluster::cluster_nodes),
        "getEpochInfo" => Quick(cluster::epoch_info),
        "getEpochSchedule" => Quick(cluster::epoch_schedule),
        "getGenesisHash" => Quick(cluster::genesis_hash),
        "getHealth" => Quick(cluster::health),
        "getHighestSnapshotSlot" => Quick(cluster::highest_snapshot_slot),
        "getIdentity" => Quick(cluster::identity),
        "getRecentPrioritizationFees" => Quick(cluster::recent_prioritization_fees),
        "getSlot" => Quick(cluster::slot),
        "getSlotLeader" => Quick(cluster::slot_leader),
        "getSlotLeaders" => Quick(cluster::slot_leaders),
        "getVersion" => Quick(cluster::version),
        "getVoteAccounts" => Quick(cluster::vote_accounts),

        "getFeeForMessage" => Chain(ChainMethod::FeeForMessage),
        "requestAirdrop" => Chain(ChainMethod::RequestAirdrop),
        "sendTransaction" => Chain(ChainMethod::SendTransaction),
        "simulateTransaction" => Chain(ChainMethod::SimulateTransaction),

        "localnet_setAccount" => Chain(ChainMethod::SetAccount),
        "localnet_warpSlots" => Chain(ChainMethod::WarpSlots),
        _ => Unknown,
    }
}
