//! From a player's input to its effect on the player's socket, over loopback.
//!
//! A real relay, a real tick thread with its input log, the real check of signatures between them; the chain is absent.
//! Players sign in with their session keys, sign chained inputs at moments that have nothing to do with ticks, and keep
//! the picture that the frames draw. The effect counts as seen when the frame of the acked tick is decoded and the
//! picture shows the new heading. Budget: p99 25 ms on an idle machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run may panic"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use arena::Rules;
use bench::contest::{heading, Contest};
use bench::cpu::thread_named;
use bench::sample::{verdict, Sample, Table};
use bus::Bus;
use crank::ingress::{self, Gate, GatePhase};
use crank::worker::{Adoption, Workers};
use crank::{Clock, SystemClock};
use futures_util::{SinkExt, StreamExt};
use protocol::auth::Challenge;
use protocol::control::{ClientMessage, ServerMessage};
use protocol::input::ChainHead;
use protocol::packet::ServerPacket;
use protocol::wire::Snapshot;
use protocol::Tick;
use relay::{Limits, Relay, RelayConfig};
use store::Store;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{connect_async, MaybeTlsStream, WebSocketStream};

const PLAYERS: u8 = 20;
const RUNS: u32 = 3;
const MEASURED: Duration = Duration::from_secs(8);
/// Mean time between two inputs of a player.
const INPUT_EVERY_MS: u64 = 250;

/// Milliseconds of each input.
#[derive(Default)]
struct Measured {
    sent_to_ack: Sample,
    ack_to_effect: Sample,
    sent_to_effect: Sample,
    /// Ticks between the last frame before sending and the tick of the effect.
    ticks_away: Sample,
    refused: u32,
}

/// An input on its way.
struct Pending {
    sent: Instant,
    seen: Tick,
    heading: u8,
    acked: Option<(Instant, Tick)>,
}

struct Player {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    contest: Arc<Contest>,
    slot: u8,
    chain: ChainHead,
    picture: Option<Snapshot>,
}

impl Player {
    async fn join(url: &str, contest: Arc<Contest>, slot: u8) -> Self {
        let (socket, _) = connect_async(url).await.unwrap();
        let mut player = Self {
            socket,
            contest,
            slot,
            chain: ChainHead::default(),
            picture: None,
        };
        let ServerPacket::Control(ServerMessage::Hello {
            domain,
            chain,
            nonce,
            issued_at,
            ..
        }) = player.next().await
        else {
            panic!("a relay says hello first");
        };
        let challenge = Challenge {
            domain: &domain,
            chain: &chain,
            nonce,
            issued_at: &issued_at,
        };
        let session = player.contest.session(slot);
        let signature = challenge.sign_as_session(&player.contest.keys[usize::from(slot)]);
        player
            .send(&ClientMessage::AuthSession { session, signature })
            .await;
        let match_key = player.contest.match_key;
        player.send(&ClientMessage::Play { match_key }).await;
        player
    }

    async fn send(&mut self, message: &ClientMessage) {
        self.socket
            .send(Message::binary(message.to_bytes()))
            .await
            .unwrap();
    }

