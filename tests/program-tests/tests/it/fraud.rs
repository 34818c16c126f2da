//! A wrong segment, shown by anybody with the ledger: the match is voided, the bond forfeit. A right one never is.
//!
//! The default match reserves 24,000,000. Three tenths of it, and what does not divide, go to the challenger.

use arena::{leaf, HostSha256, StateBuf};
use aurelius::error::AureliusError as E;
use aurelius::state::{MatchStatus, PlayerSlot};
use client::event::Event;
use client::instruction::{self, ProveFraudArgs};
use program_tests::game::Checkpoint;
use program_tests::proof::challenge;
use program_tests::{quick_siege, swapped, Landed, MatchOptions, Played, World};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Anchor: an account must sign and does not.
const NOT_SIGNED: u32 = 3010;

/// The two events of a proof say what was claimed, what the rules give, and where the bond goes.
fn check_events(landed: &Landed, posted: &Checkpoint, segment: usize, computed: [u8; 32], by: &Keypair) {
    let events = landed.events();
    let [Event::FraudProven(proven), Event::MatchVoided(voided)] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(
        (proven.index, usize::from(proven.segment)),
        (posted.index, segment)
    );
    assert_eq!(proven.claimed_leaf, posted.leaves[segment]);
    assert_eq!(proven.computed_leaf, computed);
    assert_eq!((proven.challenger, voided.challenger), (by.pubkey(), by.pubkey()));
    assert_eq!(voided.slash, 24_000_000);
}

/// Everything that a voided match with `entries` still has to pay leaves, to the last unit. The first `admitted`
/// players share the bond.
fn pay_out(world: &mut World, played: &Played, entries: &[u64], admitted: usize, challenger: &Keypair) {
    let payer = world.payer.pubkey();
    let warriors: u64 = entries[..admitted].iter().sum();
    // 20,160,000 burn, 2,400,000 are the award; what does not divide burns too.
    let share = (24_000_000 - 20_160_000 - 2_400_000) / warriors;
    world.collect(&played.of);
    for (at, (player, count)) in played.players.iter().zip(entries).enumerate() {
        let share = if at < admitted { share } else { 0 };
        let refund = instruction::refund(&played.of, payer, &player.pubkey());
        world.send(std::slice::from_ref(&refund), &[]);
        assert_eq!(world.tokens(&player.pubkey()), count * (1_000_000 + share));
        world.refuse(&[refund], &[], E::AlreadyRefunded);
    }
    let award = instruction::claim_award(&played.of, payer, &challenger.pubkey());
    world.send(&[award], &[]);
    assert_eq!(world.tokens(&challenger.pubkey()), 2_400_000);
    assert_eq!(world.token_amount(&played.of.vault()), 0);
}

#[test]
fn the_first_segment_is_proved_from_the_genesis_state() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    let mut honest = [0; 32];
    let posted = world.lie(&mut played, |checkpoint| {
        honest = checkpoint.leaves[0];
        checkpoint.leaves[0][0] ^= 1;
    });
    let genesis = world.match_state(&played.of).header.genesis_leaf;
    assert_eq!(leaf::<HostSha256>(played.game.before[0].as_bytes()), genesis);
    let challenger = world.player(0);
    let landed = world.prove(&played, &posted, 0, &challenger);
    check_events(&landed, &posted, 0, honest, &challenger);
    let header = world.match_state(&played.of).header;
    assert_eq!(header.status, MatchStatus::Voided as u8);
    assert_eq!(
        (header.award, header.compensation_per_warrior),
        (2_400_000, 480_000)
    );
    // Once is enough.
    let again = played.prove(&challenger, played.challenge(&posted, 0));
    world.refuse(&[again], &[&challenger], E::NotProvable);
    pay_out(&mut world, &played, &[1, 2], 2, &challenger);
    let operator = world.operator_state(&played.of.operator);
    assert_eq!(
        (operator.bond, operator.reserved_bond, operator.slashed),
        (program_tests::BOND - 24_000_000, 0, 24_000_000)
    );
}

