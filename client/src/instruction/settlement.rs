//! Results, payouts, and every way out.

use anchor_lang::prelude::Pubkey;
use aurelius::{accounts, instruction};
use solana_instruction::Instruction;

use super::build::build;
use super::match_ref::MatchRef;
use crate::address;

/// Shows the final state, in the instruction itself. Anybody may. States that do not fit a transaction go through an
/// upload: [`submit_uploaded_result`].
pub fn submit_result(match_key: Pubkey, state: Vec<u8>) -> Instruction {
    build(
        result_accounts(match_key, None),
        instruction::SubmitResult { state },
    )
}

/// As [`submit_result`], with the state in an upload account.
pub fn submit_uploaded_result(match_key: Pubkey, upload: Pubkey) -> Instruction {
    build(
        result_accounts(match_key, Some(upload)),
        instruction::SubmitResult { state: Vec::new() },
    )
}

fn result_accounts(match_account: Pubkey, upload: Option<Pubkey>) -> accounts::SubmitResult {
    accounts::SubmitResult {
        match_account,
        upload,
        event_authority: address::event_authority(),
        program: aurelius::ID,
    }
}

/// Makes the payouts claimable after the challenge window. Anybody may.
pub fn finalize(of: &MatchRef) -> Instruction {
    build(
        accounts::Finalize {
            match_account: of.key,
            operator: of.operator,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::Finalize {},
    )
}

/// Pays `player`'s payout into their canonical token account. `caller`, who may be anybody, signs.
pub fn claim(of: &MatchRef, caller: Pubkey, player: &Pubkey) -> Instruction {
    claim_to(of, caller, player, of.token_account(player))
}

/// As [`claim`], into `recipient_token`: the player's canonical token account, or [`MatchRef::holding`] a day after
/// the match's last deadline.
pub fn claim_to(of: &MatchRef, caller: Pubkey, player: &Pubkey, recipient_token: Pubkey) -> Instruction {
    build(
        accounts::Claim {
            caller,
            match_account: of.key,
            entry: of.entry(player),
            vault: of.vault(),
            mint: of.mint,
            recipient_token,
            token_program: of.token_program,
            memo_program: of.memo_program(),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::Claim {},
    )
}

/// Pays `player`'s stake back out of a cancelled or voided match, and their share of a forfeited bond once that was
/// collected. `caller`, who may be anybody, signs.
pub fn refund(of: &MatchRef, caller: Pubkey, player: &Pubkey) -> Instruction {
    refund_to(of, caller, player, of.token_account(player))
}

/// As [`refund`], into `recipient_token`: the player's canonical token account, or [`MatchRef::holding`] a day after
/// the match's last deadline.
pub fn refund_to(of: &MatchRef, caller: Pubkey, player: &Pubkey, recipient_token: Pubkey) -> Instruction {
    build(
        accounts::Refund {
            caller,
            match_account: of.key,
            entry: of.entry(player),
            vault: of.vault(),
            mint: of.mint,
            recipient_token,
            token_program: of.token_program,
            memo_program: of.memo_program(),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::Refund {},
    )
}

/// Pays what is held for `owner` in a mint of `token_program` to their canonical token account, and the rent of the
/// holding to them. `caller`, who may be anybody, signs.
pub fn withdraw_holding(caller: Pubkey, owner: Pubkey, mint: Pubkey, token_program: Pubkey) -> Instruction {
    let holder = address::holder(&owner);
    build(
        accounts::WithdrawHolding {
            caller,
            owner,
            holder,
            holding: address::token_account(&holder, &mint, &token_program),
            mint,
            recipient_token: address::token_account(&owner, &mint, &token_program),
            token_program,
            memo_program: address::memo_program(&token_program),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::WithdrawHolding {},
    )
}

/// Pays the fee to the treasury's canonical token account. Anybody may.
pub fn sweep_fee(of: &MatchRef, treasury: &Pubkey) -> Instruction {
    build(
        accounts::SweepFee {
            config: address::config(),
            match_account: of.key,
            vault: of.vault(),
            mint: of.mint,
            treasury_token: of.token_account(treasury),
            token_program: of.token_program,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::SweepFee {},
    )
}

/// Burns the burn share; the one of wrapped SOL goes to the treasury. Anybody may.
pub fn burn(of: &MatchRef, treasury: &Pubkey) -> Instruction {
    let is_native = aurelius::payment::is_native_mint(&of.mint);
    build(
        accounts::Burn {
            config: address::config(),
            match_account: of.key,
            vault: of.vault(),
            mint: of.mint,
            treasury_token: is_native.then(|| of.token_account(treasury)),
            token_program: of.token_program,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::Burn {},
    )
}

/// Gives up an open match. `caller` signs: the operator at any time, anybody after the lock deadline.
pub fn cancel(of: &MatchRef, caller: Pubkey) -> Instruction {
    build(
        accounts::Cancel {
            caller,
            match_account: of.key,
            operator: of.operator,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::Cancel {},
    )
}

/// Ends a locked or live match whose deadline has passed. `caller`, who may be anybody, signs, and gets the reporter's
/// share where the operator's bond is forfeit.
pub fn void_match(of: &MatchRef, caller: Pubkey) -> Instruction {
    build(
        accounts::VoidMatch {
            caller,
            match_account: of.key,
            operator: of.operator,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::VoidMatch {},
    )
}

/// Closes the entry of `player` when nothing is owed to it. `rent_payer` is the recorded one. Anybody may.
pub fn close_entry(match_key: Pubkey, player: &Pubkey, rent_payer: Pubkey) -> Instruction {
    build(
        accounts::CloseEntry {
            match_account: match_key,
            entry: address::entry(&match_key, player),
            rent_payer,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::CloseEntry {},
    )
}

/// Who closes a match, and where what is left of it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseMatch {
    /// Anybody; signs.
    pub caller: Pubkey,
    /// As recorded in the match.
    pub rent_payer: Pubkey,
    /// The config's treasury: needed only if somebody donated tokens to the vault.
    pub treasury_of_surplus: Option<Pubkey>,
}

/// Closes match, trace and vault.
pub fn close_match(of: &MatchRef, close: &CloseMatch) -> Instruction {
    build(
        accounts::CloseMatch {
            caller: close.caller,
            config: address::config(),
            match_account: of.key,
            trace: of.trace(),
            vault: of.vault(),
            mint: of.mint,
            treasury_token: close
                .treasury_of_surplus
                .map(|treasury| of.token_account(&treasury)),
            rent_payer: close.rent_payer,
            token_program: of.token_program,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::CloseMatch {},
    )
}
