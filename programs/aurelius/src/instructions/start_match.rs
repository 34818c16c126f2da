//! Reveals the randomness and computes the genesis state on chain. Anybody who has the oracle's
//! answer may call it: whoever locked the match cannot look at the seed first and then walk away.

use anchor_lang::prelude::*;
use anchor_spl::token::Token;

use crate::{
    error::{refuse, AureliusError},
    event::{self, MatchStarted},
    hash::SyscallSha256,
    invariant,
    state::{Match, MatchStatus, PlayerSlot},
    switchboard::{Randomness, Reveal, RevealAccounts},
};

/// Ticks that pass in a slot of nominal length, 400 ms. Only the cut-off of late entries uses it; a
/// late entry that the match does not admit is paid back, so slots of another length cost nobody.
const TICKS_PER_SLOT: u32 = arena::TICKS_PER_SECOND * 2 / 5;

/// Accounts of `start_match`.
#[event_cpi]
#[derive(Accounts)]
pub struct StartMatch<'info> {
    /// Anybody; Switchboard may charge the reveal to it.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// The match's randomness account.
    /// CHECK: compared with the match's; owner, authority and queue are checked by the adapter.
    #[account(mut)]
    pub randomness: UncheckedAccount<'info>,
    /// Oracle that answers.
    /// CHECK: Switchboard compares it with the oracle of the commit.
    pub oracle: UncheckedAccount<'info>,
    /// The pinned Switchboard queue.
    /// CHECK: compared with the pinned queue.
    pub queue: UncheckedAccount<'info>,
    /// The oracle's statistics of this queue.
    /// CHECK: Switchboard checks it.
    #[account(mut)]
    pub stats: UncheckedAccount<'info>,
    /// The SlotHashes sysvar.
    /// CHECK: compared with the sysvar's address.
    pub slot_hashes: UncheckedAccount<'info>,
    /// Its wrapped-SOL account.
    /// CHECK: Switchboard checks it.
    #[account(mut)]
    pub reward_escrow: UncheckedAccount<'info>,
    /// Switchboard's state account.
    /// CHECK: Switchboard checks it.
    pub program_state: UncheckedAccount<'info>,
    /// Mint of wrapped SOL.
    /// CHECK: Switchboard checks it.
    pub wrapped_sol_mint: UncheckedAccount<'info>,
    /// Switchboard's program.
    /// CHECK: compared with the pinned program.
    pub randomness_program: UncheckedAccount<'info>,
    /// The classic token program: Switchboard's rewards are wrapped SOL.
    pub token_program: Program<'info, Token>,
    /// Moves the oracle's reward for Switchboard.
    pub system_program: Program<'info, System>,
}

impl StartMatch<'_> {
    fn validate(&self, now: u64) -> Result<()> {
        let Self {
            payer: _,
            match_account,
            randomness,
            oracle: _,
            queue: _,
            stats: _,
            slot_hashes: _,
            reward_escrow: _,
            program_state: _,
            wrapped_sol_mint: _,
            randomness_program: _,
            token_program: _,
            system_program: _,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one.
        let header = match_account.load()?;
        header.check_status(MatchStatus::Locked, AureliusError::MatchNotLocked)?;
        ensure!(
            now <= header.entropy_deadline,
            AureliusError::EntropyDeadlinePassed
        );
        // payer: anybody. randomness: the match's own. The rest: by the adapter or Switchboard,
        // but for token_program and system_program: their types.
        header.check_randomness(randomness.key)
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_match(self.match_account.as_ref())
    }
}

pub(crate) fn handle(
    ctx: Context<StartMatch>,
    signature: [u8; 64],
    recovery_id: u8,
    value: [u8; 32],
) -> Result<()> {
    let now = Clock::get()?.slot;
    ctx.accounts.validate(now)?;
    ctx.accounts.reveal(
        &Reveal {
            signature: &signature,
            recovery_id,
            value: &value,
        },
        now,
    )?;
    let match_key = ctx.accounts.match_account.key();
    let event = {
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        start(header, slots, &match_key, &value, now)?
    };
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &event)?;
    Ok(())
}

