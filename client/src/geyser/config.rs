//! How to connect, and which accounts to be told about.

use std::fmt;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use solana_commitment_config::CommitmentLevel;
use solana_rpc_client_api::filter::RpcFilterType;

use crate::backoff::Backoff;
use crate::secret_url::{SecretUrl, SecretUrlError};

/// A configuration no stream can be made of. Holds nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GeyserConfigError {
    /// The address is not one.
    #[error("{0}; give one like https://name.rpcpool.com")]
    Url(#[from] SecretUrlError),
    /// The token cannot be sent.
    #[error("the yellowstone token has characters that a header cannot hold; copy it again")]
    Token,
}

/// How to connect. Made by [`GeyserConfig::new`], then adjusted by field.
#[derive(Clone)]
#[non_exhaustive]
pub struct GeyserConfig {
    pub(super) url: SecretUrl,
    pub(super) token: Option<String>,
    /// Commitment of accounts and slots.
    pub commitment: CommitmentLevel,
    /// Bound of connecting, and of subscribing.
    pub connect_timeout: Duration,
    /// A stream that names no slot for this long is dead, whatever TCP thinks. Slots come every 400 ms.
    pub silence_max: Duration,
    /// How often we speak, so that nothing on the way takes the stream for idle.
    pub ping_interval: Duration,
    /// Waits between connections.
    pub backoff: Backoff,
    /// Failures in a row after which the stream counts as down.
    pub failures_max: u32,
    /// Notices a subscriber may lag behind.
    pub queue_len: usize,
    /// Longest message that is read.
    pub message_bytes_max: usize,
}

impl GeyserConfig {
    /// Defaults: confirmed, 10 s to connect, dead after 5 s of silence, a ping every 10 s, down after 2 failures, queues of
    /// 4,096 notices, messages of at most 32 MiB. `token` is sent as `x-token`.
    ///
    /// # Errors
    /// [`GeyserConfigError`].
    pub fn new(url: &str, token: Option<String>) -> Result<Self, GeyserConfigError> {
        let url = SecretUrl::parse(url, &["http", "https"])?;
        let token = token.filter(|token| !token.is_empty());
        if token
            .as_ref()
            .is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            return Err(GeyserConfigError::Token);
        }
        Ok(Self {
            url,
            token,
            commitment: CommitmentLevel::Confirmed,
            connect_timeout: Duration::from_secs(10),
            silence_max: Duration::from_secs(5),
            ping_interval: Duration::from_secs(10),
            backoff: Backoff::RECONNECT,
            failures_max: 2,
            queue_len: 4_096,
            message_bytes_max: 32 << 20,
        })
    }

    /// Where it connects, without what may be secret in it.
    pub fn url(&self) -> &SecretUrl {
        &self.url
    }
}

impl fmt::Debug for GeyserConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeyserConfig")
            .field("url", &self.url)
            .field("token", &self.token.as_ref().map(|_| "hidden"))
            .field("commitment", &self.commitment)
            .finish_non_exhaustive()
    }
}

/// Which accounts to be told about.
#[derive(Debug, Clone)]
pub struct AccountsFilter {
    /// The program they belong to.
    pub owner: Pubkey,
    /// What their data must show; all of these.
    pub filters: Vec<RpcFilterType>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geyser::{Geyser, GeyserNotice};

    #[test]
    fn nothing_secret_is_shown() {
        let key = "8b1f6c0e-secret";
        let config = GeyserConfig::new(&format!("https://x.example/{key}"), Some(key.into())).unwrap();
        assert!(!format!("{config:?}").contains(key));
        for (url, token) in [
            (format!("ws://x.example/{key}"), key),
            ("http://x".into(), "8b1f6c0e-secret\n"),
        ] {
            let error = GeyserConfig::new(&url, Some(token.into())).unwrap_err();
            assert!(!format!("{error} {error:?}").contains(key), "{error}");
        }
    }

    /// Nobody listens there; what matters is that TLS is set up at all.
    #[tokio::test]
    async fn an_encrypted_endpoint_that_is_not_there_is_down() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut config = GeyserConfig::new(&format!("https://{address}"), None).unwrap();
        config.failures_max = 1;
        let mut geyser = Geyser::start(config, Vec::new());
        let notice = tokio::time::timeout(Duration::from_secs(30), geyser.next()).await;
        assert!(
            matches!(notice, Ok(Some(GeyserNotice::Down { .. }))),
            "{notice:?}"
        );
    }
}
