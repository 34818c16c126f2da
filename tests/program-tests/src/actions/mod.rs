//! Random instructions of the whole program against a chain in memory, mostly plausible, with the money counted and the
//! status machine watched after every step.
//!
//! | room | what it owns |
//! |---|---|
//! | `kind` | the instructions by name, and what came of each |
//! | `seeded` | worlds whose keys come from a seed |
//! | `statuses` | which changes of a match are lawful |
//! | `draw` | which action is next |
//! | `govern`, `play`, `settlement` | the plausible accounts and arguments of each instruction |
//! | `mutate` | how a plausible transaction is made implausible |
//!
//! What the operators and players know is learnt from landed instructions alone, mutated or not, so that the model can
//! never drift from the chain. **Invariant:** a run is a function of its seed.

mod draw;
mod govern;
mod kind;
mod mutate;
mod play;
mod seeded;
mod settlement;
mod statuses;

use std::collections::{BTreeMap, VecDeque};

use anchor_lang::prelude::Pubkey;
use anchor_lang::AnchorDeserialize;
use arena::{Digest, HostSha256, Sha256};
use aurelius::state::{Config, Operator};
use client::address;
use client::instruction::MatchRef;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use verifier::record::CheckpointRecord;

pub use kind::{Kind, Tally};
pub use seeded::keypair;
pub use statuses::{check_change, edges};

use crate::cheats::{posted, CheatingCrank, Watcher};
use crate::{slots, MatchState, World, DECIMALS};

/// Wallets that play.
const WALLETS: usize = 14;
const OPERATORS: usize = 3;
/// Matches that exist at a time.
const MATCHES_MAX: usize = 9;
/// Tokens of each mint that each wallet begins with.
const PURSE: u64 = 1_000_000_000_000;

/// The chain, everybody on it, and what they know.
pub struct Fuzz {
    pub world: World,
    pub tally: Tally,
    rng: StdRng,
    players: Vec<Keypair>,
    operators: Vec<Keypair>,
    /// Those who may govern the config.
    governors: Vec<Keypair>,
    mints: [Pubkey; 2],
    /// Everything that anybody can sign with.
    keys: BTreeMap<Pubkey, Keypair>,
    matches: Vec<Tracked>,
    uploads: Vec<Upload>,
    /// The rest of an action of several transactions.
    queue: VecDeque<Vec<Instruction>>,
    next_upload: u64,
    /// Hash of everything that happened, to compare runs by.
    history: Digest,
}

/// A match and what its operator and its watchers know.
struct Tracked {
    of: MatchRef,
    /// This operator lies now and then.
    liar: bool,
    recent_slot: Option<u64>,
    crank: Option<CheatingCrank>,
    /// A checkpoint on its way, and where the crank stands when it lands.
    pending: Option<(CheckpointRecord, CheatingCrank)>,
    ledger: Vec<CheckpointRecord>,
    last: MatchState,
}

struct Upload {
    owner: Pubkey,
    id: u64,
}

impl Fuzz {
    /// A chain without a config, and wallets with tokens.
    pub fn new(seed: u64) -> Fuzz {
        let mut world = World::bare_seeded(seed);
        let mut rng = StdRng::seed_from_u64(seed ^ 0xf022);
        let mut many = |count: usize| -> Vec<Keypair> { (0..count).map(|_| keypair(&mut rng)).collect() };
        let (players, operators, mut governors) = (many(WALLETS), many(OPERATORS), many(2));
        let sessions = many(2 * WALLETS);
        let second = many(1).remove(0);
        governors.push(world.authority.insecure_clone());
        world.create_mint(&second, DECIMALS);
        let mints = [world.mint, second.pubkey()];
        let mut keys = BTreeMap::new();
        let named = [&world.payer, &world.upgrade_authority, &world.treasury];
        for key in players
            .iter()
            .chain(&operators)
            .chain(&governors)
            .chain(&sessions)
            .chain(named)
        {
            keys.insert(key.pubkey(), key.insecure_clone());
        }
        let wallets: Vec<Pubkey> = players
            .iter()
            .chain(&operators)
            .chain(&governors)
            .chain([&world.payer, &world.treasury])
            .map(Signer::pubkey)
            .collect();
        for wallet in wallets {
            world
                .svm
                .airdrop(&wallet, 1_000_000_000_000)
                .expect("an airdrop lands");
            for mint in mints {
                world.mint = mint;
                world.fund(&wallet, PURSE);
            }
        }
        Fuzz {
            world,
            tally: Tally::default(),
            rng,
            players,
            operators,
            governors,
            mints,
            keys,
            matches: Vec::new(),
            uploads: Vec::new(),
            queue: VecDeque::new(),
            next_upload: 0,
            history: [0; 32],
        }
    }

