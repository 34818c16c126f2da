//! The room of history: writing. Reading is in `history_read`, the sums are in `statistics`.

use async_trait::async_trait;

use super::fence::Rooms;
use super::fence::Subject;
use super::statistics;
use crate::database::statement::statements;
use crate::database::value::{optional_quantity, quantity, Value};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::history::{
    CheckpointRow, EliminationRow, EntryRow, History, LeaderboardFilter, LeaderboardRow, MatchFilter,
    MatchHistory, MatchRow, MatchSteps, MatchTerms, Page, PlacementRow, PlayerMatchRow, PlayerStats,
    ReplayRow, ResultRecord, REPLAY_BYTES_MAX,
};
use crate::types::{Key, Signature};

const RECORDING: &str = "record a result";

statements! {
    UPSERT_MATCH: Write "write a match's heading" =
        "INSERT INTO history_matches (match_key, match_id, mode, status, mint, stake_per_warrior, rules_hash,
         players, warriors, pot, fee, burn, seed, genesis_leaf, winner, ticks, created_at_ms, started_at_ms,
         ended_at_ms, replay_file, decimals, symbol, players_max, warriors_max, length_ticks, operator, rules,
         drip_root, final_leaf, created_in, locked_in, started_in, proposed_in, finalized_in)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
         $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)
         ON CONFLICT (match_key) DO UPDATE SET
         status = excluded.status, players = excluded.players, warriors = excluded.warriors, pot = excluded.pot,
         fee = excluded.fee, burn = excluded.burn, seed = excluded.seed, genesis_leaf = excluded.genesis_leaf,
         winner = excluded.winner, ticks = excluded.ticks, started_at_ms = excluded.started_at_ms,
         ended_at_ms = excluded.ended_at_ms, replay_file = excluded.replay_file,
         decimals = COALESCE(excluded.decimals, history_matches.decimals),
         symbol = COALESCE(excluded.symbol, history_matches.symbol),
         players_max = COALESCE(excluded.players_max, history_matches.players_max),
         warriors_max = COALESCE(excluded.warriors_max, history_matches.warriors_max),
         length_ticks = COALESCE(excluded.length_ticks, history_matches.length_ticks),
         operator = COALESCE(excluded.operator, history_matches.operator),
         rules = COALESCE(excluded.rules, history_matches.rules),
         drip_root = COALESCE(excluded.drip_root, history_matches.drip_root),
         final_leaf = COALESCE(excluded.final_leaf, history_matches.final_leaf),
         created_in = COALESCE(excluded.created_in, history_matches.created_in),
         locked_in = COALESCE(excluded.locked_in, history_matches.locked_in),
         started_in = COALESCE(excluded.started_in, history_matches.started_in),
         proposed_in = COALESCE(excluded.proposed_in, history_matches.proposed_in),
         finalized_in = COALESCE(excluded.finalized_in, history_matches.finalized_in)";
    RECORD_ENTRY: Write "write an entry" =
        "INSERT INTO history_entries (match_key, slot, player, session_key, warriors, paid, late, signature)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (match_key, slot) DO UPDATE SET
         player = excluded.player, session_key = excluded.session_key, warriors = excluded.warriors,
         paid = excluded.paid, late = excluded.late,
         signature = COALESCE(excluded.signature, history_entries.signature)";
    REMOVE_ENTRY: Write "remove an entry" =
        "DELETE FROM history_entries WHERE match_key = $1 AND slot = $2";
    RECORD_CHECKPOINT: Write "write a checkpoint" =
        "INSERT INTO history_checkpoints (match_key, idx, tick, digest, signature, posted_at_ms, leaf, slot)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (match_key, idx) DO UPDATE SET
         tick = excluded.tick, digest = excluded.digest,
         signature = COALESCE(excluded.signature, history_checkpoints.signature),
         posted_at_ms = COALESCE(history_checkpoints.posted_at_ms, excluded.posted_at_ms),
         leaf = COALESCE(excluded.leaf, history_checkpoints.leaf),
         slot = COALESCE(excluded.slot, history_checkpoints.slot)";
    RECORD_RESULT: Write "record a result" =
        "INSERT INTO history_results (match_key) VALUES ($1) ON CONFLICT (match_key) DO NOTHING";
    PLACEMENT: Write "write a placement" =
        "INSERT INTO history_placements (match_key, slot, player, place, paid, payout, refunded, warriors,
         warriors_alive, hp_centi, eliminations, damage_centi, claim_signature)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    ELIMINATION: Write "write an elimination" =
        "INSERT INTO history_eliminations (match_key, idx, tick, victim_warrior, victim_slot, attacker_warrior,
         attacker_slot) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    RECORD_CLAIM: Write "record a claim" =
        "UPDATE history_placements SET claim_signature = $1 WHERE match_key = $2 AND slot = $3";
    RECORD_REPLAY: Write "keep a replay file" =
        "INSERT INTO history_replays (match_key, bytes) VALUES ($1, $2) ON CONFLICT (match_key)
         DO UPDATE SET bytes = excluded.bytes WHERE history_replays.bytes <> excluded.bytes";
}

