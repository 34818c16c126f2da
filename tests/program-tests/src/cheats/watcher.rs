//! Anybody, with the match account and the transactions of its checkpoints.

use anchor_lang::AnchorDeserialize;
use arena::HostSha256;
use aurelius::state::PlayerSlot;
use solana_instruction::Instruction;
use verifier::record::{CheckpointRecord, SegmentRecord};
use verifier::{FraudProof, Resimulation};

use crate::MatchState;

/// Re-executes a match from what was posted.
pub struct Watcher {
    resimulation: Resimulation,
}

impl Watcher {
    /// Begins at the genesis state of a match that has started. The roster is the one that the match account has now.
    pub fn new(state: &MatchState) -> Self {
        let header = &state.header;
        let owners: Vec<u8> = state
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.has(PlayerSlot::ENTERED))
            .flat_map(|(player, slot)| std::iter::repeat_n(player as u8, usize::from(slot.warriors)))
            .collect();
        let at_start = &owners[..usize::from(header.warriors_at_start)];
        let rules = header.rules().expect("the match's rules");
        let capacity = usize::from(header.capacity);
        let genesis =
            arena::genesis::<HostSha256>(&rules, at_start, capacity, &header.seed).expect("a genesis state");
        assert_eq!(
            arena::leaf::<HostSha256>(genesis.as_bytes()),
            header.genesis_leaf,
            "the program computed another genesis state"
        );
        Watcher {
            resimulation: Resimulation::new(rules, owners, genesis),
        }
    }

    /// The proof of the first wrong segment; none when all that was posted is right.
    pub fn first_wrong(mut self, posted: &[CheckpointRecord]) -> Option<Box<FraudProof>> {
        posted
            .iter()
            .find_map(|checkpoint| self.resimulation.checkpoint(checkpoint).err())
    }
}

/// The checkpoint that a `post_checkpoint` instruction posts, for which the program reads this beacon; none when it is another instruction.
pub fn posted(instruction: &Instruction, beacon: [u8; 32]) -> Option<CheckpointRecord> {
    // As the program reads it: what follows the arguments is nobody's.
    let mut body = instruction
        .data
        .strip_prefix(<aurelius::instruction::PostCheckpoint as anchor_lang::Discriminator>::DISCRIMINATOR)?;
    let posted = aurelius::instruction::PostCheckpoint::deserialize(&mut body).ok()?;
    let segments = posted.inputs.into_iter().zip(posted.leaves);
    Some(CheckpointRecord {
        index: posted.index,
        drip_key: posted.drip_key,
        beacon,
        slot: None,
        segments: segments
            .map(|(inputs, leaf)| SegmentRecord { inputs, leaf })
            .collect(),
        digest: None,
        transaction: None,
    })
}
