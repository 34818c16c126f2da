//! The room of history: reading.
//!
//! Lists are read in pages by the order in which matches were first written (`seq`), newest first: a page
//! begins after the last match of the one before, so that nothing is shown twice or left out while matches
//! are added.

use super::fence::Rooms;
use crate::database::row::{corrupt, Row};
use crate::database::statement::statements;
use crate::error::StoreError;
use crate::history::{
    CheckpointRow, EliminationRow, EntryRow, MatchFilter, MatchHistory, MatchRow, MatchStatus, MatchSteps,
    MatchTerms, Mode, Page, PlacementRow, PlayerMatchRow, ReplayRow, LIMIT_MAX,
};
use crate::types::Key;

macro_rules! heading {
    () => {
        "match_key, match_id, mode, status, mint, stake_per_warrior, rules_hash, players, warriors, pot, fee, burn, seed,
         genesis_leaf, winner, ticks, created_at_ms, started_at_ms, ended_at_ms, replay_file, decimals, symbol,
         players_max, warriors_max, length_ticks, operator, rules, drip_root, final_leaf, created_in, locked_in,
         started_in, proposed_in, finalized_in"
    };
}

/// Where a page begins: after the match of the cursor, at the newest without one, nowhere if the match is
/// unknown.
macro_rules! cursor {
    ($parameter:literal) => {
        concat!(
            "COALESCE((SELECT seq FROM history_matches WHERE match_key = ",
            $parameter,
            "), CASE WHEN ",
            $parameter,
            " IS NULL THEN 9223372036854775807 END)"
        )
    };
}

