//! Changes to the bytes of a state that the rules did not make. Offsets are those of the tables in `arena::state`.

use arena::{Rules, StateBuf, HEADER_LEN, WARRIOR_LEN};

use super::Cheat;

const ALIVE: usize = 6;
const SIDE: usize = 8;
const ZONE: usize = 9;
const EVENT: usize = 11;
const EVENT_UNTIL: usize = 12;
const RAGE: u16 = 1;
const HP_BITS: u16 = 0x3FFF;
const DAMAGE_MAX: u32 = (1 << 21) - 1;
/// Ten hit points.
const HP_GIFT_CENTI: u16 = 1_000;

/// `honest` after the lie; none when this state gives no occasion for it.
pub(super) fn forged(rules: &Rules, honest: &StateBuf, cheat: Cheat) -> Option<StateBuf> {
    let mut state = Forge {
        rules,
        honest,
        bytes: honest.as_bytes().to_vec(),
    };
    match cheat {
        Cheat::HitPoints => state.hit_points()?,
        Cheat::Resurrection => state.resurrection()?,
        Cheat::Position => state.position()?,
        Cheat::KillCredit => state.kill_credit()?,
        Cheat::PowerUp => state.power_up()?,
        Cheat::Effect => state.effect()?,
        Cheat::Zone => state.zone(),
        Cheat::SpecialEvent => state.special_event(),
        Cheat::Ranking => state.ranking()?,
        Cheat::Owner => state.owner()?,
        _ => return None,
    }
    let forged = StateBuf::from_bytes(&state.bytes).ok()?;
    forged.view().check_rules(rules).ok()?;
    (forged != *honest).then_some(forged)
}

struct Forge<'a> {
    rules: &'a Rules,
    honest: &'a StateBuf,
    bytes: Vec<u8>,
}

