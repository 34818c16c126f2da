//! From a record to the proof of its first wrong segment.

use arena::{HostSha256, Rules};

use crate::record::MatchRecord;
use crate::resimulation::{FraudProof, Resimulation};
use crate::verify::entries::owners;

/// The proof that the match's operator posted a wrong segment; none when every posted segment is right, or the match
/// never started. Digests are not compared: a record whose digests are not those of its checkpoints is not the ledger's.
pub fn find(record: &MatchRecord) -> Option<Box<FraudProof>> {
    let rules = Rules::from_bytes(&record.terms.rules).ok()?;
    let start = record.start.as_ref()?;
    let capacity = usize::from(start.capacity);
    let genesis = arena::genesis::<HostSha256>(&rules, &start.owners, capacity, &start.seed).ok()?;
    let mut resimulation = Resimulation::new(rules, owners(record, start), genesis);
    record
        .checkpoints
        .iter()
        .find_map(|checkpoint| resimulation.checkpoint(checkpoint).err())
}
