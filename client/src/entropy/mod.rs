//! Fetching a match's randomness from its oracle's gateway.
//!
//! Owns one HTTP exchange: `POST {gateway}/gateway/api/v1/randomness_reveal`. The gateway's address was written on chain
//! by the oracle's operator, so it is input from a stranger: see [`guard`] for where we are willing to connect.
//! Invariants: answers are bounded in size and time; redirects are not followed; what comes back is checked for shape
//! only, because the Switchboard program checks the signature on chain and refuses a lie.
//! Absent on purpose: choosing among oracles, and any retry (the caller knows its deadline).

pub mod guard;
pub mod start;
pub mod switchboard;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use base64::prelude::{Engine, BASE64_STANDARD};
use serde::Deserialize;

pub use guard::{GatewayUrlError, Reach};

/// Path of the reveal endpoint below a gateway's address.
const REVEAL_PATH: &str = "gateway/api/v1/randomness_reveal";

/// A reveal has about 300 bytes of JSON; errors come with a page of text.
const RESPONSE_BYTES_MAX: usize = 16 << 10;

/// The part of a gateway's complaint that is worth repeating.
const COMPLAINT_CHARS_MAX: usize = 200;

/// What `start_match` needs to reveal the randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reveal {
    /// The oracle's secp256k1 signature.
    pub signature: [u8; 64],
    /// Its recovery id.
    pub recovery_id: u8,
    /// The random value.
    pub value: [u8; 32],
}

/// What the randomness account committed to; read it with [`switchboard::Randomness`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment {
    /// The randomness account.
    pub randomness: Pubkey,
    /// Slot whose hash it committed to.
    pub seed_slot: u64,
    /// That hash.
    pub seed_slothash: [u8; 32],
}

/// A gateway that gave no reveal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntropyError {
    /// We refuse to connect there.
    #[error(transparent)]
    Gateway(#[from] GatewayUrlError),
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
    /// No answer in time.
    #[error("the gateway {gateway} could not be reached: {source}")]
    Unreachable {
        /// Where we tried.
        gateway: String,
        /// What failed.
        #[source]
        source: reqwest::Error,
    },
    /// An answer that is an error.
    #[error("the gateway {gateway} answered status {status}: {complaint}{hint}")]
    Refused {
        /// Who answered.
        gateway: String,
        /// HTTP status.
        status: u16,
        /// The beginning of what it said.
        complaint: String,
        /// What to do about it, if we know; begins with a semicolon.
        hint: &'static str,
    },
    /// An answer of the wrong shape.
    #[error("the gateway {gateway} answered no reveal: {reason}")]
    Malformed {
        /// Who answered.
        gateway: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl EntropyError {
    /// Whether the same gateway may answer a moment later: the seed slot may not have reached it yet.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { source, .. } => !source.is_builder() && !source.is_redirect(),
            // 404 and 400 are what gateways say about slots they have not seen.
            Self::Refused { status, .. } => matches!(status, 400 | 404 | 408 | 425 | 429 | 500..=599),
            Self::Gateway(_) | Self::Client(_) | Self::Malformed { .. } => false,
        }
    }
}

/// Newer gateways read the seed slot's hash from an RPC endpoint that the request names.
const RPC_HINT: &str =
    "; it wants to be told an RPC endpoint of the chain: name a public one as --public-rpc";

/// A client of oracle gateways. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EntropyClient {
    http: reqwest::Client,
    reach: Reach,
    /// RPC endpoint that gateways are told. Strangers read it: never one whose address carries a key.
    public_rpc: Option<Arc<str>>,
}

impl EntropyClient {
    /// A client that connects as far as `reach` allows and gives up after `timeout`.
    pub fn new(reach: Reach, timeout: Duration) -> Result<Self, EntropyError> {
        let http = reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would resolve names out of the guard's sight.
            .no_proxy()
            .dns_resolver(Arc::new(guard::GuardedResolver::new(reach)))
            .build()
            .map_err(EntropyError::Client)?;
        Ok(Self {
            http,
            reach,
            public_rpc: None,
        })
    }

