//! One intent: what it is, and how far it is.

use crate::types::{Key, Signature, UnixMs};

/// Number of an intent, in the order in which they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IntentId(pub i64);

impl std::fmt::Display for IntentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What is to be done to a match on chain. The number names the checkpoint, the byte offset or the player's
/// slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IntentKind {
    Create,
    InitRandomness,
    Lock,
    Start,
    Checkpoint(u32),
    OpenUpload,
    WriteUpload(u32),
    SubmitResult,
    CloseUpload,
    /// Signatures of the player in this slot and of those after them, as many as fit.
    Cosign(u8),
    Finalize,
    Claim(u8),
    SweepFee,
    Burn,
    Cancel,
    Void,
    Refund(u8),
    CollectSlash,
    /// The player's share of a slashed bond.
    Compensate(u8),
    /// The challenger's share of it.
    PayAward,
    CloseEntry(u8),
    CloseRandomness,
    CloseMatch,
}

impl IntentKind {
    /// The name under which the kind is stored and counted.
    pub fn name(self) -> &'static str {
        match self {
            IntentKind::Create => "create",
            IntentKind::InitRandomness => "init_randomness",
            IntentKind::Lock => "lock",
            IntentKind::Start => "start",
            IntentKind::Checkpoint(_) => "checkpoint",
            IntentKind::OpenUpload => "open_upload",
            IntentKind::WriteUpload(_) => "write_upload",
            IntentKind::SubmitResult => "submit_result",
            IntentKind::CloseUpload => "close_upload",
            IntentKind::Cosign(_) => "cosign",
            IntentKind::Finalize => "finalize",
            IntentKind::Claim(_) => "claim",
            IntentKind::SweepFee => "sweep_fee",
            IntentKind::Burn => "burn",
            IntentKind::Cancel => "cancel",
            IntentKind::Void => "void",
            IntentKind::Refund(_) => "refund",
            IntentKind::CollectSlash => "collect_slash",
            IntentKind::Compensate(_) => "compensate",
            IntentKind::PayAward => "pay_award",
            IntentKind::CloseEntry(_) => "close_entry",
            IntentKind::CloseRandomness => "close_randomness",
            IntentKind::CloseMatch => "close_match",
        }
    }

    /// The number that goes with the name; 0 for kinds that exist once.
    pub fn ordinal(self) -> u32 {
        match self {
            IntentKind::Checkpoint(index) | IntentKind::WriteUpload(index) => index,
            IntentKind::Claim(slot)
            | IntentKind::Refund(slot)
            | IntentKind::Compensate(slot)
            | IntentKind::Cosign(slot)
            | IntentKind::CloseEntry(slot) => slot.into(),
            _ => 0,
        }
    }

    /// The inverse of [`name`](Self::name) and [`ordinal`](Self::ordinal); `None` for what they never
    /// produce.
    pub fn from_parts(name: &str, ordinal: u32) -> Option<IntentKind> {
        let slot = || u8::try_from(ordinal).ok();
        let kind = match name {
            "create" => IntentKind::Create,
            "init_randomness" => IntentKind::InitRandomness,
            "lock" => IntentKind::Lock,
            "start" => IntentKind::Start,
            "checkpoint" => IntentKind::Checkpoint(ordinal),
            "open_upload" => IntentKind::OpenUpload,
            "write_upload" => IntentKind::WriteUpload(ordinal),
            "submit_result" => IntentKind::SubmitResult,
            "close_upload" => IntentKind::CloseUpload,
            "cosign" => IntentKind::Cosign(slot()?),
            "finalize" => IntentKind::Finalize,
            "claim" => IntentKind::Claim(slot()?),
            "sweep_fee" => IntentKind::SweepFee,
            "burn" => IntentKind::Burn,
            "cancel" => IntentKind::Cancel,
            "void" => IntentKind::Void,
            "refund" => IntentKind::Refund(slot()?),
            "collect_slash" => IntentKind::CollectSlash,
            "compensate" => IntentKind::Compensate(slot()?),
            "pay_award" => IntentKind::PayAward,
            "close_entry" => IntentKind::CloseEntry(slot()?),
            "close_randomness" => IntentKind::CloseRandomness,
            "close_match" => IntentKind::CloseMatch,
            _ => return None,
        };
        (kind.ordinal() == ordinal).then_some(kind)
    }
}

/// One sending of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub signature: Signature,
    /// After this block height the transaction can no longer land.
    pub last_valid_block_height: u64,
    /// The signed transaction: sending these very bytes again can never act twice. Forgotten once the fate is
    /// known.
    pub transaction: Vec<u8>,
}

/// How far an intent is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntentState {
    /// Nothing is on its way.
    Queued,
    /// Handed to the network; its outcome is being watched.
    Sent(Attempt),
    /// The watch ended without an answer: only reading the chain can tell.
    Unknown(Attempt),
    /// The chain shows it. The signature is missing when somebody else did it.
    Landed { signature: Option<Signature>, slot: u64 },
    /// The chain refuses it for a reason that sending again does not change.
    Failed { reason: String },
}

impl IntentState {
    /// The name under which the state is stored and counted.
    pub fn name(&self) -> &'static str {
        match self {
            IntentState::Queued => "queued",
            IntentState::Sent(_) => "sent",
            IntentState::Unknown(_) => "unknown",
            IntentState::Landed { .. } => "landed",
            IntentState::Failed { .. } => "failed",
        }
    }

    /// Whether an intent in this state may go to `next`.
    ///
    /// Back to `Queued` means: the chain was read, and the earlier sending can no longer land, or (from
    /// `Landed`) a fork took it back.
    pub fn may_become(&self, next: &IntentState) -> bool {
        use IntentState::{Failed, Landed, Queued, Sent, Unknown};
        match self {
            Queued => matches!(next, Sent(_) | Landed { .. } | Failed { .. }),
            Sent(_) => matches!(next, Unknown(_) | Landed { .. } | Failed { .. } | Queued),
            Unknown(_) => matches!(next, Landed { .. } | Failed { .. } | Queued),
            Failed { .. } => matches!(next, Queued | Landed { .. }),
            Landed { .. } => matches!(next, Queued),
        }
    }
}

/// One intent as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub id: IntentId,
    pub match_key: Key,
    pub kind: IntentKind,
    pub state: IntentState,
    /// How often it was sent.
    pub attempts: u32,
    pub created_at_ms: UnixMs,
    pub updated_at_ms: UnixMs,
}

/// How many intents are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntentCounts {
    pub queued: u64,
    pub sent: u64,
    pub unknown: u64,
    pub landed: u64,
    pub failed: u64,
}
