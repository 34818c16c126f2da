//! Rolls that hang on the chain: slots that are skipped, a chain that stands still, and a crank that is restarted in
//! between. Whatever happens, the ledger verifies, and nothing was known long before it was committed to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::world::{players, serving, until, World, SHORT_BLITZ};
use client::view::{MatchStatus, MatchView};
use crank::{CrankConfig, Shutdown};
use protocol::directory::MatchEvent;
use protocol::MatchKey;
use verifier::Verdict;

async fn verified(world: &World, view: &MatchView) -> Verdict {
    let record = verifier::read::from_chain(&world.rpc, view.address, None, |_| {})
        .await
        .unwrap();
    let verdict = verifier::verify(&record, |_| {});
    assert!(
        verdict.ok,
        "{:?}\n{:#?}",
        verdict.first_difference, verdict.checks
    );
    verdict
}

/// Seconds of look-ahead that the verdict states.
fn look_ahead_s(verdict: &Verdict) -> f64 {
    let check = verdict
        .checks
        .iter()
        .find(|check| check.name == "look-ahead")
        .unwrap();
    println!("{}", check.detail);
    let number = check.detail.split_whitespace().find_map(|word| word.parse().ok());
    number.unwrap()
}

fn config(world: &World, folder: &tempfile::TempDir) -> CrankConfig {
    serving::config(folder.path(), &world.endpoints().gateway, SHORT_BLITZ, 2, 4)
}

async fn live(world: &World) -> MatchView {
    let view = world.the_match().await;
    players::enter(world, &view, 0, 2).await;
    players::enter(world, &view, 1, 2).await;
    world.until_status(&view.address, MatchStatus::Live).await;
    world.view(&view.address).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolls_are_known_seconds_before_they_are_committed_to() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (handle, bus, _store) = serving::start(&world.endpoints(), config(&world, &folder)).await;
    let playing = tokio::spawn(players::play(bus, |_, _| {}));
    let view = live(&world).await;
    let view = world.until_paid(&view.address).await;
    playing.abort();
    assert_eq!(view.status, MatchStatus::Settled);
    let ahead = look_ahead_s(&verified(&world, &view).await);
    assert!(ahead <= 4.0, "{ahead} s");
    handle.shutdown(Shutdown::Drain).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn skipped_slots_and_a_chain_that_stands_still_change_no_byte() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (handle, bus, _store) = serving::start(&world.endpoints(), config(&world, &folder)).await;
    let playing = tokio::spawn(players::play(bus.clone(), |_, _| {}));
    let view = live(&world).await;
    let key = MatchKey(view.address.to_bytes());
    until("the match on the bus", || async { bus.subscribe(&key).is_some() }).await;
    let mut followed = bus.subscribe(&key).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = told.clone();
    let listening = tokio::spawn(async move {
        while let Ok(event) = followed.events.recv().await {
            heard.lock().unwrap().push(event);
        }
    });
    for _ in 0..4 {
        world.control("localnet_skipSlots", 3).await;
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    world.control("localnet_halt", 5_000).await;
    let view = world.until_paid(&view.address).await;
    playing.abort();
    listening.abort();
    assert_eq!(view.status, MatchStatus::Settled);
    let told = told.lock().unwrap().clone();
    let paused = told
        .iter()
        .filter(|event| matches!(event, MatchEvent::Paused { .. }))
        .count();
    let resumed = told
        .iter()
        .filter(|event| matches!(event, MatchEvent::Resumed { .. }))
        .count();
    assert_eq!((paused, resumed), (1, 1), "{told:?}");
    verified(&world, &view).await;
    handle.shutdown(Shutdown::Drain).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crank_that_is_restarted_while_the_chain_stands_still_makes_the_same_bytes() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    let (handle, _bus, _store) = serving::start(&at, config(&world, &folder)).await;
    let view = live(&world).await;
    until("the first checkpoint", || async {
        world.view(&view.address).await.header.checkpoints_posted >= 1
    })
    .await;
    world.control("localnet_skipSlots", 5).await;
    world.control("localnet_halt", 4_000).await;
    handle.shutdown(Shutdown::Now).await.unwrap();
    let (handle, bus, _store) = serving::start(&at, config(&world, &folder)).await;
    let playing = tokio::spawn(players::play(bus, |_, _| {}));
    let view = world.until_paid(&view.address).await;
    playing.abort();
    assert_eq!(view.status, MatchStatus::Settled);
    verified(&world, &view).await;
    handle.shutdown(Shutdown::Drain).await.unwrap();
}
