//! Several relays: a token holds on all of them, a player has one socket among them, a ban closes sockets on
//! all of them.

use std::time::Duration;

use crate::support::fleet::FleetStage;
use crate::support::{input, key, wallet_of, Client, End, FakeMatch, MATCH, PATIENCE};
use protocol::codes::{CloseCode, ErrorCode, RejectReason};
use protocol::control::{ClientMessage, Identity, Rate, ResumeToken, ServerMessage};
use protocol::Hash;
use relay::RelayConfig;
use tokio::time::Instant;

/// What Redis being away must not hold up.
const SOON: Duration = Duration::from_secs(5);

fn resume(token: ResumeToken) -> ClientMessage {
    ClientMessage::Resume {
        token: Some(token),
        match_key: None,
        last_tick: None,
        rate: Rate::Every,
    }
}

/// Whether a new socket of this relay takes the token.
async fn holds(stage: &FleetStage, relay: usize, token: ResumeToken) -> bool {
    let mut client = stage.connect(relay).await;
    client.send(&resume(token)).await;
    match client.control().await {
        ServerMessage::Welcome { identity, .. } => {
            assert_eq!(identity, Identity::Wallet(wallet_of(&key(1))));
            true
        }
        ServerMessage::Error {
            code: ErrorCode::BadToken,
            ..
        } => false,
        other => panic!("{other:?}"),
    }
}

/// Plays as the player of slot 0 of a match.
async fn play(stage: &FleetStage, relay: usize) -> Client {
    let mut client = stage.connect(relay).await;
    client.play_as(0).await;
    client
}

#[tokio::test]
async fn a_token_of_one_relay_holds_on_all() {
    let stage = FleetStage::new(3).await;
    let token = stage.connect(0).await.sign_in_as_wallet(&key(1)).await;
    for relay in 0..3 {
        assert!(holds(&stage, relay, token).await, "relay {relay}");
    }
    assert!(!holds(&stage, 1, ResumeToken(Hash([7; 32]))).await);
    // What relays share are hashes: they let nobody in.
    let hash: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(token.0 .0).into();
    assert!(!holds(&stage, 1, ResumeToken(Hash(hash))).await);
}

#[tokio::test]
async fn a_token_expires_on_all_relays() {
    let short = |config: &mut RelayConfig| config.limits.token_life = Duration::from_millis(700);
    let stage = FleetStage::with(test_redis::shared(), 2, short).await;
    let token = stage.connect(0).await.sign_in_as_wallet(&key(1)).await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert!(!holds(&stage, 0, token).await);
    assert!(!holds(&stage, 1, token).await);
}

