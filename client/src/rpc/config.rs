//! How the pool reaches the chain.

use std::fmt;
use std::time::Duration;

use solana_commitment_config::CommitmentConfig;

use crate::backoff::Backoff;
use crate::secret_url::SecretUrl;

/// More endpoints than anybody has accounts with; bounds what a check of all of them costs.
pub const ENDPOINTS_MAX: usize = 16;

/// A configuration no endpoint can be made of.
#[derive(Debug, thiserror::Error)]
pub enum RpcConfigError {
    /// The address is not one.
    #[error("{url} is not an RPC address ({reason}); give one like https://api.devnet.solana.com")]
    Url {
        /// What was given, as far as it may be shown.
        url: String,
        /// Why it was refused.
        reason: String,
    },
    /// More endpoints than a pool takes.
    #[error("{0} RPC endpoints are given, at most {ENDPOINTS_MAX} are used")]
    TooMany(usize),
    /// The HTTP client could not be built (TLS roots, resolver).
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
}

/// How to reach the chain. Made by [`RpcConfig::new`], then adjusted by field.
#[derive(Clone)]
#[non_exhaustive]
pub struct RpcConfig {
    /// `http://` or `https://` addresses of JSON-RPC endpoints of one cluster, the preferred one first.
    urls: Vec<String>,
    /// Commitment of every read that names none. Confirmed: what a crank may act on.
    pub commitment: CommitmentConfig,
    /// Bound of establishing a connection.
    pub connect_timeout: Duration,
    /// Bound of one attempt, from the first byte sent to the last received.
    pub timeout: Duration,
    /// Bound of one attempt while another endpoint is ready: longer than this nobody waits for a node that hangs. Scans of
    /// a program's accounts have [`Self::timeout`].
    pub patience: Duration,
    /// Longest answer that is read.
    pub response_bytes_max: usize,
    /// Attempts and waits after transient failures. Each endpoint after the first adds one attempt.
    pub backoff: Backoff,
    /// An endpoint further behind the best one than this many slots is asked only when there is no other.
    pub lag_slots_max: u64,
    /// Endpoints that get a transaction at the same time. Its bytes can land only once, wherever they came from.
    pub send_endpoints_max: usize,
    /// How often the slots of all endpoints are compared, while the pool is used. Not done for a single endpoint.
    pub check_interval: Duration,
}

impl RpcConfig {
    /// Defaults: confirmed, 5 s to connect, 20 s an attempt (4 s while another endpoint is ready), 64 MiB an answer, [`Backoff::REQUEST`], 25 slots (10 s) of
    /// lag, transactions to 3 endpoints, slots compared every 5 s.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            urls: vec![url.into()],
            commitment: CommitmentConfig::confirmed(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(20),
            patience: Duration::from_secs(4),
            response_bytes_max: 64 << 20,
            backoff: Backoff::REQUEST,
            lag_slots_max: 25,
            send_endpoints_max: 3,
            check_interval: Duration::from_secs(5),
        }
    }

    /// One endpoint more, less preferred than those before. The same address twice counts once.
    #[must_use]
    pub fn and(mut self, url: impl Into<String>) -> Self {
        self.urls.push(url.into());
        self
    }

    /// The addresses, checked.
    pub(super) fn endpoints(&self) -> Result<Vec<SecretUrl>, RpcConfigError> {
        let mut endpoints: Vec<SecretUrl> = Vec::with_capacity(self.urls.len());
        for text in &self.urls {
            let url = SecretUrl::parse(text, &["http", "https"]).map_err(|error| RpcConfigError::Url {
                url: error.shown,
                reason: error.reason,
            })?;
            if !endpoints.contains(&url) {
                endpoints.push(url);
            }
        }
        if endpoints.len() > ENDPOINTS_MAX {
            return Err(RpcConfigError::TooMany(endpoints.len()));
        }
        Ok(endpoints)
    }
}

impl fmt::Debug for RpcConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcConfig")
            .field("endpoints", &self.urls.len())
            .field("commitment", &self.commitment)
            .finish_non_exhaustive()
    }
}
