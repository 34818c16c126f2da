//! Every transaction fits the network's limit without lookup tables, the largest case of each.

use client::instruction::{self, CloseMatch};
use program_tests::{MatchOptions, World, TRANSACTION_BYTES_MAX};
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
            instruction::post_checkpoint(operator.pubkey(), key, 44, [1; 32], vec![[1; 32]; 2], blitz),
            vec![&operator],
        ),
        (
            "post_checkpoint (Siege)",
            instruction::post_checkpoint(operator.pubkey(), key, 299, [1; 32], vec![[1; 32]], siege),
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
