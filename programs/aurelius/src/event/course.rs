//! The course of a match, from its creation to its closed accounts.

use anchor_lang::prelude::*;

use crate::state::{Match, MatchStatus, Windows};

/// A match takes entries. Holds everything that the match has pinned.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchCreated {
    /// The match.
    pub match_key: Pubkey,
    /// Number of the match at its operator account.
    pub match_id: u64,
    /// The operator account.
    pub operator: Pubkey,
    /// Cold key of the operator account.
    pub operator_authority: Pubkey,
    /// Key that runs the match.
    pub crank: Pubkey,
    /// Mint in which it is played.
    pub mint: Pubkey,
    /// The token program that owns the mint.
    pub token_program: Pubkey,
    /// Price of a warrior, in the mint's smallest unit.
    pub stake_per_warrior: u64,
    /// Players the match has room for.
    pub players_max: u8,
    /// Warriors that may be sold.
    pub warriors_max: u8,
    /// SHA-256 of the rules table.
    pub rules_hash: [u8; 32],
    /// The rules table.
    pub rules: Vec<u8>,
    /// K₀ of the drip chain.
    pub drip_root: [u8; 32],
    /// Ed25519 key that signs the receipts of accepted inputs.
    pub receipt_key: Pubkey,
    /// Earliest slot of the lock and end of entries; 0 for none.
    pub scheduled_slot: u64,
    /// Length of a slot by which the beacons are scheduled, in microseconds.
    pub slot_us: u32,
    /// Last slot of the lock.
    pub lock_deadline: u64,
    /// Windows in slots.
    pub windows: Windows,
    /// Genesis hash of the chain.
    pub cluster: [u8; 32],
    /// Set aside of the operator's bond.
    pub bond_reserved: u64,
    /// Share of a slash that is burned, in basis points.
    pub burn_bps: u16,
    /// Share of a slash for whoever reported it, in basis points.
    pub reporter_bps: u16,
    /// How long shares of a slash wait, in slots.
    pub withdraw_slots: u64,
    /// What operator and players agree to.
    pub terms_hash: [u8; 32],
}

/// The match has a randomness account.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RandomnessInitialized {
    /// The match.
    pub match_key: Pubkey,
    /// The randomness account.
    pub randomness: Pubkey,
}

/// A player paid and has a slot.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The match.
    pub match_key: Pubkey,
    /// Wallet of the player.
    pub player: Pubkey,
    /// Slot of the player, which is the player index.
    pub slot_index: u8,
    /// Number of warriors.
    pub warriors: u8,
    /// Index of the first warrior, known for late entries only (255 before the start).
    pub first_warrior: u8,
    /// Ed25519 key that signs the player's moves.
    pub session_key: Pubkey,
    /// Stake paid, in the mint's smallest unit.
    pub paid: u64,
    /// Whether the match was live.
    pub late: bool,
}

/// A player left an open match with the whole stake.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The match.
    pub match_key: Pubkey,
    /// Wallet of the player.
    pub player: Pubkey,
    /// Slot of the player, which is the player index.
    pub slot_index: u8,
    /// Tokens paid back, in the mint's smallest unit.
    pub refunded: u64,
}

/// Entries are closed and the randomness is committed to.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchLocked {
    /// The match.
    pub match_key: Pubkey,
    /// The randomness account.
    pub randomness: Pubkey,
    /// Slot whose hash the randomness is derived from.
    pub seed_slot: u64,
    /// Players in the match.
    pub players: u8,
    /// Number of warriors.
    pub warriors: u8,
    /// Last slot of the start.
    pub entropy_deadline: u64,
}

/// The randomness was revealed and the genesis state is fixed.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchStarted {
    /// The match.
    pub match_key: Pubkey,
    /// The randomness account.
    pub randomness: Pubkey,
    /// Slot whose hash the randomness is derived from.
    pub seed_slot: u64,
    /// What the oracle revealed.
    pub value: [u8; 32],
    /// Seed of the match.
    pub seed: [u8; 32],
    /// Leaf of the state at tick 0.
    pub genesis_leaf: [u8; 32],
    /// Player index of each warrior.
    pub owners: Vec<u8>,
    /// Warrior slots of the arena state.
    pub capacity: u8,
    /// Slot of the start.
    pub started_slot: u64,
    /// Last slot of late entries; 0 when the rules know none.
    pub late_entry_deadline: u64,
    /// Last slot of the first checkpoint.
    pub progress_deadline: u64,
}

