//! From applied inputs to what is posted: packed segments, leaves, checkpoints.

use arena::{
    checkpoint_digest, checkpoint_key, leaf, mixed_key, pack_inputs, Change, Digest, HostSha256, Rules,
    Sha256, State, TickChange, MAX_INPUTS_LEN,
};

use client::instruction::Continues;

use super::setup::{LiveError, MatchSetup};
use crate::drip::DripChain;

/// A segment whose last tick is made: nothing can be accepted for it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedSegment {
    /// From 0.
    pub index: u32,
    /// Hash of the state after it.
    pub leaf: Digest,
}

/// A complete checkpoint: the arguments of `post_checkpoint`, and what the program makes of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// From 0.
    pub index: u32,
    /// What it goes on from.
    pub continues: Continues,
    /// Ticks made when it was complete; less than its last tick if the match ended inside.
    pub tick: u32,
    /// The drip key it reveals.
    pub drip_key: Digest,
    /// The hash of its scheduled slot.
    pub beacon: Digest,
    /// One a segment.
    pub leaves: Vec<Digest>,
    /// One a segment.
    pub inputs: Vec<Vec<u8>>,
    /// What the program stores in the trace.
    pub digest: Digest,
    /// Whether the match is over: no checkpoint follows.
    pub last: bool,
}

impl Checkpoint {
    /// Hash of the state after its last segment.
    pub fn leaf(&self) -> Digest {
        self.leaves.last().copied().unwrap_or_default()
    }
}

/// The checkpoint under way.
#[derive(Debug)]
pub(super) struct CheckpointBuilder {
    index: u32,
    segment: u32,
    drip_key: Digest,
    /// The hashes of the scheduled slots that have passed, by checkpoint.
    beacons: Vec<Digest>,
    prev_leaf: Digest,
    /// Warriors in play before the checkpoint.
    present_before: u8,
    /// Warriors that entered with the segment under way.
    admitted: u8,
    /// Changes of the segment under way, sorted by (slot, warrior) because ticks come in order.
    changes: Vec<TickChange>,
    leaves: Vec<Digest>,
    inputs: Vec<Vec<u8>>,
    segment_ticks: u32,
    slot_ticks: u32,
}

impl CheckpointBuilder {
    pub(super) fn new(setup: &MatchSetup, genesis_leaf: Digest) -> Result<Self, LiveError> {
        let drip_key = drip_key(&setup.drip, 0)?;
        let Rules {
            segment_ticks,
            slot_ticks,
            ..
        } = setup.rules;
        Ok(Self {
            index: 0,
            segment: 0,
            drip_key,
            beacons: Vec::new(),
            prev_leaf: genesis_leaf,
            present_before: u8::try_from(setup.owners.len()).unwrap_or(u8::MAX),
            admitted: 0,
            changes: Vec::with_capacity(64),
            leaves: Vec::new(),
            inputs: Vec::new(),
            segment_ticks: u32::from(segment_ticks.max(1)),
            slot_ticks: u32::from(slot_ticks.max(1)),
        })
    }

    /// The key of the ticks of the checkpoint under way; none before its beacon is known.
    pub(super) fn key(&self, seed: &Digest) -> Option<Digest> {
        self.mixed_key()
            .map(|mixed| checkpoint_key::<HostSha256>(seed, &mixed))
    }

    /// Takes the beacon of a checkpoint. They come in order; one that is known already changes nothing.
    pub(super) fn reveal(&mut self, checkpoint: u32, beacon: Digest) -> bool {
        let is_next = self.beacons.len() == checkpoint as usize;
        if is_next {
            self.beacons.push(beacon);
        }
        is_next
    }

    /// The first checkpoint whose beacon is not known.
    pub(super) fn unrevealed(&self) -> u32 {
        self.beacons.len() as u32 // at most the checkpoints of a match
    }

    pub(super) fn index(&self) -> u32 {
        self.index
    }

    fn beacon(&self) -> Option<Digest> {
        self.beacons.get(self.index as usize).copied()
    }

    fn mixed_key(&self) -> Option<Digest> {
        Some(mixed_key::<HostSha256>(&self.drip_key, &self.beacon()?))
    }

    /// Ticks made when the segment under way is complete.
    pub(super) fn segment_end(&self) -> u32 {
        (self.segment + 1) * self.segment_ticks
    }

    /// Notes what was applied on the tick made after `made` others.
    pub(super) fn record(&mut self, made: u32, admitted: u8, changes: &[Change]) {
        self.admitted = self.admitted.saturating_add(admitted);
        let slot = (made % self.segment_ticks / self.slot_ticks) as u8;
        self.changes
            .extend(changes.iter().map(|&change| TickChange { slot, change }));
    }

    /// Completes the segment under way with the state after it, and the checkpoint if it was its last
    /// segment.
    pub(super) fn seal(
        &mut self,
        setup: &MatchSetup,
        state: &State<'_>,
    ) -> Result<(SealedSegment, Option<Checkpoint>), LiveError> {
        let made = state.tick();
        let mut packed = [0; MAX_INPUTS_LEN];
        let len = pack_inputs(
            &setup.rules,
            setup.capacity.into(),
            self.admitted,
            &self.changes,
            &mut packed,
        )
        .map_err(|source| LiveError::Rules { tick: made, source })?;
        let sealed = SealedSegment {
            index: self.segment,
            leaf: leaf::<HostSha256>(state.as_bytes()),
        };
        self.inputs.push(packed[..len].to_vec());
        self.leaves.push(sealed.leaf);
        self.admitted = 0;
        self.changes.clear();
        self.segment += 1;
        if self.leaves.len() < usize::from(setup.rules.segments_per_checkpoint) {
            return Ok((sealed, None));
        }
        let last = state.ended();
        if let Some(cheat) = &setup.cheat {
            cheat.swap(self.index, &mut self.leaves);
        }
        let checkpoint = self.complete(made, last)?;
        self.present_before = u8::try_from(state.present()).unwrap_or(u8::MAX);
        if !last {
            self.drip_key = drip_key(&setup.drip, self.index)?;
        }
        Ok((sealed, Some(checkpoint)))
    }

    fn complete(&mut self, tick: u32, last: bool) -> Result<Checkpoint, LiveError> {
        let (Some(mixed), Some(beacon)) = (self.mixed_key(), self.beacon()) else {
            return Err(LiveError::NoBeacon(self.index));
        };
        let (leaves, inputs) = (std::mem::take(&mut self.leaves), std::mem::take(&mut self.inputs));
        let segments: Vec<_> = inputs
            .iter()
            .zip(&leaves)
            .map(|(inputs, leaf)| (HostSha256::sha256(&[inputs]), *leaf))
            .collect();
        let digest = checkpoint_digest::<HostSha256>(self.index, &self.prev_leaf, &mixed, &segments);
        let checkpoint = Checkpoint {
            index: self.index,
            continues: Continues::from_leaf(&self.prev_leaf, self.present_before),
            tick,
            drip_key: self.drip_key,
            beacon,
            leaves,
            inputs,
            digest,
            last,
        };
        self.prev_leaf = checkpoint.leaf();
        self.index += 1;
        Ok(checkpoint)
    }
}

/// The drip key of a checkpoint.
fn drip_key(drip: &DripChain, index: u32) -> Result<Digest, LiveError> {
    drip.key(index).ok_or(LiveError::NoDripKey(index))
}
