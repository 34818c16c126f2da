//! Burns the burn share of a settled match. Wrapped SOL cannot be burned: its share goes to the
//! treasury. Anybody may call it.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::{refuse, AureliusError},
    event::{self, Burned},
    invariant,
    payment::{is_native_mint, Recipient, VaultTransfer},
    state::{Config, Match, MatchStatus},
};

/// Accounts of `burn`.
#[event_cpi]
#[derive(Accounts)]
pub struct Burn<'info> {
    /// The program's one configuration; names the treasury.
    pub config: AccountLoader<'info, Config>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// Token account of the match; the match is its authority.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint of the match; writable, because a burn lowers its supply.
    #[account(mut)]
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// The treasury's token account.
    /// CHECK: needed for wrapped SOL only; must be the treasury's canonical token account.
    #[account(mut)]
    pub treasury_token: Option<UncheckedAccount<'info>>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
}

impl Burn<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            config,
            match_account,
            vault,
            mint,
            treasury_token,
            token_program,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. vault, mint, token_program: the match's.
        let header = match_account.load()?;
        header.check_status(MatchStatus::Settled, AureliusError::MatchNotSettled)?;
        header.check_vault(&vault.key())?;
        header.check_mint(&mint.key())?;
        header.check_token_program(token_program.key)?;
        // config: only this program makes one. treasury_token: of the treasury it names, where the
        // tokens go there.
        if is_native_mint(&header.mint) {
            let treasury_token = treasury_token
                .as_ref()
                .ok_or_else(|| refuse(AureliusError::TreasuryAccountMissing))?;
            Recipient {
                owner: &config.load()?.checked()?.treasury,
                caller: None,
                mint: &header.mint,
                token_program: &header.token_program,
                may_hold: false,
            }
            .check(treasury_token)?;
        }
        Ok(())
    }

    fn invariant(&mut self) -> Result<()> {
        self.vault.reload()?;
        invariant::check_funded(self.match_account.as_ref(), self.vault.amount)
    }
}

fn apply(header: &mut Match) -> Result<u64> {
    ensure!(header.burn_done == 0, AureliusError::AlreadyBurned);
    header.burn_done = 1;
    let amount = header.burn;
    header.spend(amount)?;
    Ok(amount)
}

pub(crate) fn handle(ctx: Context<Burn>) -> Result<()> {
    ctx.accounts.validate()?;
    let (amount, signer) = {
        let mut header = ctx.accounts.match_account.load_mut()?;
        (apply(&mut header)?, header.signer())
    };
    let transfer = VaultTransfer {
        token_program: &ctx.accounts.token_program,
        vault: ctx.accounts.vault.as_ref().as_ref(),
        mint: ctx.accounts.mint.as_ref().as_ref(),
        decimals: ctx.accounts.mint.decimals,
        authority: ctx.accounts.match_account.as_ref(),
        memo_program: None,
    };
    let recipient = match &ctx.accounts.treasury_token {
        Some(treasury_token) if is_native_mint(&ctx.accounts.mint.key()) => {
            transfer.send(treasury_token, amount, &signer.seeds())?;
            treasury_token.key()
        }
        _ => {
            transfer.burn(amount, &signer.seeds())?;
            ctx.accounts.mint.key()
        }
    };
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &Burned {
            match_key: ctx.accounts.match_account.key(),
            recipient,
            amount,
        },
    )?;
    Ok(())
}
