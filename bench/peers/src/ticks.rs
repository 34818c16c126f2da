//! The ticks that all servers send: a match of twenty in which everybody moves, the same each time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bus::{Frame, FrameKind};
use protocol::wire::{Effect, Encoder, Snapshot, Warrior};
use protocol::{PlayerSlot, Tick};

/// Encodes tick after tick.
#[derive(Debug)]
pub struct Ticks {
    snapshot: Snapshot,
    encoder: Encoder,
    next: u32,
}

impl Ticks {
    /// The match before its first tick.
    pub fn new() -> Self {
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
        Self {
            snapshot: Snapshot {
                side: 32,
                capacity: 20,
                warriors: warriors.collect(),
                power_ups: vec![None; 8],
                ..Snapshot::default()
            },
            encoder: Encoder::new(),
            next: 0,
        }
    }
}

impl Default for Ticks {
    fn default() -> Self {
        Self::new()
    }
}

impl Iterator for Ticks {
    type Item = Frame;

    /// Three or four warriors step in each tick.
    fn next(&mut self) -> Option<Frame> {
        self.snapshot.tick = Tick(self.next);
        for index in (0..20).filter(|index| index % 6 == self.next as usize % 6) {
            let warrior = &mut self.snapshot.warriors[index];
            warrior.y = warrior.y % 32 + 1;
        }
        self.next += 1;
        let frame: Frame = self.encoder.frame_of_snapshot(&self.snapshot, &[]).into();
        assert!(frame.kind == FrameKind::Key || frame.bytes.len() < 40);
        Some(frame)
    }
}

/// How far the first tick is ahead, so that all who count hear of it in time.
const AHEAD: Duration = Duration::from_millis(100);

/// The moments of ticks, sixty a second. Other processes are told the first: their clock is the same.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
    /// When the first tick is due, in microseconds since 1970.
    pub start_unix_us: u64,
}

impl Clock {
    /// The first tick is a little ahead.
    pub fn start() -> Self {
        Self::at(unix_us() + AHEAD.as_micros() as u64)
    }

    /// The first tick is due at this moment, in microseconds since 1970.
    pub fn at(start_unix_us: u64) -> Self {
        let ahead = Duration::from_micros(start_unix_us.saturating_sub(unix_us()));
        Self {
            start: Instant::now() + ahead,
            start_unix_us,
        }
    }

    /// Sleeps until this tick is due.
    pub fn wait_for(&self, tick: u64) {
        let deadline = self.start + Duration::from_micros(after_us(tick));
        std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
    }
}

/// When a tick is due, in microseconds after the start.
pub fn after_us(tick: u64) -> u64 {
    tick * 1_000_000 / 60
}

/// Now, in microseconds since 1970.
pub fn unix_us() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_micros() as u64)
}