    /// Hash of everything that happened so far.
    pub fn history(&self) -> Digest {
        self.history
    }

    /// One action: a transaction, or time.
    pub fn step(&mut self) {
        self.tally.steps += 1;
        if let Some(instructions) = self.queue.pop_front() {
            self.transact(instructions);
        } else if self.rng.gen_bool(0.08) {
            self.pass_time();
        } else if self.rng.gen_bool(0.004) && !self.matches.is_empty() {
            self.donate();
        } else {
            let drawn = self.draw();
            let instructions = self.perhaps_mutated(drawn);
            self.transact(instructions);
        }
        let slot = self.world.slot().to_le_bytes();
        self.history = HostSha256::sha256(&[&self.history, &slot]);
    }

    /// Somebody sends tokens to a vault, as nobody should.
    fn donate(&mut self) {
        let target = self.below(self.matches.len());
        let player = self.below(self.players.len());
        let amount = self.rng.gen_range(1..1_000);
        let from = self.players[player].insecure_clone();
        let of = self.matches[target].of;
        self.world.donate(&of, &from, amount);
    }

    /// Sends a transaction, learns from it, and checks everything. One that lacks a signature cannot be sent.
    fn transact(&mut self, instructions: Vec<Instruction>) {
        let mut signers: Vec<Keypair> = Vec::new();
        let wanted = instructions.iter().flat_map(|instruction| &instruction.accounts);
        for meta in wanted.filter(|meta| meta.is_signer) {
            let Some(key) = self.keys.get(&meta.pubkey) else {
                return;
            };
            if signers.iter().all(|signer| signer.pubkey() != meta.pubkey) {
                signers.push(key.insecure_clone());
            }
        }
        let expected = self.expect_matches(&instructions);
        // The supply of one mint is counted after each transaction; they take turns.
        self.world.mint = self.mints[self.tally.steps % 2];
        let signers: Vec<&Keypair> = signers.iter().collect();
        let landed = self.world.try_send(&instructions, &signers).is_ok();
        let bytes: Vec<&[u8]> = instructions.iter().map(|one| one.data.as_slice()).collect();
        self.history = HostSha256::sha256(&[&self.history, &[u8::from(landed)], &bytes.concat()]);
        let mut proven = Vec::new();
        for instruction in &instructions {
            let Some(kind) = Kind::of(&instruction.data).filter(|_| instruction.program_id == aurelius::ID)
            else {
                continue;
            };
            let (sent, done) = self.tally.instructions.entry(kind).or_default();
            (*sent, *done) = (*sent + 1, *done + usize::from(landed));
            if landed {
                self.learn(kind, instruction, &mut proven);
            }
        }
        for of in expected {
            if self.world.try_match(&of.key).is_none() {
                self.world.watched.remove(&of.key);
            }
        }
        self.check_matches(&proven);
    }

    /// Has the money of matches that are about to be created counted from the first moment.
    fn expect_matches(&mut self, instructions: &[Instruction]) -> Vec<MatchRef> {
        let mut expected = Vec::new();
        for instruction in instructions {
            if Kind::of(&instruction.data) != Some(Kind::CreateMatch) || instruction.accounts.len() < 9 {
                continue;
            }
            let account = |at: usize| instruction.accounts[at].pubkey;
            let of = MatchRef {
                key: account(4),
                mint: account(7),
                token_program: account(8),
                operator: account(3),
            };
            if self.world.account(&of.key).is_none() {
                self.world.watch(of);
                expected.push(of);
            }
        }
        expected
    }

