//! A match: a fixed header, followed by `players_max` slots of [`PlayerSlot`].
//!
//! Owns the money's books: `owed` is what the vault still has to pay, whatever the status.
//! Invariants: what [`Match::check`] computes again; a slot index is a player index for the whole life of
//! the match; everything that the config could change later (windows, randomness source) is pinned here at
//! creation.

use anchor_lang::prelude::*;

use super::{
    player_slot::PlayerSlot,
    signer::MatchSigner,
    status::{read_status, MatchStatus},
    windows::Windows,
};
use crate::{
    error::{refuse, AureliusError},
    payment::HOLD_AFTER_SLOTS,
    switchboard::Source,
};

/// Room for a rules table in the header.
pub const RULES_BYTES_MAX: usize = 128;

/// Layout after the 8-byte discriminator, all integers little-endian; the slots follow at 1184.
///
/// | offset | field | | offset | field |
/// |---|---|---|---|---|
/// | 0 | version | | 120 | locked_slot |
/// | 1 | bump | | 128 | seed_slot |
/// | 2 | vault_bump | | 136 | entropy_deadline |
/// | 3 | status | | 144 | started_slot |
/// | 4 | mode | | 152 | late_entry_deadline |
/// | 5 | players_max | | 160 | progress_deadline |
/// | 6 | players_count | | 168 | proposed_slot |
/// | 7 | slots_used | | 176 | challenge_deadline |
/// | 8 | warriors_max | | 184 | windows (40) |
/// | 9 | warriors_at_start | | 224 | operator (32) |
/// | 10 | warriors_total | | 256 | operator_authority (32) |
/// | 11 | warriors_admitted | | 288 | mint (32) |
/// | 12 | capacity | | 320 | token_program (32) |
/// | 13 | entries_open | | 352 | vault (32) |
/// | 14 | fee_swept | | 384 | trace (32) |
/// | 15 | burn_done | | 416 | rent_payer (32) |
/// | 16 | warriors_min | | 448 | randomness_program (32) |
/// | 17 | warriors_per_player_max | | 480 | randomness_queue (32) |
/// | 18 | segments_per_checkpoint | | 512 | randomness (32) |
/// | 19 | slots_per_segment | | 544 | randomness_rent_payer (32) |
/// | 20 | late_entry_ticks (4) | | 576 | rules_hash (32) |
/// | 24 | checkpoint_ticks (4) | | 608 | drip_root (32) |
/// | 28 | rules_len (2) | | 640 | drip_last (32) |
/// | 30 | padding (2) | | 672 | randomness_value (32) |
/// | 32 | match_id (8) | | 704 | seed (32) |
/// | 40 | stake_per_warrior (8) | | 736 | genesis_leaf (32) |
/// | 48 | deposited (8) | | 768 | last_leaf (32) |
/// | 56 | owed (8) | | 800 | rules (128) |
/// | 64 | pot (8) | | 928 | bond_reserved (8) |
/// | 72 | fee (8) | | 936 | slash (8) |
/// | 80 | burn (8) | | 944 | award (8) |
/// | 88 | checkpoints_posted (4) | | 952 | compensation_per_warrior (8) |
/// | 92 | checkpoints_max (4) | | 960 | challenger (32) |
/// | 96 | created_slot (8) | | 992 | cluster (32) |
/// | 104 | scheduled_slot (8) | | 1024 | burn_bps (2), reporter_bps (2) |
/// | 112 | lock_deadline (8) | | 1028 | cosigned, slash_collected, award_paid, bond_held |
/// | | | | 1032 | slash_burn (8) |
/// | | | | 1040 | slash_payable_slot (8) |
/// | | | | 1048 | withdraw_slots (8) |
/// | | | | 1056 | crank (32) |
/// | | | | 1088 | receipt_key (32) |
/// | | | | 1120 | terms_hash (32) |
/// | | | | 1152 | slot_us (8), reserved (24) |
#[account(zero_copy)]
#[repr(C)]
pub struct Match {
    /// Layout of this account, [`ACCOUNT_VERSION`](super::ACCOUNT_VERSION).
    pub version: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Bump of the vault's address.
    pub vault_bump: u8,
    /// A [`MatchStatus`].
    pub status: u8,
    /// 0 Blitz, 1 Siege.
    pub mode: u8,
    /// Slots in the tail.
    pub players_max: u8,
    /// Slots with a player.
    pub players_count: u8,
    /// Slots ever used; a late entry takes this index. Tightened to the last player at the start.
    pub slots_used: u8,
    /// Warriors that may be sold.
    pub warriors_max: u8,
    /// Warriors of the genesis state.
    pub warriors_at_start: u8,
    /// Warriors sold, late ones included.
    pub warriors_total: u8,
    /// Warriors in play: those at the start and the late ones that checkpoints admitted.
    pub warriors_admitted: u8,
    /// Warrior slots of the arena state; fixed at the start.
    pub capacity: u8,
    /// Entry accounts that exist.
    pub entries_open: u8,
    /// 1 when the fee was paid, or there is none.
    pub fee_swept: u8,
    /// 1 when the burn share was burned, or there is none.
    pub burn_done: u8,
    /// From the rules table, so that handlers need not parse it.
    pub warriors_min: u8,
    /// Most warriors of one player.
    pub warriors_per_player_max: u8,
    /// Segments of a checkpoint, each with a leaf and a block of inputs.
    pub segments_per_checkpoint: u8,
    /// Input slots of a segment.
    pub slots_per_segment: u8,
    /// Last tick at which a segment that admits late entries may begin; 0 when the rules know none.
    pub late_entry_ticks: u32,
    /// Ticks of a checkpoint, at 60 a second.
    pub checkpoint_ticks: u32,
    /// Bytes of the rules table.
    pub rules_len: u16,
    /// Zero.
    pub padding: [u8; 2],
    /// Number of the match at its operator account.
    pub match_id: u64,
    /// Price of a warrior, in the mint's smallest unit; never 0.
    pub stake_per_warrior: u64,
    /// Σ paid of the players now in the match.
    pub deposited: u64,
    /// What the vault still has to pay.
    pub owed: u64,
    /// What was played for, in the mint's smallest unit; 0 before a result.
    pub pot: u64,
    /// The treasury's part of the pot.
    pub fee: u64,
    /// The part of the pot that is burned.
    pub burn: u64,
    /// Checkpoints in the trace: 0 to `checkpoints_max`.
    pub checkpoints_posted: u32,
    /// Checkpoints of a match that runs to the end of its rules table.
    pub checkpoints_max: u32,
    /// Slot of the creation.
    pub created_slot: u64,
    /// Earliest slot of the lock; 0 when the match has no schedule.
    pub scheduled_slot: u64,
    /// Last slot in which the match may be locked.
    pub lock_deadline: u64,
    /// Slot of the lock; 0 before it.
    pub locked_slot: u64,
    /// Slot whose hash the randomness is derived from.
    pub seed_slot: u64,
    /// Last slot in which the match may be started.
    pub entropy_deadline: u64,
    /// Slot of the start; 0 before it.
    pub started_slot: u64,
    /// Last slot in which a late entry is taken; 0 when the rules know none.
    pub late_entry_deadline: u64,
    /// Last slot in which the next checkpoint, or the result, is taken.
    pub progress_deadline: u64,
    /// Slot of the result; 0 before it.
    pub proposed_slot: u64,
    /// Last slot in which the result may be challenged; `finalize` works after it.
    pub challenge_deadline: u64,
    /// Windows in slots, as the config had them at the creation.
    pub windows: Windows,
    /// The operator account.
    pub operator: Pubkey,
    /// Cold key of the operator account, which its address follows from.
    pub operator_authority: Pubkey,
    /// Mint in which the match is played.
    pub mint: Pubkey,
    /// The token program that owns the mint.
    pub token_program: Pubkey,
    /// Token account of the match.
    pub vault: Pubkey,
    /// The match's list of checkpoint digests.
    pub trace: Pubkey,
    /// Who gets the rent of match, trace and vault back.
    pub rent_payer: Pubkey,
    /// Switchboard's program, as the config had it at the creation.
    pub randomness_program: Pubkey,
    /// Switchboard queue, as the config had it at the creation.
    pub randomness_queue: Pubkey,
    /// The match's randomness account; zero before `init_randomness` and after `close_randomness`.
    pub randomness: Pubkey,
    /// Who gets the rent of the randomness account back.
    pub randomness_rent_payer: Pubkey,
    /// SHA-256 of the rules table.
    pub rules_hash: [u8; 32],
    /// K₀ of the drip chain.
    pub drip_root: [u8; 32],
    /// The newest revealed key of the drip chain.
    pub drip_last: [u8; 32],
    /// What the oracle revealed; zero before the start.
    pub randomness_value: [u8; 32],
    /// Seed of the match, from its address and `randomness_value`; zero before the start.
    pub seed: [u8; 32],
    /// Leaf of the state at tick 0; zero before the start.
    pub genesis_leaf: [u8; 32],
    /// Leaf after the last posted segment; the genesis leaf before the first.
    pub last_leaf: [u8; 32],
    /// The rules table, `rules_len` bytes of it.
    pub rules: [u8; RULES_BYTES_MAX],
    /// What the operator's bond answers with for this match.
    pub bond_reserved: u64,
    /// What was taken of the bond for a lie or for silence; 0 when nothing was.
    pub slash: u64,
    /// The part of `slash` for the challenger.
    pub award: u64,
    /// The part of `slash` for each warrior that the match admitted.
    pub compensation_per_warrior: u64,
    /// Who proved the lie or reported the silence.
    pub challenger: Pubkey,
    /// Genesis hash of the chain.
    pub cluster: [u8; 32],
    /// Share of a slash that is burned, in basis points, as the config had it at the creation.
    pub burn_bps: u16,
    /// Share of a slash for whoever reported it, in basis points, as the config had it at the creation.
    pub reporter_bps: u16,
    /// Players whose session keys have signed the result.
    pub cosigned: u8,
    /// 1 when `slash` has arrived in the vault.
    pub slash_collected: u8,
    /// 1 when `award` was paid.
    pub award_paid: u8,
    /// 1 while `bond_reserved` is set aside in the operator's books.
    pub bond_held: u8,
    /// The part of `slash` that is burned: it never arrives in the vault.
    pub slash_burn: u64,
    /// First slot in which shares of the slash are paid; 0 when nothing was slashed.
    pub slash_payable_slot: u64,
    /// How long shares of a slash wait, in slots, as the config had it at the creation.
    pub withdraw_slots: u64,
    /// Key that runs the match: locks it and posts its checkpoints. The operator's crank key at the creation,
    /// or since `hand_over_match`.
    pub crank: Pubkey,
    /// Ed25519 key that signs the receipts of accepted inputs.
    pub receipt_key: Pubkey,
    /// What operator and players agreed to: [`Terms::hash`](super::Terms::hash).
    pub terms_hash: [u8; 32],
    /// Length of a slot in microseconds: what beacons are scheduled by.
    pub slot_us: u64,
    /// Zero.
    pub reserved: [u8; 24],
}

