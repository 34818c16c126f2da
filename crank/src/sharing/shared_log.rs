//! The input log of a match twice: on this disk, and in the cluster, where another crank finds it.
//!
//! The tick thread appends to the disk and hands the same bytes to a task, the shipper, which appends them to
//! the shared log. **Invariants:** an input is acked only when the shared log has it; records reach the shared log in the
//! order of the file, each once; a checkpoint leaves only when the shared log has everything it was made of, or,
//! when the cluster has not answered for [`PATIENCE`], when the disk has: then nothing in it was acked that
//! the shared log lacks, and a match that is voided for silence would serve nobody. Absent: the format of
//! records, which is `protocol::log`'s, and leases.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bus::InputOutcome;
use bytes::Bytes;
use cluster::{AppendError, Cluster, SharedLease};
use protocol::log::{self, LogRecord};
use protocol::receipt::Receipt;
use protocol::MatchKey;
use tokio::sync::{mpsc, oneshot, watch};

use crate::journal::{self, Durability, InputLog, Journal, JournalError, JournalSync, Judged};
use crate::receipts::Notary;

/// Records and acks between the tick thread and the shipper: some seconds of 100 warriors with ten changes
/// each. When it is full, inputs are refused.
const OUTBOX_MAX: usize = 8_192;

/// Room that an input needs: its record and its ack.
const ROOM: usize = 2;

/// Records in one append.
const BATCH_MAX: usize = 256;

/// How long a checkpoint waits for a cluster that does not answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// First and longest wait after a failed append.
const RETRY: Duration = Duration::from_millis(20);
const RETRY_MAX: Duration = Duration::from_millis(500);

/// How long the last records of a match that left its tick thread are tried.
const LAST_TRIES: Duration = Duration::from_secs(10);

/// How long a refusal may be our own doing: the lease ran out and is taken again, and the new token is in
/// Redis before it is in the store and here.
const RAISE_PATIENCE: Duration = Duration::from_secs(3);

/// One step of the shipper.
enum Item {
    Record(Bytes),
    Ack(oneshot::Sender<InputOutcome>, Receipt),
}

/// A log whose records also go to the shared log.
pub(crate) struct ReplicatedLog {
    journal: Journal,
    outbox: mpsc::Sender<Item>,
    appended: Arc<AtomicU64>,
    buffer: Vec<u8>,
}

/// Where the shared log of a match is, and where its records come from.
pub(crate) struct SharedLog {
    pub(crate) cluster: Cluster,
    pub(crate) lease: SharedLease,
    /// Folder of input logs.
    pub(crate) logs: PathBuf,
    /// Signs the acks.
    pub(crate) notary: Notary,
}

impl SharedLog {
    /// Begins to ship `journal`, whose file holds `records` and the shared log the first `shipped` of them.
    pub(crate) fn follow(
        self,
        journal: Journal,
        records: Vec<Bytes>,
        shipped: u64,
    ) -> Result<(ReplicatedLog, Arc<dyn Durability>), JournalError> {
        let disk = Arc::new(journal.syncer()?);
        let (outbox, queue) = mpsc::channel(OUTBOX_MAX);
        let appended = Arc::new(AtomicU64::new(records.len() as u64));
        let (durable_in, durable) = watch::channel(Progress {
            shipped,
            fenced: false,
        });
        let backlog = records.get(usize::try_from(shipped).unwrap_or(usize::MAX)..);
        let shipper = Shipper {
            backlog: backlog.unwrap_or_default().to_vec(),
            shared_log: self,
            queue,
            durable: durable_in,
            shipped,
        };
        tokio::spawn(shipper.run());
        let sync = LedgerSync {
            disk,
            appended: appended.clone(),
            durable,
        };
        let log = ReplicatedLog {
            journal,
            outbox,
            appended,
            buffer: Vec::with_capacity(256),
        };
        Ok((log, Arc::new(sync)))
    }
}

impl InputLog for ReplicatedLog {
    fn append(&mut self, record: &LogRecord) -> Result<(), JournalError> {
        // Only this thread puts anything in, so that what is free stays free. After the shipper's end, which
        // means that the match was lost, nothing is accepted.
        if self.outbox.is_closed() || self.outbox.capacity() < ROOM {
            return Err(JournalError::Behind);
        }
        self.journal.append(record)?;
        self.buffer.clear();
        log::append(record, &mut self.buffer);
        self.appended.fetch_add(1, Ordering::Release);
        let _ = self
            .outbox
            .try_send(Item::Record(Bytes::copy_from_slice(&self.buffer)));
        Ok(())
    }

