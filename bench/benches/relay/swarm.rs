//! The followers: a process of their own, so that neither their memory nor their time is counted as the relay's.
//!
//! They read with one thread and look at every message, but keep nothing.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use peers::house::MATCH;
use peers::ticks::{after_us, unix_us, Clock};
use player::connection::{Connection, Received};
use protocol::control::{ClientMessage, Rate};
use protocol::wire::StateFrame;
use reqwest::Url;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// The argument that makes this program a swarm.
pub(crate) const ROLE: &str = "--swarm";

/// How a follower begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// It reads at once.
    None,
    /// It upgrades to a WebSocket and watches [`MATCH`].
    Watch(Rate),
}

/// What all followers saw.
pub(crate) struct Seen {
    pub(crate) messages: u64,
    pub(crate) ticks: u64,
    /// Ticks of the follower who got fewest, if the worst hundredth is left out.
    pub(crate) slow_ticks: u64,
    /// Between two messages of a socket.
    pub(crate) gap_p99_us: u64,
    /// From the moment of the last tick in a message to its arrival.
    pub(crate) late_p50_us: u64,
    pub(crate) late_p99_us: u64,
}

/// The other process, as seen from this one.
pub(crate) struct Swarm {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Swarm {
    pub(crate) fn start(address: SocketAddr, greeting: Greeting, followers: u64) -> Self {
        let greeting = match greeting {
            Greeting::None => "none",
            Greeting::Watch(Rate::Every) => "every",
            Greeting::Watch(Rate::Bundled) => "bundled",
        };
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([ROLE, &address.to_string(), greeting, &followers.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said }
    }

    pub(crate) fn wait_until_ready(&mut self) {
        assert_eq!(self.line(), "ready\n", "the followers did not get through");
    }

    pub(crate) fn begin(&mut self, clock: &Clock) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{}", clock.start_unix_us).unwrap();
    }

    /// Closes all sockets.
    pub(crate) fn end(mut self) -> Seen {
        drop(self.child.stdin.take());
        let line = self.line();
        let mut numbers = line
            .split_whitespace()
            .map(|number| number.parse::<u64>().unwrap());
        let mut next = || numbers.next().unwrap();
        let seen = Seen {
            messages: next(),
            ticks: next(),
            slow_ticks: next(),
            gap_p99_us: next(),
            late_p50_us: next(),
            late_p99_us: next(),
        };
        self.child.wait().unwrap();
        seen
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line
    }
}

/// What this process does as a swarm.
pub(crate) fn run(arguments: &[String]) {
    let address: SocketAddr = arguments[0].parse().unwrap();
    let greeting = match arguments[1].as_str() {
        "none" => Greeting::None,
        "every" => Greeting::Watch(Rate::Every),
        _ => Greeting::Watch(Rate::Bundled),
    };
    let followers: usize = arguments[2].parse().unwrap();
    let start_unix_us = Arc::new(AtomicU64::new(u64::MAX));
    let (ended, mut end) = tokio::sync::mpsc::channel::<()>(1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut followed = Vec::new();
        for _ in 0..followers {
            let line = connect(address, greeting).await;
            followed.push(tokio::spawn(Follower::new(start_unix_us.clone()).follow(line)));
        }
        // Standard input says when the first tick is, and by its end that all is over.
        std::thread::spawn(move || {
            for line in std::io::stdin().lines() {
                start_unix_us.store(line.unwrap().parse().unwrap(), Ordering::Relaxed);
            }
            drop(ended);
        });
        println!("ready");
        end.recv().await;
        let mut all = Vec::new();
        for follower in followed {
            follower.abort();
            // It notes what it saw when it is dropped.
            let _ = follower.await;
        }
        all.append(&mut SEEN.lock().unwrap());
        println!("{}", summary(all));
    });
}

/// One follower's end of a socket.
enum Line {
    /// Bytes as they come, in the frames of a WebSocket that was never agreed on.
    Bare(TcpStream),
    /// A client's connection, which follows [`MATCH`].
    Following(Box<Connection>),
}

