//! Inputs, movement, late entries.

use super::*;

#[test]
fn a_held_heading_steps_every_six_ticks_and_every_three_with_speed() {
    let mut scene = Scene::new(QUIET, &[0, 1, 2]);
    scene.put(0, 5, 5).put(1, 5, 20).put(2, 30, 30);
    scene
        .hold(0, Heading::E)
        .hold(1, Heading::E)
        .effect(1, Effect::Speed, 1000);
    let mut cells = Vec::new();
    for _ in 0..13 {
        scene.step();
        cells.push((scene.at(0).0, scene.at(1).0));
    }
    // Ticks 1, 7, 13 at the usual pace, 1, 4, 7, 10, 13 with speed.
    let expected = [6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 8]
        .into_iter()
        .zip([6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10]);
    assert_eq!(cells, expected.collect::<Vec<_>>());
}

#[test]
fn every_heading_goes_its_way() {
    for heading in Heading::ALL {
        let mut scene = Scene::new(QUIET, &[0, 1]);
        scene.put(0, 10, 10).put(1, 20, 20).hold(0, heading).step();
        let (dx, dy) = heading.delta();
        assert_eq!(scene.at(0), ((10 + dx) as u8, (10 + dy) as u8));
    }
    assert_eq!(Heading::N.delta(), (0, -1), "y grows downwards");
}

#[test]
fn an_input_takes_effect_on_its_own_tick_and_is_held() {
    let mut scene = Scene::new(QUIET, &[0, 1]);
    scene.put(0, 10, 10).put(1, 20, 20);
    scene
        .try_step(
            &[],
            &[Change {
                warrior: 0,
                heading: Heading::S as u8,
            }],
        )
        .unwrap();
    assert_eq!(scene.at(0), (10, 11));
    scene.steps(12);
    assert_eq!(scene.at(0), (10, 13));
    scene
        .try_step(
            &[],
            &[Change {
                warrior: 0,
                heading: 0,
            }],
        )
        .unwrap();
    scene.steps(20);
    assert_eq!(scene.at(0), (10, 13));
}

#[test]
fn a_blocked_step_costs_the_cooldown_too() {
    let mut scene = Scene::new(QUIET, &[0, 0, 1]);
    scene.put(0, 1, 10).put(1, 20, 10).put(2, 30, 30);
    scene.hold(0, Heading::W).step();
    assert_eq!(scene.at(0), (1, 10), "a wall blocks");
    scene.hold(0, Heading::E).steps(5);
    assert_eq!(scene.at(0), (1, 10), "still cooling down");
    scene.step();
    assert_eq!(scene.at(0), (2, 10));
    scene.put(1, 3, 10).steps(20);
    assert_eq!(scene.at(0), (2, 10), "a warrior blocks");
}

#[test]
fn walls_stand_on_all_four_sides() {
    let far = QUIET.arena_side;
    for (heading, x, y) in [
        (Heading::N, 9, 1),
        (Heading::S, 9, far),
        (Heading::W, 1, 9),
        (Heading::E, far, 9),
        (Heading::Nw, 1, 1),
    ] {
        let mut scene = Scene::new(QUIET, &[0, 1]);
        scene.put(1, 16, 16).put(0, x, y).hold(0, heading).steps(20);
        assert_eq!(scene.at(0), (x, y));
    }
}

#[test]
fn who_moves_first_is_drawn_and_no_index_is_favoured() {
    let mut wins = [0u32; 4];
    Scene::many(2000, |number| {
        let mut scene = Scene::new(QUIET, &[0, 1, 2, 3]);
        // 0 and 1 want one cell, 2 and 3 another.
        scene
            .put(0, 10, 10)
            .put(1, 12, 10)
            .hold(0, Heading::E)
            .hold(1, Heading::W);
        scene
            .put(2, 20, 20)
            .put(3, 20, 22)
            .hold(2, Heading::S)
            .hold(3, Heading::N);
        scene.peace_until(100).key(number).step();
        wins[0] += u32::from(scene.at(0) == (11, 10));
        wins[1] += u32::from(scene.at(1) == (11, 10));
        wins[2] += u32::from(scene.at(2) == (20, 21));
        wins[3] += u32::from(scene.at(3) == (20, 21));
    });
    assert_eq!(
        (wins[0] + wins[1], wins[2] + wins[3]),
        (2000, 2000),
        "one of two always gets it"
    );
    // Four standard deviations of a fair coin are 90.
    assert!(wins.iter().all(|&won| (910..=1090).contains(&won)), "{wins:?}");
}

#[test]
fn changes_come_on_slot_ticks_only() {
    let rules = Rules {
        power_up_chance_bps: 0,
        event_chance_bps: 0,
        ..Rules::SIEGE
    };
    let mut scene = Scene::new(rules, &[0, 1]);
    let change = [Change {
        warrior: 0,
        heading: 1,
    }];
    for tick in 0..9 {
        let result = scene.try_step(&[], &change);
        if tick % 3 == 0 {
            result.unwrap();
        } else {
            assert!(
                matches!(result, Err(ArenaError::Inputs { .. })),
                "tick {tick}: {result:?}"
            );
            scene.step();
        }
    }
}

