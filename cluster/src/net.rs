//! The nodes of the cluster, who of them serves what, and how that is learnt.
//!
//! Absent: calls, which [`crate::route`] sends, and channels, which [`crate::session`] follows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use redis::{Pipeline, Value};
use tokio::runtime::Handle;
use tokio::sync::{watch, Mutex};
use tokio::time::Instant;

use crate::error::ClusterError;
use crate::key::slot_of;
use crate::node::{Node, Use};
use crate::observe::Metrics;
use crate::topology::{ranges, Topology};

/// Who serves what is asked at most this often.
const REFRESH_MIN: Duration = Duration::from_millis(100);

/// What all tasks of a link hold.
pub(crate) struct Net {
    pub(crate) topology: Topology,
    pub(crate) metrics: Metrics,
    pub(crate) runtime: Handle,
    /// Ends when the last handle is dropped.
    pub(crate) end: watch::Receiver<()>,
    /// Raised whenever who serves what may have changed.
    pub(crate) changes: watch::Sender<u64>,
    refreshing: Mutex<Option<Instant>>,
    refresh_is_due: AtomicBool,
}

impl Net {
    /// Nobody was asked yet. Its tasks run on the runtime that is current now, until `end` says so.
    pub(crate) fn new(topology: Topology, metrics: Metrics, end: watch::Receiver<()>) -> Self {
        Self {
            topology,
            metrics,
            runtime: Handle::current(),
            end,
            changes: watch::Sender::new(0),
            refreshing: Mutex::default(),
            refresh_is_due: AtomicBool::new(false),
        }
    }

    /// The longest that a call takes unless it says otherwise.
    pub(crate) fn patience(&self) -> Duration {
        let dial = self.topology.dial();
        dial.connect_timeout + 2 * dial.response_timeout
    }

    /// Asks who serves what: all known nodes at once, and takes the first answer.
    pub(crate) async fn refresh(&self) -> Result<(), ClusterError> {
        let mut last = self.refreshing.lock().await;
        if last.is_some_and(|last| last.elapsed() < REFRESH_MIN) {
            return Ok(());
        }
        let mut pipeline = Pipeline::new();
        pipeline.cmd("CLUSTER").arg("SLOTS");
        let known = self.topology.known();
        let mut asked: FuturesUnordered<_> = known
            .iter()
            .map(|node| {
                let pipeline = &pipeline;
                async move {
                    let values = node
                        .send(pipeline, 1, Use::Brief)
                        .await
                        .map_err(|silence| silence.error)?;
                    ranges(values.into_iter().next().unwrap_or(Value::Nil), node)
                }
            })
            .collect();
        let mut answer = Err(ClusterError::Unserved { slot: 0 });
        while let Some(ranges) = asked.next().await {
            match ranges {
                // A node that forgot the cluster knows no slots.
                Ok(ranges) if ranges.is_empty() => {}
                Ok(ranges) => {
                    self.topology.learn(&ranges);
                    answer = Ok(());
                    break;
                }
                Err(error) => answer = Err(error),
            }
        }
        *last = Some(Instant::now());
        drop(last);
        self.changed();
        answer
    }

    /// Has [`Self::refresh`] done by somebody else, once.
    pub(crate) fn refresh_soon(self: &Arc<Self>) {
        if self.refresh_is_due.swap(true, Ordering::AcqRel) {
            return;
        }
        let net = self.clone();
        self.runtime.spawn(async move {
            tokio::time::sleep(REFRESH_MIN).await;
            // From here on a new reason needs a new look.
            net.refresh_is_due.store(false, Ordering::Release);
            if let Err(error) = net.refresh().await {
                tracing::debug!(%error, "who serves which part of Redis is not known");
            }
        });
    }

    /// Tells all tasks that who serves what may have changed.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// The node that serves a channel.
    pub(crate) fn owner_of(&self, channel: &[u8]) -> Option<Arc<Node>> {
        self.topology.owner(slot_of(channel))
    }
}
