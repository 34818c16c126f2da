//! Whoever can write Redis can write nonsense: it is named, nothing is written on the strength of it, and the
//! owner of a match goes on as soon as the lease is renewed or taken again.

use bytes::Bytes;
use cluster::{AppendError, Cluster, ClusterError, Held, Lease, Renewal};
use protocol::MatchKey;

use crate::support::{connect_with, settings, some_match};

/// What is no token that was ever given.
const NO_TOKENS: &[&str] = &[
    "1e300",
    "1e3",
    "inf",
    "nan",
    "-1",
    "-9007199254740993",
    "0x10",
    "1.5",
    " 7",
    "",
    "somebody",
    "9007199254740991",
    "99999999999999999999999999",
];

struct Stage {
    redis: test_redis::Cluster,
    cluster: Cluster,
}

impl Stage {
    async fn set() -> Self {
        let redis = test_redis::Cluster::start();
        let cluster = connect_with(settings(redis.urls(), "forgery")).await;
        Self { redis, cluster }
    }

    async fn own(&self, key: &MatchKey, floor: u64) -> Lease {
        let lease = self.cluster.acquire(key, "owner", floor).await.unwrap();
        lease.expect("nobody has it")
    }

    fn forge(&self, command: &[&str]) {
        self.redis.ask(command);
    }

    async fn append(&self, lease: &Lease, number: u64) -> Result<(), AppendError> {
        let record = Bytes::from(format!("record {number}"));
        self.cluster.append(lease, number, &[record]).await
    }
}

fn unsound(key: MatchKey, value: &str) -> ClusterError {
    ClusterError::Unsound {
        match_key: key,
        value: value.to_owned(),
    }
}

#[tokio::test]
async fn a_fence_that_is_no_token_is_named_and_the_next_renewal_puts_it_right() {
    let stage = Stage::set().await;
    let key = some_match();
    let lease = stage.own(&key, 41).await;
    let fence = stage.cluster.keys().fence(&key);
    for (number, value) in (1..).zip(NO_TOKENS) {
        stage.forge(&["SET", &fence, value]);
        let expected: String = value.chars().take(40).collect();
        let refused = Err(AppendError::Cluster(unsound(key, &expected)));
        assert_eq!(stage.append(&lease, number).await, refused, "{value:?}");
        assert_eq!(
            stage.cluster.renew(&[lease]).await.unwrap(),
            [Renewal::Held],
            "{value:?}"
        );
        assert_eq!(stage.append(&lease, number).await, Ok(()), "{value:?}");
    }
    stage.forge(&["DEL", &fence]);
    stage.forge(&["LPUSH", &fence, "1"]);
    let error = stage.append(&lease, 1).await.unwrap_err();
    assert!(error.to_string().contains("another type"), "{error}");
    assert_eq!(stage.cluster.renew(&[lease]).await.unwrap(), [Renewal::Held]);
    assert_eq!(
        stage.cluster.shared_log(&key).await.unwrap().len(),
        NO_TOKENS.len()
    );
    let error = unsound(key, "1e300");
    let text = error.to_string();
    assert!(
        text.contains("1e300") && text.contains(&key.to_string()) && text.contains("whole number"),
        "{text}"
    );
    assert!(error.is_transient(), "it is put right by renewing");
}

#[tokio::test]
async fn a_fence_that_is_no_token_does_not_keep_anybody_from_the_match() {
    let stage = Stage::set().await;
    for value in NO_TOKENS {
        let key = some_match();
        let lease = stage.own(&key, 41).await;
        stage.cluster.release(&lease).await.unwrap();
        stage.forge(&["SET", &stage.cluster.keys().fence(&key), value]);
        // The lease ran out and Redis knows nothing sensible: the store's token is what counts.
        assert_eq!(
            stage.cluster.renew(&[lease]).await.unwrap(),
            [Renewal::Missing],
            "{value:?}"
        );
        let next = stage.own(&key, lease.token).await;
        assert_eq!(next.token, lease.token + 1, "{value:?}");
        assert_eq!(stage.append(&next, 1).await, Ok(()));
        let later = Err(AppendError::Fenced { token: next.token });
        assert_eq!(stage.append(&lease, 1).await, later);
    }
}

