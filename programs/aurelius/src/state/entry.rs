//! A player's entry in a match: a receipt and a session key. What is owed to the player stands in the
//! match's slot; the flags here repeat it for readers.

use anchor_lang::prelude::*;

use super::player_slot::PlayerSlot;
use crate::error::{refuse, AureliusError};

/// A player's entry.
#[account]
#[derive(InitSpace, Debug)]
pub struct Entry {
    /// Layout of this account, [`ACCOUNT_VERSION`](super::ACCOUNT_VERSION).
    pub version: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Slot in the match, which is the player index.
    pub slot_index: u8,
    /// Warriors bought: 1 to the rules table's maximum per player.
    pub warriors: u8,
    /// Entered after the start.
    pub late: bool,
    /// The payout was paid.
    pub claimed: bool,
    /// The stake was paid back.
    pub refunded: bool,
    /// The match.
    pub match_key: Pubkey,
    /// Wallet of the player.
    pub player: Pubkey,
    /// Ed25519 key that signs the player's moves.
    pub session_key: Pubkey,
    /// Who gets the rent of this account back.
    pub rent_payer: Pubkey,
    /// Stake paid, in the mint's smallest unit.
    pub paid: u64,
    /// Slot of the entry.
    pub entered_slot: u64,
    /// Zero.
    pub reserved: [u8; 32],
}

impl Entry {
    /// Account size with discriminator.
    pub const SPACE: usize = super::DISCRIMINATOR_LEN + Self::INIT_SPACE;

    /// Refuses an entry of another match.
    pub fn check_match(&self, match_key: &Pubkey) -> Result<&Self> {
        super::check_version(self.version)?;
        ensure!(self.match_key == *match_key, AureliusError::EntryMismatch);
        Ok(self)
    }

    /// Refuses an entry of another player.
    pub fn check_player(&self, player: &Pubkey) -> Result<&Self> {
        ensure!(self.player == *player, AureliusError::EntryMismatch);
        Ok(self)
    }

    /// Refuses to pay the rent to anybody but who paid it.
    pub fn check_rent_payer(&self, rent_payer: &Pubkey) -> Result<&Self> {
        ensure!(self.rent_payer == *rent_payer, AureliusError::RentPayerMismatch);
        Ok(self)
    }

    /// Refuses an entry that says something else than its slot. Errors: [`AureliusError::SlotMismatch`].
    pub fn check_slot(&self, slots: &[PlayerSlot]) -> Result<()> {
        let slot = slots
            .get(usize::from(self.slot_index))
            .ok_or_else(|| refuse(AureliusError::SlotMismatch))?;
        ensure!(
            slot.has(PlayerSlot::ENTERED)
                && slot.player == self.player
                && slot.warriors == self.warriors
                && slot.paid == self.paid
                && slot.has(PlayerSlot::LATE) == self.late
                && slot.has(PlayerSlot::CLAIMED) == self.claimed,
            AureliusError::SlotMismatch
        );
        Ok(())
    }

    /// The entry's slot, which must name the same player.
    pub fn slot_mut<'a>(&self, slots: &'a mut [PlayerSlot]) -> Result<&'a mut PlayerSlot> {
        let slot = slots
            .get_mut(usize::from(self.slot_index))
            .ok_or_else(|| refuse(AureliusError::SlotMismatch))?;
        ensure!(
            slot.has(PlayerSlot::ENTERED) && slot.player == self.player,
            AureliusError::SlotMismatch
        );
        Ok(slot)
    }
}
