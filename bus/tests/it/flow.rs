//! What the bus promises, in one process and across a Redis Cluster: no gap between history and what follows,
//! nothing unbounded, publishing never waits.

use std::time::{Duration, Instant};

use bus::{Accepted, Bus, BusLimits, FrameKind, InputEnvelope, OpenError, RecvError, Rejected, SubmitError};
use protocol::codes::RejectReason;
use protocol::directory::{MatchEvent, MatchStatus};
use protocol::Tick;

use crate::support::{detail, eventually, frame, key, signed, told, within, Follower, Pair};

/// Each behaviour on one bus, and on two that a Redis Cluster joins.
macro_rules! on_both {
    ($($behaviour:ident($limits:expr);)*) => {
        mod in_one_process {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$behaviour(super::Pair::same($limits)).await;
            })*
        }
        mod across_redis {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$behaviour(super::Pair::joined(stringify!($behaviour), $limits).await).await;
            })*
        }
    };
}

on_both! {
    a_newcomer_gets_a_keyframe_and_everything_after_it(super::BusLimits::default());
    inputs_are_answered_or_refused(super::BusLimits { inputs_per_match: 2, ..super::BusLimits::default() });
    the_directory_follows_events(super::BusLimits::default());
    the_detail_follows_changes_without_events(super::BusLimits::default());
    a_removed_match_is_gone(super::BusLimits::default());
}

async fn a_newcomer_gets_a_keyframe_and_everything_after_it(pair: Pair) {
    let (publisher, _queue) = pair.open(detail(1)).await;
    let mut followers = vec![Follower::new(&pair.relay, &key(1))];
    let mut ticks = 0..=250;
    for later in [0, 1, 59, 60, 61, 130, 250] {
        for tick in ticks.by_ref() {
            publisher.publish_frame(frame(tick));
            tokio::time::sleep(Duration::from_millis(3)).await;
            if tick == later {
                break;
            }
        }
        followers.push(Follower::new(&pair.relay, &key(1)));
    }
    for follower in &mut followers {
        follower.up_to(250).await;
        let first = follower.ticks[0];
        assert_eq!(follower.ticks, (first..=250).collect::<Vec<_>>());
        assert_eq!(follower.frames.last(), Some(&frame(250)));
    }
    let late = Follower::new(&pair.relay, &key(1));
    assert_eq!(late.ticks, (180..=250).collect::<Vec<_>>());
    assert_eq!(pair.relay.latest_keyframe(&key(1)), Some(frame(240)));
    assert_eq!(pair.relay.detail(&key(1)).unwrap().summary.tick, Tick(250));
    assert_eq!(pair.relay.summaries()[0].tick, Tick(250));
}

async fn inputs_are_answered_or_refused(pair: Pair) {
    let (publisher, mut queue) = pair.open(detail(1)).await;
    let refused = |reason| Err(Rejected { reason, chain: None });
    let submit = |sequence| {
        let relay = pair.relay.clone();
        tokio::spawn(async move { told(&relay, signed(1, sequence)).await })
    };
    let first = submit(1);
    let taken = within("the first input", queue.next()).await.unwrap();
    assert_eq!(taken.signed, signed(1, 1));
    taken.answer(Ok(Accepted {
        tick: Tick(7),
        receipt: protocol::Signature([9; 64]),
    }));
    assert_eq!(
        first.await.unwrap(),
        Ok(Accepted {
            tick: Tick(7),
            receipt: protocol::Signature([9; 64])
        })
    );

    let waiting = [submit(2), submit(3), submit(4), submit(5)];
    eventually("two wait and two were refused", || {
        waiting.iter().filter(|told| told.is_finished()).count() == 2
    })
    .await;
    drop(queue.try_next().unwrap());
    queue
        .try_next()
        .unwrap()
        .answer(refused(RejectReason::WrongSequence));
    assert!(queue.try_next().is_none());
    let mut outcomes = Vec::new();
    for told in waiting {
        outcomes.push(told.await.unwrap());
    }
    // An envelope that is dropped, like a full queue, says that the match is busy.
    outcomes.sort_by_key(|outcome| outcome.unwrap_err().reason as u8);
    let mut expected = vec![refused(RejectReason::Busy); 3];
    expected.push(refused(RejectReason::WrongSequence));
    expected.sort_by_key(|outcome| outcome.unwrap_err().reason as u8);
    assert_eq!(outcomes, expected);

    queue.close();
    assert_eq!(submit(6).await.unwrap(), refused(RejectReason::Ended));
    drop(publisher);
}

async fn the_directory_follows_events(pair: Pair) {
    let (publisher, _queue) = pair.open(detail(1)).await;
    let _second = pair.open(detail(2)).await;
    // Whoever follows hears of the event itself, also if nobody else does.
    let mut events = pair.relay.subscribe(&key(1)).unwrap().events;
    let event = MatchEvent::Status {
        status: MatchStatus::Live,
        signature: None,
    };
    publisher.publish_event(event.clone());
    assert_eq!(within("the event", events.recv()).await, Ok(event));
    publisher.update_detail(|detail| detail.summary.players = 9);
    let mut directory = pair.relay.directory();
    let is_listed = |list: &std::sync::Arc<Vec<protocol::directory::MatchSummary>>| {
        list.iter().map(|m| m.match_key.0[0]).eq([2, 1]) && list[1].players == 9
    };
    let list = within("the list", directory.wait_for(is_listed))
        .await
        .unwrap()
        .clone();
    assert_eq!(list[1].status, MatchStatus::Live);
}

