use anchor_lang::prelude::Pubkey;
use arena::HostSha256;
use aurelius::error::AureliusError as E;
use aurelius::state::{BondTerms, Windows};
use client::instruction::{self, CreateMatchArgs, Enter, EnterArgs, UpdateConfigArgs};
use program_tests::{quick_siege, swapped, Game, MatchOptions, Played, World, BOND_TERMS, WINDOWS};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Anchor: the account belongs to another program.
const WRONG_OWNER: u32 = 3007;
/// Anchor: an address does not follow from its seeds.
const WRONG_SEEDS: u32 = 2006;
/// The token program: mints differ.
const TOKEN_MINT_MISMATCH: u32 = 3;
/// The token program: insufficient funds.
const TOKEN_INSUFFICIENT: u32 = 1;

#[test]
fn an_entry_pays_its_stake_and_registers_the_session_key() {
    let mut world = World::new();
    let mut played = world.opened(&[]);
    let player = world.enter(&mut played, 3);
    let entry = world.entry(&played.of, &player.pubkey());
    assert_eq!(
        (entry.warriors, entry.slot_index, entry.paid, entry.late),
        (3, 0, 3_000_000, false)
    );
    assert_eq!(entry.session_key, player.pubkey());
    assert_eq!(world.tokens(&player.pubkey()), 0);
    assert_eq!(world.token_amount(&played.of.vault()), 3_000_000);
}

#[test]
fn c01_c02_only_the_matchs_own_vault_takes_the_stake() {
    let _case = program_tests::case(&[1, 2]);
    let mut world = World::new();
    let played = world.opened(&[]);
    let other = world.opened(&[]);
    let player = world.player(10_000_000);
    let enter = world.enter_instruction(&played, &player.pubkey(), 1);
    let accomplice = world.player(0);
    for vault in [other.of.vault(), played.of.token_account(&accomplice.pubkey())] {
        let wrong = swapped(enter.clone(), &played.of.vault(), &vault);
        world.refuse(&[wrong], &[&player], E::VaultMismatch);
    }
}

#[test]
fn c03_a_match_of_another_program_with_the_same_bytes() {
    let _case = program_tests::case(&[3]);
    let mut world = World::new();
    let played = world.opened(&[]);
    let player = world.player(10_000_000);
    let fake = Pubkey::new_unique();
    let real = world.account(&played.of.key).unwrap();
    world.forge(&fake, |account| {
        *account = real;
        account.owner = Pubkey::new_unique();
    });
    let mut of = played.of;
    of.key = fake;
    let accounts = Enter {
        payer: world.payer.pubkey(),
        ..Enter::own(player.pubkey(), &of)
    };
    let args = world.enter_args(&played, &player.pubkey(), 1);
    world.refuse_code(
        &[instruction::enter(&of, &accounts, args)],
        &[&player],
        WRONG_OWNER,
    );
}

#[test]
fn c04_a_fake_mint_with_equal_decimals() {
    let _case = program_tests::case(&[4]);
    let mut world = World::new();
    let played = world.opened(&[]);
    let player = world.player(10_000_000);
    let fake = Keypair::new();
    world.create_mint(&fake, program_tests::DECIMALS);
    let enter = world.enter_instruction(&played, &player.pubkey(), 1);
    let wrong = swapped(enter.clone(), &played.of.mint, &fake.pubkey());
    world.refuse(&[wrong], &[&player], E::MintMismatch);
    // Tokens of the fake mint do not pay either.
    let create = client::token::create_token_account(
        &world.payer.pubkey(),
        &player.pubkey(),
        &fake.pubkey(),
        &anchor_spl::token::ID,
    );
    let authority = world.mint_authority.insecure_clone();
    let mint_to =
        client::token::mint_to(&fake.pubkey(), &player.pubkey(), &authority.pubkey(), 10_000_000).unwrap();
    world.send(&[create, mint_to], &[&authority]);
    let fake_tokens =
        client::address::token_account(&player.pubkey(), &fake.pubkey(), &anchor_spl::token::ID);
    let wrong = swapped(enter, &played.of.token_account(&player.pubkey()), &fake_tokens);
    world.refuse_code(&[wrong], &[&player], TOKEN_MINT_MISMATCH);
}

