//! How a match ends.

use super::*;
use crate::event::EndReason;

#[test]
fn it_ends_at_full_time() {
    for table in [Rules::BLITZ, Rules::SIEGE] {
        let rules = Rules {
            power_up_chance_bps: 0,
            event_chance_bps: 0,
            environment_damage_centi: 0,
            zone_damage_centi: 0,
            ..table
        };
        let mut scene = Scene::new(rules, &[0, 1]);
        scene
            .put(0, 20, 20)
            .put(1, 25, 25)
            .at_tick(rules.length_ticks - 2)
            .step();
        assert!(!scene.view().ended());
        scene.step();
        assert!(scene.view().ended() && !scene.view().all_dead());
        assert_eq!(
            scene.events.last(),
            Some(&Event::Ended {
                reason: EndReason::FullTime
            })
        );
    }
    assert_eq!(
        (Rules::BLITZ.length_ticks, Rules::SIEGE.length_ticks),
        (90 * 60, 300 * 60)
    );
}

#[test]
fn it_ends_when_one_players_warriors_are_the_only_ones_left() {
    let mut scene = Scene::new(QUIET, &[0, 0, 1, 2]);
    scene
        .put(0, 10, 10)
        .put(1, 10, 12)
        .put(2, 11, 10)
        .put(3, 30, 30)
        .hp(2, 1)
        .step();
    assert!(!scene.view().ended(), "player 2 is still there");
    scene
        .put(3, 11, 11)
        .hp(3, 1)
        .edit(1, |warrior| warrior.attack_ready = [0, 0])
        .step();
    assert!(scene.view().ended());
    assert_eq!((scene.view().alive(), scene.view().tick()), (2, 2));
    assert_eq!(
        scene.events.last(),
        Some(&Event::Ended {
            reason: EndReason::LastPlayer
        })
    );
}

#[test]
fn an_ended_match_stays_as_it_is() {
    let mut scene = Scene::new(QUIET, &[0, 1]);
    scene
        .put(0, 10, 10)
        .put(1, 11, 10)
        .hp(1, 1)
        .hold(0, Heading::S)
        .step();
    assert!(scene.view().ended());
    let before = scene.buf.clone();
    scene.steps(100);
    assert_eq!(scene.buf, before);
}

#[test]
fn when_all_die_on_one_tick_that_ticks_damage_and_healing_are_undone() {
    let mut scene = Scene::new(QUIET, &[0, 1]);
    scene.put(0, 10, 10).put(1, 11, 10).hp(0, 100).hp(1, 300);
    scene.edit(0, |warrior| warrior.add_damage(77));
    // A heal on the same tick, still too little to survive.
    scene.rules.heal_centi = 50;
    let heal = crate::state::PowerUp::lay(Cell::at(10, 10), crate::state::PowerUpKind::Heal, 50);
    scene.buf.view_mut().power_ups[0] = heal;
    scene.step();
    let view = scene.view();
    assert!(view.ended() && view.all_dead());
    assert_eq!(
        (
            view.warriors()[0].hp_centi(),
            view.warriors()[1].hp_centi(),
            view.alive()
        ),
        (100, 300, 2)
    );
    assert_eq!(
        (
            view.warriors()[0].damage_centi(),
            view.warriors()[1].damage_centi()
        ),
        (77, 0)
    );
    assert_eq!((view.warriors()[0].kills(), view.warriors()[1].kills()), (0, 0));
    assert_eq!(
        scene.events.last(),
        Some(&Event::Ended {
            reason: EndReason::AllDead
        })
    );
}

#[test]
fn the_environment_can_end_it_for_all() {
    let mut scene = Scene::new(
        Rules {
            environment_damage_centi: 200,
            ..QUIET
        },
        &[0, 1, 2],
    );
    scene.hp(0, 200).hp(1, 150).hp(2, 1).at_tick(179).step();
    assert!(scene.view().all_dead());
    assert_eq!((scene.hp_of(0), scene.hp_of(1), scene.hp_of(2)), (200, 150, 1));
}

#[test]
fn all_dead_is_about_the_living_alone() {
    // Warrior 2 died earlier: it stays dead.
    let mut scene = Scene::new(QUIET, &[0, 1, 2]);
    scene
        .put(0, 10, 10)
        .put(1, 11, 10)
        .hp(0, 1)
        .hp(1, 1)
        .edit(2, Warrior::die);
    scene.buf.view_mut().header.alive = 2;
    scene.step();
    assert!(scene.view().all_dead());
    assert_eq!((scene.hp_of(0), scene.hp_of(1), scene.hp_of(2)), (1, 1, 0));
}
