//! One poll of the chain for every transaction in flight.
//!
//! Owns the asking: however many transactions are tracked, each round is one `getEpochInfo` and one
//! `getSignatureStatuses` per 256 signatures. Invariant: the poller runs only while something is watched, and a watch
//! that is dropped is forgotten. Absent on purpose: any judgement of what an answer means, see [`super::track`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use solana_signature::Signature;
use tokio::sync::watch;

use crate::error::Error;
use crate::rpc::handle::RpcPool;
use crate::rpc::types::{SignatureStatus, Tip};

/// `getSignatureStatuses` refuses more.
const SIGNATURES_PER_REQUEST_MAX: usize = 256;

/// What one round said about one signature.
#[derive(Debug, Clone)]
pub(crate) enum Reading {
    /// The chain answered.
    Answer {
        /// The tip, read before the status.
        tip: Tip,
        /// The slot the node was at when it looked for the signature.
        context_slot: u64,
        /// What it knows of the signature.
        status: Option<SignatureStatus>,
    },
    /// The chain did not answer.
    Silence(String),
}

/// The poller's shared state. Cheap to clone.
#[derive(Clone)]
pub(crate) struct StatusBoard {
    rpc: RpcPool,
    interval: Duration,
    watched: Arc<Mutex<Watched>>,
}

#[derive(Default)]
struct Watched {
    signatures: BTreeMap<Signature, Watch>,
    is_polling: bool,
}

struct Watch {
    readers: usize,
    sender: watch::Sender<Option<Arc<Reading>>>,
}

impl StatusBoard {
    pub(crate) fn new(rpc: RpcPool, interval: Duration) -> Self {
        Self {
            rpc,
            interval,
            watched: Arc::default(),
        }
    }

    /// Starts watching `signature`. Must be called within a tokio runtime.
    pub(crate) fn watch(&self, signature: Signature) -> StatusWatch {
        let mut watched = self.watched.lock();
        let watch = watched.signatures.entry(signature).or_insert_with(|| Watch {
            readers: 0,
            sender: watch::channel(None).0,
        });
        watch.readers += 1;
        let receiver = watch.sender.subscribe();
        if !std::mem::replace(&mut watched.is_polling, true) {
            tokio::spawn(self.clone().poll());
        }
        StatusWatch {
            signature,
            receiver,
            watched: Arc::clone(&self.watched),
        }
    }

    async fn poll(self) {
        loop {
            tokio::time::sleep(self.interval).await;
            let signatures: Vec<Signature> = {
                let mut watched = self.watched.lock();
                watched.is_polling = !watched.signatures.is_empty();
                if !watched.is_polling {
                    return;
                }
                watched.signatures.keys().copied().collect()
            };
            for chunk in signatures.chunks(SIGNATURES_PER_REQUEST_MAX) {
                match self.read(chunk).await {
                    Ok(readings) => self.publish(chunk.iter().copied().zip(readings)),
                    Err(error) => {
                        let silence = Reading::Silence(error.to_string());
                        self.publish(chunk.iter().map(|signature| (*signature, silence.clone())));
                    }
                }
            }
        }
    }

    async fn read(&self, signatures: &[Signature]) -> Result<Vec<Reading>, Error> {
        // The tip first: a signature that is unknown *after* its last valid height was passed can never land.
        let tip = self.rpc.tip().await?;
        let (context_slot, statuses) = self.rpc.statuses(signatures).await?;
        let readings = statuses.into_iter().map(|status| Reading::Answer {
            tip,
            context_slot,
            status,
        });
        Ok(readings.collect())
    }

    fn publish(&self, readings: impl Iterator<Item = (Signature, Reading)>) {
        let watched = self.watched.lock();
        for (signature, reading) in readings {
            if let Some(watch) = watched.signatures.get(&signature) {
                watch.sender.send_replace(Some(Arc::new(reading)));
            }
        }
    }
}

/// Readings of one signature; dropping it ends the watch.
pub(crate) struct StatusWatch {
    signature: Signature,
    receiver: watch::Receiver<Option<Arc<Reading>>>,
    watched: Arc<Mutex<Watched>>,
}

impl StatusWatch {
    /// The next reading.
    pub(crate) async fn next(&mut self) -> Arc<Reading> {
        loop {
            if self.receiver.changed().await.is_err() {
                return Arc::new(Reading::Silence("the status poller has stopped".to_owned()));
            }
            if let Some(reading) = self.receiver.borrow_and_update().clone() {
                return reading;
            }
        }
    }
}

impl Drop for StatusWatch {
    fn drop(&mut self) {
        let mut watched = self.watched.lock();
        if let Some(watch) = watched.signatures.get_mut(&self.signature) {
            watch.readers = watch.readers.saturating_sub(1);
            if watch.readers == 0 {
                watched.signatures.remove(&self.signature);
            }
        }
    }
}
