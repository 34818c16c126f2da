//! From an open match to its last checkpoint.

use anchor_lang::prelude::Pubkey;
use aurelius::{accounts, instruction};
use solana_instruction::Instruction;

use super::build::build;
use super::match_ref::MatchRef;
use crate::address;
use aurelius::{Continues, CreateMatchArgs, EnterArgs};

/// Who creates a match, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateMatch {
    /// The operator's authority, which its account follows from.
    pub authority: Pubkey,
    /// The operator's crank key, which is the authority unless it named another; signs.
    pub crank: Pubkey,
    /// Pays the rent and gets it back; signs.
    pub payer: Pubkey,
    /// The mint the match is played in.
    pub mint: Pubkey,
    /// The token program of that mint.
    pub token_program: Pubkey,
    /// At least the operator's `next_match_id`.
    pub match_id: u64,
}

impl CreateMatch {
    /// The match that will be created.
    pub fn match_ref(&self) -> MatchRef {
        let operator = address::operator(&self.authority, &self.mint);
        MatchRef {
            key: address::match_account(&operator, self.match_id),
            mint: self.mint,
            token_program: self.token_program,
            operator,
        }
    }
}

/// Opens a match for entries.
pub fn create_match(create: &CreateMatch, args: CreateMatchArgs) -> Instruction {
    let created = create.match_ref();
    build(
        accounts::CreateMatch {
            crank: create.crank,
            payer: create.payer,
            config: address::config(),
            operator: address::operator(&create.authority, &create.mint),
            match_account: created.key,
            trace: created.trace(),
            vault: created.vault(),
            mint: create.mint,
            token_program: create.token_program,
            system_program: solana_system_interface::program::ID,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::CreateMatch {
            match_id: create.match_id,
            args,
        },
    )
}

/// Who enters, and out of which pockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enter {
    /// The player; signs.
    pub player: Pubkey,
    /// Pays the entry account's rent and gets it back; signs.
    pub payer: Pubkey,
    /// Token account the stake comes from.
    pub player_token: Pubkey,
}

impl Enter {
    /// A player who pays for everything, out of their own canonical token account.
    pub fn own(player: Pubkey, of: &MatchRef) -> Self {
        Self {
            player,
            payer: player,
            player_token: of.token_account(&player),
        }
    }
}

/// Pays a stake and registers a session key.
pub fn enter(of: &MatchRef, enter: &Enter, args: EnterArgs) -> Instruction {
    build(
        accounts::Enter {
            player: enter.player,
            payer: enter.payer,
            config: address::config(),
            match_account: of.key,
            entry: of.entry(&enter.player),
            vault: of.vault(),
            mint: of.mint,
            player_token: enter.player_token,
            token_program: of.token_program,
            system_program: solana_system_interface::program::ID,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::Enter { args },
    )
}

/// Who leaves, and who paid the rent of their entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// The player; signs.
    pub player: Pubkey,
    /// As recorded in the entry.
    pub rent_payer: Pubkey,
}

/// Takes a player out of an open match, with their stake.
pub fn leave(of: &MatchRef, leave: &Leave) -> Instruction {
    build(
        accounts::Leave {
            player: leave.player,
            match_account: of.key,
            entry: of.entry(&leave.player),
            rent_payer: leave.rent_payer,
            vault: of.vault(),
            mint: of.mint,
            player_token: of.token_account(&leave.player),
            token_program: of.token_program,
            memo_program: of.memo_program(),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::Leave {},
    )
}

/// Replaces a player's session key while the match is open. `player` signs.
pub fn rotate_session_key(of: &MatchRef, player: Pubkey, session_key: Pubkey) -> Instruction {
    build(
        accounts::RotateSessionKey {
            player,
            match_account: of.key,
            entry: of.entry(&player),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::RotateSessionKey { session_key },
    )
}

/// Commits to checkpoint `index`, which `continues` the one before: one leaf and one block of packed inputs for each of
/// its segments, made with the beacon that begins with `beacon_prefix` ([`beacon_prefix`]). The match's `crank` key
/// signs, and should pay the fee as well: the fullest checkpoint of a Siege leaves no room for a second signature.
#[allow(clippy::too_many_arguments, reason = "they are the instruction's own")]
pub fn post_checkpoint(
    crank: Pubkey,
    match_key: Pubkey,
    index: u32,
    continues: Continues,
    drip_key: [u8; 32],
    beacon_prefix: [u8; 8],
    leaves: Vec<[u8; 32]>,
    inputs: Vec<Vec<u8>>,
) -> Instruction {
    build(
        accounts::PostCheckpoint {
            crank,
            match_account: match_key,
            trace: address::trace(&match_key),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::PostCheckpoint {
            index,
            continues,
            drip_key,
            beacon_prefix,
            leaves,
            inputs,
        },
    )
}

/// The first bytes of a beacon: what `post_checkpoint` says of the hash that its leaves were made with.
pub fn beacon_prefix(beacon: &[u8; 32]) -> [u8; 8] {
    let mut prefix = [0; 8];
    prefix.copy_from_slice(&beacon[..8]);
    prefix
}
