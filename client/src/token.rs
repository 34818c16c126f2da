//! Token instructions that bots, demo and tests need: a mint, token accounts, tokens.
//!
//! Classic SPL Token only: what the demo plays in. Matches in Token-2022 mints need nothing from here.

use anchor_lang::prelude::ProgramError;
use anchor_lang::prelude::Pubkey;
use anchor_spl::token::spl_token;
use solana_instruction::Instruction;

use crate::address::token_account;

/// Bytes of a mint account.
pub const MINT_LEN: usize = 82;

/// Creates and initialises `mint` (a new key that signs) with `authority` as mint authority and no freeze authority.
/// `rent_lamports` is what [`crate::rpc::RpcPool::rent_exempt_minimum`] says for [`MINT_LEN`] bytes; `payer` pays it
/// and signs.
pub fn create_mint(
    payer: &Pubkey,
    mint: &Pubkey,
    authority: &Pubkey,
    decimals: u8,
    rent_lamports: u64,
) -> Result<[Instruction; 2], ProgramError> {
    Ok([
        solana_system_interface::instruction::create_account(
            payer,
            mint,
            rent_lamports,
            MINT_LEN as u64,
            &anchor_spl::token::ID,
        ),
        spl_token::instruction::initialize_mint2(&anchor_spl::token::ID, mint, authority, None, decimals)?,
    ])
}

/// Creates the canonical token account of `owner`, unless it exists. `payer` pays and signs.
pub fn create_token_account(
    payer: &Pubkey,
    owner: &Pubkey,
    mint: &Pubkey,
    token_program: &Pubkey,
) -> Instruction {
    anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent(
        payer,
        owner,
        mint,
        token_program,
    )
}

/// Mints `amount` of the smallest unit to the canonical account of `owner`. `authority` signs.
pub fn mint_to(
    mint: &Pubkey,
    owner: &Pubkey,
    authority: &Pubkey,
    amount: u64,
) -> Result<Instruction, ProgramError> {
    let to = token_account(owner, mint, &anchor_spl::token::ID);
    spl_token::instruction::mint_to(&anchor_spl::token::ID, mint, &to, authority, &[], amount)
}

/// Moves `amount` from the canonical account of `from` to that of `to`. `from` signs.
pub fn transfer(
    mint: &Pubkey,
    from: &Pubkey,
    to: &Pubkey,
    amount: u64,
    decimals: u8,
) -> Result<Instruction, ProgramError> {
    let program = anchor_spl::token::ID;
    let source = token_account(from, mint, &program);
    let destination = token_account(to, mint, &program);
    spl_token::instruction::transfer_checked(
        &program,
        &source,
        mint,
        &destination,
        from,
        &[],
        amount,
        decimals,
    )
}
