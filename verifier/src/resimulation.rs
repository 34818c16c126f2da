//! A match stepped again from what its checkpoints posted, one segment at a time, with a proof at hand for the program
//! when a segment is wrong.

use arena::{ArenaError, Digest, HostSha256, Rules, Scratch, SegmentInputs, Sha256, StateBuf};
use client::instruction::ProveFraudArgs;

use crate::record::{CheckpointRecord, SegmentRecord};

/// What came of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The rules give the leaf that was posted.
    Agrees,
    /// They give another.
    Differs {
        /// Theirs.
        computed: Digest,
    },
    /// They refuse the posted inputs; the state is the one before the segment.
    Refused(ArenaError),
}

/// A match in the middle of being stepped again: about 15 KB.
#[derive(Debug, Clone)]
pub struct Resimulation {
    rules: Rules,
    owners: Vec<u8>,
    state: StateBuf,
    scratch: Box<ScratchBox>,
    /// Leaf of the state.
    leaf: Digest,
}

/// [`Scratch`] has no `Debug`.
#[derive(Clone)]
struct ScratchBox(Scratch);

impl std::fmt::Debug for ScratchBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scratch")
    }
}

/// A segment of a checkpoint that is wrong, and all that the program needs to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FraudProof {
    /// What `prove_fraud` takes.
    pub args: ProveFraudArgs,
    /// The operator's leaf after the segment.
    pub claimed: Digest,
    /// What the rules say instead.
    pub outcome: Outcome,
    /// First tick of the segment.
    pub tick: u32,
}

impl Resimulation {
    /// Begins with the genesis state. `owners` is the roster in warrior order, late entries included as far as known.
    pub fn new(rules: Rules, owners: Vec<u8>, genesis: StateBuf) -> Self {
        Self {
            rules,
            owners,
            leaf: arena::leaf::<HostSha256>(genesis.as_bytes()),
            state: genesis,
            scratch: Box::new(ScratchBox(Scratch::new())),
        }
    }

    /// A late player paid for `warriors` warriors.
    pub fn enter_late(&mut self, player: u8, warriors: u8) {
        self.owners
            .extend(std::iter::repeat_n(player, usize::from(warriors)));
    }

    /// The state as stepped so far.
    pub fn state(&self) -> &StateBuf {
        &self.state
    }

    /// Its leaf.
    pub fn leaf(&self) -> Digest {
        self.leaf
    }

    /// The roster as known.
    pub fn owners(&self) -> &[u8] {
        &self.owners
    }

    /// Steps one segment with the posted inputs. `key` is `arena::checkpoint_key` of the checkpoint.
    pub fn segment(&mut self, key: &Digest, posted: &SegmentRecord) -> Outcome {
        let capacity = self.state.view().capacity();
        let inputs = match SegmentInputs::parse(&self.rules, capacity, &posted.inputs) {
            Ok(inputs) => inputs,
            Err(error) => return Outcome::Refused(error),
        };
        let stepped = arena::step_segment::<HostSha256>(
            &self.rules,
            &mut self.state.view_mut(),
            &mut self.scratch.0,
            key,
            &inputs,
            &self.owners,
            &mut (),
        );
        if let Err(error) = stepped {
            return Outcome::Refused(error);
        }
        self.leaf = arena::leaf::<HostSha256>(self.state.as_bytes());
        if self.leaf == posted.leaf {
            Outcome::Agrees
        } else {
            Outcome::Differs { computed: self.leaf }
        }
    }

    /// Steps a whole checkpoint.
    ///
    /// # Errors
    /// The proof of its first wrong segment. Nothing can be told about later segments then.
    pub fn checkpoint(&mut self, posted: &CheckpointRecord) -> Result<(), Box<FraudProof>> {
        let previous = self.leaf;
        let key = arena::checkpoint_key::<HostSha256>(self.state.view().seed(), &posted.mixed_key());
        for (index, segment) in posted.segments.iter().enumerate() {
            let before = self.state.clone();
            let outcome = self.segment(&key, segment);
            if outcome != Outcome::Agrees {
                let args = ProveFraudArgs {
                    index: posted.index,
                    segment: index as u8, // at most four segments a checkpoint
                    mixed_key: posted.mixed_key(),
                    others: others(&previous, posted, index),
                    state: before.as_bytes().to_vec(),
                    inputs: segment.inputs.clone(),
                };
                return Err(Box::new(FraudProof {
                    args,
                    claimed: segment.leaf,
                    outcome,
                    tick: before.view().tick(),
                }));
            }
        }
        Ok(())
    }
}

/// The hashes of the digest's preimage that the program does not compute itself when `segment` is shown.
pub fn others(previous: &Digest, posted: &CheckpointRecord, segment: usize) -> Vec<Digest> {
    let mut hashes = Vec::with_capacity(2 * posted.segments.len());
    if segment != 0 {
        hashes.push(*previous);
    }
    for (at, shown) in posted.segments.iter().enumerate() {
        if at != segment {
            hashes.push(HostSha256::sha256(&[&shown.inputs]));
        }
        if at + 1 != segment {
            hashes.push(shown.leaf);
        }
    }
    hashes
}
