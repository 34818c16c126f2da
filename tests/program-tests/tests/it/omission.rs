//! An acked input that was not posted, shown by whoever holds the receipt: the match is voided, the bond
//! forfeit. An operator that posted what it promised never loses anything.

use aurelius::error::AureliusError as E;
use aurelius::state::MatchStatus;
use client::event::Event;
use client::instruction::{self, Omission, Receipt};
use program_tests::game::Checkpoint;
use program_tests::{quick_siege, swapped, MatchOptions, Played, World};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// What a proof may cost.
const COMPUTE_UNITS_MAX: u64 = 40_000;

fn receipt(tick: u32, warrior: u8, heading: u8) -> Receipt {
    Receipt {
        slot: 0,
        sequence: 1,
        input_hash: [7; 32],
        tick,
        warrior,
        heading,
    }
}

/// Posts the next checkpoint with these changes in its segments.
fn post(world: &mut World, played: &mut Played, changes: &[&[(u8, u8, u8)]]) -> Checkpoint {
    let inputs = changes.iter().map(|changes| played.packed(changes)).collect();
    let checkpoint = played.game.checkpoint_of(inputs);
    let operator = world.operator.insecure_clone();
    let post = world.checkpoint_instruction(played, &checkpoint);
    world.send(&[post], &[&operator]);
    checkpoint
}

fn challenge(world: &mut World, omission: &Omission, expected: E) {
    let challenger = world.wallet();
    world.refuse(&omission.prove(challenger.pubkey()), &[&challenger], expected);
}

#[test]
fn c58_an_acked_input_that_was_left_out_costs_the_bond() {
    let mut world = World::new();
    let _case = program_tests::case(&[58]);
    let mut played = world.live(&[1, 2]);
    world.post(&mut played);
    // Tick 185 is the fifth of the second segment of checkpoint 1.
    let posted = post(&mut world, &mut played, &[&[(4, 0, 3)], &[(3, 0, 2), (5, 0, 2)]]);
    let challenger = world.wallet();
    let omission = world.omission(&played, &posted, receipt(185, 0, 2));
    let landed = world.send(&omission.prove(challenger.pubkey()), &[&challenger]);
    assert!(
        landed.compute_units <= COMPUTE_UNITS_MAX,
        "{}",
        landed.compute_units
    );
    let events = landed.events();
    let [Event::OmissionProven(proven), Event::MatchVoided(voided)] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((proven.index, proven.segment, proven.tick), (1, 1, 185));
    assert_eq!((proven.heading, proven.posted_heading), (2, u8::MAX));
    assert_eq!(
        (proven.challenger, voided.challenger),
        (challenger.pubkey(), challenger.pubkey())
    );
    let header = world.match_state(&played.of).header;
    assert_eq!(header.status, MatchStatus::Voided as u8);
    assert!(header.slash > 0 && header.slash == header.bond_reserved);
    assert_eq!(voided.slash, header.slash);
    // Once is enough.
    challenge(&mut world, &omission, E::NotProvable);
    // Everybody gets the stake back, and a share.
    let payer = world.payer.pubkey();
    world.collect(&played.of);
    for player in &played.players {
        world.send(&[instruction::refund(&played.of, payer, &player.pubkey())], &[]);
        assert!(world.tokens(&player.pubkey()) > 1_000_000);
    }
}

#[test]
fn an_acked_input_that_was_posted_otherwise_costs_the_bond_also_after_the_result() {
    let mut world = World::new();
    let mut played = world.live(&[1, 1]);
    let posted = post(&mut world, &mut played, &[&[(0, 0, 5)], &[]]);
    world.post_all(&mut played);
    world.submit(&played);
    let challenger = world.wallet();
    let omission = world.omission(&played, &posted, receipt(1, 0, 4));
    let landed = world.send(&omission.prove(challenger.pubkey()), &[&challenger]);
    let events = landed.events();
    let [Event::OmissionProven(proven), Event::MatchVoided(_)] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((proven.heading, proven.posted_heading), (4, 5));
}

