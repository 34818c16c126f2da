//! A match as an honest operator computes it: signed inputs in, checkpoints out.

use std::collections::BTreeMap;

use arena::{Change, HostSha256, Rules, Scratch, SegmentInputs, StateBuf, TickChange, MAX_INPUTS_LEN};
use client::instruction::Continues;
use client::Pubkey;
use ed25519_dalek::SigningKey;
use protocol::input::{ChainHead, Input};
use protocol::replay::{ReplayCheckpoint, ReplayInput, ReplaySegment};
use protocol::{Hash, MatchKey, PlayerSlot, Tick, WarriorIndex};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use solana_keypair::Keypair;

/// One who plays: a wallet and the key that signs their moves.
pub struct Contestant {
    pub wallet: Keypair,
    pub session: SigningKey,
    pub warriors: u8,
}

impl Contestant {
    pub fn new(wallet: Keypair, warriors: u8) -> Self {
        Self {
            wallet,
            session: SigningKey::from_bytes(&rand::random()),
            warriors,
        }
    }

    /// What `enter` registers.
    pub fn session_key(&self) -> Pubkey {
        Pubkey::new_from_array(self.session.verifying_key().to_bytes())
    }
}

/// A checkpoint, ready to be posted.
#[derive(Clone)]
pub struct Posted {
    pub index: u32,
    pub continues: Continues,
    pub drip_key: [u8; 32],
    pub beacon: [u8; 32],
    pub leaves: Vec<[u8; 32]>,
    pub inputs: Vec<Vec<u8>>,
}

/// The state of a match, and all that a replay file of it needs.
pub struct Contest {
    rules: Rules,
    match_key: [u8; 32],
    seed: [u8; 32],
    /// Owners of all warriors known, late ones included.
    owners: Vec<u8>,
    drip: Vec<[u8; 32]>,
    state: StateBuf,
    last_leaf: [u8; 32],
    next_checkpoint: u32,
    sessions: BTreeMap<u8, (SigningKey, ChainHead)>,
    /// Warriors that enter with the next segment.
    admit: u8,
    rng: StdRng,
    pub inputs: Vec<ReplayInput>,
    pub checkpoints: Vec<ReplayCheckpoint>,
}

impl Contest {
    /// Begins with the genesis state. `drip` holds the root first; `sessions` the players' keys by index.
    pub fn new(
        rules: Rules,
        match_key: [u8; 32],
        seed: [u8; 32],
        owners: Vec<u8>,
        capacity: usize,
        drip: Vec<[u8; 32]>,
        sessions: impl IntoIterator<Item = (u8, SigningKey)>,
    ) -> Self {
        let state = arena::genesis::<HostSha256>(&rules, &owners, capacity, &seed).unwrap();
        Self {
            rules,
            match_key,
            seed,
            owners,
            drip,
            last_leaf: arena::leaf::<HostSha256>(state.as_bytes()),
            state,
            next_checkpoint: 0,
            sessions: sessions
                .into_iter()
                .map(|(index, key)| (index, (key, ChainHead::default())))
                .collect(),
            admit: 0,
            rng: StdRng::seed_from_u64(u64::from_le_bytes(seed[..8].try_into().unwrap())),
            inputs: Vec::new(),
            checkpoints: Vec::new(),
        }
    }

    /// Lets a late player in with the next segment.
    pub fn admit(&mut self, index: u8, session: SigningKey, warriors: u8) {
        self.owners
            .extend(std::iter::repeat_n(index, usize::from(warriors)));
        self.sessions.insert(index, (session, ChainHead::default()));
        self.admit += warriors;
    }

    pub fn ended(&self) -> bool {
        self.state.view().ended()
    }

    /// The state's bytes.
    pub fn state(&self) -> &[u8] {
        self.state.as_bytes()
    }

    /// The leaf of the state.
    pub fn leaf(&self) -> [u8; 32] {
        self.last_leaf
    }

    /// Player index of each warrior.
    pub fn owners(&self) -> &[u8] {
        &self.owners
    }

    /// The number of the checkpoint that is played next.
    pub fn next_checkpoint(&self) -> u32 {
        self.next_checkpoint
    }

