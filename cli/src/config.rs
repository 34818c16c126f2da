//! Flags and environment shared by several commands, and how they become typed settings.
//!
//! A setting comes from its flag, else from its environment variable, else from the stated default. A setting that is
//! missing or wrong stops the start with the name of the variable and an example; nothing is guessed.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use client::geyser::{GeyserConfig, GeyserConfigError};
use client::pubsub::PubSubConfig;
use client::rpc::RpcConfig;
use client::SecretUrl;
use reqwest::Url;
use solana_keypair::Keypair;
use store::{DatabaseUrl, DatabaseUrlError};

use crate::failure::ConfigError;
use crate::relays::Relays;
use crate::Pubkey;

/// Where the cluster is.
// Addresses may hold API keys. They are texts until the command runs, because what fails to parse here is printed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Cluster")]
pub struct ClusterArgs {
    /// JSON-RPC endpoint of the cluster, for example http://127.0.0.1:8899 or https://api.devnet.solana.com; repeat or separate with commas, the preferred one first
    #[arg(
        long,
        env = "AURELIUS_RPC_URL",
        value_name = "URL",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub rpc_url: Vec<Hidden>,
    /// JSON-RPC endpoint at Helius, asked after those of AURELIUS_RPC_URL
    #[arg(long, env = "HELIUS_RPC_URL", value_name = "URL", hide_env_values = true)]
    pub helius_rpc_url: Option<Hidden>,
    /// JSON-RPC endpoint at QuickNode, asked after the others
    #[arg(long, env = "QUICKNODE_RPC_URL", value_name = "URL", hide_env_values = true)]
    pub quicknode_rpc_url: Option<Hidden>,
    /// PubSub endpoint [default: the first RPC endpoint as ws:// or wss://, its port plus one when it names a port]
    #[arg(long, env = "AURELIUS_WS_URL", value_name = "URL", hide_env_values = true)]
    pub ws_url: Option<Hidden>,
    /// Yellowstone gRPC endpoint that a crank follows matches by, for example https://name.rpcpool.com [default: PubSub and polling]
    #[arg(long, env = "YELLOWSTONE_URL", value_name = "URL", hide_env_values = true)]
    pub yellowstone_url: Option<Hidden>,
    /// Token of the Yellowstone endpoint, sent as x-token
    #[arg(long, env = "YELLOWSTONE_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub yellowstone_token: Option<Hidden>,
    /// Address of the Aurelius program [default: the one this binary was built for]
    #[arg(long, env = "AURELIUS_PROGRAM_ID", value_name = "ADDRESS", value_parser = parse_program_id)]
    pub program_id: Option<Pubkey>,
}

/// A text of the command line that may be secret: shown by nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hidden(String);

impl std::str::FromStr for Hidden {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hidden")
    }
}

/// The cluster's endpoints. Shows none of the keys that their addresses may hold.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// JSON-RPC, the preferred one first.
    rpc: Vec<SecretUrl>,
    /// PubSub.
    ws: SecretUrl,
    /// Yellowstone gRPC, where there is one.
    pub geyser: Option<GeyserConfig>,
}

impl Cluster {
    /// A cluster with one endpoint of each kind. Errors when one of the addresses is wrong.
    pub fn at(rpc_url: &str, ws_url: &str) -> Result<Cluster, ConfigError> {
        Ok(Cluster {
            rpc: vec![rpc_address("AURELIUS_RPC_URL", "--rpc-url", rpc_url)?],
            ws: ws_address(ws_url)?,
            geyser: None,
        })
    }

    /// The preferred JSON-RPC endpoint.
    pub fn rpc_url(&self) -> &Url {
        // Both ways to make a cluster give it one.
        self.rpc.first().unwrap_or(&self.ws).expose()
    }

    /// How to reach all JSON-RPC endpoints.
    pub fn rpc_config(&self) -> RpcConfig {
        let mut addresses = self.rpc.iter().map(|url| url.expose().as_str());
        let first = RpcConfig::new(addresses.next().unwrap_or_default());
        addresses.fold(first, RpcConfig::and)
    }

    /// How to reach PubSub.
    pub fn pubsub_config(&self) -> PubSubConfig {
        PubSubConfig::new(self.ws.expose().as_str())
    }

    /// The hosts of its JSON-RPC endpoints, for people.
    pub fn shown(&self) -> String {
        let hosts: Vec<String> = self.rpc.iter().map(ToString::to_string).collect();
        hosts.join(", ")
    }
}