#[test]
fn a_segment_in_the_middle_of_a_checkpoint() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    let mut honest = [0; 32];
    let posted = world.lie(&mut played, |checkpoint| {
        honest = checkpoint.leaves[1];
        checkpoint.leaves[1][31] ^= 1;
    });
    let challenger = world.player(0);
    // The segment before it is right.
    let wrong = played.prove(&challenger, played.challenge(&posted, 0));
    world.refuse(&[wrong], &[&challenger], E::ProofSegmentCorrect);
    let landed = world.prove(&played, &posted, 1, &challenger);
    check_events(&landed, &posted, 1, honest, &challenger);
    pay_out(&mut world, &played, &[1, 2], 2, &challenger);
}

#[test]
fn the_first_segment_of_a_later_checkpoint() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    world.post(&mut played);
    let mut honest = [0; 32];
    let posted = world.lie(&mut played, |checkpoint| {
        honest = checkpoint.leaves[0];
        checkpoint.leaves[0][0] ^= 1;
    });
    let challenger = world.player(0);
    let landed = world.prove(&played, &posted, 0, &challenger);
    check_events(&landed, &posted, 0, honest, &challenger);
    pay_out(&mut world, &played, &[1, 2], 2, &challenger);
}

#[test]
fn an_old_lie_is_proved_after_later_checkpoints() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    let posted = world.lie(&mut played, |checkpoint| checkpoint.leaves[1] = [9; 32]);
    world.post(&mut played);
    let challenger = world.player(0);
    world.prove(&played, &posted, 1, &challenger);
    pay_out(&mut world, &played, &[1, 2], 2, &challenger);
}

#[test]
fn swapped_leaves_are_a_lie() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    let posted = world.lie(&mut played, |checkpoint| checkpoint.leaves.swap(0, 1));
    let challenger = world.player(0);
    world.prove(&played, &posted, 0, &challenger);
}

/// A segment in which the state says that it is something that no state is: the segment before is the wrong one.
#[test]
fn a_state_that_is_none_is_the_fault_of_the_segment_before() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    let mut garbage = played.game.state_bytes();
    garbage[4] = 21; // capacity
    let garbage_leaf = leaf::<HostSha256>(&garbage);
    let posted = world.lie(&mut played, |checkpoint| checkpoint.leaves[0] = garbage_leaf);
    let challenger = world.player(0);
    let second = ProveFraudArgs {
        state: garbage,
        ..played.challenge(&posted, 1)
    };
    let second = played.prove(&challenger, second);
    world.refuse(&[second], &[&challenger], E::ProofStateInvalid);
    world.prove(&played, &posted, 0, &challenger);
}

#[test]
fn inputs_that_the_rules_refuse() {
    let capacity = 3;
    let masks = 60;
    // A change of warrior 0 to heading 9, which is none; and a bit for a warrior that does not exist.
    let mut heading = vec![0; 1 + masks];
    heading[1] = 1;
    heading.push(9);
    let mut stranger = vec![0; 1 + masks];
    stranger[1] = 1 << capacity;
    stranger.push(1);
    for inputs in [heading, stranger] {
        for segment in [0, 1] {
            let mut world = World::new();
            let mut played = world.live(&[1, 2]);
            let posted = world.lie(&mut played, |checkpoint| {
                checkpoint.inputs[segment] = inputs.clone();
            });
            let challenger = world.player(0);
            let landed = world.prove(&played, &posted, segment, &challenger);
            check_events(&landed, &posted, segment, [0; 32], &challenger);
            pay_out(&mut world, &played, &[1, 2], 2, &challenger);
        }
    }
}

