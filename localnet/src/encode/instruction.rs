//! Instructions, top-level and inner.
//!
//! With `jsonParsed` every instruction is shown with its program and accounts resolved and its data
//! in base 58: the form the node itself uses for programs it has no parser for. This chain parses
//! none.

use serde_json::{json, Value};
use solana_keypair::Address;
use solana_message_4::compiled_instruction::CompiledInstruction;
use solana_message_4::inner_instruction::InnerInstructionsList;

/// How instructions are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InstructionForm {
    /// Indices into the transaction's keys.
    Compiled,
    /// Addresses in place of indices.
    Resolved,
}

/// One instruction at a stack height (1 is top-level).
pub(crate) fn instruction(
    instruction: &CompiledInstruction,
    keys: &[Address],
    stack_height: u8,
    form: InstructionForm,
) -> Value {
    let data = bs58::encode(&instruction.data).into_string();
    match form {
        InstructionForm::Compiled => json!({
            "programIdIndex": instruction.program_id_index,
            "accounts": instruction.accounts,
            "data": data,
            "stackHeight": stack_height,
        }),
        InstructionForm::Resolved => {
            let name = |index: &u8| {
                keys.get(usize::from(*index))
                    .map(ToString::to_string)
                    .unwrap_or_default()
            };
            json!({
                "programId": name(&instruction.program_id_index),
                "accounts": instruction.accounts.iter().map(name).collect::<Vec<_>>(),
                "data": data,
                "stackHeight": stack_height,
            })
        }
    }
}

/// Inner instructions by top-level index; instructions that called nothing are left out.
pub(crate) fn inner_instructions(
    inner: &InnerInstructionsList,
    keys: &[Address],
    form: InstructionForm,
) -> Vec<Value> {
    inner
        .iter()
        .enumerate()
        .filter(|(_, calls)| !calls.is_empty())
        .map(|(index, calls)| {
            let shown: Vec<Value> = calls
                .iter()
                .map(|call| instruction(&call.instruction, keys, call.stack_height, form))
                .collect();
            json!({ "index": index, "instructions": shown })
        })
        .collect()
}
