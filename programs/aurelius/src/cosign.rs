//! Reading the verifications that the ed25519 precompile did in the same transaction.
//!
//! The precompile only says that some signature over some bytes is good; which bytes, its offsets
//! decide. So the one layout that is taken has the key, the signature and the message inside the
//! instruction itself at fixed places, and all three are compared with what must be there.
//! Absent: parsing a message. It is rebuilt and compared; what it says, the instruction knows that wants it.

use anchor_lang::{prelude::*, solana_program::instruction::Instruction};
use solana_instructions_sysvar as instructions;

use crate::error::{refuse, AureliusError};

/// The ed25519 precompile.
pub const ED25519_PROGRAM: Pubkey = pubkey!("Ed25519SigVerify111111111111111111111111111");

/// Places in the data of an instruction with one signature: header 2, offsets 14, then key, signature,
/// message.
pub mod layout {
    pub const PUBLIC_KEY: u16 = 16;
    pub const SIGNATURE: u16 = 48;
    pub const MESSAGE: u16 = 112;
    /// The instruction itself.
    pub const THIS: u16 = u16::MAX;
}

/// The first 16 bytes that a verification of `message_len` bytes must have: one signature, and where
/// everything is.
fn header(message_len: u16) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[0] = 1;
    let words = [
        layout::SIGNATURE,
        layout::THIS,
        layout::PUBLIC_KEY,
        layout::THIS,
        layout::MESSAGE,
        message_len,
        layout::THIS,
    ];
    for (at, word) in words.iter().enumerate() {
        bytes[2 + 2 * at..4 + 2 * at].copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// Refuses anything but the real instructions sysvar.
pub fn check_sysvar(sysvar: &AccountInfo) -> Result<()> {
    ensure!(*sysvar.key == instructions::ID, AureliusError::CosignSysvarWrong);
    Ok(())
}

/// What must have been signed, and how to refuse what was signed instead.
pub struct Expected<'a> {
    /// The whole message, fewer than 64 KiB.
    pub message: &'a [u8],
    /// By whom.
    pub key: &'a Pubkey,
    /// Another message was signed.
    pub message_wrong: AureliusError,
    /// Somebody else signed.
    pub key_wrong: AureliusError,
}

/// Refuses unless the instruction `distance` places before the one that runs verified what is expected.
/// Counted from here, so that whoever puts a compute budget in front changes nothing.
pub fn check(sysvar: &AccountInfo, distance: u8, expected: &Expected) -> Result<()> {
    let instruction = instructions::load_current_index_checked(sysvar)
        .ok()
        .and_then(|current| current.checked_sub(u16::from(distance)))
        .and_then(|index| instructions::load_instruction_at_checked(usize::from(index), sysvar).ok())
        .ok_or_else(|| refuse(AureliusError::CosignInstructionWrong))?;
    check_instruction(&instruction, expected)
}

fn check_instruction(instruction: &Instruction, expected: &Expected) -> Result<()> {
    ensure!(
        instruction.program_id == ED25519_PROGRAM && instruction.accounts.is_empty(),
        AureliusError::CosignInstructionWrong
    );
    let data = instruction.data.as_slice();
    ensure!(
        data.len() == usize::from(layout::MESSAGE) + expected.message.len()
            && data[..16] == header(expected.message.len() as u16),
        AureliusError::CosignLayoutWrong
    );
    ensure!(
        data[usize::from(layout::MESSAGE)..] == *expected.message,
        expected.message_wrong
    );
    ensure!(
        data[usize::from(layout::PUBLIC_KEY)..usize::from(layout::SIGNATURE)] == expected.key.to_bytes(),
        expected.key_wrong
    );
    Ok(())
}
