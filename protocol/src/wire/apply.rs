//! A delta on top of the state before it.

use super::delta::Delta;
use super::error::WireError;
use super::view::Snapshot;

impl Snapshot {
    /// Brings the snapshot one tick on.
    ///
    /// # Errors
    /// [`WireError::Gap`] when the delta is not for the next tick, [`WireError::Range`] when it names what is
    /// not there. The snapshot is unchanged then.
    pub fn apply(&mut self, delta: &Delta) -> Result<(), WireError> {
        delta.check(self)?;
        self.tick = delta.tick;
        self.ending = delta.ending.unwrap_or(self.ending);
        self.zone = delta.zone.unwrap_or(self.zone);
        if let Some(special) = &delta.special {
            self.special = *special;
        }
        for change in &delta.warriors {
            if let Some(warrior) = self.warriors.get_mut(usize::from(change.warrior.0)) {
                change.apply(warrior);
            }
        }
        self.warriors.extend_from_slice(&delta.entered);
        for change in &delta.power_ups {
            if let Some(slot) = self.power_ups.get_mut(usize::from(change.slot)) {
                *slot = change.power_up;
            }
        }
        Ok(())
    }
}
