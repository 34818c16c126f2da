//! The list of matches beside a battle: it costs little, however many matches there are and whatever they do.

use std::time::{Duration, Instant};

use crate::support::{detail, generous, Client, FakeMatch, Stage, MATCH};
use bus::{Bus, InputQueue, MatchPublisher};
use futures_util::StreamExt;
use protocol::control::{ClientMessage, Rate, ServerMessage};
use protocol::directory::{update_list, MatchStatus, MatchSummary};
use protocol::packet::ServerPacket;
use protocol::{MatchKey, Tick};
use tokio_tungstenite::tungstenite::Message;

const OTHERS: u32 = 1000;
/// docs/PROTOCOL.md, section 3.
const BYTES_PER_SECOND: f64 = 96.0;
/// A burst, and one message of rows that were waiting.
const BURST_BYTES: f64 = 480.0 + 12_000.0;

/// A thousand other matches, of which some change every moment.
struct Crowd {
    bus: Bus,
    open: Vec<(MatchPublisher, InputQueue)>,
    number: u32,
}

impl Crowd {
    fn new(bus: &Bus) -> Self {
        let mut crowd = Self {
            bus: bus.clone(),
            open: Vec::new(),
            number: 0,
        };
        (0..OTHERS).for_each(|_| crowd.add());
        crowd
    }

    fn add(&mut self) {
        self.number += 1;
        let mut key = [200; 32];
        key[..4].copy_from_slice(&self.number.to_le_bytes());
        let mut made = detail(MatchKey(key), 2);
        made.summary.status = MatchStatus::Open;
        made.summary.match_id = (1000 + self.number).into();
        made.summary.created_at_ms = (1000 + self.number).into();
        self.open.push(self.bus.open_match(made).unwrap());
    }

    /// One match is over and another begins, somebody enters ten, and ten start.
    fn stir(&mut self) {
        let (gone, _queue) = self.open.remove(0);
        self.bus.remove_match(&gone.detail().summary.match_key);
        self.add();
        let newest = self.open.len();
        for (publisher, _) in &self.open[newest - 10..] {
            publisher.update_detail(|detail| detail.summary.players = detail.summary.players % 20 + 1);
        }
        for (publisher, _) in &self.open[newest - 60..newest - 50] {
            publisher.update_detail(|detail| detail.summary.status = MatchStatus::Live);
        }
    }
}

/// What one socket received of the list.
struct Reader {
    client: Client,
    list: Vec<MatchSummary>,
    bytes: usize,
}

impl Reader {
    async fn new(stage: &Stage, follow: Option<MatchKey>) -> Self {
        let mut client = stage.connect().await;
        if let Some(match_key) = follow {
            client.watch(match_key, Rate::Bundled).await;
        }
        client.send(&ClientMessage::WatchDirectory).await;
        let mut reader = Self {
            client,
            list: Vec::new(),
            bytes: 0,
        };
        while reader.list.is_empty() {
            reader.read(Duration::from_millis(50)).await;
        }
        reader.bytes = 0;
        reader
    }

    /// Reads for so long.
    async fn read(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Ok(Some(Ok(message))) = tokio::time::timeout_at(end.into(), self.client.socket.next()).await
        {
            let Message::Binary(bytes) = message else { continue };
            match ServerPacket::from_bytes(&bytes).unwrap() {
                ServerPacket::Control(ServerMessage::Directory { matches }) => self.list = matches,
                ServerPacket::Control(ServerMessage::DirectoryChanges { changed, gone }) => {
                    update_list(&mut self.list, changed, &gone);
                }
                _ => continue,
            }
            self.bytes += bytes.len();
        }
    }
}

fn without_ticks(rows: &[MatchSummary]) -> Vec<MatchSummary> {
    let mut rows = rows[..rows.len().min(100)].to_vec();
    rows.iter_mut().for_each(|row| row.tick = Tick(0));
    rows
}

#[tokio::test]
async fn beside_a_battle_a_thousand_matches_cost_little_and_nothing_is_lost() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.tick();
    let mut crowd = Crowd::new(&stage.bus);
    let mut watcher = Reader::new(&stage, Some(MATCH)).await;
    let mut idle = Reader::new(&stage, None).await;
    let begun = Instant::now();
    for _ in 0..8 {
        crowd.stir();
        game.tick();
        idle.read(Duration::from_millis(250)).await;
        watcher.read(Duration::from_millis(250)).await;
    }
    let allowed = BURST_BYTES + begun.elapsed().as_secs_f64() * BYTES_PER_SECOND;
    assert!(
        (watcher.bytes as f64) < allowed,
        "{} bytes of the list",
        watcher.bytes
    );
    assert!(
        idle.bytes > 2 * watcher.bytes,
        "who follows no battle hears everything at once: {} bytes, {} beside a battle",
        idle.bytes,
        watcher.bytes
    );
    // What comes next waits until it is paid for.
    let before = watcher.bytes;
    crowd.stir();
    watcher.read(Duration::from_secs(3)).await;
    assert_eq!(watcher.bytes, before, "a debt is not waited for");
    idle.read(Duration::from_secs(1)).await;
    assert_eq!(without_ticks(&idle.list), without_ticks(&stage.bus.summaries()));
    // After the battle there is room for all of it.
    game.publisher
        .update_detail(|detail| detail.summary.status = MatchStatus::Proposed);
    watcher.read(Duration::from_secs(4)).await;
    assert_eq!(
        without_ticks(&watcher.list),
        without_ticks(&stage.bus.summaries()),
        "rows were lost on the way"
    );
}