#[async_trait]
impl History for Rooms {
    async fn upsert_match(&self, row: &MatchRow) -> Result<(), StoreError> {
        let values = heading_values(row)?;
        self.write(Subject::Match(&row.match_key), UPSERT_MATCH, &values)
            .await?;
        Ok(())
    }

    async fn record_entry(&self, match_key: &Key, entry: &EntryRow) -> Result<(), StoreError> {
        let values = [
            match_key.into(),
            entry.slot.into(),
            (&entry.player).into(),
            (&entry.session_key).into(),
            entry.warriors.into(),
            quantity("paid", entry.paid)?,
            entry.late.into(),
            entry.signature.as_ref().into(),
        ];
        self.write(Subject::Match(match_key), RECORD_ENTRY, &values)
            .await?;
        Ok(())
    }

    async fn remove_entry(&self, match_key: &Key, slot: u8) -> Result<(), StoreError> {
        let values = [match_key.into(), slot.into()];
        self.write(Subject::Match(match_key), REMOVE_ENTRY, &values)
            .await?;
        Ok(())
    }

    async fn record_checkpoint(&self, match_key: &Key, checkpoint: &CheckpointRow) -> Result<(), StoreError> {
        let values = [
            match_key.into(),
            checkpoint.index.into(),
            checkpoint.tick.into(),
            (&checkpoint.digest).into(),
            checkpoint.signature.as_ref().into(),
            checkpoint.posted_at_ms.into(),
            checkpoint.leaf.as_ref().into(),
            optional_quantity("slot", checkpoint.slot)?,
        ];
        self.write(Subject::Match(match_key), RECORD_CHECKPOINT, &values)
            .await?;
        Ok(())
    }

    async fn record_result(&self, result: &ResultRecord) -> Result<bool, StoreError> {
        let mut tx = self.begin(Subject::Match(&result.match_key), RECORDING).await?;
        if tx.execute(RECORD_RESULT, &[(&result.match_key).into()]).await? == 0 {
            return Ok(false);
        }
        for placement in &result.placements {
            insert_placement(&mut tx, &result.match_key, placement).await?;
        }
        for (index, elimination) in (0u32..).zip(&result.eliminations) {
            insert_elimination(&mut tx, &result.match_key, index, elimination).await?;
        }
        // In one order everywhere: two matches with the same players may end at once, and each waits for the
        // other's rows.
        let mut counted: Vec<&PlacementRow> = result
            .placements
            .iter()
            .filter(|placement| placement.place > 0)
            .collect();
        counted.sort_by_key(|placement| placement.player);
        for placement in counted {
            statistics::count(&mut tx, &result.mint, placement).await?;
        }
        tx.commit(RECORDING).await?;
        Ok(true)
    }

    async fn record_claim(&self, match_key: &Key, slot: u8, signature: &Signature) -> Result<(), StoreError> {
        let values = [signature.into(), match_key.into(), slot.into()];
        self.write(Subject::Match(match_key), RECORD_CLAIM, &values)
            .await?;
        Ok(())
    }

    async fn record_replay(&self, match_key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.len() > REPLAY_BYTES_MAX {
            return Err(StoreError::TooLarge {
                field: "the replay's size in bytes",
                value: bytes.len() as u64,
                max: REPLAY_BYTES_MAX as u64,
            });
        }
        let values = [match_key.into(), bytes.into()];
        self.write(Subject::Match(match_key), RECORD_REPLAY, &values)
            .await?;
        Ok(())
    }

