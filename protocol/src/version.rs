//! The version of the protocol.

/// The version of everything in this crate. Frames and control messages carry it in their first byte.
pub const VERSION: u8 = 1;
