//! The escrow of Aurelius: entries, commitments to what the operator simulated, and payouts.
//!
//! Owns: every account layout (`state`), every instruction (`instructions`), the one adapter to
//! Switchboard (`switchboard`), and the rules by which tokens leave a vault (`payment`).
//! Invariants: a vault holds at least what its match owes after every instruction; a slot of a match
//! is paid at most once; nothing that a deadline let expire can be revived.
//! Absent on purpose: any arithmetic of the game (that is `arena`), any trust in an operator's word
//! about a result, any address lookup table, any push payment.

// Anchor's generated code trips these; they say nothing about ours.
#![allow(
    unexpected_cfgs,
    reason = "Anchor's macros test cfgs that only its own build sets"
)]
#![allow(
    clippy::result_large_err,
    reason = "Anchor's error type is what every handler returns"
)]
#![allow(clippy::diverging_sub_expression, reason = "Anchor's #[program] expansion")]

use anchor_lang::prelude::*;

#[macro_use]
pub mod error;
pub mod beacon;
pub mod cosign;
pub mod event;
pub mod hash;
pub mod instructions;
pub mod invariant;
pub mod payment;
mod posted;
pub mod receipt;
pub mod security;
pub mod state;
pub mod switchboard;

pub use instructions::*;

declare_id!("2vGjWJhY1dSyPdzAPxf78hNUce5dsfXU8cfeJFYUoXVA");

#[program]
pub mod aurelius {
    use super::*;

    /// Creates the one `Config`. Only the program's upgrade authority may.
    pub fn initialize_config(ctx: Context<InitializeConfig>, args: InitializeConfigArgs) -> Result<()> {
        instructions::initialize_config::handle(ctx, args)
    }

    /// Changes treasury, randomness source or windows of matches created from now on.
    pub fn update_config(ctx: Context<UpdateConfig>, args: UpdateConfigArgs) -> Result<()> {
        instructions::update_config::handle(ctx, args)
    }

    /// First of the two steps that hand the config over.
    pub fn propose_authority(ctx: Context<ProposeAuthority>, new_authority: Pubkey) -> Result<()> {
        instructions::propose_authority::handle(ctx, new_authority)
    }

    /// Second step: signed by the key that was proposed.
    pub fn accept_authority(ctx: Context<AcceptAuthority>) -> Result<()> {
        instructions::accept_authority::handle(ctx)
    }

    /// Stops (or allows again) new matches and entries. Never an exit.
    pub fn set_paused(ctx: Context<SetPaused>, paused: bool) -> Result<()> {
        instructions::set_paused::handle(ctx, paused)
    }

    /// Adds a mint in which matches may be played.
    pub fn allow_mint(ctx: Context<AllowMint>) -> Result<()> {
        instructions::allow_mint::handle(ctx)
    }

    /// Removes a mint; matches that exist go on.
    pub fn disallow_mint(ctx: Context<DisallowMint>) -> Result<()> {
        instructions::disallow_mint::handle(ctx)
    }

    /// Adds the hash of a rules table that matches may use.
    pub fn allow_rules(ctx: Context<AllowRules>, rules_hash: [u8; 32]) -> Result<()> {
        instructions::allow_rules::handle(ctx, rules_hash)
    }

    /// Removes the hash of a rules table; matches that exist go on.
    pub fn disallow_rules(ctx: Context<DisallowRules>, rules_hash: [u8; 32]) -> Result<()> {
        instructions::disallow_rules::handle(ctx, rules_hash)
    }

    /// Registers the signer as an operator in one mint; inactive until the config's authority says so.
    pub fn register_operator(ctx: Context<RegisterOperator>) -> Result<()> {
        instructions::register_operator::handle(ctx)
    }

    /// Names the hot key that creates and runs an operator's matches. The cold authority signs.
    pub fn set_crank_key(ctx: Context<SetCrankKey>, crank: Pubkey) -> Result<()> {
        instructions::set_crank_key::handle(ctx, crank)
    }

