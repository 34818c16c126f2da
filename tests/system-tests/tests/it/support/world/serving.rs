//! A crank for a test, in this process or in one that can be killed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use client::entropy::Reach;
use client::pubsub::{PubSub, PubSubConfig};
use crank::{
    ClusterParts, Crank, CrankConfig, CrankHandle, CrankParts, DripKey, LobbyConfig, MatchTemplate,
    MintConfig, SystemClock,
};
use store::Store;

use super::{mint_address, operator_key, sender, STAKE};

/// Of every crank here, so that one goes on with the matches of another.
pub const DRIP_KEY: DripKey = DripKey::from_bytes([5; 32]);

/// Where the chain is.
#[derive(Clone, Debug)]
pub struct Endpoints {
    pub rpc: String,
    pub ws: String,
    pub gateway: String,
}

impl super::World {
    pub fn endpoints(&self) -> Endpoints {
        Endpoints {
            rpc: self.chain.rpc_url.clone(),
            ws: self.chain.ws_url.clone(),
            gateway: self.chain.gateway_url.clone(),
        }
    }
}

/// One match of these rules, for so many players and warriors.
pub fn config(
    data_dir: &Path,
    gateway: &str,
    rules: arena::Rules,
    players_max: u8,
    warriors_max: u8,
) -> CrankConfig {
    let mint = mint_address();
    let template = MatchTemplate {
        rules,
        mint,
        stake_per_warrior: STAKE,
        players_max,
        warriors_max,
    };
    CrankConfig {
        mints: vec![MintConfig {
            mint,
            symbol: "TEST".into(),
        }],
        lobbies: vec![LobbyConfig {
            template,
            open_count: 1,
        }],
        matches_total: Some(1),
        countdown: Duration::from_millis(500),
        // Long enough for the next of several players to enter.
        lock_grace: Duration::from_secs(3),
        poll_interval: Duration::from_millis(500),
        gateway: Some(gateway.to_owned()),
        gateway_reach: Reach::Loopback,
        close_delay: None,
        ..CrankConfig::new(data_dir)
    }
}

pub async fn open_store(data_dir: &Path) -> Store {
    std::fs::create_dir_all(data_dir).unwrap();
    Store::open_sqlite(&data_dir.join("aurelius.db")).await.unwrap()
}

/// Starts it, with subscriptions.
pub async fn start(at: &Endpoints, config: CrankConfig) -> (CrankHandle, Bus, Store) {
    launch(at, config, Some(PubSub::start(PubSubConfig::new(at.ws.clone())))).await
}

/// Starts it without subscriptions: it has to poll.
pub async fn start_polling(at: &Endpoints, config: CrankConfig) -> (CrankHandle, Bus, Store) {
    launch(at, config, None).await
}

async fn launch(at: &Endpoints, config: CrankConfig, pubsub: Option<PubSub>) -> (CrankHandle, Bus, Store) {
    let store = open_store(&config.data_dir).await;
    let (handle, bus) = launch_in(at, config, pubsub, store.clone(), None).await;
    (handle, bus, store)
}

/// Starts it as one of several, or alone, with this store.
pub async fn start_in(
    at: &Endpoints,
    config: CrankConfig,
    store: Store,
    cluster: Option<ClusterParts>,
) -> (CrankHandle, Bus) {
    let pubsub = PubSub::start(PubSubConfig::new(at.ws.clone()));
    launch_in(at, config, Some(pubsub), store, cluster).await
}

async fn launch_in(
    at: &Endpoints,
    config: CrankConfig,
    pubsub: Option<PubSub>,
    store: Store,
    cluster: Option<ClusterParts>,
) -> (CrankHandle, Bus) {
    let bus = Bus::default();
    let parts = CrankParts {
        cluster,
        bus: bus.clone(),
        store,
        sender: sender(&at.rpc),
        pubsub,
        geyser: None,
        operator: Arc::new(operator_key()),
        clock: Arc::new(SystemClock),
        drip_key: DRIP_KEY,
    };
    let handle = Crank::start(config, parts).await.unwrap();
    (handle, bus)
}
