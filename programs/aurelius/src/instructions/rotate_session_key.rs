//! Replaces a player's session key while the match is open: another device, or a key that leaked. From
//! the lock on the key is fixed, because moves and the co-signature are checked against it.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    event::{self, SessionKeyRotated},
    invariant,
    state::{Entry, Match, MatchStatus},
};

/// Accounts of `rotate_session_key`.
#[event_cpi]
#[derive(Accounts)]
pub struct RotateSessionKey<'info> {
    /// The player, who signs.
    pub player: Signer<'info>,
    /// The match.
    pub match_account: AccountLoader<'info, Match>,
    /// The player's entry in the match.
    #[account(mut)]
    pub entry: Box<Account<'info, Entry>>,
}

impl RotateSessionKey<'_> {
    fn validate(&self, session_key: &Pubkey) -> Result<()> {
        let Self {
            player,
            match_account,
            entry,
            event_authority: _,
            program: _,
        } = self;
        // entry: of this match and of the signer.
        entry
            .check_match(&match_account.key())?
            .check_player(player.key)?;
        // match_account: only this program makes one.
        match_account
            .load()?
            .check_status(MatchStatus::Open, AureliusError::MatchNotOpen)?;
        ensure!(
            *session_key != Pubkey::default(),
            AureliusError::SessionKeyInvalid
        );
        Ok(())
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_entry(self.match_account.as_ref(), &self.entry)
    }
}

pub(crate) fn handle(ctx: Context<RotateSessionKey>, session_key: Pubkey) -> Result<()> {
    ctx.accounts.validate(&session_key)?;
    ctx.accounts.entry.session_key = session_key;
    ctx.accounts.invariant()?;
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
