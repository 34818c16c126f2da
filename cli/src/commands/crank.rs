//! `aurelius crank`: the operator's service, and with a port the players' service in the same process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bus::Bus;
use clap::Args;
use client::Pubkey;
use cluster::ClusterConfig;
use crank::{ClusterParts, CrankConfig, CrankHandle, MintConfig, Shutdown};
use player::chain::{mint_info, Chain, MintInfo};
use protocol::PublicKey;
use relay::{RelayHandle, Token};
use reqwest::Url;
use solana_keypair::Keypair;
use solana_signer::Signer;
use store::{Sharing, Store};
use telemetry::metrics::metrics;

use crate::chain::check_reachable;
use crate::config::{
    self, missing, read_keypair, ChainArgs, DatabaseArgs, DripKeyArgs, ListenArgs, ProxyArgs,
};
use crate::context::Context;
use crate::failure::{Outcome, Stopped};
use crate::fleet::{connect, Live};
use crate::name::{name_in, parse_name};
use crate::offer::{BlitzOffer, SiegeOffer};
use crate::operation::{bidding, calendar, lobby, reach_of, start_crank, Memory, OperatorKeys};
use crate::page::{find_page, NOT_BUILT};
use crate::redis_hosts::RedisArgs;
use crate::serving::{replays_in, serve_among, PublicRpc, Serving, Surroundings};
use crate::span::parse_span;
use crate::terminal::{duration, Console};

const AFTER_HELP: &str = "\
Opens matches, lets players enter through the chain, simulates them at 60 ticks a second, posts checkpoints while it does,
proposes the result and claims for every winner. Everything it has begun it finishes after a restart: the drip key and the
input logs in the data directory are its memory, keep them; of the database it finds again on chain what it needs. With
DATABASE_URL the database is one of a PostgreSQL server (15 or newer), which relays on other machines can read; the input logs
stay in the data directory.

Players reach live matches through a relay: give --port to serve players from this process, or run relays of their own
(`aurelius relay`), which need a Redis Cluster to hear of live matches (REDIS_HOST_1 and so on).

With a Redis Cluster and a PostgreSQL database any number of cranks share the matches of one operator: the crank with the
fewest makes the next one, and when one dies another goes on with its matches within seconds, where they were; all are given
the same --drip-key. On SIGTERM a crank hands its matches over. A file named `drain` in the data directory (`aurelius operator
drain`) lets it end when everything it runs is paid.

The operator must be registered for the mint and switched on by the program's authority (`aurelius localnet` does it).
Its key owns the bond; name another to run matches (`aurelius operator set-crank-key`), start the crank with that one and
--operator, and keep the operator's key offline.

Examples:
  aurelius crank --blitz 10 --port 8080                     with the variables that `aurelius localnet` prints
  aurelius crank --blitz 1 --blitz 25 --siege 50@15m --port 8080 --host 0.0.0.0
  REDIS_HOST_1=10.0.0.1 REDIS_HOST_2=10.0.0.2 DATABASE_URL=postgres://aurelius:secret@db.example/aurelius \
  aurelius crank --blitz 10 --name crank-1 --drip-key drip.key   one of several cranks
  aurelius crank                                            opens nothing new, finishes what exists";

/// Flags of `aurelius crank`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct CrankArgs {
    #[command(flatten)]
    pub chain: ChainArgs,
    #[command(flatten)]
    pub operator: OperatorArgs,
    #[command(flatten)]
    pub drip_key: DripKeyArgs,
    #[command(flatten)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    pub redis: RedisArgs,
    /// Name of this crank among several [default: made up once, and kept in the data directory]
    #[arg(long, env = "AURELIUS_NAME", value_name = "NAME", value_parser = parse_name, help_heading = "Redis")]
    pub name: Option<String>,
    #[command(flatten)]
    pub offers: OfferArgs,
    /// Serve players on this port as well, 0 for a free one [default: no relay in this process]
    #[arg(long, env = "PORT", value_name = "PORT", value_parser = config::parse_port, help_heading = "Serving players")]
    pub port: Option<u16>,
    #[command(flatten)]
    pub listen: ListenArgs,
    #[command(flatten)]
    pub proxy: ProxyArgs,
}

