//! Takes the hash of a rules table off the list. Matches that exist keep their table.

use anchor_lang::prelude::*;

use crate::{
    event::{self, RulesDisallowed},
    state::Config,
};

#[event_cpi]
#[derive(Accounts)]
pub struct DisallowRules<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl DisallowRules<'_> {
    fn validate(&self) -> Result<()> {
        // config: only this program makes one. authority: the one it names.
        self.config.load()?.check_authority(self.authority.key)
    }
}

pub(crate) fn handle(ctx: Context<DisallowRules>, rules_hash: [u8; 32]) -> Result<()> {
    ctx.accounts.validate()?;
    ctx.accounts.config.load_mut()?.disallow_rules(&rules_hash)?;
    event::emit(&ctx.accounts.event_authority, &RulesDisallowed { rules_hash })?;
    Ok(())
}
