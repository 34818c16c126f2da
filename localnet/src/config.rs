//! What a local chain is started with. Every bound of the memory it may use is here.

use std::path::PathBuf;
use std::sync::Arc;

use solana_keypair::Address;

/// The settings of one local chain. [`LocalnetConfig::default`] is what `solana-test-validator`
/// would do on free ports: SPL programs, 400 ms slots, a faucet, no other program.
#[derive(Clone, Debug)]
pub struct LocalnetConfig {
    /// HTTP port on 127.0.0.1; the WebSocket port is this one plus one. 0 takes a free pair.
    pub rpc_port: u16,
    /// Programs to load at genesis under the upgradeable loader.
    pub programs: Vec<ProgramSpec>,
    /// Accounts to write at genesis, after the programs.
    pub accounts: Vec<GenesisAccount>,
    /// Length of a slot in milliseconds, at least 1. The real network aims at 400.
    pub slot_ms: u64,
    /// How much history is kept, and how far a client may lag.
    pub limits: Limits,
    /// Fixes the genesis hash, every blockhash and the faucet's key; random when absent. Two chains
    /// of one seed share blockhashes: give a seed only where that is wanted.
    pub seed: Option<[u8; 32]>,
}

/// Bounds on what a running chain may hold. Above them old history is dropped, new work is refused
/// with an error, or a slow subscriber is disconnected; nothing grows without end.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Transactions kept for `getTransaction`, `getSignaturesForAddress` and `getBlock`.
    pub transactions_max: usize,
    /// Blocks kept, with or without transactions.
    pub blocks_max: usize,
    /// Commands waiting for the thread that owns the virtual machine.
    pub commands_max: usize,
    /// Events a subscriber may lag behind before it is disconnected.
    pub events_max: usize,
    /// WebSocket connections at a time.
    pub connections_max: usize,
    /// Subscriptions on one connection.
    pub subscriptions_max: usize,
    /// Requests in one JSON-RPC batch.
    pub batch_max: usize,
    /// Bytes of one HTTP request. `localnet_setAccount` may carry a 10 MiB account in base64.
    pub body_bytes_max: usize,
}

/// A program to load at genesis: its program account, and a ProgramData account that names the
/// upgrade authority, as `solana program deploy` would leave them.
#[derive(Clone, Debug)]
pub struct ProgramSpec {
    /// Address of the program account.
    pub id: Address,
    /// The ELF.
    pub elf: ElfSource,
    /// Who may upgrade it; `None` makes it final.
    pub upgrade_authority: Option<Address>,
}

/// Where a program's ELF comes from.
#[derive(Clone, Debug)]
pub enum ElfSource {
    /// The file's bytes.
    Bytes(Arc<[u8]>),
    /// A file read at start.
    Path(PathBuf),
}

/// An account written at genesis.
#[derive(Clone, Debug)]
pub struct GenesisAccount {
    /// Address of the account.
    pub address: Address,
    /// Program that owns it.
    pub owner: Address,
    /// Balance; `None` is the rent-exempt minimum of `data`.
    pub lamports: Option<u64>,
    /// Contents, at most 10 MiB.
    pub data: Vec<u8>,
}

impl Default for LocalnetConfig {
    fn default() -> Self {
        Self {
            rpc_port: 0,
            programs: Vec::new(),
            accounts: Vec::new(),
            slot_ms: 400,
            limits: Limits::default(),
            seed: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            transactions_max: 50_000,
            blocks_max: 250_000,
            commands_max: 1_024,
            events_max: 4_096,
            connections_max: 512,
            subscriptions_max: 1_024,
            batch_max: 256,
            body_bytes_max: 16 * 1024 * 1024,
        }
    }
}
