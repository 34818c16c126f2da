//! What a relay is told at its start, and the limits that bound it.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use protocol::api::ChainInfo;
use protocol::PublicKey;

/// Renders the process's metrics in Prometheus' text form.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// One more thing that `/health` looks at: a sentence on failure.
pub type Check = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// How amounts of a mint are shown, for matches that only history knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The mint.
    pub mint: PublicKey,
    /// Its decimals.
    pub decimals: u8,
    /// What people call it.
    pub symbol: String,
}

/// The relays of which this one is one: whoever has the same cluster and prefix.
#[derive(Clone)]
pub struct Fleet {
    /// What they share.
    pub cluster: cluster::Cluster,
    /// This relay's name, for people.
    pub name: String,
}

/// What a relay is told at its start.
#[derive(Clone)]
pub struct RelayConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Hosts, each with its port where that is not the usual one, under which players reach the relay: a
    /// sign-in names the one that the client used. None: those of this machine.
    pub domains: Vec<String>,
    /// Chain that a sign-in names: `mainnet`, `devnet`, `testnet` or `localnet`.
    pub chain: String,
    /// Where that chain is read, for the page; none where the relay was not told.
    pub chain_info: Option<ChainInfo>,
    /// The built web page; none serves a page that says so.
    pub web_dir: Option<PathBuf>,
    /// Where replay files lie.
    pub replay_dir: Option<PathBuf>,
    /// Origins that browsers may call from, as `https://play.example`; empty allows all. There are no
    /// cookies.
    pub cors_origins: Vec<String>,
    /// Whether the last address of `X-Forwarded-For` is the client's: only behind a proxy that sets it.
    pub trust_forwarded: bool,
    /// Whose matches these are, for those that only history knows.
    pub operator: Option<PublicKey>,
    /// Tokens, for matches that only history knows.
    pub tokens: Vec<Token>,
    /// For `/metrics`; none answers 404.
    pub metrics: Option<RenderMetrics>,
    /// For `/health`, by name, beside the relay's own.
    pub checks: Vec<(String, Check)>,
    /// None: this relay is by itself.
    pub fleet: Option<Fleet>,
    /// How long `/health` fails, and nobody new is let in, before sockets are closed at a drain.
    pub drain_delay: Duration,
    /// Bounds on everything.
    pub limits: Limits,
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
            domains: Vec::new(),
            chain: "localnet".into(),
            chain_info: None,
            web_dir: None,
            replay_dir: None,
            cors_origins: Vec::new(),
            trust_forwarded: false,
            operator: None,
            tokens: Vec::new(),
            metrics: None,
            checks: Vec::new(),
            fleet: None,
            drain_delay: Duration::ZERO,
            limits: Limits::default(),
        }
    }
}

