use aurelius::error::AureliusError as E;
use client::instruction::{self, CloseMatch};
use program_tests::{Played, World};
use solana_instruction::Instruction;
use solana_signer::Signer;

fn close_match(world: &World, played: &Played, surplus: bool) -> Instruction {
    let payer = world.payer.pubkey();
    let treasury_of_surplus = surplus.then(|| world.treasury.pubkey());
    instruction::close_match(
        &played.of,
        &CloseMatch {
            caller: payer,
            rent_payer: payer,
            treasury_of_surplus,
        },
    )
}

fn close_randomness(world: &World, played: &Played) -> Instruction {
    instruction::close_randomness(
        &world.source,
        played.of.key,
        played.randomness,
        world.payer.pubkey(),
        played.recent_slot,
    )
}

/// Everything that a settled match still has to do before it can be closed, fee and burn included.
fn pay_out(world: &mut World, played: &Played) {
    let (payer, treasury) = (world.payer.pubkey(), world.treasury.pubkey());
    let slots = world.match_state(&played.of).slots;
    for (player, _) in played
        .players
        .iter()
        .zip(&slots)
        .filter(|(_, slot)| slot.payout > 0)
    {
        world.send(&[instruction::claim(&played.of, payer, &player.pubkey())], &[]);
    }
    world.send(&[instruction::sweep_fee(&played.of, &treasury)], &[]);
    world.send(&[instruction::burn(&played.of, &treasury)], &[]);
}

fn close_entries(world: &mut World, played: &Played) {
    let payer = world.payer.pubkey();
    for player in &played.players {
        world.send(
            &[instruction::close_entry(played.of.key, &player.pubkey(), payer)],
            &[],
        );
    }
}

#[test]
fn c45_c46_a_match_closes_when_nothing_is_left_and_the_rent_returns() {
    let _case = program_tests::case(&[45, 46]);
    let mut world = World::new();
    let mut played = world.open_match(Default::default());
    let rents: u64 = [
        played.of.key,
        played.of.trace(),
        played.of.vault(),
        played.randomness,
    ]
    .iter()
    .map(|address| world.lamports(address))
    .sum();
    assert!(rents > 0);
    // One player pays their own rent, and gets it back.
    let own = world.player(1_000_000);
    let enter = instruction::enter(
        &played.of,
        &instruction::Enter::own(own.pubkey(), &played.of),
        world.enter_args(&played, &own.pubkey(), 1),
    );
    let before_own = world.lamports(&own.pubkey());
    world.send(&[enter], &[&own]);
    let rent_own = world.lamports(&played.of.entry(&own.pubkey()));
    assert_eq!(before_own - world.lamports(&own.pubkey()), rent_own);
    played.players.push(own.insecure_clone());
    world.enter(&mut played, 2);
    world.lock(&played);
    world.start(&mut played);
    world.refuse(&[close_match(&world, &played, false)], &[], E::MatchNotOver);
    world.post_all(&mut played);
    world.submit(&played);
    world.finalize(&played);
    world.refuse(&[close_match(&world, &played, false)], &[], E::MatchNotEmpty);
    pay_out(&mut world, &played);
    world.refuse(&[close_match(&world, &played, false)], &[], E::EntriesStillOpen);

    let payer = world.payer.pubkey();
    let theft = instruction::close_entry(played.of.key, &own.pubkey(), payer);
    world.refuse(&[theft], &[], E::RentPayerMismatch);
    world.send(
        &[instruction::close_entry(
            played.of.key,
            &own.pubkey(),
            own.pubkey(),
        )],
        &[],
    );
    assert_eq!(world.lamports(&own.pubkey()), before_own);
    let second = played.players[1].pubkey();
    world.send(&[instruction::close_entry(played.of.key, &second, payer)], &[]);

    world.send(&[close_randomness(&world, &played)], &[]);
    world.send(&[close_match(&world, &played, false)], &[]);
    for address in [
        played.of.key,
        played.of.trace(),
        played.of.vault(),
        played.randomness,
    ] {
        assert_eq!(world.lamports(&address), 0);
    }
}

