//! The life of one socket: one task, one owner of all its state.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use protocol::codes::{CloseCode, ErrorCode};
use protocol::control::{ClientMessage, ControlError, Identity, ServerMessage};
use protocol::cosign::SettlementOffer;
use protocol::{MatchKey, Nonce};
use tokio::sync::oneshot;
use tokio::time::Sleep;
use tokio_tungstenite::tungstenite::{Error, Message};
use tracing::{info_span, Instrument, Span};

use super::ending::Ending;
use super::outbox::{ending_of, Outbox};
use super::play::{Answer, Playing};
use super::signing::Signing;
use crate::clock::{rfc3339, unix_ms};
use crate::directory::Reader;
use crate::hub::hubs::Following;
use crate::limits::bucket::Bucket;
use crate::prepared::Encoding;
use crate::registry::Registered;
use crate::service::{Phase, Service};

/// One socket.
pub(super) struct Session {
    pub(super) service: Arc<Service>,
    pub(super) outbox: Outbox,
    pub(super) registered: Registered,
    pub(super) kicked: oneshot::Receiver<CloseCode>,
    /// As named in the sign-in.
    pub(super) domain: Arc<str>,
    pub(super) nonce: Nonce,
    pub(super) issued_at: String,
    pub(super) identity: Option<Identity>,
    pub(super) following: Option<Following>,
    pub(super) playing: Option<Box<Playing>>,
    /// While it plays.
    pub(super) signing: Option<Box<Signing>>,
    pub(super) directory: Option<Box<Reader>>,
    pub(super) messages: Bucket,
    pub(super) heard_any: bool,
    pub(super) heard_at: Instant,
    pub(super) pinged: bool,
    pub(super) skips: u32,
    pub(super) skips_since: Instant,
    /// Says in every line of the log whose socket it is.
    span: Span,
}

/// What woke the socket.
enum Turn {
    Received(Option<Result<Message, Error>>),
    /// Frames or events wait that need this task.
    Called,
    Answered(Option<Answer>),
    Offered(Arc<SettlementOffer>),
    Directory(Bytes),
    Kicked(CloseCode),
    /// Time to look at the idle clocks.
    Alarm,
}

impl Session {
    pub(super) fn new(service: Arc<Service>, outbox: Outbox, domain: Arc<str>) -> Self {
        let now = Instant::now();
        let limits = &service.config.limits;
        let (registered, kicked) = service.registry.register();
        let messages = Bucket::new(limits.messages_per_second, limits.messages_burst, now);
        let span = info_span!("socket", socket = registered.id().0);
        Self {
            span,
            outbox,
            registered,
            kicked,
            domain,
            nonce: Nonce(rand::random()),
            issued_at: rfc3339(unix_ms()),
            identity: None,
            following: None,
            playing: None,
            signing: None,
            directory: None,
            messages,
            heard_any: false,
            heard_at: now,
            pinged: false,
            skips: 0,
            skips_since: now,
            service,
        }
    }

    /// For a socket whose upgrade began before the relay told everybody to leave.
    pub(super) fn leave_if_closing(&self) {
        if *self.service.phase.borrow() == Phase::Closing {
            let own = [self.registered.id()];
            self.service.registry.kick(&own, CloseCode::Restart);
        }
    }

    /// Serves the socket until one side ends it.
    pub(super) async fn run(mut self: Box<Self>) {
        let ending = match self.serve().await {
            Ok(never) => match never {},
            Err(ending) => ending,
        };
        let span = self.span.clone();
        Box::pin(self.end(ending).instrument(span)).await;
    }

    async fn end(&mut self, ending: Ending) {
        match &ending {
            Ending::Gone => {
                tracing::debug!("the client left");
                return;
            }
            Ending::Echo(code) => tracing::debug!(code, "the client closed the socket"),
            Ending::Close(code, detail) => {
                tracing::debug!(code = code.code(), detail, "the socket is closed");
                self.service.metrics.closed(*code);
            }
        }
        // Before the farewell: a wallet that reconnects at once must find its place free.
        let Self {
            outbox,
            registered,
            following,
            playing,
            signing,
            ..
        } = self;
        registered.stop_playing();
        (*following, *playing, *signing) = (None, None, None);
        match ending {
            Ending::Close(code, detail) => Box::pin(outbox.close(code, detail.as_deref())).await,
            Ending::Echo(code) => Box::pin(outbox.echo_close(code)).await,
            Ending::Gone => {}
        }
    }