    /// Hands a match that exists to its operator's present crank key.
    pub fn hand_over_match(ctx: Context<HandOverMatch>) -> Result<()> {
        instructions::hand_over_match::handle(ctx)
    }

    /// Lets an operator create matches, or stops it from creating more.
    pub fn set_operator_active(ctx: Context<SetOperatorActive>, active: bool) -> Result<()> {
        instructions::set_operator_active::handle(ctx, active)
    }

    /// Adds to an operator's bond.
    pub fn deposit_bond(ctx: Context<DepositBond>, amount: u64) -> Result<()> {
        instructions::deposit_bond::handle(ctx, amount)
    }

    /// Announces a withdrawal of free bond; 0 takes an announcement back.
    pub fn request_bond_withdrawal(ctx: Context<RequestBondWithdrawal>, amount: u64) -> Result<()> {
        instructions::request_bond_withdrawal::handle(ctx, amount)
    }

    /// Pays an announced withdrawal when its delay is over.
    pub fn withdraw_bond(ctx: Context<WithdrawBond>) -> Result<()> {
        instructions::withdraw_bond::handle(ctx)
    }

    /// Opens a match for entries.
    pub fn create_match(ctx: Context<CreateMatch>, match_id: u64, args: CreateMatchArgs) -> Result<()> {
        instructions::create_match::handle(ctx, match_id, args)
    }

    /// Creates the match's own randomness account.
    pub fn init_randomness(ctx: Context<InitRandomness>, recent_slot: u64) -> Result<()> {
        instructions::init_randomness::handle(ctx, recent_slot)
    }

    /// Pays a player's stake into the vault and registers their session key.
    pub fn enter(ctx: Context<Enter>, args: EnterArgs) -> Result<()> {
        instructions::enter::handle(ctx, args)
    }

    /// Replaces a player's session key while the match is open.
    pub fn rotate_session_key(ctx: Context<RotateSessionKey>, session_key: Pubkey) -> Result<()> {
        instructions::rotate_session_key::handle(ctx, session_key)
    }

    /// Takes a player out of an open match with a full refund.
    pub fn leave(ctx: Context<Leave>) -> Result<()> {
        instructions::leave::handle(ctx)
    }

    /// Closes entries and commits to the randomness in one step.
    pub fn lock_match(ctx: Context<LockMatch>) -> Result<()> {
        instructions::lock_match::handle(ctx)
    }

    /// Reveals the randomness and fixes the genesis state.
    pub fn start_match(
        ctx: Context<StartMatch>,
        signature: [u8; 64],
        recovery_id: u8,
        value: [u8; 32],
    ) -> Result<()> {
        instructions::start_match::handle(ctx, signature, recovery_id, value)
    }

    /// Commits to the next checkpoint; the inputs are in the transaction, their hash in the trace.
    pub fn post_checkpoint(
        ctx: Context<PostCheckpoint>,
        index: u32,
        continues: Continues,
        drip_key: [u8; 32],
        beacon_prefix: [u8; 8],
        leaves: Vec<[u8; 32]>,
        inputs: Vec<Vec<u8>>,
    ) -> Result<()> {
        instructions::post_checkpoint::handle(ctx, index, continues, drip_key, beacon_prefix, leaves, inputs)
    }

    /// Opens a buffer for bytes that do not fit one transaction.
    pub fn open_upload(ctx: Context<OpenUpload>, upload_id: u64, len: u32) -> Result<()> {
        instructions::open_upload::handle(ctx, upload_id, len)
    }

    /// Writes a part of an upload.
    pub fn write_upload(
        ctx: Context<WriteUpload>,
        upload_id: u64,
        offset: u32,
        bytes: Vec<u8>,
    ) -> Result<()> {
        instructions::write_upload::handle(ctx, upload_id, offset, bytes)
    }

