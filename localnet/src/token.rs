//! The part of SPL Token accounts and mints that the RPC reads: the base layout, which is the same
//! for the classic program and for Token-2022. Extensions are not interpreted here.
//!
//! | account | bytes | mint | bytes |
//! |---|---|---|---|
//! | mint | 0..32 | supply u64 | 36..44 |
//! | owner | 32..64 | decimals u8 | 44 |
//! | amount u64 | 64..72 | initialised u8 | 45 |
//! | delegate (tag u32, key) | 72..108 | | |
//! | state u8 | 108 | | |
//!
//! A Token-2022 account longer than 165 bytes carries its type at byte 165 (1 mint, 2 account), and
//! a length of 355 is a multisig.

use solana_account_4::{AccountSharedData, ReadableAccount};
use solana_keypair::Address;

use crate::addresses::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};

const ACCOUNT_LEN: usize = 165;
const MINT_LEN: usize = 82;
const MULTISIG_LEN: usize = 355;
const TYPE_OFFSET: usize = 165;
const TYPE_MINT: u8 = 1;
const TYPE_ACCOUNT: u8 = 2;

/// The base fields of an initialised token account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TokenAccount {
    pub(crate) mint: Address,
    pub(crate) owner: Address,
    pub(crate) amount: u64,
    pub(crate) delegate: Option<Address>,
}

/// The base fields of an initialised mint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mint {
    pub(crate) supply: u64,
    pub(crate) decimals: u8,
}

/// Is this one of the two token programs?
pub(crate) fn is_token_program(program: &Address) -> bool {
    *program == TOKEN_PROGRAM || *program == TOKEN_2022_PROGRAM
}

/// The token account in `account`, if a token program owns it and it is initialised.
pub(crate) fn token_account(account: &AccountSharedData) -> Option<TokenAccount> {
    let data = account.data();
    if !has_layout(account, ACCOUNT_LEN, TYPE_ACCOUNT) || *data.get(108)? == 0 {
        return None;
    }
    let delegate = match data.get(72..76)? {
        [1, 0, 0, 0] => Some(address(data, 76)?),
        _ => None,
    };
    Some(TokenAccount {
        mint: address(data, 0)?,
        owner: address(data, 32)?,
        amount: word(data, 64)?,
        delegate,
    })
}

/// The mint in `account`, if a token program owns it and it is initialised.
pub(crate) fn mint(account: &AccountSharedData) -> Option<Mint> {
    let data = account.data();
    if !has_layout(account, MINT_LEN, TYPE_MINT) || *data.get(45)? != 1 {
        return None;
    }
    Some(Mint {
        supply: word(data, 36)?,
        decimals: *data.get(44)?,
    })
}

/// The 82 bytes of a mint without authorities, as wrapped SOL's is.
pub(crate) fn native_mint_data() -> Vec<u8> {
    let mut data = vec![0; MINT_LEN];
    data[44] = 9;
    data[45] = 1;
    data
}

fn has_layout(account: &AccountSharedData, base_len: usize, kind: u8) -> bool {
    let data = account.data();
    is_token_program(account.owner())
        && (data.len() == base_len
            || (*account.owner() == TOKEN_2022_PROGRAM
                && data.len() > TYPE_OFFSET
                && data.len() != MULTISIG_LEN
                && data[TYPE_OFFSET] == kind))
}

fn address(data: &[u8], at: usize) -> Option<Address> {
    let bytes: [u8; 32] = data.get(at..at + 32)?.try_into().ok()?;
    Some(Address::from(bytes))
}

fn word(data: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(data.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    fn account(owner: Address, data: Vec<u8>) -> AccountSharedData {
        let mut account = AccountSharedData::new(1, 0, &owner);
        account.set_data_from_slice(&data);
        account
    }

    fn token_data() -> Vec<u8> {
        let mut data = vec![0; ACCOUNT_LEN];
        data[0..32].fill(1);
        data[32..64].fill(2);
        data[64..72].copy_from_slice(&77u64.to_le_bytes());
        data[108] = 1;
        data
    }

    #[test]
    fn base_account_is_read() {
        let found = token_account(&account(TOKEN_PROGRAM, token_data())).unwrap();
        assert_eq!(found.mint, Address::from([1; 32]));
        assert_eq!(found.owner, Address::from([2; 32]));
        assert_eq!((found.amount, found.delegate), (77, None));
    }

    #[test]
    fn delegate_is_read() {
        let mut data = token_data();
        data[72] = 1;
        data[76..108].fill(9);
        let found = token_account(&account(TOKEN_PROGRAM, data)).unwrap();
        assert_eq!(found.delegate, Some(Address::from([9; 32])));
    }

    #[test]
    fn others_are_not_token_accounts() {
        let mut uninitialised = token_data();
        uninitialised[108] = 0;
        assert_eq!(token_account(&account(TOKEN_PROGRAM, uninitialised)), None);
        let foreign = account(Address::from([7; 32]), token_data());
        assert_eq!(token_account(&foreign), None);
        assert_eq!(token_account(&account(TOKEN_PROGRAM, vec![1; 10])), None);
        // Only Token-2022 may be longer than the base layout, and the type byte decides.
        let mut longer = token_data();
        longer.extend_from_slice(&[TYPE_ACCOUNT, 0, 0]);
        assert_eq!(token_account(&account(TOKEN_PROGRAM, longer.clone())), None);
        assert!(token_account(&account(TOKEN_2022_PROGRAM, longer.clone())).is_some());
        longer[TYPE_OFFSET] = TYPE_MINT;
        assert_eq!(token_account(&account(TOKEN_2022_PROGRAM, longer)), None);
    }

    #[test]
    fn native_mint_is_a_mint_of_nine_decimals() {
        let found = mint(&account(TOKEN_PROGRAM, native_mint_data())).unwrap();
        assert_eq!(
            found,
            Mint {
                supply: 0,
                decimals: 9
            }
        );
    }
}
