//! What bytes must satisfy to be a state.

use super::{Header, PowerUp, Warrior, FLAG_ALL_DEAD, FLAG_ENDED, HP_LIMIT_CENTI, NEVER, STATE_VERSION};
use crate::cell::Cell;
use crate::error::ArenaError;
use crate::rules::{Rules, LENGTH_LIMIT_TICKS, SIDE_LIMIT};
use crate::{MAX_PLAYERS, MAX_WARRIORS, MAX_WARRIORS_PER_PLAYER};

fn require(holds: bool, field: &'static str, index: usize, must: &'static str) -> Result<(), ArenaError> {
    if holds {
        Ok(())
    } else {
        Err(ArenaError::State { field, index, must })
    }
}

/// One bit a cell.
struct CellSet([u64; 64]);

impl CellSet {
    /// False when the cell was in it already.
    fn insert(&mut self, cell: Cell) -> bool {
        let (row, bit) = (&mut self.0[usize::from(cell.y() & 63)], 1u64 << cell.x());
        let fresh = *row & bit == 0;
        *row |= bit;
        fresh
    }
}

/// Everything that does not depend on the rules table.
#[inline(never)]
pub(super) fn check(header: &Header, slots: &[Warrior], power_ups: &[PowerUp]) -> Result<(), ArenaError> {
    check_header(header)?;
    let present = slots.get(..header.present()).unwrap_or(slots);
    let mut cells = CellSet([0; 64]);
    let mut alive = 0usize;
    for (index, warrior) in present.iter().enumerate() {
        check_warrior(header, index, warrior)?;
        if warrior.alive() {
            alive += 1;
            require(
                cells.insert(warrior.cell()),
                "cell",
                index,
                "taken by one living warrior only",
            )?;
        }
    }
    require(
        alive == header.alive(),
        "alive",
        0,
        "the number of warriors with hit points",
    )?;
    check_owners(present)?;
    for (index, slot) in slots.iter().enumerate().skip(present.len()) {
        require(bytemuck::bytes_of(slot) == [0; 16], "absent slot", index, "zero")?;
    }
    check_power_ups(header, power_ups)
}

fn check_header(header: &Header) -> Result<(), ArenaError> {
    let last_tick = u32::from(LENGTH_LIMIT_TICKS);
    require(header.version == STATE_VERSION, "version", 0, "1")?;
    require(header.mode <= 1, "mode", 0, "0 or 1")?;
    require(header.tick() <= last_tick, "tick", 0, "at most 32,000")?;
    require(
        (2..=MAX_WARRIORS).contains(&header.capacity()),
        "capacity",
        0,
        "2 to 100",
    )?;
    require(
        (2..=header.capacity()).contains(&header.present()),
        "present",
        0,
        "2 to the capacity",
    )?;
    require(
        (1..=header.present()).contains(&header.alive()),
        "alive",
        0,
        "1 to the number present",
    )?;
    require(
        header.flags <= (FLAG_ENDED | FLAG_ALL_DEAD),
        "flags",
        0,
        "of the known ones",
    )?;
    require(
        header.flags != FLAG_ALL_DEAD,
        "flags",
        0,
        "ended when all are dead",
    )?;
    require((8..=SIDE_LIMIT).contains(&header.side), "side", 0, "8 to 62")?;
    let (min, max) = header.zone();
    require(
        min >= 1 && min <= max && max <= header.side,
        "zone",
        0,
        "inside the walls",
    )?;
    require(min - 1 == header.side - max, "zone", 0, "centred")?;
    require(header.event <= 3, "special event", 0, "0 to 3")?;
    require(header.reserved == [0; 18], "reserved", 0, "zero")
}

fn check_warrior(header: &Header, index: usize, warrior: &Warrior) -> Result<(), ArenaError> {
    require(
        warrior.cell().within(1, header.side),
        "cell",
        index,
        "inside the walls",
    )?;
    require(warrior.place[1] >> 4 <= 8, "heading", index, "0 to 8")?;
    if warrior.alive() {
        require(
            warrior.move_ready() != NEVER,
            "move_ready",
            index,
            "a tick, as it is alive",
        )?;
        require(
            warrior.attack_ready() != NEVER,
            "attack_ready",
            index,
            "a tick, as it is alive",
        )
    } else {
        let mut dead = *warrior;
        dead.die();
        require(
            dead == *warrior,
            "the dead",
            index,
            "without heading, effect and readiness",
        )
    }
}

/// Ascending players, at most five warriors each, one streak a player, at least two players.
fn check_owners(warriors: &[Warrior]) -> Result<(), ArenaError> {
    let mut run = 0u8;
    let mut players = 0usize;
    let mut previous: Option<&Warrior> = None;
    for (index, warrior) in warriors.iter().enumerate() {
        require(
            usize::from(warrior.owner) < MAX_PLAYERS,
            "owner",
            index,
            "below 100",
        )?;
        match previous {
            Some(last) if last.owner == warrior.owner => {
                run += 1;
                require(
                    last.streak == warrior.streak,
                    "streak",
                    index,
                    "the same in all warriors of a player",
                )?;
            }
            Some(last) => {
                require(last.owner < warrior.owner, "owner", index, "ascending")?;
                (run, players) = (1, players + 1);
            }
            None => (run, players) = (1, 1),
        }
        require(
            run <= MAX_WARRIORS_PER_PLAYER,
            "owner",
            index,
            "that of at most five warriors",
        )?;
        previous = Some(warrior);
    }
    require(players >= 2, "owner", 0, "one of at least two players")
}

fn check_power_ups(header: &Header, power_ups: &[PowerUp]) -> Result<(), ArenaError> {
    let mut cells = CellSet([0; 64]);
    for (index, power_up) in power_ups.iter().enumerate() {
        if power_up.is_empty() {
            require(
                bytemuck::bytes_of(power_up) == [0; 4],
                "empty power-up slot",
                index,
                "zero",
            )?;
            continue;
        }
        require(power_up.kind().is_some(), "power-up kind", index, "1 to 4")?;
        require(
            power_up.cell().within(1, header.side),
            "power-up cell",
            index,
            "inside the walls",
        )?;
        require(
            cells.insert(power_up.cell()),
            "power-up cell",
            index,
            "that of one power-up only",
        )?;
    }
    Ok(())
}

/// What the header must satisfy to go with a rules table.
pub(crate) fn check_header_rules(header: &Header, rules: &Rules) -> Result<(), ArenaError> {
    require(header.mode == rules.mode, "mode", 0, "that of the rules")?;
    require(
        header.capacity <= rules.warriors_max,
        "capacity",
        0,
        "at most `warriors_max`",
    )?;
    require(header.side == rules.arena_side, "side", 0, "`arena_side`")?;
    let (min, max) = header.zone();
    require(
        max - min + 1 >= rules.zone_side_final,
        "zone",
        0,
        "at least `zone_side_final` wide",
    )?;
    let length = u32::from(rules.length_ticks);
    require(header.tick() <= length, "tick", 0, "at most `length_ticks`")?;
    require(
        header.ended() || header.tick() < length,
        "flags",
        0,
        "ended at full time",
    )
}

/// What the warriors must satisfy to go with a rules table.
pub(super) fn check_hp_rules(warriors: &[Warrior], rules: &Rules) -> Result<(), ArenaError> {
    let most = rules.hp_max_centi.min(HP_LIMIT_CENTI);
    for (index, warrior) in warriors.iter().enumerate() {
        require(
            warrior.hp_centi() <= most,
            "hp_centi",
            index,
            "at most `hp_max_centi`",
        )?;
    }
    Ok(())
}
