//! A finished match in history, as a crank keeps it.

use protocol::directory::MatchDetail;
use store::{EliminationRow, EntryRow, MatchRow, MatchSteps, MatchTerms, PlacementRow, ResultRecord};

use super::Stage;

/// Keeps a match that is over, with three deaths and transactions for each of its steps.
pub(crate) async fn archive(stage: &Stage, detail: &MatchDetail) {
    let summary = &detail.summary;
    let row = MatchRow {
        match_key: summary.match_key.0,
        match_id: summary.match_id,
        mode: summary.mode,
        status: summary.status,
        mint: summary.mint.0,
        stake_per_warrior: summary.stake_per_warrior.0,
        rules_hash: detail.rules_hash.0,
        players: summary.players,
        warriors: summary.warriors,
        pot: summary.pot.0,
        fee: 30,
        burn: 20,
        seed: None,
        genesis_leaf: None,
        winner: None,
        ticks: summary.tick.0,
        created_at_ms: i64::try_from(summary.created_at_ms).unwrap(),
        started_at_ms: None,
        ended_at_ms: None,
        replay_file: None,
        final_leaf: Some([9; 32]),
        terms: Some(MatchTerms {
            decimals: summary.decimals,
            symbol: summary.symbol.clone(),
            players_max: summary.players_max,
            warriors_max: summary.warriors_max,
            length_ticks: summary.length_ticks,
            operator: detail.operator.0,
            rules: detail.rules.clone(),
            drip_root: detail.drip_root.0,
        }),
        steps: MatchSteps {
            created: Some([1; 64]),
            locked: Some([2; 64]),
            started: Some([3; 64]),
            proposed: Some([4; 64]),
            finalized: Some([5; 64]),
        },
    };
    let history = &stage.store.history;
    history.upsert_match(&row).await.unwrap();
    for player in &detail.players {
        let entry = EntryRow {
            slot: player.slot.0,
            player: player.wallet.0,
            session_key: player.session.0,
            warriors: player.warriors,
            paid: player.paid.0,
            late: player.late,
            signature: None,
        };
        history.record_entry(&row.match_key, &entry).await.unwrap();
    }
    let placements = detail.players.iter().map(|player| PlacementRow {
        slot: player.slot.0,
        player: player.wallet.0,
        place: player.place.unwrap(),
        paid: player.paid.0,
        payout: 0,
        refunded: false,
        warriors: player.warriors,
        warriors_alive: 0,
        hp_centi: 0,
        eliminations: 0,
        damage_centi: 0,
        claim_signature: None,
    });
    let death = |tick, victim_warrior, attacker| EliminationRow {
        tick,
        victim_warrior,
        victim_slot: victim_warrior / 2,
        attacker,
    };
    let result = ResultRecord {
        match_key: row.match_key,
        mint: row.mint,
        placements: placements.collect(),
        eliminations: vec![
            death(100, 0, Some((2, 1))),
            death(200, 1, None),
            death(300, 3, Some((2, 1))),
        ],
    };
    assert!(history.record_result(&result).await.unwrap());
}
