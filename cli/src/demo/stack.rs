//! Everything the demonstration runs, in one process: chain, escrow, crank, bus, database, relay.
//!
//! Invariant: parts stop in the reverse order of their start, each with a bound on how long it may take.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use bus::Bus;
use client::entropy::Reach;
use client::sender::SenderConfig;
use client::Pubkey;
use crank::{Cheat, CrankConfig, CrankHandle, LobbyConfig, MatchTemplate, MintConfig, Shutdown};
use localnet::{Localnet, LocalnetConfig, LocalnetHandle};
use player::chain::{mint_info, Chain, MintInfo};
use protocol::PublicKey;
use relay::{RelayHandle, Token};
use reqwest::Url;
use solana_signer::Signer;
use store::Sharing;
use telemetry::metrics::metrics;
use tempfile::TempDir;

use super::options::{Options, DECIMALS};
use super::watch::Watch;
use crate::chain::{demo_windows, mock_oracle, set_up, Keys, SetUp, DEMO_BOND};
use crate::config::{drip_key, Endpoints};
use crate::demo::tables::table;
use crate::failure::Advise;
use crate::operation::{start_crank, Memory, OperatorKeys};
use crate::page::find_page;
use crate::programs::local_programs;
use crate::serving::{replays_in, serve, PublicRpc, Serving};
use crate::terminal::{Console, Money};

/// Name of the demonstration's token.
const SYMBOL: &str = "CHIP";
/// Ports that a newcomer would expect, tried before a free one.
const USUAL_RPC_PORT: u16 = 8899;
const USUAL_PORT: u16 = 8080;
/// How long a lobby waits for bots that are late.
const LOCK_GRACE: Duration = Duration::from_secs(20);
/// How long it waits for people to find it.
const GUEST_GRACE: Duration = Duration::from_secs(30);
/// The checkpoint in which a crank that is told to lies.
const CHEAT_CHECKPOINT: u32 = 2;
/// How long watchers see the outcome before the relay goes down.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long the crank may take to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// The running demonstration.
pub(super) struct Stack {
    /// The way to the local chain.
    pub chain: Chain,
    /// Who signs what.
    pub keys: Keys,
    /// The test token.
    pub mint: MintInfo,
    /// How amounts of the test token are written.
    pub money: Money,
    /// Where players connect.
    pub relay_url: Url,
    /// Whether the page is served.
    pub has_page: bool,
    /// The crank.
    pub crank: CrankHandle,
    /// The watchtower; none when whoever looks is left to prove a lie.
    pub watch: Option<Watch>,
    /// The relay.
    relay: RelayHandle,
    /// The crank's database and data directory.
    memory: Memory,
    /// The local chain.
    node: LocalnetHandle,
    /// The data directory, when it is to be deleted at the end.
    _temporary: Option<TempDir>,
}

impl Stack {
    /// Starts everything, telling each step.
    pub(super) async fn start(options: &Options, console: &Console) -> Result<Stack> {
        let page = find_page(options.web_dir.as_deref())?;
        let (data_dir, temporary) = data_dir(options)?;
        let keys = Keys::generate();
        let node = start_node(options.rpc_port, &keys)?;
        let endpoints = Endpoints::at(&node.rpc_url, &node.ws_url)?;
        console.say(format!(
            "  chain    {}  (Solana's JSON-RPC; PubSub at {})",
            node.rpc_url, node.ws_url
        ));
        let chain = endpoints.chain(SenderConfig {
            poll_interval: Duration::from_millis(100),
            ..SenderConfig::default()
        })?;

        let tell_step = |step: &str| console.say(format!("  escrow   {step}"));
        set_up(&chain, &keys, &plan(options), tell_step).await?;
        if options.data_dir.is_some() {
            keys.write(&data_dir.join("keys"))?;
        }
        let mint = mint_info(&chain, &keys.mint.pubkey()).await?;

        metrics()?;
        let memory = Memory::open(&data_dir, None, Sharing::Alone).await?;
        let bus = Bus::default();
        let config = crank_config(options, &data_dir, &mint, &node)?;
        let own = operator_keys(&keys, &data_dir)?;
        let store = memory.store.clone();
        let crank = start_crank(config, &endpoints, &chain, own, bus.clone(), store, None).await?;
        console.say(told_of_crank(options));
        let watch = watch(options, &chain, &endpoints, console).await?;

        let has_page = page.is_some();
        let operator_key = client::address::operator(&keys.operator.pubkey(), &mint.mint);
        let serving = Serving {
            page,
            replay_dir: Some(replays_in(&data_dir)),
            chain: Some(chain.clone()),
            operator: Some(PublicKey(operator_key.to_bytes())),
            ..serving(options, &mint, &node)
        };
        let relay = serve(serving, bus, memory.store.clone()).await?;
        let relay_url = Url::parse(&format!("http://{}/", reachable(relay.addr)))?;
        Ok(Stack {
            chain,
            keys,
            mint,
            money: Money {
                decimals: DECIMALS,
                symbol: SYMBOL.to_owned(),
            },
            relay_url,
            has_page,
            crank,
            watch,
            relay,
            memory,
            node,
            _temporary: temporary,
        })
    }

    /// Who receives fees.
    pub(super) fn treasury(&self) -> Pubkey {
        self.keys.treasury.pubkey()
    }

    /// The operator's account in the demonstration's mint.
    pub(super) fn operator_account(&self) -> Pubkey {
        client::address::operator(&self.keys.operator.pubkey(), &self.mint.mint)
    }

