//! The addresses that Switchboard derives.

use anchor_lang::{prelude::*, solana_program::system_program};

pub(crate) const WRAPPED_SOL_MINT: Pubkey = pubkey!("So11111111111111111111111111111111111111112");
pub(crate) const TOKEN_PROGRAM: Pubkey = pubkey!("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
pub(crate) const ASSOCIATED_TOKEN_PROGRAM: Pubkey = pubkey!("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
pub(crate) const LOOKUP_TABLE_PROGRAM: Pubkey = pubkey!("AddressLookupTab1e1111111111111111111111111");
pub(crate) const SLOT_HASHES_SYSVAR: Pubkey = pubkey!("SysvarS1otHashes111111111111111111111111111");
pub(crate) const SYSTEM_PROGRAM: Pubkey = system_program::ID;

/// Program state.
pub fn program_state_address() -> Pubkey {
    Pubkey::find_program_address(&[b"STATE"], &crate::ID).0
}

/// Statistics of an oracle.
pub fn oracle_stats_address(oracle: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[b"OracleRandomnessStats", oracle.as_ref()], &crate::ID).0
}

/// Authority of the lookup table of a randomness account.
pub fn lut_signer_address(randomness: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[b"LutSigner", randomness.as_ref()], &crate::ID).0
}

/// Lookup table that `lut_signer` makes in `recent_slot`.
pub fn lut_address(lut_signer: &Pubkey, recent_slot: u64) -> Pubkey {
    Pubkey::find_program_address(
        &[lut_signer.as_ref(), &recent_slot.to_le_bytes()],
        &LOOKUP_TABLE_PROGRAM,
    )
    .0
}

/// Wrapped-SOL account of a randomness account.
pub fn reward_escrow_address(randomness: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(
        &[
            randomness.as_ref(),
            TOKEN_PROGRAM.as_ref(),
            WRAPPED_SOL_MINT.as_ref(),
        ],
        &ASSOCIATED_TOKEN_PROGRAM,
    )
    .0
}