impl Forge<'_> {
    fn warrior(&self, index: usize) -> usize {
        HEADER_LEN + WARRIOR_LEN * index
    }

    fn word(&self, at: usize) -> u16 {
        u16::from_le_bytes([self.bytes[at], self.bytes[at + 1]])
    }

    fn set_word(&mut self, at: usize, word: u16) {
        self.bytes[at..at + 2].copy_from_slice(&word.to_le_bytes());
    }

    fn first(&self, is: impl Fn(&arena::Warrior) -> bool) -> Option<usize> {
        self.honest.view().warriors().iter().position(is)
    }

    fn tick(&self) -> u16 {
        self.honest.view().tick() as u16
    }

    fn hit_points(&mut self) -> Option<()> {
        let most = self.rules.hp_max_centi - HP_GIFT_CENTI;
        let (index, gift) = match self.first(|warrior| warrior.alive() && warrior.hp_centi() <= most) {
            Some(index) => (index, HP_GIFT_CENTI),
            None => (
                self.first(|warrior| warrior.hp_centi() > HP_GIFT_CENTI)?,
                HP_GIFT_CENTI.wrapping_neg(),
            ),
        };
        let at = self.warrior(index) + 2;
        let vital = self.word(at);
        self.set_word(
            at,
            vital & !HP_BITS | (vital & HP_BITS).wrapping_add(gift) & HP_BITS,
        );
        Some(())
    }

    fn resurrection(&mut self) -> Option<()> {
        let cells: Vec<_> = self.living_cells();
        let index = self.first(|warrior| !warrior.alive() && !cells.contains(&(warrior.x(), warrior.y())))?;
        let at = self.warrior(index);
        let ready = self.tick() + 1;
        self.set_word(at + 2, 100);
        self.set_word(at + 4, ready);
        self.set_word(at + 6, ready);
        self.bytes[ALIVE] += 1;
        Some(())
    }

    fn living_cells(&self) -> Vec<(u8, u8)> {
        let view = self.honest.view();
        let living = view.warriors().iter().filter(|warrior| warrior.alive());
        living.map(|warrior| (warrior.x(), warrior.y())).collect()
    }

    fn position(&mut self) -> Option<()> {
        let side = self.bytes[SIDE];
        let taken = self.living_cells();
        let index = self.first(arena::Warrior::alive)?;
        let (x, y) = taken[0];
        let (x, y) = (1..=side)
            .flat_map(|row| (1..=side).map(move |column| (column, row)))
            .filter(|cell| !taken.contains(cell))
            .min_by_key(|cell| x.abs_diff(cell.0).max(y.abs_diff(cell.1)))?;
        let at = self.warrior(index);
        let heading = self.word(at) & 0xF000;
        self.set_word(at, heading | u16::from(y) << 6 | u16::from(x));
        Some(())
    }

    fn kill_credit(&mut self) -> Option<()> {
        let robbed = self.first(|warrior| warrior.kills() > 0);
        if let Some(robbed) = robbed {
            let at = self.warrior(robbed) + 15;
            self.bytes[at] -= 1;
        }
        let index = usize::from(robbed == Some(0));
        let at = self.warrior(index) + 15;
        self.bytes[at] += 1;
        Some(())
    }

    fn power_up(&mut self) -> Option<()> {
        let view = self.honest.view();
        let power_ups = view.power_ups();
        let start = self.bytes.len() - 4 * power_ups.len();
        let Some(slot) = power_ups.iter().position(arena::PowerUp::is_empty) else {
            self.bytes[start..start + 4].fill(0);
            return Some(());
        };
        let taken: Vec<_> = power_ups.iter().map(|lying| (lying.x(), lying.y())).collect();
        let side = self.bytes[SIDE];
        let column = (1..=side).find(|column| !taken.contains(&(*column, 1)))?;
        let expires = self.tick() + self.rules.power_up_life_ticks;
        self.set_word(start + 4 * slot, 4 << 12 | 1 << 6 | u16::from(column));
        self.set_word(start + 4 * slot + 2, expires);
        Some(())
    }

    fn effect(&mut self) -> Option<()> {
        let index = self.first(|warrior| warrior.alive() && warrior.effect() != arena::Effect::Rage)?;
        let at = self.warrior(index);
        let until = self.tick() + self.rules.effect_ticks;
        let hp = self.word(at + 2) & HP_BITS;
        self.set_word(at + 2, hp | RAGE << 14);
        self.set_word(at + 8, until);
        Some(())
    }

    fn zone(&mut self) {
        let (min, max) = (self.bytes[ZONE], self.bytes[ZONE + 1]);
        let smaller = max - min + 1 >= self.rules.zone_side_final + 2;
        let (min, max) = if smaller {
            (min + 1, max - 1)
        } else {
            (min - 1, max + 1)
        };
        self.bytes[ZONE..=ZONE + 1].copy_from_slice(&[min, max]);
    }

    fn special_event(&mut self) {
        let until = self.tick() + self.rules.event_ticks;
        self.bytes[EVENT] = self.bytes[EVENT] % 3 + 1;
        self.set_word(EVENT_UNTIL, until);
    }

    fn ranking(&mut self) -> Option<()> {
        let view = self.honest.view();
        let most = view.warriors().iter().map(arena::Warrior::damage_centi).max()?;
        let last = self.warrior(view.present() - 1) + 12;
        let score = u32::from_le_bytes(self.bytes[last..last + 4].try_into().ok()?);
        let score = score & !DAMAGE_MAX | (most + 1);
        self.bytes[last..last + 4].copy_from_slice(&score.to_le_bytes());
        Some(())
    }

    fn owner(&mut self) -> Option<()> {
        let view = self.honest.view();
        let warriors = view.warriors();
        let owned = |owner| warriors.iter().filter(|warrior| warrior.owner() == owner).count();
        let players = warriors
            .chunk_by(|left, right| left.owner() == right.owner())
            .count();
        let index = warriors.windows(2).position(|pair| {
            let (taker, loser) = (pair[0].owner(), pair[1].owner());
            taker != loser && owned(taker) < 5 && (owned(loser) > 1 || players > 2)
        })?;
        let (from, to) = (self.warrior(index), self.warrior(index + 1));
        self.bytes.copy_within(from + 10..from + 12, to + 10);
        Some(())
    }
}
