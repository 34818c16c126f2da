//! Proves that an accepted input was left out of what was posted, or posted otherwise. Whoever holds the
//! receipt shows it with the segment's inputs; the program checks that the receipt is the operator's and the
//! inputs are what the checkpoint committed to, and looks for the change. One call: no dialogue.
//!
//! Absent: a receipt for a tick that no checkpoint covers. A match that ended before it owes nothing.

use anchor_lang::prelude::*;

use crate::{
    cosign,
    error::{refuse, AureliusError},
    event::{self, MatchVoided, OmissionProven},
    invariant,
    posted::{self, Posted},
    receipt::Receipt,
    state::{Match, MatchStatus, Trace, Upload},
};

/// What [`OmissionProven::posted_heading`] says when nothing was posted.
const NOTHING: u8 = u8::MAX;

/// A receipt, and the inputs in which it should be kept.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProveOmissionArgs {
    /// The receipt. Its tick says which segment of which checkpoint is meant.
    pub receipt: Receipt,
    /// How many instructions before this one the verification of the receipt's signature stands.
    pub verification: u8,
    /// Drip key and beacon of the checkpoint, mixed.
    pub mixed_key: [u8; 32],
    /// The hashes of the checkpoint's preimage in their order (previous leaf, then inputs hash and leaf
    /// of each segment), without the hash of the segment's inputs.
    pub others: Vec<[u8; 32]>,
    /// Packed inputs of the segment; empty when an upload holds them.
    pub inputs: Vec<u8>,
}

/// Accounts of `prove_omission`.
#[event_cpi]
#[derive(Accounts)]
pub struct ProveOmission<'info> {
    /// Anybody; gets the challenger's share of the slash.
    pub challenger: Signer<'info>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// The match's list of checkpoint digests.
    pub trace: AccountLoader<'info, Trace>,
    /// Holds the inputs when they do not fit the transaction.
    pub upload: Option<AccountLoader<'info, Upload>>,
    /// The instructions sysvar, which shows the verification.
    /// CHECK: compared with the sysvar's address.
    pub instructions: UncheckedAccount<'info>,
}

impl ProveOmission<'_> {
    fn validate(&self, header: &Match) -> Result<MatchStatus> {
        let Self {
            challenger: _,
            match_account: _,
            trace: _,
            upload: _,
            instructions,
            event_authority: _,
            program: _,
        } = self;
        // challenger: anybody. match_account: only this program makes one. trace: compared where it is
        // read. upload: anybody's, its bytes are hashed. instructions: the sysvar.
        let status = header.status()?;
        ensure!(
            matches!(status, MatchStatus::Live | MatchStatus::Proposed),
            AureliusError::NotProvable
        );
        cosign::check_sysvar(instructions)?;
        Ok(status)
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_match(self.match_account.as_ref())
    }
}

/// Where a receipt's change must be.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// Checkpoint.
    index: u32,
    /// Segment within the checkpoint.
    segment: u8,
    /// Input slot within the segment.
    slot: u8,
}

/// The place of the change that takes effect on `tick`. Ticks are numbered from 1; segments and input slots
/// go by the number of ticks made before.
fn place(header: &Match, tick: u32) -> Result<Place> {
    let segment_ticks = header.checkpoint_ticks / u32::from(header.segments_per_checkpoint.max(1));
    let slot_ticks = segment_ticks / u32::from(header.slots_per_segment.max(1));
    let made = tick
        .checked_sub(1)
        .filter(|made| slot_ticks > 0 && made.is_multiple_of(slot_ticks))
        .ok_or_else(|| refuse(AureliusError::ReceiptTickInvalid))?;
    let within = made % header.checkpoint_ticks;
    Ok(Place {
        index: made / header.checkpoint_ticks,
        segment: (within / segment_ticks) as u8,
        slot: (within % segment_ticks / slot_ticks) as u8,
    })
}

/// The heading that packed inputs hold for a warrior in an input slot. Reads only what it needs: masks first,
/// one bit a warrior, then one heading of four bits for each bit. Bytes that the rules would refuse keep no
/// promise better than others, and are a fraud of their own.
fn heading_at(header: &Match, inputs: &[u8], slot: u8, warrior: u8) -> Option<u8> {
    let mask_len = usize::from(header.capacity.div_ceil(8));
    let masks_len = mask_len * usize::from(header.slots_per_segment);
    // The first byte says how many late warriors enter.
    let (masks, headings) = inputs.get(1..)?.split_at_checked(masks_len)?;
    let at = usize::from(slot) * mask_len + usize::from(warrior / 8);
    let bit = 1u8 << (warrior % 8);
    let byte = *masks
        .get(at)
        .filter(|byte| warrior < header.capacity && **byte & bit != 0)?;
    let earlier: u32 = masks.get(..at)?.iter().map(|mask| mask.count_ones()).sum();
    let number = (earlier + (byte & (bit - 1)).count_ones()) as usize;
    let pair = *headings.get(number / 2)?;
    Some(if number.is_multiple_of(2) {
        pair & 0x0F
    } else {
        pair >> 4
    })
}

/// What was posted for the warrior of a receipt; refuses when that is what the receipt promises.
fn judge(header: &Match, inputs: &[u8], slot: u8, receipt: &Receipt) -> Result<u8> {
    let posted = heading_at(header, inputs, slot, receipt.warrior);
    ensure!(posted != Some(receipt.heading), AureliusError::ReceiptKept);
    Ok(posted.unwrap_or(NOTHING))
}

pub(crate) fn handle(ctx: Context<ProveOmission>, args: ProveOmissionArgs) -> Result<()> {
    let challenger = ctx.accounts.challenger.key();
    let match_key = ctx.accounts.match_account.key();
    let receipt = args.receipt;
    let (proven, voided) = {
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        let status = ctx.accounts.validate(header)?;
        let place = place(header, receipt.tick)?;
        let inputs = posted::inputs(ctx.accounts.upload.as_ref(), args.inputs)?;
        let shown = Posted {
            index: place.index,
            segment: usize::from(place.segment),
            mixed_key: &args.mixed_key,
            others: &args.others,
        };
        shown.check(header, ctx.accounts.trace.as_ref(), &inputs)?;
        let expected = cosign::Expected {
            message: &receipt.message(&match_key.to_bytes()),
            key: &header.receipt_key,
            message_wrong: AureliusError::ReceiptMessageWrong,
            key_wrong: AureliusError::ReceiptKeyWrong,
        };
        cosign::check(&ctx.accounts.instructions, args.verification, &expected)?;
        let posted_heading = judge(header, &inputs, place.slot, &receipt)?;
        header.void_with_slash(slots, challenger, Clock::get()?.slot)?;
        let proven = OmissionProven {
            match_key,
            index: place.index,
            segment: place.segment,
            slot_index: receipt.slot,
            sequence: receipt.sequence,
            tick: receipt.tick,
            warrior: receipt.warrior,
            heading: receipt.heading,
            posted_heading,
            challenger,
        };
        (proven, MatchVoided::of(match_key, status, header))
    };
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &proven)?;
    event::emit(&ctx.accounts.event_authority, &voided)?;
    Ok(())
}

#[cfg(test)]
mod tests;
