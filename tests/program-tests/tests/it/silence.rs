//! An operator who falls silent: who ends the match, who pays, and who gets what, for each status.
//!
//! The default match reserves a bond of 20 warriors' stakes at 120 %: 24,000,000. Silence after the start
//! costs all of it: 84 % burn, a tenth is for whoever reports it, the rest for the players by warriors.

use aurelius::error::AureliusError as E;
use aurelius::state::MatchStatus;
use client::event::Event;
use client::instruction::{self, CloseMatch};
use program_tests::{swapped, MatchOptions, Played, World, BOND};
use solana_keypair::Keypair;
use solana_signer::Signer;

const RESERVED: u64 = 24_000_000;
/// The part of it that burns.
const BURNT: u64 = 20_160_000;

fn operator_books(world: &World, played: &Played) -> (u64, u64, u64) {
    let operator = world.operator_state(&played.of.operator);
    (operator.bond, operator.reserved_bond, operator.slashed)
}

/// Voids a live match by a new wallet with a token account, which is returned.
fn void_by_stranger(world: &mut World, played: &Played) -> Keypair {
    let stranger = world.player(0);
    let deadline = world.match_state(&played.of).header.progress_deadline;
    world.go_to_slot(deadline + 1);
    let void = instruction::void_match(&played.of, stranger.pubkey());
    world.send(&[void], &[&stranger]);
    stranger
}

fn refund(world: &mut World, played: &Played, player: usize) {
    let payer = world.payer.pubkey();
    let player = played.players[player].pubkey();
    world.send(&[instruction::refund(&played.of, payer, &player)], &[]);
}

#[test]
fn c38_a_missing_lock_cancels_and_slashes_nothing() {
    let _case = program_tests::case(&[38]);
    let mut world = World::new();
    let played = world.opened(&[1, 2]);
    assert_eq!(operator_books(&world, &played), (BOND, RESERVED, 0));
    let stranger = world.player(0);
    let deadline = world.match_state(&played.of).header.lock_deadline;
    world.go_to_slot(deadline + 1);
    let cancel = instruction::cancel(&played.of, stranger.pubkey());
    world.send(&[cancel], &[&stranger]);
    let header = world.match_state(&played.of).header;
    assert_eq!(header.status, MatchStatus::Cancelled as u8);
    assert_eq!((header.slash, header.award, header.bond_held), (0, 0, 0));
    assert_eq!(operator_books(&world, &played), (BOND, 0, 0));
    for (player, stake) in [(0, 1_000_000), (1, 2_000_000)] {
        refund(&mut world, &played, player);
        assert_eq!(world.tokens(&played.players[player].pubkey()), stake);
    }
    assert_eq!(world.tokens(&stranger.pubkey()), 0);
    world.refuse(
        &[instruction::collect_slash(&played.of)],
        &[],
        E::NothingToCollect,
    );
    let award = instruction::claim_award(&played.of, stranger.pubkey(), &stranger.pubkey());
    world.refuse(&[award], &[&stranger], E::NoAward);
}

#[test]
fn c38_a_missing_start_voids_and_slashes_nothing() {
    let _case = program_tests::case(&[38]);
    let mut world = World::new();
    let played = world.locked(&[1, 2]);
    let stranger = world.player(0);
    let deadline = world.match_state(&played.of).header.entropy_deadline;
    let void = instruction::void_match(&played.of, stranger.pubkey());
    world.go_to_slot(deadline);
    world.refuse(
        std::slice::from_ref(&void),
        &[&stranger],
        E::EntropyDeadlineNotPassed,
    );
    world.go_to_slot(deadline + 1);
    let landed = world.send(&[void], &[&stranger]);
    let Some(Event::MatchVoided(event)) = landed.events().pop() else {
        panic!("no event");
    };
    assert_eq!(
        (event.status, event.slash, event.award, event.challenger),
        (MatchStatus::Locked as u8, 0, 0, Default::default())
    );
    assert_eq!(operator_books(&world, &played), (BOND, 0, 0));
    for (player, stake) in [(0, 1_000_000), (1, 2_000_000)] {
        refund(&mut world, &played, player);
        assert_eq!(world.tokens(&played.players[player].pubkey()), stake);
    }
    world.refuse(
        &[instruction::collect_slash(&played.of)],
        &[],
        E::NothingToCollect,
    );
}