/// Who operates, with what.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Operator")]
pub struct OperatorArgs {
    /// Key pair file of the crank: the operator's own, or the one that `aurelius operator set-crank-key` named
    #[arg(long, env = "AURELIUS_KEYPAIR", value_name = "FILE")]
    pub keypair: Option<PathBuf>,
    /// Wallet of the operator, whose key owns the bond and can stay offline [default: that of --keypair]
    #[arg(long, env = "AURELIUS_OPERATOR", value_name = "WALLET", value_parser = config::parse_address)]
    pub operator: Option<Pubkey>,
    /// Mint of the token that is played for
    #[arg(long, env = "AURELIUS_MINT", value_name = "ADDRESS", value_parser = config::parse_mint)]
    pub mint: Option<Pubkey>,
    /// What people call the token
    #[arg(long, env = "AURELIUS_SYMBOL", value_name = "NAME", default_value = "TOKEN")]
    pub symbol: String,
    /// Gateway of the randomness oracle [default: the address that the oracle wrote on chain]
    #[arg(long, env = "AURELIUS_GATEWAY_URL", value_name = "URL", value_parser = config::parse_gateway_url)]
    pub gateway_url: Option<Url>,
    /// Where the input logs and the replays are kept, and the database unless another is named
    #[arg(
        long,
        env = "AURELIUS_DATA_DIR",
        value_name = "DIR",
        default_value = ".aurelius/crank"
    )]
    pub data_dir: PathBuf,
    /// Highest bid for inclusion, in micro-lamports a compute unit; the bid follows recent fees up to it [default: none on loopback, 50000 elsewhere]
    #[arg(long, env = "AURELIUS_PRIORITY_FEE_MAX", value_name = "MICROLAMPORTS")]
    pub priority_fee_max: Option<u64>,
    /// Threads that simulate matches
    #[arg(long, env = "AURELIUS_TICK_THREADS", value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub tick_threads: u8,
}

/// What is offered to players.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Matches")]
pub struct OfferArgs {
    /// Keep a Blitz open at this stake per warrior, in tokens; repeat for several
    #[arg(long, env = "AURELIUS_BLITZ", value_name = "STAKE", value_delimiter = ',')]
    pub blitz: Vec<BlitzOffer>,
    /// Hold a Siege at this stake again and again, as in 25@10m; repeat for several
    #[arg(
        long,
        env = "AURELIUS_SIEGE",
        value_name = "STAKE@EVERY",
        value_delimiter = ','
    )]
    pub siege: Vec<SiegeOffer>,
    /// How long an open Blitz waits for more players once it has enough
    #[arg(long, env = "AURELIUS_LOCK_GRACE", value_name = "SPAN", default_value = "10s", value_parser = parse_span)]
    pub lock_grace: Duration,
    /// Time to look around between the seed's reveal and the first tick
    #[arg(long, env = "AURELIUS_COUNTDOWN", value_name = "SPAN", default_value = "3s", value_parser = parse_span)]
    pub countdown: Duration,
    /// How long the accounts of a finished match stay on chain, for whoever reads them
    #[arg(long, env = "AURELIUS_CLOSE_DELAY", value_name = "SPAN", default_value = "1d", value_parser = parse_span)]
    pub close_delay: Duration,
    /// Matches at once, from opening to payout; above it nothing new opens
    #[arg(long, env = "AURELIUS_MATCHES_MAX", value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub matches_max: u16,
}

pub(super) async fn run(arguments: CrankArgs, context: Context) -> Result<Outcome> {
    let console = &context.console;
    let Some(started) = context.shutdown.unless(start(&arguments, console)).await else {
        return Err(Stopped::new(&context.shutdown, "stopped before the crank ran").into());
    };
    let Running {
        mut crank,
        relay,
        is_one_of_several,
        _held,
    } = started?;
    console.say("running until Ctrl-C");
    let failure = context.shutdown.unless(crank.wait()).await;
    if failure.is_none() {
        console.say(match is_one_of_several {
            true => "stopping; another crank goes on with the matches",
            false => "stopping; matches under way go on at the next start",
        });
    }
    if let Some(relay) = relay {
        relay.drain().await;
    }
    match failure {
        Some(Ok(())) => {
            console.say("drained: everything is paid");
            Ok(Outcome::Success)
        }
        Some(Err(failure)) => {
            Err(failure).context("the crank stopped; start it again, it goes on where it was")
        }
        None => {
            crank.shutdown(Shutdown::Now).await?;
            Ok(Outcome::Success)
        }
    }
}

