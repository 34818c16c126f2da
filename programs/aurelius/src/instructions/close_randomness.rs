//! Closes the match's randomness account, once its value is recorded or nobody needs it. Switchboard
//! pays the rent to the match, which passes it on to whoever paid it. Anybody may call it.

use anchor_lang::prelude::*;
use anchor_spl::token::Token;

use crate::{
    error::{refuse, AureliusError},
    event::{self, RandomnessClosed},
    invariant,
    state::{Match, MatchStatus},
    switchboard::CloseAccounts,
};

/// Accounts of `close_randomness`.
#[event_cpi]
#[derive(Accounts)]
pub struct CloseRandomness<'info> {
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// The match's randomness account.
    /// CHECK: compared with the match's.
    #[account(mut)]
    pub randomness: UncheckedAccount<'info>,
    /// Gets the rent back.
    /// CHECK: compared with the one that the match records.
    #[account(mut)]
    pub rent_payer: UncheckedAccount<'info>,
    /// Its wrapped-SOL account.
    /// CHECK: Switchboard checks it.
    #[account(mut)]
    pub reward_escrow: UncheckedAccount<'info>,
    /// Switchboard's state account.
    /// CHECK: Switchboard checks it.
    pub program_state: UncheckedAccount<'info>,
    /// Lookup table of the randomness account.
    /// CHECK: Switchboard checks it.
    #[account(mut)]
    pub lut: UncheckedAccount<'info>,
    /// Authority of the lookup table.
    /// CHECK: Switchboard checks it.
    pub lut_signer: UncheckedAccount<'info>,
    /// Switchboard's program.
    /// CHECK: compared with the pinned program.
    pub randomness_program: UncheckedAccount<'info>,
    /// Mint of wrapped SOL.
    /// CHECK: Switchboard checks it.
    pub wrapped_sol_mint: UncheckedAccount<'info>,
    /// The classic token program: Switchboard's rewards are wrapped SOL.
    pub token_program: Program<'info, Token>,
    /// The lookup-table program.
    /// CHECK: Switchboard checks it.
    pub address_lookup_table_program: UncheckedAccount<'info>,
    /// Closes accounts for Switchboard.
    pub system_program: Program<'info, System>,
}

impl CloseRandomness<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            match_account,
            randomness,
            rent_payer,
            reward_escrow: _,
            program_state: _,
            lut: _,
            lut_signer: _,
            randomness_program: _,
            wrapped_sol_mint: _,
            token_program: _,
            address_lookup_table_program: _,
            system_program: _,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. randomness: its own, no longer needed.
        let header = match_account.load()?;
        ensure!(
            !matches!(header.status()?, MatchStatus::Open | MatchStatus::Locked),
            AureliusError::MatchNotOver
        );
        header.check_randomness(randomness.key)?;
        // rent_payer: the recorded one. randomness_program: compared by the adapter.
        ensure!(
            header.randomness_rent_payer == rent_payer.key(),
            AureliusError::RentPayerMismatch
        );
        // The rest is Switchboard's to check; the adapter keeps the vault away from it.
        Ok(())
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_match(self.match_account.as_ref())
    }

    /// Closes the account and returns the lamports that came to the match.
    fn close(&self) -> Result<u64> {
        let (source, signer) = {
            let header = self.match_account.load()?;
            (
                header.randomness_source(self.match_account.key()),
                header.signer(),
            )
        };
        let before = self.match_account.as_ref().lamports();
        CloseAccounts {
            program: &self.randomness_program,
            randomness: &self.randomness,
            reward_escrow: &self.reward_escrow,
            authority: self.match_account.as_ref(),
            program_state: &self.program_state,
            system_program: &self.system_program,
            token_program: &self.token_program,
            wrapped_sol_mint: &self.wrapped_sol_mint,
            lut: &self.lut,
            lut_signer: &self.lut_signer,
            address_lookup_table_program: &self.address_lookup_table_program,
        }
        .invoke(&source, &[&signer.seeds()])?;
        self.match_account
            .as_ref()
            .lamports()
            .checked_sub(before)
            .ok_or_else(|| refuse(AureliusError::BooksUnbalanced))
    }
}

pub(crate) fn handle(ctx: Context<CloseRandomness>) -> Result<()> {
    ctx.accounts.validate()?;
    let lamports = ctx.accounts.close()?;
    ctx.accounts.match_account.sub_lamports(lamports)?;
    ctx.accounts.rent_payer.add_lamports(lamports)?;
    ctx.accounts.match_account.load_mut()?.randomness = Pubkey::default();
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &RandomnessClosed {
            match_key: ctx.accounts.match_account.key(),
            randomness: ctx.accounts.randomness.key(),
        },
    )?;
    Ok(())
}
