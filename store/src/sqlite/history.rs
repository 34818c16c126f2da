//! The room of history in SQLite: writing. Reading is in `history_read`.

use async_trait::async_trait;
use sqlx::{Sqlite, Transaction};

use super::column::quantity;
use super::{refused, Pools};
use crate::{
    CheckpointRow, EliminationRow, EntryRow, History, Key, LeaderboardRow, MatchFilter, MatchHistory,
    MatchRow, PlacementRow, PlayerHistory, PlayerStats, ResultRecord, Signature, StoreError,
};

#[async_trait]
impl History for Pools {
    async fn upsert_match(&self, row: &MatchRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO history_matches (match_key, match_id, mode, status, mint, stake_per_warrior, rules_hash,
             players, warriors, pot, fee, burn, seed, genesis_leaf, winner, ticks, created_at_ms, started_at_ms,
             ended_at_ms, replay_file)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (match_key) DO UPDATE SET
             status = excluded.status, players = excluded.players, warriors = excluded.warriors, pot = excluded.pot,
             fee = excluded.fee, burn = excluded.burn, seed = excluded.seed, genesis_leaf = excluded.genesis_leaf,
             winner = excluded.winner, ticks = excluded.ticks, started_at_ms = excluded.started_at_ms,
             ended_at_ms = excluded.ended_at_ms, replay_file = excluded.replay_file",
        )
        .bind(row.match_key.as_slice())
        .bind(quantity("match id", row.match_id)?)
        .bind(i64::from(row.mode))
        .bind(row.status.name())
        .bind(row.mint.as_slice())
        .bind(quantity("stake per warrior", row.stake_per_warrior)?)
        .bind(row.rules_hash.as_slice())
        .bind(i64::from(row.players))
        .bind(i64::from(row.warriors))
        .bind(quantity("pot", row.pot)?)
        .bind(quantity("fee", row.fee)?)
        .bind(quantity("burn", row.burn)?)
        .bind(row.seed.as_ref().map(<[u8; 32]>::as_slice))
        .bind(row.genesis_leaf.as_ref().map(<[u8; 32]>::as_slice))
        .bind(row.winner.as_ref().map(<[u8; 32]>::as_slice))
        .bind(i64::from(row.ticks))
        .bind(row.created_at_ms)
        .bind(row.started_at_ms)
        .bind(row.ended_at_ms)
        .bind(row.replay_file.as_deref())
        .execute(&self.write)
        .await
        .map_err(refused("write a match's heading"))?;
        Ok(())
    }

    async fn record_entry(&self, match_key: &Key, entry: &EntryRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO history_entries (match_key, slot, player, session_key, warriors, paid, late, signature)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (match_key, slot) DO UPDATE SET
             player = excluded.player, session_key = excluded.session_key, warriors = excluded.warriors,
             paid = excluded.paid, late = excluded.late, signature = COALESCE(excluded.signature, signature)",
        )
        .bind(match_key.as_slice())
        .bind(i64::from(entry.slot))
        .bind(entry.player.as_slice())
        .bind(entry.session_key.as_slice())
        .bind(i64::from(entry.warriors))
        .bind(quantity("paid", entry.paid)?)
        .bind(i64::from(entry.late))
        .bind(entry.signature.as_ref().map(<[u8; 64]>::as_slice))
        .execute(&self.write)
        .await
        .map_err(refused("write an entry"))?;
        Ok(())
    }

    async fn remove_entry(&self, match_key: &Key, slot: u8) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM history_entries WHERE match_key = ? AND slot = ?")
            .bind(match_key.as_slice())
            .bind(i64::from(slot))
            .execute(&self.write)
            .await
            .map_err(refused("remove an entry"))?;
        Ok(())
    }

    async fn record_checkpoint(&self, match_key: &Key, checkpoint: &CheckpointRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO history_checkpoints (match_key, idx, tick, digest, signature, posted_at_ms)
             VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (match_key, idx) DO UPDATE SET
             tick = excluded.tick, digest = excluded.digest,
             signature = COALESCE(excluded.signature, signature),
             posted_at_ms = COALESCE(posted_at_ms, excluded.posted_at_ms)",
        )
        .bind(match_key.as_slice())
        .bind(i64::from(checkpoint.index))
        .bind(i64::from(checkpoint.tick))
        .bind(checkpoint.digest.as_slice())
        .bind(checkpoint.signature.as_ref().map(<[u8; 64]>::as_slice))
        .bind(checkpoint.posted_at_ms)
        .execute(&self.write)
        .await
        .map_err(refused("write a checkpoint"))?;
        Ok(())
    }

    async fn record_result(&self, result: &ResultRecord) -> Result<bool, StoreError> {
        let failed = refused("record a result");
        let mut tx = self.write.begin_with("BEGIN IMMEDIATE").await.map_err(&failed)?;
        let first = sqlx::query(
            "INSERT INTO history_results (match_key) VALUES (?) ON CONFLICT (match_key) DO NOTHING",
        )
        .bind(result.match_key.as_slice())
        .execute(&mut *tx)
        .await
        .map_err(&failed)?
        .rows_affected()
            == 1;
        if !first {
            return Ok(false);
        }
        for placement in &result.placements {
            insert_placement(&mut tx, &result.match_key, placement).await?;
            if placement.place > 0 {
                count_placement(&mut tx, &result.mint, placement).await?;
            }
        }
        for (index, elimination) in result.eliminations.iter().enumerate() {
            insert_elimination(&mut tx, &result.match_key, index, elimination).await?;
        }
        tx.commit().await.map_err(&failed)?;
        Ok(true)
    }

    async fn record_claim(&self, match_key: &Key, slot: u8, signature: &Signature) -> Result<(), StoreError> {
        sqlx::query("UPDATE history_placements SET claim_signature = ? WHERE match_key = ? AND slot = ?")
            .bind(signature.as_slice())
            .bind(match_key.as_slice())
            .bind(i64::from(slot))
            .execute(&self.write)
            .await
            .map_err(refused("record a claim"))?;
        Ok(())
    }

    async fn matches(&self, filter: &MatchFilter) -> Result<Vec<MatchRow>, StoreError> {
        super::history_read::matches(self, filter).await
    }

    async fn match_history(&self, match_key: &Key) -> Result<Option<MatchHistory>, StoreError> {
        super::history_read::match_history(self, match_key).await
    }

    async fn player(&self, wallet: &Key, limit: u32) -> Result<PlayerHistory, StoreError> {
        super::history_read::player(self, wallet, limit).await
    }

    async fn leaderboard(&self, mint: Option<&Key>, limit: u32) -> Result<Vec<LeaderboardRow>, StoreError> {
        super::history_read::leaderboard(self, mint, limit).await
    }
}

