//! What is asked of the server.

use std::time::Duration;

use solana_commitment_config::CommitmentLevel;
use solana_rpc_client_api::filter::RpcFilterType;
use tokio::time::timeout;
use yellowstone_grpc_client::{ClientTlsConfig, GeyserGrpcBuilderError, GeyserGrpcClient};
use yellowstone_grpc_proto::geyser::subscribe_request_filter_accounts_filter::Filter;
use yellowstone_grpc_proto::geyser::subscribe_request_filter_accounts_filter_memcmp::Data;
use yellowstone_grpc_proto::geyser::{
    CommitmentLevel as WireCommitment, SubscribeRequest, SubscribeRequestFilterAccounts,
    SubscribeRequestFilterAccountsFilter, SubscribeRequestFilterAccountsFilterMemcmp,
    SubscribeRequestFilterSlots, SubscribeRequestPing,
};

use super::config::{AccountsFilter, GeyserConfig};

/// HTTP/2 pings, below gRPC: they find a dead peer even while the server has nothing to say.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Connects. The error does not hold the token; its text must be scrubbed of the address's keys.
pub(super) async fn connect(config: &GeyserConfig) -> Result<GeyserGrpcClient, GeyserGrpcBuilderError> {
    let url = config.url.expose();
    let builder = GeyserGrpcClient::build_from_shared(url.as_str().to_owned())?
        .x_token(config.token.clone())?
        .connect_timeout(config.connect_timeout)
        .http2_adaptive_window(true)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
        .max_decoding_message_size(config.message_bytes_max);
    let builder = match url.scheme() {
        "https" => builder.tls_config(ClientTlsConfig::new().with_enabled_roots())?,
        _ => builder,
    };
    builder.connect().await
}

/// The slot to replay from, if the server keeps everything since `slot`.
pub(super) async fn replay_from(client: &mut GeyserGrpcClient, slot: u64, patience: Duration) -> Option<u64> {
    let info = timeout(patience, client.subscribe_replay_info()).await;
    let first = info.ok()?.ok()?.first_available?;
    (first <= slot).then_some(slot)
}

/// The accounts that pass any of `accounts`, and every slot that reaches the commitment.
pub(super) fn subscription(
    config: &GeyserConfig,
    accounts: &[AccountsFilter],
    from_slot: Option<u64>,
) -> SubscribeRequest {
    let commitment = match config.commitment {
        CommitmentLevel::Finalized => WireCommitment::Finalized,
        CommitmentLevel::Processed => WireCommitment::Processed,
        CommitmentLevel::Confirmed => WireCommitment::Confirmed,
    };
    let accounts = accounts.iter().enumerate().map(|(index, wanted)| {
        let filter = SubscribeRequestFilterAccounts {
            owner: vec![wanted.owner.to_string()],
            filters: wanted.filters.iter().map(condition).collect(),
            ..SubscribeRequestFilterAccounts::default()
        };
        (format!("accounts-{index}"), filter)
    });
    let slots = SubscribeRequestFilterSlots {
        filter_by_commitment: Some(true),
        interslot_updates: Some(false),
    };
    SubscribeRequest {
        accounts: accounts.collect(),
        slots: [("slots".to_owned(), slots)].into_iter().collect(),
        commitment: Some(commitment as i32),
        from_slot,
        ..SubscribeRequest::default()
    }
}

fn condition(filter: &RpcFilterType) -> SubscribeRequestFilterAccountsFilter {
    let filter = match filter {
        RpcFilterType::DataSize(size) => Filter::Datasize(*size),
        RpcFilterType::TokenAccountState => Filter::TokenAccountState(true),
        RpcFilterType::Memcmp(memcmp) => {
            let bytes = memcmp.bytes().map(|bytes| bytes.into_owned()).unwrap_or_default();
            Filter::Memcmp(SubscribeRequestFilterAccountsFilterMemcmp {
                offset: memcmp.offset() as u64,
                data: Some(Data::Bytes(bytes)),
            })
        }
    };
    SubscribeRequestFilterAccountsFilter { filter: Some(filter) }
}

/// A sign of life. Sent on the stream it changes nothing about the subscription.
pub(super) fn ping(id: i32) -> SubscribeRequest {
    SubscribeRequest {
        ping: Some(SubscribeRequestPing { id }),
        ..SubscribeRequest::default()
    }
}
