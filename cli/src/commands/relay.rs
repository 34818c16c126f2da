//! `aurelius relay`: the players' service without a crank in the process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use bus::Bus;
use clap::Args;
use client::sender::SenderConfig;
use player::chain::Chain;
use protocol::PublicKey;
use relay::Token;
use store::{DatabaseUrl, Store};

use crate::config::{self, ChainArgs, DatabaseArgs, ListenArgs, ProxyArgs};
use crate::context::Context;
use crate::failure::{Advise, ConfigError, Outcome};
use crate::fleet::{connect, Live};
use crate::name::parse_name;
use crate::page::{find_page, NOT_BUILT};
use crate::redis_hosts::RedisArgs;
use crate::serving::{database_in, replays_in, serve_among, PublicRpc, Serving, Surroundings, DATABASE};
use crate::span::parse_span;
use crate::terminal::Console;
use crate::token_list::NamedToken;

const AFTER_HELP: &str = "\
With a Redis Cluster (REDIS_HOST_1 and so on) it serves the live matches of all cranks that share the cluster. Any number
of relays may run: a player's socket may be on any of them, and goes on at another with one message when one ends. Without
Redis it serves what needs no running match, from the database of a crank: the page, the list and details of past matches,
players, the leaderboard, replay downloads, bans, health and metrics.

On SIGTERM `/health` fails at once, nobody new is let in, and after --drain-delay all sockets are told to go to another
relay, over two seconds. Give the proxy in front time to notice, and the process --drain-delay and ten seconds to end.

Examples:
  REDIS_HOST_1=10.0.0.1 REDIS_HOST_2=10.0.0.2 DATABASE_URL=postgres://aurelius:secret@db.example/aurelius \\
  aurelius relay --host 0.0.0.0 --behind-proxy --domain play.example --drain-delay 5s     one of several relays
  aurelius relay --data-dir .aurelius/crank                   history of that crank on port 8080
  aurelius relay --host 0.0.0.0 --port 80 --cors-origin https://play.example";

/// Flags of `aurelius relay`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct RelayArgs {
    /// Port of the page, 0 for a free one
    #[arg(long, env = "PORT", value_name = "PORT", default_value = "8080", value_parser = config::parse_port)]
    pub port: u16,
    /// Data directory of the crank whose replays are served, and whose history unless a database is named
    #[arg(
        long,
        env = "AURELIUS_DATA_DIR",
        value_name = "DIR",
        default_value = ".aurelius/crank"
    )]
    pub data_dir: PathBuf,
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// How to show amounts of a token, as MINT:DECIMALS:SYMBOL; repeat or separate with commas. Without it, base units
    #[arg(
        long = "token",
        env = "AURELIUS_TOKENS",
        value_name = "TOKEN",
        value_delimiter = ','
    )]
    pub tokens: Vec<NamedToken>,
    #[command(flatten)]
    pub listen: ListenArgs,
    #[command(flatten)]
    pub proxy: ProxyArgs,
    /// At the end, how long /health fails before sockets are closed
    #[arg(long, env = "AURELIUS_DRAIN_DELAY", value_name = "SPAN", default_value = "0s", value_parser = parse_span)]
    pub drain_delay: Duration,
    #[command(flatten)]
    pub redis: RedisArgs,
    /// Name of this relay among several, for the log [default: made up]
    #[arg(long, env = "AURELIUS_NAME", value_name = "NAME", value_parser = parse_name, help_heading = "Redis")]
    pub name: Option<String>,
    // Optional here: what sign-ins name, and /health asks.
    #[command(flatten)]
    pub chain: ChainArgs,
}

pub(super) async fn run(arguments: RelayArgs, context: Context) -> Result<Outcome> {
    let console = &context.console;
    let page = find_page(arguments.listen.web_dir.as_deref())?;
    let database = match arguments.database.resolve()? {
        Some(database) => database,
        None => DatabaseUrl::Sqlite(left_by_a_crank(&arguments.data_dir)?),
    };
    let redis = arguments.redis.resolve()?;
    let chain = chain(&arguments.chain)?;
    let store = Store::open(&database)
        .await
        .advise("choose another with DATABASE_URL (or --database-url)")?;
    let bus = Bus::default();
    let mut around = Surroundings {
        domain: arguments.proxy.domain,
        behind_proxy: arguments.proxy.behind_proxy,
        drain_delay: arguments.drain_delay,
        ..Surroundings::default()
    };
    let live = match redis {
        None => None,
        Some(redis) => {
            let name = arguments
                .name
                .unwrap_or_else(|| format!("relay-{:08x}", rand::random::<u32>()));
            let live = Live::begin(connect(redis).await?, name, &bus).await?;
            live.join(&mut around);
            Some(live)
        }
    };
    let replays = replays_in(&arguments.data_dir);
    let serving = Serving {
        host: arguments.listen.host,
        ports: vec![arguments.port],
        cors_origins: arguments.listen.cors_origin,
        page: page.clone(),
        replay_dir: replays.is_dir().then_some(replays),
        chain,
        operator: None,
        public_rpc: arguments
            .listen
            .public_rpc
            .map(|rpc| PublicRpc { rpc, pubsub: None }),
        tokens: arguments
            .tokens
            .into_iter()
            .map(|token| Token {
                mint: PublicKey(token.mint.to_bytes()),
                decimals: token.decimals,
                symbol: token.symbol,
            })
            .collect(),
    };
    let handle = serve_among(around, serving, bus, store).await?;
    tell(console, handle.addr, page.is_some(), live.as_ref());
    context.shutdown.clone().requested().await;
    console.say(match live {
        Some(_) => "stopping; players go on at other relays",
        None => "stopping",
    });
    handle.drain().await;
    Ok(Outcome::Success)
}

/// Where it serves, and what.
fn tell(console: &Console, address: SocketAddr, has_page: bool, live: Option<&Live>) {
    console.say(format!("page      http://{address}/"));
    if !has_page {
        console.say(format!("          {NOT_BUILT}"));
    }
    console.say(match live {
        Some(live) => format!(
            "serving live matches of all cranks, and history, as {}",
            live.name()
        ),
        None => "serving history only; live matches need a Redis Cluster (REDIS_HOST_1), or the crank in the same \
                 process: aurelius crank --port 8080"
            .to_owned(),
    });
}

/// The chain, if one was named.
fn chain(arguments: &ChainArgs) -> Result<Option<Chain>> {
    if !arguments.is_given() {
        return Ok(None);
    }
    arguments.resolve()?.chain(SenderConfig::default()).map(Some)
}

/// The database in a crank's data directory; a new one would serve nothing, for ever.
fn left_by_a_crank(data_dir: &Path) -> Result<PathBuf, ConfigError> {
    let database = database_in(data_dir);
    if database.is_file() {
        return Ok(database);
    }
    Err(ConfigError::new(
        "AURELIUS_DATA_DIR (or --data-dir)",
        format!("is {}, where no crank has left a database ({DATABASE})", data_dir.display()),
        "AURELIUS_DATA_DIR=.aurelius/crank, the data directory of a crank on this machine, or give DATABASE_URL",
    ))
}
