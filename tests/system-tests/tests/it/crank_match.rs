//! Whole matches over the local chain: from a lobby to the last payout, run by the crank in this process.

use std::sync::{Arc, Mutex};

use crate::support::world::players::{self, Ack};
use crate::support::world::{serving, until, World, SHORT_BLITZ, SHORT_SIEGE};
use client::view::MatchStatus;
use crank::Shutdown;
use protocol::replay::Replay;

/// What a test has at its end.
struct Played {
    acks: Vec<Ack>,
    replay: Replay,
    view: client::view::MatchView,
}

async fn check(world: &World, played: &Played) {
    let key = played.view.address;
    world.check_money(&played.view).await;
    let record = verifier::read::from_chain(&world.rpc, key, Some(&played.replay), |_| {})
        .await
        .unwrap();
    let verdict = verifier::verify(&record, |_| {});
    assert!(
        verdict.ok,
        "{:?}\n{:#?}",
        verdict.first_difference, verdict.checks
    );
    assert!(!played.acks.is_empty());
    let last_tick = arena::State::from_bytes(&played.replay.final_state)
        .unwrap()
        .tick();
    for ack in played.acks.iter().filter(|ack| ack.tick <= last_tick) {
        let kept = played.replay.inputs.iter().any(|input| {
            let signed = &input.signed.input;
            (signed.slot.0, signed.sequence, input.tick.0 + 1) == (ack.slot, ack.sequence, ack.tick)
        });
        assert!(kept, "acked and not in the replay: {ack:?}");
    }
}

async fn play_out(
    world: &World,
    store: &store::Store,
    data_dir: &std::path::Path,
    acks: Arc<Mutex<Vec<Ack>>>,
) -> Played {
    let key = world.the_match().await.address;
    let view = world.until_paid(&key).await;
    assert_eq!(view.status, MatchStatus::Settled);
    until("the recorded result", || async {
        let history = store.history.match_history(&key.to_bytes()).await.unwrap();
        history.is_some_and(|history| !history.placements.is_empty() && history.row.replay_file.is_some())
    })
    .await;
    let history = store
        .history
        .match_history(&key.to_bytes())
        .await
        .unwrap()
        .unwrap();
    let file = data_dir
        .join("replays")
        .join(history.row.replay_file.as_ref().unwrap());
    let replay = Replay::read(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(history.checkpoints.len(), view.header.checkpoints_posted as usize);
    assert_eq!(history.entries.len(), usize::from(view.header.players_count));
    assert!(
        history.entries.iter().all(|entry| entry.signature.is_some()),
        "an entry without its transaction"
    );
    assert_eq!(
        history.placements.iter().map(|one| one.payout).sum::<u64>() + history.row.fee + history.row.burn,
        view.header.deposited
    );
    let acks = std::mem::take(&mut *acks.lock().unwrap());
    Played { acks, replay, view }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blitz_from_lobby_to_payout() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    let config = serving::config(folder.path(), &at.gateway, SHORT_BLITZ, 4, 8);
    let (handle, bus, store) = serving::start(&at, config).await;
    let acks = Arc::new(Mutex::new(Vec::new()));
    let told = acks.clone();
    let playing = tokio::spawn(players::play(bus.clone(), move |_, ack| {
        told.lock().unwrap().push(ack)
    }));

    let view = world.the_match().await;
    for (number, warriors) in [(0, 2), (1, 2), (2, 1), (3, 3)] {
        players::enter(&world, &view, number, warriors).await;
    }
    let played = play_out(&world, &store, folder.path(), acks).await;
    playing.abort();
    check(&world, &played).await;

    let detail = bus.detail(&protocol::MatchKey(view.address.to_bytes())).unwrap();
    assert_eq!(detail.players.len(), 4);
    assert!(detail
        .checkpoints
        .iter()
        .all(|checkpoint| checkpoint.posted_in.is_some()));
    assert!(detail.created_in.is_some() && detail.locked_in.is_some() && detail.started_in.is_some());
    let result = detail.result.as_ref().unwrap();
    assert!(result.proposed_in.is_some() && result.finalized_in.is_some());
    assert!(detail.players.iter().all(|player| player.place.is_some()));
    let mut status = handle.status();
    let paid = status
        .wait_for(|status| !status.paid_out.is_empty())
        .await
        .unwrap()
        .paid_out
        .clone();
    assert_eq!(paid, [protocol::MatchKey(view.address.to_bytes())]);
    handle.shutdown(Shutdown::Drain).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_siege_with_late_entries() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    let config = serving::config(folder.path(), &at.gateway, SHORT_SIEGE, 20, 60);
    let (handle, bus, store) = serving::start(&at, config).await;
    let acks = Arc::new(Mutex::new(Vec::new()));
    let told = acks.clone();
    let playing = tokio::spawn(players::play(bus, move |_, ack| told.lock().unwrap().push(ack)));

    let view = world.the_match().await;
    players::enter(&world, &view, 0, 5).await;
    players::enter(&world, &view, 1, 5).await;
    world.until_status(&view.address, MatchStatus::Live).await;
    players::enter(&world, &view, 2, 3).await;
    players::enter(&world, &view, 3, 1).await;
    let played = play_out(&world, &store, folder.path(), acks).await;
    playing.abort();
    check(&world, &played).await;
    assert_eq!(played.view.header.warriors_admitted, 14);
    assert!(
        played.acks.iter().any(|ack| ack.slot >= 2),
        "a late player's input was acked"
    );
    handle.shutdown(Shutdown::Now).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lobby_that_never_fills_gives_everything_back_and_is_closed() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    let mut config = serving::config(folder.path(), &at.gateway, SHORT_BLITZ, 4, 8);
    config.lobby_timeout = Some(std::time::Duration::from_secs(4));
    config.close_delay = Some(std::time::Duration::ZERO);
    let (handle, _bus, store) = serving::start(&at, config).await;
    let view = world.the_match().await;
    players::enter(&world, &view, 0, 5).await;
    assert_eq!(
        world.balance(&view_player(0)).await,
        crate::support::world::PURSE - 5 * crate::support::world::STAKE
    );
    until("the match account to be closed", || async {
        world.matches().await.is_empty()
    })
    .await;
    assert_eq!(world.balance(&view_player(0)).await, crate::support::world::PURSE);
    until("the crank to forget it", || async {
        store.matches.unfinished().await.unwrap().is_empty()
    })
    .await;
    let counts = store.intents.counts().await.unwrap();
    assert_eq!((counts.queued, counts.sent, counts.unknown), (0, 0, 0));
    handle.shutdown(Shutdown::Drain).await.unwrap();
}

fn view_player(number: u8) -> anchor_lang::prelude::Pubkey {
    use solana_signer::Signer;
    players::wallet(number).pubkey()
}
