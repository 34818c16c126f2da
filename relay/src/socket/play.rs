//! Inputs of a socket that plays: cheap checks on the way in, answers on the way out.
//!
//! The relay checks what needs no state of the match: whose warrior, which heading, how fast. Signature,
//! chain and tick are the crank's; its answer comes back through a oneshot.

use std::collections::HashMap;
use std::time::Instant;

use bus::{Bus, InputEnvelope, InputOutcome};
use futures_util::stream::FuturesUnordered;
use futures_util::StreamExt;
use protocol::codes::RejectReason;
use protocol::control::ServerMessage;
use protocol::directory::PlayerInfo;
use protocol::input::SignedInput;
use protocol::{MatchKey, WarriorIndex};
use tokio::sync::oneshot;

use crate::config::Limits;
use crate::limits::bucket::Bucket;
use crate::limits::once::OncePerSecond;

/// One input that waits for the crank.
type Waiting = std::pin::Pin<Box<dyn std::future::Future<Output = Answer> + Send>>;

/// The crank's answer to one input; none if it dropped the envelope.
pub(super) struct Answer {
    sequence: u32,
    outcome: Result<InputOutcome, oneshot::error::RecvError>,
}

/// A socket that plays.
pub(super) struct Playing {
    pub(super) match_key: MatchKey,
    pub(super) player: PlayerInfo,
    bus: Bus,
    bucket: Bucket,
    waiting: FuturesUnordered<Waiting>,
    in_flight_max: usize,
    /// The highest sequence that was acked on this socket.
    acked: Option<u32>,
    /// The wallet is banned: nothing it sends goes on.
    pub(super) muted: bool,
    /// The heading of each warrior as this socket sent it last, and the number of that input.
    held: HashMap<WarriorIndex, (u32, u8)>,
    /// An excess of inputs is one flag a second, not one for each input.
    flood: OncePerSecond,
}

/// What to tell the client, and whether to count it against the wallet.
pub(super) struct Reply {
    pub(super) message: ServerMessage,
    pub(super) flag: Option<&'static str>,
}

impl Playing {
    pub(super) fn new(match_key: MatchKey, player: PlayerInfo, bus: Bus, limits: &Limits) -> Self {
        let per_second = limits
            .inputs_per_warrior_per_second
            .saturating_mul(player.warriors.max(1).into());
        Self {
            match_key,
            player,
            bus,
            bucket: Bucket::new(per_second, per_second.saturating_mul(2), Instant::now()),
            waiting: FuturesUnordered::new(),
            in_flight_max: limits.inputs_in_flight_max,
            acked: None,
            muted: false,
            held: HashMap::new(),
            flood: OncePerSecond::default(),
        }
    }

    /// Whether answers are awaited.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The next answer; cancel safe. Only when `is_waiting`.
    pub(super) async fn next_answer(&mut self) -> Option<Answer> {
        self.waiting.next().await
    }

    /// Sends an input on its way; the reply of a refusal if it does not get far.
    pub(super) fn submit(&mut self, signed: SignedInput) -> Option<Reply> {
        let sequence = signed.input.sequence;
        if let Err(reason) = self.check(&signed) {
            let flag = self.flag_for(reason);
            return Some(Reply {
                message: rejection(sequence, reason),
                flag,
            });
        }
        let (warrior, heading) = (signed.input.warrior, signed.input.heading);
        let (envelope, answer) = InputEnvelope::new(signed);
        if let Err(error) = self.bus.submit_input(&self.match_key, envelope) {
            return Some(Reply {
                message: rejection(sequence, error.into()),
                flag: None,
            });
        }
        self.held.insert(warrior, (sequence, heading));
        self.waiting.push(Box::pin(async move {
            Answer {
                sequence,
                outcome: answer.await,
            }
        }));
        None
    }