impl ClusterArgs {
    /// Whether any JSON-RPC endpoint is given.
    pub fn is_given(&self) -> bool {
        !self.rpc_url.is_empty() || self.helius_rpc_url.is_some() || self.quicknode_rpc_url.is_some()
    }

    /// The endpoints. Errors when no RPC endpoint is given, one of them is wrong, or another program than this binary's is
    /// asked for. No error repeats more of an address than its host.
    pub fn resolve(&self) -> Result<Cluster, ConfigError> {
        if let Some(id) = self.program_id.filter(|id| *id != client::PROGRAM_ID) {
            return Err(ConfigError::new(
                "AURELIUS_PROGRAM_ID (or --program-id)",
                format!("is {id}, and this command was built for another program"),
                format!(
                    "AURELIUS_PROGRAM_ID={} (or change declare_id! and build again)",
                    client::PROGRAM_ID
                ),
            ));
        }
        let own = self
            .rpc_url
            .iter()
            .map(|url| ("AURELIUS_RPC_URL", "--rpc-url", url));
        let helius = self.helius_rpc_url.iter();
        let quicknode = self.quicknode_rpc_url.iter();
        let rpc = own
            .chain(helius.map(|url| ("HELIUS_RPC_URL", "--helius-rpc-url", url)))
            .chain(quicknode.map(|url| ("QUICKNODE_RPC_URL", "--quicknode-rpc-url", url)))
            // An empty variable is as good as none.
            .filter(|(_, _, Hidden(url))| !url.is_empty())
            .map(|(variable, flag, Hidden(url))| rpc_address(variable, flag, url))
            .collect::<Result<Vec<_>, _>>()?;
        let first = rpc.first().ok_or_else(|| {
            missing(
                "AURELIUS_RPC_URL",
                "--rpc-url",
                "AURELIUS_RPC_URL=http://127.0.0.1:8899",
            )
        })?;
        let ws = match &self.ws_url {
            Some(Hidden(url)) => ws_address(url)?,
            None => websocket_of(first)?,
        };
        let geyser = self.geyser()?;
        Ok(Cluster { rpc, ws, geyser })
    }

    fn geyser(&self) -> Result<Option<GeyserConfig>, ConfigError> {
        let Some(Hidden(url)) = self.yellowstone_url.as_ref().filter(|url| !url.0.is_empty()) else {
            return Ok(None);
        };
        let token = self.yellowstone_token.as_ref().map(|token| token.0.clone());
        let config = GeyserConfig::new(url, token).map_err(|error| {
            let setting = match error {
                GeyserConfigError::Url(_) => "YELLOWSTONE_URL (or --yellowstone-url)",
                GeyserConfigError::Token => "YELLOWSTONE_TOKEN (or --yellowstone-token)",
            };
            ConfigError::new(
                setting,
                format!("is wrong: {error}"),
                "YELLOWSTONE_URL=https://name.rpcpool.com YELLOWSTONE_TOKEN=0123-abcd",
            )
        })?;
        Ok(Some(config))
    }
}

fn rpc_address(variable: &str, flag: &str, text: &str) -> Result<SecretUrl, ConfigError> {
    SecretUrl::parse(text, &["http", "https"]).map_err(|error| {
        ConfigError::new(
            format!("{variable} (or {flag})"),
            format!("is wrong: {error}"),
            format!("{variable}=http://127.0.0.1:8899"),
        )
    })
}

fn ws_address(text: &str) -> Result<SecretUrl, ConfigError> {
    SecretUrl::parse(text, &["ws", "wss"]).map_err(|error| {
        ConfigError::new(
            "AURELIUS_WS_URL (or --ws-url)",
            format!("is wrong: {error}"),
            "AURELIUS_WS_URL=ws://127.0.0.1:8900",
        )
    })
}

/// The convention of Solana's nodes: same host, `ws` scheme, an explicit port plus one.
fn websocket_of(rpc_url: &SecretUrl) -> Result<SecretUrl, ConfigError> {
    let refused = || {
        ConfigError::new(
            "AURELIUS_WS_URL (or --ws-url)",
            format!("is missing and cannot be derived from {rpc_url}"),
            "AURELIUS_WS_URL=ws://127.0.0.1:8900",
        )
    };
    let mut url = rpc_url.expose().clone();
    let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
    url.set_scheme(scheme).map_err(|()| refused())?;
    if let Some(port) = url.port() {
        let next = port.checked_add(1).ok_or_else(refused)?;
        url.set_port(Some(next)).map_err(|()| refused())?;
    }
    ws_address(url.as_str())
}

