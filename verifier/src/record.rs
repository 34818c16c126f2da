//! A match as evidence.
//!
//! Everything in a record is a claim: the operator's, the players' or the program's. Nothing in it has been checked
//! beyond its shape. Keys are raw bytes here; nothing depends on where the record came from.

use arena::Digest;
use client::history::{PassedOver, TokenMovement};
use client::instruction::MatchRef;
use protocol::replay::ReplayInput;

/// A wallet, an account or a session key.
pub type Key = [u8; 32];

/// Where a record came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The ledger's transactions.
    Ledger,
    /// The ledger's transactions, and a replay file for signatures.
    LedgerAndReplay,
    /// A replay file alone: nothing says that this match ever existed on a chain.
    Replay,
}

/// All that is known of a match.
#[derive(Debug, Clone)]
pub struct MatchRecord {
    /// Where the record came from.
    pub evidence: Evidence,
    /// Match account, mint, token program and operator. All but the match are zero in a record made of a replay alone.
    pub match_ref: MatchRef,
    /// How it was set up.
    pub terms: Terms,
    /// Every player that was in the match at its start or entered later, by player index.
    pub players: Vec<PlayerRecord>,
    /// How it started, if it did.
    pub start: Option<StartRecord>,
    /// Checkpoints in the order in which they were posted.
    pub checkpoints: Vec<CheckpointRecord>,
    /// Digests in the trace account, where it still exists: one for each checkpoint the match can have.
    pub trace: Option<Vec<Digest>>,
    /// The result, if there is one.
    pub result: Option<ResultRecord>,
    /// How it stands.
    pub standing: Standing,
    /// Token movements into and out of the vault, in order. Empty in a record made of a replay alone.
    pub payments: Vec<Payment>,
    /// Accepted inputs with signatures, where a replay file has them, in the order of acceptance.
    pub signed_inputs: Option<Vec<ReplayInput>>,
    /// Where ledger and replay file contradict each other.
    pub contradictions: Vec<Contradiction>,
    /// How it was voided, if it was.
    pub void: Option<VoidRecord>,
    /// How its result became final, if it did.
    pub finality: Option<FinalityRecord>,
    /// Things that the program should have refused and that have no place elsewhere in the record.
    pub irregularities: Vec<String>,
    /// Transactions of its history that could not be read. What they did is not on record.
    pub unread: Vec<PassedOver>,
}

/// How a match was set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The rules table's bytes.
    pub rules: Vec<u8>,
    /// Its hash as pinned in the match; unknown from a replay alone.
    pub rules_hash: Option<Digest>,
    /// Stake of one warrior; unknown from a replay alone.
    pub stake_per_warrior: Option<u64>,
    /// K₀ of the drip chain.
    pub drip_root: Digest,
    /// Length of a slot by which beacons are scheduled, in microseconds; unknown from a replay alone.
    pub slot_us: Option<u32>,
    /// Most players.
    pub players_max: Option<u8>,
    /// Most warriors.
    pub warriors_max: Option<u8>,
    /// What the operator answers with; unknown from a replay alone.
    pub pledge: Option<Pledge>,
}

/// What an operator's bond answers with for a match, pinned at its creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pledge {
    /// Set aside of the bond, in the mint's smallest unit.
    pub reserved: u64,
    /// Share of a slash that is burned, in basis points.
    pub burn_bps: u16,
    /// Share of a slash for whoever reported it, in basis points.
    pub reporter_bps: u16,
    /// How long shares of a slash wait, in slots.
    pub withdraw_slots: u64,
    /// Slots from the start or a checkpoint to the next one.
    pub checkpoint_slots: u64,
    /// Slots from the last checkpoint that a match can have to its result.
    pub result_slots: u64,
}

/// How a match was voided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidRecord {
    /// How it stood before.
    pub standing: Standing,
    /// In which slot.
    pub slot: u64,
    /// The last slot in which the operator could have gone on.
    pub deadline: Option<u64>,
    /// Checkpoints posted by then.
    pub checkpoints_posted: u32,
    /// Forfeited bond.
    pub slash: u64,
    /// The part of it that is burned.
    pub slash_burn: u64,
    /// The challenger's part of it.
    pub award: u64,
    /// The players' part of it, for each warrior that the match admitted.
    pub compensation_per_warrior: u64,
    /// First slot in which award and compensations are paid; 0 when nothing was forfeited.
    pub payable_slot: u64,
    /// Who proved or reported it; zero when nothing was forfeited.
    pub challenger: Key,
    /// The wrong segment that was proven, if one was.
    pub fraud: Option<FraudRecord>,
    /// The omitted input that was proven, if one was; neither where the operator was silent.
    pub omission: Option<OmissionRecord>,
}

/// An accepted input that the program found missing among what was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OmissionRecord {
    /// Checkpoint.
    pub index: u32,
    /// Segment within it.
    pub segment: u8,
    /// The tick on which it was to take effect, from 1.
    pub tick: u32,
    /// Whose heading was to change.
    pub warrior: u8,
    /// To what.
    pub heading: u8,
    /// What was posted instead; none: nothing.
    pub posted: Option<u8>,
}

/// A proof that the program accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FraudRecord {
    /// Checkpoint.
    pub index: u32,
    /// Segment within it.
    pub segment: u8,
    /// The leaf that was posted.
    pub claimed: Digest,
    /// What the program computed; zero when it refused the inputs.
    pub computed: Digest,
}

