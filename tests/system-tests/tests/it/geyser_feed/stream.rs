//! What a subscriber is told, whatever the server does.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use client::geyser::{AccountsFilter, Geyser, GeyserConfig, GeyserNotice};
use client::rpc::Backoff;
use client::view::fetch;
use solana_account::Account;
use tonic::Status;

use super::server::{Mischief, Script, Server};

const PATIENCE: Duration = Duration::from_secs(60);
const OWNER: Pubkey = Pubkey::new_from_array([3; 32]);

fn config(server: &Server) -> GeyserConfig {
    let mut config = GeyserConfig::new(&server.url, Some("a token".replace(' ', "-"))).unwrap();
    config.silence_max = Duration::from_secs(2);
    config.backoff = Backoff {
        first: Duration::from_millis(20),
        max: Duration::from_millis(200),
        attempts_max: u32::MAX,
    };
    config
}

fn everything() -> Vec<AccountsFilter> {
    vec![AccountsFilter {
        owner: OWNER,
        filters: Vec::new(),
    }]
}

/// An account whose lamports are its version.
fn version(number: u64) -> Account {
    Account {
        lamports: number,
        data: vec![1, 2, 3],
        owner: OWNER,
        ..Account::default()
    }
}

async fn next(geyser: &mut Geyser) -> GeyserNotice {
    tokio::time::timeout(PATIENCE, geyser.next())
        .await
        .expect("a notice in time")
        .expect("the stream goes on")
}

/// The next notice that is no slot.
async fn news(geyser: &mut Geyser) -> GeyserNotice {
    loop {
        match next(geyser).await {
            GeyserNotice::Slot(_) => {}
            other => return other,
        }
    }
}

async fn versions(geyser: &mut Geyser, up_to: u64) -> Vec<u64> {
    let mut seen = Vec::new();
    while seen.last() != Some(&up_to) {
        match news(geyser).await {
            GeyserNotice::Account { account, slot, .. } => {
                assert_eq!(slot, account.lamports);
                seen.push(account.lamports);
            }
            other => panic!("{other:?} after {seen:?}"),
        }
    }
    seen
}

