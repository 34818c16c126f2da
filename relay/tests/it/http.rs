//! The public HTTP interface.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use crate::support::{generous, key, player, wallet_of, FakeMatch, Stage, MATCH};
use protocol::api::{ApiError, Leaderboard, MatchList, PlayerPage};
use protocol::directory::{Amount, MatchDetail, MatchStatus};
use protocol::{MatchKey, PublicKey, WalletKey};
use relay::{RelayConfig, Token};
use reqwest::header::HeaderMap;
use serde_json::Value;
use store::{CheckpointRow, EntryRow, MatchRow, PlacementRow, ResultRecord};

async fn get(stage: &Stage, path: &str) -> (u16, HeaderMap, String) {
    let answer = reqwest::get(stage.url(path)).await.unwrap();
    (
        answer.status().as_u16(),
        answer.headers().clone(),
        answer.text().await.unwrap(),
    )
}

async fn json<T: serde::de::DeserializeOwned>(stage: &Stage, path: &str) -> T {
    let (status, _, text) = get(stage, path).await;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn refused(stage: &Stage, path: &str, expected_status: u16, expected: &str) {
    let (status, headers, text) = get(stage, path).await;
    assert_eq!(status, expected_status, "{text}");
    assert_eq!(headers["content-type"], "application/json");
    let ApiError { error } = serde_json::from_str(&text).unwrap();
    assert!(error.contains(expected), "{error}");
}

fn row(number: u8, status: store::MatchStatus) -> MatchRow {
    MatchRow {
        match_key: [number; 32],
        match_id: number.into(),
        mode: protocol::directory::Mode::Blitz,
        status,
        mint: [9; 32],
        stake_per_warrior: 1_000_000,
        rules_hash: [7; 32],
        players: 2,
        warriors: 4,
        pot: 4_000_000,
        fee: 120_000,
        burn: 80_000,
        seed: Some([3; 32]),
        genesis_leaf: Some([4; 32]),
        winner: Some(wallet_of(&key(1)).0),
        ticks: 3000,
        created_at_ms: i64::from(number) * 1000,
        started_at_ms: Some(i64::from(number) * 1000 + 500),
        ended_at_ms: None,
        replay_file: Some(format!("{number}.replay")),
        final_leaf: None,
        terms: None,
        steps: store::MatchSteps::default(),
    }
}

/// Match 100 is finished and has a whole history.
async fn record_finished(stage: &Stage) {
    let history = &stage.store.history;
    history
        .upsert_match(&row(100, store::MatchStatus::Settled))
        .await
        .unwrap();
    let mut placements = vec![];
    for slot in 0..2 {
        let player = player(slot);
        let entry = EntryRow {
            slot,
            player: player.wallet.0,
            session_key: player.session.0,
            warriors: 2,
            paid: 2_000_000,
            late: false,
            signature: Some([5; 64]),
        };
        history.record_entry(&[100; 32], &entry).await.unwrap();
        placements.push(PlacementRow {
            slot,
            player: player.wallet.0,
            place: slot + 1,
            paid: 2_000_000,
            payout: if slot == 0 { 3_800_000 } else { 0 },
            refunded: false,
            warriors: 2,
            warriors_alive: 2 - 2 * slot,
            hp_centi: 5000,
            eliminations: 2,
            damage_centi: 12_345,
            claim_signature: None,
        });
    }
    let checkpoint = CheckpointRow {
        index: 0,
        tick: 120,
        digest: [6; 32],
        signature: Some([7; 64]),
        posted_at_ms: None,
        leaf: None,
        slot: None,
    };
    history.record_checkpoint(&[100; 32], &checkpoint).await.unwrap();
    let result = ResultRecord {
        match_key: [100; 32],
        mint: [9; 32],
        placements,
        eliminations: vec![],
    };
    assert!(history.record_result(&result).await.unwrap());
    history.record_claim(&[100; 32], 0, &[8; 64]).await.unwrap();
}

fn config() -> RelayConfig {
    RelayConfig {
        operator: Some(PublicKey([8; 32])),
        tokens: vec![Token {
            mint: PublicKey([9; 32]),
            decimals: 6,
            symbol: "TEST".into(),
        }],
        limits: generous(),
        ..RelayConfig::default()
    }
}

#[tokio::test]
async fn matches_are_listed_in_pages_open_ones_first() {
    let stage = Stage::with(config()).await;
    for number in 10..40 {
        let status = if number % 2 == 0 {
            store::MatchStatus::Settled
        } else {
            store::MatchStatus::Voided
        };
        stage
            .store
            .history
            .upsert_match(&row(number, status))
            .await
            .unwrap();
    }
    // Two are open, one of them is in history too.
    let _first = FakeMatch::open(&stage.bus, MatchKey([39; 32]), 2);
    let _second = FakeMatch::open(&stage.bus, MatchKey([200; 32]), 2);
    let mut seen = vec![];
    let mut path = "/api/matches?limit=7".to_owned();
    loop {
        let MatchList { matches, next } = json(&stage, &path).await;
        assert!(matches.len() == 7 || next.is_none());
        seen.extend(matches.iter().map(|summary| summary.match_key.0[0]));
        let Some(next) = next else { break };
        path = format!("/api/matches?limit=7&before={next}");
    }
    let expected: Vec<u8> = [200].into_iter().chain((10..40).rev()).collect();
    assert_eq!(seen, expected);

    let MatchList { matches, next } = json(&stage, "/api/matches?status=voided&limit=200").await;
    assert_eq!(
        (matches.len(), next),
        (14, None),
        "39 is live here, whatever history says"
    );
    assert!(matches
        .iter()
        .all(|summary| summary.status == MatchStatus::Voided));
    assert_eq!((matches[0].decimals, matches[0].symbol.as_str()), (6, "TEST"));
    let MatchList { matches, .. } = json(&stage, "/api/matches?status=live").await;
    assert_eq!(
        matches.iter().map(|m| m.match_key.0[0]).collect::<Vec<_>>(),
        [200, 39]
    );
    let MatchList { matches, .. } = json(
        &stage,
        &format!("/api/matches?limit=1&before={}", MatchKey([200; 32])),
    )
    .await;
    assert_eq!(matches[0].match_key, MatchKey([39; 32]));
}

#[tokio::test]
async fn wrong_questions_are_told_what_would_be_right() {
    let stage = Stage::with(config()).await;
    refused(
        &stage,
        "/api/matches?status=done",
        400,
        "expected one of open, locked",
    )
    .await;
    refused(&stage, "/api/matches?limit=0", 400, "a number from 1 to 200").await;
    refused(&stage, "/api/matches?limit=many", 400, "many").await;
    refused(&stage, "/api/matches?befor=x", 400, "befor").await;
    refused(&stage, "/api/matches?before=xyz", 400, "match address").await;
    refused(&stage, "/api/matches/xyz", 400, "32 bytes in base58").await;
    refused(&stage, &format!("/api/matches/{MATCH}"), 404, "no match").await;
    refused(&stage, &format!("/api/matches/{MATCH}/replay"), 404, "no replay").await;
    refused(&stage, "/api/players/me", 400, "wallet address").await;
    refused(&stage, "/api/leaderboard?mint=gold", 400, "public key").await;
    refused(&stage, "/api/replays?before=xyz", 400, "match address").await;
    refused(&stage, "/api/nothing", 404, "no such endpoint").await;
    let posted = reqwest::Client::new()
        .post(stage.url("/api/matches"))
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), 405);
}

