//! How a crank runs: what it offers, how much it may hold, how long it waits.
//!
//! [`CrankConfig::new`] gives defaults that suit a local chain and a small operator;
//! [`CrankConfig::validate`] names the field that is wrong, what is wrong with it, and an example that would
//! be right.

use std::path::PathBuf;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use arena::Rules;
use client::entropy::Reach;

use crate::journal::SyncPolicy;
use crate::live::{Cheat, InputWindow};

/// Everything a crank is told.
#[derive(Clone, Debug)]
pub struct CrankConfig {
    /// Folder of input logs (`logs/`) and replay files (`replays/`); made if absent.
    pub data_dir: PathBuf,
    /// The cold key that the operator accounts follow from; `None`: the crank's own key. The crank's key must
    /// be the one that those accounts name.
    pub authority: Option<Pubkey>,
    /// The mints in use, and what people call them.
    pub mints: Vec<MintConfig>,
    /// Matches that are kept open for whoever comes.
    pub lobbies: Vec<LobbyConfig>,
    /// Matches at fixed times.
    pub calendar: Vec<CalendarConfig>,
    /// Matches that may exist at once, from creation to settlement. No new ones are made above it.
    pub matches_max: usize,
    /// Matches this process makes in its life; `None` for no end.
    pub matches_total: Option<u64>,
    /// Tick threads.
    pub tick_threads: usize,
    /// When input logs are forced to the disk.
    pub sync: SyncPolicy,
    /// How far a player's idea of the tick may be off.
    pub input_window: InputWindow,
    /// From the revealed seed to tick 0: time for players to look around. The first checkpoint's deadline
    /// runs meanwhile.
    pub countdown: Duration,
    /// How long an open match waits for more players once it has enough.
    pub lock_grace: Duration,
    /// How long an open match without enough players is kept; `None`: until its lock deadline.
    pub lobby_timeout: Option<Duration>,
    /// How often accounts are read when no notice came; with PubSub this only finds what a notice missed.
    pub poll_interval: Duration,
    /// Gateway of the randomness oracle; `None`: the address that the oracle wrote on chain.
    pub gateway: Option<String>,
    /// How far gateway requests may go.
    pub gateway_reach: Reach,
    /// Longest wait for a gateway.
    pub gateway_timeout: Duration,
    /// RPC endpoint that gateways are told, for those that want one; strangers read it, so no address with a key.
    pub public_rpc: Option<String>,
    /// How long the accounts of a match that is over stay on chain; `None`: for ever. Until they are closed
    /// the match is followed, and among several cranks kept under a lease.
    pub close_delay: Option<Duration>,
    /// Claims or refunds put into one transaction, as far as they fit.
    pub claims_per_transaction: usize,
    /// Token accounts made in a day for recipients who closed theirs; each costs its rent, which its owner
    /// can take. 0: none, their payouts wait until they have one again.
    pub accounts_made_daily_max: u32,
    /// Lies to its players and to the chain, to show that it is caught. Costs the bond.
    pub cheat: Option<Cheat>,
}

/// A mint in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MintConfig {
    /// Its address.
    pub mint: Pubkey,
    /// What people call the token; at most 16 bytes.
    pub symbol: String,
}

/// What a match is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchTemplate {
    /// The rules table; its hash must be on the program's list.
    pub rules: Rules,
    /// The mint that is played for.
    pub mint: Pubkey,
    /// Price of one warrior, in the mint's smallest unit.
    pub stake_per_warrior: u64,
    /// Player slots.
    pub players_max: u8,
    /// Warrior cap.
    pub warriors_max: u8,
}

/// Matches that are kept open for whoever comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LobbyConfig {
    /// What they are about.
    pub template: MatchTemplate,
    /// How many of them are open at any time.
    pub open_count: usize,
}

/// Matches at fixed times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarConfig {
    /// What they are about.
    pub template: MatchTemplate,
    /// From one to the next. They fall on multiples of this many slots, as long as slots are now, so that a
    /// restart keeps the calendar.
    pub every: Duration,
    /// How long before its time a match opens for entries; at most `every`.
    pub open_before: Duration,
}

/// A field that no crank can run with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {found}: {must}; for example {example}")]
pub struct ConfigError {
    /// The field.
    pub field: &'static str,
    /// Its value.
    pub found: String,
    /// What it must be.
    pub must: &'static str,
    /// A value that would do.
    pub example: &'static str,
}

