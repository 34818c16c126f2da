//! Whole matches made up by running the rules, for tests: honest in every part, to be falsified one part at a time.

use arena::{Change, HostSha256, Mode, Rules, Scratch, SegmentInputs, StateBuf, TickChange, MAX_INPUTS_LEN};
use client::history::TokenMovement;
use client::instruction::MatchRef;
use client::Pubkey;
use ed25519_dalek::SigningKey;
use protocol::input::{ChainHead, Input};
use protocol::replay::ReplayInput;
use protocol::{MatchKey, PlayerSlot, Tick, WarriorIndex};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::record::{
    Books, Cause, CheckpointRecord, Evidence, FinalityRecord, LateEntry, MatchRecord, Payment, PlayerRecord,
    Pledge, ResultRecord, SegmentRecord, Standing, StartRecord, Terms,
};

pub(crate) const STAKE: u64 = 1_000_003;

/// A Blitz of ten seconds.
pub(crate) fn short_blitz() -> Rules {
    Rules {
        length_ticks: 600,
        shrink_start_ticks: 300,
        ..Rules::BLITZ
    }
}

/// A Siege of ten seconds that takes late entries for three.
pub(crate) fn short_siege() -> Rules {
    Rules {
        length_ticks: 600,
        shrink_start_ticks: 300,
        late_entry_ticks: 180,
        ..Rules::SIEGE
    }
}

/// A player to be: index, warriors, and for a late one the segment that admits them (`None`: never).
#[derive(Clone, Copy)]
pub(crate) struct Entrant {
    pub(crate) index: u8,
    pub(crate) warriors: u8,
    pub(crate) late: Option<Option<u32>>,
}

pub(crate) fn entrant(index: u8, warriors: u8) -> Entrant {
    Entrant {
        index,
        warriors,
        late: None,
    }
}

pub(crate) fn late_entrant(index: u8, warriors: u8, segment: Option<u32>) -> Entrant {
    Entrant {
        index,
        warriors,
        late: Some(segment),
    }
}

struct Match {
    rules: Rules,
    rng: StdRng,
    match_ref: MatchRef,
    keys: Vec<(u8, SigningKey, ChainHead)>,
    owners: Vec<u8>,
    state: StateBuf,
    inputs: Vec<ReplayInput>,
}

fn key(kind: u8, index: u8) -> [u8; 32] {
    let mut key = [kind; 32];
    key[0] = index;
    key
}

/// A settled and closed match, honest in every part.
pub(crate) fn honest(rules: Rules, entrants: &[Entrant], seed: u64) -> MatchRecord {
    rules.validate().unwrap();
    let match_ref = MatchRef {
        key: Pubkey::new_from_array([0x11; 32]),
        mint: Pubkey::new_from_array([0x22; 32]),
        token_program: Pubkey::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"),
        operator: Pubkey::new_from_array([0x33; 32]),
    };
    let mut rng = StdRng::seed_from_u64(seed);
    let players: Vec<PlayerRecord> = entrants.iter().map(|entrant| player(entrant, &rules)).collect();
    let at_start: Vec<u8> = owners(entrants.iter().filter(|entrant| entrant.late.is_none()));
    let all: Vec<u8> = at_start
        .iter()
        .copied()
        .chain(owners(entrants.iter().filter(|entrant| entrant.late.is_some())))
        .collect();
    let capacity = if rules.mode() == Mode::Siege {
        20
    } else {
        at_start.len()
    };
    let value: [u8; 32] = rng.gen();
    let match_seed = arena::match_seed::<HostSha256>(&match_ref.key.to_bytes(), &value);
    let genesis = arena::genesis::<HostSha256>(&rules, &at_start, capacity, &match_seed).unwrap();
    let start = StartRecord {
        slot: Some(STARTED_SLOT),
        value,
        seed: match_seed,
        genesis_leaf: arena::leaf::<HostSha256>(genesis.as_bytes()),
        owners: at_start,
        capacity: capacity as u8,
    };
    let drip = drip_chain(rng.gen(), rules.checkpoint_count());
    let mut run = Match {
        rules,
        rng,
        match_ref,
        keys: entrants
            .iter()
            .map(|entrant| (entrant.index, session(entrant.index), ChainHead::default()))
            .collect(),
        owners: all,
        state: genesis,
        inputs: Vec::new(),
    };
    let checkpoints = run.play(&start, &drip[1..], entrants);
    let state = run.state.clone();
    let terms = Terms {
        slot_us: Some(SLOT_US),
        rules: rules.as_bytes().to_vec(),
        rules_hash: Some(rules.hash::<HostSha256>()),
        stake_per_warrior: Some(STAKE),
        drip_root: drip[0],
        players_max: Some(20),
        warriors_max: Some(20),
        pledge: Some(Pledge {
            reserved: 40 * STAKE,
            burn_bps: 5_000,
            reporter_bps: 1_000,
            withdraw_slots: 7,
            checkpoint_slots: 10,
            result_slots: 20,
        }),
    };
    let mut record = MatchRecord {
        evidence: Evidence::LedgerAndReplay,
        match_ref,
        terms,
        players,
        start: Some(start),
        trace: Some(trace(&checkpoints, &rules)),
        checkpoints,
        result: None,
        standing: Standing::Settled,
        payments: Vec::new(),
        signed_inputs: Some(run.inputs),
        contradictions: Vec::new(),
        void: None,
        finality: Some(FinalityRecord {
            cosigned: false,
            slot: 1_001,
            challenge_deadline: Some(1_000),
            signers: Vec::new(),
        }),
        irregularities: Vec::new(),
        unread: Vec::new(),
    };
    settle(&mut record, &rules, &state);
    record
}

