//! A relay with an empty store, matches made up by hand, and clients that speak the protocol.

mod archive;
pub(crate) mod fleet;

use std::collections::HashMap;
use std::time::Duration;

pub(crate) use archive::archive;
use bus::{Accepted, Bus, BusLimits, InputQueue, MatchPublisher, Rejected};
use ed25519_dalek::SigningKey;
use futures_util::{SinkExt, StreamExt};
use protocol::auth::Challenge;
use protocol::codes::{CloseCode, ErrorCode, RejectReason};
use protocol::control::{ClientMessage, Rate, ResumeToken, ServerMessage};
use protocol::directory::{Amount, MatchDetail, MatchStatus, MatchSummary, Mode, PlayerInfo};
use protocol::input::{ChainHead, Input, SignedInput};
use protocol::packet::ServerPacket;
use protocol::wire::{Effect, Encoder, Ending, Snapshot, StateFrame, TickEvent, Warrior};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Signature, Tick, WalletKey, WarriorIndex};
use relay::{Limits, Relay, RelayConfig, RelayHandle};
use store::Store;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{connect_async, MaybeTlsStream, WebSocketStream};

/// Nothing that should happen takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const MATCH: MatchKey = MatchKey([1; 32]);

pub(crate) struct Stage {
    pub(crate) bus: Bus,
    pub(crate) store: Store,
    pub(crate) relay: Option<RelayHandle>,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) folder: tempfile::TempDir,
}

impl Stage {
    pub(crate) async fn new(limits: Limits) -> Self {
        Self::with(RelayConfig {
            limits,
            ..RelayConfig::default()
        })
        .await
    }

