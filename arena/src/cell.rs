//! Cells and headings.
//!
//! The arena is a square of cells `1..=side` on both axes with a wall around it; `x` grows to the east, `y` to the
//! south. A cell's number is `y · 64 + x`, so a step is one addition.

/// A cell number: `y · 64 + x`, always below 4096.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell(u16);

impl Cell {
    /// The cell at column `x` and row `y`, both taken modulo 64.
    #[inline]
    pub const fn at(x: u8, y: u8) -> Self {
        Self(((y as u16 & 63) << 6) | (x as u16 & 63))
    }

    /// From the low 12 bits of a number.
    #[inline]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits & 0xFFF)
    }

    /// The number.
    #[inline]
    pub const fn bits(self) -> u16 {
        self.0 & 0xFFF
    }

    /// Column.
    #[inline]
    pub const fn x(self) -> u8 {
        (self.0 & 63) as u8
    }

    /// Row.
    #[inline]
    pub const fn y(self) -> u8 {
        ((self.0 >> 6) & 63) as u8
    }

    /// The neighbour one step along `heading`.
    #[inline]
    pub(crate) const fn step(self, heading: u8) -> Self {
        Self(self.0.wrapping_add(HEADING_STEPS[(heading & 15) as usize]) & 0xFFF)
    }

    /// Whether both coordinates are in `min..=max`.
    #[inline]
    pub(crate) const fn within(self, min: u8, max: u8) -> bool {
        let (x, y) = (self.x(), self.y());
        x >= min && x <= max && y >= min && y <= max
    }
}

/// What is added to a cell number for each heading; numbers above 8 stand still and never occur.
const HEADING_STEPS: [u16; 16] = {
    let mut steps = [0u16; 16];
    steps[1] = 64u16.wrapping_neg();
    steps[2] = 63u16.wrapping_neg();
    steps[3] = 1;
    steps[4] = 65;
    steps[5] = 64;
    steps[6] = 63;
    steps[7] = 1u16.wrapping_neg();
    steps[8] = 65u16.wrapping_neg();
    steps
};

/// A held heading. `y` grows downwards: north is `y - 1`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "points of the compass")]
pub enum Heading {
    #[default]
    None = 0,
    N = 1,
    Ne = 2,
    E = 3,
    Se = 4,
    S = 5,
    Sw = 6,
    W = 7,
    Nw = 8,
}

impl Heading {
    /// All headings, by number.
    pub const ALL: [Heading; 9] = [
        Self::None,
        Self::N,
        Self::Ne,
        Self::E,
        Self::Se,
        Self::S,
        Self::Sw,
        Self::W,
        Self::Nw,
    ];

    /// The heading with this number; `None` above 8.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// How a step changes `(x, y)`.
    pub const fn delta(self) -> (i8, i8) {
        match self {
            Self::None => (0, 0),
            Self::N => (0, -1),
            Self::Ne => (1, -1),
            Self::E => (1, 0),
            Self::Se => (1, 1),
            Self::S => (0, 1),
            Self::Sw => (-1, 1),
            Self::W => (-1, 0),
            Self::Nw => (-1, -1),
        }
    }
}
