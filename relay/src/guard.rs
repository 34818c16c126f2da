//! Anti-cheat: flags are counted per wallet, and so many within a window ban it.
//!
//! Flags and bans are kept by the store, so that they survive a restart and hold on every relay; the other
//! relays of a fleet are told of a ban, so that they close the wallet's sockets at once. Deliberately absent:
//! what deserves a flag; see `RejectReason::is_suspicious` and the socket.

use std::sync::Arc;
use std::time::Duration;

use protocol::codes::CloseCode;
use protocol::WalletKey;
use store::{Ban, Bans, StoreError};

use crate::clock::unix_ms;
use crate::config::Limits;
use crate::fleet::{Fleet, News};
use crate::observe::Metrics;
use crate::registry::Registry;

/// Counts flags and knows bans.
pub(crate) struct Guard {
    bans: Arc<dyn Bans>,
    registry: Arc<Registry>,
    fleet: Option<Arc<Fleet>>,
    metrics: Metrics,
    flags_max: u32,
    flag_window: Duration,
    ban: Option<Duration>,
}

impl Guard {
    pub(crate) fn new(
        bans: Arc<dyn Bans>,
        registry: Arc<Registry>,
        fleet: Option<Arc<Fleet>>,
        metrics: Metrics,
        limits: &Limits,
    ) -> Self {
        let Limits {
            flags_max,
            flag_window,
            ban,
            ..
        } = *limits;
        Self {
            bans,
            registry,
            fleet,
            metrics,
            flags_max,
            flag_window,
            ban,
        }
    }

    /// Counts one flag; the last one that is allowed bans the wallet and closes its sockets.
    pub(crate) async fn flag(&self, wallet: &WalletKey, kind: &'static str) {
        self.metrics.flagged(kind);
        tracing::info!(player = %wallet, kind, "anti-cheat flag");
        let now = now_ms();
        let since = now.saturating_sub(millis(self.flag_window));
        let outcome = match self.bans.flag(&wallet.0, kind, now, since).await {
            Ok(count) if count >= self.flags_max => self.ban(wallet, kind, now, count).await,
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            tracing::error!(player = %wallet, kind, error = &error as &dyn std::error::Error, "a flag could not be kept");
        }
    }

    /// Whether the wallet may not play now. If the store does not answer it may: nobody who paid is locked
    /// out by our own failure.
    pub(crate) async fn is_banned(&self, wallet: &WalletKey) -> bool {
        match self.bans.current(&wallet.0, now_ms()).await {
            Ok(ban) => ban.is_some(),
            Err(error) => {
                tracing::error!(player = %wallet, error = &error as &dyn std::error::Error, "bans cannot be read");
                false
            }
        }
    }

    /// Lifts a ban; false if there was none.
    pub(crate) async fn unban(&self, wallet: &WalletKey) -> Result<bool, StoreError> {
        self.bans.unban(&wallet.0).await
    }

    async fn ban(&self, wallet: &WalletKey, kind: &str, now: i64, flags: u32) -> Result<(), StoreError> {
        let reason = format!(
            "{flags} flags within {} s, the last: {kind}",
            self.flag_window.as_secs()
        );
        tracing::warn!(player = %wallet, reason, "wallet banned");
        self.metrics.bans.increment(1);
        let until_ms = self.ban.map(|length| now.saturating_add(millis(length)));
        self.bans
            .ban(&Ban {
                wallet: wallet.0,
                reason,
                since_ms: now,
                until_ms,
            })
            .await?;
        self.registry.kick_owner(&wallet.0, CloseCode::Banned);
        if let Some(fleet) = &self.fleet {
            fleet.say(News::Banned(*wallet));
        }
        Ok(())
    }
}

fn now_ms() -> i64 {
    i64::try_from(unix_ms()).unwrap_or(i64::MAX)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
