//! The demonstration: matches for money on a local chain, told while they happen, verified afterwards.

pub mod audit;
pub mod narrator;
pub mod report;
pub mod tables;
