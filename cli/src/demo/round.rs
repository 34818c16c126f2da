//! One match of the demonstration: the bots enter and play, the crank settles, and everything is checked.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{anyhow, bail, Context, Result};
use futures_util::future::join_all;
use player::bots::crew::{enter, new_session, Bot};
use player::bots::driver::DriverCounts;
use player::bots::league::is_too_late;
use player::bots::play::{play, Style};
use player::following::{fetch_detail, Directory};
use protocol::directory::{MatchDetail, MatchStatus, MatchSummary, Mode};
use protocol::{MatchKey, WalletKey};
use rand::Rng;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::exposure::expose;
use super::options::Options;
use super::proof::{prove, Balances};
use super::stack::Stack;
use crate::demo::narrator::Narrator;
use crate::demo::tables::table;
use crate::terminal::{short, Colour, Console};

/// How long the crank may take to open the next match.
const LOBBY_PATIENCE: Duration = Duration::from_secs(60);
/// From the last entry to the first tick: lock, randomness, countdown.
const START_PATIENCE: Duration = Duration::from_secs(120);
/// From the last tick to the last claim.
const SETTLE_PATIENCE: Duration = Duration::from_secs(180);
/// In a Siege, one bot in so many enters after the start.
const LATE_ONE_IN: usize = 3;

/// What the matches of a demonstration share.
pub(super) struct Round<'a> {
    /// What the demonstration was asked for.
    pub options: &'a Options,
    /// Everything that runs.
    pub stack: &'a Stack,
    /// The bots.
    pub crew: &'a [Bot],
    /// Where the round is told.
    pub console: &'a Console,
    /// The relay's list of matches.
    pub directory: &'a Directory,
    /// Matches of earlier rounds.
    pub played: Vec<MatchKey>,
}

