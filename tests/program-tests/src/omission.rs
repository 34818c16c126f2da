//! Receipts, and the proofs that they were not kept.

use arena::{leaf, pack_inputs, Change, Digest, HostSha256, Sha256, TickChange, MAX_INPUTS_LEN};
use client::instruction::{Omission, Receipt};
use solana_signer::Signer;

use crate::game::Checkpoint;
use crate::{Played, World};

impl Played {
    /// The packed inputs of a segment with these changes: (slot, warrior, heading), sorted.
    pub fn packed(&self, changes: &[(u8, u8, u8)]) -> Vec<u8> {
        let changes: Vec<TickChange> = changes
            .iter()
            .map(|&(slot, warrior, heading)| TickChange {
                slot,
                change: Change { warrior, heading },
            })
            .collect();
        let state = self.game.state.as_ref().expect("the match has started");
        let mut bytes = [0; MAX_INPUTS_LEN];
        let capacity = state.view().capacity();
        let len = pack_inputs(&self.game.rules, capacity, 0, &changes, &mut bytes).expect("sorted changes");
        bytes[..len].to_vec()
    }

    /// The hashes that tie the inputs of a segment of `posted` to the trace.
    pub fn others(&self, posted: &Checkpoint, segment: usize) -> Vec<Digest> {
        let per_checkpoint = usize::from(self.game.rules.segments_per_checkpoint);
        let first = posted.index as usize * per_checkpoint;
        let mut others = vec![leaf::<HostSha256>(self.game.before[first].as_bytes())];
        for (at, (inputs, leaf)) in posted.inputs.iter().zip(&posted.leaves).enumerate() {
            if at != segment {
                others.push(HostSha256::sha256(&[inputs]));
            }
            others.push(*leaf);
        }
        others
    }
}

impl World {
    /// The proof that the receipt, signed by the operator of this match, is not kept by `posted`.
    pub fn omission(&self, played: &Played, posted: &Checkpoint, receipt: Receipt) -> Omission {
        let rules = &played.game.rules;
        let made = receipt.tick.saturating_sub(1);
        let segment = (made % rules.checkpoint_ticks() / u32::from(rules.segment_ticks)) as usize;
        let message = receipt.message(&played.of.key.to_bytes());
        Omission {
            match_key: played.of.key,
            receipt_key: self.receipts.pubkey(),
            receipt,
            signature: *self.receipts.sign_message(&message).as_array(),
            mixed_key: posted.mixed_key(),
            others: played.others(posted, segment),
            inputs: posted.inputs[segment].clone(),
        }
    }
}
