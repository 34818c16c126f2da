use bytes::Bytes;
use protocol::directory::MatchStatus;

use super::*;
use crate::bridge::support::detail;

fn frame(tick: u32) -> Frame {
    Frame {
        tick: Tick(tick),
        kind: if tick.is_multiple_of(60) {
            FrameKind::Key
        } else {
            FrameKind::Delta
        },
        bytes: Bytes::from_static(b"frame"),
    }
}

fn ticks(bytes: &[u8]) -> Vec<u32> {
    let frames = wire::decode_history(&Bytes::copy_from_slice(bytes));
    frames.iter().map(|frame| frame.tick.0).collect()
}

fn appended(write: &StateWrite) -> Vec<u32> {
    match &write.history {
        HistoryWrite::Append(bytes) => ticks(bytes),
        HistoryWrite::Replace(_) => panic!("{write:?}"),
    }
}

fn replaced(write: &StateWrite) -> Vec<u32> {
    match &write.history {
        HistoryWrite::Replace(bytes) => ticks(bytes),
        HistoryWrite::Append(_) => panic!("{write:?}"),
    }
}

#[test]
fn only_what_is_new_is_written() {
    let mut draft = Draft::new(7, detail(), None, &[frame(0), frame(1), frame(60), frame(61)]);
    let write = draft.write();
    assert!(write.is_whole());
    assert_eq!(
        (write.number, write.tick, replaced(&write)),
        (7, Tick(61), vec![60, 61])
    );
    assert!(!draft.is_dirty());

    (62..65).for_each(|tick| draft.frame(&frame(tick)));
    let write = draft.write();
    assert_eq!((write.detail.clone(), write.offer.clone()), (None, None));
    assert_eq!((write.tick, appended(&write)), (Tick(64), vec![62, 63, 64]));

    let event = MatchEvent::Status {
        status: MatchStatus::Settled,
        signature: None,
    };
    assert_eq!(draft.event(&event), 8);
    let write = draft.write();
    assert!(write.detail.is_some() && write.offer.is_none() && appended(&write).is_empty());
    assert!(draft.is_over());

    draft.frame(&frame(120));
    assert_eq!(replaced(&draft.write()), [120]);
}

#[test]
fn after_a_write_that_failed_everything_is_written() {
    let mut draft = Draft::new(0, detail(), None, &[frame(0), frame(1)]);
    draft.write();
    draft.frame(&frame(2));
    draft.write();
    draft.forget_written();
    assert!(draft.is_dirty());
    let write = draft.write();
    assert!(write.is_whole());
    assert_eq!(replaced(&write), [0, 1, 2]);
}

#[test]
fn history_begins_with_a_keyframe_and_is_bounded() {
    let mut draft = Draft::new(0, detail(), None, &[frame(1), frame(2)]);
    assert_eq!(replaced(&draft.write()), Vec::<u32>::new());
    draft.frame(&frame(60));
    for tick in (61..10_000).filter(|tick| tick % 60 != 0) {
        draft.frame(&frame(tick));
        assert!(draft.history.len() <= HISTORY_MAX);
    }
}
