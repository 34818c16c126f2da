//! The chain's own clock, as its sysvar account tells it.

use anchor_lang::prelude::Pubkey;
use solana_account::Account;

/// The clock sysvar: slot, epoch start, epoch, leader schedule's epoch, then the time, eight bytes each.
pub(crate) const ADDRESS: Pubkey = Pubkey::from_str_const("SysvarC1ock11111111111111111111111111111111");

/// Where the time begins in it.
const UNIX_SECONDS_AT: usize = 32;

/// Unix seconds; none if this is not the clock's account.
pub(crate) fn unix_s(account: &Account) -> Option<i64> {
    let bytes = account.data.get(UNIX_SECONDS_AT..UNIX_SECONDS_AT + 8)?;
    Some(i64::from_le_bytes(bytes.try_into().ok()?))
}
