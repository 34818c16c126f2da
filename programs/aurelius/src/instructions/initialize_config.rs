//! Creates the one config. Only the program's upgrade authority may, so nobody can get in first.

use anchor_lang::prelude::*;
use anchor_lang::solana_program::bpf_loader_upgradeable;

use crate::{
    error::AureliusError,
    event::{self, ConfigInitialized},
    state::{seeds, BondTerms, Config, Windows, ACCOUNT_VERSION},
};

#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct InitializeConfigArgs {
    /// Governs the config from now on.
    pub authority: Pubkey,
    /// Wallet whose token accounts receive fees.
    pub treasury: Pubkey,
    pub randomness_program: Pubkey,
    pub randomness_queue: Pubkey,
    pub windows: Windows,
    /// Genesis hash of the chain.
    pub cluster: [u8; 32],
    pub bond: BondTerms,
}

#[event_cpi]
#[derive(Accounts)]
pub struct InitializeConfig<'info> {
    /// The program's upgrade authority.
    pub upgrade_authority: Signer<'info>,
    #[account(mut)]
    pub payer: Signer<'info>,
    #[account(init, payer = payer, space = Config::SPACE, seeds = [seeds::CONFIG], bump)]
    pub config: AccountLoader<'info, Config>,
    /// The program's data account, which names its upgrade authority.
    pub program_data: Account<'info, ProgramData>,
    pub system_program: Program<'info, System>,
}

impl InitializeConfig<'_> {
    fn validate(&self, args: &InitializeConfigArgs) -> Result<()> {
        // upgrade_authority, program_data: one must name the other, and it must be ours.
        ensure!(
            self.program_data.key() == bpf_loader_upgradeable::get_program_data_address(&crate::ID),
            AureliusError::NotUpgradeAuthority
        );
        ensure!(
            self.program_data.upgrade_authority_address == Some(self.upgrade_authority.key()),
            AureliusError::NotUpgradeAuthority
        );
        // payer: pays. config: created here, once. system_program: its type.
        check_config_args(args)
    }
}

fn check_config_args(args: &InitializeConfigArgs) -> Result<()> {
    ensure!(
        args.authority != Pubkey::default(),
        AureliusError::AuthorityInvalid
    );
    check_treasury(&args.treasury)?;
    check_randomness_source(&args.randomness_program, &args.randomness_queue)?;
    check_cluster(&args.cluster)?;
    args.bond.validate()?;
    args.windows.validate()
}

pub(crate) fn check_treasury(treasury: &Pubkey) -> Result<()> {
    ensure!(*treasury != Pubkey::default(), AureliusError::TreasuryInvalid);
    Ok(())
}

pub(crate) fn check_cluster(cluster: &[u8; 32]) -> Result<()> {
    ensure!(*cluster != [0; 32], AureliusError::ClusterInvalid);
    Ok(())
}

pub(crate) fn check_randomness_source(program: &Pubkey, queue: &Pubkey) -> Result<()> {
    ensure!(
        *program != Pubkey::default() && *queue != Pubkey::default(),
        AureliusError::RandomnessSourceInvalid
    );
    Ok(())
}

pub(crate) fn handle(ctx: Context<InitializeConfig>, args: InitializeConfigArgs) -> Result<()> {
    ctx.accounts.validate(&args)?;
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
