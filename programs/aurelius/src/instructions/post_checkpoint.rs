//! Commits to the next checkpoint. The inputs are hashed here, by the program, so a commitment to
//! hidden data cannot exist; the ledger holds everything that a replay needs. The hash that decides the rolls
//! is read here, by its scheduled slot, so that a checkpoint cannot be posted before that slot has passed.
//!
//! Absent: parsing the inputs. Whatever the rules refuse is as provable a fraud as a wrong leaf.

use anchor_lang::prelude::*;

use crate::{
    error::{refuse, AureliusError},
    event::{self, CheckpointPosted},
    hash::SyscallSha256,
    invariant,
    state::{Match, MatchStatus, PlayerSlot, Trace},
};

/// Accounts of `post_checkpoint`.
#[event_cpi]
#[derive(Accounts)]
pub struct PostCheckpoint<'info> {
    /// The match's crank key.
    pub crank: Signer<'info>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// The match's list of checkpoint digests.
    #[account(mut)]
    pub trace: AccountLoader<'info, Trace>,
}

impl PostCheckpoint<'_> {
    fn validate(&self, header: &Match, now: u64) -> Result<()> {
        let Self {
            crank,
            match_account: _,
            trace,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. crank: the one it names. trace: its trace.
        header.check_crank(crank.key)?;
        header.check_status(MatchStatus::Live, AureliusError::MatchNotLive)?;
        ensure!(
            now <= header.progress_deadline,
            AureliusError::ProgressDeadlinePassed
        );
        ensure!(header.trace == trace.key(), AureliusError::TraceMismatch);
        Ok(())
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_match(self.match_account.as_ref())
    }
}

/// What a checkpoint goes on from, as its maker knows it. On a fork with another seed or other entries a
/// posted transaction is refused by it, where the same bytes would be a lie about that fork's match.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Continues {
    /// First bytes of the leaf after the checkpoint before, or of the genesis leaf.
    pub leaf: [u8; 8],
    /// Warriors in play before the checkpoint.
    pub warriors_admitted: u8,
}

impl Continues {
    /// Goes on from `leaf` with `warriors_admitted` warriors in play.
    pub fn from_leaf(leaf: &[u8; 32], warriors_admitted: u8) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&leaf[..8]);
        Self {
            leaf: first,
            warriors_admitted,
        }
    }
}

/// A checkpoint as it was sent.
struct Posted<'a> {
    /// Number of the checkpoint.
    index: u32,
    /// What it goes on from.
    continues: Continues,
    /// Its key of the drip chain.
    drip_key: &'a [u8; 32],
    /// The hash of its scheduled slot.
    beacon: &'a [u8; 32],
    /// Leaf after each segment.
    leaves: &'a [[u8; 32]],
    /// Packed inputs of each segment.
    inputs: &'a [Vec<u8>],
}

/// What a checkpoint changes.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// What goes into the trace.
    digest: [u8; 32],
    /// Leaf after the checkpoint.
    last_leaf: [u8; 32],
    /// Warriors in play after the checkpoint.
    warriors_admitted: u8,
}

fn plan(header: &Match, slots: &[PlayerSlot], posted: &Posted) -> Result<Plan> {
    ensure!(
        posted.continues == Continues::from_leaf(&header.last_leaf, header.warriors_admitted),
        AureliusError::CheckpointForeign
    );
    let segments = usize::from(header.segments_per_checkpoint);
    ensure!(posted.leaves.len() == segments, AureliusError::LeafCountWrong);
    ensure!(posted.inputs.len() == segments, AureliusError::InputsCountWrong);
    ensure!(
        arena::drip_parent::<SyscallSha256>(posted.drip_key) == header.drip_last,
        AureliusError::DripKeyWrong
    );
    // The tick is part of the state, so a leaf repeats only when the match had ended before.
    ensure!(
        posted.leaves[0] != header.last_leaf,
        AureliusError::MatchAlreadyEnded
    );
    let warriors_admitted = check_inputs(header, slots, posted)?;
    let mut committed = [([0; 32], [0; 32]); arena::digest::MAX_SEGMENTS_PER_CHECKPOINT];
    let committed = committed
        .get_mut(..segments)
        .ok_or_else(|| refuse(AureliusError::LeafCountWrong))?;
    for (segment, (inputs, leaf)) in posted.inputs.iter().zip(posted.leaves).enumerate() {
        committed[segment] = (SyscallSha256::hash(&[inputs]), *leaf);
    }
    Ok(Plan {
        digest: arena::checkpoint_digest::<SyscallSha256>(
            posted.index,
            &header.last_leaf,
            &arena::mixed_key::<SyscallSha256>(posted.drip_key, posted.beacon),
            committed,
        ),
        last_leaf: posted.leaves[segments - 1],
        warriors_admitted,
    })
}

