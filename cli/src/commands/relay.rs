//! `aurelius relay`: the players' service without a crank in the process.

use std::path::{Path, PathBuf};

use anyhow::Result;
use bus::Bus;
use clap::Args;
use protocol::PublicKey;
use relay::Token;
use store::{DatabaseUrl, Store};

use crate::config::{self, DatabaseArgs, ListenArgs};
use crate::failure::{Advise, ConfigError, Outcome};
use crate::page::{find_page, NOT_BUILT};
use crate::serving::{database_in, replays_in, serve, Serving, DATABASE};
use crate::token_list::NamedToken;
use crate::Context;

const AFTER_HELP: &str = "\
Serves what needs no running match, from the database of a crank: the page, the list and details of past
matches, players, the leaderboard, replay downloads, bans, health and metrics.

What it cannot do alone: live matches. Frames and moves travel between crank and relay inside one process in this version;
a bus between processes (Redis) comes later. To serve live matches, give the crank a port: `aurelius crank --port 8080`.

Examples:
  aurelius relay --data-dir .aurelius/crank                   history of that crank on port 8080
  DATABASE_URL=postgres://aurelius:secret@db.example/aurelius aurelius relay     history of cranks that share a server
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
}

pub(super) async fn run(arguments: RelayArgs, context: Context) -> Result<Outcome> {
    let console = &context.console;
    let page = find_page(arguments.listen.web_dir.as_deref())?;
    let database = match arguments.database.resolve()? {
        Some(database) => database,
        None => DatabaseUrl::Sqlite(left_by_a_crank(&arguments.data_dir)?),
    };
    let store = Store::open(&database)
        .await
        .advise("choose another with DATABASE_URL (or --database-url)")?;
    let replays = replays_in(&arguments.data_dir);
    let serving = Serving {
        host: arguments.listen.host,
        ports: vec![arguments.port],
        cors_origins: arguments.listen.cors_origin,
        page: page.clone(),
        replay_dir: replays.is_dir().then_some(replays),
        chain: None,
        operator: None,
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
    let handle = serve(serving, Bus::default(), store).await?;
    console.say(format!("page      http://{}/", handle.addr));
    if page.is_none() {
        console.say(format!("          {NOT_BUILT}"));
    }
    console.say(
        "serving history only; live matches need the crank in the same process: aurelius crank --port 8080",
    );
    context.shutdown.clone().requested().await;
    console.say("stopping");
    handle.drain().await;
    Ok(Outcome::Success)
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