#[tokio::test]
async fn a_fence_that_is_no_token_does_not_keep_what_is_over() {
    let stage = Stage::set().await;
    let key = some_match();
    let lease = stage.own(&key, 0).await;
    stage.append(&lease, 1).await.unwrap();
    stage.forge(&["SET", &stage.cluster.keys().fence(&key), "1e300"]);
    stage.cluster.forget(&lease).await.unwrap();
    assert!(stage.cluster.shared_log(&key).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_lease_is_nobodys() {
    let stage = Stage::set().await;
    let key = some_match();
    let name = stage.cluster.keys().lease(&key);
    let forgeries: [&[&str]; 6] = [
        &["SET", &name, "somebody", "PX", "600000"],
        &["SET", &name, "", "PX", "600000"],
        &["SET", &name, "-4:somebody", "PX", "600000"],
        &["SET", &name, "1e300:somebody", "PX", "600000"],
        &["SET", &name, "9007199254740991:somebody", "PX", "600000"],
        &["LPUSH", &name, "7:somebody"],
    ];
    let mut floor = 0;
    for forgery in forgeries {
        stage.forge(&["DEL", &name]);
        stage.forge(forgery);
        let held = stage.cluster.holders(&[(key, floor)]).await.unwrap();
        assert_eq!(held, [Held::Free], "{forgery:?}");
        let lease = stage.own(&key, floor).await;
        assert_eq!(lease.token, floor + 1, "{forgery:?}");
        floor = lease.token;
        // Its owner loses it to nonsense, learns that, and takes it again.
        stage.forge(&["DEL", &name]);
        stage.forge(forgery);
        assert_eq!(
            stage.cluster.renew(&[lease]).await.unwrap(),
            [Renewal::Missing],
            "{forgery:?}"
        );
    }
    stage.forge(&["DEL", &name]);
    // One that would hold for ever.
    stage.forge(&["SET", &name, "7:somebody"]);
    assert_eq!(stage.own(&key, floor).await.token, floor + 1);
}

#[tokio::test]
async fn a_token_may_be_so_far_above_the_one_that_is_known_and_no_further() {
    let stage = Stage::set().await;
    let far = 100 + (1 << 42);
    for (token, is_one) in [(far, true), (far + 1, false)] {
        let key = some_match();
        let (fence, lease) = (stage.cluster.keys().fence(&key), stage.cluster.keys().lease(&key));
        stage.forge(&["SET", &fence, &token.to_string()]);
        let next = stage.own(&key, 100).await;
        assert_eq!(next.token, if is_one { token + 1 } else { 101 });
        let text = format!("{token}:somebody");
        stage.forge(&["SET", &lease, &text, "PX", "600000"]);
        let held = stage.cluster.holders(&[(key, 100)]).await.unwrap();
        assert_eq!(held == [Held::Free], !is_one, "{held:?}");
        let taken = stage.cluster.acquire(&key, "another", 100).await.unwrap();
        assert_eq!(taken.is_some(), !is_one, "{taken:?}");
    }
}

#[tokio::test]
async fn a_lease_that_cannot_be_read_hides_no_other() {
    let stage = Stage::set().await;
    let keys = [some_match(), some_match(), some_match()];
    let leases = [stage.own(&keys[0], 0).await, stage.own(&keys[2], 0).await];
    for forgery in [&["SET"][..], &["LPUSH"]] {
        let name = stage.cluster.keys().lease(&keys[1]);
        stage.forge(&["DEL", &name]);
        stage.forge(&[forgery, &[&name, "nonsense"]].concat());
        let held = stage.cluster.holders(&keys.map(|key| (key, 1))).await.unwrap();
        assert!(
            matches!(&held[..], [Held::By(_), Held::Free, Held::By(_)]),
            "{held:?}"
        );
    }
    let mut asked = leases.to_vec();
    asked.insert(
        1,
        Lease {
            match_key: keys[1],
            token: 1,
        },
    );
    assert_eq!(
        stage.cluster.renew(&asked).await.unwrap(),
        [Renewal::Held, Renewal::Missing, Renewal::Held]
    );
}
