//! How far the chain can be by now, so that one endpoint that tells of a later time is not believed.
//!
//! Slots and block heights bound what can be done: a deadline passes, a blockhash is over, a reading is older
//! than another one. A number out of the future would end all of that for good. It grows no faster than any
//! chain makes slots, so a jump is believed only when it is more than one endpoint's word.
//!
//! Absent on purpose: numbers that are too low. An endpoint that lags is found by comparing them all, see
//! [`super::health`].

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::answers::Decoded;

/// No chain makes slots faster.
const SLOT_MIN: Duration = Duration::from_millis(20);
/// How much further than that a number may be: what is told of a blockhash is the height at which it is over.
const SLACK: u64 = 300;
/// After so long without a number as high as the highest one, that one is forgotten.
const FORGET: Duration = Duration::from_secs(30);

/// The highest number that was believed, and when it was last reached.
#[derive(Debug, Clone, Copy)]
struct Mark {
    number: u64,
    at: Instant,
}

/// How far the chain was seen to be. One for slots, one for block heights.
#[derive(Debug, Default)]
pub(super) struct Horizon {
    mark: Mutex<Option<Mark>>,
}

impl Horizon {
    /// Takes a number that an endpoint told of now.
    ///
    /// # Errors
    /// It cannot be: the text says how far the chain is.
    pub(super) fn take(&self, number: u64, now: Instant) -> Decoded<u64> {
        let mut mark = self.mark.lock();
        let Some(known) = *mark else {
            *mark = Some(Mark { number, at: now });
            return Ok(number);
        };
        if number > reach(known, now) {
            return Err(format!(
                "it tells of {number}, and the chain was at {} {} s ago",
                known.number,
                now.saturating_duration_since(known.at).as_secs()
            ));
        }
        if number >= known.number || now.saturating_duration_since(known.at) > FORGET {
            *mark = Some(Mark { number, at: now });
        }
        Ok(number)
    }

    /// Whether a number can be; it is not taken.
    pub(super) fn covers(&self, number: u64, now: Instant) -> bool {
        self.mark.lock().is_none_or(|known| number <= reach(known, now))
    }

    /// Takes what all endpoints told of at about the same time, whatever was believed before: what two of
    /// them say, or the only one that answers. Whether the chain has jumped.
    pub(super) fn agree(&self, numbers: &[u64], now: Instant) -> bool {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        let mut mark = self.mark.lock();
        let Some(known) = *mark else {
            return false;
        };
        let agreed = match sorted[..] {
            [] => return false,
            // The others may only be away for a moment.
            [_] if now.saturating_duration_since(known.at) <= FORGET => return false,
            [only] => only,
            [_, second, ..] => second,
        };
        let has_jumped = agreed > reach(known, now);
        if has_jumped {
            *mark = Some(Mark {
                number: agreed,
                at: now,
            });
        }
        has_jumped
    }

    /// Forgets what was seen.
    pub(super) fn forget(&self) {
        *self.mark.lock() = None;
    }
}

/// The highest number that the chain can be at.
fn reach(known: Mark, now: Instant) -> u64 {
    let elapsed = now.saturating_duration_since(known.at);
    let slots = elapsed.as_micros() / SLOT_MIN.as_micros();
    let slots = u64::try_from(slots).unwrap_or(u64::MAX);
    known.number.saturating_add(slots).saturating_add(SLACK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_out_of_the_future_is_believed_when_two_tell_of_it() {
        let now = Instant::now();
        let horizon = Horizon::default();
        assert!(horizon.covers(u64::MAX, now), "nothing is known yet");
        assert_eq!(horizon.take(1_000, now), Ok(1_000));
        assert_eq!(horizon.take(990, now), Ok(990), "one that lags");
        let told = horizon.take(11_000, now).unwrap_err();
        assert!(told.contains("11000") && told.contains("1000"), "{told}");
        // A minute later the chain may be 3,000 slots further, and not more.
        let later = now + Duration::from_secs(60);
        assert!(horizon.covers(4_000, later) && !horizon.covers(5_000, later));
        assert!(!horizon.agree(&[11_000, 1_150], later));
        assert!(!horizon.covers(11_000, later), "one of two");
        assert!(horizon.agree(&[11_003, 11_000, 1_150], later));
        assert_eq!(horizon.take(11_003, later), Ok(11_003));
        // One that is alone is all there is.
        assert!(!horizon.agree(&[90_000], later), "the others may come back");
        let later = later + FORGET + Duration::from_secs(1);
        assert!(horizon.agree(&[90_000], later));
        assert_eq!(horizon.take(90_001, later), Ok(90_001));
        assert!(!horizon.agree(&[], later));
        horizon.forget();
        assert!(horizon.covers(u64::MAX, later));
    }

    #[test]
    fn what_was_believed_at_first_is_forgotten_when_nobody_repeats_it() {
        let now = Instant::now();
        let horizon = Horizon::default();
        assert_eq!(horizon.take(50_000, now), Ok(50_000));
        let soon = now + Duration::from_secs(10);
        assert_eq!(horizon.take(1_000, soon), Ok(1_000));
        assert!(horizon.covers(50_000, soon));
        let later = now + FORGET + Duration::from_secs(1);
        assert_eq!(horizon.take(1_100, later), Ok(1_100));
        assert!(!horizon.covers(50_000, later));
    }
}
