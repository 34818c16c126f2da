//! A match as most instructions name it.

use anchor_lang::prelude::Pubkey;

use crate::address;

/// What most instructions need to know of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatchRef {
    /// The match account.
    pub key: Pubkey,
    /// The mint it is played in.
    pub mint: Pubkey,
    /// The token program of that mint.
    pub token_program: Pubkey,
    /// The operator account it belongs to.
    pub operator: Pubkey,
}

impl MatchRef {
    /// The match's vault.
    pub fn vault(&self) -> Pubkey {
        address::vault(&self.key)
    }

    /// The match's trace.
    pub fn trace(&self) -> Pubkey {
        address::trace(&self.key)
    }

    /// A player's entry.
    pub fn entry(&self, player: &Pubkey) -> Pubkey {
        address::entry(&self.key, player)
    }

    /// Where payments to `owner` wait that could not be made: the token account of their holder.
    pub fn holding(&self, owner: &Pubkey) -> Pubkey {
        self.token_account(&address::holder(owner))
    }

    /// The memo program, where recipients can ask for memos.
    pub(super) fn memo_program(&self) -> Option<Pubkey> {
        address::memo_program(&self.token_program)
    }

    /// The canonical token account of `owner` in the match's mint.
    pub fn token_account(&self, owner: &Pubkey) -> Pubkey {
        address::token_account(owner, &self.mint, &self.token_program)
    }
}
