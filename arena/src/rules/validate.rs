//! What a rules table must satisfy.

use super::{Rules, RULES_VERSION};
use crate::digest::MAX_SEGMENTS_PER_CHECKPOINT;
use crate::error::ArenaError;
use crate::inputs::MAX_SLOTS;
use crate::state::HP_LIMIT_CENTI;
use crate::{MAX_WARRIORS, MAX_WARRIORS_PER_PLAYER};

/// Longest match the 16-bit ticks of the state allow, with every duration added to it.
pub const LENGTH_LIMIT_TICKS: u16 = 32_000;
/// Longest duration of anything within a match.
pub const DURATION_LIMIT_TICKS: u16 = 32_000;
/// Widest arena: the grid has 64 columns, two of them walls.
pub const SIDE_LIMIT: u8 = 62;

fn require(holds: bool, field: &'static str, must: &'static str) -> Result<(), ArenaError> {
    if holds {
        Ok(())
    } else {
        Err(ArenaError::Rules { field, must })
    }
}

impl Rules {
    /// Refuses every table under which a loop would be unbounded, a number of the state could overflow, or money
    /// would not add up.
    ///
    /// # Errors
    /// [`ArenaError::Rules`] with the first offending field.
    #[inline(never)]
    pub fn validate(&self) -> Result<(), ArenaError> {
        self.validate_players()?;
        self.validate_arena()?;
        self.validate_time()?;
        self.validate_money()?;
        self.validate_combat()?;
        self.validate_hazards()
    }

    fn validate_players(&self) -> Result<(), ArenaError> {
        require(self.version == RULES_VERSION, "version", "1")?;
        require(self.mode <= 1, "mode", "0 (Blitz) or 1 (Siege)")?;
        require(self.reserved == [0; 12], "reserved", "zero")?;
        require(self.warriors_min >= 2, "warriors_min", "at least 2")?;
        require(
            self.warriors_min <= self.warriors_max,
            "warriors_min",
            "at most `warriors_max`",
        )?;
        require(
            usize::from(self.warriors_max) <= MAX_WARRIORS,
            "warriors_max",
            "at most 100",
        )?;
        require(
            (1..=MAX_WARRIORS_PER_PLAYER).contains(&self.warriors_per_player_max),
            "warriors_per_player_max",
            "1 to 5",
        )
    }

    fn validate_arena(&self) -> Result<(), ArenaError> {
        let side = u32::from(self.arena_side);
        let last = u32::from(self.zone_side_final);
        let warriors = u32::from(self.warriors_max);
        require(
            (8..=SIDE_LIMIT).contains(&self.arena_side),
            "arena_side",
            "8 to 62",
        )?;
        require(
            side * side >= 2 * warriors,
            "arena_side",
            "wide enough for two cells a warrior",
        )?;
        require(
            last <= side && (side - last).is_multiple_of(2),
            "zone_side_final",
            "`arena_side` less an even number",
        )?;
        require(
            last * last > warriors,
            "zone_side_final",
            "wide enough for all warriors and one cell more",
        )
    }

    fn validate_time(&self) -> Result<(), ArenaError> {
        require((1..=60).contains(&self.segment_ticks), "segment_ticks", "1 to 60")?;
        require(
            self.slot_ticks >= 1 && self.segment_ticks.is_multiple_of(self.slot_ticks),
            "slot_ticks",
            "a divisor of `segment_ticks`",
        )?;
        require(
            self.slots_per_segment() <= MAX_SLOTS,
            "slot_ticks",
            "at most 60 slots a segment",
        )?;
        require(
            (1..=MAX_SEGMENTS_PER_CHECKPOINT).contains(&usize::from(self.segments_per_checkpoint)),
            "segments_per_checkpoint",
            "1 to 4",
        )?;
        require(
            (1..=LENGTH_LIMIT_TICKS).contains(&self.length_ticks),
            "length_ticks",
            "1 to 32,000",
        )?;
        require(
            u32::from(self.length_ticks).is_multiple_of(self.checkpoint_ticks()),
            "length_ticks",
            "a whole number of checkpoints",
        )?;
        require(
            self.late_entry_ticks == 0 || self.mode == 1,
            "late_entry_ticks",
            "0 in Blitz",
        )?;
        require(
            self.late_entry_ticks <= LENGTH_LIMIT_TICKS,
            "late_entry_ticks",
            "at most 32,000",
        )?;
        require(
            (1..=60).contains(&self.changes_per_warrior_max),
            "changes_per_warrior_max",
            "1 to 60",
        )
    }

