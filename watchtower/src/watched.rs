//! One match, stepped again as its checkpoints land. No IO.
//!
//! Invariants: a checkpoint is stepped once, in order, and only when a view of the match is at hand that was read after
//! it was posted: the roster of that view holds every late player the checkpoint can admit. After a wrong segment
//! nothing is stepped any more.

use arena::{Digest, HostSha256, Rules};
use client::view::{MatchStatus, MatchView};
use client::Pubkey;
use solana_signature::Signature;
use verifier::record::CheckpointRecord;
use verifier::{FraudProof, Resimulation};

use crate::report::Fault;

/// A match that cannot be stepped again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwatchable {
    /// The rules refuse its roster.
    #[error("its beginning cannot be computed: {0}; the program may be newer than this watchtower")]
    Genesis(arena::ArenaError),
    /// They give another genesis state than the program's.
    #[error("the program computed another genesis state; it may be newer than this watchtower")]
    OtherGenesis,
    /// The checkpoint that was read is not the next one.
    #[error("checkpoint {found} was read where {expected} should follow; the endpoint's history has a gap")]
    Gap {
        /// What should follow.
        expected: u32,
        /// What was read.
        found: u32,
    },
}

/// What a newer view of a match means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// All that it has posted is stepped.
    CaughtUp,
    /// There are checkpoints to read.
    Behind,
    /// The chain is on another branch than what was read: begin again.
    Diverged,
}

/// A fault with what is needed to act on it.
#[derive(Debug, Clone)]
pub(crate) enum Suspicion {
    Wrong(Box<FraudProof>),
    Silent { deadline: u64 },
}

/// A match in the middle of being watched: about 20 KB.
#[derive(Debug, Clone)]
pub struct Watched {
    match_key: Pubkey,
    resimulation: Resimulation,
    /// The next checkpoint to step.
    next: u32,
    /// Checkpoints that the newest view has.
    posted: u32,
    pub(crate) status: MatchStatus,
    pub(crate) progress_deadline: u64,
    /// The last transaction that was read.
    pub(crate) cursor: Option<Signature>,
    pub(crate) suspicion: Option<Suspicion>,
}

/// How a match begins.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// Its rules.
    pub rules: Rules,
    /// Player index of each warrior at the start.
    pub owners: Vec<u8>,
    /// Warrior slots of the state.
    pub capacity: usize,
    /// Its seed.
    pub seed: Digest,
}

impl Watched {
    /// Begins before the first checkpoint.
    ///
    /// # Errors
    /// [`Unwatchable::Genesis`] when the rules refuse the roster.
    pub fn new(match_key: Pubkey, beginning: &Beginning) -> Result<Self, Unwatchable> {
        let Beginning {
            rules,
            owners,
            capacity,
            seed,
        } = beginning;
        let genesis =
            arena::genesis::<HostSha256>(rules, owners, *capacity, seed).map_err(Unwatchable::Genesis)?;
        Ok(Self {
            match_key,
            resimulation: Resimulation::new(*rules, owners.clone(), genesis),
            next: 0,
            posted: 0,
            status: MatchStatus::Live,
            progress_deadline: u64::MAX,
            cursor: None,
            suspicion: None,
        })
    }

    /// Begins with a match that was started.
    ///
    /// # Errors
    /// [`Unwatchable`] when this build's rules are not those of the program.
    pub(crate) fn of(view: &MatchView) -> Result<Self, Unwatchable> {
        let mut owners = view.owners();
        owners.truncate(usize::from(view.header.warriors_at_start));
        let beginning = Beginning {
            rules: view.rules,
            owners,
            capacity: usize::from(view.header.capacity),
            seed: view.header.seed,
        };
        let mut watched = Self::new(view.address, &beginning)?;
        if watched.resimulation.leaf() != view.header.genesis_leaf {
            return Err(Unwatchable::OtherGenesis);
        }
        watched.observe(view);
        Ok(watched)
    }

    /// Its address.
    pub fn match_key(&self) -> Pubkey {
        self.match_key
    }

    /// Checkpoints stepped so far.
    pub fn checked(&self) -> u32 {
        self.next
    }

    /// Checkpoints that are posted and not stepped.
    pub(crate) fn behind(&self) -> u32 {
        match self.suspicion {
            Some(Suspicion::Wrong(_)) => 0,
            _ => self.posted.saturating_sub(self.next),
        }
    }

    /// Takes a newer view in. Views that are older than what is known change nothing.
    pub(crate) fn observe(&mut self, view: &MatchView) -> Seen {
        if view.header.checkpoints_posted < self.posted && self.status as u8 >= view.status as u8 {
            return if self.behind() > 0 {
                Seen::Behind
            } else {
                Seen::CaughtUp
            };
        }
        for owner in view.owners().iter().skip(self.resimulation.owners().len()) {
            self.resimulation.enter_late(*owner, 1);
        }
        self.posted = view.header.checkpoints_posted;
        self.status = view.status;
        self.progress_deadline = view.header.progress_deadline;
        if matches!(self.suspicion, Some(Suspicion::Wrong(_))) {
            return Seen::CaughtUp;
        }
        if self.posted > self.next {
            return Seen::Behind;
        }
        if self.posted < self.next || self.resimulation.leaf() != view.header.last_leaf {
            return Seen::Diverged;
        }
        Seen::CaughtUp
    }

    /// Takes what is stepped for all there is.
    pub(crate) fn forget_the_rest(&mut self) {
        self.posted = self.next;
    }

    /// Whether `index` is covered by the newest view.
    pub(crate) fn may_step(&self, index: u32) -> bool {
        index < self.posted
    }

    /// Steps a checkpoint. One that was stepped before is passed over: gives whether this one was new.
    ///
    /// # Errors
    /// [`Unwatchable::Gap`] when it does not follow.
    pub fn step(&mut self, checkpoint: &CheckpointRecord) -> Result<Stepped, Unwatchable> {
        if checkpoint.index < self.next || matches!(self.suspicion, Some(Suspicion::Wrong(_))) {
            return Ok(Stepped::Known);
        }
        if checkpoint.index > self.next {
            return Err(Unwatchable::Gap {
                expected: self.next,
                found: checkpoint.index,
            });
        }
        match self.resimulation.checkpoint(checkpoint) {
            Ok(()) => {
                self.next += 1;
                self.posted = self.posted.max(self.next);
                Ok(Stepped::Agrees)
            }
            Err(proof) => {
                let fault = fault_of(&proof);
                self.suspicion = Some(Suspicion::Wrong(proof));
                Ok(Stepped::Wrong(fault))
            }
        }
    }

    /// Whether its operator has let its deadline pass. `slot` must be older than the newest view.
    pub(crate) fn is_silent(&self, slot: u64, margin: u64) -> bool {
        self.status == MatchStatus::Live && slot > self.progress_deadline.saturating_add(margin)
    }
}

/// What came of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stepped {
    /// It was stepped before, or a wrong one came before it.
    Known,
    /// Every segment agrees.
    Agrees,
    /// A segment does not.
    Wrong(Fault),
}

fn fault_of(proof: &FraudProof) -> Fault {
    Fault::Wrong {
        index: proof.args.index,
        segment: proof.args.segment,
        tick: proof.tick,
        claimed: proof.claimed,
        outcome: proof.outcome.clone(),
    }
}

#[cfg(test)]
#[path = "watched_tests.rs"]
mod tests;