/// Inputs that are fine, and are not the ones that gave the leaf.
#[test]
fn a_leaf_without_an_input_that_was_posted() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    let mut inputs = vec![0; 61];
    inputs[1] = 0b111;
    inputs.extend([0x31, 0x05]);
    let posted = world.lie(&mut played, |checkpoint| checkpoint.inputs[0] = inputs);
    let challenger = world.player(0);
    world.prove(&played, &posted, 0, &challenger);
}

#[test]
fn a_siege_is_proved_through_an_upload_whose_rent_comes_back() {
    let mut world = World::new();
    let options = MatchOptions {
        rules: quick_siege(),
        warriors_max: 100,
        players_max: 20,
        ..MatchOptions::default()
    };
    let mut played = world.live_as(options, &[5; 18]);
    world.post(&mut played);
    let mut honest = [0; 32];
    let posted = world.lie(&mut played, |checkpoint| {
        honest = checkpoint.leaves[0];
        checkpoint.leaves[0][7] ^= 1;
    });
    let challenger = world.player(0);
    let before = world.lamports(&challenger.pubkey());
    let args = played.challenge(&posted, 0);
    assert_eq!(args.state.len(), 1728);
    let (upload_id, upload) = world.upload(&challenger, &[&args.state[..], &args.inputs].concat());
    assert!(world.lamports(&challenger.pubkey()) < before);
    // Both, or an upload that is too short for a state.
    let mut both =
        instruction::prove_uploaded_fraud(played.of.key, challenger.pubkey(), upload, args.clone());
    both.data = instruction::prove_fraud(
        played.of.key,
        challenger.pubkey(),
        ProveFraudArgs {
            state: vec![1],
            ..args.clone()
        },
    )
    .data;
    world.refuse(&[both], &[&challenger], E::ProofTwice);
    let (short_id, short) = world.upload(&challenger, &args.state[..1727]);
    let prove = instruction::prove_uploaded_fraud(played.of.key, challenger.pubkey(), short, args.clone());
    world.refuse(&[prove], &[&challenger], E::ProofMissing);
    // Somebody else's buffer serves as well: what counts is its bytes.
    let stranger = world.wallet();
    let (_, copy) = world.upload(&stranger, &[&args.state[..], &args.inputs].concat());
    let prove = instruction::prove_uploaded_fraud(played.of.key, challenger.pubkey(), copy, args.clone());
    world.simulate(&[prove], &[&challenger]);
    let prove = instruction::prove_uploaded_fraud(played.of.key, challenger.pubkey(), upload, args);
    let landed = world.send(&[prove], &[&challenger]);
    let events = landed.events();
    let [Event::FraudProven(proven), Event::MatchVoided(voided)] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(proven.computed_leaf, honest);
    // ⌈1,000,000 · 100 · 1.2⌉; a tenth for the challenger, six hundredths among 90 warriors.
    assert_eq!(
        (voided.slash, voided.compensation_per_warrior, voided.award),
        (120_000_000, 80_000, 12_000_000)
    );
    for id in [upload_id, short_id] {
        let close = instruction::close_upload(challenger.pubkey(), id);
        world.send(&[close], &[&challenger]);
    }
    assert_eq!(world.lamports(&challenger.pubkey()), before);
    assert!(world.account(&upload).is_none());
}