/// Where the page and the WebSocket are served.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Serving players")]
pub struct ListenArgs {
    /// Address to listen on; 0.0.0.0 for every interface
    #[arg(long, env = "HOST", value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Origin that browsers may call from, `*` for any; repeat or separate with commas [default: any, there are no cookies]
    #[arg(long, env = "CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',', value_parser = parse_origin)]
    pub cors_origin: Vec<String>,
    /// Directory of the built web page [default: web/dist under the current directory or beside the sources]
    #[arg(long, env = "AURELIUS_WEB_DIR", value_name = "DIR")]
    pub web_dir: Option<PathBuf>,
}

/// Which database a crank or a relay keeps its memory in.
#[derive(Clone, Default, Args)]
pub struct DatabaseArgs {
    /// Database of intents, history and bans, as postgres://USER:PASSWORD@HOST:PORT/DATABASE or sqlite:PATH [default: a SQLite file in the data directory]
    // A text until the command runs: what fails to parse here is printed, and may hold a password.
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        help_heading = "Database"
    )]
    pub database_url: Option<String>,
}

impl DatabaseArgs {
    /// The database that was asked for, if one was. The error does not repeat what was given.
    pub fn resolve(&self) -> Result<Option<DatabaseUrl>, ConfigError> {
        let parsed = self.database_url.as_deref().map(str::parse).transpose();
        parsed.map_err(|error: DatabaseUrlError| {
            ConfigError::new(
                "DATABASE_URL (or --database-url)",
                format!("is wrong: {error}"),
                "DATABASE_URL=postgres://aurelius:secret@127.0.0.1:5432/aurelius",
            )
        })
    }
}

impl std::fmt::Debug for DatabaseArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.database_url.as_ref().map(|_| "hidden");
        f.debug_struct("DatabaseArgs")
            .field("database_url", &shown)
            .finish()
    }
}

/// What to say when a required setting is missing.
pub fn missing(variable: &str, flag: &str, example: &str) -> ConfigError {
    ConfigError::new(format!("{variable} (or {flag})"), "is missing", example)
}

/// The key pair in a file written by `solana-keygen`: a JSON array of 64 bytes.
pub fn read_keypair(path: &Path, variable: &str, flag: &str) -> Result<Keypair, ConfigError> {
    let wrong = |problem: String| {
        ConfigError::new(
            format!("{variable} (or {flag})"),
            problem,
            format!("{variable}=$HOME/.config/solana/id.json (make one with `solana-keygen new`)"),
        )
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| wrong(format!("cannot be read from {}: {error}", path.display())))?;
    let bytes: Vec<u8> = serde_json::from_str(&text).map_err(|_| {
        wrong(format!(
            "names {}, which is not a key pair file (a JSON array of 64 bytes)",
            path.display()
        ))
    })?;
    if bytes.len() != 64 {
        return Err(wrong(format!(
            "names {}, which holds {} bytes instead of 64",
            path.display(),
            bytes.len()
        )));
    }
    Keypair::try_from(bytes.as_slice()).map_err(|_| {
        wrong(format!(
            "names {}, whose public half does not belong to its secret half",
            path.display()
        ))
    })
}

/// Writes a key pair the way `solana-keygen` does, readable by its owner only.
pub fn write_keypair(path: &Path, keypair: &Keypair) -> Result<()> {
    use anyhow::Context;
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let text = serde_json::to_string(&keypair.to_bytes().to_vec())?;
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write the key pair {}", path.display()))
}

/// An address in base 58, for use by other parsers: the message says what would be right.
pub fn parse_address(text: &str) -> Result<Pubkey, String> {
    text.parse().map_err(|_| {
        format!(
            "`{text}` is not an address: 32 bytes in base 58, for example So11111111111111111111111111111111111111112"
        )
    })
}

/// The mint of the stakes.
pub fn parse_mint(text: &str) -> Result<Pubkey, String> {
    named("AURELIUS_MINT", parse_address(text))
}

fn parse_program_id(text: &str) -> Result<Pubkey, String> {
    named("AURELIUS_PROGRAM_ID", parse_address(text))
}

