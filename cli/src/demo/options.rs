//! What is demonstrated.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use crank::CheatKind;
use protocol::directory::Mode;

use super::tables::table;
use crate::failure::ConfigError;
use crate::quantity::Quantity;

/// Decimal places of the demonstration's token.
pub(super) const DECIMALS: u8 = 6;

/// What one player may enter with.
const GUEST_WARRIORS: u8 = 5;

/// What is played, and where it is served.
#[derive(Debug, Clone)]
pub struct Options {
    /// End after so many; none for no end.
    pub matches: Option<u32>,
    /// End by itself after the matches.
    pub headless: bool,
    /// Bots that play, 2 to 100.
    pub bots: u8,
    /// Player slots that the bots leave free, for people who play on the page.
    pub guests: u8,
    /// Blitz or Siege.
    pub mode: Mode,
    /// Price of a warrior, in whole tokens.
    pub stake: Quantity,
    /// A rules table with a shorter match.
    pub quick: bool,
    /// The lie that the crank tells in every match.
    pub cheat: Option<CheatKind>,
    /// No watchtower runs.
    pub unwatched: bool,
    /// Port of the page and the relay; 0 is a free one; without any 8080, or a free one when that is taken.
    pub port: Option<u16>,
    /// Port of the chain's JSON-RPC; 0 is a free one; without any 8899, or a free one when that is taken.
    pub rpc_port: Option<u16>,
    /// Address that all of it listens on.
    pub host: IpAddr,
    /// Where keys, logs and the database go; a folder that is deleted at the end when none is given.
    pub data_dir: Option<PathBuf>,
    /// The page's files; those that were built beside the sources when none are given.
    pub web_dir: Option<PathBuf>,
}

impl Options {
    /// A player slot for each bot and each guest.
    pub(super) fn players_max(&self) -> u8 {
        self.bots.saturating_add(self.guests).min(self.warriors_most())
    }

    /// One warrior a bot, up to five a guest, as far as the game has room.
    pub(super) fn warriors(&self) -> u8 {
        let guests = self.guests.saturating_mul(GUEST_WARRIORS);
        self.bots.saturating_add(guests).min(self.warriors_most())
    }

    fn warriors_most(&self) -> u8 {
        table(self.mode, self.quick).warriors_max
    }

    /// Refuses what cannot be played.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let most = self.warriors_most();
        if self.bots > most {
            return Err(ConfigError::new(
                "AURELIUS_BOTS (or --bots)",
                format!("is {}, and this game has room for {most} warriors", self.bots),
                format!("AURELIUS_BOTS={most}, or --mode siege for up to 100"),
            ));
        }
        let stake = self.stake.base_units(DECIMALS);
        // The whole pot must stay far below what a token can count.
        let fits = stake
            .as_ref()
            .is_ok_and(|stake| (1..=u64::MAX / 1_000_000).contains(stake));
        if !fits {
            let problem = match stake {
                Err(error) => error.to_string(),
                Ok(0) => "is nothing".to_owned(),
                Ok(_) => "is too much".to_owned(),
            };
            return Err(ConfigError::new("--stake", problem, "--stake 10"));
        }
        Ok(())
    }

    /// The stake per warrior, in base units.
    pub(super) fn stake(&self) -> Result<u64> {
        self.stake.base_units(DECIMALS).context("--stake")
    }
}
