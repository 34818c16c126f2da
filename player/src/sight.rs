//! What a player or watcher sees of a match: the picture that bots decide on and the terminal draws.
//!
//! Made of the wire's snapshot: the dead and what nobody decides on are left out.

use arena::Rules;
use protocol::wire::{Effect, PowerUpKind, Snapshot};

/// How long before the first shrink players begin to move inwards, in ticks.
const SHRINK_NOTICE_TICKS: u32 = 300;

/// A place on the grid. y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    pub x: i16,
    pub y: i16,
}

impl Cell {
    /// Steps between two cells: diagonals count one (Chebyshev).
    pub fn distance(self, other: Cell) -> i16 {
        (self.x - other.x).abs().max((self.y - other.y).abs())
    }
}

/// A rectangle of cells, bounds included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    pub min: Cell,
    pub max: Cell,
}

impl Zone {
    /// Whether the cell lies inside.
    pub fn contains(&self, cell: Cell) -> bool {
        (self.min.x..=self.max.x).contains(&cell.x) && (self.min.y..=self.max.y).contains(&cell.y)
    }

    /// Steps from the cell to the nearest one inside; 0 inside.
    pub fn distance(&self, cell: Cell) -> i16 {
        let outside = |value: i16, low: i16, high: i16| (low - value).max(value - high).max(0);
        outside(cell.x, self.min.x, self.max.x).max(outside(cell.y, self.min.y, self.max.y))
    }

    /// Steps from the cell to the nearest edge, from inside; negative outside.
    pub fn margin(&self, cell: Cell) -> i16 {
        (cell.x - self.min.x)
            .min(self.max.x - cell.x)
            .min(cell.y - self.min.y)
            .min(self.max.y - cell.y)
    }
}

/// A living warrior.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    pub warrior: u8,
    pub player: u8,
    pub cell: Cell,
    /// Whole hit points, 1 to 100.
    pub hp: i32,
    /// Has rage: hits harder.
    pub raging: bool,
    /// Has a shield: not worth hitting now.
    pub shielded: bool,
}

/// The arena at one tick.
#[derive(Debug, Clone)]
pub struct Field {
    /// Cells that can be walked on, walls excluded.
    pub floor: Zone,
    /// The safe zone now.
    pub zone: Zone,
    /// Whether the zone is about to shrink or shrinking.
    pub shrinking: bool,
    /// Whether three quarters of the time are over.
    pub last_quarter: bool,
    pub pieces: Vec<Piece>,
    /// Power-ups that lie around.
    pub treats: Vec<(PowerUpKind, Cell)>,
}

impl Field {
    /// The living and the lying of a snapshot. `rules` says when the zone begins to shrink.
    pub fn of(snapshot: &Snapshot, rules: &Rules) -> Field {
        let square = |low: u8| Zone {
            min: cell(low, low),
            max: {
                let high = (snapshot.side + 1).saturating_sub(low);
                cell(high, high)
            },
        };
        let pieces = snapshot
            .warriors
            .iter()
            .zip(0u8..)
            .filter(|(warrior, _)| warrior.hp > 0)
            .map(|(warrior, index)| Piece {
                warrior: index,
                player: warrior.owner.0,
                cell: cell(warrior.x, warrior.y),
                hp: i32::from(warrior.hp),
                raging: warrior.effect == Effect::Rage,
                shielded: warrior.effect == Effect::Shield,
            });
        let treats = snapshot.power_ups.iter().flatten();
        Field {
            floor: square(1),
            zone: square(snapshot.zone),
            shrinking: snapshot.tick.0 + SHRINK_NOTICE_TICKS >= u32::from(rules.shrink_start_ticks),
            last_quarter: snapshot.tick.0 * 4 >= u32::from(rules.length_ticks) * 3,
            pieces: pieces.collect(),
            treats: treats.map(|treat| (treat.kind, cell(treat.x, treat.y))).collect(),
        }
    }
}

fn cell(x: u8, y: u8) -> Cell {
    Cell {
        x: x.into(),
        y: y.into(),
    }
}
