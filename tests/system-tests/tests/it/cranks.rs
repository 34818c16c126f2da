//! Several cranks that share one operator's matches over a real Redis Cluster and a real PostgreSQL: taking over, handing
//! over, and being fenced off. Each crank has a runtime of its own, so that it can be ended without a word; processes that
//! are killed are in `cluster.rs`.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::world::players::{self, Ack};
use crate::support::world::{serving, until, World, SHORT_BLITZ};
use bus::{Bus, Import};
use client::view::MatchStatus;
use cluster::{Cluster, ClusterConfig};
use crank::{ClusterParts, CrankConfig, CrankHandle, Shutdown};
use protocol::replay::Replay;
use protocol::MatchKey;
use store::{DatabaseUrl, Store};
use tokio::runtime::Runtime;

/// Shared by the cranks of one test.
struct Cranks {
    world: World,
    database: DatabaseUrl,
    redis: ClusterConfig,
    folder: tempfile::TempDir,
    players: Bus,
    _import: Import,
    acks: Arc<Mutex<Vec<(MatchKey, Ack)>>>,
}

/// One crank with a runtime of its own.
struct Member {
    runtime: Option<Runtime>,
    handle: Option<CrankHandle>,
    name: String,
}

impl Cranks {
    async fn new(prefix: &str) -> Cranks {
        Self::on(test_redis::shared(), prefix).await
    }

    async fn on(nodes: Vec<String>, prefix: &str) -> Cranks {
        let world = World::new().await;
        let mut redis = ClusterConfig::new(nodes);
        redis.prefix = prefix.to_owned();
        let players = Bus::default();
        let import = Import::start(&Cluster::connect(redis.clone()).await.unwrap(), &players);
        let acks = Arc::new(Mutex::new(Vec::new()));
        let told = acks.clone();
        tokio::spawn(players::play(players.clone(), move |key, ack| {
            told.lock().unwrap().push((key, ack));
        }));
        Cranks {
            world,
            database: test_postgres::database().parse().unwrap(),
            redis,
            folder: tempfile::tempdir().unwrap(),
            players,
            _import: import,
            acks,
        }
    }

    fn config(&self, name: &str, open: usize) -> CrankConfig {
        let gateway = self.world.endpoints().gateway;
        let folder = self.folder.path().join(name);
        let mut config = serving::config(&folder, &gateway, SHORT_BLITZ, 2, 4);
        match open {
            0 => config.lobbies.clear(),
            _ => config.lobbies[0].open_count = open,
        }
        config.matches_total = None;
        config
    }

    /// Starts a crank that keeps `open` lobbies open.
    async fn start(&self, name: &str, open: usize) -> Member {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (at, config) = (self.world.endpoints(), self.config(name, open));
        let (database, redis, own) = (self.database.clone(), self.redis.clone(), name.to_owned());
        let started = runtime.spawn(async move {
            let store = Store::open(&database).await.unwrap();
            let cluster = Cluster::connect(redis).await.unwrap();
            let parts = ClusterParts { cluster, name: own };
            serving::start_in(&at, config, store, Some(parts)).await.0
        });
        Member {
            handle: Some(started.await.unwrap()),
            runtime: Some(runtime),
            name: name.to_owned(),
        }
    }

    async fn store(&self) -> Store {
        Store::open(&self.database).await.unwrap()
    }

    /// Who owns a match, as the store has it.
    async fn owner(&self, key: &MatchKey) -> Option<String> {
        let all = self.store().await.matches.unfinished_keys().await.unwrap();
        let found = all.into_iter().find(|one| one.match_key == key.0);
        found.and_then(|one| one.holder)
    }

    /// Fills the only open match, and waits until it is live and three inputs are acked.
    async fn play_one(&self) -> MatchKey {
        let view = self.world.the_match().await;
        players::enter(&self.world, &view, 0, 2).await;
        players::enter(&self.world, &view, 1, 2).await;
        self.world.until_status(&view.address, MatchStatus::Live).await;
        let key = MatchKey(view.address.to_bytes());
        until("inputs to be acked", || async { self.acks_of(&key).len() >= 3 }).await;
        key
    }

    fn acks_of(&self, key: &MatchKey) -> Vec<Ack> {
        let acks = self.acks.lock().unwrap();
        acks.iter()
            .filter(|(of, _)| of == key)
            .map(|(_, ack)| *ack)
            .collect()
    }

    /// How long players see no new tick from now on, at most until one comes.
    async fn hole(&self, key: &MatchKey) -> Duration {
        let tick = || self.players.detail(key).map(|detail| detail.summary.tick);
        let before = tick();
        let begun = Instant::now();
        until("the next tick", || async { tick() > before }).await;
        begun.elapsed()
    }

