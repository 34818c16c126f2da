//! Opens a match for entries: creates match, trace and vault, sets aside the bond that answers for it,
//! and pins everything that could be changed later. The drip chain's root is fixed here, before any randomness exists.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use arena::Rules;

use crate::{
    beacon::{SLOT_US_MAX, SLOT_US_MIN},
    error::{refuse, AureliusError},
    event::{self, MatchCreated},
    hash::SyscallSha256,
    invariant,
    payment::vet_mint,
    state::{
        seeds, Config, Match, MatchStatus, Operator, Planned, Terms, Trace, ACCOUNT_VERSION, RULES_BYTES_MAX,
        WINDOW_SLOTS_MAX,
    },
};

const _: () = assert!(arena::RULES_LEN <= RULES_BYTES_MAX);

/// What the operator chooses for a match.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct CreateMatchArgs {
    /// The rules table, `arena::RULES_LEN` bytes.
    pub rules: Vec<u8>,
    /// In the mint's smallest unit.
    pub stake_per_warrior: u64,
    /// Players the match has room for: 2 to `warriors_max`.
    pub players_max: u8,
    /// Warriors that may be sold: within the rules table's minimum and maximum.
    pub warriors_max: u8,
    /// K₀ of the drip chain.
    pub drip_root: [u8; 32],
    /// Ed25519 key that signs the receipts of accepted inputs.
    pub receipt_key: Pubkey,
    /// Earliest slot of the lock and end of entries; 0 for none.
    pub scheduled_slot: u64,
    /// Hash of the terms that the operator agreed to.
    pub expect_terms: [u8; 32],
    /// Length of a slot, in microseconds, by which the beacons are scheduled: 100,000 to 600,000. Longer than
    /// slots are, the operator sees rolls earlier; shorter, the arena has to wait for them.
    pub slot_us: u32,
}

impl CreateMatchArgs {
    /// Checkpoints of the table, or 0 when it is malformed: `validate` refuses that by name.
    fn checkpoints(&self) -> u32 {
        Rules::from_bytes(&self.rules).map_or(0, |rules| rules.checkpoint_count())
    }
}

/// Accounts of `create_match`.
#[event_cpi]
#[derive(Accounts)]
#[instruction(match_id: u64, args: CreateMatchArgs)]
pub struct CreateMatch<'info> {
    /// The operator's crank key; runs the match.
    pub crank: Signer<'info>,
    /// Pays the rent of match, trace and vault, and gets it back.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The program's one configuration; the match pins what it says.
    pub config: AccountLoader<'info, Config>,
    /// The operator account whose bond answers for the match.
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
    /// The match, created here.
    #[account(
        init,
        payer = payer,
        space = Match::space(args.players_max),
        seeds = [seeds::MATCH, operator.key().as_ref(), &match_id.to_le_bytes()],
        bump
    )]
    pub match_account: AccountLoader<'info, Match>,
    /// The match's trace, created here.
    #[account(
        init,
        payer = payer,
        space = Trace::space(args.checkpoints()),
        seeds = [seeds::TRACE, match_account.key().as_ref()],
        bump
    )]
    pub trace: AccountLoader<'info, Trace>,
    /// Token account of the match, created here.
    #[account(
        init,
        payer = payer,
        seeds = [seeds::VAULT, match_account.key().as_ref()],
        bump,
        token::mint = mint,
        token::authority = match_account,
        token::token_program = token_program
    )]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint in which the match is played; the operator account's own.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
    /// Creates accounts.
    pub system_program: Program<'info, System>,
}

impl CreateMatch<'_> {
    fn validate(&self, match_id: u64) -> Result<()> {
        let Self {
            crank,
            payer: _,
            config,
            operator,
            match_account: _,
            trace: _,
            vault: _,
            mint,
            token_program: _,
            system_program: _,
            event_authority: _,
            program: _,
        } = self;
        // config: only this program makes one.
        let config = config.load()?;
        config.check_not_paused()?;
        // crank, operator: the signer's own operator account, switched on, for this mint.
        operator.check_crank(crank.key)?;
        ensure!(operator.active, AureliusError::OperatorInactive);
        ensure!(operator.mint == mint.key(), AureliusError::OperatorMintMismatch);
        ensure!(match_id >= operator.next_match_id, AureliusError::MatchIdUsed);
        // mint: on the list, and harmless. token_program: the mint's (the vault's init needs it).
        ensure!(
            config.allowed_mints().contains(&mint.key()),
            AureliusError::MintNotAllowed
        );
        vet_mint(&mint.to_account_info())
        // payer: pays. match_account, trace, vault: created here. system_program: its type.
    }

    fn invariant(&self) -> Result<()> {
        self.operator.check()?;
        invariant::check_match(self.match_account.as_ref())
    }
}

