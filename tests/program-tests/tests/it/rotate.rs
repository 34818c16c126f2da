//! Another session key, while the match is open.

use anchor_lang::prelude::Pubkey;
use aurelius::error::AureliusError as E;
use client::event::Event;
use client::instruction;
use program_tests::{swapped, World};
use solana_signer::Signer;

#[test]
fn a_player_replaces_his_key_while_the_match_is_open() {
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    let player = played.players[0].insecure_clone();
    let new_key = Pubkey::new_unique();
    let before = world.entry(&played.of, &player.pubkey());
    let rotate = instruction::rotate_session_key(&played.of, player.pubkey(), new_key);
    let landed = world.send(&[rotate], &[&player]);
    assert!(
        matches!(landed.events()[..], [Event::SessionKeyRotated(ref event)] if (event.player, event.session_key) == (player.pubkey(), new_key))
    );
    let after = world.entry(&played.of, &player.pubkey());
    assert_eq!(after.session_key, new_key);
    assert_eq!(
        (before.paid, before.slot_index, before.warriors, before.rent_payer),
        (after.paid, after.slot_index, after.warriors, after.rent_payer)
    );
    let other = world.entry(&played.of, &played.players[1].pubkey());
    assert_eq!(other.session_key, played.players[1].pubkey());
    let nobody = instruction::rotate_session_key(&played.of, player.pubkey(), Pubkey::default());
    world.refuse(&[nobody], &[&player], E::SessionKeyInvalid);
}

#[test]
fn the_key_is_fixed_from_the_lock_on() {
    let mut world = World::new();
    for played in [
        world.locked(&[1, 1]),
        world.live(&[1, 1]),
        world.proposed(&[1, 1]),
        world.settled(&[1, 1]),
    ] {
        let player = played.players[0].insecure_clone();
        let rotate = instruction::rotate_session_key(&played.of, player.pubkey(), Pubkey::new_unique());
        world.refuse(&[rotate], &[&player], E::MatchNotOpen);
    }
}

#[test]
fn nobody_replaces_the_key_of_another_or_of_another_match() {
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    let other = world.opened(&[1, 1]);
    let (player, thief) = (
        played.players[0].insecure_clone(),
        played.players[1].insecure_clone(),
    );
    let rotate = instruction::rotate_session_key(&played.of, player.pubkey(), thief.pubkey());
    let theft = swapped(rotate.clone(), &player.pubkey(), &thief.pubkey());
    world.refuse(&[theft], &[&thief], E::EntryMismatch);
    // An entry of a match that is over, with an open match beside it.
    let astray = swapped(rotate, &played.of.key, &other.of.key);
    world.refuse(&[astray], &[&player], E::EntryMismatch);
}