    async fn next(&mut self) -> ServerPacket {
        loop {
            match self.socket.next().await.unwrap().unwrap() {
                Message::Binary(bytes) => return ServerPacket::from_bytes(&bytes).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn seen(&self) -> Tick {
        self.picture.as_ref().map_or(Tick(0), |picture| picture.tick)
    }

    /// One input at a time until `end`, with pauses that no tick knows.
    async fn play(mut self, end: Instant) -> Measured {
        let mut measured = Measured::default();
        let mut lot = u64::from(self.slot) + 1;
        let mut number = 0;
        let mut pending: Option<Pending> = None;
        let mut send_at = Instant::now() + Duration::from_millis(500);
        while Instant::now() < end {
            tokio::select! {
                packet = self.next() => match packet {
                    ServerPacket::Frame(frame) => {
                        frame.apply(&mut self.picture, &mut |_, _| {}).unwrap();
                    }
                    ServerPacket::Control(ServerMessage::Ack { tick, .. }) => {
                        let pending = pending.as_mut().expect("an ack for an input");
                        pending.acked = Some((Instant::now(), tick));
                    }
                    ServerPacket::Control(ServerMessage::Reject { .. }) => {
                        // The warrior is dead: the rest of the match has nothing to measure.
                        measured.refused += 1;
                        return measured;
                    }
                    ServerPacket::Control(ServerMessage::Error { message, .. }) => panic!("{message}"),
                    ServerPacket::Control(_) => {}
                },
                () = tokio::time::sleep_until(send_at.into()), if pending.is_none() && self.picture.is_some() => {
                    number += 1;
                    let heading = heading(self.slot, number);
                    let (seen, slot) = (self.seen(), self.slot);
                    let signed = self.contest.sign(slot, &mut self.chain, seen, heading);
                    let sent = Instant::now();
                    self.send(&ClientMessage::Input(signed)).await;
                    pending = Some(Pending { sent, seen, heading, acked: None });
                    // Xorshift: any sequence without a rhythm will do.
                    lot ^= lot << 13;
                    lot ^= lot >> 7;
                    lot ^= lot << 17;
                    let pause_us = INPUT_EVERY_MS * 500 + lot % (INPUT_EVERY_MS * 1000);
                    send_at = sent + Duration::from_micros(pause_us);
                }
            }
            let arrived = pending.as_ref().and_then(|pending| pending.acked);
            if let Some((acked, _)) = arrived.filter(|(_, tick)| self.seen() >= *tick) {
                let Pending {
                    sent,
                    seen,
                    heading,
                    acked: Some((_, tick)),
                } = pending.take().unwrap()
                else {
                    unreachable!("it was acked");
                };
                let now = Instant::now();
                let warrior = self.picture.as_ref().unwrap().warriors[usize::from(self.slot)];
                if warrior.hp > 0 {
                    assert_eq!(
                        warrior.heading, heading,
                        "the frame of the acked tick shows the move"
                    );
                }
                let ms = |span: Duration| span.as_secs_f64() * 1000.0;
                measured.sent_to_ack.push(ms(acked - sent));
                measured.ack_to_effect.push(ms(now - acked));
                measured.sent_to_effect.push(ms(now - sent));
                measured.ticks_away.push(f64::from(tick.0 - seen.0));
            }
        }
        measured
    }
}

struct Outcome {
    measured: Measured,
    /// Share of the time that the tick thread waited for a core.
    waited: f64,
}

fn run(number: u32) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let server = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let contest = Arc::new(Contest::new(number, Rules::BLITZ, PLAYERS));
    let bus = Bus::default();
    let clock = Arc::new(SystemClock);
    // Read by nobody: a tick thread keeps its notices and goes on.
    let (notices_in, _notices) = mpsc::channel(4096);
    let mut workers = Workers::start(1, clock.clone(), notices_in).unwrap();
    let (publisher, queue) = bus.open_match(contest.detail()).unwrap();
    let (sender, inputs) = mpsc::channel(1024);
    let log = contest.log(folder.path(), &server);
    workers
        .adopt(Adoption {
            live: contest.live(),
            start: clock.monotonic(),
            log: Box::new(log),
            publisher,
            inputs,
        })
        .unwrap();
    let sessions = (0..PLAYERS).map(|slot| Some(contest.session(slot))).collect();
    let (_gate, gate) = watch::channel(Gate {
        phase: GatePhase::Running(sender),
        sessions: Arc::new(sessions),
    });
    server.spawn(ingress::serve(queue, gate));
    let relay = server.block_on(async {
        let store = Store::open_sqlite(&folder.path().join("relay.db")).await.unwrap();
        let mut config = RelayConfig {
            limits: Limits {
                requests_per_address_per_second: 10_000,
                requests_per_address_burst: 10_000,
                ..Limits::default()
            },
            ..RelayConfig::default()
        };
        config.listen.set_port(0);
        Relay::start(config, bus.clone(), store).await.unwrap()
    });
    let url = format!("ws://{}/ws", relay.addr);
    let before = thread_named("tick-0");
    let begin = Instant::now();
    let clients = Builder::new_current_thread().enable_all().build().unwrap();
    let measured = clients.block_on(async {
        let end = Instant::now() + MEASURED;
        let mut tasks = tokio::task::JoinSet::new();
        for slot in 0..PLAYERS {
            let (url, contest) = (url.clone(), contest.clone());
            tasks.spawn(async move { Player::join(&url, contest, slot).await.play(end).await });
        }
        tasks.join_all().await
    });
    let waited = thread_named("tick-0")
        .zip(before)
        .map_or(f64::NAN, |(now, then)| {
            now.since(&then).waited.as_secs_f64() / begin.elapsed().as_secs_f64() * 100.0
        });
    workers.stop();
    server.block_on(relay.drain());
    let measured = measured.into_iter().fold(Measured::default(), |mut all, one| {
        all.sent_to_ack.extend(&one.sent_to_ack);
        all.ack_to_effect.extend(&one.ack_to_effect);
        all.sent_to_effect.extend(&one.sent_to_effect);
        all.ticks_away.extend(&one.ticks_away);
        all.refused += one.refused;
        all
    });
    Outcome { measured, waited }
}

fn main() {
    let mut table = Table::new(&[
        "run",
        "inputs",
        "what",
        "p50 ms",
        "p99 ms",
        "max ms",
        "ticks away, mean",
        "refused",
        "tick thread waited",
    ]);
    let mut p99 = Sample::default();
    for number in 1..=RUNS {
        let Outcome { measured, waited } = run(number);
        p99.push(measured.sent_to_effect.quantile(0.99));
        let spans = [
            ("sent → acked", &measured.sent_to_ack),
            ("acked → effect", &measured.ack_to_effect),
            ("sent → effect", &measured.sent_to_effect),
        ];
        for (what, sample) in spans {
            table.line([
                number.to_string(),
                sample.len().to_string(),
                what.to_owned(),
                format!("{:.1}", sample.median()),
                format!("{:.1}", sample.quantile(0.99)),
                format!("{:.1}", sample.max()),
                format!("{:.2}", measured.ticks_away.mean()),
                measured.refused.to_string(),
                format!("{waited:.1} %"),
            ]);
        }
    }
    table.print(&format!(
        "A Blitz of {PLAYERS} players on loopback, clients in the same process, {} s a run",
        MEASURED.as_secs()
    ));
    let median = p99.median();
    println!(
        "\nsent → effect, p99, median of {RUNS} runs: {median:.1} ms (budget {})",
        verdict(median, 25.0)
    );
}