    async fn serve(&mut self) -> Result<std::convert::Infallible, Ending> {
        Box::pin(self.greet()).await?;
        let alarm = tokio::time::sleep(self.service.config.limits.first_message_timeout);
        tokio::pin!(alarm);
        loop {
            let turn = self.select(&mut alarm).await;
            let span = self.span.clone();
            self.apply(turn, &mut alarm).instrument(span).await?;
        }
    }

    async fn apply(&mut self, turn: Turn, alarm: &mut std::pin::Pin<&mut Sleep>) -> Result<(), Ending> {
        match turn {
            Turn::Received(message) => self.receive(message).await,
            Turn::Called => Box::pin(self.catch_up()).await,
            Turn::Answered(answer) => Box::pin(self.answer(answer)).await,
            Turn::Offered(offer) => self.offer(&offer).await,
            Turn::Directory(message) => self.outbox.send(message).await,
            Turn::Kicked(code) => Box::pin(self.leave(code)).await,
            Turn::Alarm => {
                let next = self.look_at_clocks().await?;
                alarm.as_mut().reset(tokio::time::Instant::now() + next);
                Ok(())
            }
        }
    }

    /// From now on lines of the log name this match, if any, and the wallet, if it is known.
    pub(super) fn name_in_log(&mut self, match_key: Option<MatchKey>) {
        // A new span each time: the fields of one that is written to again and again pile up.
        self.span = info_span!(
            "socket",
            socket = self.registered.id().0,
            player = self.wallet().map(tracing::field::display),
            match_key = match_key.map(tracing::field::display),
        );
    }

    async fn select(&mut self, alarm: &mut std::pin::Pin<&mut Sleep>) -> Turn {
        let Self {
            outbox,
            kicked,
            following,
            playing,
            signing,
            directory,
            service,
            ..
        } = self;
        let encoding = outbox.encoding;
        let followed = following.as_ref().map(|following| following.match_key);
        let in_battle = || followed.is_some_and(|key| service.bus.is_live(&key));
        tokio::select! {
            // A kicked socket does nothing else any more; answers and requests come before frames.
            biased;
            code = kicked => Turn::Kicked(code.unwrap_or(CloseCode::Restart)),
            answer = next_answer(playing) => Turn::Answered(answer),
            message = outbox.next() => Turn::Received(message),
            () = called(following) => Turn::Called,
            offer = next_offer(signing) => Turn::Offered(offer),
            message = next_directory(directory, encoding, in_battle) => Turn::Directory(message),
            () = alarm => Turn::Alarm,
        }
    }

    async fn greet(&mut self) -> Result<(), Ending> {
        let limits = &self.service.config.limits;
        let hello = ServerMessage::Hello {
            version: protocol::VERSION,
            domain: self.domain.as_ref().to_owned(),
            chain: self.service.config.chain.clone(),
            nonce: self.nonce,
            issued_at: self.issued_at.clone(),
            message_bytes_max: u32::try_from(limits.message_bytes_max).unwrap_or(u32::MAX),
            idle_timeout_ms: u32::try_from(limits.idle_timeout.as_millis()).unwrap_or(u32::MAX),
        };
        self.outbox.send_control(&hello).await
    }

    /// Closes an idle socket, or says when to look again.
    async fn look_at_clocks(&mut self) -> Result<Duration, Ending> {
        let limits = &self.service.config.limits;
        if !self.heard_any {
            return Err(CloseCode::FirstMessageTimeout.into());
        }
        let silent = self.heard_at.elapsed();
        if silent < limits.idle_timeout {
            return Ok(limits.idle_timeout - silent);
        }
        if self.pinged {
            return Err(CloseCode::IdleTimeout.into());
        }
        self.pinged = true;
        let again = limits.idle_timeout;
        self.outbox.ping().await?;
        Ok(again)
    }

    async fn leave(&mut self, code: CloseCode) -> Result<(), Ending> {
        if code == CloseCode::Banned && self.plays_on() {
            self.kicked = self.registered.stay();
            return self.mute().await;
        }
        if code == CloseCode::Restart {
            // Each client is told another time, so that they do not come back all at once. In a fleet others
            // serve it at once; by itself the relay has to start again first.
            let retry_after_ms = match self.service.fleet {
                Some(_) => rand::random::<u32>() % 200,
                None => 1000 + rand::random::<u32>() % 2000,
            };
            self.outbox
                .send_control(&ServerMessage::Restarting { retry_after_ms })
                .await?;
        }
        Err(code.into())
    }