    fn validate_money(&self) -> Result<(), ArenaError> {
        let shares = [
            self.fee_bps,
            self.burn_bps,
            self.place_bps[0],
            self.place_bps[1],
            self.place_bps[2],
        ];
        let sum: u32 = shares.iter().map(|&bps| u32::from(bps)).sum();
        require(sum == 10_000, "fee_bps + burn_bps + place_bps", "10,000 together")?;
        let [first, second, third] = self.place_bps;
        require(first >= second && second >= third, "place_bps", "descending")
    }

    fn validate_combat(&self) -> Result<(), ArenaError> {
        require(
            (1..=HP_LIMIT_CENTI).contains(&self.hp_max_centi),
            "hp_max_centi",
            "1 to 16,383",
        )?;
        require(
            (1..=self.hp_max_centi).contains(&self.hp_late_centi),
            "hp_late_centi",
            "1 to `hp_max_centi`",
        )?;
        require((2..=600).contains(&self.move_ticks), "move_ticks", "2 to 600")?;
        require(
            (2..=self.move_ticks).contains(&self.move_fast_ticks),
            "move_fast_ticks",
            "2 to `move_ticks`",
        )?;
        require(
            (15..=6_000).contains(&self.attack_ticks),
            "attack_ticks",
            "15 to 6,000",
        )?;
        require(
            self.damage_min_centi <= self.damage_max_centi,
            "damage_min_centi",
            "at most `damage_max_centi`",
        )?;
        require(
            self.damage_max_centi <= 10_000,
            "damage_max_centi",
            "at most 10,000",
        )?;
        require(
            (60..=LENGTH_LIMIT_TICKS).contains(&self.growth_ticks),
            "growth_ticks",
            "60 to 32,000",
        )?;
        require(
            self.late_entry_ticks / self.growth_ticks <= 7,
            "late_entry_ticks",
            "below 8 times `growth_ticks`",
        )?;
        require(self.growth_bps <= 1_000, "growth_bps", "at most 1,000")?;
        require(
            (10_000..=40_000).contains(&self.rage_bps),
            "rage_bps",
            "10,000 to 40,000",
        )?;
        require(self.underdog_bps <= 10_000, "underdog_bps", "at most 10,000")?;
        require(self.shield_bps <= 10_000, "shield_bps", "at most 10,000")?;
        require(
            (10_000..=40_000).contains(&self.frenzy_bps),
            "frenzy_bps",
            "10,000 to 40,000",
        )?;
        require(
            self.kill_heal_centi <= self.hp_max_centi,
            "kill_heal_centi",
            "at most `hp_max_centi`",
        )?;
        require(
            self.heal_centi <= self.hp_max_centi,
            "heal_centi",
            "at most `hp_max_centi`",
        )
    }

    fn validate_hazards(&self) -> Result<(), ArenaError> {
        let hp = self.hp_max_centi;
        require(self.environment_ticks >= 30, "environment_ticks", "at least 30")?;
        require(
            self.environment_damage_centi <= hp,
            "environment_damage_centi",
            "at most `hp_max_centi`",
        )?;
        require(self.zone_ticks >= 30, "zone_ticks", "at least 30")?;
        require(
            self.zone_damage_centi <= hp,
            "zone_damage_centi",
            "at most `hp_max_centi`",
        )?;
        require(self.shrink_start_ticks >= 1, "shrink_start_ticks", "at least 1")?;
        require(self.shrink_every_ticks >= 30, "shrink_every_ticks", "at least 30")?;
        require(
            self.power_up_every_ticks >= 1,
            "power_up_every_ticks",
            "at least 1",
        )?;
        require(
            self.power_up_chance_bps <= 10_000,
            "power_up_chance_bps",
            "at most 10,000",
        )?;
        require(
            (1..=DURATION_LIMIT_TICKS).contains(&self.power_up_life_ticks),
            "power_up_life_ticks",
            "1 to 32,000",
        )?;
        require(
            self.effect_ticks <= DURATION_LIMIT_TICKS,
            "effect_ticks",
            "at most 32,000",
        )?;
        require(self.event_every_ticks >= 1, "event_every_ticks", "at least 1")?;
        require(
            self.event_chance_bps <= 10_000,
            "event_chance_bps",
            "at most 10,000",
        )?;
        require(
            (1..=DURATION_LIMIT_TICKS).contains(&self.event_ticks),
            "event_ticks",
            "1 to 32,000",
        )
    }
}