#[test]
fn changes_of_unknown_warriors_and_headings_are_refused_those_of_the_dead_have_no_effect() {
    let mut scene = Scene::new(QUIET, &[0, 1, 2]);
    let before = scene.buf.clone();
    for change in [
        Change {
            warrior: 3,
            heading: 1,
        },
        Change {
            warrior: 0,
            heading: 9,
        },
    ] {
        assert!(matches!(
            scene.try_step(&[], &[change]),
            Err(ArenaError::Inputs { .. })
        ));
        assert_eq!(scene.buf, before);
    }
    scene.edit(2, Warrior::die);
    scene.buf.view_mut().header.alive = 2;
    scene
        .try_step(
            &[],
            &[Change {
                warrior: 2,
                heading: 1,
            }],
        )
        .unwrap();
    assert_eq!(scene.view().warriors()[2].heading(), Heading::None);
}

fn siege() -> Rules {
    Rules {
        power_up_chance_bps: 0,
        event_chance_bps: 0,
        environment_damage_centi: 0,
        ..Rules::SIEGE
    }
}

#[test]
fn late_warriors_enter_with_70_hp_on_free_cells_of_the_zone() {
    let mut scene = Scene::with_capacity(siege(), &[0, 1], 100);
    let owners: Vec<u8> = (0..98).map(|warrior| 2 + warrior / 5).collect();
    scene.try_step(&owners, &[]).unwrap();
    let view = scene.view();
    assert_eq!((view.present(), view.alive()), (100, 100));
    assert_eq!(
        scene
            .events
            .iter()
            .filter(|event| matches!(event, Event::Admitted { .. }))
            .count(),
        98
    );
    for (warrior, &owner) in view.warriors()[2..].iter().zip(&owners) {
        assert_eq!((warrior.owner(), warrior.heading()), (owner, Heading::None));
        // Some were hit by a neighbour on the tick of their entry.
        assert!(
            warrior.hp_centi() == 7000
                || scene
                    .events
                    .iter()
                    .any(|event| matches!(event, Event::Hit { .. }))
        );
    }
    assert!(
        view.warriors()[2..]
            .iter()
            .filter(|warrior| warrior.hp_centi() == 7000)
            .count()
            > 50
    );
}

#[test]
fn late_entry_ends_at_60_seconds_and_is_no_part_of_blitz() {
    let entering = |tick: u16| {
        let mut scene = Scene::with_capacity(siege(), &[0, 1], 10);
        scene.at_tick(tick);
        scene.try_step(&[2, 2], &[])
    };
    assert_eq!(entering(0), Ok(()));
    assert_eq!(entering(3600), Ok(()));
    assert!(matches!(
        entering(3660),
        Err(ArenaError::Admission { tick: 3661, .. })
    ));
    assert!(
        matches!(entering(59), Err(ArenaError::Admission { .. })),
        "not the first tick of a segment"
    );
    let mut blitz = Scene::with_capacity(QUIET, &[0, 1], 10);
    assert!(matches!(
        blitz.try_step(&[2], &[]),
        Err(ArenaError::Admission { .. })
    ));
}

#[test]
fn late_entries_keep_the_order_of_the_roster_and_fit_the_slots() {
    let refused = |admit: &[u8]| {
        let mut scene = Scene::with_capacity(siege(), &[0, 4], 8);
        let before = scene.buf.clone();
        let result = scene.try_step(admit, &[]);
        assert_eq!(scene.buf, before);
        result.unwrap_err()
    };
    assert!(
        matches!(refused(&[4]), ArenaError::Admission { .. }),
        "a player who is there already"
    );
    assert!(
        matches!(refused(&[2]), ArenaError::Admission { .. }),
        "a player before those who are there"
    );
    assert!(
        matches!(refused(&[5, 6, 7, 8, 9, 10, 11]), ArenaError::Admission { .. }),
        "seven for six slots"
    );
    assert!(
        matches!(refused(&[6, 5]), ArenaError::Roster { .. }),
        "descending"
    );
    assert!(
        matches!(refused(&[5; 6]), ArenaError::Roster { .. }),
        "six of one player"
    );
    assert!(
        matches!(refused(&[100]), ArenaError::Roster { .. }),
        "a player index of 100"
    );
}

#[test]
fn a_segment_admits_whole_entries_only() {
    let rules = siege();
    let owners = [0, 1, 2, 2, 3];
    let run = |admit: u8| {
        let mut scene = Scene::with_capacity(rules, &owners[..2], 5);
        let bytes = [admit];
        let inputs = SegmentInputs::parse(&rules, 5, &bytes).unwrap();
        let mut scratch = Box::new(Scratch::new());
        let mut state = scene.buf.view_mut();
        step_segment::<HostSha256>(
            &rules,
            &mut state,
            &mut scratch,
            &[0; 32],
            &inputs,
            &owners,
            &mut (),
        )?;
        Ok::<usize, ArenaError>(state.present())
    };
    assert_eq!(run(0), Ok(2));
    assert!(
        matches!(run(1), Err(ArenaError::Admission { .. })),
        "half an entry"
    );
    assert_eq!(run(2), Ok(4));
    assert_eq!(run(3), Ok(5));
    assert!(
        matches!(run(4), Err(ArenaError::Admission { .. })),
        "more than the roster has"
    );
}
