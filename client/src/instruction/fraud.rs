//! Proofs that a segment is wrong.

use anchor_lang::prelude::Pubkey;
use aurelius::{accounts, instruction, ProveFraudArgs};
use solana_instruction::Instruction;

use super::build::build;
use crate::address;

/// Challenges a segment with state and inputs in the instruction itself: the way for 20 warriors. `challenger` signs and
/// gets the challenger's share.
pub fn prove_fraud(match_key: Pubkey, challenger: Pubkey, args: ProveFraudArgs) -> Instruction {
    build(
        fraud_accounts(match_key, challenger, None),
        instruction::ProveFraud { args },
    )
}

/// As [`prove_fraud`], with the state and, behind it, the inputs in an upload account.
pub fn prove_uploaded_fraud(
    match_key: Pubkey,
    challenger: Pubkey,
    upload: Pubkey,
    args: ProveFraudArgs,
) -> Instruction {
    let args = ProveFraudArgs {
        state: Vec::new(),
        inputs: Vec::new(),
        ..args
    };
    build(
        fraud_accounts(match_key, challenger, Some(upload)),
        instruction::ProveFraud { args },
    )
}

fn fraud_accounts(match_account: Pubkey, challenger: Pubkey, upload: Option<Pubkey>) -> accounts::ProveFraud {
    accounts::ProveFraud {
        challenger,
        match_account,
        trace: address::trace(&match_account),
        upload,
        event_authority: address::event_authority(),
        program: aurelius::ID,
    }
}
