//! A result that all players have signed settles at once; no forgery does.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use arena::HostSha256;
use aurelius::cosign::ED25519_PROGRAM;
use aurelius::error::AureliusError as E;
use aurelius::state::{MatchStatus, PlayerSlot};
use client::event::Event;
use client::instruction::{self, COSIGNATURES_MAX};
use program_tests::cosign::cosignature;
use program_tests::{quick_siege, swapped, MatchOptions, Played, World};
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// The ed25519 precompile: the signature is not one of this message and key.
const INVALID_SIGNATURE: u32 = 2;

/// A slot that does not come in these tests.
const FAR: u64 = 1_000_000_000;

fn all(played: &Played) -> Vec<&Keypair> {
    played.players.iter().collect()
}

fn status(world: &World, played: &Played) -> u8 {
    world.match_state(&played.of).header.status
}

#[test]
fn all_signatures_in_one_transaction_settle_at_once_and_claims_work() {
    let mut world = World::new();
    let played = world.proposed(&[1, 2]);
    let cosign = world.cosign_instructions(&played, &all(&played), FAR);
    let landed = world.send(&cosign, &[]);
    let events = landed.events();
    let [Event::ResultCosigned(cosigned), Event::MatchSettled(settled)] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(
        (&cosigned.slots[..], cosigned.cosigned, cosigned.required),
        (&[0, 1][..], 2, 2)
    );
    assert!(settled.cosigned);
    assert_eq!(status(&world, &played), MatchStatus::Settled as u8);
    let operator = world.operator_state(&played.of.operator);
    assert_eq!(operator.reserved_bond, 0);
    let (payer, treasury) = (world.payer.pubkey(), world.treasury.pubkey());
    let slots = world.match_state(&played.of).slots;
    let winner = slots.iter().position(|slot| slot.payout > 0).unwrap();
    let winner = played.players[winner].pubkey();
    world.send(&[instruction::claim(&played.of, payer, &winner)], &[]);
    assert_eq!(world.tokens(&winner), 2_850_000);
    world.send(&[instruction::sweep_fee(&played.of, &treasury)], &[]);
    world.send(&[instruction::burn(&played.of, &treasury)], &[]);
    assert_eq!(world.token_amount(&played.of.vault()), 0);
    let late = instruction::finalize(&played.of);
    world.refuse(&[late], &[], E::MatchNotProposed);
    world.refuse(&cosign, &[], E::MatchNotProposed);
}

#[test]
fn signatures_come_in_any_order_and_over_several_transactions() {
    let mut world = World::new();
    let played = world.proposed(&[1; 7]);
    let players = all(&played);
    let groups: [&[usize]; 3] = [&[6, 0, 3, 5], &[2], &[4, 1]];
    let mut so_far = 0;
    for (at, group) in groups.iter().enumerate() {
        assert!(group.len() <= COSIGNATURES_MAX);
        assert_eq!(status(&world, &played), MatchStatus::Proposed as u8);
        let signers: Vec<&Keypair> = group.iter().map(|player| players[*player]).collect();
        // Each transaction may be signed until another slot.
        let cosign = world.cosign_instructions(&played, &signers, FAR + at as u64);
        let landed = world.send(&cosign, &[]);
        so_far += group.len() as u8;
        assert!(
            matches!(&landed.events()[0], Event::ResultCosigned(event) if (event.cosigned, event.required) == (so_far, 7))
        );
    }
    assert_eq!(status(&world, &played), MatchStatus::Settled as u8);
}

#[test]
fn without_the_last_signature_the_window_applies() {
    let mut world = World::new();
    let played = world.proposed(&[1, 1, 1]);
    let cosign = world.cosign_instructions(&played, &all(&played)[..2], FAR);
    world.send(&cosign, &[]);
    world.refuse(&[instruction::finalize(&played.of)], &[], E::ChallengeWindowOpen);
    world.finalize(&played);
    assert_eq!(status(&world, &played), MatchStatus::Settled as u8);
}

#[test]
fn nobody_signs_twice() {
    let mut world = World::new();
    let played = world.proposed(&[1, 1, 1]);
    let players = all(&played);
    let twice = world.cosign_instructions(&played, &[players[0], players[0]], FAR);
    world.refuse(&twice, &[], E::AlreadyCosigned);
    let once = world.cosign_instructions(&played, &[players[0]], FAR);
    world.send(&once, &[]);
    world.refuse(&once, &[], E::AlreadyCosigned);
    let again = world.cosign_instructions(&played, &[players[1], players[0]], FAR);
    world.refuse(&again, &[], E::AlreadyCosigned);
    assert_eq!(world.match_state(&played.of).header.cosigned, 1);
}

