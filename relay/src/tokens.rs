//! Resume tokens: a sign-in that need not be signed again for a while.
//!
//! A token is 256 random bits; only its holder and this table know it. In a fleet of relays the others know
//! it by its hash, so that what they share lets nobody in.
//!
//! Invariants: the table is bounded, the oldest tokens go first. A token holds on the relay that issued it,
//! whatever becomes of the others, and on every relay once they could be told.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use cluster::Cluster;
use parking_lot::Mutex;
use protocol::control::{Identity, ResumeToken};
use protocol::{Hash, SessionKey, WalletKey};
use rand::RngCore;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// A sign-in waits at most so long for the other relays to be told, or asked.
const PATIENCE: Duration = Duration::from_millis(500);
/// Tokens that the others could not be told of yet; more hold on this relay only.
const LATE_MAX: usize = 10_000;
/// Pause after a failure to tell the others.
const RETRY_WAIT: Duration = Duration::from_secs(1);

/// Who may resume as whom.
#[derive(Debug)]
pub(crate) struct Tokens {
    table: Mutex<Table>,
    life: Duration,
    tokens_max: usize,
    shared: Option<Shared>,
}

/// What all relays of a fleet know.
struct Shared {
    cluster: Cluster,
    late: mpsc::Sender<Late>,
}

/// A token that the others are still to be told of.
#[derive(Debug)]
pub(crate) struct Late {
    name: [u8; 32],
    identity: Identity,
    expires_at: Instant,
}

#[derive(Debug, Default)]
struct Table {
    identities: HashMap<Hash, (Identity, Instant)>,
    /// In the order of issue, which is that of expiry.
    order: VecDeque<(Hash, Instant)>,
}

impl Tokens {
    /// Those of a relay by itself.
    pub(crate) fn new(life: Duration, tokens_max: usize) -> Self {
        Self {
            table: Mutex::default(),
            life,
            tokens_max,
            shared: None,
        }
    }

    /// Those of a fleet, and what [`tell_late`] is to do.
    pub(crate) fn shared(
        life: Duration,
        tokens_max: usize,
        cluster: Cluster,
    ) -> (Self, mpsc::Receiver<Late>) {
        let (late, receiver) = mpsc::channel(LATE_MAX);
        let shared = Some(Shared { cluster, late });
        let tokens = Self {
            shared,
            ..Self::new(life, tokens_max)
        };
        (tokens, receiver)
    }

    /// How long a token holds from its issue.
    pub(crate) fn life(&self) -> Duration {
        self.life
    }

    /// A new token. The other relays know it, unless they cannot be reached at the moment.
    pub(crate) async fn issue(&self, identity: Identity) -> ResumeToken {
        let now = Instant::now();
        let token = self.keep(identity, now);
        let Some(shared) = &self.shared else {
            return token;
        };
        let (name, value) = (name(&token), to_bytes(identity));
        let told = shared.cluster.remember(&name, &value, self.life);
        if !matches!(timeout(PATIENCE, told).await, Ok(Ok(()))) {
            let late = Late {
                name,
                identity,
                expires_at: now + self.life,
            };
            if shared.late.try_send(late).is_err() {
                tracing::warn!("a resume token holds on this relay only: too many wait to be shared");
            }
        }
        token
    }