/// What the arguments amount to.
struct Plan {
    /// The rules table, valid and listed.
    rules: Rules,
    /// Its SHA-256.
    rules_hash: [u8; 32],
    /// Last slot of the lock.
    lock_deadline: u64,
    /// What the match pins of the config.
    terms: Terms,
}

fn plan(args: &CreateMatchArgs, config: &Config, now: u64) -> Result<Plan> {
    let rules = Rules::from_bytes(&args.rules).map_err(|_| refuse(AureliusError::RulesInvalid))?;
    rules
        .validate()
        .map_err(|_| refuse(AureliusError::RulesInvalid))?;
    let rules_hash = rules.hash::<SyscallSha256>();
    ensure!(
        config.allowed_rules().contains(&rules_hash),
        AureliusError::RulesNotAllowed
    );
    ensure!(
        (rules.warriors_min..=rules.warriors_max).contains(&args.warriors_max),
        AureliusError::WarriorsMaxInvalid
    );
    // A player brings one warrior at least, so more players than warriors never fit.
    ensure!(
        (2..=args.warriors_max).contains(&args.players_max),
        AureliusError::PlayersMaxInvalid
    );
    ensure!(
        args.stake_per_warrior > 0
            && args
                .stake_per_warrior
                .checked_mul(u64::from(args.warriors_max))
                .is_some(),
        AureliusError::StakeInvalid
    );
    ensure!(args.drip_root != [0; 32], AureliusError::DripRootInvalid);
    ensure!(
        args.receipt_key != Pubkey::default(),
        AureliusError::ReceiptKeyInvalid
    );
    ensure!(
        (SLOT_US_MIN..=SLOT_US_MAX).contains(&args.slot_us),
        AureliusError::SlotLengthInvalid
    );
    let lock_from = match args.scheduled_slot {
        0 => now,
        scheduled => {
            let horizon = now
                .checked_add(WINDOW_SLOTS_MAX)
                .ok_or_else(|| refuse(AureliusError::SlotOverflow))?;
            ensure!(
                scheduled > now && scheduled <= horizon,
                AureliusError::ScheduledSlotInvalid
            );
            scheduled
        }
    };
    let planned = Planned {
        stake_per_warrior: args.stake_per_warrior,
        warriors_max: args.warriors_max,
        rules_hash,
        scheduled_slot: args.scheduled_slot,
        slot_us: args.slot_us,
    };
    let terms = Terms::of_new(&config.windows, &config.bond, &planned)?;
    ensure!(
        terms.hash::<SyscallSha256>() == args.expect_terms,
        AureliusError::TermsMismatch
    );
    Ok(Plan {
        rules,
        rules_hash,
        terms,
        lock_deadline: lock_from
            .checked_add(config.windows.lock_slots)
            .ok_or_else(|| refuse(AureliusError::SlotOverflow))?,
    })
}

