//! Token movements, read out of inner instructions of the token programs.

use anchor_lang::prelude::Pubkey;
use anchor_spl::token::spl_token::instruction::TokenInstruction;

/// Tokens that moved, or an account that was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenMovement {
    /// From one token account to another.
    Transfer {
        /// From.
        source: Pubkey,
        /// To.
        destination: Pubkey,
        /// In the smallest unit.
        amount: u64,
    },
    /// Out of existence.
    Burn {
        /// From.
        source: Pubkey,
        /// Of what.
        mint: Pubkey,
        /// In the smallest unit.
        amount: u64,
    },
    /// An empty account closed.
    Close {
        /// Which.
        account: Pubkey,
        /// Who got its lamports.
        destination: Pubkey,
    },
}

impl TokenMovement {
    /// Reads an instruction; `None` if it is no token program's, or moves nothing. Token-2022 has the same codes for
    /// what the escrow uses.
    pub(super) fn decode(program: &Pubkey, accounts: &[Pubkey], data: &[u8]) -> Option<Self> {
        if *program != anchor_spl::token::ID && *program != anchor_spl::token_2022::ID {
            return None;
        }
        let at = |index: usize| accounts.get(index).copied();
        match TokenInstruction::unpack(data).ok()? {
            TokenInstruction::Transfer { amount } => Some(Self::Transfer {
                source: at(0)?,
                destination: at(1)?,
                amount,
            }),
            TokenInstruction::TransferChecked { amount, .. } => Some(Self::Transfer {
                source: at(0)?,
                destination: at(2)?,
                amount,
            }),
            TokenInstruction::Burn { amount } | TokenInstruction::BurnChecked { amount, .. } => {
                Some(Self::Burn {
                    source: at(0)?,
                    mint: at(1)?,
                    amount,
                })
            }
            TokenInstruction::CloseAccount => Some(Self::Close {
                account: at(0)?,
                destination: at(1)?,
            }),
            _ => None,
        }
    }
}
