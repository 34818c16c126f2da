//! What methods work on.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::error::{RpcError, RpcResult};
use super::params::Params;
use crate::chain::ChainHandle;
use crate::config::Limits;
use crate::ledger::Ledger;

/// Heavy reads at a time.
const HEAVY_READS_MAX: usize = 2;

/// A method that only reads the ledger.
pub(super) type Read = fn(&Ledger, Params) -> RpcResult;

/// What methods work on.
pub(crate) struct Node {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) chain: ChainHandle,
    pub(crate) limits: Limits,
    heavy: Semaphore,
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

    pub(super) async fn read_heavy(&self, read: Read, params: Params) -> RpcResult {
        let stopped = |_| RpcError::internal("the local chain is stopping");
        let _permit = self.heavy.acquire().await.map_err(|_| stopped(()))?;
        let ledger = self.ledger.clone();
        tokio::task::spawn_blocking(move || read(&ledger, params))
            .await
            .map_err(|_| stopped(()))?
    }
}
