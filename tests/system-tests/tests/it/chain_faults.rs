//! A crank whose way to the chain loses, delays, repeats, refuses and lies, by a seeded script; every intent lands once.
//!
//! `CHAIN_FAULTS_SEEDS` names other seeds, as `7,8,9` or `1..40`. A seed fixes which transaction suffers what and how often
//! requests fail; which request is hit depends on timing.

mod count;
mod fate;
mod proxy;

use std::sync::Arc;
use std::time::Duration;

use self::fate::Fates;
use self::proxy::Proxy;
use crate::support::world::{players, serving, until, World, SHORT_BLITZ};
use bus::Bus;
use client::pubsub::{PubSub, PubSubConfig};
use client::rpc::{RpcConfig, RpcPool};
use client::sender::{Sender, SenderConfig};
use client::view::MatchStatus;
use crank::{Crank, CrankConfig, CrankParts, Shutdown, SystemClock};
use protocol::replay::Replay;
use store::{Intent, IntentState};

/// Seeds of an ordinary run: with one endpoint and with two, with subscriptions and without.
const SEEDS: [u64; 4] = [1, 2, 3, 4];

/// Runs at the same time: a run waits most of its time.
const RUNS_AT_ONCE: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_intent_lands_once_whatever_the_rpc_does() {
    for runs in seeds().chunks(RUNS_AT_ONCE) {
        let started: Vec<_> = runs
            .iter()
            .map(|seed| (*seed, tokio::spawn(run(*seed))))
            .collect();
        for (seed, run) in started {
            if let Err(error) = run.await {
                panic!(
                    "seed {seed} failed: {error}\nrepeat it with\n    \
                     CHAIN_FAULTS_SEEDS={seed} cargo test -p system-tests --test it chain_faults -- --nocapture"
                );
            }
        }
    }
}

fn seeds() -> Vec<u64> {
    let Ok(text) = std::env::var("CHAIN_FAULTS_SEEDS") else {
        return SEEDS.to_vec();
    };
    let number = |text: &str| text.trim().parse::<u64>().unwrap();
    match text.split_once("..") {
        Some((from, to)) => (number(from)..number(to)).collect(),
        None => text.split(',').map(number).collect(),
    }
}

/// The way that the crank sends: impatient, so that faults show.
fn sender(proxies: &[Proxy]) -> Sender {
    let mut config = proxies[1..]
        .iter()
        .fold(RpcConfig::new(&proxies[0].url), |config, proxy| {
            config.and(&proxy.url)
        });
    config.timeout = Duration::from_secs(3);
    let sender = SenderConfig {
        poll_interval: Duration::from_millis(100),
        rebroadcast_interval: Duration::from_millis(500),
        ..SenderConfig::default()
    };
    Sender::new(RpcPool::new(config).unwrap(), sender)
}

async fn run(seed: u64) {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let at = world.endpoints();
    let fates = Arc::new(Fates::new(seed, world.rpc.clone()));
    let mut proxies = Vec::new();
    for number in 0..1 + seed % 2 {
        proxies.push(Proxy::start(&at.rpc, seed * 16 + number, fates.clone()).await);
    }
    let config = CrankConfig {
        // Long enough for the settled match to be looked at.
        close_delay: Some(Duration::from_secs(5)),
        ..serving::config(folder.path(), &at.gateway, SHORT_BLITZ, 4, 8)
    };
    let store = serving::open_store(folder.path()).await;
    let bus = Bus::default();
    let parts = CrankParts {
        cluster: None,
        bus: bus.clone(),
        store: store.clone(),
        sender: sender(&proxies),
        pubsub: (seed % 4 < 2).then(|| PubSub::start(PubSubConfig::new(at.ws.clone()))),
        geyser: None,
        operator: Arc::new(crate::support::world::operator_key()),
        clock: Arc::new(SystemClock),
        drip_key: serving::DRIP_KEY,
    };
    let handle = Crank::start(config, parts).await.unwrap();
    let playing = tokio::spawn(players::play(bus.clone(), |_, _| {}));

    let view = world.the_match().await;
    for (number, warriors) in [(0, 2), (1, 2), (2, 1), (3, 3)] {
        players::enter(&world, &view, number, warriors).await;
    }
    let key = view.address;
    let view = world.until_paid(&key).await;
    playing.abort();
    assert_eq!(view.status, MatchStatus::Settled);
    world.check_money(&view).await;

    // The crank knows that it is over, and the match stands up to the verifier.
    until("the recorded result", || async {
        let history = store.history.match_history(&key.to_bytes()).await.unwrap();
        history.is_some_and(|history| !history.placements.is_empty() && history.row.replay_file.is_some())
    })
    .await;
    until("its accounts to be closed", || async {
        world.matches().await.is_empty()
    })
    .await;
    // What was done, out of the ledger: each once.
    count::each_once(&world, &view).await;
    world.check_money(&view).await;
    let is_open = |intent: &Intent| {
        matches!(
            intent.state,
            IntentState::Queued | IntentState::Sent(_) | IntentState::Unknown(_)
        )
    };
    let open = async || {
        let all = store.intents.of_match(&key.to_bytes()).await.unwrap();
        all.into_iter().filter(is_open).collect::<Vec<_>>()
    };
    let closing = tokio::time::timeout(crate::support::world::PATIENCE, async {
        while !open().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(closing.await.is_ok(), "still open: {:#?}", open().await);
    let history = store
        .history
        .match_history(&key.to_bytes())
        .await
        .unwrap()
        .unwrap();
    let file = folder
        .path()
        .join("replays")
        .join(history.row.replay_file.unwrap());
    let replay = Replay::read(&std::fs::read(file).unwrap()).unwrap();
    let record = verifier::read::from_chain(&world.rpc, key, Some(&replay), |_| {})
        .await
        .unwrap();
    let verdict = verifier::verify(&record, |_| {});
    assert!(
        verdict.ok,
        "{:?}\n{:#?}",
        verdict.first_difference, verdict.checks
    );

    let faults: Vec<_> = proxies.iter().map(Proxy::faults).collect();
    println!(
        "seed {seed}: {} transactions, {:?}, {faults:?}",
        fates.transactions(),
        fates.suffered()
    );
    fates.check_enough();
    handle.shutdown(Shutdown::Drain).await.unwrap();
}
