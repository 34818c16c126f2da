//! What the bus promises: no gap between history and what follows, nothing unbounded, publishing never waits.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::time::{Duration, Instant};

use bus::{Accepted, Bus, BusLimits, Frame, FrameKind, InputEnvelope, OpenError, RecvError, SubmitError};
use protocol::directory::{Amount, MatchDetail, MatchEvent, MatchStatus, MatchSummary, Mode};
use protocol::input::{Input, SignedInput};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, Signature, Tick, WarriorIndex};

fn detail(number: u8) -> MatchDetail {
    MatchDetail {
        summary: MatchSummary {
            match_key: MatchKey([number; 32]),
            match_id: number.into(),
            mode: Mode::Blitz,
            status: MatchStatus::Open,
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
            created_at_ms: number.into(),
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

fn frame(tick: u32) -> Frame {
    let kind = if tick.is_multiple_of(60) {
        FrameKind::Key
    } else {
        FrameKind::Delta
    };
    Frame {
        tick: Tick(tick),
        kind,
        bytes: tick.to_le_bytes().to_vec().into(),
    }
}

fn signed() -> SignedInput {
    let input = Input {
        match_key: MatchKey([1; 32]),
        slot: PlayerSlot(0),
        sequence: 1,
        previous: Hash::default(),
        tick: Tick(0),
        warrior: WarriorIndex(0),
        heading: 0,
    };
    SignedInput {
        input,
        signature: Signature([0; 64]),
    }
}

#[test]
fn a_newcomer_gets_a_keyframe_and_everything_after_it() {
    let bus = Bus::default();
    let key = MatchKey([1; 32]);
    let (publisher, _queue) = bus.open_match(detail(1)).unwrap();
    let mut early = bus.subscribe(&key).unwrap();
    assert_eq!((early.history.len(), bus.latest_keyframe(&key)), (0, None));
    for tick in 0..=250 {
        publisher.publish_frame(frame(tick));
        let late = bus.subscribe(&key).unwrap();
        let ticks: Vec<u32> = late.history.iter().map(|frame| frame.tick.0).collect();
        let first = (tick / 60).saturating_sub(1) * 60;
        assert_eq!(ticks, (first..=tick).collect::<Vec<_>>());
        assert_eq!(bus.latest_keyframe(&key), Some(frame(tick / 60 * 60)));
    }
    assert!((0..=250).all(|tick| early.frames.try_recv() == Ok(frame(tick))));
    assert_eq!(bus.detail(&key).unwrap().summary.tick, Tick(250));
    assert_eq!(bus.summaries()[0].tick, Tick(250));
}

#[tokio::test]
async fn a_slow_follower_is_told_how_much_it_missed_and_costs_nobody_time() {
    let bus = Bus::new(BusLimits {
        frames_per_match: 64,
        ..BusLimits::default()
    });
    let (publisher, _queue) = bus.open_match(detail(1)).unwrap();
    let mut slow = bus.subscribe(&MatchKey([1; 32])).unwrap();
    let start = Instant::now();
    (0..10_000).for_each(|tick| publisher.publish_frame(frame(tick)));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(slow.frames.recv().await, Err(RecvError::Lagged(10_000 - 64)));
    assert_eq!(slow.frames.recv().await, Ok(frame(10_000 - 64)));
    let history = bus.subscribe(&MatchKey([1; 32])).unwrap().history;
    assert!(history.len() <= 64 && history[0].kind == FrameKind::Key);
}

#[test]
fn history_stays_bounded_without_keyframes() {
    let bus = Bus::new(BusLimits {
        frames_per_match: 16,
        ..BusLimits::default()
    });
    let (publisher, _queue) = bus.open_match(detail(1)).unwrap();
    for tick in 0..59 {
        publisher.publish_frame(frame(tick));
        let history = bus.subscribe(&MatchKey([1; 32])).unwrap().history;
        assert!(history.len() <= 16);
        assert!(history.first().is_none_or(|first| first.kind == FrameKind::Key));
    }
}

#[tokio::test]
async fn inputs_are_answered_or_refused() {
    let bus = Bus::new(BusLimits {
        inputs_per_match: 2,
        ..BusLimits::default()
    });
    let key = MatchKey([1; 32]);
    let (publisher, mut queue) = bus.open_match(detail(1)).unwrap();
    let submit = || {
        let (envelope, answer) = InputEnvelope::new(signed());
        bus.submit_input(&key, envelope).map(|()| answer)
    };
    let (first, second) = (submit().unwrap(), submit().unwrap());
    assert_eq!(submit().unwrap_err(), SubmitError::Busy);
    queue.try_next().unwrap().answer(Ok(Accepted { tick: Tick(7) }));
    drop(queue.next().await.unwrap());
    assert!(queue.try_next().is_none());
    assert_eq!(first.await, Ok(Ok(Accepted { tick: Tick(7) })));
    assert!(second.await.is_err(), "an envelope that is dropped ends the wait");
    queue.close();
    assert_eq!(submit().unwrap_err(), SubmitError::Closed);
    bus.remove_match(&key);
    assert_eq!(submit().unwrap_err(), SubmitError::UnknownMatch);
    assert!(bus.subscribe(&key).is_none());
    drop(publisher);
}

#[tokio::test]
async fn the_directory_follows_events() {
    let bus = Bus::new(BusLimits {
        matches_max: 2,
        ..BusLimits::default()
    });
    let mut directory = bus.directory();
    let (publisher, _queue) = bus.open_match(detail(1)).unwrap();
    let _second = bus.open_match(detail(2)).unwrap();
    assert_eq!(
        bus.open_match(detail(2)).unwrap_err(),
        OpenError::AlreadyOpen(MatchKey([2; 32]))
    );
    assert_eq!(bus.open_match(detail(3)).unwrap_err(), OpenError::TooMany(2));
    let mut events = bus.subscribe(&MatchKey([1; 32])).unwrap().events;
    let event = MatchEvent::Status {
        status: MatchStatus::Live,
        signature: None,
    };
    publisher.publish_event(event.clone());
    assert_eq!(events.recv().await, Ok(event));
    publisher.update_detail(|detail| detail.summary.players = 9);
    directory.changed().await.unwrap();
    let list = directory.borrow_and_update().clone();
    assert_eq!(
        list.iter().map(|m| m.match_key.0[0]).collect::<Vec<_>>(),
        [2, 1],
        "newest first"
    );
    assert_eq!((list[1].status, list[1].players), (MatchStatus::Live, 9));
    bus.remove_match(&MatchKey([1; 32]));
    assert_eq!(directory.borrow().len(), 1);
}
