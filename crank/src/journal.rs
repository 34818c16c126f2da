//! The input log of one match on disk.
//!
//! Owns the file and the moment at which a record counts as written. Invariant: [`InputLog::append`] returned
//! `Ok` ⇒ the record is in the operating system's hands and survives the death of this process; what is
//! before it in the file is whole. Whether it also survives a power cut is a matter of [`SyncPolicy`].
//! Absent: the format, which is `protocol::log`'s.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bus::{InputOutcome, Rejected};
use protocol::log::{self, LogError, LogRecord, HEADER_LENGTH};
use protocol::receipt::Receipt;
use protocol::MatchKey;
use tokio::sync::oneshot;

use crate::descriptors::with_reserve;

/// The largest log that is read back: a Siege of 100 warriors with ten inputs each in every second has 60 MB.
const LOG_BYTES_MAX: u64 = 256 << 20;

/// When the log is forced from the operating system's cache to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncPolicy {
    /// Never by us: survives a kill, and a power cut only by luck. A receipt whose input such a cut loses costs
    /// the bond.
    Never,
    /// Before a receipt is signed and before a checkpoint is sent: neither a player nor the chain ever knows an
    /// input that the disk does not. Inputs take effect meanwhile; no tick waits for the disk.
    #[default]
    Checkpoint,
    /// Before an input takes effect: the tick thread waits for the disk.
    Input,
}

/// A log that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file.
    #[error("cannot {action} the input log {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Its content.
    #[error("the input log {} cannot be used: {source}", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: LogError,
    },
    /// A file under the name of one match with the log of another.
    #[error("the input log {} belongs to match {found}", path.display())]
    OtherMatch {
        /// Which file.
        path: PathBuf,
        /// Whose log is in it.
        found: MatchKey,
    },
    /// Longer than any match can make it.
    #[error("the input log {} has {bytes} bytes, more than any match can write", path.display())]
    TooLong {
        /// Which file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
    /// The copy of the log that other cranks would go on from does not keep up.
    #[error(
        "the shared log of the match does not keep up with its input log: inputs are refused until it does"
    )]
    Behind,
    /// An earlier append left half a record that could not be removed.
    #[error("the input log {} has a torn record that cannot be removed; inputs are refused until it can", path.display())]
    Torn {
        /// Which file.
        path: PathBuf,
    },
}

/// What a tick thread says to an input: the receipt that is to be signed, or why it was refused.
pub type Judged = Result<Receipt, Rejected>;

/// Where accepted inputs go before they are acked.
pub trait InputLog: Send + 'static {
    /// Appends one record; it counts as written when this returns `Ok`.
    ///
    /// # Errors
    /// The record is not in the log, and whatever it would have recorded must not happen.
    fn append(&mut self, record: &LogRecord) -> Result<(), JournalError>;

    /// Answers an input, with a signed receipt where it was accepted, once everything appended so far is as
    /// durable as the operator asked for. Never waits.
    fn acknowledge(&mut self, reply: oneshot::Sender<InputOutcome>, judged: Judged);
}

/// What makes a log durable before anything made of it leaves this machine.
#[async_trait::async_trait]
pub trait Durability: std::fmt::Debug + Send + Sync {
    /// Waits until all that was appended is as durable as the operator asked for.
    ///
    /// # Errors
    /// Why it is not, for people: a checkpoint must not be sent then.
    async fn before_checkpoint(self: Arc<Self>) -> Result<(), String>;

    /// Whether nothing can become durable any more, because another crank owns the match.
    fn is_fenced(&self) -> bool {
        false
    }
}

/// The log as a file.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    /// Bytes of whole records.
    length: u64,
    policy: SyncPolicy,
    /// Half a record may be behind `length`.
    torn: bool,
    buffer: Vec<u8>,
}

/// What was in a log.
#[derive(Debug)]
pub struct Opened {
    /// Ready for more.
    pub journal: Journal,
    /// Everything written so far.
    pub records: Vec<LogRecord>,
}

