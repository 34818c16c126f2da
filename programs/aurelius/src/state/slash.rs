//! What becomes of the bond that answers for a match: freed when the match ends well, forfeit when its
//! operator lied or fell silent.

use anchor_lang::prelude::*;

use super::{
    bond_terms::divide, match_account::Match, operator::Operator, player_slot::PlayerSlot,
    status::MatchStatus,
};
use crate::error::{refuse, AureliusError};

impl Match {
    /// Frees the operator's bond of this match, once.
    pub fn release_bond(&mut self, operator: &mut Operator) -> Result<()> {
        if self.bond_held != 0 {
            self.bond_held = 0;
            operator.release(self.bond_reserved)?;
        }
        Ok(())
    }

    /// Voids the match for a lie or for silence in slot `now`: whatever a result had said is undone, the
    /// reserved bond is forfeit, and `challenger` gets the reporter's share of it. The bond stays reserved
    /// until `collect_slash` moves it. Errors: [`AureliusError::SlotOverflow`].
    pub fn void_with_slash(&mut self, slots: &mut [PlayerSlot], challenger: Pubkey, now: u64) -> Result<()> {
        for slot in slots.iter_mut() {
            slot.payout = 0;
            slot.flags &= PlayerSlot::ENTERED | PlayerSlot::LATE;
        }
        (self.pot, self.fee, self.burn) = (0, 0, 0);
        (self.fee_swept, self.burn_done, self.cosigned) = (0, 0, 0);
        let division = divide(
            self.bond_reserved,
            self.burn_bps,
            self.reporter_bps,
            self.warriors_admitted,
        );
        self.slash = self.bond_reserved;
        self.slash_burn = division.burnt;
        self.award = division.award;
        self.compensation_per_warrior = division.per_warrior;
        self.challenger = challenger;
        self.slash_payable_slot = now
            .checked_add(self.withdraw_slots)
            .ok_or_else(|| refuse(AureliusError::SlotOverflow))?;
        self.set_status(MatchStatus::Voided);
        Ok(())
    }

    /// Whether the warriors of a slot are in play: those of a late entry may have bought a place that no
    /// checkpoint gave them. Meaningful from the start on.
    pub const fn is_admitted(&self, slot: &PlayerSlot) -> bool {
        slot.first_warrior < self.warriors_admitted
    }

    /// The player's share of the slashed bond: none for an entry that was never admitted.
    pub fn compensation(&self, slot: &PlayerSlot) -> u64 {
        if self.is_admitted(slot) {
            self.compensation_per_warrior * u64::from(slot.warriors) // at most `slash`, which fits
        } else {
            0
        }
    }

    /// Whether a slash was imposed and has not arrived in the vault.
    pub const fn slash_outstanding(&self) -> bool {
        self.slash > 0 && self.slash_collected == 0
    }
}
