//! The drawing of a followed match: header, board, players, what happened last.

use std::collections::VecDeque;
use std::fmt::Write;

use arena::Rules;
use player::sight::Field;
use protocol::directory::{MatchDetail, MatchStatus, Mode};
use protocol::wire::{Snapshot, SpecialKind};

use crate::terminal::board;
use crate::terminal::{clock, cut, short, Colour, Money, Style};
use crate::watching::cast::Cast;
use crate::watching::layout::{Layout, Size};

/// Lines of the feed that are kept.
const FEED_LINES: usize = 6;
/// Clears the terminal: after another size nothing stands where it was.
const CLEAR: &str = "\x1b[2J";
/// Columns of a health bar.
const BAR_COLUMNS: usize = 10;

/// The state of the drawing.
pub struct Screen {
    /// Colours, or none.
    style: Style,
    /// The latest events, newest last.
    feed: VecDeque<String>,
    /// Of the last picture.
    size: Option<Size>,
}

/// What a picture is made of.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Everything known about the match.
    pub detail: &'a MatchDetail,
    /// The arena, once a frame has come.
    pub snapshot: Option<&'a Snapshot>,
    /// Names and colours.
    pub cast: &'a Cast,
    /// The rules of the match.
    pub rules: &'a Rules,
}

impl Screen {
    /// An empty one.
    pub fn new(style: Style) -> Self {
        Self {
            style,
            feed: VecDeque::new(),
            size: None,
        }
    }

    /// Adds a line to the feed.
    pub fn push(&mut self, line: String) {
        if self.feed.len() == FEED_LINES {
            self.feed.pop_front();
        }
        self.feed.push_back(line);
    }

    /// The whole picture for a terminal of this size, beginning at its top left corner. No line is wider than the
    /// terminal, and there are no more than it has.
    pub fn draw(&mut self, size: Size, view: &View<'_>) -> String {
        let View {
            detail,
            snapshot,
            cast,
            rules,
        } = *view;
        let mut lines = vec![self.header(detail, snapshot, rules), String::new()];
        match (Layout::fitting(size, rules.arena_side), snapshot) {
            (None, _) => lines.push(format!(
                "{}×{} characters are too few to draw the arena",
                size.columns, size.rows
            )),
            (Some(_), None) => lines.push(self.style.paint(Colour::Faint, &waiting(detail))),
            (Some(layout), Some(snapshot)) => {
                let list = self.players(snapshot, cast);
                let board = board::lines(&Field::of(snapshot, rules), layout.scale);
                lines.extend(board.iter().enumerate().map(|(row, left)| {
                    let right = layout.list_columns.and(list.get(row));
                    right.map_or_else(|| left.clone(), |right| format!("{left}  {right}"))
                }));
                lines.push(String::new());
                let kept = self.feed.len().saturating_sub(layout.feed_rows);
                lines.extend(self.feed.iter().skip(kept).cloned());
            }
        }
        let mut picture = String::new();
        if self.size.replace(size) != Some(size) {
            picture.push_str(CLEAR);
        }
        picture.push_str("\x1b[H");
        for (row, line) in lines.iter().take(size.rows).enumerate() {
            // Writing to a string cannot fail. The last line of a terminal must not be ended: it would scroll.
            let end = if row == 0 { "" } else { "\r\n" };
            let _ = write!(picture, "{end}{}\x1b[K", cut(line, size.columns));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::columns as columns_of;
    use protocol::directory::{Amount, MatchSummary};
    use protocol::wire::{Effect, Warrior};
    use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, Tick};

    fn detail() -> MatchDetail {
        MatchDetail {
            summary: MatchSummary {
                match_key: MatchKey([1; 32]),
                match_id: 1,
                mode: Mode::Blitz,
                status: MatchStatus::Live,
                mint: PublicKey::default(),
                decimals: 6,
                symbol: "TEST".into(),
                stake_per_warrior: Amount(1_000_000),
                players: 20,
                players_max: 20,
                warriors: 20,
                warriors_max: 20,
                pot: Amount(20_000_000),
                tick: Tick(0),
                length_ticks: 5400,
                created_at_ms: 1,
                starts_at_ms: None,
            },
            operator: PublicKey::default(),
            rules_hash: Hash([6; 32]),
            rules: vec![],
            drip_root: Hash([7; 32]),
            seed: None,
            genesis_leaf: None,
            players: vec![],
            checkpoints: vec![],
            result: None,
            created_in: None,
            locked_in: None,
            started_in: None,
            deaths: vec![],
        }
    }

    fn snapshot() -> Snapshot {
        let warriors = (0..20).map(|index| Warrior {
            owner: PlayerSlot(index),
            hp: 50 + index,
            x: 1 + index,
            y: 7,
            heading: 0,
            effect: Effect::None,
            kills: 2,
            streak: 0,
        });
        Snapshot {
            side: Rules::BLITZ.arena_side,
            capacity: 20,
            warriors: warriors.collect(),
            power_ups: vec![None; 8],
            ..Snapshot::default()
        }
    }

    #[test]
    fn report_55_no_line_is_wider_than_the_terminal_and_a_new_size_clears_it() {
        let (detail, snapshot) = (detail(), snapshot());
        let mut cast = Cast::new(Style::COLOURED);
        cast.learn_owners(&snapshot);
        let mut screen = Screen::new(Style::COLOURED);
        for number in 0..9 {
            screen.push(format!(
                "{number} a line that is longer than a narrow terminal has characters, {number}"
            ));
        }
        let view = View {
            detail: &detail,
            snapshot: Some(&snapshot),
            cast: &cast,
            rules: &Rules::BLITZ,
        };
        for (rows, columns) in [(24, 80), (24, 60), (50, 200), (5, 20)] {
            let size = Size { rows, columns };
            let picture = screen.draw(size, &view);
            assert!(picture.starts_with(CLEAR), "{size:?} is new");
            let again = screen.draw(size, &view);
            assert!(again.starts_with("\x1b[H"), "{size:?} is known");
            let lines: Vec<&str> = again.split("\r\n").collect();
            assert!(lines.len() <= rows, "{size:?}: {} lines", lines.len());
            for line in &lines {
                let shown = columns_of(line);
                assert!(shown <= columns, "{size:?}: {shown} columns in {line:?}");
            }
            let draws = again.contains('▀');
            assert_eq!(draws, rows >= 24, "{size:?}");
        }
    }
}
