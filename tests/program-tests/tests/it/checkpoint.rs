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