#[test]
fn c38_a_missing_first_checkpoint_splits_the_bond() {
    let _case = program_tests::case(&[38]);
    let mut world = World::new();
    let played = world.live(&[1, 2]);
    let deadline = world.match_state(&played.of).header.progress_deadline;
    let stranger = world.player(0);
    let void = instruction::void_match(&played.of, stranger.pubkey());
    world.go_to_slot(deadline);
    world.refuse(
        std::slice::from_ref(&void),
        &[&stranger],
        E::ProgressDeadlineNotPassed,
    );
    world.go_to_slot(deadline + 1);
    let landed = world.send(std::slice::from_ref(&void), &[&stranger]);
    let Some(Event::MatchVoided(event)) = landed.events().pop() else {
        panic!("no event");
    };
    assert_eq!(
        (
            event.status,
            event.slash,
            event.award,
            event.compensation_per_warrior,
            event.challenger
        ),
        (
            MatchStatus::Live as u8,
            RESERVED,
            2_400_000,
            480_000,
            stranger.pubkey()
        )
    );
    world.refuse(&[void], &[&stranger], E::NotVoidable);
    // Until it is collected the bond stays reserved: it answers for no other match.
    assert_eq!(operator_books(&world, &played), (BOND, RESERVED, 0));
    let landed = world.send(&[instruction::collect_slash(&played.of)], &[]);
    assert!(
        matches!(landed.events()[..], [Event::SlashCollected(ref event)] if (event.amount, event.burnt) == (RESERVED - BURNT, BURNT))
    );
    assert_eq!(operator_books(&world, &played), (BOND - RESERVED, 0, RESERVED));
    assert_eq!(
        world.token_amount(&played.of.vault()),
        3_000_000 + RESERVED - BURNT
    );
    world.refuse(
        &[instruction::collect_slash(&played.of)],
        &[],
        E::NothingToCollect,
    );
    // Shares wait as long as a withdrawal of bond; stakes do not, and these two were not asked for yet.
    let payer = world.payer.pubkey();
    let award = instruction::claim_award(&played.of, payer, &stranger.pubkey());
    let payable = world.match_state(&played.of).header.slash_payable_slot;
    assert_eq!(payable, deadline + 1 + program_tests::BOND_TERMS.withdraw_slots);
    world.go_to_slot(payable - 1);
    world.refuse(&[award], &[], E::SlashNotPayable);
    world.go_to_slot(payable);
    // Stake and share at once.
    for (player, stake, share) in [(0, 1_000_000, 480_000), (1, 2_000_000, 960_000)] {
        let key = played.players[player].pubkey();
        let payer = world.payer.pubkey();
        let landed = world.send(&[instruction::refund(&played.of, payer, &key)], &[]);
        assert!(
            matches!(landed.events()[..], [Event::Refunded(ref event)] if (event.amount, event.compensation) == (stake, share))
        );
        assert_eq!(world.tokens(&key), stake + share);
    }
    let award = instruction::claim_award(&played.of, stranger.pubkey(), &stranger.pubkey());
    let landed = world.send(std::slice::from_ref(&award), &[&stranger]);
    assert!(
        matches!(landed.events()[..], [Event::AwardPaid(ref event)] if event.amount == 2_400_000 && event.challenger == stranger.pubkey())
    );
    assert_eq!(world.tokens(&stranger.pubkey()), 2_400_000);
    assert_eq!(world.token_amount(&played.of.vault()), 0);
    world.refuse(&[award], &[&stranger], E::NoAward);
}

#[test]
fn c38_a_missing_later_checkpoint_and_a_missing_result_cost_the_same() {
    let _case = program_tests::case(&[38]);
    for checkpoints in [1, 2] {
        let mut world = World::new();
        let mut played = world.live(&[1, 2]);
        for _ in 0..checkpoints {
            world.post(&mut played);
        }
        assert_eq!(played.game.ended(), checkpoints == 2);
        let stranger = void_by_stranger(&mut world, &played);
        let header = world.match_state(&played.of).header;
        assert_eq!(
            (header.slash, header.award, header.compensation_per_warrior),
            (RESERVED, 2_400_000, 480_000)
        );
        assert_eq!(header.challenger, stranger.pubkey());
        // Whoever has the final state is too late with it.
        let late = instruction::submit_result(played.of.key, played.game.state_bytes());
        world.refuse(&[late], &[], E::MatchNotLive);
        world.collect(&played.of);
        for player in [0, 1] {
            refund(&mut world, &played, player);
        }
        let award = instruction::claim_award(&played.of, stranger.pubkey(), &stranger.pubkey());
        world.send(&[award], &[&stranger]);
        assert_eq!(world.tokens(&played.players[0].pubkey()), 1_480_000);
        assert_eq!(world.tokens(&played.players[1].pubkey()), 2_960_000);
        assert_eq!(world.tokens(&stranger.pubkey()), 2_400_000);
        assert_eq!(world.token_amount(&played.of.vault()), 0);
    }
}

