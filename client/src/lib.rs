//! A typed client of the escrow program: what crank, bots, verifier and tests use to read and write the chain.
//!
//! | room | what it owns |
//! |---|---|
//! | [`address`] | every address |
//! | [`instruction`] | a builder for each instruction |
//! | [`view`] | accounts, checked and typed |
//! | [`due`] | what anybody may do now for the money in a match |
//! | [`event`], [`call`] | events and instructions, read back |
//! | [`history`] | the whole life of a match, out of the ledger |
//! | [`rpc`] | requests: endpoints, retries, bounds |
//! | [`backoff`] | waits between attempts |
//! | [`pubsub`] | subscriptions that survive their connection |
//! | [`geyser`] | the same over yellowstone gRPC |
//! | [`sender`] | transactions: build, sign, send, follow |
//! | [`secret_url`] | addresses that may hold keys |
//! | [`error`] | what failed, by the program's own names |
//! | [`entropy`] | the oracle's gateway |
//! | [`token`] | mints and token accounts, for bots and tests |
//!
//! **Invariants.** Nothing here keeps a key longer than the call that was given it. Nothing reads the wall clock to
//! decide about money: deadlines are slots and block heights read from the chain.
//! **Deliberately absent:** policy. When to lock, what to post, whether to do what is due and what to do about a failure is
//! the caller's.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a failing test may panic"
    )
)]

pub mod address;
pub mod backoff;
pub mod call;
pub mod due;
pub mod entropy;
pub mod error;
pub mod event;
pub mod geyser;
pub mod history;
pub mod instruction;
pub mod pubsub;
pub mod rpc;
pub mod secret_url;
pub mod sender;
pub mod token;
pub mod view;

/// An address on chain.
pub use anchor_lang::prelude::Pubkey;
/// The program's accounts, arguments and errors, for what has no view here.
pub use aurelius;
/// The program's id.
pub use aurelius::ID as PROGRAM_ID;
pub use call::Call;
pub use error::{Error, TransactionFailure};
pub use event::Event;
pub use secret_url::SecretUrl;
