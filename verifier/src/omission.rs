//! From a record and a receipt to the proof that the receipt was not kept.

use arena::{Digest, HostSha256, Rules, SegmentInputs, Sha256};
use client::instruction::{Omission, Receipt};
use client::Pubkey;
use protocol::receipt::SignedReceipt;

use crate::record::{CheckpointRecord, MatchRecord};

/// The hashes that tie the inputs of segment `segment` of `posted` to the trace: `previous`, the leaf before the
/// checkpoint, then inputs hash and leaf of each segment, without the hash of this segment's inputs.
pub fn others(previous: &Digest, posted: &CheckpointRecord, segment: usize) -> Vec<Digest> {
    let mut others = vec![*previous];
    for (at, other) in posted.segments.iter().enumerate() {
        if at != segment {
            others.push(HostSha256::sha256(&[&other.inputs]));
        }
        others.push(other.leaf);
    }
    others
}

/// The proof that the receipt was not kept; none when it was, when no posted checkpoint covers its tick, when it is of
/// another match or not signed with `receipt_key`, or when the rules cannot read the inputs, which is another proof's
/// matter.
pub fn find(record: &MatchRecord, receipt_key: Pubkey, signed: &SignedReceipt) -> Option<Omission> {
    let receipt = &signed.receipt;
    let ours = receipt.match_key.0 == record.match_ref.key.to_bytes()
        && signed.is_signed_by(&protocol::PublicKey(receipt_key.to_bytes()));
    let rules = Rules::from_bytes(&record.terms.rules).ok()?;
    let start = record.start.as_ref().filter(|_| ours)?;
    let made = receipt.tick.0.checked_sub(1)?;
    let slot_ticks = u32::from(rules.slot_ticks).max(1);
    if !made.is_multiple_of(slot_ticks) {
        return None;
    }
    let index = (made / rules.checkpoint_ticks().max(1)) as usize;
    let within = made % rules.checkpoint_ticks().max(1);
    let segment_ticks = u32::from(rules.segment_ticks).max(1);
    let segment = (within / segment_ticks) as usize;
    let slot = within % segment_ticks / slot_ticks;
    let posted = record.checkpoints.get(index)?;
    let inputs = &posted.segments.get(segment)?.inputs;
    let parsed = SegmentInputs::parse(&rules, usize::from(start.capacity), inputs).ok()?;
    let kept = parsed.changes().any(|change| {
        u32::from(change.slot) == slot
            && change.change.warrior == receipt.warrior.0
            && change.change.heading == receipt.heading
    });
    if kept {
        return None;
    }
    let previous = match index {
        0 => start.genesis_leaf,
        _ => record.checkpoints.get(index - 1)?.segments.last()?.leaf,
    };
    Some(Omission {
        match_key: record.match_ref.key,
        receipt_key,
        receipt: Receipt {
            slot: receipt.slot.0,
            sequence: receipt.sequence,
            input_hash: receipt.input.0,
            tick: receipt.tick.0,
            warrior: receipt.warrior.0,
            heading: receipt.heading,
        },
        signature: signed.signature.0,
        mixed_key: posted.mixed_key(),
        others: others(&previous, posted, segment),
        inputs: inputs.clone(),
    })
}
