//! Which inputs are accepted, and for which tick.

use protocol::codes::RejectReason;
use protocol::Tick;

use super::tests::{revealed, setup, Player, BLITZ, SIEGE};
use super::*;

#[test]
fn every_input_gets_a_tick_of_its_own() {
    let mut live = revealed(LiveMatch::new(setup(BLITZ, &[0, 1], 2)).unwrap());
    let mut player = Player::new(0);
    let ticks: Vec<_> = (0..3)
        .map(|heading| player.send(&mut live, 0, 0, heading).unwrap().0)
        .collect();
    assert_eq!(ticks, [1, 2, 3], "Blitz: the next ticks");
    let mut live = revealed(LiveMatch::new(setup(SIEGE, &[0, 1], 2)).unwrap());
    let mut player = Player::new(0);
    assert_eq!(player.send(&mut live, 0, 0, 1), Ok(Tick(1)));
    live.step(0, &mut ()).unwrap();
    assert_eq!(
        player.send(&mut live, 1, 0, 2),
        Ok(Tick(4)),
        "Siege: the next slot of three ticks"
    );
    assert_eq!(player.send(&mut live, 1, 0, 3), Ok(Tick(7)));
    while live.tick().0 < 4 {
        live.step(0, &mut ()).unwrap();
    }
    assert_eq!(live.state().warrior(0).unwrap().heading() as u8, 2);
}

#[test]
fn a_warrior_changes_at_most_as_often_as_the_rules_allow() {
    let mut live = revealed(LiveMatch::new(setup(BLITZ, &[0, 0, 1], 3)).unwrap());
    let mut player = Player::new(0);
    for heading in 0..10 {
        player.send(&mut live, 0, 0, heading % 9).unwrap();
    }
    assert_eq!(player.send(&mut live, 0, 0, 1), Err(RejectReason::TooManyChanges));
    assert_eq!(
        player.send(&mut live, 0, 1, 1),
        Ok(Tick(10)),
        "another warrior has its own ten, behind what its player sent before"
    );
    while live.tick().0 < 60 {
        live.step(0, &mut ()).unwrap();
    }
    assert_eq!(
        player.send(&mut live, 60, 0, 1),
        Ok(Tick(61)),
        "the next segment has ten more"
    );
}

/// Whoever checks a segment later finds a player's inputs in it as one unbroken run of the chain.
#[test]
fn no_input_of_a_player_takes_effect_before_an_earlier_one() {
    for (rules, expected) in [(BLITZ, [1, 2, 2, 2, 3]), (SIEGE, [1, 4, 4, 4, 7])] {
        let mut live = revealed(LiveMatch::new(setup(rules, &[0, 0, 0, 1], 4)).unwrap());
        let (mut player, mut other) = (Player::new(0), Player::new(1));
        let ticks: Vec<_> = [0, 0, 1, 2, 1]
            .map(|warrior| player.send(&mut live, 0, warrior, 1).unwrap().0)
            .to_vec();
        assert_eq!(ticks, expected);
        assert_eq!(
            other.send(&mut live, 0, 3, 1),
            Ok(Tick(1)),
            "another player does not wait"
        );
    }
}

#[test]
fn an_input_takes_effect_within_the_window_of_what_its_player_saw() {
    let mut live = revealed(LiveMatch::new(setup(SIEGE, &[0, 0, 1], 3)).unwrap());
    while live.tick().0 < 600 {
        live.step(0, &mut ()).unwrap();
    }
    let mut player = Player::new(0);
    assert_eq!(player.send(&mut live, 1, 0, 1), Ok(Tick(601)));
    // The next tick of this warrior is three later: too far from what the player saw.
    assert_eq!(player.send(&mut live, 3, 0, 2), Err(RejectReason::TickTooOld));
    assert_eq!(player.send(&mut live, 4, 0, 2), Ok(Tick(604)));
    assert_eq!(player.send(&mut live, 3, 1, 2), Err(RejectReason::TickTooOld));
    assert_eq!(player.send(&mut live, 660, 1, 2), Ok(Tick(604)));
}

#[test]
fn what_cannot_be_applied_is_refused_with_its_reason() {
    let mut live = revealed(LiveMatch::new(setup(BLITZ, &[0, 0, 1], 8)).unwrap());
    let mut player = Player::new(0);
    for _ in 0..10 {
        live.step(0, &mut ()).unwrap();
    }
    let mut stranger = Player::new(4);
    assert_eq!(
        stranger.send(&mut live, 10, 0, 1),
        Err(RejectReason::UnknownPlayer)
    );
    assert_eq!(
        player.send(&mut live, 10, 2, 1),
        Err(RejectReason::NotYourWarrior)
    );
    assert_eq!(
        player.send(&mut live, 10, 7, 1),
        Err(RejectReason::NotYourWarrior)
    );
    assert_eq!(
        player.send(&mut live, 10, 255, 1),
        Err(RejectReason::NotYourWarrior)
    );
    assert_eq!(player.send(&mut live, 10, 0, 9), Err(RejectReason::BadHeading));
    assert_eq!(player.send(&mut live, 71, 0, 1), Err(RejectReason::TickInFuture));
    assert_eq!(player.send(&mut live, 70, 0, 1), Ok(Tick(11)));
    let mut gap = Player::new(0);
    gap.sequence = 5;
    assert_eq!(gap.send(&mut live, 10, 0, 1), Err(RejectReason::WrongSequence));
    let mut fork = Player::new(0);
    fork.sequence = 1;
    assert_eq!(fork.send(&mut live, 10, 0, 1), Err(RejectReason::WrongPrevious));
    let forged = player.next(10, 0, 1);
    let refused = VerifiedInput::verify(forged, &Player::new(1).session()).unwrap_err();
    assert_eq!(refused, RejectReason::BadSignature);

    let short = InputWindow {
        past_ticks: 5,
        future_ticks: 0,
    };
    let live = LiveMatch::new(MatchSetup {
        window: short,
        ..setup(BLITZ, &[0, 1], 2)
    });
    let mut live = revealed(live.unwrap());
    for _ in 0..10 {
        live.step(0, &mut ()).unwrap();
    }
    let mut player = Player::new(0);
    assert_eq!(player.send(&mut live, 5, 0, 1), Err(RejectReason::TickTooOld));
    assert_eq!(player.send(&mut live, 6, 0, 1), Ok(Tick(11)));
    while !live.ended() {
        live.step(0, &mut ()).unwrap();
    }
    let end = live.tick().0;
    assert_eq!(player.send(&mut live, end, 0, 1), Err(RejectReason::Ended));
    let frozen = live.state().as_bytes().to_vec();
    assert_eq!(live.step(0, &mut ()).unwrap(), TickOutcome::default());
    assert_eq!(live.state().as_bytes(), frozen);
}
