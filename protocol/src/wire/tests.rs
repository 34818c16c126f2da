use proptest::prelude::*;

use super::*;
use crate::directory::Mode;
use crate::key::{PlayerSlot, Tick, WarriorIndex};

fn warrior() -> impl Strategy<Value = Warrior> {
    (
        0..100u8,
        any::<u8>(),
        0..64u8,
        0..64u8,
        0..9u8,
        0..4u32,
        any::<u8>(),
        any::<u8>(),
    )
        .prop_map(|(owner, hp, x, y, heading, effect, kills, streak)| Warrior {
            owner: PlayerSlot(owner),
            hp,
            x,
            y,
            heading,
            effect: Effect::from_number(effect),
            kills,
            streak,
        })
}

fn power_up() -> impl Strategy<Value = Option<PowerUp>> {
    proptest::option::of((0..4u32, 0..64u8, 0..64u8).prop_map(|(kind, x, y)| PowerUp {
        kind: PowerUpKind::from_bits(kind),
        x,
        y,
    }))
}

fn special() -> impl Strategy<Value = Option<Special>> {
    let kinds = prop_oneof![
        Just(SpecialKind::Frenzy),
        Just(SpecialKind::Calm),
        Just(SpecialKind::Haste)
    ];
    proptest::option::of((kinds, any::<u16>()).prop_map(|(kind, until)| Special {
        kind,
        until: Tick(until.into()),
    }))
}

fn event() -> impl Strategy<Value = TickEvent> {
    let index = || (0..100u8).prop_map(WarriorIndex);
    prop_oneof![
        (index(), index(), any::<u8>()).prop_map(|(attacker, target, damage)| TickEvent::Hit {
            attacker,
            target,
            damage
        }),
        (index(), index(), any::<u8>()).prop_map(|(attacker, victim, streak)| TickEvent::Kill {
            attacker,
            victim,
            streak
        }),
        (
            index(),
            prop_oneof![Just(Cause::Combat), Just(Cause::Environment), Just(Cause::Zone)]
        )
            .prop_map(|(warrior, cause)| TickEvent::Died { warrior, cause }),
        (index(), 0..4u32).prop_map(|(warrior, kind)| TickEvent::Pickup {
            warrior,
            kind: PowerUpKind::from_bits(kind)
        }),
        prop_oneof![
            Just(EndReason::LastPlayer),
            Just(EndReason::FullTime),
            Just(EndReason::AllDead)
        ]
        .prop_map(|reason| TickEvent::Ended { reason }),
    ]
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![Just(Ending::Running), Just(Ending::Over), Just(Ending::AllDead)]
}

