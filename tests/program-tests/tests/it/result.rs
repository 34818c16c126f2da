use aurelius::error::AureliusError as E;
use client::instruction;
use program_tests::{quick_siege, MatchOptions, World};
use solana_signer::Signer;

#[test]
fn the_program_computes_what_the_rules_say() {
    let mut world = World::new();
    let played = world.proposed(&[1, 2, 3]);
    let state = world.match_state(&played.of);
    let final_state = played.game.state.as_ref().unwrap().view();
    let paid = [1_000_000u64, 2_000_000, 3_000_000];
    let mut payouts = [0u64; 3];
    let settlement = arena::share_out(&played.game.rules, &final_state, &paid, &mut payouts).unwrap();
    assert_eq!(
        state.slots[..3]
            .iter()
            .map(|slot| slot.payout)
            .collect::<Vec<_>>(),
        payouts
    );
    assert_eq!(
        (state.header.pot, state.header.fee, state.header.burn),
        (settlement.pot, settlement.fee, settlement.burn)
    );
    assert_eq!((settlement.fee, settlement.burn), (180_000, 120_000));
}

#[test]
fn c35_a_result_before_the_end_or_of_another_state() {
    let _case = program_tests::case(&[35]);
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    world.post(&mut played);
    let early = played.game.state_bytes();
    world.refuse(
        &[instruction::submit_result(played.of.key, early.clone())],
        &[],
        E::ResultNotEnded,
    );
    world.post_all(&mut played);
    let good = played.game.state_bytes();
    world.refuse(
        &[instruction::submit_result(played.of.key, early)],
        &[],
        E::ResultStateMismatch,
    );
    for byte in [0, 8, good.len() / 2, good.len() - 1] {
        let mut forged = good.clone();
        forged[byte] ^= 1;
        world.refuse(
            &[instruction::submit_result(played.of.key, forged)],
            &[],
            E::ResultStateMismatch,
        );
    }
    world.refuse(
        &[instruction::submit_result(played.of.key, Vec::new())],
        &[],
        E::ResultStateMissing,
    );
    world.send(&[instruction::submit_result(played.of.key, good.clone())], &[]);
    world.refuse(
        &[instruction::submit_result(played.of.key, good)],
        &[],
        E::MatchNotLive,
    );
}

#[test]
fn a_large_state_goes_through_an_upload() {
    let mut world = World::new();
    let options = MatchOptions {
        rules: quick_siege(),
        warriors_max: 100,
        players_max: 30,
        ..MatchOptions::default()
    };
    let entries = [5; 18];
    let mut played = world.live_as(options, &entries);
    world.post_all(&mut played);
    assert_eq!(played.game.state_bytes().len(), 1728);
    world.submit(&played);
    world.finalize(&played);
    let state = world.match_state(&played.of);
    let paid: u64 = state.slots.iter().map(|slot| slot.payout).sum();
    assert_eq!(paid + state.header.fee + state.header.burn, 90_000_000);
}

#[test]
fn bytes_in_the_transaction_and_in_an_upload_are_one_too_many() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    world.post_all(&mut played);
    let owner = world.wallet();
    let state = played.game.state_bytes();
    world.send(
        &[instruction::open_upload(owner.pubkey(), 1, state.len() as u32)],
        &[&owner],
    );
    let upload = client::address::upload(&owner.pubkey(), 1);
    let mut both = instruction::submit_uploaded_result(played.of.key, upload);
    both.data = instruction::submit_result(played.of.key, state).data;
    world.refuse(&[both], &[], E::ResultStateTwice);
    let empty = instruction::submit_uploaded_result(played.of.key, upload);
    world.refuse(&[empty], &[], E::ResultStateMismatch);
}

#[test]
fn a_result_that_never_came_voids_the_match() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    world.post_all(&mut played);
    let deadline = world.match_state(&played.of).header.progress_deadline;
    world.go_to_slot(deadline + 1);
    let state = played.game.state_bytes();
    world.refuse(
        &[instruction::submit_result(played.of.key, state)],
        &[],
        E::ProgressDeadlinePassed,
    );
    world.send(&[instruction::void_match(&played.of, world.payer.pubkey())], &[]);
    let payer = world.payer.pubkey();
    for player in &played.players {
        world.send(&[instruction::refund(&played.of, payer, &player.pubkey())], &[]);
    }
    assert_eq!(world.token_amount(&played.of.vault()), 0);
}

#[test]
fn c37_finalise_one_slot_early_fails_and_on_time_works() {
    let _case = program_tests::case(&[37]);
    let mut world = World::new();
    let played = world.proposed(&[1, 2]);
    let deadline = world.match_state(&played.of).header.challenge_deadline;
    let finalize = instruction::finalize(&played.of);
    world.go_to_slot(deadline);
    world.refuse(std::slice::from_ref(&finalize), &[], E::ChallengeWindowOpen);
    world.go_to_slot(deadline + 1);
    world.send(std::slice::from_ref(&finalize), &[]);
    world.refuse(&[finalize], &[], E::MatchNotProposed);
}
