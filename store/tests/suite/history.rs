//! How the room of history must behave.

use store::{
    CheckpointRow, EliminationRow, EntryRow, MatchFilter, MatchRow, MatchStatus, PlacementRow, ResultRecord,
    Store,
};

use super::key;

pub(super) async fn run(store: &Store) {
    headings_are_listed_in_pages(store).await;
    one_match_is_told_in_full(store).await;
    results_count_once(store).await;
}

fn row(number: u8, status: MatchStatus) -> MatchRow {
    MatchRow {
        match_key: key(number),
        match_id: number.into(),
        mode: 0,
        status,
        mint: key(201),
        stake_per_warrior: 5,
        rules_hash: key(203),
        players: 2,
        warriors: 4,
        pot: 20,
        fee: 0,
        burn: 0,
        seed: None,
        genesis_leaf: None,
        winner: None,
        ticks: 0,
        created_at_ms: 1_000,
        started_at_ms: None,
        ended_at_ms: None,
        replay_file: None,
    }
}

fn entry(slot: u8, player: u8) -> EntryRow {
    EntryRow {
        slot,
        player: key(player),
        session_key: key(player + 50),
        warriors: 2,
        paid: 10,
        late: slot > 0,
        signature: Some([slot; 64]),
    }
}

fn placement(slot: u8, player: u8, place: u8) -> PlacementRow {
    PlacementRow {
        slot,
        player: key(player),
        place,
        paid: 10,
        payout: if place == 1 { 19 } else { 0 },
        refunded: false,
        warriors: 2,
        warriors_alive: 2 - place.min(2),
        hp_centi: 5_000,
        eliminations: 3,
        damage_centi: 12_345,
        claim_signature: None,
    }
}