    /// Takes note of a landed instruction, from its bytes and accounts alone.
    fn learn(&mut self, kind: Kind, instruction: &Instruction, proven: &mut Vec<Pubkey>) {
        let account = |at: usize| instruction.accounts[at].pubkey;
        let first = || u64::try_from_slice(&instruction.data[8..16]).expect("a number");
        match kind {
            Kind::CreateMatch => self.track(account(4)),
            Kind::RegisterOperator => {
                self.world.bonded.insert(account(3));
            }
            Kind::InitRandomness => {
                if let Some(tracked) = self.tracked(&account(2)) {
                    tracked.recent_slot = Some(first());
                }
            }
            Kind::PostCheckpoint => {
                let tracked = self.tracked(&account(1)).expect("a match that lives is tracked");
                let header = tracked.last.header;
                // As it was before: the index counts what is posted.
                let slot = header.beacon_slot(header.checkpoints_posted).expect("a slot");
                let record = posted(instruction, slots::hash_of(slot)).expect("a checkpoint");
                // Where somebody meddled with the checkpoint, its operator does not know how to go on.
                tracked.crank = tracked
                    .pending
                    .take()
                    .filter(|(pending, _)| *pending == record)
                    .map(|(_, crank)| crank);
                if tracked.crank.is_none() {
                    tracked.liar = true;
                }
                tracked.ledger.push(record);
            }
            Kind::ProveFraud => {
                let key = account(1);
                let tracked = self.tracked(&key).expect("a match that lives is tracked");
                let lie = Watcher::new(&tracked.last).first_wrong(&tracked.ledger);
                assert!(lie.is_some(), "an honest operator was slashed");
                proven.push(key);
            }
            Kind::ProveOmission => {
                let key = account(1);
                let tracked = self.tracked(&key).expect("a match that lives is tracked");
                assert!(tracked.liar, "an operator that kept its receipts was slashed");
                proven.push(key);
            }
            Kind::OpenUpload => {
                self.uploads.push(Upload {
                    owner: account(0),
                    id: first(),
                });
            }
            Kind::CloseUpload => {
                let closed = (account(0), first());
                self.uploads.retain(|upload| (upload.owner, upload.id) != closed);
            }
            _ => {}
        }
    }

    fn track(&mut self, key: Pubkey) {
        let last = self.world.try_match(&key).expect("it was just created");
        let header = &last.header;
        let liar = self.rng.gen_bool(0.5);
        self.matches.push(Tracked {
            of: MatchRef {
                key,
                mint: header.mint,
                token_program: header.token_program,
                operator: header.operator,
            },
            liar,
            recent_slot: None,
            crank: None,
            pending: None,
            ledger: Vec::new(),
            last,
        });
    }

    fn tracked(&mut self, key: &Pubkey) -> Option<&mut Tracked> {
        self.matches.iter_mut().find(|tracked| tracked.of.key == *key)
    }

    /// The status machine of every match, and what operators count.
    fn check_matches(&mut self, proven: &[Pubkey]) {
        let slot = self.world.slot();
        let mut closed = Vec::new();
        for tracked in &mut self.matches {
            let Some(now) = self.world.try_match(&tracked.of.key) else {
                statuses::check_closable(&tracked.last);
                assert!(
                    self.world.account(&tracked.of.trace()).is_none(),
                    "a trace was left behind"
                );
                closed.push(tracked.of);
                continue;
            };
            statuses::check_change(&tracked.last, &now, slot, proven.contains(&tracked.of.key));
            let edge = (tracked.last.header.status, now.header.status);
            if edge.0 != edge.1 {
                *self.tally.edges.entry(edge).or_default() += 1;
            }
            tracked.last = now;
        }
        for of in closed {
            self.matches.retain(|tracked| tracked.of.key != of.key);
            self.world.watched.remove(&of.key);
        }
    }

    fn config(&self) -> Option<Config> {
        let account = self.world.account(&address::config())?;
        let body = account.data.get(8..8 + size_of::<Config>())?;
        Some(bytemuck::pod_read_unaligned(body))
    }

    /// An operator account that exists.
    fn operator(&self, address: &Pubkey) -> Option<Operator> {
        self.world
            .bonded
            .contains(address)
            .then(|| self.world.operator_state(address))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.rng.gen_range(0..bound)
    }

    fn an_operator(&mut self) -> Pubkey {
        let index = self.below(self.operators.len());
        self.operators[index].pubkey()
    }

    fn a_governor(&mut self) -> Pubkey {
        let index = self.below(self.governors.len());
        self.governors[index].pubkey()
    }

    fn player(&mut self) -> Pubkey {
        let index = self.below(self.players.len());
        self.players[index].pubkey()
    }
}
