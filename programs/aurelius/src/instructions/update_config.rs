//! Changes what new matches will pin. Matches that exist keep what they have, but for the treasury,
//! which is looked up when a fee is paid.

use anchor_lang::prelude::*;

use crate::{
    event::{self, ConfigUpdated},
    invariant,
    state::{BondTerms, Config, Windows},
};

/// New values of the config; what is `None` stays.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, Default)]
pub struct UpdateConfigArgs {
    /// Wallet whose token accounts receive fees; not zero.
    pub treasury: Option<Pubkey>,
    /// Switchboard's program; not zero.
    pub randomness_program: Option<Pubkey>,
    /// Switchboard queue; not zero.
    pub randomness_queue: Option<Pubkey>,
    /// Windows that new matches pin, in slots.
    pub windows: Option<Windows>,
    /// Genesis hash of the chain; not zero.
    pub cluster: Option<[u8; 32]>,
    /// Bond terms that new matches pin.
    pub bond: Option<BondTerms>,
}

/// Accounts of `update_config`.
#[event_cpi]
#[derive(Accounts)]
pub struct UpdateConfig<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    /// The program's one configuration; gets the new values.
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl UpdateConfig<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            authority,
            config,
            event_authority: _,
            program: _,
        } = self;
        // config: only this program makes one. authority: the one it names.
        config.load()?.check_authority(authority.key)
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_config(self.config.as_ref())
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
        ConfigUpdated {
            treasury: config.treasury,
            randomness_program: config.randomness_program,
            randomness_queue: config.randomness_queue,
            windows: config.windows,
            cluster: config.cluster,
            bond: config.bond,
        }
    };
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &updated)?;
    Ok(())
}
