//! Lists the hash of a rules table that matches may use.

use anchor_lang::prelude::*;

use crate::{
    event::{self, RulesAllowed},
    state::Config,
};

#[event_cpi]
#[derive(Accounts)]
pub struct AllowRules<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl AllowRules<'_> {
    fn validate(&self) -> Result<()> {
        // config: only this program makes one. authority: the one it names.
        self.config.load()?.check_authority(self.authority.key)
    }
}

pub(crate) fn handle(ctx: Context<AllowRules>, rules_hash: [u8; 32]) -> Result<()> {
    ctx.accounts.validate()?;
    ctx.accounts.config.load_mut()?.allow_rules(rules_hash)?;
    event::emit(&ctx.accounts.event_authority, &RulesAllowed { rules_hash })?;
    Ok(())
}