impl CrankConfig {
    /// Defaults: nothing offered yet, two tick threads, 64 matches, 3 s countdown, 10 s grace, accounts
    /// closed as soon as everything is paid and on record.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            authority: None,
            mints: Vec::new(),
            lobbies: Vec::new(),
            calendar: Vec::new(),
            matches_max: 64,
            matches_total: None,
            tick_threads: 2,
            sync: SyncPolicy::default(),
            input_window: InputWindow::default(),
            countdown: Duration::from_secs(3),
            lock_grace: Duration::from_secs(10),
            lobby_timeout: None,
            poll_interval: Duration::from_secs(2),
            gateway: None,
            gateway_reach: Reach::Public,
            gateway_timeout: Duration::from_secs(5),
            public_rpc: None,
            close_delay: Some(Duration::ZERO),
            claims_per_transaction: 4,
            accounts_made_daily_max: 50,
            cheat: None,
        }
    }

    /// Checks every field that can be checked without the chain.
    ///
    /// # Errors
    /// [`ConfigError`] for the first field that is wrong.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check(
            !self.data_dir.as_os_str().is_empty(),
            "data_dir",
            "empty",
            "a folder for logs and replays",
            "./data",
        )?;
        within("tick_threads", self.tick_threads, 1..=64, "between 1 and 64", "2")?;
        within(
            "matches_max",
            self.matches_max,
            1..=4_096,
            "between 1 and 4096",
            "64",
        )?;
        within(
            "claims_per_transaction",
            self.claims_per_transaction,
            1..=8,
            "between 1 and 8",
            "4",
        )?;
        between(
            "poll_interval",
            self.poll_interval,
            100,
            60_000,
            "between 100 ms and 60 s",
            "2s",
        )?;
        between(
            "gateway_timeout",
            self.gateway_timeout,
            100,
            60_000,
            "between 100 ms and 60 s",
            "5s",
        )?;
        between(
            "countdown",
            self.countdown,
            0,
            60_000,
            "at most a minute: the first checkpoint is due",
            "3s",
        )?;
        self.check_offers()
    }

    /// Checks what is played for, and when.
    fn check_offers(&self) -> Result<(), ConfigError> {
        for mint in &self.mints {
            check(
                (1..=16).contains(&mint.symbol.len()),
                "mints.symbol",
                &mint.symbol,
                "a name of 1 to 16 bytes",
                "GOLD",
            )?;
        }
        for lobby in &self.lobbies {
            self.check_template(&lobby.template)?;
            within(
                "lobbies.open_count",
                lobby.open_count,
                1..=100,
                "between 1 and 100",
                "1",
            )?;
        }
        for entry in &self.calendar {
            self.check_template(&entry.template)?;
            between(
                "calendar.every",
                entry.every,
                60_000,
                30 * 86_400_000,
                "between a minute and 30 days",
                "10m",
            )?;
            check(
                entry.open_before >= Duration::from_secs(10) && entry.open_before <= entry.every,
                "calendar.open_before",
                &format!("{:?}", entry.open_before),
                "between 10 s and calendar.every",
                "5m",
            )?;
        }
        Ok(())
    }

    /// What is offered.
    pub fn templates(&self) -> impl Iterator<Item = &MatchTemplate> {
        let lobbies = self.lobbies.iter().map(|lobby| &lobby.template);
        lobbies.chain(self.calendar.iter().map(|entry| &entry.template))
    }

    fn check_template(&self, template: &MatchTemplate) -> Result<(), ConfigError> {
        let MatchTemplate {
            rules,
            mint,
            stake_per_warrior,
            players_max,
            warriors_max,
        } = template;
        if let Err(error) = rules.validate() {
            return Err(ConfigError {
                field: "rules",
                found: error.to_string(),
                must: "a table that the arena accepts",
                example: "blitz",
            });
        }
        check(
            self.mints.iter().any(|known| known.mint == *mint),
            "mint",
            &mint.to_string(),
            "one of `mints`",
            "the address of a mint with its symbol",
        )?;
        let most = i64::MAX as u64 / u64::from(*warriors_max).max(1);
        check(
            (1..=most).contains(stake_per_warrior),
            "stake_per_warrior",
            &stake_per_warrior.to_string(),
            "above 0, and small enough that a whole match's stakes fit 63 bits",
            "1000000",
        )?;
        check(
            (rules.warriors_min..=rules.warriors_max).contains(warriors_max),
            "warriors_max",
            &warriors_max.to_string(),
            "within what the rules allow",
            "20 for Blitz, 100 for Siege",
        )?;
        check(
            (2..=*warriors_max).contains(players_max),
            "players_max",
            &players_max.to_string(),
            "at least 2 and at most warriors_max",
            "20",
        )
    }
}

fn check(
    right: bool,
    field: &'static str,
    found: &str,
    must: &'static str,
    example: &'static str,
) -> Result<(), ConfigError> {
    if right {
        return Ok(());
    }
    Err(ConfigError {
        field,
        found: found.to_owned(),
        must,
        example,
    })
}

fn within(
    field: &'static str,
    found: usize,
    range: std::ops::RangeInclusive<usize>,
    must: &'static str,
    example: &'static str,
) -> Result<(), ConfigError> {
    check(range.contains(&found), field, &found.to_string(), must, example)
}

fn between(
    field: &'static str,
    found: Duration,
    least_ms: u128,
    most_ms: u128,
    must: &'static str,
    example: &'static str,
) -> Result<(), ConfigError> {
    let right = (least_ms..=most_ms).contains(&found.as_millis());
    check(right, field, &format!("{found:?}"), must, example)
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
