use protocol::directory::MatchStatus;
use protocol::{Hash, MatchKey, PlayerSlot, Signature, WarriorIndex};

use super::*;

fn check_down(body: DownBody) {
    let version = Version {
        token: 7,
        number: 1 << 40,
    };
    let down = Down { version, body };
    let bytes = down.encode().unwrap();
    assert_eq!(Down::decode(&bytes), Some(down));
    for length in 0..HEAD {
        assert_eq!(Down::decode(&bytes.slice(..length)), None, "cut to {length}");
    }
}

fn frames() -> Vec<Frame> {
    let frame = |(tick, kind, bytes): (u32, FrameKind, &'static [u8])| Frame {
        tick: Tick(tick),
        kind,
        bytes: Bytes::from_static(bytes),
    };
    [
        (60, FrameKind::Key, &b"a keyframe"[..]),
        (61, FrameKind::Delta, &b""[..]),
        (70_000, FrameKind::Delta, &b"delta"[..]),
    ]
    .map(frame)
    .to_vec()
}

#[test]
fn messages_survive_the_way() {
    for frame in frames() {
        check_down(DownBody::Frame(frame));
    }
    check_down(DownBody::Control(Control::Offer(None)));
    check_down(DownBody::Control(Control::Event(MatchEvent::Status {
        status: MatchStatus::Live,
        signature: Some(Signature([3; 64])),
    })));
}

#[test]
fn history_survives_the_way_and_a_cut_ends_it_with_a_whole_frame() {
    let frames = frames();
    let bytes = Bytes::from(encode_history(&frames));
    assert_eq!(decode_history(&bytes), frames);
    for length in 0..bytes.len() {
        let read = decode_history(&bytes.slice(..length));
        assert!(
            read.len() < frames.len() && read == frames[..read.len()],
            "cut to {length}"
        );
    }
}

#[test]
fn inputs_and_answers_survive_the_way() {
    let up = Up::Input(SignedInput {
        input: protocol::input::Input {
            match_key: MatchKey([1; 32]),
            slot: PlayerSlot(2),
            sequence: 3,
            previous: Hash([4; 32]),
            tick: Tick(5),
            warrior: WarriorIndex(6),
            heading: 7,
        },
        signature: Signature([8; 64]),
    });
    assert_eq!(decode::<Up>(&encode(&up).unwrap()), Some(up));
    let outcomes: [Option<InputOutcome>; 3] = [
        Some(Ok(Accepted {
            tick: Tick(9),
            receipt: protocol::Signature([9; 64]),
        })),
        Some(Err(Rejected {
            reason: RejectReason::WrongSequence,
            chain: Some(ChainHead::default()),
        })),
        None,
    ];
    for outcome in outcomes {
        let answers = vec![Answer {
            number: u64::MAX,
            outcome: outcome.into(),
        }];
        let read: Vec<Answer> = decode(&encode(&answers).unwrap()).unwrap();
        assert_eq!(Option::<InputOutcome>::from(read[0].outcome), outcome);
    }
}

#[test]
fn what_is_no_message_is_refused() {
    for bytes in [
        &b""[..],
        b"ttttttttnnnnnnnn\x03aaaaaaaa",
        b"ttttttttnnnnnnnn\x02\xff",
        b"ttttttttnnnnnnnn\x00abc",
    ] {
        assert_eq!(Down::decode(&Bytes::from_static(bytes)), None, "{bytes:?}");
    }
    let mut trailing = encode(&Control::Offer(None)).unwrap();
    trailing.push(0);
    assert_eq!(decode::<Control>(&trailing), None);
}

#[test]
fn listings_are_read_or_refused() {
    let listing = Listing {
        expires_ms: 1_800_000_000_000,
        version: Version { token: 3, number: 4 },
        tick: Tick(5),
    };
    assert_eq!(Listing::parse("1800000000000:3:4:5"), Some(listing));
    for text in ["", "1:2:3", "1:2:3:4:5", "a:2:3:4", "1:2:3:-4"] {
        assert_eq!(Listing::parse(text), None, "{text}");
    }
}

#[test]
fn a_later_owner_is_above_every_change_of_an_earlier_one() {
    let version = |token, number| Version { token, number };
    assert!(version(2, 0) > version(1, u64::MAX));
    assert!(version(2, 1) > version(2, 0));
}