#[test]
fn c05_another_token_program() {
    let _case = program_tests::case(&[5]);
    let mut world = World::new();
    let played = world.opened(&[]);
    let player = world.player(10_000_000);
    let enter = world.enter_instruction(&played, &player.pubkey(), 1);
    let wrong = swapped(enter, &anchor_spl::token::ID, &anchor_spl::token_2022::ID);
    world.refuse(&[wrong], &[&player], E::TokenProgramMismatch);
}

#[test]
fn c06_no_more_warriors_or_players_than_the_caps() {
    let _case = program_tests::case(&[6]);
    let mut world = World::new();
    let options = MatchOptions {
        warriors_max: 6,
        players_max: 3,
        ..MatchOptions::default()
    };
    let played = world.opened_as(options.clone(), &[2, 3]);
    let player = world.player(10_000_000);
    let enter = world.enter_instruction(&played, &player.pubkey(), 2);
    world.refuse(&[enter], &[&player], E::WarriorsFull);
    let crowded = world.opened_as(options, &[1, 1, 1]);
    let enter = world.enter_instruction(&crowded, &player.pubkey(), 1);
    world.refuse(&[enter], &[&player], E::MatchFull);
}

#[test]
fn c07_nobody_enters_in_the_lock_slot_or_later() {
    let _case = program_tests::case(&[7]);
    let mut world = World::new();
    let played = world.locked(&[1, 1]);
    let player = world.player(10_000_000);
    let enter = world.enter_instruction(&played, &player.pubkey(), 1);
    world.refuse(&[enter], &[&player], E::MatchNotOpen);
    let blitz = world.live(&[1, 1]);
    let enter = world.enter_instruction(&blitz, &player.pubkey(), 1);
    world.refuse(&[enter], &[&player], E::LateEntryClosed);
}

#[test]
fn c07_nobody_enters_after_a_deadline() {
    let _case = program_tests::case(&[7]);
    let mut world = World::new();
    let player = world.player(10_000_000);
    let played = world.opened(&[]);
    let deadline = world.match_state(&played.of).header.lock_deadline;
    let scheduled = MatchOptions {
        scheduled_slot: deadline + 5000,
        ..MatchOptions::default()
    };
    let siege = world.opened_as(scheduled, &[]);
    world.go_to_slot(deadline + 1);
    let enter = world.enter_instruction(&played, &player.pubkey(), 1);
    world.refuse(&[enter], &[&player], E::LockDeadlinePassed);
    world.go_to_slot(deadline + 5000);
    let enter = world.enter_instruction(&siege, &player.pubkey(), 1);
    world.refuse(&[enter], &[&player], E::ScheduledSlotPassed);
}

#[test]
fn c07_late_entries_until_the_cut_off() {
    let _case = program_tests::case(&[7]);
    let mut world = World::new();
    let options = MatchOptions {
        rules: quick_siege(),
        ..MatchOptions::default()
    };
    let mut played = world.live_as(options, &[1, 1]);
    let late = world.enter(&mut played, 2);
    let entry = world.entry(&played.of, &late.pubkey());
    assert!(entry.late);
    assert_eq!(entry.slot_index, 2);
    let deadline = world.match_state(&played.of).header.late_entry_deadline;
    world.go_to_slot(deadline + 1);
    let player = world.player(10_000_000);
    let enter = world.enter_instruction(&played, &player.pubkey(), 1);
    world.refuse(&[enter], &[&player], E::LateEntryClosed);
}