#[test]
fn c36_a_challenge_inside_the_window_reverts_the_result_and_blocks_only_that_match() {
    let _case = program_tests::case(&[36]);
    let mut world = World::new();
    let neighbour = world.proposed(&[1, 2]);
    let (played, posted) = world.proposed_lie(&[1, 2]);
    let before = world.match_state(&played.of);
    assert_eq!(before.header.status, MatchStatus::Proposed as u8);
    assert_eq!(before.header.pot, 3_000_000);
    let deadline = before.header.challenge_deadline;
    world.go_to_slot(deadline);
    let challenger = world.player(0);
    world.prove(&played, &posted, 1, &challenger);
    let after = world.match_state(&played.of);
    assert_eq!(after.header.status, MatchStatus::Voided as u8);
    assert_eq!([after.header.pot, after.header.fee, after.header.burn], [0; 3]);
    for slot in &after.slots {
        assert_eq!(slot.payout, 0);
        assert!(!slot.has(PlayerSlot::REFUNDED));
    }
    world.go_to_slot(deadline + 1);
    world.refuse(&[instruction::finalize(&played.of)], &[], E::MatchNotProposed);
    let payer = world.payer.pubkey();
    let claim = instruction::claim(&played.of, payer, &played.players[0].pubkey());
    world.refuse(&[claim], &[], E::MatchNotSettled);
    // The other match of the same operator goes its way.
    world.send(&[instruction::finalize(&neighbour.of)], &[]);
    let slots = world.match_state(&neighbour.of).slots;
    let winner = slots.iter().position(|slot| slot.payout > 0).unwrap();
    let claim = instruction::claim(&neighbour.of, payer, &neighbour.players[winner].pubkey());
    world.send(&[claim], &[]);
    pay_out(&mut world, &played, &[1, 2], 2, &challenger);
}

/// The window is a promise to the winners, not a pardon: until somebody finalises, a lie is still a lie.
#[test]
fn a_result_can_be_challenged_until_it_is_final() {
    let mut world = World::new();
    let (late, posted) = world.proposed_lie(&[1, 2]);
    let (settled, settled_lie) = world.proposed_lie(&[1, 2]);
    world.finalize(&settled);
    let challenger = world.player(0);
    let prove = settled.prove(&challenger, settled.challenge(&settled_lie, 1));
    world.refuse(&[prove], &[&challenger], E::NotProvable);
    world.prove(&late, &posted, 1, &challenger);
}

/// A late entry that was never admitted carries REFUNDED while the result is proposed: the stake is in its payout. When
/// the result falls, the mark falls too, and the stake leaves once.
#[test]
fn late_entries_that_were_never_admitted_get_their_stake_once() {
    let mut world = World::new();
    let options = MatchOptions {
        rules: quick_siege(),
        ..MatchOptions::default()
    };
    let mut played = world.live_as(options, &[1, 2]);
    world.enter(&mut played, 4);
    let posted = world.lie_about_the_end(&mut played);
    let before = world.match_state(&played.of);
    assert!(before.slots[2].has(PlayerSlot::REFUNDED | PlayerSlot::LATE));
    assert_eq!(
        (before.slots[2].payout, before.header.pot),
        (4_000_000, 3_000_000)
    );
    let challenger = world.player(0);
    world.prove(&played, &posted, 0, &challenger);
    let after = world.match_state(&played.of);
    assert_eq!(after.slots[2].flags, PlayerSlot::ENTERED | PlayerSlot::LATE);
    assert_eq!((after.slots[2].payout, after.header.owed), (0, 7_000_000));
    pay_out(&mut world, &played, &[1, 2, 4], 2, &challenger);
}

#[test]
fn a_late_entry_is_part_of_the_roster_that_a_proof_replays() {
    let mut world = World::new();
    let options = MatchOptions {
        rules: quick_siege(),
        ..MatchOptions::default()
    };
    let mut played = world.live_as(options, &[1, 2]);
    world.enter(&mut played, 2);
    played.game.late(2, 2);
    let mut honest = [0; 32];
    let mut lying = played.game.checkpoint(&[2]);
    honest.copy_from_slice(&lying.leaves[0]);
    lying.leaves[0] = [3; 32];
    // A stranger who comes later changes nothing about what was admitted.
    let operator = world.operator.insecure_clone();
    let post = world.checkpoint_instruction(&played, &lying);
    world.send(&[post], &[&operator]);
    world.enter(&mut played, 3);
    let challenger = world.player(0);
    let landed = world.prove(&played, &lying, 0, &challenger);
    check_events(&landed, &lying, 0, honest, &challenger);
    pay_out(&mut world, &played, &[1, 2, 2, 3], 3, &challenger);
}

