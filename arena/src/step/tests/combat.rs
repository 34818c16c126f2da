//! Attacks, damage, kills, streaks.

use super::*;
use crate::event::Cause;

fn hits(scene: &Scene) -> Vec<(u8, u8, u16)> {
    let hit = |event: &Event| match *event {
        Event::Hit {
            attacker,
            target,
            damage_centi,
        } => Some((attacker, target, damage_centi)),
        _ => None,
    };
    scene.events.iter().filter_map(hit).collect()
}

/// Damage of warrior 0 on its neighbour, over many keys.
fn damage_of(prepare: impl Fn(&mut Scene)) -> (u16, u16) {
    let (mut least, mut most) = (u16::MAX, 0);
    Scene::many(1500, |number| {
        let mut scene = Scene::new(QUIET, &[0, 1]);
        scene.put(0, 10, 10).put(1, 11, 10).key(number);
        prepare(&mut scene);
        scene.step();
        let damage = hits(&scene).iter().find(|hit| hit.0 == 0).unwrap().2;
        (least, most) = (least.min(damage), most.max(damage));
    });
    (least, most)
}

#[test]
fn range_is_one_cell_in_all_eight_directions() {
    for dx in -2i8..=2 {
        for dy in -2i8..=2 {
            if (dx, dy) == (0, 0) {
                continue;
            }
            let mut scene = Scene::new(QUIET, &[0, 1]);
            scene
                .put(0, 10, 10)
                .put(1, (10 + dx) as u8, (10 + dy) as u8)
                .step();
            let expected = if dx.abs().max(dy.abs()) == 1 { 2 } else { 0 };
            assert_eq!(hits(&scene).len(), expected, "{dx} {dy}");
        }
    }
}

#[test]
fn warriors_of_one_player_do_not_attack_each_other() {
    let mut scene = Scene::new(QUIET, &[0, 0, 1]);
    scene.put(0, 10, 10).put(1, 11, 10).put(2, 20, 20).steps(40);
    assert!(hits(&scene).is_empty());
}

#[test]
fn the_target_is_the_enemy_with_the_fewest_hit_points() {
    let mut scene = Scene::new(QUIET, &[0, 1, 1, 2]);
    scene.put(0, 10, 10).put(1, 9, 9).put(2, 11, 11).put(3, 10, 11);
    scene.hp(1, 6000).hp(2, 5999).hp(3, 6001).step();
    assert_eq!(hits(&scene).iter().find(|hit| hit.0 == 0).unwrap().1, 2);
}

#[test]
fn ties_between_targets_are_drawn() {
    let mut chosen = [0u32; 5];
    Scene::many(1200, |number| {
        let mut scene = Scene::new(QUIET, &[0, 1, 1, 1, 1]);
        scene
            .put(0, 10, 10)
            .put(1, 9, 9)
            .put(2, 11, 11)
            .put(3, 10, 11)
            .put(4, 11, 9)
            .hp(4, 9999);
        (1..4).for_each(|warrior| {
            scene.hp(warrior, 5000);
        });
        scene.key(number).step();
        chosen[usize::from(hits(&scene).iter().find(|hit| hit.0 == 0).unwrap().1)] += 1;
    });
    assert_eq!(chosen[4], 0);
    // 400 each, four standard deviations are 65.
    assert!(
        chosen[1..4].iter().all(|&count| (335..=465).contains(&count)),
        "{chosen:?}"
    );
}

#[test]
fn base_damage_is_5_to_8_hp() {
    assert_eq!(damage_of(|_| ()), (500, 800));
}

#[test]
fn damage_grows_by_one_percent_every_ten_seconds_survived() {
    assert_eq!(damage_of(|scene| _ = scene.at_tick(598)), (500, 800));
    assert_eq!(damage_of(|scene| _ = scene.at_tick(599)), (505, 808));
    assert_eq!(
        damage_of(|scene| _ = scene.at_tick(5398)),
        (540, 864),
        "eight steps at 89 seconds"
    );
}

#[test]
fn a_late_warriors_damage_grows_from_its_entry() {
    let late = |scene: &mut Scene| {
        scene
            .at_tick(599)
            .edit(0, |warrior| warrior.score = (1u32 << 21).to_le_bytes());
    };
    assert_eq!(damage_of(late), (500, 800));
}

