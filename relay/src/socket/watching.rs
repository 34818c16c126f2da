//! Following a match, and playing in it.

use std::time::Instant;

use protocol::codes::{CloseCode, ErrorCode, RejectReason};
use protocol::control::{Identity, Rate, ServerMessage};
use protocol::directory::PlayerInfo;
use protocol::input::SignedInput;
use protocol::{MatchKey, Tick};

use super::ending::Ending;
use super::play::{rejection, Answer, Playing, Reply};
use super::session::Session;
use super::signing::Signing;
use crate::fleet::News;
use crate::hub::hubs::{Following, Joined, Wish};
use crate::hub::seat::Duty;

/// Other turns of the socket come after so many writes of a match.
const DUTIES_MAX: usize = 8;

/// How often a socket looks for an entry that is not known yet.
const ENTRY_INTERVAL: std::time::Duration = std::time::Duration::from_millis(25);

impl Session {
    /// The players of the match that this socket may be: one, unless several registered its session key.
    fn players_in(&self, match_key: &MatchKey) -> Vec<PlayerInfo> {
        let known = self.service.bus.detail(match_key).zip(self.identity);
        let Some((detail, identity)) = known else {
            return Vec::new();
        };
        match identity {
            Identity::Wallet(wallet) => detail.player_of_wallet(&wallet).into_iter().cloned().collect(),
            Identity::Session(session) => detail.players_of_session(&session).cloned().collect(),
            Identity::Player { wallet, session } => {
                let of_wallet = |player: &&PlayerInfo| player.wallet == wallet;
                detail
                    .players_of_session(&session)
                    .filter(of_wallet)
                    .cloned()
                    .collect()
            }
        }
    }

    pub(super) fn may_play(&self, match_key: &MatchKey) -> bool {
        !self.players_in(match_key).is_empty()
    }

    /// The player of this socket in the match. One who has just entered may be ahead of the crank's news: it
    /// is waited for, as long as there can be any.
    async fn entry_in(&mut self, match_key: &MatchKey) -> Result<PlayerInfo, ErrorCode> {
        let until = Instant::now() + self.service.config.limits.entry_patience;
        loop {
            let detail = self
                .service
                .bus
                .detail(match_key)
                .ok_or(ErrorCode::UnknownMatch)?;
            let mut players = self.players_in(match_key);
            match (players.pop(), players.is_empty()) {
                (Some(player), true) => return Ok(player),
                (Some(_), false) => return Err(ErrorCode::AmbiguousKey),
                (None, _) => {}
            }
            let is_entry_possible = !detail.summary.status.is_over() && detail.result.is_none();
            if !is_entry_possible || Instant::now() >= until {
                return Err(ErrorCode::NotAPlayer);
            }
            tokio::time::sleep(ENTRY_INTERVAL).await;
        }
    }

    pub(super) fn follow_nothing(&mut self) {
        self.registered.stop_playing();
        (self.following, self.playing, self.signing) = (None, None, None);
        self.name_in_log(None);
    }

    pub(super) async fn watch(
        &mut self,
        match_key: MatchKey,
        rate: Rate,
        last_tick: Option<Tick>,
    ) -> Result<(), Ending> {
        self.follow_nothing();
        self.follow(match_key, rate, last_tick).await
    }

    pub(super) async fn play(&mut self, match_key: MatchKey, last_tick: Option<Tick>) -> Result<(), Ending> {
        if self.identity.is_none() {
            return self.error(ErrorCode::NotAuthenticated).await;
        }
        let player = match self.entry_in(&match_key).await {
            Ok(player) => player,
            Err(code) => return self.error(code).await,
        };
        let muted = self.service.guard.is_banned(&player.wallet).await;
        if !self.registered.claim(player.wallet.0) {
            return Err(CloseCode::TooManyConnections.into());
        }
        self.follow_nothing();
        let play = self.registered.play(match_key, player.slot);
        if let Some(fleet) = &self.service.fleet {
            fleet.say(News::Plays(vec![play]));
        }
        self.signing = Signing::new(match_key, &player, &self.service.bus).map(Box::new);
        let playing = Playing::new(
            match_key,
            player,
            self.service.bus.clone(),
            &self.service.config.limits,
        );
        self.playing = Some(Box::new(playing));
        self.follow(match_key, Rate::Every, last_tick).await?;
        if muted {
            return self.mute().await;
        }
        Ok(())
    }

    /// What a ban does to somebody in the middle of a match that they have paid for: they stay, watch and
    /// sign the result, and do not move any more.
    pub(super) async fn mute(&mut self) -> Result<(), Ending> {
        if let Some(playing) = &mut self.playing {
            playing.muted = true;
        }
        self.error(ErrorCode::Muted).await
    }

