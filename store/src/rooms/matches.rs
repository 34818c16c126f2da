//! The room of the operator's matches.

use arena::Mode;
use async_trait::async_trait;

use super::fence::Rooms;
use super::fence::Subject;
use crate::database::row::{corrupt, Row};
use crate::database::statement::statements;
use crate::database::value::quantity;
use crate::error::StoreError;
use crate::matches::{MatchPhase, MatchRecord, Matches, UnfinishedMatch};
use crate::types::{Key, UnixUs};

macro_rules! columns {
    () => {
        "match_key, operator, match_id, mode, mint, rules, stake_per_warrior, players_max, warriors_max,
         scheduled_slot, status, created_at_ms, start_unix_us"
    };
}

statements! {
    INSERT: Write "write a new match" =
        concat!("INSERT INTO matches (", columns!(), ", fence, holder)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING");
    GET: Read "read a match" =
        concat!("SELECT ", columns!(), " FROM matches WHERE match_key = $1");
    UNFINISHED: Read "list the unfinished matches" =
        concat!("SELECT ", columns!(), " FROM matches WHERE status NOT IN ('closed', 'abandoned')
         ORDER BY created_at_ms, match_id");
    UNFINISHED_KEYS: Read "list the unfinished matches and their owners" =
        "SELECT match_key, operator, match_id, mode, mint, rules, stake_per_warrior, players_max, warriors_max,
         scheduled_slot, status, created_at_ms, fence, holder FROM matches
         WHERE status NOT IN ('closed', 'abandoned') ORDER BY created_at_ms, match_id";
    RAISE_FENCE: Write "write a match's new owner" =
        "UPDATE matches SET fence = $1, holder = $2
         WHERE match_key = $3 AND (fence < $1 OR (fence = $1 AND holder = $2))";
    FENCE: Read "read a match's fence" =
        "SELECT fence FROM matches WHERE match_key = $1";
    SET_PHASE: Write "record a match's phase" =
        "UPDATE matches SET status = $1 WHERE match_key = $2";
    SET_START: Write "record a match's start" =
        "UPDATE matches SET start_unix_us = COALESCE(start_unix_us, $1) WHERE match_key = $2
         RETURNING start_unix_us";
    LAST_MATCH_ID: Read "find the last match id" =
        "SELECT MAX(match_id) AS match_id FROM matches WHERE operator = $1";
}

#[async_trait]
impl Matches for Rooms {
    async fn insert(&self, record: &MatchRecord) -> Result<(), StoreError> {
        self.insert_with(record, 0, None).await
    }

    async fn insert_owned(&self, record: &MatchRecord, token: u64, holder: &str) -> Result<(), StoreError> {
        self.insert_with(record, token, Some(holder)).await
    }

    async fn raise_fence(&self, match_key: &Key, to: u64, holder: &str) -> Result<bool, StoreError> {
        self.allow(match_key)?;
        let values = [quantity("token", to)?, holder.into(), match_key.into()];
        // Its condition is the fence itself, so that no guard is needed.
        if self.database.execute(RAISE_FENCE, &values).await? > 0 {
            return Ok(true);
        }
        self.fence(match_key).await.map(|_| false)
    }

    async fn fence(&self, match_key: &Key) -> Result<u64, StoreError> {
        let row = self.database.row(FENCE, &[match_key.into()]).await?;
        row.ok_or(StoreError::NoMatch(*match_key))?.int("fence")
    }

    async fn get(&self, match_key: &Key) -> Result<Option<MatchRecord>, StoreError> {
        let row = self.database.row(GET, &[match_key.into()]).await?;
        row.as_ref().map(record).transpose()
    }

    async fn unfinished(&self) -> Result<Vec<MatchRecord>, StoreError> {
        let rows = self.database.rows(UNFINISHED, &[]).await?;
        rows.iter().map(record).collect()
    }

    async fn unfinished_keys(&self) -> Result<Vec<UnfinishedMatch>, StoreError> {
        let rows = self.database.rows(UNFINISHED_KEYS, &[]).await?;
        rows.iter().map(unfinished).collect()
    }

    async fn set_phase(&self, match_key: &Key, phase: MatchPhase) -> Result<(), StoreError> {
        let values = [phase.name().into(), match_key.into()];
        match self.write(Subject::Match(match_key), SET_PHASE, &values).await? {
            0 => Err(StoreError::NoMatch(*match_key)),
            _ => Ok(()),
        }
    }

    async fn set_start(&self, match_key: &Key, start_unix_us: UnixUs) -> Result<UnixUs, StoreError> {
        let values = [start_unix_us.into(), match_key.into()];
        let row = self
            .write_row(Subject::Match(match_key), SET_START, &values)
            .await?;
        row.ok_or(StoreError::NoMatch(*match_key))?.int("start_unix_us")
    }

    async fn last_match_id(&self, operator: &Key) -> Result<Option<u64>, StoreError> {
        let row = self.database.row(LAST_MATCH_ID, &[operator.into()]).await?;
        row.map_or(Ok(None), |row| row.int_opt("match_id"))
    }
}

impl Rooms {
    async fn insert_with(
        &self,
        record: &MatchRecord,
        token: u64,
        holder: Option<&str>,
    ) -> Result<(), StoreError> {
        let values = [
            (&record.match_key).into(),
            (&record.operator).into(),
            quantity("match id", record.match_id)?,
            u8::from(record.mode).into(),
            (&record.mint).into(),
            record.rules.as_slice().into(),
            quantity("stake per warrior", record.stake_per_warrior)?,
            record.players_max.into(),
            record.warriors_max.into(),
            quantity("scheduled slot", record.scheduled_slot)?,
            record.phase.name().into(),
            record.created_at_ms.into(),
            record.start_unix_us.into(),
            quantity("token", token)?,
            holder.into(),
        ];
        let subject = Subject::Match(&record.match_key);
        match self.write(subject, INSERT, &values).await? {
            0 => Err(StoreError::Taken {
                match_id: record.match_id,
            }),
            _ => Ok(()),
        }
    }
}

fn record(row: &Row) -> Result<MatchRecord, StoreError> {
    Ok(MatchRecord {
        match_key: row.bytes("match_key")?,
        operator: row.bytes("operator")?,
        match_id: row.int("match_id")?,
        mode: mode(row)?,
        mint: row.bytes("mint")?,
        rules: row.blob("rules")?,
        stake_per_warrior: row.int("stake_per_warrior")?,
        players_max: row.int("players_max")?,
        warriors_max: row.int("warriors_max")?,
        scheduled_slot: row.int("scheduled_slot")?,
        phase: phase(row)?,
        created_at_ms: row.int("created_at_ms")?,
        start_unix_us: row.int_opt("start_unix_us")?,
    })
}

fn unfinished(row: &Row) -> Result<UnfinishedMatch, StoreError> {
    Ok(UnfinishedMatch {
        match_key: row.bytes("match_key")?,
        operator: row.bytes("operator")?,
        match_id: row.int("match_id")?,
        mode: mode(row)?,
        mint: row.bytes("mint")?,
        rules: row.blob("rules")?,
        stake_per_warrior: row.int("stake_per_warrior")?,
        players_max: row.int("players_max")?,
        warriors_max: row.int("warriors_max")?,
        scheduled_slot: row.int("scheduled_slot")?,
        phase: phase(row)?,
        created_at_ms: row.int("created_at_ms")?,
        fence: row.int("fence")?,
        holder: row.text_opt("holder")?,
    })
}

fn mode(row: &Row) -> Result<Mode, StoreError> {
    let byte: u8 = row.int("mode")?;
    Mode::try_from(byte).map_err(|error| corrupt("matches.mode", error.to_string()))
}

fn phase(row: &Row) -> Result<MatchPhase, StoreError> {
    let status = row.text("status")?;
    MatchPhase::from_name(&status)
        .ok_or_else(|| corrupt("matches.status", format!("no such phase: {status}")))
}