    /// Stops everything in good order. Whoever watches gets a moment to see the outcome.
    pub(super) async fn stop(self) {
        if self.relay.sockets() > 0 {
            tokio::time::sleep(FAREWELL).await;
        }
        let Stack {
            relay,
            crank,
            watch,
            memory,
            node,
            _temporary,
            ..
        } = self;
        if let Some(watch) = watch {
            watch.stop().await;
        }
        relay.drain().await;
        match tokio::time::timeout(STOP_PATIENCE, crank.shutdown(Shutdown::Now)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the crank had failed"),
            Err(_) => tracing::warn!("the crank does not stop"),
        }
        drop(memory);
        // Joining the chain's threads blocks.
        if tokio::task::spawn_blocking(move || node.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("the chain did not stop in good order");
        }
    }
}

/// What the crank signs with, and what its rolls are made of.
fn operator_keys(keys: &Keys, data_dir: &Path) -> Result<OperatorKeys> {
    Ok(OperatorKeys {
        operator: keys.operator.insecure_clone(),
        drip: drip_key(data_dir)?,
    })
}

/// Where files go, and the directory to remove at the end if it is a temporary one.
fn data_dir(options: &Options) -> Result<(PathBuf, Option<TempDir>)> {
    if let Some(dir) = &options.data_dir {
        return Ok((dir.clone(), None));
    }
    let dir = TempDir::with_prefix("aurelius-demo-").context("cannot make a temporary directory")?;
    Ok((dir.path().to_owned(), Some(dir)))
}

fn told_of_crank(options: &Options) -> &'static str {
    match options.cheat {
        None => "  crank    opens matches, simulates them, commits to every second of them, pays out",
        Some(_) => "  crank    opens matches, and LIES in each",
    }
}

/// The watchtower, unless there is to be none.
async fn watch(
    options: &Options,
    chain: &Chain,
    endpoints: &Endpoints,
    console: &Console,
) -> Result<Option<Watch>> {
    if options.unwatched {
        console.say("  tower    none: a lie is for whoever looks to prove");
        return Ok(None);
    }
    let watch = Watch::start(chain, endpoints).await?;
    console.say("  tower    steps every checkpoint again from the chain, ready to prove a lie");
    Ok(Some(watch))
}

/// The escrow of the demonstration.
fn plan(options: &Options) -> SetUp {
    SetUp {
        rules: vec![table(options.mode, options.quick)],
        decimals: DECIMALS,
        windows: demo_windows(),
        randomness: mock_oracle::source(),
        bond: DEMO_BOND,
    }
}

/// Where players are served, and in which token.
fn serving(options: &Options, mint: &MintInfo, node: &LocalnetHandle) -> Serving {
    Serving {
        host: options.host,
        ports: options
            .port
            .map_or_else(|| vec![USUAL_PORT, 0], |port| vec![port]),
        cors_origins: Vec::new(),
        page: None,
        replay_dir: None,
        chain: None,
        operator: None,
        public_rpc: Some(PublicRpc {
            rpc: node.rpc_url.clone(),
            pubsub: Some(node.ws_url.clone()),
        }),
        tokens: vec![Token {
            mint: PublicKey(mint.mint.to_bytes()),
            decimals: DECIMALS,
            symbol: SYMBOL.to_owned(),
        }],
    }
}

/// An address that can be connected to from here: every interface means this machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), address.port()),
        _ => address,
    }
}

/// The chain on the port asked for, else on the usual one, else on a free one.
fn start_node(port: Option<u16>, keys: &Keys) -> Result<LocalnetHandle> {
    let start = |port: u16| {
        let gateway = (port != 0).then(|| format!("http://127.0.0.1:{port}"));
        Localnet::start(LocalnetConfig {
            rpc_port: port,
            programs: local_programs(keys.authority.pubkey(), None),
            accounts: mock_oracle::accounts(gateway.as_deref()),
            ..LocalnetConfig::default()
        })
    };
    match port {
        Some(port) => start(port),
        None => start(USUAL_RPC_PORT).or_else(|error| {
            tracing::info!(%error, "taking a free port");
            start(0)
        }),
    }
    .context("cannot start the local chain")
    .advise("choose another port with AURELIUS_RPC_PORT (or --rpc-port), 0 for a free one")
}

fn crank_config(
    options: &Options,
    data_dir: &Path,
    mint: &MintInfo,
    node: &LocalnetHandle,
) -> Result<CrankConfig> {
    let rules = table(options.mode, options.quick);
    let mut config = CrankConfig::new(data_dir);
    config.mints = vec![MintConfig {
        mint: mint.mint,
        symbol: SYMBOL.to_owned(),
    }];
    config.lobbies = vec![LobbyConfig {
        template: MatchTemplate {
            rules,
            mint: mint.mint,
            stake_per_warrior: options.stake()?,
            players_max: options.players_max(),
            warriors_max: options.warriors(),
        },
        open_count: 1,
    }];
    config.matches_total = options.matches.map(u64::from);
    config.lock_grace = if options.guests > 0 {
        GUEST_GRACE
    } else {
        LOCK_GRACE
    };
    config.gateway = Some(node.gateway_url.clone());
    config.gateway_reach = Reach::Loopback;
    // Whoever looks around afterwards finds the accounts still there.
    config.close_delay = None;
    config.cheat = options.cheat.map(|kind| Cheat {
        kind,
        checkpoint: CHEAT_CHECKPOINT,
    });
    Ok(config)
}
