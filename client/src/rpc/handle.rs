//! The handle over the endpoints.

use std::sync::Arc;

use serde_json::Value;
use solana_commitment_config::CommitmentConfig;

use super::answers::Decoded;
use super::config::{RpcConfig, RpcConfigError};
use super::endpoints::EndpointStatus;
use super::method::Method;
use super::pool::Pool;
use crate::error::Error;

/// A cheap-to-clone handle over the RPC endpoints.
#[derive(Clone)]
pub struct RpcPool {
    pub(super) pool: Arc<Pool>,
    pub(super) commitment: CommitmentConfig,
}

impl std::fmt::Debug for RpcPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RpcPool")
            .field("commitment", &self.commitment)
            .finish_non_exhaustive()
    }
}

impl RpcPool {
    /// Builds the pool. Nothing is sent yet.
    ///
    /// # Errors
    /// [`RpcConfigError`] when an address is none or there are too many.
    pub fn new(config: RpcConfig) -> Result<Self, RpcConfigError> {
        Ok(Self {
            pool: Arc::new(Pool::new(&config)?),
            commitment: config.commitment,
        })
    }

    /// How the endpoints do, in the order they were given.
    pub fn endpoints(&self) -> Vec<EndpointStatus> {
        self.pool.endpoints.statuses()
    }

    /// The first endpoint's address as it may be shown: without keys.
    pub fn shown_url(&self) -> String {
        self.pool.endpoints.shown()
    }

    /// The commitment of reads.
    pub fn commitment(&self) -> CommitmentConfig {
        self.commitment
    }

    /// One answer, from whoever gives one that `decode` can read.
    pub(super) async fn ask<T>(
        &self,
        method: Method,
        params: Value,
        decode: impl Fn(&Value) -> Decoded<T>,
    ) -> Result<T, Error> {
        Ok(self.pool.ask(method, params, decode).await?)
    }
}
