//! What the bus promises about a result that is offered, in one process and across a Redis Cluster: kept for
//! latecomers, one queue of signatures per offer, gone when the match is over.

use bus::{Bus, BusLimits, CosignError, Cosignatures};
use protocol::cosign::{Cosignature, SettlementOffer};
use protocol::directory::{MatchEvent, MatchStatus};
use protocol::{Cluster, MatchKey, PlayerSlot, PublicKey, Signature};

use crate::support::{detail, eventually, key, within, Pair};

const MATCH: MatchKey = MatchKey([1; 32]);

/// Each behaviour on one bus, and on two that a Redis Cluster joins.
macro_rules! on_both {
    ($($behaviour:ident;)*) => {
        mod in_one_process {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$behaviour(super::Pair::same(super::BusLimits::default())).await;
            })*
        }
        mod across_redis {
            $(#[tokio::test]
            async fn $behaviour() {
                let pair = super::Pair::joined(stringify!($behaviour), super::BusLimits::default());
                super::$behaviour(pair.await).await;
            })*
        }
    };
}

on_both! {
    an_offer_reaches_early_and_late_and_signatures_come_back;
    a_new_offer_replaces_the_old_one_and_a_dropped_queue_withdraws_its_own;
    a_match_that_is_over_asks_nobody;
}

fn offer(expires_slot: u64) -> SettlementOffer {
    SettlementOffer {
        match_key: MATCH,
        final_state: vec![1; 416],
        expires_slot,
        cluster: Cluster([2; 32]),
        program: PublicKey([3; 32]),
    }
}

fn signed(slot: u8, expires_slot: u64) -> Cosignature {
    Cosignature {
        match_key: MATCH,
        slot: PlayerSlot(slot),
        expires_slot,
        signature: Signature([slot; 64]),
    }
}

fn standing(bus: &Bus) -> Option<SettlementOffer> {
    bus.follow_settlement(&MATCH)?.borrow().as_deref().cloned()
}

async fn next(collected: &mut Cosignatures) -> Option<Cosignature> {
    within("a signature", collected.next()).await
}

async fn an_offer_reaches_early_and_late_and_signatures_come_back(pair: Pair) {
    let relay = &pair.relay;
    assert!(relay.follow_settlement(&MATCH).is_none());
    assert_eq!(
        relay.submit_cosignature(signed(0, 9)),
        Err(CosignError::UnknownMatch)
    );
    let (publisher, _queue) = pair.open(detail(1)).await;
    let mut early = relay.follow_settlement(&MATCH).unwrap();
    assert_eq!(*early.borrow(), None);
    assert_eq!(relay.submit_cosignature(signed(0, 9)), Err(CosignError::NoOffer));

    let mut collected = publisher.offer_settlement(offer(9));
    assert_eq!(collected.offer(), &offer(9));
    within("the offer", early.changed()).await.unwrap();
    assert_eq!(early.borrow().as_deref(), Some(&offer(9)));
    assert_eq!(standing(relay), Some(offer(9)));
    assert_eq!(
        relay.submit_cosignature(signed(0, 8)),
        Err(CosignError::StaleOffer)
    );
    relay.submit_cosignature(signed(0, 9)).unwrap();
    relay.submit_cosignature(signed(4, 9)).unwrap();
    assert_eq!(next(&mut collected).await, Some(signed(0, 9)));
    assert_eq!(next(&mut collected).await, Some(signed(4, 9)));
    assert_eq!(collected.try_next(), None);
}

async fn a_new_offer_replaces_the_old_one_and_a_dropped_queue_withdraws_its_own(pair: Pair) {
    let relay = &pair.relay;
    let (publisher, _queue) = pair.open(detail(1)).await;
    let first = publisher.offer_settlement(offer(9));
    eventually("the first offer", || standing(relay) == Some(offer(9))).await;
    let mut second = publisher.offer_settlement(offer(10));
    eventually("the second offer", || standing(relay) == Some(offer(10))).await;
    assert_eq!(
        relay.submit_cosignature(signed(1, 9)),
        Err(CosignError::StaleOffer)
    );
    drop(first);
    relay.submit_cosignature(signed(1, 10)).unwrap();
    assert_eq!(
        next(&mut second).await,
        Some(signed(1, 10)),
        "the new offer stands"
    );
    drop(second);
    eventually("the withdrawal", || standing(relay).is_none()).await;
    assert_eq!(relay.submit_cosignature(signed(1, 10)), Err(CosignError::NoOffer));
    let _again = publisher.offer_settlement(offer(10));
    eventually("the same again", || standing(relay) == Some(offer(10))).await;
}

async fn a_match_that_is_over_asks_nobody(pair: Pair) {
    for (number, status) in MatchStatus::ALL.into_iter().enumerate() {
        let mut detail = detail(number as u8 + 1);
        let key = detail.summary.match_key;
        detail.summary.status = MatchStatus::Live;
        let (publisher, _queue) = pair.open(detail).await;
        let offer = SettlementOffer {
            match_key: key,
            ..offer(9)
        };
        let _collected = publisher.offer_settlement(offer);
        let stands = || pair.relay.follow_settlement(&key).unwrap().borrow().is_some();
        eventually("the offer", stands).await;
        publisher.publish_event(MatchEvent::Status {
            status,
            signature: None,
        });
        publisher.update_detail(|detail| detail.summary.players = 9);
        eventually("what came last", || {
            pair.relay.detail(&key).unwrap().summary.players == 9
        })
        .await;
        eventually("the end of the offer, if it ends", || {
            stands() != status.is_over()
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_signed_in_time_is_not_lost_with_the_offer() {
    let bus = Bus::default();
    let (publisher, _queue) = bus.open_match(detail(1)).unwrap();
    let mut first = publisher.offer_settlement(offer(9));
    bus.submit_cosignature(signed(0, 9)).unwrap();
    let _second = publisher.offer_settlement(offer(10));
    assert_eq!(first.next().await, Some(signed(0, 9)));
    assert_eq!(first.next().await, None);
}

#[test]
fn signatures_that_nobody_takes_are_bounded() {
    let bus = Bus::default();
    let (publisher, _queue) = bus.open_match(detail(1)).unwrap();
    assert_eq!(key(1), MATCH);
    let collected = publisher.offer_settlement(offer(9));
    let taken = (0..10_000)
        .take_while(|_| bus.submit_cosignature(signed(0, 9)).is_ok())
        .count();
    assert!((100..1_000).contains(&taken), "{taken}");
    assert_eq!(bus.submit_cosignature(signed(0, 9)), Err(CosignError::Busy));
    drop(collected);
    assert_eq!(bus.submit_cosignature(signed(0, 9)), Err(CosignError::NoOffer));
}
