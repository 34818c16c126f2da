//! From the log back to a running match.
//!
//! Everything accepted is put back at its tick, then all ticks are made again. Where the log says what a
//! segment's leaf was, it is compared: a difference means that this program does not play the match the
//! earlier one played, and that must stop it before it commits to anything.

use std::collections::BTreeMap;

use arena::Digest;
use protocol::log::LogRecord;
use protocol::Tick;

use super::checkpoint::Checkpoint;
use super::intake::{LateEntry, VerifiedInput};
use super::live_match::LiveMatch;
use super::setup::{LiveError, MatchSetup};

/// Why a log does not give a match.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The match itself failed.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// The log is of a match with another seed.
    #[error(
        "the log was written for another seed or another genesis state: it belongs to a different match"
    )]
    OtherMatch,
    /// The same inputs gave another state.
    #[error(
        "segment {segment} was sealed with another leaf than this program computes: run the version that wrote the log"
    )]
    OtherLeaf {
        /// The segment.
        segment: u32,
    },
    /// A record that no crank writes.
    #[error("the log says that {warriors} late warriors entered segment {segment}, which the entries on chain do not allow")]
    Admission {
        /// The segment.
        segment: u32,
        /// How many.
        warriors: u8,
    },
}

/// A match brought back.
#[derive(Debug)]
pub struct Restored {
    /// Ready for its next tick.
    pub live: LiveMatch,
    /// All checkpoints that are complete, from 0.
    pub checkpoints: Vec<Checkpoint>,
}

impl LiveMatch {
    /// Rebuilds a match from its log: the state after `tick` ticks, or after the last tick the log speaks of
    /// if that is later. `late` are all entries made after the start, in slot order.
    ///
    /// # Errors
    /// [`RestoreError`].
    pub fn restore(
        setup: MatchSetup,
        late: &[LateEntry],
        records: &[LogRecord],
        tick: Tick,
    ) -> Result<Restored, RestoreError> {
        let mut live = LiveMatch::new(setup)?;
        for &entry in late {
            live.announce(entry);
        }
        let history = History::read(&live, records)?;
        for (tick, input) in &history.inputs {
            live.preload(input, *tick);
        }
        let mut checkpoints = Vec::new();
        while live.tick().0 < tick.0.max(history.tick_min) && !live.ended() {
            let admit = match live.at_segment_start() {
                true => history.admission(&live)?,
                false => 0,
            };
            let outcome = live.step(admit, &mut ())?;
            for sealed in &outcome.sealed {
                if history
                    .leaves
                    .get(&sealed.index)
                    .is_some_and(|leaf| *leaf != sealed.leaf)
                {
                    return Err(RestoreError::OtherLeaf {
                        segment: sealed.index,
                    });
                }
            }
            checkpoints.extend(outcome.checkpoint);
        }
        Ok(Restored { live, checkpoints })
    }
}

/// What a log says, sorted by what it is needed for.
struct History {
    inputs: Vec<(Tick, VerifiedInput)>,
    /// Warriors by segment.
    admissions: BTreeMap<u32, u8>,
    /// Leaves by segment.
    leaves: BTreeMap<u32, Digest>,
    /// Ticks that were made for certain before the log ended.
    tick_min: u32,
}

impl History {
    fn read(live: &LiveMatch, records: &[LogRecord]) -> Result<Self, RestoreError> {
        let segment_ticks = u32::from(live.setup().rules.segment_ticks);
        let mut history = Self {
            inputs: Vec::new(),
            admissions: BTreeMap::new(),
            leaves: BTreeMap::new(),
            tick_min: 0,
        };
        for record in records {
            let at_least = match record {
                LogRecord::Started {
                    seed, genesis_leaf, ..
                } => {
                    if seed.0 != live.setup().seed || genesis_leaf.0 != live.genesis_leaf() {
                        return Err(RestoreError::OtherMatch);
                    }
                    0
                }
                LogRecord::Input { tick, signed } => {
                    history.inputs.push((*tick, VerifiedInput::logged(*signed)));
                    // It was accepted while an earlier tick was the last one made. A clock that is behind
                    // must not bring the match back to where a later input could take effect before this one.
                    tick.0.saturating_sub(1)
                }
                LogRecord::Admitted { segment, warriors } => {
                    history.admissions.insert(*segment, *warriors);
                    // The tick they enter on is made here, or they would never enter.
                    segment.saturating_mul(segment_ticks).saturating_add(1)
                }
                LogRecord::Sealed { segment, leaf } => {
                    history.leaves.insert(*segment, leaf.0);
                    segment.saturating_add(1).saturating_mul(segment_ticks)
                }
            };
            history.tick_min = history
                .tick_min
                .max(at_least.min(live.setup().rules.length_ticks.into()));
        }
        Ok(history)
    }

    /// How many warriors entered the segment that begins now.
    fn admission(&self, live: &LiveMatch) -> Result<u8, RestoreError> {
        let segment = live.segment();
        let warriors = self.admissions.get(&segment).copied().unwrap_or(0);
        if !live.is_whole_entries(warriors) {
            return Err(RestoreError::Admission { segment, warriors });
        }
        Ok(warriors)
    }
}