    /// Closes an upload; its rent goes to its owner.
    pub fn close_upload(ctx: Context<CloseUpload>, upload_id: u64) -> Result<()> {
        instructions::close_upload::handle(ctx, upload_id)
    }

    /// Shows the final state; the program computes the payouts from it.
    pub fn submit_result(ctx: Context<SubmitResult>, state: Vec<u8>) -> Result<()> {
        instructions::submit_result::handle(ctx, state)
    }

    /// Settles a result at once when all players have signed it. `verifications` says how many
    /// instructions before this one each ed25519 verification stands; the remaining accounts are the entries
    /// of their keys.
    pub fn cosign_result(
        ctx: Context<CosignResult>,
        expires_slot: u64,
        verifications: Vec<u8>,
    ) -> Result<()> {
        instructions::cosign_result::handle(ctx, expires_slot, verifications)
    }

    /// Re-executes a posted segment; if it is wrong, voids the match and forfeits the operator's bond.
    pub fn prove_fraud(ctx: Context<ProveFraud>, args: ProveFraudArgs) -> Result<()> {
        instructions::prove_fraud::handle(ctx, args)
    }

    /// Shows that an input with a receipt is not among the posted ones; voids the match and forfeits the
    /// operator's bond.
    pub fn prove_omission(ctx: Context<ProveOmission>, args: ProveOmissionArgs) -> Result<()> {
        instructions::prove_omission::handle(ctx, args)
    }

    /// Makes the payouts claimable when nobody challenged the result in time.
    pub fn finalize(ctx: Context<Finalize>) -> Result<()> {
        instructions::finalize::handle(ctx)
    }

    /// Pays a player's payout to their own token account.
    pub fn claim(ctx: Context<Claim>) -> Result<()> {
        instructions::claim::handle(ctx)
    }

    /// Pays the fee to the treasury.
    pub fn sweep_fee(ctx: Context<SweepFee>) -> Result<()> {
        instructions::sweep_fee::handle(ctx)
    }

    /// Burns the burn share; wrapped SOL cannot be burned and goes to the treasury.
    pub fn burn(ctx: Context<Burn>) -> Result<()> {
        instructions::burn::handle(ctx)
    }

    /// Ends an open match that was not locked in time, or that its operator gives up.
    pub fn cancel(ctx: Context<Cancel>) -> Result<()> {
        instructions::cancel::handle(ctx)
    }

    /// Ends a locked or live match whose next step did not come in time.
    pub fn void_match(ctx: Context<VoidMatch>) -> Result<()> {
        instructions::void_match::handle(ctx)
    }

    /// Moves a forfeited bond into the match's vault.
    pub fn collect_slash(ctx: Context<CollectSlash>) -> Result<()> {
        instructions::collect_slash::handle(ctx)
    }

    /// Pays the challenger's share of a forfeited bond.
    pub fn claim_award(ctx: Context<ClaimAward>) -> Result<()> {
        instructions::claim_award::handle(ctx)
    }

    /// Pays a stake of a cancelled or voided match, and the share of a forfeited bond, to its player.
    pub fn refund(ctx: Context<Refund>) -> Result<()> {
        instructions::refund::handle(ctx)
    }

    /// Pays what is held for an owner to them.
    pub fn withdraw_holding(ctx: Context<WithdrawHolding>) -> Result<()> {
        instructions::withdraw_holding::handle(ctx)
    }

    /// Closes an entry to which nothing is owed any more.
    pub fn close_entry(ctx: Context<CloseEntry>) -> Result<()> {
        instructions::close_entry::handle(ctx)
    }

    /// Closes the match's randomness account.
    pub fn close_randomness(ctx: Context<CloseRandomness>) -> Result<()> {
        instructions::close_randomness::handle(ctx)
    }

    /// Closes match, trace and vault when nothing is owed and no entry is left.
    pub fn close_match(ctx: Context<CloseMatch>) -> Result<()> {
        instructions::close_match::handle(ctx)
    }
}
