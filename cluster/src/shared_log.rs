//! The shared log: the input log of a match, where a crank that takes over finds it.
//!
//! A stream whose entry N-0 is record N, from 1 without a gap: so its length says which record is the last,
//! and a record that is sent twice is kept once.

use std::time::Duration;

use bytes::Bytes;
use protocol::MatchKey;
use redis::Value;

use crate::call::Call;
use crate::error::ClusterError;
use crate::handle::Cluster;
use crate::lease::Lease;
use crate::script::{APPEND, DISCARD};
use crate::verdict::Verdict;

/// After the last append. Longer than any match, and longer than an installation may be left down.
const SHARED_LOG_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Records in one script call.
const RECORDS_MAX: usize = 512;
/// Bytes of records in one script call, which its node does in one go; one record may be larger.
const BYTES_MAX: usize = 1 << 20;
/// Records read at once.
const READ_MAX: usize = 1024;

/// Why records were not appended. All before them that are there stay there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The match has a later owner. Nothing was written.
    #[error("the match has a later owner with token {token}")]
    Fenced {
        /// The token of the later owner.
        token: u64,
    },
    /// Redis lost data: it does not know that this token was ever given. Nothing was written. Acquire the
    /// lease again and append with its token.
    #[error("Redis lost the lease's token: acquire the lease again")]
    Missing,
    /// Redis lost data: earlier records are missing. Nothing was written. Append from `length` + 1.
    #[error("the shared log ends with record {length}, before the first record to append")]
    Gap {
        /// Records that are there.
        length: u64,
    },
    /// A record that is there already has other bytes than the one to append. Nothing was written. Whoever
    /// wrote it was not this owner: see [`Cluster::discard_shared_log`].
    #[error(
        "record {number} of the shared log has other bytes than the one to append: something else wrote it"
    )]
    Differs {
        /// The first record that differs.
        number: u64,
    },
    /// It may have been written or not: append again.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl Cluster {
    /// Appends records, numbered from `first` (the first record of a match is 1). Those that are there
    /// already must have the same bytes, and are skipped, so that an append whose end is unknown is simply
    /// repeated. With [`crate::ClusterConfig::replicas`] it is done when so many replicas have them.
    ///
    /// The token is compared with the highest ever given, not with the lease: a lease that ran out without a
    /// successor does not lose records.
    ///
    /// # Errors
    /// [`AppendError`].
    pub async fn append(&self, lease: &Lease, first: u64, records: &[Bytes]) -> Result<(), AppendError> {
        if first == 0 {
            let problem = "records are numbered from 1";
            return Err(ClusterError::malformed("a record number", problem).into());
        }
        let mut first = first;
        let mut rest = records;
        while !rest.is_empty() {
            let (some, more) = rest.split_at(portion(rest));
            self.append_portion(lease, first, some).await?;
            first += some.len() as u64;
            rest = more;
        }
        Ok(())
    }

    async fn append_portion(&self, lease: &Lease, first: u64, records: &[Bytes]) -> Result<(), AppendError> {
        let key = &lease.match_key;
        let mut call = Call::script(&APPEND)
            .key(self.keys.shared_log(key))
            .key(self.keys.fence(key))
            .number(lease.token)
            .number(first)
            .number(SHARED_LOG_LIFE.as_millis() as u64)
            .replicas(self.config.replicas);
        for record in records {
            call = call.arg(record.clone());
        }
        outcome(key, self.link.call(call).await?)
    }

    /// Deletes all records of a match that is ours, to write them again from 1: for the owner who has them
    /// elsewhere, after [`AppendError::Differs`].
    ///
    /// # Errors
    /// [`AppendError`], but neither gap nor difference.
    pub async fn discard_shared_log(&self, lease: &Lease) -> Result<(), AppendError> {
        let key = &lease.match_key;
        let call = Call::script(&DISCARD)
            .key(self.keys.shared_log(key))
            .key(self.keys.fence(key))
            .number(lease.token);
        outcome(key, self.link.call(call).await?)
    }

    /// All records of a match, in their order; none when there is no shared log. Acquire the lease first: from
    /// then on no earlier owner appends.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn shared_log(&self, key: &MatchKey) -> Result<Vec<Bytes>, ClusterError> {
        let mut records = Vec::new();
        loop {
            let next = records.len() as u64 + 1;
            let call = Call::command("XRANGE")
                .key(self.keys.shared_log(key))
                .arg(format!("{next}-0"))
                .arg("+")
                .arg("COUNT")
                .number(READ_MAX as u64);
            let entries: Vec<Value> = self.link.call(call).await?;
            let count = entries.len();
            for entry in entries {
                let (id, mut fields): (String, Vec<Vec<u8>>) =
                    redis::from_redis_value(entry).map_err(|error| unreadable(key, error))?;
                let number = records.len() as u64 + 1;
                if id != format!("{number}-0") {
                    return Err(unreadable(
                        key,
                        format!("record {number} is missing, then comes {id}"),
                    ));
                }
                match fields.pop() {
                    Some(record) if fields.len() == 1 => records.push(record.into()),
                    _ => return Err(unreadable(key, format!("record {number} is not one field"))),
                }
            }
            if count < READ_MAX {
                return Ok(records);
            }
        }
    }
}

/// How many records go into one call.
fn portion(records: &[Bytes]) -> usize {
    let mut bytes = 0;
    let fitting = records.iter().take(RECORDS_MAX).take_while(|record| {
        bytes += record.len();
        bytes <= BYTES_MAX
    });
    fitting.count().max(1)
}

/// What a script on the shared log answers.
fn outcome(key: &MatchKey, answer: Value) -> Result<(), AppendError> {
    let verdict = Verdict::read(key, answer)?;
    match (verdict.word.as_str(), verdict.number()) {
        ("ok", _) => Ok(()),
        ("fenced", Some(token)) => Err(AppendError::Fenced { token }),
        ("gap", Some(length)) => Err(AppendError::Gap { length }),
        ("differs", Some(number)) => Err(AppendError::Differs { number }),
        ("missing", _) => Err(AppendError::Missing),
        _ => Err(unreadable(key, "unknown answer").into()),
    }
}

fn unreadable(key: &MatchKey, problem: impl std::fmt::Display) -> ClusterError {
    ClusterError::malformed(format!("the shared log of match {key}"), problem)
}
