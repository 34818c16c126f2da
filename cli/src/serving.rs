//! The players' service as the commands start it: what `relay` is configured with.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bus::Bus;
use player::chain::Chain;
use protocol::api::ChainInfo;
use protocol::PublicKey;
use relay::{Check, Fleet, Relay, RelayConfig, RelayHandle, StartError, Token};
use store::Store;
use telemetry::metrics::metrics;

use crate::failure::Advise;

/// How long `/health` waits for the chain.
const HEALTH_PATIENCE: Duration = Duration::from_secs(2);

/// Name of the database in a crank's data directory.
pub const DATABASE: &str = "aurelius.db";

/// The database of a crank with this data directory.
pub fn database_in(data_dir: &Path) -> PathBuf {
    data_dir.join(DATABASE)
}

/// Where a crank with this data directory puts replay files.
pub fn replays_in(data_dir: &Path) -> PathBuf {
    data_dir.join("replays")
}

/// What differs from command to command.
pub struct Serving {
    /// Address to listen on.
    pub host: IpAddr,
    /// Ports to try in order; 0 is a free one.
    pub ports: Vec<u16>,
    /// Origins of other sites' pages that may read the HTTP interface.
    pub cors_origins: Vec<String>,
    /// The page's files; without them a page that says so is served.
    pub page: Option<PathBuf>,
    /// Where replay files lie.
    pub replay_dir: Option<PathBuf>,
    /// The chain, when matches are live: checked by `/health`, named in sign-ins.
    pub chain: Option<Chain>,
    /// Whose matches these are, for those that only history knows.
    pub operator: Option<PublicKey>,
    /// Tokens, for matches that only history knows.
    pub tokens: Vec<Token>,
    /// Which endpoint of the chain browsers may use; none leaves the page without one.
    pub public_rpc: Option<PublicRpc>,
}

/// An endpoint of the chain that everybody may know.
pub struct PublicRpc {
    /// Address of its JSON-RPC.
    pub rpc: String,
    /// Address of its WebSocket, where it has one.
    pub pubsub: Option<String>,
}

/// What lies around a relay: others like it, a proxy in front of them. By default nothing.
#[derive(Default)]
pub struct Surroundings {
    /// The relays of which this one is one.
    pub fleet: Option<Fleet>,
    /// Host and port that sign-ins name; none takes `localhost` and the port.
    pub domain: Option<String>,
    /// Whether a proxy says who the client is.
    pub behind_proxy: bool,
    /// How long `/health` fails before sockets are closed at the end.
    pub drain_delay: Duration,
    /// More that `/health` looks at.
    pub checks: Vec<(String, Check)>,
}

/// Starts the service on the first port that is free, with nothing around it.
pub async fn serve(serving: Serving, bus: Bus, store: Store) -> Result<RelayHandle> {
    serve_among(Surroundings::default(), serving, bus, store).await
}

/// Starts the service on the first port that is free.
pub async fn serve_among(
    around: Surroundings,
    serving: Serving,
    bus: Bus,
    store: Store,
) -> Result<RelayHandle> {
    let mut config = RelayConfig {
        fleet: around.fleet,
        domains: around
            .domain
            .iter()
            .flat_map(|names| names.split(',').map(|name| name.trim().to_owned()))
            .collect(),
        trust_forwarded: around.behind_proxy,
        drain_delay: around.drain_delay,
        checks: around.checks,
        web_dir: serving.page,
        replay_dir: serving.replay_dir,
        cors_origins: serving
            .cors_origins
            .into_iter()
            .filter(|origin| origin != "*")
            .collect(),
        operator: serving.operator,
        tokens: serving.tokens,
        metrics: Some(metrics()?),
        ..RelayConfig::default()
    };
    if let Some(chain) = serving.chain {
        let genesis = chain
            .rpc
            .genesis_hash()
            .await
            .context("the chain does not tell its genesis hash")?;
        config.chain = cluster_name(genesis).to_owned();
        config.chain_info = serving
            .public_rpc
            .map(|public| chain_info(&config.chain, genesis, public));
        config.checks.push(("chain".to_owned(), chain_check(chain)));
    }
    let mut refused = None;
    for port in serving.ports {
        config.listen = SocketAddr::new(serving.host, port);
        match Relay::start(config.clone(), bus.clone(), store.clone()).await {
            Ok(handle) => return Ok(handle),
            Err(error @ StartError::Listen { .. }) => refused = Some(error),
            Err(error) => return Err(error).context("cannot serve players"),
        }
    }
    Err(refused.map_or_else(|| anyhow::anyhow!("no port to listen on"), anyhow::Error::from))
        .advise("choose another with PORT (or --port), 0 for a free one")
}

/// The name a sign-in text gives the chain, from its genesis block.
fn cluster_name(genesis: [u8; 32]) -> &'static str {
    match client::Pubkey::new_from_array(genesis).to_string().as_str() {
        "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d" => "mainnet",
        "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG" => "devnet",
        "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY" => "testnet",
        _ => "localnet",
    }
}

/// What the page learns about the chain: `GET /api/chain`.
fn chain_info(name: &str, genesis: [u8; 32], public: PublicRpc) -> ChainInfo {
    let explorer = "https://explorer.solana.com/tx/{signature}";
    ChainInfo {
        chain: name.to_owned(),
        rpc: public.rpc,
        pubsub: public.pubsub,
        program: PublicKey(client::aurelius::ID.to_bytes()),
        genesis_hash: PublicKey(genesis),
        explorer: match name {
            "localnet" => None,
            "mainnet" => Some(explorer.to_owned()),
            other => Some(format!("{explorer}?cluster={other}")),
        },
    }
}

fn chain_check(chain: Chain) -> relay::Check {
    Arc::new(move || {
        let rpc = chain.rpc.clone();
        Box::pin(async move {
            match tokio::time::timeout(HEALTH_PATIENCE, rpc.slot()).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(format!("no answer within {} s", HEALTH_PATIENCE.as_secs())),
            }
        })
    })
}
