use aurelius::error::AureliusError as E;
use client::instruction::{self, Leave};
use program_tests::{swapped, World};
use solana_signer::Signer;

#[test]
fn leaving_returns_everything_and_frees_the_slot() {
    let mut world = World::new();
    let mut played = world.opened(&[2, 1]);
    let leaver = played.players[0].insecure_clone();
    let rent_payer = world.payer.pubkey();
    let leave = instruction::leave(
        &played.of,
        &Leave {
            player: leaver.pubkey(),
            rent_payer,
        },
    );
    world.send(&[leave], &[&leaver]);
    assert_eq!(world.tokens(&leaver.pubkey()), 2_000_000);
    assert!(world.account(&played.of.entry(&leaver.pubkey())).is_none());
    let header = world.match_state(&played.of).header;
    assert_eq!(
        (header.players_count, header.warriors_total, header.owed),
        (1, 1, 1_000_000)
    );
    // The next player gets the slot, and the leaver may come back.
    let next = world.enter(&mut played, 1);
    assert_eq!(world.entry(&played.of, &next.pubkey()).slot_index, 0);
    let again = world.enter_instruction(&played, &leaver.pubkey(), 2);
    world.send(&[again], &[&leaver]);
}

#[test]
fn nobody_leaves_for_another_or_from_another_match() {
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    let other = world.opened(&[1]);
    let rent_payer = world.payer.pubkey();
    let (one, two) = (
        played.players[0].insecure_clone(),
        played.players[1].insecure_clone(),
    );
    let leave = instruction::leave(
        &played.of,
        &Leave {
            player: one.pubkey(),
            rent_payer,
        },
    );
    let theft = swapped(leave.clone(), &one.pubkey(), &two.pubkey());
    world.refuse(&[theft], &[&two], E::EntryMismatch);
    let foreign = swapped(
        leave.clone(),
        &played.of.entry(&one.pubkey()),
        &other.of.entry(&other.players[0].pubkey()),
    );
    world.refuse(&[foreign], &[&one], E::EntryMismatch);
    let vault = swapped(leave.clone(), &played.of.vault(), &other.of.vault());
    world.refuse(&[vault], &[&one], E::VaultMismatch);
    let account = swapped(
        leave.clone(),
        &played.of.token_account(&one.pubkey()),
        &played.of.token_account(&two.pubkey()),
    );
    world.refuse(&[account], &[&one], E::RecipientMismatch);
    let rent = swapped(leave, &rent_payer, &two.pubkey());
    world.refuse(&[rent], &[&one], E::RentPayerMismatch);
}

#[test]
fn nobody_leaves_a_locked_match() {
    let mut world = World::new();
    let played = world.locked(&[1, 1]);
    let player = played.players[0].insecure_clone();
    let rent_payer = world.payer.pubkey();
    let leave = instruction::leave(
        &played.of,
        &Leave {
            player: player.pubkey(),
            rent_payer,
        },
    );
    world.refuse(&[leave], &[&player], E::MatchNotOpen);
}
