//! A state that owns its bytes, without a heap.

use core::fmt;

use super::{State, StateMut, MAX_STATE_LEN};
use crate::error::ArenaError;

/// Room for the largest state, and how much of it is used. Always holds a valid state.
#[derive(Clone)]
pub struct StateBuf {
    bytes: [u8; MAX_STATE_LEN],
    len: usize,
}

impl StateBuf {
    /// Copies and checks.
    ///
    /// # Errors
    /// As [`State::from_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArenaError> {
        State::from_bytes(bytes)?;
        let mut buf = Self {
            bytes: [0; MAX_STATE_LEN],
            len: bytes.len(),
        };
        if let Some(room) = buf.bytes.get_mut(..bytes.len()) {
            room.copy_from_slice(bytes);
        }
        Ok(buf)
    }

    /// A buffer whose first `len` bytes `fill` turns into a state.
    pub(crate) fn filled(
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), ArenaError>,
    ) -> Result<Self, ArenaError> {
        let len = len.min(MAX_STATE_LEN);
        let mut buf = Self {
            bytes: [0; MAX_STATE_LEN],
            len,
        };
        fill(&mut buf.bytes[..len])?;
        Ok(buf)
    }

    /// The bytes, as hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&self.bytes)
    }

    /// To read.
    pub fn view(&self) -> State<'_> {
        match State::cast(self.as_bytes()) {
            Ok(state) => state,
            Err(_) => unreachable!("a buffer is made from checked bytes and only a step changes them"),
        }
    }

    /// To step.
    pub fn view_mut(&mut self) -> StateMut<'_> {
        let len = self.len.min(MAX_STATE_LEN);
        match StateMut::cast(&mut self.bytes[..len]) {
            Ok(state) => state,
            Err(_) => unreachable!("a buffer is made from checked bytes and only a step changes them"),
        }
    }
}

impl PartialEq for StateBuf {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for StateBuf {}

impl fmt::Debug for StateBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}
