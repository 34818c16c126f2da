use aurelius::error::AureliusError as E;
use aurelius::state::{Match, Trace};
use program_tests::game::Checkpoint;
use program_tests::{quick_siege, swapped, MatchOptions, Played, World};
use solana_signer::Signer;

/// What is wrong with a checkpoint, and the error that must say so.
type Case = (fn(&mut Checkpoint), E);

/// The digests that the trace holds.
fn digests(world: &World, played: &Played) -> Vec<[u8; 32]> {
    let account = world.account(&played.of.trace()).unwrap();
    let posted = world.match_state(&played.of).header.checkpoints_posted as usize;
    account.data[Trace::HEADER_END..]
        .chunks_exact(32)
        .take(posted)
        .map(|d| d.try_into().unwrap())
        .collect()
}

#[test]
fn checkpoints_go_into_the_trace_as_the_program_hashed_them() {
    let mut world = World::new();
    let mut played = world.live(&[2, 2]);
    let mut expected = Vec::new();
    while !played.game.ended() {
        expected.push(world.post(&mut played).digest);
    }
    assert_eq!(digests(&world, &played), expected);
    assert_eq!(
        world.match_state(&played.of).header.last_leaf,
        arena::leaf::<arena::HostSha256>(&played.game.state_bytes())
    );
}

#[test]
fn c30_c34_whatever_is_not_the_next_checkpoint_is_refused() {
    let _case = program_tests::case(&[30, 34]);
    let mut world = World::new();
    let mut played = world.live(&[2, 2]);
    let first = played.game.checkpoint(&[]);
    let cases: &[Case] = &[
        (|c| c.index = 1, E::CheckpointOutOfOrder),
        (|c| c.index = u32::MAX, E::CheckpointOutOfOrder),
        (|c| c.drip_key[0] ^= 1, E::DripKeyWrong),
        (|c| c.beacon[7] ^= 1, E::BeaconMismatch),
        (|c| c.leaves.clear(), E::LeafCountWrong),
        (|c| c.leaves.push([1; 32]), E::LeafCountWrong),
        (|c| c.inputs.clear(), E::InputsCountWrong),
        (|c| c.inputs.push(vec![0]), E::InputsCountWrong),
        (|c| c.inputs[0].clear(), E::InputsLengthWrong),
        (|c| c.inputs[1] = vec![0; 2], E::InputsLengthWrong),
        (|c| c.inputs[1] = vec![0; 800], E::InputsLengthWrong),
        (|c| c.inputs[0][0] = 1, E::AdmitTooMany),
    ];
    let operator = world.operator.insecure_clone();
    for (spoil, error) in cases {
        let mut wrong = first.clone();
        spoil(&mut wrong);
        let post = world.checkpoint_instruction(&played, &wrong);
        world.refuse(&[post], &[&operator], *error);
    }
    let post = world.checkpoint_instruction(&played, &first);
    world.send(std::slice::from_ref(&post), &[&operator]);
    world.refuse(&[post], &[&operator], E::CheckpointOutOfOrder);
}

#[test]
fn c31_only_the_operator_posts_and_only_to_their_trace() {
    let _case = program_tests::case(&[31]);
    let mut world = World::new();
    let mut played = world.live(&[1, 1]);
    let other = world.live(&[1, 1]);
    let stranger = world.wallet();
    let operator = world.operator.insecure_clone();
    let checkpoint = played.game.checkpoint(&[]);
    let post = world.checkpoint_instruction(&played, &checkpoint);
    let foreign = swapped(post.clone(), &operator.pubkey(), &stranger.pubkey());
    world.refuse(&[foreign], &[&stranger], E::NotOperator);
    let trace = swapped(post, &played.of.trace(), &other.of.trace());
    world.refuse(&[trace], &[&operator], E::TraceMismatch);
}

#[test]
fn c30_nothing_before_the_start_or_after_the_end() {
    let _case = program_tests::case(&[30]);
    let mut world = World::new();
    let operator = world.operator.insecure_clone();
    let mut played = world.live(&[1, 1]);
    world.post_all(&mut played);
    let posted = world.match_state(&played.of).header.checkpoints_posted;
    let beyond = Checkpoint {
        index: posted,
        drip_key: [0; 32],
        beacon: [0; 32],
        leaves: vec![[1; 32]; 2],
        inputs: vec![vec![0]; 2],
        digest: [0; 32],
    };
    let post = world.checkpoint_instruction(&played, &beyond);
    world.refuse(&[post], &[&operator], E::CheckpointBeyondEnd);
    world.submit(&played);
    let post = world.checkpoint_instruction(&played, &beyond);
    world.refuse(&[post], &[&operator], E::MatchNotLive);
    let locked = world.locked(&[1, 1]);
    let post = world.checkpoint_instruction(&locked, &beyond);
    world.refuse(&[post], &[&operator], E::MatchNotLive);
}