#[tokio::test]
async fn a_match_is_shown_live_and_from_history() {
    let stage = Stage::with(config()).await;
    record_finished(&stage).await;
    let game = FakeMatch::open(&stage.bus, MATCH, 2);
    let live: MatchDetail = json(&stage, &format!("/api/matches/{MATCH}")).await;
    assert_eq!(live, *game.publisher.detail());

    let old: MatchDetail = json(&stage, &format!("/api/matches/{}", MatchKey([100; 32]))).await;
    assert_eq!(
        (old.summary.status, old.operator),
        (MatchStatus::Settled, PublicKey([8; 32]))
    );
    assert_eq!(old.players.len(), 2);
    let winner = &old.players[0];
    assert_eq!(
        (winner.payout, winner.place, winner.refunded),
        (Some(Amount(3_800_000)), Some(1), false)
    );
    assert!(winner.claimed_in.is_some() && winner.entered_in.is_some());
    assert_eq!(
        (old.players[1].first_warrior, old.players[1].place),
        (Some(2), Some(2))
    );
    assert_eq!(
        (old.checkpoints[0].tick.0, old.checkpoints[0].posted_in.is_some()),
        (120, true)
    );
    assert_eq!(old.result.unwrap().fee, Amount(120_000));
}

#[tokio::test]
async fn players_and_the_leaderboard() {
    let stage = Stage::with(config()).await;
    record_finished(&stage).await;
    let page: PlayerPage = json(&stage, &format!("/api/players/{}", wallet_of(&key(1)))).await;
    assert_eq!(
        (page.stats[0].wins, page.stats[0].won, page.stats[0].staked),
        (1, Amount(3_800_000), Amount(2_000_000))
    );
    assert_eq!(
        (page.recent[0].place, page.recent[0].match_key),
        (Some(1), MatchKey([100; 32]))
    );
    let stranger: PlayerPage = json(&stage, &format!("/api/players/{}", WalletKey([99; 32]))).await;
    assert!(stranger.stats.is_empty() && stranger.recent.is_empty());
    let board: Leaderboard = json(&stage, "/api/leaderboard").await;
    assert_eq!(board.players[0].wallet, wallet_of(&key(1)));
    let board: Leaderboard = json(&stage, &format!("/api/leaderboard?mint={}", PublicKey([1; 32]))).await;
    assert!(board.players.is_empty());
}

