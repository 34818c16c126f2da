//! When a match begins: at a moment that keeps its ticks apart from those of other matches.
//!
//! A tick thread makes the ticks of its matches one after the other, so matches whose deadlines fall on the
//! same moment wait for each other, tick after tick, to their end. Matches often start together: a calendar
//! names a slot, and after an outage everything waits at once. So the ticks of all matches lie on one grid in
//! time, and each match has a phase on it. Invariant: the phase is a function of the match's number; numbers
//! that follow each other lie far apart.
//!
//! It decides when ticks are made, never what they are: the rules know no time.

/// Three ticks: the shortest time that is whole in microseconds.
const GRID_US: i64 = 50_000;
/// A tick, rounded down.
const TICK_US: u64 = 16_666;
/// 2⁶⁴ over the golden ratio: its multiples, modulo 2⁶⁴, are as evenly spread as multiples of one number can
/// be, however many are taken (Knuth, The Art of Computer Programming 3, 6.4).
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The first moment from `earliest_us` on at which match number `match_id` may begin, microseconds on the
/// same clock. At most 67 ms later.
pub fn start_from(earliest_us: i64, match_id: u64) -> i64 {
    let since_grid_us = earliest_us.rem_euclid(GRID_US);
    let to_grid_us = (GRID_US - since_grid_us) % GRID_US;
    earliest_us
        .saturating_add(to_grid_us)
        .saturating_add(phase_us(match_id))
}

/// From the grid to the ticks of this match, microseconds: less than a tick.
fn phase_us(match_id: u64) -> i64 {
    let turn = u128::from(match_id.wrapping_mul(GOLDEN));
    // Less than a tick, so that it fits.
    ((turn * u128::from(TICK_US)) >> 64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shortest and longest time between neighbours on the circle of one tick.
    fn gaps(ids: impl Iterator<Item = u64>) -> (i64, i64) {
        let mut phases: Vec<i64> = ids.map(phase_us).collect();
        phases.sort_unstable();
        let around = phases[0] + TICK_US as i64 - phases[phases.len() - 1];
        let between = phases.windows(2).map(|pair| pair[1] - pair[0]);
        let all: Vec<i64> = between.chain([around]).collect();
        (*all.iter().min().unwrap(), *all.iter().max().unwrap())
    }

    #[test]
    fn matches_that_start_together_share_no_deadline() {
        for first in [0, 1, 77, 1_000_000, u64::MAX - 50] {
            let hundred = (0..100).map(|number| first.wrapping_add(number));
            let (shortest, longest) = gaps(hundred);
            assert!(
                shortest >= 70,
                "{shortest} µs between two of a hundred from {first}"
            );
            assert!(longest <= 310, "{longest} µs without a deadline from {first}");
            // Every other match, as with two tick threads.
            let (shortest, _) = gaps((0..50).map(|number| first.wrapping_add(2 * number)));
            assert!(shortest >= 70, "{shortest} µs between two of fifty from {first}");
        }
    }

    #[test]
    fn a_start_is_soon_and_in_phase() {
        for earliest in [0, 1, 49_999, 50_000, 1_700_000_000_123_456, -7] {
            for id in 0..50 {
                let start = start_from(earliest, id);
                assert!((0..67_000).contains(&(start - earliest)));
                assert_eq!((start - phase_us(id)).rem_euclid(GRID_US), 0);
            }
        }
    }
}