impl Match {
    /// Bytes in front of the first slot, with discriminator.
    pub const HEADER_END: usize = super::DISCRIMINATOR_LEN + core::mem::size_of::<Self>();

    /// Account size for `players_max` players, with discriminator.
    pub const fn space(players_max: u8) -> usize {
        Self::HEADER_END + PlayerSlot::LEN * players_max as usize
    }

    /// Status as an enum. Errors: [`AureliusError::StatusUnknown`].
    pub fn status(&self) -> Result<MatchStatus> {
        super::check_version(self.version)?;
        read_status(self.status)
    }

    /// Moves the match to `status`.
    pub fn set_status(&mut self, status: MatchStatus) {
        self.status = status as u8;
    }

    /// The rules table. Errors: [`AureliusError::RulesInvalid`].
    pub fn rules(&self) -> Result<arena::Rules> {
        let bytes = self
            .rules
            .get(..usize::from(self.rules_len))
            .ok_or_else(|| refuse(AureliusError::RulesInvalid))?;
        arena::Rules::from_bytes(bytes).map_err(|_| refuse(AureliusError::RulesInvalid))
    }

    /// Refuses with `error` unless the match is in `status`.
    pub fn check_status(&self, status: MatchStatus, error: AureliusError) -> Result<()> {
        if self.status()? == status {
            Ok(())
        } else {
            Err(refuse(error))
        }
    }

