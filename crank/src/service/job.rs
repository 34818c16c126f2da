//! Work that waits for somebody: the chain, the store, the disk. A job owns all it needs, and reports once.
//!
//! Invariants: a job that is dropped half-way (a stop, a kill) leaves everything in a state from which it can
//! be done again; one that is lost to a defect reports that it failed, so that its step is tried again and
//! nothing else suffers.

use std::future::Future;
use std::pin::Pin;

use crate::guard;

type Work<R> = Pin<Box<dyn Future<Output = R> + Send>>;

/// A piece of work, and what it reports if it is lost.
pub(crate) struct Job<R> {
    name: &'static str,
    work: Work<R>,
    lost: Box<dyn FnOnce(String) -> R + Send>,
}

impl<R: Send + 'static> Job<R> {
    /// `lost` makes the report of a job that panicked, of what it said.
    pub(crate) fn new(
        name: &'static str,
        work: impl Future<Output = R> + Send + 'static,
        lost: impl FnOnce(String) -> R + Send + 'static,
    ) -> Self {
        Self {
            name,
            work: Box::pin(work),
            lost: Box::new(lost),
        }
    }

    /// The same work with another report.
    pub(crate) fn map<T: 'static>(self, wrap: fn(R) -> T) -> Job<T> {
        let (work, lost) = (self.work, self.lost);
        Job {
            name: self.name,
            work: Box::pin(async move { wrap(work.await) }),
            lost: Box::new(move |reason| wrap(lost(reason))),
        }
    }

    /// Does it.
    pub(crate) async fn run(self) -> R {
        match guard::caught(self.name, self.work).await {
            Ok(report) => report,
            Err(reason) => (self.lost)(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_job_that_is_lost_to_a_defect_reports_that_it_failed() {
        let sound = Job::new("sound", async { Ok(7) }, Err);
        assert_eq!(sound.map(Some).run().await, Some(Ok(7)));
        let lost: Job<Result<u8, String>> = Job::new("lost", async { panic!("seven is no index") }, Err);
        let report = lost.map(Some).run().await;
        assert_eq!(report, Some(Err("seven is no index".to_owned())));
    }
}
