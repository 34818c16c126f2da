//! Where requests go, and how often they are tried.
//!
//! Owns the endpoints and the retry policy behind [`RpcSender`], the transport seam of Solana's own client, so that
//! everything above speaks to "the RPC" and cannot tell how many endpoints there are.
//! Invariants: only transient failures are repeated; a request whose repetition would have another effect
//! (`requestAirdrop`) is sent once. `sendTransaction` may be repeated: the same signature lands at most once.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::rpc_sender::{RpcSender, RpcTransportStats};
use solana_rpc_client_api::client_error::Result as RpcResult;
use solana_rpc_client_api::request::RpcRequest;

use super::backoff::Backoff;
use super::endpoint::{is_transient, HttpEndpoint};
use super::RpcConfigError;

/// How to reach the chain. Made by [`RpcConfig::new`], then adjusted by field.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RpcConfig {
    /// `http://` or `https://` address of the JSON-RPC endpoint.
    pub url: String,
    /// Commitment of every read that names none. Confirmed: what a crank may act on.
    pub commitment: CommitmentConfig,
    /// Bound of establishing a connection.
    pub connect_timeout: Duration,
    /// Bound of one attempt, from the first byte sent to the last received.
    pub timeout: Duration,
    /// Longest answer that is read.
    pub response_bytes_max: usize,
    /// Attempts and waits after transient failures.
    pub backoff: Backoff,
}

impl RpcConfig {
    /// Defaults: confirmed, 5 s to connect, 20 s an attempt, 64 MiB an answer, [`Backoff::REQUEST`].
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            commitment: CommitmentConfig::confirmed(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(20),
            response_bytes_max: 64 << 20,
            backoff: Backoff::REQUEST,
        }
    }
}

/// The transport of the pool.
#[derive(Debug)]
pub(crate) struct PoolTransport {
    endpoint: HttpEndpoint,
    backoff: Backoff,
}

impl PoolTransport {
    pub(crate) fn new(config: &RpcConfig) -> Result<Self, RpcConfigError> {
        let url = reqwest::Url::parse(&config.url).map_err(|error| RpcConfigError::Url {
            url: config.url.clone(),
            reason: error.to_string(),
        })?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(RpcConfigError::Url {
                url: config.url.clone(),
                reason: "the scheme must be http or https and a host must follow".to_owned(),
            });
        }
        let endpoint = HttpEndpoint::new(config, url).map_err(RpcConfigError::Client)?;
        Ok(Self {
            endpoint,
            backoff: config.backoff,
        })
    }
}

#[async_trait]
impl RpcSender for PoolTransport {
    async fn send(&self, request: RpcRequest, params: Value) -> RpcResult<Value> {
        let repeatable = !matches!(request, RpcRequest::RequestAirdrop);
        let mut attempt = 0;
        loop {
            let failed = match self.endpoint.call(request, params.clone()).await {
                Ok(result) => return Ok(result),
                Err(failed) => failed,
            };
            if !is_transient(failed.error.kind()) || !repeatable || self.backoff.is_last(attempt) {
                return Err(failed.error);
            }
            let wait = self
                .backoff
                .wait(attempt)
                .max(failed.retry_after.unwrap_or_default());
            tracing::debug!(%request, attempt, wait_ms = wait.as_millis() as u64, error = %failed.error, "RPC attempt failed, trying again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        RpcTransportStats::default()
    }

    fn url(&self) -> String {
        self.endpoint.url().to_string()
    }
}
