//! Changes what new matches will pin. Matches that exist keep what they have, but for the treasury,
//! which is looked up when a fee is paid.

use anchor_lang::prelude::*;

use super::initialize_config::{check_cluster, check_randomness_source, check_treasury};
use crate::{
    event::{self, ConfigUpdated},
    state::{BondTerms, Config, Windows},
};

#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, Default)]
pub struct UpdateConfigArgs {
    pub treasury: Option<Pubkey>,
    pub randomness_program: Option<Pubkey>,
    pub randomness_queue: Option<Pubkey>,
    pub windows: Option<Windows>,
    pub cluster: Option<[u8; 32]>,
    pub bond: Option<BondTerms>,
}

#[event_cpi]
#[derive(Accounts)]
pub struct UpdateConfig<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl UpdateConfig<'_> {
    fn validate(&self) -> Result<()> {
        // config: only this program makes one. authority: the one it names.
        self.config.load()?.check_authority(self.authority.key)
    }
}

pub(crate) fn handle(ctx: Context<UpdateConfig>, args: UpdateConfigArgs) -> Result<()> {
    ctx.accounts.validate()?;
    let updated = {
        let mut config = ctx.accounts.config.load_mut()?;
        if let Some(treasury) = args.treasury {
            config.treasury = treasury;
        }
        if let Some(program) = args.randomness_program {
            config.randomness_program = program;
        }
        if let Some(queue) = args.randomness_queue {
            config.randomness_queue = queue;
        }
        if let Some(windows) = args.windows {
            config.windows = windows;
        }
        if let Some(cluster) = args.cluster {
            config.cluster = cluster;
        }
        if let Some(bond) = args.bond {
            config.bond = bond;
        }
        check_treasury(&config.treasury)?;
        check_randomness_source(&config.randomness_program, &config.randomness_queue)?;
        config.windows.validate()?;
        check_cluster(&config.cluster)?;
        config.bond.validate()?;
        ConfigUpdated {
            treasury: config.treasury,
            randomness_program: config.randomness_program,
            randomness_queue: config.randomness_queue,
            windows: config.windows,
            cluster: config.cluster,
            bond: config.bond,
        }
    };
    event::emit(&ctx.accounts.event_authority, &updated)?;
    Ok(())
}
