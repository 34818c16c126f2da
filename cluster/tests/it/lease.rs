//! Leases: one owner at a time, and tokens that only grow. On a real Redis Cluster.

use std::time::Duration;

use cluster::{ClusterError, Held, Holder, Lease, Renewal, SharedLease};

use crate::support::{connect, connect_with, settings, some_match, until};

#[tokio::test]
async fn tokens_grow_with_each_owner_and_stay_above_the_floor() {
    let cluster = connect("growth").await;
    let key = some_match();
    let mut last = 0;
    for floor in [0, 0, 41, 7, 1 << 40, 0] {
        let lease = cluster
            .acquire(&key, "a", floor)
            .await
            .unwrap()
            .expect("nobody has it");
        assert_eq!(lease.match_key, key);
        assert_eq!(lease.token, last.max(floor) + 1, "floor {floor}");
        last = lease.token;
        cluster.release(&lease).await.unwrap();
    }
    let error = cluster.acquire(&key, "a", 1 << 53).await.unwrap_err();
    assert!(
        !error.is_transient() && error.to_string().contains("2^53"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_try_at_once_one_wins() {
    let cluster = connect("race").await;
    for _ in 0..10 {
        let key = some_match();
        let tries = (0..64).map(|number| {
            let cluster = cluster.clone();
            tokio::spawn(async move { (number, cluster.acquire(&key, &format!("crank {number}"), 0).await) })
        });
        let mut winners = Vec::new();
        for one in tries.collect::<Vec<_>>() {
            let (number, lease) = one.await.unwrap();
            winners.extend(lease.unwrap().map(|lease| (number, lease)));
        }
        let [(number, lease)] = winners[..] else {
            panic!("{} winners", winners.len());
        };
        let holder = Holder {
            name: format!("crank {number}"),
            token: lease.token,
        };
        assert_eq!(cluster.holders(&[(key, 0)]).await.unwrap(), [Held::By(holder)]);
    }
}

#[tokio::test]
async fn who_has_a_lease_keeps_it_until_it_is_released() {
    let cluster = connect("keep").await;
    let (key, other) = (some_match(), some_match());
    let lease = cluster.acquire(&key, "a:b", 0).await.unwrap().unwrap();
    assert_eq!(
        cluster.acquire(&key, "a:b", 0).await.unwrap(),
        None,
        "not even by its holder"
    );
    let holders = cluster.holders(&[(other, 0), (key, 0)]).await.unwrap();
    let holder = Holder {
        name: "a:b".to_owned(),
        token: 1,
    };
    assert_eq!(holders, [Held::Free, Held::By(holder)]);
    cluster.release(&lease).await.unwrap();
    let next = cluster.acquire(&key, "c", 0).await.unwrap().unwrap();
    assert_eq!(next.token, lease.token + 1);
    // The earlier owner can give back only what it has.
    cluster.release(&lease).await.unwrap();
    assert_eq!(cluster.renew(&[next]).await.unwrap(), [Renewal::Held]);
}

#[tokio::test]
async fn many_leases_are_renewed_in_one_go_and_answered_in_order() {
    let mut config = settings(test_redis::shared(), "many");
    // Renewals have a third of it: much time for one call.
    config.lease_life = Duration::from_secs(60);
    let cluster = connect_with(config).await;
    let mut leases = Vec::new();
    let mut expected = Vec::new();
    for number in 0..60u64 {
        let mut key = some_match();
        key.0[1] = 99;
        let lease = cluster.acquire(&key, "a", number).await.unwrap().unwrap();
        leases.push(lease);
        expected.push(match number % 3 {
            0 => Renewal::Held,
            1 => {
                cluster.release(&lease).await.unwrap();
                Renewal::Missing
            }
            _ => {
                cluster.release(&lease).await.unwrap();
                let next = cluster.acquire(&key, "b", 0).await.unwrap().unwrap();
                Renewal::Lost {
                    holder: Some("b".to_owned()),
                    token: next.token,
                }
            }
        });
    }
    assert_eq!(cluster.renew(&leases).await.unwrap(), expected);
    assert_eq!(cluster.renew(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn a_lease_that_runs_out_passes_on_and_its_owner_learns_it() {
    let mut config = settings(test_redis::shared(), "expiry");
    config.lease_life = Duration::from_millis(300);
    let short = connect_with(config).await;
    let cluster = connect("expiry").await;
    let key = some_match();
    let lease = short.acquire(&key, "a", 0).await.unwrap().unwrap();
    let gone = || async { cluster.holders(&[(key, 0)]).await.unwrap() == [Held::Free] };
    until("the lease runs out", gone).await;
    assert_eq!(
        cluster.renew(&[lease]).await.unwrap(),
        [Renewal::Missing],
        "and is not revived"
    );
    let next = cluster.acquire(&key, "b", 0).await.unwrap().unwrap();
    assert!(next.token > lease.token);
    let lost = |holder: Option<&str>| Renewal::Lost {
        holder: holder.map(str::to_owned),
        token: next.token,
    };
    assert_eq!(cluster.renew(&[lease]).await.unwrap(), [lost(Some("b"))]);
    cluster.release(&next).await.unwrap();
    assert_eq!(cluster.renew(&[lease]).await.unwrap(), [lost(None)]);
}

#[tokio::test]
async fn renewing_keeps_a_lease_alive() {
    let mut config = settings(test_redis::shared(), "renewing");
    config.lease_life = Duration::from_secs(3);
    let cluster = connect_with(config).await;
    let key = some_match();
    let lease = cluster.acquire(&key, "a", 0).await.unwrap().unwrap();
    let begin = tokio::time::Instant::now();
    while begin.elapsed() < Duration::from_secs(7) {
        assert_eq!(cluster.renew(&[lease]).await.unwrap(), [Renewal::Held]);
        assert_eq!(cluster.acquire(&key, "b", 0).await.unwrap(), None);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn what_is_over_is_forgotten_but_not_its_token_and_only_by_its_owner() {
    let cluster = connect("forget").await;
    let key = some_match();
    let old = cluster.acquire(&key, "a", 0).await.unwrap().unwrap();
    cluster.append(&old, 1, &["record".into()]).await.unwrap();
    cluster.release(&old).await.unwrap();
    let lease = cluster.acquire(&key, "b", 0).await.unwrap().unwrap();
    let fenced = ClusterError::Fenced {
        match_key: key,
        token: old.token,
        fence: lease.token,
    };
    assert_eq!(cluster.forget(&old).await, Err(fenced));
    assert_eq!(cluster.shared_log(&key).await.unwrap().len(), 1);
    cluster.forget(&lease).await.unwrap();
    assert!(cluster.shared_log(&key).await.unwrap().is_empty());
    cluster.release(&lease).await.unwrap();
    let next = cluster.acquire(&key, "c", 0).await.unwrap().unwrap();
    assert_eq!(next.token, lease.token + 1);
}

#[test]
fn a_shared_lease_only_rises() {
    let match_key = some_match();
    let lease = SharedLease::new(Lease { match_key, token: 5 }, "a");
    let other = lease.clone();
    lease.raise(9);
    lease.raise(7);
    assert_eq!(other.current(), Lease { match_key, token: 9 });
}
