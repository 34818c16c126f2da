//! Pays a player's stake into the vault, gives them a slot, and registers their session key. Open
//! matches take the first free slot; live ones (Siege, before the cut-off) the next never-used slot,
//! because the order of warriors is fixed by then.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::{refuse, AureliusError},
    event::{self, Entered},
    invariant,
    payment::Deposit,
    state::{seeds, Config, Entry, Match, MatchStatus, PlayerSlot, ACCOUNT_VERSION},
};

/// `first_warrior` of an [`Entered`] event before the order of warriors is fixed.
pub const FIRST_WARRIOR_UNKNOWN: u8 = u8::MAX;

/// What a player buys, and what they agreed to.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct EnterArgs {
    /// Warriors bought: 1 to the rules table's maximum per player.
    pub warriors: u8,
    /// Ed25519 key that will sign the player's moves.
    pub session_key: Pubkey,
    /// Stake per warrior that the player agreed to.
    pub expect_stake: u64,
    /// Rules that the player agreed to.
    pub expect_rules_hash: [u8; 32],
    /// Hash of the terms that the player agreed to.
    pub expect_terms: [u8; 32],
    /// Whether the player expects to enter a live match, with fewer hit points than the others.
    pub expect_late: bool,
}

/// Accounts of `enter`.
#[event_cpi]
#[derive(Accounts)]
pub struct Enter<'info> {
    /// The player; signs for the tokens.
    pub player: Signer<'info>,
    /// Pays the entry account's rent and gets it back; often the player.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The program's one configuration; says whether entries are stopped.
    pub config: AccountLoader<'info, Config>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// The player's entry, created here: one per player and match.
    #[account(
        init,
        payer = payer,
        space = Entry::SPACE,
        seeds = [seeds::ENTRY, match_account.key().as_ref(), player.key().as_ref()],
        bump
    )]
    pub entry: Box<Account<'info, Entry>>,
    /// Token account of the match; the match is its authority.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint in which the match is played.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Any token account from which the player may pay.
    #[account(mut)]
    pub player_token: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
    /// Creates accounts.
    pub system_program: Program<'info, System>,
}

impl Enter<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            player: _,
            payer: _,
            config,
            match_account,
            entry: _,
            vault,
            mint,
            player_token: _,
            token_program,
            system_program: _,
            event_authority: _,
            program: _,
        } = self;
        // config: only this program makes one.
        config.load()?.check_not_paused()?;
        // match_account: only this program makes one. vault, mint, token_program: the match's.
        let header = match_account.load()?;
        header.check_vault(&vault.key())?;
        header.check_mint(&mint.key())?;
        header.check_token_program(token_program.key)
        // player: signs for the tokens. payer: pays. entry: created here, one per player and match.
        // player_token: the token program checks mint and authority. system_program: its type.
    }

    fn invariant(&self) -> Result<()> {
        // The deposit has read the vault again.
        invariant::check_entry(self.match_account.as_ref(), &self.entry)?;
        invariant::check_funded(self.match_account.as_ref(), self.vault.amount)
    }
}

/// Where an entry goes and what it costs.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// Slot that the player gets.
    slot_index: u8,
    /// Index of the first warrior of a late entry; none before the start.
    first_warrior: Option<u8>,
    /// Stake, in the mint's smallest unit.
    amount: u64,
}

fn plan(header: &Match, slots: &[PlayerSlot], args: &EnterArgs, now: u64) -> Result<Plan> {
    let late = check_time(header, now)?;
    ensure!(args.expect_late == late, AureliusError::LateMismatch);
    ensure!(
        args.expect_terms == header.terms_hash,
        AureliusError::TermsMismatch
    );
    ensure!(
        (1..=header.warriors_per_player_max).contains(&args.warriors),
        AureliusError::WarriorsInvalid
    );
    ensure!(
        args.expect_stake == header.stake_per_warrior,
        AureliusError::StakeMismatch
    );
    ensure!(
        args.expect_rules_hash == header.rules_hash,
        AureliusError::RulesHashMismatch
    );
    ensure!(
        args.session_key != Pubkey::default(),
        AureliusError::SessionKeyInvalid
    );
    let warriors_total = header
        .warriors_total
        .checked_add(args.warriors)
        .ok_or_else(|| refuse(AureliusError::WarriorsFull))?;
    ensure!(warriors_total <= header.warriors_max, AureliusError::WarriorsFull);
    let index = if late {
        usize::from(header.slots_used)
    } else {
        slots
            .iter()
            .position(|slot| !slot.has(PlayerSlot::ENTERED))
            .unwrap_or(slots.len())
    };
    ensure!(index < slots.len(), AureliusError::MatchFull);
    Ok(Plan {
        slot_index: index as u8, // below `players_max`, which is a u8
        first_warrior: late.then_some(header.warriors_total),
        amount: header
            .stake_per_warrior
            .checked_mul(u64::from(args.warriors))
            .ok_or_else(|| refuse(AureliusError::AmountOverflow))?,
    })
}

