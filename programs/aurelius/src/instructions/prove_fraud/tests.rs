#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use arena::{HostSha256, Rules, StateBuf};
use bytemuck::Zeroable;

use super::*;

const SEED: [u8; 32] = [5; 32];
const MIXED_KEY: [u8; 32] = [6; 32];

/// A refusal, as the number that a transaction reports.
fn code<T>(result: Result<T>) -> u32 {
    match result.map(drop).unwrap_err() {
        Error::AnchorError(error) => error.error_code_number,
        Error::ProgramError(error) => panic!("{error:?}"),
    }
}

/// A checkpoint of two segments of a Blitz of three warriors, and the state before each.
struct Posted {
    header: Match,
    slots: Vec<PlayerSlot>,
    before: [StateBuf; 2],
    leaves: [[u8; 32]; 2],
    inputs: [Vec<u8>; 2],
}

impl Posted {
    /// An honest one.
    fn new() -> Posted {
        let rules = Rules::BLITZ;
        let owners = [0, 1, 1];
        let mut state = arena::genesis::<HostSha256>(&rules, &owners, owners.len(), &SEED).unwrap();
        let key = arena::checkpoint_key::<HostSha256>(&SEED, &MIXED_KEY);
        let [first, second] = [0, 1].map(|_| {
            let before = state.clone();
            arena::step_segment::<HostSha256>(
                &rules,
                &mut state.view_mut(),
                &mut Scratch::new(),
                &key,
                &SegmentInputs::empty(),
                &owners,
                &mut (),
            )
            .unwrap();
            (before, arena::leaf::<HostSha256>(state.as_bytes()))
        });
        let mut header = Match::zeroed();
        header.version = crate::state::ACCOUNT_VERSION;
        header.seed = SEED;
        header.capacity = 3;
        header.warriors_total = 3;
        header.segments_per_checkpoint = 2;
        header.rules[..arena::RULES_LEN].copy_from_slice(rules.as_bytes());
        header.rules_len = arena::RULES_LEN as u16;
        let slot = |warriors| PlayerSlot {
            warriors,
            flags: PlayerSlot::ENTERED,
            ..PlayerSlot::default()
        };
        Posted {
            header,
            slots: vec![slot(1), slot(2)],
            before: [first.0, second.0],
            leaves: [first.1, second.1],
            inputs: [vec![0], vec![0]],
        }
    }

    fn previous(&self) -> [u8; 32] {
        arena::leaf::<HostSha256>(self.before[0].as_bytes())
    }

    fn hash(&self, segment: usize) -> [u8; 32] {
        SyscallSha256::hash(&[&self.inputs[segment]])
    }

    /// What `post_checkpoint` writes into the trace.
    fn digest(&self) -> [u8; 32] {
        let committed = [0, 1].map(|segment| (self.hash(segment), self.leaves[segment]));
        arena::checkpoint_digest::<HostSha256>(7, &self.previous(), &MIXED_KEY, &committed)
    }

    /// The hashes that a challenge of `segment` brings.
    fn others(&self, segment: usize) -> Vec<[u8; 32]> {
        match segment {
            0 => vec![self.leaves[0], self.hash(1), self.leaves[1]],
            _ => vec![self.previous(), self.hash(0), self.leaves[1]],
        }
    }

    fn judge(&self, segment: usize) -> Result<Fraud> {
        let others = self.others(segment);
        let place = place(segment, &others);
        judge(
            &self.header,
            &self.slots,
            &place,
            &self.digest(),
            &mut self.before[segment].as_bytes().to_vec(),
            &self.inputs[segment],
        )
    }
}

fn place(segment: usize, others: &[[u8; 32]]) -> Place<'_> {
    Place {
        index: 7,
        segment,
        mixed_key: &MIXED_KEY,
        others,
    }
}

#[test]
fn the_preimage_is_that_of_the_checkpoint_for_each_segment() {
    let posted = Posted::new();
    for segment in [0, 1] {
        let others = posted.others(segment);
        let leaf_before = arena::leaf::<HostSha256>(posted.before[segment].as_bytes());
        let preimage = place(segment, &others)
            .preimage(2, leaf_before, posted.hash(segment))
            .unwrap();
        assert_eq!(
            preimage,
            Preimage {
                claimed_leaf: posted.leaves[segment],
                digest: posted.digest(),
            }
        );
    }
}