#[test]
fn a_late_entry_that_was_never_admitted_does_not_sign_and_is_not_waited_for() {
    let mut world = World::new();
    let options = MatchOptions {
        rules: quick_siege(),
        ..MatchOptions::default()
    };
    let mut played = world.live_as(options, &[1, 1]);
    let admitted = world.enter(&mut played, 2);
    played.game.late(2, 2);
    let checkpoint = played.game.checkpoint(&[2]);
    let operator = world.operator.insecure_clone();
    let post = world.checkpoint_instruction(&played, &checkpoint);
    world.send(&[post], &[&operator]);
    let never = world.enter(&mut played, 3);
    world.post_all(&mut played);
    world.submit(&played);
    let cosign = world.cosign_instructions(&played, &[&never], FAR);
    world.refuse(&cosign, &[], E::CosignNotAdmitted);
    let cosign = world.cosign_instructions(&played, &all(&played)[..2], FAR);
    world.send(&cosign, &[]);
    assert_eq!(status(&world, &played), MatchStatus::Proposed as u8);
    let cosign = world.cosign_instructions(&played, &[&admitted], FAR);
    world.send(&cosign, &[]);
    assert_eq!(status(&world, &played), MatchStatus::Settled as u8);
    let payer = world.payer.pubkey();
    let claim = instruction::claim(&played.of, payer, &never.pubkey());
    world.send(&[claim], &[]);
    assert_eq!(world.tokens(&never.pubkey()), 3_000_000);
}

/// A result that some have signed falls to a proof like any other, and takes their signatures with it.
#[test]
fn a_signed_lie_is_still_a_lie() {
    let mut world = World::new();
    let (played, posted) = world.proposed_lie(&[1, 2]);
    let cosign = world.cosign_instructions(&played, &all(&played)[..1], FAR);
    world.send(&cosign, &[]);
    let challenger = world.player(0);
    world.prove(&played, &posted, 1, &challenger);
    let state = world.match_state(&played.of);
    assert_eq!(state.header.cosigned, 0);
    assert_eq!(state.slots[0].flags, PlayerSlot::ENTERED);
    let cosign = world.cosign_instructions(&played, &all(&played)[1..], FAR);
    world.refuse(&cosign, &[], E::MatchNotProposed);
}

#[test]
fn only_a_proposed_result_is_signed() {
    let mut world = World::new();
    for played in [world.opened(&[1, 1]), world.live(&[1, 1]), world.voided(&[1, 1])] {
        let cosign = world.cosign_instructions(&played, &all(&played), FAR);
        world.refuse(&cosign, &[], E::MatchNotProposed);
    }
}

#[test]
fn the_count_of_entries_is_the_count_of_signatures() {
    let mut world = World::new();
    let played = world.proposed(&[1, 1]);
    let good = world.cosign_instructions(&played, &all(&played), FAR);
    let mut fewer = good.clone();
    fewer.last_mut().unwrap().accounts.pop();
    world.refuse(&fewer, &[], E::CosignCountWrong);
    let mut more = good.clone();
    let entry = more[2].accounts.last().unwrap().clone();
    more.last_mut().unwrap().accounts.push(entry);
    world.refuse(&more, &[], E::CosignCountWrong);
    let none = world.cosign_instructions(&played, &[], FAR);
    world.refuse(&none, &[], E::CosignCountWrong);
}

