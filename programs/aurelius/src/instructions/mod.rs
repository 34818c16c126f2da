//! The instructions, one file each: the accounts they take, the checks, and what they do.
//!
//! Every handler has the same shape: `validate()` names each account and says why it may be trusted (it
//! takes the struct apart, so that a new account cannot be forgotten; `event_authority` and `program` are
//! checked by `#[event_cpi]`); a pure function decides and returns a summary; transfers only spend that
//! summary; `invariant()` computes again what must hold; an event is written by self-CPI. Only the two
//! instructions that close all they touched, `close_match` and `close_upload`, have no `invariant()`.

pub mod accept_authority;
pub mod allow_mint;
pub mod allow_rules;
pub mod burn;
pub mod cancel;
pub mod claim;
pub mod claim_award;
pub mod close_entry;
pub mod close_match;
pub mod close_randomness;
pub mod close_upload;
pub mod collect_slash;
pub mod cosign_result;
pub mod create_match;
pub mod deposit_bond;
pub mod disallow_mint;
pub mod disallow_rules;
pub mod enter;
pub mod finalize;
pub mod hand_over_match;
pub mod init_randomness;
pub mod initialize_config;
pub mod leave;
pub mod lock_match;
pub mod open_upload;
pub mod post_checkpoint;
pub mod propose_authority;
pub mod prove_fraud;
pub mod prove_omission;
pub mod refund;
pub mod register_operator;
pub mod request_bond_withdrawal;
pub mod rotate_session_key;
pub mod set_crank_key;
pub mod set_operator_active;
pub mod set_paused;
pub mod start_match;
pub mod submit_result;
pub mod sweep_fee;
pub mod update_config;
pub mod void_match;
pub mod withdraw_bond;
pub mod withdraw_holding;
pub mod write_upload;

pub use accept_authority::*;
pub use allow_mint::*;
pub use allow_rules::*;
pub use burn::*;
pub use cancel::*;
pub use claim::*;
pub use claim_award::*;
pub use close_entry::*;
pub use close_match::*;
pub use close_randomness::*;
pub use close_upload::*;
pub use collect_slash::*;
pub use cosign_result::*;
pub use create_match::*;
pub use deposit_bond::*;
pub use disallow_mint::*;
pub use disallow_rules::*;
pub use enter::*;
pub use finalize::*;
pub use hand_over_match::*;
pub use init_randomness::*;
pub use initialize_config::*;
pub use leave::*;
pub use lock_match::*;
pub use open_upload::*;
pub use post_checkpoint::*;
pub use propose_authority::*;
pub use prove_fraud::*;
pub use prove_omission::*;
pub use refund::*;
pub use register_operator::*;
pub use request_bond_withdrawal::*;
pub use rotate_session_key::*;
pub use set_crank_key::*;
pub use set_operator_active::*;
pub use set_paused::*;
pub use start_match::*;
pub use submit_result::*;
pub use sweep_fee::*;
pub use update_config::*;
pub use void_match::*;
pub use withdraw_bond::*;
pub use withdraw_holding::*;
pub use write_upload::*;
