//! Power-ups: how they appear, what they do, how they go.

use super::*;
use crate::state::{PowerUp, PowerUpKind};

fn lay(scene: &mut Scene, slot: usize, x: u8, y: u8, kind: PowerUpKind, expires: u16) {
    scene.buf.view_mut().power_ups[slot] = PowerUp::lay(Cell::at(x, y), kind, expires);
}

#[test]
fn whoever_steps_on_a_power_up_has_it() {
    for (kind, effect) in [
        (PowerUpKind::Rage, Effect::Rage),
        (PowerUpKind::Shield, Effect::Shield),
        (PowerUpKind::Speed, Effect::Speed),
    ] {
        let mut scene = Scene::new(QUIET, &[0, 1]);
        scene.put(0, 10, 10).put(1, 20, 20).hold(0, Heading::E);
        lay(&mut scene, 3, 11, 10, kind, 500);
        scene.step();
        let warrior = &scene.view().warriors()[0];
        assert_eq!(
            (warrior.effect(), warrior.effect_until()),
            (effect, 361),
            "360 ticks from now"
        );
        assert!(scene.view().power_ups().iter().all(PowerUp::is_empty));
        assert!(scene.events.contains(&Event::Pickup { warrior: 0, kind }));
    }
}

#[test]
fn a_heal_gives_25_hp_up_to_100_at_once() {
    for (before, after) in [(3000, 5500), (9000, 10_000)] {
        let mut scene = Scene::new(QUIET, &[0, 1]);
        scene.put(0, 10, 10).put(1, 20, 20).hp(0, before);
        lay(&mut scene, 0, 10, 10, PowerUpKind::Heal, 500);
        scene.step();
        assert_eq!(
            (scene.hp_of(0), scene.view().warriors()[0].effect()),
            (after, Effect::None)
        );
    }
}

#[test]
fn a_new_effect_replaces_the_old_one_and_a_heal_does_not() {
    let mut scene = Scene::new(QUIET, &[0, 1]);
    scene.put(0, 10, 10).put(1, 20, 20).effect(0, Effect::Rage, 300);
    lay(&mut scene, 0, 10, 10, PowerUpKind::Heal, 500);
    scene.step();
    assert_eq!(scene.view().warriors()[0].effect_at(2), Effect::Rage);
    lay(&mut scene, 0, 10, 10, PowerUpKind::Shield, 500);
    scene.step();
    assert_eq!(scene.view().warriors()[0].effect_at(3), Effect::Shield);
    assert_eq!(scene.view().warriors()[0].effect_at(362), Effect::None);
}

#[test]
fn a_power_up_disappears_on_its_tick() {
    let mut scene = Scene::new(QUIET, &[0, 1]);
    scene.put(0, 10, 10).put(1, 20, 20);
    lay(&mut scene, 1, 5, 5, PowerUpKind::Rage, 3);
    scene.steps(2);
    assert!(!scene.view().power_ups()[1].is_empty());
    scene.step();
    assert!(scene.view().power_ups()[1].is_empty());
    assert!(scene.events.contains(&Event::ExpirePowerUp {
        x: 5,
        y: 5,
        kind: PowerUpKind::Rage
    }));
}

#[test]
fn they_appear_by_probability_inside_the_zone_and_every_kind_occurs() {
    let mut kinds = [0u32; 5];
    Scene::many(2000, |number| {
        let mut scene = Scene::new(
            Rules {
                power_up_chance_bps: 6000,
                ..QUIET
            },
            &[0, 1],
        );
        scene.zone(9).at_tick(179).key(number).step();
        let laid: Vec<PowerUp> = scene
            .view()
            .power_ups()
            .iter()
            .copied()
            .filter(|slot| !slot.is_empty())
            .collect();
        assert!(laid.len() <= 1, "one try");
        kinds[laid
            .first()
            .map_or(0, |power_up| power_up.kind().unwrap() as usize)] += 1;
        for power_up in laid {
            assert!((9..=24).contains(&power_up.x()) && (9..=24).contains(&power_up.y()));
            assert_eq!(power_up.expires(), 180 + 900);
        }
    });
    // 300 of each kind, four standard deviations are 64; a few tries meet a warrior.
    assert!(
        kinds[1..].iter().all(|&count| (230..=366).contains(&count)),
        "{kinds:?}"
    );
    let mut between = Scene::new(
        Rules {
            power_up_chance_bps: 10_000,
            ..QUIET
        },
        &[0, 1],
    );
    between.steps(179);
    assert!(
        between.view().power_ups().iter().all(PowerUp::is_empty),
        "only every 180 ticks"
    );
}

#[test]
fn no_power_up_appears_on_a_taken_cell_or_without_a_free_slot() {
    let rules = Rules {
        power_up_chance_bps: 10_000,
        power_up_every_ticks: 1,
        power_up_life_ticks: 32_000,
        ..QUIET
    };
    let mut scene = Scene::new(rules, &[0, 1]);
    scene.steps(300);
    let view = scene.view();
    // The checks of every step refuse two power-ups on one cell.
    assert!(
        view.power_ups().iter().all(|slot| !slot.is_empty()),
        "all 8 slots are full"
    );
    assert_eq!(view.power_ups().len(), 8);
}