fn player(entrant: &Entrant, rules: &Rules) -> PlayerRecord {
    let checkpoint_segments = u32::from(rules.segments_per_checkpoint);
    PlayerRecord {
        index: entrant.index,
        wallet: key(0xaa, entrant.index),
        session_key: session(entrant.index).verifying_key().to_bytes(),
        warriors: entrant.warriors,
        paid: STAKE * u64::from(entrant.warriors),
        late: entrant.late.map(|segment| LateEntry {
            first_warrior: None,
            checkpoints_before: segment.map(|segment| segment / checkpoint_segments),
        }),
    }
}

pub(crate) fn session(index: u8) -> SigningKey {
    SigningKey::from_bytes(&key(0xbb, index))
}

fn owners<'a>(entrants: impl Iterator<Item = &'a Entrant>) -> Vec<u8> {
    entrants
        .flat_map(|entrant| std::iter::repeat_n(entrant.index, usize::from(entrant.warriors)))
        .collect()
}

/// Root first.
/// As `MatchCreated` pins it.
const SLOT_US: u32 = 420_000;
const STARTED_SLOT: u64 = 5_000;

/// The slot of a checkpoint that was posted six slots after its beacon.
fn posted_in(index: u32, checkpoint_ticks: u32) -> u64 {
    client::aurelius::beacon::beacon_slot(STARTED_SLOT, checkpoint_ticks, SLOT_US.into(), index).unwrap() + 6
}

fn drip_chain(secret: [u8; 32], keys: u32) -> Vec<[u8; 32]> {
    let mut chain = vec![secret];
    for _ in 0..keys {
        chain.push(arena::drip_parent::<HostSha256>(&chain[chain.len() - 1]));
    }
    chain.reverse();
    chain
}

fn trace(checkpoints: &[CheckpointRecord], rules: &Rules) -> Vec<[u8; 32]> {
    let mut trace: Vec<[u8; 32]> = checkpoints
        .iter()
        .map(|checkpoint| checkpoint.digest.unwrap())
        .collect();
    trace.resize(rules.checkpoint_count() as usize, [0; 32]);
    trace
}

impl Match {
    fn play(
        &mut self,
        start: &StartRecord,
        drip: &[[u8; 32]],
        entrants: &[Entrant],
    ) -> Vec<CheckpointRecord> {
        let mut checkpoints = Vec::new();
        let mut previous = start.genesis_leaf;
        let per_checkpoint = u32::from(self.rules.segments_per_checkpoint);
        for (index, drip_key) in (0..self.rules.checkpoint_count()).zip(drip) {
            if self.state.view().ended() {
                break;
            }
            let beacon = arena::leaf::<HostSha256>(&[&b"slot"[..], &index.to_le_bytes()].concat());
            let mixed = arena::mixed_key::<HostSha256>(drip_key, &beacon);
            let tick_key = arena::checkpoint_key::<HostSha256>(&start.seed, &mixed);
            let segments: Vec<SegmentRecord> = (0..per_checkpoint)
                .map(|segment| self.segment(index * per_checkpoint + segment, &tick_key, entrants))
                .collect();
            let committed: Vec<_> = segments
                .iter()
                .map(|s| (arena_sha256(&s.inputs), s.leaf))
                .collect();
            let digest = arena::checkpoint_digest::<HostSha256>(index, &previous, &mixed, &committed);
            previous = segments.last().unwrap().leaf;
            checkpoints.push(CheckpointRecord {
                index,
                drip_key: *drip_key,
                beacon,
                slot: Some(posted_in(index, self.rules.checkpoint_ticks())),
                segments,
                digest: Some(digest),
                transaction: None,
            });
        }
        checkpoints
    }

