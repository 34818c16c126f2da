//! Settles a proposed result at once when every player in the match has signed it with their session key.
//! Several signatures a transaction, several transactions a match; anybody may bring them.
//!
//! All admitted players must sign, the eliminated too: the signature stands for the challenge window,
//! and whoever lost has the most reason to challenge. Late entries that were never admitted need not:
//! their stake goes back whatever the result is.

use anchor_lang::prelude::*;

use crate::{
    cosign,
    error::{refuse, AureliusError},
    event::{self, MatchSettled, ResultCosigned},
    hash::SyscallSha256,
    invariant,
    state::{Entry, Match, MatchStatus, Operator, PlayerSlot},
};

/// The entries whose keys have signed are the remaining accounts, in the order of `verifications`.
#[event_cpi]
#[derive(Accounts)]
pub struct CosignResult<'info> {
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// Gets its bond of this match back.
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
    /// The instructions sysvar, which shows the verifications.
    /// CHECK: compared with the sysvar's address.
    pub instructions: UncheckedAccount<'info>,
}

impl CosignResult<'_> {
    fn validate(&self, expires_slot: u64, now: u64) -> Result<()> {
        let Self {
            match_account,
            operator,
            instructions,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. operator: its operator.
        let header = match_account.load()?;
        header.check_operator_account(&operator.key())?;
        header.check_status(MatchStatus::Proposed, AureliusError::MatchNotProposed)?;
        ensure!(now <= expires_slot, AureliusError::CosignExpired);
        // instructions: the sysvar. Remaining accounts: each entry is checked where it is read.
        cosign::check_sysvar(instructions)
    }

    fn invariant(&self) -> Result<()> {
        self.operator.check()?;
        invariant::check_match(self.match_account.as_ref())
    }
}

/// Marks the player of an entry as having signed, and returns the slot's index.
fn apply(header: &mut Match, slots: &mut [PlayerSlot], entry: &Entry) -> Result<u8> {
    let slot = entry.slot_mut(slots)?;
    ensure!(header.is_admitted(slot), AureliusError::CosignNotAdmitted);
    ensure!(!slot.has(PlayerSlot::COSIGNED), AureliusError::AlreadyCosigned);
    slot.flags |= PlayerSlot::COSIGNED;
    header.cosigned += 1; // at most one a slot
    Ok(entry.slot_index)
}

/// Players whose signatures a result needs.
fn required(header: &Match, slots: &[PlayerSlot]) -> u8 {
    slots
        .iter()
        .filter(|slot| slot.has(PlayerSlot::ENTERED) && header.is_admitted(slot))
        .count() as u8 // at most `players_max`, which is a u8
}

/// An entry of this match, from an account that nobody has checked yet.
fn read_entry(account: &AccountInfo, match_key: &Pubkey) -> Result<Entry> {
    ensure!(*account.owner == crate::ID, AureliusError::EntryMismatch);
    let entry = Entry::try_deserialize(&mut &account.try_borrow_data()?[..])
        .map_err(|_| refuse(AureliusError::EntryMismatch))?;
    entry.check_match(match_key)?;
    Ok(entry)
}

pub(crate) fn handle(ctx: Context<CosignResult>, expires_slot: u64, verifications: Vec<u8>) -> Result<()> {
    ctx.accounts.validate(expires_slot, Clock::get()?.slot)?;
    ensure!(
        !verifications.is_empty() && verifications.len() == ctx.remaining_accounts.len(),
        AureliusError::CosignCountWrong
    );
    let match_key = ctx.accounts.match_account.key();
    let event = {
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        let message = arena::cosign_message::<SyscallSha256>(
            &header.cluster,
            &crate::ID.to_bytes(),
            &match_key.to_bytes(),
            &header.last_leaf,
            expires_slot,
        );
        let mut signed = Vec::with_capacity(verifications.len());
        for (account, distance) in ctx.remaining_accounts.iter().zip(verifications) {
            let entry = read_entry(account, &match_key)?;
            let expected = cosign::Expected {
                message: &message,
                key: &entry.session_key,
                message_wrong: AureliusError::CosignMessageWrong,
                key_wrong: AureliusError::CosignKeyWrong,
            };
            cosign::check(&ctx.accounts.instructions, distance, &expected)?;
            signed.push(apply(header, slots, &entry)?);
        }
        let required = required(header, slots);
        if header.cosigned == required {
            header.set_status(MatchStatus::Settled);
            header.release_bond(&mut ctx.accounts.operator)?;
        }
        ResultCosigned {
            match_key,
            slots: signed,
            cosigned: header.cosigned,
            required,
        }
    };
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &event)?;
    if event.cosigned == event.required {
        let settled = MatchSettled {
            match_key,
            cosigned: true,
        };
        event::emit(&ctx.accounts.event_authority, &settled)?;
    }
    Ok(())
}