/// Whether entries are taken in slot `now`, and whether they are late ones.
fn check_time(header: &Match, now: u64) -> Result<bool> {
    match header.status()? {
        MatchStatus::Open => {
            ensure!(
                header.scheduled_slot == 0 || now < header.scheduled_slot,
                AureliusError::ScheduledSlotPassed
            );
            ensure!(now <= header.lock_deadline, AureliusError::LockDeadlinePassed);
            Ok(false)
        }
        // A segment that begins after the cut-off admits nobody; with every segment up to there
        // posted, a late stake could only be paid back.
        MatchStatus::Live => {
            ensure!(
                header.late_entry_ticks > 0
                    && now <= header.late_entry_deadline
                    && header.ticks_posted() <= header.late_entry_ticks
                    && now <= header.progress_deadline,
                AureliusError::LateEntryClosed
            );
            Ok(true)
        }
        _ => Err(refuse(AureliusError::MatchNotOpen)),
    }
}

fn apply(
    header: &mut Match,
    slots: &mut [PlayerSlot],
    plan: &Plan,
    player: Pubkey,
    warriors: u8,
) -> Result<()> {
    slots[usize::from(plan.slot_index)] = PlayerSlot {
        player,
        paid: plan.amount,
        warriors,
        first_warrior: plan.first_warrior.unwrap_or(0),
        flags: match plan.first_warrior {
            Some(_) => PlayerSlot::ENTERED | PlayerSlot::LATE,
            None => PlayerSlot::ENTERED,
        },
        ..PlayerSlot::default()
    };
    header.players_count += 1;
    header.entries_open += 1;
    header.warriors_total += warriors;
    header.slots_used = header.slots_used.max(plan.slot_index + 1);
    header.deposited = add(header.deposited, plan.amount)?;
    header.owed = add(header.owed, plan.amount)?;
    Ok(())
}

fn add(left: u64, right: u64) -> Result<u64> {
    left.checked_add(right)
        .ok_or_else(|| refuse(AureliusError::AmountOverflow))
}

pub(crate) fn handle(ctx: Context<Enter>, args: EnterArgs) -> Result<()> {
    ctx.accounts.validate()?;
    let now = Clock::get()?.slot;
    let match_key = ctx.accounts.match_account.key();
    let player = ctx.accounts.player.key();
    let plan = {
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        let plan = plan(header, slots, &args, now)?;
        apply(header, slots, &plan, player, args.warriors)?;
        plan
    };
    let late = plan.first_warrior.is_some();
    ctx.accounts.entry.set_inner(Entry {
        version: ACCOUNT_VERSION,
        bump: ctx.bumps.entry,
        slot_index: plan.slot_index,
        warriors: args.warriors,
        late,
        claimed: false,
        refunded: false,
        match_key,
        player,
        session_key: args.session_key,
        rent_payer: ctx.accounts.payer.key(),
        paid: plan.amount,
        entered_slot: now,
        reserved: [0; 32],
    });
    ctx.accounts.take(plan.amount)?;
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &Entered {
            match_key,
            player,
            slot_index: plan.slot_index,
            warriors: args.warriors,
            first_warrior: plan.first_warrior.unwrap_or(FIRST_WARRIOR_UNKNOWN),
            session_key: args.session_key,
            paid: plan.amount,
            late,
        },
    )?;
    Ok(())
}

impl Enter<'_> {
    fn take(&mut self, amount: u64) -> Result<()> {
        Deposit {
            token_program: &self.token_program,
            from: self.player_token.as_ref().as_ref(),
            mint: self.mint.as_ref().as_ref(),
            decimals: self.mint.decimals,
            authority: &self.player,
        }
        .take(&mut self.vault, amount)
    }
}

#[cfg(test)]
mod tests;
