//! What clients saw and were promised: arrivals of ticks, acks, moves from relay to relay.

use std::collections::BTreeMap;

use parking_lot::{Mutex, MutexGuard};
use protocol::codes::RejectReason;
use protocol::MatchKey;

/// A message with ticks that arrived.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// When, in milliseconds of the crowd's clock.
    pub at_ms: u32,
    /// Its last tick.
    pub tick: u32,
}

/// One client in one match.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// Only those that brought a new tick.
    pub arrivals: Vec<Arrival>,
    /// Ticks that never came: the next arrival was a keyframe beyond them.
    pub missed: u32,
    /// It was told that the match ended.
    pub ended: bool,
}

impl Sight {
    /// The longest wait for a new tick that touches the window; none when the client saw nothing before it,
    /// or the match ended for it before. A wait that has not ended lasts to the window's end.
    pub fn hole_ms(&self, from_ms: u32, to_ms: u32) -> Option<u32> {
        let before = self
            .arrivals
            .iter()
            .rposition(|arrival| arrival.at_ms <= from_ms)?;
        let in_window: Vec<u32> = self.arrivals[before..]
            .iter()
            .map(|arrival| arrival.at_ms)
            .take_while(|at_ms| *at_ms <= to_ms)
            .collect();
        let next = self.arrivals.get(before + in_window.len());
        let open_end = match next {
            Some(arrival) => Some(arrival.at_ms),
            None if self.ended => None,
            None => Some(to_ms),
        };
        if in_window.len() == 1 && open_end.is_none() {
            return None;
        }
        let mut hole = in_window
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .max()
            .unwrap_or(0);
        if let (Some(end), Some(last)) = (open_end, in_window.last()) {
            hole = hole.max(end.saturating_sub(*last));
        }
        Some(hole)
    }
}

/// An input that a player was told is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ack {
    /// Of which match.
    pub match_key: MatchKey,
    /// Player slot.
    pub slot: u8,
    /// Of the player's chain.
    pub sequence: u32,
    /// At which it takes effect.
    pub tick: u32,
    /// When it came, in milliseconds of the crowd's clock.
    pub at_ms: u32,
    /// From sending the input to its ack, microseconds.
    pub latency_us: u32,
}

/// Everything that all clients saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// By client and match.
    pub sights: BTreeMap<(usize, MatchKey), Sight>,
    /// All acks.
    pub acks: Vec<Ack>,
    /// Rejections by reason.
    pub rejects: BTreeMap<String, u64>,
    /// Closes by code; 0 stands for a connection that just ended.
    pub closes: BTreeMap<u16, u64>,
    /// Connections made after the first of each client.
    pub moves: u64,
    /// Of these, with a token that the relay knew.
    pub resumed: u64,
    /// Of these, with a token that the relay did not know.
    pub tokens_refused: u64,
}

impl Seen {
    /// Longest waits for a new tick in the window, one for each client that followed the match then; sorted.
    pub fn holes_ms(&self, match_key: &MatchKey, from_ms: u32, to_ms: u32) -> Vec<u32> {
        let mut holes: Vec<u32> = self
            .of(match_key)
            .filter_map(|sight| sight.hole_ms(from_ms, to_ms))
            .collect();
        holes.sort_unstable();
        holes
    }

    /// The highest tick that anybody saw of a match.
    pub fn tick_of(&self, match_key: &MatchKey) -> u32 {
        self.of(match_key)
            .filter_map(|sight| sight.arrivals.last())
            .map(|arrival| arrival.tick)
            .max()
            .unwrap_or(0)
    }

    /// Whether a new tick of the match arrived anywhere since.
    pub fn ticked_since(&self, match_key: &MatchKey, from_ms: u32) -> bool {
        self.of(match_key)
            .filter_map(|sight| sight.arrivals.last())
            .any(|arrival| arrival.at_ms > from_ms)
    }

    /// Whether somebody saw the match end.
    pub fn has_ended(&self, match_key: &MatchKey) -> bool {
        self.of(match_key).any(|sight| sight.ended)
    }

    fn of<'a>(&'a self, match_key: &'a MatchKey) -> impl Iterator<Item = &'a Sight> {
        let sights = self.sights.iter();
        sights
            .filter(move |((_, key), _)| key == match_key)
            .map(|(_, sight)| sight)
    }

    pub(super) fn rejected(&mut self, reason: RejectReason) {
        *self.rejects.entry(format!("{reason:?}")).or_default() += 1;
    }

    pub(super) fn closed(&mut self, code: Option<u16>) {
        *self.closes.entry(code.unwrap_or(0)).or_default() += 1;
    }
}

/// The shared notes of a crowd.
#[derive(Debug, Default)]
pub struct Notes(Mutex<Seen>);

impl Notes {
    /// To read or write. Never held across an await.
    pub fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock()
    }
}

/// Quantiles of sorted numbers: p50, p90, p99, largest.
pub fn quantiles(sorted: &[u32]) -> [u32; 4] {
    let at = |part: f64| {
        let index = (sorted.len() as f64 * part) as usize;
        sorted
            .get(index.min(sorted.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0)
    };
    [at(0.5), at(0.9), at(0.99), sorted.last().copied().unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(at: &[u32], ended: bool) -> Sight {
        Sight {
            arrivals: at
                .iter()
                .map(|at_ms| Arrival {
                    at_ms: *at_ms,
                    tick: *at_ms,
                })
                .collect(),
            missed: 0,
            ended,
        }
    }

    #[test]
    fn the_longest_wait_that_touches_the_window_counts() {
        let regular = sight(&[0, 50, 100, 150, 200], false);
        assert_eq!(regular.hole_ms(60, 160), Some(50));
        let holey = sight(&[0, 50, 100, 2_600, 2_650, 2_700], false);
        assert_eq!(holey.hole_ms(120, 2_650), Some(2_500));
        // It began before the window, and goes on after it.
        assert_eq!(holey.hole_ms(200, 300), Some(2_500));
        // It never ended.
        assert_eq!(sight(&[0, 50, 100], false).hole_ms(60, 5_000), Some(4_900));
        // The match was over.
        assert_eq!(sight(&[0, 50, 100], true).hole_ms(60, 5_000), Some(50));
        assert_eq!(sight(&[0, 50, 100], true).hole_ms(200, 5_000), None);
        assert_eq!(sight(&[500, 550], false).hole_ms(100, 600), None);
    }
}