#[test]
fn c39_an_honest_trace_stands_and_a_challenge_costs_only_the_challenger() {
    let _case = program_tests::case(&[39]);
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    let mut posted = Vec::new();
    while !played.game.ended() {
        posted.push(world.post(&mut played));
    }
    let challenger = world.player(0);
    let balance = world.lamports(&challenger.pubkey());
    let untouched = [
        played.of.key,
        played.of.trace(),
        played.of.vault(),
        played.of.operator,
    ];
    let before = untouched.map(|address| world.account(&address));
    for result in [false, true] {
        if result {
            assert_eq!(untouched.map(|address| world.account(&address)), before);
            world.submit(&played);
        }
        for checkpoint in &posted {
            for segment in 0..checkpoint.leaves.len() {
                let args = played.challenge(checkpoint, segment);
                let prove = played.prove(&challenger, args);
                world.refuse(&[prove], &[&challenger], E::ProofSegmentCorrect);
            }
        }
    }
    assert_eq!(world.lamports(&challenger.pubkey()), balance);
    assert_eq!(world.tokens(&challenger.pubkey()), 0);
    world.finalize(&played);
    let operator = world.operator_state(&played.of.operator);
    assert_eq!(
        (operator.bond, operator.reserved_bond, operator.slashed),
        (program_tests::BOND, 0, 0)
    );
}

/// What a challenger can change about the challenge of an honest checkpoint, and the error that must say so.
type Tampering = (&'static str, fn(&mut ProveFraudArgs), E);

#[test]
fn c34_c39_a_tampered_challenge_is_refused_by_name() {
    let _case = program_tests::case(&[34, 39]);
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    let first = world.post(&mut played);
    world.post(&mut played);
    let challenger = world.player(0);
    let cases: &[Tampering] = &[
        ("another checkpoint", |a| a.index = 1, E::ProofNotOfTrace),
        ("one not posted", |a| a.index = 2, E::ProofBeyondTrace),
        ("far away", |a| a.index = u32::MAX, E::ProofBeyondTrace),
        ("another segment", |a| a.segment ^= 1, E::ProofNotOfTrace),
        ("no such segment", |a| a.segment = 2, E::ProofSegmentInvalid),
        ("segment 255", |a| a.segment = 255, E::ProofSegmentInvalid),
        (
            "C34: a wrong mixed key",
            |a| a.mixed_key[0] ^= 1,
            E::ProofNotOfTrace,
        ),
        ("a wrong hash", |a| a.others[0][0] ^= 1, E::ProofNotOfTrace),
        ("a false claim", |a| a.others[2][5] ^= 1, E::ProofNotOfTrace),
        ("swapped hashes", |a| a.others.swap(0, 1), E::ProofNotOfTrace),
        (
            "a hash too few",
            |a| {
                a.others.pop();
            },
            E::ProofHashesWrong,
        ),
        ("a hash too many", |a| a.others.push([0; 32]), E::ProofHashesWrong),
        ("no hashes", |a| a.others.clear(), E::ProofHashesWrong),
        ("another state", |a| a.state[20] ^= 1, E::ProofNotOfTrace),
        ("a longer state", |a| a.state.push(0), E::ProofNotOfTrace),
        ("a shorter state", |a| a.state.truncate(64), E::ProofNotOfTrace),
        ("no state", |a| a.state.clear(), E::ProofMissing),
        ("other inputs", |a| a.inputs[0] ^= 1, E::ProofNotOfTrace),
        ("longer inputs", |a| a.inputs.push(0), E::ProofNotOfTrace),
        ("no inputs", |a| a.inputs.clear(), E::ProofMissing),
    ];
    for segment in [0, 1] {
        let good = played.challenge(&first, segment);
        for (name, tamper, error) in cases {
            println!("{name}, segment {segment}");
            let mut args = good.clone();
            tamper(&mut args);
            let prove = played.prove(&challenger, args);
            world.refuse(&[prove], &[&challenger], *error);
        }
    }
}

#[test]
fn c31_the_challenger_signs_and_names_the_matchs_own_trace() {
    let _case = program_tests::case(&[31]);
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    let other = world.live(&[1, 2]);
    let posted = world.lie(&mut played, |checkpoint| checkpoint.leaves[0] = [9; 32]);
    let challenger = world.player(0);
    let good = played.prove(&challenger, played.challenge(&posted, 0));
    let mut unsigned = good.clone();
    let place = unsigned
        .accounts
        .iter_mut()
        .find(|meta| meta.pubkey == challenger.pubkey())
        .unwrap();
    place.is_signer = false;
    world.refuse_code(&[unsigned], &[], NOT_SIGNED);
    let trace = swapped(good.clone(), &played.of.trace(), &other.of.trace());
    world.refuse(&[trace], &[&challenger], E::TraceMismatch);
    // The lie of one match is none of another's: it has no checkpoint, and with one, another digest.
    let foreign = instruction::prove_fraud(other.of.key, challenger.pubkey(), played.challenge(&posted, 0));
    world.refuse(&[foreign], &[&challenger], E::ProofBeyondTrace);
    world.send(&[good], &[&challenger]);
}

/// The same bytes in the state's place of another match are refused: the trace binds them.
#[test]
fn a_proof_is_of_its_own_match() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    let mut other = world.live(&[1, 2]);
    let lie = world.lie(&mut played, |checkpoint| checkpoint.leaves[0] = [9; 32]);
    world.post(&mut other);
    let challenger = world.player(0);
    let previous = leaf::<HostSha256>(other.game.before[0].as_bytes());
    let state: StateBuf = other.game.before[0].clone();
    let args = challenge(&lie, 0, previous, &state);
    let foreign = instruction::prove_fraud(other.of.key, challenger.pubkey(), args);
    world.refuse(&[foreign], &[&challenger], E::ProofNotOfTrace);
}

