//! One match, followed through reconnections: what arrives is put together into the match as it stands.
//!
//! Invariants: the snapshot is the last tick received; a gap costs a reconnection, never a wrong picture.
//! After a loss it goes on at the next relay with one message, that names the last tick and, for a player,
//! the token of the sign-in. Waits between reconnections grow, with jitter, and are bounded; after too many
//! in a row the caller gets the error.

use std::time::Duration;

use anyhow::{anyhow, bail, Result};
use ed25519_dalek::SigningKey;
use protocol::codes::{CosignRefusal, ErrorCode, RejectReason};
use protocol::control::{ClientMessage, Rate, ResumeToken, ServerMessage};
use protocol::cosign::{Cosignature, SettlementOffer};
use protocol::directory::{MatchDetail, MatchEvent};
use protocol::input::{ChainHead, SignedInput};
use protocol::wire::{Snapshot, StateFrame, TickEvent};
use protocol::{MatchKey, Signature, Tick};
use rand::Rng;
use tokio::time::sleep;

use crate::connection::{Connection, Received};
use crate::relays::Relays;

/// The first wait before connecting again; it doubles each time.
const RETRY_WAIT_MIN: Duration = Duration::from_millis(250);
const RETRY_WAIT_MAX: Duration = Duration::from_secs(5);
/// The longest wait that a relay may ask for.
const ASKED_WAIT_MAX: Duration = Duration::from_secs(10);
/// Failures in a row that are put up with.
const FAILURES_MAX: u32 = 8;

/// As whom a match is followed.
#[derive(Clone)]
pub enum Role {
    Spectator(Rate),
    /// With the session key of the entry.
    Player(Box<SigningKey>),
}

/// What changed.
#[derive(Debug)]
pub enum Update {
    /// The match is followed from now on, or again: [`Follower::detail`] is new.
    Following,
    /// [`Follower::snapshot`] is new; the events of the ticks since the last one.
    Ticks(Vec<(Tick, TickEvent)>),
    /// Something outside the arena; already in [`Follower::detail`].
    Event(MatchEvent),
    /// Our input of this sequence was accepted.
    Ack(u32, Tick, Signature),
    /// Our input of this sequence was refused.
    Reject(u32, RejectReason, Option<ChainHead>),
    /// The match has ended, and we are asked to sign its result.
    Offer(Box<SettlementOffer>),
    /// Our signature under a result was taken, or why not.
    Cosigned(Option<CosignRefusal>),
    /// The connection was lost; the next call connects again.
    Lost(String),
}

/// A followed match.
pub struct Follower {
    relays: Relays,
    match_key: MatchKey,
    role: Role,
    connection: Option<Connection>,
    /// Of the last sign-in, until a relay does not take it.
    token: Option<ResumeToken>,
    failures: u32,
    /// What the relay asked for before it closed.
    asked_wait: Option<Duration>,
    /// Everything known about the match, once it is followed.
    pub detail: Option<MatchDetail>,
    /// The arena at the last tick received.
    pub snapshot: Option<Snapshot>,
}

impl Follower {
    /// Nothing is connected before the first [`Self::next`]. Which of several relays comes first is chance.
    pub fn new(relays: impl Into<Relays>, match_key: MatchKey, role: Role) -> Self {
        Self {
            relays: relays.into().shuffled(),
            match_key,
            role,
            connection: None,
            token: None,
            failures: 0,
            asked_wait: None,
            detail: None,
            snapshot: None,
        }
    }

    /// Waits for the next change, connecting where necessary. Dropping it loses nothing but a connection
    /// being made, so a caller that drops it all the time never connects.
    ///
    /// Errors when the relay does not know the match, refuses us for good, or cannot be reached again and
    /// again.
    pub async fn next(&mut self) -> Result<Update> {
        loop {
            let Some(connection) = self.connection.as_mut() else {
                self.connect().await?;
                continue;
            };
            match connection.next().await {
                Ok(Received::Frame(bytes)) => match self.take_frame(&bytes) {
                    Ok(events) => return Ok(Update::Ticks(events)),
                    Err(reason) => return Ok(self.lose(reason)),
                },
                Ok(Received::Control(message)) => {
                    if is_bad_token(&message) {
                        self.sign_in_again().await?;
                        continue;
                    }
                    if let Some(update) = self.take_message(*message)? {
                        return Ok(update);
                    }
                }
                Ok(Received::Closed(closed)) if !closed.is_transient() => {
                    bail!("the relay closed the connection: {closed}")
                }
                Ok(Received::Closed(closed)) => return Ok(self.lose(closed.to_string())),
                Err(error) => return Ok(self.lose(format!("{error:#}"))),
            }
        }
    }

