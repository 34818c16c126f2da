//! The state before the first tick.
//!
//! Warriors start on a lattice of `g × g` points, `g` the smallest number with `g² ≥ capacity`, spread evenly over the
//! arena. The seed draws which warrior gets which point (a Fisher-Yates shuffle), so no roster index starts better.

use crate::cell::Cell;
use crate::digest::{Digest, Sha256};
use crate::draw::{range_high, Draws};
use crate::error::ArenaError;
use crate::roster::Roster;
use crate::rules::Rules;
use crate::state::{state_len, StateBuf, StateMut, Warrior, STATE_VERSION};
use crate::MAX_WARRIORS;

/// The genesis state of a match with `capacity` warrior slots, of which the first `owners.len()` are taken.
///
/// # Errors
/// As [`genesis_into`].
pub fn genesis<H: Sha256>(
    rules: &Rules,
    owners: &[u8],
    capacity: usize,
    seed: &Digest,
) -> Result<StateBuf, ArenaError> {
    StateBuf::filled(state_len(capacity), |bytes| {
        genesis_into::<H>(rules, owners, capacity, seed, bytes)
    })
}

/// As [`genesis`], written to `out`, which must have [`state_len`]`(capacity)` bytes: for small stacks.
///
/// # Errors
/// [`ArenaError::Rules`], [`ArenaError::Roster`] (also for fewer than two players), [`ArenaError::Capacity`] unless
/// `warriors_min ≤ owners.len() ≤ capacity ≤ warriors_max`, [`ArenaError::Length`].
pub fn genesis_into<H: Sha256>(
    rules: &Rules,
    owners: &[u8],
    capacity: usize,
    seed: &Digest,
    out: &mut [u8],
) -> Result<(), ArenaError> {
    rules.validate()?;
    let roster = Roster::new(rules, owners)?;
    if roster.players() < 2 {
        return Err(ArenaError::Roster {
            warrior: 0,
            must: "a match has at least two players",
        });
    }
    if capacity > usize::from(rules.warriors_max) || capacity < roster.warriors() {
        return Err(ArenaError::Capacity {
            got: capacity,
            must: "the warriors at the start to `warriors_max`",
        });
    }
    if roster.warriors() < usize::from(rules.warriors_min) {
        return Err(ArenaError::Capacity {
            got: roster.warriors(),
            must: "at least `warriors_min` at the start",
        });
    }
    if out.len() != state_len(capacity) {
        return Err(ArenaError::Length {
            what: "genesis state",
            got: out.len(),
            expected: state_len(capacity),
        });
    }
    out.fill(0);
    out[4] = capacity as u8;
    let state = StateMut::cast(out)?;
    write_header(rules, owners, seed, &state_capacity(capacity), state.header);
    place_warriors::<H>(rules, owners, capacity, seed, state.warriors);
    Ok(())
}

/// The capacity as the header stores it.
fn state_capacity(capacity: usize) -> u8 {
    capacity.min(MAX_WARRIORS) as u8
}

fn write_header(
    rules: &Rules,
    owners: &[u8],
    seed: &Digest,
    capacity: &u8,
    header: &mut crate::state::Header,
) {
    header.version = STATE_VERSION;
    header.mode = rules.mode;
    header.capacity = *capacity;
    header.present = owners.len() as u8;
    header.alive = owners.len() as u8;
    header.side = rules.arena_side;
    header.zone_min = 1;
    header.zone_max = rules.arena_side;
    header.seed = *seed;
}

fn place_warriors<H: Sha256>(
    rules: &Rules,
    owners: &[u8],
    capacity: usize,
    seed: &Digest,
    warriors: &mut [Warrior],
) {
    let lattice = lattice_side(capacity);
    let count = usize::from(lattice) * usize::from(lattice);
    let mut points = [0u8; MAX_WARRIORS];
    for (point, index) in points.iter_mut().zip(0u8..) {
        *point = index;
    }
    let spacing = rules.arena_side / lattice;
    let first = 1 + (rules.arena_side - spacing * (lattice - 1) - 1) / 2;
    let mut draws = Draws::new(seed, 0);
    for (index, (warrior, &owner)) in warriors.iter_mut().zip(owners).enumerate() {
        let left = (count - index) as u32;
        let pick = index + range_high(draws.next::<H>(), left) as usize;
        points.swap(index, pick);
        let point = points[index];
        let cell = Cell::at(
            first + point % lattice * spacing,
            first + point / lattice * spacing,
        );
        *warrior = Warrior::enter(cell, rules.hp_max_centi, owner, 0);
    }
}

/// The smallest `g` with `g² ≥ capacity`: at most 10.
fn lattice_side(capacity: usize) -> u8 {
    let mut side = 1u8;
    while usize::from(side) * usize::from(side) < capacity.min(MAX_WARRIORS) {
        side += 1;
    }
    side
}