    /// What to tell the client of the crank's answer.
    pub(super) fn reply(&mut self, answer: Answer) -> Reply {
        let sequence = answer.sequence;
        if !matches!(answer.outcome, Ok(Ok(_))) {
            // What the warrior holds now is not known.
            self.held.retain(|_, (sent, _)| *sent != sequence);
        }
        match answer.outcome {
            Ok(Ok(accepted)) => {
                self.acked = self.acked.max(Some(sequence));
                Reply {
                    message: ServerMessage::Ack {
                        sequence,
                        tick: accepted.tick,
                        receipt: accepted.receipt,
                    },
                    flag: None,
                }
            }
            Ok(Err(rejected)) => {
                // After a reconnect a client may repeat what was acked on the old socket. On the same socket
                // nobody does so by accident.
                let replayed = rejected.reason == RejectReason::WrongSequence
                    && self.acked.is_some_and(|acked| sequence <= acked);
                let flag = if replayed {
                    Some("replay")
                } else {
                    self.flag_for(rejected.reason)
                };
                let message = ServerMessage::Reject {
                    sequence,
                    reason: rejected.reason,
                    chain: rejected.chain,
                };
                Reply { message, flag }
            }
            Err(_) => Reply {
                message: rejection(sequence, RejectReason::Busy),
                flag: None,
            },
        }
    }

    fn check(&mut self, signed: &SignedInput) -> Result<(), RejectReason> {
        let input = &signed.input;
        if input.match_key != self.match_key || input.slot != self.player.slot {
            return Err(RejectReason::NotAuthenticated);
        }
        if self.muted {
            return Err(RejectReason::Muted);
        }
        // Keys that are held down repeat themselves: that is no change, and costs none.
        let held = self.held.get(&input.warrior);
        if held.is_some_and(|(sent, heading)| *heading == input.heading && input.sequence > *sent) {
            return Err(RejectReason::Unchanged);
        }
        if !self.bucket.take(1.0, Instant::now()) {
            return Err(RejectReason::RateLimited);
        }
        signed.check_shape()?;
        if !self.player.owns(input.warrior.0) {
            // Warriors get their places at the start of the match, which may have come after `Play`.
            let detail = self
                .bus
                .detail(&self.match_key)
                .ok_or(RejectReason::UnknownMatch)?;
            let player = detail
                .player_in(self.player.slot)
                .ok_or(RejectReason::UnknownPlayer)?;
            if player.wallet != self.player.wallet {
                return Err(RejectReason::NotAuthenticated);
            }
            self.player = player.clone();
            if self.player.first_warrior.is_none() {
                // Nobody knows yet which warriors are whose.
                return Err(RejectReason::NotStarted);
            }
            if !self.player.owns(input.warrior.0) {
                return Err(RejectReason::NotYourWarrior);
            }
        }
        if self.waiting.len() >= self.in_flight_max {
            return Err(RejectReason::Busy);
        }
        Ok(())
    }

    fn flag_for(&mut self, reason: RejectReason) -> Option<&'static str> {
        if !reason.is_suspicious() {
            return None;
        }
        if reason == RejectReason::RateLimited && !self.flood.allows(Instant::now()) {
            return None;
        }
        Some(name(reason))
    }
}

/// A refusal by the relay, which does not know where the chain stands.
pub(super) fn rejection(sequence: u32, reason: RejectReason) -> ServerMessage {
    ServerMessage::Reject {
        sequence,
        reason,
        chain: None,
    }
}

/// The kind under which a reason is counted.
fn name(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::UnknownPlayer => "unknown_player",
        RejectReason::NotYourWarrior => "not_your_warrior",
        RejectReason::BadHeading => "bad_heading",
        RejectReason::BadSignature => "bad_signature",
        RejectReason::TickInFuture => "tick_in_future",
        RejectReason::TickTooOld => "tick_too_old",
        RejectReason::TooManyChanges => "too_many_changes",
        RejectReason::RateLimited => "input_rate",
        _ => "rejected",
    }
}
