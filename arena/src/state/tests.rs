//! Byte offsets, accessors, and what is refused.

use std::boxed::Box;
use std::vec::Vec;

use super::*;
use crate::cell::{Cell, Heading};
use crate::digest::HostSha256;
use crate::error::ArenaError;
use crate::genesis::genesis;
use crate::grid::Scratch;
use crate::rules::{Mode, Rules};

fn fresh() -> StateBuf {
    genesis::<HostSha256>(&Rules::SIEGE, &[0, 0, 1, 3], 6, &[9; 32]).unwrap()
}

fn refused(change: impl FnOnce(&mut [u8])) -> &'static str {
    let mut bytes = fresh().as_bytes().to_vec();
    change(&mut bytes);
    match State::from_bytes(&bytes) {
        Err(ArenaError::State { field, .. }) => field,
        Err(ArenaError::Length { what, .. }) => what,
        other => panic!("not refused: {other:?}"),
    }
}

const WARRIOR_0: usize = HEADER_LEN;
const WARRIOR_3: usize = HEADER_LEN + 3 * WARRIOR_LEN;
const SLOT_4: usize = HEADER_LEN + 4 * WARRIOR_LEN;
const POWER_UPS: usize = HEADER_LEN + 6 * WARRIOR_LEN;

#[test]
fn lengths_are_as_the_design_says() {
    assert_eq!((state_len(20), state_len(100)), (416, 1728));
    for capacity in 2..=100 {
        assert_eq!(state_len(capacity) % 8, 0);
        assert_eq!(
            state_len(capacity),
            64 + 16 * capacity + 4 * if capacity <= 50 { 8 } else { 16 }
        );
    }
    assert_eq!(state_len(101), state_len(100));
}

#[test]
fn header_fields_are_at_their_offsets() {
    let mut bytes = fresh().as_bytes().to_vec();
    bytes[2..4].copy_from_slice(&0x1234u16.to_le_bytes());
    bytes[7] = 3;
    (bytes[9], bytes[10]) = (5, 56);
    bytes[11] = 3;
    bytes[12..14].copy_from_slice(&0x4567u16.to_le_bytes());
    let state = State::from_bytes(&bytes).unwrap();
    assert_eq!(bytes[0], STATE_VERSION);
    assert_eq!((bytes[1], state.mode()), (1, Mode::Siege));
    assert_eq!(state.tick(), 0x1234);
    assert_eq!((bytes[4], state.capacity()), (6, 6));
    assert_eq!((bytes[5], state.present()), (4, 4));
    assert_eq!((bytes[6], state.alive()), (4, 4));
    assert!(state.ended() && state.all_dead());
    assert_eq!((bytes[8], state.side()), (60, 60));
    assert_eq!(state.zone(), (5, 56));
    assert_eq!(state.special_event(), Some((SpecialEvent::Haste, 0x4567)));
    assert_eq!(state.seed(), &[9; 32]);
    assert_eq!(&bytes[32..64], &[9; 32]);
    assert_eq!(state.as_bytes(), &bytes[..]);
}

#[test]
fn warrior_fields_are_at_their_offsets() {
    let mut bytes = fresh().as_bytes().to_vec();
    let place = (6u16 << 12) | (33 << 6) | 44;
    let vital = (2u16 << 14) | 9876;
    bytes[WARRIOR_3..WARRIOR_3 + 2].copy_from_slice(&place.to_le_bytes());
    bytes[WARRIOR_3 + 2..WARRIOR_3 + 4].copy_from_slice(&vital.to_le_bytes());
    bytes[WARRIOR_3 + 4..WARRIOR_3 + 6].copy_from_slice(&111u16.to_le_bytes());
    bytes[WARRIOR_3 + 6..WARRIOR_3 + 8].copy_from_slice(&222u16.to_le_bytes());
    bytes[WARRIOR_3 + 8..WARRIOR_3 + 10].copy_from_slice(&333u16.to_le_bytes());
    bytes[WARRIOR_3 + 11] = 7;
    let score = (9u32 << 24) | (5 << 21) | 1_234_567;
    bytes[WARRIOR_3 + 12..WARRIOR_3 + 16].copy_from_slice(&score.to_le_bytes());
    let state = State::from_bytes(&bytes).unwrap();
    let warrior = state.warrior(3).unwrap();
    assert_eq!(
        (warrior.x(), warrior.y(), warrior.cell()),
        (44, 33, Cell::at(44, 33))
    );
    assert_eq!(warrior.heading(), Heading::Sw);
    assert_eq!((warrior.hp_centi(), warrior.alive()), (9876, true));
    assert_eq!((warrior.effect(), warrior.effect_until()), (Effect::Shield, 333));
    assert_eq!(
        (warrior.effect_at(332), warrior.effect_at(333)),
        (Effect::Shield, Effect::None)
    );
    assert_eq!((warrior.move_ready(), warrior.attack_ready()), (111, 222));
    assert_eq!((bytes[WARRIOR_3 + 10], warrior.owner()), (3, 3));
    assert_eq!(
        (warrior.streak(), warrior.kills(), warrior.damage_centi()),
        (7, 9, 1_234_567)
    );
    assert_eq!(warrior.entered_steps(), 5);
    assert!(state.warrior(4).is_none(), "slot 4 is not taken yet");
    assert_eq!((state.warriors().len(), state.slots().len()), (4, 6));
}

