use aurelius::error::AureliusError as E;
use aurelius::state::windows::{
    CHALLENGE_SLOTS_MIN, CHECKPOINT_SLOTS_MIN, ENTROPY_SLOTS_MIN, LOCK_SLOTS_MIN, RESULT_SLOTS_MIN,
};
use aurelius::state::{BondTerms, Windows};
use client::address;
use client::instruction::{self, UpdateConfigArgs};
use program_tests::{World, BOND_TERMS, WINDOWS};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Anchor: an account was to be created that exists. The system program says 0.
const ALREADY_IN_USE: u32 = 0;

#[test]
fn c11_only_the_upgrade_authority_initialises_the_config() {
    let _case = program_tests::case(&[11]);
    let mut world = World::bare();
    let stranger = world.wallet();
    let args = world.config_args();
    let initialize = instruction::initialize_config(stranger.pubkey(), world.payer.pubkey(), args);
    world.refuse(&[initialize], &[&stranger], E::NotUpgradeAuthority);
    world.initialize_config();
}

#[test]
fn c11_another_programs_data_account_does_not_help() {
    let _case = program_tests::case(&[11]);
    let mut world = World::bare();
    let stranger = world.wallet();
    let foreign = solana_keypair::Keypair::new().pubkey();
    let template = world.account(&address::program_data()).unwrap();
    world.forge(&foreign, |account| {
        *account = template;
        account.data[13..45].copy_from_slice(stranger.pubkey().as_ref());
    });
    let args = world.config_args();
    let initialize = instruction::initialize_config(stranger.pubkey(), world.payer.pubkey(), args);
    let initialize = program_tests::swapped(initialize, &address::program_data(), &foreign);
    world.refuse(&[initialize], &[&stranger], E::NotUpgradeAuthority);
}

#[test]
fn c10_the_config_is_initialised_once() {
    let _case = program_tests::case(&[10]);
    let mut world = World::new();
    let upgrade_authority = world.upgrade_authority.insecure_clone();
    let args = world.config_args();
    let again = instruction::initialize_config(upgrade_authority.pubkey(), world.payer.pubkey(), args);
    world.refuse_code(&[again], &[&upgrade_authority], ALREADY_IN_USE);
}

#[test]
fn c09_a_config_address_with_a_lamport_on_it_initialises() {
    let _case = program_tests::case(&[9]);
    let mut world = World::bare();
    world.donate_lamports(&address::config(), 1_000_000);
    world.initialize_config();
}

/// Each wrong in one number, by one.
fn bad_terms() -> [BondTerms; 6] {
    let good = BOND_TERMS;
    [
        BondTerms {
            factor_bps: 9_999,
            ..good
        },
        BondTerms {
            factor_bps: 1_000_001,
            ..good
        },
        BondTerms {
            burn_bps: 8_333,
            ..good
        },
        BondTerms {
            reporter_bps: 1_001,
            ..good
        },
        BondTerms {
            withdraw_slots: 0,
            ..good
        },
        BondTerms {
            withdraw_slots: 6_480_001,
            ..good
        },
    ]
}

#[test]
fn an_update_takes_no_terms_that_protect_nobody() {
    let mut world = World::new();
    let authority = world.authority.insecure_clone();
    let none = UpdateConfigArgs {
        treasury: None,
        randomness_program: None,
        randomness_queue: None,
        windows: None,
        cluster: None,
        bond: None,
    };
    for bond in bad_terms() {
        let args = UpdateConfigArgs {
            bond: Some(bond),
            ..none.clone()
        };
        let update = instruction::update_config(authority.pubkey(), args);
        world.refuse(&[update], &[&authority], E::BondTermsInvalid);
    }
    let args = UpdateConfigArgs {
        cluster: Some([0; 32]),
        ..none.clone()
    };
    let update = instruction::update_config(authority.pubkey(), args);
    world.refuse(&[update], &[&authority], E::ClusterInvalid);
    let args = UpdateConfigArgs {
        cluster: Some([7; 32]),
        bond: Some(BondTerms {
            factor_bps: 12_500,
            ..BOND_TERMS
        }),
        ..none
    };
    world.send(
        &[instruction::update_config(authority.pubkey(), args)],
        &[&authority],
    );
    let played = world.opened(&[]);
    let header = world.match_state(&played.of).header;
    assert_eq!((header.cluster, header.bond_reserved), ([7; 32], 25_000_000));
}

#[test]
fn nonsense_is_no_config() {
    let mut world = World::bare();
    let upgrade_authority = world.upgrade_authority.insecure_clone();
    let good = world.config_args();
    let mut cases = Vec::new();
    let mut case = good.clone();
    case.authority = Default::default();
    cases.push((case, E::AuthorityInvalid));
    let mut case = good.clone();
    case.treasury = Default::default();
    cases.push((case, E::TreasuryInvalid));
    let mut case = good.clone();
    case.randomness_queue = Default::default();
    cases.push((case, E::RandomnessSourceInvalid));
    // One slot less than the shortest, each.
    let too_short: [fn(&mut Windows); 5] = [
        |windows| windows.lock_slots = LOCK_SLOTS_MIN - 1,
        |windows| windows.entropy_slots = ENTROPY_SLOTS_MIN - 1,
        |windows| windows.checkpoint_slots = CHECKPOINT_SLOTS_MIN - 1,
        |windows| windows.result_slots = RESULT_SLOTS_MIN - 1,
        |windows| windows.challenge_slots = CHALLENGE_SLOTS_MIN - 1,
    ];
    for shorten in too_short {
        let mut case = good.clone();
        shorten(&mut case.windows);
        cases.push((case, E::WindowOutOfRange));
    }
    let mut case = good.clone();
    case.cluster = [0; 32];
    cases.push((case, E::ClusterInvalid));
    for bond in bad_terms() {
        let mut case = good.clone();
        case.bond = bond;
        cases.push((case, E::BondTermsInvalid));
    }
    let mut case = good;
    case.windows.lock_slots = u64::MAX;
    cases.push((case, E::WindowOutOfRange));
    for (args, error) in cases {
        let initialize =
            instruction::initialize_config(upgrade_authority.pubkey(), world.payer.pubkey(), args);
        world.refuse(&[initialize], &[&upgrade_authority], error);
    }
}

