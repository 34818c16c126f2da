//! The operator's simulation, honest but for one segment.

use arena::{
    checkpoint_digest, checkpoint_key, leaf, mixed_key, pack_inputs, Change, Digest, HostSha256, Rules,
    Scratch, SegmentInputs, Sha256, StateBuf, TickChange, MAX_INPUTS_LEN,
};
use rand::rngs::StdRng;
use rand::Rng;

use super::forge::forged;
use super::Cheat;
use aurelius::state::Match;

use crate::game::{beacon_slot, Checkpoint};
use crate::slots::hash_of;

/// Everything an operator needs to post the next checkpoint.
#[derive(Clone)]
pub struct CheatingCrank {
    rules: Rules,
    /// K₀, K₁, …
    drip: Vec<Digest>,
    seed: Digest,
    started_slot: u64,
    owners: Vec<u8>,
    state: StateBuf,
    next: u32,
}

/// A segment as it will be posted, and where the crank goes on from.
struct Told {
    inputs: Vec<u8>,
    leaf: Digest,
    state: StateBuf,
}

impl CheatingCrank {
    /// At the start. `header` is the match's; `owners` the roster of the genesis state.
    pub fn new(rules: Rules, drip: Vec<Digest>, header: &Match, owners: &[u8]) -> Self {
        let (seed, capacity) = (header.seed, usize::from(header.capacity));
        let state = arena::genesis::<HostSha256>(&rules, owners, capacity, &seed).expect("a genesis state");
        CheatingCrank {
            rules,
            drip,
            seed,
            started_slot: header.started_slot,
            owners: owners.to_vec(),
            state,
            next: 0,
        }
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    pub fn state(&self) -> &StateBuf {
        &self.state
    }

    pub fn ended(&self) -> bool {
        self.state.view().ended()
    }

    /// Checkpoints computed so far.
    pub fn computed(&self) -> u32 {
        self.next
    }

    /// The slot that decides the rolls of the next checkpoint.
    pub fn beacon_slot(&self) -> u64 {
        beacon_slot(&self.rules, self.started_slot, self.next)
    }

    /// A late entry of a player who paid for `count` warriors.
    pub fn late(&mut self, player: u8, count: usize) {
        self.owners.extend(std::iter::repeat_n(player, count));
    }

    /// The whole roster as the chain has it now, late entries included.
    pub fn know(&mut self, owners: Vec<u8>) {
        self.owners = owners;
    }

    /// Warriors that have paid and not been admitted.
    pub fn waiting(&self) -> usize {
        self.owners.len() - self.state.view().present()
    }

    /// Computes the next checkpoint from packed inputs, one buffer a segment, lying about the segment named by `lie`.
    /// None, and nothing changed, when that lie cannot be told there.
    pub fn checkpoint(&mut self, inputs: &[Vec<u8>], lie: Option<(usize, Cheat)>) -> Option<Checkpoint> {
        let drip_key = *self.drip.get(self.next as usize + 1)?;
        let beacon = hash_of(self.beacon_slot());
        let mixed = mixed_key::<HostSha256>(&drip_key, &beacon);
        let key = checkpoint_key::<HostSha256>(&self.seed, &mixed);
        let previous = leaf::<HostSha256>(self.state.as_bytes());
        let mut state = self.state.clone();
        let mut told = Vec::new();
        for (segment, bytes) in inputs.iter().enumerate() {
            let cheat = lie.and_then(|(at, cheat)| (at == segment).then_some(cheat));
            let one = match cheat {
                None | Some(Cheat::SwappedLeaves) => self.honest(&state, &key, bytes)?,
                Some(cheat) => self.lie(&state, &key, bytes, cheat)?,
            };
            state = one.state.clone();
            told.push(one);
        }
        if matches!(lie, Some((_, Cheat::SwappedLeaves))) {
            let last = told.len() - 1;
            if told[0].leaf == told[last].leaf {
                return None;
            }
            let swapped = told[last].leaf;
            told[last].leaf = told[0].leaf;
            told[0].leaf = swapped;
        }
        if told[0].leaf == previous {
            return None; // the program knows that the match had ended
        }
        let hashed: Vec<_> = told
            .iter()
            .map(|one| (HostSha256::sha256(&[&one.inputs]), one.leaf))
            .collect();
        let index = self.next;
        self.next += 1;
        self.state = state;
        Some(Checkpoint {
            index,
            drip_key,
            beacon,
            digest: checkpoint_digest::<HostSha256>(index, &previous, &mixed, &hashed),
            leaves: told.iter().map(|one| one.leaf).collect(),
            inputs: told.into_iter().map(|one| one.inputs).collect(),
        })
    }

    fn honest(&self, before: &StateBuf, key: &Digest, inputs: &[u8]) -> Option<Told> {
        let state = self.stepped(before, key, inputs)?;
        Some(told(inputs, state))
    }

    /// The state after a segment; none when the rules refuse the inputs.
    fn stepped(&self, before: &StateBuf, key: &Digest, inputs: &[u8]) -> Option<StateBuf> {
        let mut state = before.clone();
        let packed = SegmentInputs::parse(&self.rules, state.view().capacity(), inputs).ok()?;
        arena::step_segment::<HostSha256>(
            &self.rules,
            &mut state.view_mut(),
            &mut scratch(),
            key,
            &packed,
            &self.owners,
            &mut (),
        )
        .ok()?;
        Some(state)
    }

    fn lie(&self, before: &StateBuf, key: &Digest, inputs: &[u8], cheat: Cheat) -> Option<Told> {
        let honest = self.stepped(before, key, inputs)?;
        let lied = match cheat {
            Cheat::WrongDripKey => {
                let other = HostSha256::sha256(&[key]);
                told(inputs, self.stepped(before, &other, inputs)?)
            }
            Cheat::DamageRoll => told(inputs, self.other_roll(before, key, inputs, &honest)?),
            Cheat::EarlyEnd => told(inputs, self.stopped(before, key, inputs)?),
            Cheat::SkippedInput => self.with_other_inputs(before, key, inputs, &honest, without)?,
            Cheat::MovedInput => self.with_other_inputs(before, key, inputs, &honest, moved)?,
            Cheat::InventedInput => {
                // Told the other way round: what the rules make of all inputs, under inputs that lack one.
                let (fewer, _) = self.variant(before, key, inputs, &honest, without)?;
                told(&fewer, honest.clone())
            }
            Cheat::SkippedAdmission => {
                let (first, rest) = inputs.split_first()?;
                let nobody = [&[0], rest].concat();
                if *first == 0 {
                    return None;
                }
                told(inputs, self.stepped(before, key, &nobody)?)
            }
            Cheat::ForeignLeaf => Told {
                leaf: HostSha256::sha256(&[b"no state", key]),
                ..told(inputs, honest)
            },
            Cheat::RefusedInputs => {
                if inputs.len() == 1 {
                    return None;
                }
                let mut refused = inputs.to_vec();
                *refused.last_mut()? = 0xFF;
                return Some(told(&refused, honest));
            }
            cheat => told(inputs, forged(&self.rules, &honest, cheat)?),
        };
        let truth = self
            .stepped(before, key, &lied.inputs)
            .map(|state| leaf::<HostSha256>(state.as_bytes()));
        (truth != Some(lied.leaf)).then_some(lied)
    }

    /// The posted inputs, and what comes of a change to one of them that matters.
    fn with_other_inputs(
        &self,
        before: &StateBuf,
        key: &Digest,
        inputs: &[u8],
        honest: &StateBuf,
        change: fn(&mut Vec<TickChange>, usize) -> bool,
    ) -> Option<Told> {
        let (_, state) = self.variant(before, key, inputs, honest, change)?;
        Some(told(inputs, state))
    }

    /// The first variant of the inputs that gives another state, and that state.
    fn variant(
        &self,
        before: &StateBuf,
        key: &Digest,
        inputs: &[u8],
        honest: &StateBuf,
        change: fn(&mut Vec<TickChange>, usize) -> bool,
    ) -> Option<(Vec<u8>, StateBuf)> {
        let capacity = before.view().capacity();
        let changes: Vec<TickChange> = SegmentInputs::parse(&self.rules, capacity, inputs)
            .ok()?
            .changes()
            .collect();
        (0..changes.len()).find_map(|at| {
            let mut other = changes.clone();
            if !change(&mut other, at) {
                return None;
            }
            let packed = pack(&self.rules, capacity, inputs[0], &other)?;
            let state = self.stepped(before, key, &packed)?;
            (state != *honest).then_some((packed, state))
        })
    }

    /// As stepped, but for one tick that is rolled with another key and comes to other damage.
    fn other_roll(
        &self,
        before: &StateBuf,
        key: &Digest,
        inputs: &[u8],
        honest: &StateBuf,
    ) -> Option<StateBuf> {
        let other = HostSha256::sha256(&[b"other", key]);
        let damage = |state: &StateBuf| -> Vec<u32> {
            let view = state.view();
            view.warriors().iter().map(arena::Warrior::damage_centi).collect()
        };
        (0..self.rules.segment_ticks).find_map(|odd| {
            let state = self.tick_by_tick(before, inputs, self.rules.segment_ticks, |tick| {
                if tick == odd {
                    &other
                } else {
                    key
                }
            })?;
            (damage(&state) != damage(honest)).then_some(state)
        })
    }

    /// The state in the middle of the segment, over.
    fn stopped(&self, before: &StateBuf, key: &Digest, inputs: &[u8]) -> Option<StateBuf> {
        let state = self.tick_by_tick(before, inputs, self.rules.segment_ticks / 2, |_| key)?;
        let mut bytes = state.as_bytes().to_vec();
        bytes[7] |= 1;
        StateBuf::from_bytes(&bytes).ok().filter(|over| *over != state)
    }

    /// Steps the first `ticks` ticks of a segment, each with the key that `key` gives for it.
    fn tick_by_tick<'k>(
        &self,
        before: &StateBuf,
        inputs: &[u8],
        ticks: u16,
        key: impl Fn(u16) -> &'k Digest,
    ) -> Option<StateBuf> {
        let mut state = before.clone();
        let packed = SegmentInputs::parse(&self.rules, state.view().capacity(), inputs).ok()?;
        let mut scratch = scratch();
        scratch.rebuild(&before.view());
        let present = before.view().present();
        let admitted = self.owners.get(present..present + usize::from(packed.admit()))?;
        for tick in 0..ticks {
            let changes: Vec<Change> = packed
                .changes()
                .filter(|change| u16::from(change.slot) * self.rules.slot_ticks == tick)
                .map(|change| change.change)
                .collect();
            arena::step::<HostSha256>(
                &self.rules,
                &mut state.view_mut(),
                &mut scratch,
                key(tick),
                if tick == 0 { admitted } else { &[] },
                &changes,
                &mut (),
            )
            .ok()?;
        }
        Some(state)
    }
}