    async fn replay(&self, match_key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.replay_bytes(match_key).await
    }

    async fn matches(&self, filter: &MatchFilter) -> Result<Vec<MatchRow>, StoreError> {
        self.headings(filter).await
    }

    async fn match_history(&self, match_key: &Key) -> Result<Option<MatchHistory>, StoreError> {
        self.history_of(match_key).await
    }

    async fn player_stats(&self, wallet: &Key) -> Result<Vec<PlayerStats>, StoreError> {
        self.stats_of(wallet).await
    }

    async fn player_matches(&self, wallet: &Key, page: &Page) -> Result<Vec<PlayerMatchRow>, StoreError> {
        self.matches_of(wallet, page).await
    }

    async fn leaderboard(&self, filter: &LeaderboardFilter) -> Result<Vec<LeaderboardRow>, StoreError> {
        self.best_players(filter).await
    }

    async fn replays(&self, page: &Page) -> Result<Vec<ReplayRow>, StoreError> {
        self.replay_index(page).await
    }

    async fn replay_file(&self, match_key: &Key) -> Result<Option<String>, StoreError> {
        self.replay_of(match_key).await
    }
}

/// In the order of UPSERT_MATCH.
fn heading_values(row: &MatchRow) -> Result<Vec<Value<'_>>, StoreError> {
    let mut values = vec![
        (&row.match_key).into(),
        quantity("match id", row.match_id)?,
        u8::from(row.mode).into(),
        row.status.name().into(),
        (&row.mint).into(),
        quantity("stake per warrior", row.stake_per_warrior)?,
        (&row.rules_hash).into(),
        row.players.into(),
        row.warriors.into(),
        quantity("pot", row.pot)?,
        quantity("fee", row.fee)?,
        quantity("burn", row.burn)?,
        row.seed.as_ref().into(),
        row.genesis_leaf.as_ref().into(),
        row.winner.as_ref().into(),
        row.ticks.into(),
        row.created_at_ms.into(),
        row.started_at_ms.into(),
        row.ended_at_ms.into(),
        row.replay_file.as_deref().into(),
    ];
    let terms = row.terms.as_ref();
    let number = |of: fn(&MatchTerms) -> i64| Value::from(terms.map(of));
    values.extend([
        number(|terms| terms.decimals.into()),
        terms.map(|terms| terms.symbol.as_str()).into(),
        number(|terms| terms.players_max.into()),
        number(|terms| terms.warriors_max.into()),
        number(|terms| terms.length_ticks.into()),
        terms.map(|terms| &terms.operator).into(),
        Value::Bytes(terms.map(|terms| terms.rules.as_slice())),
        terms.map(|terms| &terms.drip_root).into(),
        row.final_leaf.as_ref().into(),
    ]);
    let MatchSteps {
        created,
        locked,
        started,
        proposed,
        finalized,
    } = &row.steps;
    let steps = [created, locked, started, proposed, finalized];
    values.extend(steps.map(|step| Value::from(step.as_ref())));
    Ok(values)
}

async fn insert_placement(
    tx: &mut Transaction,
    match_key: &Key,
    placement: &PlacementRow,
) -> Result<(), StoreError> {
    let values = [
        match_key.into(),
        placement.slot.into(),
        (&placement.player).into(),
        placement.place.into(),
        quantity("paid", placement.paid)?,
        quantity("payout", placement.payout)?,
        placement.refunded.into(),
        placement.warriors.into(),
        placement.warriors_alive.into(),
        placement.hp_centi.into(),
        placement.eliminations.into(),
        quantity("damage", placement.damage_centi)?,
        placement.claim_signature.as_ref().into(),
    ];
    tx.execute(PLACEMENT, &values).await?;
    Ok(())
}

async fn insert_elimination(
    tx: &mut Transaction,
    match_key: &Key,
    index: u32,
    elimination: &EliminationRow,
) -> Result<(), StoreError> {
    let values = [
        match_key.into(),
        index.into(),
        elimination.tick.into(),
        elimination.victim_warrior.into(),
        elimination.victim_slot.into(),
        elimination.attacker.map(|(warrior, _)| i64::from(warrior)).into(),
        elimination.attacker.map(|(_, slot)| i64::from(slot)).into(),
    ];
    tx.execute(ELIMINATION, &values).await?;
    Ok(())
}
