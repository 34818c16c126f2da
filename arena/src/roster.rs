//! Who owns which warrior.

use crate::error::ArenaError;
use crate::rules::Rules;
use crate::MAX_PLAYERS;

/// The owners (player indexes) of the warriors of a match in warrior order, checked.
///
/// Warriors of one player stand together, and players come in ascending order: that is how slots fill at the start,
/// and late entries take slots after all earlier ones.
#[derive(Clone, Copy, Debug)]
pub struct Roster<'a> {
    owners: &'a [u8],
}

impl<'a> Roster<'a> {
    /// Checks `owners[warrior] = player`: at most `warriors_max` warriors, players below 100 and ascending, at most
    /// `warriors_per_player_max` each.
    ///
    /// # Errors
    /// [`ArenaError::Roster`] with the first offending warrior.
    pub fn new(rules: &Rules, owners: &'a [u8]) -> Result<Self, ArenaError> {
        if owners.len() > usize::from(rules.warriors_max) {
            let warrior = usize::from(rules.warriors_max);
            return Err(ArenaError::Roster {
                warrior,
                must: "a match has at most `warriors_max` warriors",
            });
        }
        check_runs(rules, owners)?;
        Ok(Self { owners })
    }

    /// The owners, one a warrior.
    pub fn owners(&self) -> &'a [u8] {
        self.owners
    }

    /// How many warriors there are.
    pub fn warriors(&self) -> usize {
        self.owners.len()
    }

    /// How many different players own them.
    pub fn players(&self) -> usize {
        let changes = self.owners.windows(2).filter(|pair| pair[0] != pair[1]).count();
        if self.owners.is_empty() {
            0
        } else {
            changes + 1
        }
    }
}

/// Ascending players below [`MAX_PLAYERS`], none with more warriors than the rules allow.
pub(crate) fn check_runs(rules: &Rules, owners: &[u8]) -> Result<(), ArenaError> {
    let mut previous = None;
    let mut run = 0u8;
    for (warrior, &owner) in owners.iter().enumerate() {
        if usize::from(owner) >= MAX_PLAYERS {
            return Err(ArenaError::Roster {
                warrior,
                must: "a player index is below 100",
            });
        }
        match previous {
            Some(last) if owner < last => {
                return Err(ArenaError::Roster {
                    warrior,
                    must: "owners come in ascending order",
                });
            }
            Some(last) if owner == last => run += 1,
            _ => run = 1,
        }
        if run > rules.warriors_per_player_max {
            return Err(ArenaError::Roster {
                warrior,
                must: "a player has at most `warriors_per_player_max` warriors",
            });
        }
        previous = Some(owner);
    }
    Ok(())
}
