//! Takes the hash of a rules table off the list. Matches that exist keep their table.

use anchor_lang::prelude::*;

use crate::{
    event::{self, RulesDisallowed},
    invariant,
    state::Config,
};

/// Accounts of `disallow_rules`.
#[event_cpi]
#[derive(Accounts)]
pub struct DisallowRules<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    /// The program's one configuration; its list shrinks.
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl DisallowRules<'_> {
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

pub(crate) fn handle(ctx: Context<DisallowRules>, rules_hash: [u8; 32]) -> Result<()> {
    ctx.accounts.validate()?;
    ctx.accounts.config.load_mut()?.disallow_rules(&rules_hash)?;
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &RulesDisallowed { rules_hash })?;
    Ok(())
}
