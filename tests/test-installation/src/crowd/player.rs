//! A client that plays: signs in with its session key, sends chained and signed moves, and notes every ack.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arena::Heading;
use ed25519_dalek::SigningKey;
use player::connection::Received;
use protocol::codes::ErrorCode;
use protocol::control::{ClientMessage, Rate, ResumeToken, ServerMessage};
use protocol::directory::{MatchStatus, PlayerInfo};
use protocol::input::{ChainHead, Input};
use protocol::wire::{Snapshot, StateFrame};
use protocol::{MatchKey, SessionKey, Tick, WarriorIndex};
use rand::Rng;
use tokio::time::{interval, timeout, MissedTickBehavior};

use super::follower::{has_ended, Follower, Ticks, SILENCE};
use super::link::Link;
use super::seen::Ack;
use super::Shared;

/// Inputs that may be unanswered.
const IN_FLIGHT_MAX: usize = 3;
/// An answer that has not come by then is given up: the chain is learned from the next rejection.
const ANSWER_PATIENCE: Duration = Duration::from_secs(8);
/// While the relay does not know the match, or the player in it.
const AGAIN: Duration = Duration::from_millis(200);

/// Plays one match to its end.
pub(super) async fn play(shared: Arc<Shared>, client: usize, match_key: MatchKey, session: SigningKey) {
    let mut player = Player {
        public: SessionKey(session.verifying_key().to_bytes()),
        follower: Follower::new(shared, client),
        match_key,
        session,
        token: None,
        info: None,
        ticks: Ticks::default(),
        snapshot: None,
        chain: ChainHead::default(),
        in_flight: BTreeMap::new(),
        resynchronising: false,
        turn: 0,
        headings: BTreeMap::new(),
    };
    while !player.is_over() {
        let link = player.follower.connect().await;
        player.on(link).await;
    }
}

struct Player {
    follower: Follower,
    match_key: MatchKey,
    session: SigningKey,
    public: SessionKey,
    token: Option<ResumeToken>,
    info: Option<PlayerInfo>,
    ticks: Ticks,
    snapshot: Option<Snapshot>,
    chain: ChainHead,
    /// By sequence: when it was sent.
    in_flight: BTreeMap<u32, Instant>,
    resynchronising: bool,
    turn: u32,
    /// The heading each warrior was last given: the same again is refused, and proves nothing.
    headings: BTreeMap<usize, u8>,
}

impl Player {
    fn is_over(&self) -> bool {
        let key = self.match_key;
        let shared = &self.follower.shared;
        self.ticks.ended
            || self.snapshot.as_ref().is_some_and(has_ended)
            || shared
                .with_status(|status| status as u8 > MatchStatus::Live as u8)
                .contains(&key)
    }