/// A snapshot of a match with this capacity and these numbers of warriors.
fn snapshot(capacity: u8, present: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Snapshot> {
    let slots = view::power_up_slots(capacity);
    (
        (
            0..u32::from(u16::MAX),
            any::<bool>(),
            ending(),
            0..64u8,
            0..64u8,
            special(),
        ),
        proptest::collection::vec(warrior(), present),
        proptest::collection::vec(power_up(), slots),
    )
        .prop_map(
            move |((tick, siege, ending, side, zone, special), warriors, power_ups)| Snapshot {
                tick: Tick(tick),
                mode: if siege { Mode::Siege } else { Mode::Blitz },
                ending,
                side,
                zone,
                special,
                capacity,
                warriors,
                power_ups,
            },
        )
}

fn any_snapshot() -> impl Strategy<Value = Snapshot> {
    (2..=100u8).prop_flat_map(|capacity| snapshot(capacity, 0..=usize::from(capacity)))
}

/// Two ticks of one match: much, little or nothing changed, and warriors may have entered.
fn consecutive() -> impl Strategy<Value = (Snapshot, Snapshot)> {
    any_snapshot()
        .prop_flat_map(|before| {
            let present = before.warriors.len();
            let after = snapshot(before.capacity, present..=usize::from(before.capacity));
            let keep = proptest::collection::vec(0..4u8, present + before.power_ups.len() + 4);
            (Just(before), after, keep)
        })
        .prop_map(|(before, mut after, keep)| {
            let mut keep = keep.into_iter().map(|choice| choice > 0);
            let mut kept = || keep.next().unwrap_or(false);
            after.tick = Tick(before.tick.0 + 1);
            (after.mode, after.side, after.capacity) = (before.mode, before.side, before.capacity);
            for (after, before) in after.warriors.iter_mut().zip(&before.warriors) {
                after.owner = before.owner;
                if kept() {
                    *after = *before;
                }
            }
            for (after, before) in after.power_ups.iter_mut().zip(&before.power_ups) {
                if kept() {
                    *after = *before;
                }
            }
            if kept() {
                after.special = before.special;
            }
            if kept() {
                after.zone = before.zone;
            }
            if kept() {
                after.ending = before.ending;
            }
            if kept() {
                after.warriors.truncate(before.warriors.len());
            }
            (before, after)
        })
}

fn events() -> impl Strategy<Value = Vec<TickEvent>> {
    proptest::collection::vec(event(), 0..20)
}

proptest! {
    #[test]
    fn a_keyframe_is_read_as_written(snapshot in any_snapshot(), events in events()) {
        let keyframe = Keyframe { snapshot, events };
        let bytes = keyframe.to_bytes();
        prop_assert_eq!(StateFrame::from_bytes(&bytes), Ok(StateFrame::Keyframe(keyframe.clone())));
        let json = serde_json::to_string(&StateFrame::Keyframe(keyframe.clone())).unwrap();
        prop_assert_eq!(serde_json::from_str::<StateFrame>(&json).unwrap(), StateFrame::Keyframe(keyframe));
    }

    #[test]
    fn a_delta_leads_from_one_tick_to_the_next((before, after) in consecutive(), events in events()) {
        let delta = Delta::between(&before, &after, &events);
        let bytes = delta.to_bytes();
        let read = StateFrame::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&read, &StateFrame::Delta(delta));
        let json = serde_json::to_string(&read).unwrap();
        prop_assert_eq!(&serde_json::from_str::<StateFrame>(&json).unwrap(), &read);
        let mut state = Some(before);
        let mut heard = vec![];
        read.apply(&mut state, &mut |tick, event| heard.push((tick, *event))).unwrap();
        prop_assert_eq!(heard, events.into_iter().map(|event| (after.tick, event)).collect::<Vec<_>>());
        prop_assert_eq!(state, Some(after));
    }

    #[test]
    fn a_frame_cut_short_or_continued_is_refused((before, after) in consecutive(), events in events()) {
        let keyframe = Keyframe { snapshot: before.clone(), events: events.clone() }.to_bytes();
        let delta = Delta::between(&before, &after, &events).to_bytes();
        for bytes in [keyframe, delta] {
            for length in 0..bytes.len() {
                prop_assert_eq!(StateFrame::from_bytes(&bytes[..length]), Err(WireError::Short));
            }
            let longer = [&bytes[..], &[0]].concat();
            prop_assert_eq!(StateFrame::from_bytes(&longer), Err(WireError::Trailing));
        }
    }

    #[test]
    fn what_is_read_is_written_back(bytes in proptest::collection::vec(any::<u8>(), 0..300), kind in 0..3u8) {
        let bytes = [&[0x10 | kind][..], &bytes].concat();
        match StateFrame::from_bytes(&bytes) {
            Ok(StateFrame::Keyframe(keyframe)) => prop_assert_eq!(keyframe.to_bytes(), bytes),
            // A delta may say in more bits than needed that nothing rare changed.
            Ok(StateFrame::Delta(delta)) => prop_assert_eq!(Delta::from_bytes(&delta.to_bytes()), Ok(delta)),
            Ok(StateFrame::Bundle(_)) | Err(_) => {}
        }
    }
}

fn state() -> Snapshot {
    Snapshot {
        warriors: vec![Warrior { x: 1, ..blank() }, Warrior { x: 2, ..blank() }],
        capacity: 3,
        power_ups: vec![None; 8],
        ..Snapshot::default()
    }
}

fn blank() -> Warrior {
    Warrior {
        owner: PlayerSlot(0),
        hp: 100,
        x: 1,
        y: 1,
        heading: 0,
        effect: Effect::None,
        kills: 0,
        streak: 0,
    }
}

