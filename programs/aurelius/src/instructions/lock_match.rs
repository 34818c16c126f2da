//! Closes entries and commits to the randomness, in one step: from here on nobody can enter or leave,
//! and the seed's slot hash did not exist when the last of them could.

use anchor_lang::prelude::*;

use crate::{
    error::{refuse, AureliusError},
    event::{self, MatchLocked},
    invariant,
    state::{Match, MatchStatus},
    switchboard::{CommitAccounts, Randomness},
};

/// A match is played between at least this many different players.
const PLAYERS_MIN: u8 = 2;

/// Accounts of `lock_match`.
#[event_cpi]
#[derive(Accounts)]
pub struct LockMatch<'info> {
    /// The match's crank key.
    pub crank: Signer<'info>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// The match's randomness account.
    /// CHECK: compared with the match's; owner, authority and queue are checked by the adapter.
    #[account(mut)]
    pub randomness: UncheckedAccount<'info>,
    /// The pinned Switchboard queue.
    /// CHECK: compared with the pinned queue.
    pub queue: UncheckedAccount<'info>,
    /// Oracle that answers.
    /// CHECK: Switchboard checks that it serves the queue.
    #[account(mut)]
    pub oracle: UncheckedAccount<'info>,
    /// The SlotHashes sysvar.
    /// CHECK: compared with the sysvar's address.
    pub slot_hashes: UncheckedAccount<'info>,
    /// Switchboard's program.
    /// CHECK: compared with the pinned program.
    pub randomness_program: UncheckedAccount<'info>,
}

impl LockMatch<'_> {
    fn validate(&self, now: u64) -> Result<()> {
        let Self {
            crank,
            match_account,
            randomness,
            queue: _,
            oracle: _,
            slot_hashes: _,
            randomness_program: _,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. crank: the one it names.
        let header = match_account.load()?;
        header.check_crank(crank.key)?;
        header.check_status(MatchStatus::Open, AureliusError::MatchNotOpen)?;
        ensure!(now <= header.lock_deadline, AureliusError::LockDeadlinePassed);
        ensure!(
            now >= header.scheduled_slot,
            AureliusError::ScheduledSlotNotReached
        );
        ensure!(header.players_count >= PLAYERS_MIN, AureliusError::TooFewPlayers);
        ensure!(
            header.warriors_total >= header.warriors_min,
            AureliusError::TooFewWarriors
        );
        // randomness: the match's own. The rest: compared by the adapter, or by Switchboard.
        header.check_randomness(randomness.key)
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_match(self.match_account.as_ref())
    }
}

pub(crate) fn handle(ctx: Context<LockMatch>) -> Result<()> {
    let now = Clock::get()?.slot;
    ctx.accounts.validate(now)?;
    let seed_slot = ctx.accounts.commit(now)?;

    let event = {
        let match_key = ctx.accounts.match_account.key();
        let mut header = ctx.accounts.match_account.load_mut()?;
        header.set_status(MatchStatus::Locked);
        header.locked_slot = now;
        header.seed_slot = seed_slot;
        header.entropy_deadline = now
            .checked_add(header.windows.entropy_slots)
            .ok_or_else(|| refuse(AureliusError::SlotOverflow))?;
        MatchLocked {
            match_key,
            randomness: header.randomness,
            seed_slot,
            players: header.players_count,
            warriors: header.warriors_total,
            entropy_deadline: header.entropy_deadline,
        }
    };
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &event)?;
    Ok(())
}

impl LockMatch<'_> {
    /// Commits and returns the seed slot.
    fn commit(&self, now: u64) -> Result<u64> {
        let (source, signer) = {
            let header = self.match_account.load()?;
            (
                header.randomness_source(self.match_account.key()),
                header.signer(),
            )
        };
        Randomness::read(&self.randomness, &source)?.check_unused()?;
        CommitAccounts {
            program: &self.randomness_program,
            randomness: &self.randomness,
            queue: &self.queue,
            oracle: &self.oracle,
            slot_hashes: &self.slot_hashes,
            authority: self.match_account.as_ref(),
        }
        .invoke(&source, &[&signer.seeds()])?;
        let committed = Randomness::read(&self.randomness, &source)?;
        committed.check_committed(now)?;
        Ok(committed.seed_slot)
    }
}
