//! What an earlier process, or another crank, left of a match, and how far that is known.

/// First the store is read, then the fate of everything that was sent is found out. Only then anything else
/// is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Past {
    /// The store was not read yet.
    #[default]
    Unread,
    /// It is being read.
    Reading,
    /// It was read; what became of earlier transactions is not known.
    Read,
    /// That is being found out.
    Resolving,
    /// Nothing of the past is open.
    Resolved,
}

impl Past {
    /// Whether the store was read.
    pub(crate) fn is_read(self) -> bool {
        matches!(self, Past::Read | Past::Resolving | Past::Resolved)
    }
}
