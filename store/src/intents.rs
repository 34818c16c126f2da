//! Intents: what the crank wants to do on chain, written before it is sent.
//!
//! Invariant: one intent for each (match, kind), so that asking twice for the same thing is asking once.
//! Absent: how the transaction is built, which is derived from the match each time.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::intent::{Intent, IntentCounts, IntentId, IntentKind, IntentState};
use crate::types::{Key, UnixMs};

/// The room of intents.
#[async_trait]
pub trait Intents: Send + Sync {
    /// Writes a queued intent, or returns the one that is already there for this match and kind.
    async fn enqueue(&self, match_key: &Key, kind: IntentKind, now_ms: UnixMs) -> Result<Intent, StoreError>;

    /// Moves every intent of `ids` to `to`, all or none.
    ///
    /// Errors: [`StoreError::NoIntent`], [`StoreError::Transition`].
    async fn advance(&self, ids: &[IntentId], to: &IntentState, now_ms: UnixMs) -> Result<(), StoreError>;

    /// Every queued, sent or unknown intent, oldest first.
    async fn open(&self) -> Result<Vec<Intent>, StoreError>;

    /// Every intent of a match, oldest first.
    async fn of_match(&self, match_key: &Key) -> Result<Vec<Intent>, StoreError>;

    /// How many intents are in each state.
    async fn counts(&self) -> Result<IntentCounts, StoreError>;
}