#[test]
fn a_delta_that_does_not_fit_changes_nothing() {
    let before = state();
    let mut after = before.clone();
    after.tick = Tick(1);
    after.warriors[0].hp = 5;
    let good = Delta::between(&before, &after, &[]);
    let check = |change: fn(&mut Delta)| {
        let mut delta = good.clone();
        change(&mut delta);
        let mut at_hand = before.clone();
        let error = at_hand.apply(&delta).unwrap_err();
        assert_eq!(at_hand, before);
        error
    };
    assert_eq!(
        check(|d| d.tick = Tick(0)),
        WireError::Gap {
            found: Tick(0),
            expected: Tick(1)
        }
    );
    assert_eq!(
        check(|d| d.tick = Tick(2)),
        WireError::Gap {
            found: Tick(2),
            expected: Tick(1)
        }
    );
    assert!(matches!(check(|d| d.present = 3), WireError::Range { .. }));
    assert!(matches!(
        check(|d| d.entered = vec![blank(); 2]),
        WireError::Range { .. }
    ));
    let slot = |d: &mut Delta| {
        d.power_ups = vec![PowerUpChange {
            slot: 8,
            power_up: None,
        }]
    };
    assert!(matches!(check(slot), WireError::Range { .. }));
    assert!(StateFrame::Delta(good).apply(&mut None, &mut |_, _| {}).is_err());
}

#[test]
fn the_encoder_sends_a_keyframe_first_each_second_and_after_every_gap() {
    let mut encoder = Encoder::new();
    let mut kind = |tick| {
        let frame = encoder.frame_of_snapshot(
            &Snapshot {
                tick: Tick(tick),
                ..state()
            },
            &[],
        );
        assert_eq!(frame.tick, Tick(tick));
        frame.kind
    };
    let (key, delta) = (FrameKind::Key, FrameKind::Delta);
    for (tick, expected) in [
        (57, key),
        (58, delta),
        (59, delta),
        (60, key),
        (61, delta),
        (63, key),
        (63, key),
        (62, key),
        (63, delta),
    ] {
        assert_eq!(kind(tick), expected, "tick {tick}");
    }
}

#[test]
fn a_bundle_holds_keyframes_and_deltas_and_no_bundles() {
    let before = state();
    let after = Snapshot {
        tick: Tick(1),
        ..before.clone()
    };
    let key = Keyframe {
        snapshot: before.clone(),
        events: vec![],
    }
    .to_bytes();
    let delta = Delta::between(&before, &after, &[]).to_bytes();
    let bytes = Bundle::join([&key[..], &delta]).unwrap();
    assert_eq!(Bundle::split(&bytes).unwrap(), [&key[..], &delta]);
    let frame = StateFrame::from_bytes(&bytes).unwrap();
    assert_eq!(frame.tick(), Tick(1));
    let mut seen = None;
    frame.apply(&mut seen, &mut |_, _| {}).unwrap();
    assert_eq!(seen, Some(after));

    let nested = Bundle::join([&bytes[..]]).unwrap();
    assert_eq!(StateFrame::from_bytes(&nested), Err(WireError::Kind(2)));
    assert_eq!(
        StateFrame::from_bytes(&bytes[..bytes.len() - 1]),
        Err(WireError::Short)
    );
    assert!(Bundle::join(vec![&delta[..]; 256]).is_ok());
    assert!(Bundle::join(vec![&delta[..]; 257]).is_err());
    let many = [&Bundle::join(vec![&delta[..]; 256]).unwrap()[..], &[0, 0]].concat();
    assert!(matches!(Bundle::split(&many), Err(WireError::Range { .. })));
}

#[test]
fn strangers_are_told_what_is_wrong() {
    assert_eq!(StateFrame::from_bytes(&[]), Err(WireError::Short));
    assert_eq!(StateFrame::from_bytes(&[0x20]), Err(WireError::Version(2)));
    assert_eq!(StateFrame::from_bytes(&[0x13]), Err(WireError::Kind(3)));
    assert_eq!(StateFrame::from_bytes(&[0x1f]), Err(WireError::Kind(15)));
    assert_eq!(Delta::from_bytes(&[0x10, 0]), Err(WireError::Kind(0)));
    // Tick 0, then 127 warriors.
    let error = StateFrame::from_bytes(&[0x11, 0, 0, 0x7f, 0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the number of warriors is 127; expected at most 100"
    );
}