impl fmt::Debug for RelayConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayConfig")
            .field("listen", &self.listen)
            .field("domains", &self.domains)
            .field("chain", &self.chain)
            .field("chain_info", &self.chain_info)
            .field("web_dir", &self.web_dir)
            .field("replay_dir", &self.replay_dir)
            .field("cors_origins", &self.cors_origins)
            .field("trust_forwarded", &self.trust_forwarded)
            .field("fleet", &self.fleet.as_ref().map(|fleet| &fleet.name))
            .field("drain_delay", &self.drain_delay)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Bounds on everything a client can ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections of any kind at once.
    pub connections_max: usize,
    /// Connections of one address (IPv6: of one /64) at once.
    pub connections_per_address_max: u32,
    /// Connections and HTTP requests of one address: a second, on average.
    pub requests_per_address_per_second: u32,
    /// The same at once, after a pause.
    pub requests_per_address_burst: u32,
    /// Signed-in sockets of one wallet or session key at once.
    pub sockets_per_wallet_max: u32,
    /// The largest message from a client, bytes.
    pub message_bytes_max: usize,
    /// Messages on one socket: a second, on average. Five warriors at ten changes a second are 50.
    pub messages_per_second: u32,
    /// The same at once, after a pause.
    pub messages_burst: u32,
    /// Bytes read from one socket: a second, on average. 100 inputs have about 20 kB.
    pub bytes_per_second: u32,
    /// Changes of one warrior a second that are let through; the rules allow 10 in a segment.
    pub inputs_per_warrior_per_second: u32,
    /// Inputs of one socket that wait for the crank.
    pub inputs_in_flight_max: usize,
    /// How long `Play` waits for an entry that the chain has and the crank has not told of yet.
    pub entry_patience: Duration,
    /// Frames that a follower may fall behind before it is skipped to a keyframe. 128 are two seconds.
    pub queue_frames: usize,
    /// Skips of one socket within `skip_window` before it is closed.
    pub skips_max: u32,
    /// See `skips_max`.
    pub skip_window: Duration,
    /// How long one write may wait for a client that does not read.
    pub send_timeout: Duration,
    /// The kernel's buffer for each socket, bytes: what a client that does not read has in flight before its
    /// frames pile up in the ring. The kernel doubles it.
    pub send_buffer_bytes: u32,
    /// A request's head, and the first message of a socket, must come within this.
    pub first_message_timeout: Duration,
    /// A socket silent for this long is pinged, and closed after the same time again.
    pub idle_timeout: Duration,
    /// An HTTP connection ends after this at the latest.
    pub http_connection_life: Duration,
    /// How long a resume token holds.
    pub token_life: Duration,
    /// Resume tokens remembered; the oldest go first.
    pub tokens_max: usize,
    /// Flags within `flag_window` that ban a wallet.
    pub flags_max: u32,
    /// See `flags_max`.
    pub flag_window: Duration,
    /// How long a ban holds; none until somebody lifts it.
    pub ban: Option<Duration>,
    /// The time over which the sockets of one relay of a fleet are told to leave at a drain, so that they do
    /// not come to the others all at once.
    pub drain_spread: Duration,
    /// How long sockets have to take their leave at a drain.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 20_000,
            connections_per_address_max: 256,
            requests_per_address_per_second: 50,
            requests_per_address_burst: 300,
            sockets_per_wallet_max: 8,
            message_bytes_max: 4096,
            messages_per_second: 100,
            messages_burst: 200,
            bytes_per_second: 64 * 1024,
            inputs_per_warrior_per_second: 12,
            inputs_in_flight_max: 64,
            entry_patience: Duration::from_secs(3),
            queue_frames: 128,
            skips_max: 3,
            skip_window: Duration::from_secs(60),
            send_timeout: Duration::from_secs(10),
            send_buffer_bytes: 16 * 1024,
            first_message_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            http_connection_life: Duration::from_secs(300),
            token_life: Duration::from_secs(600),
            tokens_max: 100_000,
            flags_max: 5,
            flag_window: Duration::from_secs(60),
            ban: Some(Duration::from_secs(24 * 3600)),
            drain_spread: Duration::from_secs(2),
            drain_timeout: Duration::from_secs(5),
        }
    }
}

/// A configuration that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A limit that is zero would refuse everything.
    #[error("the limit `{0}` is zero; expected at least 1")]
    ZeroLimit(&'static str),
    /// A folder that is none.
    #[error("`{name}` is {path:?}, which is not a folder")]
    NotAFolder {
        /// Which setting.
        name: &'static str,
        /// Its value.
        path: PathBuf,
    },
    /// An origin with a path, or without a scheme.
    #[error("`cors_origins` has {0:?}; expected scheme and host, for instance https://play.example")]
    Origin(String),
    /// A name that a sign-in text cannot carry.
    #[error("`{name}` is {found:?}; expected 1 to 255 visible characters")]
    Name {
        /// Which setting.
        name: &'static str,
        /// Its value.
        found: String,
    },
    /// An address that the page could not use.
    #[error("`chain_info.{name}` is {found:?}; expected an address as {expected}… (an explorer's with {{signature}})")]
    Address {
        /// Which part.
        name: &'static str,
        /// Its value.
        found: String,
        /// How it would begin.
        expected: &'static str,
    },
}

