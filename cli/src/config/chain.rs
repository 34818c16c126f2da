//! Where the chain is: JSON-RPC endpoints, PubSub, Yellowstone gRPC.
//!
//! Invariant: an address may hold an API key, so nothing here shows more of one than its host, whether it is
//! right or wrong.

use clap::Args;
use client::geyser::{GeyserConfig, GeyserConfigError};
use client::pubsub::PubSubConfig;
use client::rpc::{RpcConfig, RpcPool};
use client::sender::SenderConfig;
use client::Pubkey;
use client::SecretUrl;
use player::chain::Chain;
use reqwest::Url;

use super::value::{missing, parse_program_id};
use crate::failure::ConfigError;

/// Where the chain is.
// Addresses may hold API keys. They are texts until the command runs, because what fails to parse here is
// printed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Chain")]
pub struct ChainArgs {
    /// JSON-RPC endpoint of the chain, for example http://127.0.0.1:8899 or https://api.devnet.solana.com; repeat or separate with commas, the preferred one first
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

/// The chain's endpoints. Shows none of the keys that their addresses may hold.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// JSON-RPC, the preferred one first.
    rpc: Vec<SecretUrl>,
    /// The PubSub endpoint.
    ws: SecretUrl,
    /// Yellowstone gRPC, where there is one.
    pub geyser: Option<GeyserConfig>,
}

impl Endpoints {
    /// A chain with one endpoint of each kind. Errors when one of the addresses is wrong.
    pub fn at(rpc_url: &str, ws_url: &str) -> Result<Endpoints, ConfigError> {
        Ok(Endpoints {
            rpc: vec![rpc_address("AURELIUS_RPC_URL", "--rpc-url", rpc_url)?],
            ws: ws_address(ws_url)?,
            geyser: None,
        })
    }

    /// The preferred JSON-RPC endpoint.
    pub fn rpc_url(&self) -> &Url {
        // Both ways to make a chain give it one.
        self.rpc.first().unwrap_or(&self.ws).expose()
    }

    /// How to reach all JSON-RPC endpoints.
    pub fn rpc_config(&self) -> RpcConfig {
        let mut addresses = self.rpc.iter().map(|url| url.expose().as_str());
        let first = RpcConfig::new(addresses.next().unwrap_or_default());
        addresses.fold(first, RpcConfig::and)
    }

    /// A handle to it. Nothing is sent.
    ///
    /// # Errors
    /// When no pool can be made of the endpoints.
    pub fn chain(&self, sender: SenderConfig) -> anyhow::Result<Chain> {
        Ok(Chain::new(RpcPool::new(self.rpc_config())?, sender))
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

impl ChainArgs {
    /// Whether any JSON-RPC endpoint is given.
    pub fn is_given(&self) -> bool {
        !self.rpc_url.is_empty() || self.helius_rpc_url.is_some() || self.quicknode_rpc_url.is_some()
    }

    /// The endpoints. Errors when no RPC endpoint is given, one of them is wrong, or another program than
    /// this binary's is asked for. No error repeats more of an address than its host.
    pub fn resolve(&self) -> Result<Endpoints, ConfigError> {
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
        Ok(Endpoints { rpc, ws, geyser })
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
            problem(text, "http:// or https://", &error),
            format!("{variable}=http://127.0.0.1:8899"),
        )
    })
}

fn ws_address(text: &str) -> Result<SecretUrl, ConfigError> {
    SecretUrl::parse(text, &["ws", "wss"]).map_err(|error| {
        ConfigError::new(
            "AURELIUS_WS_URL (or --ws-url)",
            problem(text, "ws:// or wss://", &error),
            "AURELIUS_WS_URL=ws://127.0.0.1:8900",
        )
    })
}

/// What is wrong with an address; a missing scheme is told as such, because `localhost:8899` looks like one.
fn problem(text: &str, schemes: &str, error: &dyn std::fmt::Display) -> String {
    match text.contains("://") {
        true => format!("is wrong: {error}"),
        false => format!("has no scheme: it must begin with {schemes}"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Hidden {
        text.parse().unwrap()
    }

    fn at(rpc: &[&str]) -> ChainArgs {
        ChainArgs {
            rpc_url: rpc.iter().map(|url| hidden(url)).collect(),
            ..ChainArgs::default()
        }
    }

    fn check_ws(rpc: &str, expected: &str) {
        let chain = at(&[rpc]).resolve().unwrap();
        assert_eq!(chain.pubsub_config().url, expected);
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
        let only = ChainArgs {
            helius_rpc_url: Some(hidden("https://helius.example")),
            quicknode_rpc_url: Some(hidden("")),
            ..ChainArgs::default()
        };
        assert!(only.is_given());
        assert_eq!(only.resolve().unwrap().shown(), "https://helius.example");
        assert!(!ChainArgs::default().is_given());
    }

    #[test]
    fn keys_in_addresses_are_not_shown() {
        const KEY: &str = "5up3r-53cr37-k3y";
        let good = ChainArgs {
            rpc_url: vec![hidden(&format!("https://a.example/?api-key={KEY}"))],
            quicknode_rpc_url: Some(hidden(&format!("https://b.example/{KEY}/"))),
            yellowstone_url: Some(hidden(&format!("https://c.example/{KEY}"))),
            yellowstone_token: Some(hidden(KEY)),
            ..ChainArgs::default()
        };
        let chain = good.resolve().unwrap();
        let pool = RpcPool::new(chain.rpc_config()).unwrap();
        for shown in [
            format!("{good:?}"),
            format!("{chain:?}"),
            chain.shown(),
            pool.shown_url(),
            format!("{:?}", pool.endpoints()),
            format!("{:?}", chain.pubsub_config()),
        ] {
            assert!(!shown.contains(KEY), "{shown}");
        }
        let wrong = |change: fn(&mut ChainArgs, Hidden), scheme: &str| {
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
        let text = ChainArgs::default().resolve().unwrap_err().to_string();
        assert_eq!(
            text,
            "AURELIUS_RPC_URL (or --rpc-url) is missing; for example: AURELIUS_RPC_URL=http://127.0.0.1:8899"
        );
    }
}
