//! PostgreSQL goes away and comes back while cranks write: what was answered for is there, and there once.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{Connection, Executor};
use store::{
    Attempt, DatabaseUrl, IntentKind, IntentState, Key, MatchPhase, MatchRecord, PlacementRow, ResultRecord,
    Store, StoreError,
};
use test_postgres::Cluster;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// For whatever must come some time, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const MINT: Key = [201; 32];
const PLAYER: Key = [202; 32];

fn key(writer: u8, step: u32) -> Key {
    let mut key = [writer; 32];
    key[..4].copy_from_slice(&step.to_be_bytes());
    key
}

/// The match of a writer.
fn record(writer: u8) -> MatchRecord {
    MatchRecord {
        match_key: key(writer, 0),
        operator: [200; 32],
        match_id: writer.into(),
        mode: store::Mode::Blitz,
        mint: MINT,
        rules: vec![1],
        stake_per_warrior: 1,
        players_max: 2,
        warriors_max: 2,
        scheduled_slot: 0,
        phase: MatchPhase::Live,
        created_at_ms: 0,
        start_unix_us: None,
    }
}

fn sent(step: u32) -> IntentState {
    IntentState::Sent(Attempt {
        signature: [step as u8; 64],
        last_valid_block_height: step.into(),
        transaction: vec![step as u8; 100],
    })
}

fn result(writer: u8, step: u32) -> ResultRecord {
    let placement = PlacementRow {
        slot: 0,
        player: PLAYER,
        place: 1,
        paid: 1,
        payout: 2,
        refunded: false,
        warriors: 1,
        warriors_alive: 1,
        hp_centi: 1,
        eliminations: 0,
        damage_centi: 0,
        claim_signature: None,
    };
    ResultRecord {
        match_key: key(writer, step),
        mint: MINT,
        placements: vec![placement],
        eliminations: vec![],
    }
}

/// What the writers came across.
#[derive(Default)]
struct Tally {
    done: AtomicU32,
    failures: AtomicU32,
    enough: AtomicBool,
}

