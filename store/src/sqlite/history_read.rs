//! The room of history in SQLite: reading.

use sqlx::sqlite::SqliteRow;

use super::column::{bytes, bytes_opt, corrupt, int, int_opt, text, text_opt};
use super::{refused, Pools};
use crate::{
    CheckpointRow, EliminationRow, EntryRow, Key, LeaderboardRow, MatchFilter, MatchHistory, MatchRow,
    MatchStatus, PlacementRow, PlayerHistory, PlayerMatchRow, PlayerStats, StoreError,
};

pub(super) async fn matches(pools: &Pools, filter: &MatchFilter) -> Result<Vec<MatchRow>, StoreError> {
    sqlx::query(
        "SELECT * FROM history_matches WHERE (?1 IS NULL OR status = ?1)
         AND (?2 IS NULL OR seq < (SELECT seq FROM history_matches WHERE match_key = ?2))
         ORDER BY seq DESC LIMIT ?3",
    )
    .bind(filter.status.map(MatchStatus::name))
    .bind(filter.before.as_ref().map(<[u8; 32]>::as_slice))
    .bind(i64::from(filter.limit.min(MatchFilter::LIMIT_MAX)))
    .fetch_all(&pools.read)
    .await
    .map_err(refused("list matches"))?
    .iter()
    .map(heading)
    .collect()
}

pub(super) async fn match_history(
    pools: &Pools,
    match_key: &Key,
) -> Result<Option<MatchHistory>, StoreError> {
    let failed = refused("read a match's history");
    let Some(row) = sqlx::query("SELECT * FROM history_matches WHERE match_key = ?")
        .bind(match_key.as_slice())
        .fetch_optional(&pools.read)
        .await
        .map_err(&failed)?
    else {
        return Ok(None);
    };
    let list = |sql: &'static str| sqlx::query(sql).bind(match_key.as_slice()).fetch_all(&pools.read);
    let entries = list("SELECT * FROM history_entries WHERE match_key = ? ORDER BY slot")
        .await
        .map_err(&failed)?;
    let checkpoints = list("SELECT * FROM history_checkpoints WHERE match_key = ? ORDER BY idx")
        .await
        .map_err(&failed)?;
    let placements =
        list("SELECT * FROM history_placements WHERE match_key = ? ORDER BY place = 0, place, slot")
            .await
            .map_err(&failed)?;
    let eliminations = list("SELECT * FROM history_eliminations WHERE match_key = ? ORDER BY idx")
        .await
        .map_err(&failed)?;
    Ok(Some(MatchHistory {
        row: heading(&row)?,
        entries: entries.iter().map(entry).collect::<Result<_, _>>()?,
        checkpoints: checkpoints.iter().map(checkpoint).collect::<Result<_, _>>()?,
        placements: placements.iter().map(placement).collect::<Result<_, _>>()?,
        eliminations: eliminations.iter().map(elimination).collect::<Result<_, _>>()?,
    }))
}

pub(super) async fn player(pools: &Pools, wallet: &Key, limit: u32) -> Result<PlayerHistory, StoreError> {
    let failed = refused("read a player's history");
    let stats_rows = sqlx::query("SELECT * FROM player_stats WHERE player = ? ORDER BY won DESC, mint")
        .bind(wallet.as_slice())
        .fetch_all(&pools.read)
        .await
        .map_err(&failed)?;
    let recent = sqlx::query(
        "SELECT m.match_key, m.mode, m.status, m.mint, m.created_at_ms, e.paid, p.place, p.payout
         FROM history_entries e JOIN history_matches m ON m.match_key = e.match_key
         LEFT JOIN history_placements p ON p.match_key = e.match_key AND p.slot = e.slot
         WHERE e.player = ? ORDER BY m.seq DESC LIMIT ?",
    )
    .bind(wallet.as_slice())
    .bind(i64::from(limit.min(MatchFilter::LIMIT_MAX)))
    .fetch_all(&pools.read)
    .await
    .map_err(&failed)?;
    Ok(PlayerHistory {
        stats: stats_rows.iter().map(stats).collect::<Result<_, _>>()?,
        recent: recent.iter().map(player_match).collect::<Result<_, _>>()?,
    })
}

pub(super) async fn leaderboard(
    pools: &Pools,
    mint: Option<&Key>,
    limit: u32,
) -> Result<Vec<LeaderboardRow>, StoreError> {
    sqlx::query(
        "SELECT * FROM player_stats WHERE (?1 IS NULL OR mint = ?1)
         ORDER BY won DESC, wins DESC, player LIMIT ?2",
    )
    .bind(mint.map(<[u8; 32]>::as_slice))
    .bind(i64::from(limit.min(MatchFilter::LIMIT_MAX)))
    .fetch_all(&pools.read)
    .await
    .map_err(refused("read the leaderboard"))?
    .iter()
    .map(|row| {
        Ok(LeaderboardRow {
            player: bytes(row, "player")?,
            stats: stats(row)?,
        })
    })
    .collect()
}

