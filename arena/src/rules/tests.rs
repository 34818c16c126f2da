//! The numbers of the two tables, and what is refused.

use super::*;
use crate::digest::HostSha256;

#[test]
fn the_two_tables_hold_the_numbers_of_the_design() {
    let (blitz, siege) = (Rules::BLITZ, Rules::SIEGE);
    assert_eq!(blitz.validate(), Ok(()));
    assert_eq!(siege.validate(), Ok(()));
    assert_eq!(
        (
            blitz.warriors_min,
            blitz.warriors_max,
            blitz.warriors_per_player_max
        ),
        (2, 20, 5)
    );
    assert_eq!(
        (
            siege.warriors_min,
            siege.warriors_max,
            siege.warriors_per_player_max
        ),
        (2, 100, 5)
    );
    assert_eq!((blitz.length_ticks, siege.length_ticks), (90 * 60, 300 * 60));
    assert_eq!(
        (blitz.shrink_start_ticks, siege.shrink_start_ticks),
        (45 * 60, 150 * 60)
    );
    assert_eq!(
        (blitz.environment_damage_centi, blitz.environment_ticks),
        (200, 3 * 60)
    );
    assert_eq!(
        (siege.environment_damage_centi, siege.environment_ticks),
        (100, 5 * 60)
    );
    assert_eq!(
        (
            blitz.late_entry_ticks,
            siege.late_entry_ticks,
            siege.hp_late_centi
        ),
        (0, 60 * 60, 7000)
    );
    assert_eq!((blitz.rage_bps, siege.rage_bps), (20_000, 15_000));
    assert_eq!(
        (blitz.place_bps, siege.place_bps),
        ([9500, 0, 0], [6000, 2500, 1000])
    );
    assert_eq!((blitz.slot_ticks, siege.slot_ticks), (1, 3));
    for rules in [blitz, siege] {
        assert_eq!((rules.fee_bps, rules.burn_bps), (300, 200));
        assert_eq!(
            (rules.move_ticks, rules.move_fast_ticks, rules.attack_ticks),
            (6, 3, 30)
        );
        assert_eq!((rules.damage_min_centi, rules.damage_max_centi), (500, 800));
        assert_eq!(
            (rules.growth_ticks, rules.growth_bps, rules.underdog_bps),
            (600, 100, 1000)
        );
        assert_eq!(
            (
                rules.kill_heal_centi,
                rules.hp_max_centi,
                rules.changes_per_warrior_max
            ),
            (500, 10_000, 10)
        );
    }
    assert_eq!(
        (
            blitz.checkpoint_ticks(),
            blitz.checkpoint_count(),
            blitz.segment_count()
        ),
        (120, 45, 90)
    );
    assert_eq!(
        (
            siege.checkpoint_ticks(),
            siege.checkpoint_count(),
            siege.segment_count()
        ),
        (60, 300, 300)
    );
    assert_eq!((blitz.mode(), siege.mode()), (Mode::Blitz, Mode::Siege));
}

#[test]
fn a_table_survives_its_bytes() {
    for rules in [Rules::BLITZ, Rules::SIEGE] {
        assert_eq!(Rules::from_bytes(rules.as_bytes()), Ok(rules));
        assert_eq!(rules.as_bytes().len(), RULES_LEN);
    }
    assert_ne!(
        Rules::BLITZ.hash::<HostSha256>(),
        Rules::SIEGE.hash::<HostSha256>()
    );
    let short = &Rules::BLITZ.as_bytes()[1..];
    assert!(matches!(
        Rules::from_bytes(short),
        Err(ArenaError::Length {
            got: 95,
            expected: 96,
            ..
        })
    ));
}

#[test]
fn shortened_tables_validate() {
    for length_ticks in [120, 600, 1200] {
        assert_eq!(
            Rules {
                length_ticks,
                ..Rules::BLITZ
            }
            .validate(),
            Ok(())
        );
        assert_eq!(
            Rules {
                length_ticks,
                ..Rules::SIEGE
            }
            .validate(),
            Ok(())
        );
    }
    let quick = Rules {
        length_ticks: 600,
        shrink_start_ticks: 300,
        shrink_every_ticks: 30,
        ..Rules::SIEGE
    };
    assert_eq!(quick.validate(), Ok(()));
}

