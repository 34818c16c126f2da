//! Challenges, put together from what was posted, as any observer would; and lies worth a challenge.

use arena::{leaf, Digest, HostSha256, Sha256, StateBuf};
use client::instruction::{self, ProveFraudArgs};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::game::Checkpoint;
use crate::{Landed, Played, World};

/// The challenge of segment `segment` of `posted`: `previous` is the leaf before the checkpoint, `state` the state
/// before the segment.
pub fn challenge(posted: &Checkpoint, segment: usize, previous: Digest, state: &StateBuf) -> ProveFraudArgs {
    let mut others = Vec::new();
    if segment != 0 {
        others.push(previous);
    }
    for (at, (inputs, leaf)) in posted.inputs.iter().zip(&posted.leaves).enumerate() {
        if at != segment {
            others.push(HostSha256::sha256(&[inputs]));
        }
        if at + 1 != segment {
            others.push(*leaf);
        }
    }
    ProveFraudArgs {
        index: posted.index,
        segment: segment as u8,
        mixed_key: posted.mixed_key(),
        others,
        state: state.as_bytes().to_vec(),
        inputs: posted.inputs[segment].clone(),
    }
}

impl Played {
    /// The challenge of a segment of `posted` whose state before is the one that the rules give.
    pub fn challenge(&self, posted: &Checkpoint, segment: usize) -> ProveFraudArgs {
        let per_checkpoint = usize::from(self.game.rules.segments_per_checkpoint);
        let first = posted.index as usize * per_checkpoint;
        let previous = leaf::<HostSha256>(self.game.before[first].as_bytes());
        challenge(posted, segment, previous, &self.game.before[first + segment])
    }

    /// The instruction that challenges, with state and inputs inside.
    pub fn prove(&self, challenger: &Keypair, args: ProveFraudArgs) -> Instruction {
        instruction::prove_fraud(self.of.key, challenger.pubkey(), args)
    }
}

impl World {
    /// Computes the next checkpoint of a live match, spoils it, and posts it.
    pub fn lie(&mut self, played: &mut Played, spoil: impl FnOnce(&mut Checkpoint)) -> Checkpoint {
        let mut checkpoint = played.game.checkpoint(&[]);
        spoil(&mut checkpoint);
        let operator = self.operator.insecure_clone();
        let post = self.checkpoint_instruction(played, &checkpoint);
        self.send(&[post], &[&operator]);
        checkpoint
    }

    /// Challenges segment `segment` of `posted`; it must be wrong.
    #[track_caller]
    pub fn prove(
        &mut self,
        played: &Played,
        posted: &Checkpoint,
        segment: usize,
        challenger: &Keypair,
    ) -> Landed {
        let prove = played.prove(challenger, played.challenge(posted, segment));
        self.send(&[prove], &[challenger])
    }

    /// A match of these entries whose operator lied about the end, with the result of the lie proposed. The last
    /// checkpoint; its last segment is wrong.
    pub fn proposed_lie(&mut self, entries: &[u8]) -> (Played, Checkpoint) {
        let mut played = self.live(entries);
        let last = self.lie_about_the_end(&mut played);
        (played, last)
    }

    /// Goes on honestly to the last checkpoint, tells in it that the first warrior dealt more damage than it did, and
    /// proposes the result of that.
    pub fn lie_about_the_end(&mut self, played: &mut Played) -> Checkpoint {
        let mut false_state = Vec::new();
        loop {
            let mut checkpoint = played.game.checkpoint(&[]);
            if played.game.ended() {
                false_state = played.game.state_bytes();
                // Damage dealt, in centi-HP, of the first warrior.
                false_state[arena::HEADER_LEN + 12] ^= 1;
                let last = checkpoint.leaves.len() - 1;
                checkpoint.leaves[last] = leaf::<HostSha256>(&false_state);
            }
            let operator = self.operator.insecure_clone();
            let post = self.checkpoint_instruction(played, &checkpoint);
            self.send(&[post], &[&operator]);
            if !false_state.is_empty() {
                self.send(&[instruction::submit_result(played.of.key, false_state)], &[]);
                return checkpoint;
            }
        }
    }
}
