//! The plain types of columns.

/// A public key or digest: 32 bytes.
pub type Key = [u8; 32];
/// A transaction signature: 64 bytes.
pub type Signature = [u8; 64];
/// Milliseconds since the Unix epoch.
pub type UnixMs = i64;
/// Microseconds since the Unix epoch; used where a tick (16.7 ms) must be placed exactly.
pub type UnixUs = i64;
