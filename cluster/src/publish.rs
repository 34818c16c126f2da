//! Messages on their way out: one bounded queue for each node, so that a node that hangs holds up no others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::call::Call;
use super::link::Shared;
use super::node::Address;

/// Messages waiting for one node.
const QUEUE_MAX: usize = 4096;
/// Bytes waiting for one node.
const QUEUE_BYTES_MAX: usize = 16 << 20;
/// Messages sent at once.
const BATCH_MAX: usize = 128;

#[derive(Default)]
pub(super) struct Lanes {
    lanes: Mutex<HashMap<Address, Lane>>,
}

#[derive(Clone)]
struct Lane {
    queue: mpsc::Sender<(String, Bytes)>,
    bytes: Arc<AtomicUsize>,
}

impl Lanes {
    pub(super) fn publish(shared: &Arc<Shared>, channel: &str, message: Bytes) {
        let Some(node) = shared.owner_of(channel.as_bytes()) else {
            shared.metrics.dropped.increment(1);
            return;
        };
        let lane = {
            let mut lanes = shared.lanes().lock();
            lanes
                .entry(node.address.clone())
                .or_insert_with(|| Lane::open(shared))
                .clone()
        };
        let size = message.len();
        if lane.bytes.fetch_add(size, Ordering::Relaxed) + size > QUEUE_BYTES_MAX
            || lane.queue.try_send((channel.to_owned(), message)).is_err()
        {
            lane.bytes.fetch_sub(size, Ordering::Relaxed);
            shared.metrics.dropped.increment(1);
        }
    }

    /// Closes the queues of nodes that serve nothing any more.
    pub(super) fn keep(&self, is_master: impl Fn(&Address) -> bool) {
        self.lock().retain(|address, _| is_master(address));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Address, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    fn open(shared: &Arc<Shared>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let bytes = Arc::new(AtomicUsize::new(0));
        shared
            .runtime
            .spawn(carry(shared.clone(), waiting, bytes.clone()));
        Self { queue, bytes }
    }
}

/// Publishes what waits until the queue is closed or the last handle is dropped.
async fn carry(shared: Arc<Shared>, mut waiting: mpsc::Receiver<(String, Bytes)>, bytes: Arc<AtomicUsize>) {
    let mut end = shared.end.clone();
    let mut batch = Vec::with_capacity(BATCH_MAX);
    loop {
        let count = tokio::select! {
            count = waiting.recv_many(&mut batch, BATCH_MAX) => count,
            _ = end.changed() => 0,
        };
        if count == 0 {
            return;
        }
        let size = batch.iter().map(|(_, message)| message.len()).sum();
        let calls: Vec<Call> = batch
            .drain(..)
            .map(|(channel, message)| Call::command("SPUBLISH").key(channel).arg(message))
            .collect();
        let results = shared.run(&calls, shared.patience()).await;
        bytes.fetch_sub(size, Ordering::Relaxed);
        let lost = results.iter().filter(|result| result.is_err()).count();
        shared.metrics.dropped.increment(lost as u64);
    }
}
