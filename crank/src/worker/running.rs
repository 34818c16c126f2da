//! One match on a tick thread.

use std::collections::VecDeque;

use arena::Digest;
use bus::{MatchPublisher, Rejected};
use protocol::codes::RejectReason;
use protocol::directory::MatchEvent;
use protocol::log::LogRecord;
use protocol::receipt::Receipt;
use protocol::wire::{Encoder, EventLog};
use protocol::{Hash, MatchKey};
use tokio::sync::mpsc;

use super::exchange::{Adoption, MatchEnd, Notice, VerifiedEnvelope};
use super::pace::Pace;
use crate::clock::MonotonicUs;
use crate::journal::{InputLog, JournalError};
use crate::live::{LateEntry, LiveError, LiveMatch};

/// Inputs taken on one tick: 100 warriors with ten changes each. What is left waits for the next tick.
const INPUTS_PER_TICK_MAX: usize = 1_000;

/// How often a notice that found no room is offered again, microseconds.
const RETRY_US: i64 = 10_000;

/// How far a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Ticks are to be made.
    Running,
    /// No more ticks; notices wait to be delivered.
    Delivering,
    /// Nothing left.
    Done,
}

/// One match with everything it needs to tick.
pub(super) struct Running {
    key: MatchKey,
    live: LiveMatch,
    pace: Pace,
    log: Box<dyn InputLog>,
    publisher: MatchPublisher,
    inputs: mpsc::Receiver<VerifiedEnvelope>,
    encoder: Encoder,
    events: EventLog,
    /// Beacons that are not in the log yet, in order.
    unlogged: VecDeque<LogRecord>,
    /// Notices that are not delivered yet. Bounded by the checkpoints of a match.
    outbox: VecDeque<Notice>,
    state: Progress,
    retry_at: MonotonicUs,
    /// Inputs cannot be logged, and that was said.
    complained: bool,
}

impl Running {
    pub(super) fn new(adoption: Adoption) -> Self {
        let Adoption {
            live,
            start,
            log,
            publisher,
            inputs,
        } = adoption;
        Self {
            key: live.setup().match_key,
            live,
            pace: Pace::new(start),
            log,
            publisher,
            inputs,
            encoder: Encoder::new(),
            events: EventLog::default(),
            outbox: VecDeque::new(),
            unlogged: VecDeque::new(),
            state: Progress::Running,
            retry_at: start,
            complained: false,
        }
    }

    pub(super) fn key(&self) -> MatchKey {
        self.key
    }

    pub(super) fn state(&self) -> Progress {
        self.state
    }

    /// Shows where the match stands. A restored match may be over already.
    pub(super) fn begin(&mut self) {
        self.publish();
        if self.live.ended() {
            self.end();
        }
    }

    pub(super) fn announce(&mut self, entry: LateEntry) {
        self.live.announce(entry);
    }

    /// Takes the beacon of a checkpoint.
    pub(super) fn reveal(&mut self, checkpoint: u32, beacon: Digest, now: MonotonicUs) {
        if self.state != Progress::Running || checkpoint != self.live.unrevealed() {
            return;
        }
        let record = LogRecord::Beacon {
            checkpoint,
            hash: Hash(beacon),
        };
        // The chain has it as well: where it cannot be logged the match goes on, and takes no inputs meanwhile.
        let logged = self.append(record);
        self.note_logging(logged.as_ref().err());
        let (next, waited) = (self.next(), !self.live.is_revealed());
        let first = checkpoint * self.live.setup().rules.checkpoint_ticks() + 1;
        self.pace.reveal(now, first);
        self.live.reveal(checkpoint, beacon);
        if waited && self.live.is_revealed() && self.pace.resume(now, next) {
            self.tell(MatchEvent::Resumed {
                tick: self.live.tick(),
            });
        }
    }

    /// Tells players that the match waits for the chain, once a wait.
    pub(super) fn hold(&mut self, now: MonotonicUs) {
        let waits = self.state == Progress::Running && !self.live.is_revealed();
        let next = self.next();
        if waits && self.pace.hold(now, next) {
            tracing::warn!(match_key = %self.key, "the chain stands still, and the match waits for it");
            self.tell(MatchEvent::Paused {
                tick: self.live.tick(),
            });
        }
    }

    fn tell(&self, event: MatchEvent) {
        self.publisher.publish_event(event);
    }

    /// The tick that comes next.
    fn next(&self) -> u32 {
        self.live.tick().0 + 1
    }

    /// When the next tick is due; never, while its beacon is not known.
    pub(super) fn deadline(&self) -> Option<MonotonicUs> {
        let runs = self.state == Progress::Running && self.live.is_revealed();
        runs.then(|| self.pace.deadline(self.next()))
    }

    /// When this match wants to be looked at again.
    pub(super) fn wake(&self) -> Option<MonotonicUs> {
        match self.state {
            Progress::Running => self.deadline(),
            Progress::Delivering => Some(self.retry_at),
            Progress::Done => None,
        }
    }

