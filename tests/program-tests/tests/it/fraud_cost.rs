//! What `prove_fraud` costs for the dearest segments that a search has found: whole transactions, within their budgets.
//!
//! The finds are in `tests/vectors/segments`; `tests/system-tests/tests/it/arena_cost.rs` looks for them and keeps them. A match is
//! played to its start for real; then its books are forged to say that such a segment was posted in it.

#[path = "../../../vectors/segments/mod.rs"]
mod segments;

use arena::{checkpoint_digest, leaf, step_segment, HostSha256, Scratch, SegmentInputs, Sha256, StateBuf};
use aurelius::state::{Match, Trace};
use client::event::Event;
use client::instruction;
use program_tests::game::Checkpoint;
use program_tests::proof::challenge;
use program_tests::{MatchOptions, Played, World};
use segments::{Segment, SEED};
use solana_signer::Signer;

/// Compute units of the whole transaction that proves a segment of 20 warriors wrong.
const BUDGET_20: u64 = 250_000;
/// The same for 100 warriors, the state in an upload.
const BUDGET_100: u64 = 750_000;

/// A live match with the players and warriors of the segment.
fn roster(world: &mut World, segment: &Segment) -> Played {
    let entries: Vec<u8> = segment
        .owners
        .chunk_by(|left, right| left == right)
        .map(|warriors| warriors.len() as u8)
        .collect();
    let warriors = segment.owners.len() as u8;
    let options = MatchOptions {
        rules: segment.rules,
        warriors_max: warriors,
        players_max: warriors,
        ..MatchOptions::default()
    };
    world.live_as(options, &entries)
}

/// Lets the match's accounts say that the segment was the first one posted, with a leaf that is wrong.
fn post_by_forgery(world: &mut World, played: &Played, segment: &Segment) -> Checkpoint {
    let segments = usize::from(segment.rules.segments_per_checkpoint);
    let mut inputs = vec![vec![0]; segments];
    inputs[0] = segment.inputs.clone();
    let leaves = vec![[1; 32]; segments];
    let committed: Vec<_> = inputs
        .iter()
        .zip(&leaves)
        .map(|(inputs, leaf)| (HostSha256::sha256(&[inputs]), *leaf))
        .collect();
    let digest = checkpoint_digest::<HostSha256>(
        0,
        &leaf::<HostSha256>(&segment.state),
        &segment.drip_key,
        &committed,
    );
    world.forge(&played.of.key, |account| {
        let bytes = &mut account.data[8..Match::HEADER_END];
        let mut header: Match = bytemuck::pod_read_unaligned(bytes);
        header.seed = SEED;
        header.checkpoints_posted = 1;
        bytes.copy_from_slice(bytemuck::bytes_of(&header));
    });
    world.forge(&played.of.trace(), |account| {
        account.data[Trace::HEADER_END..Trace::HEADER_END + 32].copy_from_slice(&digest);
    });
    Checkpoint {
        index: 0,
        drip_key: segment.drip_key,
        beacon: [0; 32],
        leaves,
        inputs,
        digest,
    }
}

/// What the rules give on this machine.
fn honest_leaf(segment: &Segment) -> [u8; 32] {
    let mut state = StateBuf::from_bytes(&segment.state).unwrap();
    let capacity = state.view().capacity();
    let inputs = SegmentInputs::parse(&segment.rules, capacity, &segment.inputs).unwrap();
    step_segment::<HostSha256>(
        &segment.rules,
        &mut state.view_mut(),
        &mut Box::new(Scratch::new()),
        &segment.key(),
        &inputs,
        &segment.owners,
        &mut (),
    )
    .unwrap();
    leaf::<HostSha256>(state.as_bytes())
}

/// Compute units of the transaction that proves the kept segment `name` wrong, compute limit included.
pub(crate) fn units(name: &str) -> u64 {
    let segment = Segment::kept(name).unwrap_or_else(|| panic!("the vector {name} is kept"));
    let mut world = World::new();
    let played = roster(&mut world, &segment);
    let posted = post_by_forgery(&mut world, &played, &segment);
    let challenger = world.player(0);
    let state = StateBuf::from_bytes(&segment.state).unwrap();
    let mut args = challenge(&posted, 0, leaf::<HostSha256>(&segment.state), &state);
    // The vectors hold the mixed key.
    args.mixed_key = segment.drip_key;
    let prove = if segment.state.len() <= 416 {
        played.prove(&challenger, args)
    } else {
        let (_, upload) = world.upload(&challenger, &[&args.state[..], &args.inputs].concat());
        instruction::prove_uploaded_fraud(played.of.key, challenger.pubkey(), upload, args)
    };
    let landed = world.send(&[prove], &[&challenger]);
    let events = landed.events();
    let Some(Event::FraudProven(proven)) = events.first() else {
        panic!("{events:?}");
    };
    assert_eq!(
        proven.computed_leaf,
        honest_leaf(&segment),
        "the chain steps another way than this machine"
    );
    landed.meta.compute_units_consumed
}

/// The two proofs with their budgets, for the table.
pub(crate) fn rows() -> [(&'static str, u64, u64); 2] {
    [
        (
            "prove_fraud (worst 20, transaction)",
            BUDGET_20,
            units("worst_20"),
        ),
        (
            "prove_fraud (worst 100, transaction)",
            BUDGET_100,
            units("worst_100"),
        ),
    ]
}
