//! A reserve of file descriptors for what money depends on: the input logs.
//!
//! Sockets of strangers take descriptors as fast as they come. The input log of a match that starts must not
//! be the one that finds none, so some are held back from the beginning and given up when a log needs them.

use std::fs::File;
use std::io;

use parking_lot::Mutex;

/// Descriptors that are held back: two a log, for the few matches that can start before they are taken back.
const RESERVE: usize = 16;
/// What is given up at once: the log, its handle for flushing, and what a stranger may take in between.
const GIVEN_UP: usize = 4;
/// How often an opening is tried while strangers are faster.
const ATTEMPTS_MAX: usize = RESERVE / GIVEN_UP;

static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// Opens something, with descriptors of the reserve if there are no others.
///
/// # Errors
/// As `open`.
pub(crate) fn with_reserve<T>(mut open: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..ATTEMPTS_MAX {
        match open() {
            Err(error) if is_exhausted(&error) && give_up() => {}
            outcome => return outcome,
        }
    }
    open()
}

/// Takes back what was given up, as far as there is some; whether the reserve is whole.
pub(crate) fn refill() -> bool {
    let mut held = HELD.lock();
    while held.len() < RESERVE {
        match File::open("/dev/null") {
            Ok(file) => held.push(file),
            Err(error) => return !is_exhausted(&error),
        }
    }
    true
}

/// Whether the process, or the machine, has no descriptor left.
pub(crate) fn is_exhausted(error: &io::Error) -> bool {
    const EMFILE: i32 = 24;
    const ENFILE: i32 = 23;
    matches!(error.raw_os_error(), Some(EMFILE | ENFILE))
}

fn give_up() -> bool {
    let mut held = HELD.lock();
    let left = held.len().saturating_sub(GIVEN_UP);
    let given_up = held.split_off(left);
    !given_up.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_71_a_log_is_opened_with_the_reserve_when_strangers_took_every_descriptor() {
        let exhausted = || io::Error::from_raw_os_error(24);
        assert!(refill());
        let mut tries = 0;
        let opened = with_reserve(|| {
            tries += 1;
            if tries < 3 {
                Err(exhausted())
            } else {
                Ok(tries)
            }
        });
        assert_eq!(opened.unwrap(), 3);
        assert_eq!(
            HELD.lock().len(),
            RESERVE - 2 * GIVEN_UP,
            "two refusals, two givings-up"
        );
        assert!(refill(), "descriptors are there again");
        assert_eq!(HELD.lock().len(), RESERVE);

        let refused = with_reserve(|| Err::<(), _>(exhausted())).unwrap_err();
        assert!(is_exhausted(&refused), "what is not there cannot be given");
        assert!(refill());
        let other = with_reserve(|| Err::<(), _>(io::Error::from(io::ErrorKind::NotFound)));
        assert_eq!(other.unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(HELD.lock().len(), RESERVE, "another fault costs no reserve");
    }
}
