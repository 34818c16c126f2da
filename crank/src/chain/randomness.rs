//! Closing a match's randomness account.
//!
//! Its address contains the slot that `init_randomness` was given, and so does its lookup table's. The chain
//! keeps that slot nowhere else, so it is searched for. Invariant: an account that was made while the match
//! could be entered is found, however long that was after the match was created.

use std::ops::Range;

use anchor_lang::prelude::Pubkey;
use client::view::MatchView;
use client::{address, instruction};
use solana_instruction::Instruction;

use super::failure::{not_yet, BuildFailure};

/// A node may have been behind when it named the slot.
const LAG_SLOTS: u64 = 512;

/// More slots than any lobby is open: nine days of 200 ms slots. Bounds a search that cannot succeed to a
/// minute.
const SPAN_MAX_SLOTS: u64 = 4_000_000;

/// Closes it.
///
/// # Errors
/// [`BuildFailure::Done`] if there is none, [`BuildFailure::NotYet`] if no slot gives its address.
pub(super) async fn close(view: &MatchView) -> Result<Instruction, BuildFailure> {
    let randomness = view.randomness().ok_or(BuildFailure::Done)?;
    let (key, slots) = (view.address, slots(view));
    let searched = tokio::task::spawn_blocking(move || made_in(&key, &randomness, slots)).await;
    let recent_slot = searched
        .ok()
        .flatten()
        .ok_or_else(|| not_yet("the slot of the randomness account is not known"))?;
    let source = view.randomness_source();
    let payer = view.header.randomness_rent_payer;
    Ok(instruction::close_randomness(
        &source,
        view.address,
        randomness,
        payer,
        recent_slot,
    ))
}

/// The slots in which it can have been made: from creation to the lock.
fn slots(view: &MatchView) -> Range<u64> {
    let header = &view.header;
    let last = match header.locked_slot {
        0 => header.lock_deadline,
        locked => locked,
    };
    let first = header.created_slot.saturating_sub(LAG_SLOTS);
    first..last.max(header.created_slot).saturating_add(1)
}

/// The slot that gives this address. Blocks, for 15 microseconds a slot.
fn made_in(match_key: &Pubkey, randomness: &Pubkey, slots: Range<u64>) -> Option<u64> {
    slots
        .take(usize::try_from(SPAN_MAX_SLOTS).unwrap_or(usize::MAX))
        .find(|slot| address::randomness(match_key, *slot) == *randomness)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_09_an_account_made_long_after_the_match_is_found() {
        let key = Pubkey::new_from_array([7; 32]);
        let (created, made) = (1_000_000, 1_000_000 + 6_000);
        let randomness = address::randomness(&key, made);
        assert_eq!(made_in(&key, &randomness, created..made + 1), Some(made));
        assert_eq!(
            made_in(&key, &randomness, created..made),
            None,
            "it was not made in these"
        );
    }
}
