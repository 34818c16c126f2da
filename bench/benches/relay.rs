//! The fan-out of frames: what a delivered frame costs the relay's core, beside a bare `write` of the same bytes, and
//! how long it takes from the tick to the socket.
//!
//! `FOLLOWERS` (default 1000) sockets follow one match of 20 warriors at 60 ticks a second for `SECONDS` (default 5).
//! The relay runs on one thread, whose CPU time the kernel counts; clients and the tick run on others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run may panic"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bus::{Bus, Frame, FrameKind, MatchPublisher};
use futures_util::{SinkExt, StreamExt};
use protocol::control::{ClientMessage, Rate};
use protocol::directory::{Amount, MatchDetail, MatchStatus, MatchSummary, Mode};
use protocol::wire::{Effect, Encoder, Snapshot, StateFrame, Warrior};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, Tick};
use relay::{Limits, Relay, RelayConfig, RelayHandle};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::Message;

const MATCH: MatchKey = MatchKey([1; 32]);

fn main() {
    // `cargo test --benches` runs everything once, short.
    let is_test = std::env::args().any(|argument| argument == "--test");
    let number = |name: &str, default| match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text:?}: expected a number")),
        Err(_) => default,
    };
    let followers = number("FOLLOWERS", if is_test { 20 } else { 1000 });
    let seconds = number("SECONDS", if is_test { 1 } else { 5 });

    let floor = bare_writes(followers, seconds);
    println!("relay/bare write: {floor:.2} µs of CPU a frame, {followers} sockets");
    for (name, rate) in [("every tick", Rate::Every), ("bundles of three", Rate::Bundled)] {
        let measured = fan_out(followers, seconds, rate);
        let per_message = measured.cpu_us / measured.messages as f64;
        println!(
            "relay/{name}: {per_message:.2} µs of CPU a message ({:.2} × a bare write), {:.1} % of a core; \
             tick to socket p50 {:.1} ms, p99 {:.1} ms; {} of {} ticks delivered; {} bytes a socket",
            per_message / floor,
            measured.cpu_us / (seconds as f64 * 1e4),
            measured.latency_ms(0.50),
            measured.latency_ms(0.99),
            measured.ticks,
            seconds * 60 * followers,
            measured.bytes_per_socket,
        );
    }
}

/// CPU time of the calling thread so far, microseconds, as the kernel's scheduler counts it.
fn thread_cpu_us() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1000.0
}

/// What all else is compared with: one thread that writes 14 bytes to each socket 60 times a second.
fn bare_writes(followers: u64, seconds: u64) -> f64 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let reader = {
        let stop = stop.clone();
        std::thread::spawn(move || {
            let mut sockets: Vec<TcpStream> = (0..followers)
                .map(|_| TcpStream::connect(address).unwrap())
                .collect();
            sockets
                .iter()
                .for_each(|socket| socket.set_nonblocking(true).unwrap());
            let mut buffer = [0; 4096];
            while !stop.load(Ordering::Relaxed) {
                sockets
                    .iter_mut()
                    .for_each(|socket| while matches!(socket.read(&mut buffer), Ok(1..)) {});
                std::thread::sleep(Duration::from_millis(5));
            }
        })
    };
    let mut sockets: Vec<TcpStream> = (0..followers).map(|_| listener.accept().unwrap().0).collect();
    for socket in &sockets {
        socket.set_nodelay(true).unwrap();
        socket.set_nonblocking(true).unwrap();
    }
    let start = Instant::now();
    let before = thread_cpu_us();
    for tick in 0..seconds * 60 {
        sleep_until(start + Duration::from_micros(tick * 16_667));
        sockets.iter_mut().for_each(|socket| {
            let _ = socket.write(&[0; 14]);
        });
    }
    let cpu_us = thread_cpu_us() - before;
    stop.store(true, Ordering::Relaxed);
    reader.join().unwrap();
    cpu_us / (seconds * 60 * followers) as f64
}

fn sleep_until(deadline: Instant) {
    std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
}

struct Measured {
    cpu_us: f64,
    messages: u64,
    ticks: u64,
    bytes_per_socket: u64,
    latencies_us: Vec<u64>,
}