    pub(crate) async fn with(config: RelayConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("relay.db")).await.unwrap();
        Self::with_store(config, store, folder).await
    }

    /// Over PostgreSQL.
    pub(crate) async fn on_postgres(config: RelayConfig) -> Self {
        let url = test_postgres::database().parse().unwrap();
        let store = Store::open(&url).await.unwrap();
        Self::with_store(config, store, tempfile::tempdir().unwrap()).await
    }

    async fn with_store(mut config: RelayConfig, store: Store, folder: tempfile::TempDir) -> Self {
        let bus = Bus::new(BusLimits::default());
        config.listen.set_port(0);
        let relay = Relay::start(config, bus.clone(), store.clone()).await.unwrap();
        Self {
            bus,
            store,
            address: relay.addr,
            relay: Some(relay),
            folder,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn connect(&self) -> Client {
        self.connect_to("/ws").await
    }

    pub(crate) async fn connect_to(&self, path: &str) -> Client {
        Client::new(&format!("ws://{}{path}", self.address)).await
    }
}

/// Limits that never get in the way of a test that is not about them.
pub(crate) fn generous() -> Limits {
    Limits {
        requests_per_address_per_second: 10_000,
        requests_per_address_burst: 10_000,
        ..Limits::default()
    }
}

pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

pub(crate) fn wallet_of(key: &SigningKey) -> WalletKey {
    WalletKey(key.verifying_key().to_bytes())
}

pub(crate) fn session_of(key: &SigningKey) -> SessionKey {
    SessionKey(key.verifying_key().to_bytes())
}

/// Player `slot` has the wallet key `slot + 1`, the session key `slot + 101` and two warriors.
pub(crate) fn player(slot: u8) -> PlayerInfo {
    PlayerInfo {
        slot: PlayerSlot(slot),
        wallet: wallet_of(&key(slot + 1)),
        session: session_of(&key(slot + 101)),
        warriors: 2,
        first_warrior: Some(slot * 2),
        late: false,
        paid: Amount(2_000_000),
        payout: None,
        refunded: false,
        place: None,
        entered_in: None,
        claimed_in: None,
    }
}

pub(crate) fn detail(match_key: MatchKey, players: u8) -> MatchDetail {
    MatchDetail {
        summary: MatchSummary {
            match_key,
            match_id: match_key.0[0].into(),
            mode: Mode::Blitz,
            status: MatchStatus::Live,
            mint: PublicKey([9; 32]),
            decimals: 6,
            symbol: "TEST".into(),
            stake_per_warrior: Amount(1_000_000),
            players,
            players_max: 20,
            warriors: players * 2,
            warriors_max: 20,
            pot: Amount(u64::from(players) * 2_000_000),
            tick: Tick(0),
            length_ticks: 5400,
            created_at_ms: match_key.0[0].into(),
            starts_at_ms: None,
        },
        operator: PublicKey([8; 32]),
        rules_hash: Hash([7; 32]),
        rules: vec![0; 96],
        drip_root: Hash([6; 32]),
        seed: None,
        genesis_leaf: None,
        players: (0..players).map(player).collect(),
        checkpoints: vec![],
        result: None,
        created_in: None,
        locked_in: None,
        started_in: None,
        deaths: Vec::new(),
    }
}

/// A match whose warriors walk in circles.
pub(crate) struct FakeMatch {
    pub(crate) publisher: MatchPublisher,
    pub(crate) queue: Option<InputQueue>,
    pub(crate) snapshot: Snapshot,
    pub(crate) published: Vec<(Snapshot, Vec<TickEvent>)>,
    encoder: Encoder,
    bus: Bus,
}

impl FakeMatch {
    pub(crate) fn open(bus: &Bus, match_key: MatchKey, players: u8) -> Self {
        let (publisher, queue) = bus.open_match(detail(match_key, players)).unwrap();
        let warriors = (0..players * 2).map(|index| Warrior {
            owner: PlayerSlot(index / 2),
            hp: 100,
            x: 1 + index,
            y: 5,
            heading: 5,
            effect: Effect::None,
            kills: 0,
            streak: 0,
        });
        let snapshot = Snapshot {
            side: 32,
            capacity: 20,
            warriors: warriors.collect(),
            power_ups: vec![None; 8],
            ..Snapshot::default()
        };
        Self {
            publisher,
            queue: Some(queue),
            snapshot,
            published: vec![],
            encoder: Encoder::new(),
            bus: bus.clone(),
        }
    }

    /// Publishes the state as it is and makes the next one.
    pub(crate) fn tick(&mut self) {
        let tick = self.snapshot.tick.0;
        let attacker = WarriorIndex((tick % 2) as u8);
        let events = if tick % 5 == 1 {
            vec![TickEvent::Hit {
                attacker,
                target: WarriorIndex(1 - attacker.0),
                damage: 7,
            }]
        } else {
            vec![]
        };
        let frame = self.encoder.frame_of_snapshot(&self.snapshot, &events);
        self.publisher.publish_frame(frame.into());
        self.published.push((self.snapshot.clone(), events));
        self.snapshot.tick = Tick(tick + 1);
        let count = self.snapshot.warriors.len();
        let warrior = &mut self.snapshot.warriors[tick as usize % count];
        warrior.y = warrior.y % 32 + 1;
        warrior.hp = 100 - (tick % 90) as u8;
    }

    pub(crate) fn ticks(&mut self, count: u32) {
        (0..count).for_each(|_| self.tick());
    }

    /// Ticks in the rhythm of a real match, a little faster.
    pub(crate) async fn ticks_paced(&mut self, count: u32) {
        for _ in 0..count {
            self.tick();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn end(&mut self) {
        self.snapshot.ending = Ending::Over;
        self.tick();
    }

    pub(crate) fn last(&self) -> &Snapshot {
        &self.published.last().unwrap().0
    }

    pub(crate) fn last_tick(&self) -> u32 {
        self.snapshot.tick.0
    }

    /// A crank that checks signature and chain, as the real one does.
    pub(crate) fn run_crank(&mut self) -> tokio::task::JoinHandle<Vec<SignedInput>> {
        let mut queue = self.queue.take().unwrap();
        // Not the publisher: it would keep its own queue open.
        let bus = self.bus.clone();
        tokio::spawn(async move {
            let mut chains: HashMap<PlayerSlot, ChainHead> = HashMap::new();
            let mut accepted = vec![];
            while let Some(envelope) = queue.next().await {
                let signed = envelope.signed;
                let detail = bus.detail(&signed.input.match_key);
                let outcome = match detail
                    .as_ref()
                    .and_then(|detail| detail.player_in(signed.input.slot))
                {
                    None => Err(Rejected {
                        reason: RejectReason::UnknownPlayer,
                        chain: None,
                    }),
                    Some(player) => {
                        let chain = chains.entry(signed.input.slot).or_default();
                        match chain.accept(&signed, &player.session) {
                            Ok(()) => Ok(Accepted {
                                tick: Tick(signed.input.tick.0 + 2),
                                receipt: Signature([9; 64]),
                            }),
                            Err(reason) => Err(Rejected {
                                reason,
                                chain: Some(*chain),
                            }),
                        }
                    }
                };
                if outcome.is_ok() {
                    accepted.push(signed);
                }
                envelope.answer(outcome);
            }
            accepted
        })
    }
}

/// The next input of player `slot` for its first warrior.
pub(crate) fn input(slot: u8, sequence: u32, previous: Hash, heading: u8) -> Input {
    Input {
        match_key: MATCH,
        slot: PlayerSlot(slot),
        sequence,
        previous,
        tick: Tick(7),
        warrior: WarriorIndex(slot * 2),
        heading,
    }
}

pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) json: bool,
    pub(crate) hello: ServerMessage,
}

/// What a client ends up with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed(u16, String),
    /// Without a close frame.
    Dropped,
}