/// A TCP port for the page; 0 asks the system for a free one.
pub fn parse_port(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a port: a number from 0 to 65535, for example PORT=8080"))
}

/// The base address of a relay.
pub fn parse_relay_url(text: &str) -> Result<Url, String> {
    named(
        "AURELIUS_RELAY_URL",
        parse_url(text, &["http", "https"], "http://127.0.0.1:8080"),
    )
}

/// The relays that were named, one at least.
pub fn relays_of(urls: Vec<Url>) -> Result<Relays, ConfigError> {
    Relays::of(urls).ok_or_else(|| {
        missing(
            "AURELIUS_RELAY_URL",
            "--relay",
            "AURELIUS_RELAY_URL=http://127.0.0.1:8080, or several with commas",
        )
    })
}

/// The randomness gateway.
pub fn parse_gateway_url(text: &str) -> Result<Url, String> {
    named(
        "AURELIUS_GATEWAY_URL",
        parse_url(text, &["http", "https"], "http://127.0.0.1:8899"),
    )
}

fn parse_url(text: &str, schemes: &[&str], example: &str) -> Result<Url, String> {
    let wrong = |why: String| {
        format!(
            "`{text}` is not {}:// address ({why}), for example {example}",
            schemes.join(":// or ")
        )
    };
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if !schemes.contains(&url.scheme()) {
        return Err(wrong(format!("its scheme is {}", url.scheme())));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it has no host".into()));
    }
    Ok(url)
}

fn parse_origin(text: &str) -> Result<String, String> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    let url = parse_url(text, &["http", "https"], "CORS_ORIGIN=https://play.example");
    let url = named("CORS_ORIGIN", url)?;
    if url.path() != "/" || url.query().is_some() {
        return Err(format!("CORS_ORIGIN: `{text}` has a path; an origin is scheme, host and port only, for example https://play.example"));
    }
    Ok(url.origin().ascii_serialization())
}

