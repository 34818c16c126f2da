use anchor_lang::prelude::Pubkey;
use aurelius::error::AureliusError as E;
use client::instruction;
use program_tests::{swapped, MatchOptions, Played, World};
use solana_signer::Signer;

// Offsets in the oracle's account, discriminator included.
const AUTHORITY: usize = 8;
const QUEUE: usize = 40;
const SEED_SLOT: usize = 104;
const REVEAL_SLOT: usize = 144;
const VALUE: usize = 152;

#[track_caller]
fn refuse_lock(world: &mut World, played: &Played, error: E) {
    let operator = world.operator.insecure_clone();
    let lock = world.lock_instruction(played);
    world.refuse(&[lock], &[&operator], error);
}

#[test]
fn a_lock_commits_and_a_start_reveals() {
    let mut world = World::new();
    let played = world.live(&[1, 2]);
    let header = world.match_state(&played.of).header;
    assert_eq!(header.seed_slot, header.locked_slot - 1);
    assert_eq!(
        header.genesis_leaf,
        arena::leaf::<arena::HostSha256>(&played.game.state_bytes())
    );
    assert_eq!(header.last_leaf, header.genesis_leaf);
}

#[test]
fn c20_right_bytes_under_another_owner() {
    let _case = program_tests::case(&[20]);
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    world.forge(&played.randomness, |account| account.owner = Pubkey::new_unique());
    refuse_lock(&mut world, &played, E::RandomnessOwnerWrong);
}

#[test]
fn c21_another_authority_or_queue() {
    let _case = program_tests::case(&[21]);
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    world.forge(&played.randomness, |account| account.data[AUTHORITY] ^= 1);
    refuse_lock(&mut world, &played, E::RandomnessAuthorityWrong);
    world.forge(&played.randomness, |account| {
        account.data[AUTHORITY] ^= 1;
        account.data[QUEUE] ^= 1;
    });
    refuse_lock(&mut world, &played, E::RandomnessQueueWrong);
}

#[test]
fn c22_a_value_revealed_before_the_commit() {
    let _case = program_tests::case(&[22]);
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    world.forge(&played.randomness, |account| account.data[VALUE] = 1);
    refuse_lock(&mut world, &played, E::RandomnessAlreadyUsed);
}

#[test]
fn c23_a_seed_slot_older_than_the_lock() {
    let _case = program_tests::case(&[23]);
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    // SlotHashes lags behind: the mock commits to its newest entry, as the real program does.
    let slot = world.slot();
    world.svm.warp_to_slot(slot + 50);
    refuse_lock(&mut world, &played, E::RandomnessSeedSlotStale);
}

/// The slots right before a lock may have been skipped: the newest hash is an older slot's then.
#[test]
fn report_31_a_lock_after_skipped_slots_takes_the_newest_hash_there_is() {
    for skipped in [1, 8] {
        let mut world = World::new();
        let mut played = world.opened(&[1, 1]);
        let newest = world.slot() - 1;
        world.svm.warp_to_slot(newest + 1 + skipped);
        world.lock(&played);
        assert_eq!(world.match_state(&played.of).header.seed_slot, newest);
        world.go_to_slot(newest + 2 + skipped);
        world.start(&mut played);
    }
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    let slot = world.slot();
    world.svm.warp_to_slot(slot + 9);
    refuse_lock(&mut world, &played, E::RandomnessSeedSlotStale);
}

#[test]
fn c24_a_commit_that_was_replaced_after_the_lock() {
    let _case = program_tests::case(&[24]);
    let mut world = World::new();
    let played = world.locked(&[1, 1]);
    world.pass_slots(3);
    let newer = world.slot() - 1;
    world.forge(&played.randomness, |account| {
        account.data[SEED_SLOT..SEED_SLOT + 8].copy_from_slice(&newer.to_le_bytes());
    });
    let reveal = world.oracle_answer(&played);
    let start = world.start_instruction(&played, &reveal);
    world.refuse(&[start], &[], E::RandomnessSeedSlotChanged);
}