pub(crate) fn handle(ctx: Context<CreateMatch>, match_id: u64, args: CreateMatchArgs) -> Result<()> {
    ctx.accounts.validate(match_id)?;
    let now = Clock::get()?.slot;
    let plan = plan(&args, &*ctx.accounts.config.load()?, now)?;

    ctx.accounts.fill_match(match_id, &args, &plan, &ctx.bumps, now)?;
    ctx.accounts.fill_trace(&plan, ctx.bumps.trace)?;
    let operator = &mut ctx.accounts.operator;
    operator.next_match_id = match_id
        .checked_add(1)
        .ok_or_else(|| refuse(AureliusError::MatchIdUsed))?;
    operator.matches_created = operator.matches_created.saturating_add(1);
    operator.reserve(plan.terms.bond_reserved)?;

    let cluster = ctx.accounts.config.load()?.cluster;
    let terms = plan.terms;
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &MatchCreated {
            match_key: ctx.accounts.match_account.key(),
            match_id,
            operator: ctx.accounts.operator.key(),
            operator_authority: ctx.accounts.operator.authority,
            crank: ctx.accounts.crank.key(),
            mint: ctx.accounts.mint.key(),
            token_program: ctx.accounts.token_program.key(),
            stake_per_warrior: args.stake_per_warrior,
            players_max: args.players_max,
            warriors_max: args.warriors_max,
            rules_hash: plan.rules_hash,
            rules: args.rules,
            drip_root: args.drip_root,
            receipt_key: args.receipt_key,
            scheduled_slot: args.scheduled_slot,
            slot_us: args.slot_us,
            lock_deadline: plan.lock_deadline,
            windows: terms.windows,
            cluster,
            bond_reserved: terms.bond_reserved,
            burn_bps: terms.burn_bps,
            reporter_bps: terms.reporter_bps,
            withdraw_slots: terms.withdraw_slots,
            terms_hash: args.expect_terms,
        },
    )?;
    Ok(())
}

impl CreateMatch<'_> {
    fn fill_match(
        &self,
        match_id: u64,
        args: &CreateMatchArgs,
        plan: &Plan,
        bumps: &CreateMatchBumps,
        now: u64,
    ) -> Result<()> {
        let config = self.config.load()?;
        let rules = &plan.rules;
        let mut header = self.match_account.load_init()?;
        header.version = ACCOUNT_VERSION;
        header.bump = bumps.match_account;
        header.vault_bump = bumps.vault;
        header.set_status(MatchStatus::Open);
        header.mode = rules.mode() as u8;
        header.players_max = args.players_max;
        header.warriors_max = args.warriors_max;
        header.warriors_min = rules.warriors_min;
        header.warriors_per_player_max = rules.warriors_per_player_max;
        header.segments_per_checkpoint = rules.segments_per_checkpoint;
        header.slots_per_segment = u8::try_from(rules.segment_ticks / rules.slot_ticks)
            .map_err(|_| refuse(AureliusError::RulesInvalid))?;
        header.late_entry_ticks = u32::from(rules.late_entry_ticks);
        header.checkpoint_ticks = rules.checkpoint_ticks();
        header.checkpoints_max = rules.checkpoint_count();
        header.match_id = match_id;
        header.stake_per_warrior = args.stake_per_warrior;
        header.created_slot = now;
        header.scheduled_slot = args.scheduled_slot;
        header.lock_deadline = plan.lock_deadline;
        header.windows = plan.terms.windows;
        header.cluster = config.cluster;
        header.bond_reserved = plan.terms.bond_reserved;
        header.bond_held = 1;
        header.burn_bps = plan.terms.burn_bps;
        header.reporter_bps = plan.terms.reporter_bps;
        header.withdraw_slots = plan.terms.withdraw_slots;
        header.terms_hash = args.expect_terms;
        header.operator = self.operator.key();
        header.operator_authority = self.operator.authority;
        header.crank = self.crank.key();
        header.mint = self.mint.key();
        header.token_program = self.token_program.key();
        header.vault = self.vault.key();
        header.trace = self.trace.key();
        header.rent_payer = self.payer.key();
        header.randomness_program = config.randomness_program;
        header.randomness_queue = config.randomness_queue;
        header.rules_hash = plan.rules_hash;
        header.drip_root = args.drip_root;
        header.drip_last = args.drip_root;
        header.receipt_key = args.receipt_key;
        header.slot_us = args.slot_us.into();
        header.rules_len =
            u16::try_from(args.rules.len()).map_err(|_| refuse(AureliusError::RulesInvalid))?;
        header.rules[..args.rules.len()].copy_from_slice(&args.rules);
        Ok(())
    }

    fn fill_trace(&self, plan: &Plan, bump: u8) -> Result<()> {
        let mut trace = self.trace.load_init()?;
        trace.version = ACCOUNT_VERSION;
        trace.bump = bump;
        trace.checkpoints_max = plan.rules.checkpoint_count();
        trace.match_key = self.match_account.key();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