async fn connect(address: SocketAddr, greeting: Greeting) -> Line {
    let Greeting::Watch(rate) = greeting else {
        return Line::Bare(TcpStream::connect(address).await.unwrap());
    };
    let relay = Url::parse(&format!("http://{address}")).unwrap();
    let mut connection = Connection::open(&relay).await.unwrap();
    let watch = ClientMessage::Watch {
        match_key: MATCH,
        rate,
    };
    connection.send(&watch).await.unwrap();
    // The detail of the match: from now on it follows.
    match connection.next().await.unwrap() {
        Received::Control(_) => Line::Following(Box::new(connection)),
        other => panic!("{other:?} before the match's detail"),
    }
}

static SEEN: std::sync::Mutex<Vec<Follower>> = std::sync::Mutex::new(Vec::new());

/// What one socket saw.
#[derive(Default)]
struct Follower {
    start_unix_us: Arc<AtomicU64>,
    messages: u64,
    ticks: u64,
    before_us: Option<u64>,
    gaps_us: Vec<u32>,
    late_us: Vec<u32>,
}

impl Follower {
    fn new(start_unix_us: Arc<AtomicU64>) -> Self {
        Self {
            start_unix_us,
            ..Self::default()
        }
    }

    async fn follow(self, line: Line) {
        let mut noted = Noted(self);
        let mut stream = match line {
            Line::Bare(stream) => stream,
            Line::Following(mut connection) => loop {
                match connection.next().await {
                    Ok(Received::Frame(payload)) => noted.0.take(&payload),
                    Ok(Received::Control(_)) => {}
                    Ok(Received::Closed(_)) | Err(_) => return,
                }
            },
        };
        let mut buffer = [0; 1024];
        let mut kept = Vec::new();
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            if kept.is_empty() {
                let used = noted.0.take_messages(&buffer[..read]);
                kept.extend(&buffer[used..read]);
            } else {
                kept.extend(&buffer[..read]);
                let used = noted.0.take_messages(&kept);
                kept.drain(..used);
            }
        }
    }

    /// Looks at all whole messages; how many bytes they have.
    fn take_messages(&mut self, bytes: &[u8]) -> usize {
        let mut used = 0;
        loop {
            let rest = &bytes[used..];
            let (header, length) = match rest {
                [_, 126, high, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
                [_, short @ ..=125, ..] => (2, usize::from(*short)),
                _ => return used,
            };
            let Some(payload) = rest.get(header..header + length) else {
                return used;
            };
            self.take(payload);
            used += header + length;
        }
    }

    fn take(&mut self, payload: &[u8]) {
        let Ok(frame) = StateFrame::from_bytes(payload) else {
            return;
        };
        let now_us = unix_us();
        self.messages += 1;
        self.ticks += match &frame {
            StateFrame::Bundle(bundle) => bundle.frames.len() as u64,
            _ => 1,
        };
        let due_us = self
            .start_unix_us
            .load(Ordering::Relaxed)
            .saturating_add(after_us(frame.tick().0.into()));
        self.late_us.push(now_us.saturating_sub(due_us) as u32);
        if let Some(before_us) = self.before_us.replace(now_us) {
            self.gaps_us.push(now_us.saturating_sub(before_us) as u32);
        }
    }
}

/// Hands over what its follower saw when its task ends.
struct Noted(Follower);

impl Drop for Noted {
    fn drop(&mut self) {
        SEEN.lock().unwrap().push(std::mem::take(&mut self.0));
    }
}

fn summary(all: Vec<Follower>) -> String {
    let mut ticks: Vec<u64> = all.iter().map(|follower| follower.ticks).collect();
    ticks.sort_unstable();
    let quantile = |numbers: fn(&Follower) -> &Vec<u32>, quantile: f64| {
        let mut numbers: Vec<u32> = all.iter().flat_map(numbers).copied().collect();
        numbers.sort_unstable();
        let index = (numbers.len() as f64 * quantile) as usize;
        numbers.get(index).copied().unwrap_or(u32::MAX)
    };
    format!(
        "{} {} {} {} {} {}",
        all.iter().map(|follower| follower.messages).sum::<u64>().max(1),
        ticks.iter().sum::<u64>(),
        ticks[ticks.len() / 100],
        quantile(|follower| &follower.gaps_us, 0.99),
        quantile(|follower| &follower.late_us, 0.5),
        quantile(|follower| &follower.late_us, 0.99),
    )
}