/// What runs.
struct Running {
    /// The crank itself.
    crank: CrankHandle,
    /// The relay beside it; none when this process serves no players.
    relay: Option<RelayHandle>,
    /// Whether other cranks take over what this one leaves.
    is_one_of_several: bool,
    /// As long as it runs.
    _held: (Memory, Option<Live>),
}

async fn start(arguments: &CrankArgs, console: &Console) -> Result<Running> {
    let endpoints = arguments.chain.resolve()?;
    let database = arguments.database.resolve()?;
    let operator = read_operator(&arguments.operator)?;
    let mint_address = mint_address(&arguments.operator)?;
    let page = match arguments.port {
        Some(_) => find_page(arguments.listen.web_dir.as_deref())?,
        None => None,
    };
    let chain = endpoints.chain(bidding(&endpoints, arguments.operator.priority_fee_max))?;
    check_reachable(&chain).await?;
    let mint = mint_info(&chain, &mint_address)
        .await
        .context("AURELIUS_MINT (or --mint)")?;

    metrics()?;
    let data_dir = &arguments.operator.data_dir;
    let redis = arguments.redis.resolve()?;
    let sharing = match redis {
        Some(_) => Sharing::Leased,
        None => Sharing::Alone,
    };
    let memory = Memory::open(data_dir, database, sharing).await?;
    let shared = match redis {
        Some(redis) => Some(join(redis, arguments.name.clone(), data_dir).await?),
        None => None,
    };
    let bus = Bus::default();
    let drip = arguments.drip_key.resolve(data_dir, sharing)?;
    let keys = OperatorKeys { operator, drip };
    let crank_key = keys.operator.pubkey();
    let wallet = arguments.operator.operator.unwrap_or(crank_key);
    let operator_key = PublicKey(client::address::operator(&wallet, &mint.mint).to_bytes());
    let config = crank_config(arguments, &mint)?;
    introduce(&wallet, &crank_key, &endpoints, console);
    let store = memory.store.clone();
    let crank = start_crank(
        config,
        &endpoints,
        &chain,
        keys,
        bus.clone(),
        store.clone(),
        shared.clone(),
    )
    .await?;
    tell(arguments, shared.as_ref(), console);
    let is_one_of_several = shared.is_some();
    let (relay, live) = match arguments.port {
        None => {
            console.say(match is_one_of_several {
                true => "players   at the relays; give --port to serve some from this process",
                false => "players   none: give --port to serve them from this process",
            });
            (None, None)
        }
        Some(port) => {
            let serving = serving(arguments, port, page, chain, operator_key, &mint);
            let (relay, live) =
                serve_players(arguments, serving, bus, store, shared, health_of(&crank), console).await?;
            (Some(relay), live)
        }
    };
    Ok(Running {
        crank,
        relay,
        is_one_of_several,
        _held: (memory, live),
    })
}

/// For whom it works, and where.
fn introduce(wallet: &Pubkey, crank_key: &Pubkey, endpoints: &config::Endpoints, console: &Console) {
    console.say(format!("operator  {wallet}"));
    if wallet != crank_key {
        console.say(format!("crank key {crank_key}"));
    }
    console.say(format!("chain     {}", endpoints.shown()));
}

/// What runs now.
fn tell(arguments: &CrankArgs, shared: Option<&ClusterParts>, console: &Console) {
    if let Some(shared) = shared {
        console.say(format!(
            "name      {}, one of the cranks that share this database",
            shared.name
        ));
    }
    console.say(format!("offers    {}", describe(&arguments.offers)));
}

/// What `/health` hears of the crank.
fn health_of(crank: &CrankHandle) -> relay::Check {
    let health = crank.health();
    Arc::new(move || {
        let outcome = health();
        Box::pin(async move { outcome })
    })
}

/// What players are served.
fn serving(
    arguments: &CrankArgs,
    port: u16,
    page: Option<PathBuf>,
    chain: Chain,
    operator: PublicKey,
    mint: &MintInfo,
) -> Serving {
    Serving {
        host: arguments.listen.host,
        ports: vec![port],
        cors_origins: arguments.listen.cors_origin.clone(),
        page,
        replay_dir: Some(replays_in(&arguments.operator.data_dir)),
        chain: Some(chain),
        operator: Some(operator),
        public_rpc: arguments
            .listen
            .public_rpc
            .clone()
            .map(|rpc| PublicRpc { rpc, pubsub: None }),
        tokens: vec![Token {
            mint: PublicKey(mint.mint.to_bytes()),
            decimals: mint.decimals,
            symbol: arguments.operator.symbol.clone(),
        }],
    }
}