/// How a result became final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalityRecord {
    /// By the signatures of all players instead of the challenge window.
    pub cosigned: bool,
    /// In which slot.
    pub slot: u64,
    /// The last slot in which it could be challenged.
    pub challenge_deadline: Option<u64>,
    /// Player indexes that have signed.
    pub signers: Vec<u8>,
}

/// A player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayerRecord {
    /// Player index: the slot in the match.
    pub index: u8,
    /// Wallet.
    pub wallet: Key,
    /// The key that signs the player's moves.
    pub session_key: Key,
    /// How many warriors.
    pub warriors: u8,
    /// What was paid.
    pub paid: u64,
    /// Set for a late entry.
    pub late: Option<LateEntry>,
}

/// When a late player came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateEntry {
    /// Index of the first warrior, as the program assigned it; unknown from a replay alone.
    pub first_warrior: Option<u8>,
    /// Checkpoints that had been posted before the entry; unknown from a replay alone.
    pub checkpoints_before: Option<u32>,
}

/// How a match started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRecord {
    /// What the oracle revealed, as passed to the program.
    pub value: Digest,
    /// The seed the program made of it.
    pub seed: Digest,
    /// The leaf of the genesis state the program computed.
    pub genesis_leaf: Digest,
    /// Player index of each warrior present at the start.
    pub owners: Vec<u8>,
    /// Warrior slots of the state.
    pub capacity: u8,
    /// In which slot; unknown from a replay alone.
    pub slot: Option<u64>,
}

/// A posted checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRecord {
    /// Its index, from 0.
    pub index: u32,
    /// The drip key it revealed.
    pub drip_key: Digest,
    /// The hash of its scheduled slot, as the program read it.
    pub beacon: Digest,
    /// In which slot it was posted; unknown from a replay alone.
    pub slot: Option<u64>,
    /// Its segments in order.
    pub segments: Vec<SegmentRecord>,
    /// The digest that the program computed; unknown where neither event nor replay has it.
    pub digest: Option<Digest>,
    /// The transaction that posted it, in base58.
    pub transaction: Option<String>,
}

impl CheckpointRecord {
    /// Drip key and beacon in one hash: what the key of its ticks is made of, and its digest.
    pub fn mixed_key(&self) -> Digest {
        arena::mixed_key::<arena::HostSha256>(&self.drip_key, &self.beacon)
    }
}

/// A posted segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRecord {
    /// Packed inputs.
    pub inputs: Vec<u8>,
    /// The operator's hash of the state after it.
    pub leaf: Digest,
}

/// A result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultRecord {
    /// Leaf of the final state; unknown from a replay alone.
    pub final_leaf: Option<Digest>,
    /// The final state's bytes, where they are on record (a Siege passes them through an account that is closed).
    pub state: Option<Vec<u8>>,
    /// The pot, and what goes off it; unknown from a replay alone.
    pub books: Option<Books>,
    /// Payout or refund by player index.
    pub payouts: Vec<u64>,
}

/// What becomes of the money, in the mint's smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Books {
    /// What players with an admitted warrior paid.
    pub pot: u64,
    /// The operator's fee.
    pub fee: u64,
    /// What is burned.
    pub burn: u64,
    /// What goes back to late entries that were not admitted.
    pub refunded: u64,
}

/// How a match stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not over.
    Open,
    /// Entries are closed.
    Locked,
    /// It runs.
    Live,
    /// A result is in.
    Proposed,
    /// Over, with payouts.
    Settled,
    /// Over before it was locked; stakes go back.
    Cancelled,
    /// Over without a result; stakes go back.
    Voided,
}

impl Standing {
    /// Whether stakes go back.
    pub(crate) fn is_refunding(self) -> bool {
        matches!(self, Self::Cancelled | Self::Voided)
    }
}

/// Why tokens moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A stake came in.
    Entered(Key),
    /// A player left before the start.
    Left(Key),
    /// A payout, or the refund of a late entry that was not admitted.
    Claimed(Key),
    /// A stake of a cancelled or voided match went back, or a share of the forfeited bond went out, or both.
    Refunded(Key),
    /// The forfeited bond came in.
    SlashCollected,
    /// The challenger got their share of it.
    AwardPaid(Key),
    /// The fee.
    FeeSwept,
    /// The burn share.
    Burned,
    /// The match was closed; what had been donated to the vault left it.
    Closed,
    /// Any other instruction: none of them moves tokens.
    Other,
}

/// What one instruction did to the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Why.
    pub cause: Cause,
    /// In which slot.
    pub slot: u64,
    /// The amount that the program's event states, compensation included.
    pub stated: u64,
    /// The part of it that comes from a forfeited bond.
    pub compensation: u64,
    /// The recipient that the program's event states.
    pub recipient: Option<Key>,
    /// Movements that touch the vault.
    pub movements: Vec<TokenMovement>,
    /// The transaction, in base58.
    pub transaction: String,
}

/// A fact on which ledger and replay file disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Checkpoint concerned.
    pub checkpoint: Option<u32>,
    /// What.
    pub what: String,
    /// What the ledger says.
    pub ledger: String,
    /// What the replay file says.
    pub replay: String,
}