/// The window of a result is another one than that of a checkpoint.
#[test]
fn c38_the_result_has_a_deadline_of_its_own() {
    let _case = program_tests::case(&[38]);
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    world.post_all(&mut played);
    let posted = world.slot();
    let header = world.match_state(&played.of).header;
    assert_eq!(
        header.progress_deadline,
        posted + program_tests::WINDOWS.result_slots
    );
    world.go_to_slot(header.progress_deadline);
    let stranger = world.player(0);
    let void = instruction::void_match(&played.of, stranger.pubkey());
    world.refuse(&[void], &[&stranger], E::ProgressDeadlineNotPassed);
    // The last slot is in time.
    world.submit(&played);
}

#[test]
fn a_stake_does_not_wait_for_the_bond() {
    let mut world = World::new();
    let played = world.live(&[1, 2]);
    void_by_stranger(&mut world, &played);
    let key = played.players[1].pubkey();
    refund(&mut world, &played, 1);
    assert_eq!(world.tokens(&key), 2_000_000);
    let payer = world.payer.pubkey();
    let again = instruction::refund(&played.of, payer, &key);
    world.refuse(std::slice::from_ref(&again), &[], E::SlashNotPayable);
    world.collect(&played.of);
    world.send(std::slice::from_ref(&again), &[]);
    assert_eq!(world.tokens(&key), 2_000_000 + 960_000);
    world.refuse(&[again], &[], E::AlreadyRefunded);
}

#[test]
fn a_voided_match_closes_after_everybody_has_his_share() {
    let mut world = World::new();
    let played = world.live(&[1, 2]);
    let stranger = void_by_stranger(&mut world, &played);
    let payer = world.payer.pubkey();
    let close = instruction::close_match(
        &played.of,
        &CloseMatch {
            caller: payer,
            rent_payer: payer,
            treasury_of_surplus: None,
        },
    );
    let entries = played
        .players
        .iter()
        .map(|player| instruction::close_entry(played.of.key, &player.pubkey(), payer))
        .collect::<Vec<_>>();
    refund(&mut world, &played, 0);
    refund(&mut world, &played, 1);
    // All stakes are back, and the vault is empty: still neither closes without the slash.
    assert_eq!(world.token_amount(&played.of.vault()), 0);
    for entry in &entries {
        world.refuse(std::slice::from_ref(entry), &[], E::EntryStillOwed);
    }
    world.refuse(std::slice::from_ref(&close), &[], E::SlashNotCollected);
    world.collect(&played.of);
    world.refuse(std::slice::from_ref(&close), &[], E::MatchNotEmpty);
    for (player, entry) in entries.iter().enumerate() {
        world.refuse(std::slice::from_ref(entry), &[], E::EntryStillOwed);
        refund(&mut world, &played, player);
        world.send(std::slice::from_ref(entry), &[]);
    }
    world.refuse(std::slice::from_ref(&close), &[], E::MatchNotEmpty);
    let award = instruction::claim_award(&played.of, payer, &stranger.pubkey());
    world.send(&[award], &[]);
    assert_eq!(world.tokens(&stranger.pubkey()), 2_400_000);
    world.send(
        &[instruction::close_randomness(
            &world.source,
            played.of.key,
            played.randomness,
            payer,
            played.recent_slot,
        )],
        &[],
    );
    world.send(&[close], &[]);
    assert!(world.try_match(&played.of.key).is_none());
}

