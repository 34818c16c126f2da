//! What the bus promises about a result that is offered: kept for latecomers, one queue of signatures per offer, gone
//! when the match is over.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bus::{Bus, CosignError};
use protocol::cosign::{Cosignature, SettlementOffer};
use protocol::directory::{Amount, MatchDetail, MatchEvent, MatchStatus, MatchSummary, Mode};
use protocol::{Cluster, Hash, MatchKey, PlayerSlot, PublicKey, Signature, Tick};

const MATCH: MatchKey = MatchKey([1; 32]);

fn detail() -> MatchDetail {
    MatchDetail {
        summary: MatchSummary {
            match_key: MATCH,
            match_id: 1,
            mode: Mode::Blitz,
            status: MatchStatus::Live,
            mint: PublicKey::default(),
            decimals: 6,
            symbol: "TEST".into(),
            stake_per_warrior: Amount(1),
            players: 0,
            players_max: 20,
            warriors: 0,
            warriors_max: 20,
            pot: Amount(0),
            tick: Tick(0),
            length_ticks: 5400,
            created_at_ms: 1,
            starts_at_ms: None,
        },
        operator: PublicKey::default(),
        rules_hash: Hash::default(),
        rules: vec![],
        drip_root: Hash::default(),
        seed: None,
        genesis_leaf: None,
        players: vec![],
        checkpoints: vec![],
        result: None,
        created_in: None,
        locked_in: None,
        started_in: None,
    }
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

#[tokio::test]
async fn an_offer_reaches_early_and_late_and_signatures_come_back() {
    let bus = Bus::default();
    assert!(bus.follow_settlement(&MATCH).is_none());
    assert_eq!(
        bus.submit_cosignature(signed(0, 9)),
        Err(CosignError::UnknownMatch)
    );
    let (publisher, _queue) = bus.open_match(detail()).unwrap();
    let mut early = bus.follow_settlement(&MATCH).unwrap();
    assert_eq!(*early.borrow(), None);
    assert_eq!(bus.submit_cosignature(signed(0, 9)), Err(CosignError::NoOffer));

    let mut collected = publisher.offer_settlement(offer(9));
    assert_eq!(collected.offer(), &offer(9));
    early.changed().await.unwrap();
    let late = bus.follow_settlement(&MATCH).unwrap();
    for seen in [&early, &late] {
        assert_eq!(seen.borrow().as_deref(), Some(&offer(9)));
    }
    assert_eq!(bus.submit_cosignature(signed(0, 8)), Err(CosignError::StaleOffer));
    bus.submit_cosignature(signed(0, 9)).unwrap();
    bus.submit_cosignature(signed(4, 9)).unwrap();
    assert_eq!(collected.next().await, Some(signed(0, 9)));
    assert_eq!(collected.try_next(), Some(signed(4, 9)));
    assert_eq!(collected.try_next(), None);
}

#[tokio::test]
async fn a_new_offer_ends_the_old_queue_and_a_dropped_queue_its_own_offer() {
    let bus = Bus::default();
    let (publisher, _queue) = bus.open_match(detail()).unwrap();
    let mut first = publisher.offer_settlement(offer(9));
    bus.submit_cosignature(signed(0, 9)).unwrap();
    let mut second = publisher.offer_settlement(offer(10));
    assert_eq!(bus.submit_cosignature(signed(1, 9)), Err(CosignError::StaleOffer));
    assert_eq!(
        first.next().await,
        Some(signed(0, 9)),
        "what came in time is not lost"
    );
    assert_eq!(first.next().await, None);
    drop(first);
    bus.submit_cosignature(signed(1, 10)).unwrap();
    assert_eq!(second.next().await, Some(signed(1, 10)), "the new offer stands");
    drop(second);
    assert_eq!(*bus.follow_settlement(&MATCH).unwrap().borrow(), None);
    assert_eq!(bus.submit_cosignature(signed(1, 10)), Err(CosignError::NoOffer));
}

#[test]
fn a_match_that_is_over_asks_nobody() {
    for status in MatchStatus::ALL {
        let bus = Bus::default();
        let (publisher, _queue) = bus.open_match(detail()).unwrap();
        let _collected = publisher.offer_settlement(offer(9));
        publisher.publish_event(MatchEvent::Status {
            status,
            signature: None,
        });
        let stands = bus.follow_settlement(&MATCH).unwrap().borrow().is_some();
        assert_eq!(stands, !status.is_over(), "{status:?}");
    }
}

#[test]
fn signatures_that_nobody_takes_are_bounded() {
    let bus = Bus::default();
    let (publisher, _queue) = bus.open_match(detail()).unwrap();
    let collected = publisher.offer_settlement(offer(9));
    let taken = (0..10_000)
        .take_while(|_| bus.submit_cosignature(signed(0, 9)).is_ok())
        .count();
    assert!((100..1_000).contains(&taken), "{taken}");
    assert_eq!(bus.submit_cosignature(signed(0, 9)), Err(CosignError::Busy));
    drop(collected);
    assert_eq!(bus.submit_cosignature(signed(0, 9)), Err(CosignError::NoOffer));
}
