//! The handle itself, and waiting for what the chain will show.

use std::time::Duration;

use anyhow::{anyhow, Result};
use client::rpc::RpcPool;
use client::sender::{Sender, SenderConfig};
use tokio::time::sleep;

/// A handle to the cluster. Cheap to clone.
#[derive(Clone)]
pub struct Chain {
    /// What is read.
    pub rpc: RpcPool,
    /// What is sent.
    pub sender: Sender,
}

impl Chain {
    /// A handle to these endpoints. Nothing is sent.
    pub fn new(rpc: RpcPool, sender: SenderConfig) -> Chain {
        Chain {
            sender: Sender::new(rpc.clone(), sender),
            rpc,
        }
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
