//! mock-switchboard
