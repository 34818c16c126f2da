//! Lies, for demonstrations: what a crank would have to do to be caught.
//!
//! A cheating match goes on from the lie as if it were true, so players see it and the chain is told of it.
//! Every kind is caught by anybody who steps the posted inputs again; silence by the deadline. Whoever runs
//! this loses the bond. Offsets are those of the state in `docs/RULES.md`. Absent: lies that the program
//! itself refuses (a drip key that is not the next one), and inputs left out before they are posted, which no
//! ledger can show.

use std::str::FromStr;

use arena::{Change, Digest, HostSha256, Scratch, Sha256, StateBuf};

/// What kind of lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheatKind {
    /// A warrior gets ten hit points out of nowhere, or loses them.
    Hp,
    /// A warrior stands on another cell.
    Position,
    /// A hit did one more hit point of damage than was rolled.
    Damage,
    /// A warrior is credited with a kill that nobody made.
    Kill,
    /// A power-up appears or vanishes.
    PowerUp,
    /// The safe zone shrinks before its time.
    Zone,
    /// A player's score is raised, which decides ties.
    Ranking,
    /// The match is declared over.
    EarlyEnd,
    /// An input is posted and not applied.
    SkippedInput,
    /// An input is applied and not posted.
    InventedInput,
    /// The rolls are made with another key than the one that is revealed.
    DripKey,
    /// The hashes of a checkpoint's segments change places; with one segment, its hash is that of another
    /// state.
    SwappedLeaves,
    /// Nothing is posted any more.
    Silence,
}

impl CheatKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Hp,
        Self::Position,
        Self::Damage,
        Self::Kill,
        Self::PowerUp,
        Self::Zone,
        Self::Ranking,
        Self::EarlyEnd,
        Self::SkippedInput,
        Self::InventedInput,
        Self::DripKey,
        Self::SwappedLeaves,
        Self::Silence,
    ];

    /// As typed on a command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hp => "hp",
            Self::Position => "position",
            Self::Damage => "damage",
            Self::Kill => "kill",
            Self::PowerUp => "power-up",
            Self::Zone => "zone",
            Self::Ranking => "ranking",
            Self::EarlyEnd => "early-end",
            Self::SkippedInput => "skipped-input",
            Self::InventedInput => "invented-input",
            Self::DripKey => "drip-key",
            Self::SwappedLeaves => "swapped-leaves",
            Self::Silence => "silence",
        }
    }
}

/// A name that is no kind of lie.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no way to cheat; ways are hp, position, damage, kill, power-up, zone, ranking, early-end, skipped-input, invented-input, drip-key, swapped-leaves and silence")]
pub struct UnknownCheat(String);

impl FromStr for CheatKind {
    type Err = UnknownCheat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownCheat(name.to_owned()))
    }
}

/// A lie, and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cheat {
    /// What kind.
    pub kind: CheatKind,
    /// The checkpoint in which it is told.
    pub checkpoint: u32,
}

impl Cheat {
    /// Whether the tick made after `made` others is in the lie's checkpoint or after it: rolls nobody needed
    /// and inputs nobody gave can wait for the next.
    fn is_due(&self, made: u32, checkpoint_ticks: u32) -> bool {
        made / checkpoint_ticks.max(1) >= self.checkpoint
    }

    /// Whether it is the one tick, in the middle of the checkpoint's first segment, on which a state is
    /// changed.
    fn is_moment(&self, made: u32, checkpoint_ticks: u32) -> bool {
        made == self.checkpoint * checkpoint_ticks + MOMENT_TICKS
    }

    /// The key the rolls are made with.
    pub(super) fn key(&self, made: u32, checkpoint_ticks: u32, key: Digest) -> Digest {
        if self.kind == CheatKind::DripKey && self.is_due(made, checkpoint_ticks) {
            HostSha256::sha256(&[&key])
        } else {
            key
        }
    }

    /// What is applied instead of what will be posted; none: the same.
    pub(super) fn applied(
        &self,
        made: u32,
        checkpoint_ticks: u32,
        state: &StateBuf,
        posted: &[Change],
    ) -> Option<Vec<Change>> {
        match self.kind {
            CheatKind::SkippedInput if self.is_due(made, checkpoint_ticks) && !posted.is_empty() => {
                Some(posted[1..].to_vec())
            }
            CheatKind::InventedInput if self.is_moment(made, checkpoint_ticks) => {
                let warrior = (0..state.view().present())
                    .find(|&index| state.view().warrior(index).is_some_and(|warrior| warrior.alive()))?;
                let heading = state.view().warrior(warrior)?.heading() as u8 % 8 + 1;
                let mut applied = posted.to_vec();
                applied.push(Change {
                    warrior: warrior as u8,
                    heading,
                });
                Some(applied)
            }
            _ => None,
        }
    }