#[test]
fn rage_doubles_damage_in_blitz_and_adds_half_in_siege() {
    assert_eq!(
        damage_of(|scene| _ = scene.effect(0, Effect::Rage, 2)),
        (1000, 1600)
    );
    assert_eq!(
        damage_of(|scene| _ = scene.effect(0, Effect::Rage, 1)),
        (500, 800),
        "over on tick 1"
    );
    let siege = |scene: &mut Scene| {
        scene.rules.rage_bps = Rules::SIEGE.rage_bps;
        scene.effect(0, Effect::Rage, 2);
    };
    assert_eq!(damage_of(siege), (750, 1200));
}

#[test]
fn the_underdog_does_ten_percent_more() {
    assert_eq!(damage_of(|scene| _ = scene.hp(0, 4999)), (550, 880));
    assert_eq!(
        damage_of(|scene| _ = scene.hp(0, 5000)),
        (500, 800),
        "half is not below half"
    );
}

#[test]
fn a_shield_halves_damage_from_attacks() {
    assert_eq!(
        damage_of(|scene| _ = scene.effect(1, Effect::Shield, 100)),
        (250, 400)
    );
}

#[test]
fn a_frenzy_adds_a_quarter() {
    assert_eq!(
        damage_of(|scene| _ = scene.event(SpecialEvent::Frenzy, 100)),
        (625, 1000)
    );
}

#[test]
fn factors_multiply_and_round_down_each_time() {
    let all = |scene: &mut Scene| {
        scene
            .at_tick(599)
            .hp(0, 1000)
            .effect(0, Effect::Rage, 700)
            .event(SpecialEvent::Frenzy, 700);
        scene.effect(1, Effect::Shield, 700);
    };
    // 500: 505, 1010, 1111, 1388, 694. 800: 808, 1616, 1777, 2221, 1110.
    assert_eq!(damage_of(all), (694, 1110));
}

#[test]
fn an_attack_cools_down_for_30_ticks() {
    let mut scene = Scene::new(QUIET, &[0, 1]);
    scene.put(0, 10, 10).put(1, 11, 10).steps(61);
    let ticks = hits(&scene).len();
    assert_eq!(ticks, 6, "both attack on ticks 1, 31 and 61");
    assert_eq!(scene.view().warriors()[0].attack_ready(), 91);
}

#[test]
fn damage_dealt_is_counted() {
    let mut scene = Scene::new(QUIET, &[0, 1]);
    scene.put(0, 10, 10).put(1, 11, 10).steps(31);
    let sum: u32 = hits(&scene)
        .iter()
        .filter(|hit| hit.0 == 0)
        .map(|hit| u32::from(hit.2))
        .sum();
    assert_eq!(scene.view().warriors()[0].damage_centi(), sum);
    assert_eq!(u32::from(scene.hp_of(1)), 10_000 - sum);
}

#[test]
fn attacks_of_one_tick_are_simultaneous() {
    // Both would kill the other; neither index goes first.
    let mut scene = Scene::new(QUIET, &[0, 1, 2]);
    scene
        .put(0, 10, 10)
        .put(1, 11, 10)
        .put(2, 30, 30)
        .hp(0, 100)
        .hp(1, 100)
        .step();
    let warriors = scene.view().warriors();
    assert!(!warriors[0].alive() && !warriors[1].alive() && warriors[2].alive());
    assert_eq!(
        (warriors[0].kills(), warriors[1].kills()),
        (1, 1),
        "the dead get the credit"
    );
    assert_eq!((scene.hp_of(0), scene.hp_of(1)), (0, 0), "and not the hit points");
    let died = scene.events.iter().filter(|event| {
        matches!(
            event,
            Event::Died {
                cause: Cause::Combat,
                ..
            }
        )
    });
    assert_eq!(died.count(), 2);
}

