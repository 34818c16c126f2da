//! Accounts as no transaction could have left them: the program refuses them by name all the same.

use anchor_lang::AccountSerialize;
use arena::{leaf, HostSha256};
use aurelius::error::AureliusError as E;
use aurelius::state::{Config, Match, PlayerSlot};
use client::instruction::{self, Leave};
use program_tests::{quick_blitz, MatchOptions, Played, World};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Changes a match's header behind the program's back.
fn forge_header(world: &mut World, played: &Played, change: impl FnOnce(&mut Match)) {
    world.forge(&played.of.key, |account| {
        let bytes = &mut account.data[8..Match::HEADER_END];
        let mut header: Match = bytemuck::pod_read_unaligned(bytes);
        change(&mut header);
        bytes.copy_from_slice(bytemuck::bytes_of(&header));
    });
}

#[test]
fn an_unknown_status() {
    let mut world = World::new();
    let played = world.live(&[1, 1]);
    world.unwatch(&played.of);
    forge_header(&mut world, &played, |header| header.status = 99);
    world.refuse(
        &[instruction::void_match(&played.of, world.payer.pubkey())],
        &[],
        E::StatusUnknown,
    );
}

#[test]
fn a_match_account_of_a_wrong_length() {
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    world.unwatch(&played.of);
    world.forge(&played.of.key, |account| account.data.truncate(Match::space(3)));
    let player = played.players[0].insecure_clone();
    let leave = Leave {
        player: player.pubkey(),
        rent_payer: world.payer.pubkey(),
    };
    world.refuse(
        &[instruction::leave(&played.of, &leave)],
        &[&player],
        E::MatchLengthWrong,
    );
}

#[test]
fn a_slot_that_names_another_player() {
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    world.forge(&played.of.key, |account| account.data[Match::HEADER_END] ^= 1);
    let player = played.players[0].insecure_clone();
    let leave = Leave {
        player: player.pubkey(),
        rent_payer: world.payer.pubkey(),
    };
    world.refuse(
        &[instruction::leave(&played.of, &leave)],
        &[&player],
        E::SlotMismatch,
    );
    assert_eq!(PlayerSlot::LEN, 56);
}

#[test]
fn a_vault_that_holds_less_than_the_match_owes() {
    let mut world = World::new();
    let played = world.settled(&[1, 2]);
    let player = world
        .match_state(&played.of)
        .slots
        .iter()
        .position(|slot| slot.payout > 0)
        .unwrap();
    world.unwatch(&played.of);
    // One unit is gone: the last to be paid would be short, so nobody is paid before it is found.
    world.forge(&played.of.vault(), |account| {
        let amount = u64::from_le_bytes(account.data[64..72].try_into().unwrap()) - 1;
        account.data[64..72].copy_from_slice(&amount.to_le_bytes());
    });
    world.forge(&played.of.token_account(&played.players[0].pubkey()), |account| {
        account.data[64] += 1
    });
    let payer = world.payer.pubkey();
    let claim = instruction::claim(&played.of, payer, &played.players[player].pubkey());
    world.refuse(&[claim], &[], E::VaultShort);
}

#[test]
fn books_that_do_not_add_up() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    world.post_all(&mut played);
    world.unwatch(&played.of);
    forge_header(&mut world, &played, |header| header.deposited -= 1);
    let submit = instruction::submit_result(played.of.key, played.game.state_bytes());
    world.refuse(&[submit], &[], E::BooksUnbalanced);
}

/// Whatever a handler does, it ends by counting: a match whose counts are not those of its slots goes nowhere.
#[test]
fn counts_that_are_not_those_of_the_slots() {
    let changes: [fn(&mut Match); 4] = [
        |header| header.players_count += 1,
        |header| header.warriors_total += 1,
        |header| header.warriors_max = 2,
        |header| header.entries_open += 1,
    ];
    for change in changes {
        let mut world = World::new();
        let played = world.opened(&[1, 2]);
        world.unwatch(&played.of);
        forge_header(&mut world, &played, change);
        let operator = world.operator.insecure_clone();
        let cancel = instruction::cancel(&played.of, operator.pubkey());
        world.refuse(&[cancel], &[&operator], E::RosterUnbalanced);
        let lock = world.lock_instruction(&played);
        world.refuse(&[lock], &[&operator], E::RosterUnbalanced);
    }
}

#[test]
fn lists_of_the_config_with_a_duplicate_or_a_gap() {
    let changes: [fn(&mut Config); 3] = [
        |config| config.mints[1] = config.mints[0],
        |config| (config.rules[1], config.rules_count) = (config.rules[0], 2),
        |config| config.mints_count = 17,
    ];
    for change in changes {
        let mut world = World::new();
        world.forge(&client::address::config(), |account| {
            let bytes = &mut account.data[8..8 + size_of::<Config>()];
            let mut config: Config = bytemuck::pod_read_unaligned(bytes);
            change(&mut config);
            bytes.copy_from_slice(bytemuck::bytes_of(&config));
        });
        let authority = world.authority.insecure_clone();
        let pause = instruction::set_paused(authority.pubkey(), true);
        world.refuse(&[pause], &[&authority], E::ConfigListBroken);
    }
}