    /// Who holds this token, if it holds still.
    pub(crate) async fn identity(&self, token: &ResumeToken) -> Option<Identity> {
        if let Some(identity) = self.own(token, Instant::now()) {
            return Some(identity);
        }
        let shared = self.shared.as_ref()?;
        match timeout(PATIENCE, shared.cluster.recall(&name(token))).await {
            Ok(Ok(bytes)) => from_bytes(&bytes?),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a resume token cannot be looked up");
                None
            }
            Err(_) => {
                tracing::warn!("a resume token cannot be looked up in time");
                None
            }
        }
    }

    fn keep(&self, identity: Identity, now: Instant) -> ResumeToken {
        let mut secret = Hash::default();
        rand::thread_rng().fill_bytes(&mut secret.0);
        let mut table = self.table.lock();
        while let Some((oldest, issued)) = table.order.front().copied() {
            let expired = now.saturating_duration_since(issued) > self.life;
            if !expired && table.order.len() < self.tokens_max {
                break;
            }
            table.order.pop_front();
            table.identities.remove(&oldest);
        }
        table.identities.insert(secret, (identity, now));
        table.order.push_back((secret, now));
        ResumeToken(secret)
    }

    fn own(&self, token: &ResumeToken, now: Instant) -> Option<Identity> {
        let table = self.table.lock();
        let (identity, issued) = table.identities.get(&token.0)?;
        (now.saturating_duration_since(*issued) <= self.life).then_some(*identity)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// Tells the other relays what they could not be told before, one after the other; for a task.
pub(crate) async fn tell_late(cluster: Cluster, mut late: mpsc::Receiver<Late>) {
    while let Some(token) = late.recv().await {
        loop {
            let left = token.expires_at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let value = to_bytes(token.identity);
            match timeout(PATIENCE, cluster.remember(&token.name, &value, left)).await {
                Ok(Ok(())) => break,
                Ok(Err(_)) | Err(_) => sleep(RETRY_WAIT).await,
            }
        }
    }
}

/// Under which others know a token.
fn name(token: &ResumeToken) -> [u8; 32] {
    Sha256::digest(token.0 .0).into()
}

/// | offset | bytes | what |
/// |---|---|---|
/// | 0 | 1 | 0 wallet, 1 session, 2 session for the entry of a wallet |
/// | 1 | 32 | key; of 2 the wallet |
/// | 33 | 32 | of 2 the session key |
fn to_bytes(identity: Identity) -> Vec<u8> {
    match identity {
        Identity::Wallet(wallet) => [&[0], &wallet.0[..]].concat(),
        Identity::Session(session) => [&[1], &session.0[..]].concat(),
        Identity::Player { wallet, session } => [&[2], &wallet.0[..], &session.0].concat(),
    }
}

/// None of what no relay of this version wrote.
fn from_bytes(bytes: &[u8]) -> Option<Identity> {
    let (&kind, rest) = bytes.split_first()?;
    let (&key, rest) = rest.split_first_chunk::<32>()?;
    match (kind, rest) {
        (0, []) => Some(Identity::Wallet(WalletKey(key))),
        (1, []) => Some(Identity::Session(SessionKey(key))),
        (2, session) => Some(Identity::Player {
            wallet: WalletKey(key),
            session: SessionKey(session.try_into().ok()?),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_expire_and_the_table_is_bounded() {
        let tokens = Tokens::new(Duration::from_secs(10), 3);
        let start = Instant::now();
        let identity = |n| Identity::Wallet(WalletKey([n; 32]));
        let all: Vec<_> = (0..5).map(|n| tokens.keep(identity(n), start)).collect();
        assert_eq!(tokens.table.lock().identities.len(), 3);
        assert_eq!(tokens.own(&all[1], start), None);
        let later = start + Duration::from_secs(10);
        assert_eq!(tokens.own(&all[4], later), Some(identity(4)));
        let late = later + Duration::from_secs(1);
        assert_eq!(tokens.own(&all[4], late), None);
        tokens.keep(identity(9), late);
        assert_eq!(tokens.table.lock().identities.len(), 1);
        assert_eq!(tokens.own(&ResumeToken(Hash([0; 32])), late), None);
    }

    #[test]
    fn identities_survive_being_shared_and_strangers_words_do_not() {
        for identity in [
            Identity::Wallet(WalletKey([3; 32])),
            Identity::Session(SessionKey([4; 32])),
            Identity::Player {
                wallet: WalletKey([5; 32]),
                session: SessionKey([6; 32]),
            },
        ] {
            assert_eq!(from_bytes(&to_bytes(identity)), Some(identity));
        }
        for bytes in [&[][..], &[0; 32], &[0; 34], &[2; 33]] {
            assert_eq!(from_bytes(bytes), None, "{bytes:?}");
        }
    }
}
