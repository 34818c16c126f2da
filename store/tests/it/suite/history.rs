//! How the room of history must behave.

use store::{
    CheckpointRow, EliminationRow, EntryRow, LeaderboardFilter, MatchFilter, MatchRow, MatchStatus,
    MatchSteps, MatchTerms, Page, PlacementRow, ResultRecord, Store,
};

use super::key;

pub(super) async fn run(store: &Store) {
    headings_are_listed_in_pages(store).await;
    one_match_is_told_in_full(store).await;
    results_count_once(store).await;
    players_are_listed_in_pages(store).await;
    replays_are_indexed(store).await;
    sums_stay_within_their_column(store).await;
    results_at_the_same_moment_all_count(store).await;
}

pub(crate) fn row(number: u8, status: MatchStatus) -> MatchRow {
    MatchRow {
        match_key: key(number),
        match_id: number.into(),
        mode: store::Mode::Blitz,
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
        final_leaf: None,
        terms: None,
        steps: store::MatchSteps::default(),
    }
}

pub(super) fn entry(slot: u8, player: u8) -> EntryRow {
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

pub(super) fn placement(slot: u8, player: u8, place: u8) -> PlacementRow {
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
        final_leaf: Some(key(4)),
        terms: Some(MatchTerms {
            decimals: 6,
            symbol: "TOKEN".into(),
            players_max: 20,
            warriors_max: 20,
            length_ticks: 5_400,
            operator: key(6),
            rules: vec![7; 96],
            drip_root: key(8),
        }),
        steps: MatchSteps {
            created: Some([1; 64]),
            locked: Some([2; 64]),
            started: Some([3; 64]),
            proposed: Some([4; 64]),
            finalized: Some([5; 64]),
        },
        ..row(5, MatchStatus::Settled)
    };
    history.upsert_match(&full).await.unwrap();
    // Whoever takes the match over may not know them.
    let forgetful = MatchRow {
        final_leaf: None,
        terms: None,
        steps: MatchSteps::default(),
        ..full.clone()
    };
    history.upsert_match(&forgetful).await.unwrap();
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
        leaf: Some(key(10)),
        slot: Some(77),
    };
    let bare = CheckpointRow {
        signature: None,
        posted_at_ms: None,
        leaf: None,
        slot: None,
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

    let stats = history.player_stats(&key(12)).await.unwrap();
    assert_eq!(stats.len(), 2, "amounts of two mints were added");
    let stats = &stats[0];
    assert_eq!(
        (stats.mint, stats.matches, stats.wins, stats.staked, stats.won),
        (key(201), 2, 2, 20, 38)
    );
    assert_eq!(
        (stats.eliminations, stats.warriors_lost, stats.damage_centi),
        (6, 2, 24_690)
    );
    let stranger = history.player_stats(&key(13)).await.unwrap();
    assert!(stranger.is_empty(), "a refunded stranger was counted");
}

async fn players_are_listed_in_pages(store: &Store) {
    let history = &store.history;
    let list = |player, before: Option<u8>, limit| async move {
        let page = Page {
            before: before.map(key),
            limit,
        };
        let matches = history.player_matches(&key(player), &page).await.unwrap();
        matches
            .iter()
            .map(|m| (m.match_key, m.paid, m.outcome))
            .collect::<Vec<_>>()
    };
    let (newer, older) = ((key(5), 10, Some((1, 19))), (key(4), 10, Some((1, 19))));
    assert_eq!(list(12, None, 10).await, [newer, older]);
    assert_eq!(list(12, None, 1).await, [newer]);
    assert_eq!(list(12, Some(5), 10).await, [older]);
    assert_eq!(list(12, Some(4), 10).await, [], "after the last page");
    assert_eq!(
        list(12, Some(99), 10).await,
        [],
        "an unknown cursor gives no rows"
    );
    assert_eq!(list(12, None, 0).await, []);
    assert_eq!(list(99, None, 10).await, [], "a stranger");

    let board = |mint: Option<u8>, offset, limit| async move {
        let filter = LeaderboardFilter {
            mint: mint.map(key),
            offset,
            limit,
        };
        let lines = history.leaderboard(&filter).await.unwrap();
        lines
            .iter()
            .map(|line| (line.player, line.stats.won))
            .collect::<Vec<_>>()
    };
    assert_eq!(board(Some(201), 0, 10).await, [(key(12), 38), (key(11), 0)]);
    assert_eq!(board(Some(201), 1, 10).await, [(key(11), 0)]);
    assert_eq!(board(Some(201), 2, 10).await, [], "after the last page");
    assert_eq!(board(Some(99), 0, 10).await, [], "a mint nobody played for");
    let all = [(key(12), 38), (key(12), 19), (key(11), 0)];
    assert_eq!(board(None, 0, 10).await, all);
    assert_eq!(board(None, 0, 2).await, all[..2]);
    assert_eq!(board(None, 2, 2).await, all[2..]);
    assert_eq!(board(None, 0, 0).await, []);
    assert_eq!(board(None, u32::MAX, 10).await, [], "an offset without end");
}

