//! From the chain, the log and the cluster to a match that can run.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use client::view::{fetch, MatchView};
use cluster::SharedLease;
use protocol::log::LogRecord;
use protocol::MatchKey;
use store::MatchRecord;

use super::super::tools::{JobError, Tools};
use super::start::Elapsed;
use crate::adopt::{adopt as bring, AdoptError, AdoptOrder, Adopted};
use crate::clock::MonotonicUs;
use crate::live::{RestoreError, Sessions};
use crate::sharing::shared_log::{self, SharedLog};
use crate::sharing::ClusterParts;
use crate::worker::start_from;

/// A match to be brought to a tick thread.
pub(super) struct Order {
    pub(super) record: Arc<MatchRecord>,
    pub(super) view: Arc<MatchView>,
    /// The keys of its players, as far as they are known.
    pub(super) sessions: Sessions,
    /// Among several cranks: the lease, and whether nobody else owned the match before.
    pub(super) tenure: Option<(SharedLease, bool)>,
    /// Time since the start by the chain's slots; none before one is known.
    pub(super) by_slots: Option<Duration>,
}

/// A match ready to run, and when it began.
pub(crate) struct Ready {
    pub(super) adopted: Adopted,
    pub(super) start_unix_us: i64,
    /// From now, as far as the wall clock can be right, to the beginning; negative if that is past.
    pub(super) until_start_us: i64,
    /// As the clock that never jumps had it then.
    pub(super) now: MonotonicUs,
    /// Its log in two places, among several cranks.
    pub(super) shared_log: Option<Copied>,
}

/// A log on its way to the shared log.
pub(super) struct Copied {
    pub(super) shared_log: SharedLog,
    /// What is in the log, record by record with its framing.
    pub(super) records: Vec<Bytes>,
    /// Records of the log that the shared log has.
    pub(super) shipped: u64,
}

/// The two copies of an input log, record by record.
#[derive(Default)]
struct Brought {
    /// On this disk, before.
    file: Vec<Bytes>,
    /// In the cluster.
    shared_log: Vec<Bytes>,
}

/// Brings a match to the tick at which it must be.
pub(super) async fn adopt(tools: &Tools, order: Order) -> Result<Box<Ready>, JobError> {
    let Order {
        record,
        view,
        sessions,
        tenure,
        by_slots,
    } = order;
    let clock = &tools.carrier.clock;
    let start_us = first_start(tools, record.match_id);
    let trace = match view.header.checkpoints_posted {
        0 => None,
        _ => fetch::trace(&tools.carrier.reader.rpc, &view.address).await?,
    };
    let key = MatchKey(record.match_key);
    let (shared_log, brought) = match (&tools.cluster, tenure) {
        (Some(parts), Some((lease, alone))) => {
            let brought = bring_log(tools, parts, key, alone).await?;
            let shared_log = SharedLog {
                cluster: parts.cluster.clone(),
                lease,
                logs: tools.logs.clone(),
                notary: tools.carrier.notary.clone(),
            };
            (Some(shared_log), brought)
        }
        _ => (None, Brought::default()),
    };
    let start_us = match record.start_unix_us {
        None => logged_start(tools, key).await?.unwrap_or(start_us),
        Some(known) => known,
    };
    let matches = &tools.carrier.store.matches;
    // The first one counts: a restarted crank goes on in the same phase.
    let start_unix_us = matches.set_start(&record.match_key, start_us).await?;
    let shipped = brought.shared_log.len() as u64;
    let copies = shared_log.is_some();
    let elapsed = Elapsed {
        start_unix_us,
        now_unix_us: clock.unix_us(),
        by_slots,
    };
    let (now, now_unix_us) = (clock.monotonic(), elapsed.now_unix_us());
    let order = AdoptOrder {
        view,
        trace,
        drip_key: tools.carrier.reader.drip_key.clone(),
        start_unix_us,
        now_unix_us,
        logs: tools.logs.clone(),
        sync: tools.config.sync,
        window: tools.config.input_window,
        receipt_key: tools.carrier.notary.public(),
        sessions,
        cheat: tools.config.cheat,
    };
    let restored = tokio::task::spawn_blocking(move || restore(&order, &key, &brought, copies));
    let (adopted, records) = restored.await??;
    Ok(Box::new(Ready {
        adopted,
        start_unix_us,
        until_start_us: start_unix_us.saturating_sub(now_unix_us),
        now,
        shared_log: shared_log.map(|shared_log| Copied {
            shared_log,
            records,
            shipped,
        }),
    }))
}

/// When tick 0 of a match that has not begun is to be, Unix microseconds.
fn first_start(tools: &Tools, match_id: u64) -> i64 {
    let countdown_us = i64::try_from(tools.config.countdown.as_micros()).unwrap_or(0);
    start_from(
        tools.carrier.clock.unix_us().saturating_add(countdown_us),
        match_id,
    )
}

/// When tick 0 was, Unix microseconds, by the input log: for a match that the store forgot.
async fn logged_start(tools: &Tools, key: MatchKey) -> Result<Option<i64>, JobError> {
    let logs = tools.logs.clone();
    let read = move || crate::journal::read(&logs, &key).map_err(AdoptError::from);
    let records = tokio::task::spawn_blocking(read).await??.unwrap_or_default();
    let start = records.iter().find_map(|record| match record {
        LogRecord::Started { starts_at_ms, .. } => i64::try_from(*starts_at_ms).ok(),
        _ => None,
    });
    Ok(start.map(|ms| ms.saturating_mul(1_000)))
}

/// Runs the log, and gives its records where they are to be copied. Blocks.
fn restore(
    order: &AdoptOrder,
    key: &MatchKey,
    brought: &Brought,
    copies: bool,
) -> Result<(Adopted, Vec<Bytes>), AdoptError> {
    let adopted = match bring(order) {
        Err(
            AdoptError::OtherCheckpoint(_)
            | AdoptError::NoLog(_)
            | AdoptError::Restore(RestoreError::ForgedInput { .. }),
        ) if shared_log::go_back_to(&order.logs, key, &brought.file, &brought.shared_log)? => bring(order),
        adopted => adopted,
    }?;
    let records = match copies {
        true => shared_log::raw(&order.logs, key)?,
        false => Vec::new(),
    };
    Ok((adopted, records))
}

/// Brings the input log on this disk to what counts among several cranks.
async fn bring_log(
    tools: &Tools,
    parts: &ClusterParts,
    key: MatchKey,
    alone: bool,
) -> Result<Brought, JobError> {
    let shared_log = parts.cluster.shared_log(&key).await?;
    let logs = tools.logs.clone();
    let bring = move || {
        let file = shared_log::raw(&logs, &key)?;
        shared_log::reconcile(&logs, &key, &shared_log, alone)?;
        Ok(Brought { file, shared_log })
    };
    let brought: Result<Brought, AdoptError> = tokio::task::spawn_blocking(bring).await?;
    Ok(brought?)
}