impl Client {
    pub(crate) async fn new(url: &str) -> Self {
        let (socket, _) = connect_async(url).await.unwrap();
        let json = url.contains("json");
        let mut client = Self {
            socket,
            json,
            hello: ServerMessage::Pong { id: 0 },
        };
        client.hello = client.control().await;
        assert!(
            matches!(client.hello, ServerMessage::Hello { .. }),
            "{:?}",
            client.hello
        );
        client
    }

    pub(crate) async fn send(&mut self, message: &ClientMessage) {
        let message = if self.json {
            Message::text(serde_json::to_string(message).unwrap())
        } else {
            Message::binary(message.to_bytes())
        };
        self.socket.send(message).await.unwrap();
    }

    pub(crate) async fn send_raw(&mut self, bytes: impl Into<Vec<u8>>) {
        self.socket.send(Message::binary(bytes.into())).await.unwrap();
    }

    /// The next packet, or the end.
    pub(crate) async fn receive(&mut self) -> Result<ServerPacket, End> {
        loop {
            let message = timeout(PATIENCE, self.socket.next())
                .await
                .expect("the server stays silent");
            return match message {
                Some(Ok(Message::Binary(bytes))) => {
                    assert!(!self.json, "a binary message on a JSON socket");
                    Ok(ServerPacket::from_bytes(&bytes).unwrap())
                }
                Some(Ok(Message::Text(text))) => {
                    assert!(self.json, "text on a binary socket: {text}");
                    Ok(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    Err(End::Closed(frame.code.into(), frame.reason.to_string()))
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(_)) | Some(Err(_)) | None => Err(End::Dropped),
            };
        }
    }

    pub(crate) async fn packet(&mut self) -> ServerPacket {
        self.receive().await.unwrap()
    }

    /// The next control message; state frames before it are skipped.
    pub(crate) async fn control(&mut self) -> ServerMessage {
        loop {
            if let ServerPacket::Control(message) = self.packet().await {
                return message;
            }
        }
    }

    /// The next state frame; control messages before it are skipped.
    pub(crate) async fn frame(&mut self) -> StateFrame {
        loop {
            if let ServerPacket::Frame(frame) = self.packet().await {
                return frame;
            }
        }
    }

    /// Reads until the close, and checks its code.
    #[track_caller]
    pub(crate) fn closed(mut self, code: CloseCode) -> impl std::future::Future<Output = String> {
        let here = std::panic::Location::caller();
        async move {
            loop {
                match self.receive().await {
                    Ok(_) => {}
                    Err(End::Closed(found, reason)) => {
                        assert_eq!(
                            (found, true),
                            (code.code(), reason.starts_with(code.reason())),
                            "{reason}, {here}"
                        );
                        return reason;
                    }
                    Err(End::Dropped) => panic!("dropped without a close frame, expected {code:?}, {here}"),
                }
            }
        }
    }

    /// Reads until the client hears that its wallet is banned, in a match that was paid for.
    pub(crate) async fn muted(&mut self) {
        loop {
            if let ServerMessage::Error { code, .. } = self.control().await {
                assert_eq!(code, ErrorCode::Muted);
                return;
            }
        }
    }

    pub(crate) async fn ping(&mut self) {
        self.send(&ClientMessage::Ping { id: 77 }).await;
        loop {
            if self.control().await == (ServerMessage::Pong { id: 77 }) {
                return;
            }
        }
    }

    pub(crate) fn challenge(&self) -> Challenge<'_> {
        match &self.hello {
            ServerMessage::Hello {
                domain,
                chain,
                nonce,
                issued_at,
                ..
            } => Challenge {
                domain,
                chain,
                nonce: *nonce,
                issued_at,
            },
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn sign_in_as_wallet(&mut self, key: &SigningKey) -> ResumeToken {
        let signature = self.challenge().sign_as_wallet(key);
        self.send(&ClientMessage::AuthWallet {
            wallet: wallet_of(key),
            signature,
        })
        .await;
        self.token().await
    }

    pub(crate) async fn sign_in_as_session(&mut self, key: &SigningKey) -> ResumeToken {
        let signature = self.challenge().sign_as_session(key);
        self.send(&ClientMessage::AuthSession {
            session: session_of(key),
            signature,
        })
        .await;
        self.token().await
    }

    async fn token(&mut self) -> ResumeToken {
        match self.control().await {
            ServerMessage::Welcome { token, .. } => token,
            other => panic!("{other:?}"),
        }
    }

    /// Signs in with the session key of player `slot` and plays in [`MATCH`].
    pub(crate) async fn play_as(&mut self, slot: u8) {
        self.sign_in_as_session(&key(slot + 101)).await;
        self.send(&ClientMessage::Play { match_key: MATCH }).await;
        match self.control().await {
            ServerMessage::Watching {
                player: Some(found), ..
            } => assert_eq!(found, player(slot)),
            other => panic!("{other:?}"),
        }
    }

    /// As [`Self::play_as`], while it is not known which warriors are the player's.
    pub(crate) async fn play_before_the_start(&mut self, slot: u8) {
        self.sign_in_as_session(&key(slot + 101)).await;
        self.send(&ClientMessage::Play { match_key: MATCH }).await;
        match self.control().await {
            ServerMessage::Watching {
                player: Some(found), ..
            } => assert_eq!((found.slot, found.first_warrior), (PlayerSlot(slot), None)),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn watch(&mut self, match_key: MatchKey, rate: Rate) -> MatchDetail {
        self.send(&ClientMessage::Watch { match_key, rate }).await;
        match self.control().await {
            ServerMessage::Watching { detail, player: None } => *detail,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn send_input(&mut self, signed: SignedInput) -> ServerMessage {
        self.send(&ClientMessage::Input(signed)).await;
        self.control().await
    }
}

/// A client's picture of a match, put together from frames.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    pub(crate) state: Option<Snapshot>,
    pub(crate) events: Vec<(Tick, TickEvent)>,
    /// Ticks of the frames that came, in order.
    pub(crate) ticks: Vec<u32>,
    /// Messages that carried them.
    pub(crate) messages: usize,
}

impl Picture {
    pub(crate) fn apply(&mut self, frame: &StateFrame) {
        self.messages += 1;
        let parts = match frame {
            StateFrame::Bundle(bundle) => &bundle.frames[..],
            single => std::slice::from_ref(single),
        };
        for part in parts {
            self.ticks.push(part.tick().0);
            part.apply(&mut self.state, &mut |tick, event| {
                self.events.push((tick, *event))
            })
            .unwrap();
        }
    }

    /// Reads frames until the state stands at this tick.
    pub(crate) async fn until(&mut self, client: &mut Client, tick: Tick) {
        while self.state.as_ref().is_none_or(|state| state.tick < tick) {
            let frame = client.frame().await;
            self.apply(&frame);
        }
    }
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = tokio::time::Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "{what} does not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