    /// Refuses everybody but the key that runs the match.
    pub fn check_crank(&self, signer: &Pubkey) -> Result<()> {
        ensure!(self.crank == *signer, AureliusError::NotOperator);
        Ok(())
    }

    /// Refuses any other token account than the vault.
    pub fn check_vault(&self, vault: &Pubkey) -> Result<()> {
        ensure!(self.vault == *vault, AureliusError::VaultMismatch);
        Ok(())
    }

    /// Refuses any other mint.
    pub fn check_mint(&self, mint: &Pubkey) -> Result<()> {
        ensure!(self.mint == *mint, AureliusError::MintMismatch);
        Ok(())
    }

    /// Refuses the other token program.
    pub fn check_token_program(&self, token_program: &Pubkey) -> Result<()> {
        ensure!(
            self.token_program == *token_program,
            AureliusError::TokenProgramMismatch
        );
        Ok(())
    }

    /// Refuses any account but the match's own randomness account.
    pub fn check_randomness(&self, randomness: &Pubkey) -> Result<()> {
        ensure!(
            self.randomness != Pubkey::default(),
            AureliusError::RandomnessMissing
        );
        ensure!(self.randomness == *randomness, AureliusError::RandomnessMismatch);
        Ok(())
    }

    /// Where this match, at address `match_key`, takes its randomness from.
    pub fn randomness_source(&self, match_key: Pubkey) -> Source {
        Source {
            program: self.randomness_program,
            queue: self.randomness_queue,
            authority: match_key,
            vault: self.vault,
        }
    }

