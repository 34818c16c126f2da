#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use arena::HostSha256;

use super::*;

fn room() -> Box<Room> {
    let mut room: Box<Room> = bytemuck::zeroed_box();
    room.rules.0.copy_from_slice(Rules::BLITZ.as_bytes());
    room.owners[..4].copy_from_slice(&[0, 0, 1, 2]);
    room.seed = [9; 32];
    room
}

fn message(room: &Room, answer: i32) -> &str {
    std::str::from_utf8(&room.message[..usize::try_from(-answer).unwrap()]).unwrap()
}

#[test]
fn a_segment_equals_sixty_ticks_and_the_rules_themselves() {
    let (mut whole, mut single) = (room(), room());
    let len = usize::try_from(whole.start(4, 4)).unwrap();
    assert_eq!(usize::try_from(single.start(4, 4)).unwrap(), len);
    assert_eq!(whole.segment(4, 1), 60);
    for tick in 1..=60 {
        assert_eq!(single.tick(4, 1), tick);
    }
    assert_eq!(whole.state.0, single.state.0);

    let mut state = arena::genesis::<HostSha256>(&Rules::BLITZ, &[0, 0, 1, 2], 4, &[9; 32]).unwrap();
    arena::step_segment::<HostSha256>(
        &Rules::BLITZ,
        &mut state.view_mut(),
        &mut Scratch::new(),
        &[0; 32],
        &SegmentInputs::empty(),
        &[0, 0, 1, 2],
        &mut (),
    )
    .unwrap();
    assert_eq!(&whole.state.0[..len], state.as_bytes());
    assert_eq!(whole.digest, arena::leaf::<HostSha256>(state.as_bytes()));
}

#[test]
fn refusals_say_why_and_change_nothing() {
    let mut room = room();
    let answer = room.segment(4, 1);
    assert_eq!(
        message(&room, answer),
        "there is no state: call start or load first"
    );
    let answer = room.start(101, 4);
    assert_eq!(message(&room, answer), "an argument is longer than its buffer");
    let answer = room.start(4, 3);
    assert!(
        message(&room, answer).contains("warriors at the start"),
        "{}",
        message(&room, answer)
    );
    assert!(room.start(4, 4) > 0);
    let before = room.state.0;
    room.bytes[0] = 1;
    let answer = room.segment(4, 1);
    assert!(answer < 0);
    let answer = room.segment(4, BYTES_LEN + 1);
    assert!(answer < 0);
    let answer = room.share_out(3);
    assert!(
        message(&room, answer).contains("the match has ended"),
        "{}",
        message(&room, answer)
    );
    assert_eq!(before, room.state.0);
    room.state.0[0] = 77;
    assert!(room.load(416) < 0);
}

#[test]
fn there_is_no_buffer_beyond_the_last() {
    let mut room = room();
    let lengths: Vec<usize> = (0..13).map(|which| room.buffer(which).unwrap().len()).collect();
    assert_eq!(
        lengths,
        [96, 100, 32, 32, 1728, BYTES_LEN, 32, 800, 800, 32, 100, 160, 2048]
    );
    assert!(room.buffer(13).is_none());
}

#[test]
fn ticks_tell_what_happens_on_them() {
    let mut room = room();
    let owners: Vec<u8> = (0..20).collect();
    room.owners[..20].copy_from_slice(&owners);
    room.start(20, 20);
    let mut state = arena::genesis::<HostSha256>(&Rules::BLITZ, &owners, 20, &[9; 32]).unwrap();
    let mut kinds = [0u32; 5];
    while !state.view().header().ended() {
        let mut expected = Vec::new();
        let mut note = |event| match event {
            Event::Hit {
                attacker,
                target,
                damage_centi,
            } => expected.push([0, attacker, target, damage_centi.div_ceil(100) as u8]),
            Event::Kill {
                attacker,
                victim,
                streak,
            } => expected.push([1, attacker, victim, streak]),
            Event::Died { warrior, cause } => expected.push([2, warrior, cause as u8, 0]),
            Event::Pickup { warrior, kind } => expected.push([3, warrior, kind as u8, 0]),
            Event::Ended { reason } => expected.push([4, reason as u8, 0, 0]),
            _ => (),
        };
        let mut scratch = Scratch::new();
        scratch.rebuild(&state.view());
        arena::step::<HostSha256>(
            &Rules::BLITZ,
            &mut state.view_mut(),
            &mut scratch,
            &[0; 32],
            &[],
            &[],
            &mut note,
        )
        .unwrap();
        assert!(room.tick(20, 1) > 0);
        let count = usize::try_from(room.events()).unwrap();
        assert_eq!(room.events.bytes[..count], expected);
        for [kind, ..] in expected {
            kinds[usize::from(kind)] += 1;
        }
    }
    // Idlers meet only where the zone pushes them.
    assert!(
        kinds[0] > 0 && kinds[1] > 0 && kinds[2] > 0 && kinds[4] == 1,
        "hits, kills, deaths, pick-ups, ends: {kinds:?}"
    );
}
