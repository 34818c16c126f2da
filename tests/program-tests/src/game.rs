//! What an honest operator computes: the drip chain, and the checkpoints of a match.

use arena::{
    checkpoint_digest, checkpoint_key, drip_parent, genesis, leaf, mixed_key, step_segment, Digest,
    HostSha256, Rules, Scratch, SegmentInputs, Sha256, StateBuf,
};

use crate::slots::hash_of;

/// A checkpoint as it is posted.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    pub index: u32,
    pub drip_key: Digest,
    /// The hash of its scheduled slot.
    pub beacon: Digest,
    pub leaves: Vec<Digest>,
    pub inputs: Vec<Vec<u8>>,
    /// What the program must write to the trace.
    pub digest: Digest,
}

impl Checkpoint {
    /// Drip key and beacon in one hash.
    pub fn mixed_key(&self) -> Digest {
        mixed_key::<HostSha256>(&self.drip_key, &self.beacon)
    }
}

/// What matches here pin: the shortest, so that many checkpoints fit a window.
pub const SLOT_US: u32 = 600_000;

/// The slot that decides the rolls of a checkpoint.
pub fn beacon_slot(rules: &Rules, started_slot: u64, index: u32) -> u64 {
    aurelius::beacon::beacon_slot(started_slot, rules.checkpoint_ticks(), SLOT_US.into(), index)
        .expect("a slot")
}

/// One match, simulated.
pub struct Game {
    pub rules: Rules,
    /// K₀, K₁, …: the last is the secret.
    pub drip: Vec<Digest>,
    seed: Digest,
    started_slot: u64,
    owners: Vec<u8>,
    pub state: Option<StateBuf>,
    /// The state before each segment that was made, in order: what a proof about it shows.
    pub before: Vec<StateBuf>,
    next: u32,
}

impl Game {
    /// A drip chain from `secret`, and no state yet.
    pub fn new(rules: Rules, secret: Digest) -> Game {
        let mut drip = vec![secret];
        for _ in 0..rules.checkpoint_count() {
            let parent = drip_parent::<HostSha256>(drip.last().expect("not empty"));
            drip.push(parent);
        }
        drip.reverse();
        Game {
            rules,
            drip,
            seed: [0; 32],
            started_slot: 0,
            owners: Vec::new(),
            state: None,
            before: Vec::new(),
            next: 0,
        }
    }

    /// The slot that decides the rolls of a checkpoint of this match, once it has started.
    pub fn beacon_slot(&self, index: u32) -> Option<u64> {
        let is_one = self.state.is_some() && index < self.rules.checkpoint_count();
        is_one.then(|| beacon_slot(&self.rules, self.started_slot, index))
    }

    pub fn drip_root(&self) -> Digest {
        self.drip[0]
    }

    /// The genesis state.
    pub fn start(&mut self, owners: &[u8], capacity: usize, seed: Digest, started_slot: u64) {
        self.seed = seed;
        self.started_slot = started_slot;
        self.owners = owners.to_vec();
        self.state =
            Some(genesis::<HostSha256>(&self.rules, owners, capacity, &seed).expect("a genesis state"));
    }

    /// A late entry of a player who paid for `count` warriors.
    pub fn late(&mut self, player: u8, count: usize) {
        self.owners.extend(std::iter::repeat_n(player, count));
    }

    /// Computes the next checkpoint; segment `k` admits `admit[k]` late warriors and has no other inputs.
    pub fn checkpoint(&mut self, admit: &[u8]) -> Checkpoint {
        let inputs = (0..usize::from(self.rules.segments_per_checkpoint))
            .map(|segment| vec![admit.get(segment).copied().unwrap_or(0)])
            .collect();
        self.checkpoint_of(inputs)
    }

    /// Computes the next checkpoint from packed inputs, one buffer a segment.
    pub fn checkpoint_of(&mut self, inputs: Vec<Vec<u8>>) -> Checkpoint {
        let index = self.next;
        self.next += 1;
        let drip_key = self.drip[index as usize + 1];
        let beacon = hash_of(beacon_slot(&self.rules, self.started_slot, index));
        let mixed = mixed_key::<HostSha256>(&drip_key, &beacon);
        let key = checkpoint_key::<HostSha256>(&self.seed, &mixed);
        let state = self.state.as_mut().expect("the match has started");
        let capacity = state.view().capacity();
        let previous = leaf::<HostSha256>(state.as_bytes());
        let mut leaves = Vec::new();
        for bytes in &inputs {
            let packed = SegmentInputs::parse(&self.rules, capacity, bytes).expect("inputs the rules take");
            self.before.push(state.clone());
            let mut scratch = Box::new(Scratch::new());
            step_segment::<HostSha256>(
                &self.rules,
                &mut state.view_mut(),
                &mut scratch,
                &key,
                &packed,
                &self.owners,
                &mut (),
            )
            .expect("a segment the rules take");
            leaves.push(leaf::<HostSha256>(state.as_bytes()));
        }
        let segments: Vec<(Digest, Digest)> = inputs
            .iter()
            .zip(&leaves)
            .map(|(bytes, leaf)| (HostSha256::sha256(&[bytes]), *leaf))
            .collect();
        let digest = checkpoint_digest::<HostSha256>(index, &previous, &mixed, &segments);
        Checkpoint {
            index,
            drip_key,
            beacon,
            leaves,
            inputs,
            digest,
        }
    }

    pub fn ended(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.view().ended())
    }

    pub fn state_bytes(&self) -> Vec<u8> {
        self.state
            .as_ref()
            .expect("the match has started")
            .as_bytes()
            .to_vec()
    }
}
