//! A player's entry.

use anchor_lang::prelude::Pubkey;
use anchor_lang::AccountDeserialize;
use aurelius::state::Entry;
use solana_account::Account;

use super::checked::{Checked, ViewError};

/// A player's entry in a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryView {
    /// Where it was read.
    pub address: Pubkey,
    /// The match.
    pub match_key: Pubkey,
    /// The player's wallet.
    pub player: Pubkey,
    /// The key that signs their moves.
    pub session_key: Pubkey,
    /// Who gets the rent of the account back.
    pub rent_payer: Pubkey,
    /// Slot in the match, which is the player index.
    pub slot_index: u8,
    /// How many warriors they brought, at least one.
    pub warriors: u8,
    /// What they paid, in the mint's smallest unit.
    pub paid: u64,
    /// They entered after the start.
    pub late: bool,
    /// Their payout was paid.
    pub claimed: bool,
    /// Their stake was paid back.
    pub refunded: bool,
    /// The chain's slot in which they entered.
    pub entered_slot: u64,
}

impl EntryView {
    /// Reads an entry account.
    pub fn decode(address: Pubkey, account: &Account) -> Result<Self, ViewError> {
        let checked = Checked::open::<Entry>("entry", address, account)?;
        checked.version()?;
        checked.exact_length(Entry::SPACE)?;
        let entry =
            Entry::try_deserialize(&mut &*account.data).map_err(|error| checked.field(error.to_string()))?;
        Ok(Self {
            address,
            match_key: entry.match_key,
            player: entry.player,
            session_key: entry.session_key,
            rent_payer: entry.rent_payer,
            slot_index: entry.slot_index,
            warriors: entry.warriors,
            paid: entry.paid,
            late: entry.late,
            claimed: entry.claimed,
            refunded: entry.refunded,
            entered_slot: entry.entered_slot,
        })
    }
}
