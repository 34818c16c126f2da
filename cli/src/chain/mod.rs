//! The chain as the commands use it: one handle, token balances, money for newcomers, the escrow's set-up.
//!
//! Absent: anything about transactions or accounts that `client` does already.

mod funds;
mod keys;
pub mod mock_oracle;
mod setup;
mod tokens;

use std::time::Duration;

use anyhow::{anyhow, Context, Result};
use client::rpc::RpcPool;
use client::sender::{Sender, SenderConfig};
use tokio::time::sleep;

pub use funds::{airdrop, fund_with_tokens, give_sol, TokenSource};
pub use keys::{KeyFiles, Keys};
pub use setup::{demo_windows, set_up, SetUp, DEMO_BOND};
pub use tokens::{balance, balances, mint_info, MintInfo, TOKEN_PROGRAM};

use crate::config::Cluster;
use crate::failure::Advise;

/// A handle to the cluster. Cheap to clone.
#[derive(Clone)]
pub struct Chain {
    pub rpc: RpcPool,
    pub sender: Sender,
}

impl Chain {
    /// A handle to this cluster. Nothing is sent.
    pub fn new(cluster: &Cluster, sender: SenderConfig) -> Result<Chain> {
        let rpc = RpcPool::new(cluster.rpc_config())?;
        Ok(Chain {
            sender: Sender::new(rpc.clone(), sender),
            rpc,
        })
    }

    /// Errors with what to do when nothing answers there.
    pub async fn check_reachable(&self) -> Result<()> {
        let slot = self.rpc.slot().await;
        slot.map(|_| ())
            .with_context(|| format!("cannot reach the cluster at {}", self.rpc.shown_url()))
            .advise("check AURELIUS_RPC_URL (or --rpc-url), or start a local chain with `aurelius localnet`")
    }
}

/// Polls until `condition` gives a value, at most `patience`. Errors of the condition are fatal.
pub async fn wait_for<T, F>(
    what: &str,
    patience: Duration,
    interval: Duration,
    mut condition: impl FnMut() -> F,
) -> Result<T>
where
    F: std::future::Future<Output = Result<Option<T>>>,
{
    let polling = async {
        loop {
            if let Some(value) = condition().await? {
                return Ok(value);
            }
            sleep(interval).await;
        }
    };
    tokio::time::timeout(patience, polling)
        .await
        .map_err(|_| anyhow!("waited {} s for {what}", patience.as_secs()))?
}