impl RelayConfig {
    /// Checks everything that can be checked without starting.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting and what would be right.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.limits.validate()?;
        for (name, path) in [("web_dir", &self.web_dir), ("replay_dir", &self.replay_dir)] {
            if let Some(path) = path.as_ref().filter(|path| !path.is_dir()) {
                return Err(ConfigError::NotAFolder {
                    name,
                    path: path.clone(),
                });
            }
        }
        for origin in &self.cors_origins {
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            let is_host =
                |host: &str| !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
            if !host.is_some_and(is_host) {
                return Err(ConfigError::Origin(origin.clone()));
            }
        }
        self.validate_names()?;
        self.chain_info.as_ref().map_or(Ok(()), validate_chain)
    }

    fn validate_names(&self) -> Result<(), ConfigError> {
        let domains = self.domains.iter().map(|domain| ("domains", domain));
        let names = domains
            .chain([("chain", &self.chain)])
            .chain(self.fleet.iter().map(|fleet| ("name", &fleet.name)));
        for (name, found) in names {
            let fits = (1..=255).contains(&found.len()) && found.bytes().all(|byte| byte.is_ascii_graphic());
            if !fits {
                return Err(ConfigError::Name {
                    name,
                    found: found.clone(),
                });
            }
        }
        Ok(())
    }
}

/// Addresses that the page will use, and that its browser is told to let it use.
fn validate_chain(chain: &ChainInfo) -> Result<(), ConfigError> {
    let checks = [
        ("rpc", Some(&chain.rpc), ["http://", "https://"]),
        ("pubsub", chain.pubsub.as_ref(), ["ws://", "wss://"]),
        ("explorer", chain.explorer.as_ref(), ["http://", "https://"]),
    ];
    for (name, found, schemes) in checks {
        let fits = |text: &&String| {
            schemes.iter().any(|scheme| text.starts_with(scheme))
                && text.bytes().all(|byte| byte.is_ascii_graphic())
                && (name != "explorer" || text.contains("{signature}"))
        };
        if let Some(found) = found.filter(|text| !fits(text)) {
            return Err(ConfigError::Address {
                name,
                found: found.clone(),
                expected: schemes[0],
            });
        }
    }
    Ok(())
}

impl Limits {
    fn validate(&self) -> Result<(), ConfigError> {
        let counts: [(&'static str, u64); 17] = [
            ("connections_max", self.connections_max as u64),
            (
                "connections_per_address_max",
                self.connections_per_address_max.into(),
            ),
            (
                "requests_per_address_per_second",
                self.requests_per_address_per_second.into(),
            ),
            (
                "requests_per_address_burst",
                self.requests_per_address_burst.into(),
            ),
            ("sockets_per_wallet_max", self.sockets_per_wallet_max.into()),
            ("message_bytes_max", self.message_bytes_max as u64),
            ("messages_per_second", self.messages_per_second.into()),
            ("messages_burst", self.messages_burst.into()),
            ("bytes_per_second", self.bytes_per_second.into()),
            (
                "inputs_per_warrior_per_second",
                self.inputs_per_warrior_per_second.into(),
            ),
            ("inputs_in_flight_max", self.inputs_in_flight_max as u64),
            ("queue_frames", self.queue_frames as u64),
            ("send_timeout", self.send_timeout.as_millis() as u64),
            (
                "first_message_timeout",
                self.first_message_timeout.as_millis() as u64,
            ),
            ("idle_timeout", self.idle_timeout.as_millis() as u64),
            ("tokens_max", self.tokens_max as u64),
            ("flags_max", self.flags_max.into()),
        ];
        match counts.into_iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(ConfigError::ZeroLimit(name)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_setting_is_named() {
        assert_eq!(RelayConfig::default().validate(), Ok(()));
        let check = |change: fn(&mut RelayConfig), expected: &str| {
            let mut config = RelayConfig::default();
            change(&mut config);
            let error = config.validate().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(|c| c.limits.queue_frames = 0, "`queue_frames` is zero");
        check(
            |c| c.limits.idle_timeout = Duration::ZERO,
            "`idle_timeout` is zero",
        );
        check(|c| c.web_dir = Some("/no/such/folder".into()), "`web_dir`");
        check(
            |c| c.cors_origins = vec!["play.example".into()],
            "https://play.example",
        );
        check(
            |c| c.cors_origins = vec!["https://play.example/path".into()],
            "`cors_origins`",
        );
        check(|c| c.domains = vec!["two\nlines".into()], "`domains`");
        check(|c| c.chain = String::new(), "`chain`");
    }
}
