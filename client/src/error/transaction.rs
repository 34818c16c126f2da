//! What a failed transaction means: codes turned into named errors.
//!
//! Owns the mapping (program, code) → error. A custom code belongs to the innermost program that failed, which only the
//! logs tell when a program was called by another; without logs it is read as the called program's own.
//! Absent on purpose: anything about reaching the network, see [`super::Error`].

use std::fmt;

use anchor_lang::prelude::Pubkey;
use anchor_spl::token::spl_token::error::TokenError;
use aurelius::error::AureliusError;
use serde_json::Value;
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;
use solana_transaction_status_client_types::UiTransactionError;

use super::anchor::framework_error;
use super::token::Token2022Failure;
use crate::rpc::answers::shown;

/// Codes below this are Anchor's own, from it on the program's.
const PROGRAM_ERROR_FIRST: u32 = anchor_lang::error::ERROR_CODE_OFFSET;

/// Why a transaction failed, decoded.
#[derive(Debug, Clone)]
pub struct TransactionFailure {
    /// What the runtime said; `None` for a kind of error that this client does not know, see [`Cause::Unknown`].
    pub error: Option<TransactionError>,
    /// The decoded reason.
    pub cause: Cause,
    /// The program that failed: the innermost one if the logs tell, otherwise the one the instruction called.
    pub program: Option<Pubkey>,
    /// The program's logs, where the node gave them. May be truncated by the node.
    pub logs: Vec<String>,
}

/// A decoded reason.
#[derive(Debug, Clone)]
pub enum Cause {
    /// The escrow program refused, with one of its own errors.
    Aurelius(AureliusError),
    /// Anchor refused an account or the instruction's bytes before the handler ran.
    Anchor(anchor_lang::error::ErrorCode),
    /// The token program refused.
    Token(TokenError),
    /// The newer token program refused, with an error that the classic one does not have.
    Token2022(Token2022Failure),
    /// The system program refused (creating or paying an account).
    System(SystemFailure),
    /// A code no known program has.
    Custom(u32),
    /// The runtime stopped an instruction.
    Instruction(InstructionError),
    /// The transaction as a whole was refused.
    Transaction(TransactionError),
    /// A kind of error that this client does not know, as the node words it.
    Unknown(String),
}

/// The system program's errors that a client of the escrow can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SystemFailure {
    /// Code 0.
    #[error("an account with this address already exists")]
    AccountAlreadyInUse,
    /// Code 1.
    #[error("the paying account has not enough SOL; fund it and try again")]
    NotEnoughLamports,
    /// Codes 2 to 8.
    #[error("system program error {0}")]
    Other(u32),
}

impl TransactionFailure {
    /// Decodes `error`. `programs` holds the program id of each top-level instruction (empty if not known), `logs` the
    /// transaction's log lines (empty if not known).
    pub fn decode(error: TransactionError, programs: &[Pubkey], logs: &[String]) -> Self {
        let (program, cause) = match &error {
            TransactionError::InstructionError(index, instruction) => {
                let called = programs.get(usize::from(*index)).copied();
                let program = innermost_failed_program(logs).or(called);
                (program, decode_instruction_error(program, instruction))
            }
            other => (None, Cause::Transaction(other.clone())),
        };
        Self {
            error: Some(error),
            cause,
            program,
            logs: logs.to_vec(),
        }
    }

    /// As [`Self::decode`], from the `err` of a node's answer. A kind of error that this client does not know is kept as a
    /// text: that something failed is known all the same.
    pub fn of_json(error: &Value, programs: &[Pubkey], logs: &[String]) -> Self {
        match serde_json::from_value::<UiTransactionError>(error.clone()) {
            Ok(known) => Self::decode(known.into(), programs, logs),
            Err(_) => Self {
                error: None,
                cause: Cause::Unknown(shown(error)),
                program: innermost_failed_program(logs),
                logs: logs.to_vec(),
            },
        }
    }

    /// Decodes again, now knowing which program each instruction called. Without logs only this tells a token error from
    /// one of the escrow's framework errors.
    pub(crate) fn with_programs(self, programs: &[Pubkey]) -> Self {
        match self.error {
            Some(error) => Self::decode(error, programs, &self.logs),
            None => self,
        }
    }

    /// The escrow program's error, if it was one.
    pub fn aurelius(&self) -> Option<AureliusError> {
        match self.cause {
            Cause::Aurelius(error) => Some(error),
            _ => None,
        }
    }

