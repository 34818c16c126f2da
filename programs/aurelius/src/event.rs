//! The events, written into the ledger by self-CPI. Every change of a match emits one, and together
//! with the instructions' own data they suffice to verify a match after its accounts are closed.
//! Uploads emit none: what matters in them is named again by the instruction that uses them.

use anchor_lang::{
    event::EVENT_IX_TAG_LE,
    prelude::*,
    solana_program::{instruction::Instruction, program::invoke_signed},
    Event,
};

use crate::state::{BondTerms, Match, MatchStatus, Windows};

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigInitialized {
    pub authority: Pubkey,
    pub treasury: Pubkey,
    pub randomness_program: Pubkey,
    pub randomness_queue: Pubkey,
    pub windows: Windows,
    pub cluster: [u8; 32],
    pub bond: BondTerms,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigUpdated {
    pub treasury: Pubkey,
    pub randomness_program: Pubkey,
    pub randomness_queue: Pubkey,
    pub windows: Windows,
    pub cluster: [u8; 32],
    pub bond: BondTerms,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityProposed {
    pub authority: Pubkey,
    pub pending_authority: Pubkey,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityAccepted {
    pub authority: Pubkey,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PausedSet {
    pub paused: bool,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MintAllowed {
    pub mint: Pubkey,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MintDisallowed {
    pub mint: Pubkey,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesAllowed {
    pub rules_hash: [u8; 32],
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesDisallowed {
    pub rules_hash: [u8; 32],
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRegistered {
    pub operator: Pubkey,
    pub authority: Pubkey,
    pub mint: Pubkey,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorActiveSet {
    pub operator: Pubkey,
    pub active: bool,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchCreated {
    pub match_key: Pubkey,
    pub match_id: u64,
    pub operator: Pubkey,
    pub operator_authority: Pubkey,
    pub mint: Pubkey,
    pub token_program: Pubkey,
    pub stake_per_warrior: u64,
    pub players_max: u8,
    pub warriors_max: u8,
    pub rules_hash: [u8; 32],
    pub rules: Vec<u8>,
    pub drip_root: [u8; 32],
    pub scheduled_slot: u64,
    pub lock_deadline: u64,
    pub windows: Windows,
    pub cluster: [u8; 32],
    /// Set aside of the operator's bond.
    pub bond_reserved: u64,
    pub challenger_bps: u16,
    pub silence_bps: u16,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BondDeposited {
    pub operator: Pubkey,
    pub depositor: Pubkey,
    pub amount: u64,
    /// The bond afterwards.
    pub bond: u64,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BondWithdrawalRequested {
    pub operator: Pubkey,
    /// 0: an earlier request was taken back.
    pub amount: u64,
    /// First slot in which it can be withdrawn.
    pub available_slot: u64,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BondWithdrawn {
    pub operator: Pubkey,
    pub recipient: Pubkey,
    pub amount: u64,
    /// The bond afterwards.
    pub bond: u64,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RandomnessInitialized {
    pub match_key: Pubkey,
    pub randomness: Pubkey,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    pub match_key: Pubkey,
    pub player: Pubkey,
    pub slot_index: u8,
    pub warriors: u8,
    /// Index of the first warrior, known for late entries only (255 before the start).
    pub first_warrior: u8,
    pub session_key: Pubkey,
    pub paid: u64,
    pub late: bool,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub match_key: Pubkey,
    pub player: Pubkey,
    pub slot_index: u8,
    pub refunded: u64,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchLocked {
    pub match_key: Pubkey,
    pub randomness: Pubkey,
    pub seed_slot: u64,
    pub players: u8,
    pub warriors: u8,
    pub entropy_deadline: u64,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchStarted {
    pub match_key: Pubkey,
    pub randomness: Pubkey,
    pub seed_slot: u64,
    pub value: [u8; 32],
    pub seed: [u8; 32],
    pub genesis_leaf: [u8; 32],
    /// Player index of each warrior.
    pub owners: Vec<u8>,
    pub capacity: u8,
    pub started_slot: u64,
    pub late_entry_deadline: u64,
    pub progress_deadline: u64,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointPosted {
    pub match_key: Pubkey,
    pub index: u32,
    pub digest: [u8; 32],
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultSubmitted {
    pub match_key: Pubkey,
    pub final_leaf: [u8; 32],
    pub pot: u64,
    pub fee: u64,
    pub burn: u64,
    pub refunded: u64,
    /// Payout or refund by player index.
    pub payouts: Vec<u64>,
    pub challenge_deadline: u64,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchSettled {
    pub match_key: Pubkey,
    /// By the signatures of all players, instead of the challenge window.
    pub cosigned: bool,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultCosigned {
    pub match_key: Pubkey,
    /// Slots of the players whose signatures came with this transaction.
    pub slots: Vec<u8>,
    /// Players that have signed so far.
    pub cosigned: u8,
    /// Players that must sign.
    pub required: u8,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKeyRotated {
    pub match_key: Pubkey,
    pub player: Pubkey,
    pub session_key: Pubkey,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FraudProven {
    pub match_key: Pubkey,
    pub index: u32,
    pub segment: u8,
    pub claimed_leaf: [u8; 32],
    /// What the rules give; zero when they refuse the posted inputs.
    pub computed_leaf: [u8; 32],
    pub challenger: Pubkey,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlashCollected {
    pub match_key: Pubkey,
    pub operator: Pubkey,
    pub amount: u64,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwardPaid {
    pub match_key: Pubkey,
    pub challenger: Pubkey,
    pub recipient: Pubkey,
    pub amount: u64,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub match_key: Pubkey,
    pub player: Pubkey,
    pub recipient: Pubkey,
    pub amount: u64,
    /// The amount is the stake of a late entry that was never admitted.
    pub refund: bool,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeSwept {
    pub match_key: Pubkey,
    pub recipient: Pubkey,
    pub amount: u64,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burned {
    pub match_key: Pubkey,
    /// The treasury's token account for wrapped SOL, else the mint.
    pub recipient: Pubkey,
    pub amount: u64,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchCancelled {
    pub match_key: Pubkey,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchVoided {
    pub match_key: Pubkey,
    /// Status that the match was voided in.
    pub status: u8,
    pub checkpoints_posted: u32,
    /// Forfeited bond; 0 when the operator is not to blame.
    pub slash: u64,
    /// The challenger's part of it.
    pub award: u64,
    /// The players' part of it, for each warrior.
    pub compensation_per_warrior: u64,
    /// Zero when nothing was slashed.
    pub challenger: Pubkey,
}

impl MatchVoided {
    /// The event of a match that was voided in `status`.
    pub(crate) fn of(match_key: Pubkey, status: MatchStatus, header: &Match) -> Self {
        Self {
            match_key,
            status: status as u8,
            checkpoints_posted: header.checkpoints_posted,
            slash: header.slash,
            award: header.award,
            compensation_per_warrior: header.compensation_per_warrior,
            challenger: header.challenger,
        }
    }
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    pub match_key: Pubkey,
    pub player: Pubkey,
    pub recipient: Pubkey,
    /// Of the stake.
    pub amount: u64,
    /// Of the slashed bond.
    pub compensation: u64,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryClosed {
    pub match_key: Pubkey,
    pub player: Pubkey,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RandomnessClosed {
    pub match_key: Pubkey,
    pub randomness: Pubkey,
}

#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchClosed {
    pub match_key: Pubkey,
    /// Donated tokens that went to the treasury.
    pub surplus: u64,
}

/// Writes an event into the ledger by self-CPI, as Anchor's `emit_cpi!` does, but with the code for it
/// once in the program instead of once a handler. `authority` is the `event_authority` that
/// `#[event_cpi]` has checked.
pub(crate) fn emit(authority: &AccountInfo, event: &impl Event) -> Result<()> {
    emit_bytes(authority, &event.data())
}

#[inline(never)]
fn emit_bytes(authority: &AccountInfo, event: &[u8]) -> Result<()> {
    let mut data = Vec::with_capacity(EVENT_IX_TAG_LE.len() + event.len());
    data.extend_from_slice(EVENT_IX_TAG_LE);
    data.extend_from_slice(event);
    let instruction = Instruction {
        program_id: crate::ID,
        accounts: vec![AccountMeta::new_readonly(*authority.key, true)],
        data,
    };
    invoke_signed(
        &instruction,
        std::slice::from_ref(authority),
        &[&[b"__event_authority", &[crate::EVENT_AUTHORITY_AND_BUMP.1]]],
    )?;
    Ok(())
}