#[test]
fn only_a_live_or_proposed_match_is_challenged() {
    let mut world = World::new();
    let mut lying = world.live(&[1, 2]);
    let posted = world.lie(&mut lying, |checkpoint| checkpoint.leaves[0] = [9; 32]);
    let args = lying.challenge(&posted, 0);
    let challenger = world.player(0);
    for played in [
        world.opened(&[1, 1]),
        world.locked(&[1, 1]),
        world.settled(&[1, 1]),
        world.cancelled(&[1, 1]),
        world.voided(&[1, 1]),
    ] {
        let prove = played.prove(&challenger, args.clone());
        world.refuse(&[prove], &[&challenger], E::NotProvable);
    }
}

/// An operator who is caught pays even when they announced to withdraw all that is not reserved.
#[test]
fn a_withdrawal_on_its_way_does_not_touch_what_is_reserved() {
    let mut world = World::new();
    let mut played = world.live(&[1, 2]);
    let operator = world.operator.insecure_clone();
    let of = world.bond_ref(&operator);
    let free = world.operator_state(&played.of.operator).free_bond();
    world.send(&[instruction::request_bond_withdrawal(&of, free)], &[&operator]);
    let posted = world.lie(&mut played, |checkpoint| checkpoint.leaves[0] = [9; 32]);
    let ready = world.operator_state(&played.of.operator).withdrawal_slot;
    world.go_to_slot(ready);
    world.send(&[instruction::withdraw_bond(&of)], &[&operator]);
    assert_eq!(world.operator_state(&played.of.operator).bond, 24_000_000);
    let challenger = world.player(0);
    world.prove(&played, &posted, 0, &challenger);
    pay_out(&mut world, &played, &[1, 2], 2, &challenger);
}