impl Journal {
    /// Opens the log of a match in `folder`, or begins it. A record that a crash cut short is removed.
    ///
    /// # Errors
    /// [`JournalError`]: the folder cannot be written, or the file is damaged or not this match's.
    pub fn open(folder: &Path, match_key: &MatchKey, policy: SyncPolicy) -> Result<Opened, JournalError> {
        let path = folder.join(file_name(match_key));
        let failed = |action| {
            let path = path.clone();
            move |source| JournalError::Io { action, path, source }
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = with_reserve(|| options.open(&path)).map_err(failed("open"))?;
        let bytes = file.metadata().map_err(failed("read"))?.len();
        if bytes > LOG_BYTES_MAX {
            return Err(JournalError::TooLong { path, bytes });
        }
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(failed("read"))?;
        let (records, length) = match log::read(&content) {
            Ok(log) if log.match_key == *match_key => (log.records, log.valid_length as u64),
            Ok(log) => {
                return Err(JournalError::OtherMatch {
                    path,
                    found: log.match_key,
                })
            }
            // The crash came while the file was being made: nothing was acked.
            Err(LogError::TornHeader(_)) => (Vec::new(), 0),
            Err(source) => return Err(JournalError::Content { path, source }),
        };
        file.set_len(length).map_err(failed("cut"))?;
        file.seek(SeekFrom::Start(length)).map_err(failed("read"))?;
        let mut journal = Self {
            file,
            path,
            length,
            policy,
            torn: false,
            buffer: Vec::with_capacity(256),
        };
        if length == 0 {
            journal.write_bytes(&log::header(match_key))?;
            journal.sync()?;
        }
        Ok(Opened { journal, records })
    }

    /// A second handle that can only force the log to the disk; for whoever sends checkpoints.
    ///
    /// # Errors
    /// [`JournalError::Io`] when no handle is left.
    pub fn syncer(&self) -> Result<JournalSync, JournalError> {
        let file = with_reserve(|| self.file.try_clone()).map_err(|source| self.io("duplicate", source))?;
        Ok(JournalSync {
            file,
            path: self.path.clone(),
            policy: self.policy,
        })
    }

    fn sync(&self) -> Result<(), JournalError> {
        self.file.sync_data().map_err(|source| self.io("sync", source))
    }

    fn write_bytes(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        if self.torn {
            self.repair()?;
        }
        match self.file.write_all(bytes) {
            Ok(()) => {
                self.length += bytes.len() as u64;
                Ok(())
            }
            Err(source) => {
                // What was written of it must go, or everything after it would be unreadable.
                self.torn = true;
                let _ = self.repair();
                Err(self.io("append to", source))
            }
        }
    }

    fn repair(&mut self) -> Result<(), JournalError> {
        let cut = self
            .file
            .set_len(self.length)
            .and_then(|()| self.file.seek(SeekFrom::Start(self.length)));
        match cut {
            Ok(_) => {
                self.torn = false;
                Ok(())
            }
            Err(_) => Err(JournalError::Torn {
                path: self.path.clone(),
            }),
        }
    }

    fn io(&self, action: &'static str, source: std::io::Error) -> JournalError {
        JournalError::Io {
            action,
            path: self.path.clone(),
            source,
        }
    }
}

impl Journal {
    /// Appends one record; it counts as written when this returns `Ok`.
    ///
    /// # Errors
    /// [`JournalError`]; the record is not in the log.
    pub fn append(&mut self, record: &LogRecord) -> Result<(), JournalError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        log::append(record, &mut buffer);
        let written = self.write_bytes(&buffer);
        self.buffer = buffer;
        written?;
        if self.policy == SyncPolicy::Input {
            self.sync()?;
        }
        Ok(())
    }
}

/// Forces a log to the disk.
#[derive(Debug)]
pub struct JournalSync {
    file: File,
    path: PathBuf,
    policy: SyncPolicy,
}

#[async_trait::async_trait]
impl Durability for JournalSync {
    async fn before_checkpoint(self: Arc<Self>) -> Result<(), String> {
        let synced = tokio::task::spawn_blocking(move || self.force()).await;
        synced
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())
    }
}

impl JournalSync {
    /// Waits until all that was appended is on the disk, if the policy asks for it. Blocks: not for tick
    /// threads.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn force(&self) -> Result<(), JournalError> {
        if self.policy != SyncPolicy::Checkpoint {
            return Ok(());
        }
        self.file.sync_data().map_err(|source| JournalError::Io {
            action: "sync",
            path: self.path.clone(),
            source,
        })
    }
}

/// Reads a log without touching the file; for replays of matches that are over. `None` if there is no such
/// file.
///
/// # Errors
/// As [`Journal::open`].
pub fn read(folder: &Path, match_key: &MatchKey) -> Result<Option<Vec<LogRecord>>, JournalError> {
    let path = folder.join(file_name(match_key));
    let content = match with_reserve(|| std::fs::read(&path)) {
        Ok(content) => content,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(JournalError::Io {
                action: "read",
                path,
                source,
            })
        }
    };
    match log::read(&content) {
        Ok(log) if log.match_key == *match_key => Ok(Some(log.records)),
        Ok(log) => Err(JournalError::OtherMatch {
            path,
            found: log.match_key,
        }),
        Err(LogError::TornHeader(_)) => Ok(Some(Vec::new())),
        Err(source) => Err(JournalError::Content { path, source }),
    }
}

/// Puts a log of these records, each with its framing, in the place of whatever was there. Blocks.
///
/// # Errors
/// [`JournalError::Io`]; what was there is there still.
pub fn replace<R: AsRef<[u8]>>(
    folder: &Path,
    match_key: &MatchKey,
    records: &[R],
) -> Result<(), JournalError> {
    let path = path(folder, match_key);
    let mut content = log::header(match_key).to_vec();
    records
        .iter()
        .for_each(|record| content.extend_from_slice(record.as_ref()));
    crate::whole_file::write(&path, &content).map_err(|source| JournalError::Io {
        action: "replace",
        path,
        source,
    })
}

/// Where the log of a match is.
pub fn path(folder: &Path, match_key: &MatchKey) -> PathBuf {
    folder.join(file_name(match_key))
}

fn file_name(match_key: &MatchKey) -> String {
    format!("{match_key}.log")
}

const _: () = assert!(HEADER_LENGTH < LOG_BYTES_MAX as usize);

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
