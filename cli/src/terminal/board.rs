//! The arena as coloured text: two cells a character, one above the other.

use std::fmt::Write;

use protocol::wire::PowerUpKind;

use player::sight::{Cell, Field, Zone};

/// Colours of players, of the 256, chosen to be told apart on black and white.
const PLAYER_COLOURS: [u8; 20] = [
    39, 208, 46, 201, 226, 51, 199, 118, 141, 214, 33, 160, 35, 171, 178, 45, 204, 154, 99, 172,
];
const FLOOR: u8 = 235;
const OUTSIDE: u8 = 52;
const WALL: u8 = 244;

/// The colour of a player, the same in the board and in every list.
pub fn player_colour(player: u8) -> u8 {
    PLAYER_COLOURS[usize::from(player) % PLAYER_COLOURS.len()]
}

/// The colour of a power-up.
pub fn treat_colour(treat: PowerUpKind) -> u8 {
    match treat {
        PowerUpKind::Rage => 196,
        PowerUpKind::Heal => 120,
        PowerUpKind::Shield => 117,
        PowerUpKind::Speed => 229,
    }
}

/// The lines of the board, walls included. Half a character shows `scale` × `scale` cells, and of them what matters most:
/// a warrior before a power-up before the ground. Every line is as wide as the arena has columns, divided by the scale
/// and rounded up.
pub fn lines(field: &Field, scale: usize) -> Vec<String> {
    let step = i16::try_from(scale.max(1)).unwrap_or(i16::MAX);
    let low = Cell {
        x: field.floor.min.x - 1,
        y: field.floor.min.y - 1,
    };
    let high = Cell {
        x: field.floor.max.x + 1,
        y: field.floor.max.y + 1,
    };
    let columns = || (low.x..=high.x).step_by(scale.max(1));
    let rows: Vec<i16> = (low.y..=high.y).step_by(scale.max(1)).collect();
    rows.chunks(2)
        .map(|pair| {
            let mut line = String::new();
            let mut last = (None, None);
            for x in columns() {
                let block = |y: i16| Zone {
                    min: Cell { x, y },
                    max: Cell {
                        x: (x + step - 1).min(high.x),
                        y: (y + step - 1).min(high.y),
                    },
                };
                let upper = pair.first().map(|y| colour_of(field, block(*y)));
                let lower = pair.get(1).map(|y| colour_of(field, block(*y)));
                if (upper, lower) != last {
                    paint(&mut line, upper, lower);
                    last = (upper, lower);
                }
                line.push('▀');
            }
            line.push_str("\x1b[0m");
            line
        })
        .collect()
}

fn paint(line: &mut String, upper: Option<u8>, lower: Option<u8>) {
    // Writing to a string cannot fail.
    let _ = match (upper, lower) {
        (Some(upper), Some(lower)) => write!(line, "\x1b[38;5;{upper};48;5;{lower}m"),
        (Some(upper), None) => write!(line, "\x1b[0;38;5;{upper}m"),
        (None, _) => Ok(()),
    };
}

fn colour_of(field: &Field, block: Zone) -> u8 {
    if let Some(piece) = field.pieces.iter().find(|piece| block.contains(piece.cell)) {
        return player_colour(piece.player);
    }
    if let Some((treat, _)) = field.treats.iter().find(|(_, place)| block.contains(*place)) {
        return treat_colour(*treat);
    }
    if !field.floor.contains(block.min) || !field.floor.contains(block.max) {
        WALL
    } else if field.zone.contains(block.min) && field.zone.contains(block.max) {
        FLOOR
    } else {
        OUTSIDE
    }
}

/// Hit points as a bar of `width` columns.
pub fn health_bar(hp: i32, width: usize) -> String {
    let hp = usize::try_from(hp.clamp(0, 100)).unwrap_or(0);
    // Anyone alive shows at least one block.
    let filled = (hp * width).div_ceil(100).clamp(1, width.max(1));
    let empty = width.saturating_sub(filled);
    format!("{}{}", "█".repeat(filled), "░".repeat(empty))
}

#[cfg(test)]
mod tests {
    use super::*;
    use player::sight::Piece;

    fn field() -> Field {
        let cell = |x, y| Cell { x, y };
        Field {
            floor: Zone {
                min: cell(1, 1),
                max: cell(5, 4),
            },
            zone: Zone {
                min: cell(2, 2),
                max: cell(4, 3),
            },
            shrinking: false,
            last_quarter: false,
            pieces: vec![Piece {
                warrior: 3,
                player: 1,
                cell: cell(2, 2),
                hp: 42,
                raging: false,
                shielded: false,
            }],
            treats: vec![(PowerUpKind::Heal, cell(4, 3))],
        }
    }

    #[test]
    fn the_board_has_half_as_many_lines_as_rows_and_shows_everything() {
        let lines = lines(&field(), 1);
        // Rows 0 to 5 with walls: six rows, three lines; columns 0 to 6.
        assert_eq!(lines.len(), 3);
        for line in &lines {
            assert_eq!(line.matches('▀').count(), 7);
        }
        assert!(lines[1].contains(&format!("38;5;{}", player_colour(1))));
        assert!(lines[1].contains(&format!("48;5;{}", treat_colour(PowerUpKind::Heal))));
        assert!(lines[0].contains(&format!("38;5;{WALL}")));
        assert!(lines[0].contains(&format!("48;5;{OUTSIDE}")));
    }

    #[test]
    fn a_smaller_board_still_shows_every_warrior() {
        let lines = lines(&field(), 3);
        // Seven columns and six rows, three at a time: three columns, two half lines.
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].matches('▀').count(), 3);
        assert!(lines[0].contains(&format!("38;5;{}", player_colour(1))));
    }

    #[test]
    fn health_bars_never_show_the_living_as_dead() {
        assert_eq!(health_bar(42, 10), "█████░░░░░");
        assert_eq!(health_bar(1, 4), "█░░░");
        assert_eq!(health_bar(999, 4), "████");
    }
}
