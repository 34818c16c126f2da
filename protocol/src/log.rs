//! The crank's input log: what it must not forget, in the order in which it became true.
//!
//! An accepted input is appended here before it is acked, so that after a crash the match continues with
//! every acked input. The file is a header and records that are only ever appended.
//!
//! | part | bytes |
//! |---|---|
//! | header | `AURLOG01` ‖ match[32] ‖ CRC-32 of both, u32 le |
//! | record | length of the body u32 le ‖ CRC-32 of length and body, u32 le ‖ body in postcard |
//!
//! A crash may leave half a record at the end: a *torn tail*, which was never acked and is cut off. Damage
//! that is followed by a whole record is not from a crash and is reported as an error with its offset.
//!
//! Deliberately absent: the file, and when to flush it.

use serde::{Deserialize, Serialize};

use crate::input::SignedInput;
use crate::key::{Hash, MatchKey, Tick};

/// First bytes of a log file; the last two are its version.
pub const MAGIC: &[u8; 8] = b"AURLOG01";

/// Bytes before the first record.
pub const HEADER_LENGTH: usize = MAGIC.len() + 32 + 4;

/// Length and checksum before each body.
const FRAMING_LENGTH: usize = 8;

/// The longest body. The longest record in use has about 170 bytes.
pub const BODY_LENGTH_MAX: usize = 1024;

/// One fact about a match that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogRecord {
    /// The match is live: tick 0 is at this time.
    Started {
        /// Milliseconds since 1970.
        starts_at_ms: u64,
        /// Of the match.
        seed: Hash,
        /// Hash of the genesis state.
        genesis_leaf: Hash,
    },
    /// An input was accepted.
    Input {
        /// The tick at which it takes effect.
        tick: Tick,
        /// As the player signed it.
        signed: SignedInput,
    },
    /// Late warriors enter on the first tick of a segment.
    Admitted {
        /// The segment.
        segment: u32,
        /// How many, in roster order.
        warriors: u8,
    },
    /// A segment is simulated to its end: no input can take effect in it any more.
    Sealed {
        /// The segment.
        segment: u32,
        /// Hash of the state after it.
        leaf: Hash,
    },
    /// The hash of a checkpoint's scheduled slot: from here on its ticks can be made.
    Beacon {
        /// The checkpoint.
        checkpoint: u32,
        /// The hash.
        hash: Hash,
    },
}

/// A log that was read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The match it belongs to.
    pub match_key: MatchKey,
    /// All whole records.
    pub records: Vec<LogRecord>,
    /// Bytes up to the end of the last whole record. Cut the file here before appending.
    pub valid_length: usize,
    /// Bytes after that: a record that a crash cut short, or 0.
    pub torn_length: usize,
}

/// A file that is no log, or a damaged one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The header is cut short: a crash while the file was made. Nothing was logged; it can be made again.
    #[error("the log ends inside its header: {0} bytes of {HEADER_LENGTH}")]
    TornHeader(usize),
    /// Not a log of this version.
    #[error("not an input log: it begins with {0:02x?}, expected \"AURLOG01\"")]
    Magic([u8; 8]),
    /// The header's checksum.
    #[error("the log's header is damaged")]
    Header,
    /// Damage with whole records after it.
    #[error("the log is damaged at byte {offset}, and whole records follow at byte {next}: restore it from a copy")]
    Corrupt {
        /// Where the damaged record begins.
        offset: usize,
        /// Where the next whole one begins.
        next: usize,
    },
}

/// The first bytes of a new log.
pub fn header(match_key: &MatchKey) -> [u8; HEADER_LENGTH] {
    let mut out = [0; HEADER_LENGTH];
    out[..8].copy_from_slice(MAGIC);
    out[8..40].copy_from_slice(&match_key.0);
    let crc = crc32fast::hash(&out[..40]);
    out[40..].copy_from_slice(&crc.to_le_bytes());
    out
}

/// Appends one record to `out`.
pub fn append(record: &LogRecord, out: &mut Vec<u8>) {
    let mut body = [0; BODY_LENGTH_MAX];
    // The longest record has under 200 bytes, so that this always fits; `the_longest_record_fits` says so.
    let length = postcard::to_slice(record, &mut body).map_or(0, |body| body.len());
    let length_bytes = (length as u32).to_le_bytes();
    out.extend_from_slice(&length_bytes);
    let body = &body[..length];
    out.extend_from_slice(&checksum(&length_bytes, body).to_le_bytes());
    out.extend_from_slice(body);
}

/// Reads a whole log.
///
/// # Errors
/// [`LogError`]; a torn tail is not an error.
pub fn read(bytes: &[u8]) -> Result<Log, LogError> {
    let Some((head, _)) = bytes.split_at_checked(HEADER_LENGTH) else {
        return Err(LogError::TornHeader(bytes.len()));
    };
    if !head.starts_with(MAGIC) {
        let mut magic = [0; 8];
        magic.copy_from_slice(&head[..8]);
        return Err(LogError::Magic(magic));
    }
    let mut match_key = MatchKey::default();
    match_key.0.copy_from_slice(&head[8..40]);
    if header(&match_key) != head {
        return Err(LogError::Header);
    }
    let mut records = Vec::new();
    let mut offset = HEADER_LENGTH;
    while let Some((record, length)) = record_at(bytes, offset) {
        records.push(record);
        offset += length;
    }
    if let Some(next) = (offset + 1..bytes.len()).find(|&next| record_at(bytes, next).is_some()) {
        return Err(LogError::Corrupt { offset, next });
    }
    Ok(Log {
        match_key,
        records,
        valid_length: offset,
        torn_length: bytes.len() - offset,
    })
}

/// The whole record that begins at `offset`, and its length with framing.
fn record_at(bytes: &[u8], offset: usize) -> Option<(LogRecord, usize)> {
    let (framing, rest) = bytes.get(offset..)?.split_first_chunk::<FRAMING_LENGTH>()?;
    let [l0, l1, l2, l3, c0, c1, c2, c3] = *framing;
    let length_bytes = [l0, l1, l2, l3];
    let length = usize::try_from(u32::from_le_bytes(length_bytes)).ok()?;
    if length > BODY_LENGTH_MAX {
        return None;
    }
    let body = rest.get(..length)?;
    if checksum(&length_bytes, body) != u32::from_le_bytes([c0, c1, c2, c3]) {
        return None;
    }
    let (record, trailing) = postcard::take_from_bytes(body).ok()?;
    trailing.is_empty().then_some((record, FRAMING_LENGTH + length))
}

fn checksum(length: &[u8; 4], body: &[u8]) -> u32 {
    let mut covered = [0; 4 + BODY_LENGTH_MAX];
    covered[..4].copy_from_slice(length);
    covered[4..4 + body.len()].copy_from_slice(body);
    crc32fast::hash(&covered[..4 + body.len()])
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