#[test]
fn c08_the_player_names_what_they_agreed_to() {
    let _case = program_tests::case(&[8]);
    let mut world = World::new();
    let played = world.opened(&[]);
    let player = world.player(10_000_000);
    let good = world.enter_args(&played, &player.pubkey(), 1);
    let cases = [
        (
            EnterArgs {
                expect_stake: good.expect_stake - 1,
                ..good.clone()
            },
            E::StakeMismatch,
        ),
        (
            EnterArgs {
                expect_rules_hash: [3; 32],
                ..good.clone()
            },
            E::RulesHashMismatch,
        ),
        (
            EnterArgs {
                session_key: Pubkey::default(),
                ..good.clone()
            },
            E::SessionKeyInvalid,
        ),
        (
            EnterArgs {
                warriors: 0,
                ..good.clone()
            },
            E::WarriorsInvalid,
        ),
        (
            EnterArgs {
                warriors: 6,
                ..good.clone()
            },
            E::WarriorsInvalid,
        ),
        (
            EnterArgs {
                warriors: 255,
                ..good
            },
            E::WarriorsInvalid,
        ),
    ];
    let accounts = Enter {
        payer: world.payer.pubkey(),
        ..Enter::own(player.pubkey(), &played.of)
    };
    for (args, error) in cases {
        world.refuse(
            &[instruction::enter(&played.of, &accounts, args)],
            &[&player],
            error,
        );
    }
}

#[test]
fn c09_an_entry_address_with_a_lamport_on_it() {
    let _case = program_tests::case(&[9]);
    let mut world = World::new();
    let mut played = world.opened(&[]);
    let player = world.player(1_000_000);
    world.donate_lamports(&played.of.entry(&player.pubkey()), 1_000_000);
    let enter = world.enter_instruction(&played, &player.pubkey(), 1);
    world.send(&[enter], &[&player]);
    played.players.push(player);
}

#[test]
fn c10_a_player_enters_once() {
    let _case = program_tests::case(&[10]);
    let mut world = World::new();
    let mut played = world.opened(&[]);
    let player = world.enter(&mut played, 1);
    world.fund(&player.pubkey(), 5_000_000);
    let again = world.enter_instruction(&played, &player.pubkey(), 1);
    world.refuse_code(&[again], &[&player], 0);
}

#[test]
fn c13_an_entry_at_any_other_address() {
    let _case = program_tests::case(&[13]);
    let mut world = World::new();
    let played = world.opened(&[]);
    let player = world.player(10_000_000);
    let right = played.of.entry(&player.pubkey());
    // An address from the same seeds with a bump that is not the canonical one.
    let (_, bump) = Pubkey::find_program_address(
        &[b"entry", played.of.key.as_ref(), player.pubkey().as_ref()],
        &aurelius::ID,
    );
    let other = (0..bump)
        .rev()
        .find_map(|bump| {
            Pubkey::create_program_address(
                &[
                    b"entry",
                    played.of.key.as_ref(),
                    player.pubkey().as_ref(),
                    &[bump],
                ],
                &aurelius::ID,
            )
            .ok()
        })
        .expect("another bump");
    let enter = world.enter_instruction(&played, &player.pubkey(), 1);
    world.refuse_code(&[swapped(enter, &right, &other)], &[&player], WRONG_SEEDS);
}

#[test]
fn who_cannot_pay_does_not_enter() {
    let mut world = World::new();
    let played = world.opened(&[]);
    let player = world.player(999_999);
    let enter = world.enter_instruction(&played, &player.pubkey(), 1);
    world.refuse_code(&[enter], &[&player], TOKEN_INSUFFICIENT);
}

#[test]
fn a_stranger_cannot_pay_with_somebody_elses_tokens() {
    let mut world = World::new();
    let played = world.opened(&[]);
    let (victim, thief) = (world.player(10_000_000), world.player(0));
    let accounts = Enter {
        player: thief.pubkey(),
        payer: world.payer.pubkey(),
        player_token: played.of.token_account(&victim.pubkey()),
    };
    let args = world.enter_args(&played, &thief.pubkey(), 1);
    // The token program: the owner does not match.
    world.refuse_code(&[instruction::enter(&played.of, &accounts, args)], &[&thief], 4);
}

