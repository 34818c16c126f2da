//! Instructions of the program, read back from the ledger.

use anchor_lang::prelude::Pubkey;
use anchor_lang::{AnchorDeserialize, Discriminator};
use aurelius::{
    instruction, Continues, CreateMatchArgs, EnterArgs, InitializeConfigArgs, ProveFraudArgs,
    ProveOmissionArgs, UpdateConfigArgs,
};

/// An instruction of the program with its arguments.
#[derive(Debug, Clone)]
#[allow(
    missing_docs,
    reason = "variants and fields are the program's instructions and their arguments, documented there"
)]
pub enum Call {
    InitializeConfig(InitializeConfigArgs),
    UpdateConfig(UpdateConfigArgs),
    ProposeAuthority {
        new_authority: Pubkey,
    },
    AcceptAuthority,
    SetPaused {
        paused: bool,
    },
    AllowMint,
    DisallowMint,
    AllowRules {
        rules_hash: [u8; 32],
    },
    DisallowRules {
        rules_hash: [u8; 32],
    },
    RegisterOperator,
    SetCrankKey {
        crank: Pubkey,
    },
    SetOperatorActive {
        active: bool,
    },
    DepositBond {
        amount: u64,
    },
    RequestBondWithdrawal {
        amount: u64,
    },
    WithdrawBond,
    CreateMatch {
        match_id: u64,
        args: CreateMatchArgs,
    },
    InitRandomness {
        recent_slot: u64,
    },
    Enter(EnterArgs),
    RotateSessionKey {
        session_key: Pubkey,
    },
    Leave,
    LockMatch,
    StartMatch {
        signature: [u8; 64],
        recovery_id: u8,
        value: [u8; 32],
    },
    PostCheckpoint {
        index: u32,
        continues: Continues,
        drip_key: [u8; 32],
        beacon_prefix: [u8; 8],
        leaves: Vec<[u8; 32]>,
        inputs: Vec<Vec<u8>>,
    },
    OpenUpload {
        upload_id: u64,
        len: u32,
    },
    WriteUpload {
        upload_id: u64,
        offset: u32,
        bytes: Vec<u8>,
    },
    CloseUpload {
        upload_id: u64,
    },
    SubmitResult {
        state: Vec<u8>,
    },
    CosignResult {
        expires_slot: u64,
        verifications: Vec<u8>,
    },
    ProveFraud(ProveFraudArgs),
    ProveOmission(ProveOmissionArgs),
    Finalize,
    Claim,
    SweepFee,
    Burn,
    Cancel,
    VoidMatch,
    CollectSlash,
    HandOverMatch,
    ClaimAward,
    Refund,
    CloseEntry,
    CloseRandomness,
    CloseMatch,
}

/// Instruction data that is none of this program's version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The discriminator is unknown.
    #[error("unknown instruction with discriminator {0:02x?}; the program may be newer than this client")]
    Unknown([u8; 8]),
    /// Fewer bytes than a discriminator.
    #[error("an instruction of {0} bytes has no discriminator")]
    Short(usize),
    /// The arguments do not fit.
    #[error("malformed arguments of {name}: {reason}")]
    Malformed {
        /// The instruction.
        name: &'static str,
        /// What does not fit.
        reason: String,
    },
}

macro_rules! decode {
    ($discriminator:expr, $body:expr; $($name:ident $args:tt => $call:expr),* $(,)?) => {{
        $(decode!(@arm $discriminator, $body, $name $args, $call);)*
        Err(CallError::Unknown($discriminator))
    }};
    (@arm $discriminator:expr, $body:expr, $name:ident { $($field:ident),* }, $call:expr) => {
        if instruction::$name::DISCRIMINATOR == $discriminator {
            let instruction::$name { $($field),* } = read(stringify!($name), $body)?;
            return Ok($call);
        }
    };
}

