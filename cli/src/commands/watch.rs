//! `aurelius watch`: follow a match in the terminal.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use arena::Rules;
use clap::Args;
use player::following::{pick_latest, Directory, Follower, Role, Update};
use protocol::control::Rate;
use protocol::directory::{MatchEvent, MatchStatus};
use protocol::MatchKey;
use reqwest::Url;

use crate::config::{self, relays_of};
use crate::context::Context;
use crate::failure::{Outcome, Stopped};
use crate::terminal::{clock, Console, Style};
use crate::watching::{event_line, money_of, tick_line, Cast, Screen, Size, View};

const AFTER_HELP: &str = "\
Draws the arena when the terminal has colours and room; otherwise, and in pipes, prints one line for each thing that
happens and one each second.

Examples:
  aurelius watch                                          the newest match of the relay on this machine
  aurelius watch latest --relay https://play.example
  aurelius watch 9xQe…  --plain | tee match.log";

/// Flags of `aurelius watch`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct WatchArgs {
    /// Address of the match account, or `latest`: the live one, else the next to start
    #[arg(value_name = "MATCH", default_value = "latest", value_parser = parse_target)]
    pub target: Target,
    /// Address of the relay; of several, repeat or separate with commas: when one is lost the next is taken
    #[arg(long, env = "AURELIUS_RELAY_URL", value_name = "URL", default_value = "http://127.0.0.1:8080", value_delimiter = ',', value_parser = config::parse_relay_url)]
    pub relay: Vec<Url>,
    /// Print lines instead of drawing
    #[arg(long)]
    pub plain: bool,
}

/// Which match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Latest,
    Match(MatchKey),
}

fn parse_target(text: &str) -> Result<Target, String> {
    if text == "latest" {
        return Ok(Target::Latest);
    }
    text.parse().map(Target::Match).map_err(|_| {
        format!("`{text}` is neither `latest` nor the address of a match, such as those in http://127.0.0.1:8080/api/matches")
    })
}

/// How long to wait for a match to be listed.
const LATEST_PATIENCE: Duration = Duration::from_secs(30);
/// Time between two drawings, at least.
const DRAW_INTERVAL: Duration = Duration::from_millis(50);
/// Time between two plain lines about the state of the arena, in ticks.
const PLAIN_TICKS: u32 = 60;
/// How long to wait for payouts after the match is settled.
const CLAIMS_PATIENCE: Duration = Duration::from_secs(20);
const ENTER_ALTERNATE_SCREEN: &str = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE_ALTERNATE_SCREEN: &str = "\x1b[?25h\x1b[?1049l";

pub(super) async fn run(arguments: WatchArgs, context: Context) -> Result<Outcome> {
    let shutdown = context.shutdown.clone();
    let watching = async {
        let relays = relays_of(arguments.relay)?;
        let match_key = match arguments.target {
            Target::Match(key) => key,
            Target::Latest => {
                let directory = Directory::follow(&relays).await?;
                directory.find(LATEST_PATIENCE, pick_latest).await?.match_key
            }
        };
        let follower = Follower::new(relays, match_key, Role::Spectator(Rate::Bundled));
        Viewer::new(follower, context.console.clone(), arguments.plain)
            .run()
            .await
    };
    match shutdown.unless(watching).await {
        Some(result) => result.map(|()| Outcome::Success),
        None => Err(Stopped::new(&shutdown, "stopped before the match was over").into()),
    }
}

/// Shows one match until it is over.
struct Viewer {
    /// Follows the match through lost connections.
    follower: Follower,
    /// Where everything is written.
    console: Console,
    /// Lines of text instead of a drawn arena.
    plain: bool,
    /// The rules table of the match, once the relay has shown it.
    rules: Option<Rules>,
    /// What players are called.
    cast: Cast,
    /// The drawn arena.
    screen: Screen,
    /// Whether something is on the screen that has to be taken off.
    drawing: bool,
    /// When it was last drawn.
    drawn_at: Option<Instant>,
    /// The last tick that a line of text was about.
    told_tick: Option<u32>,
    /// The last status that a line of text was about.
    told_status: Option<MatchStatus>,
}

impl Viewer {
    fn new(follower: Follower, console: Console, plain: bool) -> Self {
        let style = console.style();
        Self {
            follower,
            plain: plain || style == Style::PLAIN,
            rules: None,
            cast: Cast::new(style),
            screen: Screen::new(style),
            drawing: false,
            drawn_at: None,
            told_tick: None,
            told_status: None,
            console,
        }
    }

    async fn run(mut self) -> Result<()> {
        let mut over_since: Option<Instant> = None;
        loop {
            let update = match over_since {
                None => self.follower.next().await?,
                Some(since) => {
                    let left = CLAIMS_PATIENCE.saturating_sub(since.elapsed());
                    match tokio::time::timeout(left, self.follower.next()).await {
                        Ok(update) => update?,
                        Err(_) => break,
                    }
                }
            };
            self.take(update)?;
            let detail = self.follower.detail.as_ref();
            if let Some(detail) = detail.filter(|detail| detail.summary.status.is_over()) {
                over_since.get_or_insert_with(Instant::now);
                if detail.players.iter().all(|player| {
                    player.payout.is_none_or(|amount| amount.0 == 0) || player.claimed_in.is_some()
                }) {
                    break;
                }
            }
        }
        self.draw(true);
        self.leave_drawing();
        self.say_result();
        self.follower.close().await;
        Ok(())
    }

