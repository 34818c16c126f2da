//! The shared log: what a crank wrote is there for the next, once, in order, and only from the present owner. On
//! a real Redis Cluster.

use std::time::Duration;

use bytes::Bytes;
use cluster::{AppendError, Cluster, ClusterError, Held, Lease};
use protocol::MatchKey;

use crate::support::{connect, connect_with, settings, some_match, until};

async fn lease(cluster: &Cluster, key: &MatchKey) -> Lease {
    let lease = cluster.acquire(key, "a", 0).await.unwrap();
    lease.expect("nobody has it")
}

fn records(numbers: std::ops::RangeInclusive<u32>) -> Vec<Bytes> {
    numbers
        .map(|number| Bytes::from(format!("record {number}")))
        .collect()
}

#[tokio::test]
async fn records_are_kept_once_and_in_order() {
    let cluster = connect("once").await;
    let key = some_match();
    assert!(cluster.shared_log(&key).await.unwrap().is_empty());
    let lease = lease(&cluster, &key).await;
    cluster.append(&lease, 1, &records(1..=3)).await.unwrap();
    cluster.append(&lease, 4, &[]).await.unwrap();
    // Again, as after an error; and one more with some that are there.
    cluster.append(&lease, 1, &records(1..=3)).await.unwrap();
    cluster.append(&lease, 2, &records(2..=5)).await.unwrap();
    assert_eq!(cluster.shared_log(&key).await.unwrap(), records(1..=5));
}

#[tokio::test]
async fn a_record_that_is_there_with_other_bytes_is_named_and_nothing_is_written() {
    let cluster = connect("differs").await;
    let key = some_match();
    let lease = lease(&cluster, &key).await;
    cluster.append(&lease, 1, &records(1..=5)).await.unwrap();
    let differs = |number| Err(AppendError::Differs { number });
    // What is there is not replaced, and nothing follows it.
    assert_eq!(cluster.append(&lease, 5, &records(50..=51)).await, differs(5));
    let mut forged = records(2..=7);
    forged[2] = Bytes::from_static(b"record 4 and more");
    assert_eq!(cluster.append(&lease, 2, &forged).await, differs(4));
    assert_eq!(cluster.append(&lease, 1, &[Bytes::new()]).await, differs(1));
    assert_eq!(cluster.shared_log(&key).await.unwrap(), records(1..=5));
    let error = AppendError::Differs { number: 4 }.to_string();
    assert!(
        error.contains("record 4") && error.contains("other bytes"),
        "{error}"
    );
    // The owner, who has the records elsewhere, writes all of them again.
    cluster.discard_shared_log(&lease).await.unwrap();
    let gap = Err(AppendError::Gap { length: 0 });
    assert_eq!(cluster.append(&lease, 6, &records(6..=6)).await, gap);
    cluster.append(&lease, 1, &records(1..=6)).await.unwrap();
    assert_eq!(cluster.shared_log(&key).await.unwrap(), records(1..=6));
}

#[tokio::test]
async fn a_ledger_that_something_else_wrote_is_named_and_only_its_owner_discards_it() {
    let redis = test_redis::Cluster::start();
    let cluster = connect_with(settings(redis.urls(), "forged")).await;
    let key = some_match();
    let old = lease(&cluster, &key).await;
    cluster.release(&old).await.unwrap();
    let lease = lease(&cluster, &key).await;
    let name = cluster.keys().shared_log(&key);
    cluster.append(&lease, 1, &records(1..=2)).await.unwrap();
    // A third record in the place where Redis puts it, a record of two fields, and one of another name.
    redis.ask(&["XADD", &name, "*", "r", "record 3"]);
    let differs = |number| Err(AppendError::Differs { number });
    assert_eq!(cluster.append(&lease, 3, &records(3..=3)).await, differs(3));
    assert!(matches!(
        cluster.discard_shared_log(&old).await,
        Err(AppendError::Fenced { .. })
    ));
    cluster.discard_shared_log(&lease).await.unwrap();
    redis.ask(&["XADD", &name, "1-0", "r", "record 1", "and", "more"]);
    assert_eq!(cluster.append(&lease, 1, &records(1..=3)).await, differs(1));
    cluster.discard_shared_log(&lease).await.unwrap();
    redis.ask(&["SET", &name, "no stream"]);
    let error = cluster.append(&lease, 1, &records(1..=3)).await.unwrap_err();
    assert!(matches!(error, AppendError::Cluster(_)), "{error}");
    cluster.discard_shared_log(&lease).await.unwrap();
    cluster.append(&lease, 1, &records(1..=3)).await.unwrap();
    assert_eq!(cluster.shared_log(&key).await.unwrap(), records(1..=3));
}

