//! What the tests of this process have shown by running: errors that a transaction was refused with, and cases
//! of the adversarial list whose test ran to its end. `tests/it/verdict.rs` judges both when all have run.
//! **Deliberately absent:** names found in sources. A test that does not run proves nothing.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;

use aurelius::error::AureliusError;

static ERRORS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());
static CASES: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());
static TRANSACTIONS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Assertions about transactions that held on this thread.
    static HELD: Cell<u64> = const { Cell::new(0) };
}

/// A transaction was sent and its money counted, whatever became of it.
pub(crate) fn sent() {
    TRANSACTIONS.fetch_add(1, Ordering::Relaxed);
}

/// An assertion about a transaction held: it landed, or was refused with what the test expected.
pub(crate) fn held() {
    HELD.with(|held| held.set(held.get() + 1));
}

/// A transaction was refused with exactly this error, as the test expected.
pub(crate) fn refused(error: AureliusError) {
    ERRORS
        .lock()
        .expect("no test panics in here")
        .insert(error.code());
}

/// The test that holds this stands for `numbers` of the adversarial list: `let _case = case(&[30, 34]);`. They
/// are proven when the test ends without a panic and at least one of its transactions was asserted.
#[must_use = "the cases are proven when this is dropped, at the end of the test"]
pub fn case(numbers: &'static [u32]) -> Case {
    Case {
        numbers,
        held_before: HELD.with(Cell::get),
    }
}

/// See [`case`].
pub struct Case {
    numbers: &'static [u32],
    held_before: u64,
}

impl Drop for Case {
    fn drop(&mut self) {
        if !std::thread::panicking() && HELD.with(Cell::get) > self.held_before {
            CASES.lock().expect("no test panics in here").extend(self.numbers);
        }
    }
}

/// Numbers of the errors that were asserted so far.
pub fn errors() -> BTreeSet<u32> {
    ERRORS.lock().expect("no test panics in here").clone()
}

/// Cases that were proven so far.
pub fn cases() -> BTreeSet<u32> {
    CASES.lock().expect("no test panics in here").clone()
}

/// Transactions that were sent so far, by all tests: as long as it grows, the suite runs.
pub fn transactions() -> u64 {
    TRANSACTIONS.load(Ordering::Relaxed)
}
