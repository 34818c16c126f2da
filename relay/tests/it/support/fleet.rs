//! Several relays that share a Redis Cluster, a store and the matches of one crank.

use std::sync::atomic::{AtomicU32, Ordering};

use bus::{Bus, Export, Import};
use cluster::{Cluster, ClusterConfig, SharedLease};
use protocol::MatchKey;
use relay::{Limits, Relay, RelayConfig, RelayHandle};
use store::Store;

use super::{eventually, generous, Client};

/// Where relays find the matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matches {
    /// On the crank's own bus, which stands for mirrors that never lag.
    Shared,
    /// On a bus of each relay, a mirror through Redis.
    Mirrored,
}

/// See the module.
pub(crate) struct FleetStage {
    /// The crank's.
    pub(crate) bus: Bus,
    /// Of each relay.
    pub(crate) mirrors: Vec<Bus>,
    /// Keep the mirrors going.
    _imports: Vec<Import>,
    clusters: Vec<Cluster>,
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
        Self::with_matches(Matches::Shared, nodes, count, change).await
    }

    /// So many relays over this cluster, with matches from there.
    pub(crate) async fn with_matches(
        matches: Matches,
        nodes: Vec<String>,
        count: usize,
        change: impl Fn(&mut RelayConfig),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("relay.db")).await.unwrap();
        let bus = Bus::default();
        let prefix = unique_prefix();
        let (mut relays, mut addresses) = (vec![], vec![]);
        let (mut mirrors, mut imports, mut clusters) = (vec![], vec![], vec![]);
        for number in 0..count {
            let mut cluster = ClusterConfig::new(nodes.clone());
            cluster.prefix.clone_from(&prefix);
            let cluster = Cluster::connect(cluster).await.unwrap();
            let mirror = match matches {
                Matches::Shared => bus.clone(),
                Matches::Mirrored => {
                    let mirror = Bus::default();
                    imports.push(Import::start(&cluster, &mirror));
                    mirror
                }
            };
            let mut config = RelayConfig {
                limits: generous(),
                fleet: Some(relay::Fleet {
                    cluster: cluster.clone(),
                    name: format!("relay-{number}"),
                }),
                ..RelayConfig::default()
            };
            config.listen.set_port(0);
            change(&mut config);
            let relay = Relay::start(config, mirror.clone(), store.clone()).await.unwrap();
            mirrors.push(mirror);
            clusters.push(cluster);
            addresses.push(relay.addr);
            relays.push(Some(relay));
        }
        Self {
            bus,
            mirrors,
            _imports: imports,
            clusters,
            relays,
            addresses,
            _folder: folder,
        }
    }

    /// Shows a match of the crank's bus to the relays, and waits until they have it.
    pub(crate) async fn export(&self, match_key: &MatchKey) -> Export {
        let cluster = &self.clusters[0];
        let lease = cluster.acquire(match_key, "crank", 0).await.unwrap().unwrap();
        let lease = SharedLease::new(lease, "crank");
        let export = Export::start(cluster, &self.bus, lease);
        eventually("every relay has the match", || {
            self.mirrors
                .iter()
                .all(|mirror| mirror.detail(match_key).is_some())
        })
        .await;
        export
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
