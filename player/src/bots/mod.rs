//! Bots: clients like any other, with a wallet, a session key and a temper.

pub mod cosign;
pub mod crew;
pub mod driver;
pub mod league;
pub mod play;
pub mod report;
pub mod strategy;