/// Neither side plays on terms that it did not name: the config may change between reading and sending, and a
/// fork may hold another match at the same address.
#[test]
fn c53_both_sides_name_the_terms() {
    let _case = program_tests::case(&[53]);
    let mut world = World::new();
    let (authority, operator) = (world.authority.insecure_clone(), world.operator.insecure_clone());
    let options = MatchOptions::default();
    let game = Game::new(options.rules, [1; 32]);
    let seen = world.create_args(&options, &game);
    let windows = |change: fn(&mut Windows)| {
        let mut windows = WINDOWS;
        change(&mut windows);
        UpdateConfigArgs {
            treasury: None,
            randomness_program: None,
            randomness_queue: None,
            windows: Some(windows),
            cluster: None,
            bond: None,
        }
    };
    let changes = [
        windows(|windows| windows.checkpoint_slots += 1),
        windows(|windows| windows.challenge_slots += 1),
        UpdateConfigArgs {
            windows: Some(WINDOWS),
            bond: Some(BondTerms {
                withdraw_slots: BOND_TERMS.withdraw_slots + 1,
                ..BOND_TERMS
            }),
            ..windows(|_| ())
        },
    ];
    for change in changes {
        let update = instruction::update_config(authority.pubkey(), change);
        world.send(&[update], &[&authority]);
        let create = instruction::create_match(&world.next_create(), seen.clone());
        world.refuse(&[create], &[&operator], E::TermsMismatch);
    }
    // Other rules or another schedule are other terms too.
    let now = world.create_args(&options, &game);
    let later = CreateMatchArgs {
        scheduled_slot: world.slot() + 5,
        ..now.clone()
    };
    let create = instruction::create_match(&world.next_create(), later);
    world.refuse(&[create], &[&operator], E::TermsMismatch);

    let played = world.opened(&[]);
    let header = world.match_state(&played.of).header;
    assert_eq!(header.terms_hash, now.expect_terms);
    assert_eq!(header.terms_hash, header.terms().hash::<HostSha256>());
    let player = world.player(1_000_000);
    let accounts = Enter {
        payer: world.payer.pubkey(),
        ..Enter::own(player.pubkey(), &played.of)
    };
    let args = EnterArgs {
        expect_terms: seen.expect_terms,
        ..world.enter_args(&played, &player.pubkey(), 1)
    };
    let enter = instruction::enter(&played.of, &accounts, args);
    world.refuse(&[enter], &[&player], E::TermsMismatch);
}

/// An entry that was signed while the match was open does not land as a late one, nor the other way round.
#[test]
fn c55_nobody_is_late_who_did_not_say_so() {
    let _case = program_tests::case(&[55]);
    let mut world = World::new();
    let options = MatchOptions {
        rules: quick_siege(),
        ..MatchOptions::default()
    };
    let mut played = world.opened_as(options, &[1, 1]);
    let player = world.player(1_000_000);
    let enter = |world: &World, played: &Played, late: bool| {
        let accounts = Enter {
            payer: world.payer.pubkey(),
            ..Enter::own(player.pubkey(), &played.of)
        };
        let args = EnterArgs {
            expect_late: late,
            ..world.enter_args(played, &player.pubkey(), 1)
        };
        instruction::enter(&played.of, &accounts, args)
    };
    world.refuse(&[enter(&world, &played, true)], &[&player], E::LateMismatch);
    let signed_while_open = enter(&world, &played, false);
    world.lock(&played);
    world.start(&mut played);
    world.refuse(&[signed_while_open], &[&player], E::LateMismatch);
    assert_eq!(world.tokens(&player.pubkey()), 1_000_000);
    world.send(&[enter(&world, &played, true)], &[&player]);
    assert!(world.entry(&played.of, &player.pubkey()).late);
}
