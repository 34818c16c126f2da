//! What the mock refuses, a reason each.

use anchor_lang::prelude::*;

/// What the mock refuses.
#[error_code(offset = 0)]
#[derive(PartialEq, Eq)]
pub enum MockError {
    #[msg("the randomness account is not one of this program")]
    RandomnessAccountWrong = 7000,
    #[msg("the randomness account exists already")]
    RandomnessAccountExists = 7001,
    #[msg("the signer is not the randomness account's authority")]
    AuthorityWrong = 7002,
    #[msg("the queue is not owned by this program, or not the account's")]
    QueueWrong = 7003,
    #[msg("the oracle is not owned by this program, or not the commit's")]
    OracleWrong = 7004,
    #[msg("the account is not the slot hashes sysvar, or it is empty")]
    SlotHashesWrong = 7005,
    #[msg("a derived address is wrong")]
    AddressWrong = 7006,
    #[msg("the account was never committed, or the seed slot is not over")]
    NotRevealable = 7007,
    #[msg("the value was revealed already")]
    AlreadyRevealed = 7008,
    #[msg("the oracle did not answer with this value")]
    ValueWrong = 7009,
    #[msg("the signature does not belong to the value")]
    SignatureWrong = 7010,
}
