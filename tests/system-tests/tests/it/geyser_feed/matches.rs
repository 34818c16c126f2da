//! A whole match that a crank follows by gRPC.

use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use client::geyser::GeyserConfig;
use client::pubsub::{PubSub, PubSubConfig};
use client::view::{MatchStatus, MatchView};
use crank::{Crank, CrankConfig, CrankHandle, CrankParts, Shutdown, SystemClock};
use protocol::replay::Replay;
use store::Store;
use tonic::Status;

use super::server::{Mischief, Script, Server};
use crate::support::world::{players, serving, until, World, SHORT_BLITZ};

/// So seldom that what polling finds comes too late to matter: a match of this test is over before.
const SELDOM: Duration = Duration::from_secs(60);

struct Played {
    world: World,
    folder: tempfile::TempDir,
    handle: CrankHandle,
    bus: Bus,
    store: Store,
}

async fn start(pubsub: bool, poll_interval: Duration, geyser: GeyserConfig) -> Played {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    let config = CrankConfig {
        poll_interval,
        ..serving::config(folder.path(), &at.gateway, SHORT_BLITZ, 2, 4)
    };
    let store = serving::open_store(folder.path()).await;
    let bus = Bus::default();
    let parts = CrankParts {
        cluster: None,
        bus: bus.clone(),
        store: store.clone(),
        sender: crate::support::world::sender(&at.rpc),
        pubsub: pubsub.then(|| PubSub::start(PubSubConfig::new(at.ws.clone()))),
        geyser: Some(geyser),
        operator: Arc::new(crate::support::world::operator_key()),
        clock: Arc::new(SystemClock),
        drip_key: serving::DRIP_KEY,
    };
    let handle = Crank::start(config, parts).await.unwrap();
    Played {
        world,
        folder,
        handle,
        bus,
        store,
    }
}

fn reconnecting(url: &str) -> GeyserConfig {
    let mut config = GeyserConfig::new(url, None).unwrap();
    config.silence_max = Duration::from_secs(2);
    config
}

/// Two players, the second in two steps.
async fn enter(world: &World) -> MatchView {
    let view = world.the_match().await;
    players::enter(world, &view, 0, 2).await;
    players::enter(world, &view, 1, 2).await;
    view
}

/// Everything is paid, exactly, and the match stands up to the verifier.
async fn check(played: &Played, key: anchor_lang::prelude::Pubkey) {
    let view = played.world.until_paid(&key).await;
    assert_eq!(view.status, MatchStatus::Settled);
    played.world.check_money(&view).await;
    until("the recorded result", || async {
        let history = played.store.history.match_history(&key.to_bytes()).await.unwrap();
        history.is_some_and(|history| !history.placements.is_empty() && history.row.replay_file.is_some())
    })
    .await;
    let history = played
        .store
        .history
        .match_history(&key.to_bytes())
        .await
        .unwrap()
        .unwrap();
    let file = history.row.replay_file.unwrap();
    let bytes = std::fs::read(played.folder.path().join("replays").join(file)).unwrap();
    let replay = Replay::read(&bytes).unwrap();
    let record = verifier::read::from_chain(&played.world.rpc, key, Some(&replay), |_| {})
        .await
        .unwrap();
    let verdict = verifier::verify(&record, |_| {});
    assert!(
        verdict.ok,
        "{:?}\n{:#?}",
        verdict.first_difference, verdict.checks
    );
}

/// Players' entries, a stranger's doing for the crank, are known by the stream only: there are no subscriptions, and polling
/// comes too late. The stream breaks, lies dead, repeats itself, reorders, and loses its past.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_is_played_over_a_stream_with_every_fault() {
    let scripts = vec![
        Script::BreakAfter(25, None),
        Script::HalfOpen,
        Script::BreakAfter(40, Some(Status::unavailable("restarting"))),
        Script::OutOfRange,
        Script::BreakAfter(30, Some(Status::internal("lagged"))),
    ];
    let mut server = Server::start(scripts, Mischief::RepeatAndReorder).await;
    let mut config = reconnecting(&server.url);
    config.backoff.max = Duration::from_secs(1);
    // So that most gaps are replayed, and only the one that cannot be makes it look for other means.
    config.failures_max = 10;
    let played = start(false, SELDOM, config).await;
    server.follow(&played.world.endpoints().ws);
    let playing = tokio::spawn(players::play(played.bus.clone(), |_, _| {}));
    let view = enter(&played.world).await;
    check(&played, view.address).await;
    playing.abort();
    until("all faults", || async { server.scripts_left() == 0 }).await;
    assert!(server.sent() > 10, "{} updates", server.sent());
    played.handle.shutdown(Shutdown::Drain).await.unwrap();
}

/// There is no server at first: subscriptions and polling do. Then there is one, and in the middle of the match it goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_stream_the_crank_follows_by_rpc() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut config = reconnecting(&format!("http://{address}"));
    config.backoff.max = Duration::from_millis(500);
    let played = start(true, Duration::from_millis(500), config).await;
    let world = &played.world;
    let view = world.the_match().await;
    players::enter(world, &view, 0, 2).await;
    players::enter(world, &view, 1, 2).await;
    world.until_status(&view.address, MatchStatus::Locked).await;

    let mut server = Server::start_at(address, Vec::new(), Mischief::None).await;
    server.follow(&world.endpoints().ws);
    until("the crank to use it", || async {
        !server.subscribed().is_empty()
    })
    .await;
    world.until_status(&view.address, MatchStatus::Live).await;
    until("updates of the match", || async { server.sent() > 0 }).await;
    drop(server);
    check(&played, view.address).await;
    played.handle.shutdown(Shutdown::Drain).await.unwrap();
}
