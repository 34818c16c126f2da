//! Packed inputs of a segment that somebody shows, and what ties them to the trace.

use anchor_lang::prelude::*;

use crate::{
    error::{refuse, AureliusError},
    hash::SyscallSha256,
    state::{Match, Trace, Upload},
};

/// Where a segment is, and the hashes that bind its inputs to the trace.
pub(crate) struct Posted<'a> {
    /// Checkpoint of the segment.
    pub index: u32,
    /// Segment within the checkpoint.
    pub segment: usize,
    /// Drip key and beacon of the checkpoint, mixed.
    pub mixed_key: &'a [u8; 32],
    /// The hashes of the checkpoint's preimage in their order (previous leaf, then inputs hash and leaf of
    /// each segment), without the one that the program computes itself: that of the segment's inputs.
    pub others: &'a [[u8; 32]],
}

impl Posted<'_> {
    /// Refuses inputs that are not what the checkpoint committed to for the segment.
    pub(crate) fn check(&self, header: &Match, trace: &AccountInfo, inputs: &[u8]) -> Result<()> {
        ensure!(header.trace == *trace.key, AureliusError::TraceMismatch);
        ensure!(
            self.index < header.checkpoints_posted,
            AureliusError::ProofBeyondTrace
        );
        let segments = usize::from(header.segments_per_checkpoint);
        ensure!(self.segment < segments, AureliusError::ProofSegmentInvalid);
        ensure!(
            self.others.len() == 2 * segments,
            AureliusError::PostedHashesWrong
        );
        let mine = SyscallSha256::hash(&[inputs]);
        let at = 2 * self.segment;
        // The first is the leaf before the checkpoint.
        let hash = |place: usize| match place.cmp(&at) {
            core::cmp::Ordering::Less => self.others[1 + place],
            core::cmp::Ordering::Equal => mine,
            core::cmp::Ordering::Greater => self.others[place],
        };
        let mut committed = [([0; 32], [0; 32]); arena::digest::MAX_SEGMENTS_PER_CHECKPOINT];
        let committed = committed
            .get_mut(..segments)
            .ok_or_else(|| refuse(AureliusError::ProofSegmentInvalid))?;
        for (number, slot) in committed.iter_mut().enumerate() {
            *slot = (hash(2 * number), hash(2 * number + 1));
        }
        let digest =
            arena::checkpoint_digest::<SyscallSha256>(self.index, &self.others[0], self.mixed_key, committed);
        let data = trace.try_borrow_data()?;
        ensure!(
            digest == *Trace::digest(&data, self.index)?,
            AureliusError::ProofNotOfTrace
        );
        Ok(())
    }
}

/// The inputs, from the arguments or from an upload.
pub(crate) fn inputs(upload: Option<&AccountLoader<Upload>>, inputs: Vec<u8>) -> Result<Vec<u8>> {
    let Some(upload) = upload else {
        ensure!(!inputs.is_empty(), AureliusError::ProofMissing);
        return Ok(inputs);
    };
    ensure!(inputs.is_empty(), AureliusError::ProofTwice);
    let data = upload.as_ref().try_borrow_data()?;
    Ok(Upload::bytes(&data)?.to_vec())
}
