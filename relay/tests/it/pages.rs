//! Pages of history over HTTP, and their edges, over both databases.

use crate::support::{generous, Stage};
use protocol::api::{ApiError, Leaderboard, MatchList, PlayerPage, ReplayList};
use protocol::{MatchKey, PublicKey, WalletKey};
use relay::RelayConfig;
use serde::de::DeserializeOwned;
use store::{EntryRow, MatchRow, MatchStatus, PlacementRow, ResultRecord, Store};

/// The player of every match.
const REGULAR: [u8; 32] = [200; 32];
const MINT: [u8; 32] = [9; 32];
const OTHER_MINT: [u8; 32] = [10; 32];
const MATCHES: u8 = 7;

fn config() -> RelayConfig {
    RelayConfig {
        limits: generous(),
        ..RelayConfig::default()
    }
}

#[tokio::test]
async fn pages_over_sqlite() {
    check(&Stage::with(config()).await).await;
}

#[tokio::test]
async fn pages_over_postgres() {
    check(&Stage::on_postgres(config()).await).await;
}

async fn check(stage: &Stage) {
    nothing_is_a_page_too(stage).await;
    for number in 1..=MATCHES {
        record(&stage.store, number).await;
    }
    matches_come_in_pages(stage).await;
    players_matches_come_in_pages(stage).await;
    the_leaderboard_comes_in_pages(stage).await;
    replays_come_in_pages(stage).await;
    questions_beyond_the_edges_are_refused(stage).await;
    a_match_that_is_added_does_not_move_the_next_page(stage).await;
}

/// Match `number` is won by a player of the same number against the regular; odd ones have a replay.
async fn record(store: &Store, number: u8) {
    let history = &store.history;
    let is_odd = !number.is_multiple_of(2);
    let row = MatchRow {
        match_key: [number; 32],
        match_id: number.into(),
        mode: protocol::directory::Mode::Blitz,
        status: if is_odd {
            MatchStatus::Settled
        } else {
            MatchStatus::Voided
        },
        mint: MINT,
        stake_per_warrior: 5,
        rules_hash: [7; 32],
        players: 2,
        warriors: 2,
        pot: 10,
        fee: 0,
        burn: 0,
        seed: None,
        genesis_leaf: None,
        winner: None,
        ticks: 60,
        created_at_ms: i64::from(number) * 1000,
        started_at_ms: None,
        ended_at_ms: Some(i64::from(number) * 1000 + 900),
        replay_file: is_odd.then(|| format!("{number}.replay")),
        final_leaf: None,
        terms: None,
        steps: store::MatchSteps::default(),
    };
    history.upsert_match(&row).await.unwrap();
    let mut placements = Vec::new();
    for (slot, player) in [(0, [number; 32]), (1, REGULAR)] {
        let entry = EntryRow {
            slot,
            player,
            session_key: [slot; 32],
            warriors: 1,
            paid: 5,
            late: false,
            signature: None,
        };
        history.record_entry(&row.match_key, &entry).await.unwrap();
        placements.push(PlacementRow {
            slot,
            player,
            place: slot + 1,
            paid: 5,
            payout: if slot == 0 { u64::from(number) } else { 0 },
            refunded: false,
            warriors: 1,
            warriors_alive: 1 - slot,
            hp_centi: 1,
            eliminations: 0,
            damage_centi: 0,
            claim_signature: None,
        });
    }
    let result = ResultRecord {
        match_key: row.match_key,
        mint: if number == 1 { OTHER_MINT } else { MINT },
        placements,
        eliminations: vec![],
    };
    assert!(history.record_result(&result).await.unwrap());
}

