//! What answers for an operator: in, reserved, released, out.

use aurelius::error::AureliusError as E;
use client::address;
use client::event::Event;
use client::instruction::{self, BondRef};
use program_tests::{swapped, MatchOptions, World, BOND, BOND_TERMS};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// An active operator of its own with `bond`.
fn operator_with(world: &mut World, bond: u64) -> Keypair {
    let operator = world.wallet();
    world.register_operator(&operator, world.mint);
    let of = world.bond_ref(&operator);
    let all = world.operator_state(&of.operator()).bond;
    withdraw(world, &operator, all);
    if bond > 0 {
        world.deposit_bond(&operator, bond);
    }
    operator
}

fn withdraw(world: &mut World, operator: &Keypair, amount: u64) {
    let of = world.bond_ref(operator);
    let request = instruction::request_bond_withdrawal(&of, amount);
    world.send(&[request], &[operator]);
    let slot = world.operator_state(&of.operator()).withdrawal_slot;
    world.go_to_slot(slot);
    world.send(&[instruction::withdraw_bond(&of)], &[operator]);
}

#[test]
fn anybody_adds_to_a_bond_and_it_belongs_to_the_operator() {
    let mut world = World::new();
    let operator = operator_with(&mut world, 0);
    let of = world.bond_ref(&operator);
    let friend = world.player(500);
    world.refuse(
        &[instruction::deposit_bond(&of, friend.pubkey(), 0)],
        &[&friend],
        E::BondAmountInvalid,
    );
    // The token program: insufficient funds.
    world.refuse_code(
        &[instruction::deposit_bond(&of, friend.pubkey(), 501)],
        &[&friend],
        1,
    );
    let deposit = instruction::deposit_bond(&of, friend.pubkey(), 400);
    let landed = world.send(&[deposit], &[&friend]);
    assert!(
        matches!(landed.events()[..], [Event::BondDeposited(ref event)] if (event.depositor, event.amount, event.bond) == (friend.pubkey(), 400, 400))
    );
    assert_eq!(world.tokens(&friend.pubkey()), 100);
    assert_eq!(world.token_amount(&address::bond_vault(&of.operator())), 400);
    let before = world.tokens(&operator.pubkey());
    withdraw(&mut world, &operator, 400);
    assert_eq!(world.tokens(&operator.pubkey()) - before, 400);
}

#[test]
fn a_deposit_goes_to_the_operators_own_vault_in_its_own_mint() {
    let mut world = World::new();
    let operator = operator_with(&mut world, 0);
    let of = world.bond_ref(&operator);
    let depositor = world.player(500);
    let good = instruction::deposit_bond(&of, depositor.pubkey(), 100);
    let other = address::bond_vault(&address::operator(&world.operator.pubkey(), &world.mint));
    let vault = swapped(good.clone(), &address::bond_vault(&of.operator()), &other);
    world.refuse(&[vault], &[&depositor], E::BondVaultMismatch);
    let mint = Keypair::new();
    world.create_mint(&mint, program_tests::DECIMALS);
    let fake = swapped(good.clone(), &of.mint, &mint.pubkey());
    world.refuse(&[fake], &[&depositor], E::OperatorMintMismatch);
    // Somebody else's tokens. The token program: the owner does not match.
    let victim = world.player(500);
    let token = |owner: &Keypair| address::token_account(&owner.pubkey(), &of.mint, &of.token_program);
    let theft = swapped(good.clone(), &token(&depositor), &token(&victim));
    world.refuse_code(&[theft], &[&depositor], 4);
    world.send(&[good], &[&depositor]);
}

#[test]
fn a_withdrawal_is_announced_and_waits() {
    let mut world = World::new();
    let operator = operator_with(&mut world, 1_000);
    let of = world.bond_ref(&operator);
    world.refuse(
        &[instruction::withdraw_bond(&of)],
        &[&operator],
        E::NoWithdrawalRequested,
    );
    let before = world.tokens(&operator.pubkey());
    let landed = world.send(&[instruction::request_bond_withdrawal(&of, 300)], &[&operator]);
    let ready = world.slot() + BOND_TERMS.withdraw_slots;
    assert!(
        matches!(landed.events()[..], [Event::BondWithdrawalRequested(ref event)] if (event.amount, event.available_slot) == (300, ready))
    );
    assert_eq!(world.operator_state(&of.operator()).free_bond(), 700);
    world.go_to_slot(ready - 1);
    world.refuse(
        &[instruction::withdraw_bond(&of)],
        &[&operator],
        E::WithdrawalNotReady,
    );
    world.go_to_slot(ready);
    let landed = world.send(&[instruction::withdraw_bond(&of)], &[&operator]);
    assert!(
        matches!(landed.events()[..], [Event::BondWithdrawn(ref event)] if (event.amount, event.bond) == (300, 700))
    );
    assert_eq!(world.tokens(&operator.pubkey()) - before, 300);
    world.refuse(
        &[instruction::withdraw_bond(&of)],
        &[&operator],
        E::NoWithdrawalRequested,
    );
}