async fn headings_are_listed_in_pages(store: &Store) {
    let history = &store.history;
    for number in 1..=5 {
        history
            .upsert_match(&row(number, MatchStatus::Open))
            .await
            .unwrap();
    }
    for (number, status) in (1..=5).zip(MatchStatus::ALL) {
        history.upsert_match(&row(number, status)).await.unwrap();
        assert_eq!(MatchStatus::from_u8(status as u8), Some(status));
    }
    let list = |status, before: Option<u8>, limit| async move {
        let filter = MatchFilter {
            status,
            before: before.map(key),
            limit,
        };
        history
            .matches(&filter)
            .await
            .unwrap()
            .iter()
            .map(|m| m.match_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        list(None, None, 10).await,
        [5, 4, 3, 2, 1],
        "newest first, an update keeps its place"
    );
    assert_eq!(list(None, None, 2).await, [5, 4]);
    assert_eq!(list(None, Some(4), 2).await, [3, 2]);
    assert_eq!(list(None, Some(1), 2).await, [0u64; 0]);
    assert_eq!(list(Some(MatchStatus::Live), None, 10).await, [3]);
    assert_eq!(list(Some(MatchStatus::Voided), None, 10).await, [0u64; 0]);
    assert_eq!(
        list(None, Some(99), 10).await,
        [0u64; 0],
        "an unknown cursor gives no rows"
    );
    assert_eq!(list(None, None, 0).await, [0u64; 0]);
}

async fn one_match_is_told_in_full(store: &Store) {
    let history = &store.history;
    let full = MatchRow {
        seed: Some(key(1)),
        genesis_leaf: Some(key(2)),
        winner: Some(key(3)),
        ticks: 5_400,
        started_at_ms: Some(2_000),
        ended_at_ms: Some(92_000),
        replay_file: Some("5.replay".into()),
        pot: 40,
        fee: 1,
        burn: 2,
        ..row(5, MatchStatus::Settled)
    };
    history.upsert_match(&full).await.unwrap();
    for (slot, player) in [(0, 11), (1, 12), (2, 13)] {
        history.record_entry(&key(5), &entry(slot, player)).await.unwrap();
    }
    history.remove_entry(&key(5), 2).await.unwrap();
    let unsigned = EntryRow {
        signature: None,
        ..entry(1, 12)
    };
    history.record_entry(&key(5), &unsigned).await.unwrap();

    let posted = CheckpointRow {
        index: 1,
        tick: 240,
        digest: key(9),
        signature: Some([3; 64]),
        posted_at_ms: Some(7),
    };
    let bare = CheckpointRow {
        signature: None,
        posted_at_ms: None,
        ..posted.clone()
    };
    let zeroth = CheckpointRow {
        index: 0,
        tick: 120,
        ..bare.clone()
    };
    for checkpoint in [&posted, &bare, &zeroth] {
        history.record_checkpoint(&key(5), checkpoint).await.unwrap();
    }
    let told = history.match_history(&key(5)).await.unwrap().unwrap();
    assert_eq!(told.row, full);
    assert_eq!(
        told.entries,
        [entry(0, 11), entry(1, 12)],
        "a known signature was lost, or a leaver kept"
    );
    assert_eq!(
        told.checkpoints,
        [zeroth, posted],
        "a known signature was lost, or the order"
    );
    assert!(told.placements.is_empty() && told.eliminations.is_empty());
    assert_eq!(history.match_history(&key(77)).await.unwrap(), None);
}

async fn results_count_once(store: &Store) {
    let history = &store.history;
    let never_admitted = PlacementRow {
        place: 0,
        payout: 10,
        refunded: true,
        ..placement(2, 13, 0)
    };
    let result = ResultRecord {
        match_key: key(5),
        mint: key(201),
        placements: vec![placement(0, 11, 2), placement(1, 12, 1), never_admitted.clone()],
        eliminations: vec![
            EliminationRow {
                tick: 5,
                victim_warrior: 1,
                victim_slot: 0,
                attacker: Some((2, 1)),
            },
            EliminationRow {
                tick: 9,
                victim_warrior: 0,
                victim_slot: 0,
                attacker: None,
            },
        ],
    };
    assert!(history.record_result(&result).await.unwrap());
    assert!(
        !history.record_result(&result).await.unwrap(),
        "one result recorded twice"
    );
    history.record_claim(&key(5), 1, &[8; 64]).await.unwrap();

    let told = history.match_history(&key(5)).await.unwrap().unwrap();
    let winner = PlacementRow {
        claim_signature: Some([8; 64]),
        ..placement(1, 12, 1)
    };
    assert_eq!(
        told.placements,
        [winner, placement(0, 11, 2), never_admitted],
        "not in the order of places"
    );
    assert_eq!(told.eliminations, result.eliminations);

    let second = ResultRecord {
        match_key: key(4),
        placements: vec![placement(0, 12, 1)],
        ..result.clone()
    };
    history.record_entry(&key(4), &entry(0, 12)).await.unwrap();
    assert!(history.record_result(&second).await.unwrap());
    let other_mint = ResultRecord {
        match_key: key(3),
        mint: key(210),
        ..second
    };
    assert!(history.record_result(&other_mint).await.unwrap());

    let player = history.player(&key(12), 10).await.unwrap();
    let stats = &player.stats[0];
    assert_eq!(
        (stats.mint, stats.matches, stats.wins, stats.staked, stats.won),
        (key(201), 2, 2, 20, 38)
    );
    assert_eq!(
        (stats.eliminations, stats.warriors_lost, stats.damage_centi),
        (6, 2, 24_690)
    );
    assert_eq!(player.stats.len(), 2, "amounts of two mints were added");
    let recent: Vec<_> = player
        .recent
        .iter()
        .map(|m| (m.match_key, m.paid, m.outcome))
        .collect();
    assert_eq!(recent, [(key(5), 10, Some((1, 19))), (key(4), 10, Some((1, 19)))]);
    assert_eq!(history.player(&key(12), 1).await.unwrap().recent.len(), 1);
    assert!(
        history.player(&key(13), 9).await.unwrap().stats.is_empty(),
        "a refunded stranger was counted"
    );

    let board = history.leaderboard(Some(&key(201)), 10).await.unwrap();
    let order: Vec<_> = board.iter().map(|line| (line.player, line.stats.won)).collect();
    assert_eq!(order, [(key(12), 38), (key(11), 0)]);
    assert_eq!(history.leaderboard(None, 10).await.unwrap().len(), 3);
    assert_eq!(history.leaderboard(None, 1).await.unwrap().len(), 1);
}
