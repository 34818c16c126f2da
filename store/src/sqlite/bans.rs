//! The room of bans in SQLite.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::column::{bytes, int, int_opt, text};
use super::{refused, Pools};
use crate::{Ban, Bans, Key, StoreError, UnixMs};

#[async_trait]
impl Bans for Pools {
    async fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO bans (wallet, reason, since_ms, until_ms) VALUES (?, ?, ?, ?) ON CONFLICT (wallet)
             DO UPDATE SET reason = excluded.reason, since_ms = excluded.since_ms, until_ms = excluded.until_ms",
        )
        .bind(ban.wallet.as_slice())
        .bind(&ban.reason)
        .bind(ban.since_ms)
        .bind(ban.until_ms)
        .execute(&self.write)
        .await
        .map_err(refused("write a ban"))?;
        Ok(())
    }

    async fn unban(&self, wallet: &Key) -> Result<bool, StoreError> {
        let failed = refused("lift a ban");
        let mut tx = self.write.begin_with("BEGIN IMMEDIATE").await.map_err(&failed)?;
        let done = sqlx::query("DELETE FROM bans WHERE wallet = ?")
            .bind(wallet.as_slice())
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        sqlx::query("DELETE FROM flags WHERE wallet = ?")
            .bind(wallet.as_slice())
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        tx.commit().await.map_err(&failed)?;
        Ok(done.rows_affected() > 0)
    }

    async fn current(&self, wallet: &Key, now_ms: UnixMs) -> Result<Option<Ban>, StoreError> {
        sqlx::query("SELECT * FROM bans WHERE wallet = ? AND (until_ms IS NULL OR until_ms > ?)")
            .bind(wallet.as_slice())
            .bind(now_ms)
            .fetch_optional(&self.read)
            .await
            .map_err(refused("look up a ban"))?
            .as_ref()
            .map(ban)
            .transpose()
    }

    async fn all(&self, now_ms: UnixMs) -> Result<Vec<Ban>, StoreError> {
        sqlx::query(
            "SELECT * FROM bans WHERE until_ms IS NULL OR until_ms > ? ORDER BY since_ms DESC, wallet",
        )
        .bind(now_ms)
        .fetch_all(&self.read)
        .await
        .map_err(refused("list the bans"))?
        .iter()
        .map(ban)
        .collect()
    }

    async fn flag(
        &self,
        wallet: &Key,
        kind: &str,
        now_ms: UnixMs,
        since_ms: UnixMs,
    ) -> Result<u32, StoreError> {
        let failed = refused("record a flag");
        let mut tx = self.write.begin_with("BEGIN IMMEDIATE").await.map_err(&failed)?;
        sqlx::query("DELETE FROM flags WHERE wallet = ? AND at_ms < ?")
            .bind(wallet.as_slice())
            .bind(since_ms)
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        sqlx::query("INSERT INTO flags (wallet, kind, at_ms) VALUES (?, ?, ?)")
            .bind(wallet.as_slice())
            .bind(kind)
            .bind(now_ms)
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        let row = sqlx::query("SELECT COUNT(*) AS number FROM flags WHERE wallet = ?")
            .bind(wallet.as_slice())
            .fetch_one(&mut *tx)
            .await
            .map_err(&failed)?;
        tx.commit().await.map_err(&failed)?;
        int(&row, "number")
    }
}

fn ban(row: &SqliteRow) -> Result<Ban, StoreError> {
    Ok(Ban {
        wallet: bytes(row, "wallet")?,
        reason: text(row, "reason")?,
        since_ms: int(row, "since_ms")?,
        until_ms: int_opt(row, "until_ms")?,
    })
}
