//! Governance: the config, its lists, and operators.

use anchor_lang::prelude::Pubkey;
use aurelius::{accounts, instruction};
use solana_instruction::Instruction;

use super::build::build;
use crate::address;
use aurelius::{InitializeConfigArgs, UpdateConfigArgs};

/// Creates the config. `upgrade_authority` is the program's; it and `payer` sign.
pub fn initialize_config(
    upgrade_authority: Pubkey,
    payer: Pubkey,
    args: InitializeConfigArgs,
) -> Instruction {
    build(
        accounts::InitializeConfig {
            upgrade_authority,
            payer,
            config: address::config(),
            program_data: address::program_data(),
            system_program: solana_system_interface::program::ID,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::InitializeConfig { args },
    )
}

/// Changes the config. `authority` signs.
pub fn update_config(authority: Pubkey, args: UpdateConfigArgs) -> Instruction {
    build(
        accounts::UpdateConfig {
            authority,
            config: address::config(),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::UpdateConfig { args },
    )
}

/// Proposes a new authority of the config. `authority` signs.
pub fn propose_authority(authority: Pubkey, new_authority: Pubkey) -> Instruction {
    build(
        accounts::ProposeAuthority {
            authority,
            config: address::config(),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::ProposeAuthority { new_authority },
    )
}

/// Takes the config over. The proposed authority signs.
pub fn accept_authority(pending_authority: Pubkey) -> Instruction {
    build(
        accounts::AcceptAuthority {
            pending_authority,
            config: address::config(),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::AcceptAuthority {},
    )
}

/// Stops or allows new matches and entries. `authority` signs.
pub fn set_paused(authority: Pubkey, paused: bool) -> Instruction {
    build(
        accounts::SetPaused {
            authority,
            config: address::config(),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::SetPaused { paused },
    )
}

/// Adds a mint to the list. `authority` signs.
pub fn allow_mint(authority: Pubkey, mint: Pubkey) -> Instruction {
    build(
        accounts::AllowMint {
            authority,
            config: address::config(),
            mint,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::AllowMint {},
    )
}

/// Takes a mint off the list. `authority` signs.
pub fn disallow_mint(authority: Pubkey, mint: Pubkey) -> Instruction {
    build(
        accounts::DisallowMint {
            authority,
            config: address::config(),
            mint,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::DisallowMint {},
    )
}

/// Adds the hash of a rules table to the list. `authority` signs.
pub fn allow_rules(authority: Pubkey, rules_hash: [u8; 32]) -> Instruction {
    build(
        accounts::AllowRules {
            authority,
            config: address::config(),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::AllowRules { rules_hash },
    )
}

/// Takes the hash of a rules table off the list. `authority` signs.
pub fn disallow_rules(authority: Pubkey, rules_hash: [u8; 32]) -> Instruction {
    build(
        accounts::DisallowRules {
            authority,
            config: address::config(),
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::DisallowRules { rules_hash },
    )
}

/// Registers `authority` as an operator in `mint` of `token_program`; inactive until [`set_operator_active`].
/// `authority` and `payer` sign.
pub fn register_operator(
    authority: Pubkey,
    payer: Pubkey,
    mint: Pubkey,
    token_program: Pubkey,
) -> Instruction {
    let operator = address::operator(&authority, &mint);
    build(
        accounts::RegisterOperator {
            authority,
            payer,
            config: address::config(),
            operator,
            bond_vault: address::bond_vault(&operator),
            mint,
            token_program,
            system_program: solana_system_interface::program::ID,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::RegisterOperator {},
    )
}

/// Switches an operator account on or off. The config's `authority` signs.
pub fn set_operator_active(authority: Pubkey, operator: Pubkey, active: bool) -> Instruction {
    build(
        accounts::SetOperatorActive {
            authority,
            config: address::config(),
            operator,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::SetOperatorActive { active },
    )
}