impl Tally {
    /// What it gives once the database is there. Fails on errors that would never pass.
    async fn insist<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        mut call: impl FnMut() -> F,
    ) -> Result<T, StoreError> {
        let before = Instant::now();
        loop {
            match call().await {
                Err(error) if error.is_transient() => {
                    assert!(before.elapsed() < PATIENCE, "{error:?}");
                    self.failures.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                answer => return answer,
            }
        }
    }

    /// As a crank does: an intent, its sending, an outcome; each until it is answered for. Tells how often.
    async fn write(&self, store: &Store, writer: u8) -> u32 {
        let match_key = key(writer, 0);
        let mine = store.fenced(match_key, Arc::new(AtomicU64::new(1)));
        let mut step = 0;
        while !self.enough.load(Ordering::SeqCst) {
            step += 1;
            let kind = IntentKind::Checkpoint(step);
            let intent = self.insist(|| mine.intents.enqueue(&match_key, kind, 1)).await;
            let (id, state) = ([intent.unwrap().id], sent(step));
            match self.insist(|| mine.intents.advance(&id, &state, 2)).await {
                Ok(()) => {}
                // It took effect, and the answer was lost.
                Err(StoreError::Transition { from, .. }) if *from == state => {}
                Err(error) => panic!("{error}"),
            }
            let outcome = result(writer, step);
            self.insist(|| store.history.record_result(&outcome))
                .await
                .unwrap();
            self.done.fetch_add(1, Ordering::SeqCst);
        }
        step
    }

    async fn until(&self, what: &str, count: &AtomicU32, least: u32) {
        let before = Instant::now();
        while count.load(Ordering::SeqCst) < least {
            assert!(before.elapsed() < PATIENCE, "not {least} {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_or_doubled_when_the_server_restarts_under_load() {
    let cluster = Arc::new(Cluster::start());
    let url: DatabaseUrl = cluster.database().parse().unwrap();
    let store = Store::open(&url).await.unwrap();
    let tally = Arc::new(Tally::default());
    let mut writers = Vec::new();
    for writer in 1..=6u8 {
        store
            .matches
            .insert_owned(&record(writer), 1, "crank")
            .await
            .unwrap();
        let (store, tally) = (store.clone(), tally.clone());
        writers.push(tokio::spawn(async move { tally.write(&store, writer).await }));
    }
    for _ in 0..3 {
        let done = tally.done.load(Ordering::SeqCst);
        tally.until("steps", &tally.done, done + 60).await;
        let failures = tally.failures.load(Ordering::SeqCst);
        cluster.stop();
        tally.until("failures", &tally.failures, failures + 6).await;
        cluster.start_again();
    }
    let done = tally.done.load(Ordering::SeqCst);
    tally.until("steps", &tally.done, done + 60).await;
    tally.enough.store(true, Ordering::SeqCst);
    let mut steps = 0;
    for (writer, task) in (1..=6u8).zip(writers) {
        let told = task.await.unwrap();
        let intents = store.intents.of_match(&key(writer, 0)).await.unwrap();
        assert_eq!(intents.len(), told as usize, "intents of writer {writer}");
        for (step, intent) in (1..).zip(&intents) {
            assert_eq!(
                (intent.kind, &intent.state, intent.attempts),
                (IntentKind::Checkpoint(step), &sent(step), 1)
            );
        }
        steps += u64::from(told);
    }
    let stats = store.history.player_stats(&PLAYER).await.unwrap();
    assert_eq!(
        (stats[0].matches, stats[0].won),
        (steps, 2 * steps),
        "results are lost or counted twice"
    );
    // Whoever takes the matches over finds them as they were.
    for writer in 1..=6 {
        assert_eq!(store.matches.fence(&key(writer, 0)).await.unwrap(), 1);
    }
}

/// A way to the server that can be cut without either end being told.
struct Wire {
    address: SocketAddr,
    /// Connections with a lower number carry nothing any more.
    first_alive: Arc<AtomicU32>,
    connections: Arc<AtomicU32>,
}

impl Wire {
    async fn lay(port: u16) -> Wire {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let wire = Wire {
            address: listener.local_addr().unwrap(),
            first_alive: Arc::default(),
            connections: Arc::default(),
        };
        let (first_alive, connections) = (wire.first_alive.clone(), wire.connections.clone());
        tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let number = connections.fetch_add(1, Ordering::SeqCst);
                let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(carry(near_in, far_out, number, first_alive.clone()));
                tokio::spawn(carry(far_in, near_out, number, first_alive.clone()));
            }
        });
        wire
    }

    /// Every connection is dead, and those made from now on are too.
    fn cut(&self) {
        self.first_alive.store(u32::MAX, Ordering::SeqCst);
    }

    /// New connections reach the server, which took the place of the one that vanished.
    fn fail_over(&self) {
        let made = self.connections.load(Ordering::SeqCst);
        self.first_alive.store(made, Ordering::SeqCst);
    }
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    number: u32,
    first_alive: Arc<AtomicU32>,
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if number < first_alive.load(Ordering::SeqCst) {
            // The other end hears neither this nor that it is over.
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_vanishes_without_a_word_is_an_error_in_time_and_then_forgotten() {
    let cluster = Cluster::start();
    let wire = Wire::lay(cluster.port()).await;
    let direct = cluster.database();
    let address = direct.replace(
        &format!(":{}/", cluster.port()),
        &format!(":{}/", wire.address.port()),
    );
    let url: DatabaseUrl = address.parse().unwrap();
    let store = Store::open(&url).await.unwrap();
    store.matches.insert_owned(&record(1), 1, "crank").await.unwrap();
    let token = Arc::new(AtomicU64::new(1));
    let mine = store.fenced(key(1, 0), token.clone());
    let all_at_once = |from: u32| {
        let tasks = (from..from + 12).map(|step| {
            let mine = mine.clone();
            tokio::spawn(async move {
                let before = Instant::now();
                let done = mine
                    .intents
                    .enqueue(&key(1, 0), IntentKind::Checkpoint(step), 1)
                    .await;
                (done, before.elapsed())
            })
        });
        tasks.collect::<Vec<_>>()
    };
    for task in all_at_once(0) {
        task.await.unwrap().0.unwrap();
    }
    // A write that waits for a lock: the wire is cut when it was sent and not answered.
    let mut somebody = sqlx::PgConnection::connect(&direct).await.unwrap();
    somebody
        .execute("BEGIN; SELECT fence FROM matches FOR UPDATE")
        .await
        .unwrap();
    let under_way = {
        let mine = mine.clone();
        tokio::spawn(async move {
            let done = mine.matches.set_phase(&key(1, 0), MatchPhase::Proposed).await;
            (done, Instant::now())
        })
    };
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    let before = Instant::now();
    while cluster.sql("postgres", waiting) != "1" {
        assert!(before.elapsed() < PATIENCE, "the write never waited");
    }
    wire.cut();
    let cut = Instant::now();
    somebody.execute("ROLLBACK").await.unwrap();
    // It has the row of the match now, and never hears of it. The crank that takes over does not wait long
    // for that.
    let theirs = Store::open(&direct.parse().unwrap()).await.unwrap();
    let raised = theirs.matches.raise_fence(&key(1, 0), 2, "another").await;
    assert!(raised.unwrap());
    let left = theirs.matches.get(&key(1, 0)).await.unwrap().unwrap();
    assert_eq!(left.phase, MatchPhase::Live, "half a write");
    token.store(2, Ordering::SeqCst);
    for task in all_at_once(100) {
        let (done, took) = task.await.unwrap();
        let error = done.unwrap_err();
        assert!(error.is_transient(), "{error:?}");
        // For a connection, and then for an answer.
        assert!(took < Duration::from_secs(25), "{took:?}");
    }
    let (done, at) = under_way.await.unwrap();
    let error = done.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        error.is_transient() && cause.contains("no answer within 10 s"),
        "{error}: {cause}"
    );
    assert!(at - cut < Duration::from_secs(25), "{:?}", at - cut);
    wire.fail_over();
    let before = Instant::now();
    let mut step = 200;
    loop {
        let mut good = 0;
        for task in all_at_once(step) {
            let (done, _) = task.await.unwrap();
            good += u32::from(done.is_ok());
        }
        if good == 12 {
            break;
        }
        assert!(before.elapsed() < PATIENCE, "dead connections are still used");
        step += 100;
    }
    let intents = store.intents.of_match(&key(1, 0)).await.unwrap();
    let kinds: std::collections::BTreeSet<_> = intents.iter().map(|intent| intent.kind.ordinal()).collect();
    assert_eq!(kinds.len(), intents.len());
    assert!((0..12).chain(step..step + 12).all(|step| kinds.contains(&step)));
}
