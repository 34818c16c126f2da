//! From the store's rows to what is served. History keeps less than the bus: what it has not is empty or zero.

use protocol::api::{LeaderboardLine, PlayerMatch, PlayerStats, ReplayLine};
use protocol::directory::{
    Amount, CheckpointInfo, MatchDetail, MatchStatus, MatchSummary, PlayerInfo, ResultInfo,
};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Signature, Tick, WalletKey};
use store::{CheckpointRow, EntryRow, LeaderboardRow, MatchHistory, MatchRow, PlayerMatchRow, ReplayRow};

use crate::RelayConfig;

/// Milliseconds since 1970; the store's are signed.
fn unix_ms(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or(0)
}

/// A line of the list. The caps are the numbers entered, and the length the ticks simulated.
pub(super) fn summary(row: &MatchRow, config: &RelayConfig) -> MatchSummary {
    let mint = PublicKey(row.mint);
    let token = config.tokens.iter().find(|token| token.mint == mint);
    MatchSummary {
        match_key: MatchKey(row.match_key),
        match_id: row.match_id,
        mode: row.mode,
        status: row.status,
        mint,
        decimals: token.map_or(0, |token| token.decimals),
        symbol: token.map_or_else(String::new, |token| token.symbol.clone()),
        stake_per_warrior: Amount(row.stake_per_warrior),
        players: row.players,
        players_max: row.players,
        warriors: row.warriors,
        warriors_max: row.warriors,
        pot: Amount(row.pot),
        tick: Tick(row.ticks),
        length_ticks: row.ticks,
        created_at_ms: unix_ms(row.created_at_ms),
        starts_at_ms: row.started_at_ms.map(unix_ms),
    }
}

/// A match that is no longer on the bus: without rules table and drip root, which the replay file has.
pub(super) fn detail(history: &MatchHistory, config: &RelayConfig) -> MatchDetail {
    let row = &history.row;
    let leaf = Hash::default();
    let settled = row.status == MatchStatus::Settled;
    MatchDetail {
        summary: summary(row, config),
        operator: config.operator.unwrap_or_default(),
        rules_hash: Hash(row.rules_hash),
        rules: Vec::new(),
        drip_root: Hash::default(),
        seed: row.seed.map(Hash),
        genesis_leaf: row.genesis_leaf.map(Hash),
        players: players(history),
        checkpoints: history.checkpoints.iter().map(checkpoint).collect(),
        result: settled.then_some(ResultInfo {
            leaf,
            pot: Amount(row.pot),
            fee: Amount(row.fee),
            burn: Amount(row.burn),
            proposed_in: None,
            finalized_in: None,
        }),
        created_in: None,
        locked_in: None,
        started_in: None,
    }
}

fn players(history: &MatchHistory) -> Vec<PlayerInfo> {
    let mut entries: Vec<&EntryRow> = history.entries.iter().collect();
    entries.sort_by_key(|entry| entry.slot);
    let mut next_warrior = 0u8;
    entries
        .into_iter()
        .map(|entry| {
            let first_warrior = next_warrior;
            next_warrior = next_warrior.saturating_add(entry.warriors);
            let placement = history
                .placements
                .iter()
                .find(|placement| placement.slot == entry.slot);
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
        })
        .collect()
}

fn checkpoint(row: &CheckpointRow) -> CheckpointInfo {
    CheckpointInfo {
        index: row.index,
        tick: Tick(row.tick),
        digest: Hash(row.digest),
        leaf: Hash::default(),
        posted_in: row.signature.map(Signature),
        slot: None,
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