#[test]
fn a_siege_is_proved_through_an_upload() {
    let mut world = World::new();
    let options = MatchOptions {
        rules: quick_siege(),
        ..MatchOptions::default()
    };
    let mut played = world.live_as(options, &[1, 2]);
    let posted = post(&mut world, &mut played, &[&[(1, 0, 3)]]);
    let challenger = world.player(0);
    let kept = world.omission(&played, &posted, receipt(4, 0, 3));
    challenge(&mut world, &kept, E::ReceiptKept);
    let between = world.omission(&played, &posted, receipt(5, 0, 3));
    challenge(&mut world, &between, E::ReceiptTickInvalid);
    let omission = world.omission(&played, &posted, receipt(7, 0, 3));
    let (_, upload) = world.upload(&challenger, &posted.inputs[0]);
    let both = instruction::Omission {
        inputs: posted.inputs[0].clone(),
        ..omission.clone()
    };
    let mut twice = both.prove(challenger.pubkey());
    twice[1].accounts[3].pubkey = upload;
    world.refuse(&twice, &[&challenger], E::ProofTwice);
    let landed = world.send(
        &omission.prove_uploaded(challenger.pubkey(), upload),
        &[&challenger],
    );
    assert!(
        landed.compute_units <= COMPUTE_UNITS_MAX,
        "{}",
        landed.compute_units
    );
}

/// Every warrior changes its heading ten times, and the change that was promised comes after all of them.
#[test]
fn the_dearest_proof_keeps_its_budget() {
    for (rules, entries) in [
        (program_tests::quick_blitz(), vec![5; 4]),
        (quick_siege(), vec![5; 20]),
    ] {
        let mut world = World::new();
        let options = MatchOptions {
            rules,
            players_max: entries.len() as u8,
            warriors_max: rules.warriors_max,
            ..MatchOptions::default()
        };
        let mut played = world.live_as(options, &entries);
        let changes: Vec<(u8, u8, u8)> = (0..10)
            .flat_map(|slot| (0..rules.warriors_max).map(move |warrior| (slot, warrior, 1)))
            .collect();
        let segments = vec![changes.as_slice(); usize::from(rules.segments_per_checkpoint)];
        let posted = post(&mut world, &mut played, &segments);
        let challenger = world.player(0);
        let slots = rules.slots_per_segment() as u32;
        let last = (slots - 1) * u32::from(rules.slot_ticks) + 1;
        let omission = world.omission(&played, &posted, receipt(last, rules.warriors_max - 1, 2));
        let proof = match rules.segments_per_checkpoint {
            1 => {
                let (_, upload) = world.upload(&challenger, &posted.inputs[0]);
                omission.prove_uploaded(challenger.pubkey(), upload)
            }
            _ => omission.prove(challenger.pubkey()),
        };
        let units = world.send(&proof, &[&challenger]).compute_units;
        println!("prove_omission ({} warriors): {units} units", rules.warriors_max);
        assert!(units <= COMPUTE_UNITS_MAX, "{units}");
    }
}

