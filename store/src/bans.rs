//! Wallets that may not play, and the anti-cheat flags that led there.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::types::{Key, UnixMs};

/// A ban in force or expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    pub wallet: Key,
    pub reason: String,
    pub since_ms: UnixMs,
    /// When it ends; `None` until somebody lifts it.
    pub until_ms: Option<UnixMs>,
}

/// The room of bans.
#[async_trait]
pub trait Bans: Send + Sync {
    /// Bans a wallet, replacing an earlier ban of it.
    async fn ban(&self, ban: &Ban) -> Result<(), StoreError>;

    /// Lifts a ban and forgets the wallet's flags. Returns whether there was a ban.
    async fn unban(&self, wallet: &Key) -> Result<bool, StoreError>;

    /// The ban in force at `now_ms`.
    async fn current(&self, wallet: &Key, now_ms: UnixMs) -> Result<Option<Ban>, StoreError>;

    /// Every ban in force at `now_ms`, newest first.
    async fn all(&self, now_ms: UnixMs) -> Result<Vec<Ban>, StoreError>;

    /// Records one flag of `kind` and returns how many flags the wallet got since `since_ms`, this one
    /// included. Flags before `since_ms` are forgotten.
    async fn flag(
        &self,
        wallet: &Key,
        kind: &str,
        now_ms: UnixMs,
        since_ms: UnixMs,
    ) -> Result<u32, StoreError>;
}