impl StartMatch<'_> {
    fn reveal(&self, reveal: &Reveal, now: u64) -> Result<()> {
        let (source, signer, seed_slot) = {
            let header = self.match_account.load()?;
            (
                header.randomness_source(self.match_account.key()),
                header.signer(),
                header.seed_slot,
            )
        };
        Randomness::read(&self.randomness, &source)?;
        RevealAccounts {
            program: &self.randomness_program,
            randomness: &self.randomness,
            oracle: &self.oracle,
            queue: &self.queue,
            stats: &self.stats,
            authority: self.match_account.as_ref(),
            payer: &self.payer,
            slot_hashes: &self.slot_hashes,
            system_program: &self.system_program,
            reward_escrow: &self.reward_escrow,
            token_program: &self.token_program,
            wrapped_sol_mint: &self.wrapped_sol_mint,
            program_state: &self.program_state,
        }
        .invoke(&source, reveal, &[&signer.seeds()])?;
        Randomness::read(&self.randomness, &source)?.check_revealed(seed_slot, now, reveal.value)
    }
}

/// Fixes roster, seed and genesis state, and sets the match going.
fn start(
    header: &mut Match,
    slots: &mut [PlayerSlot],
    match_key: &Pubkey,
    value: &[u8; 32],
    now: u64,
) -> Result<MatchStarted> {
    let owners = fix_roster(header, slots);
    let rules = header.rules()?;
    // Late entries need room in the state; without them the roster is all there will be.
    let capacity = if header.late_entry_ticks > 0 {
        header.warriors_max
    } else {
        header.warriors_total
    };
    let seed = arena::match_seed::<SyscallSha256>(&match_key.to_bytes(), value);
    // On the heap: a state is larger than a stack frame should be.
    let mut state = vec![0u8; arena::state_len(usize::from(capacity))];
    arena::genesis_into::<SyscallSha256>(&rules, &owners, usize::from(capacity), &seed, &mut state)
        .map_err(|_| refuse(AureliusError::GenesisFailed))?;
    let genesis_leaf = arena::leaf::<SyscallSha256>(&state);

    header.set_status(MatchStatus::Live);
    header.capacity = capacity;
    header.warriors_at_start = header.warriors_total;
    header.warriors_admitted = header.warriors_total;
    header.randomness_value = *value;
    header.seed = seed;
    header.genesis_leaf = genesis_leaf;
    header.last_leaf = genesis_leaf;
    header.started_slot = now;
    header.late_entry_deadline = match header.late_entry_ticks {
        0 => 0,
        ticks => now
            .checked_add(u64::from(ticks / TICKS_PER_SLOT))
            .ok_or_else(|| refuse(AureliusError::SlotOverflow))?,
    };
    header.progress_deadline = now
        .checked_add(header.windows.checkpoint_slots)
        .ok_or_else(|| refuse(AureliusError::SlotOverflow))?;
    Ok(MatchStarted {
        match_key: *match_key,
        randomness: header.randomness,
        seed_slot: header.seed_slot,
        value: *value,
        seed,
        genesis_leaf,
        owners,
        capacity,
        started_slot: now,
        late_entry_deadline: header.late_entry_deadline,
        progress_deadline: header.progress_deadline,
    })
}

/// Numbers the warriors in the order of the slots, and returns the player index of each.
fn fix_roster(header: &mut Match, slots: &mut [PlayerSlot]) -> Vec<u8> {
    let mut owners = Vec::with_capacity(usize::from(header.warriors_total));
    header.slots_used = 0;
    for (index, slot) in slots.iter_mut().enumerate() {
        if slot.has(PlayerSlot::ENTERED) {
            let player = index as u8; // below `players_max`, which is a u8
            slot.first_warrior = owners.len() as u8; // at most `warriors_max`, which is a u8
            header.slots_used = player + 1;
            owners.extend(core::iter::repeat_n(player, usize::from(slot.warriors)));
        }
    }
    owners
}

#[cfg(test)]
mod tests;