fn scratch() -> Box<Scratch> {
    Box::new(Scratch::new())
}

fn told(inputs: &[u8], state: StateBuf) -> Told {
    Told {
        inputs: inputs.to_vec(),
        leaf: leaf::<HostSha256>(state.as_bytes()),
        state,
    }
}

fn without(changes: &mut Vec<TickChange>, at: usize) -> bool {
    changes.remove(at);
    true
}

/// Some slots later, so that a step is made or missed meanwhile; not where the same warrior changes there already.
#[allow(clippy::ptr_arg, reason = "of the same type as `without`, which removes one")]
fn moved(changes: &mut Vec<TickChange>, at: usize) -> bool {
    changes[at].slot += 5;
    changes.sort_by_key(|change| (change.slot, change.change.warrior));
    !changes
        .windows(2)
        .any(|pair| (pair[0].slot, pair[0].change.warrior) == (pair[1].slot, pair[1].change.warrior))
}

fn pack(rules: &Rules, capacity: usize, admit: u8, changes: &[TickChange]) -> Option<Vec<u8>> {
    let mut room = [0; MAX_INPUTS_LEN];
    let len = pack_inputs(rules, capacity, admit, changes, &mut room).ok()?;
    Some(room[..len].to_vec())
}

/// Packed inputs that the rules take: about `changes` changes by warriors of a state with `capacity` slots, and `admit`
/// late entries.
pub fn random_inputs(rng: &mut StdRng, rules: &Rules, capacity: usize, admit: u8, changes: usize) -> Vec<u8> {
    let slots = rules.slots_per_segment() as u8;
    let mut made: Vec<TickChange> = (0..changes)
        .map(|_| TickChange {
            slot: rng.gen_range(0..slots),
            change: Change {
                warrior: rng.gen_range(0..capacity) as u8,
                heading: rng.gen_range(0..=8),
            },
        })
        .collect();
    made.sort_by_key(|change| (change.slot, change.change.warrior));
    made.dedup_by_key(|change| (change.slot, change.change.warrior));
    let mut counts = vec![0; capacity];
    made.retain(|change| {
        let count = &mut counts[usize::from(change.change.warrior)];
        *count += 1;
        *count <= rules.changes_per_warrior_max
    });
    pack(rules, capacity, admit, &made).expect("changes that the rules take")
}
