//! The program, instruction by instruction, in LiteSVM with the compiled ELF.
//!
//! One file an instruction or a group of twins. Every refusal is asserted by its exact error; cases of the
//! adversarial list carry its number in their names and report what they have shown, which `verdict` judges.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on panics"
)]

mod bond;
mod checkpoint;
mod claim;
mod close;
mod compute_units;
mod config;
mod cosign;
mod create_match;
mod enter;
mod exits;
mod forged;
mod fraud;
mod fraud_cost;
mod fuzz;
mod holding;
mod honest;
mod leave;
mod mutation;
mod omission;
mod operator;
mod randomness;
mod result;
mod rotate;
mod shares;
mod silence;
mod slash;
mod transaction_size;
mod upload;
mod verdict;
