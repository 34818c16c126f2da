//! From the log back to a running match.
//!
//! Everything accepted is put back at its tick, then all ticks are made again. Nothing in the log is taken on
//! trust, because others than this crank may have written to where it lay: every signature and every player's
//! chain are checked again. Where the log says what a segment's leaf was, it is compared: a difference means
//! that this program does not play the match the earlier one played, and that must stop it before it commits
//! to anything.

use std::collections::BTreeMap;

use arena::Digest;
use protocol::codes::RejectReason;
use protocol::input::SignedInput;
use protocol::log::LogRecord;
use protocol::{MatchKey, PlayerSlot, SessionKey, Tick};

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
    /// An input that no crank has accepted: somebody else wrote to the log.
    #[error("the log holds input {sequence} of player {slot} for tick {tick}, which no crank has accepted ({reason:?}): somebody else wrote it")]
    ForgedInput {
        /// Whose it is said to be.
        slot: PlayerSlot,
        /// Its number in the player's chain.
        sequence: u32,
        /// Where it is said to take effect.
        tick: Tick,
        /// What is wrong with it.
        reason: RejectReason,
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

/// The key that signs each player's inputs.
pub type Sessions = BTreeMap<PlayerSlot, SessionKey>;

/// What a match is rebuilt from.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    /// All entries made after the start, in slot order.
    pub late: &'a [LateEntry],
    /// Of all players whose inputs are in the log.
    pub sessions: &'a Sessions,
    /// The log.
    pub records: &'a [LogRecord],
}

impl LiveMatch {
    /// Rebuilds a match from its log: the state after `tick` ticks, or after the last tick the log speaks of
    /// if that is later; less far where the beacon of its next tick is not logged.
    ///
    /// # Errors
    /// [`RestoreError`].
    pub fn restore(setup: MatchSetup, past: Past<'_>, tick: Tick) -> Result<Restored, RestoreError> {
        let mut live = LiveMatch::new(setup)?;
        for &entry in past.late {
            live.announce(entry);
        }
        let history = History::read(&live, past.records)?;
        let owners = owners(&live.setup().owners, past.late);
        let verified = verify(live.setup().match_key, &owners, past.sessions, &history.inputs);
        for (&(tick, signed), input) in history.inputs.iter().zip(verified) {
            input
                .and_then(|input| live.preload(&input, tick))
                .map_err(|reason| forged(tick, &signed, reason))?;
        }
        for (&checkpoint, &beacon) in &history.beacons {
            live.reveal(checkpoint, beacon);
        }
        let mut checkpoints = Vec::new();
        while live.tick().0 < tick.0.max(history.tick_min) && !live.ended() && live.is_revealed() {
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
    inputs: Vec<(Tick, SignedInput)>,
    /// Warriors by segment.
    admissions: BTreeMap<u32, u8>,
    /// Leaves by segment.
    leaves: BTreeMap<u32, Digest>,
    /// By checkpoint.
    beacons: BTreeMap<u32, Digest>,
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
            beacons: BTreeMap::new(),
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
                    history.inputs.push((*tick, *signed));
                    // It was accepted while an earlier tick was the last one made. A clock that is behind
                    // must not bring the match back to where a later input could take effect before this one.
                    tick.0.saturating_sub(1)
                }
                LogRecord::Admitted { segment, warriors } => {
                    history.admissions.insert(*segment, *warriors);
                    // The tick they enter on is made here, or they would never enter.
                    segment.saturating_mul(segment_ticks).saturating_add(1)
                }
                LogRecord::Beacon { checkpoint, hash } => {
                    history.beacons.insert(*checkpoint, hash.0);
                    0
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

fn forged(tick: Tick, signed: &SignedInput, reason: RejectReason) -> RestoreError {
    RestoreError::ForgedInput {
        slot: signed.input.slot,
        sequence: signed.input.sequence,
        tick,
        reason,
    }
}

/// Player slot of every warrior that is or may come to be in the match, in roster order.
fn owners(genesis: &[u8], late: &[LateEntry]) -> Vec<u8> {
    let late = late
        .iter()
        .flat_map(|entry| std::iter::repeat_n(entry.slot.0, entry.warriors.into()));
    genesis.iter().copied().chain(late).collect()
}

/// Inputs that one thread checks: a millisecond's work.
const PIECE_LEN: usize = 64;

/// Checks everything that can be said of an input without its neighbours, on all cores.
fn verify(
    match_key: MatchKey,
    owners: &[u8],
    sessions: &Sessions,
    inputs: &[(Tick, SignedInput)],
) -> Vec<Result<VerifiedInput, RejectReason>> {
    let one = |(_, signed): &(Tick, SignedInput)| {
        let input = &signed.input;
        if input.match_key != match_key {
            return Err(RejectReason::UnknownMatch);
        }
        if owners.get(usize::from(input.warrior.0)) != Some(&input.slot.0) {
            return Err(RejectReason::NotYourWarrior);
        }
        let session = sessions.get(&input.slot).ok_or(RejectReason::UnknownPlayer)?;
        VerifiedInput::verify(*signed, session)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let piece = inputs.len().div_ceil(threads).max(PIECE_LEN);
    std::thread::scope(|scope| {
        let pieces: Vec<_> = inputs
            .chunks(piece)
            .map(|piece| {
                let thread = scope.spawn(move || piece.iter().map(one).collect::<Vec<_>>());
                (piece.len(), thread)
            })
            .collect();
        // A thread that died has verified nothing.
        let verified = pieces.into_iter().flat_map(|(len, thread)| {
            let died = |_| vec![Err(RejectReason::BadSignature); len];
            thread.join().unwrap_or_else(died)
        });
        verified.collect()
    })
}
