//! From the program's generated structs to an instruction.

use anchor_lang::{InstructionData, ToAccountMetas};
use solana_instruction::Instruction;

/// Puts accounts and arguments together.
pub(super) fn build(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction {
        program_id: aurelius::ID,
        accounts: accounts.to_account_metas(None),
        data: data.data(),
    }
}
