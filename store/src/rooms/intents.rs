//! The room of intents.

use async_trait::async_trait;

use super::fence::Rooms;
use super::fence::Subject;
use crate::database::row::{corrupt, Row};
use crate::database::statement::statements;
use crate::database::value::{quantity, Value};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::intent::{Attempt, Intent, IntentCounts, IntentId, IntentKind, IntentState};
use crate::intents::Intents;
use crate::types::{Key, UnixMs};

const ADVANCING: &str = "move an intent to its next state";

macro_rules! columns {
    () => {
        "id, match_key, kind, ordinal, state, signature, last_valid_block_height, transaction_bytes, slot, reason,
         attempts, created_at_ms, updated_at_ms"
    };
}

statements! {
    ENQUEUE: Write "write an intent" =
        "INSERT INTO intents (match_key, kind, ordinal, state, created_at_ms, updated_at_ms)
         VALUES ($1, $2, $3, 'queued', $4, $4) ON CONFLICT (match_key, kind, ordinal) DO NOTHING";
    GET: Read "read an intent" =
        concat!("SELECT ", columns!(), " FROM intents WHERE match_key = $1 AND kind = $2 AND ordinal = $3");
    LOCK: Write "read the intent that moves to its next state" =
        concat!("SELECT ", columns!(), " FROM intents WHERE id = $1"),
        concat!("SELECT ", columns!(), " FROM intents WHERE id = $1 FOR UPDATE");
    ADVANCE: Write "move an intent to its next state" =
        "UPDATE intents SET state = $1, signature = $2, last_valid_block_height = $3, transaction_bytes = $4, slot = $5,
         reason = $6, attempts = attempts + $7, updated_at_ms = $8 WHERE id = $9";
    OPEN: Read "list the open intents" =
        concat!("SELECT ", columns!(), " FROM intents WHERE state IN ('queued', 'sent', 'unknown') ORDER BY id");
    OF_MATCH: Read "list the intents of a match" =
        concat!("SELECT ", columns!(), " FROM intents WHERE match_key = $1 ORDER BY id");
    COUNT: Read "count the intents" =
        "SELECT state, COUNT(*) AS number FROM intents GROUP BY state";
}

#[async_trait]
impl Intents for Rooms {
    async fn enqueue(&self, match_key: &Key, kind: IntentKind, now_ms: UnixMs) -> Result<Intent, StoreError> {
        let name = [match_key.into(), kind.name().into(), kind.ordinal().into()];
        let [key, kind, ordinal] = name;
        self.write(
            Subject::Match(match_key),
            ENQUEUE,
            &[key, kind, ordinal, now_ms.into()],
        )
        .await?;
        // Intents are never deleted: whoever wrote it, it is there now.
        let row = self.database.row(GET, &name).await?;
        intent(&row.ok_or_else(|| corrupt("intents", "an intent that was just written is missing"))?)
    }

    async fn advance(&self, ids: &[IntentId], to: &IntentState, now_ms: UnixMs) -> Result<(), StoreError> {
        let mut tx = self.begin(Subject::Any, ADVANCING).await?;
        // In one order everywhere, so that two processes cannot wait for each other.
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        for id in ids {
            self.advance_one(&mut tx, id, to, now_ms).await?;
        }
        tx.commit(ADVANCING).await
    }

    async fn open(&self) -> Result<Vec<Intent>, StoreError> {
        let rows = self.database.rows(OPEN, &[]).await?;
        rows.iter().map(intent).collect()
    }

    async fn of_match(&self, match_key: &Key) -> Result<Vec<Intent>, StoreError> {
        let rows = self.database.rows(OF_MATCH, &[match_key.into()]).await?;
        rows.iter().map(intent).collect()
    }

