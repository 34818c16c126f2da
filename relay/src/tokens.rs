//! Resume tokens: a sign-in that need not be signed again for a while.
//!
//! A token is 256 random bits; only its holder and this table know it. Invariant: the table is bounded, the oldest
//! tokens go first.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use protocol::control::{Identity, ResumeToken};
use protocol::Hash;
use rand::RngCore;

/// Who may resume as whom.
#[derive(Debug)]
pub(crate) struct Tokens {
    table: Mutex<Table>,
    life: Duration,
    tokens_max: usize,
}

#[derive(Debug, Default)]
struct Table {
    identities: HashMap<Hash, (Identity, Instant)>,
    /// In the order of issue, which is that of expiry.
    order: VecDeque<(Hash, Instant)>,
}

impl Tokens {
    pub(crate) fn new(life: Duration, tokens_max: usize) -> Self {
        Self {
            table: Mutex::default(),
            life,
            tokens_max,
        }
    }

    /// How long a token holds from its issue.
    pub(crate) fn life(&self) -> Duration {
        self.life
    }

    /// A new token.
    pub(crate) fn issue(&self, identity: Identity, now: Instant) -> ResumeToken {
        let mut secret = Hash::default();
        rand::thread_rng().fill_bytes(&mut secret.0);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// Who holds this token, if it holds still.
    pub(crate) fn identity(&self, token: &ResumeToken, now: Instant) -> Option<Identity> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let (identity, issued) = table.identities.get(&token.0)?;
        (now.saturating_duration_since(*issued) <= self.life).then_some(*identity)
    }
}

#[cfg(test)]
mod tests {
    use protocol::WalletKey;

    use super::*;

    #[test]
    fn tokens_expire_and_the_table_is_bounded() {
        let tokens = Tokens::new(Duration::from_secs(10), 3);
        let start = Instant::now();
        let identity = |n| Identity::Wallet(WalletKey([n; 32]));
        let all: Vec<_> = (0..5).map(|n| tokens.issue(identity(n), start)).collect();
        assert_eq!(tokens.table.lock().unwrap().identities.len(), 3);
        assert_eq!(tokens.identity(&all[1], start), None);
        let later = start + Duration::from_secs(10);
        assert_eq!(tokens.identity(&all[4], later), Some(identity(4)));
        let late = later + Duration::from_secs(1);
        assert_eq!(tokens.identity(&all[4], late), None);
        tokens.issue(identity(9), late);
        assert_eq!(tokens.table.lock().unwrap().identities.len(), 1);
        assert_eq!(tokens.identity(&ResumeToken(Hash([0; 32])), late), None);
    }
}
