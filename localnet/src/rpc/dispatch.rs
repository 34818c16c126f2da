//! From a method's name to what does it.

use serde_json::Value;

use super::error::{RpcError, RpcResult};
use super::node::{Node, Read};
use super::params::Params;
use super::{accounts, blocks, hooks, network, submit, tokens, transactions};

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
    SkipSlots,
    Halt,
    Resume,
    RollBack,
    SetSlotTime,
}

/// Calls a method.
pub(crate) async fn call(node: &Node, name: &str, params: Option<Value>) -> RpcResult {
    let params = Params::new(params)?;
    match method(name) {
        Method::Quick(read) => read(&node.ledger, params),
        Method::Heavy(read) => node.read_heavy(read, params).await,
        Method::Chain(method) => match method {
            ChainMethod::FeeForMessage => submit::fee_for_message(node, params).await,
            ChainMethod::RequestAirdrop => submit::request_airdrop(node, params).await,
            ChainMethod::SendTransaction => submit::send_transaction(node, params).await,
            ChainMethod::SimulateTransaction => submit::simulate_transaction(node, params).await,
            ChainMethod::SetAccount => hooks::set_account(node, params).await,
            ChainMethod::WarpSlots => hooks::warp_slots(node, params).await,
            ChainMethod::SkipSlots => hooks::skip_slots(node, params).await,
            ChainMethod::Halt => hooks::halt(node, params).await,
            ChainMethod::Resume => hooks::resume(node, params).await,
            ChainMethod::RollBack => hooks::roll_back(node, params).await,
            ChainMethod::SetSlotTime => hooks::set_slot_time(node, params).await,
        },
        Method::Unknown => Err(RpcError::method_not_found(name)),
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

        "getClusterNodes" => Quick(network::cluster_nodes),
        "getEpochInfo" => Quick(network::epoch_info),
        "getEpochSchedule" => Quick(network::epoch_schedule),
        "getGenesisHash" => Quick(network::genesis_hash),
        "getHealth" => Quick(network::health),
        "getHighestSnapshotSlot" => Quick(network::highest_snapshot_slot),
        "getIdentity" => Quick(network::identity),
        "getRecentPerformanceSamples" => Heavy(network::recent_performance_samples),
        "getRecentPrioritizationFees" => Quick(network::recent_prioritization_fees),
        "getSlot" => Quick(network::slot),
        "getSlotLeader" => Quick(network::slot_leader),
        "getSlotLeaders" => Quick(network::slot_leaders),
        "getVersion" => Quick(network::version),
        "getVoteAccounts" => Quick(network::vote_accounts),

        "getFeeForMessage" => Chain(ChainMethod::FeeForMessage),
        "requestAirdrop" => Chain(ChainMethod::RequestAirdrop),
        "sendTransaction" => Chain(ChainMethod::SendTransaction),
        "simulateTransaction" => Chain(ChainMethod::SimulateTransaction),

        "localnet_setAccount" => Chain(ChainMethod::SetAccount),
        "localnet_warpSlots" => Chain(ChainMethod::WarpSlots),
        "localnet_skipSlots" => Chain(ChainMethod::SkipSlots),
        "localnet_halt" => Chain(ChainMethod::Halt),
        "localnet_resume" => Chain(ChainMethod::Resume),
        "localnet_rollBack" => Chain(ChainMethod::RollBack),
        "localnet_setSlotTime" => Chain(ChainMethod::SetSlotTime),
        _ => Unknown,
    }
}
