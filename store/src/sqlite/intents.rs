//! The room of intents in SQLite.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};

use super::column::{blob, bytes, bytes_opt, corrupt, int, int_opt, quantity, text, text_opt};
use super::{refused, Pools};
use crate::{
    Attempt, Intent, IntentCounts, IntentId, IntentKind, IntentState, Intents, Key, StoreError, UnixMs,
};

#[async_trait]
impl Intents for Pools {
    async fn enqueue(&self, match_key: &Key, kind: IntentKind, now_ms: UnixMs) -> Result<Intent, StoreError> {
        let failed = refused("write an intent");
        let mut tx = self.write.begin_with("BEGIN IMMEDIATE").await.map_err(&failed)?;
        sqlx::query(
            "INSERT INTO intents (match_key, kind, ordinal, state, created_at_ms, updated_at_ms)
             VALUES (?, ?, ?, 'queued', ?, ?) ON CONFLICT (match_key, kind, ordinal) DO NOTHING",
        )
        .bind(match_key.as_slice())
        .bind(kind.name())
        .bind(i64::from(kind.ordinal()))
        .bind(now_ms)
        .bind(now_ms)
        .execute(&mut *tx)
        .await
        .map_err(&failed)?;
        let row = sqlx::query("SELECT * FROM intents WHERE match_key = ? AND kind = ? AND ordinal = ?")
            .bind(match_key.as_slice())
            .bind(kind.name())
            .bind(i64::from(kind.ordinal()))
            .fetch_one(&mut *tx)
            .await
            .map_err(&failed)?;
        tx.commit().await.map_err(&failed)?;
        intent(&row)
    }

    async fn advance(&self, ids: &[IntentId], to: &IntentState, now_ms: UnixMs) -> Result<(), StoreError> {
        let failed = refused("move an intent to its next state");
        let mut tx = self.write.begin_with("BEGIN IMMEDIATE").await.map_err(&failed)?;
        for id in ids {
            advance_one(&mut tx, *id, to, now_ms).await?;
        }
        tx.commit().await.map_err(&failed)
    }

    async fn open(&self) -> Result<Vec<Intent>, StoreError> {
        sqlx::query("SELECT * FROM intents WHERE state IN ('queued', 'sent', 'unknown') ORDER BY id")
            .fetch_all(&self.read)
            .await
            .map_err(refused("list the open intents"))?
            .iter()
            .map(intent)
            .collect()
    }

    async fn of_match(&self, match_key: &Key) -> Result<Vec<Intent>, StoreError> {
        sqlx::query("SELECT * FROM intents WHERE match_key = ? ORDER BY id")
            .bind(match_key.as_slice())
            .fetch_all(&self.read)
            .await
            .map_err(refused("list the intents of a match"))?
            .iter()
            .map(intent)
            .collect()
    }

    async fn counts(&self) -> Result<IntentCounts, StoreError> {
        let rows = sqlx::query("SELECT state, COUNT(*) AS number FROM intents GROUP BY state")
            .fetch_all(&self.read)
            .await
            .map_err(refused("count the intents"))?;
        let mut counts = IntentCounts::default();
        for row in &rows {
            let number: u64 = int(row, "number")?;
            match text(row, "state")?.as_str() {
                "queued" => counts.queued = number,
                "sent" => counts.sent = number,
                "unknown" => counts.unknown = number,
                "landed" => counts.landed = number,
                "failed" => counts.failed = number,
                other => return Err(corrupt("intents.state", format!("no such state: {other}"))),
            }
        }
        Ok(counts)
    }
}