impl Round<'_> {
    /// Plays a match and checks it; whether everything agrees.
    pub(super) async fn play(&mut self, number: u32) -> Result<bool> {
        let summary = self.next_match().await?;
        let key = summary.match_key;
        self.played.push(key);
        let detail = fetch_detail(&self.stack.relay_url, key).await?;
        self.announce(number, &summary);
        let before = Balances::read(self.stack, self.crew, &key).await?;

        let mut tasks = JoinSet::new();
        let (punctual, late) = self.split_crew();
        self.enter_punctual(punctual, &detail, &mut tasks).await?;
        let playing = async {
            tokio::try_join!(self.narrate(&summary), self.enter_late(late, &detail))
                .map(|((), sessions)| sessions)
        };
        let length = Duration::from_secs(u64::from(summary.length_ticks / arena::TICKS_PER_SECOND));
        timeout(START_PATIENCE + length, playing).await.map_err(|_| {
            anyhow!("the match did not end in time; LOG_LEVEL=info shows what the crank does")
        })??;

        let moves = self.collect(tasks).await;
        self.console.say(format!(
            "  moves    {} signed by session keys and accepted, {} rejected",
            moves.acked, moves.rejected
        ));
        self.wait_until_paid(&key).await?;
        match self.options.cheat {
            None => prove(self.stack, self.crew, self.console, &key, &before).await,
            Some(kind) => expose(self.stack, self.crew, self.console, &key, &before, kind).await,
        }
    }

    async fn next_match(&self) -> Result<MatchSummary> {
        let played = &self.played;
        self.directory
            .find(LOBBY_PATIENCE, |matches| {
                let open = |summary: &&MatchSummary| {
                    summary.status == MatchStatus::Open && !played.contains(&summary.match_key)
                };
                matches.iter().find(open).cloned()
            })
            .await
            .context("the crank opened no match; LOG_LEVEL=info shows what it does")
    }

    fn announce(&self, number: u32, summary: &MatchSummary) {
        let style = self.console.style();
        let game = match summary.mode {
            Mode::Blitz => "Blitz, winner takes all",
            Mode::Siege => "Siege, three paid places",
        };
        let seconds = summary.length_ticks / arena::TICKS_PER_SECOND;
        self.console.say("");
        self.console
            .say(style.paint(Colour::Bold, &format!("match {number}: {game}, {seconds} s")));
        self.console.say(format!("  account  {}", summary.match_key));
        if self.stack.has_page {
            self.console.say(format!(
                "  watch    {}#/match/{}",
                self.stack.relay_url, summary.match_key
            ));
        }
    }

    /// In a Siege some bots come late, because they may.
    fn split_crew(&self) -> (&[Bot], &[Bot]) {
        let late = match self.options.mode {
            Mode::Blitz => 0,
            Mode::Siege => self.crew.len() / LATE_ONE_IN,
        };
        // Two players are needed to begin.
        self.crew
            .split_at((self.crew.len() - late).max(2.min(self.crew.len())))
    }

    async fn enter_punctual(
        &self,
        bots: &[Bot],
        detail: &MatchDetail,
        tasks: &mut JoinSet<Result<DriverCounts>>,
    ) -> Result<()> {
        let entries = join_all(bots.iter().map(|bot| self.enter_one(bot, detail))).await;
        for entry in entries {
            if let Some(player) = entry? {
                tasks.spawn(player);
            }
        }
        Ok(())
    }

    /// Pays the stake and tells it; the task that plays, or none when the bot came too late.
    async fn enter_one(
        &self,
        bot: &Bot,
        detail: &MatchDetail,
    ) -> Result<Option<impl std::future::Future<Output = Result<DriverCounts>> + Send + 'static>> {
        let session = new_session();
        let confirmed = match enter(&self.stack.chain, bot, detail, &self.stack.mint, 1, &session).await {
            Ok(confirmed) => confirmed,
            Err(error) if is_too_late(&error) => {
                self.console.say(format!(
                    "  enter    {} comes too late and keeps the stake",
                    bot.name
                ));
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        self.console.say(format!(
            "  enter    {:<8} {:<11}  pays {}  {}",
            bot.name,
            format!("({})", bot.temper.name),
            self.stack.money.text(detail.summary.stake_per_warrior.0),
            short(&confirmed.signature.to_string())
        ));
        let style = Style {
            temper: bot.temper,
            seed: rand::thread_rng().gen(),
            witness: Some(self.stack.chain.clone()),
        };
        Ok(Some(play(
            self.stack.relay_url.clone(),
            detail.summary.match_key,
            session,
            style,
        )))
    }

    /// Waits for the start, then sends the late ones in one by one; they play until the end.
    async fn enter_late(&self, bots: &[Bot], detail: &MatchDetail) -> Result<DriverCounts> {
        if bots.is_empty() {
            return Ok(DriverCounts::default());
        }
        let key = detail.summary.match_key;
        let is_live = |matches: &[MatchSummary]| {
            let live =
                |summary: &&MatchSummary| summary.match_key == key && summary.status == MatchStatus::Live;
            matches.iter().find(live).map(|_| ())
        };
        self.directory.find(START_PATIENCE, is_live).await?;
        let rules = table(self.options.mode, self.options.quick);
        // Spread over the first half of the time in which entries are taken.
        let window_ms = u64::from(rules.late_entry_ticks) * 1_000 / u64::from(arena::TICKS_PER_SECOND) / 2;
        let pause = Duration::from_millis(window_ms / (bots.len() as u64 + 1));
        let mut players = JoinSet::new();
        for bot in bots {
            sleep(pause).await;
            if let Some(player) = self.enter_one(bot, detail).await? {
                players.spawn(player);
            }
        }
        Ok(self.collect(players).await)
    }

    async fn narrate(&self, summary: &MatchSummary) -> Result<()> {
        let names: HashMap<WalletKey, String> = self
            .crew
            .iter()
            .map(|bot| (WalletKey(bot.address().to_bytes()), bot.name.clone()))
            .collect();
        let narrator = Narrator::new(
            self.stack.relay_url.clone(),
            summary.match_key,
            table(self.options.mode, self.options.quick),
            self.stack.money.clone(),
            names,
            self.console.clone(),
        )
        .expecting_void(self.options.cheat.is_some());
        narrator.tell().await
    }

    /// What all bots sent. A bot that failed is told, and fails nothing: its warrior stood still.
    async fn collect(&self, mut tasks: JoinSet<Result<DriverCounts>>) -> DriverCounts {
        let mut total = DriverCounts::default();
        while let Some(ended) = tasks.join_next().await {
            match ended.map_err(anyhow::Error::from).and_then(|result| result) {
                Ok(counts) => total = total.plus(counts),
                Err(error) => {
                    self.console.say(format!(
                        "  a bot stopped playing: {}",
                        crate::failure::one_line(&error)
                    ));
                }
            }
        }
        total
    }

    async fn wait_until_paid(&self, key: &MatchKey) -> Result<()> {
        self.console.say(match self.options.cheat {
            None => "  settle   result on chain, signed by all players or after the challenge window; claims, fee, burn",
            Some(_) if self.options.unwatched => "  justice  whoever finds the lie goes to the program",
            Some(_) => "  justice  the watchtower goes to the program; stakes back, bond shared",
        });
        let mut status = self.stack.crank.status();
        let paid = timeout(
            SETTLE_PATIENCE,
            status.wait_for(|status| status.paid_out.contains(key)),
        )
        .await;
        match paid {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => bail!("the crank stopped before everybody was paid; LOG_LEVEL=info shows why"),
            Err(_) => bail!("not everybody was paid within {} s", SETTLE_PATIENCE.as_secs()),
        }
    }
}
