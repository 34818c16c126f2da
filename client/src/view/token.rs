//! Token accounts and mints, of either token program.

use anchor_lang::prelude::Pubkey;
use anchor_lang::AccountDeserialize;
use anchor_spl::token_interface;
use solana_account::Account;

use super::checked::{ViewError, ViewFault};

/// A token account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenAccountView {
    /// Where it was read.
    pub address: Pubkey,
    /// The mint of its tokens.
    pub mint: Pubkey,
    /// Who may spend them.
    pub owner: Pubkey,
    /// How many, in the smallest unit.
    pub amount: u64,
    /// Whether the mint's freeze authority has frozen it.
    pub frozen: bool,
    /// Whether somebody else may spend from it or close it.
    pub shared: bool,
}

/// A mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MintView {
    /// Where it was read.
    pub address: Pubkey,
    /// The token program it belongs to.
    pub token_program: Pubkey,
    /// Decimal places of one token.
    pub decimals: u8,
    /// Tokens in existence, in the smallest unit.
    pub supply: u64,
}

impl TokenAccountView {
    /// Reads a token account.
    pub fn decode(address: Pubkey, account: &Account) -> Result<Self, ViewError> {
        let token: token_interface::TokenAccount = read("token account", address, account)?;
        Ok(Self {
            address,
            mint: token.mint,
            owner: token.owner,
            amount: token.amount,
            frozen: token.is_frozen(),
            shared: token.delegate.is_some() || token.close_authority.is_some(),
        })
    }

    /// Whether the program lets anybody pay `owner` into it.
    pub fn takes_payments_for(&self, owner: &Pubkey) -> bool {
        self.owner == *owner && !self.frozen && !self.shared
    }
}

impl MintView {
    /// Reads a mint.
    pub fn decode(address: Pubkey, account: &Account) -> Result<Self, ViewError> {
        let mint: token_interface::Mint = read("mint", address, account)?;
        Ok(Self {
            address,
            token_program: account.owner,
            decimals: mint.decimals,
            supply: mint.supply,
        })
    }
}

fn read<T: AccountDeserialize>(
    what: &'static str,
    address: Pubkey,
    account: &Account,
) -> Result<T, ViewError> {
    let fault = |reason| ViewError {
        what,
        address,
        reason,
    };
    if account.owner != anchor_spl::token::ID && account.owner != anchor_spl::token_2022::ID {
        return Err(fault(ViewFault::Owner {
            found: account.owner,
            expected: anchor_spl::token::ID,
        }));
    }
    T::try_deserialize(&mut &*account.data).map_err(|error| fault(ViewFault::Field(error.to_string())))
}