async fn up(geyser: &mut Geyser) {
    let notice = news(geyser).await;
    assert!(matches!(notice, GeyserNotice::Up), "{notice:?}");
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_is_asked_for_is_what_a_crank_needs() {
    let mut server = Server::start(Vec::new(), Mischief::None).await;
    server.beat(100);
    let mut config = config(&server);
    config.ping_interval = Duration::from_millis(50);
    let operator = Pubkey::new_unique();
    let filters = vec![AccountsFilter {
        owner: client::PROGRAM_ID,
        filters: fetch::match_filters(Some(&operator), None),
    }];
    let mut geyser = Geyser::start(config, filters);
    up(&mut geyser).await;
    let subscribed = server.subscribed();
    assert_eq!(subscribed[0].token.as_deref(), Some("a-token"));
    let request = &subscribed[0].request;
    assert_eq!(request.commitment, Some(1), "confirmed");
    assert_eq!((request.accounts.len(), request.slots.len()), (1, 1));
    let accounts = request.accounts.values().next().unwrap();
    assert_eq!(accounts.owner, [client::PROGRAM_ID.to_string()]);
    assert_eq!(accounts.filters.len(), 2, "kind of account, and operator");
    until("pings", || server.pings() >= 3).await;
}

#[tokio::test]
async fn repeated_and_reordered_updates_are_told_once_and_forwards() {
    let mut server = Server::start(Vec::new(), Mischief::RepeatAndReorder).await;
    server.beat(1);
    let mut geyser = Geyser::start(config(&server), everything());
    up(&mut geyser).await;
    let (one, two) = (Pubkey::new_unique(), Pubkey::new_unique());
    for number in 1..=200 {
        server.account(number, if number % 2 == 0 { one } else { two }, &version(number));
    }
    // A stranger's account does not pass.
    let foreign = Account {
        owner: Pubkey::new_unique(),
        ..version(9)
    };
    server.account(9, Pubkey::new_unique(), &foreign);
    assert_eq!(versions(&mut geyser, 200).await, (1..=200).collect::<Vec<_>>());
    until("all of it to be sent", || server.sent() >= 400 + 198).await;
    // Nothing of it comes after.
    server.account(201, one, &version(201));
    assert_eq!(versions(&mut geyser, 201).await, [201]);
}

#[tokio::test]
async fn a_gap_is_replayed_without_a_word() {
    for status in [None, Some(Status::unavailable("restarting"))] {
        let script = vec![Script::BreakAfter(12, status)];
        let mut server = Server::start(script, Mischief::None).await;
        let mut geyser = Geyser::start(config(&server), everything());
        until("the subscription", || !server.subscribed().is_empty()).await;
        server.slot(1);
        up(&mut geyser).await;
        let key = Pubkey::new_unique();
        for number in 2..=40 {
            server.account(number, key, &version(number));
            server.slot(number);
        }
        server.beat(41);
        assert_eq!(
            versions(&mut geyser, 40).await,
            (2..=40).collect::<Vec<_>>(),
            "each once, in order"
        );
        assert_eq!(server.scripts_left(), 0);
        let from = server.subscribed()[1].request.from_slot;
        assert!(from.is_some_and(|slot| slot <= 7), "{from:?}");
    }
}

#[tokio::test]
async fn a_gap_that_cannot_be_replayed_is_told() {
    let mut server = Server::start(vec![Script::BreakAfter(5, None)], Mischief::None).await;
    server.set_first_available(None);
    server.beat(1);
    let mut geyser = Geyser::start(config(&server), everything());
    up(&mut geyser).await;
    let notice = news(&mut geyser).await;
    assert!(matches!(notice, GeyserNotice::Resync), "{notice:?}");
    assert_eq!(server.subscribed()[1].request.from_slot, None);
    server.account(7_000, OWNER, &version(7_000));
    assert_eq!(versions(&mut geyser, 7_000).await, [7_000]);
}

#[tokio::test]
async fn a_half_open_stream_is_replaced() {
    let script = vec![Script::HalfOpen, Script::BreakAfter(30, None), Script::HalfOpen];
    let mut server = Server::start(script, Mischief::None).await;
    server.beat(1);
    let mut settings = config(&server);
    settings.silence_max = Duration::from_millis(700);
    // So that these silences are no reason to give up.
    settings.failures_max = 10;
    let mut geyser = Geyser::start(settings, everything());
    up(&mut geyser).await;
    until("all scripts", || server.scripts_left() == 0).await;
    until("the fourth subscription", || server.subscribed().len() >= 4).await;
    server.account(9_000, OWNER, &version(9_000));
    assert_eq!(
        versions(&mut geyser, 9_000).await,
        [9_000],
        "the gap was replayed, not announced"
    );
}

#[tokio::test]
async fn a_replay_out_of_range_means_down_and_then_up_again() {
    let script = vec![Script::BreakAfter(8, None), Script::OutOfRange];
    let mut server = Server::start(script, Mischief::None).await;
    server.beat(1);
    let mut geyser = Geyser::start(config(&server), everything());
    up(&mut geyser).await;
    match news(&mut geyser).await {
        GeyserNotice::Down { reason } => assert!(reason.contains("not kept"), "{reason}"),
        other => panic!("{other:?}"),
    }
    up(&mut geyser).await;
    let subscribed = server.subscribed();
    assert!(subscribed[1].request.from_slot.is_some());
    assert_eq!(subscribed[2].request.from_slot, None, "it is not asked for again");
}

#[tokio::test]
async fn a_server_that_refuses_us_is_down_until_it_does_not() {
    let refused = || Script::Refuse(Status::unauthenticated("no such token"));
    let mut server = Server::start(vec![refused(), refused()], Mischief::None).await;
    server.beat(1);
    let mut geyser = Geyser::start(config(&server), everything());
    for _ in 0..2 {
        match news(&mut geyser).await {
            GeyserNotice::Down { reason } => {
                assert!(reason.contains("no such token"), "{reason}");
                assert!(!reason.contains("a-token"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
    up(&mut geyser).await;
}

#[tokio::test]
async fn a_subscriber_that_is_slow_reads_anew_instead_of_slowing_the_stream() {
    let mut server = Server::start(Vec::new(), Mischief::None).await;
    server.beat(1);
    let mut settings = config(&server);
    settings.queue_len = 8;
    let mut geyser = Geyser::start(settings, everything());
    up(&mut geyser).await;
    let key = Pubkey::new_unique();
    for number in 1..=500 {
        server.account(number, key, &version(number));
    }
    until("all of it to be sent", || server.sent() == 500).await;
    // It sleeps. Then it is told what it could not be told in full.
    loop {
        match news(&mut geyser).await {
            GeyserNotice::Account { .. } => {}
            GeyserNotice::Resync => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(server.subscribed().len(), 1, "the stream went on");
}
