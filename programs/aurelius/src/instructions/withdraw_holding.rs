//! Pays what is held for an owner, because their token account could not be paid when a match had to close, to
//! that account; for ever, and without any match. Anybody may push it. The rent of the holding goes to the owner.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{self, CloseAccount, Mint, TokenAccount, TokenInterface};

use crate::{
    error::AureliusError,
    event::{self, HoldingWithdrawn},
    payment::{Recipient, SignerSeeds, VaultTransfer},
    state::seeds,
};

/// Accounts of `withdraw_holding`.
#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawHolding<'info> {
    /// Anybody; the owner in person may have a delegate on the token account.
    pub caller: Signer<'info>,
    /// Whom the tokens are owed to; gets the rent of the holding.
    /// CHECK: the holder's address follows from it.
    #[account(mut)]
    pub owner: UncheckedAccount<'info>,
    /// The owner's holder, which has no data.
    /// CHECK: its address follows from the owner.
    #[account(seeds = [seeds::HOLDER, owner.key().as_ref()], bump)]
    pub holder: UncheckedAccount<'info>,
    /// The holder's canonical token account, closed here.
    #[account(mut)]
    pub holding: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint of the tokens.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Token account that is paid.
    /// CHECK: must be the owner's canonical token account.
    #[account(mut)]
    pub recipient_token: UncheckedAccount<'info>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
    /// The memo program, for a recipient that takes no transfer without a memo.
    /// CHECK: compared with the memo program's address where it is called.
    pub memo_program: Option<UncheckedAccount<'info>>,
}

impl WithdrawHolding<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            caller,
            owner,
            holder,
            holding,
            mint,
            recipient_token,
            token_program,
            memo_program: _,
            event_authority: _,
            program: _,
        } = self;
        // holder: of the owner, by its seeds. holding: the holder's, of this mint.
        ensure!(
            holding.owner == holder.key() && holding.mint == mint.key(),
            AureliusError::HoldingMismatch
        );
        // mint, token_program: the transfer checks them against the holding. caller: anybody.
        // recipient_token: the owner's own.
        Recipient {
            owner: owner.key,
            caller: Some(caller.key),
            mint: &mint.key(),
            token_program: token_program.key,
            may_hold: false,
        }
        .check(recipient_token)
    }

    /// Nothing is left in the holding; closing it fails otherwise.
    fn invariant(&mut self) -> Result<()> {
        self.holding.reload()?;
        ensure!(self.holding.amount == 0, AureliusError::HoldingMismatch);
        Ok(())
    }
}

pub(crate) fn handle(ctx: Context<WithdrawHolding>) -> Result<()> {
    let bump = [ctx.bumps.holder];
    let accounts = ctx.accounts;
    accounts.validate()?;
    let amount = accounts.holding.amount;
    let owner = accounts.owner.key();
    let seeds: SignerSeeds = [seeds::HOLDER, owner.as_ref(), &[], &bump];
    VaultTransfer {
        token_program: &accounts.token_program,
        vault: accounts.holding.as_ref().as_ref(),
        mint: accounts.mint.as_ref().as_ref(),
        decimals: accounts.mint.decimals,
        authority: &accounts.holder,
        memo_program: accounts.memo_program.as_ref().map(AsRef::as_ref),
    }
    .send(&accounts.recipient_token, amount, &seeds)?;
    accounts.invariant()?;
    token_interface::close_account(CpiContext::new_with_signer(
        accounts.token_program.key(),
        CloseAccount {
            account: accounts.holding.to_account_info(),
            destination: accounts.owner.to_account_info(),
            authority: accounts.holder.to_account_info(),
        },
        &[&seeds],
    ))?;
    event::emit(
        &accounts.event_authority,
        &HoldingWithdrawn {
            owner,
            mint: accounts.mint.key(),
            recipient: accounts.recipient_token.key(),
            amount,
        },
    )?;
    Ok(())
}
