//! The ticks that both the relay and the bare loop send: a match of twenty in which everybody moves.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bus::{Frame, FrameKind};
use protocol::wire::{Effect, Encoder, Snapshot, Warrior};
use protocol::{PlayerSlot, Tick};

/// Encodes tick after tick.
pub(crate) struct Ticks {
    snapshot: Snapshot,
    encoder: Encoder,
    next: u32,
}

impl Ticks {
    pub(crate) fn new() -> Self {
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

/// The moments of ticks, sixty a second. They are told to the swarm as microseconds since 1970: its clock is the same.
pub(crate) struct Clock {
    start: Instant,
    pub(crate) start_unix_us: u64,
}

impl Clock {
    /// The first tick is a little ahead, so that the swarm hears of it in time.
    pub(crate) fn start() -> Self {
        let ahead = Duration::from_millis(100);
        Self {
            start: Instant::now() + ahead,
            start_unix_us: unix_us() + ahead.as_micros() as u64,
        }
    }

    pub(crate) fn wait_for(&self, tick: u64) {
        let deadline = self.start + Duration::from_micros(after_us(tick));
        std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
    }
}

/// When a tick is due, after the start.
pub(crate) fn after_us(tick: u64) -> u64 {
    tick * 1_000_000 / 60
}

pub(crate) fn unix_us() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_micros() as u64)
}
