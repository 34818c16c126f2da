//! Creates the one config. Only the program's upgrade authority may, so nobody can get in first.

use anchor_lang::prelude::*;
use anchor_lang::solana_program::bpf_loader_upgradeable;

use crate::{
    error::AureliusError,
    event::{self, ConfigInitialized},
    invariant,
    state::{seeds, BondTerms, Config, Windows, ACCOUNT_VERSION},
};

/// The config's first values.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct InitializeConfigArgs {
    /// Governs the config from now on.
    pub authority: Pubkey,
    /// Wallet whose token accounts receive fees.
    pub treasury: Pubkey,
    /// Switchboard's program.
    pub randomness_program: Pubkey,
    /// Switchboard queue whose oracles serve the matches.
    pub randomness_queue: Pubkey,
    /// Windows that new matches pin, in slots.
    pub windows: Windows,
    /// Genesis hash of the chain.
    pub cluster: [u8; 32],
    /// Bond terms that new matches pin.
    pub bond: BondTerms,
}

/// Accounts of `initialize_config`.
#[event_cpi]
#[derive(Accounts)]
pub struct InitializeConfig<'info> {
    /// The program's upgrade authority.
    pub upgrade_authority: Signer<'info>,
    /// Pays the rent of the config.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The program's one configuration, created here.
    #[account(init, payer = payer, space = Config::SPACE, seeds = [seeds::CONFIG], bump)]
    pub config: AccountLoader<'info, Config>,
    /// The program's data account, which names its upgrade authority.
    /// CHECK: address and bytes are compared.
    pub program_data: UncheckedAccount<'info>,
    /// Creates accounts.
    pub system_program: Program<'info, System>,
}

impl InitializeConfig<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            upgrade_authority,
            payer: _,
            config: _,
            program_data,
            system_program: _,
            event_authority: _,
            program: _,
        } = self;
        // upgrade_authority, program_data: one must name the other, and it must be ours.
        ensure!(
            program_data.key() == bpf_loader_upgradeable::get_program_data_address(&crate::ID)
                && upgrade_authority_of(&program_data.try_borrow_data()?) == Some(upgrade_authority.key()),
            AureliusError::NotUpgradeAuthority
        );
        // payer: pays. config: created here, once; `invariant` checks its values. system_program: its type.
        Ok(())
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_config(self.config.as_ref())
    }
}

/// The upgrade authority that the bytes of a program's data account name. Read by hand, because the loader's own
/// type comes with a decoder ten times the size of everything else here.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | 3: data of a program |
/// | 4 | 8 | slot of the last deployment |
/// | 12 | 1 | 1: an authority follows |
/// | 13 | 32 | upgrade authority |
fn upgrade_authority_of(data: &[u8]) -> Option<Pubkey> {
    let body = data.strip_prefix(&3u32.to_le_bytes())?.get(8..)?;
    let key = body.strip_prefix(&[1])?.first_chunk::<32>()?;
    Some(Pubkey::new_from_array(*key))
}

pub(crate) fn handle(ctx: Context<InitializeConfig>, args: InitializeConfigArgs) -> Result<()> {
    ctx.accounts.validate()?;
    {
        let mut config = ctx.accounts.config.load_init()?;
        config.version = ACCOUNT_VERSION;
        config.bump = ctx.bumps.config;
        config.authority = args.authority;
        config.treasury = args.treasury;
        config.randomness_program = args.randomness_program;
        config.randomness_queue = args.randomness_queue;
        config.windows = args.windows;
        config.cluster = args.cluster;
        config.bond = args.bond;
    }
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &ConfigInitialized {
            authority: args.authority,
            treasury: args.treasury,
            randomness_program: args.randomness_program,
            randomness_queue: args.randomness_queue,
            windows: args.windows,
            cluster: args.cluster,
            bond: args.bond,
        },
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_authority_that_is_there_is_read() {
        let mut data = [0u8; 64];
        data[0] = 3;
        data[13..45].copy_from_slice(&[7; 32]);
        assert_eq!(
            upgrade_authority_of(&data),
            None,
            "the program cannot be upgraded"
        );
        data[12] = 1;
        assert_eq!(upgrade_authority_of(&data), Some(Pubkey::new_from_array([7; 32])));
        assert_eq!(upgrade_authority_of(&data[..44]), None);
        data[0] = 2; // the program account itself
        assert_eq!(upgrade_authority_of(&data), None);
    }
}