#[test]
fn power_up_fields_are_at_their_offsets() {
    let mut bytes = fresh().as_bytes().to_vec();
    let place = (4u16 << 12) | (20 << 6) | 10;
    bytes[POWER_UPS + 4..POWER_UPS + 6].copy_from_slice(&place.to_le_bytes());
    bytes[POWER_UPS + 6..POWER_UPS + 8].copy_from_slice(&777u16.to_le_bytes());
    let state = State::from_bytes(&bytes).unwrap();
    let power_up = state.power_ups()[1];
    assert_eq!((power_up.x(), power_up.y(), power_up.expires()), (10, 20, 777));
    assert_eq!(power_up.kind(), Some(PowerUpKind::Heal));
    assert!(state.power_ups()[0].is_empty() && state.power_ups()[0].kind().is_none());
    assert_eq!(state.power_ups().len(), 8);
}

#[test]
fn setters_touch_their_own_bits_alone() {
    let mut warrior = Warrior::enter(Cell::at(63, 63), HP_LIMIT_CENTI, 99, 7);
    warrior.set_effect(Effect::Speed, 4000);
    warrior.set_heading(8);
    warrior.add_damage(40_000);
    (0..300).for_each(|_| warrior.add_kill());
    warrior.set_cell(Cell::at(1, 2));
    warrior.set_hp(5);
    assert_eq!((warrior.x(), warrior.y(), warrior.heading()), (1, 2, Heading::Nw));
    assert_eq!(
        (warrior.hp_centi(), warrior.effect(), warrior.effect_until()),
        (5, Effect::Speed, 4000)
    );
    assert_eq!(
        (warrior.damage_centi(), warrior.entered_steps(), warrior.kills()),
        (40_000, 7, 255)
    );
    (0..100).for_each(|_| warrior.add_damage(u16::MAX));
    assert_eq!(warrior.damage_centi(), (1 << 21) - 1, "damage stops at its limit");
    assert_eq!(
        (warrior.entered_steps(), warrior.kills(), warrior.owner()),
        (7, 255, 99)
    );
}

