//! Whether the chain answers at all.

use anyhow::{Context, Result};
use player::chain::Chain;

use crate::failure::Advise;

/// Errors with what to do when nothing answers there.
pub async fn check_reachable(chain: &Chain) -> Result<()> {
    let slot = chain.rpc.slot().await;
    slot.map(|_| ())
        .with_context(|| format!("cannot reach the chain at {}", chain.rpc.shown_url()))
        .advise("check AURELIUS_RPC_URL (or --rpc-url), or start a local chain with `aurelius localnet`")
}