/// C32: the verification is missing, or something else stands in its place.
#[test]
fn c32_a_verification_that_is_not_there() {
    let _case = program_tests::case(&[32]);
    let mut world = World::new();
    let played = world.proposed(&[1, 1]);
    let good = world.cosign_instructions(&played, &all(&played)[..1], FAR);
    let [verification, cosign] = &good[..] else {
        panic!("two instructions");
    };
    // Nothing in front but the compute budget; then a budget where the verification should be; then behind it.
    world.refuse(std::slice::from_ref(cosign), &[], E::CosignInstructionWrong);
    let budget = ComputeBudgetInstruction::set_compute_unit_price(1);
    world.refuse(
        &[verification.clone(), budget, cosign.clone()],
        &[],
        E::CosignInstructionWrong,
    );
    world.refuse(
        &[cosign.clone(), verification.clone()],
        &[],
        E::CosignInstructionWrong,
    );
    // Counted from the instruction itself: 0 is itself, and there is nothing 200 before it.
    for distance in [0u8, 200] {
        let mut elsewhere = cosign.clone();
        *elsewhere.data.last_mut().unwrap() = distance;
        world.refuse(&[verification.clone(), elsewhere], &[], E::CosignInstructionWrong);
    }
    // A program that takes any bytes, with the bytes of a verification: the compute budget does not, a transfer of
    // the memo kind is not there, but an account in the list is enough to tell a stranger.
    let mut with_account = verification.clone();
    with_account
        .accounts
        .push(AccountMeta::new_readonly(played.of.key, false));
    world.refuse(&[with_account, cosign.clone()], &[], E::CosignInstructionWrong);
    // And a signature that is none does not get past the precompile.
    let mut wrong = verification.clone();
    wrong.data[50] ^= 1;
    world.refuse_code(&[wrong, cosign.clone()], &[], INVALID_SIGNATURE);
    world.send(&good, &[]);
}

/// One 14-byte record and what it points to, for forgeries that the precompile takes.
struct Record {
    signature: (u16, u16),
    key: (u16, u16),
    message: (u16, u16, u16),
}

const THIS: u16 = u16::MAX;

impl Default for Record {
    fn default() -> Self {
        Record {
            signature: (48, THIS),
            key: (16, THIS),
            message: (112, 48, THIS),
        }
    }
}

impl Record {
    fn bytes(&self) -> Vec<u8> {
        [
            self.signature.0,
            self.signature.1,
            self.key.0,
            self.key.1,
            self.message.0,
            self.message.1,
            self.message.2,
        ]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect()
    }
}

fn precompile(data: Vec<u8>) -> Instruction {
    Instruction {
        program_id: ED25519_PROGRAM,
        accounts: Vec::new(),
        data,
    }
}

/// Header, records, then key, signature and message.
fn ed25519(records: &[Record], key: &Pubkey, signature: &[u8; 64], message: &[u8]) -> Instruction {
    let mut data = vec![records.len() as u8, 0];
    for record in records {
        data.extend(record.bytes());
    }
    data.extend(key.to_bytes());
    data.extend(signature);
    data.extend(message);
    precompile(data)
}