async fn advance_one(
    tx: &mut Transaction<'_, Sqlite>,
    id: IntentId,
    to: &IntentState,
    now_ms: UnixMs,
) -> Result<(), StoreError> {
    let failed = refused("move an intent to its next state");
    let row = sqlx::query("SELECT * FROM intents WHERE id = ?")
        .bind(id.0)
        .fetch_optional(&mut **tx)
        .await
        .map_err(&failed)?
        .ok_or(StoreError::NoIntent(id))?;
    let from = intent(&row)?.state;
    if !from.may_become(to) {
        return Err(StoreError::Transition {
            id,
            from: Box::new(from),
            to: Box::new(to.clone()),
        });
    }
    let Columns {
        signature,
        height,
        transaction,
        slot,
        reason,
        sent,
    } = columns(to)?;
    sqlx::query(
        "UPDATE intents SET state = ?, signature = ?, last_valid_block_height = ?, transaction_bytes = ?, slot = ?,
         reason = ?, attempts = attempts + ?, updated_at_ms = ? WHERE id = ?",
    )
    .bind(to.name())
    .bind(signature)
    .bind(height)
    .bind(transaction)
    .bind(slot)
    .bind(reason)
    .bind(sent)
    .bind(now_ms)
    .bind(id.0)
    .execute(&mut **tx)
    .await
    .map_err(&failed)?;
    Ok(())
}

/// What a state is made of, as columns.
#[derive(Default)]
struct Columns {
    signature: Option<Vec<u8>>,
    height: Option<i64>,
    transaction: Option<Vec<u8>>,
    slot: Option<i64>,
    reason: Option<String>,
    /// 1 if the transaction is being sent.
    sent: i64,
}

fn columns(state: &IntentState) -> Result<Columns, StoreError> {
    Ok(match state {
        IntentState::Queued => Columns::default(),
        IntentState::Sent(attempt) => Columns {
            sent: 1,
            ..attempt_columns(attempt)?
        },
        IntentState::Unknown(attempt) => attempt_columns(attempt)?,
        IntentState::Landed { signature, slot } => Columns {
            signature: signature.map(|signature| signature.to_vec()),
            slot: Some(quantity("slot", *slot)?),
            ..Columns::default()
        },
        IntentState::Failed { reason } => Columns {
            reason: Some(reason.clone()),
            ..Columns::default()
        },
    })
}

fn attempt_columns(attempt: &Attempt) -> Result<Columns, StoreError> {
    Ok(Columns {
        signature: Some(attempt.signature.to_vec()),
        height: Some(quantity(
            "last valid block height",
            attempt.last_valid_block_height,
        )?),
        transaction: Some(attempt.transaction.clone()),
        ..Columns::default()
    })
}

fn intent(row: &SqliteRow) -> Result<Intent, StoreError> {
    let attempt = || -> Result<Attempt, StoreError> {
        Ok(Attempt {
            signature: bytes(row, "signature")?,
            last_valid_block_height: int(row, "last_valid_block_height")?,
            transaction: blob(row, "transaction_bytes")?,
        })
    };
    let state = match text(row, "state")?.as_str() {
        "queued" => IntentState::Queued,
        "sent" => IntentState::Sent(attempt()?),
        "unknown" => IntentState::Unknown(attempt()?),
        "landed" => IntentState::Landed {
            signature: bytes_opt(row, "signature")?,
            slot: int_opt(row, "slot")?.unwrap_or(0),
        },
        "failed" => IntentState::Failed {
            reason: text_opt(row, "reason")?.unwrap_or_default(),
        },
        other => return Err(corrupt("intents.state", format!("no such state: {other}"))),
    };
    let (name, ordinal) = (text(row, "kind")?, int(row, "ordinal")?);
    Ok(Intent {
        id: IntentId(row.try_get("id").map_err(|error| corrupt("intents.id", error))?),
        match_key: bytes(row, "match_key")?,
        kind: IntentKind::from_parts(&name, ordinal)
            .ok_or_else(|| corrupt("intents.kind", format!("no such kind: {name} {ordinal}")))?,
        state,
        attempts: int(row, "attempts")?,
        created_at_ms: int(row, "created_at_ms")?,
        updated_at_ms: int(row, "updated_at_ms")?,
    })
}
