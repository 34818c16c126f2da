//! The servers that are compared, and how a client of each begins.

/// A server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One thread that writes the relay's bytes to each socket and does nothing else: what all are measured by.
    Bare,
    /// The relay, followed as players do: a message each tick.
    Relay,
    /// The relay, followed as watchers do: a message each third tick.
    Watched,
    /// The library `ws`, with the relay's bytes.
    Ws,
    /// Socket.IO, with the state as JSON.
    SocketIo,
    /// Colyseus, with the state as a schema.
    Colyseus,
}

impl Kind {
    /// In the order in which they take their turn.
    pub(crate) const ALL: [Kind; 6] = [
        Kind::Bare,
        Kind::Relay,
        Kind::Watched,
        Kind::Ws,
        Kind::SocketIo,
        Kind::Colyseus,
    ];

    /// The word for it on command lines.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Relay => "relay",
            Self::Watched => "watched",
            Self::Ws => "ws",
            Self::SocketIo => "socketio",
            Self::Colyseus => "colyseus",
        }
    }

    pub(crate) fn from_word(word: &str) -> Self {
        let found = Self::ALL.into_iter().find(|kind| kind.word() == word);
        found.unwrap_or_else(|| {
            panic!(
                "{word:?} is no server; expected one of {:?}",
                Self::ALL.map(Self::word)
            )
        })
    }

    /// For people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Bare => "bare write",
            Self::Relay => "our relay, every tick",
            Self::Watched => "our relay, bundles of three",
            Self::Ws => "`ws`, the same bytes",
            Self::SocketIo => "Socket.IO, JSON",
            Self::Colyseus => "Colyseus, schema",
        }
    }

    /// Whether it is a program of Node.js.
    pub(crate) fn is_peer(self) -> bool {
        matches!(self, Self::Ws | Self::SocketIo | Self::Colyseus)
    }

    /// Ticks in each message of state.
    pub(crate) fn ticks_per_message(self) -> u64 {
        match self {
            Self::Watched => protocol::wire::BUNDLE_TICKS as u64,
            _ => 1,
        }
    }
}
