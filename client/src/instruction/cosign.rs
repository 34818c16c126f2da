//! Results that all players have signed.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use aurelius::{accounts, instruction};
use solana_instruction::Instruction;

use super::build::build;
use super::match_ref::MatchRef;
use super::verification::{verification, INSTRUCTIONS_SYSVAR};
use crate::address;

/// Signatures that fit one transaction, beside a compute budget and a payer.
pub const COSIGNATURES_MAX: usize = 4;

/// A player's signature of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosignature {
    /// The player's wallet.
    pub player: Pubkey,
    /// The session key that their entry records.
    pub session_key: Pubkey,
    /// Over `arena::cosign_message`.
    pub signature: [u8; 64],
}

/// The verifications by the ed25519 precompile, followed by the instruction that reads them: to be sent in this order,
/// without a gap, in one transaction; others may stand in front of them. At most [`COSIGNATURES_MAX`] signatures fit.
/// Anybody may send them.
pub fn cosign_result(
    of: &MatchRef,
    message: &[u8; arena::COSIGN_MESSAGE_LEN],
    expires_slot: u64,
    signatures: &[Cosignature],
) -> Vec<Instruction> {
    let mut instructions: Vec<Instruction> = signatures
        .iter()
        .map(|signature| verification(&signature.session_key, &signature.signature, message))
        .collect();
    let mut cosign = build(
        accounts::CosignResult {
            match_account: of.key,
            operator: of.operator,
            instructions: INSTRUCTIONS_SYSVAR,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::CosignResult {
            expires_slot,
            verifications: (1..=signatures.len() as u8).rev().collect(),
        },
    );
    cosign.accounts.extend(
        signatures
            .iter()
            .map(|signature| AccountMeta::new_readonly(of.entry(&signature.player), false)),
    );
    instructions.push(cosign);
    instructions
}