impl Call {
    /// Reads the data of an instruction to the program.
    pub fn decode(data: &[u8]) -> Result<Self, CallError> {
        let (discriminator, body) = data
            .split_first_chunk::<8>()
            .ok_or(CallError::Short(data.len()))?;
        decode!(*discriminator, body;
            InitializeConfig { args } => Self::InitializeConfig(args),
            UpdateConfig { args } => Self::UpdateConfig(args),
            ProposeAuthority { new_authority } => Self::ProposeAuthority { new_authority },
            AcceptAuthority {} => Self::AcceptAuthority,
            SetPaused { paused } => Self::SetPaused { paused },
            AllowMint {} => Self::AllowMint,
            DisallowMint {} => Self::DisallowMint,
            AllowRules { rules_hash } => Self::AllowRules { rules_hash },
            DisallowRules { rules_hash } => Self::DisallowRules { rules_hash },
            RegisterOperator {} => Self::RegisterOperator,
            SetOperatorActive { active } => Self::SetOperatorActive { active },
            DepositBond { amount } => Self::DepositBond { amount },
            RequestBondWithdrawal { amount } => Self::RequestBondWithdrawal { amount },
            WithdrawBond {} => Self::WithdrawBond,
            CreateMatch { match_id, args } => Self::CreateMatch { match_id, args },
            InitRandomness { recent_slot } => Self::InitRandomness { recent_slot },
            Enter { args } => Self::Enter(args),
            RotateSessionKey { session_key } => Self::RotateSessionKey { session_key },
            Leave {} => Self::Leave,
            LockMatch {} => Self::LockMatch,
            StartMatch { signature, recovery_id, value } => Self::StartMatch { signature, recovery_id, value },
            PostCheckpoint { index, continues, drip_key, beacon_prefix, leaves, inputs } => Self::PostCheckpoint { index, continues, drip_key, beacon_prefix, leaves, inputs },
            OpenUpload { upload_id, len } => Self::OpenUpload { upload_id, len },
            WriteUpload { upload_id, offset, bytes } => Self::WriteUpload { upload_id, offset, bytes },
            CloseUpload { upload_id } => Self::CloseUpload { upload_id },
            SubmitResult { state } => Self::SubmitResult { state },
            CosignResult { expires_slot, verifications } => Self::CosignResult { expires_slot, verifications },
            ProveFraud { args } => Self::ProveFraud(args),
            ProveOmission { args } => Self::ProveOmission(args),
            Finalize {} => Self::Finalize,
            Claim {} => Self::Claim,
            SweepFee {} => Self::SweepFee,
            Burn {} => Self::Burn,
            Cancel {} => Self::Cancel,
            VoidMatch {} => Self::VoidMatch,
            CollectSlash {} => Self::CollectSlash,
            HandOverMatch {} => Self::HandOverMatch,
            SetCrankKey { crank } => Self::SetCrankKey { crank },
            ClaimAward {} => Self::ClaimAward,
            Refund {} => Self::Refund,
            CloseEntry {} => Self::CloseEntry,
            CloseRandomness {} => Self::CloseRandomness,
            CloseMatch {} => Self::CloseMatch,
        )
    }

    /// Where the match account stands in the instruction's account list; `None` for those that have none.
    pub fn match_account_index(&self) -> Option<usize> {
        match self {
            Self::SubmitResult { .. }
            | Self::Finalize
            | Self::CosignResult { .. }
            | Self::CollectSlash
            | Self::HandOverMatch
            | Self::CloseEntry
            | Self::CloseRandomness => Some(0),
            Self::Leave
            | Self::RotateSessionKey { .. }
            | Self::VoidMatch
            | Self::ProveFraud(_)
            | Self::ProveOmission(_)
            | Self::ClaimAward
            | Self::LockMatch
            | Self::StartMatch { .. }
            | Self::PostCheckpoint { .. }
            | Self::Claim
            | Self::Refund
            | Self::SweepFee
            | Self::Burn
            | Self::Cancel => Some(1),
            Self::InitRandomness { .. } | Self::CloseMatch => Some(2),
            Self::Enter(_) => Some(3),
            Self::CreateMatch { .. } => Some(4),
            Self::InitializeConfig(_)
            | Self::UpdateConfig(_)
            | Self::ProposeAuthority { .. }
            | Self::AcceptAuthority
            | Self::SetPaused { .. }
            | Self::AllowMint
            | Self::DisallowMint
            | Self::AllowRules { .. }
            | Self::DisallowRules { .. }
            | Self::RegisterOperator
            | Self::SetOperatorActive { .. }
            | Self::SetCrankKey { .. }
            | Self::DepositBond { .. }
            | Self::RequestBondWithdrawal { .. }
            | Self::WithdrawBond
            | Self::OpenUpload { .. }
            | Self::WriteUpload { .. }
            | Self::CloseUpload { .. } => None,
        }
    }
}

/// Bytes behind the arguments are ignored, as the program ignores them: refusing them would let anybody who appends one
/// hide an instruction that the program has carried out.
fn read<T: AnchorDeserialize>(name: &'static str, mut body: &[u8]) -> Result<T, CallError> {
    T::deserialize(&mut body).map_err(|error| CallError::Malformed {
        name,
        reason: error.to_string(),
    })
}
