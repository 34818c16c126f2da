//! Clients that a relay must survive: slow ones that never read, and ones that send garbage.
//!
//! Random bytes come from a seed, so that a run can be repeated.

use std::sync::Arc;
use std::time::Duration;

use futures_util::SinkExt;
use protocol::control::{ClientMessage, Rate};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use super::Shared;

/// How many of each kind there are at a time.
const EACH: usize = 4;

/// Rude clients. Dropping it ends them.
pub struct Rude(Vec<JoinHandle<()>>);

impl Rude {
    pub(super) fn begin(shared: Arc<Shared>, seed: u64) -> Rude {
        let mut tasks = Vec::new();
        for number in 0..EACH {
            let random = StdRng::seed_from_u64(seed.wrapping_add(number as u64));
            tasks.push(tokio::spawn(slow(shared.clone())));
            tasks.push(tokio::spawn(malformed(shared.clone(), random)));
        }
        Rude(tasks)
    }
}

impl Drop for Rude {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

async fn connect(shared: &Shared) -> Option<(std::net::SocketAddr, TcpStream)> {
    let relays = shared.relays.read().ok()?.clone();
    let relay = *relays.get(rand::thread_rng().gen_range(0..relays.len().max(1)))?;
    Some((relay, TcpStream::connect(relay).await.ok()?))
}

/// Watches every tick of a live match and reads nothing.
async fn slow(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let (Some((relay, stream)), Some(match_key)) =
            (connect(&shared).await, shared.live().first().copied())
        else {
            continue;
        };
        let Ok((mut socket, _)) = client_async(format!("ws://{relay}/ws"), stream).await else {
            continue;
        };
        let watch = ClientMessage::Watch {
            match_key,
            rate: Rate::Every,
        };
        let _ = socket.send(Message::Binary(watch.to_bytes().into())).await;
        tokio::time::sleep(Duration::from_secs(8)).await;
    }
}

/// Sends bytes that are no messages, inside a WebSocket and instead of one.
async fn malformed(shared: Arc<Shared>, mut random: StdRng) {
    loop {
        tokio::time::sleep(Duration::from_millis(random.gen_range(200..600))).await;
        let Some((relay, mut stream)) = connect(&shared).await else {
            continue;
        };
        let mut bytes = vec![0; random.gen_range(1..400)];
        random.fill(&mut bytes[..]);
        if random.gen_bool(0.3) {
            let _ = stream.write_all(&bytes).await;
            continue;
        }
        let Ok((mut socket, _)) = client_async(format!("ws://{relay}/ws"), stream).await else {
            continue;
        };
        if random.gen_bool(0.5) {
            // The right first byte, and then anything.
            bytes[0] = protocol::control::CONTROL_BYTE;
        }
        let _ = socket.send(Message::Binary(bytes.into())).await;
    }
}
