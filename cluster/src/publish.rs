//! Messages on their way out: one bounded queue for each node, so that a node that hangs holds up no others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::call::Call;
use crate::net::Net;
use crate::node::Address;

/// Messages waiting for one node.
const QUEUE_MAX: usize = 4096;
/// Bytes waiting for one node.
const QUEUE_BYTES_MAX: usize = 16 << 20;
/// Messages sent at once.
const BATCH_MAX: usize = 128;

/// A channel's name and a message.
type Letter = (String, Bytes);

#[derive(Default)]
pub(crate) struct Lanes {
    lanes: Mutex<HashMap<Address, Lane>>,
}

struct Lane {
    queue: mpsc::Sender<Letter>,
    bytes: Arc<AtomicUsize>,
}

impl Lanes {
    /// Puts a message in the queue of the node that serves its channel; drops it, and counts that, if there
    /// is no room.
    pub(crate) fn publish(&self, net: &Arc<Net>, channel: &str, message: Bytes) {
        let Some(node) = net.owner_of(channel.as_bytes()) else {
            net.metrics.dropped.increment(1);
            return;
        };
        let mut lanes = self.lanes.lock();
        let lane = lanes
            .entry(node.address.clone())
            .or_insert_with(|| Lane::open(net, node.address.clone()));
        let sent = match lane.send((channel.to_owned(), message)) {
            // The node served nothing for a while, and does again.
            Err(TrySendError::Closed(letter)) => {
                *lane = Lane::open(net, node.address.clone());
                lane.send(letter)
            }
            sent => sent,
        };
        if sent.is_err() {
            net.metrics.dropped.increment(1);
        }
    }
}

impl Lane {
    fn open(net: &Arc<Net>, address: Address) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let bytes = Arc::new(AtomicUsize::new(0));
        net.runtime
            .spawn(carry(net.clone(), address, waiting, bytes.clone()));
        Self { queue, bytes }
    }

    fn send(&self, letter: Letter) -> Result<(), TrySendError<Letter>> {
        let size = letter.1.len();
        let sent = if self.bytes.fetch_add(size, Ordering::Relaxed) + size > QUEUE_BYTES_MAX {
            Err(TrySendError::Full(letter))
        } else {
            self.queue.try_send(letter)
        };
        if sent.is_err() {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
        }
        sent
    }
}

/// Publishes what waits until the node serves nothing any more or the last handle is dropped.
async fn carry(
    net: Arc<Net>,
    address: Address,
    mut waiting: mpsc::Receiver<Letter>,
    bytes: Arc<AtomicUsize>,
) {
    let mut end = net.end.clone();
    let mut changes = net.changes.subscribe();
    let mut batch = Vec::with_capacity(BATCH_MAX);
    loop {
        let count = tokio::select! {
            biased;
            count = waiting.recv_many(&mut batch, BATCH_MAX) => count,
            Ok(()) = changes.changed() => {
                if !net.topology.is_master(&address) {
                    // What waits is sent first; whoever comes after it finds the queue closed.
                    waiting.close();
                }
                continue;
            }
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
        let results = net.run(&calls, net.patience()).await;
        bytes.fetch_sub(size, Ordering::Relaxed);
        let lost = results.iter().filter(|result| result.is_err()).count();
        net.metrics.dropped.increment(lost as u64);
    }
}
