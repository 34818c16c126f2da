//! The occupancy grid that is derived from a state.
//!
//! It is never hashed or stored: it is rebuilt from the state, and a run that rebuilds it every tick gives the same
//! bytes as one that never does.

use bytemuck::{Pod, Zeroable};

use crate::cell::Cell;
use crate::state::{Header, State, StateMut, Warrior};
use crate::MAX_WARRIORS;

/// Columns of the grid.
pub const GRID_STRIDE: usize = 64;
/// Cells before and after the grid, so that the neighbours of every cell number are inside the array.
const PAD: usize = 72;
const GRID_LEN: usize = GRID_STRIDE * GRID_STRIDE + 2 * PAD;
/// The tag of a wall; warriors have their owner + 1, which is below 128.
const WALL: u8 = 0x80;

/// Cell offsets of the eight neighbours in the byte order of [`Scratch::enemies_around`].
pub(crate) const NEIGHBOUR_STEPS: [u16; 8] = [
    65u16.wrapping_neg(),
    64u16.wrapping_neg(),
    63u16.wrapping_neg(),
    63,
    64,
    65,
    1u16.wrapping_neg(),
    1,
];

/// One attack of a tick.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(crate) struct Hit {
    pub(crate) attacker: u8,
    pub(crate) target: u8,
    pub(crate) damage_centi: u16,
}

/// Derived data and work space of a step. About 10 KB: keep it on a heap where stacks are small.
///
/// It is plain old data and all zeroes are a valid, stale one, so that it can be made in place in zeroed memory.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub struct Scratch {
    /// The best hit on each warrior this tick: damage, then a random number, then the attacker.
    pub(crate) credit: [u64; MAX_WARRIORS],
    /// Damage each warrior takes this tick, in centi-HP; all zero between ticks.
    pub(crate) pending: [u32; MAX_WARRIORS],
    pub(crate) hits: [Hit; MAX_WARRIORS],
    /// Hit points before this tick's heal pick-ups: (warrior, centi-HP).
    pub(crate) healed: [[u16; 2]; 16],
    /// Warriors with pending damage.
    pub(crate) touched: [u8; MAX_WARRIORS],
    pub(crate) dying: [u8; MAX_WARRIORS],
    /// Owner + 1 of the warrior on each cell, [`WALL`] on walls, 0 where free.
    tags: [u8; GRID_LEN],
    /// Index of the warrior on each cell whose tag says that there is one.
    indexes: [u8; GRID_LEN],
    pub(crate) hit_count: u32,
    pub(crate) touched_count: u32,
    pub(crate) healed_count: u32,
    /// Tick of the state the grid is in step with.
    tick: u32,
    /// 1 once built.
    built: u32,
    pad: u32,
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Scratch {
    /// A stale scratch: [`Scratch::rebuild`] it before a step.
    pub fn new() -> Self {
        Self::zeroed()
    }

    /// Makes the grid that belongs to `state`.
    pub fn rebuild(&mut self, state: &State<'_>) {
        self.build(state.header(), state.warriors());
    }

    /// As [`Scratch::rebuild`], of a state in the middle of being stepped.
    pub fn rebuild_from(&mut self, state: &StateMut<'_>) {
        self.build(state.header(), state.warriors());
    }

    fn build(&mut self, header: &Header, warriors: &[Warrior]) {
        self.clear();
        self.build_walls(header.side());
        for (index, warrior) in warriors.iter().enumerate() {
            if warrior.alive() {
                self.occupy(warrior.cell(), index as u8, warrior.owner());
            }
        }
        self.mark(header.tick());
    }

    fn clear(&mut self) {
        self.tags.fill(0);
        self.pending.fill(0);
        self.credit.fill(0);
        self.hit_count = 0;
        self.touched_count = 0;
        self.healed_count = 0;
    }

    fn build_walls(&mut self, side: u8) {
        let last = usize::from(side & 63) + 1;
        let (low, high) = (PAD, PAD + (last & 63) * GRID_STRIDE);
        self.tags[low..low + GRID_STRIDE].fill(WALL);
        self.tags[high..high + GRID_STRIDE].fill(WALL);
        for row in 1..last.min(GRID_STRIDE - 1) {
            self.tags[PAD + row * GRID_STRIDE] = WALL;
            self.tags[PAD + row * GRID_STRIDE + (last & 63)] = WALL;
        }
    }

    /// Tick of the state that the grid belongs to, or `None` when it was never built.
    pub fn tick(&self) -> Option<u32> {
        (self.built == 1).then_some(self.tick)
    }

    #[inline]
    pub(crate) fn mark(&mut self, tick: u32) {
        self.tick = tick;
        self.built = 1;
    }

    #[inline]
    pub(crate) fn is_free(&self, cell: Cell) -> bool {
        self.tags[PAD + usize::from(cell.bits())] == 0
    }

    /// The warrior on a cell.
    #[inline]
    pub(crate) fn warrior_on(&self, cell: Cell) -> Option<u8> {
        let at = PAD + usize::from(cell.bits());
        (self.tags[at] & !WALL != 0).then(|| self.indexes[at])
    }

    #[inline]
    pub(crate) fn occupy(&mut self, cell: Cell, warrior: u8, owner: u8) {
        let at = PAD + usize::from(cell.bits());
        self.tags[at] = (owner & 0x7F) + 1;
        self.indexes[at] = warrior;
    }

    #[inline]
    pub(crate) fn free(&mut self, cell: Cell) {
        self.tags[PAD + usize::from(cell.bits())] = 0;
    }

    /// Moves whoever is on `from` to the free cell `to`.
    #[inline]
    pub(crate) fn relocate(&mut self, from: Cell, to: Cell) {
        let (from, to) = (PAD + usize::from(from.bits()), PAD + usize::from(to.bits()));
        self.tags[to] = self.tags[from];
        self.indexes[to] = self.indexes[from];
        self.tags[from] = 0;
    }

    /// 0x80 in each byte whose neighbour ([`NEIGHBOUR_STEPS`]) is a warrior of somebody else.
    #[inline]
    pub(crate) fn enemies_around(&self, cell: Cell, owner: u8) -> u64 {
        let at = PAD + usize::from(cell.bits());
        let above = self.row(at - 65) & 0x7F_7F7F;
        let below = self.row(at + 63) & 0x7F_7F7F;
        let beside = self.row(at - 1) & 0x7F_007F;
        if above | below | beside == 0 {
            return 0;
        }
        let tags = above | (below << 24) | ((beside & 0x7F) << 48) | ((beside >> 16) << 56);
        // A byte of 1..=127 plus 127 sets its top bit and carries nowhere; 0 does not.
        let ones = 0x0101_0101_0101_0101u64;
        let others = tags ^ (u64::from(owner + 1) * ones);
        let nonzero = (tags + 0x7F * ones) & (others + 0x7F * ones);
        nonzero & (0x80 * ones)
    }

    /// Three tags from `at` in the low bytes, and one more above them.
    #[inline]
    fn row(&self, at: usize) -> u64 {
        u64::from(u32::from_le_bytes([
            self.tags[at],
            self.tags[at + 1],
            self.tags[at + 2],
            self.tags[at + 3],
        ]))
    }
}
