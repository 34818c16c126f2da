//! Tells a match while it happens: phases, eliminations, and a live line with the clock.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail, Result};
use arena::Rules;
use player::following::{Follower, Role, Update};
use protocol::control::Rate;
use protocol::directory::{MatchEvent, MatchStatus};
use protocol::wire::{Ending, TickEvent};
use protocol::{MatchKey, WalletKey};
use reqwest::Url;

use crate::terminal::{clock, short, Colour, Console, Money};
use crate::watching::{tick_line, Cast};

/// Time between two redrawings of the live line.
const LIVE_INTERVAL: Duration = Duration::from_millis(100);
/// Time between two plain lines about the clock where there is no live line, in ticks.
const PLAIN_TICKS: u32 = 900;
/// Columns of the bar that shows how much time is over.
const BAR_COLUMNS: u32 = 24;

/// Follows one match as a spectator and tells it.
pub struct Narrator {
    /// Follows the match through lost connections.
    follower: Follower,
    /// Where the story is written.
    console: Console,
    /// What players are called.
    cast: Cast,
    /// How amounts are written.
    money: Money,
    /// The rules table of the match.
    rules: Rules,
    /// The last status that was told.
    status: Option<MatchStatus>,
    /// When the live line was last drawn.
    drawn_at: Option<Instant>,
    /// The last tick that was told.
    told_tick: u32,
    /// Whether the end in the arena was told.
    ended: bool,
    /// The crank lies: the match will be voided.
    expects_void: bool,
}

impl Narrator {
    /// A narrator for this match; `names` are those of the bots.
    pub fn new(
        relay: Url,
        match_key: MatchKey,
        rules: Rules,
        money: Money,
        names: HashMap<WalletKey, String>,
        console: Console,
    ) -> Self {
        Self {
            follower: Follower::new(relay, match_key, Role::Spectator(Rate::Bundled)),
            cast: Cast::with_names(console.style(), names),
            console,
            money,
            rules,
            status: None,
            drawn_at: None,
            told_tick: 0,
            ended: false,
            expects_void: false,
        }
    }

    /// Whether a voided match is what everybody waits for.
    pub fn expecting_void(mut self, expects: bool) -> Self {
        self.expects_void = expects;
        self
    }

    /// Tells the match until the arena stands still. Errors when the match is cancelled or voided, or cannot
    /// be followed.
    pub async fn tell(mut self) -> Result<()> {
        while !self.ended {
            let update = self.follower.next().await?;
            self.take(update)?;
        }
        self.console.clear_live();
        self.follower.close().await;
        Ok(())
    }

    fn take(&mut self, update: Update) -> Result<()> {
        match update {
            Update::Following => {
                let detail = self
                    .follower
                    .detail
                    .as_ref()
                    .ok_or_else(|| anyhow!("the relay showed no match"))?;
                self.cast.learn(detail);
                let status = detail.summary.status;
                self.tell_status(status, None)
            }
            Update::Ticks(events) => {
                if let Some(snapshot) = &self.follower.snapshot {
                    self.cast.learn_owners(snapshot);
                    self.ended = snapshot.ending != Ending::Running;
                }
                for (tick, event) in &events {
                    self.tell_tick_event(tick.0, event);
                }
                self.tell_clock();
                Ok(())
            }
            Update::Event(event) => self.tell_event(&event),
            Update::Lost(reason) => {
                tracing::debug!(%reason, "the narrator lost its connection");
                Ok(())
            }
            Update::Ack(..) | Update::Reject(..) | Update::Offer(_) | Update::Cosigned(_) => Ok(()),
        }
    }

    fn tell_event(&mut self, event: &MatchEvent) -> Result<()> {
        if let Some(detail) = &self.follower.detail {
            self.cast.learn(detail);
        }
        match event {
            MatchEvent::Status { status, signature } => {
                let signature = signature.map(|signature| signature.to_string());
                self.tell_status(*status, signature)
            }
            MatchEvent::Started { seed, .. } => {
                self.console.say(format!(
                    "  seed     {} from the oracle; genesis state fixed on chain",
                    short(&seed.to_string())
                ));
                Ok(())
            }
            MatchEvent::Ended { .. } => {
                self.ended = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn tell_status(&mut self, status: MatchStatus, signature: Option<String>) -> Result<()> {
        if self.status == Some(status) {
            return Ok(());
        }
        self.status = Some(status);
        let by = signature
            .map(|signature| format!("  {}", short(&signature)))
            .unwrap_or_default();
        match status {
            MatchStatus::Open => {}
            MatchStatus::Locked => {
                self.console
                    .say(format!("  locked   entries closed, randomness committed{by}"));
            }
            MatchStatus::Live => self
                .console
                .say(format!("  live     the arena runs at 60 ticks a second{by}")),
            MatchStatus::Proposed | MatchStatus::Settled => self.ended = true,
            MatchStatus::Cancelled => {
                bail!("the match was cancelled before it began: everybody can get the stake back")
            }
            MatchStatus::Voided if self.expects_void => {
                self.console.say(format!(
                    "  voided   by the program, in the middle of the match{by}"
                ));
                self.ended = true;
            }
            MatchStatus::Voided => bail!("the match was voided: everybody can get the stake back"),
        }
        Ok(())
    }

    fn tell_tick_event(&self, tick: u32, event: &TickEvent) {
        // Pickups are too many to be told one by one.
        if matches!(event, TickEvent::Pickup { .. }) {
            return;
        }
        if let Some(line) = tick_line(event, &self.cast) {
            let style = self.console.style();
            self.console.say(format!(
                "  {}     {line}",
                style.paint(Colour::Faint, &self.left(tick))
            ));
        }
    }

    fn left(&self, tick: u32) -> String {
        clock(u32::from(self.rules.length_ticks).saturating_sub(tick))
    }

    fn tell_clock(&mut self) {
        let (Some(snapshot), Some(detail)) = (&self.follower.snapshot, &self.follower.detail) else {
            return;
        };
        let tick = snapshot.tick.0;
        let posted = detail
            .checkpoints
            .iter()
            .filter(|checkpoint| checkpoint.posted_in.is_some())
            .count();
        let line = format!(
            "{} left, {} of {} alive, {posted} checkpoints on chain, pot {}",
            self.left(tick),
            snapshot.alive(),
            snapshot.warriors.len(),
            self.money.text(detail.summary.pot.0),
        );
        if self.console.interactive() {
            if self.drawn_at.is_none_or(|at| at.elapsed() >= LIVE_INTERVAL) {
                self.drawn_at = Some(Instant::now());
                let done = tick * BAR_COLUMNS / u32::from(self.rules.length_ticks).max(1);
                let done = done.min(BAR_COLUMNS) as usize;
                let bar = format!("{}{}", "━".repeat(done), "─".repeat(BAR_COLUMNS as usize - done));
                self.console.live(format!("  {bar}  {line}"));
            }
        } else if tick >= self.told_tick + PLAIN_TICKS {
            self.told_tick = tick - tick % PLAIN_TICKS;
            self.console.say(format!("  {line}"));
        }
    }
}