    /// Names this RPC endpoint to gateways, as newer ones ask for. Strangers will read the address.
    pub fn with_public_rpc(mut self, url: Option<&str>) -> Self {
        self.public_rpc = url.map(Arc::from);
        self
    }

    /// Whether somebody answers at `gateway`: it is asked for a value that nobody committed to, so that any
    /// answer, a refusal too, will do.
    ///
    /// # Errors
    /// We refuse to connect there, or nobody answers.
    pub async fn probe(&self, gateway: &str) -> Result<(), EntropyError> {
        let nobody = Commitment {
            randomness: Pubkey::default(),
            seed_slot: 0,
            seed_slothash: [0; 32],
        };
        match self.reveal(gateway, &nobody).await {
            Err(error @ (EntropyError::Unreachable { .. } | EntropyError::Gateway(_))) => Err(error),
            _ => Ok(()),
        }
    }

    /// Asks `gateway` (its base address) for the reveal of `commitment`.
    pub async fn reveal(&self, gateway: &str, commitment: &Commitment) -> Result<Reveal, EntropyError> {
        let url = guard::check(gateway, self.reach)?
            .join(REVEAL_PATH)
            .map_err(|error| GatewayUrlError::NotAUrl {
                url: gateway.to_owned(),
                reason: error.to_string(),
            })?;
        let mut body = serde_json::json!({
            "slothash": commitment.seed_slothash,
            "randomness_key": hex::encode(commitment.randomness.to_bytes()),
            "slot": commitment.seed_slot,
        });
        if let Some(rpc) = self.public_rpc.as_deref() {
            body["rpc"] = rpc.into();
        }
        let unreachable = |source: reqwest::Error| EntropyError::Unreachable {
            gateway: gateway.to_owned(),
            source: source.without_url(),
        };
        let mut response = self
            .http
            .post(url)
            .json(&body)
            .send()
            .await
            .map_err(unreachable)?;
        let status = response.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if bytes.len() + chunk.len() > RESPONSE_BYTES_MAX {
                let reason = format!("its answer is longer than {RESPONSE_BYTES_MAX} bytes");
                return Err(EntropyError::Malformed {
                    gateway: gateway.to_owned(),
                    reason,
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        if !status.is_success() {
            let complaint = complaint(&bytes);
            let wants_rpc = self.public_rpc.is_none() && complaint.to_ascii_lowercase().contains("rpc");
            return Err(EntropyError::Refused {
                gateway: gateway.to_owned(),
                status: status.as_u16(),
                complaint,
                hint: if wants_rpc { RPC_HINT } else { "" },
            });
        }
        parse(&bytes).map_err(|reason| EntropyError::Malformed {
            gateway: gateway.to_owned(),
            reason,
        })
    }
}

#[derive(Deserialize)]
struct RevealBody {
    /// Base64.
    signature: String,
    recovery_id: u8,
    value: Vec<u8>,
}

fn parse(bytes: &[u8]) -> Result<Reveal, String> {
    let body: RevealBody = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let signature = BASE64_STANDARD
        .decode(&body.signature)
        .map_err(|error| format!("signature: {error}"))?;
    let signature = <[u8; 64]>::try_from(signature)
        .map_err(|bytes| format!("the signature has {} bytes, 64 are right", bytes.len()))?;
    let value = <[u8; 32]>::try_from(body.value)
        .map_err(|bytes| format!("the value has {} bytes, 32 are right", bytes.len()))?;
    Ok(Reveal {
        signature,
        recovery_id: body.recovery_id,
        value,
    })
}

/// The beginning of an error answer, without control characters that could play with a terminal.
fn complaint(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .filter(|c| !c.is_control())
        .take(COMPLAINT_CHARS_MAX)
        .collect()
}