#[test]
fn the_authority_is_handed_over_in_two_steps() {
    let mut world = World::new();
    let (old, new, stranger) = (world.authority.insecure_clone(), world.wallet(), world.wallet());
    world.refuse(
        &[instruction::accept_authority(new.pubkey())],
        &[&new],
        E::NoPendingAuthority,
    );
    let propose = |by: &Keypair| instruction::propose_authority(by.pubkey(), new.pubkey());
    world.refuse(&[propose(&stranger)], &[&stranger], E::NotConfigAuthority);
    world.send(&[propose(&old)], &[&old]);
    world.refuse(
        &[instruction::accept_authority(stranger.pubkey())],
        &[&stranger],
        E::NotPendingAuthority,
    );
    // Until it is accepted the old authority rules.
    world.send(&[instruction::set_paused(old.pubkey(), false)], &[&old]);
    world.send(&[instruction::accept_authority(new.pubkey())], &[&new]);
    world.refuse(
        &[instruction::set_paused(old.pubkey(), true)],
        &[&old],
        E::NotConfigAuthority,
    );
    world.send(&[instruction::set_paused(new.pubkey(), true)], &[&new]);
}

#[test]
fn only_the_authority_governs() {
    let mut world = World::new();
    let stranger = world.wallet();
    let key = stranger.pubkey();
    let operator = address::operator(&world.operator.pubkey(), &world.mint);
    let none = UpdateConfigArgs {
        treasury: None,
        randomness_program: None,
        randomness_queue: None,
        windows: None,
        cluster: None,
        bond: None,
    };
    for attempt in [
        instruction::set_paused(key, true),
        instruction::allow_mint(key, world.mint),
        instruction::disallow_mint(key, world.mint),
        instruction::allow_rules(key, [9; 32]),
        instruction::disallow_rules(key, [9; 32]),
        instruction::set_operator_active(key, operator, false),
        instruction::update_config(key, none),
    ] {
        world.refuse(&[attempt], &[&stranger], E::NotConfigAuthority);
    }
}

#[test]
fn lists_take_each_thing_once_and_only_what_fits() {
    let mut world = World::new();
    let authority = world.authority.insecure_clone();
    let by = authority.pubkey();
    let mint = world.mint;
    world.refuse(
        &[instruction::allow_mint(by, mint)],
        &[&authority],
        E::MintAlreadyAllowed,
    );
    world.send(&[instruction::disallow_mint(by, mint)], &[&authority]);
    world.refuse(
        &[instruction::disallow_mint(by, mint)],
        &[&authority],
        E::MintNotAllowed,
    );

    world.send(&[instruction::allow_rules(by, [1; 32])], &[&authority]);
    world.refuse(
        &[instruction::allow_rules(by, [1; 32])],
        &[&authority],
        E::RulesAlreadyAllowed,
    );
    world.send(&[instruction::disallow_rules(by, [1; 32])], &[&authority]);
    world.refuse(
        &[instruction::disallow_rules(by, [1; 32])],
        &[&authority],
        E::RulesNotAllowed,
    );
    let full = (2..=255u8).find_map(|byte| {
        world
            .try_send(&[instruction::allow_rules(by, [byte; 32])], &[&authority])
            .err()
            .map(|_| byte)
    });
    let full = full.expect("the list of rules has an end");
    world.refuse(
        &[instruction::allow_rules(by, [full; 32])],
        &[&authority],
        E::RulesListFull,
    );

    let error = loop {
        let mint = Keypair::new();
        world.create_mint(&mint, 0);
        let allow = instruction::allow_mint(by, mint.pubkey());
        if world
            .try_send(std::slice::from_ref(&allow), &[&authority])
            .is_err()
        {
            break allow;
        }
    };
    world.refuse(&[error], &[&authority], E::MintListFull);
}

#[test]
fn a_new_window_moves_no_deadline_of_a_match_that_exists() {
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    let before = world.match_state(&played.of).header;
    let authority = world.authority.insecure_clone();
    let windows = Windows {
        lock_slots: LOCK_SLOTS_MIN,
        challenge_slots: CHALLENGE_SLOTS_MIN,
        ..WINDOWS
    };
    let args = UpdateConfigArgs {
        treasury: None,
        randomness_program: None,
        randomness_queue: None,
        windows: Some(windows),
        cluster: None,
        bond: None,
    };
    world.send(
        &[instruction::update_config(authority.pubkey(), args)],
        &[&authority],
    );
    let after = world.match_state(&played.of).header;
    assert_eq!(
        (before.lock_deadline, before.windows),
        (after.lock_deadline, after.windows)
    );
    let next = world.opened(&[]);
    assert_eq!(world.match_state(&next.of).header.windows, windows);
}