#[test]
fn a_new_request_replaces_the_old_and_starts_the_delay_again() {
    let mut world = World::new();
    let operator = operator_with(&mut world, 1_000);
    let of = world.bond_ref(&operator);
    let request = |amount| instruction::request_bond_withdrawal(&of, amount);
    world.send(&[request(1_000)], &[&operator]);
    let first = world.operator_state(&of.operator()).withdrawal_slot;
    world.go_to_slot(first);
    // All of it is on its way already, and may be asked for again: not twice as much.
    world.refuse(&[request(1_001)], &[&operator], E::BondInsufficient);
    world.send(&[request(1_000)], &[&operator]);
    world.refuse(
        &[instruction::withdraw_bond(&of)],
        &[&operator],
        E::WithdrawalNotReady,
    );
    world.send(&[request(0)], &[&operator]);
    let state = world.operator_state(&of.operator());
    assert_eq!((state.withdrawal_slot, state.free_bond()), (0, 1_000));
    world.go_to_slot(first + 10 * BOND_TERMS.withdraw_slots);
    world.refuse(
        &[instruction::withdraw_bond(&of)],
        &[&operator],
        E::NoWithdrawalRequested,
    );
}

#[test]
fn only_the_operator_withdraws_and_only_to_his_own_account() {
    let mut world = World::new();
    let operator = operator_with(&mut world, 1_000);
    let thief = operator_with(&mut world, 1_000);
    let (of, thiefs) = (world.bond_ref(&operator), world.bond_ref(&thief));
    let request = instruction::request_bond_withdrawal(&of, 1_000);
    let theft = swapped(request.clone(), &operator.pubkey(), &thief.pubkey());
    world.refuse(&[theft], &[&thief], E::OperatorMismatch);
    world.send(&[request], &[&operator]);
    world.send(&[instruction::request_bond_withdrawal(&thiefs, 1_000)], &[&thief]);
    let ready = world.operator_state(&thiefs.operator()).withdrawal_slot;
    world.go_to_slot(ready);
    let good = instruction::withdraw_bond(&of);
    let theft = swapped(good.clone(), &operator.pubkey(), &thief.pubkey());
    world.refuse(&[theft], &[&thief], E::OperatorMismatch);
    let token = |of: &BondRef| address::token_account(&of.authority, &of.mint, &of.token_program);
    let astray = swapped(good.clone(), &token(&of), &token(&thiefs));
    world.refuse(&[astray], &[&operator], E::RecipientMismatch);
    // Their own request, paid from another operator's vault.
    let theft = swapped(
        instruction::withdraw_bond(&thiefs),
        &address::bond_vault(&thiefs.operator()),
        &address::bond_vault(&of.operator()),
    );
    world.refuse(&[theft], &[&thief], E::BondVaultMismatch);
    let mint = Keypair::new();
    world.create_mint(&mint, program_tests::DECIMALS);
    let fake = swapped(good.clone(), &of.mint, &mint.pubkey());
    world.refuse(&[fake], &[&operator], E::OperatorMintMismatch);
    let token_2022 = swapped(good.clone(), &anchor_spl::token::ID, &anchor_spl::token_2022::ID);
    world.refuse(&[token_2022], &[&operator], E::TokenProgramMismatch);
    world.send(&[good], &[&operator]);
}

/// ⌈stake · warriors · factor⌉ with a factor of 120 %: 7 · 9 · 1.2 = 75.6.
#[test]
fn a_match_reserves_its_largest_pot_times_the_factor_rounded_up() {
    let mut world = World::new();
    let authority = address::operator(&world.operator.pubkey(), &world.mint);
    let options = MatchOptions {
        stake_per_warrior: 7,
        warriors_max: 9,
        players_max: 9,
        ..MatchOptions::default()
    };
    let played = world.opened_as(options, &[]);
    assert_eq!(world.match_state(&played.of).header.bond_reserved, 76);
    let operator = world.operator_state(&authority);
    assert_eq!((operator.bond, operator.reserved_bond), (BOND, 76));
    assert_eq!(operator.free_bond(), BOND - 76);
}