#[tokio::test]
async fn replays_are_downloaded_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let replays = folder.path().join("replays");
    std::fs::create_dir(&replays).unwrap();
    std::fs::write(replays.join("100.replay"), b"the replay").unwrap();
    std::fs::write(folder.path().join("secret"), b"secret").unwrap();
    let stage = Stage::with(RelayConfig {
        replay_dir: Some(replays),
        ..config()
    })
    .await;
    record_finished(&stage).await;
    let (status, headers, text) = get(&stage, &format!("/api/matches/{}/replay", MatchKey([100; 32]))).await;
    assert_eq!((status, text.as_str()), (200, "the replay"));
    assert_eq!(headers["content-type"], "application/octet-stream");
    assert!(headers["content-disposition"]
        .to_str()
        .unwrap()
        .contains(".replay"));

    // History is ours, but a name in it must still not lead out of the folder.
    let mut evil = row(101, store::MatchStatus::Settled);
    evil.replay_file = Some("../secret".into());
    stage.store.history.upsert_match(&evil).await.unwrap();
    refused(
        &stage,
        &format!("/api/matches/{}/replay", MatchKey([101; 32])),
        404,
        "no replay",
    )
    .await;
    // Named and not there.
    stage
        .store
        .history
        .upsert_match(&row(102, store::MatchStatus::Settled))
        .await
        .unwrap();
    refused(
        &stage,
        &format!("/api/matches/{}/replay", MatchKey([102; 32])),
        404,
        "no replay",
    )
    .await;
}

#[tokio::test]
async fn a_replay_of_a_crank_elsewhere_comes_from_the_database() {
    let replays = tempfile::tempdir().unwrap();
    let stage = Stage::with(RelayConfig {
        replay_dir: Some(replays.path().to_owned()),
        ..config()
    })
    .await;
    record_finished(&stage).await;
    let match_key = MatchKey([100; 32]);
    let path = format!("/api/matches/{match_key}/replay");
    refused(&stage, &path, 404, "no replay").await;
    // Longer than what is sent at once, and not a multiple of it.
    let file: Vec<u8> = (0..200_001u32).map(|index| index as u8).collect();
    stage
        .store
        .history
        .record_replay(&match_key.0, &file)
        .await
        .unwrap();
    // More downloads one after the other than may be under way at once.
    for _ in 0..20 {
        let response = reqwest::get(stage.url(&path)).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-length"], "200001");
        assert_eq!(response.headers()["content-type"], "application/octet-stream");
        assert_eq!(response.bytes().await.unwrap(), file);
    }
    // The file of this machine comes first.
    std::fs::write(replays.path().join("100.replay"), b"the replay").unwrap();
    let (status, _, text) = get(&stage, &path).await;
    assert_eq!((status, text.as_str()), (200, "the replay"));
}