    /// Whether the socket plays in a match that is not over.
    pub(super) fn plays_on(&self) -> bool {
        let key = self.playing.as_ref().map(|playing| playing.match_key);
        let detail = key.and_then(|key| self.service.bus.detail(&key));
        detail.is_some_and(|detail| !detail.summary.status.is_over())
    }

    async fn follow(
        &mut self,
        match_key: MatchKey,
        rate: Rate,
        last_tick: Option<Tick>,
    ) -> Result<(), Ending> {
        let wish = Wish {
            rate,
            last_tick,
            encoding: self.outbox.encoding,
            wire: self.outbox.wire.clone(),
        };
        let hubs = &self.service.hubs;
        let joined = match self.service.fleet {
            None => hubs.join(&match_key, wish),
            Some(_) => hubs.join_mirror(&match_key, wish).await,
        };
        let Some(joined) = joined else {
            self.follow_nothing();
            return self.error(ErrorCode::UnknownMatch).await;
        };
        let Joined {
            following,
            detail,
            catch_up,
        } = joined;
        let player = self.playing.as_ref().map(|playing| playing.player.clone());
        let watching = ServerMessage::Watching {
            detail: Box::new((*detail).clone()),
            player,
        };
        self.following = Some(following);
        self.name_in_log(Some(match_key));
        self.outbox.send_control(&watching).await?;
        if let Some(frame) = catch_up {
            self.outbox
                .send(frame.framed(self.outbox.encoding).clone())
                .await?;
        }
        Ok(())
    }

    /// Writes what the match's rows could not, and hands the socket back to them.
    pub(super) async fn catch_up(&mut self) -> Result<(), Ending> {
        self.outbox.flush().await?;
        for _ in 0..DUTIES_MAX {
            match self.following.as_ref().and_then(Following::attend) {
                None => return Ok(()),
                Some(Duty::Send(portion)) => {
                    self.outbox.send(portion.bytes).await?;
                    self.service.metrics.frames_sent.increment(portion.frames);
                }
                Some(Duty::Resync) => self.resend_detail().await?,
                Some(Duty::Skipped) => {
                    self.count_skip()?;
                    self.resend_detail().await?;
                }
            }
        }
        if let Some(following) = &self.following {
            following.call();
        }
        Ok(())
    }

    /// Events may be lost: the detail makes up for them.
    async fn resend_detail(&mut self) -> Result<(), Ending> {
        let key = self.following.as_ref().map(|following| following.match_key);
        let Some(detail) = key.and_then(|key| self.service.bus.detail(&key)) else {
            return Ok(());
        };
        let player = self.playing.as_ref().map(|playing| playing.player.clone());
        self.outbox
            .send_control(&ServerMessage::Watching {
                detail: Box::new((*detail).clone()),
                player,
            })
            .await
    }

    fn count_skip(&mut self) -> Result<(), Ending> {
        let limits = &self.service.config.limits;
        let now = Instant::now();
        if now.saturating_duration_since(self.skips_since) > limits.skip_window {
            (self.skips, self.skips_since) = (0, now);
        }
        self.skips += 1;
        self.service.metrics.skips.increment(1);
        if self.skips > limits.skips_max {
            return Err(CloseCode::TooSlow.into());
        }
        Ok(())
    }

    pub(super) async fn input(&mut self, signed: SignedInput) -> Result<(), Ending> {
        let sequence = signed.input.sequence;
        let Some(playing) = &mut self.playing else {
            self.service
                .metrics
                .input_rejected(RejectReason::NotAuthenticated);
            return self
                .outbox
                .send_control(&rejection(sequence, RejectReason::NotAuthenticated))
                .await;
        };
        match playing.submit(signed) {
            Some(reply) => self.reply(reply).await,
            None => Ok(()),
        }
    }

    pub(super) async fn answer(&mut self, answer: Option<Answer>) -> Result<(), Ending> {
        let Some((playing, answer)) = self.playing.as_mut().zip(answer) else {
            return Ok(());
        };
        let reply = playing.reply(answer);
        self.reply(reply).await
    }

    async fn reply(&mut self, reply: Reply) -> Result<(), Ending> {
        match &reply.message {
            ServerMessage::Ack { .. } => self.service.metrics.inputs_accepted.increment(1),
            ServerMessage::Reject { reason, .. } => self.service.metrics.input_rejected(*reason),
            _ => {}
        }
        if let Some((kind, wallet)) = reply.flag.zip(self.wallet()) {
            self.service.guard.flag(&wallet, kind).await;
        }
        self.outbox.send_control(&reply.message).await
    }
}