pub(super) fn stats(row: &SqliteRow) -> Result<PlayerStats, StoreError> {
    Ok(PlayerStats {
        mint: bytes(row, "mint")?,
        matches: int(row, "matches")?,
        wins: int(row, "wins")?,
        eliminations: int(row, "eliminations")?,
        warriors_lost: int(row, "warriors_lost")?,
        damage_centi: int(row, "damage_centi")?,
        staked: int(row, "staked")?,
        won: int(row, "won")?,
    })
}

fn status(row: &SqliteRow) -> Result<MatchStatus, StoreError> {
    let name = text(row, "status")?;
    MatchStatus::from_name(&name)
        .ok_or_else(|| corrupt("history_matches.status", format!("no such status: {name}")))
}

fn heading(row: &SqliteRow) -> Result<MatchRow, StoreError> {
    Ok(MatchRow {
        match_key: bytes(row, "match_key")?,
        match_id: int(row, "match_id")?,
        mode: int(row, "mode")?,
        status: status(row)?,
        mint: bytes(row, "mint")?,
        stake_per_warrior: int(row, "stake_per_warrior")?,
        rules_hash: bytes(row, "rules_hash")?,
        players: int(row, "players")?,
        warriors: int(row, "warriors")?,
        pot: int(row, "pot")?,
        fee: int(row, "fee")?,
        burn: int(row, "burn")?,
        seed: bytes_opt(row, "seed")?,
        genesis_leaf: bytes_opt(row, "genesis_leaf")?,
        winner: bytes_opt(row, "winner")?,
        ticks: int(row, "ticks")?,
        created_at_ms: int(row, "created_at_ms")?,
        started_at_ms: int_opt(row, "started_at_ms")?,
        ended_at_ms: int_opt(row, "ended_at_ms")?,
        replay_file: text_opt(row, "replay_file")?,
    })
}

fn entry(row: &SqliteRow) -> Result<EntryRow, StoreError> {
    Ok(EntryRow {
        slot: int(row, "slot")?,
        player: bytes(row, "player")?,
        session_key: bytes(row, "session_key")?,
        warriors: int(row, "warriors")?,
        paid: int(row, "paid")?,
        late: int::<i64>(row, "late")? != 0,
        signature: bytes_opt(row, "signature")?,
    })
}

fn checkpoint(row: &SqliteRow) -> Result<CheckpointRow, StoreError> {
    Ok(CheckpointRow {
        index: int(row, "idx")?,
        tick: int(row, "tick")?,
        digest: bytes(row, "digest")?,
        signature: bytes_opt(row, "signature")?,
        posted_at_ms: int_opt(row, "posted_at_ms")?,
    })
}

fn placement(row: &SqliteRow) -> Result<PlacementRow, StoreError> {
    Ok(PlacementRow {
        slot: int(row, "slot")?,
        player: bytes(row, "player")?,
        place: int(row, "place")?,
        paid: int(row, "paid")?,
        payout: int(row, "payout")?,
        refunded: int::<i64>(row, "refunded")? != 0,
        warriors: int(row, "warriors")?,
        warriors_alive: int(row, "warriors_alive")?,
        hp_centi: int(row, "hp_centi")?,
        eliminations: int(row, "eliminations")?,
        damage_centi: int(row, "damage_centi")?,
        claim_signature: bytes_opt(row, "claim_signature")?,
    })
}

fn elimination(row: &SqliteRow) -> Result<EliminationRow, StoreError> {
    let attacker: Option<u8> = int_opt(row, "attacker_warrior")?;
    let attacker_slot: Option<u8> = int_opt(row, "attacker_slot")?;
    Ok(EliminationRow {
        tick: int(row, "tick")?,
        victim_warrior: int(row, "victim_warrior")?,
        victim_slot: int(row, "victim_slot")?,
        attacker: attacker.zip(attacker_slot),
    })
}

fn player_match(row: &SqliteRow) -> Result<PlayerMatchRow, StoreError> {
    let place: Option<u8> = int_opt(row, "place")?;
    let payout: Option<u64> = int_opt(row, "payout")?;
    Ok(PlayerMatchRow {
        match_key: bytes(row, "match_key")?,
        mode: int(row, "mode")?,
        status: status(row)?,
        mint: bytes(row, "mint")?,
        paid: int(row, "paid")?,
        outcome: place.zip(payout),
        created_at_ms: int(row, "created_at_ms")?,
    })
}