async fn ask(stage: &Stage, path: &str) -> (u16, String) {
    let answer = reqwest::get(stage.url(path)).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn page<T: DeserializeOwned>(stage: &Stage, path: &str) -> T {
    let (status, text) = ask(stage, path).await;
    assert_eq!(status, 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// What each page holds, following `next` until there is none.
async fn pages<T: DeserializeOwned>(
    stage: &Stage,
    path: &str,
    parameter: &str,
    read: impl Fn(T) -> (Vec<u8>, Option<String>),
) -> Vec<Vec<u8>> {
    let (mut found, mut at) = (Vec::new(), path.to_owned());
    loop {
        let (rows, next) = read(page(stage, &at).await);
        found.push(rows);
        let Some(next) = next else { return found };
        at = format!("{path}&{parameter}={next}");
        assert!(found.len() < 20, "{path} has no last page");
    }
}

async fn nothing_is_a_page_too(stage: &Stage) {
    let list: MatchList = page(stage, "/api/matches").await;
    assert_eq!((list.matches.len(), list.next), (0, None));
    let board: Leaderboard = page(stage, "/api/leaderboard").await;
    assert_eq!((board.players.len(), board.next), (0, None));
    let replays: ReplayList = page(stage, "/api/replays").await;
    assert_eq!((replays.replays.len(), replays.next), (0, None));
    let stranger: PlayerPage = page(stage, &format!("/api/players/{}", WalletKey(REGULAR))).await;
    assert_eq!(
        (stranger.stats.len(), stranger.recent.len(), stranger.next),
        (0, 0, None)
    );
}

fn of_matches(list: MatchList) -> (Vec<u8>, Option<String>) {
    let keys = list.matches.iter().map(|summary| summary.match_key.0[0]);
    (keys.collect(), list.next.map(|key| key.to_string()))
}

fn of_player(player: PlayerPage) -> (Vec<u8>, Option<String>) {
    let keys = player.recent.iter().map(|line| line.match_key.0[0]);
    (keys.collect(), player.next.map(|key| key.to_string()))
}

fn of_board(board: Leaderboard) -> (Vec<u8>, Option<String>) {
    let wallets = board.players.iter().map(|line| line.wallet.0[0]);
    (wallets.collect(), board.next.map(|offset| offset.to_string()))
}

fn of_replays(list: ReplayList) -> (Vec<u8>, Option<String>) {
    let keys = list.replays.iter().map(|line| line.match_key.0[0]);
    (keys.collect(), list.next.map(|key| key.to_string()))
}

async fn matches_come_in_pages(stage: &Stage) {
    let of = |limit: u32, status: &'static str| async move {
        pages(
            stage,
            &format!("/api/matches?limit={limit}{status}"),
            "before",
            of_matches,
        )
        .await
    };
    assert_eq!(of(3, "").await, [vec![7, 6, 5], vec![4, 3, 2], vec![1]]);
    assert_eq!(of(6, "").await, [vec![7, 6, 5, 4, 3, 2], vec![1]]);
    assert_eq!(
        of(7, "").await,
        [vec![7, 6, 5, 4, 3, 2, 1]],
        "a full page can be the last"
    );
    assert_eq!(of(200, "").await.len(), 1);
    assert_eq!(of(2, "&status=settled").await, [vec![7, 5], vec![3, 1]]);
    assert_eq!(of(3, "&status=voided").await, [vec![6, 4, 2]]);
    let after_last = page(stage, &format!("/api/matches?before={}", MatchKey([1; 32]))).await;
    assert_eq!(of_matches(after_last), (vec![], None));
    let unknown = page(stage, &format!("/api/matches?before={}", MatchKey([99; 32]))).await;
    assert_eq!(of_matches(unknown), (vec![], None));
}

async fn players_matches_come_in_pages(stage: &Stage) {
    let path = format!("/api/players/{}", WalletKey(REGULAR));
    let of = |limit: u32| {
        let path = format!("{path}?limit={limit}");
        async move { pages(stage, &path, "before", of_player).await }
    };
    assert_eq!(of(3).await, [vec![7, 6, 5], vec![4, 3, 2], vec![1]]);
    assert_eq!(of(7).await, [vec![7, 6, 5, 4, 3, 2, 1]]);
    assert_eq!(of(1).await.len(), 7);
    // The cursor may be any match, also one that the player was not in.
    let winner = format!("/api/players/{}", WalletKey([3; 32]));
    let found = page(stage, &format!("{winner}?before={}", MatchKey([5; 32]))).await;
    assert_eq!(of_player(found), (vec![3], None));
    let found = page(stage, &format!("{winner}?before={}", MatchKey([3; 32]))).await;
    assert_eq!(of_player(found), (vec![], None));
    // Statistics are of all matches, whichever page it is.
    let last: PlayerPage = page(stage, &format!("{path}?limit=1&before={}", MatchKey([2; 32]))).await;
    assert_eq!(last.stats.iter().map(|stats| stats.matches).sum::<u64>(), 7);
}

async fn the_leaderboard_comes_in_pages(stage: &Stage) {
    let of = |limit: u32, mint: Option<[u8; 32]>| {
        let mint = mint.map_or(String::new(), |mint| format!("&mint={}", PublicKey(mint)));
        let path = format!("/api/leaderboard?limit={limit}{mint}");
        async move { pages(stage, &path, "offset", of_board).await }
    };
    let [regular] = REGULAR.first_chunk::<1>().unwrap();
    // Two lines of the regular, one for each mint.
    assert_eq!(
        of(4, None).await,
        [vec![7, 6, 5, 4], vec![3, 2, 1, *regular], vec![*regular]]
    );
    assert_eq!(
        of(3, Some(MINT)).await,
        [vec![7, 6, 5], vec![4, 3, 2], vec![*regular]]
    );
    assert_eq!(of(2, Some(OTHER_MINT)).await, [vec![1, *regular]]);
    let beyond = page(stage, "/api/leaderboard?offset=10000").await;
    assert_eq!(of_board(beyond), (vec![], None));
}

async fn replays_come_in_pages(stage: &Stage) {
    let of = |limit: u32| async move {
        pages(
            stage,
            &format!("/api/replays?limit={limit}"),
            "before",
            of_replays,
        )
        .await
    };
    assert_eq!(of(3).await, [vec![7, 5, 3], vec![1]]);
    assert_eq!(of(4).await, [vec![7, 5, 3, 1]]);
    let list: ReplayList = page(stage, "/api/replays?limit=1").await;
    assert_eq!(
        (list.replays[0].match_id, list.replays[0].ended_at_ms),
        (7, Some(7_900))
    );
}

async fn questions_beyond_the_edges_are_refused(stage: &Stage) {
    let player = format!("/api/players/{}", WalletKey(REGULAR));
    for list in ["/api/matches", "/api/replays", "/api/leaderboard", &player] {
        for limit in ["0", "201", "-1", "4294967296", "1.5", "", "many"] {
            let (status, text) = ask(stage, &format!("{list}?limit={limit}")).await;
            let ApiError { error } = serde_json::from_str(&text).unwrap();
            assert_eq!(status, 400, "{list}?limit={limit}: {error}");
            assert!(error.contains("from 1 to 200"), "{error}");
        }
    }
    for wrong in [
        "/api/leaderboard?offset=10001",
        "/api/leaderboard?offset=-1",
        "/api/leaderboard?before=1",
        "/api/matches?offset=1",
        "/api/matches?before=",
        "/api/replays?offset=1",
    ] {
        assert_eq!(ask(stage, wrong).await.0, 400, "{wrong}");
    }
    assert_eq!(ask(stage, &format!("{player}?before=x")).await.0, 400);
    assert_eq!(ask(stage, &format!("{player}?offset=1")).await.0, 400);
}

async fn a_match_that_is_added_does_not_move_the_next_page(stage: &Stage) {
    let first: MatchList = page(stage, "/api/matches?limit=3").await;
    record(&stage.store, MATCHES + 1).await;
    let next = first.next.unwrap();
    let second = page(stage, &format!("/api/matches?limit=3&before={next}")).await;
    assert_eq!(of_matches(second).0, [4, 3, 2]);
}
