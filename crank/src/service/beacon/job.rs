//! Reading SlotHashes.

use client::rpc::{RpcPool, SlotHashes};

/// The hashes, or nothing.
pub(crate) struct Report(pub(super) Option<SlotHashes>);

/// Reads them; nothing if that failed, which the next slot repeats.
pub(super) async fn read(rpc: &RpcPool, count: usize) -> Option<SlotHashes> {
    match rpc.slot_hashes(count).await {
        Ok(hashes) => Some(hashes),
        Err(error) => {
            metrics::counter!("aurelius_rpc_errors_total", "request" => "slot_hashes").increment(1);
            tracing::warn!(%error, "the hashes of slots could not be read; trying again");
            None
        }
    }
}