#[test]
fn the_randomness_account_closes_before_the_match_unless_its_payer_waives_it() {
    let mut world = World::new();
    let played = world.settled(&[1, 2]);
    pay_out(&mut world, &played);
    close_entries(&mut world, &played);
    let stranger = world.wallet();
    let payer = world.payer.pubkey();
    let by_stranger = CloseMatch {
        caller: stranger.pubkey(),
        rent_payer: payer,
        treasury_of_surplus: None,
    };
    let close = instruction::close_match(&played.of, &by_stranger);
    world.refuse(std::slice::from_ref(&close), &[&stranger], E::RandomnessStillOpen);
    world.send(&[close_randomness(&world, &played)], &[]);
    world.send(&[close], &[&stranger]);
}

#[test]
fn the_randomness_account_of_a_running_match_stays() {
    let mut world = World::new();
    let played = world.locked(&[1, 2]);
    world.refuse(&[close_randomness(&world, &played)], &[], E::MatchNotOver);
}

#[test]
fn c15_donated_tokens_and_sol_change_no_payout_and_no_close() {
    let _case = program_tests::case(&[15]);
    let mut world = World::new();
    let mut played = world.opened(&[1, 2]);
    let donor = world.player(777);
    world.donate(&played.of, &donor, 777);
    for address in [played.of.key, played.of.trace(), played.of.vault()] {
        world.donate_lamports(&address, 12_345);
    }
    world.lock(&played);
    world.start(&mut played);
    world.post_all(&mut played);
    world.submit(&played);
    world.finalize(&played);
    assert_eq!(world.match_state(&played.of).header.pot, 3_000_000);
    pay_out(&mut world, &played);
    close_entries(&mut world, &played);
    world.send(&[close_randomness(&world, &played)], &[]);
    world.refuse(
        &[close_match(&world, &played, false)],
        &[],
        E::TreasuryAccountMissing,
    );
    let treasury = world.treasury.pubkey();
    let before = world.tokens(&treasury);
    world.send(&[close_match(&world, &played, true)], &[]);
    assert_eq!(world.tokens(&treasury) - before, 777);
}

#[test]
fn c41_a_match_closed_and_funded_again_in_one_transaction_is_gone() {
    let _case = program_tests::case(&[41]);
    let mut world = World::new();
    let played = world.settled(&[1, 2]);
    pay_out(&mut world, &played);
    close_entries(&mut world, &played);
    world.send(&[close_randomness(&world, &played)], &[]);
    let payer = world.payer.pubkey();
    let fund = solana_system_interface::instruction::transfer(&payer, &played.of.key, 50_000_000);
    world.send(&[close_match(&world, &played, false), fund], &[]);
    assert!(world.try_match(&played.of.key).is_none());
    // Anchor: not owned by the program any more (3007), or not initialised (3012).
    world.refuse_code(&[instruction::finalize(&played.of)], &[], 3007);
}

#[test]
fn an_entry_with_money_in_it_stays() {
    let mut world = World::new();
    let played = world.voided(&[1, 2]);
    let payer = world.payer.pubkey();
    let player = played.players[0].pubkey();
    let close = instruction::close_entry(played.of.key, &player, payer);
    world.refuse(std::slice::from_ref(&close), &[], E::EntryStillOwed);
    world.send(&[instruction::refund(&played.of, payer, &player)], &[]);
    // Their share of the forfeited bond is still to come.
    world.refuse(std::slice::from_ref(&close), &[], E::EntryStillOwed);
    world.collect(&played.of);
    world.refuse(std::slice::from_ref(&close), &[], E::EntryStillOwed);
    world.send(&[instruction::refund(&played.of, payer, &player)], &[]);
    world.send(&[close], &[]);
    let live = world.live(&[1, 1]);
    let early = instruction::close_entry(live.of.key, &live.players[0].pubkey(), payer);
    world.refuse(&[early], &[], E::MatchNotOver);
}
