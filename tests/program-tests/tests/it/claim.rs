use anchor_spl::token::spl_token;
use aurelius::error::AureliusError as E;
use client::{instruction, token};
use program_tests::{swapped, Played, World};
use solana_signer::Signer;

/// The slot of the only winner.
fn winner(world: &World, played: &Played) -> usize {
    world
        .match_state(&played.of)
        .slots
        .iter()
        .position(|slot| slot.payout > 0)
        .unwrap()
}

#[test]
fn anybody_claims_for_the_winner_fee_and_burn_leave_too() {
    let mut world = World::new();
    let played = world.settled(&[1, 2]);
    let index = winner(&world, &played);
    let player = played.players[index].pubkey();
    let stranger = world.wallet();
    world.send(
        &[instruction::claim(&played.of, stranger.pubkey(), &player)],
        &[&stranger],
    );
    assert_eq!(world.tokens(&player), 2_850_000);
    let treasury = world.treasury.pubkey();
    world.send(&[instruction::sweep_fee(&played.of, &treasury)], &[]);
    assert_eq!(world.tokens(&treasury), 90_000);
    world.send(&[instruction::burn(&played.of, &treasury)], &[]);
    assert_eq!(world.token_amount(&played.of.vault()), 0);
    world.refuse(
        &[instruction::sweep_fee(&played.of, &treasury)],
        &[],
        E::FeeAlreadySwept,
    );
    world.refuse(&[instruction::burn(&played.of, &treasury)], &[], E::AlreadyBurned);
}

#[test]
fn c40_nobody_is_paid_twice_or_for_another() {
    let _case = program_tests::case(&[40]);
    let mut world = World::new();
    let played = world.settled(&[1, 2]);
    let index = winner(&world, &played);
    let (player, loser) = (played.players[index].pubkey(), played.players[1 - index].pubkey());
    let caller = world.payer.pubkey();
    let claim = instruction::claim(&played.of, caller, &player);
    // The winner's entry with the loser's account, and the loser's entry with the winner's.
    let theft = swapped(
        claim.clone(),
        &played.of.token_account(&player),
        &played.of.token_account(&loser),
    );
    world.refuse(&[theft], &[], E::RecipientMismatch);
    world.refuse(
        &[instruction::claim(&played.of, caller, &loser)],
        &[],
        E::NothingToClaim,
    );
    let other = world.settled(&[2, 1]);
    let foreign = swapped(
        claim.clone(),
        &played.of.entry(&player),
        &other.of.entry(&other.players[0].pubkey()),
    );
    world.refuse(&[foreign], &[], E::EntryMismatch);
    let vault = swapped(claim.clone(), &played.of.vault(), &other.of.vault());
    world.refuse(&[vault], &[], E::VaultMismatch);
    // Twice in one transaction, then again.
    world.refuse(&[claim.clone(), claim.clone()], &[], E::AlreadyClaimed);
    world.send(std::slice::from_ref(&claim), &[]);
    world.refuse(&[claim], &[], E::AlreadyClaimed);
}

#[test]
fn c40_c41_a_closed_entry_claims_nothing_even_when_it_is_funded_again() {
    let _case = program_tests::case(&[40, 41]);
    let mut world = World::new();
    let played = world.settled(&[1, 2]);
    let index = winner(&world, &played);
    let player = played.players[index].pubkey();
    let payer = world.payer.pubkey();
    let claim = instruction::claim(&played.of, payer, &player);
    let close = instruction::close_entry(played.of.key, &player, payer);
    world.refuse(std::slice::from_ref(&close), &[], E::EntryStillOwed);
    world.send(std::slice::from_ref(&claim), &[]);
    let entry = played.of.entry(&player);
    let fund = solana_system_interface::instruction::transfer(&payer, &entry, 10_000_000);
    // Anchor: the account belongs to the system program; then, that there is none.
    world.refuse_code(&[close.clone(), fund, claim.clone()], &[], 3007);
    world.send(&[close], &[]);
    world.refuse_code(&[claim], &[], 3012);
}

#[test]
fn nothing_is_claimed_before_the_settlement() {
    let mut world = World::new();
    let played = world.proposed(&[1, 2]);
    let caller = world.payer.pubkey();
    let treasury = world.treasury.pubkey();
    for attempt in [
        instruction::claim(&played.of, caller, &played.players[0].pubkey()),
        instruction::sweep_fee(&played.of, &treasury),
        instruction::burn(&played.of, &treasury),
    ] {
        world.refuse(&[attempt], &[], E::MatchNotSettled);
    }
    let refund = instruction::refund(&played.of, caller, &played.players[0].pubkey());
    world.refuse(&[refund], &[], E::MatchNotRefunding);
}

#[test]
fn c17_a_recipient_with_a_delegate_or_a_close_authority() {
    let _case = program_tests::case(&[17]);
    let mut world = World::new();
    let played = world.settled(&[1, 2]);
    let index = winner(&world, &played);
    let player = played.players[index].insecure_clone();
    let thief = world.wallet();
    let account = played.of.token_account(&player.pubkey());
    let (id, owner) = (spl_token::ID, player.pubkey());
    let approve =
        spl_token::instruction::approve(&id, &account, &thief.pubkey(), &owner, &[], u64::MAX).unwrap();
    world.send(&[approve], &[&player]);
    let by_thief = instruction::claim(&played.of, thief.pubkey(), &owner);
    world.refuse(
        std::slice::from_ref(&by_thief),
        &[&thief],
        E::RecipientHasDelegate,
    );
    let revoke = spl_token::instruction::revoke(&id, &account, &owner, &[]).unwrap();
    let closer = spl_token::instruction::set_authority(
        &id,
        &account,
        Some(&thief.pubkey()),
        spl_token::instruction::AuthorityType::CloseAccount,
        &owner,
        &[],
    )
    .unwrap();
    world.send(&[revoke, closer], &[&player]);
    world.refuse(&[by_thief], &[&thief], E::RecipientHasCloseAuthority);
    // Their own risk, their own signature.
    world.send(&[instruction::claim(&played.of, owner, &owner)], &[&player]);
    assert_eq!(world.tokens(&owner), 2_850_000);
}

