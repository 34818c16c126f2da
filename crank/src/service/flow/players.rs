//! Who plays, as far as that is known.

use std::collections::BTreeMap;

use client::view::MatchStatus;
use protocol::{PlayerSlot, SessionKey};

use crate::live::Sessions;
use crate::publish::KnownEntry;

/// The players of a match, by player slot.
pub(crate) type Entries = BTreeMap<u8, KnownEntry>;

/// Whether they are being read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Reading {
    /// They may be.
    #[default]
    Idle,
    UnderWay,
    /// Not before, in milliseconds of the clock that never jumps: somebody was missing, and will be in a
    /// moment as well.
    Held {
        until_ms: i64,
    },
}

/// The players of a match.
#[derive(Debug, Default)]
pub(crate) struct Players {
    /// As far as they are known; before the first reading what an earlier process wrote down.
    pub(crate) entries: Entries,
    /// The status in which they were read last.
    pub(crate) read_in: Option<MatchStatus>,
    pub(crate) reading: Reading,
}

impl Players {
    /// Whether they were read in vain: whoever is missing stays missing.
    pub(crate) fn were_sought(&self) -> bool {
        matches!(self.reading, Reading::Held { .. })
    }

    /// The keys that sign their inputs, as far as they are known.
    pub(crate) fn sessions(&self) -> Sessions {
        let key = |known: &KnownEntry| SessionKey(known.session_key.to_bytes());
        let entries = self.entries.iter();
        entries
            .map(|(slot, known)| (PlayerSlot(*slot), key(known)))
            .collect()
    }

    /// Whether they may be read now.
    pub(crate) fn may_be_read(&self, now_ms: i64) -> bool {
        match self.reading {
            Reading::Idle => true,
            Reading::UnderWay => false,
            Reading::Held { until_ms } => now_ms >= until_ms,
        }
    }
}
