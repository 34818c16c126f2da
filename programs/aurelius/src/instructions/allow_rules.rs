//! Lists the hash of a rules table that matches may use.

use anchor_lang::prelude::*;

use crate::{
    event::{self, RulesAllowed},
    invariant,
    state::Config,
};

/// Accounts of `allow_rules`.
#[event_cpi]
#[derive(Accounts)]
pub struct AllowRules<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    /// The program's one configuration; its list grows.
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl AllowRules<'_> {
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

pub(crate) fn handle(ctx: Context<AllowRules>, rules_hash: [u8; 32]) -> Result<()> {
    ctx.accounts.validate()?;
    ctx.accounts.config.load_mut()?.allow_rules(rules_hash)?;
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &RulesAllowed { rules_hash })?;
    Ok(())
}
