//! The input log of one match on disk.
//!
//! Owns the file and the moment at which a record counts as written. Invariant: [`InputLog::append`] returned `Ok` ⇒
//! the record is in the operating system's hands and survives the death of this process; what is before it in the file
//! is whole. Whether it also survives a power cut is a matter of [`SyncPolicy`].
//! Absent: the format, which is `protocol::log`'s.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use protocol::log::{self, LogError, LogRecord, HEADER_LENGTH};
use protocol::MatchKey;

/// The largest log that is read back: a Siege of 100 warriors with ten inputs each in every second has 60 MB.
const LOG_BYTES_MAX: u64 = 256 << 20;

/// When the log is forced from the operating system's cache to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncPolicy {
    /// Never by us: survives a kill, and a power cut only by luck.
    Never,
    /// Before a checkpoint is sent: the chain never knows an input that the disk does not. A power cut can lose inputs
    /// that were acked since the last checkpoint, and cannot fork the match.
    #[default]
    Checkpoint,
    /// Before every ack: nothing acked is ever lost, but the tick thread waits for the disk.
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
    /// An earlier append left half a record that could not be removed.
    #[error("the input log {} has a torn record that cannot be removed; inputs are refused until it can", path.display())]
    Torn {
        /// Which file.
        path: PathBuf,
    },
}

/// Where accepted inputs go before they are acked.
pub trait InputLog: Send + 'static {
    /// Appends one record; it counts as written when this returns `Ok`.
    ///
    /// # Errors
    /// The record is not in the log, and whatever it would have recorded must not happen.
    fn append(&mut self, record: &LogRecord) -> Result<(), JournalError>;
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
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed("open"))?;
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
        let file = self
            .file
            .try_clone()
            .map_err(|source| self.io("duplicate", source))?;
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

impl InputLog for Journal {
    fn append(&mut self, record: &LogRecord) -> Result<(), JournalError> {
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

impl JournalSync {
    /// Waits until all that was appended is on the disk, if the policy asks for it. Blocks: not for tick threads.
    ///
    /// # Errors
    /// [`JournalError::Io`]: a checkpoint must not be sent then.
    pub fn before_checkpoint(&self) -> Result<(), JournalError> {
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

/// Reads a log without touching the file; for replays of matches that are over. `None` if there is no such file.
///
/// # Errors
/// As [`Journal::open`].
pub fn read(folder: &Path, match_key: &MatchKey) -> Result<Option<Vec<LogRecord>>, JournalError> {
    let path = folder.join(file_name(match_key));
    let content = match std::fs::read(&path) {
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

fn file_name(match_key: &MatchKey) -> String {
    format!("{match_key}.log")
}

const _: () = assert!(HEADER_LENGTH < LOG_BYTES_MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Hash;

    const KEY: MatchKey = MatchKey([3; 32]);

    fn record(segment: u32) -> LogRecord {
        LogRecord::Sealed {
            segment,
            leaf: Hash([segment as u8; 32]),
        }
    }

    fn open(folder: &Path) -> Opened {
        Journal::open(folder, &KEY, SyncPolicy::default()).unwrap()
    }

    #[test]
    fn what_was_appended_is_read_back_by_the_next_process() {
        for policy in [SyncPolicy::Never, SyncPolicy::Checkpoint, SyncPolicy::Input] {
            let folder = tempfile::tempdir().unwrap();
            let mut opened = Journal::open(folder.path(), &KEY, policy).unwrap();
            assert!(opened.records.is_empty());
            opened.journal.append(&record(0)).unwrap();
            opened.journal.append(&record(1)).unwrap();
            opened.journal.syncer().unwrap().before_checkpoint().unwrap();
            // No destructor runs when a process is killed.
            std::mem::forget(opened.journal);
            let mut again = open(folder.path());
            assert_eq!(again.records, [record(0), record(1)]);
            again.journal.append(&record(2)).unwrap();
            assert_eq!(
                read(folder.path(), &KEY).unwrap().unwrap(),
                [record(0), record(1), record(2)]
            );
        }
    }

    #[test]
    fn a_log_cut_at_any_byte_gives_its_whole_records_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file_name(&KEY));
        let mut journal = open(folder.path()).journal;
        let mut ends = vec![HEADER_LENGTH as u64];
        for segment in 0..4 {
            journal.append(&record(segment)).unwrap();
            ends.push(journal.length);
        }
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut opened = open(folder.path());
            let records = ends
                .iter()
                .filter(|&&end| end <= cut as u64)
                .count()
                .saturating_sub(1);
            assert_eq!(
                opened.records,
                (0..records as u32).map(record).collect::<Vec<_>>(),
                "cut at {cut}"
            );
            opened.journal.append(&record(9)).unwrap();
            assert_eq!(open(folder.path()).records.len(), records + 1, "cut at {cut}");
        }
    }

    #[test]
    fn a_file_that_is_not_this_matchs_log_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let other = MatchKey([4; 32]);
        drop(open(folder.path()));
        std::fs::rename(
            folder.path().join(file_name(&KEY)),
            folder.path().join(file_name(&other)),
        )
        .unwrap();
        let refused = Journal::open(folder.path(), &other, SyncPolicy::Never).unwrap_err();
        assert!(
            matches!(refused, JournalError::OtherMatch { found: KEY, .. }),
            "{refused}"
        );
        let path = folder.path().join(file_name(&KEY));
        std::fs::write(&path, vec![b'x'; 500]).unwrap();
        let refused = Journal::open(folder.path(), &KEY, SyncPolicy::Never).unwrap_err();
        assert!(matches!(refused, JournalError::Content { .. }), "{refused}");
        assert_eq!(
            std::fs::read(&path).unwrap().len(),
            500,
            "a damaged log was changed"
        );
        assert_eq!(read(folder.path(), &MatchKey([5; 32])).unwrap(), None);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Journal::open(&folder.path().join("absent"), &KEY, SyncPolicy::Never).unwrap_err();
        assert!(refused.to_string().contains("absent"), "{refused}");
    }
}