#[test]
fn a_bond_that_reserves_less_than_its_matches() {
    let mut world = World::new();
    let played = world.opened(&[1, 2]);
    world.unbond(&played.of.operator);
    let mut operator = world.operator_state(&played.of.operator);
    operator.reserved_bond -= 1;
    world.forge(&played.of.operator, |account| {
        let mut bytes = Vec::new();
        operator.try_serialize(&mut bytes).unwrap();
        account.data = bytes;
    });
    let authority = world.operator.insecure_clone();
    let cancel = instruction::cancel(&played.of, authority.pubkey());
    world.refuse(&[cancel], &[&authority], E::BondBooksUnbalanced);
}

#[test]
fn a_committed_state_that_is_none_or_of_another_match() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    let mut other = world.live(&[2, 1]);
    world.post_all(&mut played);
    world.post_all(&mut other);
    let garbage = vec![0xAB; 416];
    forge_header(&mut world, &played, |header| {
        header.last_leaf = leaf::<HostSha256>(&garbage)
    });
    world.refuse(
        &[instruction::submit_result(played.of.key, garbage)],
        &[],
        E::ResultStateInvalid,
    );
    let foreign = other.game.state_bytes();
    forge_header(&mut world, &played, |header| {
        header.last_leaf = leaf::<HostSha256>(&foreign)
    });
    world.refuse(
        &[instruction::submit_result(played.of.key, foreign)],
        &[],
        E::ResultStateForeign,
    );
}

#[test]
fn a_match_without_a_randomness_account() {
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    forge_header(&mut world, &played, |header| {
        header.randomness = Default::default()
    });
    let operator = world.operator.insecure_clone();
    let lock = world.lock_instruction(&played);
    world.refuse(&[lock], &[&operator], E::RandomnessMissing);
}

#[test]
fn rules_that_want_more_warriors_than_came() {
    let mut world = World::new();
    let rules = arena::Rules {
        warriors_min: 4,
        ..quick_blitz()
    };
    world.allow_rules(&rules);
    let played = world.opened_as(
        MatchOptions {
            rules,
            ..MatchOptions::default()
        },
        &[1, 2],
    );
    let operator = world.operator.insecure_clone();
    let lock = world.lock_instruction(&played);
    world.refuse(&[lock], &[&operator], E::TooFewWarriors);
}

#[test]
fn an_upload_whose_record_names_another_owner() {
    let mut world = World::new();
    let owner = world.wallet();
    world.send(&[instruction::open_upload(owner.pubkey(), 1, 4)], &[&owner]);
    let upload = client::address::upload(&owner.pubkey(), 1);
    world.forge(&upload, |account| {
        let key = owner.pubkey().to_bytes();
        let at = account.data.windows(32).position(|window| window == key).unwrap();
        account.data[at] ^= 1;
    });
    let write = instruction::write_upload(owner.pubkey(), 1, 0, vec![1]);
    world.refuse(&[write], &[&owner], E::UploadOwnerWrong);
}

/// Token-2022 extensions by number, each with the bytes it needs.
const DANGEROUS: [(&str, u16, usize); 7] = [
    ("TransferFeeConfig", 1, 108),
    ("MintCloseAuthority", 3, 32),
    ("DefaultAccountState", 6, 1),
    ("NonTransferable", 9, 0),
    ("PermanentDelegate", 12, 32),
    ("TransferHook", 14, 64),
    ("Pausable", 26, 33),
];

#[test]
fn c14_mints_with_a_dangerous_extension_are_not_listed() {
    let _case = program_tests::case(&[14]);
    let mut world = World::new();
    let authority = world.authority.insecure_clone();
    let mint_of = |extension: Option<(u16, usize)>| {
        let mut data = vec![0u8; 82];
        (data[44], data[45]) = (6, 1);
        data.resize(165, 0);
        data.push(1); // a mint
        if let Some((number, len)) = extension {
            data.extend_from_slice(&number.to_le_bytes());
            data.extend_from_slice(&(len as u16).to_le_bytes());
            data.extend(std::iter::repeat_n(0, len));
        }
        data
    };
    let place = |world: &mut World, extension| {
        let mint = Keypair::new().pubkey();
        world.forge(&mint, |account| {
            account.data = mint_of(extension);
            account.owner = anchor_spl::token_2022::ID;
            account.lamports = 10_000_000;
        });
        mint
    };
    for (name, number, len) in DANGEROUS {
        let mint = place(&mut world, Some((number, len)));
        println!("{name}");
        let allow = instruction::allow_mint(authority.pubkey(), mint);
        world.refuse(&[allow], &[&authority], E::MintExtensionForbidden);
    }
    let plain = place(&mut world, None);
    world.send(
        &[instruction::allow_mint(authority.pubkey(), plain)],
        &[&authority],
    );
}