async fn insert_placement(
    tx: &mut Transaction<'_, Sqlite>,
    match_key: &Key,
    placement: &PlacementRow,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO history_placements (match_key, slot, player, place, paid, payout, refunded, warriors,
         warriors_alive, hp_centi, eliminations, damage_centi, claim_signature)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(match_key.as_slice())
    .bind(i64::from(placement.slot))
    .bind(placement.player.as_slice())
    .bind(i64::from(placement.place))
    .bind(quantity("paid", placement.paid)?)
    .bind(quantity("payout", placement.payout)?)
    .bind(i64::from(placement.refunded))
    .bind(i64::from(placement.warriors))
    .bind(i64::from(placement.warriors_alive))
    .bind(i64::from(placement.hp_centi))
    .bind(i64::from(placement.eliminations))
    .bind(quantity("damage", placement.damage_centi)?)
    .bind(placement.claim_signature.as_ref().map(<[u8; 64]>::as_slice))
    .execute(&mut **tx)
    .await
    .map_err(refused("write a placement"))?;
    Ok(())
}

async fn insert_elimination(
    tx: &mut Transaction<'_, Sqlite>,
    match_key: &Key,
    index: usize,
    elimination: &EliminationRow,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO history_eliminations (match_key, idx, tick, victim_warrior, victim_slot, attacker_warrior,
         attacker_slot) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(match_key.as_slice())
    .bind(quantity("number of eliminations", index as u64)?)
    .bind(i64::from(elimination.tick))
    .bind(i64::from(elimination.victim_warrior))
    .bind(i64::from(elimination.victim_slot))
    .bind(elimination.attacker.map(|(warrior, _)| i64::from(warrior)))
    .bind(elimination.attacker.map(|(_, slot)| i64::from(slot)))
    .execute(&mut **tx)
    .await
    .map_err(refused("write an elimination"))?;
    Ok(())
}

/// Adds one placement to the player's statistics. Sums saturate at what a column holds.
async fn count_placement(
    tx: &mut Transaction<'_, Sqlite>,
    mint: &Key,
    placement: &PlacementRow,
) -> Result<(), StoreError> {
    let failed = refused("count a result in a player's statistics");
    let before = sqlx::query("SELECT * FROM player_stats WHERE player = ? AND mint = ?")
        .bind(placement.player.as_slice())
        .bind(mint.as_slice())
        .fetch_optional(&mut **tx)
        .await
        .map_err(&failed)?;
    let before = match &before {
        Some(row) => super::history_read::stats(row)?,
        None => PlayerStats {
            mint: *mint,
            matches: 0,
            wins: 0,
            eliminations: 0,
            warriors_lost: 0,
            damage_centi: 0,
            staked: 0,
            won: 0,
        },
    };
    let sum = |a: u64, b: u64| a.saturating_add(b).min(i64::MAX as u64) as i64;
    sqlx::query(
        "INSERT INTO player_stats (player, mint, matches, wins, eliminations, warriors_lost, damage_centi, staked, won)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (player, mint) DO UPDATE SET matches = excluded.matches,
         wins = excluded.wins, eliminations = excluded.eliminations, warriors_lost = excluded.warriors_lost,
         damage_centi = excluded.damage_centi, staked = excluded.staked, won = excluded.won",
    )
    .bind(placement.player.as_slice())
    .bind(mint.as_slice())
    .bind(sum(before.matches, 1))
    .bind(sum(before.wins, u64::from(placement.place == 1)))
    .bind(sum(before.eliminations, placement.eliminations.into()))
    .bind(sum(before.warriors_lost, placement.warriors.saturating_sub(placement.warriors_alive).into()))
    .bind(sum(before.damage_centi, placement.damage_centi))
    .bind(sum(before.staked, placement.paid))
    .bind(sum(before.won, placement.payout))
    .execute(&mut **tx)
    .await
    .map_err(&failed)?;
    Ok(())
}