#[test]
fn c59_no_receipt_of_another_match_player_or_key_and_no_other_bytes_prove_anything() {
    let mut world = World::new();
    let _case = program_tests::case(&[59]);
    let mut other = world.live(&[1, 1]);
    let elsewhere = post(&mut world, &mut other, &[&[], &[]]);
    let mut played = world.live(&[1, 1]);
    let posted = post(&mut world, &mut played, &[&[(4, 0, 3)], &[]]);
    let sound = world.omission(&played, &posted, receipt(6, 0, 3));
    let broken = |spoil: &dyn Fn(&mut Omission)| {
        let mut omission = sound.clone();
        spoil(&mut omission);
        omission
    };
    let before = world.match_state(&played.of).header.status;

    challenge(
        &mut world,
        &broken(&|o| o.inputs.truncate(o.inputs.len() - 1)),
        E::ProofNotOfTrace,
    );
    challenge(&mut world, &broken(&|o| o.inputs.push(0)), E::ProofNotOfTrace);
    challenge(&mut world, &broken(&|o| o.inputs.clear()), E::ProofMissing);
    challenge(&mut world, &broken(&|o| o.mixed_key[0] ^= 1), E::ProofNotOfTrace);
    challenge(&mut world, &broken(&|o| o.others[2][0] ^= 1), E::ProofNotOfTrace);
    challenge(
        &mut world,
        &broken(&|o| o.others.truncate(3)),
        E::PostedHashesWrong,
    );
    challenge(
        &mut world,
        &broken(&|o| o.others.push([0; 32])),
        E::PostedHashesWrong,
    );
    let never = world.omission(&played, &posted, receipt(0, 0, 3));
    challenge(&mut world, &never, E::ReceiptTickInvalid);
    let beyond = world.omission(&played, &posted, receipt(126, 0, 3));
    challenge(&mut world, &beyond, E::ProofBeyondTrace);

    // A checkpoint of another match, and a receipt of it.
    let foreign = world.omission(&other, &elsewhere, receipt(6, 0, 3));
    challenge(
        &mut world,
        &Omission {
            match_key: played.of.key,
            signature: sound.signature,
            ..foreign
        },
        E::ProofNotOfTrace,
    );
    let theirs = world.omission(&other, &elsewhere, receipt(6, 0, 3)).signature;
    let challenger = world.player(0);
    // The precompile itself finds that it signs something else.
    let resigned = broken(&|o| o.signature = theirs).prove(challenger.pubkey());
    assert!(world.try_send(&resigned, &[&challenger]).is_err());

    // A good signature, of another key, or of another receipt.
    let forger = Keypair::new();
    let message = sound.receipt.message(&played.of.key.to_bytes());
    let forged = broken(&|o| {
        o.receipt_key = forger.pubkey();
        o.signature = *forger.sign_message(&message).as_array();
    });
    challenge(&mut world, &forged, E::ReceiptKeyWrong);
    let mut mixed = sound.prove(challenger.pubkey());
    for other in [
        receipt(7, 0, 3),
        receipt(6, 1, 3),
        receipt(6, 0, 4),
        Receipt {
            slot: 1,
            ..receipt(6, 0, 3)
        },
        Receipt {
            sequence: 2,
            ..receipt(6, 0, 3)
        },
        Receipt {
            input_hash: [8; 32],
            ..receipt(6, 0, 3)
        },
    ] {
        mixed[0] = world.omission(&played, &posted, other).prove(challenger.pubkey())[0].clone();
        world.refuse(&mixed, &[&challenger], E::ReceiptMessageWrong);
    }
    // Without a verification, or with a strange one.
    let [_, alone] = sound.prove(challenger.pubkey());
    world.refuse(&[alone], &[&challenger], E::CosignInstructionWrong);
    let [verification, proof] = sound.prove(challenger.pubkey());
    let strange = swapped(proof.clone(), &proof.accounts[4].pubkey, &challenger.pubkey());
    world.refuse(
        &[verification.clone(), strange],
        &[&challenger],
        E::CosignSysvarWrong,
    );
    let trace = client::address::trace(&other.of.key);
    let strange = swapped(proof.clone(), &proof.accounts[2].pubkey, &trace);
    world.refuse(&[verification, strange], &[&challenger], E::TraceMismatch);

    let after = world.match_state(&played.of).header;
    assert_eq!((after.status, after.slash), (before, 0), "nothing changed");

    // After the settlement it is too late.
    world.post_all(&mut played);
    world.submit(&played);
    world.finalize(&played);
    challenge(&mut world, &sound, E::NotProvable);
}

/// An operator that posts rubbish instead of what it promised loses as well.
#[test]
fn inputs_that_the_rules_cannot_read_keep_no_promise() {
    let mut world = World::new();
    let mut played = world.live(&[1, 1]);
    let posted = world.lie(&mut played, |checkpoint| {
        checkpoint.inputs[0] = vec![0; 62];
    });
    let omission = world.omission(&played, &posted, receipt(1, 0, 3));
    let challenger = world.wallet();
    world.send(&omission.prove(challenger.pubkey()), &[&challenger]);
}

/// Whatever an honest operator posts, none of the receipts that it signed for it proves anything.
#[test]
fn no_receipt_of_an_honest_operator_can_be_turned_against_it() {
    let mut world = World::new();
    let mut rng = StdRng::seed_from_u64(58);
    for _ in 0..3 {
        let mut played = world.live(&[2, 3]);
        while !played.game.ended() {
            let mut promised = Vec::new();
            let start = played.game.before.len() as u32 * u32::from(played.game.rules.segment_ticks);
            let mut segments = Vec::new();
            for segment in 0..2u32 {
                let mut changes = Vec::new();
                for slot in 0..60u8 {
                    for warrior in 0..5u8 {
                        if rng.gen_ratio(1, 12)
                            && changes.iter().filter(|(_, of, _)| *of == warrior).count() < 10
                        {
                            let heading = rng.gen_range(0..=8);
                            changes.push((slot, warrior, heading));
                            let tick = start + 60 * segment + u32::from(slot) + 1;
                            promised.push(receipt(tick, warrior, heading));
                        }
                    }
                }
                segments.push(changes);
            }
            let segments: Vec<&[(u8, u8, u8)]> = segments.iter().map(Vec::as_slice).collect();
            let posted = post(&mut world, &mut played, &segments);
            for receipt in promised {
                let omission = world.omission(&played, &posted, receipt);
                challenge(&mut world, &omission, E::ReceiptKept);
            }
        }
    }
}
