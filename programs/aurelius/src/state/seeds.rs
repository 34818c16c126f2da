//! The seeds of every address the program derives, and the derivations themselves.
//! Nothing else in the program spells a seed.

use anchor_lang::prelude::*;

/// Config: one per program.
pub const CONFIG: &[u8] = b"config";
/// Operator: per authority and mint.
pub const OPERATOR: &[u8] = b"operator";
/// Token account of an operator's bond; its authority is the operator account.
pub const BOND_VAULT: &[u8] = b"bond";
/// Match: per operator account and match id. The operator account, not its authority, is the seed:
/// ids only grow within one operator account, so no match address is ever used twice.
pub const MATCH: &[u8] = b"match";
/// Trace of a match.
pub const TRACE: &[u8] = b"trace";
/// Token account of a match; its authority is the match.
pub const VAULT: &[u8] = b"vault";
/// Entry of a player in a match.
pub const ENTRY: &[u8] = b"entry";
/// Upload buffer of an owner.
pub const UPLOAD: &[u8] = b"upload";
/// Switchboard randomness account of a match. The slot makes it unpredictable, so that nobody can
/// put an account in its way (for example its wrapped-SOL escrow) long before.
pub const RANDOMNESS: &[u8] = b"randomness";

/// Holder of an owner: the authority of token accounts in which what could not be paid to them waits.
pub const HOLDER: &[u8] = b"holder";

/// Address and canonical bump of the config.
pub fn config_address() -> (Pubkey, u8) {
    Pubkey::find_program_address(&[CONFIG], &crate::ID)
}

/// Address and canonical bump of an operator.
pub fn operator_address(authority: &Pubkey, mint: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[OPERATOR, authority.as_ref(), mint.as_ref()], &crate::ID)
}

/// Address and canonical bump of an operator's bond vault.
pub fn bond_vault_address(operator: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[BOND_VAULT, operator.as_ref()], &crate::ID)
}

/// Address and canonical bump of a match.
pub fn match_address(operator: &Pubkey, match_id: u64) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[MATCH, operator.as_ref(), &match_id.to_le_bytes()], &crate::ID)
}

/// Address and canonical bump of a match's trace.
pub fn trace_address(match_key: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[TRACE, match_key.as_ref()], &crate::ID)
}

/// Address and canonical bump of a match's vault.
pub fn vault_address(match_key: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[VAULT, match_key.as_ref()], &crate::ID)
}

/// Address and canonical bump of a player's entry in a match.
pub fn entry_address(match_key: &Pubkey, player: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[ENTRY, match_key.as_ref(), player.as_ref()], &crate::ID)
}

/// Address and canonical bump of an owner's holder.
pub fn holder_address(owner: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[HOLDER, owner.as_ref()], &crate::ID)
}

/// Address and canonical bump of an upload.
pub fn upload_address(owner: &Pubkey, upload_id: u64) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[UPLOAD, owner.as_ref(), &upload_id.to_le_bytes()], &crate::ID)
}

/// Address and canonical bump of a match's randomness account.
pub fn randomness_address(match_key: &Pubkey, recent_slot: u64) -> (Pubkey, u8) {
    Pubkey::find_program_address(
        &[RANDOMNESS, match_key.as_ref(), &recent_slot.to_le_bytes()],
        &crate::ID,
    )
}