fn named<T>(variable: &str, result: Result<T, String>) -> Result<T, String> {
    result.map_err(|problem| format!("{variable}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Hidden {
        text.parse().unwrap()
    }

    fn at(rpc: &[&str]) -> ClusterArgs {
        ClusterArgs {
            rpc_url: rpc.iter().map(|url| hidden(url)).collect(),
            ..ClusterArgs::default()
        }
    }

    fn check_ws(rpc: &str, expected: &str) {
        let cluster = at(&[rpc]).resolve().unwrap();
        assert_eq!(cluster.pubsub_config().url, expected);
    }

    #[test]
    fn the_pubsub_endpoint_follows_the_rpc_endpoint() {
        check_ws("http://127.0.0.1:8899", "ws://127.0.0.1:8900/");
        check_ws("https://api.devnet.solana.com", "wss://api.devnet.solana.com/");
        check_ws("https://rpc.example/key?token=1", "wss://rpc.example/key?token=1");
        let last = at(&["http://127.0.0.1:65535"]).resolve();
        assert!(last.unwrap_err().to_string().contains("AURELIUS_WS_URL"));
    }

    #[test]
    fn endpoints_are_asked_in_the_order_of_their_settings() {
        let mut arguments = at(&["http://one.example", "http://two.example"]);
        arguments.helius_rpc_url = Some(hidden("https://helius.example/?api-key=0123456789"));
        arguments.quicknode_rpc_url = Some(hidden("https://quicknode.example/0123456789/"));
        assert_eq!(
            arguments.resolve().unwrap().shown(),
            "http://one.example, http://two.example, https://helius.example, https://quicknode.example"
        );
        // One of a provider is enough, and an empty variable is none.
        let only = ClusterArgs {
            helius_rpc_url: Some(hidden("https://helius.example")),
            quicknode_rpc_url: Some(hidden("")),
            ..ClusterArgs::default()
        };
        assert!(only.is_given());
        assert_eq!(only.resolve().unwrap().shown(), "https://helius.example");
        assert!(!ClusterArgs::default().is_given());
    }

    #[test]
    fn keys_in_addresses_are_not_shown() {
        const KEY: &str = "5up3r-53cr37-k3y";
        let good = ClusterArgs {
            rpc_url: vec![hidden(&format!("https://a.example/?api-key={KEY}"))],
            quicknode_rpc_url: Some(hidden(&format!("https://b.example/{KEY}/"))),
            yellowstone_url: Some(hidden(&format!("https://c.example/{KEY}"))),
            yellowstone_token: Some(hidden(KEY)),
            ..ClusterArgs::default()
        };
        let cluster = good.resolve().unwrap();
        let pool = client::rpc::RpcPool::new(cluster.rpc_config()).unwrap();
        for shown in [
            format!("{good:?}"),
            format!("{cluster:?}"),
            cluster.shown(),
            pool.raw().url(),
            format!("{:?}", pool.endpoints()),
            format!("{:?}", cluster.pubsub_config()),
        ] {
            assert!(!shown.contains(KEY), "{shown}");
        }
        let wrong = |change: fn(&mut ClusterArgs, Hidden), scheme: &str| {
            let mut arguments = at(&["http://127.0.0.1:8899"]);
            change(
                &mut arguments,
                hidden(&format!("{scheme}://x.example/{KEY}?{KEY}")),
            );
            arguments.resolve().unwrap_err().to_string()
        };
        for (error, variable) in [
            (wrong(|of, url| of.rpc_url.push(url), "ftp"), "AURELIUS_RPC_URL"),
            (
                wrong(|of, url| of.helius_rpc_url = Some(url), "wss"),
                "HELIUS_RPC_URL",
            ),
            (
                wrong(|of, url| of.quicknode_rpc_url = Some(url), "wss"),
                "QUICKNODE_RPC_URL",
            ),
            (wrong(|of, url| of.ws_url = Some(url), "https"), "AURELIUS_WS_URL"),
            (
                wrong(|of, url| of.yellowstone_url = Some(url), "grpc"),
                "YELLOWSTONE_URL",
            ),
        ] {
            assert!(error.starts_with(variable), "{error}");
            assert!(
                error.contains("x.example") && error.contains("for example"),
                "{error}"
            );
            assert!(!error.contains(KEY), "{error}");
        }
    }

    #[test]
    fn a_missing_endpoint_names_variable_flag_and_example() {
        let text = ClusterArgs::default().resolve().unwrap_err().to_string();
        assert_eq!(
            text,
            "AURELIUS_RPC_URL (or --rpc-url) is missing; for example: AURELIUS_RPC_URL=http://127.0.0.1:8899"
        );
    }

    #[test]
    fn a_wrong_database_is_named_and_its_password_is_not() {
        let arguments = |text: &str| DatabaseArgs {
            database_url: Some(text.to_owned()),
        };
        assert!(DatabaseArgs::default().resolve().unwrap().is_none());
        let right = arguments("postgres://me:secret@db.example/game");
        assert_eq!(
            right.resolve().unwrap().unwrap().to_string(),
            "postgres://me@db.example:5432/game"
        );
        let wrong = arguments("mysql://me:hunter2@db.example/game");
        let error = wrong.resolve().unwrap_err().to_string();
        assert!(
            error.starts_with("DATABASE_URL (or --database-url) is wrong: "),
            "{error}"
        );
        for shown in [error, format!("{wrong:?}")] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn wrong_values_name_the_variable_and_a_right_one() {
        for (problem, variable) in [
            (parse_mint("hello").err(), "AURELIUS_MINT"),
            (parse_port("99999").err(), "PORT"),
            (parse_origin("https://a.example/x").err(), "CORS_ORIGIN"),
        ] {
            let problem = problem.unwrap();
            assert!(problem.contains(variable), "{problem}");
            assert!(problem.contains("for example"), "{problem}");
        }
    }

    #[test]
    fn key_pair_files_round_trip_and_wrong_ones_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("id.json");
        let keypair = Keypair::new();
        write_keypair(&path, &keypair).unwrap();
        let read = read_keypair(&path, "AURELIUS_KEYPAIR", "--keypair").unwrap();
        assert_eq!(read.to_bytes(), keypair.to_bytes());

        for (text, expected) in [
            ("hello", "not a key pair file"),
            ("[1,2,3]", "3 bytes instead of 64"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = read_keypair(&path, "AURELIUS_KEYPAIR", "--keypair").unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(error.to_string().contains("AURELIUS_KEYPAIR"), "{error}");
        }
        let absent = read_keypair(&dir.path().join("no"), "AURELIUS_KEYPAIR", "--keypair");
        assert!(absent.unwrap_err().to_string().contains("cannot be read"));
    }
}