#[test]
fn c25_a_reveal_of_an_earlier_slot_cannot_be_used_again() {
    let _case = program_tests::case(&[25]);
    let mut world = World::new();
    let played = world.locked(&[1, 1]);
    world.pass_slots(2);
    let reveal = world.oracle_answer(&played);
    let now = world.slot();
    world.forge(&played.randomness, |account| {
        account.data[REVEAL_SLOT..REVEAL_SLOT + 8].copy_from_slice(&(now - 1).to_le_bytes());
        account.data[VALUE..VALUE + 32].copy_from_slice(&reveal.value);
    });
    let start = world.start_instruction(&played, &reveal);
    // The oracle's program does not reveal twice.
    let code = mock_switchboard::MockError::AlreadyRevealed as u32;
    world.refuse_code(&[start], &[], code);
}

#[test]
fn a_wrong_answer_of_the_oracle_starts_nothing() {
    let mut world = World::new();
    let played = world.locked(&[1, 1]);
    world.pass_slots(2);
    let good = world.oracle_answer(&played);
    let mut value = good;
    value.value[0] ^= 1;
    let start = world.start_instruction(&played, &value);
    world.refuse_code(&[start], &[], mock_switchboard::MockError::ValueWrong as u32);
    let mut signature = good;
    signature.signature[0] ^= 1;
    let start = world.start_instruction(&played, &signature);
    world.refuse_code(&[start], &[], mock_switchboard::MockError::SignatureWrong as u32);
}

#[test]
fn c26_after_the_entropy_deadline_a_stranger_voids_and_everybody_gets_everything_back() {
    let _case = program_tests::case(&[26]);
    let mut world = World::new();
    let played = world.locked(&[1, 2]);
    let deadline = world.match_state(&played.of).header.entropy_deadline;
    world.refuse(
        &[instruction::void_match(&played.of, world.payer.pubkey())],
        &[],
        E::EntropyDeadlineNotPassed,
    );
    world.go_to_slot(deadline);
    world.refuse(
        &[instruction::void_match(&played.of, world.payer.pubkey())],
        &[],
        E::EntropyDeadlineNotPassed,
    );
    world.go_to_slot(deadline + 1);
    let reveal = world.oracle_answer(&played);
    let start = world.start_instruction(&played, &reveal);
    world.refuse(&[start], &[], E::EntropyDeadlinePassed);
    world.send(&[instruction::void_match(&played.of, world.payer.pubkey())], &[]);
    let stranger = world.payer.pubkey();
    for (player, paid) in played.players.iter().zip([1_000_000, 2_000_000]) {
        world.send(
            &[instruction::refund(&played.of, stranger, &player.pubkey())],
            &[],
        );
        assert_eq!(world.tokens(&player.pubkey()), paid);
    }
    assert_eq!(world.token_amount(&played.of.vault()), 0);
}

#[test]
fn c27_the_operator_cannot_commit_or_reveal_past_the_program() {
    let _case = program_tests::case(&[27]);
    let mut world = World::new();
    let played = world.locked(&[1, 1]);
    world.pass_slots(2);
    let reveal = world.oracle_answer(&played);
    // The oracle's own instruction, with the operator where the match's address belongs.
    let operator = world.operator.insecure_clone();
    let start = world.start_instruction(&played, &reveal);
    let find = |name: &str| {
        let key = match name {
            "oracle" => world.oracle,
            "queue" => world.source.queue,
            "stats" => client::address::switchboard_oracle_stats(&world.source.program, &world.oracle),
            "state" => client::address::switchboard_state(&world.source.program),
            "escrow" => client::address::switchboard_reward_escrow(&played.randomness),
            _ => unreachable!(),
        };
        start
            .accounts
            .iter()
            .find(|meta| meta.pubkey == key)
            .cloned()
            .unwrap()
    };
    use solana_instruction::{AccountMeta, Instruction};
    let accounts = vec![
        AccountMeta::new(played.randomness, false),
        find("oracle"),
        find("queue"),
        find("stats"),
        AccountMeta::new_readonly(operator.pubkey(), true),
        AccountMeta::new(world.payer.pubkey(), true),
        AccountMeta::new_readonly(aurelius::switchboard::SLOT_HASHES_SYSVAR, false),
        AccountMeta::new_readonly(solana_system_interface::program::ID, false),
        find("escrow"),
        AccountMeta::new_readonly(anchor_spl::token::ID, false),
        AccountMeta::new_readonly(client::address::WRAPPED_SOL_MINT, false),
        find("state"),
    ];
    let mut data = vec![0xc5, 0xb5, 0xbb, 0x0a, 0x1e, 0x3a, 0x14, 0x49];
    data.extend_from_slice(&reveal.signature);
    data.push(reveal.recovery_id);
    data.extend_from_slice(&reveal.value);
    let direct = Instruction {
        program_id: world.source.program,
        accounts,
        data,
    };
    world.refuse_code(
        &[direct],
        &[&operator],
        mock_switchboard::MockError::AuthorityWrong as u32,
    );
}

