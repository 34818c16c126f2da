//! A match that somebody else settled while the crank was down, and whose entries they closed: what the accounts no longer
//! say, the replay and the directory must say all the same.

use crate::support::world::{players, serving, until, World, SHORT_BLITZ};
use client::instruction;
use client::view::{fetch, MatchStatus, MatchView};
use crank::Shutdown;
use protocol::replay::Replay;
use protocol::MatchKey;
use solana_signer::Signer;
use store::Store;

/// Far more slots than a crank takes to be stopped.
const CHALLENGE_SLOTS: u64 = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_remembers_players_whose_entries_were_closed() {
    replay_after_closed_entries(Memory::Kept).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_remembers_players_whom_the_store_forgot() {
    replay_after_closed_entries(Memory::Lost).await;
}

/// What the store knows of entries when the crank comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Memory {
    Kept,
    Lost,
}

async fn replay_after_closed_entries(memory: Memory) {
    let world = World::with_challenge(CHALLENGE_SLOTS).await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    let config = serving::config(folder.path(), &at.gateway, SHORT_BLITZ, 2, 4);
    let (handle, _bus, store) = serving::start(&at, config.clone()).await;
    let view = world.the_match().await;
    for number in [0, 1] {
        players::enter(&world, &view, number, 2).await;
    }
    world.until_status(&view.address, MatchStatus::Proposed).await;
    let key = view.address.to_bytes();
    until("the end to be written", || async {
        let history = store.history.match_history(&key).await.unwrap().unwrap();
        history.row.status == store::MatchStatus::Proposed && history.row.ticks > 0
    })
    .await;
    handle.shutdown(Shutdown::Now).await.unwrap();
    let ticks = store
        .history
        .match_history(&key)
        .await
        .unwrap()
        .unwrap()
        .row
        .ticks;

    settle_as_a_stranger(&world, &world.view(&view.address).await).await;
    if memory == Memory::Lost {
        for slot in [0, 1] {
            store.history.remove_entry(&key, slot).await.unwrap();
        }
    }

    let (handle, bus, store) = serving::start(&at, config).await;
    until("the match to be shown", || async {
        bus.detail(&MatchKey(key)).is_some()
    })
    .await;
    assert_eq!(bus.detail(&MatchKey(key)).unwrap().summary.tick.0, ticks);
    let view = world.until_paid(&view.address).await;
    let replay = recorded_replay(&store, folder.path(), &view).await;
    let sessions: Vec<_> = replay.players.iter().map(|player| player.session).collect();
    assert_eq!(sessions, [players::session_key(0), players::session_key(1)]);
    let record = verifier::read::from_chain(&world.rpc, view.address, Some(&replay), |_| {})
        .await
        .unwrap();
    let verdict = verifier::verify(&record, |_| {});
    assert!(verdict.ok, "{:?}", verdict.first_difference);
    let shown = bus.detail(&MatchKey(key)).unwrap();
    assert!(shown.players.iter().all(|player| player.entered_in.is_some()));
    assert_eq!(shown.players.len(), 2);
    handle.shutdown(Shutdown::Drain).await.unwrap();
    let history = store.history.match_history(&key).await.unwrap().unwrap();
    assert_eq!(history.row.ticks, ticks);
    assert_eq!(history.entries.len(), 2);
}

/// Settles, pays the winners, and closes every entry.
async fn settle_as_a_stranger(world: &World, view: &MatchView) {
    world.warp(view.header.challenge_deadline).await;
    let stranger = players::wallet(5);
    let of = view.reference();
    let mut steps = vec![instruction::finalize(&view.reference())];
    let winners = view.players().filter(|player| player.payout > 0);
    steps.extend(winners.map(|player| instruction::claim(&of, stranger.pubkey(), &player.wallet)));
    for entry in fetch::entries_of(&world.rpc, view).await.unwrap() {
        steps.push(instruction::close_entry(
            view.address,
            &entry.player,
            entry.rent_payer,
        ));
    }
    for step in steps {
        world.send(&[step], &stranger, &[]).await;
    }
    assert_eq!(world.view(&view.address).await.header.entries_open, 0);
}

async fn recorded_replay(store: &Store, folder: &std::path::Path, view: &MatchView) -> Replay {
    let key = view.address.to_bytes();
    until("the recorded result", || async {
        let history = store.history.match_history(&key).await.unwrap().unwrap();
        !history.placements.is_empty() && history.row.replay_file.is_some()
    })
    .await;
    let history = store.history.match_history(&key).await.unwrap().unwrap();
    let file = folder.join("replays").join(history.row.replay_file.unwrap());
    Replay::read(&std::fs::read(file).unwrap()).unwrap()
}