#[test]
fn c18_a_recipient_without_an_account_can_be_paid_later() {
    let _case = program_tests::case(&[18]);
    let mut world = World::new();
    let played = world.settled(&[1, 2]);
    let index = winner(&world, &played);
    let player = played.players[index].insecure_clone();
    let account = played.of.token_account(&player.pubkey());
    let close = spl_token::instruction::close_account(
        &spl_token::ID,
        &account,
        &player.pubkey(),
        &player.pubkey(),
        &[],
    )
    .unwrap();
    world.send(&[close], &[&player]);
    let payer = world.payer.pubkey();
    let claim = instruction::claim(&played.of, payer, &player.pubkey());
    world.refuse(std::slice::from_ref(&claim), &[], E::RecipientAccountMissing);
    let create = token::create_token_account(&payer, &player.pubkey(), &played.of.mint, &spl_token::ID);
    world.send(&[create, claim], &[]);
    assert_eq!(world.tokens(&player.pubkey()), 2_850_000);
}

#[test]
fn c18_a_recipient_account_that_changed_its_owner() {
    let _case = program_tests::case(&[18]);
    let mut world = World::new();
    let played = world.settled(&[1, 2]);
    let index = winner(&world, &played);
    let player = played.players[index].insecure_clone();
    let buyer = world.wallet();
    let account = played.of.token_account(&player.pubkey());
    let sell = spl_token::instruction::set_authority(
        &spl_token::ID,
        &account,
        Some(&buyer.pubkey()),
        spl_token::instruction::AuthorityType::AccountOwner,
        &player.pubkey(),
        &[],
    )
    .unwrap();
    world.send(&[sell], &[&player]);
    let payer = world.payer.pubkey();
    let claim = instruction::claim(&played.of, payer, &player.pubkey());
    world.refuse(&[claim], &[], E::RecipientOwnerChanged);
}

#[test]
fn c16_a_frozen_winner_holds_up_nobody_and_stays_payable() {
    let _case = program_tests::case(&[16]);
    let mut world = World::new();
    let played = world.settled(&[1, 2]);
    let index = winner(&world, &played);
    let player = played.players[index].pubkey();
    let account = played.of.token_account(&player);
    // State byte of a token account: 1 initialised, 2 frozen.
    world.forge(&account, |account| account.data[108] = 2);
    let payer = world.payer.pubkey();
    let claim = instruction::claim(&played.of, payer, &player);
    // The token program: account frozen.
    world.refuse_code(std::slice::from_ref(&claim), &[], 17);
    let treasury = world.treasury.pubkey();
    world.send(&[instruction::sweep_fee(&played.of, &treasury)], &[]);
    world.send(&[instruction::burn(&played.of, &treasury)], &[]);
    world.forge(&account, |account| account.data[108] = 1);
    world.send(&[claim], &[]);
    assert_eq!(world.tokens(&player), 2_850_000);
}

#[test]
fn the_fee_goes_to_the_treasury_and_nowhere_else() {
    let mut world = World::new();
    let played = world.settled(&[1, 2]);
    let thief = world.player(0);
    let theft = instruction::sweep_fee(&played.of, &thief.pubkey());
    world.refuse(&[theft], &[], E::RecipientMismatch);
}

#[test]
fn c44_a_full_tie_splits_the_prize() {
    let _case = program_tests::case(&[44]);
    // Nobody moves and nobody is near anybody: whether the final state ties is up to the rules; what is asserted is
    // that equal scores are paid equally, to the last unit.
    let mut world = World::new();
    let played = world.settled(&[1, 1]);
    let state = played.game.state.as_ref().unwrap();
    let scores = [
        arena::player_score(&state.view(), 0),
        arena::player_score(&state.view(), 1),
    ];
    let slots = world.match_state(&played.of).slots;
    if scores[0] == scores[1] {
        assert_eq!((slots[0].payout, slots[1].payout), (950_000, 950_000));
    } else {
        assert_eq!(slots[0].payout.max(slots[1].payout), 1_900_000);
    }
    let payer = world.payer.pubkey();
    for (player, slot) in played
        .players
        .iter()
        .zip(&slots)
        .filter(|(_, slot)| slot.payout > 0)
    {
        world.send(&[instruction::claim(&played.of, payer, &player.pubkey())], &[]);
        assert_eq!(world.tokens(&player.pubkey()), slot.payout);
    }
}

#[test]
fn wrapped_sol_is_played_for_and_its_burn_share_goes_to_the_treasury() {
    let mut world = World::new();
    let native = client::address::WRAPPED_SOL_MINT;
    world.use_mint(native);
    let played = world.settled(&[1, 2]);
    let index = winner(&world, &played);
    let player = played.players[index].pubkey();
    let payer = world.payer.pubkey();
    let treasury = world.treasury.pubkey();
    world.send(&[instruction::claim(&played.of, payer, &player)], &[]);
    world.send(&[instruction::sweep_fee(&played.of, &treasury)], &[]);
    world.send(&[instruction::burn(&played.of, &treasury)], &[]);
    assert_eq!(world.tokens(&player), 2_850_000);
    assert_eq!(world.tokens(&treasury), 150_000);
}