fn check_order(header: &Match, index: u32) -> Result<()> {
    ensure!(
        header.checkpoints_posted < header.checkpoints_max,
        AureliusError::CheckpointBeyondEnd
    );
    ensure!(
        index == header.checkpoints_posted,
        AureliusError::CheckpointOutOfOrder
    );
    Ok(())
}

/// Checks lengths and late admissions; returns how many warriors are in play afterwards.
fn check_inputs(header: &Match, slots: &[PlayerSlot], posted: &Posted) -> Result<u8> {
    let mut admitted = header.warriors_admitted;
    for (segment, inputs) in posted.inputs.iter().enumerate() {
        ensure!(
            header.inputs_len_possible(inputs.len()),
            AureliusError::InputsLengthWrong
        );
        let admit = inputs[0];
        if admit > 0 {
            ensure!(
                header.segment_start_tick(posted.index, segment) <= header.late_entry_ticks,
                AureliusError::AdmitTooLate
            );
            admitted = admitted
                .checked_add(admit)
                .filter(|admitted| *admitted <= header.warriors_total)
                .ok_or_else(|| refuse(AureliusError::AdmitTooMany))?;
            ensure!(ends_an_entry(slots, admitted), AureliusError::AdmitSplitsEntry);
        }
    }
    Ok(admitted)
}

/// Whether the first `warriors` warriors are whole entries.
fn ends_an_entry(slots: &[PlayerSlot], warriors: u8) -> bool {
    slots.iter().any(|slot| {
        slot.has(PlayerSlot::ENTERED) && slot.first_warrior.checked_add(slot.warriors) == Some(warriors)
    })
}

fn apply(header: &mut Match, plan: &Plan, drip_key: &[u8; 32], now: u64) -> Result<()> {
    header.checkpoints_posted += 1;
    header.drip_last = *drip_key;
    header.last_leaf = plan.last_leaf;
    header.warriors_admitted = plan.warriors_admitted;
    let window = if header.checkpoints_posted == header.checkpoints_max {
        header.windows.result_slots
    } else {
        header.windows.checkpoint_slots
    };
    header.progress_deadline = now
        .checked_add(window)
        .ok_or_else(|| refuse(AureliusError::SlotOverflow))?;
    Ok(())
}

pub(crate) fn handle(
    ctx: Context<PostCheckpoint>,
    index: u32,
    continues: Continues,
    drip_key: [u8; 32],
    beacon_prefix: [u8; 8],
    leaves: Vec<[u8; 32]>,
    inputs: Vec<Vec<u8>>,
) -> Result<()> {
    let now = Clock::get()?.slot;
    let (plan, beacon) = {
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        ctx.accounts.validate(header, now)?;
        check_order(header, index)?;
        let beacon = crate::beacon::read(header.beacon_slot(index)?, now)?;
        // What was played with another hash, of a fork that did not last, is refused: it is no lie.
        ensure!(beacon.starts_with(&beacon_prefix), AureliusError::BeaconMismatch);
        let plan = plan(
            header,
            slots,
            &Posted {
                index,
                continues,
                drip_key: &drip_key,
                beacon: &beacon,
                leaves: &leaves,
                inputs: &inputs,
            },
        )?;
        apply(header, &plan, &drip_key, now)?;
        (plan, beacon)
    };
    Trace::write(
        &mut ctx.accounts.trace.as_ref().try_borrow_mut_data()?,
        index,
        &plan.digest,
    )?;
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &CheckpointPosted {
            match_key: ctx.accounts.match_account.key(),
            index,
            digest: plan.digest,
            beacon,
        },
    )?;
    Ok(())
}

#[cfg(test)]
mod tests;