/// C32: every layout that the precompile takes and that says something else than it seems to.
#[test]
fn c32_forged_layouts() {
    let _case = program_tests::case(&[32]);
    let mut world = World::new();
    let played = world.proposed(&[1, 1]);
    let (victim, thief) = (played.players[0].insecure_clone(), world.wallet());
    let message = world.cosign_message(&played, FAR);
    let real = *victim.sign_message(&message).as_array();
    let own = *thief.sign_message(&message).as_array();
    let (victim_key, thief_key) = (victim.pubkey(), thief.pubkey());
    let cosign = world.cosign_instructions(&played, &[&victim], FAR).pop().unwrap();
    // The thief's verification stands at 1, behind the compute limit; the forgery at 2, the program's at 3.
    let honest_of_thief = ed25519(&[Record::default()], &thief_key, &own, &message);
    let forged = |record| ed25519(&[record], &victim_key, &own, &message);

    let mut cases: Vec<(&str, Instruction)> = vec![
        ("num 0", precompile(vec![0, 0])),
        (
            "num 2",
            ed25519(
                &[
                    Record {
                        key: (30, THIS),
                        signature: (62, THIS),
                        message: (126, 48, THIS),
                    },
                    Record {
                        key: (30, THIS),
                        signature: (62, THIS),
                        message: (126, 48, THIS),
                    },
                ],
                &victim_key,
                &real,
                &message,
            ),
        ),
        (
            "key and signature of another instruction, the victim's key as a decoy",
            forged(Record {
                key: (16, 1),
                signature: (48, 1),
                ..Record::default()
            }),
        ),
        (
            "everything of another instruction",
            forged(Record {
                key: (16, 1),
                signature: (48, 1),
                message: (112, 48, 1),
            }),
        ),
    ];
    // Each index alone, pointing at what is the same bytes: the instruction itself by its number.
    for (name, record) in [
        (
            "signature index",
            Record {
                signature: (48, 2),
                ..Record::default()
            },
        ),
        (
            "key index",
            Record {
                key: (16, 2),
                ..Record::default()
            },
        ),
        (
            "message index",
            Record {
                message: (112, 48, 2),
                ..Record::default()
            },
        ),
    ] {
        cases.push((name, ed25519(&[record], &victim_key, &real, &message)));
    }
    // A padding byte, a byte behind the message, and a message cut short: nothing else may stand there.
    let good = ed25519(&[Record::default()], &victim_key, &real, &message);
    let mut padding = good.clone();
    padding.data[1] = 1;
    cases.push(("padding", padding));
    let mut behind = good.clone();
    behind.data.push(0);
    cases.push(("a byte behind", behind));
    let short = *victim.sign_message(&message[..47]).as_array();
    let record = Record {
        message: (112, 47, THIS),
        ..Record::default()
    };
    cases.push((
        "a shorter message",
        ed25519(&[record], &victim_key, &short, &message),
    ));
    // Shifted: the thief's key and signature lie behind, the victim's key and the message where they belong.
    let shifted = Record {
        key: (160, THIS),
        signature: (192, THIS),
        ..Record::default()
    };
    let mut decoy = ed25519(&[shifted], &victim_key, &real, &message);
    decoy.data.extend(thief_key.to_bytes());
    decoy.data.extend(own);
    cases.push(("shifted key and signature", decoy));
    // Another message, signed by the victim for something else, behind the one that belongs here.
    let other = *b"gm";
    let elsewhere = Record {
        message: (160, 2, THIS),
        ..Record::default()
    };
    let signed_elsewhere = *victim.sign_message(&other).as_array();
    let mut decoy = ed25519(&[elsewhere], &victim_key, &signed_elsewhere, &message);
    decoy.data.extend(other);
    cases.push(("shifted message", decoy));

    for (name, forgery) in cases {
        println!("{name}");
        world.refuse(
            &[honest_of_thief.clone(), forgery, cosign.clone()],
            &[],
            E::CosignLayoutWrong,
        );
    }
    assert_eq!(world.match_state(&played.of).header.cosigned, 0);
    world.send(&[honest_of_thief, good, cosign], &[]);
}

/// C32: a good signature of something else.
#[test]
fn c32_messages_of_another_match_cluster_program_result_or_slot() {
    let _case = program_tests::case(&[32]);
    let mut world = World::new();
    let played = world.proposed(&[1, 1]);
    let other = world.proposed(&[1, 1]);
    let player = &played.players[0];
    let header = world.match_state(&played.of).header;
    let of = |cluster: &[u8; 32], program: &Pubkey, key: &Pubkey, leaf: &[u8; 32], expires| {
        arena::cosign_message::<HostSha256>(cluster, &program.to_bytes(), &key.to_bytes(), leaf, expires)
    };
    let (key, leaf, cluster) = (played.of.key, header.last_leaf, header.cluster);
    let good = of(&cluster, &aurelius::ID, &key, &leaf, FAR);
    assert_eq!(good, world.cosign_message(&played, FAR));
    let mut undomained = good;
    undomained[0] ^= 1;
    for (name, message) in [
        ("match", of(&cluster, &aurelius::ID, &other.of.key, &leaf, FAR)),
        ("cluster", of(&[9; 32], &aurelius::ID, &key, &leaf, FAR)),
        ("program", of(&cluster, &mock_switchboard::ID, &key, &leaf, FAR)),
        ("result", of(&cluster, &aurelius::ID, &key, &[9; 32], FAR)),
        ("slot", of(&cluster, &aurelius::ID, &key, &leaf, FAR - 1)),
        ("domain", undomained),
    ] {
        println!("another {name}");
        let signature = cosignature(player, player, &message);
        let cosign = instruction::cosign_result(&played.of, &message, FAR, &[signature]);
        world.refuse(&cosign, &[], E::CosignMessageWrong);
    }
}

/// C32: too late by a slot.
#[test]
fn c32_an_expired_signature() {
    let _case = program_tests::case(&[32]);
    let mut world = World::new();
    let played = world.proposed(&[1, 1]);
    let last = world.slot() + 5;
    let cosign = world.cosign_instructions(&played, &all(&played), last);
    world.go_to_slot(last + 1);
    world.refuse(&cosign, &[], E::CosignExpired);
    // A later slot than the one that was signed does not help.
    let mut longer = cosign.clone();
    let data = &mut longer.last_mut().unwrap().data;
    data[8..16].copy_from_slice(&(last + 10).to_le_bytes());
    world.refuse(&longer, &[], E::CosignMessageWrong);
    let in_time = world.cosign_instructions(&played, &all(&played), last + 1);
    world.send(&in_time, &[]);
}

