//! The thread that owns the virtual machine: it executes, opens slots, and writes the ledger.
//!
//! One owner, no locks on the machine: `select` waits for a command or for the next slot's
//! deadline, `apply` does it synchronously. A due slot goes before any waiting command, so a flood
//! of transactions cannot stop time. Readers never come here; see [`crate::ledger`].
//!
//! There is one fork and one validator: what is executed is confirmed at once and final 32 slots
//! later. By itself it skips no slot, stops at none and takes none back; on command it does all three, see `control`.

mod blockhashes;
mod command;
mod control;
mod event;
mod faucet;
mod genesis;
mod pace;
mod slots;
mod sysvars;
mod transact;
mod vm;

use std::collections::VecDeque;
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use solana_account_4::AccountSharedData;
use solana_hash::Hash;
use solana_keypair::{Address, Keypair};
use solana_signer::Signer;
use tokio::sync::broadcast;

use crate::config::LocalnetConfig;
use crate::error::LocalnetError;
use crate::ledger::{AccountChange, ChainIdentity, History, Ledger, TransactionRecord};

use blockhashes::Blockhashes;
use command::Command;
pub(crate) use command::{
    AirdropRequest, ChainHandle, Control, SendRequest, SimulateRequest, Simulation, Unavailable,
};
pub(crate) use event::{Event, Update};
use faucet::Faucet;
pub(crate) use genesis::ACCOUNT_BYTES_MAX;
use pace::{ChainTime, Halt, Pace};
use sysvars::SlotSysvars;
pub(crate) use vm::is_writable;
use vm::Vm;

/// Empty slots before the first one a client sees, so that finality, SlotHashes and blockhash age
/// behave from the start as on a chain that has run for a while.
const PREHISTORY_SLOTS: u64 = 320;

/// What the rest of the crate needs of a running chain.
pub(crate) struct RunningChain {
    pub(crate) handle: ChainHandle,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) events: broadcast::Sender<Event>,
}

/// The owner of the virtual machine and of everything that decides the next block.
pub(crate) struct Chain {
    vm: Vm,
    ledger: Arc<Ledger>,
    events: broadcast::Sender<Event>,
    commands: Receiver<Command>,
    pace: Pace,
    time: ChainTime,
    slot_ms: i64,
    seed: [u8; 32],
    blockhashes: Blockhashes,
    sysvars: SlotSysvars,
    faucet: Faucet,
    open: OpenSlot,
    /// Changes of slots that are not final yet, oldest first.
    unrooted: VecDeque<(u64, Vec<Arc<Update>>)>,
    /// By completed slot that is not final: what each account was before, in the order of changes. Oldest slot first.
    undo: VecDeque<(u64, Vec<AccountChange>)>,
    halt: Halt,
}

/// The slot in which transactions execute now.
#[derive(Default)]
struct OpenSlot {
    slot: u64,
    /// The slot of the last block.
    parent: u64,
    /// Blocks before this one.
    height: u64,
    time: i64,
    /// What each account was before its change in this slot.
    undo: Vec<AccountChange>,
    transactions: Vec<Arc<TransactionRecord>>,
    updates: Vec<Arc<Update>>,
}

/// What the owner does next.
enum Action {
    OpenNextSlot,
    Apply(Command),
    Stop,
}