    /// The match is paid to the last token, verifies from the chain, and holds every acked input at its tick.
    async fn check(&self, key: &MatchKey) {
        let address = key.0.into();
        let view = self.world.until_paid(&address).await;
        assert_eq!(view.status, MatchStatus::Settled);
        self.world.check_money(&view).await;
        let store = self.store().await;
        until("the replay", || async {
            store.history.replay(&key.0).await.unwrap().is_some()
        })
        .await;
        let bytes = store.history.replay(&key.0).await.unwrap().unwrap();
        let replay = Replay::read(&bytes).unwrap();
        let record = verifier::read::from_chain(&self.world.rpc, address, Some(&replay), |_| {})
            .await
            .unwrap();
        let verdict = verifier::verify(&record, |_| {});
        assert!(
            verdict.ok,
            "{:?}\n{:#?}",
            verdict.first_difference, verdict.checks
        );
        let last_tick = arena::State::from_bytes(&replay.final_state).unwrap().tick();
        for ack in self.acks_of(key).iter().filter(|ack| ack.tick <= last_tick) {
            let kept = replay.inputs.iter().any(|input| {
                let signed = &input.signed.input;
                (signed.slot.0, signed.sequence, input.tick.0 + 1) == (ack.slot, ack.sequence, ack.tick)
            });
            assert!(kept, "acked and not in the replay: {ack:?}");
        }
    }
}

