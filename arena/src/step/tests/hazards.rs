//! The environment, the zone, special events.

use super::*;
use crate::event::Cause;

#[test]
fn the_environment_takes_2_hp_every_3_seconds_in_blitz_and_1_every_5_in_siege() {
    for (table, period, damage) in [(Rules::BLITZ, 180, 200), (Rules::SIEGE, 300, 100)] {
        let rules = Rules {
            power_up_chance_bps: 0,
            event_chance_bps: 0,
            ..table
        };
        let mut scene = Scene::new(rules, &[0, 1]);
        scene.steps(period - 1);
        assert_eq!(scene.hp_of(0), 10_000);
        scene.step();
        assert_eq!(
            (scene.hp_of(0), scene.hp_of(1)),
            (10_000 - damage, 10_000 - damage)
        );
        scene.steps(period);
        assert_eq!(scene.hp_of(0), 10_000 - 2 * damage);
    }
}

#[test]
fn a_death_by_the_environment_has_no_killer() {
    let rules = Rules {
        environment_damage_centi: 200,
        ..QUIET
    };
    let mut scene = Scene::new(rules, &[0, 1, 2]);
    scene.hp(1, 200).at_tick(179).step();
    assert!(scene.events.contains(&Event::Died {
        warrior: 1,
        cause: Cause::Environment
    }));
    assert!(!scene
        .events
        .iter()
        .any(|event| matches!(event, Event::Kill { .. })));
}

#[test]
fn outside_the_zone_it_hurts() {
    let rules = Rules {
        zone_damage_centi: 400,
        ..QUIET
    };
    let mut scene = Scene::new(rules, &[0, 1, 2]);
    scene.zone(5).put(0, 4, 10).put(1, 10, 29).put(2, 5, 28).steps(59);
    assert_eq!(
        (scene.hp_of(0), scene.hp_of(1), scene.hp_of(2)),
        (10_000, 10_000, 10_000)
    );
    scene.step();
    assert_eq!(
        (scene.hp_of(0), scene.hp_of(1), scene.hp_of(2)),
        (9_600, 9_600, 10_000)
    );
    scene.hp(0, 400).at_tick(119).step();
    assert!(scene.events.contains(&Event::Died {
        warrior: 0,
        cause: Cause::Zone
    }));
}

#[test]
fn the_zone_shrinks_to_half_its_side_on_schedule() {
    for (table, first, every, last) in [(Rules::BLITZ, 2700, 300, 16), (Rules::SIEGE, 9000, 540, 30)] {
        let rules = Rules {
            power_up_chance_bps: 0,
            event_chance_bps: 0,
            environment_damage_centi: 0,
            zone_damage_centi: 0,
            ..table
        };
        assert_eq!(rules.zone_side_final, rules.arena_side / 2);
        assert_eq!(first, usize::from(rules.length_ticks) / 2, "from half time");
        let mut scene = Scene::new(rules, &[0, 1]);
        scene.put(0, 20, 20).put(1, 30, 30).at_tick(first as u16 - 1);
        assert_eq!(scene.view().zone(), (1, rules.arena_side));
        scene.step();
        assert_eq!(scene.view().zone(), (2, rules.arena_side - 1));
        scene.steps(every - 1);
        assert_eq!(scene.view().zone(), (2, rules.arena_side - 1));
        scene.step();
        assert_eq!(scene.view().zone(), (3, rules.arena_side - 2));
        scene.steps(usize::from(rules.length_ticks) - first - every);
        let (min, max) = scene.view().zone();
        assert_eq!(
            (max - min + 1, scene.view().ended()),
            (last, true),
            "half the side before the end"
        );
    }
}

#[test]
fn the_shrinking_zone_pushes_those_it_leaves_outside() {
    let rules = Rules {
        shrink_start_ticks: 1,
        ..QUIET
    };
    let mut scene = Scene::new(rules, &[0, 1, 2]);
    scene.put(0, 1, 10).put(1, 32, 32).put(2, 16, 16).step();
    assert_eq!(
        (scene.at(0), scene.at(1), scene.at(2)),
        ((2, 10), (31, 31), (16, 16))
    );
    assert!(scene.events.contains(&Event::Shrink { min: 2, max: 31 }));
    assert!(scene.events.contains(&Event::Pushed {
        warrior: 0,
        x: 2,
        y: 10
    }));
}

#[test]
fn a_push_probes_eight_cells_towards_the_middle_and_then_gives_up() {
    let rules = Rules {
        shrink_start_ticks: 1,
        warriors_per_player_max: 5,
        ..QUIET
    };
    // Warrior 0 stands in row 16, where the way to the middle is straight; others fill the row behind it.
    let owners: Vec<u8> = (0..12).collect();
    for (fill, expected) in [(7u8, (9, 16)), (8, (1, 16))] {
        let mut scene = Scene::new(rules, &owners);
        scene.put(0, 1, 16);
        for other in 1..12u8 {
            let (x, y) = if other <= fill {
                (1 + other, 16)
            } else {
                (20 + other, 30)
            };
            scene.put(usize::from(other), x, y);
        }
        scene.peace_until(100).step();
        assert_eq!(scene.at(0), expected, "{fill} cells are taken");
    }
}

#[test]
fn a_special_event_comes_by_probability_and_every_kind_occurs() {
    let mut kinds = [0u32; 4];
    Scene::many(3000, |number| {
        let mut scene = Scene::new(
            Rules {
                event_chance_bps: 3000,
                ..QUIET
            },
            &[0, 1],
        );
        scene.at_tick(599).key(number).step();
        match scene.view().special_event() {
            Some((kind, until)) => {
                assert_eq!(until, 901, "300 ticks from the next one");
                kinds[kind as usize] += 1;
            }
            None => kinds[0] += 1,
        }
    });
    // 2,100 without one, 300 of each kind; four standard deviations are 100 and 66.
    assert!((2000..=2200).contains(&kinds[0]), "{kinds:?}");
    assert!(
        kinds[1..].iter().all(|&count| (234..=366).contains(&count)),
        "{kinds:?}"
    );
    let mut quiet = Scene::new(
        Rules {
            event_chance_bps: 10_000,
            ..QUIET
        },
        &[0, 1],
    );
    quiet.at_tick(598).step();
    assert_eq!(quiet.view().special_event(), None, "only every 600 ticks");
}

#[test]
fn calm_holds_the_environment_but_not_the_zone() {
    let rules = Rules {
        environment_damage_centi: 200,
        zone_damage_centi: 400,
        ..QUIET
    };
    let mut scene = Scene::new(rules, &[0, 1]);
    scene
        .zone(5)
        .put(0, 1, 1)
        .put(1, 16, 16)
        .event(SpecialEvent::Calm, 181)
        .at_tick(179)
        .step();
    assert_eq!((scene.hp_of(0), scene.hp_of(1)), (9_600, 10_000));
    scene.event(SpecialEvent::Calm, 360).at_tick(359).step();
    assert_eq!(
        (scene.hp_of(0), scene.hp_of(1)),
        (9_000, 9_800),
        "over before tick 360"
    );
}

#[test]
fn haste_makes_everyone_fast() {
    let mut scene = Scene::new(QUIET, &[0, 1]);
    scene
        .put(0, 10, 10)
        .put(1, 20, 20)
        .hold(0, Heading::E)
        .event(SpecialEvent::Haste, 100)
        .steps(7);
    assert_eq!(scene.at(0), (13, 10), "ticks 1, 4 and 7");
}
