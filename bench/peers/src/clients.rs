//! The clients: a process of their own, the same for all servers, that reads with one thread.
//!
//! They greet as the server's own clients do, answer what keeps a connection alive, find the messages in what arrives
//! and count those that bring state; they keep nothing of it. A client that decoded JSON or a schema would be what is
//! measured. That what they count is the match is checked once in each run by the peer's own client, `probe.mjs`.
//!
//! Every server sends state once a tick (or once in so many), in order and without gaps: the number of a message says
//! which tick it is.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use peers::ticks::{after_us, unix_us};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::kind::Kind;
use crate::process::times;
use crate::socket::{answer, connect, is_state, message};

/// The argument that makes this program the clients.
pub(crate) const ROLE: &str = "--clients";

/// What is read at once.
const READ_BYTES: usize = 4096;

/// What all clients saw, as numbers on one line.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    /// Messages of the client who got fewest.
    pub(crate) fewest: u64,
    /// Between two messages of a socket.
    pub(crate) gap_p50_us: u64,
    pub(crate) gap_p99_us: u64,
    /// From the moment of the last tick in a message to its arrival.
    pub(crate) late_p50_us: u64,
    pub(crate) late_p99_us: u64,
    /// Of the clients' process while the match was on.
    pub(crate) cpu_us: u64,
}

impl Seen {
    /// What [`run`] printed.
    pub(crate) fn read(line: &str) -> Self {
        let numbers: Vec<u64> = line
            .split_whitespace()
            .map(|number| number.parse().unwrap())
            .collect();
        let [messages, bytes, fewest, gap_p50_us, gap_p99_us, late_p50_us, late_p99_us, cpu_us] = numbers[..]
        else {
            panic!("clients said {line:?}; expected eight numbers");
        };
        Self {
            messages,
            bytes,
            fewest,
            gap_p50_us,
            gap_p99_us,
            late_p50_us,
            late_p99_us,
            cpu_us,
        }
    }
}

/// What this process does as the clients: `KIND ADDRESS COUNT`. It says `ready`, waits for the moment of the first tick
/// on standard input, and at the end of that says what was seen.
pub(crate) fn run(arguments: &[String]) {
    let kind = Kind::from_word(&arguments[0]);
    let address: SocketAddr = arguments[1].parse().unwrap();
    let count: usize = arguments[2].parse().unwrap();
    let start_unix_us = Arc::new(AtomicU64::new(u64::MAX));
    let (ended, mut end) = tokio::sync::mpsc::channel::<()>(1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut followed = Vec::new();
        for _ in 0..count {
            let (stream, behind) = connect(kind, address);
            let client = Client::new(kind, start_unix_us.clone(), behind);
            let stream = TcpStream::from_std(stream).unwrap();
            followed.push(tokio::spawn(client.follow(stream)));
            // Those who are in answer what keeps them alive.
            tokio::task::yield_now().await;
        }
        println!("ready");
        let cpu_before = Arc::new(AtomicU64::new(0));
        let before = cpu_before.clone();
        std::thread::spawn(move || {
            for line in std::io::stdin().lines() {
                before.store(times("self").ran_us as u64, Ordering::Relaxed);
                start_unix_us.store(line.unwrap().parse().unwrap(), Ordering::Relaxed);
            }
            drop(ended);
        });
        end.recv().await;
        let cpu_us = times("self").ran_us as u64 - cpu_before.load(Ordering::Relaxed);
        for client in followed {
            client.abort();
            // It notes what it saw when it is dropped.
            let _ = client.await;
        }
        println!("{}", summary(&SEEN.lock().unwrap(), cpu_us));
    });
}

static SEEN: Mutex<Vec<Client>> = Mutex::new(Vec::new());

/// One client, and what it saw.
struct Client {
    kind: Kind,
    start_unix_us: Arc<AtomicU64>,
    kept: Vec<u8>,
    messages: u64,
    bytes: u64,
    before_us: Option<u64>,
    gaps_us: Vec<u32>,
    late_us: Vec<u32>,
}

impl Client {
    fn new(kind: Kind, start_unix_us: Arc<AtomicU64>, behind: Vec<u8>) -> Self {
        Self {
            kind,
            start_unix_us,
            kept: behind,
            messages: 0,
            bytes: 0,
            before_us: None,
            gaps_us: Vec::new(),
            late_us: Vec::new(),
        }
    }

    async fn follow(self, mut stream: TcpStream) {
        let mut noted = Noted(Some(self));
        let mut buffer = vec![0; READ_BYTES];
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            let Some(client) = &mut noted.0 else { return };
            for answer in client.arrived(&buffer[..read]) {
                // An answer is a few bytes, and nothing else is written.
                let _ = stream.try_write(&answer);
            }
        }
    }

    /// Looks at all whole messages; what is to be answered.
    fn arrived(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        if self.start_unix_us.load(Ordering::Relaxed) != u64::MAX {
            self.bytes += bytes.len() as u64;
        }
        if self.kept.is_empty() {
            let (used, answers) = self.take(bytes);
            self.kept.extend(&bytes[used..]);
            return answers;
        }
        let mut kept = std::mem::take(&mut self.kept);
        kept.extend(bytes);
        let (used, answers) = self.take(&kept);
        kept.drain(..used);
        self.kept = kept;
        answers
    }

    /// How many bytes the whole messages have, and what is to be answered.
    fn take(&mut self, bytes: &[u8]) -> (usize, Vec<Vec<u8>>) {
        let (mut used, mut answers) = (0, Vec::new());
        while let Some((opcode, payload, length)) = message(&bytes[used..]) {
            used += length;
            if is_state(self.kind, opcode, payload) {
                self.note();
            } else {
                answers.extend(answer(self.kind, opcode, payload));
            }
        }
        (used, answers)
    }

    /// State arrived.
    fn note(&mut self) {
        let now_us = unix_us();
        let per_message = self.kind.ticks_per_message();
        let tick = self.messages * per_message + per_message - 1;
        self.messages += 1;
        let start_us = self.start_unix_us.load(Ordering::Relaxed);
        let due_us = start_us.saturating_add(after_us(tick));
        self.late_us.push(now_us.saturating_sub(due_us) as u32);
        if let Some(before_us) = self.before_us.replace(now_us) {
            self.gaps_us.push(now_us.saturating_sub(before_us) as u32);
        }
    }
}

/// Hands over what its client saw when its task ends.
struct Noted(Option<Client>);

impl Drop for Noted {
    fn drop(&mut self) {
        SEEN.lock().unwrap().extend(self.0.take());
    }
}

fn summary(all: &[Client], cpu_us: u64) -> String {
    let sorted = |numbers: fn(&Client) -> &Vec<u32>| {
        let mut numbers: Vec<u32> = all.iter().flat_map(numbers).copied().collect();
        numbers.sort_unstable();
        numbers
    };
    let quantile = |numbers: &[u32], quantile: f64| {
        let index = (numbers.len() as f64 * quantile) as usize;
        numbers.get(index).copied().unwrap_or(u32::MAX)
    };
    let (gaps, late) = (sorted(|client| &client.gaps_us), sorted(|client| &client.late_us));
    format!(
        "{} {} {} {} {} {} {} {cpu_us}",
        all.iter().map(|client| client.messages).sum::<u64>(),
        all.iter().map(|client| client.bytes).sum::<u64>(),
        all.iter().map(|client| client.messages).min().unwrap_or(0),
        quantile(&gaps, 0.5),
        quantile(&gaps, 0.99),
        quantile(&late, 0.5),
        quantile(&late, 0.99),
    )
}