    /// Sends a move.
    pub async fn send(&mut self, input: SignedInput) -> Result<()> {
        self.ask(&ClientMessage::Input(input)).await
    }

    /// Agrees with a result that was offered.
    pub async fn cosign(&mut self, cosignature: Cosignature) -> Result<()> {
        self.ask(&ClientMessage::Cosign(cosignature)).await
    }

    async fn ask(&mut self, message: &ClientMessage) -> Result<()> {
        let connection = self.connection.as_mut().ok_or_else(|| anyhow!("not connected"))?;
        connection.send(message).await
    }

    /// Says goodbye.
    pub async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close().await;
        }
    }

    async fn connect(&mut self) -> Result<()> {
        if self.failures > 0 {
            let asked = self.asked_wait.take().unwrap_or_default();
            sleep(asked + retry_wait(self.failures)).await;
        }
        // Counted before the attempt: a caller that drops this future in the middle must not make it endless.
        self.failures += 1;
        match self.open().await {
            Ok(connection) => {
                self.connection = Some(connection);
                Ok(())
            }
            Err(error) if !self.may_fail_again() => Err(error),
            Err(error) => {
                tracing::debug!(error = %format_args!("{error:#}"), "connecting again");
                self.relays.turn();
                Ok(())
            }
        }
    }

    async fn open(&mut self) -> Result<Connection> {
        let mut connection = Connection::open(self.relays.current()).await?;
        if let (Role::Player(session), None) = (&self.role, self.token) {
            self.token = Some(connection.sign_in(session).await?);
            connection.send(&self.request(None)).await?;
        } else {
            connection.send(&self.request(self.token)).await?;
        }
        Ok(connection)
    }

    /// The relay does not know the token that was to spare the signature: it has expired, or was not shared.
    async fn sign_in_again(&mut self) -> Result<()> {
        self.token = None;
        // Whoever drops this future has no connection, and a new one is made.
        let (Some(mut connection), Role::Player(session)) = (self.connection.take(), &self.role) else {
            return Ok(());
        };
        let signed_in = async {
            let token = connection.sign_in(session).await?;
            connection.send(&self.request(None)).await?;
            anyhow::Ok((connection, token))
        };
        match signed_in.await {
            Ok((connection, token)) => (self.connection, self.token) = (Some(connection), Some(token)),
            Err(error) => drop(self.lose(format!("{error:#}"))),
        }
        Ok(())
    }

    /// Asks for the match, from where we are.
    fn request(&self, token: Option<ResumeToken>) -> ClientMessage {
        let match_key = self.match_key;
        let last_tick = self.snapshot.as_ref().map(|snapshot| snapshot.tick);
        match (&self.role, token, last_tick) {
            (Role::Player(_), None, None) => ClientMessage::Play { match_key },
            (Role::Spectator(rate), _, None) => ClientMessage::Watch {
                match_key,
                rate: *rate,
            },
            (role, token, last_tick) => ClientMessage::Resume {
                token,
                match_key: Some(match_key),
                last_tick,
                rate: match role {
                    Role::Spectator(rate) => *rate,
                    Role::Player(_) => Rate::Every,
                },
            },
        }
    }

    /// Before the match was followed for the first time each relay is tried once.
    fn may_fail_again(&self) -> bool {
        let failures_max = match self.detail {
            None => self.relays.count(),
            Some(_) => FAILURES_MAX,
        };
        self.failures < failures_max
    }

    fn take_frame(&mut self, bytes: &[u8]) -> Result<Vec<(Tick, TickEvent)>, String> {
        let mut events = Vec::new();
        StateFrame::from_bytes(bytes)
            .and_then(|frame| frame.apply(&mut self.snapshot, &mut |tick, event| events.push((tick, *event))))
            .map_err(|error| {
                // What is at hand cannot be continued: the next connection begins with a keyframe.
                self.snapshot = None;
                format!("a frame does not fit: {error}")
            })?;
        Ok(events)
    }

    fn take_message(&mut self, message: ServerMessage) -> Result<Option<Update>> {
        Ok(match message {
            ServerMessage::Watching { player: None, .. } if matches!(self.role, Role::Player(_)) => {
                // As for `NotAPlayer`; a token makes a spectator of who is none.
                if self.failures >= FAILURES_MAX {
                    bail!("the relay does not list us in match {}", self.match_key);
                }
                Some(self.lose("the relay does not list us yet".to_owned()))
            }
            ServerMessage::Welcome { token, .. } => {
                self.token = Some(token);
                None
            }
            ServerMessage::Watching { detail, .. } => {
                self.detail = Some(*detail);
                self.failures = 0;
                Some(Update::Following)
            }
            ServerMessage::Event { match_key, event } if match_key == self.match_key => {
                if let Some(detail) = self.detail.as_mut() {
                    detail.apply(&event);
                }
                Some(Update::Event(event))
            }
            ServerMessage::Ack {
                sequence,
                tick,
                receipt,
            } => Some(Update::Ack(sequence, tick, receipt)),
            ServerMessage::Reject {
                sequence,
                reason,
                chain,
            } => Some(Update::Reject(sequence, reason, chain)),
            ServerMessage::SettlementOffer(offer) => Some(Update::Offer(Box::new(offer))),
            ServerMessage::CosignAck { .. } => Some(Update::Cosigned(None)),
            ServerMessage::CosignReject { reason, .. } => Some(Update::Cosigned(Some(reason))),
            // The crank hears of an entry a moment after its transaction.
            ServerMessage::Error {
                code: ErrorCode::NotAPlayer,
                message,
            } if self.failures < FAILURES_MAX => Some(self.lose(message)),
            // A relay that has just started may not know it yet.
            ServerMessage::Error {
                code: ErrorCode::UnknownMatch,
                message,
            } if self.may_fail_again() => Some(self.lose(message)),
            ServerMessage::Error { message, .. } => {
                bail!("the relay refuses to show match {}: {message}", self.match_key)
            }
            ServerMessage::Restarting { retry_after_ms } => {
                tracing::debug!(retry_after_ms, "the relay restarts");
                let asked = Duration::from_millis(retry_after_ms.into());
                self.asked_wait = Some(asked.min(ASKED_WAIT_MAX));
                None
            }
            _ => None,
        })
    }

    fn lose(&mut self, reason: String) -> Update {
        self.connection = None;
        self.failures = self.failures.max(1);
        self.relays.turn();
        Update::Lost(reason)
    }
}

/// Everything the relay knows about a match, now.
pub async fn fetch_detail(relays: impl Into<Relays>, match_key: MatchKey) -> Result<MatchDetail> {
    let mut follower = Follower::new(relays, match_key, Role::Spectator(Rate::Bundled));
    loop {
        if let (Update::Following, Some(detail)) = (follower.next().await?, follower.detail.take()) {
            follower.close().await;
            return Ok(detail);
        }
    }
}

fn is_bad_token(message: &ServerMessage) -> bool {
    matches!(
        message,
        ServerMessage::Error {
            code: ErrorCode::BadToken,
            ..
        }
    )
}

fn retry_wait(failures: u32) -> Duration {
    let wait = RETRY_WAIT_MIN
        .saturating_mul(1 << failures.saturating_sub(1).min(8))
        .min(RETRY_WAIT_MAX);
    // Half of it is random, so that a relay's restart is not followed by everybody at once.
    wait.mul_f64(rand::thread_rng().gen_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        for failures in 1..100 {
            let wait = retry_wait(failures);
            assert!(wait >= RETRY_WAIT_MIN / 2 && wait <= RETRY_WAIT_MAX, "{wait:?}");
        }
    }
}