/// The order of the hashes for every number of segments that a table can have, against the plain preimage.
#[test]
fn the_preimage_of_any_number_of_segments() {
    for segments in 1..=arena::digest::MAX_SEGMENTS_PER_CHECKPOINT {
        let previous = [0xF0; 32];
        let committed: Vec<_> = (0..segments as u8)
            .map(|at| ([2 * at + 1; 32], [2 * at + 2; 32]))
            .collect();
        let digest = arena::checkpoint_digest::<HostSha256>(7, &previous, &MIXED_KEY, &committed);
        for segment in 0..segments {
            let mut all = vec![previous];
            all.extend(committed.iter().flat_map(|(inputs, leaf)| [*inputs, *leaf]));
            // Before the segment's inputs hash lies the leaf before it.
            let inputs_hash = all.remove(2 * segment + 1);
            let leaf_before = all.remove(2 * segment);
            let preimage = place(segment, &all)
                .preimage(segments, leaf_before, inputs_hash)
                .unwrap();
            assert_eq!(preimage.digest, digest, "segment {segment} of {segments}");
            assert_eq!(preimage.claimed_leaf, committed[segment].1);
        }
    }
}

#[test]
fn places_and_hashes_that_do_not_fit() {
    let refused = |segment, segments, others: usize| {
        let others = vec![[0; 32]; others];
        code(place(segment, &others).preimage(segments, [0; 32], [0; 32]))
    };
    assert_eq!(refused(2, 2, 3), AureliusError::ProofSegmentInvalid.code());
    assert_eq!(
        refused(usize::MAX, 2, 3),
        AureliusError::ProofSegmentInvalid.code()
    );
    assert_eq!(refused(0, 0, 0), AureliusError::ProofSegmentInvalid.code());
    // More segments than any table has.
    assert_eq!(refused(0, 5, 9), AureliusError::ProofSegmentInvalid.code());
    for count in [0, 2, 4, 1_000] {
        assert_eq!(refused(0, 2, count), AureliusError::ProofHashesWrong.code());
    }
}

#[test]
fn an_honest_segment_is_no_fraud() {
    let posted = Posted::new();
    for segment in [0, 1] {
        assert_eq!(
            code(posted.judge(segment)),
            AureliusError::ProofSegmentCorrect.code()
        );
    }
}

#[test]
fn a_wrong_leaf_is_fraud_and_both_leaves_are_named() {
    for segment in [0, 1] {
        let mut posted = Posted::new();
        let honest = posted.leaves[segment];
        posted.leaves[segment][0] ^= 1;
        assert_eq!(
            posted.judge(segment).unwrap(),
            Fraud {
                claimed_leaf: posted.leaves[segment],
                computed_leaf: Some(honest),
            }
        );
    }
}

#[test]
fn inputs_that_the_rules_refuse_are_fraud_whatever_the_leaf() {
    // Nobody is left to be admitted; a length that no packing has; a mask without a heading.
    for inputs in [vec![1], vec![0; 3], vec![0xFF; 62]] {
        for segment in [0, 1] {
            let mut posted = Posted::new();
            posted.inputs[segment] = inputs.clone();
            assert_eq!(
                posted.judge(segment).unwrap(),
                Fraud {
                    claimed_leaf: posted.leaves[segment],
                    computed_leaf: None,
                }
            );
        }
    }
}

#[test]
fn what_was_not_committed_to_is_not_judged() {
    let posted = Posted::new();
    let others = posted.others(0);
    let mut wrong_key = place(0, &others);
    wrong_key.mixed_key = &SEED;
    let mut wrong_index = place(0, &others);
    wrong_index.index = 8;
    for place in [wrong_key, wrong_index] {
        let judged = judge(
            &posted.header,
            &posted.slots,
            &place,
            &posted.digest(),
            &mut posted.before[0].as_bytes().to_vec(),
            &posted.inputs[0],
        );
        assert_eq!(code(judged), AureliusError::ProofNotOfTrace.code());
    }
}

#[test]
fn a_committed_state_that_is_none_points_to_the_segment_before() {
    let mut posted = Posted::new();
    let mut garbage = posted.before[1].as_bytes().to_vec();
    garbage[0] = 99; // layout version
    posted.leaves[0] = arena::leaf::<HostSha256>(&garbage);
    let others = posted.others(1);
    let judged = judge(
        &posted.header,
        &posted.slots,
        &place(1, &others),
        &posted.digest(),
        &mut garbage,
        &posted.inputs[1],
    );
    assert_eq!(code(judged), AureliusError::ProofStateInvalid.code());
    // Which is fraud.
    assert!(posted.judge(0).is_ok());
}

#[test]
fn the_roster_is_whoever_paid() {
    let mut posted = Posted::new();
    posted.slots.insert(1, PlayerSlot::default());
    assert_eq!(owners(&posted.header, &posted.slots), [0, 2, 2]);
}
