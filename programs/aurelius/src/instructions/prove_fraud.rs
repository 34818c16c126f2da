//! Proves that a posted segment is wrong. The program takes the state before the segment and its inputs,
//! checks that they are what the checkpoint committed to, steps the segment with the same rules that
//! everybody else runs, and compares. One call: no dialogue, no answer needed from the operator.
//!
//! Absent: any proof of what was never posted. That an input was left out cannot be shown on chain.

use anchor_lang::prelude::*;
use arena::{ArenaError, Scratch, SegmentInputs, StateMut};

use crate::{
    error::{refuse, AureliusError},
    event::{self, FraudProven, MatchVoided},
    hash::SyscallSha256,
    invariant,
    state::{Match, MatchStatus, PlayerSlot, Trace, Upload},
};

/// A segment, and what ties it to the trace.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProveFraudArgs {
    /// Checkpoint of the segment.
    pub index: u32,
    /// Segment within the checkpoint.
    pub segment: u8,
    /// Drip key and beacon of the checkpoint in one hash, `arena::mixed_key`.
    pub mixed_key: [u8; 32],
    /// The hashes of the checkpoint's preimage in their order (previous leaf, then inputs hash and leaf
    /// of each segment), without the two that the program computes itself: the leaf before the segment
    /// and the hash of the segment's inputs.
    pub others: Vec<[u8; 32]>,
    /// State before the segment; empty when an upload holds it.
    pub state: Vec<u8>,
    /// Packed inputs of the segment; empty when an upload holds them behind the state.
    pub inputs: Vec<u8>,
}

/// Accounts of `prove_fraud`.
#[event_cpi]
#[derive(Accounts)]
pub struct ProveFraud<'info> {
    /// Anybody; gets the challenger's share of the slash.
    pub challenger: Signer<'info>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// The match's list of checkpoint digests.
    pub trace: AccountLoader<'info, Trace>,
    /// Holds state and inputs when they do not fit the transaction.
    pub upload: Option<AccountLoader<'info, Upload>>,
}

impl ProveFraud<'_> {
    fn validate(&self, header: &Match) -> Result<MatchStatus> {
        let Self {
            challenger: _,
            match_account: _,
            trace,
            upload: _,
            event_authority: _,
            program: _,
        } = self;
        // challenger: anybody. match_account: only this program makes one. trace: its trace.
        // upload: anybody's, its bytes are hashed.
        let status = header.status()?;
        ensure!(
            matches!(status, MatchStatus::Live | MatchStatus::Proposed),
            AureliusError::NotProvable
        );
        ensure!(header.trace == trace.key(), AureliusError::TraceMismatch);
        Ok(status)
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_match(self.match_account.as_ref())
    }
}

/// Where the segment is, and the hashes that bind it to the trace.
struct Place<'a> {
    /// Checkpoint of the segment.
    index: u32,
    /// Segment within the checkpoint.
    segment: usize,
    /// Drip key and beacon of the checkpoint in one hash.
    mixed_key: &'a [u8; 32],
    /// See [`ProveFraudArgs::others`].
    others: &'a [[u8; 32]],
}

/// What was committed to, as far as it is needed to compare.
#[derive(Debug, PartialEq, Eq)]
struct Preimage {
    /// Leaf that was posted for the segment.
    claimed_leaf: [u8; 32],
    /// Digest of the checkpoint that the bytes give.
    digest: [u8; 32],
}

impl Place<'_> {
    /// Puts the checkpoint's preimage together: `others`, and the two hashes computed from the bytes.
    fn preimage(&self, segments: usize, leaf_before: [u8; 32], inputs_hash: [u8; 32]) -> Result<Preimage> {
        ensure!(self.segment < segments, AureliusError::ProofSegmentInvalid);
        // `segments` is a small number of the rules table: no overflow.
        ensure!(
            self.others.len() + 1 == 2 * segments,
            AureliusError::ProofHashesWrong
        );
        let mut others = self.others.iter().copied();
        let mut next = |mine: Option<[u8; 32]>| mine.or_else(|| others.next()).unwrap_or_default();
        let mut committed = [([0; 32], [0; 32]); arena::digest::MAX_SEGMENTS_PER_CHECKPOINT];
        let committed = committed
            .get_mut(..segments)
            .ok_or_else(|| refuse(AureliusError::ProofSegmentInvalid))?;
        let previous = next((self.segment == 0).then_some(leaf_before));
        for (at, slot) in committed.iter_mut().enumerate() {
            let inputs = next((at == self.segment).then_some(inputs_hash));
            let leaf = next((at + 1 == self.segment).then_some(leaf_before));
            *slot = (inputs, leaf);
        }
        Ok(Preimage {
            claimed_leaf: committed[self.segment].1,
            digest: arena::checkpoint_digest::<SyscallSha256>(
                self.index,
                &previous,
                self.mixed_key,
                committed,
            ),
        })
    }
}