    fn acknowledge(&mut self, reply: oneshot::Sender<InputOutcome>, judged: Judged) {
        match judged {
            // Dropped, it tells the sender that the match is busy.
            Ok(receipt) => drop(self.outbox.try_send(Item::Ack(reply, receipt))),
            Err(rejected) => drop(reply.send(Err(rejected))),
        }
    }
}

/// How far the shipper is.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Records in the shared log.
    shipped: u64,
    /// It takes no more: somebody else owns the match.
    fenced: bool,
}

/// The task that appends to the shared log.
struct Shipper {
    shared_log: SharedLog,
    /// In the file and not in the shared log when the task began.
    backlog: Vec<Bytes>,
    queue: mpsc::Receiver<Item>,
    durable: watch::Sender<Progress>,
    /// Records in the shared log.
    shipped: u64,
}

/// Somebody else owns the match.
struct Fenced;

impl Shipper {
    async fn run(mut self) {
        if self.ship_all().await.is_err() {
            tracing::warn!(match_key = %self.shared_log.lease.match_key(), "the shared log of the match takes nothing more from here");
            self.durable.send_modify(|progress| progress.fenced = true);
        }
    }

    /// Until the tick thread is done with the match.
    async fn ship_all(&mut self) -> Result<(), Fenced> {
        let backlog = std::mem::take(&mut self.backlog);
        for chunk in backlog.chunks(BATCH_MAX) {
            self.ship(chunk).await?;
        }
        let mut items = Vec::with_capacity(BATCH_MAX);
        while self.queue.recv_many(&mut items, BATCH_MAX).await > 0 {
            let mut records = Vec::new();
            let mut acks = Vec::new();
            for item in items.drain(..) {
                match item {
                    Item::Record(record) => records.push(record),
                    Item::Ack(reply, receipt) => acks.push((reply, receipt)),
                }
            }
            self.ship(&records).await?;
            // Each ack follows its record, in this batch or an earlier one.
            for (reply, receipt) in acks {
                let _ = reply.send(self.shared_log.notary.sign(Ok(receipt)));
            }
        }
        Ok(())
    }