    /// Plays on one connection until it ends, or the match does.
    async fn on(&mut self, mut link: Link) {
        self.in_flight.clear();
        self.resynchronising = false;
        let sign_in = link.sign_in(&self.session);
        let first = match self.token.take() {
            Some(token) => ClientMessage::Resume {
                token: Some(token),
                match_key: Some(self.match_key),
                last_tick: self.ticks.last.map(Tick),
                rate: Rate::Every,
            },
            None => sign_in.clone(),
        };
        let mut resuming = matches!(first, ClientMessage::Resume { .. });
        if !link.send(&first).await {
            return;
        }
        let mut moves = interval(self.follower.shared.config.move_every);
        moves.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let heard = tokio::select! {
                heard = timeout(SILENCE, link.next()) => heard,
                _ = moves.tick() => {
                    self.give_up_answers();
                    if let Some(input) = self.decide() {
                        if !link.send(&input).await {
                            return;
                        }
                    }
                    continue;
                }
            };
            if self.is_over() {
                return;
            }
            match heard {
                Ok(Received::Frame(bytes)) => self.take_frame(&bytes),
                Ok(Received::Control(message)) => match *message {
                    ServerMessage::Welcome { token, .. } => {
                        self.token = Some(token);
                        if resuming {
                            self.follower.shared.notes.lock().resumed += 1;
                        } else if !link.send(&self.ask_to_play()).await {
                            return;
                        }
                    }
                    ServerMessage::Error {
                        code: ErrorCode::BadToken,
                        ..
                    } => {
                        self.follower.shared.notes.lock().tokens_refused += 1;
                        resuming = false;
                        if !link.send(&sign_in).await {
                            return;
                        }
                    }
                    // The relay hears of matches and entries a moment after the chain has them.
                    ServerMessage::Error { .. } => {
                        tokio::time::sleep(AGAIN).await;
                        if !link.send(&self.ask_to_play()).await {
                            return;
                        }
                    }
                    ServerMessage::Restarting { retry_after_ms } => {
                        self.follower.retry_after = Some(Duration::from_millis(retry_after_ms.into()));
                    }
                    message => self.take(message),
                },
                Ok(Received::Closed(closed)) => {
                    self.follower.shared.notes.lock().closed(closed.code);
                    return;
                }
                // Before the first tick silence is nothing unusual.
                Err(_) if self.ticks.last.is_none() => {}
                Err(_) => return,
            }
        }
    }

    fn ask_to_play(&self) -> ClientMessage {
        ClientMessage::Play {
            match_key: self.match_key,
        }
    }

    fn take_frame(&mut self, bytes: &[u8]) {
        let frame = StateFrame::from_bytes(bytes).expect("a relay sends frames that decode");
        let at_ms = self.follower.shared.now_ms();
        let arrival = self.ticks.take(at_ms, &frame);
        // A frame that does not fit is followed by a keyframe.
        if frame.apply(&mut self.snapshot, &mut |_, _| {}).is_err() {
            self.snapshot = None;
        }
        let ended = self.ticks.ended || self.snapshot.as_ref().is_some_and(has_ended);
        let missed = self.ticks.missed;
        self.follower.note(self.match_key, |sight| {
            sight.arrivals.extend(arrival);
            sight.missed = missed;
            sight.ended |= ended;
        });
    }

    fn take(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Watching { detail, player } => {
                self.info = player.or_else(|| detail.player_of_session(&self.public).cloned());
            }
            // The warriors get their numbers when the match starts.
            ServerMessage::Event {
                event: protocol::directory::MatchEvent::Entered(info),
                ..
            } if info.session == self.public => self.info = Some(info),
            ServerMessage::Ack { sequence, tick, .. } => {
                let sent = self.in_flight.remove(&sequence);
                let ack = Ack {
                    match_key: self.match_key,
                    slot: self.info.as_ref().map_or(0, |info| info.slot.0),
                    sequence,
                    tick: tick.0,
                    at_ms: self.follower.shared.now_ms(),
                    latency_us: sent.map_or(0, |sent| sent.elapsed().as_micros() as u32),
                };
                self.follower.shared.notes.lock().acks.push(ack);
                self.answered();
            }
            ServerMessage::Reject {
                sequence,
                reason,
                chain,
            } => {
                self.in_flight.remove(&sequence);
                self.follower.shared.notes.lock().rejected(reason);
                self.resynchronising = true;
                if let Some(chain) = chain {
                    self.chain = chain;
                }
                self.answered();
            }
            _ => {}
        }
    }

    fn answered(&mut self) {
        if self.in_flight.is_empty() {
            self.resynchronising = false;
        }
    }

    fn give_up_answers(&mut self) {
        self.in_flight.retain(|_, sent| sent.elapsed() < ANSWER_PATIENCE);
        self.answered();
    }

    /// The next move, if there is one to make.
    fn decide(&mut self) -> Option<ClientMessage> {
        if self.resynchronising || self.in_flight.len() >= IN_FLIGHT_MAX {
            return None;
        }
        let (info, snapshot) = (self.info.as_ref()?, self.snapshot.as_ref()?);
        self.turn = self.turn.wrapping_add(1);
        let mine: Vec<usize> = (0..snapshot.warriors.len())
            .filter(|index| snapshot.warriors[*index].owner == info.slot && snapshot.warriors[*index].hp > 0)
            .collect();
        let warrior = *mine.get(self.turn as usize % mine.len().max(1))?;
        let wanted = if self.follower.shared.config.hunt {
            towards_prey(snapshot, warrior)
        } else {
            rand::thread_rng().gen_range(0..=8)
        };
        let heading = match self.headings.insert(warrior, wanted) {
            // A step aside, so that every move is one: the next goes on as wanted.
            Some(before) if before == wanted => {
                let aside = (wanted + rand::thread_rng().gen_range(1..=8)) % 9;
                self.headings.insert(warrior, aside);
                aside
            }
            _ => wanted,
        };
        let input = Input {
            match_key: self.match_key,
            slot: info.slot,
            sequence: self.chain.expected_sequence,
            previous: self.chain.head,
            tick: snapshot.tick,
            warrior: WarriorIndex(warrior as u8),
            heading,
        };
        self.chain = ChainHead {
            expected_sequence: input.sequence.saturating_add(1),
            head: input.hash(),
        };
        self.in_flight.insert(input.sequence, Instant::now());
        Some(ClientMessage::Input(input.sign(&self.session)))
    }
}

/// The heading from one's own place to the nearest enemy.
fn towards_prey(snapshot: &Snapshot, warrior: usize) -> u8 {
    let me = &snapshot.warriors[warrior];
    let distance = |x: u8, y: u8| me.x.abs_diff(x).max(me.y.abs_diff(y));
    let prey = snapshot
        .warriors
        .iter()
        .filter(|other| other.owner != me.owner && other.hp > 0)
        .min_by_key(|other| distance(other.x, other.y));
    let Some(prey) = prey else { return 0 };
    let step = |from: u8, to: u8| (i16::from(to) - i16::from(from)).signum();
    let wanted = (step(me.x, prey.x), step(me.y, prey.y));
    Heading::ALL
        .into_iter()
        .find(|heading| {
            let (dx, dy) = heading.delta();
            (i16::from(dx), i16::from(dy)) == wanted
        })
        .map_or(0, |heading| heading as u8)
}
