//! The demonstration's watchtower: a stranger with a wallet of their own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use client::pubsub::PubSub;
use client::Pubkey;
use player::chain::{airdrop, Chain};
use solana_keypair::Keypair;
use solana_signer::Signer;
use watchtower::{Prover, Watchtower, WatchtowerConfig, WatchtowerHandle};

use crate::config::Endpoints;

/// For fees, and for the rent of an upload, which comes back.
const LAMPORTS: u64 = 1_000_000_000;
/// How long it may take to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// The running watchtower.
pub(super) struct Watch {
    /// The watchtower's wallet.
    address: Pubkey,
    /// The watchtower.
    handle: WatchtowerHandle,
}

impl Watch {
    /// Gives a new wallet some SOL and starts a watchtower with it.
    pub(super) async fn start(chain: &Chain, endpoints: &Endpoints) -> Result<Self> {
        let keypair = Arc::new(Keypair::new());
        let address = keypair.pubkey();
        airdrop(chain, &[address], LAMPORTS).await?;
        let mut config = WatchtowerConfig::new(chain.rpc.clone());
        config.pubsub = Some(PubSub::start(endpoints.pubsub_config()));
        config.prover = Some(Prover {
            keypair,
            sender: chain.sender.clone(),
        });
        Ok(Self {
            address,
            handle: Watchtower::start(config),
        })
    }

    /// Its wallet.
    pub(super) fn address(&self) -> Pubkey {
        self.address
    }

    pub(super) async fn stop(self) {
        if tokio::time::timeout(STOP_PATIENCE, self.handle.stop())
            .await
            .is_err()
        {
            tracing::warn!("the watchtower does not stop");
        }
    }
}
