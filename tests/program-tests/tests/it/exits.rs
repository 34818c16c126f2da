use aurelius::error::AureliusError as E;
use client::instruction::{self, Leave};
use program_tests::{quick_siege, MatchOptions, World};
use solana_signer::Signer;

#[test]
fn a_match_that_is_never_locked_is_cancelled_by_a_stranger() {
    let mut world = World::new();
    let played = world.opened(&[1, 2]);
    let stranger = world.wallet();
    let cancel = instruction::cancel(&played.of, stranger.pubkey());
    let deadline = world.match_state(&played.of).header.lock_deadline;
    world.go_to_slot(deadline);
    world.refuse(
        std::slice::from_ref(&cancel),
        &[&stranger],
        E::LockDeadlineNotPassed,
    );
    world.go_to_slot(deadline + 1);
    world.send(&[cancel], &[&stranger]);
    for (player, paid) in played.players.iter().zip([1_000_000, 2_000_000]) {
        let refund = instruction::refund(&played.of, stranger.pubkey(), &player.pubkey());
        world.send(std::slice::from_ref(&refund), &[&stranger]);
        assert_eq!(world.tokens(&player.pubkey()), paid);
        world.refuse(&[refund], &[&stranger], E::AlreadyRefunded);
    }
}

#[test]
fn an_operator_may_give_up_an_open_match() {
    let mut world = World::new();
    let played = world.opened(&[1, 2]);
    let operator = world.operator.insecure_clone();
    world.send(
        &[instruction::cancel(&played.of, operator.pubkey())],
        &[&operator],
    );
    let again = instruction::cancel(&played.of, operator.pubkey());
    world.refuse(&[again], &[&operator], E::MatchNotOpen);
}

#[test]
fn only_a_locked_or_live_match_is_voided() {
    let mut world = World::new();
    for played in [
        world.opened(&[1, 1]),
        world.proposed(&[1, 1]),
        world.cancelled(&[1, 1]),
    ] {
        world.refuse(
            &[instruction::void_match(&played.of, world.payer.pubkey())],
            &[],
            E::NotVoidable,
        );
    }
}

#[test]
fn a_live_match_is_voided_after_its_deadline_and_not_before() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    world.post(&mut played);
    let deadline = world.match_state(&played.of).header.progress_deadline;
    world.go_to_slot(deadline);
    world.refuse(
        &[instruction::void_match(&played.of, world.payer.pubkey())],
        &[],
        E::ProgressDeadlineNotPassed,
    );
    world.go_to_slot(deadline + 1);
    world.send(&[instruction::void_match(&played.of, world.payer.pubkey())], &[]);
    let payer = world.payer.pubkey();
    for (player, paid) in played.players.iter().zip([1_000_000, 2_000_000]) {
        world.send(&[instruction::refund(&played.of, payer, &player.pubkey())], &[]);
        assert_eq!(world.tokens(&player.pubkey()), paid);
    }
}

#[test]
fn c43_a_pause_stops_entries_and_never_an_exit() {
    let _case = program_tests::case(&[43]);
    let mut world = World::new();
    let open = world.opened(&[1, 2]);
    let settled = world.settled(&[1, 2]);
    let locked = world.locked(&[1, 2]);
    let voided = world.voided(&[1, 2]);
    let authority = world.authority.insecure_clone();
    world.send(
        &[instruction::set_paused(authority.pubkey(), true)],
        &[&authority],
    );
    let newcomer = world.player(1_000_000);
    let enter = world.enter_instruction(&open, &newcomer.pubkey(), 1);
    world.refuse(&[enter], &[&newcomer], E::Paused);

    let payer = world.payer.pubkey();
    let leaver = open.players[0].insecure_clone();
    let leave = Leave {
        player: leaver.pubkey(),
        rent_payer: payer,
    };
    world.send(&[instruction::leave(&open.of, &leave)], &[&leaver]);
    world.send(
        &[instruction::refund(
            &voided.of,
            payer,
            &voided.players[0].pubkey(),
        )],
        &[],
    );
    let winner = world
        .match_state(&settled.of)
        .slots
        .iter()
        .position(|slot| slot.payout > 0)
        .unwrap();
    world.send(
        &[instruction::claim(
            &settled.of,
            payer,
            &settled.players[winner].pubkey(),
        )],
        &[],
    );
    let deadline = world.match_state(&locked.of).header.entropy_deadline;
    let now = world.slot();
    world.go_to_slot(deadline.max(now) + 1);
    world.send(&[instruction::void_match(&locked.of, world.payer.pubkey())], &[]);
}

#[test]
fn a_late_entry_that_was_never_admitted_gets_everything_back() {
    let mut world = World::new();
    let options = MatchOptions {
        rules: quick_siege(),
        ..MatchOptions::default()
    };
    let mut played = world.live_as(options, &[1, 1]);
    let late = world.enter(&mut played, 3);
    world.post_all(&mut played);
    world.submit(&played);
    world.finalize(&played);
    let state = world.match_state(&played.of);
    assert_eq!(state.header.pot, 2_000_000);
    assert_eq!(state.slots[2].payout, 3_000_000);
    let payer = world.payer.pubkey();
    world.send(&[instruction::claim(&played.of, payer, &late.pubkey())], &[]);
    assert_eq!(world.tokens(&late.pubkey()), 3_000_000);
}