#[test]
fn every_length_but_the_right_one_is_refused() {
    let bytes = fresh().as_bytes().to_vec();
    for length in 0..bytes.len() {
        assert!(matches!(
            State::from_bytes(&bytes[..length]),
            Err(ArenaError::Length { .. })
        ));
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(matches!(
        State::from_bytes(&longer),
        Err(ArenaError::Length {
            got: 193,
            expected: 192,
            ..
        })
    ));
}

#[test]
fn impossible_headers_are_refused() {
    assert_eq!(refused(|b| b[0] = 2), "version");
    assert_eq!(refused(|b| b[1] = 2), "mode");
    assert_eq!(refused(|b| b[3] = 0xFF), "tick");
    assert_eq!(refused(|b| b[4] = 7), "state");
    assert_eq!(refused(|b| b[5] = 7), "present");
    assert_eq!(refused(|b| b[5] = 1), "present");
    assert_eq!(refused(|b| b[6] = 3), "alive");
    assert_eq!(refused(|b| b[6] = 0), "alive");
    assert_eq!(refused(|b| b[7] = 4), "flags");
    assert_eq!(refused(|b| b[7] = 2), "flags");
    assert_eq!(refused(|b| b[8] = 63), "side");
    assert_eq!(refused(|b| b[9] = 0), "zone");
    assert_eq!(refused(|b| b[9] = 2), "zone");
    assert_eq!(refused(|b| b[10] = 61), "zone");
    assert_eq!(refused(|b| b[11] = 4), "special event");
    (14..32).for_each(|at| assert_eq!(refused(|b| b[at] = 1), "reserved"));
}

#[test]
fn impossible_warriors_are_refused() {
    let cell_of_1 = |b: &mut [u8]| b.copy_within(WARRIOR_0 + 16..WARRIOR_0 + 18, WARRIOR_0);
    assert_eq!(refused(cell_of_1), "cell");
    assert_eq!(
        refused(|b| b[WARRIOR_0..WARRIOR_0 + 2].copy_from_slice(&64u16.to_le_bytes())),
        "cell"
    );
    assert_eq!(
        refused(|b| b[WARRIOR_0..WARRIOR_0 + 2].copy_from_slice(&(64u16 + 61).to_le_bytes())),
        "cell"
    );
    assert_eq!(refused(|b| b[WARRIOR_0 + 1] |= 0x90), "heading");
    assert_eq!(
        refused(|b| b[WARRIOR_0 + 4..WARRIOR_0 + 6].fill(0xFF)),
        "move_ready"
    );
    assert_eq!(
        refused(|b| b[WARRIOR_0 + 6..WARRIOR_0 + 8].fill(0xFF)),
        "attack_ready"
    );
    assert_eq!(refused(|b| b[WARRIOR_0 + 2..WARRIOR_0 + 4].fill(0)), "the dead");
    assert_eq!(refused(|b| b[WARRIOR_0 + 11] = 1), "streak");
    assert_eq!(refused(|b| b[WARRIOR_0 + 10] = 1), "owner");
    assert_eq!(refused(|b| b[WARRIOR_3 + 10] = 100), "owner");
    assert_eq!(refused(|b| b[SLOT_4] = 1), "absent slot");
    let one_player = |b: &mut [u8]| (0..4).for_each(|warrior| b[WARRIOR_0 + 16 * warrior + 10] = 1);
    assert_eq!(refused(one_player), "owner");
}

#[test]
fn six_warriors_of_one_player_are_refused() {
    let buf = genesis::<HostSha256>(&Rules::BLITZ, &[0, 0, 0, 0, 0, 1, 2], 7, &[0; 32]).unwrap();
    let mut bytes = buf.as_bytes().to_vec();
    bytes[WARRIOR_0 + 16 * 5 + 10] = 0;
    assert!(matches!(
        State::from_bytes(&bytes),
        Err(ArenaError::State {
            field: "owner",
            index: 5,
            ..
        })
    ));
}

#[test]
fn impossible_power_ups_are_refused() {
    let lay = |b: &mut [u8], slot: usize, place: u16| {
        b[POWER_UPS + 4 * slot..POWER_UPS + 4 * slot + 2].copy_from_slice(&place.to_le_bytes());
    };
    assert_eq!(refused(|b| b[POWER_UPS] = 1), "empty power-up slot");
    assert_eq!(refused(|b| lay(b, 0, 5 << 12 | 65)), "power-up kind");
    assert_eq!(refused(|b| lay(b, 0, 1 << 12)), "power-up cell");
    let twice = |b: &mut [u8]| {
        lay(b, 0, 1 << 12 | 65);
        lay(b, 7, 2 << 12 | 65);
    };
    assert_eq!(refused(twice), "power-up cell");
}

#[test]
fn a_state_that_does_not_belong_to_the_rules_is_refused() {
    let buf = fresh();
    let field = |rules: Rules| match buf.view().check_rules(&rules) {
        Err(ArenaError::State { field, .. }) => field,
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(buf.view().check_rules(&Rules::SIEGE), Ok(()));
    assert_eq!(field(Rules::BLITZ), "mode");
    assert_eq!(
        field(Rules {
            warriors_max: 5,
            ..Rules::SIEGE
        }),
        "capacity"
    );
    assert_eq!(
        field(Rules {
            arena_side: 58,
            ..Rules::SIEGE
        }),
        "side"
    );
    assert_eq!(
        field(Rules {
            hp_max_centi: 9_999,
            ..Rules::SIEGE
        }),
        "hp_centi"
    );
    let mut bytes = buf.as_bytes().to_vec();
    (bytes[9], bytes[10]) = (17, 44);
    let narrow = StateBuf::from_bytes(&bytes).unwrap();
    assert!(matches!(
        narrow.view().check_rules(&Rules::SIEGE),
        Err(ArenaError::State { field: "zone", .. })
    ));
    let mut late = buf.as_bytes().to_vec();
    late[2..4].copy_from_slice(&18_000u16.to_le_bytes());
    let unended = StateBuf::from_bytes(&late).unwrap();
    assert!(matches!(
        unended.view().check_rules(&Rules::SIEGE),
        Err(ArenaError::State { field: "flags", .. })
    ));
}

#[test]
fn genesis_spreads_warriors_over_distinct_cells_at_full_health() {
    for (rules, capacity) in [
        (Rules::BLITZ, 2),
        (Rules::BLITZ, 20),
        (Rules::SIEGE, 51),
        (Rules::SIEGE, 100),
    ] {
        let owners: Vec<u8> = (0..capacity as u8).collect();
        let buf = genesis::<HostSha256>(&rules, &owners, capacity, &[3; 32]).unwrap();
        // The checks find warriors on one cell or outside the walls.
        let state = State::from_bytes(buf.as_bytes()).unwrap();
        assert!(state
            .warriors()
            .iter()
            .all(|warrior| warrior.hp_centi() == 10_000));
        assert_eq!((state.tick(), state.alive(), state.ended()), (0, capacity, false));
        let mut scratch = Box::new(Scratch::new());
        scratch.rebuild(&state);
        let near = |warrior: &Warrior| scratch.enemies_around(warrior.cell(), warrior.owner());
        assert!(
            state.warriors().iter().all(|warrior| near(warrior) == 0),
            "nobody starts beside an enemy"
        );
    }
}

#[test]
fn the_seed_decides_who_starts_where_without_favour() {
    // The two warriors of a duel have four lattice points; over many seeds each is drawn equally often.
    let mut counts = [[0u32; 4]; 2];
    for number in 0..2000u32 {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&number.to_le_bytes());
        let buf = genesis::<HostSha256>(&Rules::BLITZ, &[0, 1], 2, &seed).unwrap();
        for (warrior, count) in buf.view().warriors().iter().zip(&mut counts) {
            count[usize::from(warrior.x() > 16) + 2 * usize::from(warrior.y() > 16)] += 1;
        }
    }
    // Four standard deviations are 78.
    assert!(
        counts.iter().flatten().all(|&count| (422..=578).contains(&count)),
        "{counts:?}"
    );
}

#[test]
fn genesis_refuses_what_cannot_be_a_match() {
    let make =
        |rules: &Rules, owners: &[u8], capacity| genesis::<HostSha256>(rules, owners, capacity, &[0; 32]);
    assert!(
        matches!(make(&Rules::BLITZ, &[0, 0], 2), Err(ArenaError::Roster { .. })),
        "one player"
    );
    assert!(
        matches!(make(&Rules::BLITZ, &[], 2), Err(ArenaError::Roster { .. })),
        "nobody"
    );
    assert!(
        matches!(
            make(&Rules::BLITZ, &[1, 0], 2),
            Err(ArenaError::Roster { warrior: 1, .. })
        ),
        "descending"
    );
    assert!(matches!(
        make(&Rules::BLITZ, &[0, 1, 1, 1, 1, 1, 1], 7),
        Err(ArenaError::Roster { warrior: 6, .. })
    ));
    assert!(matches!(
        make(&Rules::BLITZ, &[0, 100], 2),
        Err(ArenaError::Roster { warrior: 1, .. })
    ));
    assert!(matches!(
        make(&Rules::BLITZ, &[0, 1], 1),
        Err(ArenaError::Capacity { got: 1, .. })
    ));
    assert!(matches!(
        make(&Rules::BLITZ, &[0, 1], 21),
        Err(ArenaError::Capacity { got: 21, .. })
    ));
    let four = Rules {
        warriors_min: 4,
        ..Rules::BLITZ
    };
    assert!(matches!(
        make(&four, &[0, 1, 2], 3),
        Err(ArenaError::Capacity { got: 3, .. })
    ));
    let mut short = [0; 100];
    let result = crate::genesis::genesis_into::<HostSha256>(&Rules::BLITZ, &[0, 1], 2, &[0; 32], &mut short);
    assert!(matches!(
        result,
        Err(ArenaError::Length {
            got: 100,
            expected: 128,
            ..
        })
    ));
}
