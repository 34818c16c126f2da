//! What a defect costs: the step it is in, never the process, and never another match.
//!
//! Each of these counts what was lost in `aurelius_panics_total{part}` and says it once in the log.

use std::any::Any;
use std::future::{poll_fn, Future};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::task::Poll;
use std::time::Duration;

/// Wait before a task that was lost is begun again; doubled with each time in a row.
const RESTART_FIRST: Duration = Duration::from_millis(200);
const RESTART_MAX: Duration = Duration::from_secs(10);

/// Awaits `work`; what it said, if it panicked.
///
/// # Errors
/// What the panic said.
pub(crate) async fn caught<R>(part: &'static str, work: impl Future<Output = R>) -> Result<R, String> {
    let mut work = Box::pin(work);
    // Whatever the work shared is behind locks or channels, and is not touched again after a panic.
    let outcome = poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(report)) => Poll::Ready(Ok(report)),
            Err(panic) => Poll::Ready(Err(panic)),
        },
    );
    outcome.await.map_err(|panic| note(part, &*panic))
}

/// Calls `work`; what it said, if it panicked. The caller must not go on with what `work` changed.
///
/// # Errors
/// What the panic said.
pub(crate) fn called<R>(part: &'static str, work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| note(part, &*panic))
}

/// Runs a task that ends only when nobody needs it any more, and begins it again when a defect ended it.
pub(crate) async fn kept<F>(part: &'static str, mut begin: impl FnMut() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut wait = RESTART_FIRST;
    while caught(part, begin()).await.is_err() {
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(RESTART_MAX);
    }
}

fn note(part: &'static str, panic: &(dyn Any + Send)) -> String {
    let said = panic
        .downcast_ref::<&str>()
        .map(|said| (*said).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason".to_owned());
    metrics::counter!("aurelius_panics_total", "part" => part).increment(1);
    tracing::error!(part, reason = %said, "a defect: this step is lost and tried again; please report it");
    said
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_defect_after_a_wait_is_caught_like_one_before() {
        let late = async {
            tokio::task::yield_now().await;
            panic!("late {}", 1)
        };
        let lost: Result<(), String> = caught("test", late).await;
        assert_eq!(lost, Err("late 1".to_owned()));
        assert_eq!(called("test", || 5), Ok(5));
        assert_eq!(called("test", || -> u8 { panic!("now") }), Err("now".to_owned()));
    }

    #[tokio::test]
    async fn a_task_that_defects_end_is_begun_again_until_it_ends_by_itself() {
        let begun = Arc::new(AtomicU32::new(0));
        let counted = begun.clone();
        let begin = move || {
            let number = counted.fetch_add(1, Ordering::Relaxed);
            async move { assert!(number >= 3, "not yet") }
        };
        kept("test", begin).await;
        assert_eq!(begun.load(Ordering::Relaxed), 4);
    }
}
