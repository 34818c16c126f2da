//! Player statistics: one row for each player and mint, and the leaderboard they make.

use super::fence::Rooms;
use crate::database::row::Row;
use crate::database::statement::statements;
use crate::database::value::quantity;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::history::{LeaderboardFilter, LeaderboardRow, PlacementRow, PlayerStats, LIMIT_MAX};
use crate::types::Key;

macro_rules! columns {
    () => {
        "player, mint, matches, wins, eliminations, warriors_lost, damage_centi, staked, won"
    };
}

/// A sum that stays at what a column holds: damage and amounts are the only numbers that could grow so far.
macro_rules! saturating_sum {
    ($column:literal) => {
        concat!(
            $column,
            " = CASE WHEN player_stats.",
            $column,
            " > 9223372036854775807 - excluded.",
            $column,
            " THEN 9223372036854775807 ELSE player_stats.",
            $column,
            " + excluded.",
            $column,
            " END"
        )
    };
}

statements! {
    COUNT: Write "count a result in a player's statistics" =
        concat!("INSERT INTO player_stats (", columns!(), ") VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (player, mint) DO UPDATE SET matches = player_stats.matches + excluded.matches,
         wins = player_stats.wins + excluded.wins, eliminations = player_stats.eliminations + excluded.eliminations,
         warriors_lost = player_stats.warriors_lost + excluded.warriors_lost, ",
         saturating_sum!("damage_centi"), ", ", saturating_sum!("staked"), ", ", saturating_sum!("won"));
    OF_PLAYER: Read "read a player's statistics" =
        concat!("SELECT ", columns!(), " FROM player_stats WHERE player = $1 ORDER BY won DESC, mint");
    LEADERBOARD: Read "read the leaderboard" =
        concat!("SELECT ", columns!(), " FROM player_stats
         ORDER BY won DESC, wins DESC, player, mint LIMIT $1 OFFSET $2");
    LEADERBOARD_OF_MINT: Read "read the leaderboard of a mint" =
        concat!("SELECT ", columns!(), " FROM player_stats WHERE mint = $3
         ORDER BY won DESC, wins DESC, player LIMIT $1 OFFSET $2");
}

/// Adds one placement to its player's statistics.
pub(super) async fn count(
    tx: &mut Transaction,
    mint: &Key,
    placement: &PlacementRow,
) -> Result<(), StoreError> {
    let lost = placement.warriors.saturating_sub(placement.warriors_alive);
    let values = [
        (&placement.player).into(),
        mint.into(),
        i64::from(placement.place == 1).into(),
        placement.eliminations.into(),
        lost.into(),
        quantity("damage", placement.damage_centi)?,
        quantity("paid", placement.paid)?,
        quantity("payout", placement.payout)?,
    ];
    tx.execute(COUNT, &values).await?;
    Ok(())
}

impl Rooms {
    pub(super) async fn stats_of(&self, wallet: &Key) -> Result<Vec<PlayerStats>, StoreError> {
        let rows = self.database.rows(OF_PLAYER, &[wallet.into()]).await?;
        rows.iter().map(stats).collect()
    }

    pub(super) async fn best_players(
        &self,
        filter: &LeaderboardFilter,
    ) -> Result<Vec<LeaderboardRow>, StoreError> {
        let limit = filter.limit.min(LIMIT_MAX).into();
        let offset = filter.offset.min(LeaderboardFilter::OFFSET_MAX).into();
        let rows = match &filter.mint {
            None => self.database.rows(LEADERBOARD, &[limit, offset]).await?,
            Some(mint) => {
                let values = [limit, offset, mint.into()];
                self.database.rows(LEADERBOARD_OF_MINT, &values).await?
            }
        };
        let line = |row: &Row| {
            Ok(LeaderboardRow {
                player: row.bytes("player")?,
                stats: stats(row)?,
            })
        };
        rows.iter().map(line).collect()
    }
}

fn stats(row: &Row) -> Result<PlayerStats, StoreError> {
    Ok(PlayerStats {
        mint: row.bytes("mint")?,
        matches: row.int("matches")?,
        wins: row.int("wins")?,
        eliminations: row.int("eliminations")?,
        warriors_lost: row.int("warriors_lost")?,
        damage_centi: row.int("damage_centi")?,
        staked: row.int("staked")?,
        won: row.int("won")?,
    })
}
