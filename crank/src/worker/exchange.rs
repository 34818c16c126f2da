//! What a tick thread is given, and what it tells.

use bus::{InputOutcome, MatchPublisher};
use protocol::MatchKey;
use tokio::sync::{mpsc, oneshot};

use crate::clock::MonotonicUs;
use crate::journal::InputLog;
use crate::live::{Checkpoint, Elimination, LiveMatch, VerifiedInput};

/// An input with a good signature, and where its answer goes.
#[derive(Debug)]
pub struct VerifiedEnvelope {
    /// The input.
    pub input: VerifiedInput,
    /// For the one answer.
    pub reply: oneshot::Sender<InputOutcome>,
}

/// A match on its way to a tick thread.
pub struct Adoption {
    /// New or restored.
    pub live: LiveMatch,
    /// When tick 0 is or was.
    pub start: MonotonicUs,
    /// Where accepted inputs go first.
    pub log: Box<dyn InputLog>,
    /// Where frames go.
    pub publisher: MatchPublisher,
    /// Verified inputs.
    pub inputs: mpsc::Receiver<VerifiedEnvelope>,
}

/// What a tick thread tells.
#[derive(Debug)]
pub enum Notice {
    /// A checkpoint is complete.
    Checkpoint {
        /// Of which match.
        match_key: MatchKey,
        /// What to post.
        checkpoint: Checkpoint,
    },
    /// The arena stands still. Comes after the last checkpoint; the thread has let go of the match.
    Ended {
        /// Which match.
        match_key: MatchKey,
        /// What to settle.
        end: MatchEnd,
    },
    /// A tick was lost to a defect. The thread has let go of the match, whose log holds all that is needed to
    /// go on.
    Crashed {
        /// Which match.
        match_key: MatchKey,
        /// What the defect said.
        reason: String,
    },
    /// The rules refused to go on: a defect. The thread has let go of the match.
    Failed {
        /// Which match.
        match_key: MatchKey,
        /// Why.
        reason: String,
    },
}

impl Notice {
    /// The match it is about.
    pub fn match_key(&self) -> MatchKey {
        match self {
            Notice::Checkpoint { match_key, .. }
            | Notice::Ended { match_key, .. }
            | Notice::Crashed { match_key, .. }
            | Notice::Failed { match_key, .. } => *match_key,
        }
    }
}

/// The last state of a match, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchEnd {
    /// The state's bytes.
    pub state: Vec<u8>,
    /// Deaths in order.
    pub eliminations: Vec<Elimination>,
}
