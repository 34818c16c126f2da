//! Why a local chain could not be started.

use std::path::PathBuf;

use solana_keypair::Address;

/// A start that failed. The message says what to change.
#[derive(Debug, thiserror::Error)]
pub enum LocalnetError {
    /// A setting that makes no sense.
    #[error("configuration: {0}")]
    Config(String),
    /// The HTTP or the WebSocket port is taken.
    #[error("cannot listen on 127.0.0.1:{port}: choose another rpc_port, or 0 for a free one")]
    Bind {
        /// The port asked for.
        port: u16,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A program's file cannot be read.
    #[error("cannot read the program {id} from {}", path.display())]
    ProgramFile {
        /// The program.
        id: Address,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The virtual machine refuses a program.
    #[error("the ELF of program {id} is refused: {reason}")]
    Program {
        /// The program.
        id: Address,
        /// What the loader said.
        reason: String,
    },
    /// The virtual machine refuses an account.
    #[error("the genesis account {address} is refused: {reason}")]
    Account {
        /// The account.
        address: Address,
        /// Why it cannot be written there.
        reason: String,
    },
    /// A thread or the async runtime cannot be created.
    #[error("cannot start the local chain's threads")]
    Thread(#[source] std::io::Error),
    /// The owner thread ended before it was ready.
    #[error("the local chain's thread ended while it started")]
    Died,
}