#[test]
fn no_match_opens_above_the_free_bond() {
    let mut world = World::new();
    let operator = world.operator.insecure_clone();
    let of = world.bond_ref(&operator);
    // All but what one match of 24,000,000 needs, less one.
    let request = instruction::request_bond_withdrawal(&of, BOND - 24_000_000 + 1);
    world.send(&[request], &[&operator]);
    let options = MatchOptions::default();
    let game = program_tests::Game::new(options.rules, [1; 32]);
    let args = world.create_args(&options, &game);
    let create = instruction::create_match(&world.next_create(), args.clone());
    world.refuse(std::slice::from_ref(&create), &[&operator], E::BondInsufficient);
    let request = instruction::request_bond_withdrawal(&of, BOND - 24_000_000);
    world.send(&[request], &[&operator]);
    world.send(&[create], &[&operator]);
    assert_eq!(world.operator_state(&of.operator()).free_bond(), 0);
    let next = instruction::create_match(&world.next_create(), args);
    world.refuse(&[next], &[&operator], E::BondInsufficient);
    // What a match has reserved does not leave either.
    let request = instruction::request_bond_withdrawal(&of, BOND - 24_000_000 + 1);
    world.refuse(&[request], &[&operator], E::BondInsufficient);
    withdraw(&mut world, &operator, BOND - 24_000_000);
    let request = instruction::request_bond_withdrawal(&of, 1);
    world.refuse(&[request], &[&operator], E::BondInsufficient);
}

#[test]
fn a_match_that_ends_well_gives_its_bond_back() {
    let mut world = World::new();
    let of = address::operator(&world.operator.pubkey(), &world.mint);
    let reserved = |world: &World| world.operator_state(&of).reserved_bond;
    let proposed = world.proposed(&[1, 2]);
    assert_eq!(reserved(&world), 24_000_000);
    world.finalize(&proposed);
    assert_eq!(reserved(&world), 0);
    let open = world.opened(&[1, 2]);
    let operator = world.operator.insecure_clone();
    let cancel = instruction::cancel(&open.of, operator.pubkey());
    world.send(&[cancel], &[&operator]);
    assert_eq!(reserved(&world), 0);
    let locked = world.locked(&[1, 2]);
    let deadline = world.match_state(&locked.of).header.entropy_deadline;
    world.go_to_slot(deadline + 1);
    assert_eq!(reserved(&world), 24_000_000);
    let void = instruction::void_match(&locked.of, world.payer.pubkey());
    world.send(&[void], &[]);
    let operator = world.operator_state(&of);
    assert_eq!(
        (operator.bond, operator.reserved_bond, operator.slashed),
        (BOND, 0, 0)
    );
}

/// Terms are those of the creation, whatever the config says later.
#[test]
fn new_terms_change_no_match_that_exists() {
    let mut world = World::new();
    let played = world.live(&[1, 2]);
    let authority = world.authority.insecure_clone();
    let args = instruction::UpdateConfigArgs {
        treasury: None,
        randomness_program: None,
        randomness_queue: None,
        windows: None,
        cluster: None,
        bond: Some(instruction::BondTerms {
            factor_bps: 1_000_000,
            burn_bps: 10_000,
            reporter_bps: 0,
            withdraw_slots: 1,
        }),
    };
    let update = instruction::update_config(authority.pubkey(), args);
    world.send(&[update], &[&authority]);
    let deadline = world.match_state(&played.of).header.progress_deadline;
    world.go_to_slot(deadline + 1);
    let void = instruction::void_match(&played.of, world.payer.pubkey());
    world.send(&[void], &[]);
    let header = world.match_state(&played.of).header;
    assert_eq!((header.slash, header.award), (24_000_000, 2_400_000));
}

/// A bond that somebody took out of its vault behind the program's back.
#[test]
fn a_vault_short_of_its_bond_pays_nothing() {
    let mut world = World::new();
    let operator = operator_with(&mut world, 1_000);
    let of = world.bond_ref(&operator);
    world.send(&[instruction::request_bond_withdrawal(&of, 400)], &[&operator]);
    let ready = world.operator_state(&of.operator()).withdrawal_slot;
    world.go_to_slot(ready);
    let vault = address::bond_vault(&of.operator());
    world.unbond(&of.operator());
    world.forge(&vault, |account| {
        account.data[64..72].copy_from_slice(&999u64.to_le_bytes())
    });
    world.forge(
        &address::token_account(&operator.pubkey(), &of.mint, &of.token_program),
        |account| {
            account.data[64] ^= 1;
        },
    );
    world.refuse(
        &[instruction::withdraw_bond(&of)],
        &[&operator],
        E::BondVaultShort,
    );
}
