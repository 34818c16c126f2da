//! Registers the signer as an operator in one mint. Until operators put up a bond, the config's
//! authority decides who may actually create matches: a new operator is inactive.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::Mint;

use crate::{
    error::AureliusError,
    event::{self, OperatorRegistered},
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
    pub mint: Box<InterfaceAccount<'info, Mint>>,
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
        // authority: registers itself. payer: pays. operator: created here, once.
        // system_program: its type.
        Ok(())
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
        reserved: [0; 64],
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
