//! The events, written into the ledger by self-CPI. Every change of a match emits one, and together
//! with the instructions' own data they suffice to verify a match after its accounts are closed.
//! Uploads emit none: what matters in them is named again by the instruction that uses them.

use anchor_lang::{
    event::EVENT_IX_TAG_LE,
    prelude::*,
    solana_program::{instruction::Instruction, program::invoke_signed},
    Event,
};

mod course;
mod governance;
mod money;
mod operator;

pub use course::*;
pub use governance::*;
pub use money::*;
pub use operator::*;

/// Writes an event into the ledger by self-CPI, as Anchor's `emit_cpi!` does, but with the code for it
/// once in the program instead of once a handler. `authority` is the `event_authority` that
/// `#[event_cpi]` has checked.
pub(crate) fn emit(authority: &AccountInfo, event: &impl Event) -> Result<()> {
    emit_bytes(authority, &event.data())
}

#[inline(never)]
fn emit_bytes(authority: &AccountInfo, event: &[u8]) -> Result<()> {
    let mut data = Vec::with_capacity(EVENT_IX_TAG_LE.len() + event.len());
    data.extend_from_slice(EVENT_IX_TAG_LE);
    data.extend_from_slice(event);
    let instruction = Instruction {
        program_id: crate::ID,
        accounts: vec![AccountMeta::new_readonly(*authority.key, true)],
        data,
    };
    invoke_signed(
        &instruction,
        std::slice::from_ref(authority),
        &[&[b"__event_authority", &[crate::EVENT_AUTHORITY_AND_BUMP.1]]],
    )?;
    Ok(())
}