    /// Changes the state after the tick made after `made` others. What would be no state is left out.
    pub(super) fn corrupt(
        &self,
        made: u32,
        checkpoint_ticks: u32,
        state: &mut StateBuf,
        scratch: &mut Scratch,
    ) {
        if !self.is_moment(made, checkpoint_ticks) {
            return;
        }
        let mut bytes = state.as_bytes().to_vec();
        self.edit(&mut bytes, state);
        if let Ok(lie) = StateBuf::from_bytes(&bytes) {
            *state = lie;
            scratch.rebuild(&state.view());
        }
    }

    fn edit(&self, bytes: &mut [u8], state: &StateBuf) {
        let view = state.view();
        let Some((index, warrior)) = view
            .warriors()
            .iter()
            .enumerate()
            .find(|(_, warrior)| warrior.alive())
        else {
            return;
        };
        let at = HEADER + WARRIOR * index;
        let set_hp = |bytes: &mut [u8], hp: u16| {
            let effect = bytes[at + 3] & 0xC0;
            bytes[at + 2..at + 4].copy_from_slice(&hp.to_le_bytes());
            bytes[at + 3] |= effect;
        };
        let hp = warrior.hp_centi();
        match self.kind {
            CheatKind::Hp if hp > 9_000 => set_hp(bytes, hp - 1_000),
            CheatKind::Hp => set_hp(bytes, hp + 1_000),
            CheatKind::Damage => {
                set_hp(bytes, hp.saturating_sub(100).max(1));
                bytes[at + 12] = bytes[at + 12].wrapping_add(100);
            }
            CheatKind::Kill => bytes[at + 15] = bytes[at + 15].saturating_add(1),
            CheatKind::Ranking => bytes[at + 13] = bytes[at + 13].wrapping_add(16),
            CheatKind::Position => {
                // The first free cell of the warrior's column; the cell is the low 12 bits, `y · 64 + x`.
                let taken = |cell: u16| {
                    view.warriors()
                        .iter()
                        .any(|other| other.alive() && other.cell().bits() == cell)
                };
                let side = u16::from(bytes[8]);
                let free = (1..=side)
                    .map(|y| y * 64 + u16::from(warrior.x()))
                    .find(|&cell| !taken(cell));
                if let Some(cell) = free {
                    let heading = bytes[at + 1] & 0xF0;
                    bytes[at..at + 2].copy_from_slice(&cell.to_le_bytes());
                    bytes[at + 1] |= heading;
                }
            }
            CheatKind::PowerUp => {
                let slots = HEADER + WARRIOR * view.capacity();
                let Some(slot) = bytes.get_mut(slots..slots + 4) else {
                    return;
                };
                if slot == [0; 4] {
                    // A power-up of kind 1 in the north-west corner that lasts as long as any.
                    slot.copy_from_slice(&[65, 0x10, 0xFF, 0x7C]);
                } else {
                    slot.fill(0);
                }
            }
            CheatKind::Zone => {
                bytes[9] += 1;
                bytes[10] -= 1;
            }
            CheatKind::EarlyEnd => bytes[7] |= 1,
            _ => {}
        }
    }

    /// Changes the leaves of a complete checkpoint.
    pub(super) fn swap(&self, checkpoint: u32, leaves: &mut [Digest]) {
        if self.kind != CheatKind::SwappedLeaves || checkpoint != self.checkpoint {
            return;
        }
        match leaves {
            [only] => only.reverse(),
            several => several.reverse(),
        }
    }

    /// Whether a complete checkpoint is kept back.
    pub(super) fn withholds(&self, checkpoint: u32) -> bool {
        self.kind == CheatKind::Silence && checkpoint >= self.checkpoint
    }
}

/// Ticks into the checkpoint at which a state is changed.
const MOMENT_TICKS: u32 = 30;
/// Bytes in front of the first warrior.
const HEADER: usize = arena::HEADER_LEN;
/// Bytes of a warrior.
const WARRIOR: usize = arena::WARRIOR_LEN;

#[cfg(test)]
#[path = "cheat_tests.rs"]
mod tests;
