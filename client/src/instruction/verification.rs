//! Verifications by the ed25519 precompile, in the one layout that the program reads.

use anchor_lang::prelude::Pubkey;
use aurelius::cosign::{layout, ED25519_PROGRAM};
use solana_instruction::Instruction;

pub(super) const INSTRUCTIONS_SYSVAR: Pubkey =
    Pubkey::from_str_const("Sysvar1nstructions1111111111111111111111111");

/// One signature, everything inside the instruction, at the places that the program demands.
pub(super) fn verification(key: &Pubkey, signature: &[u8; 64], message: &[u8]) -> Instruction {
    let mut data = vec![1, 0];
    for word in [
        layout::SIGNATURE,
        layout::THIS,
        layout::PUBLIC_KEY,
        layout::THIS,
        layout::MESSAGE,
        message.len() as u16,
        layout::THIS,
    ] {
        data.extend(word.to_le_bytes());
    }
    data.extend(key.to_bytes());
    data.extend(signature);
    data.extend(message);
    Instruction {
        program_id: ED25519_PROGRAM,
        accounts: Vec::new(),
        data,
    }
}