    /// Whether this very transaction, or one built anew from the same instructions, may succeed without anything else
    /// changing: an expired blockhash, a busy account, a full block.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.error,
            Some(
                TransactionError::AccountInUse
                    | TransactionError::BlockhashNotFound
                    | TransactionError::ClusterMaintenance
                    | TransactionError::WouldExceedMaxBlockCostLimit
                    | TransactionError::WouldExceedMaxAccountCostLimit
                    | TransactionError::WouldExceedMaxVoteCostLimit
                    | TransactionError::WouldExceedAccountDataBlockLimit
                    | TransactionError::CommitCancelled
            )
        )
    }

    /// Whether the network has this transaction already. It must be tracked, not sent anew.
    pub fn is_already_processed(&self) -> bool {
        self.error == Some(TransactionError::AlreadyProcessed)
    }
}

impl std::error::Error for TransactionFailure {}

impl fmt::Display for TransactionFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(TransactionError::InstructionError(index, _)) = &self.error {
            write!(f, "instruction {index} failed: ")?;
        }
        write!(f, "{}", self.cause)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aurelius(error) => write!(f, "{} ({error})", error.name()),
            Self::Anchor(error) => write!(f, "{} ({error})", error.name()),
            Self::Token(TokenError::InsufficientFunds) => {
                f.write_str("the token account holds too little; deposit the missing tokens and try again")
            }
            Self::Token(TokenError::AccountFrozen) => {
                f.write_str("the token account is frozen; only the mint's freeze authority can thaw it")
            }
            Self::Token(error) => write!(f, "token program: {error}"),
            Self::Token2022(error) => error.fmt(f),
            Self::System(error) => error.fmt(f),
            Self::Custom(code) => write!(f, "custom program error {code:#x}"),
            Self::Instruction(InstructionError::ComputationalBudgetExceeded) => {
                f.write_str("the compute limit was too low; raise it")
            }
            Self::Instruction(error) => error.fmt(f),
            Self::Transaction(TransactionError::AccountNotFound) => {
                f.write_str("the paying account does not exist on this cluster; fund it and try again")
            }
            Self::Transaction(TransactionError::InsufficientFundsForFee) => {
                f.write_str("the paying account cannot pay the transaction fee; fund it and try again")
            }
            Self::Transaction(TransactionError::BlockhashNotFound) => {
                f.write_str("the transaction's blockhash is unknown or too old; build the transaction anew")
            }
            Self::Transaction(error) => error.fmt(f),
            Self::Unknown(text) => write!(f, "the node reports {text}, which this client does not know"),
        }
    }
}

fn decode_instruction_error(program: Option<Pubkey>, error: &InstructionError) -> Cause {
    let InstructionError::Custom(code) = error else {
        return Cause::Instruction(error.clone());
    };
    match program {
        Some(program) if program == anchor_spl::token::ID || program == anchor_spl::token_2022::ID => {
            decode_token_code(*code)
        }
        Some(program) if program == solana_system_interface::program::ID => Cause::System(match code {
            0 => SystemFailure::AccountAlreadyInUse,
            1 => SystemFailure::NotEnoughLamports,
            other => SystemFailure::Other(*other),
        }),
        // Unknown program: nothing else in our transactions has codes from 6000 on, so the escrow's it is.
        Some(program) if program != aurelius::ID => Cause::Custom(*code),
        _ => decode_escrow_code(*code),
    }
}

/// A code that a token program returned.
fn decode_token_code(code: u32) -> Cause {
    match (TokenError::try_from(code), Token2022Failure::from_code(code)) {
        (Ok(error), _) => Cause::Token(error),
        (Err(_), Some(error)) => Cause::Token2022(error),
        (Err(_), None) => Cause::Custom(code),
    }
}

/// A code the escrow program returned: its own from 6000 on, Anchor's below.
fn decode_escrow_code(code: u32) -> Cause {
    if code >= PROGRAM_ERROR_FIRST {
        AureliusError::from_code(code).map_or(Cause::Custom(code), Cause::Aurelius)
    } else {
        framework_error(code).map_or(Cause::Custom(code), Cause::Anchor)
    }
}

/// The runtime logs `Program <id> failed: …` from the inside out, so the first such line names the culprit.
fn innermost_failed_program(logs: &[String]) -> Option<Pubkey> {
    logs.iter().find_map(|line| {
        let (program, _) = line.strip_prefix("Program ")?.split_once(" failed: ")?;
        program.parse().ok()
    })
}