/// C32: the key of somebody else, one signature for two, and the key from before a rotation.
#[test]
fn c32_a_key_that_is_not_the_entrys() {
    let _case = program_tests::case(&[32]);
    let mut world = World::new();
    let mut played = world.opened(&[1, 1]);
    let (first, new_key) = (played.players[0].insecure_clone(), world.wallet());
    let rotate = instruction::rotate_session_key(&played.of, first.pubkey(), new_key.pubkey());
    world.send(&[rotate], &[&first]);
    world.lock(&played);
    world.start(&mut played);
    world.post_all(&mut played);
    world.submit(&played);
    let message = world.cosign_message(&played, FAR);
    let thief = world.wallet();
    for key in [&first, &thief, &played.players[1].insecure_clone()] {
        let signature = cosignature(&first, key, &message);
        let cosign = instruction::cosign_result(&played.of, &message, FAR, &[signature]);
        world.refuse(&cosign, &[], E::CosignKeyWrong);
    }
    // One verification named for both entries.
    let second = played.players[1].insecure_clone();
    let signature = cosignature(&second, &second, &message);
    let mut both = instruction::cosign_result(&played.of, &message, FAR, &[signature, signature]);
    both[2].accounts.last_mut().unwrap().pubkey = played.of.entry(&first.pubkey());
    world.refuse(&both, &[], E::CosignKeyWrong);
    let good = [
        cosignature(&first, &new_key, &message),
        cosignature(&second, &second, &message),
    ];
    let cosign = instruction::cosign_result(&played.of, &message, FAR, &good);
    world.send(&cosign, &[]);
    assert_eq!(status(&world, &played), MatchStatus::Settled as u8);
}

/// C33: an account with the bytes of the instructions sysvar is not the sysvar.
#[test]
fn c33_a_fake_instructions_sysvar() {
    let _case = program_tests::case(&[33]);
    let mut world = World::new();
    let played = world.proposed(&[1, 1]);
    let cosign = world.cosign_instructions(&played, &all(&played), FAR);
    let sysvar = cosign.last().unwrap().accounts[2].pubkey;
    let mut fake_bytes = vec![2, 0];
    fake_bytes.resize(600, 0);
    let fake = Pubkey::new_unique();
    world.forge(&fake, |account| {
        account.lamports = 10_000_000;
        account.data = fake_bytes;
    });
    for wrong in [fake, client::address::config(), played.of.key] {
        let mut forged = cosign.clone();
        let last = forged.len() - 1;
        forged[last] = swapped(forged[last].clone(), &sysvar, &wrong);
        if wrong == played.of.key {
            // Named twice in this list: only the sysvar's place is meant.
            assert_eq!(forged[last].accounts[2].pubkey, wrong);
        }
        world.refuse(&forged, &[], E::CosignSysvarWrong);
    }
    world.send(&cosign, &[]);
}

#[test]
fn an_entry_is_of_this_match_and_of_this_program() {
    let mut world = World::new();
    let played = world.proposed(&[1, 1]);
    let other = world.proposed(&[1, 1]);
    let player = played.players[0].insecure_clone();
    let cosign = world.cosign_instructions(&played, &[&player], FAR);
    let own = played.of.entry(&player.pubkey());
    let fake = Pubkey::new_unique();
    let real = world.account(&own).unwrap();
    world.forge(&fake, |account| {
        *account = real;
        account.owner = Pubkey::new_unique();
    });
    for wrong in [
        fake,
        other.of.entry(&other.players[0].pubkey()),
        played.of.trace(),
        player.pubkey(),
    ] {
        let mut forged = cosign.clone();
        forged[1] = swapped(forged[1].clone(), &own, &wrong);
        world.refuse(&forged, &[], E::EntryMismatch);
    }
    let rival = world.wallet();
    world.register_operator(&rival, world.mint);
    let rival = client::address::operator(&rival.pubkey(), &world.mint);
    let mut forged = cosign.clone();
    forged[1] = swapped(forged[1].clone(), &played.of.operator, &rival);
    world.refuse(&forged, &[], E::OperatorMismatch);
    world.send(&cosign, &[]);
}