statements! {
    MATCHES: Read "list matches" =
        concat!("SELECT ", heading!(), " FROM history_matches
         WHERE seq < ", cursor!("$1"), " ORDER BY seq DESC LIMIT $2");
    MATCHES_OF_STATUS: Read "list matches of a status" =
        concat!("SELECT ", heading!(), " FROM history_matches
         WHERE seq < ", cursor!("$1"), " AND status = $3 ORDER BY seq DESC LIMIT $2");
    MATCH: Read "read a match's heading" =
        concat!("SELECT ", heading!(), " FROM history_matches WHERE match_key = $1");
    ENTRIES: Read "read a match's entries" =
        "SELECT slot, player, session_key, warriors, paid, late, signature
         FROM history_entries WHERE match_key = $1 ORDER BY slot";
    CHECKPOINTS: Read "read a match's checkpoints" =
        "SELECT idx, tick, digest, signature, posted_at_ms, leaf, slot
         FROM history_checkpoints WHERE match_key = $1 ORDER BY idx";
    PLACEMENTS: Read "read a match's placements" =
        "SELECT slot, player, place, paid, payout, refunded, warriors, warriors_alive, hp_centi, eliminations,
         damage_centi, claim_signature
         FROM history_placements WHERE match_key = $1 ORDER BY place = 0, place, slot";
    ELIMINATIONS: Read "read a match's eliminations" =
        "SELECT tick, victim_warrior, victim_slot, attacker_warrior, attacker_slot
         FROM history_eliminations WHERE match_key = $1 ORDER BY idx";
    PLAYER_MATCHES: Read "list a player's matches" =
        concat!("SELECT m.match_key, m.mode, m.status, m.mint, m.created_at_ms, e.paid, p.place, p.payout
         FROM history_entries e JOIN history_matches m ON m.match_key = e.match_key
         LEFT JOIN history_placements p ON p.match_key = e.match_key AND p.slot = e.slot
         WHERE e.player = $1 AND m.seq < ", cursor!("$2"), " ORDER BY m.seq DESC, e.slot LIMIT $3");
    REPLAYS: Read "list the replays" =
        concat!("SELECT match_key, match_id, mode, ended_at_ms, replay_file FROM history_matches
         WHERE replay_file IS NOT NULL AND seq < ", cursor!("$1"), " ORDER BY seq DESC LIMIT $2");
    REPLAY: Read "find a match's replay" =
        "SELECT replay_file FROM history_matches WHERE match_key = $1";
    REPLAY_BYTES: Read "read a match's replay" =
        "SELECT bytes FROM history_replays WHERE match_key = $1";
}

impl Rooms {
    pub(super) async fn headings(&self, filter: &MatchFilter) -> Result<Vec<MatchRow>, StoreError> {
        let (before, limit) = (filter.before.as_ref().into(), filter.limit.min(LIMIT_MAX).into());
        let rows = match filter.status {
            None => self.database.rows(MATCHES, &[before, limit]).await?,
            Some(status) => {
                let values = [before, limit, status.name().into()];
                self.database.rows(MATCHES_OF_STATUS, &values).await?
            }
        };
        rows.iter().map(heading).collect()
    }

    pub(super) async fn history_of(&self, match_key: &Key) -> Result<Option<MatchHistory>, StoreError> {
        let key = [match_key.into()];
        let Some(row) = self.database.row(MATCH, &key).await? else {
            return Ok(None);
        };
        let entries = self.database.rows(ENTRIES, &key).await?;
        let checkpoints = self.database.rows(CHECKPOINTS, &key).await?;
        let placements = self.database.rows(PLACEMENTS, &key).await?;
        let eliminations = self.database.rows(ELIMINATIONS, &key).await?;
        Ok(Some(MatchHistory {
            row: heading(&row)?,
            entries: entries.iter().map(entry).collect::<Result<_, _>>()?,
            checkpoints: checkpoints.iter().map(checkpoint).collect::<Result<_, _>>()?,
            placements: placements.iter().map(placement).collect::<Result<_, _>>()?,
            eliminations: eliminations.iter().map(elimination).collect::<Result<_, _>>()?,
        }))
    }

    pub(super) async fn matches_of(
        &self,
        wallet: &Key,
        page: &Page,
    ) -> Result<Vec<PlayerMatchRow>, StoreError> {
        let values = [
            wallet.into(),
            page.before.as_ref().into(),
            page.limit.min(LIMIT_MAX).into(),
        ];
        let rows = self.database.rows(PLAYER_MATCHES, &values).await?;
        rows.iter().map(player_match).collect()
    }

    pub(super) async fn replay_index(&self, page: &Page) -> Result<Vec<ReplayRow>, StoreError> {
        let values = [page.before.as_ref().into(), page.limit.min(LIMIT_MAX).into()];
        let rows = self.database.rows(REPLAYS, &values).await?;
        rows.iter().map(replay).collect()
    }

    pub(super) async fn replay_of(&self, match_key: &Key) -> Result<Option<String>, StoreError> {
        let row = self.database.row(REPLAY, &[match_key.into()]).await?;
        row.map_or(Ok(None), |row| row.text_opt("replay_file"))
    }

    pub(super) async fn replay_bytes(&self, match_key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.database.row(REPLAY_BYTES, &[match_key.into()]).await?;
        row.map(|row| row.blob("bytes")).transpose()
    }
}

fn mode(row: &Row) -> Result<Mode, StoreError> {
    let byte: u8 = row.int("mode")?;
    Mode::try_from(byte).map_err(|error| corrupt("history_matches.mode", error.to_string()))
}

fn status(row: &Row) -> Result<MatchStatus, StoreError> {
    let name = row.text("status")?;
    MatchStatus::from_name(&name)
        .ok_or_else(|| corrupt("history_matches.status", format!("no such status: {name}")))
}

fn heading(row: &Row) -> Result<MatchRow, StoreError> {
    Ok(MatchRow {
        match_key: row.bytes("match_key")?,
        match_id: row.int("match_id")?,
        mode: mode(row)?,
        status: status(row)?,
        mint: row.bytes("mint")?,
        stake_per_warrior: row.int("stake_per_warrior")?,
        rules_hash: row.bytes("rules_hash")?,
        players: row.int("players")?,
        warriors: row.int("warriors")?,
        pot: row.int("pot")?,
        fee: row.int("fee")?,
        burn: row.int("burn")?,
        seed: row.bytes_opt("seed")?,
        genesis_leaf: row.bytes_opt("genesis_leaf")?,
        winner: row.bytes_opt("winner")?,
        ticks: row.int("ticks")?,
        created_at_ms: row.int("created_at_ms")?,
        started_at_ms: row.int_opt("started_at_ms")?,
        ended_at_ms: row.int_opt("ended_at_ms")?,
        replay_file: row.text_opt("replay_file")?,
        final_leaf: row.bytes_opt("final_leaf")?,
        terms: terms(row)?,
        steps: MatchSteps {
            created: row.bytes_opt("created_in")?,
            locked: row.bytes_opt("locked_in")?,
            started: row.bytes_opt("started_in")?,
            proposed: row.bytes_opt("proposed_in")?,
            finalized: row.bytes_opt("finalized_in")?,
        },
    })
}

/// All of the terms, or none in a row of before they were kept.
fn terms(row: &Row) -> Result<Option<MatchTerms>, StoreError> {
    let Some(symbol) = row.text_opt("symbol")? else {
        return Ok(None);
    };
    Ok(Some(MatchTerms {
        decimals: row.int("decimals")?,
        symbol,
        players_max: row.int("players_max")?,
        warriors_max: row.int("warriors_max")?,
        length_ticks: row.int("length_ticks")?,
        operator: row.bytes("operator")?,
        rules: row.blob("rules")?,
        drip_root: row.bytes("drip_root")?,
    }))
}

fn entry(row: &Row) -> Result<EntryRow, StoreError> {
    Ok(EntryRow {
        slot: row.int("slot")?,
        player: row.bytes("player")?,
        session_key: row.bytes("session_key")?,
        warriors: row.int("warriors")?,
        paid: row.int("paid")?,
        late: row.truth("late")?,
        signature: row.bytes_opt("signature")?,
    })
}

fn checkpoint(row: &Row) -> Result<CheckpointRow, StoreError> {
    Ok(CheckpointRow {
        index: row.int("idx")?,
        tick: row.int("tick")?,
        digest: row.bytes("digest")?,
        signature: row.bytes_opt("signature")?,
        posted_at_ms: row.int_opt("posted_at_ms")?,
        leaf: row.bytes_opt("leaf")?,
        slot: row.int_opt("slot")?,
    })
}

fn placement(row: &Row) -> Result<PlacementRow, StoreError> {
    Ok(PlacementRow {
        slot: row.int("slot")?,
        player: row.bytes("player")?,
        place: row.int("place")?,
        paid: row.int("paid")?,
        payout: row.int("payout")?,
        refunded: row.truth("refunded")?,
        warriors: row.int("warriors")?,
        warriors_alive: row.int("warriors_alive")?,
        hp_centi: row.int("hp_centi")?,
        eliminations: row.int("eliminations")?,
        damage_centi: row.int("damage_centi")?,
        claim_signature: row.bytes_opt("claim_signature")?,
    })
}

fn elimination(row: &Row) -> Result<EliminationRow, StoreError> {
    let attacker: Option<u8> = row.int_opt("attacker_warrior")?;
    let attacker_slot: Option<u8> = row.int_opt("attacker_slot")?;
    Ok(EliminationRow {
        tick: row.int("tick")?,
        victim_warrior: row.int("victim_warrior")?,
        victim_slot: row.int("victim_slot")?,
        attacker: attacker.zip(attacker_slot),
    })
}

fn player_match(row: &Row) -> Result<PlayerMatchRow, StoreError> {
    let place: Option<u8> = row.int_opt("place")?;
    let payout: Option<u64> = row.int_opt("payout")?;
    Ok(PlayerMatchRow {
        match_key: row.bytes("match_key")?,
        mode: mode(row)?,
        status: status(row)?,
        mint: row.bytes("mint")?,
        paid: row.int("paid")?,
        outcome: place.zip(payout),
        created_at_ms: row.int("created_at_ms")?,
    })
}

fn replay(row: &Row) -> Result<ReplayRow, StoreError> {
    Ok(ReplayRow {
        match_key: row.bytes("match_key")?,
        match_id: row.int("match_id")?,
        mode: mode(row)?,
        ended_at_ms: row.int_opt("ended_at_ms")?,
        file: row.text("replay_file")?,
    })
}