#[test]
fn every_number_out_of_its_bounds_is_refused_by_name() {
    let b = Rules::BLITZ;
    let s = Rules::SIEGE;
    let tables = [
        ("version", Rules { version: 2, ..b }),
        ("mode", Rules { mode: 2, ..b }),
        (
            "reserved",
            Rules {
                reserved: [1; 12],
                ..b
            },
        ),
        ("warriors_min", Rules { warriors_min: 1, ..b }),
        (
            "warriors_min",
            Rules {
                warriors_min: 21,
                ..b
            },
        ),
        (
            "warriors_max",
            Rules {
                warriors_max: 101,
                ..s
            },
        ),
        (
            "warriors_per_player_max",
            Rules {
                warriors_per_player_max: 0,
                ..b
            },
        ),
        (
            "warriors_per_player_max",
            Rules {
                warriors_per_player_max: 6,
                ..b
            },
        ),
        (
            "arena_side",
            Rules {
                arena_side: 7,
                zone_side_final: 7,
                warriors_max: 4,
                ..b
            },
        ),
        ("arena_side", Rules { arena_side: 63, ..b }),
        (
            "arena_side",
            Rules {
                arena_side: 14,
                zone_side_final: 14,
                ..s
            },
        ),
        (
            "zone_side_final",
            Rules {
                zone_side_final: 34,
                ..b
            },
        ),
        (
            "zone_side_final",
            Rules {
                zone_side_final: 15,
                ..b
            },
        ),
        (
            "zone_side_final",
            Rules {
                zone_side_final: 4,
                ..b
            },
        ),
        (
            "segment_ticks",
            Rules {
                segment_ticks: 0,
                ..b
            },
        ),
        (
            "segment_ticks",
            Rules {
                segment_ticks: 61,
                ..b
            },
        ),
        ("slot_ticks", Rules { slot_ticks: 0, ..b }),
        ("slot_ticks", Rules { slot_ticks: 7, ..b }),
        (
            "segments_per_checkpoint",
            Rules {
                segments_per_checkpoint: 0,
                ..b
            },
        ),
        (
            "segments_per_checkpoint",
            Rules {
                segments_per_checkpoint: 5,
                ..b
            },
        ),
        ("length_ticks", Rules { length_ticks: 0, ..b }),
        (
            "length_ticks",
            Rules {
                length_ticks: 32_040,
                ..b
            },
        ),
        (
            "length_ticks",
            Rules {
                length_ticks: 5460,
                ..b
            },
        ),
        (
            "late_entry_ticks",
            Rules {
                late_entry_ticks: 60,
                ..b
            },
        ),
        (
            "late_entry_ticks",
            Rules {
                late_entry_ticks: 4_800,
                ..s
            },
        ),
        (
            "changes_per_warrior_max",
            Rules {
                changes_per_warrior_max: 0,
                ..b
            },
        ),
        ("fee_bps + burn_bps + place_bps", Rules { fee_bps: 301, ..b }),
        (
            "fee_bps + burn_bps + place_bps",
            Rules {
                fee_bps: u16::MAX,
                burn_bps: u16::MAX,
                ..b
            },
        ),
        (
            "place_bps",
            Rules {
                place_bps: [2500, 6000, 1000],
                ..s
            },
        ),
        ("hp_max_centi", Rules { hp_max_centi: 0, ..b }),
        (
            "hp_max_centi",
            Rules {
                hp_max_centi: 16_384,
                ..b
            },
        ),
        (
            "hp_late_centi",
            Rules {
                hp_late_centi: 0,
                ..b
            },
        ),
        (
            "hp_late_centi",
            Rules {
                hp_late_centi: 10_001,
                ..b
            },
        ),
        ("move_ticks", Rules { move_ticks: 1, ..b }),
        (
            "move_fast_ticks",
            Rules {
                move_fast_ticks: 1,
                ..b
            },
        ),
        (
            "move_fast_ticks",
            Rules {
                move_fast_ticks: 7,
                ..b
            },
        ),
        (
            "attack_ticks",
            Rules {
                attack_ticks: 14,
                ..b
            },
        ),
        (
            "damage_min_centi",
            Rules {
                damage_min_centi: 801,
                ..b
            },
        ),
        (
            "damage_max_centi",
            Rules {
                damage_max_centi: 10_001,
                ..b
            },
        ),
        ("growth_ticks", Rules { growth_ticks: 0, ..b }),
        (
            "growth_bps",
            Rules {
                growth_bps: 1_001,
                ..b
            },
        ),
        ("rage_bps", Rules { rage_bps: 9_999, ..b }),
        (
            "underdog_bps",
            Rules {
                underdog_bps: 10_001,
                ..b
            },
        ),
        (
            "shield_bps",
            Rules {
                shield_bps: 10_001,
                ..b
            },
        ),
        (
            "frenzy_bps",
            Rules {
                frenzy_bps: 40_001,
                ..b
            },
        ),
        (
            "kill_heal_centi",
            Rules {
                kill_heal_centi: 10_001,
                ..b
            },
        ),
        (
            "heal_centi",
            Rules {
                heal_centi: 10_001,
                ..b
            },
        ),
        (
            "environment_ticks",
            Rules {
                environment_ticks: 0,
                ..b
            },
        ),
        (
            "environment_damage_centi",
            Rules {
                environment_damage_centi: 10_001,
                ..b
            },
        ),
        ("zone_ticks", Rules { zone_ticks: 0, ..b }),
        (
            "zone_damage_centi",
            Rules {
                zone_damage_centi: 10_001,
                ..b
            },
        ),
        (
            "shrink_start_ticks",
            Rules {
                shrink_start_ticks: 0,
                ..b
            },
        ),
        (
            "shrink_every_ticks",
            Rules {
                shrink_every_ticks: 0,
                ..b
            },
        ),
        (
            "power_up_every_ticks",
            Rules {
                power_up_every_ticks: 0,
                ..b
            },
        ),
        (
            "power_up_chance_bps",
            Rules {
                power_up_chance_bps: 10_001,
                ..b
            },
        ),
        (
            "power_up_life_ticks",
            Rules {
                power_up_life_ticks: 0,
                ..b
            },
        ),
        (
            "effect_ticks",
            Rules {
                effect_ticks: 32_001,
                ..b
            },
        ),
        (
            "event_every_ticks",
            Rules {
                event_every_ticks: 0,
                ..b
            },
        ),
        (
            "event_chance_bps",
            Rules {
                event_chance_bps: 10_001,
                ..b
            },
        ),
        ("event_ticks", Rules { event_ticks: 0, ..b }),
    ];
    for (expected, rules) in tables {
        match rules.validate() {
            Err(ArenaError::Rules { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}