    /// Makes one tick: inputs, late entries, the rules, the frame.
    pub(super) fn tick(&mut self) {
        self.take_inputs();
        let admit = self.admit();
        self.events.clear();
        match self.live.step(admit, &mut self.events) {
            Ok(outcome) => {
                self.pace.ticked();
                self.publish();
                for sealed in &outcome.sealed {
                    // Only a check for the next recovery: without it the match is as safe, and as
                    // recoverable.
                    let record = LogRecord::Sealed {
                        segment: sealed.index,
                        leaf: Hash(sealed.leaf),
                    };
                    if let Err(error) = self.append(record) {
                        tracing::warn!(match_key = %self.key(), %error, "a segment's leaf was not logged");
                    }
                }
                let match_key = self.key();
                self.outbox
                    .extend(outcome.checkpoint.map(|checkpoint| Notice::Checkpoint {
                        match_key,
                        checkpoint,
                    }));
                if outcome.ended {
                    self.end();
                }
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Hands over what is waiting, as far as there is room.
    pub(super) fn deliver(&mut self, now: MonotonicUs, notices: &mpsc::Sender<Notice>) {
        while let Some(notice) = self.outbox.pop_front() {
            match notices.try_send(notice) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(notice)) => {
                    self.outbox.push_front(notice);
                    self.retry_at = now.plus(RETRY_US);
                    return;
                }
                // Nobody listens any more: the crank is stopping, and the log has everything.
                Err(mpsc::error::TrySendError::Closed(_)) => self.outbox.clear(),
            }
        }
        if self.state == Progress::Delivering {
            self.state = Progress::Done;
        }
    }

    fn take_inputs(&mut self) {
        for _ in 0..INPUTS_PER_TICK_MAX {
            let Ok(envelope) = self.inputs.try_recv() else {
                return;
            };
            self.take_input(envelope);
        }
    }

    fn take_input(&mut self, VerifiedEnvelope { input, reply }: VerifiedEnvelope) {
        let slot = input.signed().input.slot;
        let outcome = self.live.judge(&input).and_then(|tick| {
            let record = LogRecord::Input {
                tick,
                signed: *input.signed(),
            };
            let logged = self.append(record);
            self.note_logging(logged.as_ref().err());
            logged.map_err(|_| RejectReason::Busy)?;
            self.live.accept(&input, tick);
            Ok(Receipt::of(&input.signed().input, tick))
        });
        let outcome = outcome.map_err(|reason| Rejected {
            reason,
            chain: self.live.chain(slot),
        });
        super::meter::count_input(&outcome);
        self.log.acknowledge(reply, outcome);
    }

    /// Says once that inputs are refused because they cannot be logged, and once that they are logged again.
    fn note_logging(&mut self, error: Option<&JournalError>) {
        match error {
            Some(error) if !self.complained => {
                tracing::error!(match_key = %self.key, %error, "inputs are refused because they cannot be logged");
            }
            None if self.complained => tracing::info!(match_key = %self.key, "inputs are logged again"),
            _ => {}
        }
        self.complained = error.is_some();
    }

    /// Logs a record, after the beacons that could not be logged when they came: whoever brings the match back needs them
    /// for what follows.
    fn append(&mut self, record: LogRecord) -> Result<(), JournalError> {
        let beacon = matches!(record, LogRecord::Beacon { .. });
        self.unlogged.push_back(record);
        while let Some(first) = self.unlogged.front() {
            if let Err(error) = self.log.append(first) {
                if !beacon {
                    self.unlogged.pop_back();
                }
                return Err(error);
            }
            self.unlogged.pop_front();
        }
        Ok(())
    }

    /// How many late warriors enter on this tick, once that is written down.
    fn admit(&mut self) -> u8 {
        let warriors = self.live.admissible();
        if warriors == 0 {
            return 0;
        }
        match self.append(LogRecord::Admitted {
            segment: self.live.segment(),
            warriors,
        }) {
            Ok(()) => warriors,
            Err(error) => {
                tracing::error!(match_key = %self.key(), %error, "late entries wait because they could not be logged");
                0
            }
        }
    }

    fn publish(&mut self) {
        let encoded = self.encoder.frame(&self.live.state(), self.events.events());
        self.publisher.publish_frame(encoded.into());
    }

    fn end(&mut self) {
        let end = MatchEnd {
            state: self.live.state().as_bytes().to_vec(),
            eliminations: self.live.eliminations().to_vec(),
        };
        self.outbox.push_back(Notice::Ended {
            match_key: self.key(),
            end,
        });
        self.stop(RejectReason::Ended);
    }

    fn fail(&mut self, error: &LiveError) {
        tracing::error!(match_key = %self.key(), %error, "the match cannot go on");
        self.outbox.push_back(Notice::Failed {
            match_key: self.key(),
            reason: error.to_string(),
        });
        self.stop(RejectReason::Ended);
    }

    /// A tick was lost to a defect: nothing of this match counts any more but its log.
    pub(super) fn crash(&mut self, reason: String) {
        self.outbox.push_back(Notice::Crashed {
            match_key: self.key,
            reason,
        });
        self.stop(RejectReason::Busy);
    }

    fn stop(&mut self, reason: RejectReason) {
        self.state = Progress::Delivering;
        self.inputs.close();
        while let Ok(VerifiedEnvelope { input, reply }) = self.inputs.try_recv() {
            // After a defect the match does not know where the player's chain stands; the sender asks again.
            let chain = match reason {
                RejectReason::Busy => None,
                _ => self.live.chain(input.signed().input.slot),
            };
            let _ = reply.send(Err(Rejected { reason, chain }));
        }
    }
}
