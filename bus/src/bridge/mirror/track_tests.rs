use bytes::Bytes;

use super::*;

const fn version(token: u64, number: u64) -> Version {
    Version { token, number }
}

fn frame(tick: u32) -> Frame {
    let kind = if tick.is_multiple_of(10) {
        FrameKind::Key
    } else {
        FrameKind::Delta
    };
    Frame {
        tick: Tick(tick),
        kind,
        bytes: Bytes::new(),
    }
}

fn frames(ticks: std::ops::RangeInclusive<u32>) -> Vec<Frame> {
    ticks.map(frame).collect()
}

/// Ticks that come out; a jump has a minus.
fn ticks(steps: Vec<Step>) -> Vec<i64> {
    let tick = |step: Step| match step {
        Step::Next(frame) => i64::from(frame.tick.0),
        Step::Jump(frame) => -i64::from(frame.tick.0),
    };
    steps.into_iter().map(tick).collect()
}

/// Has the state of version 1:1, and frames up to `last`.
fn track(last: u32) -> Track {
    let mut track = Track::default();
    let (replace, steps) = track.state(version(1, 1), frames(last / 10 * 10..=last));
    assert!(replace && !steps.is_empty() && !track.needs_state());
    track
}

fn feed(track: &mut Track, token: u64, tick: u32) -> Vec<i64> {
    ticks(track.frame(version(token, 1), frame(tick)))
}

#[test]
fn frames_come_out_once_and_in_order() {
    let mut track = track(12);
    assert_eq!(feed(&mut track, 1, 12), []);
    assert_eq!(feed(&mut track, 1, 13), [13]);
    assert_eq!(feed(&mut track, 1, 13), []);
    assert_eq!(feed(&mut track, 1, 10), [], "an old keyframe");
    assert!(!track.needs_state());
    assert_eq!(track.take_gaps(), 0);
}

#[test]
fn after_a_gap_a_keyframe_goes_on() {
    let mut track = track(12);
    assert_eq!(feed(&mut track, 1, 15), []);
    assert_eq!(feed(&mut track, 1, 16), []);
    assert!(track.needs_state());
    assert_eq!((track.take_gaps(), track.take_gaps()), (1, 0));
    assert_eq!(feed(&mut track, 1, 20), [-20]);
    assert_eq!(feed(&mut track, 1, 21), [21]);
    assert!(!track.needs_state());
}

#[test]
fn after_a_gap_the_history_goes_on_and_what_waited_follows() {
    let mut track = track(12);
    assert_eq!(feed(&mut track, 1, 15), []);
    assert_eq!(feed(&mut track, 1, 16), []);
    let (replace, steps) = track.state(version(1, 1), frames(10..=13));
    assert_eq!((replace, ticks(steps)), (false, vec![13]));
    assert!(track.needs_state(), "tick 14 is missing");
    let (_, steps) = track.state(version(1, 1), frames(10..=14));
    assert_eq!(ticks(steps), [14, 15, 16]);
    assert!(!track.needs_state());
}

#[test]
fn a_newcomer_gets_the_history_and_what_came_meanwhile() {
    let mut track = Track::default();
    assert_eq!(feed(&mut track, 1, 13), []);
    assert_eq!(feed(&mut track, 1, 14), []);
    assert_eq!(track.take_gaps(), 0, "nothing was missed by anybody");
    let (replace, steps) = track.state(version(1, 1), frames(10..=13));
    assert_eq!((replace, ticks(steps)), (true, vec![-10, 11, 12, 13, 14]));
    track.rest();
    let (_, steps) = track.state(version(1, 1), frames(10..=13));
    assert_eq!(ticks(steps), [-10, 11, 12, 13], "whoever comes later begins anew");
}

#[test]
fn a_new_owner_begins_with_a_later_keyframe_and_the_old_one_is_not_heard_any_more() {
    let mut track = track(12);
    assert_eq!(
        feed(&mut track, 2, 13),
        [],
        "it may not continue what another computed"
    );
    assert!(track.needs_state());
    assert_eq!(feed(&mut track, 1, 13), [], "the old owner");
    assert!(!track.change(version(1, 2)));
    let (replace, steps) = track.state(version(1, 9), frames(10..=14));
    assert_eq!((replace, ticks(steps)), (false, vec![]));
    let (replace, steps) = track.state(version(2, 1), frames(10..=13));
    assert_eq!((replace, ticks(steps)), (true, vec![]));
    assert_eq!(feed(&mut track, 2, 10), [], "not later than what followers saw");
    assert_eq!(feed(&mut track, 2, 20), [-20]);
    assert_eq!(feed(&mut track, 2, 21), [21]);
}

#[test]
fn changes_are_applied_one_after_the_other() {
    let mut track = track(12);
    assert!(track.change(version(1, 2)));
    assert!(!track.change(version(1, 2)), "once");
    assert!(!track.change(version(1, 4)));
    assert!(track.needs_state());
    assert_eq!(track.take_gaps(), 1);
    let (replace, _) = track.state(version(1, 3), vec![]);
    assert!(replace && track.needs_state(), "it is older than what was heard");
    let (replace, _) = track.state(version(1, 4), vec![]);
    assert!(replace && !track.needs_state());
    assert!(track.change(version(1, 5)));
}

#[test]
fn a_frame_tells_of_a_change_that_was_missed() {
    let mut track = track(12);
    assert_eq!(ticks(track.frame(version(1, 2), frame(13))), [13]);
    assert!(track.needs_state());
}

#[test]
fn what_may_have_been_lost_is_read_again() {
    let mut track = track(12);
    track.suspect(true);
    assert_eq!(track.take_gaps(), 1);
    assert!(track.needs_state());
    let (replace, steps) = track.state(version(1, 1), frames(10..=12));
    assert_eq!((replace, ticks(steps)), (false, vec![]));
    assert!(!track.needs_state());
}

#[test]
fn what_waits_is_bounded() {
    let mut track = track(12);
    for tick in (14..10_000).filter(|tick| tick % 10 != 0) {
        feed(&mut track, 1, tick);
        assert!(track.waiting.len() <= WAITING_MAX);
    }
}
