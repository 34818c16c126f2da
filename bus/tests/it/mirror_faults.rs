//! A Redis that comes and goes: matches stay on the relay, followers go on with a keyframe, inputs are
//! answered or refused.

use std::time::Duration;

use bus::{Accepted, Bus, Export, Import, InputQueue};
use protocol::codes::RejectReason;
use protocol::Tick;
use test_redis::Cluster;
use tokio::task::JoinHandle;

use crate::support::{acquire, connect, detail, eventually, key, signed, told, within, Follower, Ticker};

/// A crank with a match, and a relay that follows it.
struct Stage {
    ticker: Ticker,
    relay: Bus,
    follower: Follower,
    answering: JoinHandle<()>,
    _crank: Bus,
    _export: Export,
    _import: Import,
}

impl Stage {
    async fn set(redis: &Cluster) -> Self {
        let cluster = connect(redis.urls(), "faults").await;
        let (crank, relay) = (Bus::default(), Bus::default());
        let (publisher, queue) = crank.open_match(detail(1)).unwrap();
        let lease = acquire(&cluster, &key(1), "crank").await;
        let (export, import) = (
            Export::start(&cluster, &crank, lease),
            Import::start(&cluster, &relay),
        );
        eventually("the relay has the match", || relay.detail(&key(1)).is_some()).await;
        Self {
            ticker: Ticker::start(publisher, 0, 0),
            follower: Follower::new(&relay, &key(1)),
            answering: tokio::spawn(answer(queue)),
            relay,
            _crank: crank,
            _export: export,
            _import: import,
        }
    }

    /// Everything works.
    async fn works(&mut self) {
        self.follower.up_to(self.ticker.now() + 10).await;
        let accepted = Ok(Accepted {
            tick: Tick(7),
            receipt: protocol::Signature([9; 64]),
        });
        let asking = async {
            loop {
                let outcome = told(&self.relay, signed(1, 1)).await;
                if outcome == accepted {
                    break;
                }
                assert_eq!(outcome.unwrap_err().reason, RejectReason::Busy);
            }
        };
        within("an input is accepted", asking).await;
        assert!(self.relay.detail(&key(1)).is_some(), "the match stays");
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.answering.abort();
    }
}

async fn answer(mut queue: InputQueue) {
    while let Some(envelope) = queue.next().await {
        envelope.answer(Ok(Accepted {
            tick: Tick(7),
            receipt: protocol::Signature([9; 64]),
        }));
    }
}

#[tokio::test]
async fn nodes_that_lose_everything_one_after_the_other_take_nothing_away() {
    let redis = Cluster::start();
    let mut stage = Stage::set(&redis).await;
    stage.works().await;
    for node in 0..3 {
        redis.stop(node);
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(stage.relay.detail(&key(1)).is_some());
        redis.start_again(node);
        stage.works().await;
    }
    let fresh = Bus::default();
    let cluster = connect(redis.urls(), "faults").await;
    let _import = Import::start(&cluster, &fresh);
    eventually("a new relay finds the match", || fresh.detail(&key(1)).is_some()).await;
}

#[tokio::test]
async fn a_node_that_hangs_for_a_while_is_caught_up_with() {
    let redis = Cluster::start();
    let mut stage = Stage::set(&redis).await;
    stage.works().await;
    for node in 0..3 {
        redis.pause(node);
        // Below the time after which the others would call the cluster incomplete.
        tokio::time::sleep(Duration::from_millis(1_300)).await;
        redis.resume(node);
        stage.works().await;
    }
}
