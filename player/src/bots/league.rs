//! Bots that play match after match, each on its own: find an open one, enter, play, again.

use std::time::Duration;

use anyhow::Result;
use client::aurelius::error::AureliusError;
use protocol::directory::{MatchStatus, MatchSummary, Mode};
use protocol::MatchKey;
use rand::Rng;
use solana_signature::Signature;
use tokio::time::sleep;

use crate::bots::crew::{enter, new_session, Bot};
use crate::bots::driver::DriverCounts;
use crate::bots::play::{play_entry, Style};
use crate::bots::report::Report;
use crate::chain::{Chain, MintInfo};
use crate::following::{fetch_detail, Directory};
use crate::relays::Relays;

/// How long a bot waits for a match to open.
const NEXT_MATCH_PATIENCE: Duration = Duration::from_secs(3_600);
/// Failed entries in a row after which a bot gives up.
const FAILURES_MAX: u32 = 5;

/// Which matches to play.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    pub mode: Option<Mode>,
    pub mint: Option<[u8; 32]>,
}

impl Wish {
    /// The newest open match with room that fits and is not among `known`.
    pub fn pick(&self, matches: &[MatchSummary], known: &[MatchKey]) -> Option<MatchSummary> {
        matches
            .iter()
            .find(|summary| {
                summary.status == MatchStatus::Open
                    && summary.players < summary.players_max
                    && summary.warriors < summary.warriors_max
                    && self.mode.is_none_or(|mode| summary.mode == mode)
                    && self.mint.is_none_or(|mint| summary.mint.0 == mint)
                    && !known.contains(&summary.match_key)
            })
            .cloned()
    }
}

/// Whether bots sign the results of their matches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cosigning {
    /// Those that they saw and that are on chain.
    #[default]
    Checked,
    /// None: the challenge window applies.
    Never,
}

/// What a bot did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Record {
    pub matches: u32,
    pub counts: DriverCounts,
}

/// A bot has paid its stake.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The bot's name.
    pub bot: &'a str,
    /// Of the match that it entered.
    pub match_key: MatchKey,
    /// Base units.
    pub paid: u64,
    /// Of the transaction.
    pub signature: Signature,
}

/// Told of every entry, by any of the bots.
pub type OnEntry = Box<dyn Fn(&Entry<'_>) + Send + Sync>;

/// What the bots of a crew share.
pub struct League {
    pub relays: Relays,
    /// Where each entry is told of.
    pub report: Option<Report>,
    pub chain: Chain,
    pub directory: Directory,
    pub mint: MintInfo,
    pub wish: Wish,
    pub warriors: u8,
    /// Whether results are checked and signed.
    pub cosigning: Cosigning,
    /// Matches each bot plays; none for no end.
    pub matches: Option<u32>,
    /// Hears of every entry.
    pub on_entry: OnEntry,
}

impl League {
    /// Plays until the number of matches is reached. Errors after several failed entries in a row, for
    /// instance when the tokens are gone.
    pub async fn play(&self, bot: &Bot) -> Result<Record> {
        let mut record = Record::default();
        let mut known = Vec::new();
        let mut failures = 0;
        while self.matches.is_none_or(|matches| record.matches < matches) {
            // Not all at the same moment.
            sleep(Duration::from_millis(rand::thread_rng().gen_range(0..500))).await;
            let summary = self
                .directory
                .find(NEXT_MATCH_PATIENCE, |matches| self.wish.pick(matches, &known))
                .await?;
            known.push(summary.match_key);
            match self.play_one(bot, summary.match_key).await {
                Ok(Some(counts)) => {
                    failures = 0;
                    record.matches += 1;
                    record.counts = record.counts.plus(counts);
                }
                Ok(None) => {
                    tracing::info!(bot = %bot.name, match_key = %summary.match_key, "too late for this match")
                }
                Err(error) => {
                    failures += 1;
                    if failures >= FAILURES_MAX {
                        return Err(error);
                    }
                    tracing::warn!(bot = %bot.name, error = %format_args!("{error:#}"), "this match is lost for the bot");
                }
            }
        }
        Ok(record)
    }

    /// Enters and plays; none when the match was full or closed by then.
    async fn play_one(&self, bot: &Bot, match_key: MatchKey) -> Result<Option<DriverCounts>> {
        let detail = fetch_detail(&self.relays, match_key).await?;
        let session = new_session();
        match enter(&self.chain, bot, &detail, &self.mint, self.warriors, &session).await {
            Ok(confirmed) => {
                let stake = detail.summary.stake_per_warrior.0;
                (self.on_entry)(&Entry {
                    bot: &bot.name,
                    match_key,
                    paid: stake.saturating_mul(u64::from(self.warriors)),
                    signature: confirmed.signature,
                });
            }
            Err(error) if is_too_late(&error) => return Ok(None),
            Err(error) => return Err(error),
        }
        let style = Style {
            temper: bot.temper,
            seed: rand::thread_rng().gen(),
            witness: match self.cosigning {
                Cosigning::Checked => Some(self.chain.clone()),
                Cosigning::Never => None,
            },
        };
        let played = play_entry(&self.relays, match_key, session, style).await?;
        if let Some(report) = &self.report {
            report.write(bot, &played)?;
        }
        Ok(Some(played.counts))
    }
}

/// Whether the program refused because others were faster.
pub fn is_too_late(error: &anyhow::Error) -> bool {
    let refusal = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<client::Error>())
        .and_then(client::Error::aurelius);
    matches!(
        refusal,
        Some(
            AureliusError::MatchFull
                | AureliusError::WarriorsFull
                | AureliusError::MatchNotOpen
                | AureliusError::LockDeadlinePassed
                | AureliusError::ScheduledSlotPassed
                | AureliusError::LateEntryClosed
        )
    )
}
