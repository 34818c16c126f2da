//! What cannot be paid: it is held for its owner after a day, so that every match closes, and can be had for ever.

use anchor_lang::prelude::Pubkey;
use anchor_spl::token::spl_token;
use anchor_spl::token_2022::{spl_token_2022, ID as TOKEN_2022};
use aurelius::error::AureliusError as E;
use aurelius::payment::HOLD_AFTER_SLOTS;
use client::event::Event;
use client::instruction::{self, CloseMatch, MatchRef};
use client::{address, token};
use program_tests::{swapped, Played, World};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// State byte of a token account: 1 initialised, 2 frozen.
fn set_frozen(world: &mut World, account: &Pubkey, frozen: bool) {
    world.forge(account, |account| account.data[108] = if frozen { 2 } else { 1 });
}

fn winner(world: &World, played: &Played) -> usize {
    let slots = world.match_state(&played.of).slots;
    slots.iter().position(|slot| slot.payout > 0).unwrap()
}

fn make_holding(world: &World, of: &MatchRef, owner: &Pubkey) -> Instruction {
    token::create_token_account(
        &world.payer.pubkey(),
        &address::holder(owner),
        &of.mint,
        &of.token_program,
    )
}

/// Everything but the payouts: the match is closed by it, or cannot be.
fn close_all(world: &mut World, played: &Played) {
    let payer = world.payer.pubkey();
    for player in &played.players {
        world.send(
            &[instruction::close_entry(played.of.key, &player.pubkey(), payer)],
            &[],
        );
    }
    let randomness = instruction::close_randomness(
        &world.source,
        played.of.key,
        played.randomness,
        payer,
        played.recent_slot,
    );
    let close = instruction::close_match(
        &played.of,
        &CloseMatch {
            caller: payer,
            rent_payer: payer,
            treasury_of_surplus: None,
        },
    );
    world.send(&[randomness, close], &[]);
}

#[test]
fn c56_one_frozen_winner_keeps_no_match_open() {
    let _case = program_tests::case(&[56]);
    let mut world = World::new();
    let played = world.settled(&[1, 2]);
    let player = played.players[winner(&world, &played)].pubkey();
    let home = played.of.token_account(&player);
    set_frozen(&mut world, &home, true);
    let (payer, treasury) = (world.payer.pubkey(), world.treasury.pubkey());
    world.send(&[instruction::sweep_fee(&played.of, &treasury)], &[]);
    world.send(&[instruction::burn(&played.of, &treasury)], &[]);
    let hold = instruction::claim_to(&played.of, payer, &player, played.of.holding(&player));
    world.refuse(std::slice::from_ref(&hold), &[], E::HoldingTooEarly);
    let header = world.match_state(&played.of).header;
    assert!(header.hold_deadline() >= header.challenge_deadline + HOLD_AFTER_SLOTS);
    world.go_to_slot(header.hold_deadline());
    world.refuse(std::slice::from_ref(&hold), &[], E::HoldingTooEarly);
    world.pass_slots(1);
    // Not before the holding is there, and to nobody else's.
    world.refuse(std::slice::from_ref(&hold), &[], E::RecipientAccountMissing);
    let make = make_holding(&world, &played.of, &player);
    let thief = world.player(0).pubkey();
    world.send(&[make, make_holding(&world, &played.of, &thief)], &[]);
    let theft = instruction::claim_to(&played.of, payer, &player, played.of.holding(&thief));
    world.refuse(&[theft], &[], E::RecipientMismatch);
    world.send(&[hold], &[]);
    close_all(&mut world, &played);

    // The match is gone; what is owed is not.
    let withdraw =
        |of: &MatchRef, owner| instruction::withdraw_holding(payer, owner, of.mint, of.token_program);
    let out = withdraw(&played.of, player);
    // The token program: account frozen.
    world.refuse_code(std::slice::from_ref(&out), &[], 17);
    set_frozen(&mut world, &home, false);
    for (right, wrong, error) in [
        (home, played.of.token_account(&thief), E::RecipientMismatch),
        (
            played.of.holding(&player),
            played.of.token_account(&thief),
            E::HoldingMismatch,
        ),
    ] {
        world.refuse(&[swapped(out.clone(), &right, &wrong)], &[], error);
    }
    // Anchor: a seeds constraint was violated.
    let other = swapped(out.clone(), &address::holder(&player), &address::holder(&thief));
    world.refuse_code(&[other], &[], 2006);
    let (before, rent) = (
        world.lamports(&player),
        world.lamports(&played.of.holding(&player)),
    );
    let landed = world.send(std::slice::from_ref(&out), &[]);
    assert!(landed.events().iter().any(|event| matches!(
        event,
        Event::HoldingWithdrawn(withdrawn) if withdrawn.owner == player && withdrawn.amount == 2_850_000
    )));
    assert_eq!(world.tokens(&player), 2_850_000);
    assert_eq!(world.lamports(&player), before + rent);
    // Anchor: the account is not initialised.
    world.refuse_code(&[out], &[], 3012);
}