/// A checkpoint is in the trace; its bytes are the data of the instruction that emitted this.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointPosted {
    /// The match.
    pub match_key: Pubkey,
    /// Number of the checkpoint.
    pub index: u32,
    /// What the trace holds for it.
    pub digest: [u8; 32],
    /// The hash that decided its rolls, of the greatest slot up to the scheduled one.
    pub beacon: [u8; 32],
}

/// A final state was shown, and the payouts follow from it.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultSubmitted {
    /// The match.
    pub match_key: Pubkey,
    /// Leaf of the final state.
    pub final_leaf: [u8; 32],
    /// What was played for, in the mint's smallest unit.
    pub pot: u64,
    /// The treasury's part of the pot.
    pub fee: u64,
    /// The part of the pot that is burned.
    pub burn: u64,
    /// Tokens paid back, in the mint's smallest unit.
    pub refunded: u64,
    /// Payout or refund by player index.
    pub payouts: Vec<u64>,
    /// Last slot in which the result may be challenged.
    pub challenge_deadline: u64,
}

/// Payouts are claimable.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchSettled {
    /// The match.
    pub match_key: Pubkey,
    /// By the signatures of all players, instead of the challenge window.
    pub cosigned: bool,
}

/// Players signed the result.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultCosigned {
    /// The match.
    pub match_key: Pubkey,
    /// Slots of the players whose signatures came with this transaction.
    pub slots: Vec<u8>,
    /// Players that have signed so far.
    pub cosigned: u8,
    /// Players that must sign.
    pub required: u8,
}

/// A player's moves are signed with another key from now on.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKeyRotated {
    /// The match.
    pub match_key: Pubkey,
    /// Wallet of the player.
    pub player: Pubkey,
    /// Ed25519 key that signs the player's moves.
    pub session_key: Pubkey,
}

/// A posted segment is not what the rules give.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FraudProven {
    /// The match.
    pub match_key: Pubkey,
    /// Number of the checkpoint.
    pub index: u32,
    /// Segment within the checkpoint.
    pub segment: u8,
    /// Leaf that was posted.
    pub claimed_leaf: [u8; 32],
    /// What the rules give; zero when they refuse the posted inputs.
    pub computed_leaf: [u8; 32],
    /// Who proved or reported it.
    pub challenger: Pubkey,
}

/// An input that was acknowledged with a receipt is not among the posted ones.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OmissionProven {
    /// The match.
    pub match_key: Pubkey,
    /// Number of the checkpoint.
    pub index: u32,
    /// Segment within the checkpoint.
    pub segment: u8,
    /// Slot of the player whose input it was.
    pub slot_index: u8,
    /// Number of the input in the player's chain.
    pub sequence: u32,
    /// Tick on which it was to take effect.
    pub tick: u32,
    /// Whose heading was to change.
    pub warrior: u8,
    /// To what: 0 to 8.
    pub heading: u8,
    /// What was posted for this warrior and tick instead; 255 when nothing was.
    pub posted_heading: u8,
    /// Who proved it.
    pub challenger: Pubkey,
}

/// An open match ended; stakes are refundable.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchCancelled {
    /// The match.
    pub match_key: Pubkey,
}

/// A match ended without a result; stakes are refundable.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchVoided {
    /// The match.
    pub match_key: Pubkey,
    /// Status that the match was voided in.
    pub status: u8,
    /// Checkpoints in the trace.
    pub checkpoints_posted: u32,
    /// Forfeited bond; 0 when the operator is not to blame.
    pub slash: u64,
    /// The part of it that is burned.
    pub slash_burn: u64,
    /// The challenger's part of it.
    pub award: u64,
    /// The players' part of it, for each warrior that the match admitted.
    pub compensation_per_warrior: u64,
    /// First slot in which award and compensations are paid; 0 when nothing was slashed.
    pub slash_payable_slot: u64,
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
            slash_burn: header.slash_burn,
            award: header.award,
            compensation_per_warrior: header.compensation_per_warrior,
            slash_payable_slot: header.slash_payable_slot,
            challenger: header.challenger,
        }
    }
}

/// An entry account was closed; its rent went to whoever had paid it.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryClosed {
    /// The match.
    pub match_key: Pubkey,
    /// Wallet of the player.
    pub player: Pubkey,
}

/// The match's randomness account was closed.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RandomnessClosed {
    /// The match.
    pub match_key: Pubkey,
    /// The randomness account.
    pub randomness: Pubkey,
}

/// Match, trace and vault were closed.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchClosed {
    /// The match.
    pub match_key: Pubkey,
    /// Donated tokens that went to the treasury.
    pub surplus: u64,
}