/// Steps the segment in place. The leaf that the rules give; none when they refuse the inputs.
#[inline(never)]
fn replay(
    header: &Match,
    slots: &[PlayerSlot],
    mixed_key: &[u8; 32],
    state: &mut [u8],
    inputs: &[u8],
) -> Result<Option<[u8; 32]>> {
    let rules = header.rules()?;
    let owners = owners(header, slots);
    let key = arena::checkpoint_key::<SyscallSha256>(&header.seed, mixed_key);
    {
        let mut state = StateMut::from_bytes(state).map_err(|_| refuse(AureliusError::ProofStateInvalid))?;
        let Ok(inputs) = SegmentInputs::parse(&rules, usize::from(header.capacity), inputs) else {
            return Ok(None);
        };
        // On the heap, which is zeroed: it is larger than a stack frame may be.
        let mut room = vec![0u64; size_of::<Scratch>() / 8];
        let scratch: &mut Scratch = bytemuck::try_from_bytes_mut(bytemuck::cast_slice_mut(&mut room))
            .map_err(|_| refuse(AureliusError::ProofStateInvalid))?;
        match arena::step_segment::<SyscallSha256>(
            &rules,
            &mut state,
            scratch,
            &key,
            &inputs,
            &owners,
            &mut (),
        ) {
            Ok(()) => {}
            Err(ArenaError::Inputs { .. } | ArenaError::Admission { .. } | ArenaError::Roster { .. }) => {
                return Ok(None);
            }
            Err(_) => return Err(refuse(AureliusError::ProofStateInvalid)),
        }
    }
    Ok(Some(arena::leaf::<SyscallSha256>(state)))
}

/// The player index of every warrior that was paid for. Entries are never taken out of a live match, so
/// what the operator could admit then is what can be admitted now.
fn owners(header: &Match, slots: &[PlayerSlot]) -> Vec<u8> {
    let mut owners = Vec::with_capacity(usize::from(header.warriors_total));
    for (player, slot) in slots.iter().enumerate() {
        if slot.has(PlayerSlot::ENTERED) {
            owners.extend(core::iter::repeat_n(player as u8, usize::from(slot.warriors)));
        }
    }
    owners
}

/// A segment that was shown to be wrong.
#[derive(Debug, PartialEq, Eq)]
struct Fraud {
    /// Leaf that was posted.
    claimed_leaf: [u8; 32],
    /// None: the rules refuse the inputs.
    computed_leaf: Option<[u8; 32]>,
}

fn judge(
    header: &Match,
    slots: &[PlayerSlot],
    place: &Place,
    digest: &[u8],
    state: &mut [u8],
    inputs: &[u8],
) -> Result<Fraud> {
    let preimage = place.preimage(
        usize::from(header.segments_per_checkpoint),
        arena::leaf::<SyscallSha256>(state),
        SyscallSha256::hash(&[inputs]),
    )?;
    ensure!(preimage.digest == *digest, AureliusError::ProofNotOfTrace);
    let computed_leaf = replay(header, slots, place.mixed_key, state, inputs)?;
    ensure!(
        computed_leaf != Some(preimage.claimed_leaf),
        AureliusError::ProofSegmentCorrect
    );
    Ok(Fraud {
        claimed_leaf: preimage.claimed_leaf,
        computed_leaf,
    })
}

/// State and inputs, from the arguments or from the upload.
fn bytes(
    header: &Match,
    upload: Option<&AccountLoader<Upload>>,
    state: Vec<u8>,
    inputs: Vec<u8>,
) -> Result<(Vec<u8>, Vec<u8>)> {
    let Some(upload) = upload else {
        ensure!(
            !state.is_empty() && !inputs.is_empty(),
            AureliusError::ProofMissing
        );
        return Ok((state, inputs));
    };
    ensure!(state.is_empty() && inputs.is_empty(), AureliusError::ProofTwice);
    let data = upload.as_ref().try_borrow_data()?;
    let (state, inputs) = Upload::bytes(&data)?
        .split_at_checked(arena::state_len(usize::from(header.capacity)))
        .ok_or_else(|| refuse(AureliusError::ProofMissing))?;
    Ok((state.to_vec(), inputs.to_vec()))
}

pub(crate) fn handle(ctx: Context<ProveFraud>, args: ProveFraudArgs) -> Result<()> {
    let challenger = ctx.accounts.challenger.key();
    let match_key = ctx.accounts.match_account.key();
    let (fraud, voided) = {
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        let status = ctx.accounts.validate(header)?;
        ensure!(
            args.index < header.checkpoints_posted,
            AureliusError::ProofBeyondTrace
        );
        let (mut state, inputs) = bytes(header, ctx.accounts.upload.as_ref(), args.state, args.inputs)?;
        let place = Place {
            index: args.index,
            segment: usize::from(args.segment),
            mixed_key: &args.mixed_key,
            others: &args.others,
        };
        let trace = ctx.accounts.trace.as_ref().try_borrow_data()?;
        let digest = Trace::digest(&trace, args.index)?;
        let fraud = judge(header, slots, &place, digest, &mut state, &inputs)?;
        header.void_with_slash(slots, challenger, Clock::get()?.slot)?;
        (fraud, MatchVoided::of(match_key, status, header))
    };
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &FraudProven {
            match_key,
            index: args.index,
            segment: args.segment,
            claimed_leaf: fraud.claimed_leaf,
            computed_leaf: fraud.computed_leaf.unwrap_or_default(),
            challenger,
        },
    )?;
    event::emit(&ctx.accounts.event_authority, &voided)?;
    Ok(())
}

#[cfg(test)]
mod tests;
