//! The behavioural suite over PostgreSQL, and what only a server can get wrong. Each test has a server or a
//! database of its own.

use std::error::Error;
use std::sync::atomic::AtomicU64;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::suite;
use sqlx::{Connection, Executor};
use store::{CheckpointRow, DatabaseUrl, IntentKind, Lock, MatchFilter, Sharing, Store, StoreError};
use test_postgres::Cluster;

fn url(text: &str) -> DatabaseUrl {
    text.parse().unwrap()
}

/// The error and its causes, as a log shows them.
fn told(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", told(cause)),
        None => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn behaves_like_a_store() {
    let url = url(&test_postgres::database());
    suite::run(&Store::open(&url).await.unwrap()).await;
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let url = url(&test_postgres::database());
    let before = Store::open(&url).await.unwrap();
    let intent = before
        .intents
        .enqueue(&[7; 32], IntentKind::Lock, 1)
        .await
        .unwrap();
    before.matches.insert(&suite::match_record(9)).await.unwrap();
    drop(before);
    let after = Store::open(&url).await.unwrap();
    assert_eq!(after.intents.open().await.unwrap(), vec![intent]);
    assert_eq!(
        after.matches.get(&suite::key(9)).await.unwrap(),
        Some(suite::match_record(9))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_may_start_at_once() {
    let url = url(&test_postgres::database());
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Store::open(&url).await.map(drop) })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_named_without_its_password() {
    let cluster = Cluster::start();
    let port = cluster.port();
    let secret = "no-such-secret";
    for (address, expected) in [
        (
            format!("postgres://aurelius:{secret}@127.0.0.1:{port}/postgres"),
            "password authentication failed",
        ),
        (
            cluster.url("absent").replace(test_postgres::USER, "nobody"),
            "password authentication failed",
        ),
        (cluster.url("absent"), "\"absent\" does not exist"),
        (
            format!("postgres://aurelius:{secret}@127.0.0.1:1/game"),
            "refused",
        ),
    ] {
        let url = url(&address);
        let error = Store::open(&url).await.unwrap_err();
        assert!(matches!(error, StoreError::Connect { .. }), "{error:?}");
        let text = told(&error);
        assert!(
            text.contains(&url.to_string()) && text.contains(expected),
            "{text}"
        );
        for shown in [text, format!("{error:?}")] {
            assert!(!shown.contains(secret) && !shown.contains("p@ss"), "{shown}");
        }
    }
}

#[tokio::test]
async fn tables_of_a_newer_program_are_refused() {
    let cluster = Cluster::start();
    let url = url(&cluster.database());
    Store::open(&url).await.unwrap();
    cluster.sql(
        "test_0",
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'of the future', true, '', 0)",
    );
    let error = Store::open(&url).await.unwrap_err();
    assert!(matches!(error, StoreError::Migrate { .. }), "{error:?}");
    assert!(error.to_string().contains("test_0"), "{error}");
}

#[tokio::test]
async fn a_value_somebody_edited_is_an_error_and_not_a_wrong_number() {
    let cluster = Cluster::start();
    let store = Store::open(&url(&cluster.database())).await.unwrap();
    store.matches.insert(&suite::match_record(1)).await.unwrap();
    cluster.sql("test_0", "UPDATE matches SET players_max = 300");
    let error = store.matches.get(&suite::key(1)).await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Corrupt {
                column: "players_max",
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn lost_connections_are_replaced_and_a_lost_server_is_an_answer_in_time() {
    let cluster = Cluster::start();
    let store = Store::open(&url(&cluster.database())).await.unwrap();
    let filter = MatchFilter {
        limit: 1,
        ..MatchFilter::default()
    };
    store.history.matches(&filter).await.unwrap();
    cluster.sql(
        "postgres",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'test_0'",
    );
    store.history.matches(&filter).await.unwrap();

    let intent = store
        .intents
        .enqueue(&[1; 32], IntentKind::Lock, 1)
        .await
        .unwrap();
    cluster.stop();
    let before = Instant::now();
    let error = store.history.matches(&filter).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert!(
        before.elapsed() < Duration::from_secs(8),
        "{:?}",
        before.elapsed()
    );
    cluster.start_again();
    let open = store.intents.open().await.unwrap();
    assert_eq!(open, [intent], "what was answered for was lost with the server");
}

#[tokio::test]
async fn a_lock_that_somebody_holds_is_not_waited_for_without_an_end() {
    let cluster = Cluster::start();
    let store = Store::open(&url(&cluster.database())).await.unwrap();
    let intent = store
        .intents
        .enqueue(&[1; 32], IntentKind::Lock, 1)
        .await
        .unwrap();
    // Somebody's forgotten session.
    let holding = std::thread::spawn(move || {
        cluster.sql(
            "test_0",
            "BEGIN; SELECT id FROM intents FOR UPDATE; SELECT pg_sleep(7); COMMIT",
        );
        cluster
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let landed = store::IntentState::Landed {
        signature: None,
        slot: 1,
    };
    let error = store.intents.advance(&[intent.id], &landed, 2).await.unwrap_err();
    assert!(
        error.is_transient() && told(&error).contains("lock timeout"),
        "{}",
        told(&error)
    );
    let _cluster = holding.join().unwrap();
    store.intents.advance(&[intent.id], &landed, 3).await.unwrap();
}

/// Until as many sessions wait for a lock.
async fn until_waiting(cluster: &Cluster, sessions: u32) {
    let before = Instant::now();
    let count = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while cluster.sql("postgres", count) != sessions.to_string() {
        assert!(
            before.elapsed() < Duration::from_secs(4),
            "{sessions} sessions never waited: {}",
            cluster.sql(
                "postgres",
                "SELECT state, wait_event_type, query FROM pg_stat_activity"
            )
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_raise_and_a_fenced_write_wait_for_each_other() {
    let cluster = Cluster::start();
    let address = cluster.database();
    let store = Store::open(&url(&address)).await.unwrap();
    let mut somebody = sqlx::PgConnection::connect(&address).await.unwrap();
    let match_key = suite::key(1);
    store
        .matches
        .insert_owned(&suite::match_record(1), 1, "one")
        .await
        .unwrap();
    let checkpoint = |tick| CheckpointRow {
        index: 0,
        tick,
        digest: [1; 32],
        signature: None,
        posted_at_ms: None,
        leaf: None,
        slot: None,
    };
    let write = |token: u64, tick: u32| {
        let mine = store.fenced(match_key, Arc::new(AtomicU64::new(token)));
        tokio::spawn(async move {
            mine.history
                .record_checkpoint(&match_key, &checkpoint(tick))
                .await
        })
    };
    let raise = |to: u64| {
        let store = store.clone();
        tokio::spawn(async move { store.matches.raise_fence(&match_key, to, "two").await })
    };
    let tick = || async {
        let history = store.history.match_history(&match_key).await.unwrap();
        history.unwrap().checkpoints[0].tick
    };
    store
        .history
        .upsert_match(&suite::history::row(1, store::MatchStatus::Live))
        .await
        .unwrap();
    write(1, 1).await.unwrap().unwrap();

    // A write that has passed its check, and waits for a row of its own: the raise comes after it.
    let begin = "BEGIN; SELECT tick FROM history_checkpoints FOR UPDATE";
    somebody.execute(begin).await.unwrap();
    let first = write(1, 2);
    until_waiting(&cluster, 1).await;
    let raised = raise(2);
    until_waiting(&cluster, 2).await;
    assert_eq!(store.matches.fence(&match_key).await.unwrap(), 1);
    somebody.execute("COMMIT").await.unwrap();
    first.await.unwrap().unwrap();
    assert!(raised.await.unwrap().unwrap());
    assert_eq!(tick().await, 2);
    let error = write(1, 3).await.unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Fenced {
                token: 1,
                fence: 2,
                ..
            }
        ),
        "{error:?}"
    );

    // A raise that is under way: the write waits, and does what the raise makes of it.
    for (end, fence) in [("ROLLBACK", 2), ("COMMIT", 3)] {
        somebody
            .execute("BEGIN; UPDATE matches SET fence = 3, holder = 'three'")
            .await
            .unwrap();
        let second = write(2, 4 + fence);
        until_waiting(&cluster, 1).await;
        somebody.execute(end).await.unwrap();
        match second.await.unwrap() {
            Ok(()) => assert_eq!(fence, 2, "written under a lower token"),
            Err(StoreError::Fenced {
                token: 2, fence: 3, ..
            }) => assert_eq!(fence, 3),
            Err(error) => panic!("{error}"),
        }
        assert_eq!(tick().await, 6);
    }
}

#[tokio::test]
async fn a_database_is_claimed_by_one_crank_at_a_time() {
    let cluster = Cluster::start();
    let (mine, other) = (url(&cluster.database()), url(&cluster.database()));
    let lock = Lock::take(&mine, Sharing::Alone).await.unwrap();
    let error = Lock::take(&mine, Sharing::Alone).await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Locked {
                wanted: Sharing::Alone,
                held: Sharing::Alone,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains(&mine.to_string()), "{error}");
    Lock::take(&other, Sharing::Alone).await.unwrap();
    drop(lock);
    let before = Instant::now();
    while Lock::take(&mine, Sharing::Alone).await.is_err() {
        assert!(
            before.elapsed() < Duration::from_secs(5),
            "a lock outlived its owner"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Takes a lock that nobody stands against any more: the server hears of a closed connection a moment later.
async fn take(url: &DatabaseUrl, sharing: Sharing) -> Lock {
    let before = Instant::now();
    loop {
        match Lock::take(url, sharing).await {
            Ok(lock) => return lock,
            Err(error) => assert!(before.elapsed() < Duration::from_secs(10), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn cranks_with_leases_share_a_database_and_none_without() {
    let cluster = Cluster::start();
    let url = url(&cluster.database());
    let (one, two) = (
        Lock::take(&url, Sharing::Leased).await.unwrap(),
        Lock::take(&url, Sharing::Leased).await.unwrap(),
    );
    for _ in 0..2 {
        let error = Lock::take(&url, Sharing::Alone).await.unwrap_err();
        assert!(
            matches!(
                error,
                StoreError::Locked {
                    wanted: Sharing::Alone,
                    held: Sharing::Leased,
                    ..
                }
            ),
            "{error:?}"
        );
        let text = error.to_string();
        assert!(
            text.contains(&url.to_string()) && text.contains("connect this one to the same Redis"),
            "{text}"
        );
    }
    drop(one);
    assert!(
        Lock::take(&url, Sharing::Alone).await.is_err(),
        "one of two is enough"
    );
    drop(two);
    let alone = take(&url, Sharing::Alone).await;
    let error = Lock::take(&url, Sharing::Leased).await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Locked {
                wanted: Sharing::Leased,
                held: Sharing::Alone,
                ..
            }
        ),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.contains(&url.to_string()) && text.contains("it works alone"),
        "{text}"
    );
    drop(alone);
    take(&url, Sharing::Leased).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_is_taken_again_when_the_server_is_back() {
    let cluster = Cluster::start();
    let url = url(&cluster.database());
    for sharing in [Sharing::Alone, Sharing::Leased] {
        let lock = take(&url, sharing).await;
        cluster.stop();
        until("the loss is noticed", || !lock.is_held()).await;
        cluster.start_again();
        until("the lock is there again", || lock.is_held()).await;
        let error = Lock::take(&url, Sharing::Alone).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Locked { held, .. } if held == sharing),
            "{error:?}"
        );
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let before = Instant::now();
    while !is_so() {
        assert!(before.elapsed() < Duration::from_secs(30), "not until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_would_never_pass_is_told_from_what_may() {
    let cluster = Cluster::start();
    let store = Store::open(&url(&cluster.database())).await.unwrap();
    let flag = || async { store.bans.flag(&[1; 32], "replay", 1, 0).await.unwrap_err() };
    let sql = |statement: &str| cluster.sql("test_0", statement);

    sql("ALTER TABLE flags RENAME TO banners");
    let error = flag().await;
    assert!(
        !error.is_transient(),
        "a table that is not there: {}",
        told(&error)
    );
    sql("ALTER TABLE banners RENAME TO flags");

    sql("ALTER TABLE flags ADD CONSTRAINT late CHECK (at_ms > 5)");
    let error = flag().await;
    assert!(!error.is_transient(), "a row that cannot be: {}", told(&error));

    // As on a server that will be the first one when the other is known to be gone.
    sql("ALTER DATABASE test_0 SET default_transaction_read_only = on");
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'test_0' AND pid <> pg_backend_pid()");
    let error = flag().await;
    assert!(
        error.is_transient() && told(&error).contains("read-only"),
        "{}",
        told(&error)
    );
}

/// Behind a pooler that lends sessions for a transaction at a time settings, prepared statements and the
/// crank's lock come and go: it is named, with the mode that works.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn report_14_a_pooler_without_sessions_is_refused_with_the_mode_that_works() {
    let cluster = Cluster::start();
    let direct = cluster.database();
    let server = format!("127.0.0.1:{}", cluster.port()).parse().unwrap();
    let pooler = crate::support::pooler(server).await;
    let through: DatabaseUrl = url(&direct.replace(&server.to_string(), &pooler.to_string()));
    let refused = |error: StoreError| {
        assert!(matches!(error, StoreError::Pooled { .. }), "{}", told(&error));
        assert!(error.to_string().contains("pool_mode = session"), "{error}");
        assert!(!error.to_string().contains("test only"), "{error}");
        assert!(!error.is_transient());
    };
    refused(Store::open(&through).await.unwrap_err());
    for sharing in [Sharing::Alone, Sharing::Leased] {
        refused(Lock::take(&through, sharing).await.unwrap_err());
    }
    // The server itself is as good as before.
    let lock = take(&url(&direct), Sharing::Alone).await;
    assert!(lock.is_held());
    suite::run(&Store::open(&url(&direct)).await.unwrap()).await;
}

/// A primary that became a replica keeps its connections: whoever stayed on them would never write again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn report_15_connections_to_a_server_that_turned_read_only_are_dropped() {
    let cluster = Cluster::start();
    let address = url(&cluster.database());
    let store = Store::open(&address).await.unwrap();
    let lock = take(&address, Sharing::Alone).await;
    let newest = MatchFilter {
        limit: 1,
        ..MatchFilter::default()
    };
    // Several connections are open.
    let asked: Vec<_> = (0..8)
        .map(|_| {
            let (store, newest) = (store.clone(), newest.clone());
            tokio::spawn(async move { store.history.matches(&newest).await })
        })
        .collect();
    for answer in asked {
        answer.await.unwrap().unwrap();
    }
    cluster.sql("postgres", "ALTER SYSTEM SET default_transaction_read_only = on");
    cluster.sql("postgres", "SELECT pg_reload_conf()");
    // Whoever asks next finds out, and leaves none of them open. Reading goes on, and writing says why it
    // does not.
    store.history.matches(&newest).await.unwrap();
    let error = store.matches.insert(&suite::match_record(1)).await.unwrap_err();
    assert!(
        error.is_transient() && told(&error).contains("read-only"),
        "{}",
        told(&error)
    );
    let old = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'aurelius' AND backend_start < now() - interval '4 s'";
    until("every connection of before is gone", || {
        cluster.sql("postgres", old) == "0"
    })
    .await;
    until("the lock on a replica is none", || !lock.is_held()).await;
    // The one that takes its place behind the same address is found by itself.
    cluster.sql("postgres", "ALTER SYSTEM RESET default_transaction_read_only");
    cluster.sql("postgres", "SELECT pg_reload_conf()");
    let since = Instant::now();
    loop {
        match store.matches.insert(&suite::match_record(1)).await {
            Ok(()) => break,
            Err(error) => assert!(since.elapsed() < Duration::from_secs(30), "{}", told(&error)),
        }
    }
    until("the lock is taken again", || lock.is_held()).await;
}
