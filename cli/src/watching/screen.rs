//! The drawing of a followed match: header, board, players, what happened last.

use std::collections::VecDeque;
use std::fmt::Write;

use arena::Rules;
use player::sight::Field;
use protocol::directory::{MatchDetail, MatchStatus, Mode};
use protocol::wire::{Snapshot, SpecialKind};

use crate::terminal::board;
use crate::terminal::{clock, short, Colour, Money, Style};
use crate::watching::Cast;

/// Lines of the feed that are kept.
const FEED_LINES: usize = 6;
/// Columns of a health bar.
const BAR_COLUMNS: usize = 10;
/// Columns beside the board for the list of players.
const LIST_COLUMNS: usize = 34;

/// The state of the drawing.
pub struct Screen {
    style: Style,
    feed: VecDeque<String>,
}

impl Screen {
    /// An empty one.
    pub fn new(style: Style) -> Self {
        Self {
            style,
            feed: VecDeque::new(),
        }
    }

    /// Adds a line to the feed.
    pub fn push(&mut self, line: String) {
        if self.feed.len() == FEED_LINES {
            self.feed.pop_front();
        }
        self.feed.push_back(line);
    }

    /// Rows and columns the drawing of an arena with this side needs.
    pub fn size(side: u8) -> (usize, usize) {
        let board_rows = usize::from(side + 2).div_ceil(2);
        (
            2 + board_rows + FEED_LINES + 1,
            usize::from(side) + 2 + LIST_COLUMNS,
        )
    }

    /// The whole picture, beginning at the top left corner of the terminal.
    pub fn draw(
        &self,
        detail: &MatchDetail,
        snapshot: Option<&Snapshot>,
        cast: &Cast,
        rules: &Rules,
    ) -> String {
        let mut picture = String::from("\x1b[H");
        let mut line = |text: &str| {
            // Writing to a string cannot fail. The rest of the old line is cleared.
            let _ = write!(picture, "{text}\x1b[K\r\n");
        };
        line(&self.header(detail, snapshot, rules));
        line("");
        if let Some(snapshot) = snapshot {
            let list = self.players(snapshot, cast);
            let board = board::lines(&Field::of(snapshot, rules));
            for row in 0..board.len().max(list.len()) {
                let left = board
                    .get(row)
                    .cloned()
                    .unwrap_or_else(|| " ".repeat(usize::from(rules.arena_side) + 2));
                let right = list.get(row).map_or("", String::as_str);
                line(&format!("{left}  {right}"));
            }
        } else {
            line(&self.style.paint(Colour::Faint, &waiting(detail)));
        }
        line("");
        for entry in &self.feed {
            line(entry);
        }
        picture.push_str("\x1b[J");
        picture
    }

    fn header(&self, detail: &MatchDetail, snapshot: Option<&Snapshot>, rules: &Rules) -> String {
        let summary = &detail.summary;
        let money = money_of(detail);
        let mode = match summary.mode {
            Mode::Blitz => "BLITZ",
            Mode::Siege => "SIEGE",
        };
        let tick = snapshot.map_or(0, |snapshot| snapshot.tick.0);
        let left = u32::from(rules.length_ticks).saturating_sub(tick);
        let posted = detail
            .checkpoints
            .iter()
            .filter(|checkpoint| checkpoint.posted_in.is_some())
            .count();
        let special = snapshot
            .and_then(|snapshot| snapshot.special)
            .map(|special| match special.kind {
                SpecialKind::Frenzy => "FRENZY",
                SpecialKind::Calm => "CALM",
                SpecialKind::Haste => "HASTE",
            });
        let mut parts = vec![
            self.style.paint(Colour::Bold, mode),
            short(&summary.match_key.to_string()),
            summary.status.name().to_owned(),
            format!("pot {}", money.text(summary.pot.0)),
            format!("checkpoints {posted}/{}", rules.checkpoint_count()),
        ];
        if let Some(snapshot) = snapshot {
            parts.insert(2, self.style.paint(Colour::Warning, &clock(left)));
            parts.push(format!("{} alive", snapshot.alive()));
        }
        if let Some(special) = special {
            parts.push(self.style.paint(Colour::Bad, special));
        }
        parts.join("  ")
    }

    /// The living first, the strongest on top; one line a warrior.
    fn players(&self, snapshot: &Snapshot, cast: &Cast) -> Vec<String> {
        let mut warriors: Vec<_> = snapshot.warriors.iter().zip(0u8..).collect();
        warriors.sort_by_key(|(warrior, index)| (std::cmp::Reverse(warrior.hp), *index));
        warriors
            .iter()
            .map(|(warrior, index)| {
                let name = cast.warrior(protocol::WarriorIndex(*index));
                let kills = if warrior.kills > 0 {
                    format!(" {}×", warrior.kills)
                } else {
                    String::new()
                };
                if warrior.hp == 0 {
                    return format!(
                        "{} {name}{kills}",
                        self.style.paint(Colour::Faint, &"·".repeat(BAR_COLUMNS))
                    );
                }
                let colour = Colour::Indexed(board::player_colour(warrior.owner.0));
                let bar = board::health_bar(i32::from(warrior.hp), BAR_COLUMNS);
                format!("{} {name}{kills}", self.style.paint(colour, &bar))
            })
            .collect()
    }
}

/// The token of a match.
pub fn money_of(detail: &MatchDetail) -> Money {
    Money {
        decimals: detail.summary.decimals,
        symbol: detail.summary.symbol.clone(),
    }
}

fn waiting(detail: &MatchDetail) -> String {
    let summary = &detail.summary;
    match summary.status {
        MatchStatus::Open => format!(
            "waiting for players: {} of {} warriors have entered",
            summary.warriors, summary.warriors_max
        ),
        MatchStatus::Locked => "entries are closed; waiting for the randomness".to_owned(),
        _ => "waiting for the first frame".to_owned(),
    }
}
