//! The room of bans.

use async_trait::async_trait;

use super::fence::Rooms;
use super::fence::Subject;
use crate::bans::{Ban, Bans};
use crate::database::row::Row;
use crate::database::statement::statements;
use crate::error::StoreError;
use crate::types::{Key, UnixMs};

statements! {
    BAN: Write "write a ban" =
        "INSERT INTO bans (wallet, reason, since_ms, until_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (wallet)
         DO UPDATE SET reason = excluded.reason, since_ms = excluded.since_ms, until_ms = excluded.until_ms";
    UNBAN: Write "lift a ban" =
        "DELETE FROM bans WHERE wallet = $1";
    FORGET_FLAGS: Write "forget a wallet's flags" =
        "DELETE FROM flags WHERE wallet = $1";
    CURRENT: Read "look up a ban" =
        "SELECT wallet, reason, since_ms, until_ms FROM bans
         WHERE wallet = $1 AND (until_ms IS NULL OR until_ms > $2)";
    ALL: Read "list the bans" =
        "SELECT wallet, reason, since_ms, until_ms FROM bans
         WHERE until_ms IS NULL OR until_ms > $1 ORDER BY since_ms DESC, wallet";
    FORGET_OLD_FLAGS: Write "forget old flags" =
        "DELETE FROM flags WHERE wallet = $1 AND at_ms < $2";
    FLAG: Write "record a flag" =
        "INSERT INTO flags (wallet, kind, at_ms) VALUES ($1, $2, $3)";
    COUNT_FLAGS: Read "count flags" =
        "SELECT COUNT(*) AS number FROM flags WHERE wallet = $1 AND at_ms >= $2";
}

#[async_trait]
impl Bans for Rooms {
    async fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        let values = [
            (&ban.wallet).into(),
            ban.reason.as_str().into(),
            ban.since_ms.into(),
            ban.until_ms.into(),
        ];
        self.write(Subject::Any, BAN, &values).await?;
        Ok(())
    }

    async fn unban(&self, wallet: &Key) -> Result<bool, StoreError> {
        let mut tx = self.begin(Subject::Any, "lift a ban").await?;
        let lifted = tx.execute(UNBAN, &[wallet.into()]).await?;
        tx.execute(FORGET_FLAGS, &[wallet.into()]).await?;
        tx.commit("lift a ban").await?;
        Ok(lifted > 0)
    }

    async fn current(&self, wallet: &Key, now_ms: UnixMs) -> Result<Option<Ban>, StoreError> {
        let row = self
            .database
            .row(CURRENT, &[wallet.into(), now_ms.into()])
            .await?;
        row.as_ref().map(ban).transpose()
    }

    async fn all(&self, now_ms: UnixMs) -> Result<Vec<Ban>, StoreError> {
        let rows = self.database.rows(ALL, &[now_ms.into()]).await?;
        rows.iter().map(ban).collect()
    }

    /// Not one transaction: each sees what others committed before it counts, so that of flags at the same
    /// time the last one counts them all.
    async fn flag(
        &self,
        wallet: &Key,
        kind: &str,
        now_ms: UnixMs,
        since_ms: UnixMs,
    ) -> Result<u32, StoreError> {
        let window = [wallet.into(), since_ms.into()];
        self.write(Subject::Any, FORGET_OLD_FLAGS, &window).await?;
        self.write(Subject::Any, FLAG, &[wallet.into(), kind.into(), now_ms.into()])
            .await?;
        let row = self.database.row(COUNT_FLAGS, &window).await?;
        row.map_or(Ok(0), |row| row.int("number"))
    }
}

fn ban(row: &Row) -> Result<Ban, StoreError> {
    Ok(Ban {
        wallet: row.bytes("wallet")?,
        reason: row.text("reason")?,
        since_ms: row.int("since_ms")?,
        until_ms: row.int_opt("until_ms")?,
    })
}
