//! Several relays that share a Redis Cluster, a store and the matches of one bus.

use std::sync::atomic::{AtomicU32, Ordering};

use bus::{Bus, Cluster, ClusterConfig};
use relay::{Limits, Relay, RelayConfig, RelayHandle};
use store::Store;

use super::{generous, Client};

/// See the module. The bus stands for the mirrors of several.
pub(crate) struct FleetStage {
    pub(crate) bus: Bus,
    pub(crate) store: Store,
    pub(crate) relays: Vec<Option<RelayHandle>>,
    pub(crate) addresses: Vec<std::net::SocketAddr>,
    _folder: tempfile::TempDir,
}

impl FleetStage {
    /// So many relays over the cluster that all tests of this process share.
    pub(crate) async fn new(count: usize) -> Self {
        Self::with(test_redis::shared(), count, |_| {}).await
    }

    /// So many relays over this cluster.
    pub(crate) async fn with(nodes: Vec<String>, count: usize, change: impl Fn(&mut RelayConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("relay.db")).await.unwrap();
        let bus = Bus::default();
        let prefix = unique_prefix();
        let (mut relays, mut addresses) = (vec![], vec![]);
        for number in 0..count {
            let mut cluster = ClusterConfig::new(nodes.clone());
            cluster.prefix.clone_from(&prefix);
            let mut config = RelayConfig {
                limits: generous(),
                fleet: Some(relay::Fleet {
                    cluster: Cluster::connect(cluster).await.unwrap(),
                    name: format!("relay-{number}"),
                }),
                ..RelayConfig::default()
            };
            config.listen.set_port(0);
            change(&mut config);
            let relay = Relay::start(config, bus.clone(), store.clone()).await.unwrap();
            addresses.push(relay.addr);
            relays.push(Some(relay));
        }
        Self {
            bus,
            store,
            relays,
            addresses,
            _folder: folder,
        }
    }

    pub(crate) async fn connect(&self, relay: usize) -> Client {
        Client::new(&format!("ws://{}/ws", self.addresses[relay])).await
    }

    pub(crate) async fn health(&self, relay: usize) -> (u16, serde_json::Value) {
        let url = format!("http://{}/health", self.addresses[relay]);
        let response = reqwest::get(url).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

/// Tests of one process, and processes, share the cluster.
fn unique_prefix() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("relay-{}-{number}", std::process::id())
}

/// Limits under which sockets are told to leave within a moment.
pub(crate) fn prompt() -> Limits {
    Limits {
        drain_spread: std::time::Duration::from_millis(100),
        ..generous()
    }
}