async fn replays_are_indexed(store: &Store) {
    let history = &store.history;
    let list = |before: Option<u8>, limit| async move {
        let page = Page {
            before: before.map(key),
            limit,
        };
        let replays = history.replays(&page).await.unwrap();
        replays.into_iter().map(|replay| replay.file).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 10).await, ["5.replay"]);
    for number in [2, 3] {
        let row = MatchRow {
            replay_file: Some(format!("{number}.replay")),
            ended_at_ms: Some(number.into()),
            ..row(number, MatchStatus::Settled)
        };
        history.upsert_match(&row).await.unwrap();
    }
    assert_eq!(
        list(None, 10).await,
        ["5.replay", "3.replay", "2.replay"],
        "in the order of matches, whenever the replay came"
    );
    assert_eq!(list(None, 2).await, ["5.replay", "3.replay"]);
    assert_eq!(list(Some(4), 1).await, ["3.replay"], "a cursor without a replay");
    assert_eq!(list(Some(2), 10).await, [""; 0]);
    assert_eq!(list(Some(99), 10).await, [""; 0]);
    let page = Page {
        before: Some(key(5)),
        limit: 1,
    };
    let replay = history.replays(&page).await.unwrap().remove(0);
    assert_eq!(
        (replay.match_key, replay.match_id, replay.mode, replay.ended_at_ms),
        (key(3), 3, store::Mode::Blitz, Some(3))
    );
    assert_eq!(
        history.replay_file(&key(5)).await.unwrap().as_deref(),
        Some("5.replay")
    );
    assert_eq!(
        history.replay_file(&key(4)).await.unwrap(),
        None,
        "a match without one"
    );
    assert_eq!(history.replay_file(&key(99)).await.unwrap(), None, "no match");
}

async fn sums_stay_within_their_column(store: &Store) {
    let history = &store.history;
    let most = i64::MAX as u64;
    for number in [21, 22] {
        let rich = PlacementRow {
            paid: most,
            payout: most,
            damage_centi: most,
            ..placement(0, 20, 1)
        };
        let result = ResultRecord {
            match_key: key(number),
            mint: key(220),
            placements: vec![rich],
            eliminations: vec![],
        };
        assert!(history.record_result(&result).await.unwrap());
    }
    let stats = history.player_stats(&key(20)).await.unwrap().remove(0);
    assert_eq!(
        (stats.matches, stats.staked, stats.won, stats.damage_centi),
        (2, most, most, most)
    );
}

/// Two processes may end matches of the same players at the same moment, and one match twice.
async fn results_at_the_same_moment_all_count(store: &Store) {
    let history = &store.history;
    let result = |number: u8| {
        // Every other match names the players in the other order.
        let mut placements: Vec<_> = (0..8).map(|slot| placement(slot, 30 + slot, 1)).collect();
        if number.is_multiple_of(2) {
            placements.reverse();
        }
        ResultRecord {
            match_key: key(number),
            mint: key(230),
            placements,
            eliminations: vec![],
        }
    };
    let mut tasks = Vec::new();
    for number in (100..110).chain(100..110) {
        let (store, result) = (store.clone(), result(number));
        tasks.push(tokio::spawn(async move {
            store.history.record_result(&result).await.unwrap()
        }));
    }
    let mut counted = 0;
    for task in tasks {
        counted += u32::from(task.await.unwrap());
    }
    assert_eq!(counted, 10, "each result is counted by exactly one call");
    for player in 30..38 {
        let stats = history.player_stats(&key(player)).await.unwrap().remove(0);
        assert_eq!((stats.matches, stats.wins, stats.won), (10, 10, 190));
    }
}
