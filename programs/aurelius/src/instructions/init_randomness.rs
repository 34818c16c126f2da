//! Creates the match's own randomness account at Switchboard. Its authority is the match, so only
//! this program can commit and reveal it, and it serves one match.

use anchor_lang::prelude::*;
use anchor_spl::{associated_token::AssociatedToken, token::Token};

use crate::{
    error::AureliusError,
    event::{self, RandomnessInitialized},
    invariant,
    state::{seeds, Match, MatchStatus},
    switchboard::{InitAccounts, Randomness},
};

/// Accounts of `init_randomness`.
#[event_cpi]
#[derive(Accounts)]
pub struct InitRandomness<'info> {
    /// The match's crank key.
    pub crank: Signer<'info>,
    /// Pays the rent of the randomness account, and gets it back.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// The match's randomness account.
    /// CHECK: compared with the address derived from match and slot; Switchboard creates it.
    #[account(mut)]
    pub randomness: UncheckedAccount<'info>,
    /// Its wrapped-SOL account.
    /// CHECK: wrapped-SOL account of the randomness account; Switchboard checks and creates it.
    #[account(mut)]
    pub reward_escrow: UncheckedAccount<'info>,
    /// The pinned Switchboard queue.
    /// CHECK: compared with the pinned queue.
    #[account(mut)]
    pub queue: UncheckedAccount<'info>,
    /// Switchboard's state account.
    /// CHECK: Switchboard checks it.
    pub program_state: UncheckedAccount<'info>,
    /// Authority of the lookup table.
    /// CHECK: Switchboard checks it.
    pub lut_signer: UncheckedAccount<'info>,
    /// Lookup table of the randomness account.
    /// CHECK: Switchboard checks and creates it.
    #[account(mut)]
    pub lut: UncheckedAccount<'info>,
    /// Switchboard's program.
    /// CHECK: compared with the pinned program.
    pub randomness_program: UncheckedAccount<'info>,
    /// Mint of wrapped SOL.
    /// CHECK: Switchboard checks it.
    pub wrapped_sol_mint: UncheckedAccount<'info>,
    /// The classic token program: Switchboard's rewards are wrapped SOL.
    pub token_program: Program<'info, Token>,
    /// Creates the wrapped-SOL account of the randomness account.
    pub associated_token_program: Program<'info, AssociatedToken>,
    /// The lookup-table program.
    /// CHECK: Switchboard checks it.
    pub address_lookup_table_program: UncheckedAccount<'info>,
    /// Creates accounts.
    pub system_program: Program<'info, System>,
}

impl InitRandomness<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            crank,
            payer: _,
            match_account,
            randomness: _,
            reward_escrow: _,
            queue: _,
            program_state: _,
            lut_signer: _,
            lut: _,
            randomness_program: _,
            wrapped_sol_mint: _,
            token_program: _,
            associated_token_program: _,
            address_lookup_table_program: _,
            system_program: _,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. crank: the one it names.
        let header = match_account.load()?;
        header.check_crank(crank.key)?;
        header.check_status(MatchStatus::Open, AureliusError::MatchNotOpen)?;
        ensure!(
            header.randomness == Pubkey::default(),
            AureliusError::RandomnessAlreadyInitialized
        );
        // payer: pays. randomness: compared by `bump_of`. queue, randomness_program: compared by the adapter.
        // The rest is Switchboard's to check; the adapter keeps the vault away from it.
        Ok(())
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_match(self.match_account.as_ref())
    }
}

pub(crate) fn handle(ctx: Context<InitRandomness>, recent_slot: u64) -> Result<()> {
    ctx.accounts.validate()?;
    let accounts = &ctx.accounts;
    let match_key = accounts.match_account.key();
    let (source, signer) = {
        let header = accounts.match_account.load()?;
        (header.randomness_source(match_key), header.signer())
    };
    let bump = bump_of(accounts.randomness.key, &match_key, recent_slot)?;
    let randomness_seeds: [&[u8]; 4] = [
        seeds::RANDOMNESS,
        match_key.as_ref(),
        &recent_slot.to_le_bytes(),
        &[bump],
    ];
    InitAccounts {
        program: &accounts.randomness_program,
        randomness: &accounts.randomness,
        reward_escrow: &accounts.reward_escrow,
        authority: accounts.match_account.as_ref(),
        queue: &accounts.queue,
        payer: &accounts.payer,
        system_program: &accounts.system_program,
        token_program: &accounts.token_program,
        associated_token_program: &accounts.associated_token_program,
        wrapped_sol_mint: &accounts.wrapped_sol_mint,
        program_state: &accounts.program_state,
        lut_signer: &accounts.lut_signer,
        lut: &accounts.lut,
        address_lookup_table_program: &accounts.address_lookup_table_program,
    }
    .invoke(&source, recent_slot, &[&signer.seeds(), &randomness_seeds])?;
    Randomness::read(&accounts.randomness, &source)?.check_unused()?;

    let randomness = accounts.randomness.key();
    {
        let mut header = accounts.match_account.load_mut()?;
        header.randomness = randomness;
        header.randomness_rent_payer = accounts.payer.key();
    }
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &RandomnessInitialized {
            match_key,
            randomness,
        },
    )?;
    Ok(())
}

/// The bump of the match's randomness account for `recent_slot`, which `randomness` must be.
fn bump_of(randomness: &Pubkey, match_key: &Pubkey, recent_slot: u64) -> Result<u8> {
    let (address, bump) = seeds::randomness_address(match_key, recent_slot);
    ensure!(*randomness == address, AureliusError::RandomnessAddressWrong);
    Ok(bump)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_of_this_match_and_slot() {
        let match_key = Pubkey::new_from_array([1; 32]);
        let (address, bump) = seeds::randomness_address(&match_key, 7);
        assert!(bump_of(&address, &match_key, 7).is_ok_and(|found| found == bump));
        for (match_key, slot) in [(match_key, 8), (Pubkey::new_from_array([2; 32]), 7)] {
            let Err(Error::AnchorError(error)) = bump_of(&address, &match_key, slot) else {
                panic!("not refused")
            };
            assert_eq!(
                error.error_code_number,
                AureliusError::RandomnessAddressWrong.code()
            );
        }
    }
}
