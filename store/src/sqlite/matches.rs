//! The room of the operator's matches in SQLite.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::column::{blob, bytes, corrupt, int, int_opt, quantity, text};
use super::{refused, Pools};
use crate::{Key, MatchPhase, MatchRecord, Matches, StoreError, UnixUs};

#[async_trait]
impl Matches for Pools {
    async fn insert(&self, record: &MatchRecord) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO matches (match_key, operator, match_id, mode, mint, rules, stake_per_warrior, players_max,
             warriors_max, scheduled_slot, drip_secret, status, created_at_ms, start_unix_us)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(record.match_key.as_slice())
        .bind(record.operator.as_slice())
        .bind(quantity("match id", record.match_id)?)
        .bind(i64::from(record.mode))
        .bind(record.mint.as_slice())
        .bind(record.rules.as_slice())
        .bind(quantity("stake per warrior", record.stake_per_warrior)?)
        .bind(i64::from(record.players_max))
        .bind(i64::from(record.warriors_max))
        .bind(quantity("scheduled slot", record.scheduled_slot)?)
        .bind(record.drip_secret.as_slice())
        .bind(record.phase.name())
        .bind(record.created_at_ms)
        .bind(record.start_unix_us)
        .execute(&self.write)
        .await
        .map_err(refused("write a new match"))?;
        Ok(())
    }

    async fn get(&self, match_key: &Key) -> Result<Option<MatchRecord>, StoreError> {
        sqlx::query("SELECT * FROM matches WHERE match_key = ?")
            .bind(match_key.as_slice())
            .fetch_optional(&self.read)
            .await
            .map_err(refused("read a match"))?
            .as_ref()
            .map(record)
            .transpose()
    }

    async fn unfinished(&self) -> Result<Vec<MatchRecord>, StoreError> {
        sqlx::query("SELECT * FROM matches WHERE status NOT IN ('closed', 'abandoned') ORDER BY created_at_ms, match_id")
            .fetch_all(&self.read)
            .await
            .map_err(refused("list the unfinished matches"))?
            .iter()
            .map(record)
            .collect()
    }

    async fn set_phase(&self, match_key: &Key, phase: MatchPhase) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE matches SET status = ? WHERE match_key = ?")
            .bind(phase.name())
            .bind(match_key.as_slice())
            .execute(&self.write)
            .await
            .map_err(refused("record a match's phase"))?;
        if done.rows_affected() == 0 {
            return Err(StoreError::NoMatch(*match_key));
        }
        Ok(())
    }

    async fn set_start(&self, match_key: &Key, start_unix_us: UnixUs) -> Result<UnixUs, StoreError> {
        let failed = refused("record a match's start");
        let mut tx = self.write.begin_with("BEGIN IMMEDIATE").await.map_err(&failed)?;
        sqlx::query("UPDATE matches SET start_unix_us = ? WHERE match_key = ? AND start_unix_us IS NULL")
            .bind(start_unix_us)
            .bind(match_key.as_slice())
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        let row = sqlx::query("SELECT start_unix_us FROM matches WHERE match_key = ?")
            .bind(match_key.as_slice())
            .fetch_optional(&mut *tx)
            .await
            .map_err(&failed)?
            .ok_or(StoreError::NoMatch(*match_key))?;
        tx.commit().await.map_err(&failed)?;
        int(&row, "start_unix_us")
    }

    async fn last_match_id(&self, operator: &Key) -> Result<Option<u64>, StoreError> {
        let row = sqlx::query("SELECT MAX(match_id) AS match_id FROM matches WHERE operator = ?")
            .bind(operator.as_slice())
            .fetch_one(&self.read)
            .await
            .map_err(refused("find the last match id"))?;
        int_opt(&row, "match_id")
    }
}

fn record(row: &SqliteRow) -> Result<MatchRecord, StoreError> {
    let status = text(row, "status")?;
    Ok(MatchRecord {
        match_key: bytes(row, "match_key")?,
        operator: bytes(row, "operator")?,
        match_id: int(row, "match_id")?,
        mode: int(row, "mode")?,
        mint: bytes(row, "mint")?,
        rules: blob(row, "rules")?,
        stake_per_warrior: int(row, "stake_per_warrior")?,
        players_max: int(row, "players_max")?,
        warriors_max: int(row, "warriors_max")?,
        scheduled_slot: int(row, "scheduled_slot")?,
        drip_secret: bytes(row, "drip_secret")?,
        phase: MatchPhase::from_name(&status)
            .ok_or_else(|| corrupt("matches.status", format!("no such phase: {status}")))?,
        created_at_ms: int(row, "created_at_ms")?,
        start_unix_us: int_opt(row, "start_unix_us")?,
    })
}
