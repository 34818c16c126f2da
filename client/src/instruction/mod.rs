//! One builder for each instruction of the escrow program.
//!
//! Owns the account lists, by way of the program's own generated structs: a list that changes there breaks the build
//! here. Everything that can be derived is derived; callers pass what only they know.
//! Absent on purpose: signing and sending, see [`crate::sender`].

mod bond;
mod build;
mod configure;
mod cosign;
mod fraud;
mod match_ref;
mod omission;
mod play;
mod randomness;
mod settlement;
#[cfg(test)]
mod tests;
mod upload;
mod verification;

pub use aurelius::receipt::Receipt;
pub use aurelius::state::{BondTerms, Planned, Terms};
pub use aurelius::{
    Continues, CreateMatchArgs, EnterArgs, InitializeConfigArgs, ProveFraudArgs, ProveOmissionArgs,
    UpdateConfigArgs,
};
pub use bond::{
    claim_award, claim_award_to, collect_slash, collect_slash_steps, deposit_bond, hand_over_match,
    request_bond_withdrawal, set_crank_key, slash_incinerator, withdraw_bond, BondRef,
};
pub use configure::{
    accept_authority, allow_mint, allow_rules, disallow_mint, disallow_rules, initialize_config,
    propose_authority, register_operator, set_operator_active, set_paused, update_config,
};
pub use cosign::{cosign_result, Cosignature, COSIGNATURES_MAX};
pub use fraud::{prove_fraud, prove_uploaded_fraud};
pub use match_ref::MatchRef;
pub use omission::Omission;
pub use play::{
    beacon_prefix, create_match, enter, leave, post_checkpoint, rotate_session_key, CreateMatch, Enter, Leave,
};
pub use randomness::{close_randomness, init_randomness, lock_match, start_match, RandomnessSource};
pub use settlement::{
    burn, cancel, claim, claim_to, close_entry, close_match, finalize, refund, refund_to, submit_result,
    submit_uploaded_result, sweep_fee, void_match, withdraw_holding, CloseMatch,
};
pub use upload::{close_upload, open_upload, write_upload, write_upload_chunks, UPLOAD_CHUNK_BYTES};