    /// Refuses any operator account but the match's own.
    pub fn check_operator_account(&self, operator: &Pubkey) -> Result<()> {
        ensure!(self.operator == *operator, AureliusError::OperatorMismatch);
        Ok(())
    }

    /// Takes `amount` off what is owed.
    pub fn spend(&mut self, amount: u64) -> Result<()> {
        self.owed = self
            .owed
            .checked_sub(amount)
            .ok_or_else(|| refuse(AureliusError::BooksUnbalanced))?;
        Ok(())
    }

    /// Last slot in which what is owed goes to nobody's holder: [`HOLD_AFTER_SLOTS`] after the last of the
    /// match's deadlines.
    pub fn hold_deadline(&self) -> u64 {
        self.lock_deadline
            .max(self.entropy_deadline)
            .max(self.progress_deadline)
            .max(self.challenge_deadline)
            .max(self.slash_payable_slot)
            .saturating_add(HOLD_AFTER_SLOTS)
    }

    /// Whether what is owed may go to holders in slot `now`, so that nobody's closed, frozen or given away token
    /// account keeps the match open.
    pub fn may_hold(&self, now: u64) -> bool {
        now > self.hold_deadline()
    }

    /// The vault covers what is owed. Errors: [`AureliusError::VaultShort`].
    pub fn check_vault_covers(&self, vault_amount: u64) -> Result<()> {
        ensure!(vault_amount >= self.owed, AureliusError::VaultShort);
        Ok(())
    }

    /// First tick of segment `segment` of checkpoint `index`.
    pub fn segment_start_tick(&self, index: u32, segment: usize) -> u32 {
        let segment_ticks = self.checkpoint_ticks / u32::from(self.segments_per_checkpoint.max(1));
        index * self.checkpoint_ticks + segment as u32 * segment_ticks
    }

    /// Whether packed inputs of a segment can have `len` bytes: the admit byte alone, or followed by
    /// all masks and at most one heading of 4 bits per warrior and slot.
    pub fn inputs_len_possible(&self, len: usize) -> bool {
        let (slots, capacity) = (usize::from(self.slots_per_segment), usize::from(self.capacity));
        let masks = 1 + slots * capacity.div_ceil(8);
        len == 1 || (len > masks && len <= masks + (slots * capacity).div_ceil(2))
    }

    /// What the match needs to sign for its vault and its randomness account.
    pub fn signer(&self) -> MatchSigner {
        MatchSigner {
            operator: self.operator,
            match_id: self.match_id.to_le_bytes(),
            bump: [self.bump],
        }
    }

    /// Splits the bytes of a match account (discriminator included, already checked) into header and
    /// slots. Errors: [`AureliusError::MatchLengthWrong`].
    #[inline(never)]
    pub fn split(data: &[u8]) -> Result<(&Match, &[PlayerSlot])> {
        let header = data
            .get(super::DISCRIMINATOR_LEN..Self::HEADER_END)
            .ok_or_else(|| refuse(AureliusError::MatchLengthWrong))?;
        let header: &Match =
            bytemuck::try_from_bytes(header).map_err(|_| refuse(AureliusError::MatchLengthWrong))?;
        let slots: &[PlayerSlot] = bytemuck::try_cast_slice(&data[Self::HEADER_END..])
            .map_err(|_| refuse(AureliusError::MatchLengthWrong))?;
        ensure!(
            slots.len() == usize::from(header.players_max),
            AureliusError::MatchLengthWrong
        );
        Ok((header, slots))
    }

    /// As [`Match::split`], writable.
    #[inline(never)]
    pub fn split_mut(data: &mut [u8]) -> Result<(&mut Match, &mut [PlayerSlot])> {
        ensure!(data.len() >= Self::HEADER_END, AureliusError::MatchLengthWrong);
        let (header, slots) = data.split_at_mut(Self::HEADER_END);
        let header: &mut Match = bytemuck::try_from_bytes_mut(&mut header[super::DISCRIMINATOR_LEN..])
            .map_err(|_| refuse(AureliusError::MatchLengthWrong))?;
        let slots: &mut [PlayerSlot] =
            bytemuck::try_cast_slice_mut(slots).map_err(|_| refuse(AureliusError::MatchLengthWrong))?;
        ensure!(
            slots.len() == usize::from(header.players_max),
            AureliusError::MatchLengthWrong
        );
        Ok((header, slots))
    }
}