    async fn counts(&self) -> Result<IntentCounts, StoreError> {
        let mut counts = IntentCounts::default();
        for row in self.database.rows(COUNT, &[]).await? {
            let number: u64 = row.int("number")?;
            match row.text("state")?.as_str() {
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

impl Rooms {
    async fn advance_one(
        &self,
        tx: &mut Transaction,
        id: IntentId,
        to: &IntentState,
        now_ms: UnixMs,
    ) -> Result<(), StoreError> {
        let row = tx.row(LOCK, &[id.0.into()]).await?;
        let Intent {
            match_key,
            state: from,
            ..
        } = intent(&row.ok_or(StoreError::NoIntent(id))?)?;
        self.allow(&match_key)?;
        if !from.may_become(to) {
            return Err(StoreError::Transition {
                id,
                from: Box::new(from),
                to: Box::new(to.clone()),
            });
        }
        let columns = Columns::of(to)?;
        let values = [
            to.name().into(),
            columns.signature,
            columns.height,
            columns.transaction,
            columns.slot,
            columns.reason,
            columns.sent.into(),
            now_ms.into(),
            id.0.into(),
        ];
        tx.execute(ADVANCE, &values).await?;
        Ok(())
    }
}

/// What a state is made of, as columns.
struct Columns<'a> {
    signature: Value<'a>,
    height: Value<'a>,
    transaction: Value<'a>,
    slot: Value<'a>,
    reason: Value<'a>,
    /// 1 if the transaction is being sent.
    sent: i64,
}

impl<'a> Columns<'a> {
    const NONE: Columns<'a> = Columns {
        signature: Value::Bytes(None),
        height: Value::Int(None),
        transaction: Value::Bytes(None),
        slot: Value::Int(None),
        reason: Value::Text(None),
        sent: 0,
    };

    fn of(state: &'a IntentState) -> Result<Columns<'a>, StoreError> {
        Ok(match state {
            IntentState::Queued => Columns::NONE,
            IntentState::Sent(attempt) => Columns {
                sent: 1,
                ..Columns::of_attempt(attempt)?
            },
            IntentState::Unknown(attempt) => Columns::of_attempt(attempt)?,
            IntentState::Landed { signature, slot } => Columns {
                signature: signature.as_ref().into(),
                slot: quantity("slot", *slot)?,
                ..Columns::NONE
            },
            IntentState::Failed { reason } => Columns {
                reason: reason.as_str().into(),
                ..Columns::NONE
            },
        })
    }

    fn of_attempt(attempt: &'a Attempt) -> Result<Columns<'a>, StoreError> {
        Ok(Columns {
            signature: (&attempt.signature).into(),
            height: quantity("last valid block height", attempt.last_valid_block_height)?,
            transaction: attempt.transaction.as_slice().into(),
            ..Columns::NONE
        })
    }
}

fn intent(row: &Row) -> Result<Intent, StoreError> {
    let attempt = || -> Result<Attempt, StoreError> {
        Ok(Attempt {
            signature: row.bytes("signature")?,
            last_valid_block_height: row.int("last_valid_block_height")?,
            transaction: row.blob("transaction_bytes")?,
        })
    };
    let state = match row.text("state")?.as_str() {
        "queued" => IntentState::Queued,
        "sent" => IntentState::Sent(attempt()?),
        "unknown" => IntentState::Unknown(attempt()?),
        "landed" => IntentState::Landed {
            signature: row.bytes_opt("signature")?,
            slot: row.int_opt("slot")?.unwrap_or(0),
        },
        "failed" => IntentState::Failed {
            reason: row.text_opt("reason")?.unwrap_or_default(),
        },
        other => return Err(corrupt("intents.state", format!("no such state: {other}"))),
    };
    let (name, ordinal) = (row.text("kind")?, row.int("ordinal")?);
    Ok(Intent {
        id: IntentId(row.int("id")?),
        match_key: row.bytes("match_key")?,
        kind: IntentKind::from_parts(&name, ordinal)
            .ok_or_else(|| corrupt("intents.kind", format!("no such kind: {name} {ordinal}")))?,
        state,
        attempts: row.int("attempts")?,
        created_at_ms: row.int("created_at_ms")?,
        updated_at_ms: row.int("updated_at_ms")?,
    })
}
