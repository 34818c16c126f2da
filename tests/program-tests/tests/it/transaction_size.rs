//! Every transaction fits the network's limit without lookup tables, the largest case of each.

use client::instruction::{self, CloseMatch, ProveFraudArgs, COSIGNATURES_MAX};
use program_tests::{MatchOptions, World, TRANSACTION_BYTES_MAX};
use solana_keypair::Keypair;
use solana_signer::Signer;

#[test]
fn the_largest_of_each_fits() {
    let mut world = World::new();
    let played = world.opened(&[1, 1]);
    let (operator, payer) = (world.operator.insecure_clone(), world.payer.insecure_clone());
    let player = played.players[0].insecure_clone();
    let key = played.of.key;
    let options = MatchOptions::default();
    let args = world.create_args(&options, &played.game);
    let create = world.next_create();
    let reveal = client::entropy::Reveal {
        signature: [0; 64],
        recovery_id: 0,
        value: [0; 32],
    };
    let treasury = world.treasury.pubkey();
    let close = CloseMatch {
        caller: payer.pubkey(),
        rent_payer: payer.pubkey(),
        treasury_of_surplus: Some(treasury),
    };
    let continues = instruction::Continues::from_leaf(&[1; 32], 20);
    let blitz = vec![vec![0xff; 281]; 2];
    let siege = vec![vec![0xff; 761]];
    let cases = vec![
        (
            "create_match",
            instruction::create_match(&create, args),
            vec![&payer, &operator],
        ),
        (
            "init_randomness",
            instruction::init_randomness(&world.source, operator.pubkey(), payer.pubkey(), key, 1),
            vec![&payer, &operator],
        ),
        (
            "enter",
            world.enter_instruction(&played, &player.pubkey(), 5),
            vec![&payer, &player],
        ),
        ("lock_match", world.lock_instruction(&played), vec![&operator]),
        (
            "start_match",
            world.start_instruction(&played, &reveal),
            vec![&payer],
        ),
        (
            "post_checkpoint (Blitz)",
            instruction::post_checkpoint(
                operator.pubkey(),
                key,
                44,
                continues,
                [1; 32],
                [1; 8],
                vec![[1; 32]; 2],
                blitz,
            ),
            vec![&operator],
        ),
        (
            "post_checkpoint (Siege)",
            instruction::post_checkpoint(
                operator.pubkey(),
                key,
                299,
                continues,
                [1; 32],
                [1; 8],
                vec![[1; 32]],
                siege,
            ),
            vec![&operator],
        ),
        (
            "submit_result (20)",
            instruction::submit_result(key, vec![0xff; 416]),
            vec![&payer],
        ),
        (
            "write_upload",
            instruction::write_upload(payer.pubkey(), 1, 0, vec![0xff; instruction::UPLOAD_CHUNK_BYTES]),
            vec![&payer],
        ),
        (
            "claim",
            instruction::claim(&played.of, payer.pubkey(), &player.pubkey()),
            vec![&payer],
        ),
        (
            "refund",
            instruction::refund(&played.of, payer.pubkey(), &player.pubkey()),
            vec![&payer],
        ),
        (
            "sweep_fee",
            instruction::sweep_fee(&played.of, &treasury),
            vec![&payer],
        ),
        ("burn", instruction::burn(&played.of, &treasury), vec![&payer]),
        (
            "close_match",
            instruction::close_match(&played.of, &close),
            vec![&payer],
        ),
        (
            "prove_fraud (20, own payer)",
            instruction::prove_fraud(key, player.pubkey(), blitz_proof()),
            vec![&player],
        ),
        (
            "prove_fraud (100, uploaded)",
            instruction::prove_uploaded_fraud(
                key,
                player.pubkey(),
                client::address::upload(&player.pubkey(), 1),
                blitz_proof(),
            ),
            vec![&payer, &player],
        ),
        (
            "open_upload",
            instruction::open_upload(player.pubkey(), 1, 2_489),
            vec![&payer, &player],
        ),
        (
            "close_upload",
            instruction::close_upload(player.pubkey(), 1),
            vec![&payer, &player],
        ),
        (
            "rotate_session_key",
            instruction::rotate_session_key(&played.of, player.pubkey(), key),
            vec![&payer, &player],
        ),
        (
            "withdraw_bond",
            instruction::withdraw_bond(&world.bond_ref(&operator)),
            vec![&payer, &operator],
        ),
        (
            "collect_slash",
            instruction::collect_slash(&played.of),
            vec![&payer],
        ),
        (
            "void_match",
            instruction::void_match(&played.of, player.pubkey()),
            vec![&payer, &player],
        ),
        (
            "claim_award",
            instruction::claim_award(&played.of, payer.pubkey(), &player.pubkey()),
            vec![&payer],
        ),
        (
            "close_randomness",
            instruction::close_randomness(&world.source, key, played.randomness, payer.pubkey(), 1),
            vec![&payer],
        ),
    ];
    for (name, instruction, signers) in cases {
        let bytes = world.transaction_bytes(&instruction, &signers);
        println!("{name:<28} {bytes:>5} bytes");
        assert!(bytes <= TRANSACTION_BYTES_MAX, "{name} takes {bytes} bytes");
    }
}

/// A proof about the fullest segment of a Blitz: 20 warriors, every one with ten changes.
fn blitz_proof() -> ProveFraudArgs {
    let segments = usize::from(arena::Rules::BLITZ.segments_per_checkpoint);
    ProveFraudArgs {
        index: 44,
        segment: 1,
        mixed_key: [1; 32],
        others: vec![[1; 32]; 2 * segments - 1],
        state: vec![0xff; arena::state_len(20)],
        inputs: vec![0xff; 281],
    }
}

#[test]
fn four_cosignatures_fit_with_a_payer_who_is_nobody_in_the_match() {
    let mut world = World::new();
    let played = world.proposed(&[1; 5]);
    let players: Vec<&Keypair> = played.players.iter().collect();
    let payer = world.payer.insecure_clone();
    let cosign = world.cosign_instructions(&played, &players[..COSIGNATURES_MAX], u64::MAX);
    let bytes = world.transaction_bytes_of(&cosign, &[&payer]);
    println!("cosign_result ({COSIGNATURES_MAX})            {bytes:>5} bytes");
    assert!(bytes <= TRANSACTION_BYTES_MAX, "{bytes} bytes");
    // The constant is not smaller than it need be.
    let more = world.cosign_instructions(&played, &players[..COSIGNATURES_MAX + 1], u64::MAX);
    assert!(world.transaction_bytes_of(&more, &[&payer]) > TRANSACTION_BYTES_MAX);
}

#[test]
fn chunks_of_an_upload_fit_and_cover_the_largest_proof() {
    let world = World::new();
    let payer = world.payer.insecure_clone();
    let owner = Keypair::new();
    let proof = vec![0xff; arena::MAX_STATE_LEN + 761];
    let writes = instruction::write_upload_chunks(owner.pubkey(), 1, &proof);
    assert_eq!(writes.len(), 3);
    for write in &writes {
        let bytes = world.transaction_bytes(write, &[&payer, &owner]);
        assert!(bytes <= TRANSACTION_BYTES_MAX, "{bytes} bytes");
    }
}
