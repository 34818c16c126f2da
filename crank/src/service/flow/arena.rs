//! How far the arena of a match is, with what goes with that.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pause::Pause;
use crate::chain::plan::{FinalState, UploadState};
use crate::cosign::Cosigned;
use crate::journal::Durability;
use crate::live::Checkpoint;
use crate::worker::MatchEnd;

/// What makes its input log durable.
pub(crate) type LogSync = Arc<dyn Durability>;

/// How far the arena is.
#[derive(Debug, Default)]
pub(crate) enum Stage {
    /// Not live yet, nothing to run, or waiting for the next try to bring it to a tick thread.
    #[default]
    Idle,
    /// On its way to a tick thread.
    Adopting,
    /// On a tick thread.
    Running(LogSync),
    /// It stands still.
    Ended(LogSync, Box<Final>),
    /// Nothing of it is needed any more: somebody ended it on chain, or all of it is on record.
    Stopped(LogSync),
    /// It cannot be run here. What it had made before counts still.
    Failed(Option<LogSync>),
}

/// How the last state travels to the chain.
#[derive(Clone, Debug)]
pub(crate) enum Travel {
    /// In the transaction that submits the result.
    InOne,
    /// In an account of its own.
    Uploaded(UploadState),
}

/// What the players said to the result.
#[derive(Clone, Debug, Default)]
pub(crate) enum Consent {
    /// They were not asked; once, unless a stop came in between.
    #[default]
    Unasked,
    /// They were asked, and the challenge window applies unless they all answer.
    Asked,
    /// They all signed.
    Signed(Arc<Cosigned>),
}

/// The last state of a match.
#[derive(Debug)]
pub(crate) struct Final {
    pub(crate) end: Arc<MatchEnd>,
    pub(crate) travel: Travel,
    pub(crate) consent: Consent,
}

impl Final {
    /// As the plan sees it.
    pub(crate) fn state(&self) -> FinalState<'_> {
        FinalState {
            state: &self.end.state,
            uploaded: matches!(self.travel, Travel::Uploaded(_)),
        }
    }

    pub(crate) fn cosigned(&self) -> Option<&Arc<Cosigned>> {
        match &self.consent {
            Consent::Signed(cosigned) => Some(cosigned),
            Consent::Unasked | Consent::Asked => None,
        }
    }
}

/// The arena of a match as the service keeps it.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    pub(crate) stage: Stage,
    /// Complete ones by index.
    pub(crate) checkpoints: BTreeMap<u32, Checkpoint>,
    /// Beacons that the tick thread was told, counted from checkpoint 0.
    pub(crate) beacons: u32,
    /// After failures to bring it to a tick thread, or to keep it there.
    pause: Pause,
}

impl Arena {
    /// Whether it may be brought to a tick thread now.
    pub(crate) fn may_be_adopted(&self, now_ms: i64) -> bool {
        matches!(self.stage, Stage::Idle) && self.pause.is_over(now_ms)
    }

    /// It is on no tick thread, and is brought to one again after a while. Whether this is the first failure
    /// in a row.
    pub(crate) fn rest(&mut self, now_ms: i64) -> bool {
        self.stage = Stage::Idle;
        self.pause.fail(now_ms)
    }

    /// It runs well.
    pub(crate) fn note_progress(&mut self) {
        self.pause.end();
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running(_))
    }

    /// What makes the input log durable, as long as a checkpoint of this arena may be sent.
    pub(crate) fn sync(&self) -> Option<&LogSync> {
        match &self.stage {
            Stage::Running(sync) | Stage::Ended(sync, _) | Stage::Stopped(sync) => Some(sync),
            Stage::Failed(sync) => sync.as_ref(),
            Stage::Idle | Stage::Adopting => None,
        }
    }

    /// The last state, once it stands still.
    pub(crate) fn last(&self) -> Option<&Final> {
        match &self.stage {
            Stage::Ended(_, last) => Some(last),
            _ => None,
        }
    }

    pub(crate) fn last_mut(&mut self) -> Option<&mut Final> {
        match &mut self.stage {
            Stage::Ended(_, last) => Some(last),
            _ => None,
        }
    }

    /// Nothing of what it did is needed any more.
    pub(crate) fn forget(&mut self) {
        self.checkpoints.clear();
        if let Stage::Ended(sync, _) = &self.stage {
            self.stage = Stage::Stopped(sync.clone());
        }
    }

    /// It cannot be run here.
    pub(crate) fn fail(&mut self) {
        self.stage = Stage::Failed(self.sync().cloned());
    }
}