    /// Plays one checkpoint with random moves. `beacon` is the hash of its slot.
    pub fn next(&mut self, beacon: [u8; 32]) -> Posted {
        let index = self.next_checkpoint;
        let drip_key = self.drip[index as usize + 1];
        let mixed = arena::mixed_key::<HostSha256>(&drip_key, &beacon);
        let key = arena::checkpoint_key::<HostSha256>(&self.seed, &mixed);
        let previous = self.last_leaf;
        let present = self.state.view().present() as u8;
        let segments_per_checkpoint = u32::from(self.rules.segments_per_checkpoint);
        let segments: Vec<ReplaySegment> = (0..segments_per_checkpoint)
            .map(|segment| self.segment(index * segments_per_checkpoint + segment, &key))
            .collect();
        let committed: Vec<([u8; 32], [u8; 32])> = segments
            .iter()
            .map(|segment| (sha256(&segment.inputs), segment.leaf.0))
            .collect();
        let digest = arena::checkpoint_digest::<HostSha256>(index, &previous, &mixed, &committed);
        let posted = Posted {
            index,
            continues: Continues::from_leaf(&previous, present),
            drip_key,
            beacon,
            leaves: segments.iter().map(|segment| segment.leaf.0).collect(),
            inputs: segments.iter().map(|segment| segment.inputs.clone()).collect(),
        };
        self.checkpoints.push(ReplayCheckpoint {
            drip_key: Hash(drip_key),
            beacon: Hash(beacon),
            digest: Hash(digest),
            posted_in: None,
            segments,
        });
        self.next_checkpoint += 1;
        posted
    }

    fn segment(&mut self, number: u32, key: &[u8; 32]) -> ReplaySegment {
        let mut changes = Vec::new();
        let present = self.state.view().present() as u8;
        let mut left = vec![self.rules.changes_per_warrior_max; usize::from(present)];
        for slot in 0..self.rules.slots_per_segment() as u8 {
            for warrior in 0..present {
                let moves = self.rng.gen_ratio(1, 20) && left[usize::from(warrior)] > 0;
                if moves {
                    left[usize::from(warrior)] -= 1;
                    let heading = self.rng.gen_range(0..=8);
                    let tick = number * u32::from(self.rules.segment_ticks)
                        + u32::from(slot) * u32::from(self.rules.slot_ticks);
                    self.accept(tick, warrior, heading);
                    changes.push(TickChange {
                        slot,
                        change: Change { warrior, heading },
                    });
                }
            }
        }
        let capacity = self.state.view().capacity();
        let mut bytes = [0; MAX_INPUTS_LEN];
        let admit = std::mem::take(&mut self.admit);
        let len = arena::pack_inputs(&self.rules, capacity, admit, &changes, &mut bytes).unwrap();
        let inputs = bytes[..len].to_vec();
        arena::step_segment::<HostSha256>(
            &self.rules,
            &mut self.state.view_mut(),
            &mut Scratch::new(),
            key,
            &SegmentInputs::parse(&self.rules, capacity, &inputs).unwrap(),
            &self.owners,
            &mut (),
        )
        .unwrap();
        self.last_leaf = arena::leaf::<HostSha256>(self.state.as_bytes());
        ReplaySegment {
            inputs,
            leaf: Hash(self.last_leaf),
        }
    }

    fn accept(&mut self, tick: u32, warrior: u8, heading: u8) {
        let owner = self.owners[usize::from(warrior)];
        let (key, chain) = self.sessions.get_mut(&owner).unwrap();
        let input = Input {
            match_key: MatchKey(self.match_key),
            slot: PlayerSlot(owner),
            sequence: chain.expected_sequence,
            previous: chain.head,
            tick: Tick(tick),
            warrior: WarriorIndex(warrior),
            heading,
        };
        *chain = ChainHead {
            expected_sequence: chain.expected_sequence + 1,
            head: input.hash(),
        };
        self.inputs.push(ReplayInput {
            tick: Tick(tick),
            signed: input.sign(key),
        });
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use arena::Sha256;
    HostSha256::sha256(&[bytes])
}
