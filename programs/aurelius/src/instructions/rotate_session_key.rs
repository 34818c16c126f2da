//! Replaces a player's session key while the match is open: another device, or a key that leaked. From
//! the lock on the key is fixed, because moves and the co-signature are checked against it.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    event::{self, SessionKeyRotated},
    state::{Entry, Match, MatchStatus},
};

#[event_cpi]
#[derive(Accounts)]
pub struct RotateSessionKey<'info> {
    pub player: Signer<'info>,
    pub match_account: AccountLoader<'info, Match>,
    #[account(mut)]
    pub entry: Box<Account<'info, Entry>>,
}

impl RotateSessionKey<'_> {
    fn validate(&self, session_key: &Pubkey) -> Result<()> {
        // entry: of this match and of the signer.
        self.entry
            .check_match(&self.match_account.key())?
            .check_player(self.player.key)?;
        // match_account: only this program makes one.
        self.match_account
            .load()?
            .check_status(MatchStatus::Open, AureliusError::MatchNotOpen)?;
        ensure!(
            *session_key != Pubkey::default(),
            AureliusError::SessionKeyInvalid
        );
        Ok(())
    }
}

pub(crate) fn handle(ctx: Context<RotateSessionKey>, session_key: Pubkey) -> Result<()> {
    ctx.accounts.validate(&session_key)?;
    ctx.accounts.entry.session_key = session_key;
    event::emit(
        &ctx.accounts.event_authority,
        &SessionKeyRotated {
            match_key: ctx.accounts.match_account.key(),
            player: ctx.accounts.player.key(),
            session_key,
        },
    )?;
    Ok(())
}
