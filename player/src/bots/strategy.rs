//! How a bot decides where to walk: a pure function of what it sees.
//!
//! Every cell within reach gets a score, the sum of what pulls and pushes there: prey, predators, power-ups,
//! the safe zone. Things pull with the inverse of their distance, so near ones win. No search, no memory
//! beyond the held heading; different tempers give a match hunters, scavengers and survivors.

use arena::Heading;
use protocol::wire::PowerUpKind;

use crate::sight::{Cell, Field, Piece};

/// A bot's character: how strongly each thing pulls, 100 being ordinary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Temper {
    pub name: &'static str,
    pub hunting: i32,
    pub fleeing: i32,
    pub collecting: i32,
    /// Hit points by which another must be weaker to be prey. Everybody grows bolder in the last quarter.
    pub caution_hp: i32,
}

/// The characters bots take in turn.
pub const TEMPERS: [Temper; 4] = [
    Temper {
        name: "hunter",
        hunting: 150,
        fleeing: 60,
        collecting: 80,
        caution_hp: 8,
    },
    Temper {
        name: "scavenger",
        hunting: 80,
        fleeing: 100,
        collecting: 200,
        caution_hp: 25,
    },
    Temper {
        name: "duellist",
        hunting: 110,
        fleeing: 110,
        collecting: 110,
        caution_hp: 15,
    },
    Temper {
        name: "survivor",
        hunting: 60,
        fleeing: 170,
        collecting: 140,
        caution_hp: 40,
    },
];

/// Standing still costs this much: a match should move.
const IDLE_PENALTY: i32 = 6;
/// Keeping the held heading is worth this much, so that bots do not tremble between equal cells.
const PERSISTENCE: i32 = 8;
/// One step outside the zone weighs more than any pull.
const OUTSIDE_PENALTY: i32 = 4_000;
/// A margin to the zone's edge that is kept while it shrinks, in cells.
const EDGE_MARGIN: i16 = 2;
/// How far away somebody is feared.
const FEAR_CELLS: i32 = 6;
/// Standing at the very edge costs this much: it is a trap for whoever is chased.
const EDGE_PENALTY: i32 = 12;
/// Full hit points.
const FULL_HP: i32 = 100;
/// A shield counts like so many hit points more.
const SHIELD_HP: i32 = 30;

/// The heading `me` should hold now. `held` is the heading it holds; `noise` breaks ties, any number does.
pub fn choose(field: &Field, me: &Piece, temper: &Temper, held: Heading, noise: u64) -> Heading {
    let mut best = (i32::MIN, Heading::None);
    for heading in Heading::ALL {
        let cell = ahead(me.cell, heading);
        if heading != Heading::None && is_blocked(field, me, cell) {
            continue;
        }
        let mut score = appeal(field, me, temper, cell);
        if heading == Heading::None {
            score -= IDLE_PENALTY;
        }
        if heading == held {
            score += PERSISTENCE;
        }
        // A few points of noise, different for each heading.
        score += ((noise >> ((heading as u32) * 3)) & 7) as i32;
        if score > best.0 {
            best = (score, heading);
        }
    }
    best.1
}

/// The cell one step along a heading.
pub fn ahead(cell: Cell, heading: Heading) -> Cell {
    let (dx, dy) = heading.delta();
    Cell {
        x: cell.x + i16::from(dx),
        y: cell.y + i16::from(dy),
    }
}

fn is_blocked(field: &Field, me: &Piece, cell: Cell) -> bool {
    !field.floor.contains(cell)
        || field
            .pieces
            .iter()
            .any(|piece| piece.warrior != me.warrior && piece.cell == cell)
}

/// How good it is to stand on a cell.
fn appeal(field: &Field, me: &Piece, temper: &Temper, cell: Cell) -> i32 {
    let mut score = -OUTSIDE_PENALTY * i32::from(field.zone.distance(cell));
    let margin = field.zone.margin(cell);
    if margin < 1 {
        score -= EDGE_PENALTY;
    }
    if field.shrinking && margin < EDGE_MARGIN {
        score -= 60 * i32::from(EDGE_MARGIN - margin.max(0));
    }
    for piece in &field.pieces {
        if piece.player != me.player {
            score += pull_of_piece(field, me, temper, piece, cell);
        }
    }
    for (treat, place) in &field.treats {
        // One step on it is worth most; the pull fades with the distance.
        let distance = i32::from(cell.distance(*place));
        score += value_of(*treat, me) * temper.collecting / 100 * 8 / (1 + 2 * distance);
    }
    score
}