async fn the_detail_follows_changes_without_events(pair: Pair) {
    let (publisher, _queue) = pair.open(detail(1)).await;
    for players in 1..20 {
        publisher.update_detail(|detail| detail.summary.players = players);
        publisher.publish_event(MatchEvent::Ended {
            tick: Tick(players.into()),
        });
    }
    let expected = publisher.detail();
    eventually("the detail is the same", || {
        pair.relay.detail(&key(1)).is_some_and(|detail| {
            let mut detail = (*detail).clone();
            detail.summary.tick = expected.summary.tick;
            detail == *expected
        })
    })
    .await;
}

async fn a_removed_match_is_gone(pair: Pair) {
    let (publisher, _queue) = pair.open(detail(1)).await;
    let mut follower = Follower::new(&pair.relay, &key(1));
    publisher.publish_frame(frame(0));
    follower.up_to(0).await;
    pair.crank.remove_match(&key(1));
    drop(publisher);
    eventually("the relay forgot the match", || {
        pair.relay.subscribe(&key(1)).is_none()
    })
    .await;
    let told = told(&pair.relay, signed(1, 1)).await;
    assert_eq!(told.unwrap_err().reason, RejectReason::UnknownMatch);
    let end = within("the end of the frames", follower.subscription.frames.recv()).await;
    assert_eq!(end, Err(RecvError::Closed));
}

#[test]
fn history_is_what_a_newcomer_needs() {
    let bus = Bus::default();
    let (publisher, _queue) = bus.open_match(detail(1)).unwrap();
    for tick in 0..=250 {
        publisher.publish_frame(frame(tick));
        let late = bus.subscribe(&key(1)).unwrap();
        let ticks: Vec<u32> = late.history.iter().map(|frame| frame.tick.0).collect();
        let first = (tick / 60).saturating_sub(1) * 60;
        assert_eq!(ticks, (first..=tick).collect::<Vec<_>>());
        assert_eq!(bus.latest_keyframe(&key(1)), Some(frame(tick / 60 * 60)));
    }
}

#[tokio::test]
async fn a_slow_follower_is_told_how_much_it_missed_and_costs_nobody_time() {
    let bus = Bus::new(BusLimits {
        frames_per_match: 64,
        ..BusLimits::default()
    });
    let (publisher, _queue) = bus.open_match(detail(1)).unwrap();
    let mut slow = bus.subscribe(&key(1)).unwrap();
    let start = Instant::now();
    (0..10_000).for_each(|tick| publisher.publish_frame(frame(tick)));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(slow.frames.recv().await, Err(RecvError::Lagged(10_000 - 64)));
    assert_eq!(slow.frames.recv().await, Ok(frame(10_000 - 64)));
    let history = bus.subscribe(&key(1)).unwrap().history;
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
        let history = bus.subscribe(&key(1)).unwrap().history;
        assert!(history.len() <= 16);
        assert!(history.first().is_none_or(|first| first.kind == FrameKind::Key));
    }
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let bus = Bus::new(BusLimits {
        inputs_per_match: 2,
        ..BusLimits::default()
    });
    let (publisher, mut queue) = bus.open_match(detail(1)).unwrap();
    let submit = || {
        let (envelope, answer) = InputEnvelope::new(signed(1, 1));
        bus.submit_input(&key(1), envelope).map(|()| answer)
    };
    let (first, second) = (submit().unwrap(), submit().unwrap());
    assert_eq!(submit().unwrap_err(), SubmitError::Busy);
    queue.try_next().unwrap().answer(Ok(Accepted {
        tick: Tick(7),
        receipt: protocol::Signature([9; 64]),
    }));
    drop(queue.next().await.unwrap());
    assert!(queue.try_next().is_none());
    assert_eq!(
        first.await,
        Ok(Ok(Accepted {
            tick: Tick(7),
            receipt: protocol::Signature([9; 64])
        }))
    );
    assert!(second.await.is_err(), "an envelope that is dropped ends the wait");
    queue.close();
    assert_eq!(submit().unwrap_err(), SubmitError::Closed);
    bus.remove_match(&key(1));
    assert_eq!(submit().unwrap_err(), SubmitError::UnknownMatch);
    assert!(bus.subscribe(&key(1)).is_none());
    drop(publisher);
}

#[test]
fn matches_are_opened_once_and_bounded() {
    let bus = Bus::new(BusLimits {
        matches_max: 2,
        ..BusLimits::default()
    });
    let directory = bus.directory();
    let _first = bus.open_match(detail(1)).unwrap();
    let _second = bus.open_match(detail(2)).unwrap();
    assert_eq!(
        bus.open_match(detail(2)).unwrap_err(),
        OpenError::AlreadyOpen(key(2))
    );
    assert_eq!(bus.open_match(detail(3)).unwrap_err(), OpenError::TooMany(2));
    assert_eq!(directory.borrow().len(), 2);
    bus.remove_match(&key(1));
    assert_eq!(directory.borrow().len(), 1);
}