impl Measured {
    fn latency_ms(&self, quantile: f64) -> f64 {
        let index = (self.latencies_us.len() as f64 * quantile) as usize;
        self.latencies_us
            .get(index)
            .map_or(f64::NAN, |us| *us as f64 / 1000.0)
    }
}

/// What the clients count.
#[derive(Default)]
struct Counted {
    messages: AtomicU64,
    ticks: AtomicU64,
    latencies_us: Mutex<Vec<u64>>,
}

fn fan_out(followers: u64, seconds: u64, rate: Rate) -> Measured {
    let bus = Bus::default();
    let (publisher, _queue) = bus.open_match(detail()).unwrap();
    let server = Server::start(bus);
    // When each tick was published, microseconds since `epoch`.
    let epoch = Instant::now();
    let published: Arc<Vec<AtomicU64>> = Arc::new((0..100_000).map(|_| AtomicU64::new(0)).collect());
    let counted = Arc::new(Counted::default());
    let (ready, all_ready) = std::sync::mpsc::sync_channel(0);
    let clients = {
        let (counted, published, address) = (counted.clone(), published.clone(), server.address);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut tasks = Vec::new();
                for _ in 0..followers {
                    let socket = follow(address, rate).await;
                    tasks.push(tokio::spawn(count(
                        socket,
                        counted.clone(),
                        published.clone(),
                        epoch,
                    )));
                }
                ready.send(()).unwrap();
                for task in tasks {
                    task.await.unwrap();
                }
            });
        })
    };
    all_ready.recv().unwrap();
    let memory = resident_bytes();
    let cpu_before = server.cpu_us();
    tick(&publisher, &published, epoch, seconds * 60);
    std::thread::sleep(Duration::from_millis(300));
    let cpu_us = server.cpu_us() - cpu_before;
    let memory = memory.saturating_sub(server.memory_before);
    server.stop();
    clients.join().unwrap();
    let mut latencies_us = std::mem::take(&mut *counted.latencies_us.lock().unwrap());
    latencies_us.sort_unstable();
    Measured {
        cpu_us,
        messages: counted.messages.load(Ordering::Relaxed).max(1),
        ticks: counted.ticks.load(Ordering::Relaxed),
        bytes_per_socket: memory / followers,
        latencies_us,
    }
}

/// A relay on a thread of its own.
struct Server {
    address: SocketAddr,
    cpu: std::sync::mpsc::SyncSender<std::sync::mpsc::SyncSender<f64>>,
    thread: std::thread::JoinHandle<()>,
    memory_before: u64,
}

impl Server {
    fn start(bus: Bus) -> Self {
        let (started, address) = std::sync::mpsc::sync_channel(0);
        let (cpu, asked) = std::sync::mpsc::sync_channel::<std::sync::mpsc::SyncSender<f64>>(0);
        let memory_before = resident_bytes();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let relay = start_relay(bus).await;
                started.send(relay.addr).unwrap();
                loop {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    match asked.try_recv() {
                        Ok(answer) => answer.send(thread_cpu_us()).unwrap(),
                        Err(std::sync::mpsc::TryRecvError::Empty) => {}
                        Err(std::sync::mpsc::TryRecvError::Disconnected) => break,
                    }
                }
                relay.drain().await;
            });
        });
        Self {
            address: address.recv().unwrap(),
            cpu,
            thread,
            memory_before,
        }
    }

    fn cpu_us(&self) -> f64 {
        let (answer, asked) = std::sync::mpsc::sync_channel(0);
        self.cpu.send(answer).unwrap();
        asked.recv().unwrap()
    }

    fn stop(self) {
        drop(self.cpu);
        self.thread.join().unwrap();
    }
}

async fn start_relay(bus: Bus) -> RelayHandle {
    let file = std::env::temp_dir().join(format!("aurelius-bench-{}.db", std::process::id()));
    let store = store::Store::open_sqlite(&file).await.unwrap();
    let limits = Limits {
        connections_per_address_max: u32::MAX,
        requests_per_address_per_second: u32::MAX,
        requests_per_address_burst: u32::MAX,
        ..Limits::default()
    };
    let mut config = RelayConfig {
        limits,
        ..RelayConfig::default()
    };
    config.listen.set_port(0);
    Relay::start(config, bus, store).await.unwrap()
}

