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

/// Accounts of `register_operator`.
#[event_cpi]
#[derive(Accounts)]
pub struct RegisterOperator<'info> {
    /// Registers itself: holds the bond and the operator account from now on.
    pub authority: Signer<'info>,
    /// Pays the rent of what is created here.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The program's one configuration; lists the mints.
    pub config: AccountLoader<'info, Config>,
    /// The operator account, created here: one per authority and mint.
    #[account(
        init,
        payer = payer,
        space = Operator::SPACE,
        seeds = [seeds::OPERATOR, authority.key().as_ref(), mint.key().as_ref()],
        bump
    )]
    pub operator: Account<'info, Operator>,
    /// Token account of the bond, created here; the operator account is its authority.
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
    /// Mint in which the operator will run matches.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
    /// Creates accounts.
    pub system_program: Program<'info, System>,
}

impl RegisterOperator<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            authority: _,
            payer: _,
            config,
            operator: _,
            bond_vault: _,
            mint,
            token_program: _,
            system_program: _,
            event_authority: _,
            program: _,
        } = self;
        // config: only this program makes one. mint: on its list.
        let config = config.load()?;
        config.checked()?;
        ensure!(
            config.allowed_mints().contains(&mint.key()),
            AureliusError::MintNotAllowed
        );
        // authority: registers itself. payer: pays. operator, bond_vault: created here, once.
        // token_program: the mint's (the vault's init needs it). system_program: its type.
        vet_mint(&mint.to_account_info())
    }

    fn invariant(&self) -> Result<()> {
        self.operator.check_funded(self.bond_vault.amount)
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
        crank: authority,
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
    ctx.accounts.invariant()?;
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