/// A relay in this process: of this crank's matches, or, among several, of the matches of all cranks.
async fn serve_players(
    arguments: &CrankArgs,
    serving: Serving,
    bus: Bus,
    store: Store,
    shared: Option<ClusterParts>,
    health: relay::Check,
    console: &Console,
) -> Result<(RelayHandle, Option<Live>)> {
    let mut around = Surroundings {
        domain: arguments.proxy.domain.clone(),
        behind_proxy: arguments.proxy.behind_proxy,
        ..Surroundings::default()
    };
    let (bus, live) = match shared {
        None => (bus, None),
        Some(shared) => {
            let mirrors = Bus::default();
            let live = Live::begin(shared.cluster, shared.name, &mirrors).await?;
            live.join(&mut around);
            (mirrors, Some(live))
        }
    };
    around.checks.push(("crank".to_owned(), health));
    let has_page = serving.page.is_some();
    let relay = serve_among(around, serving, bus, store).await?;
    console.say(format!("players   http://{}/", relay.addr));
    if !has_page {
        console.say(format!("          {NOT_BUILT}"));
    }
    Ok((relay, live))
}

/// The other cranks, and the name by which they know this one.
async fn join(redis: ClusterConfig, name: Option<String>, data_dir: &Path) -> Result<ClusterParts> {
    let name = match name {
        Some(name) => name,
        None => name_in(data_dir, "crank")?,
    };
    Ok(ClusterParts {
        cluster: connect(redis).await?,
        name,
    })
}

fn mint_address(arguments: &OperatorArgs) -> Result<Pubkey> {
    let address = arguments.mint.ok_or_else(|| {
        missing(
            "AURELIUS_MINT",
            "--mint",
            "AURELIUS_MINT=9xQe…, the token's address, printed by `aurelius localnet`",
        )
    })?;
    Ok(address)
}

fn read_operator(arguments: &OperatorArgs) -> Result<Keypair> {
    let path = arguments.keypair.as_ref().ok_or_else(|| {
        missing(
            "AURELIUS_KEYPAIR",
            "--keypair",
            "AURELIUS_KEYPAIR=.aurelius/localnet/operator.json",
        )
    })?;
    Ok(read_keypair(path, "AURELIUS_KEYPAIR", "--keypair")?)
}

fn describe(offers: &OfferArgs) -> String {
    let blitz = offers
        .blitz
        .iter()
        .map(|offer| format!("Blitz at {} a warrior", offer.stake));
    let siege = offers.siege.iter().map(|offer| {
        format!(
            "Siege at {} a warrior every {}",
            offer.stake,
            duration(offer.every)
        )
    });
    let all: Vec<String> = blitz.chain(siege).collect();
    if all.is_empty() {
        return "nothing new (no --blitz, no --siege): finishes what exists".to_owned();
    }
    all.join(", ")
}

fn crank_config(arguments: &CrankArgs, mint: &MintInfo) -> Result<CrankConfig> {
    let (operator, offers) = (&arguments.operator, &arguments.offers);
    let gateway = operator.gateway_url.as_ref();
    let mut config = CrankConfig::new(&operator.data_dir);
    config.authority = operator.operator;
    config.mints = vec![MintConfig {
        mint: mint.mint,
        symbol: operator.symbol.clone(),
    }];
    config.lobbies = offers
        .blitz
        .iter()
        .map(|offer| lobby(offer, mint))
        .collect::<Result<_>>()?;
    config.calendar = offers
        .siege
        .iter()
        .map(|offer| calendar(offer, mint))
        .collect::<Result<_>>()?;
    config.matches_max = usize::from(offers.matches_max);
    config.tick_threads = usize::from(operator.tick_threads);
    config.countdown = offers.countdown;
    config.lock_grace = offers.lock_grace;
    config.gateway = gateway.map(|url| url.as_str().trim_end_matches('/').to_owned());
    config.gateway_reach = reach_of(gateway);
    config.public_rpc.clone_from(&arguments.listen.public_rpc);
    config.close_delay = Some(offers.close_delay);
    Ok(config)
}