    fn take(&mut self, update: Update) -> Result<()> {
        match update {
            Update::Following => self.begin()?,
            Update::Ticks(events) => {
                if let Some(snapshot) = &self.follower.snapshot {
                    self.cast.learn_owners(snapshot);
                }
                for (_, event) in &events {
                    if let Some(line) = tick_line(event, &self.cast) {
                        self.tell(line);
                    }
                }
                self.tell_state();
            }
            Update::Event(MatchEvent::Status { status, .. }) if self.told_status == Some(status) => {}
            Update::Event(event) => {
                if let MatchEvent::Status { status, .. } = &event {
                    self.told_status = Some(*status);
                }
                if let Some(detail) = &self.follower.detail {
                    self.cast.learn(detail);
                    let money = money_of(detail);
                    if let Some(line) = event_line(&event, &self.cast, &money) {
                        self.tell(line);
                    }
                }
            }
            Update::Lost(reason) => self.tell(format!("connection lost ({reason}); connecting again")),
            // Spectators send no inputs and sign nothing.
            Update::Ack(..) | Update::Reject(..) | Update::Offer(_) | Update::Cosigned(_) => {}
        }
        self.draw(false);
        Ok(())
    }

    fn begin(&mut self) -> Result<()> {
        let Some(detail) = &self.follower.detail else {
            return Ok(());
        };
        let rules = Rules::from_bytes(&detail.rules)
            .map_err(|error| anyhow::anyhow!("{error}"))
            .context("the relay showed a rules table that is not valid")?;
        self.cast.learn(detail);
        let key = detail.summary.match_key;
        if !self.plain && !self.drawing {
            self.drawing = true;
            self.console.draw(ENTER_ALTERNATE_SCREEN);
        }
        self.rules = Some(rules);
        if self.plain {
            self.console.say(format!("following match {key}"));
        }
        Ok(())
    }

    fn tell(&mut self, line: String) {
        if self.drawing {
            self.screen.push(line);
        } else {
            self.console.say(format!("  {line}"));
        }
    }

    /// Once a second, in plain mode: how the match stands.
    fn tell_state(&mut self) {
        let (Some(snapshot), Some(rules)) = (&self.follower.snapshot, &self.rules) else {
            return;
        };
        let tick = snapshot.tick.0;
        if self.drawing || self.told_tick.is_some_and(|told| tick < told + PLAIN_TICKS) {
            return;
        }
        self.told_tick = Some(tick - tick % PLAIN_TICKS);
        let leader = snapshot
            .warriors
            .iter()
            .zip(0u8..)
            .filter(|(warrior, _)| warrior.hp > 0)
            .max_by_key(|(warrior, index)| (warrior.hp, std::cmp::Reverse(*index)));
        let leader = leader.map_or_else(String::new, |(warrior, index)| {
            format!(
                ", strongest {} with {} HP",
                self.cast.warrior(protocol::WarriorIndex(index)),
                warrior.hp
            )
        });
        self.console.say(format!(
            "{} left, {} alive{leader}",
            clock(u32::from(rules.length_ticks).saturating_sub(tick)),
            snapshot.alive()
        ));
    }

    fn draw(&mut self, last: bool) {
        if !self.drawing || (!last && self.drawn_at.is_some_and(|at| at.elapsed() < DRAW_INTERVAL)) {
            return;
        }
        self.drawn_at = Some(Instant::now());
        if let (Some(detail), Some(rules)) = (&self.follower.detail, &self.rules) {
            let view = View {
                detail,
                snapshot: self.follower.snapshot.as_ref(),
                cast: &self.cast,
                rules,
            };
            // Asked each time: a terminal's size changes while it is watched.
            let (rows, columns) = console::Term::stdout().size();
            let size = Size {
                rows: rows.into(),
                columns: columns.into(),
            };
            let picture = self.screen.draw(size, &view);
            self.console.draw(&picture);
        }
    }

    fn leave_drawing(&mut self) {
        if self.drawing {
            self.drawing = false;
            self.console.draw(LEAVE_ALTERNATE_SCREEN);
        }
    }

    fn say_result(&self) {
        let Some(detail) = &self.follower.detail else {
            return;
        };
        let money = money_of(detail);
        self.console.say(format!(
            "match {} is {}, pot {}",
            detail.summary.match_key,
            detail.summary.status.name(),
            money.text(detail.summary.pot.0)
        ));
        for player in detail
            .players
            .iter()
            .filter(|player| player.payout.is_some_and(|amount| amount.0 > 0))
        {
            let verb = if player.refunded { "got back" } else { "won" };
            let amount = player.payout.map_or(0, |amount| amount.0);
            self.console.say(format!(
                "  {} {verb} {}",
                self.cast.player(player.slot),
                money.text(amount)
            ));
        }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        // Also on errors and Ctrl-C the terminal is given back as it was.
        self.leave_drawing();
    }
}
