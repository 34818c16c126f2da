//! Buffers for bytes that do not fit one transaction.

use anchor_lang::prelude::Pubkey;
use aurelius::{accounts, instruction};
use solana_instruction::Instruction;

use super::build::build;
use crate::address;

/// Bytes one `write_upload` carries beside a compute budget and a payer of its own.
pub const UPLOAD_CHUNK_BYTES: usize = 850;

/// Opens a buffer of `len` bytes. `owner` pays and signs.
pub fn open_upload(owner: Pubkey, upload_id: u64, len: u32) -> Instruction {
    build(
        accounts::OpenUpload {
            owner,
            upload: address::upload(&owner, upload_id),
            system_program: solana_system_interface::program::ID,
        },
        instruction::OpenUpload { upload_id, len },
    )
}

/// Writes `bytes` at `offset`. `owner` signs.
pub fn write_upload(owner: Pubkey, upload_id: u64, offset: u32, bytes: Vec<u8>) -> Instruction {
    build(
        accounts::WriteUpload {
            owner,
            upload: address::upload(&owner, upload_id),
        },
        instruction::WriteUpload {
            upload_id,
            offset,
            bytes,
        },
    )
}

/// The writes that fill a buffer with `bytes`, each for a transaction of its own.
pub fn write_upload_chunks(owner: Pubkey, upload_id: u64, bytes: &[u8]) -> Vec<Instruction> {
    bytes
        .chunks(UPLOAD_CHUNK_BYTES)
        .scan(0u32, |offset, chunk| {
            let at = *offset;
            *offset = at.saturating_add(chunk.len() as u32);
            Some(write_upload(owner, upload_id, at, chunk.to_vec()))
        })
        .collect()
}

/// Closes a buffer; its rent goes to `owner`, who signs.
pub fn close_upload(owner: Pubkey, upload_id: u64) -> Instruction {
    build(
        accounts::CloseUpload {
            owner,
            upload: address::upload(&owner, upload_id),
        },
        instruction::CloseUpload { upload_id },
    )
}