impl Member {
    /// Ends it as a dead machine ends: nothing is given back.
    fn die(&mut self) {
        drop(self.handle.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    async fn shut_down(&mut self) {
        let handle = self.handle.take().unwrap();
        let runtime = self.runtime.take().unwrap();
        runtime
            .spawn(handle.shutdown(Shutdown::Now))
            .await
            .unwrap()
            .unwrap();
        runtime.shutdown_background();
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.die();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_crank_goes_on_where_a_dead_one_stopped() {
    let cranks = Cranks::new("take-over").await;
    let mut first = cranks.start("first", 1).await;
    let second = cranks.start("second", 0).await;
    let key = cranks.play_one().await;
    assert_eq!(cranks.owner(&key).await.as_deref(), Some(first.name.as_str()));
    let acked = cranks.acks_of(&key).len();
    first.die();
    let hole = cranks.hole(&key).await;
    println!("ticks stopped for {hole:?}");
    assert!(hole < Duration::from_secs(10), "{hole:?}");
    until("inputs to be acked again", || async {
        cranks.acks_of(&key).len() > acked + 3
    })
    .await;
    assert_eq!(cranks.owner(&key).await.as_deref(), Some(second.name.as_str()));
    cranks.check(&key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crank_that_stops_in_good_order_hands_its_match_over() {
    let cranks = Cranks::new("hand-over").await;
    let mut first = cranks.start("first", 1).await;
    let second = cranks.start("second", 0).await;
    let key = cranks.play_one().await;
    first.shut_down().await;
    let hole = cranks.hole(&key).await;
    println!("ticks stopped for {hole:?}");
    assert_eq!(cranks.owner(&key).await.as_deref(), Some(second.name.as_str()));
    cranks.check(&key).await;
}

/// A crank whose lease another one took writes nothing more: its match goes on elsewhere, and it can have it back later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crank_that_lost_its_lease_is_fenced_off() {
    let cranks = Cranks::new("fenced").await;
    let first = cranks.start("first", 1).await;
    let key = cranks.play_one().await;
    let store = cranks.store().await;
    let before = store.matches.fence(&key.0).await.unwrap();
    // As if the crank had been paused past its lease: somebody else owns the match now.
    let cluster = Cluster::connect(cranks.redis.clone()).await.unwrap();
    let lease_key = format!("{}:game:{{{key}}}:lease", cranks.redis.prefix);
    redis_del(&lease_key);
    let lease = cluster.acquire(&key, "thief", before).await.unwrap();
    let Some(lease) = lease else {
        // The owner was quicker, and has it again under a higher token: nothing was lost.
        assert!(store.matches.fence(&key.0).await.unwrap() >= before);
        return cranks.check(&key).await;
    };
    assert!(lease.token > before);
    assert!(store
        .matches
        .raise_fence(&key.0, lease.token, "thief")
        .await
        .unwrap());
    let shared_log = cluster.shared_log(&key).await.unwrap().len();
    let intents = store.intents.of_match(&key.0).await.unwrap();
    let until_over = Instant::now() + Duration::from_millis(900);
    while Instant::now() < until_over {
        cluster.renew(std::slice::from_ref(&lease)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(
        cluster.shared_log(&key).await.unwrap().len(),
        shared_log,
        "the shared log grew"
    );
    assert_eq!(
        store.intents.of_match(&key.0).await.unwrap(),
        intents,
        "an intent was written"
    );
    // The thief goes; whoever is alive takes the match up, from the shared log.
    cluster.release(&lease).await.unwrap();
    until("the match to be taken up again", || async {
        cranks.owner(&key).await.as_deref() == Some(first.name.as_str())
    })
    .await;
    assert!(store.matches.fence(&key.0).await.unwrap() > lease.token);
    cranks.check(&key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_matches_go_to_the_crank_with_the_fewest() {
    let cranks = Cranks::new("spread").await;
    let first = cranks.start("first", 4).await;
    until("four lobbies", || async {
        cranks.world.matches().await.len() == 4
    })
    .await;
    let second = cranks.start("second", 8).await;
    until("eight lobbies", || async {
        cranks.world.matches().await.len() == 8
    })
    .await;
    let all = cranks.store().await.matches.unfinished_keys().await.unwrap();
    let of = |member: &Member| {
        let own = all
            .iter()
            .filter(|one| one.holder.as_deref() == Some(member.name.as_str()));
        own.count()
    };
    assert_eq!((of(&first), of(&second)), (4, 4), "{all:?}");
    let mut numbers: Vec<u64> = all.iter().map(|one| one.match_id).collect();
    numbers.sort_unstable();
    assert!(
        numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{numbers:?}"
    );
}

/// Every node of Redis dies in the middle of a match and comes back empty: no input is acked meanwhile, and the match goes on, acks and
/// all, with everything that was acked before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_loses_everything_costs_no_acked_input() {
    let redis = test_redis::Cluster::start();
    let cranks = Cranks::on(redis.urls(), "data-loss").await;
    let first = cranks.start("first", 1).await;
    let key = cranks.play_one().await;
    let cluster = Cluster::connect(cranks.redis.clone()).await.unwrap();
    let redis = tokio::task::spawn_blocking(move || {
        for node in 0..3 {
            redis.stop(node);
            redis.start_again(node);
        }
        redis
    })
    .await
    .unwrap();
    let acked = cranks.acks_of(&key).len();
    until("inputs to be acked again", || async {
        cranks.acks_of(&key).len() > acked + 3
    })
    .await;
    assert!(
        cluster.shared_log(&key).await.unwrap().len() > acked + 3,
        "the shared log was not written again"
    );
    assert_eq!(cranks.owner(&key).await.as_deref(), Some(first.name.as_str()));
    cranks.check(&key).await;
    drop(redis);
}

/// Whoever can write to Redis puts a record of their own into a shared log: it is noticed, the log is written again from the
/// owner's disk, and inputs go on being acked; a crank that takes over goes on from the mended log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_record_in_the_shared_log_is_replaced_by_the_owners_log() {
    let cranks = Cranks::new("forged-record").await;
    let mut first = cranks.start("first", 1).await;
    let key = cranks.play_one().await;
    let cluster = Cluster::connect(cranks.redis.clone()).await.unwrap();
    let name = cluster.keys().shared_log(&key);
    // Where the owner's next record would be.
    let next = cluster.shared_log(&key).await.unwrap().len() + 1;
    for number in next..next + 3 {
        redis_cli(&["XADD", &name, &format!("{number}-0"), "r", "forged"]);
    }
    let acked = cranks.acks_of(&key).len();
    until("inputs to be acked again", || async {
        cranks.acks_of(&key).len() > acked + 3
    })
    .await;
    let log = cluster.shared_log(&key).await.unwrap();
    assert!(
        log.iter().all(|record| record.as_ref() != b"forged"),
        "the forged record is still there"
    );
    first.die();
    let _second = cranks.start("second", 0).await;
    cranks.check(&key).await;
}

/// Removes a key by way of whichever node has it.
fn redis_del(key: &str) {
    redis_cli(&["DEL", key]);
}

/// A command of somebody who can reach Redis.
fn redis_cli(command: &[&str]) {
    let url = test_redis::shared().remove(0);
    let port = url.rsplit(':').next().unwrap();
    let mut cli = std::process::Command::new("redis-cli");
    let out = cli.args(["-e", "-c", "-p", port]).args(command).output().unwrap();
    // The owner may have written that record first: then the forgery is refused, and another is tried.
    let told = String::from_utf8_lossy(&out.stderr).into_owned() + &String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success() || told.contains("equal or smaller"),
        "{told}"
    );
}