#[test]
fn c28_a_fake_randomness_program() {
    let _case = program_tests::case(&[28]);
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    let operator = world.operator.insecure_clone();
    let lock = world.lock_instruction(&played);
    let fake = swapped(lock, &world.source.program.clone(), &anchor_spl::token::ID);
    world.refuse(&[fake], &[&operator], E::RandomnessProgramWrong);
}

#[test]
fn another_matchs_randomness_is_refused() {
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    let other = world.opened(&[1, 1]);
    let operator = world.operator.insecure_clone();
    let lock = world.lock_instruction(&played);
    let wrong = swapped(lock.clone(), &played.randomness, &other.randomness);
    world.refuse(&[wrong], &[&operator], E::RandomnessMismatch);
    let hashes = swapped(
        lock,
        &aurelius::switchboard::SLOT_HASHES_SYSVAR,
        &other.randomness,
    );
    world.refuse(&[hashes], &[&operator], E::SlotHashesWrong);
}

#[test]
fn c29_accounts_of_all_lengths() {
    let _case = program_tests::case(&[29]);
    let mut world = World::new();
    // The crate says 408 bytes, deployed accounts have 480: both hold what is needed.
    for (len, refused) in [(183, Some(E::RandomnessMalformed)), (408, None), (480, None)] {
        let played = world.opened(&[1, 1]);
        world.forge(&played.randomness, |account| account.data.resize(len, 0));
        let operator = world.operator.insecure_clone();
        let lock = world.lock_instruction(&played);
        match refused {
            Some(error) => world.refuse(&[lock], &[&operator], error),
            None => drop(world.send(&[lock], &[&operator])),
        }
    }
}

#[test]
fn a_match_has_one_randomness_account_before_it_is_locked() {
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    let operator = world.operator.insecure_clone();
    let payer = world.payer.pubkey();
    let slot = world.slot() - 2;
    let again = instruction::init_randomness(&world.source, operator.pubkey(), payer, played.of.key, slot);
    world.refuse(&[again], &[&operator], E::RandomnessAlreadyInitialized);

    let create = world.next_create();
    let options = MatchOptions::default();
    let args = world.create_args(&options, &played.game);
    world.send(&[instruction::create_match(&create, args)], &[&operator]);
    let none = Played {
        of: create.match_ref(),
        ..world.opened(&[])
    };
    let lock = world.lock_instruction(&none);
    world.refuse(&[lock], &[&operator], E::TooFewPlayers);
}

#[test]
fn a_lock_needs_its_operator_its_time_and_its_players() {
    let mut world = World::new();
    let stranger = world.wallet();
    let played = world.opened(&[1, 1]);
    let operator = world.operator.insecure_clone();
    let lock = world.lock_instruction(&played);
    let foreign = swapped(lock, &operator.pubkey(), &stranger.pubkey());
    world.refuse(&[foreign], &[&stranger], E::NotOperator);
    let lonely = world.opened(&[3]);
    refuse_lock(&mut world, &lonely, E::TooFewPlayers);
    let scheduled_slot = world.slot() + 50;
    let scheduled = world.opened_as(
        MatchOptions {
            scheduled_slot,
            ..MatchOptions::default()
        },
        &[1, 1],
    );
    refuse_lock(&mut world, &scheduled, E::ScheduledSlotNotReached);
    world.go_to_slot(scheduled_slot);
    world.lock(&scheduled);
    let deadline = world.match_state(&played.of).header.lock_deadline;
    world.go_to_slot(deadline + 1);
    refuse_lock(&mut world, &played, E::LockDeadlinePassed);
    let locked = world.locked(&[1, 1]);
    refuse_lock(&mut world, &locked, E::MatchNotOpen);
}

#[test]
fn anybody_starts_a_locked_match_once() {
    let mut world = World::new();
    let played = world.live(&[1, 1]);
    let reveal = world.oracle_answer(&played);
    let again = world.start_instruction(&played, &reveal);
    world.refuse(&[again], &[], E::MatchNotLocked);
}