type Socket = tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>;

async fn follow(address: SocketAddr, rate: Rate) -> Socket {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let config = WebSocketConfig::default()
        .read_buffer_size(1024)
        .write_buffer_size(0);
    let url = format!("ws://{address}/ws");
    let (mut socket, _) = tokio_tungstenite::client_async_with_config(url, stream, Some(config))
        .await
        .unwrap();
    let watch = ClientMessage::Watch {
        match_key: MATCH,
        rate,
    };
    socket.send(Message::binary(watch.to_bytes())).await.unwrap();
    socket
}

async fn count(mut socket: Socket, counted: Arc<Counted>, published: Arc<Vec<AtomicU64>>, epoch: Instant) {
    let mut latencies = Vec::with_capacity(1024);
    while let Some(Ok(message)) = socket.next().await {
        let Message::Binary(bytes) = message else { break };
        let Ok(frame) = StateFrame::from_bytes(&bytes) else {
            continue;
        };
        let now = epoch.elapsed().as_micros() as u64;
        let ticks = match &frame {
            StateFrame::Bundle(bundle) => bundle.frames.len() as u64,
            _ => 1,
        };
        counted.messages.fetch_add(1, Ordering::Relaxed);
        counted.ticks.fetch_add(ticks, Ordering::Relaxed);
        let at = published[frame.tick().0 as usize].load(Ordering::Relaxed);
        latencies.push(now.saturating_sub(at));
    }
    counted.latencies_us.lock().unwrap().extend(latencies);
}

/// Twenty warriors of whom three or four step in each tick, as in a match where everybody moves.
fn tick(publisher: &MatchPublisher, published: &[AtomicU64], epoch: Instant, ticks: u64) {
    let warriors = (0..20).map(|index| Warrior {
        owner: PlayerSlot(index / 2),
        hp: 100,
        x: 1 + index,
        y: 5,
        heading: 5,
        effect: Effect::None,
        kills: 0,
        streak: 0,
    });
    let mut snapshot = Snapshot {
        side: 32,
        capacity: 20,
        warriors: warriors.collect(),
        power_ups: vec![None; 8],
        ..Snapshot::default()
    };
    let mut encoder = Encoder::new();
    let start = Instant::now();
    for tick in 0..ticks {
        sleep_until(start + Duration::from_micros(tick * 16_667));
        snapshot.tick = Tick(tick as u32);
        for index in 0..20 {
            if index % 6 == tick as usize % 6 {
                snapshot.warriors[index].y = snapshot.warriors[index].y % 32 + 1;
            }
        }
        let frame: Frame = encoder.frame_of_snapshot(&snapshot, &[]).into();
        assert!(frame.kind == FrameKind::Key || frame.bytes.len() < 40);
        published[tick as usize].store(epoch.elapsed().as_micros() as u64, Ordering::Relaxed);
        publisher.publish_frame(frame);
    }
}

/// Memory of this process, clients included.
fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

fn detail() -> MatchDetail {
    MatchDetail {
        summary: MatchSummary {
            match_key: MATCH,
            match_id: 1,
            mode: Mode::Blitz,
            status: MatchStatus::Live,
            mint: PublicKey::default(),
            decimals: 6,
            symbol: "TEST".into(),
            stake_per_warrior: Amount(1),
            players: 0,
            players_max: 20,
            warriors: 0,
            warriors_max: 20,
            pot: Amount(0),
            tick: Tick(0),
            length_ticks: 5400,
            created_at_ms: 0,
            starts_at_ms: None,
        },
        operator: PublicKey::default(),
        rules_hash: Hash::default(),
        rules: vec![],
        drip_root: Hash::default(),
        seed: None,
        genesis_leaf: None,
        players: vec![],
        checkpoints: vec![],
        result: None,
        created_in: None,
        locked_in: None,
        started_in: None,
    }
}