#[test]
fn a_state_that_stands_still_is_no_checkpoint() {
    let mut world = World::new();
    let mut played = world.live(&[1, 1]);
    let last = world.match_state(&played.of).header.last_leaf;
    let mut checkpoint = played.game.checkpoint(&[]);
    checkpoint.leaves = vec![last; 2];
    let post = world.checkpoint_instruction(&played, &checkpoint);
    let operator = world.operator.insecure_clone();
    world.refuse(&[post], &[&operator], E::MatchAlreadyEnded);
}

#[test]
fn a_silent_operator_is_too_late_after_the_deadline() {
    let mut world = World::new();
    let mut played = world.live(&[1, 1]);
    let deadline = world.match_state(&played.of).header.progress_deadline;
    world.go_to_slot(deadline + 1);
    let checkpoint = played.game.checkpoint(&[]);
    let post = world.checkpoint_instruction(&played, &checkpoint);
    let operator = world.operator.insecure_clone();
    world.refuse(&[post], &[&operator], E::ProgressDeadlinePassed);
}

#[test]
fn late_warriors_are_admitted_as_whole_paid_entries_in_time() {
    let mut world = World::new();
    let options = MatchOptions {
        rules: quick_siege(),
        ..MatchOptions::default()
    };
    let mut played = world.live_as(options, &[1, 1]);
    world.enter(&mut played, 2);
    played.game.late(2, 2);
    let operator = world.operator.insecure_clone();
    let good = played.game.checkpoint(&[2]);
    for (admit, error) in [(1, E::AdmitSplitsEntry), (3, E::AdmitTooMany)] {
        let mut wrong = good.clone();
        wrong.inputs[0][0] = admit;
        let post = world.checkpoint_instruction(&played, &wrong);
        world.refuse(&[post], &[&operator], error);
    }
    let post = world.checkpoint_instruction(&played, &good);
    world.send(&[post], &[&operator]);
    assert_eq!(world.match_state(&played.of).header.warriors_admitted, 4);
    world.enter(&mut played, 1);
    world.post(&mut played);
    world.post(&mut played);
    let mut too_late = played.game.checkpoint(&[]);
    too_late.inputs[0][0] = 1;
    let post = world.checkpoint_instruction(&played, &too_late);
    world.refuse(&[post], &[&operator], E::AdmitTooLate);
}

/// On a fork where the oracle's answer or the entries were others, the bytes of an honest operator are no lie:
/// they are refused. Before, whoever resent them there could have proved them wrong.
#[test]
fn c54_a_checkpoint_of_another_fork_is_refused_and_slashes_nothing() {
    let _case = program_tests::case(&[54]);
    let mut world = World::new();
    let mut played = world.live(&[2, 2]);
    let operator = world.operator.insecure_clone();
    let checkpoint = played.game.checkpoint(&[]);
    let post = world.checkpoint_instruction(&played, &checkpoint);
    let forks: [fn(&mut Match); 2] = [
        |header| (header.genesis_leaf, header.last_leaf) = ([7; 32], [7; 32]),
        |header| (header.warriors_at_start, header.warriors_admitted) = (3, 3),
    ];
    let ours = world.account(&played.of.key).unwrap();
    for fork in forks {
        world.forge(&played.of.key, |account| {
            let bytes = &mut account.data[8..Match::HEADER_END];
            let mut header: Match = bytemuck::pod_read_unaligned(bytes);
            fork(&mut header);
            bytes.copy_from_slice(bytemuck::bytes_of(&header));
        });
        world.refuse(std::slice::from_ref(&post), &[&operator], E::CheckpointForeign);
    }
    world.forge(&played.of.key, |account| *account = ours);
    world.send(&[post], &[&operator]);
    assert_eq!(digests(&world, &played), [checkpoint.digest]);
}

/// The slot whose hash decides the rolls of the first checkpoint.
fn due(played: &Played) -> u64 {
    played.game.beacon_slot(0).unwrap()
}

