//! From the store's rows to what is served. Rows of older cranks keep less than the bus: what they have not
//! is empty or zero.

use protocol::api::{LeaderboardLine, PlayerMatch, PlayerStats, ReplayLine};
use protocol::directory::{
    Amount, CheckpointInfo, DeathInfo, MatchDetail, MatchStatus, MatchSummary, PlayerInfo, ResultInfo,
};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Signature, Tick, WalletKey};
use store::{
    CheckpointRow, EliminationRow, EntryRow, LeaderboardRow, MatchHistory, MatchRow, PlacementRow,
    PlayerMatchRow, ReplayRow,
};

use crate::config::RelayConfig;

/// Milliseconds since 1970; the store's are signed.
fn unix_ms(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or(0)
}

/// A line of the list, with the terms that the crank kept. Versions before kept none: then the caps are the
/// numbers entered, the length the ticks simulated, and the token what this relay was told of it.
pub(super) fn summary(row: &MatchRow, config: &RelayConfig) -> MatchSummary {
    let mint = PublicKey(row.mint);
    let terms = row.terms.as_ref();
    let token = config.tokens.iter().find(|token| token.mint == mint);
    let told = token.map(|token| (token.decimals, token.symbol.clone()));
    let (decimals, symbol) = terms
        .map(|terms| (terms.decimals, terms.symbol.clone()))
        .or(told)
        .unwrap_or_default();
    MatchSummary {
        match_key: MatchKey(row.match_key),
        match_id: row.match_id,
        mode: row.mode,
        status: row.status,
        mint,
        decimals,
        symbol,
        stake_per_warrior: Amount(row.stake_per_warrior),
        players: row.players,
        players_max: terms.map_or(row.players, |terms| terms.players_max),
        warriors: row.warriors,
        warriors_max: terms.map_or(row.warriors, |terms| terms.warriors_max),
        pot: Amount(row.pot),
        tick: Tick(row.ticks),
        length_ticks: terms.map_or(row.ticks, |terms| terms.length_ticks),
        created_at_ms: unix_ms(row.created_at_ms),
        starts_at_ms: row.started_at_ms.map(unix_ms),
    }
}

/// A match that is no longer on the bus, as far as its crank's version kept it.
pub(super) fn detail(history: &MatchHistory, config: &RelayConfig) -> MatchDetail {
    let row = &history.row;
    let terms = row.terms.as_ref();
    let steps = &row.steps;
    let signature = |bytes: Option<[u8; 64]>| bytes.map(Signature);
    let has_result = matches!(row.status, MatchStatus::Proposed | MatchStatus::Settled);
    MatchDetail {
        summary: summary(row, config),
        operator: terms.map_or_else(
            || config.operator.unwrap_or_default(),
            |terms| PublicKey(terms.operator),
        ),
        rules_hash: Hash(row.rules_hash),
        rules: terms.map_or_else(Vec::new, |terms| terms.rules.clone()),
        drip_root: terms.map_or_else(Hash::default, |terms| Hash(terms.drip_root)),
        seed: row.seed.map(Hash),
        genesis_leaf: row.genesis_leaf.map(Hash),
        players: players(history),
        checkpoints: history.checkpoints.iter().map(checkpoint).collect(),
        result: has_result.then(|| ResultInfo {
            leaf: row.final_leaf.map_or_else(Hash::default, Hash),
            pot: Amount(row.pot),
            fee: Amount(row.fee),
            burn: Amount(row.burn),
            proposed_in: signature(steps.proposed),
            finalized_in: signature(steps.finalized),
        }),
        created_in: signature(steps.created),
        locked_in: signature(steps.locked),
        started_in: signature(steps.started),
        deaths: history.eliminations.iter().map(death).collect(),
    }
}

fn players(history: &MatchHistory) -> Vec<PlayerInfo> {
    let mut entries: Vec<&EntryRow> = history.entries.iter().collect();
    // Warriors stand in this order in the roster: those of the start by slot, then those who came late.
    entries.sort_by_key(|entry| (entry.late, entry.slot));
    let mut next_warrior = 0u8;
    let mut players: Vec<PlayerInfo> = entries
        .into_iter()
        .map(|entry| {
            let of_entry = |placement: &&PlacementRow| placement.slot == entry.slot;
            let placement = history.placements.iter().find(of_entry);
            let first_warrior = next_warrior;
            let was_admitted = placement.is_none_or(|placement| placement.place > 0);
            if was_admitted {
                next_warrior = next_warrior.saturating_add(entry.warriors);
            }
            player(entry, placement, was_admitted.then_some(first_warrior))
        })
        .collect();
    players.sort_by_key(|player| player.slot);
    players
}

fn player(entry: &EntryRow, placement: Option<&PlacementRow>, first_warrior: Option<u8>) -> PlayerInfo {
    PlayerInfo {
        slot: PlayerSlot(entry.slot),
        wallet: WalletKey(entry.player),
        session: SessionKey(entry.session_key),
        warriors: entry.warriors,
        first_warrior,
        late: entry.late,
        paid: Amount(entry.paid),
        payout: placement.map(|placement| Amount(placement.payout)),
        refunded: placement.is_some_and(|placement| placement.refunded),
        place: placement
            .map(|placement| placement.place)
            .filter(|place| *place > 0),
        entered_in: entry.signature.map(Signature),
        claimed_in: placement
            .and_then(|placement| placement.claim_signature)
            .map(Signature),
    }
}

fn death(row: &EliminationRow) -> DeathInfo {
    DeathInfo {
        tick: Tick(row.tick),
        warrior: row.victim_warrior,
        slot: PlayerSlot(row.victim_slot),
        by: row.attacker.map(|(warrior, slot)| (warrior, PlayerSlot(slot))),
    }
}

fn checkpoint(row: &CheckpointRow) -> CheckpointInfo {
    CheckpointInfo {
        index: row.index,
        tick: Tick(row.tick),
        digest: Hash(row.digest),
        leaf: row.leaf.map_or_else(Hash::default, Hash),
        posted_in: row.signature.map(Signature),
        slot: row.slot,
    }
}

pub(super) fn stats(stats: &store::PlayerStats) -> PlayerStats {
    PlayerStats {
        mint: PublicKey(stats.mint),
        matches: stats.matches,
        wins: stats.wins,
        eliminations: stats.eliminations,
        warriors_lost: stats.warriors_lost,
        damage_centi: stats.damage_centi,
        staked: Amount(stats.staked),
        won: Amount(stats.won),
    }
}

pub(super) fn player_match(row: &PlayerMatchRow) -> PlayerMatch {
    PlayerMatch {
        match_key: MatchKey(row.match_key),
        mode: row.mode,
        status: row.status,
        mint: PublicKey(row.mint),
        paid: Amount(row.paid),
        place: row.outcome.map(|(place, _)| place),
        payout: row.outcome.map(|(_, payout)| Amount(payout)),
        created_at_ms: unix_ms(row.created_at_ms),
    }
}

pub(super) fn leaderboard_line(row: &LeaderboardRow) -> LeaderboardLine {
    LeaderboardLine {
        wallet: WalletKey(row.player),
        stats: stats(&row.stats),
    }
}

pub(super) fn replay(row: &ReplayRow) -> ReplayLine {
    ReplayLine {
        match_key: MatchKey(row.match_key),
        match_id: row.match_id,
        mode: row.mode,
        ended_at_ms: row.ended_at_ms.map(unix_ms),
    }
}