/// Prey pulls, everybody else who is near pushes. The strength follows the difference in hit points.
fn pull_of_piece(field: &Field, me: &Piece, temper: &Temper, other: &Piece, cell: Cell) -> i32 {
    // In range (one cell) is where both want or do not want to be: nearer than that is impossible.
    let distance = i32::from(cell.distance(other.cell)).max(1);
    let edge = strength(me) - strength(other);
    let caution = if field.last_quarter {
        temper.caution_hp / 4
    } else {
        temper.caution_hp
    };
    if edge >= caution {
        // Fresh prey is only a little interesting, nearly dead prey very much.
        let weakness = (FULL_HP - other.hp).max(0);
        let appetite = (40 + weakness + edge / 2) * temper.hunting / 100;
        let appetite = if other.shielded { appetite / 4 } else { appetite };
        appetite * 3 / (1 + distance)
    } else if distance <= FEAR_CELLS {
        let fear = (30 + (-edge).max(0)) * temper.fleeing / 100;
        -fear * 3 / (1 + distance)
    } else {
        0
    }
}

/// Hit points, rage counted as double.
fn strength(piece: &Piece) -> i32 {
    let hp = piece.hp + if piece.shielded { SHIELD_HP } else { 0 };
    if piece.raging {
        hp * 2
    } else {
        hp
    }
}

fn value_of(treat: PowerUpKind, me: &Piece) -> i32 {
    match treat {
        PowerUpKind::Rage => 60,
        PowerUpKind::Shield => 50,
        PowerUpKind::Speed => 30,
        // The more is missing, the better it heals.
        PowerUpKind::Heal => 20 + (FULL_HP - me.hp).max(0) * 5 / 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sight::Zone;

    fn cell(x: i16, y: i16) -> Cell {
        Cell { x, y }
    }

    fn zone(low: i16, high: i16) -> Zone {
        Zone {
            min: cell(low, low),
            max: cell(high, high),
        }
    }

    fn piece(warrior: u8, x: i16, y: i16, hp: i32) -> Piece {
        Piece {
            warrior,
            player: warrior,
            cell: cell(x, y),
            hp,
            raging: false,
            shielded: false,
        }
    }

    fn field(pieces: Vec<Piece>) -> Field {
        Field {
            floor: zone(1, 40),
            zone: zone(1, 40),
            shrinking: false,
            last_quarter: false,
            pieces,
            treats: Vec::new(),
        }
    }

    /// The cell `me` (the first piece) would step to, for every temper and some noise.
    fn check(field: &Field, expected: impl Fn(Cell) -> bool) {
        let me = field.pieces[0];
        for temper in &TEMPERS {
            for noise in [0, u64::MAX, 0x0123_4567_89ab_cdef] {
                let heading = choose(field, &me, temper, Heading::None, noise);
                let to = ahead(me.cell, heading);
                assert!(expected(to), "{}: {heading:?} to {to:?}", temper.name);
            }
        }
    }

    #[test]
    fn weaker_neighbours_are_chased() {
        let field = field(vec![piece(0, 10, 10, 90), piece(1, 14, 10, 30)]);
        check(&field, |to| to.x == 11);
    }

    #[test]
    fn stronger_neighbours_are_avoided() {
        let field = field(vec![piece(0, 10, 10, 20), piece(1, 12, 10, 100)]);
        check(&field, |to| to.x <= 10);
    }

    #[test]
    fn power_ups_near_by_are_collected() {
        let mut field = field(vec![piece(0, 10, 10, 50)]);
        field.treats.push((PowerUpKind::Heal, cell(10, 12)));
        check(&field, |to| to.y == 11);
    }

    #[test]
    fn outside_the_zone_nothing_else_counts() {
        let mut field = field(vec![piece(0, 3, 20, 90), piece(1, 2, 20, 5)]);
        field.zone = zone(10, 30);
        field.treats.push((PowerUpKind::Rage, cell(2, 21)));
        check(&field, |to| to.x == 4);
    }

    #[test]
    fn walls_and_others_are_not_walked_into() {
        // In the corner, prey beyond an occupied cell.
        let field = field(vec![piece(0, 1, 1, 90), piece(1, 2, 1, 80), piece(2, 3, 1, 10)]);
        check(&field, |to| {
            field.floor.contains(to) && (to == cell(1, 1) || field.pieces.iter().all(|p| p.cell != to))
        });
    }

    #[test]
    fn own_warriors_are_neither_prey_nor_predators() {
        let mut mate = piece(1, 14, 10, 5);
        mate.player = 0;
        let me = piece(0, 10, 10, 90);
        let with = field(vec![me, mate]);
        let without = field(vec![me]);
        assert_eq!(
            appeal(&with, &me, &TEMPERS[0], me.cell),
            appeal(&without, &me, &TEMPERS[0], me.cell)
        );
    }
}