#[test]
fn c70_no_checkpoint_before_its_slot_has_passed() {
    let _case = program_tests::case(&[70]);
    let mut world = World::new();
    let operator = world.operator.insecure_clone();
    let mut ahead = world.live(&[1, 1]);
    let checkpoints: Vec<Checkpoint> = (0..2).map(|_| ahead.game.checkpoint(&[])).collect();
    let mut posted_in = Vec::new();
    for checkpoint in &checkpoints {
        let slot = ahead.game.beacon_slot(checkpoint.index).unwrap();
        // Even if the operator knew the hash: nothing can be posted by it before.
        let post = client::instruction::post_checkpoint(
            operator.pubkey(),
            ahead.of.key,
            checkpoint.index,
            world.continues(&ahead),
            checkpoint.drip_key,
            client::instruction::beacon_prefix(&checkpoint.beacon),
            checkpoint.leaves.clone(),
            checkpoint.inputs.clone(),
        );
        assert!(world.slot() <= slot, "the schedule is behind");
        world.refuse(std::slice::from_ref(&post), &[&operator], E::BeaconNotYet);
        world.go_to_slot(slot);
        world.refuse(std::slice::from_ref(&post), &[&operator], E::BeaconNotYet);
        world.go_to_slot(slot + 1);
        world.send(&[post], &[&operator]);
        posted_in.push(world.slot());
    }
    assert!(
        posted_in.windows(2).all(|pair| pair[1] >= pair[0] + 3),
        "two seconds of play are three slots at least: {posted_in:?}"
    );
}

#[test]
fn c71_a_match_that_is_stretched_gets_no_other_rolls() {
    let _case = program_tests::case(&[71]);
    let mut world = World::new();
    let mut played = world.live(&[1, 1]);
    let scheduled = played.game.checkpoint(&[]);
    let window = world.match_state(&played.of).header.windows.checkpoint_slots;
    world.go_to_slot(world.slot() + window - 1);
    let operator = world.operator.insecure_clone();
    // The hash of a later slot, which would suit the operator better.
    let mut later = scheduled.clone();
    later.beacon = program_tests::hash_of(world.slot() - 1);
    let post = world.checkpoint_instruction(&played, &later);
    world.refuse(&[post], &[&operator], E::BeaconMismatch);
    let post = world.checkpoint_instruction(&played, &scheduled);
    world.send(&[post], &[&operator]);
    assert_eq!(digests(&world, &played), [scheduled.digest]);
}

#[test]
fn c72_whoever_plays_by_another_hash_is_refused_or_proven_wrong() {
    let _case = program_tests::case(&[72]);
    let mut world = World::new();
    let mut played = world.live(&[1, 1]);
    let operator = world.operator.insecure_clone();
    let mut wrong = played.game.checkpoint(&[]);
    wrong.beacon = [7; 32];
    let post = world.checkpoint_instruction(&played, &wrong);
    world.refuse(&[post], &[&operator], E::BeaconMismatch);
    // Leaves of other rolls under the right hash are a wrong segment like any other.
    let mut played = world.live(&[1, 1]);
    let posted = world.lie(&mut played, |checkpoint| checkpoint.leaves[0] = [9; 32]);
    let challenger = world.wallet();
    let args = played.challenge(&posted, 0);
    assert_eq!(args.mixed_key, posted.mixed_key());
    world.send(&[played.prove(&challenger, args)], &[&challenger]);
}

#[test]
fn c73_a_slot_that_slot_hashes_no_longer_holds_is_refused() {
    let _case = program_tests::case(&[73]);
    let mut world = World::new();
    let mut played = world.live(&[1, 1]);
    let checkpoint = played.game.checkpoint(&[]);
    let slot = due(&played);
    // Longer than any window allows.
    world.forge(&played.of.key, |account| {
        let bytes = &mut account.data[8..aurelius::state::Match::HEADER_END];
        let mut header: aurelius::state::Match = bytemuck::pod_read_unaligned(bytes);
        header.progress_deadline = u64::MAX;
        bytes.copy_from_slice(bytemuck::bytes_of(&header));
    });
    let operator = world.operator.insecure_clone();
    // 512 slots are kept; the newest of them is the one before now.
    world.go_to_slot(slot + 513);
    let post = world.checkpoint_instruction(&played, &checkpoint);
    world.refuse(&[post], &[&operator], E::BeaconGone);
}