#[tokio::test]
async fn a_token_from_when_redis_was_away_holds_where_it_was_issued_and_later_everywhere() {
    let redis = test_redis::Cluster::start();
    let stage = FleetStage::with(redis.urls(), 2, |_| {}).await;
    (0..3).for_each(|node| redis.pause(node));
    let start = Instant::now();
    let token = stage.connect(0).await.sign_in_as_wallet(&key(1)).await;
    assert!(
        start.elapsed() < SOON,
        "a sign-in does not wait for Redis: {:?}",
        start.elapsed()
    );
    assert!(holds(&stage, 0, token).await);
    assert!(!holds(&stage, 1, token).await, "nobody told the other relay");
    let (status, health) = stage.health(0).await;
    assert_eq!(status, 503);
    assert_ne!(health["checks"]["fleet"], "ok", "{health}");

    (0..3).for_each(|node| redis.resume(node));
    let deadline = Instant::now() + 2 * PATIENCE;
    while !holds(&stage, 1, token).await {
        assert!(Instant::now() < deadline, "the other relay is never told");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    while stage.health(0).await.0 != 200 {
        assert!(Instant::now() < deadline, "it does not recover");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn the_newest_socket_of_a_player_replaces_those_on_all_relays() {
    let stage = FleetStage::new(2).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.run_crank();
    game.tick();
    let first = play(&stage, 0).await;
    let mut bystander = stage.connect(0).await;
    bystander.play_as(1).await;
    let mut spectator = stage.connect(0).await;
    spectator.sign_in_as_session(&key(101)).await;
    spectator.watch(MATCH, Rate::Every).await;
    let second = play(&stage, 1).await;
    first.closed(CloseCode::Replaced).await;
    // And back.
    let mut third = play(&stage, 0).await;
    second.closed(CloseCode::Replaced).await;
    let signed = input(0, 1, Hash::default(), 3).sign(&key(101));
    assert!(matches!(
        third.send_input(signed).await,
        ServerMessage::Ack { sequence: 1, .. }
    ));
    bystander.ping().await;
    spectator.ping().await;
}

#[tokio::test]
async fn relays_that_lost_each_other_agree_on_the_newest_socket_once_they_meet() {
    let redis = test_redis::Cluster::start();
    let stage = FleetStage::with(redis.urls(), 2, |_| {}).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.tick();
    let mut old = play(&stage, 0).await;
    // One of them carries what relays tell each other.
    for node in 0..3 {
        redis.stop(node);
        let new = play(&stage, (node + 1) % 2).await;
        redis.start_again(node);
        old.closed(CloseCode::Replaced).await;
        old = new;
    }
    old.ping().await;
}

#[tokio::test]
async fn a_ban_closes_the_sockets_on_all_relays_and_its_end_opens_all() {
    let stage = FleetStage::new(2).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.run_crank();
    game.tick();
    let mut elsewhere = stage.connect(1).await;
    elsewhere.sign_in_as_wallet(&key(1)).await;
    let mut other = stage.connect(1).await;
    other.play_as(1).await;
    let mut cheat = play(&stage, 0).await;
    for _ in 0..4 {
        let forged = input(0, 1, Hash::default(), 1).sign(&key(55));
        let answer = cheat.send_input(forged).await;
        assert!(
            matches!(
                answer,
                ServerMessage::Reject {
                    reason: RejectReason::BadSignature,
                    ..
                }
            ),
            "{answer:?}"
        );
    }
    cheat
        .send(&ClientMessage::Input(
            input(0, 1, Hash::default(), 1).sign(&key(55)),
        ))
        .await;
    cheat.muted().await;
    elsewhere.closed(CloseCode::Banned).await;
    other.ping().await;
    for relay in 0..2 {
        let mut again = stage.connect(relay).await;
        again.sign_in_as_session(&key(101)).await;
        again.send(&ClientMessage::Play { match_key: MATCH }).await;
        again.muted().await;
    }
    let handle = stage.relays[0].as_ref().unwrap();
    assert!(handle.unban(&wallet_of(&key(1))).await.unwrap());
    play(&stage, 1).await;
}

#[tokio::test]
async fn sockets_of_a_wallet_are_counted_by_each_relay() {
    let two = |config: &mut RelayConfig| config.limits.sockets_per_wallet_max = 2;
    let stage = FleetStage::with(test_redis::shared(), 2, two).await;
    let mut held = vec![];
    for relay in [0, 0, 1, 1] {
        let mut client = stage.connect(relay).await;
        client.sign_in_as_wallet(&key(1)).await;
        held.push(client);
    }
    let mut fifth = stage.connect(1).await;
    let signature = fifth.challenge().sign_as_wallet(&key(1));
    fifth
        .send(&ClientMessage::AuthWallet {
            wallet: wallet_of(&key(1)),
            signature,
        })
        .await;
    fifth.closed(CloseCode::TooManyConnections).await;
}

#[tokio::test]
async fn health_fails_before_sockets_are_closed_and_nobody_new_is_let_in() {
    let delay = Duration::from_millis(1500);
    let slow = |config: &mut RelayConfig| config.drain_delay = delay;
    let mut stage = FleetStage::with(test_redis::shared(), 2, slow).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.tick();
    let mut client = play(&stage, 0).await;
    assert_eq!(stage.health(0).await.0, 200);

    let start = Instant::now();
    let drain = tokio::spawn(stage.relays[0].take().unwrap().drain());
    let health = loop {
        let (status, health) = stage.health(0).await;
        if status != 200 {
            break health;
        }
        assert!(start.elapsed() < delay, "health does not fail");
    };
    assert!(
        health["checks"]["relay"].as_str().unwrap().contains("drains"),
        "{health}"
    );
    let url = format!("ws://{}/ws", stage.addresses[0]);
    let refused = tokio_tungstenite::connect_async(url).await.unwrap_err();
    assert!(refused.to_string().contains("503"), "{refused}");
    assert_eq!(stage.health(1).await.0, 200);
    client.ping().await;
    assert!(start.elapsed() < delay, "the machine is too slow for this test");

    let mut told = false;
    let end = loop {
        match client.receive().await {
            Ok(packet) => told |= format!("{packet:?}").contains("Restarting"),
            Err(end) => break end,
        }
    };
    assert!(told && matches!(end, End::Closed(1012, _)), "{end:?}");
    assert!(start.elapsed() >= delay);
    drain.await.unwrap();
}
