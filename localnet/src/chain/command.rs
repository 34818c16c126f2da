//! How handlers ask the owner thread to do something.

use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;

use solana_account_4::AccountSharedData;
use solana_hash::Hash;
use solana_keypair::Address;
use solana_signature::Signature;
use solana_transaction_4::versioned::VersionedTransaction;
use tokio::sync::oneshot;

use crate::ledger::Outcome;

/// Where the owner thread puts its answer.
pub(super) type Reply<T> = oneshot::Sender<T>;

/// One request to the owner thread.
pub(super) enum Command {
    Send(SendRequest, Reply<Result<(), Box<Outcome>>>),
    Simulate(SimulateRequest, Reply<Simulation>),
    Airdrop(AirdropRequest, Reply<Result<Signature, Box<Outcome>>>),
    WarpSlots(u64, Reply<u64>),
    Control(Control, Reply<Result<u64, String>>),
    SetAccount(Address, AccountSharedData, Reply<Result<u64, String>>),
}

/// A transaction to execute. Its signatures are already verified.
pub(crate) struct SendRequest {
    pub(crate) transaction: VersionedTransaction,
    /// Simulate first, and if that fails execute nothing and charge nothing.
    pub(crate) preflight: bool,
}

/// A transaction to try.
pub(crate) struct SimulateRequest {
    pub(crate) transaction: VersionedTransaction,
    /// Put the latest blockhash in instead of checking the given one.
    pub(crate) replace_blockhash: bool,
    /// Accounts whose state after the transaction is wanted.
    pub(crate) accounts: Vec<Address>,
}

/// Lamports from the faucet.
pub(crate) struct AirdropRequest {
    pub(crate) to: Address,
    pub(crate) lamports: u64,
}

/// What the passing of slots can be made to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Control {
    /// So many slots after the open one have no block.
    Skip(u64),
    /// No slot is opened and nothing is executed, for so long or until [`Self::Resume`].
    Halt(Option<Duration>),
    /// Ends a halt.
    Resume,
    /// The open slot and so many blocks before it never were.
    RollBack(u64),
    /// The length of a slot from now on.
    SlotTime(Duration),
}

/// What a simulation found.
pub(crate) struct Simulation {
    /// The slot it ran in.
    pub(crate) slot: u64,
    pub(crate) outcome: Outcome,
    /// The accounts asked for, in the same order; all absent when the simulation failed.
    pub(crate) accounts: Vec<Option<AccountSharedData>>,
    /// The blockhash put in and its last valid height.
    pub(crate) replacement: Option<(Hash, u64)>,
}

/// The owner thread did not take or answer a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// Its queue is full: try again.
    Busy,
    /// It has stopped.
    Stopped,
}

/// A cheap handle to the owner thread.
#[derive(Clone)]
pub(crate) struct ChainHandle {
    commands: SyncSender<Command>,
}

impl ChainHandle {
    pub(super) fn new(commands: SyncSender<Command>) -> Self {
        Self { commands }
    }

    /// Executes a transaction. `Err(outcome)` says why it did not enter the block.
    pub(crate) async fn send(&self, request: SendRequest) -> Result<Result<(), Box<Outcome>>, Unavailable> {
        self.ask(|reply| Command::Send(request, reply)).await
    }

    pub(crate) async fn simulate(&self, request: SimulateRequest) -> Result<Simulation, Unavailable> {
        self.ask(|reply| Command::Simulate(request, reply)).await
    }

    /// Pays from the faucet; answers with the signature.
    pub(crate) async fn airdrop(
        &self,
        request: AirdropRequest,
    ) -> Result<Result<Signature, Box<Outcome>>, Unavailable> {
        self.ask(|reply| Command::Airdrop(request, reply)).await
    }

    /// Completes `count` slots at once; answers with the open slot.
    pub(crate) async fn warp_slots(&self, count: u64) -> Result<u64, Unavailable> {
        self.ask(|reply| Command::WarpSlots(count, reply)).await
    }

    /// Does something to the passing of slots; answers with the open slot, or why it cannot be done.
    pub(crate) async fn control(&self, control: Control) -> Result<Result<u64, String>, Unavailable> {
        self.ask(|reply| Command::Control(control, reply)).await
    }

    /// Writes an account; answers with the slot, or why the virtual machine refuses.
    pub(crate) async fn set_account(
        &self,
        address: Address,
        account: AccountSharedData,
    ) -> Result<Result<u64, String>, Unavailable> {
        self.ask(|reply| Command::SetAccount(address, account, reply))
            .await
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Unavailable> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .try_send(command(reply))
            .map_err(|error| match error {
                TrySendError::Full(_) => Unavailable::Busy,
                TrySendError::Disconnected(_) => Unavailable::Stopped,
            })?;
        answer.await.map_err(|_| Unavailable::Stopped)
    }
}