    async fn receive(&mut self, message: Option<Result<Message, Error>>) -> Result<(), Ending> {
        let message = match message {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(ending_of(&error)),
            None => return Err(Ending::Gone),
        };
        let now = Instant::now();
        (self.heard_at, self.pinged) = (now, false);
        if !self.messages.take(1.0, now) {
            if let Some(wallet) = self.wallet() {
                Box::pin(self.service.guard.flag(&wallet, "message_rate")).await;
            }
            return Err(CloseCode::RateLimited.into());
        }
        let malformed = |detail: String| Ending::Close(CloseCode::Malformed, Some(detail));
        let request = match (message, self.outbox.encoding) {
            (Message::Binary(bytes), Encoding::Binary) => {
                ClientMessage::from_bytes(&bytes).map_err(|error| match error {
                    ControlError::Version(_) => {
                        Ending::Close(CloseCode::UnsupportedVersion, Some(error.to_string()))
                    }
                    error => malformed(error.to_string()),
                })?
            }
            (Message::Text(text), Encoding::Json) => {
                serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?
            }
            (Message::Text(_), Encoding::Binary) => {
                return Err(malformed("text on a binary socket; use /ws?encoding=json".into()));
            }
            (Message::Binary(_), Encoding::Json) => {
                return Err(malformed(
                    "binary on a JSON socket; leave out encoding=json".into(),
                ));
            }
            (Message::Close(frame), _) => return Err(Ending::Echo(frame.map(|frame| frame.code.into()))),
            // The answer to a ping is under way; a pong was awaited.
            (Message::Ping(_) | Message::Pong(_) | Message::Frame(_), _) => return Ok(()),
        };
        self.heard_any = true;
        // Room for handling a request is taken while there is one, not as long as the socket lives.
        Box::pin(self.handle(request)).await
    }

    async fn handle(&mut self, request: ClientMessage) -> Result<(), Ending> {
        match request {
            ClientMessage::AuthWallet { wallet, signature } => self.auth_wallet(wallet, &signature).await,
            ClientMessage::AuthSession { session, signature } => self.auth_session(session, &signature).await,
            ClientMessage::AuthPlayer {
                wallet,
                session,
                signature,
            } => self.auth_player(wallet, session, &signature).await,
            ClientMessage::Watch { match_key, rate } => self.watch(match_key, rate, None).await,
            ClientMessage::Unwatch => {
                self.follow_nothing();
                Ok(())
            }
            ClientMessage::Play { match_key } => self.play(match_key, None).await,
            ClientMessage::Input(signed) => self.input(signed).await,
            ClientMessage::Cosign(cosignature) => self.cosign(cosignature).await,
            ClientMessage::Resume {
                token,
                match_key,
                last_tick,
                rate,
            } => self.resume(token, match_key, last_tick, rate).await,
            ClientMessage::Ping { id } => self.outbox.send_control(&ServerMessage::Pong { id }).await,
            ClientMessage::WatchDirectory => {
                let (reader, whole) = self.service.directory.follow(self.outbox.encoding);
                self.directory = Some(Box::new(reader));
                self.outbox.send(whole).await
            }
            ClientMessage::UnwatchDirectory => {
                self.directory = None;
                Ok(())
            }
        }
    }

    pub(super) async fn error(&mut self, code: ErrorCode) -> Result<(), Ending> {
        self.outbox
            .send_control(&ServerMessage::Error {
                code,
                message: code.to_string(),
            })
            .await
    }
}

async fn called(following: &Option<Following>) {
    match following {
        Some(following) => following.called().await,
        None => std::future::pending().await,
    }
}

async fn next_answer(playing: &mut Option<Box<Playing>>) -> Option<Answer> {
    match playing {
        Some(playing) if playing.is_waiting() => playing.next_answer().await,
        _ => std::future::pending().await,
    }
}

async fn next_offer(signing: &mut Option<Box<Signing>>) -> Arc<SettlementOffer> {
    match signing {
        Some(signing) => signing.next_offer().await,
        None => std::future::pending().await,
    }
}

async fn next_directory(
    directory: &mut Option<Box<Reader>>,
    encoding: Encoding,
    in_battle: impl Fn() -> bool,
) -> Bytes {
    match directory {
        Some(reader) => reader.next(encoding, in_battle).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a watcher costs while nothing happens: there are thousands.
    #[test]
    fn a_waiting_socket_keeps_little() {
        fn size_of_task<F, R>(_run: F) -> usize
        where
            F: FnOnce(Box<Session>) -> R,
        {
            std::mem::size_of::<R>()
        }
        let bytes = size_of_task(Session::run) + std::mem::size_of::<Session>();
        assert!(bytes <= 2048, "{bytes} bytes; box what is rarely under way");
    }
}
