//! What players sign when they agree with a result.

use arena::HostSha256;
use client::instruction::{self, Cosignature};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::{Played, World};

/// The message of a match's result, valid until `expires_slot`.
pub type CosignMessage = [u8; arena::COSIGN_MESSAGE_LEN];

impl World {
    /// What the session keys of a proposed match sign.
    pub fn cosign_message(&self, played: &Played, expires_slot: u64) -> CosignMessage {
        let header = self.match_state(&played.of).header;
        arena::cosign_message::<HostSha256>(
            &header.cluster,
            &aurelius::ID.to_bytes(),
            &played.of.key.to_bytes(),
            &header.last_leaf,
            expires_slot,
        )
    }

    /// The instructions that bring the signatures of these players, whose session keys are their wallets'.
    pub fn cosign_instructions(
        &self,
        played: &Played,
        players: &[&Keypair],
        expires_slot: u64,
    ) -> Vec<Instruction> {
        let message = self.cosign_message(played, expires_slot);
        let signatures: Vec<Cosignature> = players
            .iter()
            .map(|player| cosignature(player, player, &message))
            .collect();
        instruction::cosign_result(&played.of, &message, expires_slot, &signatures)
    }
}

/// The signature of `message` with `session_key` for the entry of `player`.
pub fn cosignature(player: &Keypair, session_key: &Keypair, message: &[u8]) -> Cosignature {
    Cosignature {
        player: player.pubkey(),
        session_key: session_key.pubkey(),
        signature: *session_key.sign_message(message).as_array(),
    }
}
