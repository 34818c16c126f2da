//! What answers for an operator: deposits, withdrawals, and what becomes of a forfeited bond.

use anchor_lang::prelude::Pubkey;
use aurelius::{accounts, instruction};
use solana_instruction::Instruction;

use super::build::build;
use super::match_ref::MatchRef;
use crate::address;

/// An operator's bond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BondRef {
    /// Who signs for the operator.
    pub authority: Pubkey,
    /// The mint of its matches.
    pub mint: Pubkey,
    /// The token program of that mint.
    pub token_program: Pubkey,
}

impl BondRef {
    /// The operator account.
    pub fn operator(&self) -> Pubkey {
        address::operator(&self.authority, &self.mint)
    }

    fn token_account(&self, owner: &Pubkey) -> Pubkey {
        address::token_account(owner, &self.mint, &self.token_program)
    }
}

/// Adds `amount` of the mint's smallest unit from `depositor`'s canonical token account. `depositor` signs.
pub fn deposit_bond(of: &BondRef, depositor: Pubkey, amount: u64) -> Instruction {
    let operator = of.operator();
    build(
        accounts::DepositBond {
            depositor,
            operator,
            bond_vault: address::bond_vault(&operator),
            mint: of.mint,
            depositor_token: of.token_account(&depositor),
            token_program: of.token_program,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::DepositBond { amount },
    )
}

/// Announces a withdrawal of `amount`; 0 takes an announcement back. The operator's authority signs.
pub fn request_bond_withdrawal(of: &BondRef, amount: u64) -> Instruction {
    build(
        accounts::RequestBondWithdrawal {
            authority: of.authority,
            config: address::config(),
            operator: of.operator(),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::RequestBondWithdrawal { amount },
    )
}

/// Pays an announced withdrawal to the authority's canonical token account. The authority signs.
pub fn withdraw_bond(of: &BondRef) -> Instruction {
    let operator = of.operator();
    build(
        accounts::WithdrawBond {
            authority: of.authority,
            operator,
            bond_vault: address::bond_vault(&operator),
            mint: of.mint,
            recipient_token: of.token_account(&of.authority),
            token_program: of.token_program,
            memo_program: address::memo_program(&of.token_program),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::WithdrawBond {},
    )
}

/// Burns its part of the forfeited bond of a voided match, and moves the rest into the match's vault. Anybody may.
/// The part of wrapped SOL goes to the incinerator's canonical token account, which must exist:
/// [`collect_slash_steps`] makes it.
pub fn collect_slash(of: &MatchRef) -> Instruction {
    build(
        accounts::CollectSlash {
            match_account: of.key,
            operator: of.operator,
            bond_vault: address::bond_vault(&of.operator),
            vault: of.vault(),
            mint: of.mint,
            incinerator_token: slash_incinerator(of).map(|owner| of.token_account(&owner)),
            token_program: of.token_program,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::CollectSlash {},
    )
}

/// [`collect_slash`], after the incinerator's token account where the mint needs it and nobody has made it yet: `payer`
/// pays its rent once for the whole chain, and signs.
pub fn collect_slash_steps(of: &MatchRef, payer: &Pubkey) -> Vec<Instruction> {
    let made = slash_incinerator(of)
        .map(|owner| crate::token::create_token_account(payer, &owner, &of.mint, &of.token_program));
    made.into_iter().chain([collect_slash(of)]).collect()
}

/// The owner of the token account that the burnt part of a slash goes to; none where the mint can be burned.
pub fn slash_incinerator(of: &MatchRef) -> Option<Pubkey> {
    aurelius::payment::is_native_mint(&of.mint).then_some(aurelius::payment::INCINERATOR)
}

/// Names the key that creates and runs the operator's matches. The operator's authority signs.
pub fn set_crank_key(of: &BondRef, crank: Pubkey) -> Instruction {
    build(
        accounts::SetCrankKey {
            authority: of.authority,
            operator: of.operator(),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::SetCrankKey { crank },
    )
}

/// Hands a match to its operator's present crank key. Anybody may.
pub fn hand_over_match(of: &MatchRef) -> Instruction {
    build(
        accounts::HandOverMatch {
            match_account: of.key,
            operator: of.operator,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::HandOverMatch {},
    )
}

/// Pays the challenger's share to their canonical token account, once it has waited long enough. `caller`, who may be
/// anybody, signs.
pub fn claim_award(of: &MatchRef, caller: Pubkey, challenger: &Pubkey) -> Instruction {
    claim_award_to(of, caller, of.token_account(challenger))
}

/// As [`claim_award`], into `recipient_token`: the challenger's canonical token account, or [`MatchRef::holding`].
pub fn claim_award_to(of: &MatchRef, caller: Pubkey, recipient_token: Pubkey) -> Instruction {
    build(
        accounts::ClaimAward {
            caller,
            match_account: of.key,
            vault: of.vault(),
            mint: of.mint,
            recipient_token,
            token_program: of.token_program,
            memo_program: of.memo_program(),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::ClaimAward {},
    )
}
