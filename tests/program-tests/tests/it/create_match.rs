use anchor_lang::prelude::Pubkey;
use arena::Rules;
use aurelius::error::AureliusError as E;
use client::instruction::{self, CreateMatchArgs};
use program_tests::{quick_blitz, Game, MatchOptions, World};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// What is wrong with the arguments, and the error that must say so.
type Case = (fn(&mut CreateMatchArgs), E);

#[test]
fn c06_c12_arguments_out_of_range_open_nothing() {
    let _case = program_tests::case(&[6, 12]);
    let mut world = World::new();
    let cases: &[Case] = &[
        (|args| args.players_max = 0, E::PlayersMaxInvalid),
        (|args| args.players_max = 1, E::PlayersMaxInvalid),
        (
            |args| args.players_max = args.warriors_max + 1,
            E::PlayersMaxInvalid,
        ),
        (|args| args.warriors_max = 1, E::WarriorsMaxInvalid),
        (|args| args.warriors_max = 21, E::WarriorsMaxInvalid),
        (|args| args.warriors_max = 255, E::WarriorsMaxInvalid),
        (|args| args.stake_per_warrior = 0, E::StakeInvalid),
        (|args| args.stake_per_warrior = u64::MAX / 2, E::StakeInvalid),
        // The stakes fit, the bond for them does not.
        (|args| args.stake_per_warrior = u64::MAX / 20, E::AmountOverflow),
        (|args| args.drip_root = [0; 32], E::DripRootInvalid),
        (|args| args.receipt_key = Pubkey::default(), E::ReceiptKeyInvalid),
        (|args| args.slot_us = 99_999, E::SlotLengthInvalid),
        (|args| args.slot_us = 600_001, E::SlotLengthInvalid),
        (|args| args.scheduled_slot = 1, E::ScheduledSlotInvalid),
        (|args| args.scheduled_slot = u64::MAX, E::ScheduledSlotInvalid),
        (|args| args.rules = Vec::new(), E::RulesInvalid),
        (|args| args.rules.push(0), E::RulesInvalid),
        (|args| args.rules[0] ^= 1, E::RulesInvalid),
        (
            |args| {
                args.rules = Rules {
                    length_ticks: 480,
                    ..quick_blitz()
                }
                .as_bytes()
                .to_vec()
            },
            E::RulesNotAllowed,
        ),
    ];
    let operator = world.operator.insecure_clone();
    let options = MatchOptions::default();
    let good = world.create_args(&options, &Game::new(options.rules, [1; 32]));
    for (spoil, error) in cases {
        let mut args = good.clone();
        spoil(&mut args);
        let create = world.next_create();
        world.refuse(&[instruction::create_match(&create, args)], &[&operator], *error);
    }
    let create = world.next_create();
    world.send(&[instruction::create_match(&create, good)], &[&operator]);
}

#[test]
fn c10_a_match_is_created_once() {
    let _case = program_tests::case(&[10]);
    let mut world = World::new();
    let operator = world.operator.insecure_clone();
    let options = MatchOptions::default();
    let args = world.create_args(&options, &Game::new(options.rules, [1; 32]));
    let first = world.next_create();
    world.send(&[instruction::create_match(&first, args.clone())], &[&operator]);
    world.refuse_code(
        &[instruction::create_match(&first, args.clone())],
        &[&operator],
        0,
    );
    // An id below the next one is refused by name, also where no account is.
    let mut skipped = world.next_create();
    skipped.match_id = 7;
    world.watch(skipped.match_ref());
    world.send(&[instruction::create_match(&skipped, args.clone())], &[&operator]);
    skipped.match_id = 5;
    world.refuse(
        &[instruction::create_match(&skipped, args)],
        &[&operator],
        E::MatchIdUsed,
    );
}

#[test]
fn c09_addresses_with_a_lamport_on_them_are_no_obstacle() {
    let _case = program_tests::case(&[9]);
    let mut world = World::new();
    let operator = world.operator.insecure_clone();
    let options = MatchOptions::default();
    let args = world.create_args(&options, &Game::new(options.rules, [1; 32]));
    let create = world.next_create();
    let of = create.match_ref();
    for address in [of.key, of.trace(), of.vault()] {
        world.donate_lamports(&address, 1_000_000);
    }
    world.send(&[instruction::create_match(&create, args)], &[&operator]);
}

#[test]
fn c04_a_mint_that_is_not_listed_is_refused() {
    let _case = program_tests::case(&[4]);
    let mut world = World::new();
    let operator = world.operator.insecure_clone();
    let authority = world.authority.insecure_clone();
    let fake = Keypair::new();
    world.create_mint(&fake, program_tests::DECIMALS);
    let options = MatchOptions::default();
    let args = world.create_args(&options, &Game::new(options.rules, [1; 32]));
    let mut create = world.next_create();
    create.mint = fake.pubkey();
    // Registered while the mint was listed, which it no longer is.
    world.allow_mint(fake.pubkey());
    world.register_operator(&operator, fake.pubkey());
    world.send(
        &[instruction::disallow_mint(authority.pubkey(), fake.pubkey())],
        &[&authority],
    );
    world.refuse(
        &[instruction::create_match(&create, args)],
        &[&operator],
        E::MintNotAllowed,
    );
}

#[test]
fn somebody_elses_operator_account_is_refused() {
    let mut world = World::new();
    let thief = world.wallet();
    let options = MatchOptions::default();
    let args = world.create_args(&options, &Game::new(options.rules, [1; 32]));
    let create = world.next_create();
    let stolen = program_tests::swapped(
        instruction::create_match(&create, args),
        &create.authority,
        &thief.pubkey(),
    );
    world.refuse(&[stolen], &[&thief], E::NotCrankKey);
}

#[test]
fn an_operator_of_another_mint_is_refused() {
    let mut world = World::new();
    let operator = world.operator.insecure_clone();
    let other = Keypair::new();
    world.create_mint(&other, 0);
    world.allow_mint(other.pubkey());
    let options = MatchOptions::default();
    let args = world.create_args(&options, &Game::new(options.rules, [1; 32]));
    let create = world.next_create();
    let swapped = program_tests::swapped(
        instruction::create_match(&create, args),
        &create.mint,
        &other.pubkey(),
    );
    world.refuse(&[swapped], &[&operator], E::OperatorMintMismatch);
}

#[test]
fn a_pause_stops_new_matches() {
    let mut world = World::new();
    let (authority, operator) = (world.authority.insecure_clone(), world.operator.insecure_clone());
    world.send(
        &[instruction::set_paused(authority.pubkey(), true)],
        &[&authority],
    );
    let options = MatchOptions::default();
    let args = world.create_args(&options, &Game::new(options.rules, [1; 32]));
    let create = world.next_create();
    world.refuse(
        &[instruction::create_match(&create, args)],
        &[&operator],
        E::Paused,
    );
}