    /// Appends the next records, however long the cluster takes.
    async fn ship(&mut self, records: &[Bytes]) -> Result<(), Fenced> {
        if records.is_empty() {
            return Ok(());
        }
        let mut wait = RETRY;
        let mut given_up_at = None;
        let mut fenced_since = None;
        loop {
            let lease = self.shared_log.lease.current();
            match self
                .shared_log
                .cluster
                .append(&lease, self.shipped + 1, records)
                .await
            {
                Ok(()) => {
                    self.shipped += records.len() as u64;
                    let shipped = self.shipped;
                    self.durable.send_modify(|progress| progress.shipped = shipped);
                    return Ok(());
                }
                // The lease may have been taken again under a new token meanwhile, or be about to.
                Err(AppendError::Fenced { .. }) if self.shared_log.lease.current() != lease => continue,
                Err(AppendError::Fenced { .. }) => {
                    let since = *fenced_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > RAISE_PATIENCE {
                        return Err(Fenced);
                    }
                }
                Err(AppendError::Gap { length }) => self.fill(length).await,
                // The lease is taken again in a moment, under a new token, or lost.
                Err(AppendError::Missing) => {}
                // Something else wrote it: this log counts, and no ack leaves before the shared log says the
                // same.
                Err(error @ AppendError::Differs { .. }) => self.replace(&error).await,
                Err(AppendError::Cluster(error)) => {
                    metrics::counter!("aurelius_shared_log_errors_total").increment(1);
                    if wait == RETRY {
                        tracing::warn!(match_key = %lease.match_key, %error, "the shared log cannot be written; acks wait, trying again");
                    }
                }
            }
            if self.queue.is_closed() {
                // The tick thread is done with the match, or the match was lost: nobody waits for this for
                // ever.
                let since = *given_up_at.get_or_insert_with(|| Instant::now() + LAST_TRIES);
                if Instant::now() > since {
                    return Err(Fenced);
                }
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    /// Somebody who can write to the cluster put other records into the shared log: writes it again from the file.
    /// The caller finds out how far this came.
    async fn replace(&mut self, error: &AppendError) {
        let lease = self.shared_log.lease.current();
        metrics::counter!("aurelius_shared_log_errors_total").increment(1);
        tracing::error!(match_key = %lease.match_key, %error, "the shared log is not this match's input log: writing it again; find out who else can write to Redis");
        match self.shared_log.cluster.discard_shared_log(&lease).await {
            Ok(()) => self.fill(0).await,
            Err(error) => {
                tracing::warn!(match_key = %lease.match_key, %error, "the wrong shared log cannot be deleted yet")
            }
        }
    }

    /// The cluster lost records: they are still in the file.
    async fn fill(&mut self, length: u64) {
        let lease = self.shared_log.lease.current();
        let logs = self.shared_log.logs.clone();
        let read = tokio::task::spawn_blocking(move || raw(&logs, &lease.match_key)).await;
        let Ok(Ok(all)) = read else {
            tracing::error!(match_key = %lease.match_key, "the input log cannot be read to write the shared log again");
            return;
        };
        tracing::warn!(match_key = %lease.match_key, length, wanted = self.shipped, "the shared log lost records; writing them again");
        let from = usize::try_from(length).unwrap_or(usize::MAX);
        let to = usize::try_from(self.shipped).unwrap_or(usize::MAX).min(all.len());
        let mut next = length + 1;
        for chunk in all.get(from..to).unwrap_or_default().chunks(BATCH_MAX) {
            match self.shared_log.cluster.append(&lease, next, chunk).await {
                Ok(()) => next += chunk.len() as u64,
                // The caller finds out how far this came.
                Err(_) => return,
            }
        }
    }
}

/// For whoever sends checkpoints.
#[derive(Debug)]
struct LedgerSync {
    disk: Arc<JournalSync>,
    appended: Arc<AtomicU64>,
    durable: watch::Receiver<Progress>,
}

#[async_trait::async_trait]
impl Durability for LedgerSync {
    async fn before_checkpoint(self: Arc<Self>) -> Result<(), String> {
        let wanted = self.appended.load(Ordering::Acquire);
        self.disk.clone().before_checkpoint().await?;
        let mut durable = self.durable.clone();
        let replicated = durable.wait_for(|progress| progress.fenced || progress.shipped >= wanted);
        let replicated = tokio::time::timeout(PATIENCE, replicated).await;
        match replicated.map(|progress| progress.is_ok_and(|progress| progress.shipped >= wanted)) {
            Ok(true) => Ok(()),
            Ok(false) => Err("another crank owns the match".to_owned()),
            Err(_) => {
                metrics::counter!("aurelius_checkpoints_unreplicated_total").increment(1);
                tracing::warn!(
                    wanted,
                    "the cluster does not take the input log; a checkpoint goes out on the strength of this disk"
                );
                Ok(())
            }
        }
    }

    fn is_fenced(&self) -> bool {
        self.durable.borrow().fenced
    }
}

/// What is in the file of a match, record by record with its framing; nothing if there is no file. Blocks.
pub(crate) fn raw(logs: &std::path::Path, key: &MatchKey) -> Result<Vec<Bytes>, JournalError> {
    let records = journal::read(logs, key)?.unwrap_or_default();
    let framed = records.iter().map(|record| {
        let mut bytes = Vec::new();
        log::append(record, &mut bytes);
        Bytes::from(bytes)
    });
    Ok(framed.collect())
}

/// Brings the file of a match to what counts, and says how many of its records the shared log has. Blocks.
///
/// The shared log counts: what only this disk has was never acked. Except where the shared log is a beginning of the
/// file and nobody else owned the match since (`alone`): then the file has at least what was acked, and a
/// cluster that lost its data loses nothing.
pub(crate) fn reconcile(
    logs: &std::path::Path,
    key: &MatchKey,
    shared_log: &[Bytes],
    alone: bool,
) -> Result<u64, JournalError> {
    let file = raw(logs, key)?;
    let shipped = shared_log.len() as u64;
    if shared_log.is_empty() || (alone && file.starts_with(shared_log)) {
        return Ok(shipped);
    }
    if file != shared_log {
        if !file.is_empty() {
            tracing::warn!(match_key = %key, file = file.len(), shared_log = shared_log.len(), "the input log on this disk gives way to the cluster's");
        }
        journal::replace(logs, key, shared_log)?;
    }
    Ok(shipped)
}

/// Puts `file`, which this disk held before, back in the place of the shared log, if it continues it: what is on
/// chain may have been posted on the strength of this disk alone, while the cluster was away. Whether it is
/// right, the chain tells. Blocks.
pub(crate) fn go_back_to(
    logs: &std::path::Path,
    key: &MatchKey,
    file: &[Bytes],
    shared_log: &[Bytes],
) -> Result<bool, JournalError> {
    let continues = file.len() > shared_log.len() && file.starts_with(shared_log);
    if continues {
        tracing::warn!(match_key = %key, file = file.len(), shared_log = shared_log.len(), "the chain has more than the shared log; trying the input log of this disk");
        journal::replace(logs, key, file)?;
    }
    Ok(continues)
}

#[cfg(test)]
#[path = "shared_log_tests.rs"]
mod tests;
