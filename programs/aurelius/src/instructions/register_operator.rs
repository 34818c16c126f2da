//! Registers the signer as an operator in one mint, with an empty bond vault. A new operator is
//! inactive until the config's authority says otherwise, and creates no match beyond its bond.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::AureliusError,
    event::{self, OperatorRegistered},
    payment::vet_mint,
    state::{seeds, Config, Operator, ACCOUNT_VERSION},
};

#[event_cpi]
#[derive(Accounts)]
pub struct RegisterOperator<'info> {
    pub authority: Signer<'info>,
    #[account(mut)]
    pub payer: Signer<'info>,
    pub config: AccountLoader<'info, Config>,
    #[account(
        init,
        payer = payer,
        space = Operator::SPACE,
        seeds = [seeds::OPERATOR, authority.key().as_ref(), mint.key().as_ref()],
        bump
    )]
    pub operator: Account<'info, Operator>,
    #[account(
        init,
        payer = payer,
        seeds = [seeds::BOND_VAULT, operator.key().as_ref()],
        bump,
        token::mint = mint,
        token::authority = operator,
        token::token_program = token_program
    )]
    pub bond_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    pub token_program: Interface<'info, TokenInterface>,
    pub system_program: Program<'info, System>,
}

impl RegisterOperator<'_> {
    fn validate(&self) -> Result<()> {
        // config: only this program makes one. mint: on its list.
        let config = self.config.load()?;
        ensure!(
            config.allowed_mints().contains(&self.mint.key()),
            AureliusError::MintNotAllowed
        );
        // authority: registers itself. payer: pays. operator, bond_vault: created here, once.
        // token_program: the mint's (the vault's init needs it). system_program: its type.
        vet_mint(&self.mint.to_account_info())
    }
}

pub(crate) fn handle(ctx: Context<RegisterOperator>) -> Result<()> {
    ctx.accounts.validate()?;
    let authority = ctx.accounts.authority.key();
    let mint = ctx.accounts.mint.key();
    ctx.accounts.operator.set_inner(Operator {
        version: ACCOUNT_VERSION,
        bump: ctx.bumps.operator,
        active: false,
        authority,
        mint,
        next_match_id: 0,
        matches_created: 0,
        bond: 0,
        reserved_bond: 0,
        slashed: 0,
        withdrawal_amount: 0,
        withdrawal_slot: 0,
        bond_vault: ctx.accounts.bond_vault.key(),
        reserved: [0; 16],
    });
    event::emit(
        &ctx.accounts.event_authority,
        &OperatorRegistered {
            operator: ctx.accounts.operator.key(),
            authority,
            mint,
        },
    )?;
    Ok(())
}
