//! What an honest operator computes: the drip chain, and the checkpoints of a match.

use arena::{
    checkpoint_digest, checkpoint_key, drip_parent, genesis, leaf, step_segment, Digest, HostSha256, Rules,
    Scratch, SegmentInputs, Sha256, StateBuf,
};

/// A checkpoint as it is posted.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    pub index: u32,
    pub drip_key: Digest,
    pub leaves: Vec<Digest>,
    pub inputs: Vec<Vec<u8>>,
    /// What the program must write to the trace.
    pub digest: Digest,
}

/// One match, simulated.
pub struct Game {
    pub rules: Rules,
    /// K₀, K₁, …: the last is the secret.
    pub drip: Vec<Digest>,
    seed: Digest,
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
            owners: Vec::new(),
            state: None,
            before: Vec::new(),
            next: 0,
        }
    }

    pub fn drip_root(&self) -> Digest {
        self.drip[0]
    }

    /// The genesis state.
    pub fn start(&mut self, owners: &[u8], capacity: usize, seed: Digest) {
        self.seed = seed;
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
        let key = checkpoint_key::<HostSha256>(&self.seed, &drip_key);
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
        let digest = checkpoint_digest::<HostSha256>(index, &previous, &drip_key, &segments);
        Checkpoint {
            index,
            drip_key,
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