#[test]
fn a_kill_belongs_to_the_most_damage_of_that_tick() {
    Scene::many(200, |number| {
        let mut scene = Scene::new(QUIET, &[0, 1, 2]);
        scene
            .put(0, 10, 10)
            .put(1, 11, 10)
            .put(2, 12, 10)
            .hp(1, 100)
            .key(number)
            .step();
        let hits = hits(&scene);
        let on_victim = |attacker: u8| hits.iter().find(|hit| hit.0 == attacker && hit.1 == 1).unwrap().2;
        if on_victim(0) == on_victim(2) {
            return;
        }
        let best = if on_victim(0) > on_victim(2) { 0 } else { 2 };
        assert_eq!(scene.view().warriors()[best].kills(), 1);
        assert!(scene.events.iter().any(
            |event| matches!(event, Event::Kill { attacker, victim: 1, .. } if usize::from(*attacker) == best)
        ));
    });
}

#[test]
fn a_kill_tied_in_damage_is_drawn() {
    let mut kills = [0u32; 3];
    Scene::many(1000, |number| {
        let mut scene = Scene::new(QUIET, &[0, 1, 2]);
        (scene.rules.damage_min_centi, scene.rules.damage_max_centi) = (600, 600);
        scene
            .put(0, 10, 10)
            .put(1, 11, 10)
            .put(2, 12, 10)
            .hp(1, 100)
            .key(number)
            .step();
        (0..3).for_each(|warrior| kills[warrior] += u32::from(scene.view().warriors()[warrior].kills()));
    });
    assert_eq!((kills[0] + kills[2], kills[1]), (1000, 0));
    assert!((435..=565).contains(&kills[0]), "{kills:?}");
}

#[test]
fn a_killer_heals_5_hp_up_to_100() {
    for (before, after) in [(5000, 5500), (9800, 10_000)] {
        let mut scene = Scene::new(QUIET, &[0, 1, 2]);
        scene
            .put(0, 10, 10)
            .put(1, 11, 10)
            .put(2, 30, 30)
            .hp(0, before)
            .hp(1, 1);
        scene.edit(1, |warrior| warrior.attack_ready = [99, 0]).step();
        assert_eq!(scene.hp_of(0), after);
        assert_eq!(scene.view().alive(), 2);
    }
}

#[test]
fn streaks_grow_for_the_killers_owner_and_end_for_the_victims() {
    let mut scene = Scene::new(QUIET, &[0, 0, 1, 1, 2]);
    scene
        .put(0, 10, 10)
        .put(1, 20, 20)
        .put(2, 11, 10)
        .put(3, 30, 1)
        .put(4, 1, 30);
    scene
        .edit(0, |warrior| warrior.streak = 2)
        .edit(1, |warrior| warrior.streak = 2);
    scene
        .edit(2, |warrior| warrior.streak = 7)
        .edit(3, |warrior| warrior.streak = 7);
    scene.hp(2, 1).step();
    let streaks: Vec<u8> = scene.view().warriors().iter().map(Warrior::streak).collect();
    assert_eq!(streaks, [3, 3, 0, 0, 0]);
    assert!(scene.events.contains(&Event::Kill {
        attacker: 0,
        victim: 2,
        streak: 3
    }));
}

#[test]
fn a_killer_who_loses_a_warrior_on_the_same_tick_starts_a_new_streak() {
    let mut scene = Scene::new(QUIET, &[0, 1, 2]);
    scene
        .put(0, 10, 10)
        .put(1, 11, 10)
        .put(2, 30, 30)
        .hp(0, 1)
        .hp(1, 1);
    scene.edit(0, |warrior| warrior.streak = 4).step();
    let streaks: Vec<u8> = scene.view().warriors().iter().map(Warrior::streak).collect();
    assert_eq!(streaks, [1, 1, 0]);
}

#[test]
fn the_dead_leave_their_cell_free_and_do_nothing_more() {
    let mut scene = Scene::new(QUIET, &[0, 1, 2]);
    scene
        .put(0, 10, 10)
        .put(1, 11, 10)
        .put(2, 30, 30)
        .hp(1, 1)
        .hold(1, Heading::S);
    scene.edit(1, |warrior| warrior.attack_ready = [99, 0]).step();
    assert_eq!(scene.at(1), (11, 11), "it fell after its step");
    scene.hold(0, Heading::Se).steps(6);
    assert_eq!(scene.at(0), (11, 11));
    assert_eq!(scene.view().warriors()[1].heading(), Heading::None);
}