impl Chain {
    /// Builds genesis. Errors name the program or account that is refused.
    pub(crate) fn new(config: &LocalnetConfig) -> Result<(Self, RunningChain), LocalnetError> {
        let seed = config.seed.unwrap_or_else(rand::random);
        let keypair = |label: &str| Keypair::new_from_array(tagged(&seed, label, 0));
        let faucet = keypair("faucet");
        let svm = genesis::build(config, faucet.pubkey())?;
        let identity = ChainIdentity {
            genesis_hash: Hash::new_from_array(tagged(&seed, "genesis", 0)),
            node: keypair("node").pubkey(),
            vote: keypair("vote").pubkey(),
        };
        let history = History::new(config.limits.blocks_max, config.limits.transactions_max);
        let ledger = Arc::new(Ledger::new(identity, history));
        let (events, _) = broadcast::channel(config.limits.events_max);
        let (sender, commands) = sync_channel(config.limits.commands_max);

        let slot_ms = i64::try_from(config.slot_ms).unwrap_or(i64::MAX);
        let mut time = ChainTime::new(-slot_ms.saturating_mul(PREHISTORY_SLOTS as i64));
        let genesis_time = time.seconds();
        let mut chain = Self {
            vm: Vm::new(svm),
            ledger: ledger.clone(),
            events: events.clone(),
            commands,
            pace: Pace::new(Duration::from_millis(config.slot_ms), Instant::now()),
            time,
            slot_ms,
            seed,
            blockhashes: Blockhashes::default(),
            sysvars: SlotSysvars::new(genesis_time),
            faucet: Faucet::new(faucet),
            open: OpenSlot {
                time: genesis_time,
                ..OpenSlot::default()
            },
            unrooted: VecDeque::new(),
            undo: VecDeque::new(),
            halt: Halt::Running,
        };
        let accounts = chain.vm.accounts();
        ledger.write(|state| accounts.iter().for_each(|change| state.accounts.apply(change)));
        chain.warp(PREHISTORY_SLOTS);
        let running = RunningChain {
            handle: ChainHandle::new(sender),
            ledger,
            events,
        };
        Ok((chain, running))
    }

    /// Runs until every handle is dropped.
    pub(crate) fn run(mut self) {
        self.pace = Pace::new(Duration::from_millis(self.slot_ms.unsigned_abs()), Instant::now());
        loop {
            match self.select() {
                Action::OpenNextSlot => {
                    self.resume_if_due();
                    self.pace.advance(Instant::now());
                    self.open_next_slots(1, 0);
                }
                Action::Apply(command) => self.apply(command),
                Action::Stop => return,
            }
        }
    }

    fn select(&mut self) -> Action {
        let now = Instant::now();
        let wait = match self.halt_ends_in(now) {
            None => self.pace.wait(now),
            Some(Some(wait)) => wait,
            Some(None) => {
                return self.commands.recv().map_or(Action::Stop, Action::Apply);
            }
        };
        if wait.is_zero() {
            return Action::OpenNextSlot;
        }
        match self.commands.recv_timeout(wait) {
            Ok(command) => Action::Apply(command),
            Err(RecvTimeoutError::Timeout) => Action::OpenNextSlot,
            Err(RecvTimeoutError::Disconnected) => Action::Stop,
        }
    }

    /// Does what is asked and answers. An asker that has gone away is not an error.
    fn apply(&mut self, command: Command) {
        match command {
            Command::Send(request, reply) => {
                let _ = reply.send(self.send(&request));
            }
            Command::Simulate(request, reply) => {
                let _ = reply.send(self.simulate(request));
            }
            Command::Airdrop(request, reply) => {
                let _ = reply.send(self.airdrop(&request));
            }
            Command::WarpSlots(count, reply) => {
                self.warp(count);
                let _ = reply.send(self.open.slot);
            }
            Command::Control(control, reply) => {
                let _ = reply.send(self.control(control));
            }
            Command::SetAccount(address, account, reply) => {
                let _ = reply.send(self.set_account(address, account));
            }
        }
    }

    fn set_account(&mut self, address: Address, account: AccountSharedData) -> Result<u64, String> {
        let before = self.vm.account(&address);
        let change = self.vm.set_account(address, account)?;
        self.open.undo.push((address, before));
        self.ledger.write(|state| state.accounts.apply(&change));
        self.announce(None, vec![change]);
        Ok(self.open.slot)
    }

    fn announce(&mut self, record: Option<Arc<TransactionRecord>>, changes: Vec<AccountChange>) {
        let update = Arc::new(Update {
            slot: self.open.slot,
            record,
            changes,
        });
        self.open.updates.push(update.clone());
        self.tell(Event::Update(update));
    }

    /// Nobody listening is not an error.
    fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

/// sha256(key ‖ label ‖ number): the source of every key and hash of this chain.
fn tagged(key: &[u8], label: &str, number: u64) -> [u8; 32] {
    Sha256::new()
        .chain_update(key)
        .chain_update(label.as_bytes())
        .chain_update(number.to_le_bytes())
        .finalize()
        .into()
}