#[tokio::test]
async fn records_of_any_bytes_and_of_any_number_come_back() {
    let cluster = connect("bytes").await;
    let key = some_match();
    let lease = lease(&cluster, &key).await;
    // More than one call and more than one reading take; with one that is larger than a call usually is.
    let mut all: Vec<Bytes> = (0..2500u32)
        .map(|number| (0..number % 7).map(|byte| (byte * 41 + number) as u8).collect())
        .collect();
    all.push(Bytes::from(vec![0xff; 3 << 20]));
    all.push(Bytes::from_static(b"\r\n$-1\r\n\0"));
    cluster.append(&lease, 1, &all).await.unwrap();
    assert_eq!(cluster.shared_log(&key).await.unwrap(), all);
}

#[tokio::test]
async fn a_record_before_its_time_is_refused() {
    let cluster = connect("gap").await;
    let key = some_match();
    let lease = lease(&cluster, &key).await;
    let gap = |length| Err(AppendError::Gap { length });
    assert_eq!(cluster.append(&lease, 2, &records(2..=2)).await, gap(0));
    cluster.append(&lease, 1, &records(1..=2)).await.unwrap();
    assert_eq!(cluster.append(&lease, 4, &records(4..=9)).await, gap(2));
    assert_eq!(cluster.shared_log(&key).await.unwrap(), records(1..=2));
    let zero = cluster.append(&lease, 0, &records(1..=1)).await.unwrap_err();
    assert!(zero.to_string().contains("numbered from 1"), "{zero}");
}

#[tokio::test]
async fn an_earlier_owner_is_refused_and_an_owner_whose_lease_ran_out_is_not() {
    let mut config = settings(test_redis::shared(), "fence");
    config.lease_life = Duration::from_millis(200);
    let short = connect_with(config).await;
    let cluster = connect("fence").await;
    let key = some_match();
    let old = lease(&short, &key).await;
    let gone = || async { cluster.holders(&[(key, 0)]).await.unwrap() == [Held::Free] };
    until("the lease runs out", gone).await;
    cluster.append(&old, 1, &records(1..=2)).await.unwrap();
    let new = lease(&cluster, &key).await;
    let fenced = AppendError::Fenced { token: new.token };
    assert_eq!(
        cluster.append(&old, 3, &records(3..=3)).await,
        Err(fenced.clone())
    );
    // Also when the later owner is gone, and when there would be nothing to write.
    cluster.release(&new).await.unwrap();
    assert_eq!(cluster.append(&old, 1, &records(1..=1)).await, Err(fenced));
    cluster.append(&new, 3, &records(3..=4)).await.unwrap();
    assert_eq!(cluster.shared_log(&key).await.unwrap(), records(1..=4));
}

#[tokio::test]
async fn a_token_that_redis_never_gave_writes_nothing() {
    let cluster = connect("invented").await;
    let key = some_match();
    let invented = Lease {
        match_key: key,
        token: 5,
    };
    let append = || async { cluster.append(&invented, 1, &records(1..=1)).await };
    assert_eq!(append().await, Err(AppendError::Missing));
    lease(&cluster, &key).await;
    assert_eq!(append().await, Err(AppendError::Missing));
    assert!(cluster.shared_log(&key).await.unwrap().is_empty());
}

#[tokio::test]
async fn replicas_that_are_not_there_are_missed() {
    let mut config = settings(test_redis::shared(), "replicas");
    config.replicas = 1;
    let careful = connect_with(config).await;
    let key = some_match();
    let lease = lease(&careful, &key).await;
    let error = careful.append(&lease, 1, &records(1..=1)).await.unwrap_err();
    let AppendError::Cluster(ClusterError::Replicas {
        wanted: 1, got: 0, ..
    }) = &error
    else {
        panic!("{error}");
    };
    assert!(error.to_string().contains("AURELIUS_REDIS_REPLICAS"), "{error}");
    // It is written all the same, which an append again finds.
    assert_eq!(careful.shared_log(&key).await.unwrap(), records(1..=1));
    // A refusal is not hidden by it.
    let gap = AppendError::Gap { length: 1 };
    assert_eq!(careful.append(&lease, 3, &records(3..=3)).await, Err(gap));
    let cluster = connect("replicas").await;
    cluster.append(&lease, 1, &records(1..=2)).await.unwrap();
    assert_eq!(careful.shared_log(&key).await.unwrap(), records(1..=2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_of_many_matches_at_once_do_not_mix() {
    let cluster = connect("mix").await;
    let tasks = (0..24u32).map(|_| {
        let (cluster, key) = (cluster.clone(), some_match());
        tokio::spawn(async move {
            let lease = lease(&cluster, &key).await;
            for number in 1..=50 {
                let record = Bytes::from(format!("{key} {number}"));
                cluster.append(&lease, number, &[record]).await.unwrap();
            }
            let expected: Vec<Bytes> = (1..=50).map(|number| format!("{key} {number}").into()).collect();
            assert_eq!(cluster.shared_log(&key).await.unwrap(), expected);
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}