#[tokio::test]
async fn health_names_what_fails() {
    let is_up = Arc::new(AtomicBool::new(true));
    let seen = is_up.clone();
    let check: relay::Check = Arc::new(move || {
        let is_up = seen.load(Ordering::Relaxed);
        Box::pin(async move {
            is_up
                .then_some(())
                .ok_or_else(|| "the chain does not answer".to_owned())
        })
    });
    let stage = Stage::with(RelayConfig {
        checks: vec![("chain".into(), check)],
        ..config()
    })
    .await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    let health: Value = json(&stage, "/health").await;
    assert_eq!(
        (&health["status"], &health["checks"]["chain"]),
        (&"ok".into(), &"ok".into())
    );
    assert_eq!(
        (&health["matches"], &health["matches_live"], &health["sockets"]),
        (&1.into(), &1.into(), &0.into())
    );

    is_up.store(false, Ordering::Relaxed);
    let (status, _, text) = get(&stage, "/health").await;
    assert_eq!(status, 503);
    assert!(
        text.contains("the chain does not answer") && text.contains("failing"),
        "{text}"
    );
    is_up.store(true, Ordering::Relaxed);

    // A live match whose frames stand still.
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64;
    game.ticks(10);
    game.publisher
        .update_detail(|detail| detail.summary.starts_at_ms = Some(now - 10_000));
    let (status, _, text) = get(&stage, "/health").await;
    assert_eq!(status, 503);
    assert!(text.contains("stands at tick 9"), "{text}");
    // One that is over may stand still.
    game.end();
    let (status, ..) = get(&stage, "/health").await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn metrics_count_what_happens() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new()
        .install_recorder()
        .unwrap();
    let render = Arc::new(move || recorder.render());
    let stage = Stage::with(RelayConfig {
        metrics: Some(render),
        ..config()
    })
    .await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    let mut client = stage.connect().await;
    client.watch(MATCH, protocol::control::Rate::Every).await;
    game.ticks(3);
    client.frame().await;
    let (status, headers, text) = get(&stage, "/metrics").await;
    assert_eq!(status, 200);
    assert!(headers["content-type"]
        .to_str()
        .unwrap()
        .starts_with("text/plain"));
    for line in [
        "relay_sockets 1",
        "relay_hubs 1",
        "# TYPE relay_frames_sent_total counter",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    let bare = Stage::with(config()).await;
    refused(&bare, "/metrics", 404, "no metrics recorder").await;
}

#[tokio::test]
async fn the_page_is_served_with_its_types() {
    let web = tempfile::tempdir().unwrap();
    std::fs::create_dir(web.path().join("assets")).unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html>page"),
        ("assets/app-123.js", "js"),
        ("assets/app-123.css", "css"),
        ("icon.svg", "<svg/>"),
        ("app.webmanifest", "{}"),
        ("arena.wasm", "wasm"),
    ] {
        std::fs::write(web.path().join(name), content).unwrap();
    }
    let stage = Stage::with(RelayConfig {
        web_dir: Some(web.path().to_owned()),
        ..config()
    })
    .await;
    let immutable = "public, max-age=31536000, immutable";
    for (path, kind, cache) in [
        ("/", "text/html", "no-cache"),
        ("/match/anything", "text/html", "no-cache"),
        ("/assets/app-123.js", "text/javascript", immutable),
        ("/assets/app-123.css", "text/css", immutable),
        ("/icon.svg", "image/svg+xml", "no-cache"),
        ("/app.webmanifest", "application/manifest+json", "no-cache"),
        ("/arena.wasm", "application/wasm", "no-cache"),
    ] {
        let (status, headers, _) = get(&stage, path).await;
        assert_eq!(status, 200, "{path}");
        let found = (
            headers["content-type"].to_str().unwrap(),
            headers["cache-control"].to_str().unwrap(),
        );
        assert!(found.0.starts_with(kind) && found.1 == cache, "{path}: {found:?}");
        assert!(headers["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'self'"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
    let (status, headers, _) = get(&stage, "/assets/gone.js").await;
    assert_eq!(
        (status, &headers["cache-control"]),
        (404, &"no-cache".parse().unwrap())
    );
    let (status, _, text) = get(&stage, "/..%2f..%2fetc%2fpasswd").await;
    assert!(
        status == 200 && text.contains("page") || status >= 400,
        "{status}: {text}"
    );
    let bare = Stage::with(config()).await;
    let (status, _, text) = get(&bare, "/").await;
    assert_eq!((status, text.contains("make page")), (200, true));
}

#[tokio::test]
async fn browsers_elsewhere_may_read_if_they_are_allowed() {
    let ask = |stage: &Stage, origin: &'static str| {
        reqwest::Client::new()
            .get(stage.url("/api/matches"))
            .header("origin", origin)
            .send()
    };
    let open = Stage::with(config()).await;
    let answer = ask(&open, "https://any.example").await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let closed = Stage::with(RelayConfig {
        cors_origins: vec!["https://play.example".into()],
        ..config()
    })
    .await;
    let answer = ask(&closed, "https://play.example").await.unwrap();
    assert_eq!(
        answer.headers()["access-control-allow-origin"],
        "https://play.example"
    );
    let answer = ask(&closed, "https://evil.example").await.unwrap();
    assert!(answer.headers().get("access-control-allow-origin").is_none());
}