#[test]
fn c56_stakes_shares_and_awards_are_held_as_payouts_are() {
    let _case = program_tests::case(&[56]);
    let mut world = World::new();
    let played = world.live(&[1, 2]);
    let payer = world.payer.pubkey();
    let reporter = world.player(0);
    let deadline = world.match_state(&played.of).header.progress_deadline;
    world.go_to_slot(deadline + 1);
    let void = instruction::void_match(&played.of, reporter.pubkey());
    world.send(&[void], &[&reporter]);
    world.send(&instruction::collect_slash_steps(&played.of, &payer), &[]);
    let state = world.match_state(&played.of);
    let challenger = state.header.challenger;
    assert!(state.header.hold_deadline() >= state.header.slash_payable_slot + HOLD_AFTER_SLOTS);
    world.go_to_slot(state.header.hold_deadline() + 1);
    let make = make_holding(&world, &played.of, &challenger);
    let award = instruction::claim_award_to(&played.of, payer, played.of.holding(&challenger));
    world.send(&[make, award], &[]);
    assert_eq!(
        world.token_amount(&played.of.holding(&challenger)),
        state.header.award
    );
    for player in &played.players {
        let player = player.pubkey();
        let make = make_holding(&world, &played.of, &player);
        let refund = instruction::refund_to(&played.of, payer, &player, played.of.holding(&player));
        world.send(&[make, refund.clone()], &[]);
        world.refuse(&[refund], &[], E::AlreadyRefunded);
        let held = world.token_amount(&played.of.holding(&player));
        assert!(held > 1_000_000, "a stake and a share of the bond: {held}");
        // The player comes later, and anybody may bring it to them.
        let out = instruction::withdraw_holding(payer, player, played.of.mint, played.of.token_program);
        let before = world.tokens(&player);
        world.send(&[out], &[]);
        assert_eq!(world.tokens(&player), before + held);
    }
    close_all(&mut world, &played);
}

/// From now on the mint of a match is one of Token-2022, as is its vault.
fn as_token_2022(world: &mut World, played: &mut Played) {
    world.unwatch(&played.of);
    for address in [played.of.mint, played.of.vault()] {
        world.forge(&address, |account| account.owner = TOKEN_2022);
    }
    let at = 8 + 320; // token_program, see the layout of `Match`
    world.forge(&played.of.key, |account| {
        account.data[at..at + 32].copy_from_slice(TOKEN_2022.as_ref());
    });
    played.of.token_program = TOKEN_2022;
}

/// Makes the canonical account of `owner`, which takes no transfer without a memo from now on.
fn ask_for_memos(world: &mut World, of: &MatchRef, owner: &Keypair) {
    let (payer, wallet) = (world.payer.pubkey(), owner.pubkey());
    let account = of.token_account(&wallet);
    let make = token::create_token_account(&payer, &wallet, &of.mint, &TOKEN_2022);
    let room = spl_token_2022::instruction::reallocate(
        &TOKEN_2022,
        &account,
        &payer,
        &wallet,
        &[],
        &[spl_token_2022::extension::ExtensionType::MemoTransfer],
    )
    .unwrap();
    let ask = spl_token_2022::extension::memo_transfer::instruction::enable_required_transfer_memos(
        &TOKEN_2022,
        &account,
        &wallet,
        &[],
    )
    .unwrap();
    world.send(&[make, room, ask], &[owner]);
}

#[test]
fn who_asks_for_memos_gets_one() {
    let mut world = World::new();
    let mut played = world.settled(&[1, 2]);
    let player = played.players[winner(&world, &played)].insecure_clone();
    as_token_2022(&mut world, &mut played);
    ask_for_memos(&mut world, &played.of, &player);
    let payer = world.payer.pubkey();
    let claim = instruction::claim(&played.of, payer, &player.pubkey());
    let memo = address::memo_program(&TOKEN_2022).unwrap();
    // Without it Token-2022 refuses: a memo is required.
    let silent = swapped(claim.clone(), &memo, &client::PROGRAM_ID);
    world.refuse_code(&[silent], &[], 36);
    let wrong = swapped(claim.clone(), &memo, &spl_token::ID);
    world.refuse(&[wrong], &[], E::MemoProgramMismatch);
    world.send(&[claim], &[]);
    let home = played.of.token_account(&player.pubkey());
    assert_eq!(world.token_amount(&home), 2_850_000);
}

#[test]
fn an_account_of_another_layout_is_refused_by_name() {
    let mut world = World::new();
    let played = world.live(&[1, 1]);
    let payer = world.payer.pubkey();
    let void = instruction::void_match(&played.of, payer);
    let player = played.players[0].insecure_clone();
    let wallet = player.pubkey();
    let upload = address::upload(&payer, 7);
    world.send(&[instruction::open_upload(payer, 7, 8)], &[]);
    let operator = world.operator.insecure_clone();
    let bond = world.bond_ref(&operator);
    let authority = world.authority.insecure_clone();
    let attempts: Vec<(Pubkey, Instruction, Vec<&Keypair>)> = vec![
        (played.of.key, void, vec![]),
        (
            played.of.entry(&wallet),
            instruction::claim(&played.of, payer, &wallet),
            vec![],
        ),
        (upload, instruction::close_upload(payer, 7), vec![]),
        (
            played.of.operator,
            instruction::request_bond_withdrawal(&bond, 1),
            vec![&operator],
        ),
        (
            address::config(),
            instruction::set_paused(authority.pubkey(), true),
            vec![&authority],
        ),
    ];
    for (account, attempt, signers) in attempts {
        // The byte after the discriminator.
        world.forge(&account, |account| account.data[8] = 2);
        world.refuse(std::slice::from_ref(&attempt), &signers, E::AccountVersionWrong);
        world.forge(&account, |account| account.data[8] = 1);
    }
    // The trace is looked at when a checkpoint is written.
    let mut posted = played;
    world.forge(&posted.of.trace(), |account| account.data[8] = 2);
    let checkpoint = posted.game.checkpoint(&[]);
    let post = world.checkpoint_instruction(&posted, &checkpoint);
    world.refuse(&[post], &[&operator], E::AccountVersionWrong);
}
