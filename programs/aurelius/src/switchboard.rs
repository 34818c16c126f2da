//! The one adapter to Switchboard on-demand randomness: reading its account, and the four CPIs.
//!
//! Offsets and the commit and reveal account lists are those of the crate `switchboard-on-demand`
//! 0.13 (a test compares the offsets with its struct). Account lists and discriminators of
//! `randomness_init` and `randomness_close` were read in the npm package
//! `@switchboard-xyz/on-demand` (`Randomness.create`, `Randomness.closeIx`), and agree with several
//! independent programs that make the same CPIs from a PDA; Switchboard publishes no source of them.
//!
//! Invariants: an account is believed only when the pinned program owns it; the match, which signs
//! as the account's authority, never shows its vault to Switchboard.
//! Absent: verifying the oracle's signature (Switchboard does it in `reveal`), and reclaiming the
//! lookup table that `randomness_init` makes (it can be closed only hours later, by the SDK's
//! `closeLutIx`, and holds no more than its own rent).

mod account;
mod call;

pub use account::*;
pub use call::*;

#[cfg(test)]
mod tests;