#[test]
fn what_does_not_divide_is_burned() {
    let mut world = World::new();
    let options = MatchOptions {
        stake_per_warrior: 7,
        warriors_max: 9,
        ..MatchOptions::default()
    };
    let options = MatchOptions {
        players_max: 9,
        ..options
    };
    let played = world.live_as(options, &[2, 5]);
    // ⌈7 · 9 · 1.2⌉ = 76; a tenth is 7; ⌈76 · 0.84⌉ = 64 burn; 5 are not enough for 7 warriors, and burn too.
    let stranger = void_by_stranger(&mut world, &played);
    let header = world.match_state(&played.of).header;
    assert_eq!(
        (header.slash, header.award, header.compensation_per_warrior),
        (76, 7, 0)
    );
    world.collect(&played.of);
    refund(&mut world, &played, 0);
    refund(&mut world, &played, 1);
    let award = instruction::claim_award(&played.of, stranger.pubkey(), &stranger.pubkey());
    world.send(&[award], &[&stranger]);
    assert_eq!(world.tokens(&played.players[0].pubkey()), 14);
    assert_eq!(world.tokens(&played.players[1].pubkey()), 35);
    assert_eq!(world.tokens(&stranger.pubkey()), 7);
}

#[test]
fn an_award_goes_to_the_reporters_canonical_account_or_nowhere() {
    let mut world = World::new();
    let played = world.live(&[1, 2]);
    let stranger = void_by_stranger(&mut world, &played);
    let thief = world.player(0);
    let good = instruction::claim_award(&played.of, thief.pubkey(), &stranger.pubkey());
    world.refuse(std::slice::from_ref(&good), &[&thief], E::NoAward);
    world.collect(&played.of);
    let (right, wrong) = (
        played.of.token_account(&stranger.pubkey()),
        played.of.token_account(&thief.pubkey()),
    );
    let theft = swapped(good.clone(), &right, &wrong);
    world.refuse(&[theft], &[&thief], E::RecipientMismatch);
    let other = world.opened(&[]);
    let vault = swapped(good.clone(), &played.of.vault(), &other.of.vault());
    world.refuse(&[vault], &[&thief], E::VaultMismatch);
    let mint = Keypair::new();
    world.create_mint(&mint, program_tests::DECIMALS);
    let fake = swapped(good.clone(), &played.of.mint, &mint.pubkey());
    world.refuse(&[fake], &[&thief], E::MintMismatch);
    let token_2022 = swapped(good.clone(), &anchor_spl::token::ID, &anchor_spl::token_2022::ID);
    world.refuse(&[token_2022], &[&thief], E::TokenProgramMismatch);
    world.send(&[good], &[&thief]);
    assert_eq!(world.tokens(&stranger.pubkey()), 2_400_000);
}

#[test]
fn a_slash_is_collected_from_its_operator_into_its_match() {
    let mut world = World::new();
    let played = world.live(&[1, 2]);
    let other = world.opened(&[]);
    let rival = world.wallet();
    world.register_operator(&rival, world.mint);
    void_by_stranger(&mut world, &played);
    let good = instruction::collect_slash(&played.of);
    let rival_operator = client::address::operator(&rival.pubkey(), &world.mint);
    let cases = [
        (played.of.operator, rival_operator, E::OperatorMismatch),
        (
            client::address::bond_vault(&played.of.operator),
            client::address::bond_vault(&rival_operator),
            E::BondVaultMismatch,
        ),
        (played.of.vault(), other.of.vault(), E::VaultMismatch),
        (
            anchor_spl::token::ID,
            anchor_spl::token_2022::ID,
            E::TokenProgramMismatch,
        ),
    ];
    for (right, wrong, error) in cases {
        world.refuse(&[swapped(good.clone(), &right, &wrong)], &[], error);
    }
    let mint = Keypair::new();
    world.create_mint(&mint, program_tests::DECIMALS);
    let fake = swapped(good.clone(), &played.of.mint, &mint.pubkey());
    world.refuse(&[fake], &[], E::MintMismatch);
    world.refuse(&[instruction::collect_slash(&other.of)], &[], E::NothingToCollect);
    world.send(&[good], &[]);
}

#[test]
fn an_exit_takes_its_own_operator_only() {
    let mut world = World::new();
    let rival = world.wallet();
    world.register_operator(&rival, world.mint);
    let rival_operator = client::address::operator(&rival.pubkey(), &world.mint);
    let payer = world.payer.pubkey();
    let live = world.live(&[1, 1]);
    let open = world.opened(&[1, 1]);
    let proposed = world.proposed(&[1, 1]);
    for attempt in [
        instruction::void_match(&live.of, payer),
        instruction::cancel(&open.of, payer),
        instruction::finalize(&proposed.of),
    ] {
        let wrong = swapped(attempt, &live.of.operator, &rival_operator);
        world.refuse(&[wrong], &[], E::OperatorMismatch);
    }
}