    fn segment(&mut self, number: u32, tick_key: &[u8; 32], entrants: &[Entrant]) -> SegmentRecord {
        let entering = entrants
            .iter()
            .filter(|entrant| entrant.late == Some(Some(number)));
        let admit: u8 = entering.map(|entrant| entrant.warriors).sum();
        let mut changes = Vec::new();
        let slots = self.rules.slots_per_segment() as u8;
        let present = self.state.view().present() as u8;
        for slot in 0..slots {
            for warrior in 0..present {
                if self.rng.gen_ratio(1, 20) {
                    let heading = self.rng.gen_range(0..=8);
                    self.accept(number, slot, warrior, heading);
                    changes.push(TickChange {
                        slot,
                        change: Change { warrior, heading },
                    });
                }
            }
        }
        let capacity = self.state.view().capacity();
        let mut bytes = [0; MAX_INPUTS_LEN];
        let len = arena::pack_inputs(&self.rules, capacity, admit, &changes, &mut bytes).unwrap();
        let inputs = bytes[..len].to_vec();
        let parsed = SegmentInputs::parse(&self.rules, capacity, &inputs).unwrap();
        arena::step_segment::<HostSha256>(
            &self.rules,
            &mut self.state.view_mut(),
            &mut Scratch::new(),
            tick_key,
            &parsed,
            &self.owners,
            &mut (),
        )
        .unwrap();
        SegmentRecord {
            inputs,
            leaf: arena::leaf::<HostSha256>(self.state.as_bytes()),
        }
    }

    /// Signs what the owner of `warrior` wants. Now and then they change their mind within the slot: the last word counts.
    fn accept(&mut self, segment: u32, slot: u8, warrior: u8, heading: u8) {
        let tick = segment * u32::from(self.rules.segment_ticks)
            + u32::from(slot) * u32::from(self.rules.slot_ticks);
        if self.rng.gen_ratio(1, 10) {
            self.sign(tick, warrior, (heading + 1) % 9);
        }
        self.sign(tick, warrior, heading);
    }

    fn sign(&mut self, tick: u32, warrior: u8, heading: u8) {
        let owner = self.owners[usize::from(warrior)];
        let (_, key, chain) = self.keys.iter_mut().find(|(index, ..)| *index == owner).unwrap();
        let input = Input {
            match_key: MatchKey(self.match_ref.key.to_bytes()),
            slot: PlayerSlot(owner),
            sequence: chain.expected_sequence,
            previous: chain.head,
            tick: Tick(tick.saturating_sub(3)),
            warrior: WarriorIndex(warrior),
            heading,
        };
        chain.expected_sequence += 1;
        chain.head = input.hash();
        self.inputs.push(ReplayInput {
            tick: Tick(tick),
            signed: input.sign(key),
        });
    }
}

fn arena_sha256(bytes: &[u8]) -> [u8; 32] {
    use arena::Sha256;
    HostSha256::sha256(&[bytes])
}

fn settle(record: &mut MatchRecord, rules: &Rules, state: &StateBuf) {
    let slots = usize::from(record.players.last().unwrap().index) + 1;
    let mut paid = vec![0; slots];
    for player in &record.players {
        paid[usize::from(player.index)] = player.paid;
    }
    let mut payouts = vec![0; slots];
    let settlement = arena::share_out(rules, &state.view(), &paid, &mut payouts).unwrap();
    record.result = Some(ResultRecord {
        final_leaf: Some(arena::leaf::<HostSha256>(state.as_bytes())),
        state: Some(state.as_bytes().to_vec()),
        books: Some(Books {
            pot: settlement.pot,
            fee: settlement.fee,
            burn: settlement.burn,
            refunded: settlement.refunded,
        }),
        payouts: payouts.clone(),
    });
    let vault = record.match_ref.vault();
    let mut payments = Vec::new();
    let mut pay = |cause, stated, recipient: Option<Pubkey>, movement| {
        payments.push(Payment {
            cause,
            slot: 200,
            stated,
            compensation: 0,
            recipient: recipient.map(|key| key.to_bytes()),
            movements: vec![movement],
            transaction: format!("{cause:?}").chars().take(8).collect(),
        });
    };
    for player in &record.players {
        let source = record
            .match_ref
            .token_account(&Pubkey::new_from_array(player.wallet));
        let movement = TokenMovement::Transfer {
            source,
            destination: vault,
            amount: player.paid,
        };
        pay(Cause::Entered(player.wallet), player.paid, None, movement);
    }
    for player in &record.players {
        let amount = payouts[usize::from(player.index)];
        let destination = record
            .match_ref
            .token_account(&Pubkey::new_from_array(player.wallet));
        if amount > 0 {
            let movement = TokenMovement::Transfer {
                source: vault,
                destination,
                amount,
            };
            pay(Cause::Claimed(player.wallet), amount, Some(destination), movement);
        }
    }
    let treasury = Pubkey::new_from_array([0x33; 32]);
    let movement = TokenMovement::Transfer {
        source: vault,
        destination: treasury,
        amount: settlement.fee,
    };
    pay(Cause::FeeSwept, settlement.fee, Some(treasury), movement);
    let mint = record.match_ref.mint;
    let movement = TokenMovement::Burn {
        source: vault,
        mint,
        amount: settlement.burn,
    };
    pay(Cause::Burned, settlement.burn, Some(mint), movement);
    payments.push(Payment {
        cause: Cause::Closed,
        slot: 200,
        stated: 0,
        compensation: 0,
        recipient: None,
        movements: Vec::new(),
        transaction: "closed".to_owned(),
    });
    record.payments = payments;
}
